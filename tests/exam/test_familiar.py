"""What fails in the exam as it does in the notebook is shown with the notebook's numbers."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.marks import salted
from gradelib.checks.mistakes.explain import unexplained
from gradelib.exam.familiar import familiar, untold, wanted


def shown(backward, tag, exercise="square-backward", salt=b""):
    """A report as an output, on inputs drawn by the tag and the salt."""
    with salted(salt):
        x = gl.rng(tag).normal(size=4)
    report = gl.check_backward(lambda x: (x**2, x), backward, x, exercise=exercise)
    return {"output_type": "display_data", "data": report._repr_mimebundle_(), "metadata": {}}


def right(dout, x):
    return 2 * dout * x


def half(dout, x):
    return dout * x


def tall(dout, x):
    return (2 * dout * x)[:, None]


TEXT = {"output_type": "stream", "name": "stdout", "text": "hello"}
EXAM = shown(half, "a", salt=b"s")
HOME = shown(half, "a")


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([], False),
        ([TEXT], False),
        ([shown(right, "a")], False),
        ([shown(half, "a", exercise=None)], False),
        ([TEXT, EXAM], True),
    ],
    ids=["nothing", "text", "passed", "of no exercise", "failed"],
)
def test_only_failures_of_exercises_are_looked_up(outputs, expected):
    """All else costs no second run."""
    assert wanted(outputs) is expected


HIDDEN = shown(half, "b", salt=b"s")
OTHER = shown(tall, "a", salt=b"s")
CASES = {
    "the first that fails so": ([TEXT, EXAM, HIDDEN], [HOME], [TEXT, HOME, HIDDEN]),
    "each once": ([EXAM, HIDDEN], [HOME, HOME], [HOME, HOME]),
    "right at home, as of a table of answers": ([EXAM], [shown(right, "a")], [EXAM]),
    "wrong in another way": ([OTHER], [HOME], [OTHER]),
    "another exercise": ([EXAM], [shown(half, "a", exercise="cube-backward")], [EXAM]),
    "nothing seen": ([EXAM], [], [EXAM]),
    "nothing failed": ([shown(right, "a")], [HOME], [shown(right, "a")]),
}


@pytest.mark.parametrize(("outputs", "seen", "expected"), CASES.values(), ids=CASES)
def test_failures_are_shown_as_seen_at_home(outputs, seen, expected):
    """With the notebook's numbers, and in the place of the exam's own."""
    assert EXAM["data"]["text/plain"] != HOME["data"]["text/plain"]
    assert familiar(outputs, seen) == expected


def test_what_fails_nowhere_else_is_looked_for_again():
    """By exercise and subject: hidden checks of what fails at home need no second look."""
    assert untold([EXAM], [])
    assert untold([shown(half, "a", exercise="cube-backward")], [HOME])
    assert untold([shown(half, "a", exercise=None)], [HOME])
    assert untold([EXAM, OTHER], [HOME])
    assert not untold([TEXT, EXAM, HIDDEN], [HOME])
    assert not untold([TEXT, shown(right, "a")], [])
    other = shown(half, "a", exercise=None)
    assert familiar([EXAM, other], [HOME], [EXAM, other]) == [HOME, other]


def crooked(dout, x):
    return 2 * dout * x + 0.1 * x**3


def test_a_check_decides_the_same_where_nothing_is_looked_for():
    """That it is wrong stays; where, the name and the claim that there is none go."""
    for wrong, said in ((half, "half of what"), (crooked, "none of the")):
        whole = shown(wrong, "a")["data"]["text/plain"]
        with unexplained():
            brief = shown(wrong, "a")["data"]["text/plain"]
        assert said in whole
        assert brief.splitlines() == [whole.splitlines()[0], "  dx is wrong"]


def test_a_check_that_decides_only_costs_no_more_where_it_fails():
    """A wrong gradient of 5,000 entries is judged with as many forwards as a right one, or so."""
    x, spent = np.linspace(0.5, 2.0, 5000).reshape(50, 100), []

    def forward(x):
        spent.append(1)
        return x**3, x

    def cost(backward):
        spent.clear()
        gl.check_backward(forward, backward, x, exercise="cube-backward")
        return len(spent)

    def crooked_in_rows(dout, x):
        return 3 * dout * x**2 + 0.1 * (np.arange(50) % 7 == 3)[:, None] * x**3

    whole = cost(crooked_in_rows)
    with unexplained():
        brief, passed = cost(crooked_in_rows), cost(lambda dout, x: 3 * dout * x**2)
    assert brief < 60 + passed
    assert brief < whole
