"""Hypotheses on numbers alone: what each names, and what is too little to name it."""

from dataclasses import replace

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows, says

from gradelib.checks.mistakes import hypotheses_numbers as numbers

R = drawn(5, 7)
V = np.array([1.0, -2.0, 3.0, 4.0])
SQUARE = drawn(4, 4)
CUBE = drawn(3, 4, 5)


def with_zeros(a, *places):
    a = np.array(a, dtype=float)
    for place in places:
        a[place] = 0
    return a


ZEROS = {
    "nothing returned": (case([0, 0], [1, 0]), "zero"),
    "something returned": (case([0, 1], [1, 0]), None),
    "nothing to return": (case([0, 0], [0, 0]), None),
    "one number": (case([0], [1]), None),
    "known well enough": (case([0, 0], [2.1, 0], precision=0.1), "zero"),
    "not known well enough": (case([0, 0], [1.9, 0], precision=0.1), None),
}
SIGNS = {
    "turned": (case(-V, V), "sign"),
    "right": (case(V, V), None),
    "turned and scaled": (case(-2 * V, V), None),
}
PARTS = {
    "one sign": (case([1, 2, 3, 4], V), "sign-in-part"),
    "all but one": (case([-1, 2, -3, -4], V), "sign-in-part"),
    "another size as well": (case([1, 2, 3, 5], V), None),
    "three numbers": (case([1, 2, 3], V[:3]), None),
    "three numbers that are not zero": (case([1, 2, 3, 0], with_zeros(V, 3)), None),
    "another shape": (case(np.abs(V)[None], V), None),
}
PLACES = {
    "some missing": (case(with_zeros(V, 1, 2), V), "unreached"),
    "one reached": (case(with_zeros(V, 1, 2, 3), V), None),
    "some missing, some zero": (case(with_zeros(V, 1, 3), with_zeros(V, 3)), "unreached"),
    "one reached beyond": (case([1, 0, 3, 4], with_zeros(V, 3)), None),
    "one missing, one wrong": (case([1, 0, 3, 5], V), None),
    "none missing": (case(V + 1, V), None),
    "another shape": (case(with_zeros(V, 1)[None], V), None),
}
OFFSETS = {
    "one number more": (case(V + 0.1, V), "offset"),
    "one number less": (case(V - 7, V), "offset"),
    "not the same everywhere": (case([1.1, -1.9, 3.1, 4.2], V), None),
    "three numbers": (case(V[:3] + 0.1, V[:3]), None),
    "of what is constant": (case(np.full(5, 3.0), np.full(5, 2.0)), None),
    "a small number more": (case(V + 1e-7, V), "offset"),
    "another shape": (case((V + 0.1)[None], V), None),
}
TURNED = {
    "a matrix": (case(SQUARE.T, SQUARE), "transpose"),
    "a long matrix": (case(R.T, R), "transpose"),
    "a symmetric one": (case(SQUARE + SQUARE.T, SQUARE + SQUARE.T), None),
    "three axes": (case(CUBE.T, CUBE), None),
}
OTHER_SHAPE = {
    "a row for a vector": (case(V[None], V), "right-values-wrong-shape"),
    "turned over and flat": (case(R.T.ravel(), R), None),
    "turned over": (case(R.T, R), "transpose"),
    "three axes turned over": (case(CUBE.T, CUBE), None),
    "the right shape": (case(V, V), None),
    "other numbers": (case(2 * V[None], V), None),
    "more numbers": (case(np.append(V, 1), V), None),
}
MEASURED = np.where(np.eye(4, dtype=bool), 1 + SQUARE**2, SQUARE)
DIAGONALS = {
    "the diagonal alone": (case(np.diag(np.diag(MEASURED)), MEASURED), "diagonal-only"),
    "other numbers on it": (case(np.diag([5.0, 6, 7, 8]), MEASURED), "diagonal-only"),
    "a zero on it": (case(np.diag([5.0, 6, 7, 0]), MEASURED), None),
    "one beside it": (case(np.diag([5.0, 6, 7, 8]) + np.eye(4, k=2), MEASURED), None),
    "two by two": (case(np.diag([1.0, 2]), [[1, 2], [3, 4]]), None),
    "three by three": (case(np.diag([1.0, 2, 3]), np.ones((3, 3))), "diagonal-only"),
    "mostly zero beside it": (case(np.diag([1.0, 2, 3]), np.eye(3) + np.eye(3, k=1)), None),
    "half zero beside it": (
        case(np.diag([1.0, 2, 3]), np.triu(np.ones((3, 3)))), "diagonal-only"
    ),
    "no square": (case(np.eye(3, 4), np.ones((3, 4))), None),
    "no matrix": (case(V, V), None),
}  # fmt: skip
A, B = np.array([1.0, 2, 4, 8, 9]), np.array([3.0, 1, 5, 2, 7])
TABLES = {
    "differences": (case(A[:, None] - B, 2 * A), "broadcast"),
    "products": (case(np.outer(A, B), 2 * A), "broadcast"),
    "against a column": (case(A[:, None] - B, (2 * A)[:, None]), "broadcast"),
    "differences with factors": (case(A[:, None] * (A[:, None] - B), A), "broadcast"),
    "two by two": (case([[1, 2], [4, 5]], [1, 2]), "broadcast"),
    "small numbers without a pattern": (case(1e-6 * SQUARE, V), None),
    "two by two without a pattern": (case([[1, 2], [4, 7]], [1, 2]), None),
    "three by three without a pattern": (case(SQUARE[:3, :3], V[:3]), None),
    "no pattern": (case(SQUARE, V), None),
    "one number": (case([[1]], [1]), None),
    "not all against all": (case(np.ones((4, 5)), V), None),
    "a matrix of the same size": (case(A[:4, None] - B[:4], V.reshape(2, 2)), None),
}
ROWS = np.arange(1.0, 6)[:, None]
COLUMNS = np.arange(1.0, 8)
TWO, THREE = with_zeros(R, np.s_[1, 2:]), with_zeros(R, np.s_[1, 3:])
SINGLE, NONE = with_zeros(R, np.s_[1, 1:]), with_zeros(R, 1)
BLOCKS = drawn(7, 3) * np.repeat([[1, 1, 0], [0, 0, 1]], [4, 3], axis=0)
SLICES = {
    "rows": (case(R * ROWS, R), "factor-by-slice"),
    "columns": (case(R * COLUMNS, R), "factor-by-slice"),
    "one row": (case(R * np.where(ROWS == 2, 3, 1), R), "factor-by-slice"),
    "a row lost": (case(R * (ROWS != 2), R), "factor-by-slice"),
    "rows of two": (case(R[:, :2] * ROWS, R[:, :2]), None),
    "rows of three": (case(R[:, :3] * ROWS, R[:, :3]), "factor-by-slice"),
    "channels": (case(CUBE * np.arange(1.0, 5)[:, None], CUBE), "factor-by-slice"),
    "a row of two entries": (case(TWO * ROWS, TWO), None),
    "a row of three entries": (case(THREE * ROWS, THREE), "factor-by-slice"),
    "a row of one entry": (case(SINGLE * ROWS, SINGLE), None),
    "a right row of two entries": (
        case(TWO * np.where(ROWS == 2, 1, ROWS), TWO), "factor-by-slice"
    ),
    "a row of zeros": (case(NONE * ROWS, NONE), "factor-by-slice"),
    "a single row": (case(3 * R[:1], R[:1]), None),
    "two rows": (case(R[:2] * ROWS[:2], R[:2]), "factor-by-slice"),
    "two columns": (case(R[:, :2] * COLUMNS[:2], R[:, :2]), "factor-by-slice"),
    "columns that show it, where rows are too short": (
        case(BLOCKS * [2, 2, 3], BLOCKS), "factor-by-slice"
    ),
    "constant rows": (case(0 * R + ROWS**2, 0 * R + ROWS), None),
    "no pattern": (case(R * SQUARE[0, 0] + drawn(5, 7, seed=2), R), None),
    "a vector": (case(V * V, V), None),
    "turned over": (case((R * ROWS).T, R), None),
    "another shape": (case((R * ROWS)[None], R), None),
}  # fmt: skip
FEW = with_zeros(R, np.s_[2:])
MIXED = {
    "rows": (case(R[[2, 0, 0, 4, 1]], R), "scattered"),
    "columns": (case(R[:, [2, 0, 0, 4, 1, 5, 6]], R), "scattered"),
    "a row replaced by a right one": (case(R[[0, 0, 2, 3, 4]], R), None),
    "two rows": (case(R[[1, 0]], R[:2]), None),
    "a row of large numbers replaced by a right one": (
        case(1e6 * R[[0, 0, 2, 3, 4]] * (1 + 1e-9), 1e6 * R),
        None,
    ),
    "three rows": (case(R[[1, 0, 2]], R[:3]), "scattered"),
    "columns of two rows": (case(R[:2, [2, 0, 0, 4, 1, 5, 6]], R[:2]), "scattered"),
    "two rows of five": (case(FEW[[1, 0, 2, 3, 4]], FEW), None),
    "rows of two": (case(R[[2, 0, 0, 4, 1], :2], R[:, :2]), "scattered"),
    "rows of seven by one": (case(R[[2, 0, 0, 4, 1], :, None], R[:, :, None]), "scattered"),
    "rows of one by seven": (case(R[[2, 0, 0, 4, 1], None], R[:, None]), "scattered"),
    "columns of two rows of five": (case(FEW[:, [2, 0, 0, 4, 1, 5, 6]], FEW), "scattered"),
    "rows of one": (case(R[[2, 0, 0, 4, 1], :1], R[:, :1]), None),
    "a row of three axes": (case(CUBE[[1, 2, 0]], CUBE), "scattered"),
    "a vector": (case(V[::-1], V), None),
    "another shape": (case(R[[2, 0, 0, 4, 1]][None], R), None),
}
NEAR = np.array([2.0, 4, -3, 5, 7, 6])
ERRORS = np.array([1, -2, 3, 1, 2, -1]) * 1e-4
FIRST = np.array([0, -2, 3, 1, 2, -1]) * 1e-4
FIRST_LESS = np.array([1, -200, 300, 100, 200, -100]) * 1e-4
ELEVEN, PLACE = np.arange(2.0, 13), np.arange(11)
APPROXIMATE = {
    "nowhere exact": (case(NEAR + ERRORS, NEAR), "approximate"),
    "only the first exact": (case(NEAR + FIRST, NEAR), "not-restored"),
    "the first nearly exact": (case(NEAR + FIRST + [5e-7, 0, 0, 0, 0, 0], NEAR), "not-restored"),
    "the second exact": (case(NEAR + FIRST[[1, 0, 2, 3, 4, 5]], NEAR), None),
    "two exact": (case(NEAR + ERRORS * [1, 0, 1, 0, 1, 1], NEAR), None),
    "the first and one more exact": (case(NEAR + FIRST * [1, 0, 1, 1, 1, 1], NEAR), "not-restored"),
    "the first and two more exact": (case(NEAR + FIRST * [1, 0, 0, 1, 1, 1], NEAR), None),
    "off by a percent": (case(NEAR + 800 * ERRORS, NEAR), None),
    "off by half a percent": (case(NEAR + 100 * ERRORS, NEAR), "approximate"),
    "off by rounding": (case(NEAR + 1e-6 * ERRORS, NEAR), None),
    "not known well enough": (case(NEAR + ERRORS, NEAR, precision=1e-9), None),
    "known well enough": (case(NEAR + ERRORS, NEAR, precision=1e-10), "approximate"),
    "off by little": (case(NEAR + 1e-3 * ERRORS, NEAR), "approximate"),
    "the first off by much less": (case(NEAR + FIRST_LESS, NEAR), "approximate"),
    "small numbers": (case(1e-6 * (NEAR + ERRORS), 1e-6 * NEAR), "approximate"),
    "one of ten exact": (case((ELEVEN + 1e-4 * (PLACE != 5))[:10], ELEVEN[:10]), None),
    "the first and three of ten more exact": (
        case(ELEVEN + 1e-4 * (PLACE > 0) * (PLACE < 8), ELEVEN),
        None,
    ),
    "three numbers": (case((NEAR + ERRORS)[:3], NEAR[:3]), None),
    "four numbers": (case((NEAR + ERRORS)[:4], NEAR[:4]), "approximate"),
    "mostly zeros": (case([1, 2, 3, 1e-4], [1.001, 2.001, 3.001, 0]), None),
    "another shape": (case((NEAR + ERRORS)[None], NEAR), None),
}
OTHERS = {"dw": 3 * R, "db": V}
GRADIENTS = {
    "another input's": (case(3 * R, R, others=OTHERS), "wrong-order"),
    "another input's, turned over": (case(3 * R.T, R, others=OTHERS), "wrong-order"),
    "of another shape": (case(V, R, others=OTHERS), "wrong-order"),
    "in both places": (case(3 * R, R, others=OTHERS, settled={"dw"}), None),
    "one number": (case([2], [1], others={"dw": np.array([2.0])}), "wrong-order"),
    "one number for nothing": (case([2], [0], others={"dw": np.array([2.0])}), None),
    "nothing": (case([0], [1], others={"dw": np.array([0.0])}), None),
    "after one number": (case(3 * R, R, others={"dc": np.zeros(1), **OTHERS}), "wrong-order"),
    "after one that is right": (case(V, R, others=OTHERS, settled={"dw"}), "wrong-order"),
    "no other's": (case(2 * R, R, others=OTHERS), None),
}
GROUPS = {
    numbers.zero: ZEROS,
    numbers.sign: SIGNS,
    numbers.sign_in_part: PARTS,
    numbers.unreached: PLACES,
    numbers.offset: OFFSETS,
    numbers.transpose: TURNED,
    numbers.same_numbers: OTHER_SHAPE,
    numbers.diagonal_matrix: DIAGONALS,
    numbers.broadcast: TABLES,
    numbers.factor_by_slice: SLICES,
    numbers.scattered: MIXED,
    numbers.approximate: APPROXIMATE,
    numbers.other_gradient: GRADIENTS,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "mistake"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, mistake):
    """Its mistake where the numbers prove it, nothing where they do not."""
    assert says(hypothesis, given) == mistake


