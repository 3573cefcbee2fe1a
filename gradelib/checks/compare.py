"""From gradients to a Report: judge each, say where it is wrong, and name the mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradelib.checks.calls import Breach, CallFailed, Heard, safe_str
from gradelib.checks.diagnosis import BREACHES, Case, diagnose
from gradelib.checks.judge import ALL_ENTRIES, Entries, Verdict, entrywise, judge
from gradelib.checks.numeric import Array, Probe
from gradelib.checks.replay import accumulating
from gradelib.checks.report import Comparison, Diagnosis, Report

__all__ = ["Problem", "breach", "failed_call", "gradient_report"]


@dataclass(frozen=True)
class Problem:
    """A function at a point, differentiable, and the backward pass whose gradients are in question."""

    subject: str
    outputs: Callable[[list[Array]], Array]
    point: list[Array]
    labels: Sequence[str]
    base: Array
    dout: Array
    backward: Callable[..., Any]
    replayed: Callable[[Callable[..., Any]], list[Array | Breach]]


def failed_call(subject: str, failure: CallFailed, heard: Heard) -> Report:
    """The report for code that raised: not attempted, or the error with the student's own line."""
    if isinstance(failure.error, Breach):
        return breach(subject, subject, failure.error, heard)
    if failure.not_attempted:
        said = safe_str(failure.error)
        message = said if said else f"{failure.what} raises NotImplementedError; write your answer there"
        return Report(subject, (Comparison(failure.what, "not attempted", message=message),), warnings=heard.lines())
    where = f", in {failure.where}" if failure.where else ""
    return Report(subject, (Comparison(failure.what, "raised", message=f"{failure}{where}"),), warnings=heard.lines())


def breach(subject: str, name: str, found: Breach, heard: Heard) -> Report:
    """The report for a value that is not of the agreed form."""
    return Report(subject, (Comparison(name, "contract", message=str(found)),), _advice(name, found), heard.lines())


def _advice(name: str, found: Breach) -> tuple[Diagnosis, ...]:
    if found.mistake not in BREACHES:
        return ()
    return (Diagnosis(found.mistake, BREACHES[found.mistake], name),)


def gradient_report(
    problem: Problem,
    gradients: Sequence[Array | Breach],
    broken: Sequence[tuple[str, Breach]],
    heard: Heard,
    rng: np.random.Generator,
) -> Report:
    """Compare each gradient with finite differences and put the findings together."""
    good = [k for k, g in enumerate(gradients) if not isinstance(g, Breach)]
    probe = _probe(problem, range(len(problem.point)))
    comparisons: list[Comparison] = []
    diagnoses: list[Diagnosis] = []
    for name, found in broken:
        comparisons.append(Comparison(name, "contract", message=str(found)))
        diagnoses += _advice(name, found)
    try:
        judged: dict[int, Verdict] = {}
        if good:
            part = _probe(problem, good)
            arrays = [g for g in gradients if not isinstance(g, Breach)]
            judged = dict(zip(good, judge(part, arrays, rng), strict=True))
            probe.noise = part.noise
            probe.evaluations = part.evaluations
        wrong = [k for k in range(len(gradients)) if k not in judged or judged[k].agrees is False]
        looked = {k: _look(probe, k, gradients[k], judged.get(k), rng) for k in wrong}
        right = _right_gradients(probe, gradients, judged, looked, rng) if wrong else {}
        for k, gradient in enumerate(gradients):
            name = f"d{problem.labels[k]}"
            if isinstance(gradient, Breach):
                comparisons.append(Comparison(name, "contract", gradient_size(problem, k), message=str(gradient)))
            else:
                comparisons.append(_comparison(name, gradient, judged[k], looked.get(k)))
            if k in wrong:
                diagnoses += _explain(problem, probe, k, gradient, looked[k], right)
    except CallFailed as failure:
        return failed_call(problem.subject, failure, heard)
    except Breach as found:
        return breach(problem.subject, "forward", found, heard)
    return Report(problem.subject, tuple(comparisons), tuple(diagnoses), heard.lines(), probe.evaluations)


def gradient_size(problem: Problem, k: int) -> int:
    return int(problem.point[k].size)


def _probe(problem: Problem, blocks: Sequence[int]) -> Probe:
    """The function of some of the inputs, the others held where they are."""
    chosen = list(blocks)

    def f(arrays: list[Array]) -> Array:
        everything = list(problem.point)
        for k, x in zip(chosen, arrays, strict=True):
            everything[k] = x
        return problem.outputs(everything)

    return Probe(f, [problem.point[k] for k in chosen], problem.dout, problem.base)


def _look(probe: Probe, k: int, gradient: Array | Breach, verdict: Verdict | None, rng: np.random.Generator) -> Entries | None:
    """The numerical gradient of a wrong one; None where it would be too long for an array of the wrong form."""
    if isinstance(gradient, Breach):
        if probe.point[k].size > ALL_ENTRIES or gradient.mistake != "shape":
            return None
        return entrywise(probe, k, None, Verdict(None, 0.0), rng)
    return entrywise(probe, k, gradient, verdict or Verdict(None, 0.0), rng)


