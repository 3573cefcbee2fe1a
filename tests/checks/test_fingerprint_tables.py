"""The table made of what edits return, and what a table on paper is held to."""

import json

import numpy as np
import pytest
from cases_by_hand import drawn

from gradelib.checks.mistakes.recording import Seen
from gradelib.checks.mistakes.table import Check, Row, Table, made, projections, read, same

AROUND = drawn(9)
RIGHT = drawn(6)


def seen(numbers, around=AROUND, label="x", shape=(3,), exercise="net"):
    """One check, by what came back for one gradient."""
    gradients = {} if numbers is None else {label: (shape, np.asarray(numbers, dtype=float))}
    return Seen(exercise, around, gradients)


def rows(*tried, right=RIGHT):
    """The rows that edits have: (name, mistake, numbers) each."""
    (check,) = made([seen(right)], [(name, kind, [seen(n)]) for name, kind, n in tried])
    return [(row.edits, row.mistake, row.shape) for row in check.rows.get("x", ())]


A, B = drawn(6, seed=1), drawn(6, seed=2)
S = (3,)
ROWS = {
    "two edits": (
        [("e2", "axis", A), ("e1", "sign", B)],
        [(("e1",), "sign", S), (("e2",), "axis", S)],
    ),
    "two that return the same": (
        [("e2", "axis", A), ("e1", "axis", A)],
        [(("e1", "e2"), "axis", S)],
    ),
    "the same to rounding": (
        [("e1", "axis", A), ("e2", "axis", A * (1 + 1e-12))],
        [(("e1", "e2"), "axis", S)],
    ),
    "nearly the same": (
        [("e1", "axis", A), ("e2", "axis", A * (1 + 1e-6))],
        [(("e1",), "axis", S), (("e2",), "axis", S)],
    ),
    "no sentence for both": ([("e1", "axis", A), ("e2", "constant", A)], []),
    "a sentence for both": (
        [("e1", "wrong-array", A), ("e2", "wrong-order", A)],
        [(("e1", "e2"), "wrong-array", S)],
    ),
    "its own edits first": (
        [("e1", "wrong-order", A), ("e2", "wrong-array", A)],
        [(("e2", "e1"), "wrong-array", S)],
    ),
    "four of a kind": (
        [(f"e{k}", "axis", A) for k in range(6)],
        [(("e0", "e1", "e2", "e3"), "axis", S)],
    ),
    "four of each kind": (
        [(f"{kind[6]}{k}", kind, A) for k in range(5) for kind in ("wrong-order", "wrong-array")],
        [(tuple(f"{letter}{k}" for letter in "ao" for k in range(4)), "wrong-array", S)],
    ),
    "what is right": ([("e1", "axis", RIGHT)], []),
    "what is right to rounding": ([("e1", "axis", RIGHT * (1 + 1e-7))], []),
    "what is hardly right": ([("e1", "axis", RIGHT * (1 + 1e-5))], [(("e1",), "axis", S)]),
    "zeros": ([("e1", "axis", 0 * A)], []),
    "ones": ([("e1", "axis", 0 * A + 1)], []),
    "ones and their opposites": ([("e1", "axis", np.sign(A))], []),
    "a factor and a term to the digit": (
        [("e1", "missing-factor", A), ("e2", "missing-term", A)],
        [(("e1", "e2"), "missing-factor", S)],
    ),
    "a factor and a term to rounding": (
        [("e2", "missing-factor", A), ("e1", "missing-term", A * (1 + 1e-13))],
        [(("e1", "e2"), "missing-part", S)],
    ),
    "a factor and something else": (
        [("e1", "missing-factor", A), ("e2", "wrong-array", A * (1 + 1e-13))],
        [(("e1", "e2"), "missing-factor", S)],
    ),
}


@pytest.mark.parametrize(("tried", "expected"), ROWS.values(), ids=ROWS)
def test_rows_of_a_table(tried, expected):
    """What only an edit returns, named by the sentence that is true of all that return it."""
    assert rows(*tried) == expected


