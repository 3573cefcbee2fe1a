"""A handed-in notebook, put back on the master's frame by grade_id.

nbgrader stops a whole batch at a copied test cell, and leaves a deleted one ungraded. Here the
master says which graded, answer and locked cells there are, and the student's notebook says what
the answers are.

MasterCell                one such cell of the master
rebuild(nb, master)       the repairs, each with a note for the teaching assistant
RebuildOnMaster           the same as a step of nbgrader's pipeline, in DeduplicateIds' place
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

from .names import rebound
from .regions import HIDDEN, without


@dataclass(frozen=True)
class MasterCell:
    """A cell that nbgrader knows; `source` is its text with hidden tests, without solutions."""

    grade_id: str
    cell_type: str
    source: str
    grade: bool
    solution: bool
    locked: bool
    task: bool
    points: float | None

    @property
    def kind(self) -> str:
        """The word for it in a note."""
        if self.solution or self.task:
            return "answer cell"
        return "test cell" if self.grade else "given cell"

    def metadata(self) -> NotebookNode:
        """What nbgrader keeps in the cell's metadata; the checksum is added by OverwriteCells."""
        values: dict[str, Any] = {
            "cell_type": self.cell_type,
            "grade": self.grade,
            "grade_id": self.grade_id,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": self.task,
        }
        if self.points is not None:
            values["points"] = self.points
        return NotebookNode(values)

    def checksum(self) -> str:
        """nbgrader's checksum of the cell as released."""
        metadata = NotebookNode(nbgrader=self.metadata())
        cell = NotebookNode(source=self.source, cell_type=self.cell_type, metadata=metadata)
        return str(compute_checksum(cell))


def rebuild(nb: NotebookNode, master: Sequence[MasterCell]) -> list[str]:
    """Repair `nb` in place and return the notes, one line each.

    Of several cells with one grade_id one stays and the others become ordinary cells. Roles,
    points and cell types come from the master. Cells that the master has and the student deleted
    are put back, and tests stand below what they test.
    """
    known = {cell.grade_id: cell for cell in master}
    places = _places(nb, known)
    notes = _drop_copies(nb, master, places)
    for grade_id, place in places.items():
        notes += _restore(nb, place[0], known[grade_id])
    for cell in master:
        if cell.grade_id not in places and (cell.grade or cell.locked or cell.task):
            _insert(nb, cell, master)
            notes.append(f"deleted {cell.kind} {cell.grade_id!r} was put back")
    return notes + _lower_tests(nb, master)


def _grade_id(cell: NotebookNode) -> str | None:
    meta = cell.metadata.get("nbgrader")
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def _places(nb: NotebookNode, known: dict[str, MasterCell]) -> dict[str, list[int]]:
    """Where each known grade_id occurs. Metadata that the master does not know is removed."""
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(nb.cells):
        grade_id = _grade_id(cell)
        if grade_id in known:
            places.setdefault(grade_id, []).append(index)
        else:
            cell.metadata.pop("nbgrader", None)
    return places


def _drop_copies(
    nb: NotebookNode, master: Sequence[MasterCell], places: dict[str, list[int]]
) -> list[str]:
    """Leave one place for each grade_id."""
    notes = []
    single = {grade_id: found[0] for grade_id, found in places.items() if len(found) == 1}
    order = [cell.grade_id for cell in master]
    for position, cell in enumerate(master):
        found = places.get(cell.grade_id, [])
        if len(found) < 2:
            continue
        if cell.solution:
            changed = [index for index in found if nb.cells[index].source != cell.source]
            keep = (changed or found)[-1]
            notes.append(f"copied {cell.kind} {cell.grade_id!r}: the last one written in counts")
        else:
            before = max((single[name] for name in order[:position] if name in single), default=-1)
            after = min(
                (single[name] for name in order[position + 1 :] if name in single),
                default=len(nb.cells),
            )
            keep = next((index for index in found if before < index < after), found[0])
            notes.append(f"copied {cell.kind} {cell.grade_id!r}: the copy does not count")
        for index in found:
            if index != keep:
                del nb.cells[index].metadata["nbgrader"]
        places[cell.grade_id] = [keep]
    return notes


def _restore(nb: NotebookNode, index: int, master: MasterCell) -> list[str]:
    """Give one cell the master's role, and say what of it the student had changed."""
    cell, notes = nb.cells[index], []
    if cell.cell_type != master.cell_type:
        notes.append(f"{master.kind} {master.grade_id!r} was of type {cell.cell_type}: put right")
        nb.cells[index] = cell = _retyped(nb, cell, master.cell_type)
    cell.metadata["nbgrader"] = master.metadata()
    unchanged = [_text(master.source), _text(without(master.source, HIDDEN))]
    if master.locked and _text(cell.source) not in unchanged:
        notes.append(f"{master.kind} {master.grade_id!r} was edited: the original was used")
    tags = cell.metadata.get("tags", [])
    if isinstance(tags, list) and "skip-execution" in tags and master.cell_type == "code":
        cell.metadata["tags"] = [tag for tag in tags if tag != "skip-execution"]
        notes.append(f"{master.kind} {master.grade_id!r} was tagged skip-execution: it was run")
    return notes


