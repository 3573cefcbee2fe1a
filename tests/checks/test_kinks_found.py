"""Which entries sit on kinks, between which slopes, and which gradients they rule out."""

import numpy as np
import pytest

from gradelib.checks.slopes import kinks as module
from gradelib.checks.slopes.kinks import Interval, Kinks, TooManyKinks, without
from gradelib.checks.slopes.numeric import Probe


def probe_of(f, *point, dout=None, noise=0.0):
    point = [np.array(x, dtype=float) for x in point]
    base = np.asarray(f(point), dtype=float)
    dout = np.ones_like(base) if dout is None else np.array(dout, dtype=float)
    probe = Probe(lambda arrays: np.asarray(f(arrays), dtype=float), point, dout, base)
    probe.noise = noise
    return probe


def relu(p):
    return np.maximum(p[0], 0)


ONES = [np.ones(1)]

JUMPS = {  # id: (f at x = 0, jump at step 1/4)
    "smooth": (lambda x: 3 * x, 0.0),
    "kink": (lambda x: np.maximum(x, 0), 1.0),
    "turned down": (lambda x: -2 * np.abs(x), -4.0),
    "curved": (lambda x: x**2, 0.5),
}


@pytest.mark.parametrize(("f", "jump"), JUMPS.values(), ids=JUMPS)
def test_jump_between_the_slopes_on_both_sides(f, jump):
    """Right less left, at one step."""
    assert module._jump(probe_of(lambda p: f(p[0]), [0.0]), ONES, 0.25) == pytest.approx(jump)


STAYS = {  # id: (f, noise, whether the jump stays at steps of 4**-3 and 4**-4)
    "smooth": (lambda x: 3 * x, 0.0, False),
    "kink": (lambda x: np.maximum(x, 0), 0.0, True),
    "curved": (lambda x: x**2, 0.0, False),
    "a root": (lambda x: np.abs(x) ** 1.3, 0.0, True),  # 4**-0.3 = 0.66
    "a steeper root": (lambda x: np.abs(x) ** 1.4, 0.0, False),  # 4**-0.4 = 0.57
    "turned down": (lambda x: -(np.abs(x) ** 1.3), 0.0, True),
    "out of the noise": (lambda x: np.maximum(x, 0), 0.9 / 20 / 4**4, True),
    "just out of the noise": (lambda x: np.maximum(x, 0), 1 / 20.5 / 4**4, True),
    "in the noise": (lambda x: np.maximum(x, 0), 1.1 / 20 / 4**4, False),
}


@pytest.mark.parametrize(("f", "noise", "kink"), STAYS.values(), ids=STAYS)
def test_kink_is_a_jump_that_stays(f, noise, kink):
    """More than six tenths of it at a quarter of the step, and twenty times the rounding."""
    probe = probe_of(lambda p: f(p[0]), [0.0], noise=noise)
    assert module._has_kink(probe, ONES, 3) == kink


def test_entries_on_kinks_are_found_among_all_inputs():
    """By input and flat index, in order; an input at rest, or without entries, holds none."""
    x = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 3.0]])
    y, z, nothing = np.array([0.0, 5.0]), np.zeros(4), np.zeros((0, 2))
    probe = probe_of(lambda p: sum(np.sum(np.abs(a)) for a in p), y, x, nothing, z)
    point = probe.point
    moving = [np.ones_like(a) for a in point]
    every = module._kinked_entries(probe, moving, 8)
    assert every == [(0, 0), (1, 1), (1, 3), (3, 0), (3, 1), (3, 2), (3, 3)]
    moving[0] = None
    assert module._kinked_entries(probe, moving, 8) == every[1:]
    moving[3] = np.array([0.0, 1.0, 0.0, 1.0])
    assert module._kinked_entries(probe, moving, 8) == [(1, 1), (1, 3), (3, 1), (3, 3)]
    assert module._kinked_entries(probe, [None, None, None, moving[3]], 8) == [(3, 1), (3, 3)]


def test_search_for_kinks_ends(monkeypatch):
    """After so many looks as are allowed, and not one earlier."""
    probe = probe_of(lambda p: np.sum(np.abs(p[0])), np.zeros(8))
    looks = 15  # of eight entries, four pairs, two halves and the whole
    monkeypatch.setattr(module, "MOST_TESTS", looks)
    assert len(module._kinked_entries(probe, [np.ones(8)], 8)) == 8
    monkeypatch.setattr(module, "MOST_TESTS", looks - 1)
    assert module._kinked_entries(probe, [np.ones(8)], 8) is None
    with pytest.raises(TooManyKinks):
        Kinks(probe).find([np.ones(8)], 8)


def test_no_kink_where_one_was_seen_is_too_many():
    """A jump that all entries make together, and none of them alone, cannot be told."""
    kinks = Kinks(probe_of(lambda p: np.sum(p[0] ** 2), np.ones(3)))
    with pytest.raises(TooManyKinks):
        kinks.find([np.ones(3)], 8)
    assert kinks.entries == []


