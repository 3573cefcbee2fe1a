"""A verdict's way into nbgrader's database: one transaction for each hand-in.

Writer     writes marks, with nbgrader's tables and rules, and changes only what differs
Written    what stands there afterwards

What a person gave stays: manual scores, extra credit, comments, flags. Where the answer has changed
since, nbgrader's Formgrader shows the cell as waiting again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from nbgrader import api
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import insert, select, update

from gradelib.exam.texts.notebook import one_line

from .autograded import Sheet
from .course import Course
from .marks import Marks, needs_person
from .steps import classes
from .tables import Assigned, Rows, assigned


@dataclass(frozen=True)
class Written:
    """What stands in the gradebook now: cells that wait for a person; notes, one line each."""

    waiting: frozenset[tuple[str, str]]
    notes: tuple[str, ...] = ()


Changed = Callable[[str, str], bool]
"""Whether an answer (notebook, grade_id) is another than the one that a person graded."""


class Writer:
    """Writes into an open nbgrader Gradebook. One at a time: `private.alone` sees to that."""

    def __init__(self, course: Course, gradebook: Any) -> None:
        self.db = gradebook.db
        self._known: dict[str, Assigned] = {}
        converter = Autograde(coursedir=course.directory, config=course.config())
        self.late: Any = None
        for step in classes(converter.autograde_preprocessors):
            if issubclass(step, AssignLatePenalties):
                self.late = step(parent=converter, config=course.config())
                self.late.init_plugin()

    def sheets(self, assignment: str) -> dict[str, Sheet]:
        """The assignment's notebooks as the gradebook has them."""
        return {name: cells.sheet for name, cells in self._assignment(assignment).books.items()}

    def _assignment(self, name: str) -> Assigned:
        """The assignment's cells, read once."""
        if name not in self._known:
            self._known[name] = assigned(self.db, name)
        return self._known[name]

    def write(
        self,
        student: str,
        assignment: str,
        marks: Mapping[str, Marks],
        *,
        timestamp: datetime | None = None,
        changed: Changed = lambda notebook, grade_id: True,
        keep: bool = False,
    ) -> Written:
        """Write what a hand-in earned, by notebook, in one transaction.

        With `keep` points that are there already stay: the hand-in could not be examined now.
        Raises what SQLAlchemy raises, with nothing written.
        """
        try:
            found = self._write(student, assignment, marks, timestamp, changed, keep)
            self.db.commit()
        except BaseException:
            self.db.rollback()
            raise
        return found

    def _write(
        self,
        student: str,
        assignment: str,
        marks: Mapping[str, Marks],
        timestamp: datetime | None,
        changed: Changed,
        keep: bool,
    ) -> Written:
        known = self._assignment(assignment)
        submission, there = self._submission(student, known.row, timestamp)
        waiting: set[tuple[str, str]] = set()
        notes: list[str] = []
        for name, cells in known.books.items():
            book, old_penalty = self._notebook(submission.id, cells.row, there)
            own = marks.get(name, Marks({}, penalised=False))
            grades = Rows(self.db, api.Grade, book, cells.graded)
            comments = Rows(self.db, api.Comment, book, cells.commented)
            score = 0.0
            for grade_id in cells.graded:
                old = grades.old(grade_id)
                points = own.points.get(grade_id, own.otherwise)
                if keep and old is not None:
                    waits = old.needs_manual_grade
                    points = old.auto_score
                elif old is None or old.manual_score is None:
                    waits = own.review or needs_person(points, None, True, True)
                else:
                    other = changed(name, grade_id) or points != old.auto_score
                    waits = own.review or needs_person(
                        points, old.manual_score, old.needs_manual_grade, other
                    )
                    if other and waits:
                        notes.append(
                            f"{grade_id!r} has changed since a person graded it: look again"
                        )
                grades.set(grade_id, auto_score=points, needs_manual_grade=waits)
                if waits:
                    waiting.add((name, grade_id))
                score += _score(points, old)
            if not keep:
                for grade_id in cells.commented:
                    comments.set(grade_id, auto_comment=own.comments.get(grade_id))
            grades.write()
            comments.write()
            if own.penalised and self.late is not None and not keep:
                penalty, note = self._penalty(student, score, known.due, submission)
                notes += note
                if penalty != old_penalty:
                    self.db.execute(
                        update(api.SubmittedNotebook)
                        .where(api.SubmittedNotebook.id == book)
                        .values(late_submission_penalty=penalty)
                    )
        return Written(frozenset(waiting), tuple(notes))

    def _submission(self, student: str, assignment: str, timestamp: datetime | None) -> Any:
        """The hand-in's row, made when there is none, and the rows of its notebooks."""
        db, table = self.db, api.SubmittedAssignment
        if db.execute(select(api.Student.id).where(api.Student.id == student)).first() is None:
            db.execute(insert(api.Student).values(id=student))
        found = db.execute(
            select(table.id, table.timestamp, table.extension).where(
                table.assignment_id == assignment, table.student_id == student
            )
        ).first()
        if found is None:
            values = {"id": api.new_uuid(), "timestamp": timestamp, "extension": None}
            db.execute(insert(table).values(assignment_id=assignment, student_id=student, **values))
            return SimpleNamespace(**values), {}
        if timestamp is not None and timestamp != found.timestamp:
            db.execute(update(table).where(table.id == found.id).values(timestamp=timestamp))
        when = found.timestamp if timestamp is None else timestamp
        book = api.SubmittedNotebook
        rows = db.execute(
            select(book.notebook_id, book.id, book.late_submission_penalty).where(
                book.assignment_id == found.id
            )
        )
        there = {row.notebook_id: (row.id, row.late_submission_penalty) for row in rows}
        return SimpleNamespace(id=found.id, timestamp=when, extension=found.extension), there

    def _notebook(self, submission: str, notebook: str, there: Any) -> tuple[str, float | None]:
        """The id and late penalty of a handed-in notebook's row, made when there is none."""
        if notebook in there:
            found: tuple[str, float | None] = there[notebook]
            return found
        row = api.new_uuid()
        self.db.execute(
            insert(api.SubmittedNotebook).values(
                id=row, assignment_id=submission, notebook_id=notebook, flagged=False
            )
        )
        there[notebook] = (row, None)
        return row, None

    def _penalty(
        self, student: str, score: float, due: datetime | None, submission: Any
    ) -> tuple[float | None, list[str]]:
        """What the course's late plug-in takes from a notebook; a note where it fails."""
        if due is None or submission.timestamp is None:
            return None, []
        late = (submission.timestamp - due - (submission.extension or (due - due))).total_seconds()
        if late <= 0:
            return None, []
        try:
            penalty = self.late.plugin_inst.late_submission_penalty(student, score, late)
            if penalty is not None:
                penalty = self.late._check_late_penalty(SimpleNamespace(score=score), penalty)
        except Exception as error:
            return None, [f"no late penalty: the course's plug-in failed ({one_line(error, 80)})"]
        return penalty, []


def _score(points: float | None, old: Any) -> float:
    """A cell's score as nbgrader's `Grade.score` adds it up."""
    manual = None if old is None else old.manual_score
    given = points if manual is None else manual
    return 0.0 if given is None else float(given) + float(getattr(old, "extra_credit", 0) or 0)
