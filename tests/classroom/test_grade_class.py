"""Hand-ins, good, bad and broken, graded in one batch: who gets what, and what is said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from class_cases import CASES, CLUMSY, FILES, Case, first
from tiny_course import ASSIGNMENT, cell, hand_in, solved

from gradelib.classroom import gradebook
from gradelib.classroom.batch import Outcome
from gradelib.classroom.course import Course
from gradelib.classroom.executors import on_processes
from gradelib.classroom.grading import grade
from gradelib.classroom.ready import Options


@pytest.fixture(scope="module")
def graded(
    released_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Course, dict[str, Outcome]]:
    """The whole class, graded once, with two seconds for a cell."""
    root = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(released_template, root)
    course = Course(root)
    for case in CASES:
        nb = solved()
        case.edit(nb)
        hand_in(course, case.student, nb)
    for student, (data, _) in FILES.items():
        hand_in(course, student, data)
    hand_in(course, "other-name", solved(), name="Warm up (1)")
    hand_in(course, "browser", solved()).rename(
        course.root / "submitted" / "browser" / ASSIGNMENT / "warmup.ipynb.txt"
    )
    clumsy = solved()
    for line in reversed(CLUMSY.strip().split("\n")):
        first(line)(clumsy)
    hand_in(course, "clumsy", clumsy)
    hand_in(course, "copies", solved())
    hand_in(course, "copies", "{}", name="warmup-Copy1")
    hand_in(course, "Zoë O'Neil", solved())
    hand_in(course, "two-names", solved(), name="a")
    hand_in(course, "two-names", solved(), name="b")
    hand_in(course, "odd [id]", solved())
    (course.root / "submitted" / "missing" / ASSIGNMENT).mkdir(parents=True)
    shadow = hand_in(course, "shadow", solved()).parent
    (shadow / "math.py").write_text("pi = 0")
    (shadow / "gradelib").mkdir()
    (shadow / "gradelib" / "__init__.py").write_text("raise SystemExit")
    (shadow / "my_helper.py").write_text("six = 6")
    (shadow / "timestamp.txt").write_text("yesterday")
    (shadow / "link.txt").symlink_to("/etc/passwd")
    before = (os.getcwd(), dict(os.environ))
    with on_processes(2) as workers:
        submissions = course.submissions(ASSIGNMENT)
        outcomes = list(grade(course, submissions, workers, Options(cell_timeout=2)))
    assert (os.getcwd(), dict(os.environ)) == before
    return course, {outcome.student: outcome for outcome in outcomes}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.student)
def test_hand_in(case: Case, graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Each hand-in gets the points that its code earns, and the slips around it cost nothing."""
    outcome = graded[1][case.student]
    assert (outcome.score, outcome.max_score) == (case.score, 5.0)
    assert outcome.cause is None if case.cause is None else case.cause in str(outcome.cause)
    assert case.note is None or any(case.note in note for note in outcome.notes)
    if case.cause is None and case.note is None:
        assert outcome.notes == ()


@pytest.mark.parametrize("student", FILES)
def test_a_file_that_is_no_notebook(
    student: str, graded: tuple[Course, dict[str, Outcome]]
) -> None:
    """A file that cannot be read is listed with its fault and waits for a person."""
    course, outcomes = graded
    outcome = outcomes[student]
    assert outcome.score == 0
    assert FILES[student][1] in str(outcome.cause)
    with gradebook.opened(course) as book:
        grades = [
            g for nb in book.find_submission(ASSIGNMENT, student).notebooks for g in nb.grades
        ]
        assert [(g.auto_score, g.needs_manual_grade) for g in grades] == [(0.0, True)] * 3


def test_missing_notebook(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """A folder without the notebook is a row of zeros with a cause."""
    course, outcomes = graded
    assert outcomes["missing"].cause == "warmup.ipynb is missing; the folder is empty"
    assert outcomes["missing"].max_score == 5
    row = next(row for row in gradebook.rows(course) if row.student == "missing")
    assert (row.total, row.max) == (0, 9)


def test_another_file_name(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """A notebook under another name is known by its cells; of two, a person must choose."""
    assert graded[1]["other-name"].score == 5
    assert graded[1]["other-name"].notes == ("'Warm up (1).ipynb' was graded as warmup.ipynb",)
    assert graded[1]["browser"].notes == ("'warmup.ipynb.txt' was graded as warmup.ipynb",)
    assert graded[1]["copies"].notes == ("'warmup-Copy1.ipynb' was handed in as well: not graded",)
    assert graded[1]["two-names"].cause == (
        "warmup.ipynb is missing, and more than one file could be it; "
        "handed in was a.ipynb, b.ipynb"
    )


@pytest.mark.parametrize("student", ["odd [id]", "Zoë O'Neil", "clumsy", "browser", "copies"])
def test_slips_that_cost_nothing(student: str, graded: tuple[Course, dict[str, Outcome]]) -> None:
    """An id that is a pattern, or not ASCII; a closed stdout, `input()`, a browser's file name."""
    assert (graded[1][student].score, graded[1][student].cause) == (5, None)


def test_files_that_shadow_packages_stay_behind(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Handed-in files named like installed modules take no part; others are there."""
    course, outcomes = graded
    outcome = outcomes["shadow"]
    assert (outcome.score, outcome.cause) == (5, None)
    notes = "\n".join(outcome.notes)
    for name in ("math.py", "gradelib/__init__.py", "timestamp.txt", "link.txt"):
        assert name in notes
    ran_in = course.autograded("shadow", ASSIGNMENT)
    assert sorted(os.listdir(ran_in)) == ["data.txt", "my_helper.py", "warmup.ipynb"]


def test_every_hand_in_has_a_row(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Nobody who handed something in is missing from the gradebook."""
    course, outcomes = graded
    assert {row.student for row in gradebook.rows(course)} == set(outcomes)
    assert len(outcomes) == len(CASES) + len(FILES) + 9


def test_stderr_stays_visible(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """What a student's code writes to stderr costs nothing and is still in the graded notebook."""
    path = graded[0].autograded("stderr", ASSIGNMENT) / "warmup.ipynb"
    outputs = cell(nbformat.read(path, 4), "double-check").outputs
    assert [(output.name, output.text[:7]) for output in outputs] == [("stderr", "careful")]


@pytest.mark.parametrize("student", ["endless", "huge"])
def test_output_without_end_is_cut(student: str, graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Endless prints, huge pictures and huge messages leave a notebook of bounded size."""
    path = graded[0].autograded(student, ASSIGNMENT) / "warmup.ipynb"
    assert path.stat().st_size < 3_000_000


def test_answers_wait_for_a_person(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """A written answer waits for a person, and an untouched one does not."""
    assert graded[1]["right"].waiting == 1
    assert graded[1]["untouched"].waiting == 0


def test_stage_is_cleared_away(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Grading leaves what the next one needs, and nothing else."""
    left = set(os.listdir(graded[0].root / ".grading"))
    assert left == {"lock", "secret", "verdicts", "rehearsals"}
