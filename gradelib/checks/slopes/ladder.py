"""Derivatives by finite differences that know how wrong they may be.

`slope` is the derivative along one direction with an error estimate, and says when the point sits
on a kink; `Ladder` is the same for those who look twice; `entry_slopes` is the gradient entry by
entry.

Why not a fixed step: at h = 1e-5 a loss of 1e8 is all rounding, and a ReLU net crosses a hundred
kinks. So steps go down, or up, a ladder of ratio 4, and the answer is taken where truncation,
rounding and kinks disturb least. Sources: central differences and Richardson extrapolation as in
Numerical Recipes section 5.7 (after Ridders 1982).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from gradelib.checks.slopes.numeric import Array, Direction, Probe, moving_one, units

__all__ = ["FIRST_RUNG", "RUNGS", "Ladder", "Slope", "Slopes", "entry_slopes", "slope"]

FIRST_RUNG = (
    7  # step 4**-7 = 6e-5 of an input's spread: few kinks are crossed, little is lost to rounding
)
RUNGS = 22  # at most so many steps are tried
LOWEST = -16  # the longest step is 4**16 of an input's spread
PATIENCE = 2  # steps in a row that did not help


@dataclass(frozen=True)
class Slope:
    """The derivative along a direction: `value` +- `error`, or `left` and `right` at a kink."""

    value: float
    error: float
    left: float
    right: float
    kink: bool
    rung: int
    table: tuple[
        tuple[float, float, float], ...
    ] = ()  # (step, derivative, error) for each step tried


def slope(
    probe: Probe,
    direction: Direction,
    *,
    target: float = 0.0,
    rtol: float = 1e-10,
    start: int = FIRST_RUNG,
) -> Slope:
    """Return the derivative of <dout, f> along `direction` at the probe's point.

    Stops when the estimated error is below max(target, rtol * |derivative|), when the one-sided
    slopes settle on two values (a kink), or when no further step helps.
    """
    return Ladder(probe, direction, start).settle(target, rtol)


class Ladder:
    """The slopes along one direction for steps of 4**-rung: `glance` at three, or `settle`.

    What was evaluated is kept, so that one may look again when more is known of the noise.
    """

    def __init__(self, probe: Probe, direction: Direction, start: int = FIRST_RUNG) -> None:
        self.probe = probe
        self.direction = direction
        self.start = start
        self.central: dict[int, float] = {}  # by rung
        self.jump: dict[int, float] = {}  # between the one-sided slopes
        self._right: dict[int, float] = {}

    def glance(self) -> Slope:
        """The slope from three evaluations: both sides of the first step, one of the next.

        f(t) - f(0) = a t + b t**2 + c t**3 is solved for a. Its error is taken from c alone, so
        this proves that a gradient agrees, and never that it differs.
        """
        rung = self.start
        self._climb(rung)
        D, J = self.central[rung], self.jump[rung]
        value = (self._forward(rung + 1) - J / 8 - D / 16) * 16 / 15
        error = abs(value - D) / 8 + 1.5 * self._rounding(rung + 1)
        left, right = D - J / 2, D + J / 2
        return Slope(value, error, left, right, False, rung + 1, ((4.0**-rung, value, error),))

    def settle(self, target: float, rtol: float, most: int = RUNGS) -> Slope:
        """The slope, with as many steps as its error needs to be below the target, or `most`."""
        self._climb(self.start)
        self._climb(self.start + 1)
        low, high = min(self.central), max(self.central)
        best = self._best()
        idle = worse = 0
        while len(self.central) < most:
            if best.error <= max(target, rtol * abs(best.value)) or self._has_settled_on_kink():
                break
            # Rounding in charge, or the longest steps best: longer ones still. Otherwise shorter.
            rounded = best.error < 4 * self._rounding(best.rung)
            if rounded and best.rung > low + 2:
                break  # longer ones were worse, and shorter ones will be
            longest = low + 1 == best.rung < high
            if (longest or rounded) and low > LOWEST:
                if idle >= PATIENCE:
                    break
                low -= 1
                self._climb(low)
            else:
                if idle >= 3 * PATIENCE:  # a kink may take this long to settle
                    break
                high += 1
                self._climb(high)
                newest = abs(self.central[high] - self.central[high - 1]) / 8
                worse = worse + 1 if newest > 3 * best.error else 0
                if worse == PATIENCE:  # rounding grows, whatever is said of the noise
                    break
            candidate = self._best()
            idle = 0 if candidate.error < 0.7 * best.error else idle + 1
            best = candidate
        return self._best(kink=self._has_settled_on_kink())

    def _forward(self, rung: int) -> float:
        """The one-sided difference quotient on the right."""
        if rung not in self._right:
            t = 4.0**-rung
            self._right[rung] = self.probe.change(self.direction, t) / t
        return self._right[rung]

    def _climb(self, rung: int) -> None:
        if rung in self.central:
            return
        t = 4.0**-rung
        right = self._forward(rung)
        left = -self.probe.change(self.direction, -t) / t
        self.central[rung] = (right + left) / 2
        self.jump[rung] = right - left

    def _rounding(self, rung: int) -> float:
        return self.probe.noise * 4.0**rung

    def _has_settled_on_kink(self) -> bool:
        """Whether the jump stays the same over the three shortest steps, far above rounding."""
        rungs = sorted(self.jump)[-3:]
        if len(rungs) < 3:
            return False
        jumps = [self.jump[k] for k in rungs]
        if not all(map(isfinite, jumps)):
            return False
        if min(map(abs, jumps)) <= 20 * self._rounding(rungs[-1]):
            return False
        if max(map(abs, jumps)) - min(map(abs, jumps)) > 0.05 * max(map(abs, jumps)):
            return False
        return min(jumps) > 0 or max(jumps) < 0

    def _best(self, *, kink: bool = False) -> Slope:
        """The extrapolation with the least error: by pairs of rungs, and by triples."""
        found: list[tuple[float, float, int]] = []  # error, value, rung
        D, J = self.central, self.jump
        for k in sorted(D):
            if k + 1 not in D:
                continue
            # D = f' + c t**2 + ..., J = c t + ...: a kink that was crossed fits neither law.
            once = D[k + 1] + (D[k + 1] - D[k]) / 15
            lawless = abs(J[k + 1] - J[k] / 4)
            error = abs(D[k + 1] - D[k]) / 8 + lawless + 1.2 * self._rounding(k + 1)
            found.append((error, once, k + 1))
            if k + 2 in D:
                again = D[k + 2] + (D[k + 2] - D[k + 1]) / 15
                twice = again + (again - once) / 255
                lawless = abs((J[k + 2] - J[k + 1] / 4) - (J[k + 1] - J[k] / 4) / 64)
                error = abs(again - once) / 8 + lawless + 1.3 * self._rounding(k + 2)
                found.append((error, twice, k + 2))
        finite = [entry for entry in found if isfinite(entry[0]) and isfinite(entry[1])]
        rung = max(D)
        table = tuple((4.0**-k, value, error) for error, value, k in finite)
        half = J[rung] / 2
        left, right = D[rung] - half, D[rung] + half
        if not finite:
            return Slope(float("nan"), float("inf"), left, right, False, rung, table)
        error, value, at = min(finite)
        if kink:
            value = D[rung]
        return Slope(value, error, left, right, kink, at, table)


@dataclass(frozen=True)
class Slopes:
    """Several slopes, as arrays of one shape (K,); `kink` is a mask."""

    value: Array
    error: Array
    left: Array
    right: Array
    kink: NDArray[np.bool_]


def entry_slopes(
    probe: Probe,
    block: int,
    indices: Iterable[int],
    *,
    target: float = 0.0,
    start: int = FIRST_RUNG,
) -> Slopes:
    """Return the partial derivatives by the K flat `indices` of input `block`.

    `target` is an absolute error that suffices; longer loops than that are saved.
    """
    x = probe.point[block]
    unit = units(x).ravel()
    moving = np.zeros_like(x)
    direction = moving_one(len(probe.point), block, moving)
    found = []
    chosen = list(indices)
    for index in chosen:
        moving.flat[index] = unit[index]
        found.append(slope(probe, direction, target=target * unit[index], start=start))
        moving.flat[index] = 0.0
    value, error, left, right = (
        np.array([getattr(s, name) for s in found], dtype=np.float64) / unit[chosen]
        for name in ("value", "error", "left", "right")
    )
    return Slopes(value, error, left, right, np.array([s.kink for s in found], dtype=np.bool_))
