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
from gradelib.checks.judge import Verdict, random_direction
from gradelib.checks.noise import noise_level
from gradelib.checks.numeric import Array, Probe
from gradelib.checks.replay import accumulating
from gradelib.checks.returned import Breach

__all__ = ["Problem", "explain"]

NEEDS_OTHERS = ("wrong-order", "overwritten-branch")  # mistakes seen beside the other gradients


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
    exercise: str | None = None


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

    `right` are the right gradients as far as they are known, `settled` those returned rightly."""
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
    overwritten = _overwritten(problem, k, right[k], precision, name)
    if overwritten is not None:
        return [overwritten]

    found = diagnose(_case(problem, probe, k, yours, right, settled, precision))
    if found is None or not _holds_beside(problem, k, found, settled, rng):
        return []
    return [found]


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

    def right_with_ones() -> Array:
        ones = probe.with_upstream(np.ones_like(problem.dout))
        found = entrywise(ones, k, None, Verdict(None, 0.0), np.random.default_rng(0))
        return found.numeric.reshape(right[k].shape)

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
    )


def _holds_beside(
    problem: Problem, k: int, found: Diagnosis, settled: Collection[int], rng: np.random.Generator
) -> bool:
    """Whether the same mistake explains the gradients at a random point nearby.

    At nice numbers one mistake looks like another: a forgotten factor of -1 like a sign.
    """
    try:
        near = problem.beside(rng)
        moved = near.replayed(problem.backward)
    except (CallFailed, Breach):
        return True
    yours = _numbers(moved[k])
    if yours is None:
        return False
    probe = Probe(near.outputs, near.point, near.dout, near.base)
    probe.noise = noise_level(probe, [random_direction(x, rng) for x in near.point])
    right, precision = {}, 0.0
    for j, x in enumerate(near.point):
        gradient = moved[j]
        if j in settled and not isinstance(gradient, Breach):
            right[j] = gradient
        elif 0 < x.size <= ALL_ENTRIES and (j == k or found.mistake in NEEDS_OTHERS):
            entries = entrywise(probe, j, None, Verdict(None, 0.0), rng)
            right[j] = entries.numeric.reshape(x.shape)
            precision = max(precision, float(np.max(entries.error)))
    again = diagnose(_case(near, probe, k, yours, right, settled, precision))
    return again is not None and again == found


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
