"""A folder can be removed whatever was made of it."""

import os
import tempfile
from pathlib import Path

import pytest

from gradelib.exam.sandbox.scratch import full, remove


def test_deeper_than_any_path(tmp_path: Path) -> None:
    """10,000 folders in one another; fewer on a disk, where each may take milliseconds."""
    memory = Path("/dev/shm")
    quick = os.access(memory, os.W_OK)
    top = Path(tempfile.mkdtemp(dir=memory if quick else tmp_path))
    place = os.open(top, os.O_RDONLY)
    for _ in range(10_000 if quick else 1_500):
        os.mkdir("deep", dir_fd=place)
        inner = os.open("deep", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(os.open("file", os.O_CREAT, dir_fd=place))
    os.close(place)
    remove(top)
    assert not top.exists()


def test_without_rights_and_with_strange_files(tmp_path: Path) -> None:
    """Folders that nobody may enter, FIFOs, links out, names that are no text."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    top = tmp_path / "scratch"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "file").write_text("x")
    (top / "link").symlink_to(tmp_path / "kept")
    (top / "a" / "link").symlink_to("/")
    os.mkfifo(top / "a" / "fifo")
    (top / os.fsdecode(b"\xff\xfe")).mkdir()
    for folder in (top / "a" / "b", top / "a", top):
        folder.chmod(0)
    remove(top)
    assert not top.exists()
    assert (tmp_path / "kept" / "file").read_text() == "kept"


def test_full_of_files_and_absent(tmp_path: Path) -> None:
    """Many files in many folders; and nothing at all."""
    top = tmp_path / "scratch"
    for number in range(50):
        (top / str(number) / "same").mkdir(parents=True)
        for file in range(50):
            (top / str(number) / "same" / str(file)).touch()
    remove(top)
    assert not top.exists()
    remove(top)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    """What stands where the folder was is somebody else's."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "scratch").symlink_to(tmp_path / "kept")
    with pytest.raises(OSError, match="directory"):
        remove(tmp_path / "scratch")
    assert (tmp_path / "kept" / "file").exists()


def test_counting_what_is_there(tmp_path: Path) -> None:
    """Files by their blocks, folders and links by their number, not what links point at."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "large").write_bytes(bytes(4 << 20))
    top = tmp_path / "scratch"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "link").symlink_to(outside)
    assert not full(str(top), 1 << 20)
    (top / "a" / "b" / "file").write_bytes(bytes(2 << 20))
    assert full(str(top), 1 << 20)
    assert not full(str(top), 3 << 20)
    for number in range(300):
        (top / "a" / str(number)).symlink_to("nowhere")
    assert full(str(top), 1 << 20)
    assert not full(str(tmp_path / "absent"), 1 << 20)
