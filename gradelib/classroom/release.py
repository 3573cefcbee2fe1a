"""The students' notebooks, generated from the sources.

release(course)    tidy the sources and bring the release up to date
stale(course)      what `release` would change, without changing anything
generate(...)      nbgrader's generate_assignment for one assignment, into a folder
tidied(text)       a source notebook as it should be stored
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import find_all_files

from gradelib.checks.mistakes.table import FILE, same
from gradelib.exam.texts.notebook import one_line

from .course import Course, CourseError, notebook_folders, notebooks_in, suggestion
from .fingerprinting import fingerprints

KEPT_NOTEBOOK_METADATA = ("kernelspec", "language_info")
DROPPED_CELL_METADATA = ("ExecuteTime", "collapsed", "execution", "scrolled", "trusted")


class _Generate(GenerateAssignment):
    """nbgrader's converter, failing with the error itself where nbgrader swallows it."""

    def convert_notebooks(self) -> None:
        assignment = self.coursedir.assignment_id
        self.notebooks = sorted(path for found in self.assignments.values() for path in found)
        self.run_pre_convert_hook()
        self.init_assignment(assignment, ".")
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(assignment, ".")
        self.run_post_convert_hook()


def generate(course: Course, assignment: str, into: Path, *, record: bool) -> Path:
    """Generate one assignment into the folder `into` and return its own folder there.

    With `record` the gradebook is told of the assignment's cells; without it is not touched.
    Raises CourseError, naming nbgrader's reason, when the source is not fit to release or the
    gradebook holds hand-ins of an assignment with other cells.
    """
    directory = course.directory_for(release_directory=str(into), assignment_id=assignment)
    config = course.config()
    if not record:
        config.SaveCells.enabled = False
        config.GenerateAssignment.no_database = True
    with course.session() as messages:
        try:
            _Generate(coursedir=directory, config=config).start()
        except Exception as error:
            reason = _reason(error, messages)
            raise CourseError(f"assignment {assignment!r} cannot be generated: {reason}") from error
    return into / assignment


def _reason(error: Exception, messages: list[str]) -> str:
    """nbgrader says the reason in its log where its exception only says that it failed."""
    duplicates = [line for line in "\n".join(messages).splitlines() if "Duplicate grade id" in line]
    if duplicates:
        return duplicates[-1].split("ValidationError: ")[-1]
    if "submissions associated with" in str(error):
        return (
            "the gradebook holds hand-ins that were graded when it had other cells; "
            f"to start anew, move the gradebook away ({one_line(error)})"
        )
    if isinstance(error, NbGraderException) and messages:
        return messages[-1].splitlines()[0]
    return one_line(error)


def release(course: Course, assignments: Sequence[str] | None = None) -> list[str]:
    """Tidy the sources and regenerate the named assignments, or all of them.

    Files that did not change are not written. When none is named, release folders of assignments
    that have no source any more are removed. The gradebook is told of the cells. Returns what was
    changed, one line each.
    """
    chosen = _chosen(course, assignments)
    done = []
    for assignment in chosen:
        for path, text in _untidy(course, assignment):
            path.write_text(text, encoding="utf-8")
            done.append(f"tidied {_short(course, path)}")
        done += [f"{what} {path}" for what, path in _renew_fingerprints(course, assignment)]
    with _scratch() as scratch:
        for assignment in chosen:
            fresh = generate(course, assignment, scratch, record=True)
            done += [f"{what} {path}" for what, path in _differences(course, assignment, fresh)]
            _mirror(course, fresh, course.release(assignment))
    if assignments is None:
        for name in _left_over(course):
            shutil.rmtree(course.release(name))
            done.append(f"removed {_short(course, course.release(name))}")
    return done


def stale(course: Course, assignments: Sequence[str] | None = None) -> list[str]:
    """What `release` would change, one line each; empty when the release is fresh.

    Looks at assignment folders only and touches neither the release nor the gradebook.
    """
    chosen = _chosen(course, assignments)
    found = []
    with _scratch() as scratch:
        for assignment in chosen:
            found += [f"untidy: {_short(course, path)}" for path, _ in _untidy(course, assignment)]
            found += [
                f"stale: {name} ({what})"
                for what, name, path, text in _other_fingerprints(course, assignment)
                if what != "changed" or not same(text, path.read_bytes())
            ]
            fresh = generate(course, assignment, scratch, record=False)
            found += [
                f"stale: {path} ({what})" for what, path in _differences(course, assignment, fresh)
            ]
    if assignments is None:
        found += [
            f"left over: {_short(course, course.release(name))} (no source)"
            for name in _left_over(course)
        ]
    return found


