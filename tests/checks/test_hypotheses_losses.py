"""Hypotheses on penalties, branches, statistics and labels: what each names, and what not."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_losses as losses

V = np.array([1.0, -2.0, 3.0, 4.0, -0.5])
G = drawn(5)
M, R = drawn(5, 7), drawn(5, 7, seed=1)
ONE = np.array([1.0])


def loss(yours, right, x=V, dout=ONE, **known):
    """A case below a loss, which is one number."""
    return case(yours, right, x=x, dout=dout, **known)


SMALL, LARGE = ("penalty-too-small", {}), ("penalty-too-large", {})
CROSS, OF_SIGNS = ("penalty-cross-terms", {}), ("penalty-of-signs", {})
SOME = np.array([0.0, 2, 3, 4, 0.5])  # no number is negative
COLUMN, ROW = M.sum(axis=0) - M, M.sum(axis=1, keepdims=True) - M
PENALTIES = {
    "missing": (loss(G - 0.3 * V, G), SMALL),
    "too much": (loss(G + 0.3 * V, G), LARGE),
    "missing, upstream negative": (loss(G + 0.3 * V, G, dout=-ONE), SMALL),
    "too much, upstream negative": (loss(G - 0.3 * V, G, dout=np.array(-2.0)), LARGE),
    "missing on a matrix": (loss(R - 0.3 * M, R, M), SMALL),
    "products of rows": (loss(R - 0.3 * COLUMN, R, M), CROSS),
    "products of columns": (loss(R + 0.3 * ROW, R, M), CROSS),
    "products of three axes": (loss(R[None] + ROW, R[None], M[None]), None),
    "signs": (loss(G - 0.3 * np.sign(V), G), OF_SIGNS),
    "signs that are all the same": (loss(G - 0.3, G, V - 3), None),
    "signs that are all positive": (loss(G - 0.3, G, V + 3), None),
    "signs of small numbers": (loss(G - 0.3 * np.sign(V), G, V / 5), OF_SIGNS),
    "signs of zero and positive numbers": (loss(G - 0.3 * np.sign(SOME), G, SOME), None),
    "signs of zero and negative numbers": (loss(G + 0.3 * np.sign(SOME), G, -SOME), None),
    "too much, upstream zero": (loss(0.3 * V, 0 * G, dout=0 * ONE), LARGE),
    "a little that is nearly x": (loss(G - 1e-4 * V - 4e-7 * np.sign(G), G), None),
    "something else": (loss(G - V**2, G), None),
    "right": (loss(G, G), None),
    "of three numbers": (loss(G[:3] - V[:3], G[:3], V[:3]), SMALL),
    "of two numbers": (loss(G[:2] - V[:2], G[:2], V[:2]), None),
    "of numbers that are all the same": (loss(G - 0.3, G, np.full(5, 2.0)), None),
    "below two numbers": (loss(G - 0.3 * V, G, dout=np.ones(2)), None),
    "another shape": (loss((G - 0.3 * V)[None], G), None),
}


def scaled(c):
    return ("one-term-scaled", {"c": c})


SIZES = frozenset({0, 1, 5, 8})
# x is the data but for 3e-5: what is wrong is as little, and known no better than to a fortieth.
NEARLY = G + 3e-5 * drawn(5, seed=1)
APART = np.linalg.qr(np.stack([G, NEARLY], axis=1), mode="complete")[0][:, -1]
ROUNDED = 2 * G - NEARLY + 8e-7 * np.abs(G).max() / np.abs(APART).max() * APART
TERMS = {
    "the data times a length": (loss(8 * G + 0.3 * V, G, sizes=SIZES), scaled("8")),
    "the data over a length": (loss(G / 5 - 0.3 * V, G, sizes=SIZES), scaled("0.2")),
    "the data twice": (loss(2 * G + 0.3 * V, G), scaled("2")),
    "half of the data": (loss(0.5 * G + 0.3 * V, G), scaled("0.5")),
    "the data of the other sign": (loss(-G + 0.3 * V, G), scaled("-1")),
    "the data times any number": (loss(0.7 * G + 0.3 * V, G, sizes=SIZES), None),
    "the data once": (loss(G + 0.3 * V, G, sizes=SIZES), None),
    "nearly a length": (loss(8 * (1 + 3e-6) * G + 0.3 * V, G, sizes=SIZES), None),
    "hardly any penalty": (loss(2 * G + 1e-5 * V, G), None),
    "little penalty": (loss(2 * G + 3e-4 * V, G), scaled("2")),
    "little penalty on large numbers": (loss(2 * G + 3e-4 * V, G, 100 * V), scaled("2")),
    "no penalty": (loss(2 * G, G), None),
    "hardly more than rounding": (loss(ROUNDED, G, NEARLY), None),
    "data that are all the same": (loss(np.full(5, 2.0) + V, np.ones(5)), None),
    "four numbers": (loss(2 * G[:4] + V[:4], G[:4], V[:4]), None),
    "not a sum of the two": (loss(2 * G + V**2, G), None),
    "below two numbers": (loss(2 * G + 0.3 * V, G, dout=np.ones(2)), None),
}
D = drawn(5, 7, seed=2)
OVERWRITTEN, TWICE = ("overwritten-branch", {}), ("counted-twice", {})
THROUGH = ("handed-through", {})
BRANCHES = {
    "dout itself": (case(D, R, dout=D), THROUGH),
    "dout missing": (case(R - D, R, dout=D), OVERWRITTEN),
    "dout twice": (case(R + D, R, dout=D), TWICE),
    "another gradient missing": (case(R - M, R, dout=D, others={"dw": G, "db": M}), OVERWRITTEN),
    "another gradient twice": (case(R + M, R, dout=D, others={"dw": G, "db": M}), TWICE),
    "another gradient two times too often": (case(R + 2 * M, R, dout=D, others={"db": M}), None),
    "right": (case(R, R, dout=D), None),
    "one number": (case([2.0], [3.0], dout=ONE), None),
    "one number, dout itself": (case([1.0], [3.0], dout=ONE), None),
    "below a loss": (case(G - 1, G, dout=np.ones(1), others={"db": np.ones(5)}), None),
    "another shape": (case((R - D)[None], R, dout=D), None),
}


def term(mistake, what):
    return (mistake, {"what": what})


LEVELS = np.array([1.0, -2, 0.5, 3, -1])[:, None]
SLOPES = np.array([0.3, 1.5, -2, 0.7, 1])[:, None]
CUBE, ALONG = drawn(3, 4, 5), drawn(3, 4, 5, seed=1)
CHANNELS = np.arange(1.0, 5)[:, None]
LEVEL_OF_COLUMNS = np.arange(7.0) - 2.5
FIRST_TWO, FIRST_THREE = np.arange(7) < 2, np.arange(7) < 3
LEVEL_ROW = np.where(np.arange(5)[:, None] == 1, 2.0, M)
STATISTICS = {
    "a number for each row": (case(R - LEVELS, R, x=M), term("mean-term", "row")),
    "a number for each column": (
        case(R - LEVEL_OF_COLUMNS, R, x=M),
        term("mean-term", "column"),
    ),
    "a number for each channel": (
        case(CUBE - CHANNELS, CUBE, x=ALONG),
        term("mean-term", "line along axis 0"),
    ),
    "a line for each row": (
        case(R - LEVELS - SLOPES * M, R, x=M),
        term("spread-term", "row"),
    ),
    "a line for each row, of which one is level": (
        case(R - LEVELS - SLOPES * LEVEL_ROW, R, x=LEVEL_ROW),
        term("spread-term", "row"),
    ),
    "a multiple of x for each row": (case(R - SLOPES * M, R, x=M), term("spread-term", "row")),
    "a multiple of the output for each row": (
        case(R - SLOPES * D, R, x=M, out=D),
        term("shared-term", "row"),
    ),
    "the same, without an output of that shape": (case(R - SLOPES * D, R, x=M, out=G), None),
    "one line for all": (case(R - 2 - 3 * M, R, x=M), None),
    "rows of three, a number each": (
        case((R - LEVELS)[:, :3], R[:, :3], x=M[:, :3]),
        term("mean-term", "row"),
    ),
    "rows of three, a line each": (
        case((R - LEVELS - SLOPES * M)[:, :3], R[:, :3], x=M[:, :3]),
        None,
    ),
    "rows of four, a line each": (
        case((R - LEVELS - SLOPES * M)[:, :4], R[:, :4], x=M[:, :4]),
        term("spread-term", "row"),
    ),
    "rows of two": (case((R - LEVELS)[:, :2], R[:, :2], x=M[:, :2]), None),
    "two rows": (case((R - LEVELS)[:2], R[:2], x=M[:2]), term("mean-term", "row")),
    "small numbers": (case(1e-4 * (R - LEVELS), 1e-4 * R, x=M), term("mean-term", "row")),
    "one row of four": (case((R - LEVELS)[:1, :4], R[:1, :4], x=M[:1, :4]), None),
    "one row": (case((R - LEVELS - SLOPES * M**2)[:1], R[:1], x=M[:1]), None),
    "x without a spread": (case(R - LEVELS, R, x=np.ones((5, 7))), None),
    "right and wrong both of that form": (case(LEVELS + 0 * R, 5 * LEVELS**2 + 0 * R, x=M), None),
    "two rows of five": (case(R - LEVELS * np.eye(5)[:2].sum(0)[:, None], R, x=M), None),
    "two rows of four": (
        case((R - LEVELS * [[1], [1], [0], [0], [0]])[:4], R[:4], x=M[:4]),
        term("mean-term", "row"),
    ),
    "three rows of five": (
        case(R - LEVELS * np.eye(5)[:3].sum(0)[:, None], R, x=M),
        term("mean-term", "row"),
    ),
    "two entries of each row": (case(R - SLOPES * M * FIRST_TWO, R, x=M * FIRST_TWO), None),
    "three entries of each row": (
        case(R - SLOPES * M * FIRST_THREE, R, x=M * FIRST_THREE),
        term("spread-term", "row"),
    ),
    "no pattern": (case(R - D, R, x=M), None),
    "a vector": (case(G - V**2, G, x=V), None),
    "another shape": (case((R - LEVELS)[None], R, x=M), None),
}
INPUTS = {"w": M, "b": G}
MULTIPLES = {
    "of x": (case(R + 0.3 * D, R, x=D), term("extra-multiple", "x")),
    "of the output": (case(R - 2 * D, R, out=D), term("extra-multiple", "the output")),
    "of another input": (case(R + 0.3 * M, R, inputs=INPUTS), term("extra-multiple", "w")),
    "of nothing at hand": (case(R + 0.3 * D, R, inputs=INPUTS), None),
    "another shape": (case((R + 0.3 * D)[None], R, x=D), None),
}
Y = np.array([0, 3, 1, 6, 2])
OWN = np.zeros((5, 7), dtype=bool)
OWN[np.arange(5), Y] = True
COLUMNS_OF_ALL = np.isin(np.arange(7), Y) & ~OWN
THIRD = np.arange(5)[:, None] == 2
WRONG_ROW = np.where(THIRD, np.isin(np.arange(7), Y), OWN & ~THIRD)


def labelled(yours, right=R, y=Y, **known):
    return case(yours, right, labels={"z": np.arange(3), "y": y}, **known)


AT, BY_ROW = ("at-labels", {"other": "y"}), ("label-rows", {"other": "y"})
BY_FACTOR = ("row-factor-at-labels", {"other": "y"})


def of_others(c):
    return ("one-term-at-labels", {"other": "y", "c": c})


LABELS = {
    "the labels' entries": (labelled(R + OWN), AT),
    "all but one of the labels' entries": (labelled(R + OWN * ~THIRD), None),
    "one entry more": (labelled(R + OWN + (np.arange(35) == 1).reshape(5, 7)), BY_ROW),
    "to rounding": (labelled(R + OWN + 1e-9), AT),
    "known to a thousandth only": (labelled(R + OWN + 1e-2, precision=1e-3), AT),
    "the labels' columns": (labelled(R + COLUMNS_OF_ALL), BY_ROW),
    "the labels' columns but one": (labelled(R + COLUMNS_OF_ALL * (np.arange(7) != 6)), None),
    "all but the labels' entries": (labelled(R + ~OWN), None),
    "all labels in one row": (labelled(R + WRONG_ROW), BY_ROW),
    "all labels in one row, another row right": (
        labelled(R + WRONG_ROW * (np.arange(5)[:, None] != 4)), None
    ),
    "all labels in two rows": (labelled(R + (THIRD | THIRD[[1, 2, 3, 4, 0]] | OWN)), None),
    "the others doubled": (labelled(np.where(OWN, R - 1, 2 * R)), of_others("2")),
    "the others over 5": (labelled(np.where(OWN, R + 3, R / 5)), of_others("0.2")),
    "the others of the other sign": (labelled(np.where(OWN, R + 3, -R)), of_others("-1")),
    "the others hardly changed": (labelled(np.where(OWN, R + 3, R * (1 + 5e-6))), None),
    "the others changed a little": (
        labelled(np.where(OWN, R + 3, R * (1 + 2e-5))),
        of_others("1"),
    ),
    "the others doubled, a label right": (
        labelled(np.where(OWN & ~THIRD, R - 1, np.where(OWN, R, 2 * R))),
        None,
    ),
    "the others by row": (labelled(np.where(OWN, R - 1, SLOPES * R)), BY_FACTOR),
    "the others by row, small numbers": (
        labelled(1e-3 * np.where(OWN, R - 1, SLOPES * R), 1e-3 * R),
        BY_FACTOR,
    ),
    "the others by row, four columns": (
        labelled(np.where(OWN, R - 1, SLOPES * R)[:2, :4], R[:2, :4], Y[:2]),
        BY_FACTOR,
    ),
    "the others by row, three columns": (
        labelled(np.where(OWN, R - 1, SLOPES * R)[[0, 2, 4], :3], R[[0, 2, 4], :3], Y[[0, 2, 4]]),
        None,
    ),
    "the others by column": (labelled(np.where(OWN, R - 1, LEVEL_OF_COLUMNS * R)), None),
    "the others without a pattern": (labelled(np.where(OWN, R - 1, D)), None),
    "a row of zeros among the others": (
        labelled(np.where(OWN, R - 1, SLOPES * R * ~THIRD), R * (~THIRD | OWN)),
        None,
    ),
    "two others": (
        labelled(np.where(OWN, R - 1, 2 * R)[:2, :3], R[:2, :3] * [[1], [0]], Y[[0, 0]]),
        None,
    ),
    "four others": (
        labelled(np.where(np.eye(2, 3), R[:2, :3] - 1, 2 * R[:2, :3]), R[:2, :3], np.arange(2)),
        of_others("2"),
    ),
    "after other labels": (case(R + OWN, R, labels={"u": (Y + 1) % 7, "y": Y}), AT),
    "right, one label for all": (labelled(R, y=Y[[1, 1, 1, 1, 1]]), None),
    "two columns": (labelled((R + np.eye(5, 7))[:2, :2], R[:2, :2], np.arange(2)), None),
    "three columns": (labelled((R + np.eye(5, 7))[:2, :3], R[:2, :3], np.arange(2)), AT),
    "one row": (labelled((R + OWN)[:1], R[:1], Y[:1]), None),
    "a negative label": (labelled(R + OWN, y=Y - 7), None),
    "a label too large": (labelled(R + OWN, y=Y + 1), None),
    "labels of another length": (labelled((R + OWN)[:4], R[:4]), None),
    "of nothing": (labelled(1.0 * OWN, 0 * R), AT),
    "right": (labelled(R), None),
    "three axes": (labelled((R + OWN)[None], R[None]), None),
    "another shape": (labelled((R + OWN)[None]), None),
}  # fmt: skip
GROUPS = {
    losses.penalty: PENALTIES,
    losses.one_term: TERMS,
    losses.branch: BRANCHES,
    losses.statistics: STATISTICS,
    losses.extra_multiple: MULTIPLES,
    losses.at_labels: LABELS,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "expected"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, expected):
    """Its mistake where the numbers prove it, nothing where they do not."""
    with np.errstate(all="ignore"):
        assert hypothesis(given) == expected
