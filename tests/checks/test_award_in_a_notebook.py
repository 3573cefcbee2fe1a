"""award inside IPython: what is displayed, what is published as the result, what is raised."""

import sys
import types

import numpy as np
import pytest

import gradelib as gl


class Shell:
    """Keeps what a cell displays and publishes, in order."""

    def __init__(self):
        self.seen = []

    def displayhook(self, value):
        self.seen.append(("result", value))

    def display(self, value):
        self.seen.append(("display", str(value)))


@pytest.fixture
def shell(monkeypatch):
    """A stand-in for IPython that is running a notebook."""
    shell = Shell()
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = shell.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return shell


RIGHT = gl.check_values(1, 1, name="one")
WRONG = gl.check_values(1, 2, name="two")
WORDS = "✗ two: not right yet\n  two is wrong\n    yours     1\n    expected  2"


def undecided():
    x = np.random.default_rng(4).normal(size=5)
    return gl.check_backward(
        lambda x: (x * (1 + 0.1 * np.sin(1e15 * x)), x), lambda dout, x: dout * 1.0, x
    )


def test_each_report_is_displayed_once_to_a_student(shell, capsys):
    """Reports of one text are shown once, in the order in which they came; nothing is printed."""
    assert gl.award(3, RIGHT, WRONG, gl.check_values(1, 1, name="one")) == 2.0
    assert shell.seen == [("display", "✓ one: right"), ("display", WORDS)]
    assert capsys.readouterr() == ("", "")


def test_lost_points_are_published_before_they_are_raised(shell, monkeypatch):
    """In nbgrader's runs the score is the result of the cell, and the error ends with it."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError) as caught:
        gl.award(3, RIGHT, WRONG, gl.check_values(1, 2, name="two"))
    assert shell.seen[-1] == ("result", 1.0)
    assert str(caught.value) == f"{WORDS}\n\n1 of 3 points"
    assert caught.value._render_traceback_() == [*WORDS.splitlines(), "", "1 of 3 points"]


def test_inconclusive_asks_for_a_person(shell, monkeypatch):
    """Where nothing can be said, the error tells the TA to look."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(AssertionError) as caught:
        gl.award(0.5, RIGHT, undecided())
    assert str(caught.value).endswith("\n\n0.25 of 0.5 points; a person should look at this")


def test_outside_a_notebook_the_reports_are_printed(capsys, monkeypatch):
    """Without IPython the texts go to standard output, one after the other."""
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert gl.award(1, RIGHT, WRONG) == 0.5
    assert capsys.readouterr().out == f"✓ one: right\n{WORDS}\n"


def test_outside_a_notebook_lost_points_are_raised_all_the_same(monkeypatch):
    """Where nbgrader's variable is set but no shell is there, the error alone remains."""
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(AssertionError, match="0 of 1 points"):
        gl.award(1, WRONG)


SEALED = {  # id: (value, its sealed text)
    "a number": (7, "Nw"),
    "a text": ("ab", "ImFiIg"),
    "two letters more": ("abcd", "ImFiY2Qi"),
    "a list": ([3, 4], "WzMsNF0"),
    "a list of texts": (["a", "bc"], "WyJhIiwiYmMiXQ"),
    "a nested list": ([[1, 2], [3, 4]], "W1sxLDJdLFszLDRdXQ"),
    "a truth value": (True, "dHJ1ZQ"),
    "signs of base64": ("~~~???", "In5-fj8_PyI"),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in SEALED.items()])
def test_seal_has_one_text_for_each_value_and_sealed_opens_it(row):
    """What was sealed once stays good: the text is fixed, and opens to the same value."""
    value, text = row
    assert gl.seal(value) == text
    assert gl.sealed(text).value == value
    assert repr(gl.sealed(text)) == "<sealed>"


def test_a_dict_is_sealed_without_blanks():
    """The text is as short as JSON allows."""
    assert gl.seal({"a": 1}) == "eyJhIjoxfQ"
