"""Whose names are whose: which the tests get as proxies, and what must run on which side.

sides(master)             the plan for a master notebook, before any hand-in is seen
released_too(nb, master)  the tests whose released text a rebuilt hand-in needs on its side as well
doubtful(master)          where a student's code would decide what a test takes as given
warm(paper)               look through a paper once, for many hand-ins
rebound(nb, master)       names that a hand-in gives another meaning, such as `sum = 0`

A name is the student's from the solution cell of the master that binds it until a given cell binds
it again; a student who defines `len` changes nothing. Given cells run on both sides. There are two
exceptions, and one that seems to be one:

- A module that a solution cell imports (`import numpy as np`) is the examiner's own, where the
  student has imported it too: else the student's numpy would judge the student.
- A given cell that uses a student's name *while it runs* (a figure of the student's results) runs
  on the student's side alone: run twice it would change the student's objects twice. So what it
  defines is the student's, and `doubtful` names it.
- A given function whose *body* uses a student's name may be defined on both sides, since defining
  it calls nothing. A test that calls it calls the examiner's copy, in which the student's name is
  a proxy, exactly as if its lines stood in the test. A given cell that calls it, or hands it on,
  does use the student's name while it runs.
"""

from __future__ import annotations

import builtins
import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nbformat import NotebookNode

from gradelib.exam.texts.magics import bound
from gradelib.exam.texts.paper import Master, MasterCell, Paper
from gradelib.exam.texts.rebuild import grade_id_of
from gradelib.exam.texts.scopes import Uses, uses

BUILTINS = frozenset(dir(builtins))
WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Sides:
    """The plan of a master notebook. Cells are known by their index in `master.cells`.

    `at`: for each cell the names that are the student's when it begins. `modules`: for each cell
    the names that the student should have bound to modules by then, with the statement that binds
    the examiner's own. `candidate_only`: given cells for the student's side alone. `computed`: the
    names that are the student's only because a given cell, whose index follows, computes them with
    the student's.
    """

    at: tuple[frozenset[str], ...]
    modules: tuple[Mapping[str, str], ...]
    candidate_only: frozenset[int]
    computed: Mapping[str, int]

    @property
    def names(self) -> frozenset[str]:
        """The names that are the student's anywhere."""
        return frozenset().union(*self.at)


@dataclass(frozen=True)
class Retold:
    """The grade_ids of tests whose released text runs on the student's side as well.

    `after` the test, because a later cell reads what it binds; `before` it, because a function of
    the student's reads as a global what only this test binds.
    """

    before: frozenset[str]
    after: frozenset[str]


@lru_cache(maxsize=200)
def exports(module: str) -> frozenset[str]:
    """What `from module import *` binds; nothing where there is no such module."""
    try:
        found = importlib.import_module(module)
        names = getattr(found, "__all__", None) or [n for n in vars(found) if n[0] != "_"]
        return frozenset(names)
    except Exception:
        return frozenset()


def _uses_of_master(source: str) -> Uses:
    return uses(source, exports)


def warm(paper: Paper) -> None:
    """Look through a paper's cells now, so that each hand-in's take less time."""
    for master in paper.notebooks.values():
        sides(master)
        for cell in master.cells:
            if cell.cell_type == "code":
                for text in (cell.source, cell.released):
                    for look in (_uses_of_master, uses, bound):
                        look(text)


def sides(master: Master) -> Sides:
    """Return the plan of a master notebook."""
    walk, at, modules, only = _Walk(), [], [], set()
    for index, cell in enumerate(master.cells):
        at.append(frozenset(walk.students))
        modules.append(dict(walk.modules))
        if cell.cell_type != "code":
            continue
        if cell.solution:
            walk.solution(cell)
        elif cell.grade:
            walk.test(cell)
        elif walk.given(cell, index):
            only.add(index)
    at.append(frozenset(walk.students))
    return Sides(tuple(at), tuple(modules), frozenset(only), walk.every_computed)


