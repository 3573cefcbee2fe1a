"""Which edit of the right answer returns what the student's code returned?

A fingerprint is what one edit returns for one gradient of one check, reduced to a few numbers:
projections on random directions, which agree where the arrays do and say nothing of how they were
made.  `Table` holds fingerprints; a notebook's are in fingerprints.json beside it.

known(table)        use a table here, before the file
of(source, ...)     the table of a function, from its right source and one check
recognised(...)     the gradients of a failed check that a known edit explains
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradelib.checks.mistakes.edits import EDITS, edits
from gradelib.checks.mistakes.recording import Seen, recording, seen
from gradelib.checks.mistakes.table import CLOSE, Check, Table, here, made, projections
from gradelib.checks.reports.findings import Diagnosis
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.numeric import Array

if TYPE_CHECKING:
    from gradelib.checks.mistakes.explain import Problem

__all__ = ["edit_name", "known", "of", "recognised"]

_known: list[Table] = []


@contextlib.contextmanager
def known(table: Table) -> Iterator[None]:
    """Recognise the edits of a table, and those of no file, while this lasts."""
    _known.append(table)
    try:
        yield
    finally:
        _known.pop()  # not remove, which would compare tables: their arrays have no truth value


def edit_name(exercise: str, source: str, number: int) -> str:
    """A short name that says nothing about the edit to whom the source is not known."""
    return hashlib.sha256(f"{exercise}\0{source}\0{number}".encode()).hexdigest()[:8]


def of(
    source: str,
    name: str,
    check: Callable[[Callable[..., Any]], Any],
    namespace: Mapping[str, Any] | None = None,
) -> Table:
    """Return the fingerprints of all single edits of a function.

    `source` defines the right function `name` (numpy is `np` there, and `namespace` is what else
    it needs); `check(function)` calls a check with an `exercise`.  Edits that raise are left out.
    Raises ValueError where the right function itself leaves nothing to compare with.
    """

    def saw(text: str) -> list[Seen]:
        scope = {"np": np, **(namespace or {})}
        with recording() as notes, contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, "<edited>", "exec"), scope)  # noqa: S102 - an edit of a right answer
            check(scope[name])
        return notes

    right = saw(source)
    if not right:
        raise ValueError(f"the check of {name} has no exercise, or the right {name} fails it")
    loops = any(isinstance(node, ast.While) for node in ast.walk(ast.parse(source)))
    tried = []
    for edit in () if loops else edits(source):  # an edited loop may never end
        with contextlib.suppress(Exception), np.errstate(all="ignore"):
            tried.append((edit_name(name, source, edit.number), edit.mistake, saw(edit.source)))
    return Table(made(right, tried))


def recognised(
    problem: Problem, gradients: Sequence[Array | Breach], wrong: Collection[int]
) -> dict[int, Diagnosis]:
    """Return the mistake behind each wrong gradient that a known edit gives exactly."""
    tables = _known[-1:] or [here()]
    checks = [c for c in tables[0].checks if c.exercise == problem.exercise]
    if not checks or not wrong:
        return {}
    try:
        with np.errstate(all="ignore"):
            found = seen(problem, gradients)
            named = _matching(found, checks, {k: problem.labels[k] for k in wrong})
    except Exception:  # whatever the student's code does beside the point: no name
        return {}
    # A wrong shape says more than that another array is meant.
    shaped = {k for k, g in enumerate(gradients) if not isinstance(g, Breach)}
    return {k: d for k, d in named.items() if k in shaped or d.mistake != "wrong-array"}


def _matching(
    found: Seen, checks: Sequence[Check], wrong: Mapping[int, str]
) -> dict[int, Diagnosis]:
    for check in checks:
        if not check.is_of(found.surroundings):
            continue
        matched = {}
        for k, label in wrong.items():
            if label in found.gradients:
                shape, numbers = found.gradients[label]
                norm = float(np.linalg.norm(numbers))
                for row in check.rows.get(label, ()):
                    if row.shape != shape:
                        continue
                    mine = projections(numbers, check.salt, label, row.edits[0])
                    if norm > 0 and np.max(np.abs(mine - row.seen)) <= CLOSE * norm:
                        matched[k] = row
                        break
        named = {}
        for k, row in matched.items():
            edit = min(row.edits, key=lambda e: _misfit(e, check, wrong, matched))
            if row.mistake in EDITS:
                named[k] = Diagnosis(row.mistake, EDITS[row.mistake], f"d{wrong[k]}", edit)
        return named
    return {}


def _misfit(
    edit: str, check: Check, wrong: Mapping[int, str], matched: Mapping[int, Any]
) -> tuple[int, int]:
    """How badly an edit accounts for all that is wrong: gradients unexplained, and too many."""
    explained = {wrong[k] for k, row in matched.items() if edit in row.edits}
    touched = {label for label, rows in check.rows.items() if any(edit in r.edits for r in rows)}
    return len(matched) - len(explained), len(touched - explained)
