"""Numbers of a table are compared relative to their size, and its file is read when it is new."""

import os

import numpy as np
import pytest
from cases_by_hand import drawn

from gradelib.checks.mistakes import table
from gradelib.checks.mistakes.recording import Seen
from gradelib.checks.mistakes.table import Check, Row, Table, made, projections, read

AROUND, RIGHT = drawn(9), drawn(6)
A, B = drawn(6, seed=1), drawn(6, seed=2)


def seen(numbers, around=AROUND, label="x"):
    """One check, by what came back for one gradient."""
    return Seen("net", around, {label: ((3,), np.asarray(numbers))})


def named(*tried, right=RIGHT, around=AROUND):
    """The edits of each row of one check: (name, what it returned, where) each."""
    edits = [(name, "axis", [seen(numbers, there)]) for name, numbers, there in tried]
    (check,) = made([seen(right, around)], edits)
    return [row.edits for row in check.rows.get("x", ())]


SCALES = pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])


@SCALES
def test_what_edits_return_is_compared_relative_to_its_size(scale):
    """A part in a million makes two arrays, one in a million millions does not."""
    for apart, rows in ((1e-12, [("e1", "e2")]), (1e-6, [("e1",), ("e2",)])):
        tried = ("e1", scale * A, AROUND), ("e2", scale * A * (1 + apart), AROUND)
        assert named(*tried) == rows


@SCALES
def test_surroundings_are_compared_relative_to_their_size(scale):
    """Those of an edit with those of the right answer, and those of a check with its table's."""
    around = scale * AROUND
    (check,) = made([seen(RIGHT, around)], [])
    for apart, close in ((1e-10, True), (1e-6, False)):
        assert bool(named(("e1", A, around * (1 + apart)), around=around)) is close
        assert check.is_of(around * (1 + apart)) is close


def test_zeros_around_are_the_same_zeros():
    """Nothing is between them."""
    zeros = np.zeros(9)
    assert named(("e1", A, zeros), around=zeros) == [("e1",)]
    assert made([seen(RIGHT, zeros)], [])[0].is_of(zeros)


@pytest.mark.parametrize(("scale", "told"), [(3e-9, True), (1e-11, False)])
def test_small_numbers_differ_from_what_is_right_by_a_thousand_millionth(scale, told):
    """Twice the right gradient is a mistake of its own, unless both are dust."""
    assert bool(named(("e1", 2 * scale * RIGHT, AROUND), right=scale * RIGHT)) is told


def test_checks_of_an_exercise_need_not_have_the_same_inputs():
    """A gradient that only one of them has is told apart by that one."""
    right = [seen(RIGHT), seen(RIGHT, AROUND + 1, label="w")]
    tried = [
        ("e1", "axis", [seen(A), seen(A, AROUND + 1, label="w")]),
        ("e2", "axis", [seen(A), seen(B, AROUND + 1, label="w")]),
    ]
    first, second = made(right, tried)
    assert {label: [row.edits for row in rows] for label, rows in first.rows.items()} == {
        "x": [("e1", "e2")]
    }
    assert {label: [row.edits for row in rows] for label, rows in second.rows.items()} == {
        "w": [("e1",), ("e2",)]
    }


def test_salts_never_change():
    """They are in files: eight hexadecimal digits, by the exercise and the check's place there."""
    checks = made([seen(RIGHT), seen(RIGHT)], [])
    assert [check.salt for check in checks] == ["f5f9efbc", "c3c1c16a"]


def one(inputs, numbers):
    row = Row(("e1",), "axis", (3,), np.array(numbers))
    return Table((Check("net", "salt", 9, np.array(inputs), {"x": (row,)}),))


def test_tables_of_zeros_are_the_same():
    """Zeros are close to zeros, and to nothing else."""
    nothing, some = [0.0, 0.0, 0.0], [0.0, 0.0, 1e-12]
    assert one(nothing, nothing).same(one(nothing, nothing))
    assert not one(nothing, nothing).same(one(some, nothing))
    assert not one(nothing, nothing).same(one(nothing, some))


def test_numbers_of_a_table_are_floats():
    """Also where they are written as integers."""
    (check,) = read(one([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).text().replace(".0", "")).checks
    assert check.inputs.dtype == check.rows["x"][0].seen.dtype == np.float64
    assert check.inputs.tolist() == [1.0, 2.0, 3.0]
    assert check.is_of(np.zeros(8)) is False
    assert projections(A, "salt").dtype == np.float64


@pytest.mark.parametrize(("spare", "found"), [(0, 1), (-1, 0)])
def test_file_is_read_up_to_a_size(spare, found, tmp_path, monkeypatch):
    """That size included."""
    monkeypatch.chdir(tmp_path)
    text = one([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).text()
    (tmp_path / table.FILE).write_text(text)
    monkeypatch.setattr(table, "LARGEST_FILE", len(text) + spare)
    assert len(table.here().checks) == found


CHANGED = {  # id: (the text that takes the first one's place, nanoseconds between them)
    "later, of the same length": (one([1.0, 2.0, 3.0], [4.0, 5.0, 7.0]).text(), 1),
    "at once, of another length": (one([1.0, 2.0, 3.0], [4.0, 5.0, 6.5]).text() + " ", 0),
}


@pytest.mark.parametrize(("text", "later"), CHANGED.values(), ids=CHANGED)
def test_file_that_has_changed_is_read_anew(text, later, tmp_path, monkeypatch):
    """By the time that it was written or by its length."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / table.FILE
    first = one([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    for content, at in ((first.text(), 10**18), (text, 10**18 + 1000 * later)):
        file.write_text(content)
        os.utime(file, ns=(at, at))
        assert table.here().same(read(content))
    assert not read(text).same(first)
