"""What a factor is called: by the lengths, sizes and numbers at hand where it can be."""

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from cases_by_hand import case

from gradelib.checks.mistakes import hypotheses_numbers as numbers

V = np.array([1.0, -2.0, 3.0, 4.0])


def counted(c, right=V, **known):
    """The factor c on numbers of a layer with 5 samples, 7 inputs and 12 outputs in all."""
    arrays = {"x": np.zeros(35), "out": np.zeros(12), "dout": np.zeros(12)}
    return case(c * right, right, **(arrays | {"sizes": frozenset({0, 1, 5, 7, 1000})} | known))


AXIS = ", and 2 is the length of an axis"
FACTORS = {
    "a length": (counted(5), ("not-averaged", {"c": "5", "n": 5})),
    "over a length": (counted(1 / 7), ("averaged", {"c": "0.1429", "n": 7})),
    "two": (counted(2), ("factor-2", {"c": "2", "axis": ""})),
    "two, and a length": (
        counted(2, sizes=frozenset({2, 5})),
        ("factor-2", {"c": "2", "axis": AXIS}),
    ),
    "half": (counted(0.5), ("factor-half", {"c": "0.5", "axis": ""})),
    "half, and a length": (
        counted(0.5, sizes=frozenset({2, 5})),
        ("factor-half", {"c": "0.5", "axis": AXIS}),
    ),
    "a logarithm": (counted(log(10)), ("factor-ln10", {"c": "2.303", "axis": ""})),
    "over a logarithm": (counted(1 / log(10)), ("factor-ln10", {"c": "0.4343", "axis": ""})),
    "a size": (counted(35), ("factor-size", {"c": "35", "n": 35})),
    "over a size": (counted(1 / 12), ("factor-size", {"c": "0.08333", "n": 12})),
    "a size, on two numbers": (counted(35, V[:2]), ("factor", {"c": "35"})),
    "a size, on three numbers": (counted(35, V[:3]), ("factor-size", {"c": "35", "n": 35})),
    "a size of three": (counted(3, x=np.zeros(3)), ("factor-size", {"c": "3", "n": 3})),
    "a root": (counted(sqrt(5)), ("factor-root", {"c": "2.236", "n": 5})),
    "over a root": (counted(1 / sqrt(7)), ("factor-root", {"c": "0.378", "n": 7})),
    "two lengths": (counted(5 / 7), ("wrong-count", {"c": "0.7143", "n": 5, "m": 7})),
    "two lengths, the other way": (counted(7 / 5), ("wrong-count", {"c": "1.4", "n": 7, "m": 5})),
    "dout": (counted(3.3, dout=np.array([3.3])), ("factor-at-hand", {"what": "dout"})),
    "over dout": (counted(1 / 3.3, dout=np.array(3.3)), ("factor-at-hand", {"what": "dout"})),
    "a count": (counted(9), ("factor-count", {"c": "9", "n": 9})),
    "over a count": (counted(1 / 9), ("factor-count", {"c": "0.1111", "n": 9})),
    "a small count": (counted(3), ("factor-count", {"c": "3", "n": 3})),
    "a large count": (counted(10_000), ("factor-count", {"c": "1e+04", "n": 10_000})),
    "too large a count": (counted(10_001), ("factor", {"c": "1e+04"})),
    "a count and a sign": (counted(-9), ("factor", {"c": "-9"})),
    "any": (counted(0.7), ("factor", {"c": "0.7"})),
    "any, of no input that is known": (counted(0.7, x=V[:0]), ("factor", {"c": "0.7"})),
    "any, negative": (counted(-0.7), ("factor", {"c": "-0.7"})),
    "close to one": (counted(1.00002), ("factor", {"c": "1.00002"})),
    "close to one, but four digits say it": (counted(1.00123456), ("factor", {"c": "1.001"})),
    "one number": (counted(0.7, V[:1]), None),
    "one number that is not zero": (counted(0.7, V * [0, 1, 0, 0]), None),
    "two numbers that are not zero": (counted(0.7, V * [0, 1, 0, 1]), ("factor", {"c": "0.7"})),
    "a length, on one number": (counted(5, V[:1]), ("not-averaged", {"c": "5", "n": 5})),
    "a million": (counted(0.9e6), ("factor", {"c": "9e+05"})),
    "more than a million": (counted(1.1e6), None),
    "a millionth": (counted(1.1e-6), ("factor", {"c": "1.1e-06"})),
    "less than a millionth": (counted(0.9e-6), None),
    "nothing": (counted(0), None),
    "of nothing": (counted(3, 0 * V), None),
    "not throughout": (case([3, -6, 9, 13], V), None),
    "another shape": (case((3 * V)[None], V), None),
}


@pytest.mark.parametrize(("given", "expected"), FACTORS.values(), ids=FACTORS)
def test_what_a_factor_is_called(given, expected):
    """By the lengths at hand where it can be, in four digits or as many as tell it from 1."""
    assert numbers.factor(given) == expected


NEAR = ["a length", "over a length", "two", "half", "a logarithm", "over a logarithm", "a size"]
NEAR += ["over a size", "a root", "over a root", "two lengths", "two lengths, the other way"]
NEAR += ["dout", "over dout", "a count", "over a count"]


@pytest.mark.parametrize("what", NEAR)
def test_a_factor_is_what_it_is_to_a_millionth(what):
    """Half a millionth more is rounding; three millionths more is another factor."""
    given, (mistake, values) = FACTORS[what]
    near = replace(given, yours=given.yours * (1 + 5e-7))
    assert numbers.factor(near) == (mistake, values)
    off = replace(given, yours=given.yours * (1 + 3e-6))
    assert numbers.factor(off)[0] == "factor"


@pytest.mark.parametrize("c", [5, 2, 35, 0.7])
def test_multiple_is_any_factor(c):
    """Where nothing is known of the sizes, a factor is a factor."""
    assert numbers.multiple(counted(c)) == ("factor", {"c": f"{c:.4g}"})
