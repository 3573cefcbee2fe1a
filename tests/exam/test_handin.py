"""What was handed in: folders of any kind are read within limits, and sorted by their paper."""

from __future__ import annotations

import importlib.machinery
import json
import os
import pickle
import socket
import threading
from pathlib import Path

import pytest
from test_notebook import code, of

from gradelib.exam.texts import handin
from gradelib.exam.texts.handin import HandIn, beside, read_hand_in, sort_out
from gradelib.exam.texts.paper import Master, MasterCell, Paper


def graded(grade_id: str) -> MasterCell:
    """A test of the master."""
    return MasterCell(grade_id=grade_id, cell_type="code", source="", released="", grade=True)


PAPER = Paper(
    "hw",
    {
        "one": Master((graded("a"), graded("b"), graded("c"))),
        "two": Master((graded("d"), graded("e"))),
    },
    {"helper.py": b"x = 1\n", "data/points.csv": b"1,2\n"},
)


def notebook(*grade_ids: str) -> bytes:
    """A notebook whose cells carry these grade_ids."""
    return of(*[code(metadata={"nbgrader": {"grade_id": name}}) for name in grade_ids])


ONE, TWO = notebook("a", "b", "c"), notebook("d", "e")


def read(folder: Path) -> HandIn:
    """The hand-in of a folder."""
    return read_hand_in(folder, "ana", "hw")


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a folder, which is made."""
    folder.mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def hand_in(files: dict[str, bytes], **parts: object) -> HandIn:
    """A hand-in of these files."""
    return HandIn("ana", "hw", files, **parts)  # type: ignore[arg-type]


def test_files_are_read_as_they_are(tmp_path: Path) -> None:
    """Files in the folder and below it are there by their paths; tools' leavings are not."""
    files = {"one.ipynb": b"{", "a/b/c.txt": b"\xff", "timestamp.txt": b"now", "ünï.csv": b""}
    tools = {".ipynb_checkpoints/one.ipynb": b"", "a/__pycache__/x.pyc": b"", "._one.ipynb": b""}
    found = read(fill(tmp_path, files | tools))
    assert found == HandIn("ana", "hw", files)
    assert next(iter(found.files)) == "one.ipynb"


