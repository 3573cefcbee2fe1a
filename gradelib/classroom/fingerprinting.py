"""The fingerprints of an assignment: what each single edit of its solutions returns.

fingerprints(folder)   the text of fingerprints.json for a folder of source notebooks, or None
edits_of(path)         the edits of a source notebook's solutions, by the names that reports give

A Python process of its own runs each notebook's code, so that neither an endless loop nor a
changed setting comes home.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from gradelib.checks.edits import Edit, edits
from gradelib.checks.fingerprints import edit_name
from gradelib.checks.recording import Seen, recording
from gradelib.checks.table import FILE, Check, Table, made, read

from .course import CourseError, notebooks_in
from .names import bound, parsed
from .regions import HIDDEN, SOLUTION, line_numbers, without

EDIT_SECONDS = 2
"""Time that an edited answer may take; an edited loop may never end."""

MAKERS = tuple(f"gradelib.checks.{name}" for name in ("edits", "slips", "recording", "table"))

NOTEBOOK_SECONDS = 900
"""Time for all edits of a notebook."""


@dataclass(frozen=True)
class Cell:
    """A code cell of a source notebook: its text, and the exercises whose checks stand in it."""

    grade_id: str
    source: str
    solution: bool
    exercises: frozenset[str]


def fingerprints(folder: Path, *, anew: bool = False) -> str | None:
    """Return the text of the folder's fingerprints.json, None where no check names an exercise.

    An exercise is named by the grade_id of its solution cell.  The text that is there stays while
    nothing that decides it has changed, or when new numbers differ by rounding only; `anew`
    computes them in any case.  Raises CourseError where the right answer leaves nothing to compare
    with, or takes too long.
    """
    paths = [path for path in notebooks_in(folder) if _exercises(_cells(path))]
    if not paths:
        return None
    digest = _digest(paths)
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        there = read(text)
    except (OSError, ValueError):
        text, there = "", Table()
    if there.made_from == digest and not anew:
        return text
    checks = tuple(check for path in paths for check in _in_own_process(path).checks)
    fresh = Table(checks, digest)
    return text if there.checks and fresh.same(there) else fresh.text()


def _digest(paths: Sequence[Path]) -> str:
    """A digest of the notebooks' code and of the modules that make edits and fingerprints."""
    code = [Path(__file__), *(Path(sys.modules[name].__file__ or "") for name in MAKERS)]
    texts = [path.read_text(encoding="utf-8") for path in code]
    texts += [cell.source for path in paths for cell in _cells(path)]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def edits_of(path: Path) -> dict[str, tuple[str, Edit]]:
    """Return the solutions' edits by name: (exercise, edit)."""
    cells = _cells(path)
    return {
        edit_name(cell.grade_id, cell.source, edit.number): (cell.grade_id, edit)
        for cell in cells
        if cell.grade_id in _exercises(cells)
        for edit in _edits(cell)
    }


def _cells(path: Path) -> list[Cell]:
    found = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            role = cell.metadata.get("nbgrader", {})
            named = _named_in(cell.source) if role.get("grade") else frozenset()
            name = str(role.get("grade_id", ""))
            found.append(Cell(name, cell.source, bool(role.get("solution")), named))
    return found


def _named_in(source: str) -> frozenset[str]:
    """The exercises that the calls in a released grade cell name."""
    return frozenset(
        node.value.value
        for node in ast.walk(parsed(without(source, HIDDEN)))
        if isinstance(node, ast.keyword)
        and node.arg == "exercise"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _exercises(cells: Sequence[Cell]) -> set[str]:
    named = {name for cell in cells for name in cell.exercises}
    return named & {cell.grade_id for cell in cells if cell.solution}


def _needed(cells: Sequence[Cell], exercises: set[str]) -> list[Cell]:
    """The cells that the exercises' checks build on, by the names that cells bind and use.

    What draws a figure or trains a net is left out, unless a check uses what it binds.
    """
    kept: list[Cell] = []
    used: set[str] = set()
    for cell in reversed(cells):
        tree = parsed(without(cell.source, HIDDEN))
        binds = {name for name, _ in bound(cell.source)} | _changed(tree)
        if cell.exercises & exercises or (cell.grade_id in exercises) or binds & used:
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


def _edits(cell: Cell) -> Iterator[Edit]:
    yield from edits(cell.source, line_numbers(cell.source, SOLUTION) or None)


def _in_own_process(path: Path) -> Table:
    with tempfile.TemporaryDirectory(prefix="gradelib-fingerprints-") as scratch:
        made_here = Path(scratch, "table.json")
        roots = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, roots)),
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
        }
        environment.pop("NBGRADER_EXECUTION", None)
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, str(path.resolve()), str(made_here)],
                cwd=path.parent,
                env=environment,
                capture_output=True,
                text=True,
                timeout=NOTEBOOK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CourseError(
                f"the fingerprints of {path} take longer than {NOTEBOOK_SECONDS} s"
            ) from None
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["Python died"])[-1]
            raise CourseError(f"no fingerprints of {path}: {reason}")
        return read(made_here.read_text(encoding="utf-8"))


class _Notebook:
    """A source notebook's code in one namespace, and what its exercises' checks see."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.last_error = ""

    def checks(self) -> Iterator[Check]:
        """Run the cells in order as far as the last exercise; at its grade cells, all edits."""
        wanted = _exercises(self.cells)
        solutions = {cell.grade_id: cell for cell in self.cells if cell.solution}
        for cell in _needed(self.cells, wanted):
            for exercise in sorted(cell.exercises & wanted):
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
        for edit in _edits(solution):
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


class _TooLong(BaseException):
    """An edited answer ran too long; no `except Exception` stops it."""


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Give up what raises or takes too long."""

    def give_up(*_: object) -> None:
        raise _TooLong

    old = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with contextlib.suppress(Exception, _TooLong):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def _main(source: str, into: str) -> None:
    import warnings

    import numpy as np

    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    table = Table(tuple(_Notebook(_cells(Path(source))).checks()))
    Path(into).write_text(table.text(), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