def _right_gradients(
    probe: Probe,
    gradients: Sequence[Array | Breach],
    judged: dict[int, Verdict],
    looked: dict[int, Entries | None],
    rng: np.random.Generator,
) -> dict[int, Array]:
    """The right gradient of each input where it is known whole."""
    right: dict[int, Array] = {}
    for k, gradient in enumerate(gradients):
        found = looked.get(k)
        if found is not None and found.complete:
            right[k] = found.numeric.reshape(probe.point[k].shape)
        elif k in judged and judged[k].agrees and not isinstance(gradient, Breach):
            right[k] = gradient
    return right


def _comparison(name: str, gradient: Array, verdict: Verdict, entries: Entries | None) -> Comparison:
    note = ""
    if verdict.kinks:
        many = "1 entry sits" if len(verdict.kinks) == 1 else f"{len(verdict.kinks)} entries sit"
        note = f"{many} on a kink, where every slope between the two sides is right"
    if verdict.agrees is None:
        message = f"{name} cannot be told right from wrong: {verdict.reason}"
        return Comparison(name, "inconclusive", gradient.size, gradient.shape, message, resolution=verdict.resolution)
    if verdict.agrees:
        return Comparison(name, "passed", gradient.size, gradient.shape, resolution=verdict.resolution, note=note)
    if entries is None or not np.any(entries.wrong):
        message = f"{name} is wrong by very little, seen only in the sum of all its entries"
        return Comparison(name, "wrong value", gradient.size, gradient.shape, message, note=note)
    difference = gradient.ravel()[entries.indices] - entries.numeric
    worst = int(np.argmax(np.where(entries.wrong, np.abs(difference), -1.0)))
    errors = None
    if entries.complete:
        errors = np.where(entries.wrong, difference, 0.0).reshape(gradient.shape)
    return Comparison(
        name,
        "wrong value",
        gradient.size,
        gradient.shape,
        wrong=int(np.count_nonzero(entries.wrong)),
        sampled=None if entries.complete else len(entries.indices),
        worst_index=tuple(int(i) for i in np.unravel_index(int(entries.indices[worst]), gradient.shape)),
        yours=float(gradient.flat[int(entries.indices[worst])]),
        numeric=float(entries.numeric[worst]),
        error=float(entries.error[worst]),
        resolution=verdict.resolution,
        note=note,
        errors=errors,
    )


def _explain(
    problem: Problem, probe: Probe, k: int, gradient: Array | Breach, entries: Entries | None, right: dict[int, Array]
) -> list[Diagnosis]:
    name = f"d{problem.labels[k]}"
    if isinstance(gradient, Breach):
        returned = getattr(gradient, "value", None)
        if entries is None or np.size(returned) > 50 * ALL_ENTRIES:  # type: ignore[arg-type]
            return list(_advice(name, gradient))
        yours = np.array(returned, dtype=np.float64)
    else:
        yours = gradient
    if entries is None or k not in right:
        return _explain_sample(name, yours, entries)
    overwritten = _overwritten(problem, k, right[k], float(np.max(entries.error, initial=0.0)), name)
    if overwritten is not None:
        return [overwritten]

    def right_with_ones() -> Array:
        ones = probe.with_upstream(np.ones_like(problem.dout))
        return entrywise(ones, k, None, Verdict(None, 0.0), np.random.default_rng(0)).numeric.reshape(right[k].shape)

    arrays = [*problem.point, problem.dout]
    case = Case(
        name,
        yours,
        right[k],
        float(np.max(entries.error, initial=0.0)),
        problem.point[k],
        problem.dout,
        problem.base,
        {f"d{problem.labels[j]}": g for j, g in right.items() if j != k},
        frozenset(n for a in arrays for n in a.shape),
        right_with_ones,
    )
    found = diagnose(case)
    if found is not None:
        return [found]
    return list(_advice(name, gradient)) if isinstance(gradient, Breach) else []


def _explain_sample(name: str, yours: Array, entries: Entries | None) -> list[Diagnosis]:
    """For arrays too large to differentiate whole: a sign or a factor shows in a sample."""
    if entries is None:
        return []
    part, right = yours.ravel()[entries.indices], entries.numeric
    empty = np.zeros(0)
    case = Case(
        name, part, right, float(np.max(entries.error)), empty, empty, empty, {}, frozenset(yours.shape), lambda: empty
    )
    found = diagnose(case)
    return [found] if found is not None and found.mistake in ("sign", "zero") or (found and "factor" in found.mistake) else []


def _overwritten(problem: Problem, k: int, right: Array, precision: float, name: str) -> Diagnosis | None:
    """Whether adding where the backward pass overwrites makes this gradient right."""
    for variant, line in accumulating(problem.backward):
        try:
            mended = problem.replayed(variant)[k]
        except (CallFailed, Breach):
            continue
        if isinstance(mended, Breach):
            continue
        scale = float(np.max(np.abs(right), initial=0.0))
        if scale > 0 and float(np.max(np.abs(mended - right))) <= 1e-6 * scale + 20 * precision:
            return Diagnosis(
                "overwritten-branch",
                f"`{line}` overwrites what another branch has stored there. What happens to gradients that come back from two branches?",
                name,
            )
    return None
