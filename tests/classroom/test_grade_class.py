"""Hand-ins, good, bad and broken, graded in one batch: who gets what, and what is said."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from tiny_course import ASSIGNMENT, cell, hand_in, solved

from gradelib.classroom import gradebook
from gradelib.classroom.batch import Outcome, grade_all
from gradelib.classroom.course import Course
from gradelib.classroom.grading import Grader

Edit = Callable[[NotebookNode], object]


def answer(grade_id: str, source: str) -> Edit:
    """Replace the text of a cell."""

    def edit(nb: NotebookNode) -> None:
        cell(nb, grade_id).source = source

    return edit


def untouched(nb: NotebookNode) -> None:
    """Every answer as it was released."""
    for name in ("double", "triple"):
        cell(nb, name).source = f"def {name}(x):\n    raise NotImplementedError()"
    cell(nb, "why").source = "YOUR ANSWER HERE"


def copied_test(nb: NotebookNode) -> None:
    """The test cell of double, copied to the end."""
    nb.cells.append(nbformat.from_dict({**cell(nb, "double-check"), "id": "the-copy"}))


def copied_answer(nb: NotebookNode) -> None:
    """The answer cell of double, copied above itself with a wrong answer in the first."""
    wrong = nbformat.from_dict({**cell(nb, "double"), "id": "the-copy"})
    wrong.source = "def double(x):\n    return 0"
    nb.cells.insert(nb.cells.index(cell(nb, "double")), wrong)


def deleted(*names: str) -> Edit:
    """Without the named cells."""

    def edit(nb: NotebookNode) -> None:
        for name in names:
            nb.cells.remove(cell(nb, name))

    return edit


def skipped_test(nb: NotebookNode) -> None:
    """A wrong answer with its test tagged skip-execution."""
    cell(nb, "double").source = "def double(x):\n    return 0"
    cell(nb, "double-check").metadata["tags"] = ["skip-execution"]


def edited_test(nb: NotebookNode) -> None:
    """A wrong answer, and a test that says it is right, worth more points."""
    cell(nb, "double").source = "def double(x):\n    return 0"
    cell(nb, "double-check").source = "assert double(2) == 0"
    cell(nb, "double-check").metadata.nbgrader["points"] = 100


def strange_metadata(nb: NotebookNode) -> None:
    """A schema of the future, an invented graded cell, and metadata that is no dictionary."""
    cell(nb, "double-check").metadata.nbgrader["schema_version"] = 99
    cell(nb, "triple-check").metadata.nbgrader["solution"] = True
    invented = {"grade": True, "solution": False, "grade_id": "bonus", "points": 50, "locked": True}
    nb.cells.append(
        new_code_cell("1 + 1", metadata={"nbgrader": {**invented, "schema_version": 3}})
    )
    nb.cells.append(new_code_cell("2 + 2", metadata={"nbgrader": "none"}))


def retyped(nb: NotebookNode) -> None:
    """The answer cell of double turned into Markdown by a slip of the hand."""
    there = cell(nb, "double")
    there.cell_type = "markdown"
    del there["outputs"], there["execution_count"]


WARNS = "def double(x):\n    print('careful', file=sys.stderr)\n    return 2 * x"
EXIT = "import os\ndef {}(x):\n    os._exit(1)"
STUBBORN = (
    "import time\ndef triple(x):\n    while True:\n        try:\n            time.sleep(60)\n"
    "        except KeyboardInterrupt:\n            pass"
)
FLOOD = "def double(x):\n    while True:\n        print('x' * 1000, end='')"


@dataclass(frozen=True)
class Case:
    """A student: the change made to a solved notebook, the points from tests, and what is said."""

    student: str
    edit: Edit
    score: float = 5.0
    cause: str | None = None
    note: str | None = None


CASES = [
    Case("right", lambda nb: None),
    Case("untouched", untouched, 0),
    Case("partial", answer("triple", "def triple(x):\n    return 3"), 3),
    Case("syntax-error", answer("double", "def double(x:"), 3),
    Case("stderr", answer("double", WARNS)),
    Case(
        "copied-test", copied_test, note="copied test cell 'double-check': the copy does not count"
    ),
    Case("copied-answer", copied_answer, note="copied answer cell 'double'"),
    Case(
        "deleted-test",
        deleted("triple-check"),
        note="deleted test cell 'triple-check' was put back",
    ),
    Case("deleted-given", deleted("imports"), note="deleted given cell 'imports' was put back"),
    Case("skip-tag", skipped_test, 3, note="tagged skip-execution"),
    Case("edited-test", edited_test, 3, note="test cell 'double-check' was edited"),
    Case("strange-metadata", strange_metadata),
    Case("retyped", retyped, note="answer cell 'double' was of type markdown"),
    Case("endless", answer("double", FLOOD), 3, note="'double-check' ran longer than 3 s"),
    Case(
        "exits-early",
        answer("double", EXIT.format("double")),
        0,
        cause="Python died in cell 'double",
    ),
    Case(
        "exits",
        answer("triple", EXIT.format("triple")),
        2,
        cause="Python died in cell 'triple-check'",
    ),
    Case("stubborn", answer("triple", STUBBORN), 2, cause="'triple-check' did not stop"),
]

FILES = {
    "broken-json": (b'{"cells": [', "warmup.ipynb is not a notebook: broken JSON at line 1"),
    "empty-file": (b"", "warmup.ipynb is not a notebook: the file is empty"),
}


@pytest.fixture(scope="module")
def graded(
    released_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Course, dict[str, Outcome]]:
    """The whole class, graded once, with three seconds for a cell."""
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
    outcomes = list(grade_all(course.submissions(ASSIGNMENT), Grader(course, cell_timeout=3)))
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
    assert outcomes["missing"].cause == "warmup.ipynb is missing"
    assert outcomes["missing"].max_score == 5
    row = next(row for row in gradebook.rows(course) if row.student == "missing")
    assert (row.total, row.max) == (0, 9)


def test_another_file_name(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """A notebook under another name is known by its cells; of two, a person must choose."""
    assert graded[1]["other-name"].score == 5
    assert graded[1]["other-name"].notes == ("'Warm up (1).ipynb' was graded as warmup.ipynb",)
    assert "more than one file could be it: a.ipynb, b.ipynb" in str(graded[1]["two-names"].cause)


def test_a_student_id_with_glob_characters(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """An id that nbgrader would read as a pattern costs nothing."""
    assert (graded[1]["odd [id]"].score, graded[1]["odd [id]"].cause) == (5, None)


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
    assert len(outcomes) == len(CASES) + len(FILES) + 5


def test_stderr_stays_visible(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """What a student's code writes to stderr costs nothing and is still in the graded notebook."""
    path = graded[0].autograded("stderr", ASSIGNMENT) / "warmup.ipynb"
    outputs = cell(nbformat.read(path, 4), "double-check").outputs
    assert [(output.name, output.text[:7]) for output in outputs] == [("stderr", "careful")]


