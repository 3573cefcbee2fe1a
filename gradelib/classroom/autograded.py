"""autograded/STUDENT/ASSIGNMENT/: the graded notebooks, as nbgrader would have left them.

Shelf(course)     finishes a verdict's notebooks, and puts a hand-in's files in their place
Sheet             what the gradebook knows of a notebook: checksums of its cells, its kernel
written(nb)       a notebook as the bytes of its file
sources(bytes)    the text of each cell with a grade_id in such a file
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.converters import Autograde

from . import private
from .course import Course
from .steps import classes
from .verdicts import file_name

OURS = (nbgrader.Execute, nbgrader.SaveAutoGrades, nbgrader.AssignLatePenalties)
"""nbgrader's steps whose work is done elsewhere; CheckCellMetadata has nothing left to find."""


@dataclass(frozen=True)
class Sheet:
    """A notebook as the gradebook has it: its cells' checksums by grade_id, and its kernel."""

    checksums: Mapping[str, str | None]
    kernelspec: Mapping[str, Any] = field(default_factory=dict)


class Shelf:
    """The graded hand-ins of a course."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.converter = Autograde(coursedir=course.directory, config=course.config())
        self.permissions = int(str(self.converter.permissions), 8)
        self._steps: list[Any] | None = None

    def finished(self, nb: dict[str, Any], sheet: Sheet, names: Mapping[str, str]) -> NotebookNode:
        """A verdict's notebook as nbgrader leaves it: with its checksums and kernel.

        Steps that the course has added to nbgrader's own, and those that limit the output, are run.
        `names` are the student, assignment and notebook.
        """
        node: NotebookNode = nbformat.from_dict(nb)
        for cell in node.cells:
            meta = cell.metadata.get("nbgrader")
            if isinstance(meta, dict) and meta.get("grade_id") in sheet.checksums:
                meta["checksum"] = sheet.checksums[meta["grade_id"]]
        if sheet.kernelspec:
            node.metadata["kernelspec"] = dict(sheet.kernelspec)
        resources = {
            "nbgrader": {**names, "db_url": self.course.directory.db_url},
            "unique_key": names["notebook"],
            "output_files_dir": f"{names['notebook']}_files",
            "metadata": {"name": names["notebook"]},
        }
        for step in self._finishing():
            node, resources = step(node, resources)
        return node

    def _finishing(self) -> list[Any]:
        """The steps after the execution, but for those that the exam has replaced."""
        if self._steps is None:
            made = [
                step(parent=self.converter, config=self.course.config())
                for step in classes(self.converter.autograde_preprocessors)
                if not issubclass(step, (*OURS, nbgrader.CheckCellMetadata))
            ]
            self._steps = [step for step in made if step.enabled]
        return self._steps

    def place(self, student: str, assignment: str, files: Mapping[str, bytes]) -> bool:
        """Put the files in the hand-in's folder, and nothing else; False where they were there.

        Without files the folder goes. Killed at any moment, it leaves the old files or the new ones
        for the next call to find. Raises OSError.
        """
        target = self.course.autograded(student, assignment)
        stage = private.folder(self.course) / "stage" / f"{file_name(student)}-{assignment}"[:200]
        old, new = stage / "old", stage / "new"
        if old.exists() and not target.exists():  # a kill between the two renames below
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(old, target)
        if self._holds(target, files):
            _remove(stage)
            return False
        _remove(stage)
        try:
            for name, data in files.items():
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
                path.chmod(self.permissions)
            stage.mkdir(parents=True, exist_ok=True)
            if target.exists():
                os.rename(target, old)
            if files:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.rename(new, target)
        except OSError:
            if old.exists() and not target.exists():
                os.rename(old, target)
            _remove(stage)
            raise
        _remove(stage)
        with suppress(OSError):
            stage.parent.rmdir()
        if files and self.course.directory.groupshared:
            self.converter.set_permissions(assignment, student)
        return True

    def _holds(self, folder: Path, files: Mapping[str, bytes]) -> bool:
        """Whether the folder has exactly these files."""
        there = {
            os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
            for place, _, names in os.walk(folder)
            for name in names
        }
        if there != set(files) or (bool(files) != folder.exists()):
            return False
        try:
            return all((folder / name).read_bytes() == data for name, data in files.items())
        except OSError:
            return False


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def written(nb: NotebookNode) -> bytes:
    """A notebook as the bytes of a file, a line for each cell; half an emoji becomes ?.

    nbformat's own way of writing takes longer than all the rest of the gradebook's work.
    """
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False, sort_keys=True) for cell in nb.cells)
    rest = {key: value for key, value in nb.items() if key != "cells"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return f'{{"cells": [\n{cells}\n],\n{text[1:]}\n'.encode("utf-8", "replace")


def sources(notebook: bytes) -> dict[str, str] | None:
    """The text of each cell with a grade_id in a graded notebook's file.

    The notebook is ours, but a hand may have changed it: what is no notebook gives None.
    """
    try:
        return {
            cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
            for cell in json.loads(notebook)["cells"]
            if "grade_id" in cell["metadata"].get("nbgrader", {})
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
