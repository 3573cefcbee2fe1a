"""What a claim and a slope say together, and what the judge asks of the function for it."""

from math import inf, nan, sqrt

import numpy as np
import pytest

from gradelib.checks.slopes import judge as module
from gradelib.checks.slopes.judge import Claim, random_direction, weigh
from gradelib.checks.slopes.ladder import Slope
from gradelib.checks.slopes.numeric import Probe

X = np.array([0.3, -1.2, 0.7, 2.1])


def probe_of(f, *point, dout=None):
    base = np.asarray(f(list(point)), dtype=float)
    upstream = np.ones_like(base) if dout is None else dout
    return Probe(lambda arrays: np.asarray(f(arrays), dtype=float), list(point), upstream, base)


def found(value, error, rung=9, *, kink=False):
    return Slope(value, error, value, value, kink, rung)


ROUGH = "the function is too noisy or too rough here"
NOT_FINITE = "the function is not finite nearby"
NATURAL = 2.0  # the size of the output below

# id: (along, norm, slope, error, (agrees, resolution, reason))
WEIGHTS = {
    "exact": (3.0, 2.0, 3.0, 0.0, (True, 0.0, "")),
    "within six errors": (3.0, 2.0, 3.0 + 5.9e-6, 1e-6, (True, 2e-6, "")),
    "beyond six errors": (3.0, 2.0, 3.0 + 6.1e-6, 1e-6, (False, 2e-6, "")),
    "beyond, below": (3.0, 2.0, 3.0 - 6.1e-6, 1e-6, (False, 2e-6, "")),
    "within a billionth of the norm": (3.0, 5.0, 3.0 + 4.9e-9, 0.0, (True, 0.0, "")),
    "beyond it": (3.0, 5.0, 3.0 + 5.1e-9, 0.0, (False, 0.0, "")),
    "both together": (3.0, 5.0, 3.0 + 10.9e-9, 1e-9, (True, 6e-9 / 5, "")),
    "relative to the norm": (3.0, 30.0, 3.0, 1e-6, (True, 2e-7, "")),
    "known to four digits": (1.0, 1.0, 1.0, 0.99e-4 / 6, (True, 0.99e-4, "")),
    "known to fewer": (1.0, 1.0, 1.0, 1.01e-4 / 6, (None, 1.01e-4, ROUGH)),
    "known to none": (1.0, 1.0, 2.0, 1.0, (None, 3.0, ROUGH)),
    "wrong, known to few": (1.0, 1.0, 2.0, 0.1, (False, 0.3, "")),
    "zero, exactly": (0.0, 0.0, 0.0, 0.0, (True, 0.0, "")),
    "zero, but for rounding": (0.0, 0.0, 1.9e-13, 1e-9 / 6, (True, 1 / 1.9e-4, "")),
    "zero, and more than rounding": (0.0, 0.0, 2.1e-13, 0.0, (False, 0.0, "")),
    "claim of rounding": (1.9e-13, 1.9e-13, 0.0, 0.0, (True, 0.0, "")),
    "claim of more": (2.1e-13, 2.1e-13, 0.0, 0.0, (False, 0.0, "")),
    "rounding, known well": (0.0, 0.0, 1e-13, 1.9e-8 / 6, (True, 1.9e5, "")),
    "rounding, known badly": (0.0, 0.0, 1e-13, 2.1e-8 / 6, (None, 2.1e5, ROUGH)),
    "zero norm, a slope": (0.0, 0.0, 1.0, 1e-9, (False, 6e-9, "")),
    "too large": (inf, 1.0, 1.0, 0.0, (False, 0.0, "")),
    "too large to square": (1.0, inf, 1.0, 0.0, (False, 0.0, "")),
    "no number": (nan, nan, 1.0, 0.0, (False, 0.0, "")),
    "slope not finite": (1.0, 1.0, nan, 1.0, (None, inf, NOT_FINITE)),
    "error not finite": (1.0, 1.0, 1.0, inf, (None, inf, NOT_FINITE)),
}


@pytest.mark.parametrize(
    ("along", "norm", "value", "error", "expected"), WEIGHTS.values(), ids=WEIGHTS
)
def test_weighing(along, norm, value, error, expected):
    """Six errors and a billionth; no verdict from fewer than four digits; rounding is zero."""
    probe = probe_of(lambda p: 0 * p[0] + 1.0, X)
    verdict = weigh(probe, Claim(along, norm), [np.ones(4)], found(value, error))
    assert (verdict.agrees, verdict.reason) == (expected[0], expected[2])
    assert verdict.resolution == pytest.approx(expected[1], rel=1e-4, abs=0)
    if np.isfinite(along) and np.isfinite(norm):
        assert verdict.rung == 9


def test_claim_needs_a_gradient_for_each_input():
    """None is left out without a word."""
    with pytest.raises(ValueError, match="zip"):
        Claim.of([X], [np.ones(4), np.ones(4)])


def test_claim_of_gradients():
    """Along the inputs that move: the sum of the parts, and their norm."""
    claim = Claim.of([X, X, np.array([2.0])], [np.array([1.0, 0, 2, -1]), None, np.array([-3.0])])
    parts = [0.3, 1.4, -2.1, -6.0]
    assert claim.along == pytest.approx(sum(parts))
    assert claim.norm == pytest.approx(np.linalg.norm(parts))
    assert Claim(3.0, 5.0).slack(0.5) == pytest.approx(3.0 + 5e-9)


