"""What a check sees of a backward pass while it records, and which edit is recognised in it."""

import os
from dataclasses import replace

import numpy as np
import pytest
from cases_by_hand import drawn
from problems_by_hand import D, W, X, problem, product_backward

import gradelib as gl
from gradelib.checks.mistakes import fingerprints, recording, table
from gradelib.checks.mistakes.table import Check, Row, Table, projections
from gradelib.checks.returned import Breach


def returning(*gradients):
    """A backward pass that returns these, here and nearby."""
    return lambda d, x, w: gradients


def sight(*here, beside=None):
    return recording.seen(problem(returning(*(beside or here))), here)


DX, DW = drawn(3, 4, seed=3), drawn(4, 2, seed=4)
USED = {
    "arrays": (DX, True),
    "a wrong shape": (Breach("no", "shape", DX), True),
    "integers of a wrong shape": (Breach("no", "shape", [[1, 2], [3, 4]]), True),
    "no array": (Breach("no", "none"), False),
    "what is infinite": (DX * np.inf, False),
    "a wrong shape of words": (Breach("no", "dtype", DX), False),
    "nothing": (Breach("no", "shape", []), False),
    "as many as may be": (Breach("no", "shape", np.ones(recording.LARGEST)), True),
    "too many": (Breach("no", "shape", np.ones(recording.LARGEST + 1)), False),
}


@pytest.mark.parametrize(("gradient", "used"), USED.values(), ids=USED)
def test_gradients_that_are_seen(gradient, used):
    """Numbers of any shape; what is no array of numbers is not seen."""
    found = sight(gradient, DW)
    assert set(found.gradients) == ({"x", "w"} if used else {"w"})
    if used:
        numbers = gradient.value if isinstance(gradient, Breach) else gradient
        shape, values = found.gradients["x"]
        assert shape == np.shape(numbers)
        np.testing.assert_array_equal(values, np.tile(np.ravel(numbers), 2))
        assert values.dtype == np.float64


def test_gradients_that_are_seen_nearby_too():
    """The same shape at both points, the numbers one after the other."""
    found = sight(DX, DW, beside=(2 * DX, DW[:1]))
    assert set(found.gradients) == {"x"}
    np.testing.assert_array_equal(found.gradients["x"][1], [*DX.ravel(), *(2 * DX).ravel()])
    breach = Breach("no", "none")
    assert set(sight(DX, DW, beside=(breach, DW)).gradients) == {"w"}
    assert set(sight(breach, DW, beside=(DX, DW)).gradients) == {"w"}


def test_surroundings_tell_a_check_from_others():
    """The point, the upstream gradient and the output, and the same nearby."""
    found = sight(DX, DW)
    near = problem(product_backward).beside(np.random.default_rng(0))
    parts = [X, W, D, X @ W, *near.point, near.base]
    np.testing.assert_allclose(found.surroundings, np.concatenate([a.ravel() for a in parts]))
    assert found.exercise == ""


def check(backward, exercise="product"):
    def forward(x, w):
        return x @ w, (x, w)

    return gl.check_backward(
        forward, lambda d, c: backward(d, *c), X, W, names=["x", "w"], exercise=exercise
    )


def test_a_recording_within_another_ends_by_itself():
    """Also where both noted the same: the outer one goes on."""
    with recording.recording() as outer:
        check(returning(DX, DW))
        with recording.recording() as inner:
            check(returning(DX, DW))
        check(returning(DX, DW))
    assert (len(outer), len(inner)) == (2, 1)
    assert not recording.is_recording()


def test_checks_note_and_pass_while_they_record():
    """Whatever comes back, of an exercise; a check of none, and a breach of the contract, is not
    noted."""
    assert not recording.is_recording()
    with recording.recording() as notes:
        assert recording.is_recording()
        report = check(returning(DX, DW))
        assert report.passed
        assert str(report).startswith("✓ ")
        assert report.subject == report.comparisons[0].name == check(product_backward).subject
        with recording.recording() as inner:
            check(returning(DX, DW))
        check(returning(DX, DW), exercise=None)
        check(lambda d, x, w: (d.fill(0), (DX, DW))[1])
    assert not recording.is_recording()
    assert [note.exercise for note in notes] == ["product"] * 2
    assert len(inner) == 1
    np.testing.assert_array_equal(notes[0].gradients["w"][1], np.tile(DW.ravel(), 2))
    assert not check(returning(DX, DW)).passed


SALT = "salt"


def row(label, numbers, mistake="axis", edits=("e1",), shape=None):
    seen = projections(np.tile(np.ravel(numbers), 2), SALT, label, edits[0])
    return Row(edits, mistake, np.shape(numbers) if shape is None else shape, seen)


def tabled(exercise="", surroundings=None, **rows):
    around = sight(DX, DW).surroundings if surroundings is None else surroundings
    return Check(exercise, SALT, around.size, projections(around, SALT, "inputs"), rows)


def recognised(*checks, here=(DX, DW), wrong=(0, 1), exercise="", backward=None):
    asked = problem(backward or returning(*here))
    with fingerprints.known(Table(checks)):
        found = fingerprints.recognised(replace(asked, exercise=exercise), here, wrong)
    return {k: (d.mistake, d.name, d.edit) for k, d in found.items()}


OWN = {0: ("axis", "dx", "e1")}


def test_edits_are_recognised_by_their_numbers():
    """In each gradient that is wrong, and in no other."""
    known = tabled(x=(row("x", DX),), w=(row("w", DW, "constant", ("e2",)),))
    assert recognised(known) == {**OWN, 1: ("constant", "dw", "e2")}
    assert recognised(known, wrong=(0,)) == OWN
    assert recognised(known, wrong=()) == {}
    assert recognised(known, exercise="other") == {}
    assert recognised() == {}
    assert recognised(known, here=(DX + 1e-6, DW)) == {1: ("constant", "dw", "e2")}
    assert recognised(known, here=(DX * (1 + 1e-10), DW), wrong=(0,)) == OWN


