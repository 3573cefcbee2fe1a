"""Notebook 05 judges judges: what it calls right and wrong is so, as `check_backward` sees it too.

Layers in float32 are left out of the right ones: there `check_backward` asks for float64, and finds
more noise than it can judge by.
"""

import warnings

import numpy as np
import pytest
from wrong_answers.running import Notebook
from wrong_answers.table import SOLUTIONS, Wrong

import gradelib as gl

(PATH,) = (SOLUTIONS / "05_bug_hunt").glob("*.ipynb")
TABLES = [
    f"{kind}_{seen}" for kind in ("fair", "conduct", "mutant") for seen in ("trials", "hidden")
]


@pytest.fixture(scope="module")
def names():
    """What the notebook's cells bind, as far as the judge's last test."""
    book = Notebook(PATH)
    judge = book.solutions["check-gradient"].source
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("MPLBACKEND", "Agg")
        patch.delenv("NBGRADER_EXECUTION", raising=False)
        patch.chdir(PATH.parent)
        list(book.results([Wrong("check-gradient", "right", judge, None)]))
    return book.names


def passed(forward, backward, inputs):
    """Whether `check_backward` accepts a backward pass."""
    return gl.check_backward(forward, backward, *[np.copy(x) for x in inputs]).passed


@pytest.mark.parametrize("table", TABLES)
def test_trials_are_just(names, table):
    """Every right backward pass of a trial is accepted, and every wrong one is not."""
    assert names[table]
    for name, (forward, inputs, right, wrong) in names[table].items():
        assert right
        assert wrong
        for what, backward in right.items():
            assert "float32" in name or passed(forward, backward, inputs), (name, what)
        for what, backward in wrong.items():
            assert not passed(forward, backward, inputs), (name, what)


def test_suspects_are_guilty(names):
    """Each of the twelve suspects is wrong on random inputs."""
    assert len(names["SUSPECTS"]) == 12
    for letter, suspect in names["SUSPECTS"].items():
        inputs, _ = names["inputs_for"](letter, "random")
        assert not passed(names["FORWARDS"][letter], suspect, inputs), letter
