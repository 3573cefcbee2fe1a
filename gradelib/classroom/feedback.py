"""Each student's page: the graded notebook with its points, without the hidden tests.

feedback(course, submission)  write the pages of one hand-in
hide_tests(cell)              take hidden tests out of a graded cell and its outputs
HideTests                     the same as a step of nbgrader's pipeline
STEPS, Page                   for GenerateFeedback's preprocessors and exporter_class in
                              nbgrader_config.py
"""

from __future__ import annotations

import html
import os
import re
import shutil
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.filters.ansi import strip_ansi
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import NbGraderPreprocessor

from . import gradebook
from .batch import Submission
from .course import Course, CourseError, notebooks_in
from .grading import staged
from .regions import HIDDEN, inside, line_numbers, without

LANGUAGE = "en"

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"
"""Where nbgrader's page gets its formulas drawn."""

FORMULAS = (
    'window.MathJax = {tex2jax: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]],'
    ' processEscapes: true}, TeX: {equationNumbers: {autoNumber: "AMS"}}, messageStyle: "none"};'
)
"""nbgrader's settings of MathJax, in a form that does not need eval."""

HEAD = f"""<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action 'none'; \
base-uri 'none'; img-src data: https:; style-src 'unsafe-inline'; font-src {MATHJAX}; \
script-src {MATHJAX} 'sha256-{b64encode(sha256(FORMULAS.encode()).digest()).decode()}'">
<script>{FORMULAS}</script>
<style>
.output_html caption {{ width: max-content; max-width: 40em; }}
.output_html td, .output_html th {{ padding: 1px 5px; }}
.output_html thead th {{ text-align: center; }}
</style>"""
"""The browser runs no script but these; a student's stays in the page, dead."""

WAITING = (
    "One answer is not graded yet; it counts 0 until then.",
    "{} answers are not graded yet; they count 0 until then.",
)

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>This hand-in could not be graded: {cause}.</p>
<p>It counts 0 points as it is. Hand the notebook in again, or ask your teaching assistant.</p>
</body>
</html>
"""


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
    with staged(course, submission) as (_, intake):
        for name, cause in {**intake.missing, **intake.unreadable}.items():
            target.mkdir(parents=True, exist_ok=True)
            page = PAGE.format(language=LANGUAGE, title=html.escape(name), cause=html.escape(cause))
            (target / f"{name}.html").write_text(page, encoding="utf-8")
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


class Page(HTMLExporter):
    """nbgrader's feedback page, with what its template leaves out: see `completed`."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        """Return the page of a graded notebook, and its resources."""
        output, resources = super().from_notebook_node(nb, resources, **kwargs)
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as book:
            cells = gradebook.cell_scores(book, names["assignment"], names["student"])
        return completed(output, sum(cell.waiting for cell in cells)), resources


def completed(page: str, waiting: int) -> str:
    """nbgrader's page with a language, the tests' names in its list, and students' scripts off.

    With `waiting` answers that a person has yet to grade, the page says so below the scores.
    """
    config = r'<script type="text/x-mathjax-config">.*?</script>'
    page = re.sub(config, "", page, count=1, flags=re.DOTALL)
    # latest.js would ask another server for the newest version.
    page = re.sub(rf"({re.escape(MATHJAX)}[\d.]+)/latest\.js", r"\1/MathJax.js", page, count=1)
    page = page.replace("<html>", f'<html lang="{LANGUAGE}">', 1)
    page = page.replace("<head>", HEAD, 1)
    page = re.sub(r'(<li><a href="#([\w-]+)">)Test cell</a>', r"\1\2</a>", page)
    if waiting:
        text = WAITING[0] if waiting == 1 else WAITING[1].format(waiting)
        page = page.replace("</ol>", f"</ol>\n<p><strong>{text}</strong></p>", 1)
    return page


class HideTests(NbGraderPreprocessor):
    """`hide_tests` for every code cell."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Hide the tests of one cell."""
        if cell.cell_type == "code":
            hide_tests(cell)
        return cell, resources


STEPS = [HideTests, *GenerateFeedback.preprocessors.default()]


def hide_tests(cell: NotebookNode) -> None:
    """Take hidden tests out of a code cell, in place: its lines, and what its outputs quote."""
    numbers = line_numbers(cell.source, HIDDEN)
    if not numbers:
        return
    secret = [line.strip() for line in inside(cell.source, HIDDEN)]
    secret = [line for line in secret if len(line) >= 8]  # `1.0,` stands in many a report
    secret += [HIDDEN.begin, HIDDEN.end]
    for output in cell.outputs:
        if output.output_type == "error":
            _hide_in_error(output, numbers, secret, cell.execution_count)
        elif output.output_type == "stream":
            output.text = _unquoted(output.text, secret)
        else:
            output.data = {kind: _unquoted_data(data, secret) for kind, data in output.data.items()}
    cell.source = without(cell.source, HIDDEN)


def _hide_in_error(error: Any, numbers: set[int], secret: list[str], count: int | None) -> None:
    trace = strip_ansi("\n".join(error.traceback))
    raised_at = [int(line) for line in re.findall(rf"Cell In\[{count}\], line (\d+)", trace)]
    if numbers.intersection(raised_at):
        # An assertion's message often quotes the test; other messages are about the student's code.
        message = "" if error.ename == "AssertionError" else f": {_unquoted(error.evalue, secret)}"
        error.evalue = f"in a hidden test{message}"
        error.traceback = [f"{error.ename} {error.evalue}"]
    elif (kept := _unquoted(trace, secret)) != trace:
        error.evalue = _unquoted(error.evalue, secret)
        error.traceback = kept.split("\n")


def _unquoted(text: str, secret: list[str]) -> str:
    """The text without the lines that quote a hidden line."""
    lines = text.split("\n")
    return "\n".join(line for line in lines if not any(quote in line for quote in secret))


def _unquoted_data(data: Any, secret: list[str]) -> Any:
    if not isinstance(data, str):
        return data
    return _unquoted(data, [*secret, *(html.escape(quote) for quote in secret)])
