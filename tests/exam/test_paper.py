"""The paper: what a cell is, and a digest that knows every part."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from gradelib.exam.texts.paper import Master, MasterCell, Paper

SOLUTION = MasterCell(
    grade_id="f",
    cell_type="code",
    source="raise",
    released="raise",
    solution=True,
    binds=frozenset(f"name{number}" for number in range(20)),
    modules={"np": "import numpy as np"},
)
TEST = MasterCell(
    grade_id="f-check", cell_type="code", source="f()", released="f()", grade=True, points=2.0
)
PAPER = Paper("hw", {"one": Master((SOLUTION, TEST))}, {"data.csv": b"1"})

ROLES = {
    "answer": (SOLUTION, "answer cell", "solution"),
    "test": (TEST, "test cell", "test fixed"),
    "given": (replace(TEST, grade=False, locked=True), "given cell", "given fixed"),
    "ordinary": (replace(TEST, grade=False, grade_id=None), "given cell", "given"),
    "ordinary text": (replace(TEST, grade=False, cell_type="markdown"), "given cell", ""),
    "written": (
        replace(TEST, solution=True, cell_type="markdown"),
        "answer cell",
        "solution by_person",
    ),
    "manually graded code": (replace(TEST, solution=True), "answer cell", "solution by_person"),
    "task": (
        replace(TEST, grade=False, task=True, cell_type="markdown"),
        "answer cell",
        "by_person",
    ),
}


@pytest.mark.parametrize(("cell", "kind", "roles"), ROLES.values(), ids=ROLES.keys())
def test_roles(cell: MasterCell, kind: str, roles: str) -> None:
    """A cell is an answer, a test, given, or graded by a person, as nbgrader has it."""
    assert cell.kind == kind
    names = ("solution", "test", "given", "fixed", "by_person")
    assert [name for name in names if getattr(cell, name)] == [
        name for name in names if name in roles.split()
    ]


def test_metadata_are_nbgraders() -> None:
    """Points and checksum stand in the metadata where the cell has them."""
    assert "points" not in SOLUTION.metadata()
    assert replace(TEST, checksum="abc").metadata() == {
        "cell_type": "code",
        "grade": True,
        "grade_id": "f-check",
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
        "points": 2.0,
        "checksum": "abc",
    }


def test_named_cells() -> None:
    """The cells with a grade_id, in order."""
    master = Master((replace(TEST, grade_id=None), SOLUTION, TEST))
    assert master.named == (SOLUTION, TEST)
    assert master.grade_ids == {"f", "f-check"}


def test_digest_knows_every_part() -> None:
    """A change of any part gives another digest."""
    cells = [
        replace(SOLUTION, source="pass"),
        replace(SOLUTION, released="pass"),
        replace(SOLUTION, binds=frozenset({"g"})),
        replace(SOLUTION, modules={}),
        replace(SOLUTION, tags=("x",)),
        replace(SOLUTION, points=1.0),
        replace(SOLUTION, locked=True),
    ]
    papers = [
        PAPER,
        *(replace(PAPER, notebooks={"one": Master((cell, TEST))}) for cell in cells),
        replace(PAPER, notebooks={"one": Master((TEST, SOLUTION))}),
        replace(PAPER, notebooks={"two": PAPER.notebooks["one"]}),
        replace(PAPER, files={"data.csv": b"2"}),
        replace(PAPER, files={}),
        replace(PAPER, assignment="hw2"),
    ]
    assert len({paper.digest() for paper in papers}) == len(papers)


def test_digest_is_the_same_in_every_process() -> None:
    """A paper that travels to a process with other hashes keeps its digest."""
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).digest())"
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=pickle.dumps(PAPER),
            capture_output=True,
            env={"PYTHONHASHSEED": seed},
            check=True,
        )
        assert done.stdout.decode().strip() == PAPER.digest()
