"""From the value of a grade cell's last expression to its points: the whole table."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from gradelib.exam.points import decide


class Pretender:
    """Says that it is a float, and converts to one."""

    __class__ = float

    def __float__(self):
        return 4.0


@pytest.mark.parametrize(
    ("value", "score", "outcome"),
    [
        (None, 4.0, "passed"),
        (True, 4.0, "passed"),
        (np.True_, 4.0, "passed"),
        ("1.5", 4.0, "passed"),
        ([1.0], 4.0, "passed"),
        (np.array(1.0), 4.0, "passed"),
        (1 + 0j, 4.0, "passed"),
        (Decimal(1), 4.0, "passed"),
        (Fraction(1, 2), 4.0, "passed"),
        pytest.param(Pretender(), 4.0, "passed", id="pretender"),
        (4, 4.0, "passed"),
        (4.0, 4.0, "passed"),
        (np.float32(4), 4.0, "passed"),
        (1.5, 1.5, "partial"),
        (np.float64(1.5), 1.5, "partial"),
        (np.int8(3), 3.0, "partial"),
        (5e-324, 5e-324, "partial"),
        (0, 0.0, "failed"),
        (0.0, 0.0, "failed"),
        (-0.0, 0.0, "failed"),
        (np.float64(0), 0.0, "failed"),
    ],
)
def test_value_in_bounds_or_no_number(value, score, outcome):
    """A number is the points; nothing, True or another thing is full marks, as in nbgrader."""
    points = decide(value, 4.0)
    assert (points.score, points.outcome, points.why) == (score, outcome, None)
    assert type(points.score) is float
    assert math.copysign(1, points.score) == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (False, "False"),
        (np.False_, "False"),
        (-5.0, "-5"),
        (-1e-300, "-1e-300"),
        (4.000001, "4"),
        (10**400, "too large"),
        (-(10**400), "too large"),
        (float("nan"), "nan"),
        (float("inf"), "too large"),
        (np.float64("-inf"), "-inf"),
        (np.uint64(2**63), "9.22337e+18"),
    ],
)
def test_value_that_is_no_number_of_points_gives_nothing(value, said):
    """nbgrader gives full marks for False, nan and -5, and loses the hand-in for 4.1."""
    points = decide(value, 4.0)
    assert (points.score, points.outcome) == (0.0, "failed")
    assert said in points.why


def test_cell_worth_nothing_is_passed_with_nothing():
    """A cell of 0 points takes 0 and no more."""
    assert decide(0, 0.0).outcome == "passed"
    assert decide(1, 0.0).score == 0.0
    assert decide(1, 0.0).why is not None
