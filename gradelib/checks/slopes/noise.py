"""How much of a function's last digits is rounding: `noise_level`, `noise_floor`.

Source: the table of differences of ECnoise, More and Wild, "Estimating Computational Noise", SIAM
Journal on Scientific Computing 33 (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import factorial, sqrt

import numpy as np

from gradelib.checks.slopes.numeric import Array, Direction, Probe

__all__ = ["EPS", "noise_floor", "noise_level"]

EPS = float(np.finfo(np.float64).eps)


def noise_level(probe: Probe, direction: Direction) -> float:
    """Return the standard deviation of the rounding noise in `probe.change`.

    Seven points on one side of x (a kink at x itself must not look like noise) and the k-th
    differences of their values: smooth functions vanish in them, noise stays. The spacing widens
    while most entries of the output do not move at all, as when the function computes in float32
    inside, and while the values climb in steps so equal that rounding cannot show. Never below a
    quarter ulp of the output.
    """
    noise = 0.0
    for rung in (15, 12, 9, 6, 4):
        h = 4.0**-rung
        outputs = [probe.base, *(probe.output(direction, i * h) for i in range(1, 7))]
        if not all(np.all(np.isfinite(out)) for out in outputs):
            break
        values = np.array([np.sum(probe.dout * (out - probe.base)) for out in outputs])
        table = [np.diff(values, n=k) for k in range(1, 7)]
        noise = _scatter(table)
        if _mostly_moving(outputs) and np.count_nonzero(table[1]) > 2:
            break
    return max(noise_floor(probe), noise)


def noise_floor(probe: Probe) -> float:
    """The least noise that a function can have: a quarter ulp of its output."""
    return 0.25 * EPS * float(np.linalg.norm(probe.dout * probe.base))


def _mostly_moving(outputs: Sequence[Array]) -> bool:
    """Whether the entries that differ in the end differ in most of the steps on the way."""
    moved = outputs[-1] != outputs[0]
    steps = [(after != before)[moved] for before, after in pairwise(outputs)]
    return bool(np.any(moved)) and float(np.mean(steps)) > 0.5


def _scatter(table: Sequence[Array]) -> float:
    """The noise that a table of differences shows: where three orders agree, or else the least."""
    sigma = [
        sqrt(factorial(k) ** 2 / factorial(2 * k) * float(np.mean(differences**2)))
        for k, differences in enumerate(table, start=1)
    ]
    for k in range(1, 4):
        trio = sigma[k : k + 3]
        if max(trio) <= 4 * min(trio):
            return sigma[k]
    return min(sigma)