def test_another_shape_is_another_array():
    """Also where the numbers are those of the right one."""
    notes = [seen(RIGHT, shape=(1, 3))]
    (check,) = made([seen(RIGHT)], [("e1", "axis", notes), ("e2", "sign", [seen(A)])])
    assert [row.shape for row in check.rows["x"]] == [(1, 3), (3,)]
    notes = [seen(A, shape=(1, 3))], [seen(A)]
    (check,) = made([seen(RIGHT)], [("e1", "axis", notes[0]), ("e2", "sign", notes[1])])
    assert len(check.rows["x"]) == 2


def test_only_what_was_seen_at_the_same_inputs_counts():
    """Another label, other inputs or fewer checks have no row; what comes after them has."""
    tried = [
        ("e1", "axis", [seen(A, around=AROUND + 1e-6)]),
        ("e2", "axis", [seen(A, around=AROUND[:-1])]),
        ("e3", "axis", [seen(A, label="w")]),
        ("e4", "axis", []),
        ("e5", "axis", [seen(A, around=AROUND * (1 + 1e-12))]),
    ]
    (check,) = made([seen(RIGHT)], iter(tried))
    assert {label: [row.edits for row in found] for label, found in check.rows.items()} == {
        "x": [("e5",)]
    }


def test_what_another_check_tells_apart_has_no_row():
    """Two edits that are the same in one check and not in another have no name in the first."""
    right = [seen(RIGHT), seen(RIGHT, AROUND + 1)]
    one = ("e1", "axis", [seen(A), seen(A, AROUND + 1)])
    two = ("e2", "axis", [seen(A), seen(B, AROUND + 1)])
    first, second = made(right, [one, two])
    assert first.rows == {}
    assert [row.edits for row in second.rows["x"]] == [("e1",), ("e2",)]
    first, second = made(right, [one, ("e2", "axis", one[2])])
    assert [row.edits for row in first.rows["x"]] == [("e1", "e2")]


def test_checks_have_salts_of_their_own():
    """Equal checks of an exercise are told apart, and each knows its inputs."""
    right = [seen(RIGHT), seen(RIGHT)]
    first, second = made(right, [("e1", "axis", [seen(A), seen(A)])])
    assert first.salt != second.salt
    assert (first.exercise, first.size) == ("net", 9)
    np.testing.assert_array_equal(first.inputs, projections(AROUND, first.salt, "inputs"))
    row = first.rows["x"][0]
    np.testing.assert_array_equal(row.seen, projections(A, first.salt, "x", "e1"))
    assert first.is_of(AROUND)
    assert first.is_of(AROUND * (1 + 1e-10))
    assert not first.is_of(AROUND * (1 + 1e-6))
    assert not first.is_of(AROUND[:-1])
    assert not second.is_of(AROUND + 1e-3)


def test_projections_never_change():
    """They are in files that are read years later; each salt gives others."""
    found = projections(np.array([1.0, 2.0, 3.0]), "a", "b")
    assert found == pytest.approx(PROJECTED, rel=1e-14)
    assert projections(np.array([[1.0, 2.0, 3.0]]).ravel(), "a", "c") != pytest.approx(found)
    assert projections(np.array([1.0, 2.0, 3.0]), "ab") != pytest.approx(found)


PROJECTED = [-1.3968092085321981, 0.5858120816331902, -2.2562419942655794]
TABLE = Table(
    (
        Check(
            "net",
            "salt",
            9,
            np.array([1.0, 2.0, 1 / 3]),
            {
                "w": [Row(("e1", "e2"), "axis", (2, 3), np.array([1.0, -2.0, 1e-9]))],
                "x": [
                    Row(("e3",), "sign", (), np.array([4.0, 5.0, 6.0])),
                    Row(("e4",), "sign", (1,), np.array([7.0, 8.0, 9.0])),
                ],
            },
        ),
        Check("loss", "s2", 3, np.array([0.5, 0.25, 0.125]), {}),
    ),
    "digest",
)
TEXT = """\
{"version": 1, "made_from": "digest", "checks": [
{"exercise": "net", "salt": "salt", "size": 9, "inputs": [1.0, 2.0, 0.3333333333], "rows": [
  ["w", ["e1", "e2"], "axis", [2, 3], [1.0, -2.0, 1e-09]],
  ["x", ["e3"], "sign", [], [4.0, 5.0, 6.0]],
  ["x", ["e4"], "sign", [1], [7.0, 8.0, 9.0]]
]},
{"exercise": "loss", "salt": "s2", "size": 3, "inputs": [0.5, 0.25, 0.125], "rows": [

]}
]}
"""


