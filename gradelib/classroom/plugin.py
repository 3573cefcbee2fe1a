"""The exam as steps of nbgrader's own autograde, for `nbgrader autograde` and Formgrader's button.

PutOnMaster    in DeduplicateIds' place: the hand-in's notebook on the master's frame
ExamExecute    in Execute's place: the exam's outputs, where nbgrader would run the notebook
SaveVerdict    in SaveAutoGrades' place: the exam's points, not what the outputs look like

A verdict is made once and kept where `gradelib grade` keeps it: both give the same scores. What an
exam needs is imported at the first hand-in, as nbgrader's other commands read these steps as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import DeduplicateIds, Execute, SaveAutoGrades
from nbgrader.utils import is_solution
from traitlets import Bool

from gradelib.exam.texts.notebook import role

from . import private
from .course import Course
from .marks import marks_of, needs_person
from .verdicts import Verdicts
from .worker import examine_one

if TYPE_CHECKING:
    from .ready import Options, Ready

T = TypeVar("T")
Answers = dict[tuple[str, str], str]
"""The text of a student's answers by notebook and grade_id."""


class Here(Executor):
    """An executor that does each task at once, in this thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call fn(*args, **kwargs)."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class _Exams:
    """The verdicts of one run of nbgrader's converter."""

    def __init__(self, converter: Any, options: Options) -> None:
        self.course = Course.__new__(Course)
        self.course.root = Path(converter.coursedir.root).resolve()
        self.course.settings = converter.config
        self.course.directory = converter.coursedir
        self.options = options
        self.store = Verdicts(private.folder(self.course) / "verdicts")
        self.papers: dict[str, Ready] = {}
        self.last: tuple[tuple[str, str], dict[str, Any]] | None = None
        self.before: Answers = {}

    def verdict(self, student: str, assignment: str) -> dict[str, Any]:
        """The verdict of a student's hand-in."""
        from gradelib.exam.texts.handin import read_hand_in

        from .papers import paper
        from .ready import ready

        if self.last is None or self.last[0] != (student, assignment):
            if assignment not in self.papers:
                master = paper(self.course, assignment)
                self.papers[assignment] = ready(
                    self.course, master, Here(), self.options, self.store
                )
            step = self.course.directory.submitted_directory
            folder = Path(self.course.directory.format_path(step, student, assignment))
            hand_in = read_hand_in(folder, student, assignment)
            task = self.papers[assignment].task(hand_in, self.options)
            self.before = _answers(self.store.last(student, assignment))
            data = self.store.find(task)
            if data is None:
                data = examine_one(task)
                self.store.keep(task, data)
            self.store.drop_others(task)
            self.last = ((student, assignment), json.loads(data))
        return self.last[1]


def _converter(step: Any) -> Any:
    """nbgrader's converter: the parent of the exporter, which is a step's parent."""
    owner = step
    while not hasattr(owner, "coursedir"):
        owner = owner.parent
    return owner


def _judged(step: Any, resources: Any, sandboxed: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The verdict of the hand-in that is converted now, and its part on this notebook."""
    from .ready import Options

    converter, names = _converter(step), resources["nbgrader"]
    if not hasattr(converter, "gradelib_exams"):
        converter.gradelib_exams = _Exams(converter, Options(sandboxed=sandboxed))
    verdict = converter.gradelib_exams.verdict(names["student"], names["assignment"])
    judged = verdict["notebooks"][names["notebook"]]
    if judged["status"] != "graded":
        raise ValueError(judged["why"])
    return verdict, judged


class PutOnMaster(DeduplicateIds):
    """Put a hand-in's notebook on the master's frame; what had to be put right is logged."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Give the rebuilt notebook, without outputs."""
        verdict, judged = _judged(self, resources, _sandboxed(self))
        for note in verdict["notes"]:
            self.log.warning(note)
        rebuilt = nbformat.from_dict(judged["notebook"])
        for cell in rebuilt.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        return rebuilt, resources


class ExamExecute(Execute):
    """Give a notebook the outputs that it had in the exam."""

    sandboxed = Bool(
        True, help="Whether the exam refuses to run where it cannot isolate a hand-in"
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, Any]:
        """Give the executed notebook; `nb` is the sanitized one, with nbgrader's checksums."""
        verdict, judged = _judged(self, resources, self.sandboxed)
        if verdict["cause"]:
            self.log.error(verdict["cause"])
        if verdict["isolation"] != "full":
            self.log.warning("the hand-in was run with this isolation: %s", verdict["isolation"])
        executed = nbformat.from_dict(judged["notebook"])
        executed.metadata = nb.metadata
        checksums = {role(cell).get("grade_id"): role(cell).get("checksum") for cell in nb.cells}
        for cell in executed.cells:
            if checksums.get(role(cell).get("grade_id")):
                cell.metadata["nbgrader"]["checksum"] = checksums[role(cell)["grade_id"]]
        resources["gradelib_marks"] = marks_of(judged, executed)
        return executed, resources


def _answers(verdict: dict[str, Any] | None) -> Answers:
    """The answers that a verdict was given for; none where there is no verdict."""
    return {
        (name, role(cell)["grade_id"]): cell.source
        for name, judged in (verdict or {"notebooks": {}})["notebooks"].items()
        if judged["status"] == "graded"
        for cell in nbformat.from_dict(judged["notebook"]).cells
        if is_solution(cell)
    }


def _sandboxed(step: Any) -> bool:
    """What is set for ExamExecute: the exam is the same for both steps."""
    return ExamExecute(config=_converter(step).config).sandboxed


class SaveVerdict(SaveAutoGrades):
    """Save the exam's points. What a person has graded waits for a look where it has changed."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Save what one notebook earned."""
        self.marks = resources["gradelib_marks"]
        verdict, _ = _judged(self, resources, _sandboxed(self))
        name, before = resources["nbgrader"]["notebook"], _converter(self).gradelib_exams.before
        now = {key: text for key, text in _answers(verdict).items() if key[0] == name}
        self.other = {
            grade_id for (_, grade_id), text in now.items() if before.get((name, grade_id)) != text
        }
        return super().preprocess(nb, resources)  # type: ignore[no-any-return]

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        grade_id = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(
            grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        points = self.marks.points.get(grade_id)
        other = grade_id in self.other if is_solution(cell) else bool(self.other)
        grade.needs_manual_grade = needs_person(
            points,
            grade.manual_score,
            grade.needs_manual_grade,
            changed=other or points != grade.auto_score,
        )
        grade.auto_score = points
        self.gradebook.db.commit()
