"""nbgrader's tables, read and written many rows at a time: its objects cost a query for each row.

Assigned    an assignment's cells: which are graded, which have comments
assigned    read them
Rows        a handed-in notebook's grades, or its comments
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbgrader import api
from sqlalchemy import bindparam, insert, select, update

from .autograded import Sheet


@dataclass(frozen=True)
class Cells:
    """A notebook's id, and the ids of the cells that are graded or commented, by grade_id."""

    row: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]
    sheet: Sheet


@dataclass(frozen=True)
class Assigned:
    """An assignment's id, the time (UTC) when it is due, if there is one, and its notebooks."""

    row: str
    due: datetime | None
    books: Mapping[str, Cells]


def assigned(db: Any, name: str) -> Assigned:
    """Read an assignment's cells. The reading transaction ends with it."""
    row = db.execute(
        select(api.Assignment.id, api.Assignment.duedate).where(api.Assignment.name == name)
    ).one()
    table = api.Notebook
    books = {
        book.name: _cells(db, book)
        for book in db.execute(
            select(table.id, table.name, table.kernelspec).where(table.assignment_id == row.id)
        ).all()
    }
    db.rollback()
    return Assigned(row.id, row.duedate, books)


def _cells(db: Any, book: Any) -> Cells:
    table, source = api.BaseCell.__table__, api.SourceCell
    cells = db.execute(
        select(table.c.id, table.c.name, table.c.type).where(table.c.notebook_id == book.id)
    ).all()
    sources = db.execute(
        select(source.name, source.checksum).where(source.notebook_id == book.id)
    ).all()
    return Cells(
        row=book.id,
        graded={cell.name: cell.id for cell in cells if cell.type in ("GradeCell", "TaskCell")},
        commented={
            cell.name: cell.id for cell in cells if cell.type in ("SolutionCell", "TaskCell")
        },
        sheet=Sheet(
            {cell.name: cell.checksum for cell in sources},
            json.loads(book.kernelspec) if book.kernelspec else {},
        ),
    )


class Rows:
    """A notebook's grades or comments: read at once, and what differs written at once."""

    def __init__(self, db: Any, table: Any, notebook: str, cells: Mapping[str, str]) -> None:
        self.db, self.table, self.notebook, self.cells = db, table.__table__, notebook, cells
        found = db.execute(select(self.table).where(self.table.c.notebook_id == notebook)).all()
        self.there = {row.cell_id: row for row in found}
        self.new: list[dict[str, Any]] = []
        self.other: list[dict[str, Any]] = []

    def old(self, grade_id: str) -> Any:
        """The row as it is; None where there is none."""
        return self.there.get(self.cells[grade_id])

    def set(self, grade_id: str, **values: Any) -> None:
        """Say what the row is to hold."""
        old = self.old(grade_id)
        if old is None:
            keys = {"cell_id": self.cells[grade_id], "notebook_id": self.notebook}
            self.new.append({"id": api.new_uuid(), **keys, **values})
        elif any(getattr(old, name) != value for name, value in values.items()):
            self.other.append({"row": old.id, **values})

    def write(self) -> None:
        """Write what is new and what differs."""
        if self.new:
            self.db.execute(insert(self.table), self.new)
        if self.other:
            there = self.table.c.id == bindparam("row")
            self.db.execute(update(self.table).where(there), self.other)
