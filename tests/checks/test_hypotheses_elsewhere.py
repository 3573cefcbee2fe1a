"""Hypotheses that measure elsewhere: at which inputs a gradient would be right."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_elsewhere as elsewhere

X, OUT, W = drawn(4, 4), drawn(4, 4, seed=1), drawn(4, 4, seed=2)
G = drawn(4, 4, seed=3)
Y = np.array([0, 2, 1, 4])


def where(**wanted):
    """`fits_at` that holds at these inputs alone."""

    def fits(changes):
        return changes.keys() == wanted.keys() and all(
            np.shape(changes[k]) == np.shape(v) and np.allclose(changes[k], v, rtol=1e-12, atol=0)
            for k, v in wanted.items()
        )

    return fits


def asked(fits, yours=G, right=2 * G, **known):
    at_hand = {"x": X, "out": OUT, "inputs": {"w": W}, "labels": {"y": Y}}
    return case(yours, right, fits=fits, **(at_hand | known))


SOFTMAX = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
LOGISTIC = 1 / (1 + np.exp(-X))
VECTOR = np.exp(X[0]) / np.exp(X[0]).sum()


def others(name):
    return {"other": name}


ELSEWHERE = {
    "at the output": (asked(where(x=OUT)), "derivative-of-activation", {}),
    "at an output of another shape": (asked(where(x=OUT[0]), out=OUT[0]), None, None),
    "at an output that is x": (asked(where(x=X), out=X), None, None),
    "at the softmax": (asked(where(x=SOFTMAX)), "applied-twice", {}),
    "at the softmax of a vector": (
        asked(where(x=VECTOR), G[0], 2 * G[0], x=X[0], out=OUT[0]),
        "applied-twice",
        {},
    ),
    "at the sigmoid": (asked(where(x=LOGISTIC)), "applied-twice", {}),
    "at tanh": (asked(where(x=np.tanh(X))), "applied-twice", {}),
    "at large numbers": (asked(where(x=0 * X + 0.25), x=1000 + 0 * X), "applied-twice", {}),
    "at rows far apart": (
        asked(where(x=0 * X + 0.25), x=1000.0 * np.arange(4)[:, None] + 0 * X),
        "applied-twice",
        {},
    ),
    "at any other numbers": (
        asked(lambda changes: not np.array_equal(changes["x"], OUT)),
        "turned-over",
        others("x"),
    ),
    "anywhere between 0 and 1": (
        asked(lambda changes: np.all((changes["x"] > 0) & (changes["x"] < 1))),
        None,
        None,
    ),
    "at x turned over": (asked(where(x=-X)), "turned-over", others("x")),
    "nowhere": (asked(lambda changes: False), None, None),
    "one number": (asked(where(x=-X[:1, 0]), [1.0], [2.0], x=X[:1, 0]), None, None),
    "two numbers": (
        case(G[0, :2], 2 * G[0, :2], x=X[0, :2], out=OUT, fits=where(x=-X[0, :2])),
        "turned-over",
        others("x"),
    ),
    "another shape": (asked(where(x=-X), yours=G[None]), None, None),
}  # fmt: skip
ONE, PAIR = np.array([3.0]), np.array([3.0, 5.0])
ONES = np.ones((4, 4))
DW = drawn(4, 4, seed=4)
SYMMETRIC = W + W.T
INPUTS = {
    "ones": (asked(where(w=ONES)), "input-forgotten", others("w")),
    "ones, which it is": (asked(where(w=ONES), inputs={"w": ONES}), None, None),
    "zeros": (asked(where(w=0 * W)), "input-forgotten", others("w")),
    "zeros, which it is": (asked(where(w=0 * W), inputs={"w": 0 * W}), None, None),
    "another side": (asked(where(w=-W)), "turned-over", others("w")),
    "the transpose": (asked(where(w=W.T)), "factor-transposed", others("w")),
    "the transpose of a long matrix": (
        asked(where(w=W[:3].T), inputs={"w": W[:3]}),
        None,
        None,
    ),
    "the transpose of a symmetric matrix": (
        asked(where(w=SYMMETRIC), inputs={"w": SYMMETRIC}),
        None,
        None,
    ),
    "the transpose of three axes": (
        asked(where(w=W[None].T), inputs={"w": W[None]}),
        None,
        None,
    ),
    **{
        f"one step of {rate}": (
            asked(where(w=W - rate * DW), others={"dw": DW}),
            "updated-input",
            others("w"),
        )
        for rate in (1.0, 0.1, 0.01, 0.001)
    },
    "one step of 0.5": (asked(where(w=W - 0.5 * DW), others={"dw": DW}), None, None),
    "one step of one number": (
        asked(where(w=ONE - 1), inputs={"w": ONE}, others={"dw": ONE / 3}),
        None,
        None,
    ),
    "one step of two numbers": (
        asked(where(w=PAIR - [1, 2]), inputs={"w": PAIR}, others={"dw": np.array([1.0, 2])}),
        "updated-input",
        others("w"),
    ),
    "the second of two": (asked(where(v=-X), inputs={"w": W, "v": X}), "turned-over", others("v")),
    "x transposed": (asked(where(x=X.T)), "factor-transposed", {}),
    "x of a long matrix, transposed": (asked(where(x=X[:3].T), x=X[:3]), None, None),
    "x of three axes, transposed": (asked(where(x=X[None].T), x=X[None]), None, None),
    "nothing": (asked(lambda changes: False), None, None),
    "one number": (asked(where(w=-W), [1.0], [2.0]), None, None),
    "two numbers": (asked(where(w=-W), [1.0, 2], [2.0, 1]), "turned-over", others("w")),
    "another shape": (asked(where(w=-W), yours=G[None]), None, None),
}  # fmt: skip


def labelled(wanted, y=Y, sizes=(7,), **known):
    return asked(where(y=wanted), labels={"z": y[:0], "y": y}, sizes=frozenset(sizes), **known)


SHIFTED, ELSE = "labels-shifted", "labels-elsewhere"
LABELS = {
    "one more, cut": (labelled([1, 3, 2, 4]), SHIFTED, others("y")),
    "one less, cut": (labelled([0, 1, 0, 3]), SHIFTED, others("y")),
    "one more, round": (labelled([1, 3, 2, 0], sizes=(2, 5)), SHIFTED, others("y")),
    "one less, round": (labelled([6, 1, 0, 3]), SHIFTED, others("y")),
    "one less, round the shorter": (labelled([4, 1, 0, 3], sizes=(5, 7)), SHIFTED, others("y")),
    "round a length that is too short": (labelled([1, 3, 2, 0], sizes=(4,)), None, None),
    "round the largest label": (labelled([1, 3, 2, 1], sizes=(4,)), None, None),
    "one more, nowhere round": (labelled([1, 3, 2, 5]), SHIFTED, others("y")),
    "reversed": (labelled([4, 1, 2, 0]), ELSE, others("y")),
    "one place on": (labelled([4, 0, 2, 1]), ELSE, others("y")),
    "one place back": (labelled([2, 1, 4, 0]), ELSE, others("y")),
    "all the same": (labelled([0, 0, 0, 0]), ELSE, others("y")),
    "as they are": (labelled(Y), None, None),
    "reversed, as they are": (labelled([2, 1, 1, 2], np.array([2, 1, 1, 2])), None, None),
    "all the same, as they are": (labelled([2] * 4, np.full(4, 2), ()), None, None),
    "two more": (labelled([2, 4, 3, 6]), None, None),
    "negative labels": (labelled([1, 3, 2, 4], Y - 1), None, None),
    "one number": (labelled([1, 3, 2, 4], yours=[1.0], right=[2.0]), None, None),
    "two numbers": (labelled([1, 3, 2, 4], yours=[1.0, 2], right=[2.0, 1]), SHIFTED, others("y")),
    "another shape": (labelled([1, 3, 2, 4], yours=G[None]), None, None),
}


def crude(off, steps, yours=None, right=G):
    yours = right + off if yours is None else yours
    return case(yours, right, steps=[(name, yours + error) for name, error in steps])


SCALE = np.abs(G).max()
CRUDE = {
    "the quotient": (crude(1e-3 * W, [("one-sided", 0)]), "one-sided", {}),
    "the second quotient": (crude(1e-3 * W, [("one-sided", 1), ("long-step", 0)]), "long-step", {}),
    "within a thousandth": (crude(1e-3 * ONES, [("long-step", 0.9e-6)]), "long-step", {}),
    "beyond a thousandth": (crude(1e-3 * ONES, [("long-step", 1.1e-6)]), None, None),
    "in one entry": (crude(1e-3 * ONES, [("long-step", 1e-4 * np.eye(4))]), None, None),
    "not finite": (crude(1e-3 * W, [("long-step", np.nan), ("one-sided", 0)]), "one-sided", {}),
    "no quotient": (crude(1e-3 * W, []), None, None),
    "off by rounding": (crude(0.9e-9 * SCALE, [("long-step", 0)]), None, None),
    "off by more": (crude(1.1e-9 * SCALE, [("long-step", 0)]), "long-step", {}),
    "off by a third": (crude(0.31 * SCALE, [("long-step", 0)]), None, None),
    "off by less": (crude(0.29 * SCALE, [("long-step", 0)]), "long-step", {}),
    "of zeros": (crude(1e-3 * W, [("long-step", 0)], right=0 * G), None, None),
    "of nothing": (crude(0, [("long-step", 0)], right=G[:0]), None, None),
    "another shape": (crude(0, [("long-step", 0)], (G + 1e-3)[None]), None, None),
}  # fmt: skip
GROUPS = {
    elsewhere.elsewhere: ELSEWHERE,
    elsewhere.other_input: INPUTS,
    elsewhere.other_labels: LABELS,
    elsewhere.crude_difference: CRUDE,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "mistake", "values"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, mistake, values):
    """Its mistake where the numbers prove it, nothing where they do not."""
    with np.errstate(all="ignore"):
        assert hypothesis(given) == (mistake and (mistake, values))
