"""The course's own notebooks: solutions earn every point, untouched releases none."""

from pathlib import Path

import pytest
from sample_class import build

from gradelib.classroom.course import Course
from gradelib.classroom.papers import paper
from gradelib.exam.hall import Hall
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = [
    pytest.param(name, marks=pytest.mark.slow if name.startswith("04") else ())
    for name in build.assignments()
]


@pytest.fixture(scope="module")
def hall():
    """One examiner for all."""
    with Hall() as one:
        yield one


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_solutions_earn_all_points_and_stubs_none(hall, assignment):
    """Nothing of either is listed, and every figure is there."""
    asked = paper(Course(ROOT), assignment)
    hand_ins = {one.student: one for one in build.hand_ins(assignment)}
    found = {}
    for student in ("ada", "ulla"):
        one = hand_ins[student]
        handed_in = HandIn(student, assignment, {one.file: one.content})
        verdict = hall.examine(handed_in, asked, b"secret", Limits())
        (book,) = verdict["notebooks"].values()
        found[student] = sum(cell["score"] or 0 for cell in book["cells"])
        assert verdict["cause"] is None
        assert verdict["notes"] == []
    assert found == {"ada": hand_ins["ada"].score, "ulla": 0}
    whole = build.automatic_points(build.source(assignment)[1])
    assert found["ada"] == whole
