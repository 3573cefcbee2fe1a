"""One hand-in, examined: its notebooks rebuilt, run, tested and judged.

examine(...)        the verdict on a hand-in, a dict of plain JSON
examination(...)    the same, told part by part, for a caller that must not lose any
Prepared            a paper, with what is worked out once for all hand-ins
"""

from __future__ import annotations

import gc
import hmac
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from gradelib.checks.marks import salted
from gradelib.exam.clock import Clock
from gradelib.exam.rehearsal import Rehearsal
from gradelib.exam.running import warming
from gradelib.exam.running.outputs import Output
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.seat import Nursery, Seat, lay_out
from gradelib.exam.sitting import Sitting, blank, left_out_of
from gradelib.exam.testing import Desk
from gradelib.exam.texts.handin import HandIn, sort_out
from gradelib.exam.texts.names import rebound
from gradelib.exam.texts.paper import Paper
from gradelib.exam.texts.rebuild import rebuild
from gradelib.exam.texts.script import Script
from gradelib.exam.verdict import Tell, Verdict


class Prepared:
    """A paper with its scripts. Without a rehearsal every given cell is run for each hand-in."""

    def __init__(self, paper: Paper, rehearsal: Rehearsal | None = None) -> None:
        self.paper = paper
        self.shown: Mapping[str, Mapping[int, list[Output]]] = {
            name: {
                int(place): outputs for place, outputs in (rehearsal or {}).get(name, {}).items()
            }
            for name in paper.notebooks
        }

    @cached_property
    def scripts(self) -> dict[str, Script]:
        """What of each notebook is run where."""
        return {
            name: Script(master, self.shown[name].keys())
            for name, master in self.paper.notebooks.items()
        }

    def warm(self) -> None:
        """Have in memory what every hand-in needs, for this process and its forks."""
        shell = warming.warm()
        with shell.speaking():
            for script in self.scripts.values():
                shell.keep(script.master.cells[index].source for index in script.steps)
        files = {f"{name}.ipynb": _released(script) for name, script in self.scripts.items()}
        found = sort_out(HandIn("", self.paper.assignment, files), self.paper)
        for name, nb in found.notebooks.items():
            script = self.scripts[name]
            rebuild(nb, script.master.cells)
            rebound(nb, script.master.cells)
            left_out_of(nb, script, self.shown[name])
        gc.collect()
        gc.freeze()

    @property
    def modules(self) -> frozenset[str]:
        """The course's own modules beside the notebooks."""
        names = (Path(name).parts[0] for name in self.paper.files if name.endswith(".py"))
        return frozenset(name.split(".")[0] for name in names)


def _released(script: Script) -> bytes:
    """A notebook as students were given it."""
    cells = []
    for cell in script.master.cells:
        made: dict[str, Any] = {"cell_type": cell.cell_type, "source": cell.released}
        named = cell.grade_id is not None
        made["metadata"] = {"nbgrader": {"grade_id": cell.grade_id}} if named else {}
        cells.append(made)
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def go_to(place: Path, paper: Paper) -> None:
    """Work in a new folder with the course's own files, whose modules can be imported."""
    lay_out(paper.files, place)
    os.chdir(place)
    sys.path.insert(0, str(place))


def examine(
    hand_in: HandIn, prepared: Prepared, seed: bytes, limits: Limits, nursery: Nursery
) -> dict[str, Any]:
    """Return the verdict on a hand-in. Equal inputs give equal verdicts.

    `seed` is the course's secret for this student: it salts the tests' inputs. Candidates come
    from `nursery`. Runs the master's own code in this process, whose working directory changes.
    """
    verdict = Verdict(hand_in.student, hand_in.assignment, nursery.isolation)
    with tempfile.TemporaryDirectory(prefix="gradelib_exam_") as folder:
        examination(hand_in, prepared, seed, limits, nursery, Path(folder), verdict.tell)
    return verdict.result()


def examination(
    hand_in: HandIn,
    prepared: Prepared,
    seed: bytes,
    limits: Limits,
    nursery: Nursery,
    folder: Path,
    tell: Tell,
) -> None:
    """Examine a hand-in in the empty `folder`, and tell each part of the verdict as it comes."""
    clock = Clock(limits.wall, limits.cell)
    paper = prepared.paper
    found = sort_out(hand_in, paper)
    for line in found.notes:
        tell(["note", line])
    if found.cause:
        tell(["cause", found.cause])
    for name, script in prepared.scripts.items():
        if name not in found.notebooks:
            status = "missing" if name in found.missing else "unreadable"
            tell(["absent", name, status, {**found.missing, **found.unreadable}[name]])
            continue
        nb, cells = found.notebooks[name], script.master.cells
        for line in [*rebuild(nb, cells), *rebound(nb, cells), *script.doubtful]:
            tell(["note", line])
        tell(["begin", name, *blank(nb, script)])
    go_to(folder / "course", paper)
    for name, nb in found.notebooks.items():
        number = int.from_bytes(hmac.digest(seed or b"0", name.encode(), "sha256")[:8], "big")
        files, modules = found.beside, prepared.modules
        believed = prepared.scripts[name].master.classes
        seat = Seat(nursery, folder / name, files, modules, number, limits, clock, believed)
        try:
            desk = Desk(seat, clock, number)
            with salted(seed), desk.shell.speaking():
                script, shown = prepared.scripts[name], prepared.shown[name]
                Sitting(name, nb, script, seat, desk, tell, shown).run()
        finally:
            seat.leave()
