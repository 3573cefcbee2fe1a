"""The numerical gradient entry by entry: what is looked at, how closely, and what is wrong."""

from math import inf

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.slopes import entries as module
from gradelib.checks.slopes.entries import entrywise
from gradelib.checks.slopes.judge import Verdict
from gradelib.checks.slopes.kinks import Interval
from gradelib.checks.slopes.ladder import Slopes
from gradelib.checks.slopes.numeric import Probe

KINK = Interval(-1.0, 2.0, 0.1)
OTHER = Interval(0.0, 5.0, 0.0)

# id: (yours, numeric, error, other numeric, (wrong, numeric, error))
SMOOTH = {
    "exact": (1.0, 1.0, 0.0, 1.0, (False, 1.0, 0.0)),
    "within six errors": (1.059, 1.0, 0.01, 1.0, (False, 1.0, 0.01)),
    "beyond six errors": (1.061, 1.0, 0.01, 1.0, (True, 1.0, 0.01)),
    "below": (0.939, 1.0, 0.01, 1.0, (True, 1.0, 0.01)),
    "rounding": (1 + 0.9e-7, 1.0, 0.0, 1.0, (False, 1.0, 0.0)),
    "more than rounding": (1 + 1.1e-7, 1.0, 0.0, 1.0, (True, 1.0, 0.0)),
    "rounding of large": (-100 - 0.9e-5, -100.0, 0.0, 1.0, (False, -100.0, 0.0)),
    "more than that": (-100 - 1.1e-5, -100.0, 0.0, 1.0, (True, -100.0, 0.0)),
    "small among large": (0.9e-10, 0.0, 0.0, -1.0, (False, 0.0, 0.0)),
    "not so small": (1.1e-10, 0.0, 0.0, -1.0, (True, 0.0, 0.0)),
    "error and rounding": (1.06 + 0.9e-7, 1.0, 0.01, 1.0, (False, 1.0, 0.01)),
    "both exceeded": (1.06 + 1.1e-7, 1.0, 0.01, 1.0, (True, 1.0, 0.01)),
}


def slopes(numeric, error, left=0.0, right=0.0, kink=False):
    def both(a, b):
        return np.array([a, b])

    return Slopes(
        both(*numeric), both(error, 0.0), both(left, 0.0), both(right, 0.0), both(kink, False)
    )


@pytest.mark.parametrize(
    ("yours", "numeric", "error", "other", "expected"), SMOOTH.values(), ids=SMOOTH
)
def test_entry_is_held_to_its_slope(yours, numeric, error, other, expected):
    """Six errors, and a ten-millionth of the entry or of the largest over a thousand."""
    gradient = np.array([[0.0, yours], [0.0, other]])
    found = module._compared(
        slopes((numeric, other), error), np.array([1, 3]), gradient, Verdict(None, 0.0)
    )
    assert found.indices.tolist() == [1, 3]
    assert (found.wrong[0], found.numeric[0], found.error[0]) == expected
    assert (found.wrong[1], found.numeric[1]) == (False, other)
    assert (found.complete, found.exact, found.pattern) == (False, False, "")


# id: (yours, known interval, ruled out, (numeric that is shown)); the slopes seen are 1 and 3
KINKS = {
    "between": (2.5, None, False, 2.5),
    "low side": (1.0, None, False, 1.0),
    "above": (4.0, None, True, 3.0),
    "below": (-4.0, None, True, 1.0),
    "above, not certain": (4.0, None, False, 3.0),
    "known: between": (0.0, KINK, False, 0.0),
    "known: above": (4.0, KINK, True, 2.0),
    "known: below": (-4.0, KINK, True, -1.0),
    "known: a tie, nearer to the high side": (1.0, KINK, True, -1.0),
    "known: a tie, nearer to the low side": (0.0, KINK, True, 2.0),
    "known: a tie, in the middle": (0.5, KINK, True, 2.0),
    "known: a tie, on the high side": (2.0, KINK, True, -1.0),
    "known: a tie, on the low side": (-1.0, KINK, True, 2.0),
}


@pytest.mark.parametrize(("yours", "known", "out", "shown"), KINKS.values(), ids=KINKS)
@pytest.mark.parametrize("turned", [False, True])
def test_entry_on_a_kink_is_held_to_its_sides(yours, known, out, shown, turned):
    """Wrong where the verdict says so; shown is the nearest slope, or else the farther side."""
    verdict = Verdict(None, 0.0, kinks={1: known} if known else {}, unheld=(1,) if out else (2,))
    sides = (3.0, 1.0) if turned else (1.0, 3.0)
    seen = slopes((2.0, 7.0), 0.01, *sides, kink=not known)
    gradient = np.array([[0.0, yours], [0.0, 7.0]])
    found = module._compared(seen, np.array([1, 3]), gradient, verdict)
    assert (found.wrong[0], found.numeric[0], found.error[0]) == (out, shown, 0.0)
    assert (found.wrong[1], found.numeric[1], found.error[1]) == (False, 7.0, 0.0)
    assert seen.value.tolist() == [2.0, 7.0]


