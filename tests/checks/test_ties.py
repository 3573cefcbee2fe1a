"""Entries whose kinks are one kink, and the sum that their gradients are held to."""

import numpy as np
import pytest

from gradelib.checks.slopes import kinks as module
from gradelib.checks.slopes.kinks import Interval, Kinks
from gradelib.checks.slopes.ladder import Slope
from gradelib.checks.slopes.numeric import Probe


def probe_of(f, *point, size=1.0):
    """A function of arrays, moved by steps of 1, times a number."""
    point = [np.array(x, dtype=float) for x in point]
    base = np.asarray(f(point), dtype=float)
    return Probe(lambda p: np.asarray(f(p), dtype=float), point, np.full_like(base, size), base)


def total(x):
    return np.sum(np.abs(x))


FOUR = [(0, 0), (0, 1), (0, 2), (0, 3)]
TIES = {  # id: (f of four zeros, size of the output, the ties)
    "none": (lambda x: total(x), 1.0, []),
    "none, and none is a kink": (lambda x: np.sum(3 * x), 1.0, []),
    "two": (lambda x: max(x[0], x[2]) + total(x[[1, 3]]), 1.0, [[0, 2]]),
    "two, of little weight": (lambda x: max(x[0], x[2]) + total(x[[1, 3]]), 1e-3, [[0, 2]]),
    "two, of great weight": (lambda x: max(x[0], x[2]) + total(x[[1, 3]]), 1e3, [[0, 2]]),
    "two and two": (lambda x: max(x[0], x[2]) + max(x[1], x[3]), 1.0, [[0, 2], [1, 3]]),
    "all": (np.max, 1.0, [[0, 1, 2, 3]]),
    "by way of the last": (
        lambda x: max(x[0], x[1], x[3]) + abs(x[2] - x[3]), 1.0, [[0, 1, 2, 3]]
    ),
    "bent together": (lambda x: total(x) + x[0] * x[1] + x[2] * x[3], 1.0, []),
}  # fmt: skip


@pytest.mark.parametrize(("f", "size", "ties"), TIES.values(), ids=TIES)
def test_entries_that_are_tied(f, size, ties):
    """Those whose jumps do not add up when they are moved together, or with a third."""
    found = module._tied(probe_of(lambda p: f(p[0]), np.zeros(4), size=size), FOUR, 8)
    assert sorted([index for _, index in group] for group in found) == ties


@pytest.mark.parametrize("rung", [8, 10])
def test_ties_are_looked_for_by_short_steps(rung):
    """Of 4**-rung each, to both sides."""
    moves = set()

    def f(p):
        moves.update(p[0].tolist())
        return np.sum(np.abs(p[0]))

    module._tied(probe_of(f, np.zeros(4)), FOUR, rung)
    assert moves == {-(4.0**-rung), 0.0, 4.0**-rung}


@pytest.mark.parametrize(("most", "ties"), [(3, [FOUR]), (4, []), (5, [])])
def test_many_entries_are_one_tie(monkeypatch, most, ties):
    """Where they are more than are tried in pairs: then only their sum is known."""
    monkeypatch.setattr(module, "MOST_PAIRED", most)
    assert module._tied(probe_of(lambda p: total(p[0]), np.zeros(4)), FOUR, 8) == ties


def test_as_many_entries_as_are_tried_in_pairs(monkeypatch):
    """Their ties are found."""
    monkeypatch.setattr(module, "MOST_PAIRED", 4)
    assert module._tied(probe_of(lambda p: np.max(p[0]), np.zeros(4)), FOUR, 8) == [FOUR]


def test_one_entry_is_tied_to_nothing():
    """Nor is none."""
    probe = probe_of(lambda p: total(p[0]), np.zeros(4))
    assert module._tied(probe, FOUR[:1], 8) == []
    assert module._tied(probe, [], 8) == []


def test_every_broken_tie_is_known():
    """Of two in one array, each handed too much."""
    probe = probe_of(lambda p: np.array([max(p[0][:2]), max(p[0][2:])]), np.zeros(4))
    kinks = Kinks(probe)
    kinks.find([np.array([1.0, -0.6, 1.4, -0.8])], 8)
    assert set(kinks.unheld([np.full(4, 0.8)])) == set(FOUR)
    assert kinks.broken_ties == set(FOUR)


HELD = {  # id: (slope of two tied entries together, its error, the sum of yours, whether it may be)
    "equal": (1.0, 0.0, 1.0, True),
    "within six errors": (1.0, 1e-3, 1.0059, True),
    "beyond": (1.0, 1e-3, 1.0061, False),
    "too little": (1.0, 1e-3, 0.9939, False),
    "within a millionth of the sides": (1.0, 0.0, 1.0 + 1.9e-6, True),
    "beyond a millionth": (1.0, 0.0, 1.0 + 2.1e-6, False),
}


@pytest.mark.parametrize(("value", "error", "yours", "held"), HELD.values(), ids=HELD)
def test_sum_of_a_tie_is_held_to_their_slope_together(monkeypatch, value, error, yours, held):
    """To six times its error, and a millionth of the entries' own."""
    found = Slope(value, error, value, value, False, 8)
    monkeypatch.setattr(module, "slope", lambda probe, direction, **options: found)
    kinks = Kinks(probe_of(lambda p: np.max(p[0]), np.zeros(2)))
    kinks.intervals = {entry: Interval(0.0, 1.0, 0.0) for entry in FOUR[:2]}
    assert kinks._adds_up(FOUR[:2], [np.array([yours / 4, 3 * yours / 4])]) is held


@pytest.mark.parametrize(("off", "held"), [(0.0, True), (1e-4, False), (-1e-4, False)])
def test_sum_of_a_tie_in_a_steep_function(off, held):
    """As many digits are asked of it, though the first steps are too long for its slope."""
    steep = 3000.0
    kinks = Kinks(probe_of(lambda p: np.exp(steep * np.max(p[0])), np.zeros(2)))
    kinks.find([np.array([1.0, -0.6])], 9)
    found = kinks.unheld([steep * (1 + off) * np.array([0.25, 0.75])])
    assert (found == {}) is held


ENDS = {  # id: (interval, value, whether it holds it)
    "inside": (Interval(0.0, 1.0, 0.0), 0.5, True),
    "on the low side": (Interval(0.0, 1.0, 0.0), 0.0, True),
    "on the high side": (Interval(0.0, 1.0, 0.0), 1.0, True),
    "within rounding": (Interval(0.0, 1.0, 0.0), 1 + 0.9e-7, True),
    "beyond rounding": (Interval(0.0, 1.0, 0.0), 1 + 1.1e-7, False),
    "below": (Interval(-1.0, 0.0, 0.0), -1 - 1.1e-7, False),
    "within six errors": (Interval(0.0, 0.0, 1e-3), 5.9e-3, True),
    "beyond six errors": (Interval(0.0, 0.0, 1e-3), -6.1e-3, False),
    "zero, of a flat function": (Interval(0.0, 0.0, 0.0), 0.0, True),
    "not zero, of a flat function": (Interval(0.0, 0.0, 0.0), 1e-9, False),
}


@pytest.mark.parametrize(("interval", "value", "held"), ENDS.values(), ids=ENDS)
def test_slopes_between_the_sides_of_a_kink(interval, value, held):
    """Both ends count, and what the slopes may be wrong by."""
    assert interval.holds(value) is held
