"""The numerical gradient entry by entry: where is a gradient wrong?

`entrywise` looks at every entry of a small array, and at a sample of a large one, where it also
looks for a lone wrong entry by halving.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from gradelib.checks.judge import Claim, Verdict, random_direction, weigh
from gradelib.checks.kinks import Interval
from gradelib.checks.ladder import entry_slopes, slope
from gradelib.checks.numeric import Array, Probe, moving_one, spread

__all__ = ["ALL_ENTRIES", "Entries", "entrywise"]

ALL_ENTRIES = 2048  # up to this size every entry is looked at
SAMPLE = 64  # beyond it, so many

Integers = np.ndarray[tuple[int], np.dtype[np.intp]]
Booleans = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Entries:
    """The numerical gradient +- `error` at some flat `indices`, and whether yours is `wrong`."""

    indices: Integers
    numeric: Array
    error: Array
    wrong: Booleans
    complete: bool  # all entries were looked at


def entrywise(
    probe: Probe, block: int, gradient: Array | None, verdict: Verdict, rng: np.random.Generator
) -> Entries:
    """Return the numerical gradient of one input by entries, and which of `gradient` differ.

    All entries up to 2,048; beyond that a random sample of 64, and one wrong entry found by halving
    when the sample holds none. `gradient` may be None: then nothing is wrong.
    """
    size = probe.point[block].size
    if size <= ALL_ENTRIES:
        return _at(probe, block, gradient, verdict, range(size), complete=True)
    sample = np.sort(rng.choice(size, SAMPLE, replace=False)).tolist()
    found = _at(probe, block, gradient, verdict, sample, complete=False)
    if gradient is None or np.any(found.wrong):
        return found
    lone = _halve(probe, block, gradient, rng)
    if lone is None:
        return found
    one = _at(probe, block, gradient, verdict, [lone], complete=False)
    return Entries(
        np.append(found.indices, one.indices),
        np.append(found.numeric, one.numeric),
        np.append(found.error, one.error),
        np.append(found.wrong, one.wrong),
        complete=False,
    )


def _at(
    probe: Probe,
    block: int,
    gradient: Array | None,
    verdict: Verdict,
    indices: Iterable[int],
    *,
    complete: bool,
) -> Entries:
    x = probe.point[block]
    whole = moving_one(len(probe.point), block, np.full_like(x, spread(x)))
    typical = abs(slope(probe, whole, rtol=1e-3).value) / spread(x) / sqrt(x.size)
    places = np.fromiter(indices, dtype=np.intp)
    start = min(verdict.rung - 1, 8)
    slopes = entry_slopes(probe, block, places.tolist(), target=1e-8 * typical, start=start)
    numeric = np.array([s.value for s in slopes])
    error = np.array([s.error for s in slopes])
    wrong = np.zeros(len(places), dtype=np.bool_)
    if gradient is None:
        return Entries(places, numeric, error, wrong, complete)
    yours = gradient.ravel()[places]
    scale = float(np.max(np.abs(numeric), initial=0.0))
    wrong = np.abs(yours - numeric) > 6 * error + 1e-7 * np.maximum(np.abs(numeric), 1e-3 * scale)
    for place, (index, s) in enumerate(zip(places.tolist(), slopes, strict=True)):
        if index not in verdict.kinks and not s.kink:
            continue
        sides = Interval(min(s.left, s.right), max(s.left, s.right), s.error)
        sides = verdict.kinks.get(index, sides)
        wrong[place] = index in verdict.unheld
        nearest = float(np.clip(yours[place], sides.low, sides.high))
        farther = sides.low if yours[place] > (sides.low + sides.high) / 2 else sides.high
        numeric[place] = farther if wrong[place] and nearest == yours[place] else nearest
        error[place] = 0.0
    return Entries(places, numeric, error, wrong, complete)


def _halve(probe: Probe, block: int, gradient: Array, rng: np.random.Generator) -> int | None:
    """Find one wrong entry by halving, or None when both halves agree."""
    v = random_direction(probe.point[block], rng)
    own = [gradient if k == block else np.zeros(0) for k in range(len(probe.point))]
    low, high = 0, v.size
    while high - low > 1:
        middle = (low + high) // 2
        for a, b in ((low, middle), (middle, high)):
            cut = np.zeros_like(v)
            cut.flat[a:b] = v.flat[a:b]
            part = moving_one(len(probe.point), block, cut)
            if weigh(probe, Claim.of(own, part), part, slope(probe, part)).agrees is False:
                low, high = a, b
                break
        else:
            return None
    return low
