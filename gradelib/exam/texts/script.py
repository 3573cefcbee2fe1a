"""What of a master notebook the examiner runs, worked out once for each paper.

Script(master, still)   the plan: what is run for each grade cell, and which names it may use
Test                    one grade cell of it

The examiner runs the master's own cells in the master's order, so that a given cell that a student
has deleted or edited is still there for the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gradelib.exam.texts.leaving import Part, unneeded
from gradelib.exam.texts.magics import parsed
from gradelib.exam.texts.names import Sides, doubtful, sides
from gradelib.exam.texts.paper import Master, MasterCell

WORD = re.compile(r"[^\W\d]\w*")

ANY_NAME = frozenset(["globals", "locals", "vars", "dir", "eval", "exec", "get_ipython"])
"""A cell that says one of these may read any name."""


@dataclass(frozen=True)
class Test:
    """A grade cell as the examiner runs it.

    `given` are the master's cells to run before it, those since the test before. `wanted` are the
    student's names that it may read, `bound` those that it may bind or delete. `modules` are names
    that the student should have imported, each with the import of the examiner's own.
    """

    cell: MasterCell
    given: tuple[MasterCell, ...]
    wanted: tuple[str, ...]
    bound: frozenset[str]
    modules: Mapping[str, str]


class Script:
    """The plan of one master notebook. `still` are the places of cells that change nothing."""

    def __init__(self, master: Master, still: Collection[int] = ()) -> None:
        self.master = master
        self.still = frozenset(still)
        self.sides: Sides = sides(master)
        self.doubtful = doubtful(master)
        self.steps = tuple(
            index
            for index, cell in enumerate(master.cells)
            if cell.test or (cell.given and index not in self.sides.candidate_only)
        )
        self.tests: dict[str, Test] = dict(self._tests())

    def _tests(self) -> Iterator[tuple[str, Test]]:
        """The grade cells that tests decide, by grade_id."""
        cells = self.master.cells
        out = unneeded([Part(cells[at].source, at in self.still) for at in self.steps])
        given: list[MasterCell] = []
        within: set[str] = set()
        for number, index in enumerate(self.steps):
            cell = cells[index]
            within |= set(_read_later(cell.source))
            if cell.test and cell.grade_id is not None:
                said = set(WORD.findall(cell.source)) | within
                all_of = bool(said & ANY_NAME)
                students = self.sides.at[index]
                modules = self.sides.modules[index]
                yield (
                    cell.grade_id,
                    Test(
                        cell=cell,
                        given=tuple(given),
                        wanted=tuple(_of(students, said, all_of)),
                        bound=frozenset(students & _may_bind(cell.source)),
                        modules={name: modules[name] for name in _of(modules, said, all_of)},
                    ),
                )
                given = []
            elif number not in out:
                given.append(cell)


def _of(names: Iterable[str], said: set[str], all_of: bool) -> list[str]:
    return sorted(name for name in names if all_of or name in said)


def _read_later(source: str) -> Iterator[str]:
    """The names inside the functions and classes that a cell defines."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _may_bind(source: str) -> set[str]:
    """The names that a cell may bind or delete."""
    found: set[str] = set()
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found
