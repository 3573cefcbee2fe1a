"""Which mistake made this gradient?  Puts the evidence together and asks the catalogue.

A `Problem` is the function, the point and the backward pass in question; `explain` returns the
diagnoses for one of its gradients, none where nothing fits exactly. Within `unexplained` checks do
not look for it, nor for where a gradient is wrong (`looking`): they decide the same, in a fraction
of the evaluations where they fail.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradelib.checks.calls import CallFailed
from gradelib.checks.mistakes.case import Case
from gradelib.checks.mistakes.diagnosis import diagnose, diagnose_numbers, diagnoses
from gradelib.checks.mistakes.measure import Measure
from gradelib.checks.mistakes.replay import accumulating
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import ALL_ENTRIES, Entries, entrywise
from gradelib.checks.slopes.judge import Verdict, random_direction
from gradelib.checks.slopes.noise import noise_level
from gradelib.checks.slopes.numeric import Array, Probe

__all__ = ["Problem", "explain", "looking", "once_for_all", "unexplained", "unrecognised"]

_LOOKING: ContextVar[bool] = ContextVar("looking", default=True)

# Mistakes that are seen beside the other gradients.
NEEDS_OTHERS = ("wrong-order", "overwritten-branch", "counted-twice", "updated-input")
ENTRIES_BESIDE = 512  # so many may be differentiated once more
UNRECOGNISED = "none of the mistakes that this check knows gives exactly these numbers"


@dataclass(frozen=True)
class Problem:
    """A function at a point, and the backward pass whose gradients are in question.

    `outputs` maps the differentiated inputs to the output; `replayed` runs a variant of the
    backward pass on fresh copies and returns its gradients; `beside` is the same question at a
    random point nearby, off the kinks. `given` are the inputs that are not differentiated, by
    name, and `outputs_given` is `outputs` with some of them replaced. `steps` gives the units of
    the point.
    """

    subject: str
    outputs: Callable[[list[Array]], Array]
    point: list[Array]
    labels: Sequence[str]
    base: Array
    dout: Array
    backward: Callable[..., Any]
    replayed: Callable[[Callable[..., Any]], list[Array | Breach]]
    beside: Callable[[np.random.Generator], Problem]
    given: Mapping[str, Any]
    outputs_given: Callable[[Mapping[str, Any]], Callable[[list[Array]], Array]]
    steps: Callable[[], Sequence[Array]]
    exercise: str | None = None


@contextmanager
def unexplained() -> Iterator[None]:
    """Within this, reports say that a gradient is wrong, and not where, nor by which mistake.

    Mistakes that cost nothing to see are named.
    """
    token = _LOOKING.set(False)
    try:
        yield
    finally:
        _LOOKING.reset(token)


def looking() -> bool:
    """Whether checks look for what is wrong, and where: not within `unexplained`."""
    return _LOOKING.get()


def explain(
    problem: Problem,
    probe: Probe,
    k: int,
    gradient: Array | Breach,
    entries: Entries | None,
    right: Mapping[int, Array],
    settled: Collection[int],
    rng: np.random.Generator,
) -> list[Diagnosis]:
    """Return the mistake that gives gradient k exactly, in a list, or none.

    `right` are the right gradients as far as they are known, `settled` those returned rightly.
    """
    name = f"d{problem.labels[k]}"
    yours = _numbers(gradient)
    if entries is None or yours is None:
        return []
    precision = float(np.max(entries.error, initial=0.0))
    if k not in right:
        if entries.pattern:
            return []  # what is true of every entry is not true here
        seen = yours.ravel()[entries.indices]  # a sample shows a sign or a factor
        named = diagnose_numbers(name, seen, entries.numeric, precision, yours.shape)
        return [named] if named else []
    case = _case(problem, probe, k, yours, right, settled, precision)
    found = _overwritten(problem, k, case)
    if found is None:
        found = diagnose(case)
        found = found and _confirmed(problem, case, k, found, settled, rng)
    return [found] if found is not None else []


def _case(
    problem: Problem,
    probe: Probe,
    k: int,
    yours: Array,
    right: Mapping[int, Array],
    settled: Collection[int],
    precision: float,
) -> Case:
    names = [f"d{label}" for label in problem.labels]

    measure = Measure(
        problem.outputs,
        problem.outputs_given,
        problem.point,
        problem.labels,
        k,
        problem.dout,
        yours,
        right[k],
    )

    def right_with_ones() -> Array:
        J = measure.jacobian()
        if J is not None:
            return np.asarray(J.sum(axis=0).reshape(right[k].shape))
        ones = probe.with_upstream(np.ones_like(problem.dout))
        found = entrywise(ones, k, None, Verdict(None, 0.0), np.random.default_rng(0))
        return found.numeric.reshape(right[k].shape)

    floats, integers = {}, {}
    for name, value in problem.given.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            floats[name] = value
        elif isinstance(value, np.ndarray) and value.dtype.kind in "iu":
            integers[name] = value
    for j, x in enumerate(problem.point):
        if j != k:
            floats[problem.labels[j]] = x
    return Case(
        names[k],
        yours,
        right[k],
        precision,
        problem.point[k],
        problem.dout,
        problem.base,
        {names[j]: g for j, g in right.items() if j != k},
        frozenset(names[j] for j in settled),
        frozenset(n for a in [*problem.point, problem.dout] for n in a.shape),
        right_with_ones,
        floats,
        integers,
        measure.jacobian,
        measure.fits_at,
        measure.steps,
    )


def _confirmed(
    problem: Problem,
    case: Case,
    k: int,
    found: Diagnosis,
    settled: Collection[int],
    rng: np.random.Generator,
) -> Diagnosis | None:
    """The mistake that explains the gradients at a random point nearby as well.

    At nice numbers one mistake looks like another: swapped gradients of x = -w like a sign. Then
    the random points decide, and what they name must be possible at nice numbers too.
    """
    try:
        again = _beside(problem, k, found, settled, rng)
        if again == found:
            return found
        third = again and _beside(problem, k, again, settled, rng)
    except (CallFailed, Breach):
        return None
    if again is None or third != again:
        return None
    return again if any(other == again for other in diagnoses(case)) else None


def _beside(
    problem: Problem, k: int, found: Diagnosis, settled: Collection[int], rng: np.random.Generator
) -> Diagnosis | None:
    """Diagnose the same backward pass at a random point nearby."""
    near = problem.beside(rng)
    moved = near.replayed(problem.backward)
    yours = _numbers(moved[k])
    if yours is None:
        return None
    probe = Probe(near.outputs, near.point, near.dout, near.base)
    probe.noise = noise_level(probe, [random_direction(x, rng) for x in near.point])
    right, precision = {}, 0.0
    few = sum(x.size for x in near.point) <= ENTRIES_BESIDE
    for j, x in enumerate(near.point):
        gradient = moved[j]
        if j in settled and not isinstance(gradient, Breach):
            right[j] = gradient
        elif j == k or (x.size <= ALL_ENTRIES and (few or found.mistake in NEEDS_OTHERS)):
            entries = entrywise(probe, j, None, Verdict(None, 0.0), rng)
            if entries.complete:
                right[j] = entries.numeric.reshape(x.shape)
                precision = max(precision, float(np.max(entries.error, initial=0.0)))
    if k not in right:
        return None
    return diagnose(_case(near, probe, k, yours, right, settled, precision))


def _numbers(gradient: Array | Breach) -> Array | None:
    """The student's numbers, also where their shape is wrong; None where there are none to use."""
    if not isinstance(gradient, Breach):
        return gradient
    if gradient.mistake != "shape" or np.size(gradient.value) > 50 * ALL_ENTRIES:
        return None
    numbers = np.array(gradient.value, dtype=np.float64)
    return numbers if np.all(np.isfinite(numbers)) else None


