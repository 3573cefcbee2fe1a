"""One hand-in, graded by nbgrader's Autograde.

Grader(course, cell_timeout)   grades a Submission when called: an `execute` for batch.grade_all
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.utils import find_all_files

from . import gradebook
from .batch import Outcome, Submission, one_line
from .course import CHATTY, Course
from .intake import Intake, handed_in_at, stage
from .pipeline import adapted

CELL_TIMEOUT = 60
"""Seconds that a cell may take, unless the caller says otherwise."""


class Grader:
    """Grades hand-ins of a course, one at a call, into the gradebook and autograded/.

    A hand-in's log goes to .grading/logs/<assignment>/<student>.log. `cell_timeout` is in seconds.
    """

    def __init__(self, course: Course, cell_timeout: int = CELL_TIMEOUT) -> None:
        self.course = course
        self.cell_timeout = cell_timeout

    def __call__(self, submission: Submission) -> Outcome:
        """Grade one hand-in. Where nbgrader fails it gets zeros, which wait for a person."""
        course = self.course
        log = (
            course.root / ".grading" / "logs" / submission.assignment / f"{submission.student}.log"
        )
        with course.session(log), staged(course, submission) as (folder, intake):
            cause, notes = intake.cause, list(intake.notes)
            failed: tuple[str, ...] = ()
            if intake.ready:
                try:
                    converter = self._convert(submission, folder, intake)
                except Exception as error:
                    logging.getLogger(CHATTY[0]).exception("grading failed")
                    causes, failed = [f"not graded: {one_line(error)}"], intake.ready
                else:
                    causes = converter.causes
                    notes += converter.notes
                cause = "; ".join([*causes, *([cause] if cause else [])]) or None
            else:
                _remove(course.autograded(submission.student, submission.assignment))
            for names, review in (
                (intake.missing, False),
                ([*intake.unreadable, *failed], True),
            ):
                if names:
                    gradebook.give_zero(
                        course,
                        submission,
                        notebooks=set(names),
                        review=review,
                        timestamp=handed_in_at(submission.folder),
                    )
            cells = gradebook.scores(course, submission)
        return Outcome(
            student=submission.student,
            assignment=submission.assignment,
            score=sum(cell.automatic for cell in cells if not cell.by_person),
            max_score=sum(cell.max for cell in cells if not cell.by_person),
            cause=cause,
            notes=tuple(notes),
            waiting=sum(cell.waiting for cell in cells),
        )

    def _convert(self, submission: Submission, folder: Path, intake: Intake) -> OneHandIn:
        directory = self.course.directory_for(
            submitted_directory=os.path.relpath(folder, self.course.root),
            assignment_id=submission.assignment,
        )
        config = self.course.config()
        config.Execute.timeout = self.cell_timeout
        converter = OneHandIn(submission, intake.ready, coursedir=directory, config=config)
        converter.start()
        return converter


@contextmanager
def staged(course: Course, submission: Submission) -> Iterator[tuple[Path, Intake]]:
    """The hand-in, ready for nbgrader, in a folder that is gone afterwards.

    It lies in the course: nbgrader reads folder names as regular expressions, so a plain one is
    safe.
    """
    source = str(course.source(submission.assignment))
    own = {os.path.relpath(path, source) for path in find_all_files(source, ["*.ipynb"])}
    known = gradebook.expected(course, submission.assignment)
    (course.root / ".grading").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="stage_", dir=course.root / ".grading") as name:
        into = Path(name, submission.student, submission.assignment)
        yield Path(name), stage(submission.folder, known, own, into)


class OneHandIn(Autograde):
    """nbgrader's Autograde for a single hand-in that raises what goes wrong.

    nbgrader's loop swallows the reason, and finds hand-ins by glob patterns that a student's id
    may break.
    """

    sanitize_preprocessors: Any
    autograde_preprocessors: Any

    def __init__(self, submission: Submission, names: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.submission = submission
        self.names = names
        self.notes: list[str] = []
        self.causes: list[str] = []
        self.sanitize_preprocessors = adapted(self.sanitize_preprocessors)
        self.autograde_preprocessors = adapted(self.autograde_preprocessors)

    def init_notebooks(self) -> None:
        """The notebooks are known; nothing needs to be searched for."""
        folder = self._format_source(self.submission.assignment, self.submission.student)
        self.notebooks = [os.path.join(folder, f"{name}.ipynb") for name in sorted(self.names)]
        self.assignments = {folder: self.notebooks}

    def convert_notebooks(self) -> None:
        """Grade the notebooks of this hand-in."""
        assignment, student = self.submission.assignment, self.submission.student
        target = Path(self._format_dest(assignment, student))
        _remove(target)
        try:
            self.run_pre_convert_hook()
            self.init_assignment(assignment, student)
            for notebook in self.notebooks:
                self.convert_single_notebook(notebook)
            self.set_permissions(assignment, student)
            self.run_post_convert_hook()
        except BaseException:
            _remove(target)
            raise

    def write_single_notebook(self, output: str, resources: Any) -> None:
        """Write the notebook, and collect what the steps have to say about it."""
        super().write_single_notebook(output, resources)
        self.notes += resources.get("gradelib_notes", [])
        if cause := resources.get("gradelib_cause"):
            self.causes.append(cause)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
