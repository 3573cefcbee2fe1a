"""The loop over a class: bounded, stoppable, and no hand-in is lost when a worker dies."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import stand_in

from gradelib.classroom.batch import Submission, Task, WorkerLostError, grade_all
from gradelib.classroom.course import CourseError
from gradelib.classroom.executors import on_cluster
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn
from gradelib.exam.texts.notebook import one_line
from gradelib.exam.texts.paper import Paper

PAPER = Paper("01", {})


def submissions(*students: str) -> list[Submission]:
    """Hand-ins of the named students."""
    return [Submission(student, "01", Path("/nowhere")) for student in students]


def prepare(submission: Submission) -> tuple[Task, bytes | None]:
    """A task without notebooks."""
    if submission.student == "unready":
        raise PermissionError("no right to read")
    task = Task(
        hand_in=HandIn(submission.student, "01", {}),
        paper=pickle.dumps((PAPER, None)),
        paper_digest=PAPER.digest(),
        seed=bytes(32),
        limits=Limits(),
    )
    return task, b"known" if submission.student == "known" else None


class Frail(Executor):
    """Two processes that are lost together, as a machine's are; the next task finds two others."""

    def __init__(self) -> None:
        self.pool = self.made()

    def made(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(2, get_context("spawn"))

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.pool.submit(fn, *args, **kwargs)
        except BrokenExecutor:
            self.pool.shutdown()
            self.pool = self.made()
            return self.pool.submit(fn, *args, **kwargs)


@pytest.fixture
def pool() -> Iterator[Frail]:
    """Workers that die with what they examine."""
    made = Frail()
    yield made
    made.pool.shutdown()


def test_every_hand_in_comes_back() -> None:
    """Verdicts, found ones, failures and hand-ins that cannot be read: each once."""
    students = ["a", "known", "fails", "unready", "b"]
    with ThreadPoolExecutor(2) as executor:
        found = {
            examined.submission.student: examined
            for examined in grade_all(
                submissions(*students), executor, prepare, examine=stand_in.examine
            )
        }
    assert sorted(found) == sorted(students)
    assert all(found[name].verdict for name in ("a", "b", "known"))
    assert not found["known"].fresh
    assert one_line(found["fails"].error) == "OSError: disk on fire"
    assert one_line(found["unready"].error) == "PermissionError: no right to read"


def test_look_ahead_is_bounded() -> None:
    """However large the class, few hand-ins are in memory at once."""
    begun: list[str] = []

    def counted(submission: Submission) -> tuple[Task, bytes | None]:
        begun.append(submission.student)
        return prepare(submission)

    class_ = submissions(*(f"s{n}" for n in range(50)))
    with ThreadPoolExecutor(2) as executor:
        done = 0
        for _ in grade_all(class_, executor, counted, examine=stand_in.examine, ahead=5):
            done += 1
            assert len(begun) <= done + 5
    assert done == 50


def test_a_worker_that_dies_costs_no_one_else(
    pool: Frail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hand-in that kills its process each time is given up; the others all have a verdict."""
    monkeypatch.setenv("STAND_IN_MARKS", str(tmp_path))
    students = ["a", "killer", "b", "once-c", "d", "e", "f"]
    found = {
        examined.submission.student: examined
        for examined in grade_all(
            submissions(*students), pool, prepare, examine=stand_in.examine, tries=2
        )
    }
    assert sorted(found) == sorted(students)
    assert isinstance(found.pop("killer").error, WorkerLostError)
    assert [name for name, examined in found.items() if examined.verdict is None] == []


def test_stop() -> None:
    """Once it is asked to stop, nothing new is begun."""
    taken: list[str] = []
    with ThreadPoolExecutor(1) as executor:
        for examined in grade_all(
            submissions(*(f"s{n}" for n in range(50))),
            executor,
            prepare,
            examine=stand_in.examine,
            stopped=lambda: len(taken) >= 3,
        ):
            taken.append(examined.submission.student)
    assert 3 <= len(taken) < 10


def test_no_scheduler() -> None:
    """An address where no one answers is named, with what to start."""
    with pytest.raises(CourseError, match="no Dask scheduler answers at tcp://127"):
        on_cluster("tcp://127.0.0.1:1").__enter__()


def test_no_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the extra to install is named."""
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(CourseError, match=r"pip install 'gradelib\[cluster\]'"):
        on_cluster("tcp://127.0.0.1:1").__enter__()
