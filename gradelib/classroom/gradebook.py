"""nbgrader's database, through nbgrader's own API: SQLite unless its settings say else.

opened(course)                 the Gradebook, created when absent
may_write(gradebook, course)   refuse a gradebook that cannot be written
register(...)                  tell it of an assignment's cells, as they are in the source now
patiently(action)              try again while another program holds the gradebook
advice(error, course)          what is wrong with the gradebook, and what to do
cell_scores(...)               a hand-in's points, cell by cell
rows(course)                   one row per student and assignment, for export

`writing` writes verdicts into it.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from nbgrader import api
from nbgrader.api import Gradebook, MissingEntry, get_alembic_version
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from gradelib.exam.texts.notebook import one_line
from gradelib.exam.texts.paper import Paper

from .course import Course, CourseError
from .release import generate

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for another program that holds the gradebook."""

ADVICE = {
    "locked": "another program holds it: close that, or wait until it has ended, and grade again",
    "readonly": "this account may not write it: give it the right to, or copy the course's folder",
    "full": "the disk is full: make room, and grade again; what is graded stays",
    "disk I/O error": "the disk takes no more: make room, and grade again; what is graded stays",
    "unable to open": "its folder is not there, or this account may not write in it",
    "refused": "no database server answers there: start it, or put the address in db_url right",
}
"""What an error's text tells, and what to do then."""


@contextmanager
def opened(course: Course) -> Iterator[Any]:
    """nbgrader's Gradebook object for the course. Raises CourseError where it cannot be opened."""
    with course.session():
        try:
            gradebook = patiently(
                lambda: Gradebook(course.directory.db_url, course.directory.course_id)
            )
            _complete(gradebook, course.directory.course_id)
        except Exception as error:
            raise CourseError(advice(error, course)) from error
        with gradebook:
            yield gradebook


def _complete(gradebook: Any, course_id: str) -> None:
    """Add what nbgrader leaves out: the tables' version after a kill, and a course without a name.

    A kill may come between nbgrader's making the tables and noting their version. Its assignments
    refer to a course "" that it does not make; SQLite does not mind, PostgreSQL does.
    """
    db = gradebook.db
    if not inspect(gradebook.engine).has_table("alembic_version"):
        db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    if db.execute(text("SELECT version_num FROM alembic_version")).first() is None:
        version = {"version": get_alembic_version()}
        db.execute(text("INSERT INTO alembic_version VALUES (:version)"), version)
    there = select(api.Course.id).where(api.Course.id == course_id)
    if gradebook.engine.dialect.name != "sqlite" and db.execute(there).first() is None:
        db.execute(insert(api.Course).values(id=course_id))
    db.commit()


def patiently(action: Callable[[], T]) -> T:
    """Call `action`; while another program holds the gradebook, again, up to PATIENCE seconds."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return action()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.1)


def advice(error: BaseException, course: Course) -> str:
    """A line on a gradebook that cannot be read or written, with what to do."""
    said = str(error)
    known = (what for sign, what in ADVICE.items() if sign in said.replace("read-only", "readonly"))
    what = next(known, "put a copy in its place, or move it away to begin a new one")
    place = re.sub(r"://([^:/@]*):[^@]*@", r"://\1:***@", course.directory.db_url)
    if isinstance(error, ModuleNotFoundError):
        what = "pip install 'gradelib[postgres]', and begin db_url with postgresql+psycopg://"
    fault = one_line(_inner(error), 100)
    return f"the gradebook {place} cannot be opened or written ({fault}); {what}"


def _inner(error: BaseException) -> BaseException:
    """The database's own error, which SQLAlchemy wraps into a long text."""
    return getattr(error, "orig", None) or error


def may_write(gradebook: Any, course: Course) -> None:
    """Raise CourseError, with what to do, where the gradebook cannot be written now."""
    try:
        patiently(lambda: gradebook.db.execute(text("UPDATE course SET id = id WHERE 1 = 0")))
    except Exception as error:
        raise CourseError(advice(error, course)) from error
    finally:
        gradebook.db.rollback()


