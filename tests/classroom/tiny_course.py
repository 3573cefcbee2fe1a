"""A course of one assignment: two exercises, a prediction and a written answer."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gradelib.classroom.course import Course

ASSIGNMENT, NOTEBOOK = "01_warmup", "warmup"

# The repository's own settings, with less patience for a kernel's messages.
CONFIG = (Path(__file__).parents[2] / "nbgrader_config.py").read_text(encoding="utf-8")
CONFIG += "c.Execute.iopub_timeout = 2\n"

CELLS = [
    ("md", "intro", "# Warm-up\n\nDouble and triple."),
    ("given", "imports", "import math\nimport sys"),
    (
        "solution",
        "double",
        'def double(x):\n    """Twice x."""\n    ### BEGIN SOLUTION\n    twice_the_input = 2 * x\n'
        "    return twice_the_input\n    ### END SOLUTION",
    ),
    (
        "tests",
        "double-check",
        "assert double(2) == 4\n### BEGIN HIDDEN TESTS\n"
        'assert double(-37) == -74, "the seventy-four test"\n### END HIDDEN TESTS\n'
        "assert double(math.pi) > 6",
    ),
    (
        "solution",
        "sign-prediction",
        "predicted_sign = ...\n### BEGIN SOLUTION\npredicted_sign = -1\n### END SOLUTION",
    ),
    (
        "solution",
        "triple",
        'def triple(x):\n    """Three times x."""\n    ### BEGIN SOLUTION\n    return 3 * x\n'
        "    ### END SOLUTION",
    ),
    (
        "tests",
        "triple-check",
        "points = float(triple(1) == 3)\n### BEGIN HIDDEN TESTS\n"
        "points += 2.0 * (triple(-11) == -33)\n### END HIDDEN TESTS\npoints",
    ),
    ("written", "why", "Because multiplication is repeated addition, our model answer says."),
]

ROLES = {
    "given": {"grade": False, "solution": False, "locked": True},
    "solution": {"grade": False, "solution": True, "locked": False},
    "tests": {"grade": True, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
}
POINTS = {"double-check": 2, "triple-check": 3, "why": 4}


def source_notebook() -> NotebookNode:
    """The source notebook, tidy."""
    nb = new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for kind, name, text in CELLS:
        make = new_markdown_cell if kind in ("md", "written") else new_code_cell
        cell = make(text, id=name)
        if kind in ROLES:
            role = {**ROLES[kind], "grade_id": name, "schema_version": 3, "task": False}
            if name in POINTS:
                role["points"] = POINTS[name]
            cell.metadata["nbgrader"] = role
        nb.cells.append(cell)
    return nb


def cell(nb: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell of a grade_id."""
    return next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def solved() -> NotebookNode:
    """The release with right answers in it; the written answer is answered."""
    nb = nbformat.from_dict(source_notebook())
    for there in nb.cells:
        there.source = there.source.replace("### BEGIN SOLUTION", "#").replace(
            "### END SOLUTION", "#"
        )
        if "HIDDEN" in there.source:
            kept = there.source.split("### BEGIN HIDDEN TESTS\n")
            there.source = kept[0] + kept[1].split("### END HIDDEN TESTS\n")[1]
    cell(nb, "why").source = "Adding three times."
    return nb


def make_course(root: Path) -> Course:
    """The course in a new folder, not released."""
    folder = root / "solutions" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(source_notebook(), folder / f"{NOTEBOOK}.ipynb")
    (folder / "data.txt").write_text("handed out\n")
    (root / "nbgrader_config.py").write_text(CONFIG)
    return Course(root)


def hand_in(
    course: Course, student: str, nb: NotebookNode | str | bytes, name: str = NOTEBOOK
) -> Path:
    """Put a notebook, or a text in a notebook's place, where nbgrader looks for it."""
    folder = course.root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    if isinstance(nb, bytes):
        path.write_bytes(nb)
    else:
        path.write_text(nb if isinstance(nb, str) else json.dumps(nb))
    return path
