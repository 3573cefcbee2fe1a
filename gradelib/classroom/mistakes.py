"""Which mistakes a class made, as the reports in its graded notebooks name them.

mistakes(course, assignment)   a row for each exercise and mistake, the most frequent first
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from gradelib.checks.mistakes.edits import Edit
from gradelib.checks.reports.report import DATA

from .course import Course, CourseError, notebooks_in
from .fingerprinting import edits_of

NOT_RECOGNISED = "not recognised"
"""Stands for the mistake where a check failed and no check of the exercise names one."""

IDENTIFIER = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class Row:
    """A mistake in an exercise: who made it, and where an edit of the solution gives the same.

    `edits` are (line of the solution, what it says, what the edit makes of it).
    """

    exercise: str
    mistake: str
    students: tuple[str, ...]
    edits: tuple[tuple[int, str, str], ...] = ()


def mistakes(course: Course, assignment: str, student: str | None = None) -> list[Row]:
    """Return the rows of an assignment, of all students or of one.

    A student counts once for each exercise and mistake; where an exercise's checks name several
    for one gradient, what most of them name.  Raises CourseError where the assignment is unknown or
    nothing of it has been graded.
    """
    course.require(assignment)
    graded = {
        entry.student: notebooks_in(course.autograded(entry.student, assignment))
        for entry in course.submissions(assignment, student)
    }
    if not any(graded.values()):
        whose = "" if student is None else f" of {student!r}"
        raise CourseError(
            f"{assignment!r}{whose} is not graded yet; try: gradelib grade {assignment}"
        )
    known: dict[str, tuple[str, Edit]] = {}
    for path in notebooks_in(course.source(assignment)):
        known |= edits_of(path)
    students: dict[tuple[str, str], set[str]] = {}
    places: dict[tuple[str, str], set[tuple[int, str, str]]] = {}
    for name, paths in graded.items():
        for exercise, mistake, edit in _chosen([e for path in paths for e in _named(path)]):
            students.setdefault((exercise, mistake), set()).add(name)
            if edit in known and known[edit][0] == exercise:
                where = known[edit][1]
                line = (where.line, where.before, where.after)
                places.setdefault((exercise, mistake), set()).add(line)
    rows = [
        Row(*key, tuple(sorted(who)), tuple(sorted(places.get(key, ()))))
        for key, who in students.items()
    ]
    return sorted(rows, key=lambda row: (-len(row.students), row.exercise, row.mistake))


Named = tuple[str, str, str, str]
"""Exercise, gradient, mistake, edit."""


def _chosen(named: Sequence[Named]) -> Iterator[tuple[str, str, str]]:
    """(exercise, mistake, edit) for each gradient: what most checks name, of as many the first."""
    explained = {exercise for exercise, _, mistake, _ in named if mistake != NOT_RECOGNISED}
    counts: dict[tuple[str, str], Counter[str]] = {}
    for exercise, gradient, mistake, _ in named:
        counts.setdefault((exercise, gradient), Counter())[mistake] += 1
    for exercise, gradient, mistake, edit in named:
        if mistake == NOT_RECOGNISED and exercise in explained:
            continue  # one of several checks knows more
        if counts[exercise, gradient].most_common(1)[0][0] == mistake:
            yield exercise, mistake, edit


def _named(path: Path) -> Iterator[Named]:
    """Each diagnosis in a notebook, in order; students' code has written them."""
    try:
        cells = nbformat.read(path, 4).cells
    except Exception as error:
        raise CourseError(f"{path} cannot be read: {error}") from error
    answered = ""
    for cell in cells:
        role = cell.metadata.get("nbgrader", {})
        answered = role.get("grade_id", "") if role.get("solution") else answered
        if cell.cell_type != "code" or not role.get("grade"):
            continue
        for output in cell.outputs:
            report = output.get("data", {}).get(DATA)
            if not isinstance(report, dict) or report.get("verdict") == "passed":
                continue
            exercise = report.get("exercise") or answered or role.get("grade_id", "")
            for gradient, mistake, edit in _diagnoses(report):
                yield str(exercise)[:80], gradient, mistake, edit


def _diagnoses(report: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    named = report.get("diagnoses")
    for entry in named if isinstance(named, list) else []:
        mistake = entry.get("mistake") if isinstance(entry, dict) else None
        if isinstance(mistake, str) and IDENTIFIER.fullmatch(mistake):
            found.append((str(entry.get("name", "")), mistake, str(entry.get("edit", ""))))
    wrong = report.get("outcome") in ("wrong value", "contract")
    return found or ([("", NOT_RECOGNISED, "")] if wrong else [])
