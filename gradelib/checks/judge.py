"""The verdict of finite differences on analytic gradients, one by one.

`judge` compares each gradient with the slopes of the function along random directions and says
agrees, differs or cannot be told; `entrywise` says which entries differ. It needs no rule of thumb
for tolerances: a difference counts when it exceeds six times what the finite differences may be
wrong by.

A direction moves every entry by its input's spread times a random sign times a number between 1/2
and 3/2, so that a lone wrong entry cannot hide behind a small component; several wrong entries
cancel in both directions that see them with a probability of the order of (tolerance / residual)
squared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np

from gradelib.checks.kinks import (
    Entry,
    Interval,
    allowed,
    kinked_entries,
    moving,
    tied,
    without,
)
from gradelib.checks.numeric import (
    Array,
    Direction,
    Probe,
    Slope,
    entry_slopes,
    noise_level,
    slope,
    spread,
)

__all__ = ["Entries", "Verdict", "entrywise", "judge"]

RTOL = 1e-9  # rounding in the student's own gradient
COARSEST = (
    1e-4  # a gradient that can be told only to a worse relative error than this is "inconclusive"
)
ALL_ENTRIES = 2048  # up to this size every entry is looked at
SAMPLE = 256  # beyond it, so many


@dataclass(frozen=True)
class Verdict:
    """What can be said of one gradient: `agrees` is None where nothing can, with a `reason`."""

    agrees: bool | None
    resolution: float  # relative error that would have been noticed
    reason: str = ""
    kinks: tuple[
        tuple[int, Interval], ...
    ] = ()  # flat index of each entry on a kink, and its slopes
    untied: tuple[
        int, ...
    ] = ()  # flat indices of entries that are tied to others and do not add up with them
    rung: int = 7


@dataclass(frozen=True)
class Entries:
    """The numerical gradient at some flat `indices` of an input, beside the analytic one."""

    indices: NDArrayInt
    numeric: Array
    error: Array
    wrong: NDArrayBool
    complete: bool  # all entries were looked at


NDArrayInt = np.ndarray[tuple[int], np.dtype[np.intp]]
NDArrayBool = np.ndarray[tuple[int], np.dtype[np.bool_]]


def judge(probe: Probe, gradients: Sequence[Array], rng: np.random.Generator) -> list[Verdict]:
    """Return a verdict for each gradient; `gradients[k]` has the shape of `probe.point[k]`.

    Spends about ten evaluations of the function for each direction; one direction for each input
    and one for all.
    """
    count = len(gradients)
    if probe.dout.size == 0 or all(g.size == 0 for g in gradients):
        return [Verdict(not np.any(g), 0.0) for g in gradients]
    full = [_direction(x, rng) for x in probe.point]
    probe.noise = noise_level(probe, full)
    directions: list[Direction] = [
        [full[k] if k == i else None for k in range(count)]
        for i in range(count)
        if gradients[i].size
    ]
    directions.append(full if count > 1 else [_direction(probe.point[0], rng)])

    on_kinks: list[Entry] = []
    for _ in range(6):
        slopes, kinky = _slopes(probe, gradients, directions, on_kinks)
        if kinky is None:
            break
        direction, rung = kinky
        found = kinked_entries(probe, direction, rung)
        if not found:
            why = (
                "kinks in too many places"
                if found is None
                else "a kink that no single entry explains"
            )
            return [Verdict(None, inf, why) for _ in gradients]
        on_kinks += found
    else:
        return [Verdict(None, inf, "kinks in too many places") for _ in gradients]

    rung = max((s.rung for s in slopes), default=9)
    intervals = {entry: allowed(probe, entry, max(rung, 8)) for entry in on_kinks}
    outside = {
        e
        for e, interval in intervals.items()
        if not interval.holds(float(gradients[e[0]].flat[e[1]]))
    }
    untied = _broken_ties(probe, gradients, on_kinks, max(rung, 8)) - outside

    judged = [_weigh(probe, gradients, d, s) for d, s in zip(directions, slopes, strict=True)]
    verdicts: list[Verdict] = []
    own = iter(judged[:-1])
    for k, gradient in enumerate(gradients):
        if gradient.size == 0:
            verdicts.append(Verdict(True, 0.0))
            continue
        verdict = next(own)
        kinks = tuple((e[1], i) for e, i in intervals.items() if e[0] == k)
        loose = tuple(sorted(e[1] for e in untied if e[0] == k))
        agrees = False if loose or any(e[0] == k for e in outside) else verdict.agrees
        verdicts.append(
            Verdict(agrees, verdict.resolution, verdict.reason, kinks, loose, verdict.rung)
        )
    if judged[-1].agrees is False and all(v.agrees for v in verdicts):
        # Each alone agreed by accident; what they share does not.
        verdicts = [Verdict(False, v.resolution, "", v.kinks, v.untied, v.rung) for v in verdicts]
    return verdicts


def _direction(x: Array, rng: np.random.Generator) -> Array:
    signs = rng.choice([-1.0, 1.0], size=x.shape)
    return np.asarray(spread(x) * signs * rng.uniform(0.5, 1.5, size=x.shape))


def _slopes(
    probe: Probe,
    gradients: Sequence[Array],
    directions: Sequence[Direction],
    at_rest: Sequence[Entry],
) -> tuple[list[Slope], tuple[Direction, int] | None]:
    """The slope along each direction, or the first direction in which a kink shows, with the rung
    to see it at.
    """
    slopes: list[Slope] = []
    start = 7
    for index, direction in enumerate(directions):
        if at_rest:
            direction = directions[index] = without(direction, at_rest)  # type: ignore[index]
        norm = _norm(gradients, direction)
        found = slope(probe, direction, target=0.05 * RTOL * norm, start=start)
        if found.kink:
            return slopes, (direction, found.rung)
        slopes.append(found)
        start = min(max(found.rung - 2, 2), 9)
    return slopes, None


def _norm(gradients: Sequence[Array], direction: Direction) -> float:
    parts = [
        float(np.sum((g * v) ** 2))
        for g, v in zip(gradients, direction, strict=True)
        if v is not None
    ]
    return sqrt(sum(parts))


def _along(gradients: Sequence[Array], direction: Direction) -> float:
    return sum(
        float(np.vdot(g, v)) for g, v in zip(gradients, direction, strict=True) if v is not None
    )


def _weigh(probe: Probe, gradients: Sequence[Array], direction: Direction, found: Slope) -> Verdict:
    """Compare the gradients with one slope: |g.v - D| <= 6 error + RTOL ||g v||."""
    norm = _norm(gradients, direction)
    reach = 6 * found.error
    size = max(norm, abs(found.value))
    resolution = reach / size if size > 0 else 0.0
    if not np.isfinite(found.error) or not np.isfinite(found.value):
        return Verdict(None, inf, "the function is not finite nearby", rung=found.rung)
    if abs(_along(gradients, direction) - found.value) > reach + RTOL * norm:
        return Verdict(False, resolution, rung=found.rung)
    if reach <= COARSEST * size:
        return Verdict(True, resolution, rung=found.rung)
    natural = float(np.linalg.norm(probe.dout * probe.base))
    if size <= reach <= 1e-8 * natural:  # zero, as far as eight digits of the output can tell
        return Verdict(True, reach / natural if natural else 0.0, rung=found.rung)
    return Verdict(None, resolution, "the function is too noisy or too rough here", rung=found.rung)


def _broken_ties(
    probe: Probe, gradients: Sequence[Array], entries: Sequence[Entry], rung: int
) -> set[Entry]:
    """The tied entries whose sum is wrong: a max with a tie may choose, but must hand on the whole
    gradient.
    """
    broken: set[Entry] = set()
    for group in tied(probe, entries, rung):
        unit = min(spread(probe.point[block]) for block, _ in group)
        direction = moving(probe.point, group, unit)
        together = slope(probe, direction)
        if together.kink or not together.error < 1e-3 * (
            abs(together.value) + _norm(gradients, direction)
        ):
            continue
        if _weigh(probe, gradients, direction, together).agrees is False:
            broken |= set(group)
    return broken


def entrywise(
    probe: Probe, block: int, gradient: Array | None, verdict: Verdict, rng: np.random.Generator
) -> Entries:
    """Return the numerical gradient of one input entry by entry, and which entries of `gradient`
    differ.

    All entries up to 2,048; beyond that a random sample of 256, and one wrong entry found by
    halving when the sample holds none. `gradient` may be None: then nothing is wrong.
    """
    x = probe.point[block]
    complete = x.size <= ALL_ENTRIES
    indices = np.arange(x.size) if complete else np.sort(rng.choice(x.size, SAMPLE, replace=False))
    entries = _entries_at(probe, block, gradient, verdict, indices, complete)
    if gradient is not None and not complete and not np.any(entries.wrong):
        lone = _halve(probe, block, gradient, rng)
        if lone is not None:
            indices = np.append(indices, lone)
            entries = _entries_at(probe, block, gradient, verdict, indices, complete)
    return entries


def _entries_at(
    probe: Probe,
    block: int,
    gradient: Array | None,
    verdict: Verdict,
    indices: NDArrayInt,
    complete: bool,
) -> Entries:
    x = probe.point[block]
    whole: list[Array | None] = [None] * len(probe.point)
    whole[block] = np.full_like(x, spread(x))
    typical = abs(slope(probe, whole, rtol=1e-3).value) / spread(x) / sqrt(x.size)
    start = min(verdict.rung - 1, 8)
    slopes = entry_slopes(probe, block, indices.tolist(), target=1e-8 * typical, start=start)
    numeric = np.array([s.value for s in slopes])
    error = np.array([s.error for s in slopes])
    on_kink = dict(verdict.kinks)
    wrong = np.zeros(len(indices), dtype=np.bool_)
    if gradient is not None:
        yours = gradient.ravel()[indices]
        scale = float(np.max(np.abs(numeric), initial=0.0))
        tolerance = 6 * error + 1e-7 * np.maximum(np.abs(numeric), 1e-3 * scale)
        wrong = np.abs(yours - numeric) > tolerance
        for place, index in enumerate(indices.tolist()):
            s = slopes[place]
            if index in on_kink or s.kink:
                interval = on_kink.get(
                    index, Interval(min(s.left, s.right), max(s.left, s.right), 0.0)
                )
                nearest = float(np.clip(yours[place], interval.low, interval.high))
                numeric[place] = interval.low if index in verdict.untied else nearest
                error[place] = 0.0
                wrong[place] = index in verdict.untied or not interval.holds(float(yours[place]))
    return Entries(indices, numeric, error, wrong, complete)


def _halve(probe: Probe, block: int, gradient: Array, rng: np.random.Generator) -> int | None:
    """Find one wrong entry by halving, or None when both halves agree."""
    v = _direction(probe.point[block], rng)
    low, high = 0, v.size
    while high - low > 1:
        middle = (low + high) // 2
        for a, b in ((low, middle), (middle, high)):
            part: list[Array | None] = [None] * len(probe.point)
            cut = part[block] = np.zeros_like(v)
            cut.flat[a:b] = v.flat[a:b]
            own: list[Array] = [np.zeros(0)] * len(probe.point)
            own[block] = gradient
            if _weigh(probe, own, part, slope(probe, part)).agrees is False:
                low, high = a, b
                break
        else:
            return None
    return low
