"""A small course for hostile hand-ins: four tested exercises and a written answer.

make_course(root)   the course, not released, with canaries where no student may look
solved()            its notebook as an honest student hands it in, all right
CANARIES            texts that must not be found outside of their place
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ASSIGNMENT, NOTEBOOK = "01_tiny", "tiny"

CANARIES = {
    place: f"kanari{place}{number}"
    for number, place in enumerate(
        ("solution", "hidden", "gradebook", "environment", "neighbour", "home"), start=74100
    )
}

CONFIG = """\
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
"""

CELLS = [
    ("md", "intro", "# Tiny\n\nFour exercises and a question."),
    (
        "given",
        "imports",
        "import numpy as np\n\nimport gradelib as gl\n\n\n"
        "def relu_forward(x):\n    return np.maximum(x, 0), x",
    ),
    (
        "solution",
        "squares",
        "def squares(n):\n    ### BEGIN SOLUTION\n"
        f"    # {CANARIES['solution']}\n"
        "    if n < 1:\n        raise ValueError('n must be 1 or more')\n"
        "    return [i**2 for i in range(1, n + 1)]\n    ### END SOLUTION",
    ),
    (
        "tests",
        "squares-check",
        "from numpy.testing import assert_allclose, assert_raises\n\n"
        "assert squares(3) == [1, 4, 9]\nassert len(squares(2)) == 2\n"
        "### BEGIN HIDDEN TESTS\n"
        f'marker = "{CANARIES["hidden"]}"\n'
        'assert squares(11)[-1] == 121, "' + CANARIES["hidden"] + '"\n'
        "assert_raises(ValueError, squares, 0)\n"
        "assert_allclose(squares(5), np.arange(1.0, 6) ** 2)\n"
        "### END HIDDEN TESTS",
    ),
    (
        "solution",
        "relu-backward",
        "def relu_backward(dout, cache):\n    ### BEGIN SOLUTION\n"
        "    return dout * (cache > 0)\n    ### END SOLUTION",
    ),
    (
        "tests",
        "relu-check",
        'g = gl.rng("relu_backward")\n'
        "gl.award(\n    4,\n"
        '    gl.check_backward(relu_forward, relu_backward, g.normal(size=(5, 7)), names=("x",)),\n'
        "    ### BEGIN HIDDEN TESTS\n"
        f"    # {CANARIES['hidden']}\n"
        '    gl.check_backward(relu_forward, relu_backward, g.normal(size=(3, 6)), names=("x",)),\n'
        "    ### END HIDDEN TESTS\n)",
    ),
    (
        "solution",
        "counter",
        "class Counter:\n    ### BEGIN SOLUTION\n"
        "    def __init__(self):\n        self.seen = {}\n\n"
        "    def add(self, word):\n        self.seen[word] = self.seen.get(word, 0) + 1\n\n"
        "    def count(self, word):\n        return self.seen.get(word, 0)\n    ### END SOLUTION",
    ),
    (
        "tests",
        "counter-check",
        'counter = Counter()\nfor word in ("a", "b", "a"):\n    counter.add(word)\n'
        'points = 0.5 * (counter.count("a") == 2) + 0.5 * (counter.count("b") == 1)\n'
        "### BEGIN HIDDEN TESTS\n"
        f'points += 0.5 * (counter.count("{CANARIES["hidden"]}") == 0)\n'
        'points += 0.5 * (Counter().count("a") == 0)\n'
        "### END HIDDEN TESTS\npoints",
    ),
    (
        "solution",
        "twice",
        "def twice(f, x):\n    ### BEGIN SOLUTION\n    return f(f(x))\n    ### END SOLUTION",
    ),
    (
        "tests",
        "twice-check",
        "assert twice(lambda x: x + 1, 1) == 3\n"
        "### BEGIN HIDDEN TESTS\n"
        f'marker = "{CANARIES["hidden"]}"\n\n\n'
        f"def add_marker(text):\n    return text + marker[-1]  # {CANARIES['hidden']}\n\n\n"
        'assert twice(add_marker, "") == 2 * marker[-1]\n'
        "### END HIDDEN TESTS",
    ),
    ("written", "why", f"Because of the chain rule. {CANARIES['solution']}"),
]
ROLES = {
    "given": {"grade": False, "solution": False, "locked": True},
    "solution": {"grade": False, "solution": True, "locked": False},
    "tests": {"grade": True, "solution": False, "locked": True},
    "written": {"grade": True, "solution": True, "locked": False},
}
POINTS = {"squares-check": 3, "relu-check": 4, "counter-check": 2, "twice-check": 1, "why": 5}

RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError('too small')\n"
    "    return [i * i for i in range(1, n + 1)]",
    "relu-backward": "def relu_backward(dout, cache):\n    return dout * (cache > 0)",
    "counter": "class Counter:\n    def __init__(self):\n        self.words = []\n\n"
    "    def add(self, word):\n        self.words.append(word)\n\n"
    "    def count(self, word):\n        return self.words.count(word)",
    "twice": "def twice(f, x):\n    return f(f(x))",
    "why": "Because derivatives multiply.",
}


def source_notebook() -> NotebookNode:
    """The source notebook."""
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
    """The release with right answers in it."""
    nb = nbformat.from_dict(json.loads(json.dumps(source_notebook())))
    for there in nb.cells:
        head, begin, rest = there.source.partition("### BEGIN HIDDEN TESTS\n")
        if begin:
            there.source = head.rstrip(" ") + rest.partition("### END HIDDEN TESTS")[2].lstrip("\n")
    for name, text in RIGHT.items():
        cell(nb, name).source = text
    return nb


def make_course(root: Path) -> Path:
    """The course in a new folder, not released; its notebooks hold canaries."""
    folder = root / "solutions" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(source_notebook(), folder / f"{NOTEBOOK}.ipynb")
    (root / "nbgrader_config.py").write_text(CONFIG)
    return root
