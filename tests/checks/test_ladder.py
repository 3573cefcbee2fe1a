"""The ladder of steps, on functions of one number whose slopes and errors are known by algebra."""

import numpy as np
import pytest

from gradelib.checks.slopes.ladder import FIRST_RUNG, Ladder, entry_slopes, slope
from gradelib.checks.slopes.numeric import Probe


class Curve:
    """A function of the step alone, in place of a probe; it keeps the rungs that were tried."""

    def __init__(self, f, noise=0.0):
        self.f, self.noise, self.steps = f, noise, []

    def change(self, direction, t):
        self.steps.append(t)
        return self.f(t)

    def rungs(self):
        """The rungs tried on the right, in order."""
        return [round(-np.log(t) / np.log(4)) for t in self.steps if t > 0]


def polynomial(*coefficients):
    """a t + b t**2 + ... without a constant."""
    return lambda t: sum(c * t ** (k + 1) for k, c in enumerate(coefficients))


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("start", [2, 4])
@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_glance_solves_a_cubic_from_three_evaluations(start, noise):
    """Three values give the slope of a cubic; its error is an eighth of the cubic part."""
    a, b, c = 3.0, -2.0, 5.0
    curve = Curve(polynomial(a, b, c), noise)
    found = Ladder(curve, None, start).glance()
    h = 4.0**-start
    assert curve.steps == [h, -h, h / 4]
    assert found.value == near(a)
    assert found.error == near(c * h**2 / 8 + 1.5 * noise * 4 ** (start + 1))
    assert (found.left, found.right) == (near(a + c * h**2 - b * h), near(a + c * h**2 + b * h))
    assert (found.kink, found.rung) == (False, start + 1)
    assert found.table == ((h, found.value, found.error),)


def test_nothing_is_evaluated_twice():
    """What a glance has evaluated serves the longer look, and the longer look serves the next."""
    curve = Curve(polynomial(3.0, -2.0, 5.0))
    ladder = Ladder(curve, None, 3)
    ladder.glance()
    ladder.settle(0.0, 1e-10)
    ladder.settle(0.0, 1e-10)
    ladder.glance()
    assert len(curve.steps) == len(set(curve.steps))


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_two_steps_extrapolate_a_quartic(noise):
    """From two steps: exact for cubics; the error is by the cubic part, the quartic, rounding."""
    a, b, c, d = 3.0, -2.0, 5.0, -7.0
    found = Ladder(Curve(polynomial(a, b, c, d), noise), None, 2).settle(1e9, 0.0)
    h = 4.0**-2
    assert found.value == near(a)
    expected = 15 / 16 * c * h**2 / 8 + 2 * abs(d) * h**3 * 15 / 64 + 1.2 * noise * 4**3
    assert found.error == near(expected)
    assert found.rung == 3
    assert found.table == ((h / 4, near(a), near(expected)),)


def test_three_steps_extrapolate_a_quintic():
    """From three steps: exact for a polynomial of degree five, with the error of the pair."""
    a, c, e = 3.0, 5.0, 11.0
    curve = Curve(polynomial(a, 0.0, c, 0.0, e))
    ladder = Ladder(curve, None, 1)
    for rung in (1, 2, 3):
        ladder._climb(rung)
    found = ladder._best()
    h = 1 / 4
    once, again = a - e * h**4 / 16, a - e * h**4 / 16 / 256
    assert found.value == near(a)
    assert found.error == near((again - once) / 8)
    assert found.rung == 3
    assert found.table[1][1] == near(a)


def test_error_of_three_steps_counts_even_powers_and_rounding():
    """A sixth power disturbs the jumps between the sides; it and the noise are in the error."""
    a, q, noise = 3.0, 13.0, 1e-7
    ladder = Ladder(Curve(polynomial(a, 0.0, 0.0, 0.0, 0.0, q), noise), None, 1)
    for rung in (1, 2, 3):
        ladder._climb(rung)
    h = 1 / 4
    jumps = [2 * q * (h / 4**k) ** 5 for k in range(3)]
    lawless = abs((jumps[2] - jumps[1] / 4) - (jumps[1] - jumps[0] / 4) / 64)
    assert ladder._best().table[1][2] == near(lawless + 1.3 * noise * 4**3)


@pytest.mark.parametrize(("left", "right"), [(0.0, 2.0), (3.0, 1.0), (-1.0, 1.0)])
def test_kink_has_two_slopes_and_their_mean(left, right):
    """Where the jump stays the same over three steps, both sides are told."""
    curve = Curve(lambda t: (right if t > 0 else left) * t + t**2)
    found = Ladder(curve, None).settle(0.0, 1e-10)
    assert found.kink is True
    assert found.left == pytest.approx(left, abs=1e-5)
    assert found.right == pytest.approx(right, abs=1e-5)
    assert found.value == pytest.approx((left + right) / 2, abs=1e-12)
    assert curve.rungs() == [7, 8, 9]


NO_KINKS = {  # id: (function, noise): something like a jump that is none
    "curved": (lambda t: t**2, 0.0),
    "within the noise": (lambda t: 1e-8 * abs(t), 1e-12),
    "a root": (lambda t: abs(t) ** 1.5, 0.0),
    "a kink off the point": (lambda t: abs(t - 1e-5), 0.0),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in NO_KINKS.items()])
def test_a_jump_that_shrinks_or_drowns_is_no_kink(row):
    """A kink is called so only where the jump stays, far above rounding."""
    f, noise = row
    assert Ladder(Curve(lambda t: f(t) - f(0.0), noise), None).settle(0.0, 1e-10).kink is False