def test_printing_without_end_is_cut(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """An endless loop that prints leaves a notebook of bounded size."""
    path = graded[0].autograded("endless", ASSIGNMENT) / "warmup.ipynb"
    assert path.stat().st_size < 3_000_000


def test_answers_wait_for_a_person(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """A written answer waits for a person, and an untouched one does not."""
    assert graded[1]["right"].waiting == 1
    assert graded[1]["untouched"].waiting == 0


def test_stage_is_cleared_away(graded: tuple[Course, dict[str, Outcome]]) -> None:
    """Grading leaves its logs and nothing else behind."""
    assert os.listdir(graded[0].root / ".grading") == ["logs"]


def test_grading_again_keeps_manual_scores(released: Course) -> None:
    """What a person gave survives grading again; automatic points follow the hand-in."""
    hand_in(released, "ana", solved())
    [first] = grade_all(released.submissions(ASSIGNMENT), Grader(released))
    assert first.score == 5
    with Gradebook(released.directory.db_url) as book:
        book.find_grade("why", "warmup", ASSIGNMENT, "ana").manual_score = 3.5
        book.find_comment("why", "warmup", ASSIGNMENT, "ana").manual_comment = "Nearly."
        book.db.commit()
    worse = solved()
    cell(worse, "double").source = "double = None"
    hand_in(released, "ana", worse)
    [second] = grade_all(released.submissions(ASSIGNMENT), Grader(released))
    assert (second.score, second.waiting) == (3, 0)
    [row] = gradebook.rows(released)
    assert (row.automatic, row.manual, row.total, row.max) == (3, 3.5, 6.5, 9)
    with Gradebook(released.directory.db_url) as book:
        assert book.find_comment("why", "warmup", ASSIGNMENT, "ana").comment == "Nearly."


def test_one_failing_execution_does_not_stop_the_batch(released: Course) -> None:
    """An executor that raises costs its own hand-in only, and the reason is told in one line."""
    for student in ("a", "b", "c"):
        hand_in(released, student, solved())

    def execute(submission: object) -> Outcome:
        if submission.student == "b":
            raise OSError("disk on fire\nsecond line")
        return Outcome("x", ASSIGNMENT, 1, 1)

    outcomes = list(grade_all(released.submissions(ASSIGNMENT), execute))
    assert [o.cause for o in outcomes] == [None, "not graded: OSError: disk on fire", None]


def test_plain_nbgrader_with_our_steps(released: Course) -> None:
    """`nbgrader autograde`, with the steps of nbgrader_config.py, gives the same scores."""
    copied, noisy = solved(), solved()
    copied_test(copied)
    cell(noisy, "double").source = WARNS
    for student, nb in (("copied", copied), ("noisy", noisy)):
        hand_in(released, student, nb)
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=released.root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        check=True,
    )
    assert [(row.student, row.automatic) for row in gradebook.rows(released)] == [
        ("copied", 5.0),
        ("noisy", 5.0),
    ]
