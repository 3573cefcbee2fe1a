"""The verdict of finite differences on analytic gradients, one by one.

`judge` compares each gradient with the slopes of the function along random directions and says
agrees, differs or cannot be told; `weigh` does so for one direction. It needs no rule of thumb for
tolerances: a difference counts when it exceeds six times what the finite differences may be wrong
by.

A direction moves every entry by its input's spread times a random sign times a number between 1/2
and 3/2, so that a lone wrong entry cannot hide behind a small component; several wrong entries
cancel in both directions that see them with a probability of the order of (tolerance / residual)
squared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, sqrt

import numpy as np

from gradelib.checks.kinks import Interval, Kinks, TooManyKinks, without
from gradelib.checks.noise import noise_level
from gradelib.checks.numeric import (
    FIRST_RUNG,
    Array,
    Direction,
    Probe,
    Slope,
    moving_one,
    slope,
    spread,
)

__all__ = ["ON_KINKS", "Verdict", "judge", "random_direction", "weigh"]

RTOL = 1e-9  # rounding in the student's own gradient
LARGE = 1e150
ROUNDING = 1e-13  # of the output: a gradient below it is zero, as far as arithmetic goes
FINEST = 1e-8  # relative error of a slope that leaves a lone wrong entry nowhere to hide
ON_KINKS = "several kinks meet at this point"
COARSEST = 1e-4  # a gradient that is known only to a worse relative error is "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """What can be said of one gradient: `agrees` is None where nothing can, with a `reason`.

    `resolution` is the relative error that would have been noticed; `kinks` maps the flat index of
    each entry on a kink to its slopes, and `unheld` are those entries whose gradient they rule out,
    with `broken_tie` because of what it is together with the entries that it is tied to; `beside`
    where the verdict is that of a random point beside the kinks.
    """

    agrees: bool | None
    resolution: float
    reason: str = ""
    kinks: Mapping[int, Interval] = field(default_factory=dict)
    unheld: tuple[int, ...] = ()
    broken_tie: bool = False
    beside: bool = False
    rung: int = 7


def judge(probe: Probe, gradients: Sequence[Array], rng: np.random.Generator) -> list[Verdict]:
    """Return a verdict for each gradient; `gradients[k]` has the shape of `probe.point[k]`.

    One direction for each input and one for all, each for four evaluations of the function or more.
    Entries on kinks are kept at rest in them, and held to the slopes on their two sides.
    """
    if probe.dout.size == 0 or all(g.size == 0 for g in gradients):
        return [Verdict(not np.any(g), 0.0) for g in gradients]
    full = [random_direction(x, rng) for x in probe.point]
    probe.noise = noise_level(probe, full)
    alone = {k: moving_one(len(full), k, v) for k, v in enumerate(full) if v.size}
    together = full if len(alone) > 1 else [random_direction(x, rng) for x in probe.point]
    kinks = Kinks(probe)
    try:
        known = -1
        while known < len(kinks.entries):  # kinks found late were still moving before
            known = len(kinks.entries)
            judged, rungs = {}, [FIRST_RUNG]
            for k, v in alone.items():
                judged[k] = _judge_along(probe, gradients, v, kinks, min(rungs[-1], FIRST_RUNG))
                rungs.append(judged[k].rung - 1)
            # What the first input's kinks or noise asked for, all together ask for as well.
            start = max(rungs) if max(rungs) > FIRST_RUNG else rungs[-1]
            shared = _judge_along(probe, gradients, together, kinks, start)
    except TooManyKinks:
        return [Verdict(None, inf, ON_KINKS) for _ in gradients]
    if shared.agrees is False and all(v.agrees for v in judged.values()):
        # Each alone agreed by accident; what they share does not.
        judged = {k: replace(v, agrees=False) for k, v in judged.items()}
    unheld = kinks.unheld(gradients)
    verdicts = []
    for k in range(len(gradients)):
        verdict = judged.get(k, Verdict(True, 0.0))
        intervals = {index: i for (block, index), i in kinks.intervals.items() if block == k}
        certain = tuple(sorted(e[1] for e, sure in unheld.items() if e[0] == k and sure))
        if certain:
            verdict = replace(verdict, agrees=False)
        elif verdict.agrees and any(e[0] == k for e in unheld):
            verdict = replace(verdict, agrees=None, reason=ON_KINKS)
        tie = any(block == k for block, _ in kinks.broken_ties)
        verdicts.append(replace(verdict, kinks=intervals, unheld=certain, broken_tie=tie))
    return verdicts


def random_direction(x: Array, rng: np.random.Generator) -> Array:
    """A direction that moves every entry of x, by half to one and a half times its spread."""
    signs = rng.choice([-1.0, 1.0], size=x.shape)
    return np.asarray(spread(x) * signs * rng.uniform(0.5, 1.5, size=x.shape))


def _judge_along(
    probe: Probe, gradients: Sequence[Array], direction: Direction, kinks: Kinks, start: int
) -> Verdict:
    """Compare along one direction, with every entry at rest that sits on a kink."""
    for _ in range(5):
        moving = without(direction, kinks.entries)
        if not any(v is not None and np.any(v) for v in moving):
            return Verdict(True, 0.0)
        norm = min(_norm(gradients, moving), LARGE)
        found = slope(probe, moving, target=FINEST * norm, rtol=FINEST, start=start)
        start = min(max(found.rung - 1, 5), 10)
        if not found.kink:
            return weigh(probe, gradients, moving, found)
        kinks.find(moving, found.rung)
    raise TooManyKinks


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


def weigh(probe: Probe, gradients: Sequence[Array], direction: Direction, found: Slope) -> Verdict:
    """Compare the gradients with one slope: |g.v - D| <= 6 error + RTOL ||g v||."""
    norm, along = _norm(gradients, direction), _along(gradients, direction)
    if not (np.isfinite(norm) and np.isfinite(along)):
        return Verdict(False, 0.0)  # too large to be squared
    reach = 6 * found.error
    size = max(norm, abs(found.value))
    resolution = reach / size if size > 0 else 0.0
    if not np.isfinite(found.error) or not np.isfinite(found.value):
        return Verdict(None, inf, "the function is not finite nearby", rung=found.rung)
    differs = abs(along - found.value) > reach + RTOL * norm
    if not differs and reach <= COARSEST * size:
        return Verdict(True, resolution, rung=found.rung)
    natural = _natural(probe, direction)
    if size <= ROUNDING * natural and reach <= 1e-8 * natural:
        return Verdict(True, resolution, rung=found.rung)  # zero, as far as arithmetic can tell
    if differs:
        return Verdict(False, resolution, rung=found.rung)
    return Verdict(None, resolution, "the function is too noisy or too rough here", rung=found.rung)


def _natural(probe: Probe, direction: Direction) -> float:
    """The size of the output, or of its change for a step of an input's spread."""
    everything = [np.full_like(x, spread(x)) for x in probe.point]
    for way in (direction, everything):
        far = probe.output(way, 0.7) - probe.base  # 1 would take many a number exactly to 0
        sizes = np.linalg.norm(probe.dout * probe.base), np.linalg.norm(probe.dout * far)
        if np.nanmax(sizes) > 0:
            return float(np.nanmax(sizes))
    return 0.0
