"""Where in a large gradient is it wrong?  Found with weighted directions, in few evaluations.

`Search` finds the one wrong entry, the one wrong row or column, the box that holds all wrong
entries, or a few scattered ones.

The residual along a direction, yours minus numeric, is a sum over the wrong entries. Weighted with
a ramp 1, 2, ..., n and divided by the same without weights, it is the place of the wrong entry if
there is only one; that the rest holds nothing is then measured. Where several are wrong, halving
finds them: a part without any has no residual.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, log

import numpy as np

from gradelib.checks.slopes.judge import Claim, random_direction
from gradelib.checks.slopes.ladder import Ladder
from gradelib.checks.slopes.numeric import Array, Probe, moving_one

__all__ = ["Box", "Measured", "Search"]

Box = tuple[slice, ...]
MOST_MEASURED = 500  # residuals, of three evaluations or more each, in a search for scattered ones

LOWEST = 3  # a rung, whose step a function of a few entries bears
TINIEST = 1e-300


@dataclass(frozen=True)
class Measured:
    """A residual, known to +- `slack`."""

    value: float
    slack: float

    @property
    def is_some(self) -> bool:
        return abs(self.value) > self.slack

    def is_all_of(self, other: Measured) -> bool:
        return abs(self.value - other.value) <= self.slack + other.slack

    def without(self, part: Measured) -> Measured:
        return Measured(self.value - part.value, self.slack + part.slack)


Weigh = Callable[[Array], Measured]  # the residual for weights of the entries, or of the slices


class Search:
    """The residual of one gradient along one random direction, to be weighted at will.

    `rung` is the step to begin with; entries `at_rest` (flat indices, on kinks) never move.
    """

    def __init__(
        self,
        probe: Probe,
        block: int,
        gradient: Array,
        rng: np.random.Generator,
        rung: int,
        at_rest: Collection[int] = (),
    ) -> None:
        self.probe, self.block, self.rung = probe, block, rung
        self.gradient = gradient
        self.direction = random_direction(probe.point[block], rng)
        self.direction.flat[list(at_rest)] = 0.0
        self.length = max(float(np.linalg.norm(self.direction)), TINIEST)
        self.measured = 0
        self.enough = 0.0  # of an error
        self.whole = self.weigh(np.ones(()))
        self.enough = max(self.whole.slack, 1e-4 * abs(self.whole.value)) / 6

    def weigh(self, weights: Array) -> Measured:
        """The residual along the direction times weights that broadcast to the gradient's shape."""
        self.measured += 1
        v = self.direction * weights
        claim = Claim.of([self.gradient], [v])
        # A part moves the function less: its steps may be longer, and rounding matters less.
        longer = int(log(self.length / max(float(np.linalg.norm(v)), TINIEST), 4) + 0.01)
        rung = max(self.rung - longer, min(self.rung, LOWEST))
        ladder = Ladder(self.probe, moving_one(len(self.probe.point), self.block, v), rung)
        found = ladder.glance()
        rounding = 1.5 * self.probe.noise * 4.0**found.rung
        if found.error > max(self.enough, 3 * rounding):  # kinks were crossed: shorter steps
            found = ladder.settle(max(self.enough, 2 * rounding), 0.0)
        return Measured(claim.along - found.value, claim.slack(found.error))

    def entries(self, weights: Array) -> Measured:
        """The residual for one weight for each entry, in flat order."""
        return self.weigh(weights.reshape(self.gradient.shape))

    def slices(self, axis: int) -> Weigh:
        """The residual for one weight for each index of an axis."""
        shape = [1] * self.gradient.ndim
        shape[axis] = -1
        return lambda weights: self.weigh(weights.reshape(shape))

    def error_at(self, index: int) -> float:
        """How wrong the entry at a flat index is, if it is the only one."""
        return self.whole.value / float(self.direction.flat[index])

    def lone_entry(self) -> int | None:
        """The flat index of the only wrong entry, or None."""
        return _lone(self.entries, self.gradient.size, 0, self.gradient.size, self.whole)

    def lone_slice(self) -> tuple[int, int] | None:
        """The axis and the index of the only slice that holds wrong entries, or None."""
        for axis, length in enumerate(self.gradient.shape):
            if 1 < length < self.gradient.size:
                index = _lone(self.slices(axis), length, 0, length, self.whole)
                if index is not None:
                    return axis, index
        return None

    def box(self) -> Box:
        """The smallest box that holds all wrong entries."""
        found = []
        for axis, length in enumerate(self.gradient.shape):
            weigh = self.slices(axis)
            low = _first(partial(_some, weigh, length, 0), length)
            high = _first(partial(_some, weigh, length, -1), length)
            found.append(slice(low, max(length - high, low + 1)))
        return tuple(found)

    def scattered(self) -> list[int] | None:
        """The flat indices of all wrong entries, found by halving; None where they are too many."""
        n = self.gradient.size
        found: list[int] = []
        stack = [(0, n, self.whole)]
        while stack:
            low, high, whole = stack.pop()
            if not whole.is_some:
                continue
            if self.measured > MOST_MEASURED:
                return None
            lone = _lone(self.entries, n, low, high, whole)
            if lone is not None:
                found.append(lone)
                continue
            middle = (low + high) // 2
            left = self.entries(_ones(n, low, middle))
            right = whole.without(left)
            if abs(right.value) <= 3 * right.slack:  # a difference of two that are nearly equal
                right = self.entries(_ones(n, middle, high))
            stack += [(middle, high, right), (low, middle, left)]
        return sorted(found)


def _ones(n: int, low: int, high: int) -> Array:
    weights = np.zeros(n)
    weights[low:high] = 1.0
    return weights


def _lone(weigh: Weigh, n: int, low: int, high: int, whole: Measured) -> int | None:
    """The only one of the n places that has a residual, known to be in [low, high), or None."""
    while high - low > 1:
        span = high - low
        ramp = np.zeros(n)
        ramp[low:high] = np.arange(1, span + 1) / span
        part = weigh(ramp)
        place = low + part.value / whole.value * span - 1
        off = span * (part.slack + abs(part.value / whole.value) * whole.slack) / abs(whole.value)
        near, far = max(low, ceil(place - off - 0.01)), min(high, floor(place + off + 0.01) + 1)
        if near >= far or far - near > span // 2:
            return None
        if not weigh(_ones(n, near, far)).is_all_of(whole):
            return None
        low, high = near, far
    return low


def _some(weigh: Weigh, n: int, side: int, count: int) -> bool:
    """Whether the first (side 0) or last (side -1) `count` of n slices hold anything."""
    return weigh(_ones(n, 0, count) if side == 0 else _ones(n, n - count, n)).is_some


def _first(some: Callable[[int], bool], length: int) -> int:
    """The largest m < length such that the first m slices hold nothing."""
    low, high = 0, length
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if some(middle) else (middle, high)
    return low
