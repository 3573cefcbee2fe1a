"""What a backward pass returns at a check's inputs, and at a random point beside them.

`seen` puts both together: what a fingerprint is made of.  Within `recording()` the checks judge
nothing: each notes what it saw under its exercise and passes, so that the same grade cell shows
what a right answer and each of its edits return.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.numeric import Array

if TYPE_CHECKING:
    from gradelib.checks.mistakes.explain import Problem

__all__ = ["Seen", "is_recording", "recorded", "recording", "seen"]

LARGEST = 100_000  # entries: a gradient beyond it has no fingerprint

_open: list[list[Seen]] = []


@dataclass(frozen=True)
class Seen:
    """One check: its exercise, the numbers that tell it from others, and what came back.

    A gradient, by its label, is its shape and its numbers at both points, one after the other.
    """

    exercise: str
    surroundings: Array
    gradients: dict[str, tuple[tuple[int, ...], Array]]


@contextlib.contextmanager
def recording() -> Iterator[list[Seen]]:
    """Let the checks note what they see in the list that this yields, and pass."""
    notes: list[Seen] = []
    _open.append(notes)
    try:
        yield notes
    finally:
        _open.pop()  # the lists may be equal, and hold arrays


def is_recording() -> bool:
    """Whether checks note rather than judge."""
    return bool(_open)


def recorded(problem: Problem, gradients: Sequence[Array | Breach], sound: bool) -> Report:
    """Note what a check saw, where the contract holds and it belongs to an exercise; pass."""
    if sound and problem.exercise:
        _open[-1].append(seen(problem, gradients))
    return Report(problem.subject, (Comparison(problem.subject, "passed"),))


def seen(problem: Problem, gradients: Sequence[Array | Breach]) -> Seen:
    """What the backward pass returned here and returns beside.

    A gradient of a wrong shape counts, one that is no array of numbers does not.  Raises what the
    student's functions raise.
    """
    near = problem.beside(np.random.default_rng(0))
    moved = near.replayed(problem.backward)
    found = {}
    for label, here, there in zip(problem.labels, gradients, moved, strict=True):
        pair = _numbers(here), _numbers(there)
        if pair[0] is not None and pair[1] is not None and pair[0].shape == pair[1].shape:
            numbers = np.concatenate([pair[0].ravel(), pair[1].ravel()])
            found[label] = (pair[0].shape, numbers)
    arrays = [*problem.point, problem.dout, problem.base, *near.point, near.base]
    surroundings = np.concatenate([a.ravel() for a in arrays])
    return Seen(problem.exercise or "", surroundings, found)


def _numbers(gradient: Array | Breach) -> Array | None:
    if isinstance(gradient, Breach):
        if gradient.mistake != "shape" or np.size(gradient.value) > LARGEST:
            return None
        gradient = np.array(gradient.value, dtype=np.float64)
    usable = 0 < gradient.size <= LARGEST and bool(np.all(np.isfinite(gradient)))
    return gradient if usable else None