def test_without_a_gradient_nothing_is_wrong():
    """The numbers are those of the slopes, kinks or not."""
    found = module._compared(
        slopes((2.0, 7.0), 0.01, 1.0, 3.0, kink=True), np.array([1, 3]), None, Verdict(None, 0.0)
    )
    assert found.numeric.tolist() == [2.0, 7.0]
    assert found.error.tolist() == [0.01, 0.0]
    assert found.wrong.tolist() == [False, False]


class Counted:
    """A probe that counts how often its function is called."""

    def __init__(self, f, *point, noise=0.0):
        self.calls = 0
        self.f = f
        base = np.asarray(f(list(point)), dtype=float)
        self.probe = Probe(self, list(point), np.ones_like(base), base)
        self.probe.noise = noise

    def __call__(self, arrays):
        self.calls += 1
        return np.asarray(self.f(arrays))


def look(probe, gradient, block=0, seed=0, **verdict):
    rng = np.random.default_rng(seed)
    return entrywise(probe, block, gradient, Verdict(False, 0.0, **verdict), rng)


SHAPES = {  # id: (shape, f, its gradient, whether every entry is looked at)
    "elementwise": ((3, 5), lambda x: x**3, lambda x: 3 * x**2, True),
    "large, elementwise": ((60, 50), lambda x: x**3, lambda x: 3 * x**2, True),
    "large, by rows": ((60, 50), lambda x: x.sum(1) ** 2, lambda x: 2 * x.sum(1)[:, None], True),
    "larger rows": ((50, 60), lambda x: x.sum(axis=1) ** 2, lambda x: 2 * x.sum(1)[:, None], False),
    "one number": ((), lambda x: x**3, lambda x: 3 * x**2, True),
    "together": ((7, 5), lambda x: x.sum() ** 2, lambda x: 2 * x.sum(), True),
    "nothing": ((0, 3), lambda x: x.sum() ** 2, lambda x: 2 * x, True),
    "one row": ((1, 9), lambda x: x.sum(axis=1) ** 2, lambda x: 2 * x.sum(), True),
}  # fmt: skip


@pytest.mark.parametrize(("shape", "f", "df", "whole"), SHAPES.values(), ids=SHAPES)
def test_every_entry_is_looked_at_where_it_is_affordable(shape, f, df, whole):
    """And found right, or wrong where it is; in a large array that mixes all, some are."""
    x = np.random.default_rng(1).normal(size=shape)
    right = np.broadcast_to(df(x), shape)
    probe = Counted(lambda p: f(p[1]), np.ones(2), x).probe
    found = look(probe, right.copy(), block=1)
    assert not found.wrong.any()
    assert found.complete is whole
    assert (found.indices.size == x.size) is whole
    assert found.numeric == pytest.approx(right.ravel()[found.indices], rel=1e-5, abs=1e-6)
    found = look(probe, right + 1, block=1)
    assert found.wrong.all()
    assert (found.complete, found.exact) == (whole, whole)
    unasked = look(probe, None, block=1)
    assert not unasked.wrong.any()
    assert unasked.indices.size == (x.size if whole else 64)


@pytest.mark.parametrize(("size", "whole"), [(30, True), (31, False)])
def test_an_array_is_large_beyond_a_size(size, whole, monkeypatch):
    """Every entry is looked at up to that size, and it included."""
    monkeypatch.setattr(module, "ALL_ENTRIES", 30)
    x = np.random.default_rng(1).normal(size=size)
    probe = Counted(lambda p: p[0].sum() ** 2, x).probe
    found = look(probe, np.full(size, 2 * x.sum()))
    assert (found.complete, found.exact, found.indices.size) == (whole, whole, size)


@pytest.mark.parametrize("shape", [(3, 0), (3, 2)], ids=str)
def test_gradient_of_another_shape_for_an_input_without_entries(shape):
    """It is reported beside a wrong one, whose mistake is looked for with all the inputs."""
    report = gl.check_backward(
        lambda x, y: (x * 2 + y.sum(), x),
        lambda dout, x: (dout * 3, np.zeros(shape)),
        np.ones(4),
        np.zeros((0, 3)),
    )
    assert [c.outcome for c in report.comparisons] == ["wrong value", "contract"]


@pytest.mark.parametrize(("width", "together"), [(50, True), (51, False)])
def test_lanes_are_moved_together_where_they_are_short(width, together):
    """Six calls an entry are worth it for fifty of them."""
    x = np.random.default_rng(1).normal(size=(2, width))
    counted = Counted(lambda p: np.sin(p[0].sum(axis=1)), x)
    counted.calls = 0
    assert look(counted.probe, np.zeros(x.shape)).complete
    assert (counted.calls == 2 + 6 * width) is together


