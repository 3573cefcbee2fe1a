"""Each student's page: the graded notebook with its points, without the hidden tests.

feedback(course, submission)  write the pages of one hand-in
HideTests                     `hiding.hide_tests` as a step of nbgrader's pipeline
STEPS, Page                   for GenerateFeedback's preprocessors and exporter_class in
                              nbgrader_config.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, GetGrades, NbGraderPreprocessor

from . import gradebook, page
from .batch import Submission
from .course import Course, CourseError, notebooks_in
from .hiding import hide_tests
from .regions import Region
from .verdicts import Verdicts


class NotGradedError(CourseError):
    """Feedback was asked for a hand-in that has not been graded."""


def feedback(course: Course, submission: Submission) -> list[Path]:
    """Write the pages of a graded hand-in and return their paths.

    A notebook that could not be graded gets a page that says why. Raises NotGradedError when the
    hand-in has not been graded.
    """
    student, assignment = submission.student, submission.assignment
    with gradebook.opened(course) as book:
        try:
            book.find_submission(assignment, student)
        except MissingEntry:
            raise NotGradedError(
                f"{assignment!r} of {student!r} is not graded yet; try: gradelib grade {assignment}"
            ) from None
    target = course.feedback(student, assignment)
    if target.exists():
        shutil.rmtree(target)
    with course.session():
        graded = notebooks_in(course.autograded(student, assignment))
        if graded:
            directory = course.directory_for(assignment_id=assignment)
            _Pages(submission, graded, coursedir=directory, config=course.config()).start()
    verdict = _verdict(course.root, student, assignment)
    for name, judged in verdict.get("notebooks", {}).items():
        if judged["status"] != "graded":
            target.mkdir(parents=True, exist_ok=True)
            text = page.refusal(_title(assignment, student), judged["why"] or judged["status"])
            (target / f"{name}.html").write_text(text, encoding="utf-8")
    return sorted(target.glob("*.html"))


class _Pages(GenerateFeedback):
    """nbgrader's GenerateFeedback for one hand-in, without hidden tests, as a `Page`."""

    preprocessors: Any
    exporter_class: Any

    def __init__(self, submission: Submission, notebooks: list[Path], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.submission = submission
        self.notebooks = [str(path) for path in notebooks]
        if HideTests not in self.preprocessors:
            self.preprocessors = [HideTests, *self.preprocessors]
        if self.exporter_class is HTMLExporter:
            self.exporter_class = Page

    def init_notebooks(self) -> None:
        """The notebooks are known; nothing needs to be searched for."""

    def convert_notebooks(self) -> None:
        """Write the pages of this hand-in, raising what goes wrong."""
        assignment, student = self.submission.assignment, self.submission.student
        self.run_pre_convert_hook()
        self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            folder = self._format_source(assignment, student)
            self.convert_single_notebook(os.path.join(folder, os.path.basename(notebook)))
        self.set_permissions(assignment, student)
        self.run_post_convert_hook()


def _verdict(root: Path, student: str, assignment: str) -> dict[str, Any]:
    """The exam's verdict of a hand-in; empty where it was not graded by an exam."""
    return Verdicts(root / ".grading" / "verdicts").last(student, assignment) or {}


class Page(Exporter):
    """An exporter for nbgrader's GenerateFeedback that makes `page.render`'s page."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        """Return the page of a graded notebook, and its resources."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        names = resources["nbgrader"]
        student, assignment = names["student"], names["assignment"]
        with Gradebook(names["db_url"]) as book:
            cells = gradebook.cell_scores(book, assignment, student)
        directory = getattr(self.parent, "coursedir", None)
        verdict = _verdict(Path(directory.root), student, assignment) if directory else {}
        folder = resources.get("metadata", {}).get("path")
        text = page.render(
            nb,
            title=_title(assignment, student),
            notebook=names["notebook"],
            score=names["score"],
            max_score=names["max_score"],
            late_penalty=names["late_penalty"],
            waiting={cell.grade_id for cell in cells if cell.waiting},
            why=_reasons(verdict, names["notebook"]),
            cause=verdict.get("cause"),
            notes=verdict.get("notes", ()),
            folder=Path(folder) if folder else None,
        )
        return text, resources


def _title(assignment: str, student: str) -> str:
    return f"{assignment}: {student}"


def _reasons(verdict: dict[str, Any], notebook: str) -> dict[str, str]:
    """By grade_id why a cell was not run to its end; what a test says of its own stays out."""
    cells = verdict.get("notebooks", {}).get(notebook, {}).get("cells", [])
    stopped = (cell for cell in cells if cell["outcome"] in ("died", "late", "not run"))
    return {cell["grade_id"]: cell["why"] for cell in stopped if cell["why"]}


class HideTests(NbGraderPreprocessor):
    """`hide_tests` for every code cell, with the course's own markers."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[Any, Any]:
        """Hide the tests of a notebook."""
        step = ClearHiddenTests(config=self.config)
        region = Region(step.begin_test_delimeter, step.end_test_delimeter)
        for cell in nb.cells:
            if cell.cell_type == "code":
                hide_tests(cell, region)
        return nb, resources


STEPS = [HideTests, GetGrades]