def test_kinks_are_collected():
    """With an interval each; the shortest step of all is kept, none longer than the least."""
    x = np.array([0.0, 2.0, 0.0])
    kinks = Kinks(probe_of(relu, x))
    assert kinks.rung == 8
    kinks.find([np.array([1.0, 1.0, 0.0])], 6)
    assert (kinks.entries, kinks.rung) == ([(0, 0)], 8)
    kinks.find([np.array([0.0, 1.0, 1.0])], 10)
    assert (kinks.entries, kinks.rung) == ([(0, 0), (0, 2)], 10)
    assert set(kinks.intervals) == {(0, 0), (0, 2)}


H = 4.0**-8
INTERVALS = {  # id: (f, x, dout, (low, high, single, alone))
    "relu": (relu, [0.0, 3.0, -2.0], [2.0, 1.0, 1.0], (0, 2, True, True)),
    "turned": (relu, [0.0, 3.0, -2.0], [-2.0, 1.0, 1.0], (-2, 0, True, True)),
    "abs": (lambda p: np.abs(p[0]), [0.0, 3.0], [3.0, 1.0], (-3, 3, True, True)),
    "one number": (lambda p: np.abs(p[0]), 0.0, 1.0, (-1, 1, False, True)),
    "one entry": (lambda p: np.abs(p[0]), [0.0], [1.0], (-1, 1, False, True)),
    "summed": (lambda p: np.sum(relu(p)), [0.0, 3.0], 1.0, (0, 1, False, True)),
    "with a slope": (lambda p: relu(p) + 5 * p[0], [0.0, 3.0], [1.0, 1.0], (5, 6, True, True)),
    "of two outputs": (
        lambda p: np.array([abs(p[0][0]), relu(p)[0]]),
        [0.0, 3.0], [1.0, -1.0], (-2, 1, False, False),
    ),
    "and hardly of another": (
        lambda p: np.array([abs(p[0][0]), 0.009 * abs(p[0][0])]),
        [0.0, 3.0], [1.0, 1.0], (-1.009, 1.009, True, True),
    ),
    "and of another": (
        lambda p: np.array([abs(p[0][0]), 0.011 * abs(p[0][0])]),
        [0.0, 3.0], [1.0, 1.0], (-1.011, 1.011, False, False),
    ),
    "none": (lambda p: 3 * p[0], 0.0, 1.0, (3, 3, False, False)),
    "in its own units": (relu, [0.0, 3e6, -3e6], [2.0, 1.0, 1.0], (0, 2, True, True)),
}  # fmt: skip


@pytest.mark.parametrize(("f", "x", "dout", "expected"), INTERVALS.values(), ids=INTERVALS)
def test_slopes_on_both_sides_of_an_entry(f, x, dout, expected):
    """Summed over the outputs, each with its own low and high side."""
    found = module._interval(probe_of(f, x, dout=dout), (0, 0), 8)
    assert (found.low, found.high) == (pytest.approx(expected[0]), pytest.approx(expected[1]))
    assert (found.single, found.alone) == expected[2:]
    assert 0 <= found.error < 1e-8


@pytest.mark.parametrize("unit", [1.0, 10.0])
@pytest.mark.parametrize(("left", "right"), [(3.0, 8.0), (8.0, 3.0)])
def test_error_of_the_slopes_is_by_curvature_and_noise(unit, left, right):
    """Two steps on each side take a square out; a third of their difference is what it may be."""
    noise = 1e-9

    def f(p):
        u = p[0] / unit
        return u + np.where(u < 0, -3 * u + left * u**2, right * u**2)

    probe = probe_of(f, [0.0, unit, -unit], noise=noise, dout=[1.0, 0.0, 0.0])
    scale = unit * np.sqrt(2 / 3)
    found = module._interval(probe, (0, 0), 8)
    t = H * scale / unit
    assert (found.low, found.high) == (
        pytest.approx(-2 / unit, rel=1e-9),
        pytest.approx(1 / unit, rel=1e-9),
    )
    curvature = 8 * 0.75 * t / 3 * scale / unit
    assert found.error == pytest.approx((curvature + noise * 4 / H) / scale, rel=1e-6)


def test_direction_without_some_entries():
    """Those at rest, the others and the direction itself as they were."""
    v, w = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([5.0])
    found = without([v, None, w], [(0, 2), (1, 7), (0, 1)])
    assert found[0].tolist() == [[1.0, 0.0], [0.0, 4.0]]
    assert found[1] is None
    assert found[2].tolist() == [5.0]
    assert v.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_direction_of_some_entries():
    """Each by the unit, in as many inputs as they are of."""
    found = module._moving([np.ones((2, 2)), np.ones(3), np.ones(2)], [(0, 2), (2, 1), (0, 1)], 0.5)
    assert found[0].tolist() == [[0.0, 0.5], [0.5, 0.0]]
    assert found[1] is None
    assert found[2].tolist() == [0.0, 0.5]