def test_links_pipes_sockets_and_devices_are_left_out(tmp_path: Path) -> None:
    """Nothing is followed or waited for."""
    fill(tmp_path, {"one.ipynb": ONE})
    (tmp_path / "two.ipynb").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    (tmp_path / "loop").symlink_to(".")
    os.mkfifo(tmp_path / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as there:
        here = os.getcwd()
        os.chdir(tmp_path)
        there.bind("socket")
        os.chdir(here)
        found = read(tmp_path)
    assert list(found.files) == ["one.ipynb"]
    names = ["folder", "loop", "pipe.ipynb", "socket", "two.ipynb"]
    assert list(found.notes) == [f"{name} is a link or no plain file: left out" for name in names]


def test_names_that_cannot_be_written_are_left_out(tmp_path: Path) -> None:
    """Names with line breaks, control characters or bytes that are no text are noted."""
    fill(tmp_path, {"one.ipynb": ONE})
    for name in (b"two\n.ipynb", b"\xff\xfe.txt", b"\x1b[31m.py", b"back\\slash.txt"):
        (tmp_path / os.fsdecode(name)).write_bytes(b"x")
    found = read(tmp_path)
    assert list(found.files) == ["one.ipynb"]
    assert len(found.notes) == 4
    assert all("has a name that cannot be written: left out" in note for note in found.notes)
    assert all(note.isprintable() for note in found.notes)
    json.dumps(found.notes).encode("utf-8")


@pytest.mark.parametrize("kind", ["nothing", "link", "file", "dangling link"])
def test_folder_that_is_none(kind: str, tmp_path: Path) -> None:
    """A folder that is not there, or is a link or a file, holds nothing; a note says why."""
    folder = tmp_path / "hw"
    if kind == "link":
        folder.symlink_to(fill(tmp_path / "other", {"one.ipynb": ONE}))
    elif kind == "file":
        folder.write_text("")
    elif kind == "dangling link":
        folder.symlink_to("nowhere")
    found = read(folder)
    assert found.files == {}
    assert found.notes[0].startswith("the folder 'hw' cannot be read: ")


def test_without_permission(tmp_path: Path) -> None:
    """Files and folders that may not be read are named with the system's reason."""
    fill(tmp_path, {"one.ipynb": ONE, "two.ipynb": TWO, "shut/x.txt": b""})
    (tmp_path / "one.ipynb").chmod(0)
    (tmp_path / "shut").chmod(0)
    if os.access(tmp_path / "one.ipynb", os.R_OK):
        pytest.skip("root reads everything")
    found = read(tmp_path)
    (tmp_path / "shut").chmod(0o700)
    assert found.unreadable == {"one.ipynb": "Permission denied"}
    assert found.notes == ("the folder 'shut' cannot be read: Permission denied",)
    assert list(found.files) == ["two.ipynb"]


def test_refusal_of_the_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is unreadable, with the reason, and the others are read."""
    fill(tmp_path, {"one.ipynb": ONE, "two.ipynb": TWO})
    opened = os.open

    def refuse(path: object, *rest: int) -> int:
        if str(path).endswith("one.ipynb"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    found = read(tmp_path)
    assert found.unreadable == {"one.ipynb": "Permission denied"}
    assert sort_out(found, PAPER).unreadable == {
        "one": "one.ipynb cannot be read: Permission denied"
    }


def test_limits_of_size_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notebooks come first; what is beyond a limit is left out and named."""
    monkeypatch.setattr(handin, "MAX_FILES", 4)
    monkeypatch.setattr(handin, "MAX_BYTES", 3_000_000)
    monkeypatch.setattr(handin, "MAX_BESIDE", 1_000_000)
    monkeypatch.setattr(handin, "MAX_TOTAL", 4_000_000)
    files = {f"a{number}.txt": b"" for number in range(5)}
    files |= {"a0.csv": b"x" * 2_000_000, "z.ipynb": b"x" * 2_500_000, "y.ipynb": b"x" * 3_500_000}
    found = read(fill(tmp_path, files))
    assert list(found.files) == ["z.ipynb", "a0.txt"]
    assert found.unreadable == {
        "y.ipynb": "4 MB, and at most 3 MB are read; clear outputs and hand in again",
        "a0.csv": "2 MB, and at most 1 MB are read; clear outputs and hand in again",
    }
    assert found.notes == ("more than 4 files: 4 were left out",)


def test_limits_of_a_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither depth nor the number of names keeps the reader for long."""
    monkeypatch.setattr(handin, "MAX_ENTRIES", 50)
    monkeypatch.setattr(handin, "MAX_FOLDERS_DEEP", 3)
    fill(tmp_path, {"one.ipynb": ONE, "a/b/c/here.txt": b"", "a/b/c/d/not.txt": b""})
    found = read(tmp_path)
    assert list(found.files) == ["one.ipynb", "a/b/c/here.txt"]
    assert found.notes == ("a/b/c/d lies too deep: left out",)
    for number in range(60):
        (tmp_path / "a" / f"{number}").mkdir()
    assert "more than 50 names: the rest was left out" in read(tmp_path).notes


def test_file_that_changes_is_read_when_it_rests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that grows while it is read is read again; one that never rests is named."""
    fill(tmp_path, {"one.ipynb": ONE})
    calls = []
    state = os.fstat

    def growing(number: int) -> os.stat_result:
        calls.append(number)
        if len(calls) in restless:
            with (tmp_path / "one.ipynb").open("ab") as file:
                file.write(b" ")
        return state(number)

    monkeypatch.setattr(os, "fstat", growing)
    restless = {2}
    assert read(tmp_path).files["one.ipynb"] == ONE + b" "
    restless = set(range(1000))
    assert "changed while it was read" in read(tmp_path).unreadable["one.ipynb"]


def test_folder_that_changes(tmp_path: Path) -> None:
    """Files that come and go while the folder is read never stop the reading."""
    fill(tmp_path, {"one.ipynb": ONE})
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            fill(tmp_path, {"a.txt": b"x", "two.ipynb": TWO})
            (tmp_path / "a.txt").unlink()
            (tmp_path / "two.ipynb").unlink()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(50):
            assert read(tmp_path).files["one.ipynb"] == ONE
    finally:
        stop.set()
        thread.join()


def test_digest_knows_every_part() -> None:
    """Equal hand-ins have equal digests, in other processes too; others have others."""
    first = hand_in({"one.ipynb": b"1", "a": b"2"})
    assert first.digest() == hand_in({"a": b"2", "one.ipynb": b"1"}).digest()
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301 - our own
    others = [
        HandIn("eva", "hw", first.files),
        HandIn("ana", "hw2", first.files),
        hand_in({"one.ipynb": b"1"}),
        hand_in({**first.files, "a": b"3"}),
        hand_in({**first.files}, notes=("x",)),
        hand_in({**first.files}, unreadable={"b": "x"}),
    ]
    assert len({one.digest() for one in [first, *others]}) == 7


NAMED = {
    "right": ({"one.ipynb": ONE}, None),
    "letter case": ({"One.IPYNB": ONE}, "'One.IPYNB' was graded as one.ipynb"),
    "a browser's ending": ({"one.ipynb.txt": ONE}, "'one.ipynb.txt' was graded as one.ipynb"),
    "a copy's name": ({"one (1).ipynb": ONE}, "'one (1).ipynb' was graded as one.ipynb"),
    "in a folder": ({"hw/one.ipynb": ONE}, "'hw/one.ipynb' was graded as one.ipynb"),
    "most of its cells": ({"x.ipynb": notebook("a", "b")}, "'x.ipynb' was graded as one.ipynb"),
    "beside a copy": (
        {"one.ipynb": ONE, "one-Copy1.ipynb": ONE},
        "'one-Copy1.ipynb' was handed in as well: not graded",
    ),
}


@pytest.mark.parametrize(("files", "note"), NAMED.values(), ids=NAMED.keys())
def test_notebook_is_found(files: dict[str, bytes], note: str | None) -> None:
    """A notebook is found under its name, in other letters, or by its cells; a note says so."""
    found = sort_out(hand_in({**files, "two.ipynb": TWO}), PAPER)
    assert len(found.notebooks["one"].cells) >= 2
    assert list(found.notes) == ([note] if note else [])
    assert found.cause is None


LOST = {
    "empty folder": ({}, "one.ipynb is missing; the folder is empty"),
    "other files": (
        {"a.py": b"", "b.pdf": b"", "c.txt": b"", "d.txt": b""},
        "one.ipynb is missing; handed in was a.py, b.pdf, c.txt ...",
    ),
    "another notebook": (
        {"x.ipynb": notebook("z"), "one.py": b""},
        "one.ipynb is missing; handed in was x.ipynb, one.py",
    ),
    "two that could be it": (
        {"x.ipynb": ONE, "y.ipynb": ONE},
        "one.ipynb is missing, and more than one file could be it; handed in was x.ipynb, y.ipynb",
    ),
    "broken": ({"one.ipynb": b"{"}, "one.ipynb is not a notebook: broken JSON at line 1"),
    "broken in other letters": ({"ONE.ipynb": b""}, "ONE.ipynb is not a notebook: the file is emp"),
}


@pytest.mark.parametrize(("files", "cause"), LOST.values(), ids=LOST.keys())
def test_notebook_is_not_found(files: dict[str, bytes], cause: str) -> None:
    """A notebook that is missing or broken has its cause, in one line."""
    paper = Paper("hw", {"one": PAPER.notebooks["one"]})
    found = sort_out(hand_in(files), paper)
    assert found.notebooks == {}
    assert found.cause is not None
    assert found.cause.startswith(cause)
    assert "\n" not in found.cause


def test_one_notebook_of_two() -> None:
    """Where one is missing or broken the other is graded."""
    found = sort_out(hand_in({"two.ipynb": TWO, "one.ipynb": b""}), PAPER)
    assert list(found.notebooks) == ["two"]
    assert found.unreadable == {"one": "one.ipynb is not a notebook: the file is empty"}
    found = sort_out(hand_in({"one.ipynb": ONE}), PAPER)
    assert list(found.notebooks) == ["one"]
    assert found.missing == {"two": "two.ipynb is missing; handed in was one.ipynb"}


SHADOWS = {
    "numpy.py": "the package 'numpy'",
    "numpy/__init__.py": "the package 'numpy'",
    "numpy/linalg/x.py": "the package 'numpy'",
    "random.py": "the package 'random'",
    "gradelib/checks/marks.py": "the package 'gradelib'",
    "gradelib.pyc": "the package 'gradelib'",
    "matplotlib.cpython-311-x86_64-linux-gnu.so": "the package 'matplotlib'",
    "sitecustomize.py": "the package 'sitecustomize'",
    "usercustomize.py": "the package 'usercustomize'",
    "ipython_config.py": "the package 'ipython_config'",
    "helper.so": "the course's module 'helper'",
    "helper/__init__.py": "the course's module 'helper'",
    "helper.abi3.so": "the course's module 'helper'",
    "numpy-9.dist-info/METADATA": "the installed packages' numpy-9.dist-info",
    "x.egg-info/entry_points.txt": "the installed packages' x.egg-info",
    "matplotlibrc": "the installed packages' matplotlibrc",
}


@pytest.mark.parametrize(("path", "what"), SHADOWS.items(), ids=SHADOWS.keys())
def test_files_never_shadow(path: str, what: str) -> None:
    """What would be imported in place of a package or a module of the course's stays behind."""
    if path.endswith(".so") and not path.endswith((".abi3.so", "helper.so")):
        path = "matplotlib" + importlib.machinery.EXTENSION_SUFFIXES[0]
    notes: list[str] = []
    assert beside(hand_in({path: b"x"}), PAPER, notes) == dict(PAPER.files)
    assert notes == [f"{path} would be imported in place of {what}: left out"]


@pytest.mark.parametrize(
    "path", ["mine.py", "my/tools.py", "numpy.txt", "numpy/data.csv", "data/more.csv", "a.ipynb.py"]
)
def test_files_of_ones_own_come_along(path: str) -> None:
    """A student's own modules and data lie beside the notebook."""
    notes: list[str] = []
    assert beside(hand_in({path: b"x"}), PAPER, notes) == {path: b"x", **PAPER.files}
    assert notes == []


def test_files_of_the_course_are_the_courses() -> None:
    """An edited one is put right with a note, other line ends without; none is blocked."""
    notes: list[str] = []
    files = {"helper.py": b"x = 2\n", "data/points.csv": b"1,2\r\n", "timestamp.txt": b"now"}
    assert beside(hand_in(files), PAPER, notes) == dict(PAPER.files)
    assert notes == ["helper.py is the course's file: the original was used"]
    notes.clear()
    files = {"data": b"", "helper.py/x.txt": b""}
    assert beside(hand_in(files, unreadable={"big.csv": "9 MB"}), PAPER, notes) == dict(PAPER.files)
    assert notes == [
        "data lies in the way of the course's files: left out",
        "helper.py/x.txt lies in the way of the course's files: left out",
        "big.csv cannot be read: 9 MB",
    ]
