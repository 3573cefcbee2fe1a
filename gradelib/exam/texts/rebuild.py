"""A handed-in notebook, put back on the master's frame by grade_id.

rebuild(nb, master)   the repairs, each with a note for the teaching assistant
matches(nb, master)   which cell of the master each cell is

The master says which graded, answer and locked cells there are, and the student's notebook says
what the answers are.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat import NotebookNode

from gradelib.exam.texts.notebook import ID, role
from gradelib.exam.texts.paper import MasterCell

Named = Mapping[str, MasterCell]
"""The master's cells that have a grade_id, by it, in order."""


def rebuild(nb: NotebookNode, master: Sequence[MasterCell]) -> list[str]:
    """Repair `nb` in place and return the notes, one line each.

    Of several cells with one grade_id one stays and the others become ordinary cells. Roles,
    points, types, tags and the text of locked cells and tests come from the master. Cells that the
    master has and the student deleted are put back, given cells stand where the master has them,
    and tests stand in the master's order below what they test.
    """
    named = {cell.grade_id: cell for cell in master if cell.grade_id is not None}
    notes: list[str] = []
    places = _places(nb, named, notes)
    _drop_copies(nb, named, places, notes)
    for grade_id, place in places.items():
        _restore(nb, place[0], named[grade_id], notes)
    moved = _moved(nb, named)
    _put_back_given(nb, named, moved, notes)
    for grade_id, cell in named.items():
        if grade_id not in places and (cell.fixed or cell.grade or cell.task):
            _insert(nb, cell, list(named))
            notes.append(f"deleted {cell.kind} {grade_id!r} was put back")
    _put_back_tests(nb, named, moved, notes)
    return notes


def matches(nb: NotebookNode, master: Sequence[MasterCell]) -> list[int | None]:
    """Return for each cell of a rebuilt notebook the index of the master's; None: the student's.

    A cell with a grade_id is matched by it, an ordinary one by its text, each of the master's once.
    """
    named = {cell.grade_id: index for index, cell in enumerate(master) if cell.grade_id}
    ordinary: dict[tuple[str, str], list[int]] = {}
    for index, cell in enumerate(master):
        if cell.grade_id is None:
            ordinary.setdefault((cell.cell_type, cell.released), []).append(index)
    found: list[int | None] = []
    for there in nb.cells:
        alike = ordinary.get((there.cell_type, there.source), [])
        grade_id = grade_id_of(there)
        found.append(named.get(grade_id) if grade_id else alike.pop(0) if alike else None)
    return found


def grade_id_of(cell: NotebookNode) -> str | None:
    """A cell's grade_id, if it has one."""
    grade_id = role(cell).get("grade_id")
    return grade_id if isinstance(grade_id, str) else None


def _places(nb: NotebookNode, named: Named, notes: list[str]) -> dict[str, list[int]]:
    """Where each known grade_id occurs. Metadata that the master does not know is removed."""
    places: dict[str, list[int]] = {}
    invented = []
    for index, cell in enumerate(nb.cells):
        grade_id = grade_id_of(cell)
        if grade_id is not None and grade_id in named:
            places.setdefault(grade_id, []).append(index)
        else:
            meta = cell.metadata.pop("nbgrader", None)
            if grade_id and isinstance(meta, dict) and (meta.get("grade") or meta.get("solution")):
                invented.append(repr(grade_id[:40]))
    if invented:
        more = f" and {len(invented) - 3} more" if len(invented) > 3 else ""
        notes.append(
            f"invented: {', '.join(invented[:3])}{more}; the assignment has no such cell, "
            "so it earns nothing"
        )
    return places


def _drop_copies(
    nb: NotebookNode, named: Named, places: dict[str, list[int]], notes: list[str]
) -> None:
    """Leave one place for each grade_id."""
    single = {grade_id: found[0] for grade_id, found in places.items() if len(found) == 1}
    order = list(named)
    for position, (grade_id, cell) in enumerate(named.items()):
        found = places.get(grade_id, [])
        if len(found) < 2:
            continue
        if cell.solution:
            changed = [index for index in found if nb.cells[index].source != cell.source]
            keep = (changed or found)[-1]
            notes.append(f"copied {cell.kind} {grade_id!r}: the last one written in counts")
        else:
            before = max((single[name] for name in order[:position] if name in single), default=-1)
            after = min(
                (single[name] for name in order[position + 1 :] if name in single),
                default=len(nb.cells),
            )
            keep = next((index for index in found if before < index < after), found[0])
            notes.append(f"copied {cell.kind} {grade_id!r}: the copy does not count")
        for index in found:
            if index != keep:
                del nb.cells[index].metadata["nbgrader"]
        places[grade_id] = [keep]


