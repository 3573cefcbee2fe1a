"""A course's assignment as the exam needs it.

paper(course, assignment)   its master notebooks and files, for any nbgrader course

What nbgrader does to make a release is done here, by nbgrader's own steps with the course's own
settings, and looked at half way: where nbgrader notes the cells in its database, solutions are gone
and hidden tests still there.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import preprocessors as nbgrader
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.utils import find_all_files, is_grade, is_locked, is_solution, is_task
from traitlets.utils.importstring import import_item

from gradelib.exam.texts.believed import classes_in
from gradelib.exam.texts.magics import bound, parsed
from gradelib.exam.texts.names import exports
from gradelib.exam.texts.notebook import one_line, role
from gradelib.exam.texts.paper import Master, MasterCell, Paper
from gradelib.exam.texts.scopes import uses

from .course import Course, CourseError, notebooks_in

PLACE = "gradelib_place"
"""The metadata that carries a cell's number through nbgrader's steps."""


def paper(course: Course, assignment: str) -> Paper:
    """Return the paper of an assignment, from its source notebooks and its release.

    Raises CourseError when it is not there or not released, or when nbgrader's steps refuse it.
    """
    course.require(assignment)
    notebooks = {
        path.stem: _master(course, assignment, path)
        for path in notebooks_in(course.source(assignment))
    }
    return Paper(assignment, notebooks, _files(course, assignment))


def _files(course: Course, assignment: str) -> dict[str, bytes]:
    """The files beside the source notebooks that nbgrader would put over a student's."""
    folder = course.source(assignment)
    directory = course.directory_for(assignment_id=assignment)
    kept = Autograde(coursedir=directory, config=course.config()).exclude_overwriting
    skipped = set(kept.get(assignment, []))
    found = {}
    for name in sorted(find_all_files(str(folder), [*directory.ignore, "*.ipynb"])):
        path = Path(name).relative_to(folder).as_posix()
        if path not in skipped and Path(name).is_file():
            found[path] = Path(name).read_bytes()
    return found


def _master(course: Course, assignment: str, path: Path) -> Master:
    try:
        original = nbformat.read(path, as_version=4)
    except Exception as error:
        raise CourseError(f"{path} cannot be read: {one_line(error)}") from error
    for number, cell in enumerate(original.cells):
        cell.metadata[PLACE] = number
    with course.session() as messages:
        try:
            stored, released = _nbgraders_steps(course, assignment, path, deepcopy(original))
        except Exception as error:
            twice = re.search(r"Error: (Duplicate grade id: [^\n]*)", "\n".join(messages))
            reason = twice[1] if twice else one_line(error)
            raise CourseError(
                f"assignment {assignment!r} is not fit to be graded: {path.name}: {reason}"
            ) from error
    solutions = {cell.metadata[PLACE]: cell.source for cell in original.cells}
    texts = {cell.metadata.get(PLACE): cell.source for cell in released.cells}
    texts |= _handed_out(course.release(assignment) / path.name, stored)
    seen = [_cell(cell, solutions, texts) for cell in stored.cells]
    return Master(tuple(seen))


def _nbgraders_steps(
    course: Course, assignment: str, path: Path, nb: NotebookNode
) -> tuple[NotebookNode, NotebookNode]:
    """The notebook as nbgrader stores its cells, and as it is released."""
    directory = course.directory_for(assignment_id=assignment)
    converter: Any = GenerateAssignment(coursedir=directory, config=course.config())
    resources = {
        "metadata": {"name": path.stem, "path": str(path.parent)},
        "unique_key": path.stem,
        "nbgrader": {
            "assignment": assignment,
            "notebook": path.stem,
            "student": ".",
            "db_url": directory.db_url,
        },
    }
    stored = None
    for step in converter.preprocessors:
        kind = import_item(step) if isinstance(step, str) else step
        if stored is None and kind in (nbgrader.SaveCells, nbgrader.ClearHiddenTests):
            stored = deepcopy(nb)
        if kind is not nbgrader.SaveCells:
            nb, resources = kind(parent=converter, config=converter.config)(nb, resources)
    return stored or deepcopy(nb), nb


def _handed_out(path: Path, stored: NotebookNode) -> dict[int, str]:
    """The texts in the release that students have, by the place of the cell with that grade_id."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception:
        return {}
    texts = {role(cell).get("grade_id"): cell.source for cell in cells}
    return {
        cell.metadata[PLACE]: texts[role(cell)["grade_id"]]
        for cell in stored.cells
        if PLACE in cell.metadata and role(cell).get("grade_id") in texts.keys() - {None}
    }


def _cell(cell: NotebookNode, solutions: dict[int, str], texts: dict[int, str]) -> MasterCell:
    """One cell, as stored; `solutions` and `texts` have its other texts by its place."""
    meta = role(cell)
    graded = bool(is_grade(cell) or is_task(cell))
    place = cell.metadata.get(PLACE, -1)
    full = solutions.get(place, cell.source)
    code = bool(is_solution(cell)) and cell.cell_type == "code"
    return MasterCell(
        grade_id=meta.get("grade_id"),
        cell_type=cell.cell_type,
        source=cell.source,
        released=texts.get(place, cell.source),
        grade=bool(is_grade(cell)),
        solution=bool(is_solution(cell)),
        locked=bool(is_locked(cell)),
        task=bool(is_task(cell)),
        points=float(meta.get("points", 0)) if graded else None,
        binds=uses(full, exports).binds if code else frozenset(),
        modules=dict(_modules(full)) if code else {},
        classes=classes_in([full]) if cell.cell_type == "code" else frozenset(),
        tags=tuple(tag for tag in cell.metadata.get("tags", []) if isinstance(tag, str)),
        checksum=meta.get("checksum"),
    )


def _modules(source: str) -> Iterator[tuple[str, str]]:
    """The names that a cell binds to an installed module and to nothing else, with a statement."""
    found: dict[str, str] = {}
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = f"import {ast.unparse(alias)}"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if _is_module(f"{node.module}.{alias.name}"):
                    name = alias.asname or alias.name
                    found[name] = f"from {node.module} import {ast.unparse(alias)}"
    other = {name for name, what in bound(source) if not what}
    for name, statement in found.items():
        if name not in other and _is_module(statement.split()[1]):
            yield name, statement


def _is_module(name: str) -> bool:
    """Whether a dotted name is an installed module. Packages on its way are imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
