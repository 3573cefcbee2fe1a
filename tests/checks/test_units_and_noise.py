"""What a step is measured in, how a function is moved, and how much of it is rounding."""

from math import factorial, sqrt

import numpy as np
import pytest

from gradelib.checks.slopes.noise import EPS, noise_floor, noise_level
from gradelib.checks.slopes.numeric import PART, Probe, moving_one, parts, units

APART = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 1e6])
SIGNS = np.array([1, -1, 1, 1, -1, 1, -1, 1, 1, -1])
BOTH = np.concatenate([APART, -APART])
ONES = np.ones(20)


def at_quantile(small):
    """Twenty numbers of spread 1 of which the third smallest is `small`, and the mean 0."""
    half = np.array([small, small, *np.zeros(8)])
    half[2:] = sqrt((10 - 2 * small**2) / 8)
    return np.concatenate([half, -half])


UNITS = {  # id: (the input, its units)
    "spread": ([1.0, 3.0], 1.0),
    "spread of a matrix": ([[1.0, 3.0], [5.0, 7.0]], sqrt(5)),
    "one number": (-3.0, 3.0),
    "one entry": ([-3.0], 3.0),
    "all the same": ([-3.0, -3.0], 3.0),
    "all the same, but for rounding": ([3.0, 3.0 * (1 + 1e-13)], 3.0),
    "nearly the same": ([3.0 - 3e-11, 3.0 + 3e-11], 3e-11),
    "zeros": ([0.0, 0.0, 0.0], 1.0),
    "nothing but dust": ([2e-31, 2e-31], 1.0),
    "small numbers": ([2e-30, 2e-30], 2e-30),
    "the edge of dust": ([1e-30, 1e-30], 1.0),
    "dust of two sizes": ([1e-31, 3e-31], 1e-31),
    "nothing": (np.zeros((0, 3)), 1.0),
    "apart": (APART * SIGNS, np.maximum(APART, 10)),
    "apart, as a matrix": ((APART * SIGNS).reshape(2, 5), np.maximum(APART, 10).reshape(2, 5)),
    "apart among zeros": (
        np.concatenate([np.zeros(10), APART * SIGNS]),
        np.concatenate([np.full(10, 10.0), np.maximum(APART, 10)]),
    ),
    "apart, far from zero": (1e9 + BOTH, np.maximum(np.abs(BOTH), 10)),
    "hardly apart": (at_quantile(0.0021), 1.0),
    "just apart": (at_quantile(0.0019), np.maximum(np.abs(at_quantile(0.0019)), 5 * 0.0019)),
}


@pytest.mark.parametrize(("x", "expected"), UNITS.values(), ids=UNITS)
def test_units(x, expected):
    """The spread of the entries, or each one's own size where they are of very different sizes."""
    x = np.array(x)
    found = units(x)
    assert found.shape == x.shape
    assert found == pytest.approx(np.broadcast_to(expected, x.shape), rel=1e-4, abs=0)


def test_units_of_an_array_far_from_zero_are_its_own_sizes_where_it_is_not_far():
    """A mean of eight spreads is no offset, one of twelve is."""
    for offset, sizes in ((8, 8 * np.std(BOTH) + BOTH), (12, np.abs(BOTH))):
        x = offset * np.std(BOTH) + BOTH
        small = 5 * np.sort(sizes)[2]
        expected = np.maximum(sizes, small) if offset == 12 else np.std(BOTH)
        assert units(x) == pytest.approx(np.broadcast_to(expected, x.shape))


@pytest.mark.parametrize(("offset", "far"), [(9.5, False), (10.5, True)])
def test_units_of_an_array_whose_mean_is_ten_spreads(offset, far):
    """More, and the entries' sizes are those of their distances from it."""
    found = units(offset * np.std(BOTH) + BOTH)
    assert found == pytest.approx(np.maximum(np.abs(BOTH), 10) if far else np.std(BOTH) * ONES)


def test_units_of_a_large_array_go_by_a_sample():
    """Of 5,000 entries every fifth says how small the small ones are."""
    x = np.full(5000, 1e3)
    x[::2] *= -1
    x[::5] = np.where(np.arange(1000) % 2, 1.0, -1.0)
    assert units(x) == pytest.approx(np.maximum(np.abs(x), 5.0))
    assert units(np.roll(x, 1)) == pytest.approx(np.std(x))


def probe_of(f, *point, dout=None):
    point = [np.array(x, dtype=float) for x in point]
    base = np.asarray(f(point), dtype=float)
    dout = np.ones_like(base) if dout is None else np.array(dout)
    return Probe(lambda arrays: np.asarray(f(arrays)), point, dout, base)


