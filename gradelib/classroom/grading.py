"""Hand-ins into the gradebook: examined anywhere, written here, one after another.

grade(...)     every hand-in's Outcome, as they come
StoppedError   the rest cannot be written now; the message says why, and what to do

For each hand-in, in this order: its verdict is kept in .grading/verdicts/, its points go into the
gradebook in one transaction, its notebook into autograded/. Each step finds out what is there and
writes what differs, so that grading again after a kill at any moment ends as if there had been
none.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import is_solution, parse_utc
from sqlalchemy.exc import DatabaseError, DataError

from gradelib.exam.texts.handin import beside, read_hand_in
from gradelib.exam.texts.notebook import one_line

from . import private
from .autograded import Shelf, sources, written
from .batch import Examined, Outcome, Submission, Task, grade_all
from .course import Course, CourseError
from .executors import Workers
from .gradebook import advice, may_write, opened, patiently, register
from .marks import Marks, marks_of
from .papers import paper
from .ready import Options, Ready, not_isolated, ready
from .verdicts import Verdicts
from .worker import examine_one, rehearse_one
from .writing import Writer


class StoppedError(CourseError):
    """Grading stopped before its end. What was graded stays; the same command goes on."""


def grade(
    course: Course,
    submissions: Sequence[Submission],
    workers: Workers,
    options: Options,
    *,
    examine: Callable[[Task], bytes] = examine_one,
    rehearse: Callable[[Task], bytes] = rehearse_one,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Outcome]:
    """Grade the hand-ins and yield what became of each, as they come.

    `examine` and `rehearse` are what workers do, and must be picklable.

    Raises CourseError before the first where an assignment is not fit to grade, or someone else
    grades this course; StoppedError where the gradebook or the disk takes no more, or `stopped()`
    has become true.
    """
    with private.alone(course), opened(course) as book:
        may_write(book, course)
        store = Verdicts(private.folder(course) / "verdicts")
        papers = {}
        for name in dict.fromkeys(entry.assignment for entry in submissions):
            master = paper(course, name)
            register(course, book, master)
            papers[name] = ready(
                course, master, workers.executor, options, store, examine, rehearse
            )

        def prepare(submission: Submission) -> tuple[Task, bytes | None]:
            hand_in = read_hand_in(submission.folder, submission.student, submission.assignment)
            task = papers[submission.assignment].task(hand_in, options)
            return task, None if options.force else store.find(task)

        desk = _Desk(course, book, store, papers)
        for examined in grade_all(
            submissions,
            workers.executor,
            prepare,
            examine=examine,
            ahead=workers.ahead,
            stopped=stopped,
        ):
            yield desk.take(examined)
    if stopped():
        raise StoppedError("interrupted")


class _Desk:
    """Where what the workers found is put away."""

    def __init__(
        self, course: Course, book: Any, store: Verdicts, papers: Mapping[str, Ready]
    ) -> None:
        self.course, self.store, self.papers = course, store, papers
        self.writer = Writer(course, book)
        self.shelf = Shelf(course)

    def take(self, examined: Examined) -> Outcome:
        """Put one hand-in away.

        What is wrong with it becomes its outcome's cause; StoppedError is raised for what is wrong
        with the gradebook or the disk.
        """
        try:
            if examined.error is not None:
                raise examined.error
            return self._graded(examined)
        except DatabaseError as error:
            if not isinstance(error, DataError):
                raise StoppedError(advice(error, self.course)) from error
            return self._not_graded(examined.submission, error)
        except OSError as error:
            if examined.verdict is not None:
                raise StoppedError(
                    f"{error.filename or 'a file'} cannot be written ({error.strerror}); make room "
                    "or give this account the right to write there"
                ) from error
            return self._not_graded(examined.submission, error)
        except Exception as error:
            if refused := not_isolated(error):
                raise StoppedError(refused) from error
            return self._not_graded(examined.submission, error)

    def _graded(self, examined: Examined) -> Outcome:
        task, submission = examined.task, examined.submission
        assert task is not None
        assert examined.verdict is not None
        if examined.fresh:
            self.store.keep(task, examined.verdict)
        verdict = json.loads(examined.verdict)
        student, assignment = submission.student, submission.assignment
        sheets = self.writer.sheets(assignment)
        notebooks: dict[str, NotebookNode] = {}
        marks: dict[str, Marks] = {}
        for name, judged in verdict["notebooks"].items():
            if judged["status"] == "graded":
                names = {"student": student, "assignment": assignment, "notebook": name}
                notebooks[name] = self.shelf.finished(judged["notebook"], sheets[name], names)
            marks[name] = marks_of(judged, notebooks.get(name))
        told = task.hand_in.files.get("timestamp.txt")
        timestamp = _timestamp(told)
        note = ["timestamp.txt holds no time: left out"] if told and timestamp is None else []
        files = dict(beside(task.hand_in, self.papers[assignment].paper)) if notebooks else {}
        files |= {f"{name}.ipynb": written(nb) for name, nb in notebooks.items()}
        if files and told is not None and timestamp is not None:
            files["timestamp.txt"] = told
        now = patiently(
            lambda: self.writer.write(
                student,
                assignment,
                marks,
                timestamp=timestamp,
                changed=_Changes(self.course.autograded(student, assignment), notebooks),
            )
        )
        self.shelf.place(student, assignment, files)
        self.store.drop_others(task)
        scores = {
            (name, cell["grade_id"]): cell["score"]
            for name, judged in verdict["notebooks"].items()
            for cell in judged["cells"]
        }
        ready = self.papers[assignment]
        return Outcome(
            student=student,
            assignment=assignment,
            score=sum(scores.get(cell) or 0.0 for cell in ready.tests),
            max_score=ready.max_score,
            cause=verdict["cause"],
            notes=(*verdict["notes"], *now.notes, *note),
            waiting=len(now.waiting & ready.by_person),
            isolation=verdict["isolation"],
        )

    def _not_graded(self, submission: Submission, error: BaseException) -> Outcome:
        """A row that waits for a person, points that were there before left in it."""
        cause = f"not graded: {one_line(error)}"
        with open(private.folder(self.course) / "errors.log", "a", encoding="utf-8") as log:
            log.write(f"{submission.assignment} of {submission.student!r}\n")
            log.write("".join(traceback.format_exception(error)))
        try:
            self.writer.write(submission.student, submission.assignment, {}, keep=True)
        except (DataError, UnicodeError) as fault:
            cause += f"; the gradebook cannot hold this student's id ({one_line(fault, 80)})"
        except DatabaseError as fault:
            raise StoppedError(advice(fault, self.course)) from fault
        most = self.papers[submission.assignment].max_score
        return Outcome(submission.student, submission.assignment, 0.0, most, cause=cause)


class _Changes:
    """Whether an answer differs from the one that stands in autograded/, which a person graded."""

    def __init__(self, folder: Path, notebooks: Mapping[str, NotebookNode]) -> None:
        self.folder, self.notebooks = folder, notebooks
        self._known: dict[str, set[str] | None] = {}

    def __call__(self, notebook: str, grade_id: str) -> bool:
        if notebook not in self._known:
            self._known[notebook] = self._other(notebook)
        other = self._known[notebook]
        return other is None or grade_id in other

    def _other(self, notebook: str) -> set[str] | None:
        """The cells that differ: answers by their text, tests when any answer does."""
        if notebook not in self.notebooks:
            return None
        try:
            old = sources((self.folder / f"{notebook}.ipynb").read_bytes())
        except OSError:
            return None
        new = sources(written(self.notebooks[notebook]))
        if old is None or new is None:
            return None
        cells = [cell for cell in self.notebooks[notebook].cells if "nbgrader" in cell.metadata]
        answers = {cell.metadata.nbgrader.grade_id for cell in cells if is_solution(cell)}
        other = {name for name in answers if old.get(name) != new.get(name)}
        return other | (set(new) - answers if other else set())


def _timestamp(text: bytes | None) -> Any:
    """The time (UTC) in a timestamp.txt; None where there is none that can be read."""
    try:
        return None if text is None else parse_utc(text.decode().strip())
    except Exception:
        return None
