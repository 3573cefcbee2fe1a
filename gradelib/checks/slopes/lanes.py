"""Entries that can be moved together, because each output depends on one of them only.

In an elementwise operation all entries can: two evaluations of the function give a difference for
every entry. In one that works row by row, all entries of a column can. `lanes` finds out how far
that goes, `lane_slopes` is the gradient found so.
"""

from __future__ import annotations

from math import prod

import numpy as np

from gradelib.checks.slopes.ladder import FIRST_RUNG, Slopes
from gradelib.checks.slopes.numeric import Probe, moving_one, units

__all__ = ["lane_slopes", "lanes"]


def lanes(probe: Probe, block: int, rng: np.random.Generator) -> int:
    """Return the number of leading axes that an input and the output share index by index.

    k such that out[i1, ..., ik, ...] depends on x[i1, ..., ik, ...] alone: all axes for an
    elementwise operation, 1 for one that works row by row, 0 for most others.
    """
    x, out = probe.point[block], probe.base
    for axes in range(min(x.ndim, out.ndim), 0, -1):
        if x.shape[:axes] != out.shape[:axes] or prod(x.shape[:axes]) < 2:
            continue
        if _apart(probe, block, axes, rng):
            return axes
    return 0


def _apart(probe: Probe, block: int, axes: int, rng: np.random.Generator) -> bool:
    """Whether moving one half of the lanes leaves the others' outputs, to the bit.

    So many halves that one of them tells any two lanes apart: by the bits of random numbers.
    """
    x, out = probe.point[block], probe.base
    cells = x.shape[:axes]
    number = rng.permutation(prod(cells)).reshape(cells)
    bits = range((number.size - 1).bit_length())
    for moved in (((number >> bit) & 1 == side) for bit in bits for side in (0, 1)):
        inside = moved.reshape(cells + (1,) * (x.ndim - axes))
        v = inside * units(x)
        far = probe.output(moving_one(len(probe.point), block, v), 4.0**-FIRST_RUNG)
        changed = (far != out).reshape(*cells, -1).any(axis=-1)
        if np.any(changed & ~moved):
            return False
    return True


def lane_slopes(probe: Probe, block: int, axes: int) -> Slopes:
    """Return the gradient by an input whose first `axes` axes are lanes: see `lanes`.

    Six evaluations for each entry of a lane. As `Ladder`, with three steps fixed beforehand; where
    they do not suffice the error says so.
    """
    x = probe.point[block]
    cells = prod(x.shape[:axes])
    width = x.size // cells
    unit = units(x).reshape(cells, width)
    weight = np.abs(probe.dout * probe.base).reshape(cells, -1).sum(axis=1)
    share = weight / np.linalg.norm(weight) if np.any(weight) else np.full(cells, cells**-0.5)
    noise = 4 * probe.noise * np.maximum(share, 0.1 * cells**-0.5)
    value, error, left, right = np.zeros((4, cells, width))
    kink = np.zeros((cells, width), dtype=np.bool_)
    for place in range(width):
        v = np.zeros((cells, width))
        v[:, place] = unit[:, place]
        direction = moving_one(len(probe.point), block, v.reshape(x.shape))
        D, J = [], []
        for rung in range(FIRST_RUNG, FIRST_RUNG + 3):
            t = 4.0**-rung
            above, below = (
                ((probe.output(direction, s) - probe.base) * probe.dout / s)
                .reshape(cells, -1)
                .sum(axis=1)
                for s in (t, -t)
            )
            D.append((above + below) / 2)
            J.append(above - below)
        values, errors = [], []
        for k in (0, 1):
            values.append(D[k + 1] + (D[k + 1] - D[k]) / 15)
            lawless = np.abs(J[k + 1] - J[k] / 4)
            rounding = 1.2 * noise * 4.0 ** (FIRST_RUNG + k + 1)
            errors.append(np.abs(D[k + 1] - D[k]) / 8 + lawless + rounding)
        best = np.argmin(np.nan_to_num(errors, nan=np.inf), axis=0)
        every = np.arange(cells)
        value[:, place] = np.array(values)[best, every]
        error[:, place] = np.array(errors)[best, every]
        left[:, place], right[:, place] = D[2] - J[2] / 2, D[2] + J[2] / 2
        far = 20 * noise * 4.0 ** (FIRST_RUNG + 2)
        kink[:, place] = np.abs(J[2]) > np.maximum(0.6 * np.abs(J[1]), far)
    value, error, left, right = ((part / unit).ravel() for part in (value, error, left, right))
    return Slopes(value, error, left, right, kink.ravel())