class _Walk:
    """Whose the names are, from cell to cell."""

    def __init__(self) -> None:
        self.students: set[str] = set()
        self.modules: dict[str, str] = {}
        self.own: set[str] = set()  # bound by the examiner's given cells
        self.computed: dict[str, int] = {}
        self.every_computed: dict[str, int] = {}
        self.later: dict[str, frozenset[str]] = {}  # what the examiner's own functions read

    def reached(self, names: Iterable[str]) -> set[str]:
        """The names, and all that calling the functions among them reads."""
        waiting, found = list(names), set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.later.get(name, ())
        return found

    def solution(self, cell: MasterCell) -> None:
        """What a solution cell binds is the student's."""
        for name in cell.binds:
            self.later.pop(name, None)
            self.computed.pop(name, None)
            self.modules.pop(name, None)
        self.modules |= {name: how for name, how in cell.modules.items() if name not in self.own}
        self.students |= cell.binds - cell.modules.keys()
        self.students -= cell.modules.keys()

    def given(self, cell: MasterCell, index: int) -> bool:
        """Whether a given cell uses a student's name while it runs."""
        use = _uses_of_master(cell.source)
        used = self.reached(use.reads) & self.students
        for name in use.binds | use.deletes:
            self.later.pop(name, None)
            self.computed.pop(name, None)
            self.modules.pop(name, None)
        self.own |= use.binds
        if used:
            self.own -= use.binds
            self.students |= use.binds
            self.computed |= dict.fromkeys(use.binds, index)
            self.every_computed |= dict.fromkeys(use.binds, index)
        else:
            self.students -= use.binds | use.deletes
            self.later |= use.later
        return bool(used)

    def test(self, cell: MasterCell) -> None:
        """What a test binds is the examiner's, but what a solution binds stays the student's."""
        use = _uses_of_master(cell.source)
        for name in use.surely & self.computed.keys():
            del self.computed[name]
            self.students.remove(name)
        for name in use.binds - self.students:
            self.later.pop(name, None)
        self.later |= {name: read for name, read in use.later.items() if name not in self.students}


def released_too(nb: NotebookNode, master: Master) -> Retold:
    """Return the tests of a rebuilt hand-in whose released text its later cells need."""
    tests = {cell.grade_id: _uses_of_master(cell.released) for cell in master.cells if cell.test}
    bound_by_tests = frozenset().union(*(use.binds for use in tests.values()))
    cells = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            grade_id = grade_id_of(cell)
            if grade_id in tests:
                cells.append((grade_id, tests[grade_id]))
            elif not bound_by_tests.isdisjoint(WORD.findall(cell.source)):
                cells.append((None, uses(cell.source)))
    after: set[str] = set()
    wanted: set[str] = set()
    for test, use in reversed(cells):
        if test and not use.binds & wanted:
            continue
        if test:
            after.add(test)
        wanted = (wanted - use.surely) | use.reads | use.reads_later
    before: set[str] = set()
    there, loose = set(BUILTINS), set[str]()  # bound so far, and what functions so far read
    for test, use in cells:
        if test and use.binds & (loose - there):
            before.add(test)
        elif not test:
            there |= use.binds
            loose |= use.reads_later
    return Retold(frozenset(before), frozenset(after - before))


def doubtful(master: Master) -> tuple[str, ...]:
    """Return a line for each locked cell and each test that the student's code decides with.

    A locked cell that uses a student's name while it runs, and a test that reads what such a cell,
    locked or not, has computed.
    """
    plan, walk = sides(master), _Walk()
    lines = []
    for index, cell in enumerate(master.cells):
        if cell.cell_type != "code":
            continue
        read = walk.reached(_uses_of_master(cell.source).reads)
        if cell.solution:
            walk.solution(cell)
        elif cell.test:
            lines += [
                f"test cell {cell.grade_id!r} reads {name!r}, which {_where(master, place)} "
                "computes with a student's code"
                for name, place in sorted(walk.computed.items())
                if name in read
            ]
            walk.test(cell)
        else:
            used = ", ".join(repr(name) for name in sorted(read & plan.at[index]))
            walk.given(cell, index)
            if index in plan.candidate_only and cell.locked:
                lines.append(
                    f"locked cell {cell.grade_id!r} uses {used}, which students write: "
                    "it runs with their code, and what it defines is theirs"
                )
    return tuple(lines)


def _where(master: Master, index: int) -> str:
    grade_id = master.cells[index].grade_id
    return f"cell {grade_id!r}" if grade_id else f"the master's cell number {index + 1}"


def rebound(nb: NotebookNode, master: Sequence[MasterCell]) -> list[str]:
    """One note for each name that tests rely on and a student's cell binds to something else.

    Tests rely on the built-in names that they use, and on those that a given cell binds.
    """
    locked = [cell for cell in master if cell.locked and cell.cell_type == "code"]
    given = {name: what for cell in locked if not cell.grade for name, what in bound(cell.source)}
    relied = set().union(*(_uses_of_master(cell.source).reads for cell in locked if cell.grade))
    relied &= given.keys() | BUILTINS
    own = {cell.grade_id for cell in locked}
    notes = []
    for index, cell in enumerate(nb.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if cell.cell_type != "code" or grade_id in own:
            continue
        where = f"cell {grade_id!r}" if grade_id else f"the notebook's cell number {index + 1}"
        other = {name for name, what in bound(cell.source) if what == "" or what != given.get(name)}
        notes += [
            f"{where} gives {name!r} another meaning: tests that use it may fail"
            for name in sorted(other & relied)
        ]
    return notes