COSTS = {  # id: (shape, f, most calls for each entry of a lane, fixed ones)
    "elementwise": ((9, 8), np.sin, 6, 14),
    "by rows": ((40, 8), lambda x: np.sin(x.sum(axis=1)), 6 * 8, 12),
    "by rows as long as columns are many": ((2, 3), lambda x: np.sin(x.sum(axis=1)), 6 * 3, 2),
}


@pytest.mark.parametrize(("shape", "f", "steps", "fixed"), COSTS.values(), ids=COSTS)
def test_entries_that_can_be_moved_together_are(shape, f, steps, fixed):
    """Six calls for each entry of a lane, and two for each bit of their number."""
    counted = Counted(lambda p: f(p[0]), np.random.default_rng(1).normal(size=shape))
    counted.calls = 0
    look(counted.probe, np.zeros(shape))
    assert counted.calls == steps + fixed


@pytest.mark.parametrize(("noise", "rung"), [(0.0, 8), (1e-13, 8), (1e-7, 3), (1.0, 3)])
@pytest.mark.parametrize("given", [5, 7, 9, 12])
def test_steps_begin_where_noise_allows(noise, rung, given, monkeypatch):
    """At the rung before the verdict's, the eighth at most, and at long steps in much noise."""
    seen = []

    def entry_slopes(probe, block, indices, *, target, start):
        seen.append((indices, target, start))
        zeros = np.zeros(len(indices))
        return Slopes(zeros, zeros, zeros, zeros, zeros.astype(bool))

    monkeypatch.setattr(module, "entry_slopes", entry_slopes)
    x = np.array([1.0, -1.0, 3.0, -3.0])
    probe = Counted(lambda p: p[0].sum() * 2, x, noise=noise).probe
    module._at(probe, 0, None, Verdict(None, inf, rung=given), [1, 3])
    ((indices, target, start),) = seen
    assert indices == [1, 3]
    # A ten-millionth of the slope along the units, for one of four of them.
    assert target == pytest.approx(1e-7 * 2 * 4 * np.sqrt(5) / (2 * np.sqrt(5)))
    assert start == min(given - 1, rung)


FREE = {  # id: (noise, the rung at which a step is lost in it)
    "little": (4e-7 / 4**6.5 / 4, 6),
    "less": (4e-7 / 4**5.01 / 4, 5),
    "much": (4e-7 / 4**4.99 / 4, 4),
}


@pytest.mark.parametrize(("noise", "rung"), FREE.values(), ids=FREE)
def test_first_step_is_the_shortest_that_noise_leaves(noise, rung, monkeypatch):
    """Four times the noise over the step is the error that will do."""
    seen = []

    def entry_slopes(probe, block, indices, *, target, start):
        seen.append(start)
        zeros = np.zeros(len(indices))
        return Slopes(zeros, zeros, zeros, zeros, zeros.astype(bool))

    monkeypatch.setattr(module, "entry_slopes", entry_slopes)
    probe = Counted(lambda p: p[0].sum(), np.array([1.0, -1.0]), noise=noise).probe
    module._at(probe, 0, None, Verdict(None, inf, rung=20), [0], 4e-7)
    assert seen == [rung]


BOXES = {  # id: (box, most, all entries in it)
    "all": ((slice(0, 3), slice(0, 4)), 20, range(12)),
    "as many": ((slice(0, 3), slice(0, 4)), 12, range(12)),
    "a block": ((slice(1, 3), slice(2, 4)), 4, [6, 7, 10, 11]),
    "a row": ((slice(1, 2), slice(0, 4)), 9, [4, 5, 6, 7]),
    "some": ((slice(1, 3), slice(1, 4)), 3, [5, 6, 7, 9, 10, 11]),
}


@pytest.mark.parametrize(("box", "most", "inside"), BOXES.values(), ids=BOXES)
def test_sample_of_a_box(box, most, inside):
    """All of its entries where they are few enough, else so many of them, in order, each once."""
    draws = [module._sample((3, 4), box, most, np.random.default_rng(s)) for s in range(30)]
    for drawn in draws:
        assert len(drawn) == min(most, len(inside))
        assert drawn == sorted(set(drawn))
        assert all(type(i) is int for i in drawn)
    assert {i for drawn in draws for i in drawn} == set(inside)


def test_slice_of_a_box():
    """One index of one axis, the others as they were."""
    box = (slice(0, 3), slice(0, 4), slice(0, 5))
    assert module._slice(box, 1, 2) == (slice(0, 3), slice(2, 3), slice(0, 5))
