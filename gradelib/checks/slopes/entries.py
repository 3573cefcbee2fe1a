"""The numerical gradient entry by entry: where is a gradient wrong?

`entrywise` looks at every entry where that is affordable. In a large array it searches for a lone
wrong entry, a row or a column, a block or a few scattered ones, and otherwise takes a sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, log, prod

import numpy as np

from gradelib.checks.slopes.judge import Verdict
from gradelib.checks.slopes.kinks import Interval
from gradelib.checks.slopes.ladder import Slopes, entry_slopes, slope
from gradelib.checks.slopes.lanes import lane_slopes, lanes
from gradelib.checks.slopes.locate import Box, Search
from gradelib.checks.slopes.numeric import Array, Probe, moving_one, units
from gradelib.checks.slopes.where import block_in_words, one_slice

__all__ = ["ALL_ENTRIES", "Entries", "entrywise"]

ALL_ENTRIES = 2048  # up to this size every entry is looked at
MOST_LANES = 50  # times six evaluations, for as many entries as there may be
FEW, SAMPLE = 16, 64  # looked at in a large array: to begin with, and where many are wrong
TINIEST = 1e-300

Integers = np.ndarray[tuple[int], np.dtype[np.intp]]
Booleans = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Entries:
    """The numerical gradient +- `error` at some flat `indices`, and whether yours is `wrong`.

    `complete` where all entries were looked at, `exact` where the wrong ones are known to be all
    that there are; `pattern` says where they are in a large array, as `where.pattern` does.
    """

    indices: Integers
    numeric: Array
    error: Array
    wrong: Booleans
    complete: bool = False
    exact: bool = False
    pattern: str = ""


def entrywise(
    probe: Probe, block: int, gradient: Array | None, verdict: Verdict, rng: np.random.Generator
) -> Entries:
    """Return the numerical gradient of one input by entries, and which of `gradient` differ.

    All entries of an array up to 2,048, and of a larger one where many entries can be moved at
    once; beyond that those that a search finds, or a random sample. `gradient` may be None: then
    nothing is wrong.
    """
    x = probe.point[block]
    if not x.size:
        nothing = np.zeros(0)
        return Entries(
            np.zeros(0, np.intp), nothing, nothing, nothing > 0, complete=True, exact=True
        )
    axes = lanes(probe, block, rng)
    width = x.size // prod(x.shape[:axes])
    if axes and width <= MOST_LANES:
        slopes, places = lane_slopes(probe, block, axes), np.arange(x.size)
    elif x.size <= ALL_ENTRIES:
        found = _at(probe, block, gradient, verdict, range(x.size))
        return replace(found, complete=True, exact=True)
    else:
        return _large(probe, block, gradient, verdict, rng)
    return replace(_compared(slopes, places, gradient, verdict), complete=True, exact=True)


def _at(
    probe: Probe,
    block: int,
    gradient: Array | None,
    verdict: Verdict,
    indices: Iterable[int],
    target: float | None = None,
) -> Entries:
    """Look at the given flat indices; an error of `target` suffices."""
    unit = units(probe.point[block])
    if target is None:
        whole = moving_one(len(probe.point), block, unit)
        target = 1e-7 * abs(slope(probe, whole, rtol=1e-3).value) / float(np.linalg.norm(unit))
    places = np.fromiter(indices, dtype=np.intp)
    # Of one entry alone the step may be long, and has to be where the function is noisy.
    free = log(max(target * float(np.median(unit)), TINIEST) / max(4 * probe.noise, TINIEST), 4)
    start = min(verdict.rung - 1, 8, max(3, floor(free)))
    slopes = entry_slopes(probe, block, places.tolist(), target=target, start=start)
    return _compared(slopes, places, gradient, verdict)


def _compared(
    slopes: Slopes, places: Integers, gradient: Array | None, verdict: Verdict
) -> Entries:
    """Hold a gradient to the slopes at the given places; on a kink to the slopes on its sides."""
    numeric, error = slopes.value.copy(), slopes.error.copy()
    wrong = np.zeros(len(places), dtype=np.bool_)
    if gradient is None:
        return Entries(places, numeric, error, wrong)
    yours = gradient.ravel()[places]
    scale = float(np.max(np.abs(numeric), initial=0.0))
    wrong = np.abs(yours - numeric) > 6 * error + 1e-7 * np.maximum(np.abs(numeric), 1e-3 * scale)
    on_kinks = slopes.kink | np.isin(places, list(verdict.kinks))
    for place in np.flatnonzero(on_kinks):
        index = int(places[place])
        ends = sorted((float(slopes.left[place]), float(slopes.right[place])))
        sides = Interval(ends[0], ends[1], float(slopes.error[place]))
        sides = verdict.kinks.get(index, sides)
        wrong[place] = index in verdict.unheld
        nearest = float(np.clip(yours[place], sides.low, sides.high))
        farther = sides.low if yours[place] > (sides.low + sides.high) / 2 else sides.high
        numeric[place] = farther if wrong[place] and nearest == yours[place] else nearest
        error[place] = 0.0
    return Entries(places, numeric, error, wrong)


def _large(
    probe: Probe, block: int, gradient: Array | None, verdict: Verdict, rng: np.random.Generator
) -> Entries:
    """What a search in a large array finds, from the simplest pattern to a mere sample."""

    def look(indices: Sequence[int], target: float | None = None) -> Entries:
        return _at(probe, block, gradient, verdict, indices, target)

    def sample(box: Box, most: int) -> list[int]:
        return _sample(probe.point[block].shape, box, most, rng)

    everywhere: Box = tuple(slice(0, n) for n in probe.point[block].shape)
    if gradient is None:
        return look(sample(everywhere, SAMPLE))
    search = Search(probe, block, gradient, rng, min(verdict.rung - 1, 8), list(verdict.kinks))
    if search.whole.is_some:
        lone = search.lone_entry()
        if lone is not None:
            known = 1e-3 * abs(search.error_at(lone))
            return replace(look([lone], known), exact=True, pattern="one entry")
        only = search.lone_slice()
        if only is not None:
            axis, index = only
            found = look(sample(_slice(everywhere, axis, index), FEW))
            return replace(found, pattern=one_slice(axis, index, gradient.ndim))
    found = look(sample(everywhere, FEW))
    if np.count_nonzero(found.wrong) > 1 or not search.whole.is_some:
        return look(sample(everywhere, SAMPLE))
    box = search.box()
    inside = look(sample(box, SAMPLE))
    if inside.wrong.all():
        return replace(inside, pattern=block_in_words(box))
    scattered = search.scattered()
    if scattered:
        return replace(look(scattered), exact=True, pattern="scattered")
    return inside if inside.wrong.any() else found


def _slice(box: Box, axis: int, index: int) -> Box:
    return tuple(slice(index, index + 1) if a == axis else part for a, part in enumerate(box))


def _sample(shape: tuple[int, ...], box: Box, most: int, rng: np.random.Generator) -> list[int]:
    """Flat indices of at most so many entries in a box, all of them where they are few."""
    sizes = [part.stop - part.start for part in box]
    count = prod(sizes)
    chosen = np.sort(rng.choice(count, most, replace=False)) if count > most else np.arange(count)
    within = np.unravel_index(chosen, sizes)
    at = tuple(i + part.start for i, part in zip(within, box, strict=True))
    return [int(i) for i in np.ravel_multi_index(at, shape)]
