"""A function at one point, ready to be moved along directions: `Probe`.

A `Direction` moves some of its inputs; `units` are the steps' own, entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Direction", "Probe", "moving_one", "parts", "units"]

Array = NDArray[np.float64]
Direction = Sequence["Array | None"]  # one array per input, None where it does not move

SAMPLED = 1000  # entries of a large array, to tell how small the smaller ones are
APART = 1e2  # small and large numbers whose sizes differ by more are moved by steps of their own
PART = 2**14  # entries
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

    @cached_property
    def steps(self) -> list[Array]:
        """The units of the point."""
        return [units(x) for x in self.point]

    def change(self, direction: Direction, t: float) -> float:
        """Return <dout, f(x + t v) - f(x)>; NaN where f is not finite there."""
        with np.errstate(all="ignore"):
            change = (self._at(direction, t) - self.base) * self.dout
            # Not vdot: BLAS spreads it over threads, and numpy's pairwise sum loses fewer digits.
            return float(np.sum(change) if self.base.ndim else change)

    def output(self, direction: Direction, t: float) -> Array:
        """Return f(x + t v), an array of its own."""
        with np.errstate(all="ignore"):
            return np.array(self._at(direction, t))

    def _at(self, direction: Direction, t: float) -> Array:
        moved = []
        for x, v, buffer in zip(self.point, direction, self._buffers, strict=True):
            if v is not None:
                # Buffers are reused: allocation costs more than arithmetic at 300,000 parameters.
                np.multiply(v, t, out=buffer)
                buffer += x
                moved.append(buffer)
            else:
                moved.append(x)
        return self.f(moved)

    def with_upstream(self, dout: Array) -> Probe:
        """The same function at the same point, contracted with another upstream gradient."""
        other = Probe(self.f, self.point, dout, self.base)
        other.noise = self.noise
        return other


def units(x: Array) -> Array:
    """What a step is measured in, entry by entry: of x's shape, and nowhere 0.

    The typical distance between the entries, for most arrays the same for all. Where one array
    holds numbers of very different size, each entry's own size: what is little for one of a million
    drives one of 1 to where the function is flat.
    """
    if x.size == 0:
        return np.ones_like(x)
    flat = x.ravel()
    mean, square = float(flat.sum()) / x.size, float(flat.dot(flat)) / x.size
    centred, spread = flat, square - mean * mean
    if not spread > 0.1 * square:  # rounding has its say, or squares are too large
        centred = flat - mean
        spread = float(centred.dot(centred)) / x.size
    spread = sqrt(spread)
    level = max(float(flat.max()), -float(flat.min()))
    if not spread > 1e-12 * level:
        return np.broadcast_to(level if level > TINY else 1.0, x.shape)
    sized = centred if abs(mean) > 10 * spread else flat  # then centred is what it says
    sample = np.sort(np.abs(sized[:: max(1, x.size // SAMPLED)]))
    sample = sample[np.searchsorted(sample, TINY) :]
    small = 5 * float(sample[sample.size // 10]) if sample.size else spread
    if small > spread / APART:
        return np.broadcast_to(spread, x.shape)
    return np.asarray(np.maximum(np.abs(sized), small)).reshape(x.shape)


def parts(size: int) -> list[slice]:
    """Slices that cover `size` entries: what fits a cache costs no memory of its own."""
    return [slice(at, at + PART) for at in range(0, size, PART)]


def moving_one(count: int, block: int, v: Array) -> Direction:
    """The direction that moves input `block` of `count` inputs by v, and no other."""
    return [v if k == block else None for k in range(count)]
