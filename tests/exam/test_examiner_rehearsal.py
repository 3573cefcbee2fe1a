"""A rehearsal says which given cells change nothing but their own names, and what they show."""

import json
import random
import subprocess
import sys

import pytest

from gradelib.exam.still import changed, opaque, state

SEEN = """
import json, os, sys, tempfile
from gradelib.exam import rehearsal
from gradelib.exam.running import warming
from gradelib.exam.texts.paper import Master, MasterCell, Paper

cells = json.loads(sys.stdin.read())
kind = {"grade_id": None, "cell_type": "code"}
master = Master(tuple(MasterCell(source=cell, released=cell, **kind) for cell in cells))
os.chdir(tempfile.mkdtemp())
one = warming.warm()
with one.speaking():
    found = rehearsal.rehearse(Paper("a", {"n": master}), one)
print(json.dumps(found["n"]))
"""

CELLS = [
    "import numpy as np\nimport matplotlib.pyplot as plt",
    "def f(x):\n    return 2 * x\n\n\ntable = {'a': [1, 2]}",
    "print(f(3))\ny = f(table['a'])\ny",
    "table['a'].append(3)",
    "np.random.seed(0)",
    "np.random.normal()",
    "plt.rcParams['lines.linewidth'] = 3",
    "np.seterr(all='ignore')",
    "fig, ax = plt.subplots()\nax.plot([1, 2]);",
    "ax.set_title('changed')",
    "open('file.txt', 'w').write('x')",
    "import os\nos.environ['A'] = 'b'",
    "import warnings\nwarnings.simplefilter('ignore')",
    "1 / 0",
    "f.more = 1",
    "z = 3 * f(1)",
    "exec('hidden = 1')",
    "class Box:\n    pass\n\n\nbox = Box()",
    "box.held = 3",
]


@pytest.fixture(scope="module")
def still():
    """The places of the still cells, with their outputs."""
    command = [sys.executable, "-c", SEEN]
    text = json.dumps(CELLS)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_cells_that_only_bind_and_show_are_still(still):
    """Imports, functions, values, prints and figures."""
    assert sorted(map(int, still)) == [0, 1, 2, 8, 15, 17]
    text, result = still["2"]
    assert text["text"] == "6\n"
    assert result["data"]["text/plain"] == "[1, 2, 1, 2]"
    assert "image/png" in still["8"][0]["data"]


def test_state_tells_what_a_cell_changed(tmp_path, monkeypatch):
    """What was changed in place, bound or drawn shows; what a cell may bind does not count."""
    monkeypatch.chdir(tmp_path)
    space = {"a": [1], "b": 2, "_hidden": 3, "f": opaque}
    before = state(space)
    assert not changed(before, state(space), frozenset())
    space["a"].append(2)
    assert changed(before, state(space), frozenset())
    assert not changed(before, state(space), frozenset({"a"}))
    del space["a"]
    assert changed(before, state(space), frozenset())
    before = state(space)
    random.random()
    assert changed(before, state(space), frozenset("ab"))


def test_values_that_cannot_be_looked_at_are_named(tmp_path, monkeypatch):
    """An open file's state is its own."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "f").open("w") as file:
        before = state({"file": file, "number": 1})
    assert opaque(before) == {"file"}