UNKNOWN = {
    "another shape": row("x", DX, shape=(4, 3)),
    "other numbers": row("x", DX + 1e-5),
    "of another label": row("w", DX),
    "a mistake of another catalogue": row("x", DX, "no-such-mistake"),
}


@pytest.mark.parametrize("other", UNKNOWN.values(), ids=UNKNOWN)
def test_edits_that_are_not_recognised(other):
    """And what comes after them still is, unless it has been matched already."""
    assert recognised(tabled(x=(other,)), wrong=(0,)) == {}
    if other.mistake == "axis":
        assert recognised(tabled(x=(other, row("x", DX))), wrong=(0,)) == OWN


def test_the_check_at_these_inputs_is_asked():
    """Another check of the exercise has other inputs."""
    other = tabled(surroundings=sight(DX, DW).surroundings + 1, x=(row("x", DX, "sign"),))
    assert recognised(other, tabled(x=(row("x", DX),)), wrong=(0,)) == OWN
    assert recognised(tabled(), tabled(x=(row("x", DX),)), wrong=(0,)) == {}


def test_the_edit_that_accounts_for_most_is_named():
    """One that explains both gradients before one that explains this; one that would have spoilt
    another gradient comes last."""
    shared = {
        "x": (row("x", DX, edits=("e1", "e2", "e3")),),
        "w": (row("w", DW, edits=("e3", "e2")), row("w", DW + 1, edits=("e3",))),
    }
    assert recognised(tabled(**shared)) == {0: ("axis", "dx", "e2"), 1: ("axis", "dw", "e3")}
    spoilt = {"x": (row("x", DX, edits=("e1", "e2")),), "w": (row("w", DW, edits=("e1",)),)}
    assert recognised(tabled(**spoilt), wrong=(0,)) == {0: ("axis", "dx", "e2")}


def test_a_wrong_shape_says_more_than_another_array():
    """Of a breach, that another value is meant is no news; what else was done is."""
    breach = Breach("no", "shape", DX[:1])
    known = tabled(x=(row("x", DX[:1], "wrong-array"),))
    assert recognised(known, here=(breach, DW), wrong=(0,)) == {}
    known = tabled(x=(row("x", DX[:1], "axis"),))
    assert recognised(known, here=(breach, DW), wrong=(0,)) == OWN
    known = tabled(x=(row("x", DX, "wrong-array"),))
    assert recognised(known, wrong=(0,)) == {0: ("wrong-array", "dx", "e1")}


def test_a_backward_pass_that_fails_nearby_is_not_recognised():
    """Whatever it raises."""

    def failing(d, x, w):
        raise ZeroDivisionError

    assert recognised(tabled(x=(row("x", DX),)), backward=failing) == {}


def test_table_of_the_working_folder(tmp_path, monkeypatch):
    """Read where it is asked for; read anew when it has changed."""
    monkeypatch.chdir(tmp_path)
    assert table.here() == Table()
    whole = Table((tabled(x=(row("x", DX),)),), "digest")
    (tmp_path / table.FILE).write_text(whole.text())
    assert table.here().same(whole)
    assert table.here() is table.here()
    (tmp_path / table.FILE).write_text(Table().text())
    assert table.here().checks == ()
    (tmp_path / table.FILE).write_text(whole.text())
    os.truncate(table.FILE, table.LARGEST_FILE + 1)
    assert table.here() == Table()


SOURCE = """
def backward(d, c):
    x, w = c
    print("noise")
    return d @ w.T, SCALE * x.T @ d
"""


def test_table_of_a_function():
    """From its source: each edit by its name, those that raise left out, what it prints unheard."""

    def compared(function):
        def forward(x, w):
            return x @ w, (x, w)

        return gl.check_backward(forward, function, X, W, names=["x", "w"], exercise="e")

    found = fingerprints.of(SOURCE, "backward", compared, {"SCALE": 1.0})
    (one,) = found.checks
    assert one.exercise == "e"
    numbers = {
        fingerprints.edit_name("backward", SOURCE, k.number): k.after
        for k in fingerprints.edits(SOURCE)
    }
    named = {numbers[name]: row.mistake for row in one.rows["w"] for name in row.edits}
    assert named["return (d @ w.T, -(SCALE * x.T @ d))"] == "inner-sign"
    assert set(one.rows) == {"x", "w"}
    with pytest.raises(ValueError, match=r"^the check of backward has no exercise, or the right b"):
        fingerprints.of(SOURCE, "backward", lambda function: None, {"SCALE": 1.0})


def test_edited_loops_are_not_run():
    """An edit of a while loop may never end: such a function has no rows."""
    source = SOURCE.replace("    return", "    while not SCALE: pass\n    return")
    calls = []

    def compared(function):
        calls.append(function)
        return check(lambda d, x, w: function(d, (x, w)))

    (one,) = fingerprints.of(source, "backward", compared, {"SCALE": 1.0}).checks
    assert one.rows == {}
    assert len(calls) == 1


def test_names_of_edits_say_nothing():
    """Eight letters that depend on exercise, source and number."""
    names = {
        fingerprints.edit_name("a", "b", 1),
        fingerprints.edit_name("a", "b", 2),
        fingerprints.edit_name("a", "c", 1),
        fingerprints.edit_name("d", "b", 1),
    }
    assert len(names) == 4
    assert all(len(name) == 8 and int(name, 16) >= 0 for name in names)
