"""`python -m gradelib` is the command line."""

from gradelib.cli import main

main()
