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
    """Nothing of either is listed; of a LONG one, half a notebook earns what is there."""
    asked = paper(Course(ROOT), assignment)
    expected, found = {}, {}
    for one in build.hand_ins(assignment):
        if one.student not in ("ada", "ulla") and assignment not in build.LONG:
            continue
        handed_in = HandIn(one.student, assignment, {one.file: one.content})
        verdict = hall.examine(handed_in, asked, b"secret", Limits())
        (book,) = verdict["notebooks"].values()
        found[one.student] = sum(cell["score"] or 0 for cell in book["cells"])
        expected[one.student] = pytest.approx(one.score, abs=1e-5)
        assert verdict["cause"] is None
        assert verdict["notes"] == []
    assert found == expected
    assert found["ada"] == build.automatic_points(build.source(assignment)[1])
    assert found["ulla"] == 0
