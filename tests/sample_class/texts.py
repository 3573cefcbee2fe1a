"""Cells of hand-ins that stand somewhere already: known wrong answers, and stubs.

known(assignment, exercise=what, ...)   rows of tests/wrong_answers, by what is wrong in them
untouched(assignment, *exercises)       the stubs of the release
untouched_from(assignment, exercise)    the stubs from there to the end

Exercises are grade_ids of solution cells, and every function returns {grade_id: source}; as a
keyword a grade_id has underscores in the place of its hyphens.
"""

from __future__ import annotations

from pages import ROOT, cells
from wrong_answers.table import rows


def known(assignment: str, **wanted: str) -> dict[str, str]:
    """Return the wrong answer to each exercise that its table describes in these words."""
    table = {(row.exercise, row.what): row.source for row in rows(assignment)}
    pairs = [(name.replace("_", "-"), what) for name, what in wanted.items()]
    return {exercise: table[exercise, what] for exercise, what in pairs}


def untouched(assignment: str, *exercises: str) -> dict[str, str]:
    """Return the stubs of these exercises."""
    stubs = _stubs(assignment)
    return {exercise: stubs[exercise] for exercise in exercises}


def untouched_from(assignment: str, exercise: str) -> dict[str, str]:
    """Return the stubs of this exercise and of all that follow, the written answer included."""
    stubs = _stubs(assignment)
    return untouched(assignment, *list(stubs)[list(stubs).index(exercise) :])


def _stubs(assignment: str) -> dict[str, str]:
    (path,) = (ROOT / "notebooks" / assignment).glob("*.ipynb")
    roles = [(cell["metadata"].get("nbgrader", {}), cell["source"]) for cell in cells(path)]
    return {role["grade_id"]: text for role, text in roles if role.get("solution")}
