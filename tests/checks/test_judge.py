"""The verdict on gradients, straight from the judge: agreement, kinks, cancelling errors."""

import numpy as np
import pytest

from gradelib.checks.slopes.judge import ON_KINKS, judge, random_direction
from gradelib.checks.slopes.kinks import Interval, Kinks
from gradelib.checks.slopes.numeric import Probe

X = np.array([0.3, -1.2, 0.7, 2.1])


def probe_of(f, *point, dout=None):
    """A probe of f at some arrays, with an upstream gradient of ones unless it is given."""
    base = np.asarray(f(list(point)), dtype=float)
    upstream = np.ones_like(base) if dout is None else dout
    return Probe(lambda arrays: np.asarray(f(arrays), dtype=float), list(point), upstream, base)


def verdicts(f, gradients, *point, seed=0, dout=None):
    return judge(probe_of(f, *point, dout=dout), gradients, np.random.default_rng(seed))


GRADIENTS = {  # id: (factor on the right gradient, agrees)
    "right": (np.ones(4), True),
    "rounding": (np.full(4, 1 + 1e-12), True),
    "a millionth": (np.full(4, 1 + 1e-6), False),
    "one entry": (np.array([1, 1, 1.001, 1]), False),
    "sign": (-np.ones(4), False),
    "nothing": (np.zeros(4), False),
    "half": (np.full(4, 0.5), False),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in GRADIENTS.items()])
def test_verdict_on_a_smooth_function(row):
    """A right gradient agrees within a billionth, a wrong one differs."""
    factor, agrees = row
    (verdict,) = verdicts(lambda p: np.sin(p[0]), [factor * np.cos(X)], X)
    assert verdict.agrees is agrees
    assert 0 <= verdict.resolution < 1e-6
    assert (verdict.kinks, verdict.unheld, verdict.reason) == ({}, (), "")
    assert verdict.rung >= 7


def test_each_input_has_its_own_verdict():
    """A wrong gradient does not blame its neighbours."""
    y = X + 3
    found = verdicts(lambda p: p[0] * p[1], [y, 1.01 * X], X, y)
    assert [verdict.agrees for verdict in found] == [True, False]


@pytest.mark.parametrize(
    ("gradient", "agrees"), [(np.zeros(4), True), (np.array([0, 0, 1e-9, 0]), False)]
)
def test_output_without_entries_has_no_gradient(gradient, agrees):
    """Where nothing comes out, every gradient is zero."""
    (verdict,) = verdicts(lambda p: p[0][:0], [gradient], X)
    assert verdict.agrees is agrees


def test_input_without_entries_agrees():
    """An input that is empty has an empty gradient, beside one that is judged."""
    empty = np.zeros((0, 3))
    found = verdicts(lambda p: p[0] ** 2, [2.1 * X, empty], X, empty)
    assert [verdict.agrees for verdict in found] == [False, True]


def relu_at(*zeros):
    x = X.copy()
    x[list(zeros)] = 0
    return x


RELUS = {  # id: (entries at zero, slopes there, agrees, entries that are ruled out)
    "between the sides": ((1,), (0.3,), True, ()),
    "one side": ((1,), (1.0,), True, ()),
    "beyond": ((1,), (1.2,), False, (1,)),
    "below": ((1,), (-0.2,), False, (1,)),
    "two between": ((1, 2), (0.3, 0.0), True, ()),
    "one of two beyond": ((1, 2), (0.3, 1.2), False, (2,)),
    "both beyond": ((1, 2), (-0.3, 1.2), False, (1, 2)),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in RELUS.items()])
def test_entries_on_kinks_are_held_to_their_sides(row):
    """The verdict names the entries on kinks, their slopes, and those that are ruled out."""
    zeros, slopes, agrees, unheld = row
    x = relu_at(*zeros)
    gradient = 1.0 * (x > 0)
    gradient[list(zeros)] = slopes
    (verdict,) = verdicts(lambda p: np.maximum(p[0], 0), [gradient], x)
    assert verdict.agrees is agrees
    assert verdict.unheld == unheld
    assert set(verdict.kinks) == set(zeros)
    for interval in verdict.kinks.values():
        assert (interval.low, interval.high) == (pytest.approx(0), pytest.approx(1))
        assert interval.single
        assert interval.alone
    assert not verdict.broken_tie