def _restore(nb: NotebookNode, index: int, master: MasterCell, notes: list[str]) -> None:
    """Give one cell what is the master's, and say what of it the student had changed."""
    cell, what = nb.cells[index], f"{master.kind} {master.grade_id!r}"
    if cell.cell_type != master.cell_type:
        notes.append(f"{what} was of type {cell.cell_type}: put right")
        nb.cells[index] = cell = _retyped(nb, cell, master.cell_type)
    cell.metadata["nbgrader"] = master.metadata()
    if master.fixed:
        if _text(cell.source) not in (_text(master.source), _text(master.released)):
            notes.append(f"{what} was edited: the original was used")
        cell.source = master.source
    tags = cell.metadata.pop("tags", [])
    if "skip-execution" in tags and "skip-execution" not in master.tags:
        notes.append(f"{what} was tagged skip-execution: it was run")
    if master.tags:
        cell.metadata["tags"] = list(master.tags)


def _moved(nb: NotebookNode, named: Named) -> set[str]:
    """The code cells that the student has moved: those out of the heaviest run in order.

    An answer weighs more than a test or a given cell, so that of two that were swapped it stays.
    """
    rank = {grade_id: position for position, grade_id in enumerate(named)}
    there = [grade_id_of(cell) for cell in nb.cells]
    code = [name for name in there if name and named[name].cell_type == "code"]
    if all(rank[one] < rank[two] for one, two in itertools.pairwise(code)):
        return set()
    runs: list[tuple[int, list[str]]] = []  # for each cell the heaviest run that ends in it
    for position, name in enumerate(code):
        before = [run for run in runs[:position] if rank[run[1][-1]] < rank[name]]
        weight, run = max(before, key=lambda run: run[0], default=(0, []))
        runs.append((weight + (3 if named[name].solution else 2), [*run, name]))
    return set(code) - set(max(runs, key=lambda run: run[0])[1])


def _put_back_given(nb: NotebookNode, named: Named, moved: set[str], notes: list[str]) -> None:
    """Put given cells that the student has moved back to where the master has them."""
    for name, cell in named.items():
        if name in moved and cell.given and cell.locked:
            index = next(i for i, there in enumerate(nb.cells) if grade_id_of(there) == name)
            there = nb.cells.pop(index)
            nb.cells.insert(_place(nb, cell, list(named)), there)
            notes.append(f"given cell {name!r} was moved: put back in its place")


def _put_back_tests(nb: NotebookNode, named: Named, moved: set[str], notes: list[str]) -> None:
    """Put tests that were moved below the code and the tests before them in the master."""
    needed: list[str] = []
    places = {grade_id_of(there): index for index, there in enumerate(nb.cells)}
    for name, cell in named.items():
        last = max((places[other] for other in needed if other in places), default=-1)
        if cell.test and (places[name] < last or name in moved):
            above = places[name] < last
            there = nb.cells.pop(places[name])
            first = last if above else last + 1
            nb.cells.insert(max(first, _place(nb, cell, list(named), first)), there)
            places = {grade_id_of(there): index for index, there in enumerate(nb.cells)}
            why = "stood above what it tests: moved down" if above else "was moved: put back"
            notes.append(f"{cell.kind} {name!r} {why}")
        if cell.cell_type == "code" and name in places:
            needed.append(name)


def _text(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().splitlines()]


def _insert(nb: NotebookNode, cell: MasterCell, order: Sequence[str]) -> None:
    """Put a deleted cell back."""
    new = _retyped(nb, None, cell.cell_type)
    new.source = cell.source
    new.metadata["nbgrader"] = cell.metadata()
    if cell.tags:
        new.metadata["tags"] = list(cell.tags)
    ids = {there.get("id") for there in nb.cells}
    if "id" in new:
        wanted = cell.grade_id if ID.fullmatch(cell.grade_id or "") else "put-back"
        again = (f"{wanted}-{number}"[-64:] for number in itertools.count(1))
        new["id"] = next(name for name in itertools.chain([wanted], again) if name not in ids)
    nb.cells.insert(_place(nb, cell, order), new)


def _place(nb: NotebookNode, cell: MasterCell, order: Sequence[str], first: int = 0) -> int:
    """Where a cell of the master belongs: a given cell as early as its order allows, others late.

    A student's own cells stand between the master's: a test needs them before it, and they need
    what is given before them. What stands before the place `first` is not looked at.
    """
    position = order.index(cell.grade_id or "")
    places = {grade_id_of(there): index for index, there in enumerate(nb.cells)}
    before = [places[name] for name in order[:position] if name in places]
    after = [places[name] for name in order[position + 1 :] if places.get(name, -1) >= first]
    if cell.grade or cell.task:
        return min(after, default=len(nb.cells))
    return max(before, default=-1) + 1


def _retyped(nb: NotebookNode, old: NotebookNode | None, cell_type: str) -> NotebookNode:
    """A new cell of a type, with an old one's text, metadata and id if there is one."""
    make: Any = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }[cell_type]
    new = make() if old is None else make(source=old.source, metadata=old.metadata)
    if old is not None and "id" in old:
        new["id"] = old["id"]
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        new.pop("id", None)
    return new  # type: ignore[no-any-return]