def register(course: Course, gradebook: Any, master: Paper) -> None:
    """Tell the gradebook of an assignment's cells: the database half of generate_assignment.

    Does nothing where it has them as they are in the source now. Raises CourseError when it holds
    hand-ins of an assignment with other cells.
    """
    if _has(gradebook, master):
        return
    with tempfile.TemporaryDirectory(prefix="gradelib-register-") as scratch:
        generate(course, master.assignment, Path(scratch), record=True)


def _has(gradebook: Any, master: Paper) -> bool:
    """Whether the gradebook has just these cells; nbgrader's checksum is of text, role, points."""
    table, book = api.SourceCell, api.Notebook
    there = gradebook.db.execute(
        select(book.name, table.name, table.checksum)
        .join(table, table.notebook_id == book.id)
        .join(api.Assignment, api.Assignment.id == book.assignment_id)
        .where(api.Assignment.name == master.assignment)
    ).all()
    gradebook.db.rollback()
    return {tuple(row) for row in there} == {
        (name, cell.grade_id, cell.checksum)
        for name, one in master.notebooks.items()
        for cell in one.named
        if cell.checksum is not None
    }


@dataclass(frozen=True)
class CellScore:
    """A hand-in's points for one cell; `by_person` if it is an answer that a person grades."""

    grade_id: str
    automatic: float
    max: float
    by_person: bool
    waiting: bool


def cell_scores(gradebook: Any, assignment: str, student: str) -> list[CellScore]:
    """A graded hand-in's cells, notebook by notebook."""
    found = []
    for notebook in gradebook.find_submission(assignment, student).notebooks:
        by_person = _graded_by_a_person(notebook.notebook)
        for grade in notebook.grades:
            person = grade.name in by_person
            found.append(
                CellScore(
                    grade_id=grade.name,
                    automatic=grade.auto_score or 0.0,
                    max=grade.max_score,
                    by_person=person,
                    waiting=person and grade.needs_manual_grade,
                )
            )
    return found


def _graded_by_a_person(notebook: Any) -> set[str]:
    answers = {cell.name for cell in notebook.solution_cells}
    graded = {cell.name for cell in notebook.grade_cells if cell.cell_type != "code"}
    graded |= {cell.name for cell in notebook.grade_cells} & answers
    return graded | {cell.name for cell in notebook.task_cells}


@dataclass(frozen=True)
class Row:
    """A student's points for an assignment. `manual` is what a person gave or changed.

    `total` is automatic + manual - late_penalty, and not below 0. `waiting` counts answers that a
    person has yet to grade.
    """

    student: str
    assignment: str
    automatic: float
    manual: float
    late_penalty: float
    total: float
    max: float
    waiting: int


def rows(course: Course) -> list[Row]:
    """One row per assignment and student, sorted; zeros where a student has handed nothing in."""
    found = []
    with opened(course) as gradebook:
        students = sorted(student.id for student in gradebook.students)
        for assignment in sorted(gradebook.assignments, key=lambda row: str(row.name)):
            for student in students:
                try:
                    row = gradebook.find_submission(assignment.name, student)
                except MissingEntry:
                    automatic = score = penalty = 0.0
                    waiting = 0
                else:
                    grades = [grade for notebook in row.notebooks for grade in notebook.grades]
                    automatic = sum(grade.auto_score or 0.0 for grade in grades)
                    score, penalty = row.score, row.late_submission_penalty or 0.0
                    cells = cell_scores(gradebook, assignment.name, student)
                    waiting = sum(cell.waiting for cell in cells)
                found.append(
                    Row(
                        student=student,
                        assignment=assignment.name,
                        automatic=automatic,
                        manual=score - automatic,
                        late_penalty=penalty,
                        total=max(0.0, score - penalty),
                        max=assignment.max_score,
                        waiting=waiting,
                    )
                )
    return found
