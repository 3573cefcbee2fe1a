"""An honest hand-in has one score: by `gradelib grade`, by nbgrader with our steps, by nbgrader."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sample_class.build import HARD, assignments, make_course

UNFAIR = {"petra", "quentin", "rosa", "sami"}
"""Whose files nbgrader unchanged cannot take: a test deleted or copied, a crash, a picture."""
PATIENT = 200  # seconds of wall time for a cell, which a busy machine keeps
IMPATIENT = 30  # for HARD, where an answer never ends


def run(folder: Path, *arguments: str) -> None:
    """Run a module's command line in the course."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=False,
        capture_output=True,
    )


def scores(folder: Path) -> dict[str, float]:
    """The automatic points of each student."""
    run(folder, "gradelib", "export", "--to", "grades.csv")
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student"]: float(row["automatic"]) for row in csv.DictReader(file)}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("assignment", assignments())
def test_three_ways(assignment: str, tmp_path: Path) -> None:
    """All three agree on who is honest; the first two on everyone that nbgrader can read."""
    limit = IMPATIENT if assignment == HARD else PATIENT
    found = {}
    for way in ("gradelib", "our steps", "nbgrader"):
        folder = tmp_path / way.replace(" ", "-")
        class_ = make_course(folder, [assignment])
        for hand_in in class_:
            if way != "gradelib" and hand_in.student in UNFAIR:
                shutil.rmtree(folder / "submitted" / hand_in.student)
        if way == "gradelib":
            run(folder, "gradelib", "grade", assignment, "--cell-timeout", str(limit))
        else:
            settings = folder / "nbgrader_config.py"
            lines = settings.read_text(encoding="utf-8").splitlines()
            if way == "nbgrader":
                lines = [line for line in lines if "c.Autograde" not in line]
            lines.append(f"c.Execute.timeout = {limit}")
            settings.write_text("\n".join(lines), encoding="utf-8")
            run(folder, "gradelib", "release", assignment)  # tells the gradebook of the cells
            run(folder, "nbgrader", "autograde", assignment)
        found[way] = scores(folder)
    expected = {h.student: pytest.approx(h.score, abs=1e-5) for h in class_}
    assert found["gradelib"] == expected
    fair = {student: score for student, score in expected.items() if student not in UNFAIR}
    assert found["our steps"] == fair
    assert found["nbgrader"] == fair
