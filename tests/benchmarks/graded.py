"""The table of grading in Markdown: each way beside nbgrader, growth and memory, targets."""

from __future__ import annotations

import importlib.metadata
import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from tables import of_targets, table, times
from targets import Target

if TYPE_CHECKING:
    from grading import Memory, Pair, Time

BOUNDS = {1: 12.0, 2: 20.0}
GB = 1e9


def section(
    pairs: Mapping[str, Sequence[Pair]],
    sizes: Sequence[int],
    grown: Sequence[Time],
    memory: Memory,
    others: float,
    whole: bool = True,
) -> str:
    """What stands between the marks. The first of `pairs` is the one that the targets are for.

    `others` is how many processors others' work kept busy meanwhile; `whole` is False where the
    processor's time of candidates could not be counted.
    """
    rows = [row for name, found in pairs.items() for row in of_one(name, found)]
    heads = [
        "",
        "hand-ins",
        "per second",
        "each, wall",
        "beside nbgrader",
        "each, processor",
        "beside nbgrader",
    ]
    main = next(iter(pairs.values()))
    said = [of_targets([*of_speed(main), *of_growth(sizes, grown), of_memory(memory, sizes[-1])])]
    few = next(iter(pairs))
    counted = "" if whole else ", but for the candidates', which this machine does not count"
    return f"""{table(heads, rows)}

One `gradelib grade` of a class with known scores, sandbox, gradebook and start included, beside
`nbgrader autograde` with its own preprocessors in the same run, taking turns
({len(main)} {"turn" if len(main) == 1 else "turns"} for {few}; medians). nbgrader grades one
hand-in and then a few: its times are for a class of the same size, its start counted once.
Processor time is that of all processes together{counted}.
Meanwhile others' work kept {others:.1f} of this machine's {os.cpu_count()} processors busy: where
that is not 0.0, processor time says more than wall time.

{said[0]}

nbgrader {importlib.metadata.version("nbgrader")}."""


def of_one(name: str, found: Sequence[Pair]) -> list[list[str]]:
    """The rows of an assignment: nbgrader, one worker, two."""
    size = found[0].size

    def row(what: str, seconds: Callable[[Pair, str], float], ratio: Sequence[float]) -> list[str]:
        wall, cpu = (statistics.median(seconds(p, kind) for p in found) for kind in ("wall", "cpu"))
        beside = [times(r) for r in ratio]
        return [
            f"{name}, {what}",
            str(size),
            f"{size / wall:.2f}",
            f"{wall / size:.3f} s",
            beside[0],
            f"{cpu / size:.3f} s",
            beside[1],
        ]

    rows = [row("nbgrader", lambda p, kind: p.theirs(kind), [1.0, 1.0])]
    for jobs in found[0].ours:
        ratios = [middle(found, jobs, kind) for kind in ("wall", "cpu")]
        what = f"gradelib, {jobs} {'worker' if jobs == 1 else 'workers'}"
        rows.append(row(what, lambda p, kind, jobs=jobs: getattr(p.ours[jobs], kind), ratios))
    return rows


def middle(found: Sequence[Pair], jobs: int, kind: str) -> float:
    """The median over the turns of nbgrader's time over ours."""
    return statistics.median(pair.ratio(jobs, kind) for pair in found)


def of_speed(found: Sequence[Pair]) -> list[Target]:
    rows = []
    for jobs, bound in BOUNDS.items():
        wall, cpu = (middle(found, jobs, kind) for kind in ("wall", "cpu"))
        what = f"hand-ins per second over nbgrader's, {jobs} {'worker' if jobs == 1 else 'workers'}"
        rows.append(
            Target(
                what, f">= {bound:.0f}x", f"{times(wall)}; processor {times(cpu)}", wall >= bound
            )
        )
    return rows


def exponent(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """p where the time of n hand-ins goes with n^p, by least squares."""
    return statistics.linear_regression([log(n) for n in sizes], [log(t) for t in seconds]).slope


def of_growth(sizes: Sequence[int], grown: Sequence[Time]) -> list[Target]:
    """The exponent of the processor's time, which others' work changes least; none of one size."""
    if len(sizes) < 2:
        return []
    p = exponent(sizes, [one.cpu for one in grown])
    each = ", ".join(f"{one.cpu / n:.3f} s at {n:,}" for n, one in zip(sizes, grown, strict=True))
    ends = list(zip(sizes, [one.cpu for one in grown], strict=True))
    more = ", ".join(f"{(u - t) / (m - n):.3f} s" for (n, t), (m, u) in pairwise(ends))
    last = f"n^{p:.2f}; processor for each: {each}; for each more: {more}"
    return [Target("growth over the class, two workers", "<= n^1.05", last, p <= 1.05)]


def of_memory(memory: Memory, size: int) -> Target:
    measured = (
        f"{memory.peak / GB:.2f} GB in at most {memory.most} processes ({memory.looks:,} looks)"
    )
    what = f"memory of all processes, two workers, {size:,} hand-ins"
    return Target(what, "< 1 GB", measured, memory.looks > 0 and memory.peak < GB)
