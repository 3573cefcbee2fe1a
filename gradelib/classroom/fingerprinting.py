"""The fingerprints of an assignment: what each single edit of its solutions returns.

fingerprints(folder)   the text of fingerprints.json for a folder of source notebooks, or None
edits_of(path)         the edits of a source notebook's solutions, by the names that reports give

A Python process of its own runs each notebook's code, so that neither an endless loop nor a
changed setting comes home.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import nbformat
import numpy as np

from gradelib.checks import check_backward
from gradelib.checks.mistakes import edits, recording, slips, table
from gradelib.checks.mistakes.edits import Edit
from gradelib.checks.mistakes.fingerprints import edit_name
from gradelib.checks.mistakes.table import FILE, Table, read
from gradelib.exam.texts.magics import parsed

from . import replaying
from .course import CourseError, notebooks_in
from .regions import HIDDEN, without
from .replaying import Cell, edits_of_cell, exercises_of

MAKERS = (edits, slips, recording, table, replaying)
"""The modules that decide what is in a table."""

NOTEBOOK_SECONDS = 900
"""Time for all edits of a notebook."""


def fingerprints(folder: Path, *, anew: bool = False) -> str | None:
    """Return the text of the folder's fingerprints.json, None where no check names an exercise.

    An exercise is named by the grade_id of its solution cell.  Records that are there stay while
    nothing that decides them has changed, and when new numbers differ by rounding only; `anew`
    computes them in any case.  Raises CourseError where the right answer leaves nothing to compare
    with, or takes too long.
    """
    paths = [path for path in notebooks_in(folder) if exercises_of(_cells(path))]
    if not paths:
        return None
    digest = _digest(paths)
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
        there = read(text)
    except (OSError, ValueError):
        text, there = "", Table()
    if there.made_from == digest and not anew:
        return text
    checks = tuple(check for path in paths for check in _in_own_process(path).checks)
    fresh = Table(checks, digest)
    return (Table(there.checks, digest) if fresh.same(there) else fresh).text()


def _digest(paths: Sequence[Path]) -> str:
    """A digest of the notebooks' code, of what makes edits, and of the numbers a check draws."""
    code = [Path(module.__file__ or "") for module in MAKERS]
    texts = [path.read_text(encoding="utf-8") for path in code]
    texts += [cell.source for path in paths for cell in _cells(path)]
    x = np.array([[1.0, -2.0], [0.5, 4.0]])
    with recording.recording() as notes:  # an upstream gradient, and a point beside
        check_backward(lambda x: (x, None), lambda dout, _: dout, x, names=["x"], exercise="x")
    texts += [f"{number:.6g}" for number in notes[0].surroundings]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def edits_of(path: Path) -> dict[str, tuple[str, Edit]]:
    """Return the solutions' edits by name: (exercise, edit)."""
    cells = _cells(path)
    return {
        edit_name(cell.grade_id, cell.source, edit.number): (cell.grade_id, edit)
        for cell in cells
        if cell.grade_id in exercises_of(cells)
        for edit in edits_of_cell(cell)
    }


def _cells(path: Path) -> list[Cell]:
    found = []
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            role = cell.metadata.get("nbgrader", {})
            named = _named_in(cell.source) if role.get("grade") else frozenset()
            name = str(role.get("grade_id", ""))
            found.append(Cell(name, cell.source, bool(role.get("solution")), tuple(sorted(named))))
    return found


def _named_in(source: str) -> frozenset[str]:
    """The exercises that the calls in a released grade cell name."""
    return frozenset(
        node.value.value
        for node in ast.walk(parsed(without(source, HIDDEN)))
        if isinstance(node, ast.keyword)
        and node.arg == "exercise"
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _in_own_process(path: Path) -> Table:
    with tempfile.TemporaryDirectory(prefix="gradelib-fingerprints-") as scratch:
        made_here = Path(scratch, "table.json")
        roots = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, roots)),
            "MPLBACKEND": "Agg",
            "OMP_NUM_THREADS": "1",
        }
        environment.pop("NBGRADER_EXECUTION", None)
        try:
            done = subprocess.run(
                [sys.executable, "-m", replaying.__name__, str(made_here)],
                input=json.dumps([asdict(cell) for cell in _cells(path)]),
                cwd=path.parent,
                env=environment,
                capture_output=True,
                text=True,
                timeout=NOTEBOOK_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CourseError(
                f"the fingerprints of {path} take longer than {NOTEBOOK_SECONDS} s"
            ) from None
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["Python died"])[-1]
            raise CourseError(f"no fingerprints of {path}: {reason}")
        return read(made_here.read_text(encoding="utf-8"))
