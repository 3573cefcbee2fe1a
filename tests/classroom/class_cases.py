"""The class that test_grade_class grades: slips in a solved notebook, and files that are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tiny_course import cell

Edit = Callable[[NotebookNode], object]


def answer(grade_id: str, source: str) -> Edit:
    """Replace the text of a cell."""

    def edit(nb: NotebookNode) -> None:
        cell(nb, grade_id).source = source

    return edit


def untouched(nb: NotebookNode) -> None:
    """Every answer as it was released."""
    for name in ("double", "triple"):
        cell(nb, name).source = f"def {name}(x):\n    raise NotImplementedError()"
    cell(nb, "why").source = "YOUR ANSWER HERE"


def copied_test(nb: NotebookNode) -> None:
    """The test cell of double, copied to the end."""
    nb.cells.append(nbformat.from_dict({**cell(nb, "double-check"), "id": "the-copy"}))


def copied_answer(nb: NotebookNode) -> None:
    """The answer cell of double, copied above itself with a wrong answer in the first."""
    wrong = nbformat.from_dict({**cell(nb, "double"), "id": "the-copy"})
    wrong.source = "def double(x):\n    return 0"
    nb.cells.insert(nb.cells.index(cell(nb, "double")), wrong)


def deleted(*names: str) -> Edit:
    """Without the named cells."""

    def edit(nb: NotebookNode) -> None:
        for name in names:
            nb.cells.remove(cell(nb, name))

    return edit


def skipped_test(nb: NotebookNode) -> None:
    """A wrong answer with its test tagged skip-execution."""
    cell(nb, "double").source = "def double(x):\n    return 0"
    cell(nb, "double-check").metadata["tags"] = ["skip-execution"]


def edited_test(nb: NotebookNode) -> None:
    """A wrong answer, and a test that says it is right, worth more points."""
    cell(nb, "double").source = "def double(x):\n    return 0"
    cell(nb, "double-check").source = "assert double(2) == 0"
    cell(nb, "double-check").metadata.nbgrader["points"] = 100


def strange_metadata(nb: NotebookNode) -> None:
    """A schema of the future, an invented graded cell, and metadata that is no dictionary."""
    cell(nb, "double-check").metadata.nbgrader["schema_version"] = 99
    cell(nb, "triple-check").metadata.nbgrader["solution"] = True
    invented = {"grade": True, "solution": False, "grade_id": "bonus", "points": 50, "locked": True}
    nb.cells.append(
        new_code_cell("1 + 1", metadata={"nbgrader": {**invented, "schema_version": 3}})
    )
    nb.cells.append(new_code_cell("2 + 2", metadata={"nbgrader": "none"}))


def moved_up(nb: NotebookNode) -> None:
    """The test of double moved above its answer."""
    there = cell(nb, "double-check")
    nb.cells.remove(there)
    nb.cells.insert(1, there)


def invalid(nb: NotebookNode) -> None:
    """Tags that are no list, and half an emoji."""
    cell(nb, "double").metadata["tags"] = "hard"
    cell(nb, "why").source = "Twice \ud83d"


def first(source: str) -> Edit:
    """A cell of the student's own below the imports."""
    return lambda nb: nb.cells.insert(2, new_code_cell(source))


def retyped(nb: NotebookNode) -> None:
    """The answer cell of double turned into Markdown by a slip of the hand."""
    there = cell(nb, "double")
    there.cell_type = "markdown"
    del there["outputs"], there["execution_count"]


WARNS = "def double(x):\n    print('careful', file=sys.stderr)\n    return 2 * x"
EXIT = "import os\ndef {}(x):\n    os._exit(1)"
STUBBORN = (
    "import time\ndef triple(x):\n    while True:\n        try:\n            time.sleep(60)\n"
    "        except KeyboardInterrupt:\n            pass"
)
FLOOD = "def double(x):\n    while True:\n        print('x' * 1000, end='')"
CLUMSY = """
import os, sys, warnings
input("ready? ")
sys.exit()
%matplotlib widget
warnings.simplefilter("error")
os.chdir("/")
print = 3
sys.stdout.close()
"""
HUGE = """
from IPython.display import HTML, display
def triple(x):
    display(HTML("x" * 3_000_000))
    return 3 * x if x > 0 else 0
raise ValueError("y" * 3_000_000)
"""


@dataclass(frozen=True)
class Case:
    """A student: the change made to a solved notebook, the points from tests, and what is said."""

    student: str
    edit: Edit
    score: float = 5.0
    cause: str | None = None
    note: str | None = None


CASES = [
    Case("right", lambda nb: None),
    Case("untouched", untouched, 0),
    Case("partial", answer("triple", "def triple(x):\n    return 3"), 3),
    Case("syntax-error", answer("double", "def double(x:"), 3),
    Case("stderr", answer("double", WARNS)),
    Case(
        "copied-test", copied_test, note="copied test cell 'double-check': the copy does not count"
    ),
    Case("copied-answer", copied_answer, note="copied answer cell 'double'"),
    Case(
        "deleted-test",
        deleted("imports", "triple-check"),
        note="deleted test cell 'triple-check' was put back",
    ),
    Case("skip-tag", skipped_test, 3, note="tagged skip-execution"),
    Case("edited-test", edited_test, 3, note="test cell 'double-check' was edited"),
    Case("strange-metadata", strange_metadata, note="invented: 'bonus'"),
    Case("retyped", retyped, note="answer cell 'double' was of type markdown"),
    Case("moved-up", moved_up, note="'double-check' stood above what it tests: moved down"),
    Case("sum-is-0", first("math = 0"), note="cell number 3 gives 'math' another meaning"),
    Case("invalid", invalid),
    Case("huge", answer("triple", HUGE), 3),
    Case("endless", answer("double", FLOOD), 3, note="double(...) did not end in time"),
    Case(
        "exits-early",
        answer("double", EXIT.format("double")),
        3,
        cause="Python died in double(...), in cell 'double-check'",
    ),
    Case(
        "exits",
        answer("triple", EXIT.format("triple")),
        2,
        cause="Python died in triple(...), in cell 'triple-check'",
    ),
    Case("stubborn", answer("triple", STUBBORN), 2, note="triple(...) did not end in time"),
]

FILES = {
    "broken-json": (b'{"cells": [', "warmup.ipynb is not a notebook: broken JSON at line 1"),
    "empty-file": (b"", "warmup.ipynb is not a notebook: the file is empty"),
}
