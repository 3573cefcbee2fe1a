"""What an assignment asks and what counts: the master notebooks, as the exam needs them.

Paper        an assignment: its master notebooks and the files that the course puts beside them
Master       one notebook's cells, in order
MasterCell   one cell: what is run, what students were given, and its role
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nbformat import NotebookNode

FORMAT = 1
"""Stands in the digest, so that a paper of another make is another paper."""


@dataclass(frozen=True, kw_only=True)
class MasterCell:
    """One cell of the master, ordinary ones too (`grade_id` is None).

    `source` is the text with hidden tests and without solutions, `released` the text that students
    were given. `points` are what the cell can earn, None where it is not graded. `binds` are the
    names that a solution cell's text, solution included, binds at its top level, and `modules`
    those among them that it binds to an installed module only, each with the import statement.
    `classes` are the names that its full text binds to classes.
    `checksum` is nbgrader's, by which an answer that was never touched is known.
    """

    grade_id: str | None
    cell_type: str
    source: str
    released: str
    grade: bool = False
    solution: bool = False
    locked: bool = False
    task: bool = False
    points: float | None = None
    binds: frozenset[str] = frozenset()
    modules: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    checksum: str | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person grades the cell: a written answer, a task, manually graded code."""
        return self.task or (self.grade and (self.solution or self.cell_type != "code"))

    @property
    def test(self) -> bool:
        """Whether the cell is code that decides points."""
        return self.grade and not self.by_person

    @property
    def given(self) -> bool:
        """Whether the cell is code that students were given, neither an answer nor a test."""
        return self.cell_type == "code" and not (self.grade or self.solution or self.task)

    @property
    def kind(self) -> str:
        """The word for it in a note."""
        if self.solution or self.task:
            return "answer cell"
        return "test cell" if self.grade else "given cell"

    @property
    def fixed(self) -> bool:
        """Whether the text is the master's, whatever the student has made of it."""
        return not self.solution and (self.locked or self.grade)

    def metadata(self) -> NotebookNode:
        """What nbgrader keeps in the cell's metadata."""
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
        if self.checksum is not None:
            values["checksum"] = self.checksum
        return NotebookNode(values)


@dataclass(frozen=True)
class Master:
    """A master notebook: its cells in order."""

    cells: tuple[MasterCell, ...]

    @property
    def named(self) -> tuple[MasterCell, ...]:
        """The cells that have a grade_id."""
        return tuple(cell for cell in self.cells if cell.grade_id is not None)

    @property
    def classes(self) -> frozenset[str]:
        """The names that the course itself binds to classes."""
        return frozenset().union(*(cell.classes for cell in self.cells))

    @property
    def grade_ids(self) -> frozenset[str]:
        """All grade_ids."""
        return frozenset(cell.grade_id for cell in self.cells if cell.grade_id is not None)


@dataclass(frozen=True)
class Paper:
    """An assignment: master notebooks by name (without .ipynb), and the course's files by path.

    The paths are relative to the notebooks' folder, with forward slashes.
    """

    assignment: str
    notebooks: Mapping[str, Master]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def digest(self) -> str:
        """A hash of all that is in it, the same in every process."""
        cells = {
            name: [
                {**asdict(cell), "binds": sorted(cell.binds), "classes": sorted(cell.classes)}
                for cell in master.cells
            ]
            for name, master in self.notebooks.items()
        }
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        text = json.dumps([FORMAT, self.assignment, cells, files], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()
