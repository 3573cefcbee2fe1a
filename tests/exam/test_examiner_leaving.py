"""Which given cells need not be run for each hand-in, and when they must be all the same."""

import pytest

from gradelib.exam.texts.leaving import Part, left_out, unneeded
from gradelib.exam.texts.reaching import reaching

DRAW = Part("fig = draw(points)", still=True)
POINTS = Part("points = [1, 2]\ndef draw(p):\n    return scale(p)", still=True)
SCALE = Part("def scale(p):\n    return p", still=True)
ANSWER = Part("def answer(x):\n    return x + 1", still=False, students=True)


def places(*parts):
    """The parts by their place, as they stand in a notebook."""
    return dict(enumerate(parts))


def test_cells_that_nobody_needs_are_left_out():
    """A figure and all that only it needs."""
    assert left_out(places(SCALE, POINTS, DRAW, ANSWER)) == {0, 1, 2}


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("def answer(x):\n    return points[x]", {2}),
        ("def answer(x):\n    return [scale(i) for i in x]", {1, 2}),
        ("print(fig)", set()),
        ("fig = 3", {0, 1, 2}),
        ("del fig", set()),
        ("points = None", set()),
        ("def scale(p):\n    return 7", set()),
        ("from somewhere import scale", set()),
        ("points += [3]", set()),
        ("globals()['points']", set()),
        ("eval('points')", set()),
        ("get_ipython().user_ns", set()),
        ("from somewhere import *", set()),
        ("import sys\nsys.modules['__main__'].points", set()),
        ("%who", set()),
        ("!ls", set()),
        ("%run other.py", set()),
        ("Out[1]", set()),
        ("_2", set()),
        ("%matplotlib inline\nx = 1", {0, 1, 2}),
        ("%timeit scale(3)", {1, 2}),
        ("this is no Python (", {0, 1, 2}),
        ("", {0, 1, 2}),
    ],
)
def test_what_a_student_reads_or_binds_is_run(answer, left):
    """A name that the student reads is made; one that the student binds makes a figure theirs."""
    assert left_out(places(SCALE, POINTS, DRAW, Part(answer, still=False, students=True))) == left


def test_cell_that_changes_something_is_run_with_what_it_needs():
    """A given cell that is not still needs its names, and makes no one else run."""
    parts = places(SCALE, POINTS, Part("set_style(points)", still=False), DRAW)
    assert left_out(parts) == {3}


def test_examiner_runs_what_its_tests_read_before_they_bind_it():
    """A name that each test binds for itself needs no given cell; one read by a helper does."""
    first = Part("x = 1\nW = 2", still=True)
    uses_own = Part("x = 5\ncheck(x)", still=False)
    helper = Part("def helper():\n    return W", still=False)
    calls = Part("helper()", still=False)
    assert unneeded([first, uses_own]) == {0}
    assert unneeded([first, Part("check(x)\nx = 5", still=False)]) == set()
    assert unneeded([first, helper, uses_own]) == {0}
    assert unneeded([first, helper, calls]) == set()
    assert unneeded([helper, first, calls]) == set()
    assert unneeded([helper, calls, first]) == {2}
    assert unneeded([first, Part("eval('x')", still=False)]) == set()


@pytest.mark.parametrize(
    ("source", "unsure"),
    [
        ("x = locals", True),
        ("obj.__dict__", True),
        ("_", True),
        ("for _ in range(3):\n    pass", False),
        ("_i3", True),
        ("model.eval()", True),
        ("x = 'globals()'", False),
        ("%%writefile a.py\nx = 1", True),
        ("%%time\nx = 1", False),
        ("print?", True),
        ("import numpy as np", False),
    ],
)
def test_reaching_is_seen_in_the_text(source, unsure):
    """Words that reach other names count, in whatever role; texts and loop variables do not."""
    assert reaching(source) is unsure
