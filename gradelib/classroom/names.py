"""Names that cells bind: see gradelib.exam.magics."""

from gradelib.exam.magics import bound, parsed

__all__ = ["bound", "parsed"]
