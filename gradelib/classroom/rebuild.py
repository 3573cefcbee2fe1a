"""The rebuilding of hand-ins as a step of nbgrader's pipeline.

RebuildOnMaster   gradelib.exam.rebuild in DeduplicateIds' place
master_cells      the master's cells as nbgrader's database has them
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum

from gradelib.exam.names import rebound
from gradelib.exam.paper import MasterCell
from gradelib.exam.rebuild import grade_id_of, rebuild

from .regions import HIDDEN, without

__all__ = ["MasterCell", "RebuildOnMaster", "checksum", "master_cells", "rebuild"]


def checksum(cell: MasterCell) -> str:
    """nbgrader's checksum of the cell as it is stored in the gradebook."""
    metadata = NotebookNode(nbgrader=cell.metadata())
    text = NotebookNode(source=cell.source, cell_type=cell.cell_type, metadata=metadata)
    return str(compute_checksum(text))


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
            released=without(cell.source, HIDDEN),
            grade=cell.name in graded,
            solution=cell.name in solutions,
            locked=bool(cell.locked),
            task=cell.name in tasks,
            points=points.get(cell.name),
        )
        for cell in row.source_cells
    ]
    rank = {grade_id: index for index, grade_id in enumerate(order)}
    return sorted(cells, key=lambda cell: rank.get(cell.grade_id or "", len(rank)))


def order_of(path: Path) -> list[str]:
    """The grade_ids of a notebook file, in order; none where there is no such file."""
    if not path.is_file():
        return []
    nb = nbformat.read(path, as_version=4)
    return [grade_id for cell in nb.cells if (grade_id := grade_id_of(cell))]


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
