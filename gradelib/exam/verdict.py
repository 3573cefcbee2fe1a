"""The verdict on a hand-in, put together part by part, so that what was earned is never lost.

Verdict          takes parts as they come from the process that examines, and gives the whole
Tell             who is told of a part: a function of one plain JSON list

The parts, each a list whose first item names it:

    ["begin", name, notebook, cells]             a rebuilt notebook, and its grade cells, none run
    ["absent", name, status, why]                a notebook that is missing or unreadable
    ["running", name, index]                     a cell that is about to be run
    ["ran", name, index, outputs, count]         what a cell put out
    ["points", name, grade_id, score, outcome, why]
    ["note", line]       ["cause", line]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradelib.exam.points import Outcome

FORMAT = 1

Part = list[Any]
Tell = Callable[[Part], None]


class Verdict:
    """One hand-in's verdict. `isolation` says in a line what the candidates were kept by."""

    def __init__(self, student: str, assignment: str, isolation: str) -> None:
        self.student = student
        self.assignment = assignment
        self.isolation = isolation
        self.causes: list[str] = []
        self.notes: list[str] = []
        self.notebooks: dict[str, dict[str, Any]] = {}
        self.running: tuple[str, int] | None = None

    def tell(self, part: Part) -> None:
        """Take in one part."""
        kind, *rest = part
        takes: dict[str, Callable[..., None]] = {
            "begin": self._begin,
            "absent": self._absent,
            "running": self._running,
            "ran": self._ran,
            "points": self._points,
            "note": self._note,
            "cause": self._cause,
        }
        takes[kind](*rest)

    def _begin(self, name: str, notebook: Any, cells: list[dict[str, Any]]) -> None:
        self.notebooks[name] = {
            "status": "graded",
            "why": None,
            "notebook": notebook,
            "cells": cells,
        }

    def _absent(self, name: str, status: str, why: str) -> None:
        self.notebooks[name] = {"status": status, "why": why, "notebook": None, "cells": []}

    def _running(self, name: str, index: int) -> None:
        self.running = (name, index)

    def _ran(self, name: str, index: int, outputs: Any, count: int | None) -> None:
        cell = self.notebooks[name]["notebook"]["cells"][index]
        cell["outputs"], cell["execution_count"] = outputs, count
        self.running = None

    def _points(
        self, name: str, grade_id: str, score: float | None, outcome: Outcome, why: str | None
    ) -> None:
        for cell in self.notebooks[name]["cells"]:
            if cell["grade_id"] == grade_id:
                cell.update(score=score, outcome=outcome, why=why)

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)

    def _cause(self, line: str) -> None:
        if line not in self.causes:
            self.causes.append(line)

    def broken_off(self, why: str) -> None:
        """The process that examined is gone; `why` says in a line what became of it."""
        where = ""
        if self.running is not None:
            name, index = self.running
            cell = self.notebooks[name]["notebook"]["cells"][index]
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            where = f" in cell {grade_id!r}" if grade_id else f" in cell number {index + 1}"
        self._cause(why + where)

    def result(self) -> dict[str, Any]:
        """The verdict as plain JSON."""
        return {
            "format": FORMAT,
            "student": self.student,
            "assignment": self.assignment,
            "isolation": self.isolation,
            "cause": "; ".join(self.causes) or None,
            "notes": self.notes,
            "notebooks": self.notebooks,
        }
