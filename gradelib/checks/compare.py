"""From gradients to a Report: judge each, say where it is wrong, and name the mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradelib.checks.calls import CallFailed, Heard, safe_str
from gradelib.checks.mistakes.catalogue import BREACHES
from gradelib.checks.mistakes.diagnosis import GENERAL
from gradelib.checks.mistakes.explain import (
    Problem,
    explain,
    looking,
    once_for_all,
    unrecognised,
)
from gradelib.checks.mistakes.fingerprints import recognised
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import ALL_ENTRIES, Entries, entrywise
from gradelib.checks.slopes.judge import ON_KINKS, Verdict, judge, random_direction
from gradelib.checks.slopes.noise import noise_level
from gradelib.checks.slopes.numeric import Array, Probe

__all__ = ["Problem", "breach_report", "call_report", "gradient_report"]

MOST_PLACES = 5  # wrong entries of a large array that are shown


def call_report(subject: str, failure: CallFailed, heard: Heard) -> Report:
    """The report for code that raised: not attempted, or the error with the student's own line."""
    if isinstance(failure.error, Breach):
        return breach_report(subject, subject, failure.error, heard)
    if failure.not_attempted:
        default = f"{failure.what} raises NotImplementedError; write your answer there"
        todo = Comparison(failure.what, "not attempted", message=safe_str(failure.error) or default)
        return Report(subject, (todo,), warnings=heard.lines())
    where = f", in {failure.where}" if failure.where else ""
    raised = Comparison(failure.what, "raised", message=f"{failure}{where}")
    return Report(subject, (raised,), warnings=heard.lines())


def breach_report(subject: str, name: str, breach: Breach, heard: Heard) -> Report:
    """The report for a value that is not of the agreed form."""
    contract = Comparison(name, "contract", message=str(breach))
    return Report(subject, (contract,), _advice(name, breach), heard.lines())


def _advice(name: str, breach: Breach) -> tuple[Diagnosis, ...]:
    if breach.mistake not in BREACHES:
        return ()
    return (Diagnosis(breach.mistake, BREACHES[breach.mistake], name),)


def gradient_report(
    problem: Problem,
    gradients: Sequence[Array | Breach],
    broken: Sequence[tuple[str, Breach]],
    heard: Heard,
    rng: np.random.Generator,
    *,
    nearby: int = 3,
) -> Report:
    """Compare each gradient with finite differences and put the findings together.

    `broken` are breaches of the contract that no single gradient is to blame for. What sits on
    kinks, or close to them, is looked at beside the point as well, at up to `nearby` points.
    """
    comparisons: list[Comparison] = []
    diagnoses: list[Diagnosis] = []
    for name, breach in broken:
        comparisons.append(Comparison(name, "contract", message=str(breach)))
        diagnoses += _advice(name, breach)
    sound = {k: g for k, g in enumerate(gradients) if not isinstance(g, Breach)}
    try:
        probe = _probe(problem, range(len(gradients)))
        part = _probe(problem, list(sound))
        steps = problem.steps()
        part.steps = [steps[k] for k in sound]
        judged = judge(part, list(sound.values()), rng, roughly=nearby > 0)
        if any(v.rough for v in judged):
            agree = all(v.agrees for v in judged)
            moved = _beside(problem, broken, heard, rng, nearby - 1) if agree else None
            if moved is not None and moved.verdict == "failed":
                return _moved(moved, "kinks lie close to the point")
            if moved is None or not moved.passed:
                judged = judge(part, list(sound.values()), rng)
            else:
                known_to = [c.resolution or 0.0 for c in moved.comparisons]
                judged = [
                    replace(v, resolution=known_to[k]) for k, v in zip(sound, judged, strict=True)
                ]
        verdicts = dict(zip(sound, judged, strict=True))
        probe.noise = part.noise
        if not sound:
            probe.noise = noise_level(probe, [random_direction(x, rng) for x in problem.point])
        kinky = [k for k, v in verdicts.items() if v.kinks or v.reason == ON_KINKS]
        if nearby and kinky:
            # Where kinks hide a wrong gradient, or a right one, it shows beside them.
            moved = _beside(problem, broken, heard, rng, nearby - 1)
            unharmed = all(v.agrees is not False for v in verdicts.values())
            if moved is not None and moved.verdict == "failed" and unharmed:
                return _moved(moved, "the point is on kinks")
            if moved is not None and moved.passed:
                for k in kinky:
                    if verdicts[k].reason == ON_KINKS:
                        verdicts[k] = replace(verdicts[k], agrees=True, beside=True)
        wrong = [k for k in range(len(gradients)) if k not in sound or verdicts[k].agrees is False]
        entries = {k: _entries(probe, k, gradients[k], verdicts.get(k), rng) for k in wrong}
        right = {k: g for k, g in sound.items() if verdicts[k].agrees}
        for k, found in entries.items():
            if found is not None and found.complete:
                right[k] = found.numeric.reshape(problem.point[k].shape)
        known = recognised(problem, gradients, entries) if entries and looking() else {}
        for k, gradient in enumerate(gradients):
            name = f"d{problem.labels[k]}"
            if isinstance(gradient, Breach):
                size = problem.point[k].size
                comparisons.append(Comparison(name, "contract", size, message=str(gradient)))
            else:
                compared = _comparison(name, gradient, verdicts[k], entries.get(k))
                comparisons.append(replace(compared, curve=verdicts[k].curve))
            if k in entries:
                settled = [j for j in sound if verdicts[j].agrees]
                named = explain(problem, probe, k, gradient, entries[k], right, settled, rng)
                if k in known and all(d.mistake in GENERAL for d in named):
                    named = [known[k]]
                elif k in known:  # the name stays, the solution's line is for the teacher
                    named = [replace(d, edit=known[k].edit) for d in named]
                if not named and isinstance(gradient, Breach):
                    named = list(_advice(name, gradient))
                elif not named:
                    comparisons[-1] = unrecognised(comparisons[-1])
                diagnoses += named
    except CallFailed as failure:
        return call_report(problem.subject, failure, heard)
    except Breach as breach:
        return breach_report(problem.subject, "forward", breach, heard)
    if not broken:
        diagnoses = once_for_all(diagnoses, len(gradients))
    return Report(problem.subject, tuple(comparisons), tuple(diagnoses), heard.lines())


