"""The place where hostile hand-ins are graded: a course, canaries, open doors and a count of files.

Grounds(folder)   the released course with honest neighbours; grade(cases); what happened
"""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy
from hostile.case import ALL, Case, hand_in
from hostile.course import ASSIGNMENT, CANARIES, NOTEBOOK, cell, make_course, solved
from nbgrader.api import Gradebook

import gradelib
from gradelib.classroom.course import Course
from gradelib.classroom.hiding import hide_tests
from gradelib.classroom.release import release
from gradelib.classroom.verdicts import Verdicts

MARK = "hostile_mark"
KEY = "1213158228"
"""0x484F5354, the key of the System V objects that one hand-in makes."""

LIMITS = ("--timeout", "30", "--cell-timeout", "2", "--memory", "500")
NEIGHBOURS = {
    "a-honest": ALL,
    "e-partly": 3.0,
    "m-honest": ALL,
    "zz-honest": ALL,
    "zz-untouched": 0.0,
}


class Grounds:
    """A course in `folder`, and around it what a hand-in must not find, change or reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home, self.tmp = folder / "home", folder / "tmp"
        for place in (self.home, self.tmp):
            place.mkdir()
        (self.home / "secret.txt").write_text(CANARIES["home"])
        self.course = Course(make_course(folder / "course"))
        release(self.course)
        with Gradebook(f"sqlite:///{self.course.root}/gradebook.db") as book:
            book.update_or_create_student("a-honest", last_name=CANARIES["gradebook"])
        self.doors = list(self._open_doors())
        self.cases: list[Case] = []

    def grade(self, cases: Iterable[Case]) -> None:
        """Grade the cases together with honest neighbours, and write the pages and the scores."""
        self.cases = list(cases)
        for case in self.cases:
            hand_in(case, self.course.root, self.places)
        self._neighbours()
        before = self._files()
        course = ("--course", str(self.course.root))
        self.graded = self._run("grade", ASSIGNMENT, *course, *LIMITS, "--jobs", "2")
        after = self._files()
        self.changed = sorted(name for name in before if after.get(name) != before[name])
        self.given = self._run("feedback", ASSIGNMENT, *course)
        self.exported = self._run("export", *course, "--to", str(self.folder / "grades.csv"))

    def _open_doors(self) -> Iterator[socket.socket]:
        kinds: list[tuple[int, int, Any]] = [
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, str(self.folder / "door")),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0hostile-{os.getpid()}"),
        ]
        for family, kind, where in kinds:
            door = socket.socket(family, kind)
            door.bind(where)
            if kind == socket.SOCK_STREAM:
                door.listen()
            door.setblocking(False)
            yield door

    @property
    def places(self) -> dict[str, str]:
        """What the hand-ins are told of their surroundings."""
        tcp, udp = (door.getsockname()[1] for door in self.doors[:2])
        return {
            "COURSE": str(self.course.root), "HOME": str(self.home), "TMP": str(self.tmp),
            "TCP": str(tcp), "UDP": str(udp), "UNIX": str(self.folder / "door"),
            "ABSTRACT": f"hostile-{os.getpid()}",
        }  # fmt: skip

    def _neighbours(self) -> None:
        for student in NEIGHBOURS:
            nb = solved()
            if student == "e-partly":  # between others in the alphabet, and partly right
                cell(nb, "squares").source = "def squares(n):\n    return [n]"
                cell(
                    nb, "relu-backward"
                ).source = "def relu_backward(dout, cache):\n    return dout * 3"
            cell(nb, "why").source += f" {CANARIES['neighbour']}"
            if student == "zz-untouched":
                nb = nbformat.read(self.course.release(ASSIGNMENT) / f"{NOTEBOOK}.ipynb", 4)
            folder = self.course.root / "submitted" / student / ASSIGNMENT
            folder.mkdir(parents=True)
            nbformat.write(nb, folder / f"{NOTEBOOK}.ipynb")

    def _run(self, *arguments: str) -> dict[str, Any]:
        """Run a verb of the command line, watched; as root in process numbers of its own."""
        command = [sys.executable, str(Path(__file__).parent / "watched.py")]
        command += [sys.executable, "-m", "gradelib", *arguments]
        if os.geteuid() == 0 and shutil.which("unshare"):
            # Should the sandbox fail, kill(-1) and mounts end here.
            command = ["unshare", "-mpf", "--mount-proc", *command]
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            env=os.environ
            | {
                "HOME": str(self.home),
                "TMPDIR": str(self.tmp),
                "COLUMNS": "200",
                "HOSTILE_SECRET": CANARIES["environment"],
                "PYTHONPATH": str(Path(gradelib.__file__).parents[1]),
            },
        )
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result

    def _files(self) -> dict[str, str]:
        """A digest of each file that nobody should change."""
        root = self.course.root
        tops = [root / name for name in ("submitted", "solutions", "notebooks")]
        found = {}
        for top in [*tops, self.home, root / "nbgrader_config.py"]:
            for path in [top, *sorted(top.rglob("*"))]:
                if path.is_symlink():
                    found[str(path)] = os.readlink(path)
                elif path.is_file():
                    size, mode = path.stat().st_size, path.stat().st_mode
                    data = path.read_bytes() if size < 10**8 else b""
                    found[str(path)] = f"{mode} {size} {hashlib.sha256(data).hexdigest()}"
                else:
                    found[str(path)] = str(path.lstat().st_mode)
        return found

    def scores(self) -> dict[str, float]:
        """The points that tests gave, by student."""
        with (self.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["student"]: float(row["automatic"]) for row in csv.DictReader(file)}

    def verdict(self, student: str) -> dict[str, Any]:
        """The verdict on a hand-in."""
        found = Verdicts(self.course.root / ".grading" / "verdicts").last(student, ASSIGNMENT)
        return found or {}

    def pages(self) -> dict[str, str]:
        """Every feedback page, by student."""
        paths = (self.course.root / "feedback").glob(f"*/{ASSIGNMENT}/*.html")
        return {path.parts[-3]: path.read_text(encoding="utf-8") for path in paths}

    def written(self) -> Iterator[tuple[str, str]]:
        """All that grading wrote about a student, by student, without hidden tests in their place.

        Those stand in the graded notebooks' own test cells, as nbgrader leaves them for the TA.
        """
        for case in self.cases:
            yield case.name, json.dumps(_seen(self.verdict(case.name)))
        for path in (self.course.root / "autograded").glob("*/*/*"):
            student = path.parts[-3]
            if path.suffix == ".ipynb":
                nb = nbformat.read(path, 4)
                yield student, json.dumps(_seen({"notebooks": {"": {"notebook": nb}}}))
        yield from self.pages().items()
        for verb in (self.graded, self.given, self.exported):
            yield "", verb["said"]

    def knocks(self) -> list[str]:
        """The doors at which somebody knocked."""
        found = []
        for name, door in zip(("TCP", "UDP", "Unix", "abstract"), self.doors, strict=True):
            with contextlib.suppress(BlockingIOError):
                if door.type == socket.SOCK_DGRAM:
                    door.recv(10)
                else:
                    door.accept()[0].close()
                found.append(name)
        return found

    def close(self) -> None:
        """Close the doors."""
        for door in self.doors:
            door.close()

    def marks(self) -> list[str]:
        """Files that hand-ins have written outside of their scratch."""
        package = Path(gradelib.__file__).parent
        tops = [
            "/",
            "/tmp",
            "/var/tmp",
            "/dev/shm",
            "/run",
            "/etc",
            "/usr/lib",
            Path.home(),
            Path(),
        ]
        tops += [package, package.parent, Path(numpy.__file__).parent, *map(Path, sys.path)]
        found = [str(path) for top in set(map(Path, tops)) for path in top.glob(f"{MARK}*")]
        return found + [str(path) for path in self.folder.rglob(f"{MARK}*")]

    def left(self) -> list[str]:
        """What is left in the folder for temporary files, and of shared memory."""
        found = [path.name for path in self.tmp.iterdir()]
        for kind in ("shm", "sem", "msg"):
            if KEY in Path(f"/proc/sysvipc/{kind}").read_text().split():
                found.append(kind)
        return found


def _seen(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict whose test cells have no hidden tests, nor what they put out."""
    for judged in verdict.get("notebooks", {}).values():
        notebook = nbformat.from_dict(judged.get("notebook") or {"cells": []})
        for there in notebook.cells:
            if there.cell_type == "code":
                hide_tests(there)
        judged["notebook"] = notebook
    return verdict


def disguises(text: str) -> Iterator[str]:
    """The text as it is and as one might hide it from a search."""
    yield text
    yield text[::-1]
    yield text.encode().hex()
    for shift in range(3):  # of the text within base64
        yield base64.b64encode(b"\0" * shift + text.encode()).decode()[4 if shift else 0 : -4]
