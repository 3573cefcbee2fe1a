"""Is the course fit to be given to students and graded?

verify(course)   every check of every assignment, as they come
Check            one of them: what was looked at, whether it is well, and what is wrong

Solutions and untouched notebooks are graded by nbgrader's own autograde, in a course of their own,
so that nothing here touches the gradebook.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from gradelib.exam.texts.names import doubtful
from gradelib.exam.texts.notebook import UnreadableError, one_line, read_notebook, role

from .bundle import TOP, bundle
from .course import Course, CourseError, notebooks_in
from .execute import QuietExecute
from .gradebook import CellScore, cell_scores
from .leaks import leaks, secrets, visible_text
from .papers import paper
from .regions import HIDDEN
from .release import generate, stale

NOT_FOR_STUDENTS = ("solutions/", "gradelib/classroom", "gradelib/exam", "gradelib/cli")


@dataclass(frozen=True)
class Check:
    """One check of an assignment. `detail` says what was found, in several lines if need be."""

    assignment: str
    name: str
    passed: bool
    detail: str


def verify(course: Course, assignments: Sequence[str] | None = None) -> Iterator[Check]:
    """Check the named assignments, or all: ids, awards, release, trust, scores, leaks; the zip.

    Raises CourseError when a named assignment is not there or not released.
    """
    chosen = list(assignments) if assignments else course.assignments()
    for assignment in chosen:
        course.require(assignment)
    for assignment in chosen:
        yield from _check_source(course, assignment)
        found = _attempt(lambda name=assignment: stale(course, [name]))
        yield _check(assignment, "release is fresh", found, "as generated")
        found = _attempt(lambda name=assignment: _decided_by_students(course, name))
        yield _check(assignment, "tests trust only what is given", found, "no student's result")
        yield from _check_scores(course, assignment)
        yield _check(
            assignment, "nothing leaks", _leaks(course, assignment), "no secret line found"
        )
    yield _check(
        "all", "students' zip", _attempt(lambda: _zip_faults(course)), "opens, nothing leaks"
    )


def _check(assignment: str, name: str, faults: list[str], well: str) -> Check:
    return Check(assignment, name, not faults, "\n".join(faults) or well)


def _attempt(look: Any) -> list[str]:
    try:
        return list(look())
    except CourseError as error:
        return [str(error)]


def _sources(course: Course, assignment: str) -> dict[str, NotebookNode]:
    return {
        path.name: read_notebook(path.read_bytes())
        for path in notebooks_in(course.source(assignment))
    }


def _check_source(course: Course, assignment: str) -> Iterator[Check]:
    try:
        sources = _sources(course, assignment)
    except UnreadableError as reason:
        yield Check(assignment, "source can be read", False, str(reason))
        return
    twice, awards, count = [], [], 0
    for name, nb in sources.items():
        ids = Counter(role(cell).get("grade_id") for cell in nb.cells if role(cell))
        count += len(ids)
        twice += [f"{name}: {grade_id} occurs {n} times" for grade_id, n in ids.items() if n > 1]
        if any("gradelib" in cell.source for cell in nb.cells if cell.cell_type == "code"):
            awards += [f"{name}: {fault}" for cell in nb.cells if (fault := award_fault(cell))]
    yield _check(assignment, "grade_ids are unique", twice, f"{count} ids")
    yield _check(assignment, "grade cells end in award", awards, "with the cell's points")


def _decided_by_students(course: Course, assignment: str) -> Iterator[str]:
    """Locked cells, and tests, that take a student's results for given."""
    for name, master in paper(course, assignment).notebooks.items():
        yield from (f"{name}.ipynb: {fault}" for fault in doubtful(master))


def award_fault(cell: NotebookNode) -> str | None:
    """What is wrong with a test cell's last statement; None when it is award(its points, ...).

    A cell that is no test cell has no fault.
    """
    meta = role(cell)
    if cell.cell_type != "code" or not meta.get("grade") or meta.get("solution"):
        return None
    name = meta["grade_id"]
    try:
        body = ast.parse(cell.source).body
    except SyntaxError as error:
        return f"{name} is not Python: {one_line(error)}"
    call = body[-1].value if body and isinstance(body[-1], ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func).split(".")[-1] != "award":
        return f"{name} does not end in award(...)"
    points = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
    if not isinstance(points, int | float) or points != meta["points"]:
        return f"{name} awards {points!r} points, and the cell has {meta['points']:g}"
    return None


