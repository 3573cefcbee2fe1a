"""A handed-in notebook on the master's frame: which copy stays, and where deleted cells go back."""

from __future__ import annotations

from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gradelib.exam.texts.names import rebound
from gradelib.exam.texts.paper import MasterCell
from gradelib.exam.texts.rebuild import matches, rebuild


def master(grade_id: str) -> MasterCell:
    """given-*: locked; answer-*: solution; check-*: test; text-*: written answer."""
    kind = grade_id.split("-")[0]
    grade = kind in ("check", "text")
    return MasterCell(
        grade_id=grade_id,
        cell_type="markdown" if kind == "text" else "code",
        source={"text": "YOUR ANSWER HERE"}.get(kind, f"# {grade_id}"),
        released={"text": "YOUR ANSWER HERE"}.get(kind, f"# {grade_id}"),
        grade=grade,
        solution=kind in ("answer", "text"),
        locked=kind in ("given", "check"),
        task=False,
        points=2.0 if grade else None,
    )


MASTER = [
    master(name) for name in ("given-a", "answer-a", "check-a", "answer-b", "check-b", "text-c")
]


def notebook(cells: str) -> nbformat.NotebookNode:
    """A notebook from words: a grade_id, `grade_id=text`, or `own` for a cell of the student's."""
    nb = new_notebook()
    for index, word in enumerate(cells.split()):
        name, _, text = word.partition("=")
        known = {cell.grade_id: cell for cell in MASTER}.get(name)
        make = new_markdown_cell if known and known.cell_type == "markdown" else new_code_cell
        cell = make(text or (known.source if known else name), id=f"c{index}")
        if known:
            cell.metadata["nbgrader"] = known.metadata()
        nb.cells.append(cell)
    return nb


def shown(nb: nbformat.NotebookNode) -> str:
    """The notebook as words again; a cell unknown to nbgrader shows its text in brackets."""
    words = []
    for cell in nb.cells:
        meta = cell.metadata.get("nbgrader")
        words.append(meta["grade_id"] if meta else f"[{cell.source.removeprefix('# ')}]")
    return " ".join(words)


WHOLE = "given-a answer-a check-a answer-b check-b text-c"

CASES = {
    "as released": (WHOLE, WHOLE),
    "own cells stay": ("own " + WHOLE, "[own] " + WHOLE),
    "test copied to the end": (WHOLE + " check-a", WHOLE + " [check-a]"),
    "test copied to the top": ("check-b " + WHOLE, "[check-b] " + WHOLE),
    "test copied in place": (
        "given-a answer-a check-a check-a answer-b check-b text-c",
        "given-a answer-a check-a [check-a] answer-b check-b text-c",
    ),
    "three copies": (
        "check-a check-a given-a answer-a check-a answer-b check-b text-c",
        "[check-a] [check-a] given-a answer-a check-a answer-b check-b text-c",
    ),
    "answer copied: the changed one stays": (
        "given-a answer-a=mine answer-a check-a answer-b check-b text-c",
        "given-a answer-a [answer-a] check-a answer-b check-b text-c",
    ),
    "answer split: the last part stays": (
        "given-a answer-a=one answer-a=two check-a answer-b check-b text-c",
        "given-a [one] answer-a check-a answer-b check-b text-c",
    ),
    "test deleted: after own helper cells": (
        "given-a answer-a own answer-b check-b text-c",
        "given-a answer-a [own] check-a answer-b check-b text-c",
    ),
    "given deleted: before own cells": (
        "own answer-a check-a answer-b check-b text-c",
        "given-a [own] answer-a check-a answer-b check-b text-c",
    ),
    "neighbours deleted": ("given-a answer-a answer-b", WHOLE.replace("check-a ", "check-a ")),
    "last deleted": (
        "given-a answer-a check-a answer-b check-b own",
        WHOLE.replace(" text", " [own] text"),
    ),
    "answer deleted: it is the student's": (
        WHOLE.replace("answer-a ", ""),
        WHOLE.replace("answer-a ", ""),
    ),
    "test moved up": (
        "given-a check-a own answer-a answer-b check-b text-c",
        "given-a [own] answer-a check-a answer-b check-b text-c",
    ),
    "answer moved down": (
        "given-a check-a answer-b check-b answer-a text-c",
        "given-a answer-b answer-a check-a check-b text-c",
    ),
    "test moved down": (
        "given-a answer-a answer-b check-b text-c check-a",
        WHOLE,
    ),
    "tests swapped": ("given-a answer-a check-b answer-b check-a text-c", WHOLE),
    "test moved down, with own cells": (
        "given-a answer-a own answer-b check-b check-a text-c",
        "given-a answer-a [own] check-a answer-b check-b text-c",
    ),
    "given moved down": (
        "own answer-a check-a answer-b check-b text-c given-a",
        "given-a [own] " + WHOLE[8:],
    ),
    "all in reverse": (
        "text-c check-b answer-b check-a answer-a given-a",
        "given-a text-c answer-b answer-a check-a check-b",
    ),
    "all deleted": ("own", "given-a [own] check-a check-b text-c"),
}


