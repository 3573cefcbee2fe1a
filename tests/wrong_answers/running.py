"""A solution notebook with one wrong answer in it: which points are lost, and what is named.

Notebook(path)            a source notebook, its exercises and the cells that test them
notebook.results(rows)    (row, Result) for each row; only the cells that an exercise needs are run
Result                    the reports of the exercise's grade cells, and what they name

As a program it prints this for a notebook, or for one exercise: running.py 03 [affine-backward].
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import numpy as np

import gradelib as gl
from gradelib.checks.reports.report import Report
from gradelib.exam.texts.magics import bound, parsed


@dataclass(frozen=True)
class Result:
    """What the grade cells of an exercise said: their reports, and an error that ended one."""

    reports: tuple[Report, ...]
    error: str = ""

    @property
    def failed(self) -> list[Report]:
        return [report for report in self.reports if not report.passed]

    @property
    def lost(self) -> bool:
        """Whether points are lost."""
        return bool(self.failed or self.error)

    @property
    def mistakes(self) -> set[str]:
        """The identifiers that the failed reports name."""
        return {e["mistake"] for report in self.failed for e in report.to_json()["diagnoses"]}

    def says(self, words: str) -> bool:
        """Whether a failed check of a text got these words, or more."""
        return any(words in c.message for r in self.failed for c in r.comparisons)


@dataclass(frozen=True)
class Cell:
    """A code cell: its grade_id, its text, its code, and the names that it binds and uses."""

    name: str
    source: str
    solution: bool
    test: bool
    code: Any
    binds: frozenset[str]
    uses: frozenset[str]
    exercises: frozenset[str]  # named by its checks


class Notebook:
    """The code cells of a source notebook, run in one namespace."""

    def __init__(self, path: Path) -> None:
        cells = nbformat.read(path, as_version=4).cells
        self.cells = [_cell(cell) for cell in cells if cell.cell_type == "code"]
        self.solutions = {cell.name: cell for cell in self.cells if cell.solution}
        self.names: dict[str, Any] = {}

    def tests(self, exercise: str) -> list[Cell]:
        """The grade cells that come next after the exercise, and those that name it."""
        after = self.cells[self.cells.index(self.solutions[exercise]) + 1 :]
        found: list[Cell] = []
        for cell in after:
            if cell.solution and found:
                break
            found += [cell] if cell.test else []
        return found + [cell for cell in after if exercise in cell.exercises and cell not in found]

    def results(self, rows: Sequence[Any]) -> Iterator[tuple[Any, Result]]:
        """Yield each row with its result, in the notebook's order; the right answer's row is None.

        A row has `exercise`, the grade_id of a solution cell, and `source`, the text in its place.
        """
        self.names = {"__name__": "__main__", "get_ipython": lambda: None}
        wanted = {row.exercise for row in rows}
        for cell in self._needed([*self._tests_of(wanted)]):
            if cell.name in wanted and cell.solution:
                yield None, self._graded(cell, cell.source)
                for row in rows:
                    if row.exercise == cell.name:
                        yield row, self._graded(cell, row.source)
            self._run(cell.code)

    def _tests_of(self, exercises: set[str]) -> Iterator[Cell]:
        for exercise in exercises:
            yield from self.tests(exercise)

    def _needed(self, wanted: Sequence[Cell]) -> list[Cell]:
        """The wanted cells, and those before them that bind what they use, in order."""
        kept: list[Cell] = []
        used: set[str] = set()
        for cell in reversed(self.cells):
            if cell in wanted or cell.binds & used:
                kept.append(cell)
                used |= cell.uses
        return kept[::-1]

    def _graded(self, solution: Cell, source: str) -> Result:
        """Run an answer, what its tests need of the cells that follow, and the tests."""
        tests = self.tests(solution.name)
        start = self.cells.index(solution)
        between = [c for c in self._needed(tests) if self.cells.index(c) > start]
        reports: list[Report] = []

        def award(points: float, *given: Report) -> float:
            reports.extend(given)
            return 0.0

        before = dict(self.names)
        arrays = [(a, a.copy()) for a in _arrays(before) if a.flags.writeable]
        try:
            with mock.patch.object(gl, "award", award):
                self._run(source)
                for cell in between:
                    self._run(cell.code)
            return Result(tuple(reports))
        except Exception as error:
            return Result(tuple(reports), f"{type(error).__name__}: {error}")
        finally:
            self.names.clear()
            self.names.update(before)
            for array, copy in arrays:
                array[...] = copy

    def _run(self, code: Any) -> None:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in a student's notebook, they end nothing
            if isinstance(code, str):
                code = compile(parsed(code) if "%" in code else code, "<answer>", "exec")
            exec(code, self.names)


def _arrays(names: dict[str, Any]) -> Iterator[np.ndarray]:
    for value in names.values():
        for part in value.values() if isinstance(value, dict) else [value]:
            if isinstance(part, np.ndarray):
                yield part


def _cell(cell: Any) -> Cell:
    role = cell.metadata.get("nbgrader", {})
    tree = parsed(cell.source)
    nodes = list(ast.walk(tree))
    stored = {
        node.value.id
        for node in nodes
        if isinstance(node, (ast.Subscript, ast.Attribute))
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
    }
    return Cell(
        name=role.get("grade_id", ""),
        source=cell.source,
        solution=bool(role.get("solution")),
        test=bool(role.get("grade")) and not role.get("solution"),
        code=compile(tree, role.get("grade_id", "<cell>"), "exec"),
        binds=frozenset({name for name, _ in bound(cell.source)} | stored),
        uses=frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
        exercises=frozenset(
            node.value.value
            for node in nodes
            if isinstance(node, ast.keyword)
            and node.arg == "exercise"
            and isinstance(node.value, ast.Constant)
        ),
    )


def _main(number: str, exercise: str = "") -> None:
    from wrong_answers.table import SOLUTIONS, rows, tabulated

    for assignment in tabulated():
        if assignment.startswith(number):
            (path,) = (SOLUTIONS / assignment).glob("*.ipynb")
            chosen = [row for row in rows(assignment) if exercise in ("", row.exercise)]
            with contextlib.chdir(path.parent):
                for row, result in Notebook(path).results(chosen):
                    _print(row, result)


def _print(row: Any, result: Result) -> None:
    lost = f"{len(result.failed)} of {len(result.reports)} checks failed {result.error}"
    if row is None:
        print("\nthe right answer:", lost)
        return
    print(f"{row.exercise}: {row.what}: {lost}")
    print(f"    claimed {row.named}, named {sorted(result.mistakes)}")
    for text in dict.fromkeys(map(str, result.failed)):
        print("      | " + text.replace("\n", "\n      | "))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    _main(*sys.argv[1:])