CHANGES = {  # id: (f, point, dout, direction, step, change)
    "a number": (lambda p: p[0] ** 2, [3.0], 2.0, [np.array(1.0)], 0.5, 6.5),
    "an array": (lambda p: p[0] * p[1], [[1.0, 2.0], [3.0, 5.0]], [1.0, 10.0], "both", 2.0, 192.0),
    "one of two": (lambda p: p[0] * p[1], [[1.0, 2.0], [3.0, 5.0]], [1.0, 10.0], "1", 2.0, 42.0),
    "of a huge output": (lambda p: p[0] + 1e15, [[1.0, 2.0]], [1.0, 1.0], "0", 2.0, 4.0),
    "undefined": (lambda p: np.sqrt(p[0]), [[1.0, 1.0]], [1.0, 1.0], "0", -2.0, np.nan),
}


@pytest.mark.parametrize("case", CHANGES.values(), ids=CHANGES)
def test_change_of_a_function_along_a_direction(case):
    """Outputs are subtracted, then weighted and summed; numpy's warnings stay away."""
    f, point, dout, way, step, change = case
    probe = probe_of(f, *point, dout=dout)
    if isinstance(way, str):
        way = [np.ones_like(x) if way in ("both", str(k)) else None for k, x in enumerate(point)]
    kept = [x.copy() for x in probe.point]
    found = probe.change(way, step)
    assert type(found) is float
    assert found == pytest.approx(change, nan_ok=True)
    assert np.sum((probe.output(way, step) - probe.base) * probe.dout) == pytest.approx(
        change, nan_ok=True
    )
    assert all(np.array_equal(a, b) for a, b in zip(kept, probe.point, strict=True))


def test_direction_says_of_every_input_whether_it_moves():
    """None is left at rest without a word."""
    probe = probe_of(lambda p: p[0], [1.0, 2.0], [3.0])
    with pytest.raises(ValueError, match="zip"):
        probe.change([np.ones(2)], 1.0)


def test_output_is_an_array_of_its_own():
    """A function that hands back what it was given does not change an output later on."""
    probe = probe_of(lambda p: p[0], [1.0, 2.0])
    first = probe.output([np.ones(2)], 1.0)
    probe.output([np.ones(2)], 5.0)
    assert first.tolist() == [2.0, 3.0]


def test_probe_with_another_upstream_gradient():
    """The same function, point and noise."""
    probe = probe_of(np.sum, [1.0, 2.0])
    probe.noise = 0.25
    other = probe.with_upstream(np.array(3.0))
    assert (other.f, other.point, other.base) == (probe.f, probe.point, probe.base)
    assert (other.dout, other.noise) == (3.0, 0.25)
    assert other.change([np.ones(2)], 1.0) == pytest.approx(6.0)


def test_direction_of_one_input():
    """The others stay where they are."""
    v = np.ones(2)
    assert moving_one(3, 1, v) == [None, v, None]


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART])
def test_parts_cover_every_entry_once(size):
    """In order, and none is larger than a part may be."""
    entries = np.arange(size)
    pieces = [entries[part] for part in parts(size)]
    assert [i for piece in pieces for i in piece[[0, -1]]] == [
        i for at in range(0, size, PART) for i in (at, min(at + PART, size) - 1)
    ]
    assert sum(piece.size for piece in pieces) == size


class Values:
    """In place of a probe: an output for each number of steps of 4**-rung, by rung."""

    def __init__(self, outputs, dout=1.0):
        self.dout, self.outputs, self.steps = np.array(dout), outputs, []
        self.base = np.array(outputs(0, 15))

    def output(self, direction, t):
        self.steps.append(t)
        for rung in (15, 12, 9, 6, 4):
            count = t * 4.0**rung
            if count < 7:
                return np.array(self.outputs(round(count), rung))
        raise AssertionError(t)

    def rungs(self):
        """Those tried, each with six steps in a row."""
        found = [round(-np.log(t) / np.log(4)) for t in self.steps[::6]]
        assert self.steps == [i * 4.0**-rung for rung in found for i in range(1, 7)]
        return found


def share(k):
    """What the k-th differences of white noise are divided by."""
    return sqrt(factorial(k) ** 2 / factorial(2 * k))


def sigma(values, k):
    """The noise that the k-th differences of white noise stand for."""
    differences = np.diff(values, n=k)
    return share(k) * float(np.sqrt(np.mean(differences**2)))


UP_AND_DOWN = (7, 8, 7, 8, 7, 8, 8)
BENDS = (0, -3, -2, 1, 6, 7, -7)  # the orders from the third on agree
CLIMBS = (0, 2, 3, 3, 2, 1, 2)  # those from the fourth on
SMOOTH = (0, -4, -3, 2, 8, 9, -6)  # none, the sixth shows the least
HALF = (7, 8, 8, 9, 9, 9, 10)  # at rest in three of six steps
FLOOR = 0.25 * EPS


