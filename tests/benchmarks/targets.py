"""The targets of the checker beside what this run measured.

Each target is a row: what, the bound, the figure, whether it is met.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import apart
import lone
from cost import Cost, Size, growth, loop_run, native, ours, ours_by_loss, over_seeds, paired, whole
from power import Score
from two_layer import TwoLayer

LARGE = (3072, 100, 10)


@dataclass(frozen=True)
class Target:
    what: str
    bound: str
    measured: str
    met: bool

    def row(self) -> tuple[str, ...]:
        return self.what, self.bound, self.measured, "yes" if self.met else "no"


def of_power(mutants: Score, right: Score) -> list[Target]:
    accepted, rejected = len(mutants.accepted), len(right.rejected)
    of_mutants = accepted + len(mutants.rejected)
    of_right = rejected + len(right.accepted)
    return [
        Target("mutants accepted", "0", f"{accepted} of {of_mutants}", accepted == 0),
        Target("right passes rejected", "0", f"{rejected} of {of_right}", rejected == 0),
    ]


def of_forwards(found: dict[str, list[Cost]], sizes: list[int], seeds: int) -> list[Target]:
    """The median over seeds, and the most."""
    rows = []
    for name, make in (("check_backward", ours), ("check_loss", ours_by_loss)):
        spent = over_seeds(LARGE, make, seeds)
        middle, over = round(statistics.median(spent)), sum(f > 45 for f in spent)
        measured = f"{middle}; at most {max(spent)}, above 45 in {over} of {seeds} seeds"
        rows.append(Target(f"forwards at 308,310, {name}", "<= 45", measured, max(spent) <= 45))
        p = growth(sizes, [cost.forwards for cost in found[f"gradelib {name}"]])
        rows.append(Target(f"their growth, {name}", "< n^0.1", f"n^{p + 1e-9:.2f}", p < 0.1))
    return rows


def of_time(sizes: tuple[Size, ...], pairs: int) -> list[Target]:
    """Ours over torch's fast_mode, in one process and in two, and the loop over ours."""
    rows = []
    for size in sizes:
        net = TwoLayer(*size)
        if 3000 < net.size < 300_000 or not _has_torch():
            continue
        bound = 0.7 if net.size < 3000 else 1.0
        for name, make in (("check_backward", ours), ("check_loss", ours_by_loss)):
            peer = whole(*native.in_torch(net, fast=True), net.size)
            own = make(net, 0)
            peer.check(), own.check()
            ratio = paired(own.check, peer.check, pairs)
            what = f"time over torch fast_mode's at {net.size:,}, {name}"
            rows.append(Target(what, f"<= {bound}x", f"{ratio:.2f}x", ratio <= bound))
            ratio = apart.ratio(name, "torch", size, pairs)
            what = "the same, each in a process of its own"
            rows.append(Target(what, f"<= {bound}x", f"{ratio:.2f}x", ratio <= bound))
    if LARGE in sizes:
        net = TwoLayer(*LARGE)
        part, own = loop_run(net, 1000), ours(net)
        own.check()
        times = paired(part.check, own.check, 5) * net.size / part.entries
        what = f"the loop's time over check_backward's at {net.size:,}"
        rows.append(Target(what, ">= 5,000x", f"{times:,.0f}x", times >= 5000))
    return rows


def _has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def of_lone_entry(size: Size, seconds: float, seeds: int) -> list[Target]:
    missed = lone.missed(size, seconds)
    n = TwoLayer(*size).size
    measured = f"at most {10_000 * missed.bound:.2f} in 10,000 by these counts: "
    if missed.careless:
        measured += (
            f"{missed.hidden:,} of {missed.entries:,} might hide from their own direction, in "
            f"{missed.careless} of {missed.seeds} seeds; {missed.passed} of {missed.asked} whole "
            "checks with one of those wrong passed"
        )
    else:
        measured += f"none of {missed.entries:,} could hide ({missed.seeds} seeds, each entry)"
    measured += f"; tolerance at most {missed.nearest:.2f} of what a miss needs"
    met = missed.bound <= 1e-4
    what = f"one wrong entry in {n:,}, off by 1e-3 rms, missed"
    rows = [Target(what, "<= 1 in 10,000", measured, met)]
    for wrong, limit, tries in ((1, 70, seeds), (20, 2000, max(seeds // 2, 1))):
        found = [lone.cost_of_finding(size, wrong, seed) for seed in range(tries)]
        spent, hits = [f for f, _ in found], [hit for _, hit in found]
        measured = (
            f"{round(statistics.median(spent))}; at most {max(spent)} of {tries} seeds; found "
            f"{sum(hits)} of {wrong * tries}"
        )
        what = f"forwards to find {wrong} wrong {'entry' if wrong == 1 else 'entries'} in {n:,}"
        met = max(spent) <= limit and sum(hits) == wrong * tries
        rows.append(Target(what, f"<= {limit:,}", measured, met))
    return rows