def test_table_on_paper():
    """A row to a line, ten digits to a number; read, it is the same table."""
    assert TABLE.text() == TEXT
    again = read(TEXT)
    assert again.made_from == "digest"
    assert again.same(TABLE)
    assert again.text() == TEXT
    assert read('{"checks": []}') == Table()
    assert read(TEXT.encode()).same(TABLE)


def changed(**parts):
    """The text with a part of its first check's, or of its first row's, changed."""
    data = json.loads(TEXT)
    for name, value in parts.items():
        place = data["checks"][0]
        if name == "first":
            place["rows"][0] = value
        elif name == "checks":
            data["checks"] = data["checks"][value]
        elif value is None:
            del place[name]
        else:
            place[name] = value
    return json.dumps(data)


ROW = ["w", ["e1", "e2"], "axis", [2, 3], [1.0, -2.0, 1e-9]]
OTHERS = {
    "another exercise": changed(exercise="other"),
    "another salt": changed(salt="other"),
    "another size": changed(size=8),
    "other inputs": changed(inputs=[1.0, 2.0, 0.3334]),
    "one check less": changed(checks=slice(1)),
    "no checks": changed(checks=slice(0)),
    "the other order": changed(checks=slice(None, None, -1)),
    "no rows": changed(rows=[]),
    "another label": changed(first=["v", *ROW[1:]]),
    "another name": changed(first=["w", ["e1"], *ROW[2:]]),
    "another mistake": changed(first=[*ROW[:2], "sign", *ROW[3:]]),
    "another shape": changed(first=[*ROW[:3], [3, 2], ROW[4]]),
    "other numbers": changed(first=[*ROW[:4], [1.0, -2.0, 1e-7]]),
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_another_table_is_not_the_same(text):
    """In any part."""
    assert read(text)
    assert not read(text).same(TABLE)
    assert not TABLE.same(read(text))
    assert not same(text, TEXT)


def test_tables_that_are_the_same():
    """Rounding makes no difference; what is no table is none."""
    assert same(TEXT, TEXT.encode())
    assert same(TEXT, changed(first=[*ROW[:4], [1.0 + 1e-9, -2.0, 1.1e-9]]))
    assert not same(TEXT, None)
    assert not same(None, TEXT)
    assert not same(None, None)
    assert not same("no table", TEXT)


REFUSED = {
    "no exercise": changed(exercise=None),
    "no salt": changed(salt=None),
    "no size": changed(size=None),
    "a size that is a word": changed(size="nine"),
    "no inputs": changed(inputs=None),
    "two inputs": changed(inputs=[1.0, 2.0]),
    "inputs that are infinite": changed(inputs=[1.0, 2.0, float("inf")]),
    "no rows": changed(rows=None),
    "a row without a name": changed(first=["w", [], *ROW[2:]]),
    "a row of four": changed(first=ROW[:4]),
    "a shape of words": changed(first=[*ROW[:3], ["two"], ROW[4]]),
    "four numbers": changed(first=[*ROW[:4], [1.0, 2.0, 3.0, 4.0]]),
}


def test_what_is_wrong_with_a_row_is_said():
    """The error says what is wrong."""
    with pytest.raises(ValueError, match=r": a row without a name$"):
        read(REFUSED["a row without a name"])
    with pytest.raises(ValueError, match=r": projections are three finite numbers$"):
        read(REFUSED["four numbers"])


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused(text):
    """One error for whatever is wrong."""
    with pytest.raises(ValueError, match=r"^not a table of fingerprints: "):
        read(text)
