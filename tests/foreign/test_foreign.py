"""Other people's nbgrader courses: the exam gives the scores that nbgrader gives, cell by cell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from foreign import other_course, quickstart_course
from nbgrader.api import Gradebook

from gradelib.classroom.course import Course
from gradelib.exam.sandbox import holding

pytestmark = pytest.mark.skipif(
    not holding.full(), reason="this machine cannot isolate hand-ins: see gradelib doctor"
)

Scores = dict[tuple[str, str], float]


def run(course: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program's module in the course's folder."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=course,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def scores(course: Path, assignment: str) -> Scores:
    """The automatic points by student and test cell."""
    found = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        for submission in book.assignment_submissions(assignment):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.auto_score is not None:
                        found[submission.student_id, grade.name] = grade.auto_score
    return found


def hand_in(course: Path, module: ModuleType) -> None:
    """The module's class, put where nbgrader looks for it."""
    release = Course(course).release(module.ASSIGNMENT)
    for student, answers in module.class_().items():
        folder = course / "submitted" / student / module.ASSIGNMENT
        shutil.copytree(release, folder)
        path = folder / f"{module.NOTEBOOK}.ipynb"
        nb = nbformat.read(path, 4)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers:
                cell.source = answers[name]
        nbformat.write(nb, path)


def graded_twice(folder: Path, module: ModuleType) -> tuple[Scores, Scores, Path]:
    """The class's scores by nbgrader unchanged and by the exam, and the exam's course."""
    course = module.make_course(folder / "course")
    made = run(course, "nbgrader", "generate_assignment", module.ASSIGNMENT)
    assert made.returncode == 0, made.stderr
    hand_in(course, module)
    if module is quickstart_course:
        quickstart_course.add_shipped(course)
    twin = folder / "twin"
    shutil.copytree(course, twin)
    config = twin / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(course), str(twin)))
    done = run(twin, "nbgrader", "autograde", module.ASSIGNMENT)
    assert done.returncode == 0, done.stderr
    graded = run(course, "gradelib", "grade", module.ASSIGNMENT)
    assert graded.returncode == 0, graded.stdout + graded.stderr
    return scores(twin, module.ASSIGNMENT), scores(course, module.ASSIGNMENT), course


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scores, Scores, Path]:
    """The course that nbgrader ships."""
    return graded_twice(tmp_path_factory.mktemp("quickstart"), quickstart_course)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scores, Scores, Path]:
    """The course of classes, dicts, exceptions and functions."""
    return graded_twice(tmp_path_factory.mktemp("other"), other_course)


def test_quickstart(quickstart: tuple[Scores, Scores, Path]) -> None:
    """nbgrader's example course: the same points, for its own students and for ours."""
    theirs, ours, _ = quickstart
    assert {"bitdiddle", "hacker", "right", "untouched"} <= {student for student, _ in ours}
    assert ours == theirs
    tests = ("correct_squares", "squares_invalid_input", "correct_sum_of_squares")
    assert [ours["right", name] for name in tests] == [1, 1, 0.5]
    assert ours["right", "sum_of_squares_uses_squares"] == 0.5
    assert ours["own-sum", "sum_of_squares_uses_squares"] == 0
    assert ours["untouched", "correct_squares"] == 0


def test_other(other: tuple[Scores, Scores, Path]) -> None:
    """The same points for each of its tests."""
    theirs, ours, _ = other
    assert ours == theirs


@pytest.mark.parametrize("name", other_course.EXERCISES)
def test_other_course_is_worth_it(name: str, other: tuple[Scores, Scores, Path]) -> None:
    """Its right answers get all points, and nearly each mistake loses some: there is a contrast."""
    _, ours, _ = other
    points, mistakes = other_course.EXERCISES[name][2], other_course.MISTAKES[name]
    assert ours["all-right", f"test_{name}"] == points
    assert ours["nothing", f"test_{name}"] == 0
    lost = [ours[f"mistakes-{number}", f"test_{name}"] < points for number in range(len(mistakes))]
    assert sum(lost) >= len(lost) - 1


def test_feedback_of_a_foreign_course(other: tuple[Scores, Scores, Path]) -> None:
    """Its pages keep what its own markers hide."""
    _, _, course = other
    given = run(course, "gradelib", "feedback", other_course.ASSIGNMENT)
    assert given.returncode == 0, given.stdout + given.stderr
    pages = [path.read_text() for path in (course / "feedback").rglob("*.html")]
    assert len(pages) == len(other_course.class_())
    for page in pages:
        assert "unseen" not in page.replace("a test that you do not see", "")
        assert "135301852344706746049" not in page