def test_a_jump_that_changes_its_sign_is_no_kink():
    """Three jumps of one size and of two signs are disorder."""
    signs = {7: 1, 8: -1, 9: 1}
    ladder = Ladder(Curve(lambda t: signs[round(-np.log(abs(t)) / np.log(4))] * abs(t)), None)
    for rung in signs:
        ladder._climb(rung)
    assert ladder._has_settled_on_kink() is False


@pytest.mark.parametrize(
    ("jumps", "kink"),
    [
        ((1.0, 1.0, 1.0), True),
        ((1.0, 1.0, 0.951), True),
        ((1.0, 1.0, 0.949), False),
        ((0.949, 1.0, 1.0), False),
        ((5.0, 1.0, 1.0, 1.0), True),
        ((1.0, 1.0), False),
        ((1.0, np.nan, 1.0), False),
        ((-1.0, -1.0, -1.0), True),
    ],
)
def test_jumps_count_as_one_within_a_twentieth(jumps, kink):
    """The three shortest steps decide."""
    ladder = Ladder(Curve(abs), None)
    ladder.jump = dict(enumerate(jumps, start=7))
    assert ladder._has_settled_on_kink() is kink


@pytest.mark.parametrize(("noise", "kink"), [(0.9, True), (1.1, False)])
def test_jumps_within_twenty_times_the_rounding_are_none(noise, kink):
    """A kink has to stand out of the rounding of the shortest step."""
    ladder = Ladder(Curve(abs, noise * 4.0**-9 / 20), None)
    ladder.jump = {7: 1.0, 8: 1.0, 9: 1.0}
    assert ladder._has_settled_on_kink() is kink


def test_function_that_is_nowhere_finite_has_no_slope():
    """Not a number, with an error without bound, and no kink."""
    found = Ladder(Curve(lambda t: np.nan), None).settle(0.0, 1e-10)
    assert np.isnan(found.value)
    assert found.error == np.inf
    assert found.kink is False


def test_steps_grow_where_rounding_is_in_charge():
    """With noise of 1e-9, longer steps are tried and the slope is right to 1e-7."""
    curve = Curve(lambda t: np.sin(t) + 1e-9 * np.sin(1e9 * t + 1) - 1e-9 * np.sin(1), 1e-9)
    found = Ladder(curve, None).settle(0.0, 1e-10)
    assert min(curve.rungs()) < FIRST_RUNG
    assert found.value == pytest.approx(1.0, abs=2e-7)
    assert abs(found.value - 1) <= 6 * found.error


def test_steps_shrink_where_the_function_bends():
    """A function a thousand times faster takes shorter steps, and its slope is right to 1e-9."""
    curve = Curve(lambda t: np.sin(1e4 * t), 1e-16)
    found = Ladder(curve, None).settle(0.0, 1e-10)
    assert max(curve.rungs()) > FIRST_RUNG + 2
    assert found.value == pytest.approx(1e4, rel=1e-9)


@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1e-3, 1.0, 1e3, 1e5])
def test_the_road_to_a_slope_is_short(scale):
    """Whatever the speed of the function, at most 22 steps are tried on each side, none twice."""
    curve = Curve(lambda t: np.sin(scale * t), 1e-17)
    found = slope(curve, None)
    assert found.value == pytest.approx(scale, rel=1e-8)
    assert len(curve.steps) <= 44
    assert len(set(curve.steps)) == len(curve.steps)


def test_slope_starts_where_it_is_told():
    """The first step is that of the rung given, else of FIRST_RUNG."""
    for start in (3, 9):
        curve = Curve(lambda t: 2 * t)
        slope(curve, None, start=start)
        assert curve.rungs() == [start, start + 1]
    curve = Curve(lambda t: 2 * t)
    slope(curve, None)
    assert curve.rungs() == [FIRST_RUNG, FIRST_RUNG + 1]


@pytest.mark.parametrize(("target", "rtol"), [(1e-3, 0.0), (0.0, 1e-3)])
def test_slope_stops_as_soon_as_its_error_will_do(target, rtol):
    """An absolute or a relative error that suffices ends the road at the first two steps."""
    curve = Curve(np.sin)
    slope(curve, None, target=target, rtol=rtol, start=2)
    assert curve.rungs() == [2, 3]
    fine = Curve(np.sin)
    slope(fine, None, target=0.0, rtol=1e-12, start=2)
    assert len(fine.rungs()) > 2


def test_entry_slopes_are_the_partial_derivatives():
    """Each entry asked for gets its own slope, error and sides, in units of the input."""
    x = np.array([[0.0, 200.0], [-300.0, 400.0]])

    def f(arrays):
        return np.sum(arrays[0] ** 2) + 5 * np.abs(arrays[0][0, 0])

    base = np.asarray(f([x]))
    probe = Probe(lambda arrays: np.asarray(f(arrays)), [x], np.ones(()), base)
    found = entry_slopes(probe, 0, [0, 3, 2])
    assert found.kink.tolist() == [True, False, False]
    assert (found.left[0], found.right[0]) == (
        pytest.approx(-5, abs=0.1),
        pytest.approx(5, abs=0.1),
    )
    exact = np.array([800.0, -600.0])
    assert np.allclose(found.value[1:], exact, rtol=1e-8)
    off = np.abs(found.value[1:] - exact)
    assert np.all(off <= np.maximum(6 * found.error[1:], 1e-9 * np.abs(exact)))
    assert np.all(found.error[1:] <= 1e-5 * np.abs(exact))
    assert probe.point[0] is x
