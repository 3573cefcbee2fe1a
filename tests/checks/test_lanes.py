"""Entries that are moved together: how far that goes, and the slopes, errors and kinks found so."""

import numpy as np
import pytest

from gradelib.checks.slopes.lanes import lane_slopes, lanes
from gradelib.checks.slopes.numeric import Probe, units

X = np.random.default_rng(0).normal(size=(4, 3, 5))


def probe_of(f, *point, dout=None, noise=0.0):
    base = np.asarray(f(list(point)), dtype=float)
    upstream = np.ones_like(base) if dout is None else dout
    found = Probe(lambda arrays: np.asarray(f(arrays)), list(point), upstream, base)
    found.noise = noise
    return found


SHARED = {  # id: (f, x, axes that input and output share)
    "elementwise": (lambda x: x**2, X, 3),
    "by rows": (lambda x: x.cumsum(axis=2), X, 2),
    "by rows, fewer columns": (lambda x: x[:, :, 1:], X, 2),
    "by rows, to a number each": (lambda x: x.sum(axis=2), X, 2),
    "by matrices": (lambda x: x.cumsum(axis=1), X, 1),
    "by matrices, to a number each": (lambda x: x.sum(axis=(1, 2)), X, 1),
    "all together": (lambda x: x - x.mean(), X, 0),
    "to a number": (lambda x: x.sum(), X, 0),
    "turned over": (lambda x: x[::-1], X, 0),
    "the last two only": (lambda x: x + 0 * x[0, 0, 0] + x[3, 2, 4], X, 0),
    "on one row": (lambda x: x.cumsum(axis=1), X[0, :1], 0),
    "on one column": (lambda x: x**2, X[0, :, :1], 2),
    "with one more axis": (lambda x: x[..., None] * np.arange(1, 3), X[0], 2),
    "of large numbers": (lambda x: x - 0 * x[0], 1e9 * X[0], 1),
}


@pytest.mark.parametrize(("f", "x", "axes"), SHARED.values(), ids=SHARED)
@pytest.mark.parametrize("block", [0, 1])
def test_axes_that_an_input_and_the_output_share(f, x, axes, block):
    """As many as the outputs of other entries stay the same to the bit."""
    point = [x, np.ones(2)][:: 1 if block == 0 else -1]
    if f(x).shape == x.shape and axes == 1 and x.ndim == 2:
        axes = 2  # subtracting nothing leaves it elementwise
    probe = probe_of(lambda p: f(p[block]), *point)
    assert lanes(probe, block, np.random.default_rng(1)) == axes


@pytest.mark.parametrize("seed", range(12))
def test_one_entry_that_reaches_another_lane_is_enough(seed):
    """Any two lanes are told apart by a look in which the one moves and the other does not."""

    def leaks(p):
        out = p[0] ** 2
        out[3] = out[3] + p[0][9]
        return out

    probe = probe_of(leaks, np.linspace(1, 2, 11))
    assert lanes(probe, 0, np.random.default_rng(seed)) == 0


def test_lanes_are_looked_for_at_small_steps():
    """Of the input's own size: a far step may leave the domain, or the reach of a window."""
    seen = []

    def f(p):
        seen.append(np.max(np.abs(p[0] - x)))
        return p[0] ** 2

    x = 1e-4 * np.linspace(1, 2, 11)
    probe = probe_of(f, x)
    seen.clear()
    lanes(probe, 0, np.random.default_rng(0))
    assert len(seen) == 8  # two looks for each of four bits
    assert seen == pytest.approx([4.0**-7 * np.std(x)] * 8)


A = np.array([[3.0, -2.0], [0.5, 7.0], [1.0, -4.0]])  # slopes
B, C, D = 1.5 * A, np.array([[5e6], [-2e6], [3e6]]) * A, 1e9 * A  # and what bends them
H = 4.0**-7


def powers(at, left=0.0, bend=1.0):
    """A polynomial of degree four in x - at, by entries, with `left` more slope to the left."""

    def f(p):
        u = p[0] - at
        return A * u + bend * (B * u**2 + C * u**3 + D * u**4) - left * np.minimum(u, 0)

    return f


@pytest.mark.parametrize("noise", [0.0, 1e-13])
@pytest.mark.parametrize("unit", [1.0, 1e3])
def test_slopes_of_lanes_and_their_errors(noise, unit):
    """From three steps: exact for cubics; the error is by cubic part, quartic and rounding."""
    x = unit * np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]])
    dout = np.array([[2.0, 1.0], [-1.0, 3.0], [1.0, 0.5]])
    f = powers(x / unit)
    probe = probe_of(lambda p: 10 + f([p[0] / unit]), x, dout=dout, noise=noise)
    found = lane_slopes(probe, 0, 2)
    weight = np.abs(dout) * 10
    share = np.maximum(weight / np.linalg.norm(weight), 0.1 / np.sqrt(6))
    each = []
    for rung in (7, 8):
        h = 4.0**-rung
        bent = np.abs(dout * C) * 15 / 16 * h**2 / 8
        lawless = np.abs(dout * D) * 2 * h**3 * 15 / 64
        each.append(bent + lawless + 1.2 * 4 * noise * share * 4.0 ** (rung + 1))
    expected = np.minimum(*each) / unit
    assert found.value == pytest.approx((dout * A / unit).ravel(), rel=1e-8)
    assert found.error == pytest.approx(expected.ravel(), rel=1e-4)
    assert not found.kink.any()
    third = H / 16
    even, odd = dout * (A + C * third**2), dout * (B * third + D * third**3)
    assert found.left == pytest.approx(((even - odd) / unit).ravel(), rel=1e-8)
    assert found.right == pytest.approx(((even + odd) / unit).ravel(), rel=1e-8)