@pytest.mark.parametrize(("handed_in", "expected"), CASES.values(), ids=CASES.keys())
def test_rebuild(handed_in: str, expected: str) -> None:
    """Each cell of the master is there once, in its place, and the student's own cells stay."""
    nb = notebook(handed_in)
    rebuild(nb, MASTER)
    assert shown(nb) == expected
    nbformat.validate(nb)


def test_nothing_to_repair_says_nothing() -> None:
    """A notebook in order gets no notes and keeps its text."""
    nb = notebook(WHOLE)
    before = [cell.source for cell in nb.cells]
    assert rebuild(nb, MASTER) == []
    assert [cell.source for cell in nb.cells] == before


def test_roles_and_points_come_from_the_master() -> None:
    """Points, roles and types that a student changed are as in the master again."""
    nb = notebook(WHOLE)
    nb.cells[2].metadata.nbgrader = {
        "grade_id": "check-a",
        "points": 99,
        "grade": False,
        "solution": True,
    }
    nb.cells[5].cell_type = "raw"
    notes = rebuild(nb, MASTER)
    assert nb.cells[2].metadata.nbgrader == MASTER[2].metadata()
    assert nb.cells[5].cell_type == "markdown"
    assert notes == ["answer cell 'text-c' was of type raw: put right"]


def test_put_back_answer_counts_as_no_answer() -> None:
    """A deleted written answer comes back with the released text, which means no answer."""
    nb = notebook(WHOLE.replace(" text-c", ""))
    assert rebuild(nb, MASTER) == ["deleted answer cell 'text-c' was put back"]
    assert nb.cells[-1].source == "YOUR ANSWER HERE"
    assert nb.cells[-1].id == "text-c"


def test_text_and_tags_come_from_the_master() -> None:
    """Locked cells and tests get the master's text with its hidden tests; answers keep theirs."""
    hidden = replace(MASTER[2], source="# check-a\n# hidden", tags=("slow",))
    frame = [*MASTER[:2], hidden, *MASTER[3:]]
    nb = notebook(WHOLE.replace("given-a", "given-a=mine").replace("answer-a", "answer-a=mine"))
    for cell in nb.cells:
        cell.metadata["tags"] = ["skip-execution", "x"]
    notes = rebuild(nb, frame)
    assert [cell.source for cell in nb.cells[:3]] == ["# given-a", "mine", "# check-a\n# hidden"]
    assert [cell.metadata.get("tags") for cell in nb.cells[:3]] == [None, None, ["slow"]]
    assert notes[:3] == [
        "given cell 'given-a' was edited: the original was used",
        "given cell 'given-a' was tagged skip-execution: it was run",
        "answer cell 'answer-a' was tagged skip-execution: it was run",
    ]
    assert "test cell 'check-a' was edited: the original was used" not in notes


