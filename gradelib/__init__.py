"""gradelib"""
from gradelib.digits import load_digits
