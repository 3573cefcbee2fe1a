"""One hostile hand-in: what it tries, where it acts, and the points that its honest part earns.

Case            an entry of the tables in this folder
answer, own, call, test, notebook, files   the ways to write one
hand_in(...)    write a case's hand-in into a course

The honest part of every hand-in, unless its table says otherwise: Counter and twice are right (3
points), squares and relu_backward are wrong (7 points that an attack could gain).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hostile.course import ASSIGNMENT, NOTEBOOK, cell, solved
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

HONEST = 3.0
ALL = 10.0

WRONG = {
    "squares": "def squares(n):\n    return [7]",
    "relu-backward": "def relu_backward(dout, cache):\n    return dout * 3",
}


@dataclass(frozen=True)
class Case:
    """A hand-in. `score` is what it must get from the tests; `graded` is False where it is listed
    as not, or not wholly, graded. `slow` ones wait for a limit of time, or for memory to fill.
    `racy` ones harm their own process at a moment that chance decides, and may lose points by it.
    """

    name: str
    tries: str
    where: str
    code: str = ""
    edit: Callable[[NotebookNode], object] | None = None
    write: Callable[[Path, bytes], object] | None = None
    score: float = HONEST
    graded: bool = True
    right: bool = False
    slow: bool = False
    racy: bool = False


def answer(name: str, tries: str, code: str, **more: object) -> Case:
    """The code stands below a wrong answer in the first answer cell."""
    return Case(name, tries, "answer", code, **more)  # type: ignore[arg-type]


def own(name: str, tries: str, code: str, **more: object) -> Case:
    """The code stands in a cell of the student's own, below the imports."""
    return Case(name, tries, "own cell", code, **more)  # type: ignore[arg-type]


def call(name: str, tries: str, code: str, **more: object) -> Case:
    """The code takes the place of the answer relu_backward, and acts when it is called."""
    return Case(name, tries, "call", code, **more)  # type: ignore[arg-type]


def test(name: str, tries: str, code: str, **more: object) -> Case:
    """The code takes the place of the first test cell."""
    return Case(name, tries, "test cell", code, **more)  # type: ignore[arg-type]


def notebook(name: str, tries: str, edit: Callable[[NotebookNode], object], **more: object) -> Case:
    """The notebook is edited."""
    return Case(name, tries, "notebook", edit=edit, **more)  # type: ignore[arg-type]


def files(name: str, tries: str, write: Callable[[Path, bytes], object], **more: object) -> Case:
    """`write(folder, notebook)` writes the hand-in's files; all answers are right."""
    more = {"score": ALL, "right": True, **more}
    return Case(name, tries, "files", write=write, **more)  # type: ignore[arg-type]


def made(case: Case, places: Mapping[str, str]) -> NotebookNode:
    """The notebook of a case. `places` fill in what stands between @ signs in its code."""
    nb = solved()
    code = case.code
    if not case.right:
        for name, text in WRONG.items():
            cell(nb, name).source = text
    if case.where == "answer":
        cell(nb, "squares").source += "\n" + code
    elif case.where == "own cell":
        nb.cells.insert(2, new_code_cell(code))
    elif case.where == "call":
        cell(nb, "relu-backward").source = code
    elif case.where == "test cell":
        cell(nb, "squares-check").source = code
    if case.edit is not None:
        case.edit(nb)
    for there in nb.cells:
        for name, text in places.items():
            there.source = there.source.replace(f"@{name}@", text)
    return nb


def hand_in(case: Case, course: Path, places: Mapping[str, str]) -> Path:
    """Write the case's hand-in where nbgrader looks for it; its student is the case's name."""
    folder = course / "submitted" / case.name / ASSIGNMENT
    folder.mkdir(parents=True)
    data = json.dumps(made(case, places)).encode()
    if case.write is not None:
        case.write(folder, data)
    else:
        (folder / f"{NOTEBOOK}.ipynb").write_bytes(data)
    return folder
