"""How much of a function's last digits is rounding: `noise_level`.

Source: the table of differences of ECnoise, More and Wild, "Estimating Computational Noise", SIAM
Journal on Scientific Computing 33 (2011).
"""

from __future__ import annotations

from itertools import pairwise
from math import factorial, sqrt

import numpy as np

from gradelib.checks.numeric import Direction, Probe

__all__ = ["noise_level"]

EPS = float(np.finfo(np.float64).eps)


def noise_level(probe: Probe, direction: Direction) -> float:
    """Return the standard deviation of the rounding noise in `probe.change`.

    Seven points on one side of x (a kink at x itself must not look like noise) and the k-th
    differences of their values: smooth functions vanish in them, noise stays. The spacing widens
    while most entries of the output do not move at all, as when the function computes in float32
    inside. Never below a quarter ulp of the output.
    """
    floor = 0.25 * EPS * float(np.linalg.norm(probe.dout * probe.base))
    for rung in (15, 12, 9, 6, 4):
        h = 4.0**-rung
        outputs = [probe.base, *(probe.output(direction, i * h) for i in range(1, 7))]
        if not all(np.all(np.isfinite(out)) for out in outputs):
            return floor
        steps = [after != before for before, after in pairwise(outputs)]
        moving = outputs[-1] != outputs[0]
        if np.any(moving) and np.mean([step[moving] for step in steps]) > 0.5:
            break
    else:
        if not np.any(moving):
            return floor
    differences = np.array([np.vdot(probe.dout, out - probe.base) for out in outputs])
    sigma = []
    for k in range(1, 7):
        differences = np.diff(differences)
        scale = factorial(k) ** 2 / factorial(2 * k)
        sigma.append(sqrt(scale * float(np.mean(differences**2))))
    for k in range(1, 4):  # three orders that agree, and a change of sign: that is noise
        trio = sigma[k : k + 3]
        if max(trio) <= 4 * min(trio):
            return max(floor, sigma[k])
    return max(floor, min(sigma[2:]))
