"""From a verdict to what nbgrader keeps: points, comments, and which answers wait for a person.

Marks             what a notebook of a hand-in earned, cell by cell
marks_of(...)     the marks of a verdict's notebook
needs_person(...) whether a cell is to be looked at by a person
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, is_solution, is_task

NO_RESPONSE = "No response."
"""nbgrader's comment on an answer that is as it was released."""


@dataclass(frozen=True)
class Marks:
    """What a notebook earned: points by grade_id, None where a person gives them.

    `otherwise` are the points of cells that are not named. `comments` are nbgrader's automatic
    ones, by grade_id. `review` marks every cell as waiting for a person; `penalised` says whether
    the notebook can have a late penalty.
    """

    points: Mapping[str, float | None]
    comments: Mapping[str, str | None] = field(default_factory=dict)
    otherwise: float | None = None
    review: bool = False
    penalised: bool = True


MISSING = Marks({}, otherwise=0.0, penalised=False)
"""No notebook was handed in: it has 0 points, and nothing waits."""

UNREADABLE = Marks({}, otherwise=0.0, review=True, penalised=False)
"""A notebook that cannot be graded has 0 points until a person has looked."""


def marks_of(judged: Mapping[str, Any], nb: NotebookNode | None) -> Marks:
    """The marks of one notebook of a verdict; `nb` is the graded one, with nbgrader's checksums.

    An answer that a person grades and that is as it was released has 0 points.
    """
    if judged["status"] == "missing":
        return MISSING
    if judged["status"] != "graded" or nb is None:
        return UNREADABLE
    points = {cell["grade_id"]: cell["score"] for cell in judged["cells"]}
    comments = {}
    for cell in nb.cells:
        if is_solution(cell) and not is_task(cell):
            grade_id = cell.metadata["nbgrader"]["grade_id"]
            untouched = untouched_answer(cell)
            comments[grade_id] = NO_RESPONSE if untouched else None
            if untouched and grade_id in points and points[grade_id] is None:
                points[grade_id] = 0.0
    return Marks(points, comments)


def untouched_answer(cell: NotebookNode) -> bool:
    """Whether a cell's text is the released one, by nbgrader's checksum."""
    checksum = cell.metadata["nbgrader"].get("checksum")
    return checksum is not None and checksum == compute_checksum(cell)


def needs_person(points: float | None, manual: float | None, before: bool, changed: bool) -> bool:
    """Whether a cell waits for a person, who may have given it `manual` points before.

    nbgrader lets every cell with manual points wait again; here only those that changed since.
    """
    return points is None if manual is None else before or changed
