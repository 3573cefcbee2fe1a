"""Which steps the ladder tries, one after the other, and where it ends: slopes given by rung."""

from itertools import accumulate

import numpy as np
import pytest

from gradelib.checks.slopes.ladder import Ladder, entry_slopes
from gradelib.checks.slopes.numeric import Probe


class ByRung:
    """In place of a probe: a central slope for each rung; it keeps the rungs tried."""

    def __init__(self, slopes, noise=0.0):
        self.slopes, self.noise, self.road = slopes, noise, []

    def change(self, direction, t):
        rung = round(-np.log(abs(t)) / np.log(4))
        if t > 0:
            self.road.append(rung)
        return float(self.slopes(rung) * t)


def differing(sizes):
    """Slopes whose differences from rung to rung have these sizes, and alternate in sign."""
    steps = accumulate([0.0, *((-1) ** k * sizes(k) for k in range(20))])
    return dict(enumerate(steps)).__getitem__


def best_at_seven(others):
    return differing(lambda k: 1.0 if k == 7 else others)


ROADS = {  # id: (slopes, road): the pair of rungs 7 and 8 has an error of an eighth
    # One shorter step, one longer: neither helps. Then shorter ones, six idle steps in all.
    "no step helps": (best_at_seven(1.5), [7, 8, 9, 6, 10, 11, 12, 13]),
    "three times as bad": (best_at_seven(3.0), [7, 8, 9, 6, 10, 11, 12, 13]),
    "shorter steps are worse, twice": (best_at_seven(3.1), [7, 8, 9, 6, 10]),
    "longer steps help by a fifth each": (differing(lambda k: 1.25 ** (k - 7)), [7, 8, 9, 6]),
    "no error at all": (lambda rung: 2.0, [7, 8]),
    "nowhere finite": (lambda rung: np.nan, [7, 8, 9, 10, 11, 12, 13, 14]),
}


@pytest.mark.parametrize(("slopes", "road"), ROADS.values(), ids=ROADS)
def test_road_ends_where_no_step_helps(slopes, road):
    """Two idle steps are enough on the way to longer ones, six to shorter ones; two that are more
    than three times as bad show that rounding grows. Nothing is better than no error."""
    probe = ByRung(slopes)
    Ladder(probe, None, 7).settle(0.0, 0.0)
    assert probe.road == road


@pytest.mark.parametrize(("times", "following"), [(3.9, 6), (4.1, 9)])
def test_longer_steps_follow_where_rounding_is_in_charge(times, following):
    """Where the error is less than four times the rounding; elsewhere a shorter one follows."""
    rounding = 4.0**8 * 4.0**-8  # of the shorter step
    apart = 8 * (times - 1.2) * rounding
    probe = ByRung(lambda rung: apart * (rung == 8), noise=4.0**-8)
    found = Ladder(probe, None, 7).settle(0.0, 0.0, most=2)
    assert found.error == pytest.approx(times * rounding)
    Ladder(probe, None, 7).settle(0.0, 0.0, most=3)
    assert probe.road[2:] == [7, 8, following]


def test_no_step_is_longer_than_four_to_the_sixteenth():
    """However much there is to gain: of a straight line in noise, long steps are the best."""
    probe = ByRung(lambda rung: 2.0, noise=1e-3)
    found = Ladder(probe, None, 0).settle(0.0, 0.0)
    assert min(probe.road) == -16
    assert found.rung == -15
    assert found.error == pytest.approx(1.2e-3 * 4.0**-15)


JUMPS = {  # id: (jumps, noise, kink)
    "a twentieth apart": ((20.0, 20.0, 19.0), 0.0, True),
    "twenty times the rounding": ((20.0, 20.0, 20.0), 4.0**-9, False),
    "small, of two signs": ((0.5, -0.5, 0.5), 0.0, False),
    "small": ((-0.5, -0.5, -0.5), 0.0, True),
}


@pytest.mark.parametrize(("jumps", "noise", "kink"), JUMPS.values(), ids=JUMPS)
def test_jumps_at_the_bounds(jumps, noise, kink):
    """A kink stays within a twentieth, is more than twenty times the rounding, and has one sign."""
    ladder = Ladder(ByRung(lambda rung: 0.0, noise), None)
    ladder.jump = dict(enumerate(jumps, start=7))
    assert ladder._has_settled_on_kink() is kink


UNKNOWN = {  # id: (the slope on the left, on the right)
    "nowhere finite": (np.nan, np.nan),
    "sides too far apart for a float": (-1.5e308, 1.5e308),
}


@pytest.mark.parametrize(("left", "right"), UNKNOWN.values(), ids=UNKNOWN)
def test_slope_whose_error_is_not_known_is_none(left, right):
    """Not a number, with an error without bound and no kink; the sides are floats all the same."""
    probe = ByRung(lambda rung: 0.0)
    probe.change = lambda direction, t: float((right if t > 0 else left) * t)
    found = Ladder(probe, None).settle(0.0, 1e-10)
    assert np.isnan(found.value)
    assert (found.error, found.kink, found.table) == (np.inf, False, ())
    assert not np.isfinite(found.left)
    assert not np.isfinite(found.right)


def fast(x):
    """Sums of sines that bend within a step of the seventh rung."""
    return Probe(
        lambda arrays: np.asarray(np.sum(np.sin(30 * arrays[0]))),
        [x],
        np.ones(()),
        np.asarray(np.sum(np.sin(30 * x))),
    )


def test_entry_slopes_are_as_close_as_can_be_unless_less_will_do():
    """A target spares steps, in the units of the gradient; without one none are spared."""
    x = np.array([1.0, -1.0])
    close = entry_slopes(fast(x), 0, [0, 1])
    rough = entry_slopes(fast(x), 0, [0, 1], target=1.0)
    assert np.all(close.error < 1e-9)
    assert np.all(rough.error > 1e-7)
    assert close.value == pytest.approx(30 * np.cos(30 * x), rel=1e-9)


@pytest.mark.parametrize("start", [3, 9])
def test_entry_slopes_begin_at_the_rung_given(start):
    """With a step of 4**-start spreads of the input."""
    seen = []

    def f(arrays):
        seen.append(float(arrays[0][1] - x[1]))
        return np.asarray(np.sum(arrays[0]))

    x = np.array([100.0, -100.0])
    probe = Probe(f, [x], np.ones(()), np.zeros(()))
    entry_slopes(probe, 0, [1], start=start)
    assert seen[0] == 100 * 4.0**-start


def test_entry_slopes_of_no_entries():
    """Arrays without entries, and a mask among them."""
    found = entry_slopes(fast(np.array([1.0, -1.0])), 0, [])
    for part in (found.value, found.error, found.left, found.right, found.kink):
        assert part.shape == (0,)
    assert found.kink.dtype == np.bool_
    assert found.value.dtype == np.float64
