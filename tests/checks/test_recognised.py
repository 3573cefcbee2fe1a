"""Which edit is recognised at the bounds, and how a table is made of a function's edits."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from cases_by_hand import drawn
from problems_by_hand import X, problem

import gradelib as gl
from gradelib.checks.mistakes import fingerprints, recording
from gradelib.checks.mistakes.edits import EDITS
from gradelib.checks.mistakes.table import Check, Row, Table, projections

DX, DW = drawn(3, 4, seed=3), drawn(4, 2, seed=4)
SALT = "salt"


def returning(*gradients):
    """A backward pass that returns these, here and nearby."""
    return lambda d, x, w: gradients


def row(label, numbers, mistake="axis"):
    """What the edit e1 returns, here and nearby."""
    seen = projections(np.tile(np.ravel(numbers), 2), SALT, label, "e1")
    return Row(("e1",), mistake, np.shape(numbers), seen)


def tabled(**rows):
    """The table of one check, at the point of `problem`, with one row for each gradient."""
    around = recording.seen(problem(returning(DX, DW)), (DX, DW)).surroundings
    inputs = projections(around, SALT, "inputs")
    return Table((Check("net", SALT, around.size, inputs, {k: (r,) for k, r in rows.items()}),))


def recognised(table, *here, wrong=(0,), backward=None):
    asked = replace(problem(backward or returning(*here)), exercise="net")
    with fingerprints.known(table):
        return fingerprints.recognised(asked, here, wrong)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_numbers_are_compared_relative_to_their_size(scale):
    """To a part in a hundred million, whatever they are measured in."""
    for apart, found in ((1e-10, True), (1e-6, False)):
        table = tabled(x=row("x", scale * DX * (1 + apart)))
        assert bool(recognised(table, scale * DX, DW)) is found


def test_zeros_are_not_recognised():
    """They are the work of many mistakes, whatever a table says."""
    assert recognised(tabled(x=row("x", 0 * DX)), 0 * DX, DW) == {}


def test_gradient_of_which_no_edit_is_known_does_not_hide_another():
    """Each is recognised by itself."""
    found = recognised(tabled(w=row("w", DW, "constant")), DX, DW, wrong=(0, 1))
    assert {k: d.mistake for k, d in found.items()} == {1: "constant"}


@pytest.mark.parametrize("mistake", ["axis", "constant"])
def test_what_is_recognised_is_explained(mistake):
    """In the words of the catalogue."""
    found = recognised(tabled(x=row("x", DX, mistake)), DX, DW)[0]
    assert (found.mistake, found.explanation, found.name, found.edit) == (
        mistake,
        EDITS[mistake],
        "dx",
        "e1",
    )


def test_the_table_made_known_last_counts():
    """And the one before it again when that is over."""
    first, second = tabled(x=row("x", DX, "axis")), tabled(x=row("x", DX, "constant"))
    with fingerprints.known(first):
        assert recognised(second, DX, DW)[0].mistake == "constant"
        asked = replace(problem(returning(DX, DW)), exercise="net")
        assert fingerprints.recognised(asked, (DX, DW), (0,))[0].mistake == "axis"


def test_backward_pass_is_not_called_where_there_is_nothing_to_recognise():
    """Not for an exercise without a table, nor where nothing is wrong."""
    called = []

    def backward(d, x, w):
        called.append(1)
        return DX, DW

    known = tabled(x=row("x", DX))
    for table, wrong, calls in ((Table(), (0,), 0), (known, (), 0), (known, (0,), 1)):
        called.clear()
        recognised(table, DX, DW, wrong=wrong, backward=backward)
        assert len(called) == calls


def test_backward_pass_that_divides_by_zero_on_its_way_is_recognised():
    """Whatever numpy was told to do about that: the numbers that come back count."""

    def backward(d, x, w):
        np.ones(1) / np.zeros(1)
        return DX, DW

    with np.errstate(all="raise"):
        found = recognised(tabled(x=row("x", DX)), DX, DW, backward=backward)
    assert found[0].mistake == "axis"


def test_gradient_of_one_number_is_seen():
    """One entry here, and one nearby."""
    found = recording.seen(problem(returning(np.array([[3.0]]), DW)), (np.array([[2.0]]), DW))
    shape, numbers = found.gradients["x"]
    assert shape == (1, 1)
    assert numbers.tolist() == [2.0, 3.0]


def table_of(source, **namespace):
    """What the edits that have rows make of their lines; the right gradient is twice d."""

    def checked(function):
        return gl.check_backward(lambda x: (2 * x, None), function, X, exercise="twice")

    (check,) = fingerprints.of(source, "backward", checked, namespace).checks
    after = {
        fingerprints.edit_name("backward", source, edit.number): edit.after
        for edit in fingerprints.edits(source)
    }
    return {after[name] for rows in check.rows.values() for row in rows for name in row.edits}


WRITTEN = {
    "when it is defined": "sys.stdout.write('a word')\ndef backward(d, c):\n    return 2 * d\n",
    "when it is called": "def backward(d, c):\n    sys.stdout.write('a word')\n    return 2 * d\n",
}


@pytest.mark.parametrize("source", WRITTEN.values(), ids=WRITTEN)
def test_what_a_right_answer_writes_to_the_stream_is_unheard(source, capsys):
    """As what it prints; that it writes is no mistake."""
    assert "return -(2 * d)" in table_of(source, sys=sys)
    assert capsys.readouterr().out == ""


def test_edits_that_raise_before_anything_is_called_are_left_out():
    """A constant that is half of one cannot be one over zero."""
    found = table_of("HALF = 1 / 2\ndef backward(d, c):\n    return 4 * HALF * d\n")
    assert "HALF = 1 / 3" in found
    assert "HALF = 1 / 0" not in found


def test_edits_that_divide_by_zero_on_their_way_have_rows():
    """Whatever numpy was told to do about that."""
    source = "def backward(d, c):\n    return d * np.minimum(1 / (N + 1), 1.75) * R\n"
    N = np.arange(4.0)
    with np.errstate(all="raise"):
        found = table_of(source, N=N, R=2 * (N + 1))
    assert "return d * np.minimum(1 / N, 1.75) * R" in found
