"""Which mistake made this gradient?  Puts the evidence together and asks the catalogue.

A `Problem` is the function, the point and the backward pass in question; `explain` returns the
diagnoses for one of its gradients, none where nothing fits exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradelib.checks.calls import CallFailed
from gradelib.checks.diagnosis import Case, diagnose, diagnose_numbers
from gradelib.checks.entries import ALL_ENTRIES, Entries, entrywise
from gradelib.checks.findings import Diagnosis
from gradelib.checks.judge import Verdict
from gradelib.checks.numeric import Array, Probe
from gradelib.checks.replay import accumulating
from gradelib.checks.returned import Breach

__all__ = ["Problem", "explain"]


@dataclass(frozen=True)
class Problem:
    """A function at a point, and the backward pass whose gradients are in question.

    `outputs` maps the differentiated inputs to the output; `replayed` runs a variant of the
    backward pass on fresh copies and returns its gradients; `beside` is the same question at a
    random point nearby, off the kinks.
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


def explain(
    problem: Problem,
    probe: Probe,
    k: int,
    gradient: Array | Breach,
    entries: Entries | None,
    right: Mapping[int, Array],
    settled: Collection[int],
) -> list[Diagnosis]:
    """Return the mistake that gives gradient k exactly; `right` are the right gradients
    known, and `settled` the gradients in which nothing is wrong."""
    name = f"d{problem.labels[k]}"
    yours = _numbers(gradient)
    if entries is None or yours is None:
        return []
    precision = float(np.max(entries.error, initial=0.0))
    if k not in right:
        seen = yours.ravel()[entries.indices]  # a sample shows a sign or a factor
        named = diagnose_numbers(name, seen, entries.numeric, precision, yours.shape)
        return [named] if named else []
    overwritten = _overwritten(problem, k, right[k], precision, name)
    if overwritten is not None:
        return [overwritten]

    def right_with_ones() -> Array:
        ones = probe.with_upstream(np.ones_like(problem.dout))
        found = entrywise(ones, k, None, Verdict(None, 0.0), np.random.default_rng(0))
        return found.numeric.reshape(right[k].shape)

    found = diagnose(
        Case(
            name,
            yours,
            right[k],
            precision,
            problem.point[k],
            problem.dout,
            problem.base,
            {f"d{problem.labels[j]}": g for j, g in right.items() if j != k},
            frozenset(f"d{problem.labels[j]}" for j in settled),
            frozenset(n for a in [*problem.point, problem.dout] for n in a.shape),
            right_with_ones,
        )
    )
    return [found] if found is not None else []


def _numbers(gradient: Array | Breach) -> Array | None:
    """The student's numbers, also where their shape is wrong; None where there are none to use."""
    if not isinstance(gradient, Breach):
        return gradient
    if gradient.mistake != "shape" or np.size(gradient.value) > 50 * ALL_ENTRIES:
        return None
    numbers = np.array(gradient.value, dtype=np.float64)
    return numbers if np.all(np.isfinite(numbers)) else None


def _overwritten(
    problem: Problem, k: int, right: Array, precision: float, name: str
) -> Diagnosis | None:
    """Whether adding where the backward pass overwrites makes this gradient right."""
    for variant, line in accumulating(problem.backward):
        try:
            mended = problem.replayed(variant)[k]
        except (CallFailed, Breach):
            continue
        if isinstance(mended, Breach):
            continue
        scale = float(np.max(np.abs(right), initial=0.0))
        difference = float(np.max(np.abs(mended - right), initial=0.0))
        if scale > 0 and difference <= 1e-6 * scale + 20 * precision:
            text = (
                f"`{line}` overwrites what another branch has stored there. "
                "What happens to gradients that come back from two branches?"
            )
            return Diagnosis("overwritten-branch", text, name)
    return None
