"""nbgrader's own commands, with this repository's settings, give what gradelib gives."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from class_cases import WARNS, copied_test
from tiny_course import ASSIGNMENT, cell, hand_in, solved

from gradelib.classroom import gradebook
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


def test_plain_validate(released: Course) -> None:
    """`nbgrader validate` passes the solutions and fails the untouched release."""
    solutions = released.source(ASSIGNMENT) / "warmup.ipynb"
    untouched = released.release(ASSIGNMENT) / "warmup.ipynb"
    said = nbgrader(released, "validate", str(solutions), str(untouched))
    assert said.index("Success!") < said.index("double: write your answer here")