def uneven(x):
    """A direction in which no two entries move alike."""
    return np.array([1.0, -0.6, 1.4, -0.8])[: len(x)]


def top(p):
    """The largest of all entries of two inputs; those after the third of the first stand apart."""
    return max(np.max(p[0][:3]), np.max(p[1])) if len(p) > 1 else np.max(p[0])


SUMS = {  # id: (f, point, gradients, entries that are ruled out, with certainty)
    "a tie": (top, [[1.0, 1.0, 0.0]], [[0.3, 0.7, 0.0]], {}),
    "a tie, too much": (top, [[1.0, 1.0, 0.0]], [[0.9, 0.9, 0.0]], {(0, 0): True, (0, 1): True}),
    "a tie, too little": (top, [[1.0, 1.0, 0.0]], [[0.2, 0.2, 0]], {(0, 0): True, (0, 1): True}),
    "of three": (top, [[1.0, 1.0, 1.0]], [[0.3, 0.3, 0.4]], {}),
    "of three, wrong": (
        top, [[1.0, 1.0, 1.0]], [[0.5, 0.5, 0.5]], {(0, 0): True, (0, 1): True, (0, 2): True}
    ),
    "across two inputs": (top, [[1.0, 0.5, 0], [1.0, 0]], [[0.3, 0, 0], [0.7, 0]], {}),
    "across two inputs, wrong": (
        top, [[1.0, 0.5, 0], [1.0, 0]], [[0.8, 0, 0], [0.8, 0]], {(0, 0): True, (1, 0): True}
    ),
    "a tie, one beyond": (top, [[1.0, 1.0, 0]], [[-1.0, 2.0, 0]], {(0, 0): False, (0, 1): False}),
    "two ties": (
        lambda p: np.array([max(p[0][:2]), max(p[0][2:])]),
        [[1.0, 1.0, 5.0, 5.0]], [[0.8, 0.8, 0.5, 0.5]], {(0, 0): True, (0, 1): True},
    ),
    "two ties, the other": (
        lambda p: np.array([max(p[0][:2]), max(p[0][2:])]),
        [[1.0, 1.0, 5.0, 5.0]], [[0.5, 0.5, 0.1, 0.1]], {(0, 2): True, (0, 3): True},
    ),
    "two ties, both": (
        lambda p: np.array([max(p[0][:2]), max(p[0][2:])]),
        [[1.0, 1.0, 5.0, 5.0]], [[0.8, 0.8, 0.1, 0.1]], {(0, k): True for k in range(4)},
    ),
    "in a sum of two outputs": (
        lambda p: np.array([max(p[0][:2]), abs(p[0][0] - p[0][1])]),
        [[1.0, 1.0, 5.0]], [[0.4, 0.4, 0.0]], {(0, 0): True, (0, 1): True},
    ),
    "in two outputs, beside another": (
        lambda p: np.array([max(p[0][:2]), abs(p[0][0] - p[0][1]), abs(p[0][2])]),
        [[1.0, 1.0, 0.0]], [[0.4, 0.4, 0.0]], {(0, 0): False, (0, 1): False},
    ),
    "one relu": (relu, [[0.0, 3.0]], [[1.3, 1.0]], {(0, 0): True}),
    "one relu, right": (relu, [[0.0, 3.0]], [[0.7, 1.0]], {}),
    "one number": (lambda p: np.sum(relu(p)), [[0.0, 3.0]], [[1.3, 1.0]], {(0, 0): False}),
}  # fmt: skip


@pytest.mark.parametrize(("f", "point", "gradients", "out"), SUMS.values(), ids=SUMS)
@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e4])
def test_gradients_that_kinks_rule_out(f, point, gradients, out, scale):
    """Each outside of its sides, and ties whose sum is not that of moving them together."""
    probe = probe_of(lambda p: f([x / scale for x in p]), *[scale * np.array(x) for x in point])
    kinks = Kinks(probe)
    kinks.find([scale * uneven(x) * 1.1**k for k, x in enumerate(point)], 8)
    found = kinks.unheld([np.array(g) / scale for g in gradients])
    certain = {entry for entry, sure in found.items() if sure}
    assert set(found) == set(out)
    assert certain == {entry for entry, sure in out.items() if sure}
    assert kinks.broken_ties <= set(found)


@pytest.mark.parametrize(("off", "held"), [(0.9e-6, True), (1.1e-6, False)])
def test_sum_of_a_tie_may_be_off_by_a_millionth(off, held):
    """Of the sides of its entries together, which are 0 and 1 for each of two."""
    probe = probe_of(top, [1.0, 1.0, 0.0])
    kinks = Kinks(probe)
    kinks.find([uneven([1.0, 1.0, 0.0])], 8)
    assert (kinks.unheld([np.array([0.5, 0.5 + 2 * off, 0.0])]) == {}) is held


def test_interval_knows_what_it_is_by_itself():
    """Single and alone, unless something else is known."""
    assert Interval(0.0, 1.0, 0.0).single
    assert Interval(0.0, 1.0, 0.0).alone
