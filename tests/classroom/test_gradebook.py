"""What grading leaves: the gradebook's rows, autograded/, and what a person gave, kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
import stand_in
from nbgrader.api import Gradebook
from nbgrader.utils import compute_checksum
from sqlalchemy.exc import OperationalError
from stand_in import grade, rows
from tiny_course import ASSIGNMENT, CONFIG, cell, hand_in, solved

from gradelib.classroom import autograded, gradebook, private, ready, writing
from gradelib.classroom.course import Course, CourseError
from gradelib.classroom.grading import StoppedError
from gradelib.exam.hall import HallError


@contextmanager
def book(course: Course) -> Iterator[Any]:
    """nbgrader's gradebook, committed at the end."""
    with Gradebook(course.directory.db_url, course.directory.course_id) as made:
        yield made
        made.db.commit()


def answered(**answers: str) -> nbformat.NotebookNode:
    """The solved notebook, with some answers replaced."""
    nb = solved()
    for name, text in answers.items():
        cell(nb, name).source = text
    return nb


UNTOUCHED = "YOUR ANSWER HERE"


def test_rows_are_those_of_nbgrader(released: Course) -> None:
    """Points, comments, what waits for a person, and the time of handing in."""
    folder = hand_in(released, "ana", answered(double="double = None")).parent
    (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    release = released.release(ASSIGNMENT)
    shutil.copytree(release, released.root / "submitted" / "untouched" / ASSIGNMENT)
    hand_in(released, "broken", "{")
    (released.root / "submitted" / "none" / ASSIGNMENT).mkdir(parents=True)
    outcomes = grade(released)
    assert {name: (o.score, o.max_score, o.waiting) for name, o in outcomes.items()} == {
        "ana": (3, 5, 1),
        "untouched": (0, 5, 0),
        "broken": (0, 5, 1),
        "none": (0, 5, 0),
    }
    with book(released) as made:
        found = {
            student: {
                grade.name: (grade.auto_score, grade.needs_manual_grade, grade.failed_tests)
                for grade in made.find_submission(ASSIGNMENT, student).notebooks[0].grades
            }
            for student in outcomes
        }
        assert found == {
            "ana": {
                "double-check": (0, False, True),
                "triple-check": (3, False, False),
                "why": (None, True, False),
            },
            "untouched": {
                "double-check": (0, False, True),
                "triple-check": (0, False, True),
                "why": (0, False, False),
            },
            "broken": dict.fromkeys(("double-check", "triple-check"), (0, True, True))
            | {"why": (0, True, False)},
            "none": dict.fromkeys(("double-check", "triple-check"), (0, False, True))
            | {"why": (0, False, False)},
        }
        comments = made.find_submission(ASSIGNMENT, "untouched").notebooks[0].comments
        assert {comment.name: comment.auto_comment for comment in comments} == dict.fromkeys(
            ("double", "sign-prediction", "triple", "why"), "No response."
        )
        comments = made.find_submission(ASSIGNMENT, "ana").notebooks[0].comments
        assert {comment.auto_comment for comment in comments} == {None}
        assert str(made.find_submission(ASSIGNMENT, "ana").timestamp) == "2026-11-20 10:00:00"
        assert made.find_submission(ASSIGNMENT, "broken").timestamp is None


def test_autograded_is_nbgraders(released: Course) -> None:
    """Notebook with metadata and checksums, the student's and the course's files, read-only."""
    folder = hand_in(released, "ana", solved()).parent
    (folder / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC")
    (folder / "data.txt").write_text("changed")
    (folder / "notes").mkdir()
    (folder / "notes" / "mine.txt").write_text("kept")
    grade(released)
    there = released.autograded("ana", ASSIGNMENT)
    found = sorted(str(path.relative_to(there)) for path in there.rglob("*") if path.is_file())
    assert found == ["data.txt", "notes/mine.txt", "timestamp.txt", "warmup.ipynb"]
    assert (there / "data.txt").read_text() == "handed out\n"
    assert {stat.S_IMODE(os.stat(there / name).st_mode) for name in found} == {0o444}
    nb = nbformat.read(there / "warmup.ipynb", 4)
    nbformat.validate(nb)
    assert nb.metadata.kernelspec.name == "python3"
    for name in ("double-check", "triple-check"):
        test = cell(nb, name)
        assert test.metadata.nbgrader.checksum == compute_checksum(test)
        assert "HIDDEN" in test.source
    assert cell(nb, "why").metadata.nbgrader.checksum != compute_checksum(cell(nb, "why"))


def test_grading_again_changes_nothing(
    released: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run examines nobody and writes nothing; --force examines all."""
    log = tmp_path / "log"
    monkeypatch.setenv("STAND_IN_LOG", str(log))
    for student in ("ana", "bao"):
        hand_in(released, student, solved())
    first = grade(released)
    assert log.read_text().split("\n") == ["", "ana", "bao", ""]  # the master's own solution first
    before, there = rows(released), released.autograded("ana", ASSIGNMENT) / "warmup.ipynb"
    number = there.stat().st_ino
    assert grade(released) == first
    assert (rows(released), there.stat().st_ino) == (before, number)
    assert len(log.read_text().split()) == 2
    hand_in(released, "ana", answered(double="double = None"))
    grade(released)
    assert log.read_text().split() == ["ana", "bao", "ana"]
    grade(released, force=True)
    assert log.read_text().split() == ["ana", "bao", "ana", "ana", "bao"]
    assert len(list((released.root / ".grading" / "verdicts" / ASSIGNMENT).glob("*.json"))) == 3


def given_by_a_person(course: Course, student: str) -> None:
    """What a teaching assistant does in Formgrader."""
    with book(course) as made:
        row = made.find_grade("why", "warmup", ASSIGNMENT, student)
        row.manual_score, row.extra_credit, row.needs_manual_grade = 3.5, 0.5, False
        made.find_comment("why", "warmup", ASSIGNMENT, student).manual_comment = "Nearly."
        test = made.find_grade("double-check", "warmup", ASSIGNMENT, student)
        test.manual_score, test.needs_manual_grade = 1.0, False
        made.find_submission_notebook("warmup", ASSIGNMENT, student).flagged = True


def test_what_a_person_gave_stays(released: Course) -> None:
    """Scores, extra credit, comments and flags; nothing waits when the hand-in is the same."""
    hand_in(released, "ana", solved())
    grade(released)
    given_by_a_person(released, "ana")
    before = rows(released)
    for force in (False, True):
        again = grade(released, force=force)["ana"]
        assert rows(released) == before
        assert (again.waiting, again.notes) == (0, ())
    [row] = gradebook.rows(released)
    assert (row.automatic, row.total) == (5, 1 + 3 + 3.5 + 0.5)


CHANGES = {
    "the answer": ({"why": "Another reason."}, {"why", "double-check"}),
    "the code": ({"double": "def double(x):\n    return x + x"}, {"double-check"}),
    "nothing": ({}, set()),
}


@pytest.mark.parametrize(("answers", "waiting"), CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_answer_waits_again(
    answers: dict[str, str], waiting: set[str], released: Course
) -> None:
    """After a new hand-in, what a person graded is kept, and waits where its answer changed."""
    hand_in(released, "ana", solved())
    grade(released)
    given_by_a_person(released, "ana")
    path = hand_in(released, "ana", answered(**answers))
    (path.parent / "more.txt").write_text("a new hand-in in any case")
    outcome = grade(released)["ana"]
    with book(released) as made:
        grades = made.find_submission(ASSIGNMENT, "ana").notebooks[0].grades
        assert {grade.name for grade in grades if grade.needs_manual_grade} == waiting
        assert {grade.manual_score for grade in grades if grade.name == "why"} == {3.5}
    assert len(outcome.notes) == len(waiting)
    assert all("changed since a person graded it" in note for note in outcome.notes)


LATE = """
from nbgrader.plugins import LateSubmissionPlugin
class Hourly(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        if student_id == "breaks":
            raise KeyError("no such student")
        return {"generous": -1, "harsh": 100}.get(student_id, total_seconds_late / 3600)
c.AssignLatePenalties.plugin_class = Hourly
"""


def test_late_penalties(released: Course) -> None:
    """The course's own plug-in decides; a penalty is at least 0 and at most the score."""
    (released.root / "nbgrader_config.py").write_text(CONFIG + LATE)
    course = Course(released.root)
    with book(course) as made:
        made.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-20 10:00:00 UTC")
    for student in ("punctual", "late", "generous", "harsh", "breaks"):
        path = hand_in(course, student, solved())
        hour = "09" if student == "punctual" else "12"
        (path.parent / "timestamp.txt").write_text(f"2026-11-20 {hour}:00:00 UTC")
    for _ in range(2):
        outcomes = grade(course)
        assert {row.student: row.late_penalty for row in gradebook.rows(course)} == {
            "punctual": 0,
            "late": 2,
            "generous": 0,
            "harsh": 5,
            "breaks": 0,
        }
    assert "the course's plug-in failed (KeyError" in outcomes["breaks"].notes[0]
    assert outcomes["breaks"].score == 5


def test_a_failing_exam_keeps_what_was_there(released: Course) -> None:
    """A hand-in that cannot be examined has a row that waits; earlier points stay."""
    for student in ("fails-new", "ana"):
        hand_in(released, student, solved())
    first = grade(released)
    assert first["fails-new"].cause == "not graded: OSError: disk on fire"
    assert first["ana"].cause is None
    with book(released) as made:
        [notebook] = made.find_submission(ASSIGNMENT, "fails-new").notebooks
        assert [(g.auto_score, g.needs_manual_grade) for g in notebook.grades] == [(None, True)] * 3
        # as if it had been graded before
        for row in notebook.grades:
            row.auto_score, row.needs_manual_grade = 1.0, False
    before = rows(released)
    grade(released)
    assert rows(released) == before
    assert "Traceback" in (released.root / ".grading" / "errors.log").read_text()


IDS = ["odd [id] *", "שלום עולם", "x" * 255, "=1+1", "a\\b", "Zoë O'Neil", ".hidden", "new\nline"]


def test_student_ids(released: Course) -> None:
    """Whatever a folder can be called is graded like any other."""
    for student in IDS:
        hand_in(released, student, solved())
    outcomes = grade(released)
    assert sorted(outcomes) == sorted(name for name in IDS if name != ".hidden")
    assert {(outcome.score, outcome.cause) for outcome in outcomes.values()} == {(5, None)}
    assert {row.student for row in gradebook.rows(released)} == set(outcomes)
    for student in outcomes:
        assert (released.autograded(student, ASSIGNMENT) / "warmup.ipynb").is_file()


def test_an_id_that_is_no_text(released: Course) -> None:
    """A folder whose name is not UTF-8 is listed with its cause, and the others are graded."""
    hand_in(released, "ana", solved())
    hand_in(released, "b\udcff", solved())
    outcomes = grade(released)
    assert outcomes["ana"].cause is None
    assert "cannot hold this student's id" in str(outcomes["b\udcff"].cause)


def test_a_separator_in_an_id(released: Course) -> None:
    """A student id with a path separator is no folder's name."""
    hand_in(released, "ana", solved())
    for student in ("../submitted/ana", "a/b"):
        with pytest.raises(CourseError, match="has no hand-in"):
            released.submissions(ASSIGNMENT, student)


def test_a_master_that_fails_its_own_tests(released: Course) -> None:
    """It is refused with the cell and the reason, before anyone is graded."""
    hand_in(released, "ana", solved())
    path = released.source(ASSIGNMENT) / "warmup.ipynb"
    path.write_text(path.read_text().replace("double(-37) == -74", "double(-37) == 0"))
    with pytest.raises(CourseError, match=r"gets 0 of 2 points in 'double-check' of warmup.ipynb"):
        grade(released)
    assert gradebook.rows(released) == []


@pytest.mark.parametrize("again", [False, True], ids=["first", "later"])
def test_no_isolation(again: bool, released: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hand-ins cannot be isolated grading stops, and no one gets points or loses them."""
    hand_in(released, "ana", solved())
    if again:
        grade(released)
        hand_in(released, "ana", answered(double="double = None"))
    before = rows(released)

    def refuse(task: object) -> bytes:
        raise HallError(
            "the examiner's process ended: x.IsolationError: no Landlock, no namespaces"
        )

    monkeypatch.setattr(stand_in, "examine", refuse)
    with pytest.raises(CourseError, match=r"isolated here \(no Landlock, no.*use --no-sandbox"):
        grade(released)
    assert rows(released) == before


def test_two_at_once(released: Course) -> None:
    """Who grades while someone else does is told so, and nothing happens."""
    hand_in(released, "ana", solved())
    with private.alone(released), pytest.raises(CourseError, match="is grading this course"):
        grade(released)
    assert grade(released)["ana"].score == 5


def test_a_locked_gradebook(released: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that holds the database is waited for, then named; what is there stays."""
    monkeypatch.setattr(gradebook, "PATIENCE", 0)
    hand_in(released, "ana", solved())
    grade(released)
    before = rows(released)
    hand_in(released, "ana", answered(double="double = None"))
    other = sqlite3.connect(released.root / "gradebook.db", timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    url = f"sqlite:///{released.root}/gradebook.db?timeout=0.1"
    (released.root / "nbgrader_config.py").write_text(
        CONFIG + f"c.CourseDirectory.db_url = {url!r}\n"
    )
    course = Course(released.root)
    with pytest.raises(CourseError, match="another program holds it"):
        grade(course)
    other.rollback()
    other.close()
    assert rows(released) == before
    assert grade(course)["ana"].score == 3


def test_a_gradebook_locked_in_the_middle(
    released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is examined is kept; the next run finishes without examining again."""
    monkeypatch.setattr(gradebook, "PATIENCE", 0)
    for student in ("ana", "bao"):
        hand_in(released, student, solved())
    write = writing.Writer.write

    def locked(self: Any, student: str, *args: Any, **more: Any) -> Any:
        if student == "bao":
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        return write(self, student, *args, **more)

    monkeypatch.setattr(writing.Writer, "write", locked)
    with pytest.raises(StoppedError, match="another program holds it"):
        grade(released)
    assert [row.student for row in gradebook.rows(released)] == ["ana"]
    monkeypatch.setattr(writing.Writer, "write", write)
    assert grade(released)["bao"].score == 5


def test_a_read_only_gradebook(released: Course) -> None:
    """A gradebook that this account cannot write is named, with what to do."""
    hand_in(released, "ana", solved())
    url = f"sqlite:///file:{released.root}/gradebook.db?mode=ro&uri=true"
    (released.root / "nbgrader_config.py").write_text(
        CONFIG + f"c.CourseDirectory.db_url = {url!r}\n"
    )
    with pytest.raises(CourseError, match="this account may not write it"):
        grade(Course(released.root))


def test_a_full_disk_beside_the_gradebook(
    released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where autograded/ takes no more, the old files stay; the next run ends as if undisturbed."""
    hand_in(released, "ana", solved())
    grade(released)
    old = (released.autograded("ana", ASSIGNMENT) / "warmup.ipynb").read_bytes()
    hand_in(released, "ana", answered(double="double = None"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "autograded")

    with monkeypatch.context() as patch:
        patch.setattr(autograded.Path, "write_bytes", full)
        with pytest.raises(StoppedError, match="No space left on device"):
            grade(released)
    assert (released.autograded("ana", ASSIGNMENT) / "warmup.ipynb").read_bytes() == old
    assert grade(released)["ana"].score == 3
    new = nbformat.read(released.autograded("ana", ASSIGNMENT) / "warmup.ipynb", 4)
    assert cell(new, "double").source == "double = None"
    assert not list((released.root / ".grading").glob("stage/*"))


STEPS = """
from nbgrader.preprocessors import NbGraderPreprocessor
class Stamp(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata["stamped"] = resources["nbgrader"]["student"]
        return nb, resources
c.Autograde.autograde_preprocessors = [*pipeline.AUTOGRADE, Stamp]
c.Autograde.permissions = 640
"""


def test_steps_of_the_course_itself(released: Course) -> None:
    """What a course adds to nbgrader's steps after the execution is run; so are permissions."""
    (released.root / "nbgrader_config.py").write_text(CONFIG + STEPS)
    hand_in(released, "ana", solved())
    course = Course(released.root)
    grade(course)
    path = course.autograded("ana", ASSIGNMENT) / "warmup.ipynb"
    assert nbformat.read(path, 4).metadata.stamped == "ana"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_gradebook_that_a_kill_left_half_made(released: Course) -> None:
    """The tables' version, without which nbgrader cannot upgrade it, is noted later."""
    with sqlite3.connect(released.root / "gradebook.db") as made:
        [before] = made.execute("SELECT version_num FROM alembic_version")
        made.execute("DROP TABLE alembic_version")
    made.close()
    with gradebook.opened(released):
        pass
    with sqlite3.connect(released.root / "gradebook.db") as made:
        assert made.execute("SELECT version_num FROM alembic_version").fetchall() == [before]
    made.close()


def test_rehearsal_and_own_solution_are_kept(
    released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is the same for all is done once for each version of the master."""
    hand_in(released, "ana", solved())
    earlier = released.root / ".grading" / "rehearsals" / ASSIGNMENT / "earlier.json"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("null")
    grade(released)
    assert not earlier.exists()
    monkeypatch.setattr(ready, "_one", lambda *_: pytest.fail("done again"))
    assert grade(released)["ana"].score == 5