@pytest.mark.parametrize(("noise", "kinks"), [(0.0, True), (1e-9, False)])
def test_kinks_of_lanes(noise, kinks):
    """A kink has two slopes, unless it drowns in the rounding."""
    x = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0]])
    left = np.array([[0.0, 1e-3], [0.0, 0.0], [-2e-3, 0.0]])
    f = powers(x, left, 1e-6)
    found = lane_slopes(probe_of(lambda p: 1e-6 + f(p), x, noise=noise), 0, 2)
    assert found.kink.tolist() == [bool(k and kinks) for k in left.ravel()]
    assert found.left == pytest.approx((A - left).ravel(), abs=1e-4)
    assert found.right == pytest.approx(A.ravel(), abs=1e-4)


SHARES = {  # id: (outputs of each lane, dout, the share of the noise of each)
    "equal": ([1.0, 1.0, 1.0, 1.0], 1.0, [0.5, 0.5, 0.5, 0.5]),
    "one large": ([3.0, 4.0, 0.0, 0.0], 1.0, [0.6, 0.8, 0.05, 0.05]),
    "negative": ([3.0, -4.0, 0.0, 0.0], 2.0, [0.6, 0.8, 0.05, 0.05]),
    "nothing": ([0.0, 0.0, 0.0, 0.0], 1.0, [0.5, 0.5, 0.5, 0.5]),
}


@pytest.mark.parametrize(("outputs", "dout", "share"), SHARES.values(), ids=SHARES)
def test_noise_is_shared_among_the_lanes_by_their_outputs(outputs, dout, share):
    """A lane of large outputs has most of it, and none less than a tenth of an equal share."""
    x = np.array([1.0, -1.0, 1.0, -1.0])
    probe = probe_of(lambda p: np.array(outputs) + 0 * p[0], x, dout=np.full(4, dout), noise=1e-8)
    found = lane_slopes(probe, 0, 1)
    assert found.error == pytest.approx(1.2 * 4e-8 * 4**8 * np.array(share), rel=1e-9)
    assert found.value.tolist() == [0.0] * 4


def test_lanes_of_several_entries():
    """A matrix's rows: each entry gets the slope of its row's outputs, each in its own units."""
    x = np.random.default_rng(3).normal(size=(4, 3)) * [1.0, 1e4, 1.0]
    dout = np.random.default_rng(4).normal(size=(4, 2))
    M = np.array([[1.0, 2.0], [3e-4, -4e-4], [5.0, 6.0]])
    found = lane_slopes(probe_of(lambda p: p[1] + p[0] @ M, x, np.ones(2), dout=dout), 0, 1)
    assert found.value.shape == (12,)
    assert found.value == pytest.approx((dout @ M.T).ravel(), rel=1e-8)
    assert np.all(found.error < 1e-6 * np.abs(found.value) + 1e-9)
    assert units(x).shape == x.shape


def test_lane_that_leaves_the_domain_does_not_disturb_the_others():
    """Where one step is not finite, a shorter one serves; where none is, the error says so."""
    x = np.array([1.0, 2e-5, 1.0, -1.0])
    with np.errstate(all="ignore"):
        probe = probe_of(lambda p: np.sqrt(p[0]), x)
        probe.base = np.nan_to_num(probe.base)
        found = lane_slopes(probe, 0, 1)
    assert found.value[[0, 2]] == pytest.approx(0.5, rel=1e-8)
    assert np.isfinite(found.value[1])
    assert not np.isfinite(found.error[3])


def test_lane_that_leaves_the_domain_at_the_longest_step_takes_shorter_ones():
    """What is no number is no slope of little error."""
    x = np.array([2.0, 1.0, 2.0, 3.0])
    # The first step is 4.3e-5, a 4**7th of the spread of 0.7, the second 1.1e-5.
    probe = probe_of(lambda p: np.where(p[0] < 1 - 4e-5, np.nan, p[0] ** 2), x)
    found = lane_slopes(probe, 0, 1)
    assert found.value == pytest.approx([4.0, 2.0, 4.0, 6.0], rel=1e-8)
    assert np.all(found.error < 1e-6)


@pytest.mark.parametrize(("times", "kink"), [(19.7, False), (20.5, True)])
def test_kinks_of_lanes_within_twenty_times_the_rounding_are_none(times, kink):
    """The rounding of the shortest step, of which each of four lanes has half."""
    noise = 4 * 1e-12 * 0.5
    left = times * noise * 4.0**9
    x = np.array([1.0, -1.0, 1.0, -1.0])
    probe = probe_of(lambda p: 1 - left * np.minimum(p[0] - x, 0), x, noise=1e-12)
    assert lane_slopes(probe, 0, 1).kink.tolist() == [kink] * 4
