"""Verdicts kept on disk, so that grading again does only what changed.

Verdicts(folder)     find, keep, last: one file for each hand-in, in .grading/verdicts/
key(task)            a hash of all that a verdict depends on
file_name(student)   a name for a student's file that any file system takes
write_file(...)      write a file so that it is there as a whole or not at all
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from .batch import Task

SOURCES = ("__init__.py", "digits.py", "digits.npz", "checks/**/*", "figures/**/*", "exam/**/*")
"""The part of gradelib that takes part in an exam, as patterns within the package."""

FORMAT = 1
"""The verdicts' format that this version reads."""


@cache
def source_digest() -> str:
    """A hash of gradelib's own code, and of the versions of what it computes with."""
    import numpy as np

    root = Path(__file__).parents[1]
    found = {
        path.relative_to(root).as_posix(): path
        for pattern in SOURCES
        for path in root.glob(pattern)
        if path.suffix in (".py", ".npz")
    }
    whole = hashlib.sha256(f"{platform.python_version()} {np.__version__}".encode())
    for name in sorted(found):
        whole.update(name.encode() + hashlib.sha256(found[name].read_bytes()).digest())
    return whole.hexdigest()


def key(task: Task) -> str:
    """A hash of hand-in, master, gradelib, seed and limits: 32 hexadecimal digits."""
    parts = [
        FORMAT,
        task.hand_in.digest(),
        task.paper_digest,
        source_digest(),
        task.seed.hex(),
        asdict(task.limits),
        task.sandboxed,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def file_name(student: str) -> str:
    """The start of a student's file names: readable where it can be, and no other student's."""
    readable = re.sub(r"[^A-Za-z0-9._]+", "_", student)[:40].lstrip(".")
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable}~{digest}"


class Verdicts:
    """The verdicts in a folder: <assignment>/<student>-<key>.json."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, task: Task) -> bytes | None:
        """The verdict of exactly this task, if it was kept."""
        path = self._path(task)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        return data if _whole(data, task.hand_in.student) else None

    def keep(self, task: Task, verdict: bytes) -> None:
        """Keep a verdict. Raises OSError where it cannot be written."""
        path = self._path(task)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, verdict)

    def drop_others(self, task: Task) -> None:
        """Remove the student's verdicts of earlier hand-ins and masters, and what a kill left."""
        own, student = self._path(task), task.hand_in.student
        torn = own.parent.glob(f".{file_name(student)}-*.tmp")
        for path in [*self._all(student, task.hand_in.assignment), *torn]:
            if path != own:
                with suppress(OSError):
                    path.unlink()

    def last(self, student: str, assignment: str) -> dict[str, Any] | None:
        """The latest verdict of a student's hand-in; None where there is none."""
        found = sorted(self._all(student, assignment), key=lambda path: path.stat().st_mtime)
        for path in reversed(found):
            data = path.read_bytes()
            if _whole(data, student):
                verdict: dict[str, Any] = json.loads(data)
                return verdict
        return None

    def _path(self, task: Task) -> Path:
        hand_in = task.hand_in
        return self.folder / hand_in.assignment / f"{file_name(hand_in.student)}-{key(task)}.json"

    def _all(self, student: str, assignment: str) -> list[Path]:
        return list((self.folder / assignment).glob(f"{file_name(student)}-*.json"))


def _whole(data: bytes, student: str) -> bool:
    """Whether a file holds a verdict of the student; a disk may have damaged it."""
    try:
        verdict = json.loads(data)
    except ValueError:
        return False
    return (
        isinstance(verdict, dict)
        and verdict.get("format") == FORMAT
        and verdict.get("student") == student
    )


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that appears as a whole: a temporary one beside it, to the disk, then its name.

    Raises OSError, and leaves nothing behind, where that fails.
    """
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