def entries(i, rung):
    """One output in five moves in short steps."""
    return [UP_AND_DOWN[i], *[float(i if rung < 7 else i // 6)] * 4]


NOISES = {  # id: (outputs by step and rung, dout, noise, rungs)
    "up and down": (lambda i, rung: UP_AND_DOWN[i], 1.0, sigma(UP_AND_DOWN, 2), [15]),
    "weighted": (lambda i, rung: UP_AND_DOWN[i], 3.0, 3 * sigma(UP_AND_DOWN, 2), [15]),
    "bent": (lambda i, rung: BENDS[i], 1.0, sigma(BENDS, 3), [15]),
    "bent twice": (lambda i, rung: CLIMBS[i], 1.0, sigma(CLIMBS, 4), [15]),
    "bent more": (lambda i, rung: SMOOTH[i], 1.0, sigma(SMOOTH, 6), [15]),
    "half at rest": (
        lambda i, rung: HALF[i] if rung > 6 else 7 + BENDS[i], 1.0, sigma(BENDS, 3), [15, 12, 9, 6]
    ),
    "linear": (lambda i, rung: 7.0 + 0.5 * i, 1.0, FLOOR * 7, [15, 12, 9, 6, 4]),
    "at rest": (lambda i, rung: 7.0, 2.0, FLOOR * 14, [15, 12, 9, 6, 4]),
    "coarse": (
        lambda i, rung: 7 if rung > 9 else UP_AND_DOWN[i], 1.0, sigma(UP_AND_DOWN, 2), [15, 12, 9]
    ),
    "nowhere finite": (lambda i, rung: 7.0 if i < 6 else np.nan, 1.0, FLOOR * 7, [15]),
    "not finite farther off": (
        lambda i, rung: 7.0 + 2.0**-40 * (i > 3) if rung > 12 else np.inf, 1.0,
        sigma([0, 0, 0, 0, 1, 1, 1], 2) * 2.0**-40, [15, 12],
    ),
    "most entries at rest": (entries, [1.0, 0, 0, 0, 0], sigma(UP_AND_DOWN, 2), [15, 12, 9, 6]),
}  # fmt: skip


@pytest.mark.parametrize("case", NOISES.values(), ids=NOISES)
def test_noise_is_read_off_the_differences_of_seven_outputs(case):
    """Where three orders agree, at the shortest spacing at which most of the output moves."""
    outputs, dout, noise, rungs = case
    probe = Values(outputs, dout)
    assert noise_level(probe, None) == pytest.approx(noise, rel=1e-6, abs=0)
    assert probe.rungs() == rungs


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1e-12, 1e-6])
def test_noise_of_a_smooth_function_with_noise_is_found(size, seed):
    """Within a factor of three of its standard deviation."""
    rng = np.random.default_rng(seed)
    probe = probe_of(
        lambda p: np.sin(p[0]) + size * rng.normal(size=p[0].shape), rng.normal(size=9)
    )
    found = noise_level(probe, [np.ones(9)])
    assert size < found < 9 * size


def test_least_noise_is_a_quarter_of_the_last_place():
    """Of the output, as the upstream gradient weighs it."""
    probe = probe_of(lambda p: p[0], [3.0, 4.0], dout=[1.0, 2.0])
    assert noise_floor(probe) == pytest.approx(0.25 * 2.0**-52 * sqrt(73), rel=1e-6, abs=0)


BENT_TWICE = (0, 1, 3, 5, 7, 8, 9)  # two second differences are not 0
OFF_ONCE = (0, 1, 2, 4, 4, 5, 6)  # three
FARTHER = {  # id: (outputs at the shortest spacing, rungs): the next has noise to show
    "two of the second differences": (BENT_TWICE, [15, 12]),
    "three of them": (OFF_ONCE, [15]),
}


@pytest.mark.parametrize(("outputs", "rungs"), FARTHER.values(), ids=FARTHER)
def test_spacing_widens_while_hardly_a_second_difference_shows(outputs, rungs):
    """At least three of the five have to: two may be a step that was not quite the last one's."""
    probe = Values(lambda i, rung: 7 + outputs[i] if rung == 15 else UP_AND_DOWN[i])
    found = noise_level(probe, None)
    assert probe.rungs() == rungs
    if len(rungs) > 1:
        assert found == pytest.approx(sigma(UP_AND_DOWN, 2))


def test_noise_of_many_outputs_is_not_that_of_their_sum():
    """Outputs are subtracted before they are summed: 4,096 ones make no noise of 4,096."""
    x = np.random.default_rng(0).normal(size=4096)
    found = noise_level(probe_of(lambda p: 1 + 1e-3 * np.sin(p[0]), x), [np.ones(4096)])
    each = 2.0**-52 / sqrt(12)  # the standard deviation of rounding between 1 and 2
    assert 0.3 * each * 64 < found < 3 * each * 64