def test_invented_cells_earn_nothing() -> None:
    """Graded cells that the assignment does not have become ordinary ones, and are named."""
    nb = notebook("given-a own own own own own " + WHOLE[8:])
    for number in range(1, 6):
        role = {"grade_id": f"bonus{number}", "grade": True, "points": 50, "solution": False}
        nb.cells[number].metadata["nbgrader"] = role
    nb.cells[5].metadata["nbgrader"] = {"grade_id": ["x"], "grade": 1}
    assert rebuild(nb, MASTER) == [
        "invented: 'bonus1', 'bonus2', 'bonus3' and 1 more; the assignment has no such cell, "
        "so it earns nothing"
    ]
    assert shown(nb).startswith("given-a [own] [own] [own] [own] [own] answer-a")


def test_moved_cells_are_named() -> None:
    """A note says which cells were put back."""
    assert rebuild(notebook("answer-a check-a answer-b check-b text-c given-a"), MASTER) == [
        "given cell 'given-a' was moved: put back in its place"
    ]
    assert rebuild(notebook("given-a answer-a answer-b check-b text-c check-a"), MASTER) == [
        "test cell 'check-a' was moved: put back"
    ]
    assert rebuild(notebook("check-a given-a answer-a answer-b check-b text-c"), MASTER) == [
        "test cell 'check-a' stood above what it tests: moved down"
    ]


def test_ids_of_cells_put_back() -> None:
    """A cell that is put back has an id of its own, whatever ids the student's cells have."""
    nb = notebook("own own answer-a answer-b check-b text-c")
    nb.cells[0]["id"], nb.cells[1]["id"] = "check-a", "check-a-1"
    frame = [replace(MASTER[0], grade_id="no valid id!"), *MASTER[1:]]
    rebuild(nb, frame)
    ids = [cell.id for cell in nb.cells]
    assert ids[0] == "put-back"
    assert "check-a-2" in ids
    nbformat.validate(nb)


def test_matches() -> None:
    """Each cell is matched with the master's: by grade_id, or an ordinary one by its text."""
    plain = replace(MASTER[0], grade_id=None, locked=False, source="plain", released="plain")
    frame = [MASTER[0], plain, MASTER[1], plain, *MASTER[2:]]
    nb = notebook("plain given-a answer-a=mine own plain plain check-a answer-b check-b text-c")
    rebuild(nb, frame)
    assert matches(nb, frame) == [1, 0, 2, None, 3, None, 4, 5, 6, 7]


def test_old_notebooks_get_no_cell_ids() -> None:
    """A notebook of format 4.4, which knows no cell ids, stays valid."""
    nb = notebook("answer-a check-a")
    nb.nbformat_minor = 4
    for cell in nb.cells:
        del cell["id"]
    rebuild(nb, MASTER)
    nbformat.validate(nb)


MEANINGS = {
    "a given import": ("np = 5", ["np"]),
    "a built-in that tests use": ("sum = 0\nmax = 3", ["sum"]),
    "another module of the name": ("import autograd.numpy as np", ["np"]),
    "a loop and a function": ("for np in []: pass\ndef given_f(): pass", ["given_f", "np"]),
    "beside a magic": ("%matplotlib inline\nnp = 0", ["np"]),
    "the same import again": ("import numpy as np", []),
    "inside a function": ("def f():\n    np = 3\n    sum = 0", []),
    "a name that tests bind themselves": ("x = 3\nunused = 4", []),
    "no Python": ("np = = 3", []),
}


@pytest.mark.parametrize(("source", "names"), MEANINGS.values(), ids=MEANINGS.keys())
def test_names_of_another_meaning(source: str, names: list[str]) -> None:
    """Names that tests rely on are noted when a student's cell binds them to something else."""
    given = "import numpy as np\nunused = 1\nx = 2\ndef given_f(): pass"
    test = "x = np.ones(2)\nassert sum(x) == given_f()"
    frame = [
        replace(MASTER[0], source=given, released=given),
        MASTER[1],
        replace(MASTER[2], source=test, released=test),
    ]
    nb = notebook("given-a answer-a own check-a")
    nb.cells[2].source = source
    where = "the notebook's cell number 3"
    assert rebound(nb, frame) == [
        f"{where} gives {name!r} another meaning: tests that use it may fail" for name in names
    ]