NATURALS = {  # id: (f, dout, natural size along ones)
    "of the output": (lambda p: 0 * p[0] + 3.0, 1.0, 6.0),
    "weighted": (lambda p: 0 * p[0] + 3.0, -2.0, 12.0),
    "of its change": (lambda p: 10 * (p[0] - X), 1.0, 14.0),
    "of its change, the other way": (lambda p: np.minimum(10 * (p[0] - X), 0), 1.0, 14.0),
    "of its change, farther": (lambda p: np.maximum(p[0] - X - 5, 0), 1.0, 6.0),
    "larger output": (lambda p: 30 + (p[0] - X), 1.0, 60.0),
    "nothing": (lambda p: 0 * p[0], 1.0, 4.0),
    "nothing, weighted": (lambda p: 0 * p[0], -3.0, 12.0),
    "less than rounding": (lambda p: 0 * p[0] + 1e-13, 1.0, 4.0),
    "not finite that way": (lambda p: np.where(p[0] > X, np.nan, 10 * (p[0] - X)), 1.0, 14.0),
}


@pytest.mark.parametrize(("f", "dout", "size"), NATURALS.values(), ids=NATURALS)
def test_natural_size_of_a_function(f, dout, size):
    """Its output, or how it changes over a step of its inputs' size, or dout where it is zero."""
    probe = probe_of(f, X, dout=np.full(4, dout))
    assert module._natural(probe, [np.ones(4)]) == pytest.approx(size)


def test_natural_size_where_only_other_inputs_move_the_function():
    """A direction that does nothing is no measure: all inputs by their units are one."""
    probe = probe_of(lambda p: 10 * (p[1] - X), X, X)
    assert module._natural(probe, [np.ones(4), None]) == pytest.approx(14 * np.std(X))


@pytest.mark.parametrize(("scale", "size"), [(0.1, 2.0), (1.0, 2.0), (3.0, 6.0)])
def test_natural_size_of_nothing_is_that_of_the_step(scale, size):
    """The upstream gradient times the length of the direction, or one."""
    probe = probe_of(lambda p: 0 * p[0] * p[1], np.ones(4), np.ones(4))
    way = [np.full(4, 0.3 * scale), np.full(4, 0.4 * scale)]
    assert module._natural(probe, way) == pytest.approx(2 * max(1.0, scale))
    assert size == 2 * max(1.0, scale)


def test_noise_of_the_places_is_a_third_of_their_last_digits():
    """As the gradients pass them on; none where these are not finite."""
    probe = probe_of(lambda p: p[0], X, X + 3)
    expected = 0.3 * 2.0**-52 * sqrt(np.sum((2 * X) ** 2) + np.sum((5 * (X + 3)) ** 2))
    found = module._places_noise(probe, [np.full(4, 2.0), np.full(4, 5.0)])
    assert found == pytest.approx(expected, rel=1e-9, abs=0)
    with np.errstate(all="ignore"):
        assert module._places_noise(probe, [np.full(4, inf), np.ones(4)]) == 0.0


SIZES = {  # id: (direction, parts)
    "nothing": ([], 0),
    "alike": ([1.0, -2.0, 50.0], 1),
    "alike, and large": ([10.0, -200.0], 1),
    "alike, and small": ([1e-4, -2e-3], 1),
    "hardly alike": ([1.0, -99.0], 1),
    "apart by a hundred": ([1.0, -100.0], 2),
    "apart by a little more": ([1.0, -100.5], 2),
    "apart": ([1.0, -101.0], 2),
    "in three": ([1.0, -2.0, 100.0, 1e4, 3e4, -5.0], 3),
}


@pytest.mark.parametrize(("v", "count"), SIZES.values(), ids=SIZES)
def test_direction_in_parts_of_like_size(v, count):
    """Within a factor of 32 in each, where the whole is apart by a hundred; together, the whole."""
    v = np.array(v)
    parts = module._by_size(v, np.abs(v))
    assert len(parts) == count
    if count:
        assert np.array_equal(sum(parts), v)
        assert sum(np.count_nonzero(part) for part in parts) == v.size
    for part in parts if count > 1 else []:
        size = np.abs(part[part != 0])
        assert size.max() < 32 * size.min()


def test_direction_of_one_unit_is_one_part():
    v = np.array([[1.0, -0.5], [1.5, 0.7]])
    assert [part is v for part in module._by_size(v, np.broadcast_to(1.0, v.shape))] == [True]


class Bytes:
    """A generator that draws given numbers of 16 bits."""

    def __init__(self, *numbers):
        self.numbers = numbers

    def bytes(self, count):
        assert count == 2 * len(self.numbers)
        return np.array(self.numbers, dtype=np.uint16).tobytes()


def test_direction_is_drawn_from_sixteen_bits_an_entry():
    """From -3/2 to -1/2 and from 1/2 to 3/2 of the unit, both ends open and none of them 0."""
    x = np.array([[1.0, -1.0], [1.0, -1.0]])
    step = 2.0**-16
    found = random_direction(x, Bytes(0, 65535, 32767, 32768))
    assert found.tolist() == [[-1.5 + step, 1.5 - step], [-0.5 - step, 0.5 + step]]
    scaled = random_direction(x, Bytes(0, 65535, 32767, 32768), np.full((2, 2), 10.0))
    assert scaled == pytest.approx(10 * found)
