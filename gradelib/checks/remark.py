"""What a function's nature means for a verdict: `remarked`.

The remark stands in the report where it bears on a result: beside a gradient that passed in few
digits, and as the reason where nothing can be told. A gradient that differs by no more than the
function's own steps explain is not called wrong.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradelib.checks.calls import CallFailed, Heard
from gradelib.checks.nature import Nature, in_single, nature, random_report
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach
from gradelib.checks.run import Run
from gradelib.checks.slopes.judge import random_direction
from gradelib.checks.slopes.numeric import Array, Probe, moving_one

__all__ = ["remarked"]

FEW_DIGITS = 1e-7  # a resolution that float64 does not stop at
SMALL = 2048  # entries: forwards are cheap, and a random draw now and then is looked for longer
SIX = 6


def remarked(run: Run, report: Report, heard: Heard) -> Report:
    """The report, with a word on the forward pass where its nature disturbs the numbers."""
    unsure = [c for c in report.comparisons if c.outcome in ("wrong value", "inconclusive")]
    rough = any((c.resolution or 0.0) > FEW_DIGITS for c in report.comparisons)
    if not unsure and not (report.passed and (rough or run.still or in_single(run.base))):
        return report
    if not run.base.size or not all(x.size for x in run.point):
        return report
    rng = np.random.default_rng(0)
    outputs = run.problem(run.point, run.base).outputs
    probe = Probe(outputs, run.point, run.upstream, run.base)
    small = sum(x.size for x in run.point) <= SMALL
    try:
        found = nature(probe, run.forward_name, rng, repeats=SIX if unsure and small else 1)
        if found is None:
            return report
        if found.kind == "random":
            return random_report(run, heard)
        comparisons = [_reconsidered(run, probe, c, found, rng) for c in report.comparisons]
    except (CallFailed, Breach):
        return report
    wrong = {c.name for c in comparisons if c.outcome != "inconclusive"}
    named = tuple(d for d in report.diagnoses if d.name in wrong or not d.name)
    said = any(found.remark in c.message for c in comparisons)
    warnings = report.warnings if said else (*report.warnings, f"note: {found.remark}")
    return replace(report, comparisons=tuple(comparisons), diagnoses=named, warnings=warnings)


def _reconsidered(
    run: Run, probe: Probe, comparison: Comparison, found: Nature, rng: np.random.Generator
) -> Comparison:
    """The comparison, or "inconclusive" with the reason where it rests on the function's steps."""
    name = comparison.name
    if comparison.outcome == "wrong value":
        k = [f"d{label}" for label in run.labels].index(name)
        gradient = run.gradients[k]
        if isinstance(gradient, Breach):
            return comparison
        if found.kind != "jump" and not _explained(probe, k, gradient, rng):
            return comparison
    elif comparison.outcome == "passed" and found.kind == "flat":
        gradient = run.gradients[[f"d{label}" for label in run.labels].index(name)]
        if isinstance(gradient, Breach) or not np.any(gradient):
            return comparison
    elif comparison.outcome != "inconclusive":
        return comparison
    message = f"{name} cannot be told right from wrong: {found.remark}"
    return Comparison(
        name,
        "inconclusive",
        comparison.size,
        comparison.shape,
        message,
        resolution=comparison.resolution,
        curve=comparison.curve,
    )


def _explained(probe: Probe, k: int, gradient: Array, rng: np.random.Generator) -> bool:
    """Whether the slopes over long steps, which average over the function's own, bear it out.

    They are asked for no more digits than they agree in among themselves.
    """
    for _ in range(2):
        v = random_direction(probe.point[k], rng)
        way = moving_one(len(probe.point), k, v)
        slopes = [
            (probe.change(way, t) - probe.change(way, -t)) / (2 * t)
            for t in (4.0**-5, 4.0**-4, 4.0**-3, 4.0**-2)
        ]
        along, size = float(np.sum(gradient * v)), float(np.linalg.norm(gradient * v))
        apart = max(slopes) - min(slopes)
        # Two directions that tell little must not let a sign or a factor pass for rounding.
        if not abs(along - float(np.median(slopes))) <= 1.5 * apart + 1e-5 * size:
            return False
    return True
