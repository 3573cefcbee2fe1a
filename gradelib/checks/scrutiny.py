"""What agrees with finite differences is asked for more: `differentiated_numerically`,
`scrutinised`.

Both end in a broken contract with a name, "numerical-differentiation" or "hard-coded". A pass that
raises or overflows beside the inputs is not accused: the function may not be defined there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradelib.checks import given
from gradelib.checks.calls import CallFailed, Heard
from gradelib.checks.compare import gradient_report
from gradelib.checks.honesty import DISHONEST, Place, glance, moved_point, numerical, suspect
from gradelib.checks.mistakes.explain import looking, once_for_all
from gradelib.checks.nature import nature
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach
from gradelib.checks.run import Run, as_output_like
from gradelib.checks.slopes.numeric import Array, Probe
from gradelib.checks.watch import Watch

__all__ = ["differentiated_numerically", "scrutinised"]

SAME = 1e-12  # relative: two results of a function that does not look at its arguments
NO_ANSWER = (KeyError, NotImplementedError, UnboundLocalError)  # no function's edge of its domain
ELSEWHERE = "note: right at the given inputs; the numbers are from a random point beside them"
BAKED_IN = "taken from outside the function, or a term left out that is 0 here?"
LOOKED_UP = ("none", "not-an-array", "count")  # what a table gives for inputs that it does not hold


def _accused(report: Report, mistake: str, message: str, name: str) -> Report:
    """The report with a broken contract and the name of what was seen."""
    broken = Comparison(name, "contract", message=message)
    named = Diagnosis(mistake, DISHONEST[mistake], name)
    comparisons = [broken if c.name == name else c for c in report.comparisons]
    if broken not in comparisons:
        comparisons.insert(0, broken)
    diagnoses = (named, *report.diagnoses)
    return replace(report, comparisons=tuple(comparisons), diagnoses=diagnoses)


def differentiated_numerically(
    run: Run, report: Report, watch: Watch, rng: np.random.Generator
) -> Report:
    """The report, with the contract broken where the gradients come from finite differences."""
    name = run.backward_name
    if watch.complex:
        message = f"{name} evaluates the function at complex inputs, in place of a derivative"
        return _accused(report, "numerical-differentiation", message, name)
    if not watch.moved:
        return report
    message = "it evaluates the function at inputs a small step away"
    return _by_scatter(run, report, run.point, run.upstream, rng, message, seen=True)


def _by_scatter(
    run: Run,
    report: Report,
    point: Sequence[Array],
    dout: Array,
    rng: np.random.Generator,
    message: str,
    *,
    seen: bool,
) -> Report:
    """The report, with the contract broken where the gradients scatter like differences."""
    try:
        found = numerical(lambda arrays: run.at(arrays, dout), point, dout, rng, seen=seen)
    except (CallFailed, Breach):
        return report
    if not found:
        return report
    message = f"{run.backward_name} takes finite differences: {message}"
    return _accused(report, "numerical-differentiation", message, run.backward_name)


def scrutinised(
    run: Run,
    report: Report,
    rng: np.random.Generator,
    *,
    drawn: bool,
    numerical: bool,
    heard: Heard,
) -> Report:
    """A report that passed, unless the result is right at the given inputs only, or numerical.

    `drawn`: the upstream gradient is random, and another one serves as well. `numerical`: finite
    differences are allowed.
    """
    first = run.upstream
    if not first.size or all(x.size == 0 for x in run.point):
        return report
    dout = first
    if drawn:  # of other signs, for a gate that they set may be right by luck
        dout = np.asarray(-np.copysign(rng.normal(size=first.shape), first))
    sound = [g for g in run.gradients if not isinstance(g, Breach)]
    point, place = run.point, Place(run.base, sound)
    found: list[tuple[list[Array], Place | str] | None] = []
    try:
        found = [_gradients_beside(run, dout, rng)]
        if found[0] is not None and isinstance(found[0][1], str):
            found += [_gradients_beside(run, dout, rng) for _ in range(2)]
    except (CallFailed, Breach):  # the forward pass is not defined beside the point
        found = []
    answers = [answer for answer in found if answer is not None]
    if answers and all(isinstance(words, str) for _, words in answers) and len(answers) == 3:
        message = f"{run.backward_name} is right at the given inputs; beside them {answers[0][1]}"
        return _accused(report, "hard-coded", message, run.backward_name)
    if answers and isinstance(answers[0][1], Place):
        point, place = answers[0][0], answers[0][1]
        report = _beside(run, report, point, place, dout, rng, drawn=drawn, heard=heard)
    else:
        dout = first
    if report.passed:
        with contextlib.suppress(CallFailed, Breach):
            unsteady, run.still = glance(place, lambda arrays: run.at(arrays, dout), point)
            if unsteady and not numerical:
                message = "a change in the inputs' last digits is blown up in its gradients"
                return _by_scatter(run, report, point, dout, rng, message, seen=False)
    return report


def _gradients_beside(
    run: Run, dout: Array, rng: np.random.Generator
) -> tuple[list[Array], Place | str] | None:
    """A point nearby with what the passes give there, or what a table says that has it not.

    None where the function, or its gradient, need not be defined. Raises CallFailed, Breach.
    """
    moved = moved_point(run.point, run.steps, rng)
    out, cache = run.forwards([x.copy() for x in moved])
    base = as_output_like(out, run.upstream).copy()
    if not np.all(np.isfinite(base)):
        return None
    try:
        gradients = run.backwards(run.backward, given.in_form_of(out, dout.copy()), cache)
    except CallFailed as failure:
        cause = failure.error
        if isinstance(cause, Breach):
            return (moved, f"it gives none: {cause}") if cause.mistake in LOOKED_UP else None
        raises = f"it raises {type(cause).__name__}"
        return (moved, raises) if isinstance(cause, NO_ANSWER) else None
    except Breach as breach:
        return (moved, f"it gives none: {breach}") if breach.mistake in LOOKED_UP else None
    for gradient in gradients:
        if isinstance(gradient, Breach):
            said = f"it gives none: {gradient}"
            return (moved, said) if gradient.mistake in LOOKED_UP else None
    return moved, Place(base, [g for g in gradients if not isinstance(g, Breach)])


def _beside(
    run: Run,
    report: Report,
    moved: list[Array],
    there: Place,
    dout: Array,
    rng: np.random.Generator,
    *,
    drawn: bool,
    heard: Heard,
) -> Report:
    """The report, or another where the gradients are wrong at the point that was found."""
    first = run.upstream
    run.upstream = dout
    try:
        problem = run.problem(moved, there.out)
        if not suspect(there, moved, run.steps, dout, problem.outputs, rng):
            return report
        probe = Probe(problem.outputs, moved, dout, there.out)
        if nature(probe, run.forward_name, rng) is not None:
            return report  # too rough a function to accuse anyone by
        with np.errstate(all="ignore"):
            second = gradient_report(problem, there.gradients, [], heard, rng, nearby=0)
    except (CallFailed, Breach):
        return report
    finally:
        run.upstream = first
    if second.verdict != "failed":
        return report
    try:
        other = -2 * dout if drawn else dout
        third = run.at(moved_point(run.point, run.steps, rng), other)
    except (CallFailed, Breach):
        third = there
    constant = [
        f"d{label}"
        for label, a, b, c in zip(
            run.labels, there.gradients, third.gradients, second.comparisons, strict=True
        )
        if c.outcome == "wrong value" and _same(a, b)
    ]
    if third is there or not constant:
        said = [ELSEWHERE + (", and from another dout" if drawn else "")]
        if until := _held_still(run, rng) if looking() else []:
            names = " or ".join(until)
            said.append(f"note: right until {names} changes. Is {names} {BAKED_IN}")
        return replace(second, warnings=(*second.warnings, *said))
    for name in constant:
        message = f"{name} is right at the given inputs; beside them it is a constant, and wrong"
        report = _accused(report, "hard-coded", message, name)
    return replace(report, diagnoses=tuple(once_for_all(report.diagnoses, len(run.labels))))


def _held_still(run: Run, rng: np.random.Generator) -> list[str]:
    """The inputs that, moved alone and with the same dout, make the gradients wrong."""
    dout, found = run.upstream, []
    moved = moved_point(run.point, run.steps, rng)
    for i, label in enumerate(run.labels):
        point = [*run.point[:i], moved[i], *run.point[i + 1 :]]
        try:
            there = run.at([x.copy() for x in point], dout)
            outputs = run.problem(point, there.out).outputs
            if suspect(there, point, run.steps, dout, outputs, rng):
                found.append(label)
        except (CallFailed, Breach):
            return []
    return found


def _same(a: Array, b: Array) -> bool:
    return bool(np.max(np.abs(a - b), initial=0.0) <= SAME * np.max(np.abs(a), initial=0.0))