def _beside(
    problem: Problem,
    broken: Sequence[tuple[str, Breach]],
    heard: Heard,
    rng: np.random.Generator,
    nearby: int,
) -> Report | None:
    """The report at a random point nearby; None where the functions are not defined there."""
    try:
        near = problem.beside(rng)
        gradients = near.replayed(problem.backward)
    except (CallFailed, Breach):
        return None
    found = gradient_report(near, gradients, broken, heard, rng, nearby=nearby)
    return None if found.outcome in ("raised", "not attempted") else found


def _moved(report: Report, why: str) -> Report:
    said = f"note: {why}; the numbers are from a random point beside it"
    return replace(report, warnings=(*report.warnings, said))


def _probe(problem: Problem, chosen: Sequence[int]) -> Probe:
    """The function of some of the inputs, the others held where they are."""

    def f(arrays: list[Array]) -> Array:
        everything = list(problem.point)
        for k, x in zip(chosen, arrays, strict=True):
            everything[k] = x
        return problem.outputs(everything)

    return Probe(f, [problem.point[k] for k in chosen], problem.dout, problem.base)


def _entries(
    probe: Probe,
    k: int,
    gradient: Array | Breach,
    verdict: Verdict | None,
    rng: np.random.Generator,
) -> Entries | None:
    """The numerical gradient beside a wrong one; None where it is of no use."""
    if not looking():
        return None
    if not isinstance(gradient, Breach):
        return entrywise(probe, k, gradient, verdict or Verdict(None, 0.0), rng)
    if gradient.mistake == "shape" and 0 < probe.point[k].size <= ALL_ENTRIES:
        return entrywise(probe, k, None, Verdict(None, 0.0), rng)
    return None


def _places(gradient: Array, entries: Entries) -> tuple[tuple[tuple[int, ...], float, float], ...]:
    """A few wrong entries: where, yours, numeric."""
    chosen = np.flatnonzero(entries.wrong)[:MOST_PLACES]
    return tuple(
        (
            tuple(int(i) for i in np.unravel_index(entries.indices[place], gradient.shape)),
            float(gradient.flat[entries.indices[place]]),
            float(entries.numeric[place]),
        )
        for place in chosen
    )


def _comparison(
    name: str, gradient: Array, verdict: Verdict, entries: Entries | None
) -> Comparison:
    size, shape = gradient.size, gradient.shape
    note = ""
    if verdict.beside:
        note = "several kinks meet at this point; right at a random point beside it"
    elif verdict.broken_tie:
        note = "entries that tie share one gradient: together they pass it on once"
    elif verdict.kinks:
        many = "1 entry sits" if len(verdict.kinks) == 1 else f"{len(verdict.kinks)} entries sit"
        note = f"{many} on a kink, where every slope between the two sides is right"
    if verdict.agrees is None:
        message = f"{name} cannot be told right from wrong: {verdict.reason}"
        return Comparison(name, "inconclusive", size, shape, message, resolution=verdict.resolution)
    if verdict.agrees:
        return Comparison(name, "passed", size, shape, resolution=verdict.resolution, note=note)
    if entries is None:
        return Comparison(name, "wrong value", size, shape, f"{name} is wrong", note=note)
    if not np.any(entries.wrong):
        message = f"{name} is wrong by very little, seen only in the sum over its entries"
        return Comparison(name, "wrong value", size, shape, message, note=note)
    difference = gradient.ravel()[entries.indices] - entries.numeric
    worst = int(np.argmax(np.where(entries.wrong, np.abs(difference), -1.0)))
    index = int(entries.indices[worst])
    errors = np.where(entries.wrong, difference, 0.0)
    return Comparison(
        name,
        "wrong value",
        size,
        shape,
        wrong=int(np.count_nonzero(entries.wrong)),
        sampled=None if entries.exact else len(entries.indices),
        worst_index=tuple(int(i) for i in np.unravel_index(index, shape)),
        yours=float(gradient.flat[index]),
        numeric=float(entries.numeric[worst]),
        error=float(entries.error[worst]),
        resolution=verdict.resolution,
        note=note,
        errors=errors.reshape(shape) if entries.complete else None,
        pattern=entries.pattern,
        places=() if entries.complete else _places(gradient, entries),
    )