def test_a_wrong_entry_off_the_kinks_is_found_beside_them():
    """Kinks excuse the entries that sit on them, no others."""
    x = relu_at(1)
    gradient = 1.0 * (x > 0)
    gradient[0] *= 1.001
    (verdict,) = verdicts(lambda p: np.maximum(p[0], 0), [gradient], x)
    assert verdict.agrees is False
    assert verdict.unheld == ()


@pytest.mark.parametrize(
    ("shares", "agrees"), [((1, 0), True), ((0.5, 0.5), True), ((1, 1), False), ((0, 0), False)]
)
def test_entries_that_tie_share_one_gradient(shares, agrees):
    """At a tie of two entries in one maximum, their gradients add up to one."""
    x = np.array([2.0, 0.5, 2.0, -1.0])
    gradient = np.array([shares[0], 0.0, shares[1], 0.0])
    (verdict,) = verdicts(lambda p: np.max(p[0]), [gradient], x)
    assert verdict.agrees is agrees
    assert verdict.broken_tie is (not agrees)
    assert set(verdict.kinks) == {0, 2}


def test_kinks_that_cannot_be_told_apart_are_inconclusive():
    """Hundreds of entries on kinks in one sum are given up, with the reason."""
    x = np.zeros(2000)
    (verdict,) = verdicts(lambda p: np.sum(np.abs(p[0])), [np.zeros(2000)], x)
    assert verdict.agrees in (None, True)
    assert verdict.agrees or verdict.reason == ON_KINKS


HELD = {  # id: (low, high, error, value, whether it is held)
    "inside": (0.0, 1.0, 0.0, 0.5, True),
    "low end": (0.0, 1.0, 0.0, 0.0, True),
    "high end": (0.0, 1.0, 0.0, 1.0, True),
    "just below": (0.0, 1.0, 0.0, -0.9e-7, True),
    "below": (0.0, 1.0, 0.0, -1.1e-7, False),
    "just above, large": (-100.0, 1.0, 0.0, 1.0 + 0.9e-5, True),
    "above, large": (-100.0, 1.0, 0.0, 1.0 + 1.1e-5, False),
    "above, small": (0.0, 1e-6, 0.0, 1.1e-6, False),
    "within the error": (0.0, 1.0, 0.01, 1.05, True),
    "beyond the error": (0.0, 1.0, 0.01, 1.07, False),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in HELD.items()])
def test_interval_holds_what_lies_between_its_sides(row):
    """Six errors of slack, and a ten-millionth of the larger side."""
    low, high, error, value, held = row
    assert Interval(low, high, error).holds(value) is held


def test_kinks_of_several_outputs_are_not_single():
    """Where several outputs have a kink in one entry, a slope outside may still be right."""
    x = np.zeros(1)
    probe = probe_of(lambda p: np.array([np.abs(p[0][0]), 2 * np.maximum(p[0][0], 0)]), x)
    kinks = Kinks(probe)
    kinks.find([np.ones(1)], 8)
    interval = kinks.intervals[(0, 0)]
    assert not interval.alone
    assert not interval.single
    assert (interval.low, interval.high) == (pytest.approx(-1), pytest.approx(3))


@pytest.mark.parametrize("unit", [None, np.array([1.0, 10.0, 0.1, 2.0])], ids=["own", "given"])
def test_directions_move_every_entry_by_about_its_unit(unit):
    """By half to one and a half times, up or down, and otherwise for another draw."""
    x = np.array([3.0, -3.0, 3.0, -3.0])
    draws = [random_direction(x, np.random.default_rng(seed), unit) for seed in range(50)]
    sizes = np.abs(draws) / (np.full(4, 3.0) if unit is None else unit)
    assert np.all((sizes >= 0.5) & (sizes <= 1.5))
    assert 0.5 <= np.min(sizes) < 0.6
    assert 1.4 < np.max(sizes) <= 1.5
    assert 0.3 < np.mean(np.array(draws) > 0) < 0.7
