"""nbgrader's own commands, with this repository's settings, give what gradelib gives."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from class_cases import CASES, WARNS, copied_test
from class_of import command
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from stand_in import rows
from tiny_course import ASSIGNMENT, cell, hand_in, solved

from gradelib.classroom import gradebook, private
from gradelib.classroom.course import Course


def nbgrader(course: Course, *arguments: str) -> str:
    """Run plain nbgrader in a course, and return what it printed."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course.root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout


def test_plain_nbgrader_with_our_steps(released: Course) -> None:
    """`nbgrader autograde`, with the steps of nbgrader_config.py, gives the same scores.

    Its generate_feedback gives our page.
    """
    copied, noisy = solved(), solved()
    copied_test(copied)
    cell(noisy, "double").source = WARNS
    for student, nb in (("copied", copied), ("noisy", noisy)):
        hand_in(released, student, nb)
    release = released.release(ASSIGNMENT)
    shutil.copytree(release, released.root / "submitted" / "untouched" / ASSIGNMENT)
    nbgrader(released, "autograde", ASSIGNMENT)
    assert [(row.student, row.automatic) for row in gradebook.rows(released)] == [
        ("copied", 5.0),
        ("noisy", 5.0),
        ("untouched", 0.0),
    ]
    nbgrader(released, "generate_feedback", ASSIGNMENT, "--student", "noisy")
    page = (released.feedback("noisy", ASSIGNMENT) / "warmup.html").read_text()
    assert "Content-Security-Policy" in page
    assert "double-check</a></td><td>test</td><td>2 of 2 points</td>" in page
    assert "seventy-four" not in page


def graded_class(course: Course) -> None:
    """Hand-ins of each kind that nbgrader itself can take."""
    for case in CASES:
        if case.student in SHARED:
            nb = solved()
            case.edit(nb)
            (hand_in(course, case.student, nb).parent / "mine.txt").write_text("beside it\n")


SHARED = ("right", "partial", "syntax-error", "stderr", "copied-test", "edited-test", "exits")


def test_gradelib_leaves_what_nbgrader_leaves(released: Course, tmp_path: Path) -> None:
    """Rows and autograded/ of `gradelib grade` are those of `nbgrader autograde` with our steps.

    nbgrader's other commands then work on them as on its own.
    """
    graded_class(released)
    private.secret(released)
    shutil.copytree(released.root, tmp_path / "other")
    theirs = Course(tmp_path / "other")
    subprocess.run(command(released), check=False, capture_output=True)
    nbgrader(theirs, "autograde", ASSIGNMENT)
    assert rows(released) == rows(theirs)
    names = {
        str(path.relative_to(released.root)): path
        for path in (released.root / "autograded").rglob("*")
        if path.is_file()
    }
    assert len(names) == 3 * len(SHARED)
    for name, path in names.items():
        other = theirs.root / name
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(other.stat().st_mode)
        if name.endswith(".ipynb"):
            assert nbformat.read(path, 4) == nbformat.read(other, 4), name
        else:
            assert path.read_bytes() == other.read_bytes()
    with Gradebook(released.directory.db_url) as book:
        row = book.find_grade("why", "warmup", ASSIGNMENT, "right")
        row.manual_score, row.needs_manual_grade = 3.5, False
        book.db.commit()
    nbgrader(released, "generate_feedback", ASSIGNMENT)
    for student in SHARED:
        page = (released.feedback(student, ASSIGNMENT) / "warmup.html").read_text()
        assert "seventy-four" not in page
    nbgrader(released, "export", "--to", str(tmp_path / "grades.csv"))
    with (tmp_path / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    expected = {case.student: case.score for case in CASES if case.student in SHARED}
    assert scores == expected | {"right": 5 + 3.5}
    nbgrader(released, "autograde", ASSIGNMENT, "--force", "--student", "right")
    with Gradebook(released.directory.db_url) as book:
        assert book.find_grade("why", "warmup", ASSIGNMENT, "right").manual_score == 3.5


def test_formgraders_button(released: Course) -> None:
    """What Formgrader calls for "Autograde" gives the exam's scores, from a thread as well."""
    hand_in(released, "ana", solved())
    with released.session(), ThreadPoolExecutor(1) as server:
        api = NbGraderAPI(config=released.config())
        done = server.submit(api.autograde, ASSIGNMENT, "ana").result()
    assert done["success"], done
    [row] = gradebook.rows(released)
    assert (row.automatic, row.waiting) == (5, 1)


def test_plain_validate(released: Course) -> None:
    """`nbgrader validate` passes the solutions and fails the untouched release."""
    solutions = released.source(ASSIGNMENT) / "warmup.ipynb"
    untouched = released.release(ASSIGNMENT) / "warmup.ipynb"
    said = nbgrader(released, "validate", str(solutions), str(untouched))
    assert said.index("Success!") < said.index("double: write your answer here")