def _lower_tests(nb: NotebookNode, master: Sequence[MasterCell]) -> list[str]:
    """Move each test that was moved up below the code that stands before it in the master."""
    notes = []
    needed: list[str] = []
    for cell in master:
        if cell.cell_type == "code" and (cell.solution or not cell.grade):
            needed.append(cell.grade_id)
        if not cell.grade or cell.solution:
            continue
        places = {_grade_id(there): index for index, there in enumerate(nb.cells)}
        last = max((places[name] for name in needed if name in places), default=-1)
        if places[cell.grade_id] < last:
            nb.cells.insert(last, nb.cells.pop(places[cell.grade_id]))
            notes.append(f"{cell.kind} {cell.grade_id!r} stood above what it tests: moved down")
    return notes


def _text(source: str) -> list[str]:
    return [line.rstrip() for line in source.strip().splitlines()]


def _insert(nb: NotebookNode, cell: MasterCell, master: Sequence[MasterCell]) -> None:
    """Put a deleted cell back: given cells as early as the master's order allows, others as late.

    A student's own cells stand between the master's: a test needs them before it, and they need
    what is given before them.
    """
    order = [other.grade_id for other in master]
    position = order.index(cell.grade_id)
    places = {_grade_id(there): index for index, there in enumerate(nb.cells)}
    before = [places[name] for name in order[:position] if name in places]
    after = [places[name] for name in order[position + 1 :] if name in places]
    if cell.grade or cell.task:
        index = min(after, default=len(nb.cells))
    else:
        index = max(before, default=-1) + 1
    nb.cells.insert(index, _retyped(nb, None, cell.cell_type))
    nb.cells[index].source = cell.source
    nb.cells[index].metadata["nbgrader"] = cell.metadata()
    ids = {there.get("id") for there in nb.cells}
    if "id" in nb.cells[index] and cell.grade_id not in ids and len(cell.grade_id) <= 64:
        nb.cells[index]["id"] = cell.grade_id


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


def master_cells(
    gradebook: Any, notebook: str, assignment: str, order: Sequence[str]
) -> list[MasterCell]:
    """The master's cells as nbgrader's database has them, in the given order of grade_ids."""
    row = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: float(cell.max_score) for cell in [*row.grade_cells, *row.task_cells]}
    graded = {cell.name for cell in row.grade_cells}
    solutions = {cell.name for cell in row.solution_cells}
    tasks = {cell.name for cell in row.task_cells}
    cells = [
        MasterCell(
            grade_id=cell.name,
            cell_type=cell.cell_type,
            source=cell.source,
            grade=cell.name in graded,
            solution=cell.name in solutions,
            locked=bool(cell.locked),
            task=cell.name in tasks,
            points=points.get(cell.name),
        )
        for cell in row.source_cells
    ]
    rank = {grade_id: index for index, grade_id in enumerate(order)}
    return sorted(cells, key=lambda cell: rank.get(cell.grade_id, len(rank)))


def order_of(path: Path) -> list[str]:
    """The grade_ids of a notebook file, in order; none where there is no such file."""
    if not path.is_file():
        return []
    nb = nbformat.read(path, as_version=4)
    return [grade_id for cell in nb.cells if (grade_id := _grade_id(cell))]


class RebuildOnMaster(NbGraderPreprocessor):
    """`rebuild` as a step of nbgrader's pipeline. The notes go to resources["gradelib_notes"]."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Rebuild one notebook."""
        names = resources["nbgrader"]
        source = self._directory()
        folder = source.format_path(source.source_directory, ".", names["assignment"])
        order = order_of(Path(folder) / f"{names['notebook']}.ipynb")
        with Gradebook(names["db_url"]) as gradebook:
            master = master_cells(gradebook, names["notebook"], names["assignment"], order)
        notes = [*rebuild(nb, master), *rebound(nb, master)]
        for note in notes:
            self.log.warning(note)
        resources.setdefault("gradelib_notes", []).extend(notes)
        return nb, resources

    def _directory(self) -> Any:
        """nbgrader's directory object: the converter, two parents up, has it."""
        owner: Any = self
        while not hasattr(owner, "coursedir"):
            owner = owner.parent
        return owner.coursedir