def _check_scores(course: Course, assignment: str) -> Iterator[Check]:
    names = ("solutions earn all", "untouched earns none")
    try:
        solved, untouched = plain_autograde(course, assignment)
    except Exception as error:
        for name in names:
            yield Check(assignment, name, False, one_line(error))
        return
    for name, graded, share in ((names[0], solved, 1.0), (names[1], untouched, 0.0)):
        tests = [cell for cell in graded.cells if not cell.by_person]
        wrong = [
            f"{cell.grade_id}: {cell.automatic:g} of {cell.max:g}"
            + graded.errors.get(cell.grade_id, "")
            for cell in tests
            if cell.automatic != share * cell.max
        ]
        got, most = sum(cell.automatic for cell in tests), sum(cell.max for cell in tests)
        yield _check(assignment, name, wrong, f"{got:g} of {most:g} points")


@dataclass(frozen=True)
class Graded:
    """A hand-in's cells with their points, and what went wrong in some, by grade_id."""

    cells: list[CellScore]
    errors: dict[str, str]


def plain_autograde(course: Course, assignment: str) -> tuple[Graded, Graded]:
    """What nbgrader's own autograde gives an assignment's solutions and its untouched release."""
    with tempfile.TemporaryDirectory(prefix="gradelib-verify-") as name:
        root = Path(name)
        shutil.copytree(course.source(assignment), root / "source" / assignment)
        own = _own_course(course, root)
        release = generate(own, assignment, root / "release", record=True)
        shutil.copytree(root / "source" / assignment, root / "submitted" / "solved" / assignment)
        shutil.copytree(release, root / "submitted" / "untouched" / assignment)
        with own.session() as messages:
            directory = own.directory_for(assignment_id=assignment)
            converter = Autograde(coursedir=directory, config=own.config())
            converter.autograde_preprocessors = [
                QuietExecute if step is Execute else step
                for step in converter.autograde_preprocessors
            ]
            try:
                converter.start()
            except Exception as error:
                raise CourseError(messages[0] if messages else one_line(error)) from error
            with Gradebook(directory.db_url, directory.course_id) as gradebook:
                solved, untouched = (
                    Graded(cell_scores(gradebook, assignment, student), _errors(own, student))
                    for student in ("solved", "untouched")
                )
    return solved, untouched


def _errors(course: Course, student: str) -> dict[str, str]:
    """The first error, or text on stderr, of each graded cell of a hand-in, in one line."""
    found: dict[str, str] = {}
    for path in course.autograded(student, ".").rglob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                text = output.get("evalue") or (
                    output.get("name") == "stderr" and f"stderr: {output['text']}"
                )
                if text and role(cell).get("grade"):
                    found.setdefault(role(cell)["grade_id"], f" ({text.splitlines()[0][:100]})")
    return found


def _own_course(course: Course, root: Path) -> Course:
    """A course at `root` with the settings of `course`, but nbgrader's own way of grading."""
    own = Course.__new__(Course)
    own.root, own.settings = root, course.config()
    own.settings.CourseDirectory = Config(
        root=str(root), course_id=course.directory.course_id, ignore=course.directory.ignore
    )
    own.settings.pop("Autograde", None)
    own.directory = own.directory_for()
    return own


def _leaks(course: Course, assignment: str) -> list[str]:
    texts = {}
    for path in sorted(course.release(assignment).rglob("*")):
        if path.is_file() and ".ipynb_checkpoints" not in path.parts:
            name = path.relative_to(course.release(assignment)).as_posix()
            texts[name] = _text(name, path.read_bytes())
    found = [
        fault for nb in _sources(course, assignment).values() for fault in leaks(secrets(nb), texts)
    ]
    return found + [
        f"{name}: {HIDDEN.begin}" for name, text in texts.items() if HIDDEN.begin in text
    ]


def _text(name: str, data: bytes) -> str:
    if name.endswith(".ipynb"):
        return visible_text(nbformat.reads(data.decode(), as_version=4))
    return data.decode("utf-8", errors="replace")


def _zip_faults(course: Course) -> Iterator[str]:
    """What is in the zip that should not be: whole parts, and secret lines in assignments."""
    with tempfile.TemporaryDirectory(prefix="gradelib-zip-") as folder:
        path = Path(folder, "students.zip")
        bundle(course, path)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    for name in files:
        yield from (f"{name} is in it" for part in NOT_FOR_STUDENTS if part in name)
    for assignment in course.assignments():
        inner = f"{TOP}/notebooks/{assignment}/"
        texts = {n: _text(n, data) for n, data in files.items() if n.startswith(inner)}
        for nb in _sources(course, assignment).values():
            yield from leaks(secrets(nb), texts)
