"""A class of any size in the tiny course, for tests that kill, resume and compare.

make_class(root, size)   a released course with so many hand-ins, right, wrong and broken ones
command(course, ...)     the command line that grades it
left(course)             all that grading left: rows, verdicts and files
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

from class_cases import copied_test, deleted, edited_test, untouched
from stand_in import rows
from tiny_course import ASSIGNMENT, cell, hand_in, solved

from gradelib.classroom import private
from gradelib.classroom.course import Course


def make_class(template: Path, root: Path, size: int) -> Course:
    """A copy of the released course at `template`, with its hand-ins and its secret."""
    shutil.copytree(template, root)
    course = Course(root)
    private.secret(course)
    for number in range(size):
        student = f"student-{number:04}"
        nb = solved()
        kind = number % 10
        if kind == 9:
            hand_in(course, student, "{" * number)
            continue
        {1: untouched, 2: copied_test, 3: deleted("triple-check"), 4: edited_test}.get(
            kind, lambda nb: None
        )(nb)
        if kind == 5:
            cell(nb, "double").source = f"def double(x):\n    return 2 * x + {number}"
        cell(nb, "why").source += f" I am number {number}."
        folder = hand_in(course, student, nb).parent
        (folder / "timestamp.txt").write_text(f"2026-11-20 10:{number % 60:02}:00 UTC")
    return course


def command(course: Course, *more: str) -> list[str]:
    """The command line that grades the class."""
    at = ["grade", ASSIGNMENT, "--course", str(course.root)]
    return [sys.executable, "-m", "gradelib", *at, *more]


def left(course: Course) -> dict[str, object]:
    """The gradebook's rows, the verdicts' bytes, and the files in autograded/, hashed.

    A verdict is named without its key: that of an edited gradelib is another one.
    """
    found: dict[str, object] = {"rows": rows(course)}
    for place in (course.root / "autograded", course.root / ".grading" / "verdicts"):
        for path in place.rglob("*"):
            if path.is_file():
                name = re.sub(r"-[0-9a-f]{32}(?=\.json$)", "", str(path.relative_to(course.root)))
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def verdicts(course: Course) -> int:
    """How many hand-ins have a verdict."""
    folder = course.root / ".grading" / "verdicts" / ASSIGNMENT
    return len([path for path in folder.glob("*.json") if not path.name.startswith("~")])
