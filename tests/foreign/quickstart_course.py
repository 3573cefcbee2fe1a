"""The example course that nbgrader ships, as `nbgrader quickstart` makes it, with hand-ins."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

ASSIGNMENT, NOTEBOOK = "ps1", "problem1"
SHIPPED = Path(str(files("nbgrader"))) / "docs" / "source" / "user_guide" / "submitted"

RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError('n >= 1')\n"
    "    return [i ** 2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_equation": "$\\sum_{i=1}^n i^2$",
    "sum_of_squares_application": "def pyramidal(n):\n    return sum_of_squares(n)\npyramidal(4)",
}

CHANGES = {
    "right": {},
    "no-error": {
        "squares": "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
        "sum_of_squares_application": "1 / 0",
    },
    "other-error": {
        "squares": RIGHT["squares"].replace("ValueError", "TypeError"),
        "sum_of_squares": "def sum_of_squares(n:\n    return 0",
    },
    "one-short": {"squares": RIGHT["squares"].replace("n + 1", "n")},
    "own-sum": {
        "squares": RIGHT["squares"].replace("    return", "    print(n)\n    return"),
        "sum_of_squares": "def sum_of_squares(n):\n    return n * (n + 1) * (2 * n + 1) // 6",
    },
    "renamed": {"squares": RIGHT["squares"].replace("squares", "Squares")},
}


def make_course(root: Path) -> Path:
    """The course in a new folder, with nbgrader's own settings file."""
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "quickstart", root.name],
        cwd=root.parent,
        check=True,
        capture_output=True,
    )
    return root


def class_() -> dict[str, dict[str, str]]:
    """Each hand-in's answers by grade_id; an answer that is missing is as it was released."""
    found = {student: RIGHT | change for student, change in CHANGES.items()}
    found["untouched"] = {}
    return found


def add_shipped(course: Path) -> list[str]:
    """Hand in what nbgrader's own students did, and return their names."""
    names = sorted(path.name for path in SHIPPED.iterdir() if (path / ASSIGNMENT).is_dir())
    for name in names:
        shutil.copytree(SHIPPED / name / ASSIGNMENT, course / "submitted" / name / ASSIGNMENT)
    return names
