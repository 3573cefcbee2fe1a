"""The checks of a notebook's exercises, seen by the right answers and by each edit of them.

Runs as a program, in a Python of its own: a notebook's code cells come in as JSON, and the table of
fingerprints goes to the file that is named.  It imports nothing of nbgrader, which takes seconds.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradelib.checks.mistakes.edits import Edit, edits
from gradelib.checks.mistakes.fingerprints import edit_name
from gradelib.checks.mistakes.recording import Seen, recording
from gradelib.checks.mistakes.table import Check, Table, made
from gradelib.exam.texts.magics import bound, parsed

from .regions import HIDDEN, SOLUTION, line_numbers, without

EDIT_SECONDS = 2
"""Time that an edited answer may take; an edited loop may never end."""


@dataclass(frozen=True)
class Cell:
    """A code cell of a source notebook: its text, and the exercises whose checks stand in it."""

    grade_id: str
    source: str
    solution: bool
    exercises: tuple[str, ...]


def exercises_of(cells: Sequence[Cell]) -> set[str]:
    named = {name for cell in cells for name in cell.exercises}
    return named & {cell.grade_id for cell in cells if cell.solution}


def edits_of_cell(cell: Cell) -> Iterator[Edit]:
    yield from edits(cell.source, line_numbers(cell.source, SOLUTION) or None)


def _needed(cells: Sequence[Cell], exercises: set[str]) -> list[Cell]:
    """The cells that the exercises' checks build on, by the names that cells bind and use.

    What draws a figure or trains a net is left out, unless a check uses what it binds.
    """
    kept: list[Cell] = []
    used: set[str] = set()
    for cell in reversed(cells):
        tree = parsed(without(cell.source, HIDDEN))
        binds = {name for name, _ in bound(cell.source)} | _changed(tree)
        if exercises.intersection([*cell.exercises, cell.grade_id]) or binds & used:
            kept.append(cell)
            used |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return kept[::-1]


def _changed(tree: ast.Module) -> set[str]:
    """The names whose items or attributes a cell stores."""
    stored = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store)
    }
    return {node.id for node in stored if isinstance(node, ast.Name)}


class _Notebook:
    """A source notebook's code in one namespace, and what its exercises' checks see."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.last_error = ""

    def checks(self) -> Iterator[Check]:
        """Run the cells in order as far as the last exercise; at its grade cells, all edits."""
        wanted = exercises_of(self.cells)
        solutions = {cell.grade_id: cell for cell in self.cells if cell.solution}
        for cell in _needed(self.cells, wanted):
            for exercise in sorted(wanted.intersection(cell.exercises)):
                yield from self._exercise(solutions[exercise], cell)
            with contextlib.suppress(Exception), recording():
                self._run(without(cell.source, HIDDEN))

    def _exercise(self, solution: Cell, tests: Cell) -> tuple[Check, ...]:
        released = without(tests.source, HIDDEN)
        before = dict(self.names)

        def saw(text: str) -> list[Seen]:
            with recording() as notes, _limited(EDIT_SECONDS):
                self._run(text)
                self._run(released)
            self.names.clear()
            self.names.update(before)
            return [note for note in notes if note.exercise == solution.grade_id]

        right = saw(solution.source)
        if not right:
            raise SystemExit(f"the check of {solution.grade_id!r} saw nothing: {self.last_error}")
        tried = []
        for edit in edits_of_cell(solution):
            name = edit_name(solution.grade_id, solution.source, edit.number)
            tried.append((name, edit.mistake, saw(edit.source)))
        again = saw(solution.source)
        if not Table(made(right, ())).same(Table(made(again, ()))):
            raise SystemExit(f"the check of {solution.grade_id!r} sees other numbers each time")
        return made(right, tried)

    def _run(self, source: str) -> None:
        """Run a cell; what it raises is kept, in a line."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(parsed(source), "<cell>", "exec"), self.names)  # noqa: S102 - the staff's
        except Exception as error:
            self.last_error = traceback.format_exception_only(error)[-1].strip()
            raise


class _TooLong(KeyboardInterrupt):
    """An edited answer ran too long; no `except Exception` stops it, nor does a check."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Give up what raises or computes too long, other programs not counted."""

    def give_up(*_: object) -> None:
        raise _TooLong

    old = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        with contextlib.suppress(Exception, _TooLong):
            yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, old)


def _main(into: str) -> None:
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    cells = [Cell(**entry) for entry in json.load(sys.stdin)]
    table = Table(tuple(_Notebook(cells).checks()))
    with open(into, "w", encoding="utf-8") as file:
        file.write(table.text())


if __name__ == "__main__":
    _main(sys.argv[1])