VALUES = {
    "what a slice is": (numbers.factor_by_slice, SLICES["rows"], {"what": "row"}),
    "what the other slice is": (numbers.factor_by_slice, SLICES["columns"], {"what": "column"}),
    "what a channel is": (
        numbers.factor_by_slice,
        SLICES["channels"],
        {"what": "slice along axis 1"},
    ),
    "which rows": (numbers.scattered, MIXED["rows"], {"what": "row"}),
    "which columns": (numbers.scattered, MIXED["columns"], {"what": "column"}),
    "whose gradient": (
        numbers.other_gradient,
        GRADIENTS["another input's"],
        {"other": "dw"},
    ),
    "both shapes": (
        numbers.same_numbers,
        OTHER_SHAPE["a row for a vector"],
        {"got": (1, 4), "expected": (4,)},
    ),
    "how many": (numbers.broadcast, TABLES["differences"], {"n": 5}),
}


@pytest.mark.parametrize(("hypothesis", "row", "values"), VALUES.values(), ids=VALUES)
def test_what_fills_the_sentence(hypothesis, row, values):
    """What, which or how many."""
    given, mistake = row
    assert hypothesis(given) == (mistake, values)


@pytest.mark.parametrize(("most", "mistake"), [(245, "scattered"), (244, None)])
def test_large_arrays_are_not_compared_row_by_row(most, mistake, monkeypatch):
    """Columns still are, where they are fewer."""
    monkeypatch.setattr(numbers, "MOST_PAIRS", most)
    given = MIXED["columns"][0]
    assert says(numbers.scattered, given) == mistake
    turned = replace(given, yours=given.yours.T, right=given.right.T)
    assert says(numbers.scattered, turned) == mistake
    monkeypatch.setattr(numbers, "MOST_PAIRS", 200)
    given = MIXED["rows"][0]
    turned = replace(given, yours=given.yours.T, right=given.right.T)
    assert numbers.scattered(turned) == ("scattered", {"what": "column"})