def _overwritten(problem: Problem, k: int, case: Case) -> Diagnosis | None:
    """Whether adding where the backward pass overwrites makes this gradient right."""
    for variant, line in accumulating(problem.backward):
        try:
            mended = problem.replayed(variant)[k]
        except (CallFailed, Breach):
            continue
        if not isinstance(mended, Breach) and case.same(mended, case.right):
            text = (
                f"`{line}` overwrites what another branch has stored there. "
                "What happens to gradients that come back from two branches?"
            )
            return Diagnosis("overwritten-branch", text, case.name)
    return None


def once_for_all(diagnoses: Sequence[Diagnosis], count: int) -> list[Diagnosis]:
    """What holds of all `count` gradients, said once instead of under each."""
    alike = {(d.mistake, d.explanation) for d in diagnoses}
    if count < 2 or len(diagnoses) != count or len(alike) > 1:
        return list(diagnoses)
    (mistake, explanation) = alike.pop()
    where = "both" if count == 2 else f"all {count}"
    text = f"The same in {where} gradients. {explanation}"
    edits = {d.edit for d in diagnoses}
    return [Diagnosis(mistake, text, edit=edits.pop() if len(edits) == 1 else "")]


def unrecognised(comparison: Comparison) -> Comparison:
    """The comparison with a note that no mistake of the catalogue gives these numbers."""
    if comparison.outcome != "wrong value" or not looking():
        return comparison
    notes = [comparison.note] if comparison.note else []
    return replace(comparison, note="; ".join([*notes, UNRECOGNISED]))