def _chosen(course: Course, assignments: Sequence[str] | None) -> list[str]:
    known = course.assignments()
    if not known:
        raise CourseError(f"no notebooks in {course.source('.')}/<assignment>/: nothing to release")
    for name in assignments or ():
        if name not in known:
            raise CourseError(
                f"no assignment {name!r} in {course.source('.')}; {suggestion(name, known)}"
            )
    return known if assignments is None else list(dict.fromkeys(assignments))


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="gradelib-release-") as name:
        yield Path(name)


def _left_over(course: Course) -> list[str]:
    """Assignment folders of the release whose source is gone."""
    known = set(course.assignments())
    return [name for name in notebook_folders(course.release(".")) if name not in known]


def _files(course: Course, folder: Path) -> dict[str, Path]:
    """The files of a folder that nbgrader does not ignore, by their path within it."""
    found = find_all_files(str(folder), course.directory.ignore) if folder.is_dir() else []
    return {os.path.relpath(name, folder): Path(name) for name in sorted(found)}


def _differences(course: Course, assignment: str, fresh: Path) -> list[tuple[str, str]]:
    """How the release differs from a fresh folder: (new | changed | removed, path)."""
    target = course.release(assignment)
    old, new = _files(course, target), _files(course, fresh)
    found = []
    for name in sorted({*old, *new}):
        if name not in new:
            what = "removed"
        elif name not in old:
            what = "new"
        elif old[name].read_bytes() != new[name].read_bytes():
            what = "changed"
        else:
            continue
        found.append((what, _short(course, target / name)))
    return found


def _mirror(course: Course, fresh: Path, target: Path) -> None:
    old, new = _files(course, target), _files(course, fresh)
    for name in old.keys() - new.keys():
        old[name].unlink()
    for name, path in new.items():
        if name not in old or old[name].read_bytes() != path.read_bytes():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / name)


def _untidy(course: Course, assignment: str) -> Iterator[tuple[Path, str]]:
    """The assignment's source notebooks that are not tidy, with their tidy text."""
    for path in notebooks_in(course.source(assignment)):
        try:
            text = path.read_text(encoding="utf-8")
            tidy = tidied(text)
        except Exception as error:
            raise CourseError(f"{path} is not a notebook: {one_line(error)}") from error
        if tidy != text:
            yield path, tidy


def _other_fingerprints(
    course: Course, assignment: str
) -> Iterator[tuple[str, str, Path, str | None]]:
    """How the source's fingerprints are to change: (new | changed | removed, name, path, text)."""
    path = course.source(assignment) / FILE
    text = fingerprints(path.parent)
    old = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
    if text != old:
        what = "removed" if text is None else "new" if old is None else "changed"
        yield what, _short(course, path), path, text


def _renew_fingerprints(course: Course, assignment: str) -> Iterator[tuple[str, str]]:
    for what, name, path, text in _other_fingerprints(course, assignment):
        if text is None:
            path.unlink()
        else:
            path.write_text(text, encoding="utf-8")
        yield what, name


def tidied(text: str) -> str:
    """A source notebook without outputs or counts, cell id = grade_id, in nbformat's stable form.

    A one-line change of a cell is then a one-line change of the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nb = nbformat.reads(text, as_version=4)
    nb.nbformat_minor = max(5, nb.nbformat_minor)
    nb.metadata = {key: nb.metadata[key] for key in KEPT_NOTEBOOK_METADATA if key in nb.metadata}
    if "name" in nb.metadata.get("language_info", {}):
        nb.metadata["language_info"] = {"name": nb.metadata["language_info"]["name"]}
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        for key in DROPPED_CELL_METADATA:
            cell.metadata.pop(key, None)
    _name_cells(nb.cells)
    return str(nbformat.writes(nb)) + "\n"


def _name_cells(cells: list[Any]) -> None:
    """Give each cell an id: its grade_id, else the one it has, else its place."""
    grade_ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
    taken = {grade_id for grade_id in grade_ids if grade_id}
    used: set[str] = set()
    for index, (cell, grade_id) in enumerate(zip(cells, grade_ids, strict=True)):
        name = grade_id or cell.get("id")
        if not name or name in used or (not grade_id and name in taken):
            name = f"cell-{index + 1}"
        used.add(name)
        cell["id"] = name


def _short(course: Course, path: Path) -> str:
    return os.path.relpath(path, course.root)
