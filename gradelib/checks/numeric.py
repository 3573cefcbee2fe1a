"""Derivatives by finite differences that know how wrong they may be.

`Probe` holds a function at one point, ready to be moved along directions; `slope` is the derivative
along one direction with an error estimate, and says when the point sits on a kink;
`entry_slopes` is the gradient entry by entry.

Why not a fixed step: at h = 1e-5 a loss of 1e8 is all rounding, and a ReLU net crosses a hundred
kinks. So steps go down, or up, a ladder of ratio 4, and the answer is taken where truncation,
rounding and kinks disturb least. Sources: central differences and Richardson extrapolation as in
Numerical Recipes section 5.7 (after Ridders 1982).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FIRST_RUNG",
    "Array",
    "Direction",
    "Probe",
    "Slope",
    "entry_slopes",
    "moving_one",
    "slope",
    "spread",
]

Array = NDArray[np.float64]
Direction = Sequence["Array | None"]  # one array per input, None where it does not move

FIRST_RUNG = (
    7  # step 4**-7 = 6e-5 of an input's spread: few kinks are crossed, little is lost to rounding
)
RUNGS = 22  # at most so many steps are tried
LOWEST = -16  # the longest step is 4**16 of an input's spread
PATIENCE = 2  # steps in a row that did not help
TINY = 1e-30  # an input below it has no size of its own


@dataclass
class Probe:
    """A function of arrays at a point, contracted with `dout`: t -> <dout, f(x + t v) - f(x)>.

    `f` takes the list of inputs and returns an array of the shape of `dout`. Outputs are
    subtracted before they are contracted, so that a large constant part of them costs no digits.
    """

    f: Callable[[list[Array]], Array]
    point: list[Array]
    dout: Array
    base: Array
    noise: float = 0.0
    _buffers: list[Array] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._buffers = [np.empty_like(x) for x in self.point]

    def change(self, direction: Direction, t: float) -> float:
        """Return <dout, f(x + t v) - f(x)>; NaN where f is not finite there."""
        with np.errstate(all="ignore"):
            # Not vdot: BLAS spreads it over threads, and numpy's pairwise sum loses fewer digits.
            return float(np.sum((self._at(direction, t) - self.base) * self.dout))

    def output(self, direction: Direction, t: float) -> Array:
        """Return f(x + t v), an array of its own."""
        return np.array(self._at(direction, t))

    def _at(self, direction: Direction, t: float) -> Array:
        moved = []
        for x, v, buffer in zip(self.point, direction, self._buffers, strict=True):
            if (
                v is not None
            ):  # buffers are reused: at 300,000 parameters allocation costs more than arithmetic
                np.multiply(v, t, out=buffer)
                buffer += x
                moved.append(buffer)
            else:
                moved.append(x)
        with np.errstate(all="ignore"):
            return self.f(moved)

    def with_upstream(self, dout: Array) -> Probe:
        """The same function at the same point, contracted with another upstream gradient."""
        other = Probe(self.f, self.point, dout, self.base)
        other.noise = self.noise
        return other


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


def spread(x: Array) -> float:
    """The typical distance between the entries of x: what a step is measured in.  1 for zeros."""
    if x.size == 0:
        return 1.0
    deviation = float(np.std(x))
    level = float(np.max(np.abs(x)))
    if deviation > 1e-6 * level:
        return deviation
    return level if level > TINY else 1.0


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
    ladder = _Ladder(probe, direction)
    low, high = start, start + 1
    ladder.climb(low)
    ladder.climb(high)
    best = ladder.best()
    idle = 0
    while len(ladder.central) < RUNGS:
        if best.error <= max(target, rtol * abs(best.value)) or ladder.has_settled_on_kink():
            break
        # Rounding in charge, or the longest steps best: longer ones still. Otherwise shorter ones.
        rounded = best.error < 4 * ladder.rounding(best.rung)
        if rounded and best.rung > low + 2:
            break  # longer ones were worse, and shorter ones will be
        longest = low + 1 == best.rung < high
        if (longest or rounded) and low > LOWEST:
            if idle >= PATIENCE:
                break
            low -= 1
            ladder.climb(low)
        else:
            if idle >= 3 * PATIENCE:  # a kink may take this long to settle
                break
            high += 1
            ladder.climb(high)
        candidate = ladder.best()
        idle = 0 if candidate.error < 0.7 * best.error else idle + 1
        best = candidate
    return ladder.best(kink=ladder.has_settled_on_kink())


class _Ladder:
    """Central differences (`central`) and jumps between the one-sided slopes (`jump`) by rung."""

    def __init__(self, probe: Probe, direction: Direction) -> None:
        self.probe = probe
        self.direction = direction
        self.central: dict[int, float] = {}
        self.jump: dict[int, float] = {}

    def climb(self, rung: int) -> None:
        t = 4.0**-rung
        right = self.probe.change(self.direction, t) / t
        left = -self.probe.change(self.direction, -t) / t
        self.central[rung] = (right + left) / 2
        self.jump[rung] = right - left

    def rounding(self, rung: int) -> float:
        return self.probe.noise * 4.0**rung

    def has_settled_on_kink(self) -> bool:
        """Whether the jump stays the same over the three shortest steps, far above rounding."""
        rungs = sorted(self.jump)[-3:]
        if len(rungs) < 3:
            return False
        jumps = [self.jump[k] for k in rungs]
        if not all(map(isfinite, jumps)):
            return False
        if min(map(abs, jumps)) <= 20 * self.rounding(rungs[-1]):
            return False
        if max(map(abs, jumps)) - min(map(abs, jumps)) > 0.05 * max(map(abs, jumps)):
            return False
        return min(jumps) > 0 or max(jumps) < 0

    def best(self, *, kink: bool = False) -> Slope:
        """The extrapolation with the least error: by pairs of rungs, and by triples."""
        found: list[tuple[float, float, int]] = []  # error, value, rung
        D, J = self.central, self.jump
        for k in sorted(D):
            if k + 1 not in D:
                continue
            # D = f' + c t**2 + ..., J = c t + ...: a kink that was crossed fits neither law.
            once = D[k + 1] + (D[k + 1] - D[k]) / 15
            lawless = abs(J[k + 1] - J[k] / 4)
            error = abs(D[k + 1] - D[k]) / 8 + lawless + 1.2 * self.rounding(k + 1)
            found.append((error, once, k + 1))
            if k + 2 in D:
                again = D[k + 2] + (D[k + 2] - D[k + 1]) / 15
                twice = again + (again - once) / 255
                lawless = abs((J[k + 2] - J[k + 1] / 4) - (J[k + 1] - J[k] / 4) / 64)
                error = abs(again - once) / 8 + lawless + 1.3 * self.rounding(k + 2)
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


def moving_one(count: int, block: int, v: Array) -> Direction:
    """The direction that moves input `block` of `count` inputs by v, and no other."""
    return [v if k == block else None for k in range(count)]


def entry_slopes(
    probe: Probe,
    block: int,
    indices: Iterable[int],
    *,
    target: float = 0.0,
    start: int = FIRST_RUNG,
) -> list[Slope]:
    """Return the partial derivative by each of the flat `indices` of input `block`, with its error.

    `target` is an absolute error that suffices; longer loops than that are saved.
    """
    x = probe.point[block]
    unit = spread(x)
    moving = np.zeros_like(x)
    direction = moving_one(len(probe.point), block, moving)
    slopes = []
    for index in indices:
        moving.flat[index] = unit
        s = slope(probe, direction, target=target * unit, start=start)
        moving.flat[index] = 0.0
        slopes.append(
            Slope(
                s.value / unit,
                s.error / unit,
                s.left / unit,
                s.right / unit,
                s.kink,
                s.rung,
                s.table,
            )
        )
    return slopes
