"""nbgrader's database, through nbgrader's own API: SQLite unless its settings say else.

opened(course)                 the Gradebook, created when absent
register(course, assignment)   tell it of an assignment's cells, as they are in the source now
scores(course, submission)     a hand-in's points, cell by cell
give_zero(course, submission)  a row of zeros for a hand-in without a notebook that can be graded
rows(course)                   one row per student and assignment, for export
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from .batch import Submission, one_line
from .course import Course, CourseError
from .release import generate


@contextmanager
def opened(course: Course) -> Iterator[Any]:
    """nbgrader's Gradebook object for the course. Raises CourseError where it cannot be opened."""
    with course.session():
        try:
            gradebook = Gradebook(course.directory.db_url, course.directory.course_id)
        except Exception as error:
            raise CourseError(
                f"the gradebook {course.directory.db_url} cannot be opened ({one_line(error)}); "
                "put a copy in its place, or move it away to begin a new one"
            ) from error
        with gradebook:
            yield gradebook


def register(course: Course, assignment: str) -> None:
    """Tell the gradebook of the assignment's cells: the database half of generate_assignment.

    Raises CourseError when the gradebook cannot be opened, or holds hand-ins of an assignment with
    other cells.
    """
    with opened(course):
        pass  # the reason is told better here than by nbgrader's converter
    with tempfile.TemporaryDirectory(prefix="gradelib-register-") as scratch:
        generate(course, assignment, Path(scratch), record=True)


def expected(course: Course, assignment: str) -> dict[str, frozenset[str]]:
    """The assignment's notebooks by name, each with the grade_ids of its cells."""
    with opened(course) as gradebook:
        return {
            notebook.name: frozenset(cell.name for cell in notebook.source_cells)
            for notebook in gradebook.find_assignment(assignment).notebooks
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
                    waiting=person and grade.needs_manual_grade and grade.manual_score is None,
                )
            )
    return found


def scores(course: Course, submission: Submission) -> list[CellScore]:
    """What the gradebook holds for a hand-in that has been graded."""
    with opened(course) as gradebook:
        return cell_scores(gradebook, submission.assignment, submission.student)


def _graded_by_a_person(notebook: Any) -> set[str]:
    answers = {cell.name for cell in notebook.solution_cells}
    graded = {cell.name for cell in notebook.grade_cells if cell.cell_type != "code"}
    graded |= {cell.name for cell in notebook.grade_cells} & answers
    return graded | {cell.name for cell in notebook.task_cells}


def give_zero(
    course: Course,
    submission: Submission,
    *,
    notebooks: Set[str],
    review: bool,
    timestamp: datetime | None = None,
) -> None:
    """Give the named notebooks of a hand-in 0 automatic points, in a row made if there is none.

    Points that a person gave stay. `review` marks the cells as waiting for a person.
    """
    when = {"timestamp": timestamp} if timestamp else {}
    with opened(course) as gradebook:
        gradebook.update_or_create_student(submission.student)
        row = gradebook.update_or_create_submission(
            submission.assignment, submission.student, **when
        )
        for notebook in row.notebooks:
            if notebook.name in notebooks:
                for grade in notebook.grades:
                    grade.auto_score = 0.0
                    grade.needs_manual_grade = review
        gradebook.db.commit()


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
