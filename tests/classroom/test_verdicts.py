"""What is kept in .grading/: verdicts by their key, the secret, and who is grading."""

from __future__ import annotations

import multiprocessing
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from gradelib.classroom import private, verdicts
from gradelib.classroom.batch import Task
from gradelib.classroom.course import Course, CourseError
from gradelib.classroom.verdicts import Verdicts, file_name, key
from gradelib.classroom.worker import packed
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn

TASK = Task(
    hand_in=HandIn("ana", "01", {"a.ipynb": b"{}"}),
    paper=b"",
    paper_digest="0" * 64,
    seed=bytes(32),
    limits=Limits(),
)
VERDICT = packed({"format": 1, "student": "ana", "assignment": "01"})

OTHERS = {
    "hand-in": replace(TASK, hand_in=HandIn("ana", "01", {"a.ipynb": b"{ }"})),
    "student": replace(TASK, hand_in=HandIn("bao", "01", {"a.ipynb": b"{}"})),
    "master": replace(TASK, paper_digest="1" * 64),
    "seed": replace(TASK, seed=b"1" * 32),
    "limits": replace(TASK, limits=replace(TASK.limits, wall=1.0)),
    "isolation": replace(TASK, sandboxed=False),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_key_is_of_all_that_a_verdict_depends_on(other: Task, tmp_path: Path) -> None:
    """A verdict is found for exactly its task."""
    store = Verdicts(tmp_path)
    store.keep(TASK, VERDICT)
    assert store.find(TASK) == VERDICT
    assert store.find(other) is None
    assert key(other) != key(TASK)


def test_key_is_of_gradelib_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another gradelib gives another verdict."""
    before = key(TASK)
    monkeypatch.setattr(verdicts, "source_digest", lambda: "another")
    assert key(TASK) != before


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", VERDICT.replace(b"ana", b"bao")])
def test_a_damaged_verdict_counts_as_none(damage: bytes, tmp_path: Path) -> None:
    """A file that a disk has damaged, or that is another's, is not believed."""
    store = Verdicts(tmp_path)
    store.keep(TASK, VERDICT)
    [path] = tmp_path.glob("01/*.json")
    path.write_bytes(damage)
    assert store.find(TASK) is None
    assert store.last("ana", "01") is None


def test_earlier_verdicts_go(tmp_path: Path) -> None:
    """Only the verdict of what is in the gradebook stays; other students' are not touched."""
    store = Verdicts(tmp_path)
    for task in (OTHERS["hand-in"], OTHERS["student"], TASK):
        store.keep(task, packed({"format": 1, "student": task.hand_in.student}))
    [path] = tmp_path.glob("01/*ana*" + key(TASK) + ".json")
    torn = path.with_name(f".{path.name}.123.tmp")
    torn.write_bytes(b"killed whi")
    store.drop_others(TASK)
    assert not torn.exists()
    assert store.find(OTHERS["hand-in"]) is None
    assert store.find(OTHERS["student"]) is not None
    assert store.last("ana", "01") == {"format": 1, "student": "ana"}


NAMES = ["ana", "a/b", "..", "a b", "", "שלום", "x" * 255, "\udcff", "A", "a", "nul\x00", "-n"]


def test_file_names_of_students() -> None:
    """Any id gives a name that every file system takes, and no two the same, case apart."""
    names = [file_name(name) for name in NAMES]
    assert len({name.lower() for name in names}) == len(NAMES)
    for name in names:
        assert len(name) < 60
        assert name.isascii()
        assert "/" not in name
        assert not name.startswith(".")


def test_a_verdict_is_written_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full nothing is left behind, and what was there stays."""
    path = tmp_path / "a.json"
    verdicts.write_file(path, b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        verdicts.write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_numbers_that_json_has_not() -> None:
    """A verdict is JSON whatever is in it."""
    assert packed({"b": [float("nan")], "a": float("inf")}) == b'{"a":null,"b":[null]}'


def _secret(root: str) -> bytes:
    return private.secret(Course(root))


def test_two_make_the_secret_at_once(course: Course) -> None:
    """Both get the same one, which only its owner can read."""
    with ProcessPoolExecutor(4, multiprocessing.get_context("spawn")) as pool:
        found = set(pool.map(_secret, [str(course.root)] * 8))
    assert len(found) == 1
    path = course.root / ".grading" / "secret"
    assert path.read_bytes() in found
    assert len(found.pop()) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(os.listdir(path.parent)) == ["secret"]


def test_seeds(course: Course) -> None:
    """A student's seed stays the same; another student or course has another."""
    seeds = {private.seed(course, name) for name in NAMES}
    assert len(seeds) == len(NAMES)
    assert private.seed(course, "ana") in seeds
    (course.root / ".grading" / "secret").unlink()
    assert private.seed(course, "ana") not in seeds


def test_damaged_secret(course: Course) -> None:
    """A secret that is cut off is refused."""
    private.secret(course)
    (course.root / ".grading" / "secret").write_bytes(b"short")
    with pytest.raises(CourseError, match="is damaged: 5 bytes"):
        private.secret(course)


def test_two_at_once(course: Course) -> None:
    """The second one is told who grades; when the first has ended, the course is free."""
    told = rf"process {os.getpid()}, since"
    with private.alone(course), pytest.raises(private.BusyError, match=told):
        private.alone(course).__enter__()
    with private.alone(course):
        pass
