"""Hypotheses on the arrays at hand: masks, slopes, factors and products, and what proves none."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_arrays as arrays

X, D = drawn(5, 7), drawn(5, 7, seed=1)
ON = X > 0
V = np.array([1.0, -2, 3, -4])


def logistic(z):
    return 1 / (1 + np.exp(-z))


def only(a, *places):
    """An array that is zero elsewhere."""
    return np.where(np.isin(np.arange(a.size).reshape(a.shape), places), a, 0.0)


def gated(yours, right=None, **known):
    """A gate: dout where x is positive."""
    return case(yours, D * ON if right is None else right, **({"x": X, "dout": D} | known))


MISSING, INVERTED, BEYOND = "mask-missing", "mask-inverted", "overreached"
FROM_GRADIENT, FROM_OTHER = "mask-from-gradient", "mask-from-other"
B = drawn(5, 7, seed=2)
# Arrays whose gates are within the right one.
WITHIN = np.where(ON, np.round(B), -1)
BEYOND_ONE = np.where(ON, 1.5 * B, 0)
BETWEEN = np.where(ON, 0.5 + 0.4 * np.tanh(B), 0.3)
DV = np.array([1.0, -2, 3, -4, 5, -6, 7, 8])
MASKS = {
    "none": (gated(D), MISSING),
    "none, and other numbers": (gated(np.where(ON, D, 5.0)), MISSING),
    "the other side": (gated(D * ~ON), INVERTED),
    "from the gradient": (gated(D * (D > 0)), FROM_GRADIENT),
    "from an array that is not at hand": (gated(D * (B > 0)), FROM_OTHER),
    **{
        f"less than it should, where b {what}": (gated(D * gate, inputs={"b": b}), FROM_OTHER)
        for what, b, gate in (
            ("> 0", WITHIN, WITHIN > 0),
            (">= 0", WITHIN, WITHIN >= 0),
            ("< 0", -WITHIN, -WITHIN < 0),
            ("> 1 or < -1", BEYOND_ONE, np.abs(BEYOND_ONE) > 1),
            ("> the mean", BETWEEN, BETWEEN.mean() < BETWEEN),
        )
    },
    **{
        f"less than it should, where b {what} to the digit": (
            case(DV * gate, DV * (np.arange(8) < 6), dout=DV, inputs={"b": np.array(b)}),
            FROM_OTHER,
        )
        for what, b, gate in (
            (">= 0", [-1, 0, 0, 9, 9, 9, -1, -1], [0, 1, 1, 1, 1, 1, 0, 0]),
            ("> 1 or < -1", [1, -1, 2, -2, 3, 1, 0, 1], [0, 0, 1, 1, 1, 0, 0, 0]),
            (
                "> the mean",
                [0.25, 0.75, 0.75, 0.75, 0.25, 0.25, 0.5, 0.5],
                [0, 1, 1, 1, 0, 0, 0, 0],
            ),
        )
    },
    "from an array of another shape": (
        gated(D * (B[:1] > 0) * ON, inputs={"b": B[:1], "c": B[:0]}),
        None,
    ),
    "less than it should": (gated(D * ON * (B > 0)), None),
    "no gate": (gated(D * (B > 0), B * ON, inputs={"b": B}), None),
    "right": (gated(D * ON), None),
    "one entry shut": (case([1.0, 2, 3, 4], [1.0, 2, 3, 0]), None),
    "two entries shut": (case([1.0, 2, 3, 4], [1.0, 2, 0, 0]), MISSING),
    "three entries": (case([1.0, 2, 3], [1.0, 0, 0]), None),
    "all shut": (case(V, 0 * V), None),
    "beyond in one of two": (case([1.0, 2, 3, 0], [1.0, 2, 0, 0]), BEYOND),
    "beyond, and wrong elsewhere": (case([1.0, 5, 3, 0], [1.0, 2, 0, 0]), None),
    "on both sides": (case([1.0, 0, 3, 4], [1.0, 2, 0, 0]), None),
    "another shape": (case([V], V * [1, 1, 0, 0]), None),
    "of an upstream gradient of another shape": (
        case([5.0, 0, 3, 0], [1.0, 2, 0, 0], dout=np.ones(3)),
        None,
    ),
}
S, T = logistic(X), np.tanh(X)


def sigmoid(yours, **known):
    return case(yours, D * S * (1 - S), **({"x": X, "dout": D, "out": S} | known))


def tanh(yours, **known):
    return case(yours, D * (1 - T**2), **({"x": X, "dout": D, "out": T} | known))


OF_ACTIVATION, OF_INPUT, OTHER = (
    "derivative-of-activation",
    "derivative-of-input",
    "sigmoid-for-tanh",
)
P = np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True)
JP = P * (D - (D * P).sum(axis=-1, keepdims=True))
LARGE = 2 + np.abs(X)


def log(yours, shift=0.5, right=None, rows=5, **known):
    x, d = LARGE[:rows], D[:rows]
    right = d / (x + shift) if right is None else right
    return case(yours[:rows], right, **({"x": x, "dout": d, "out": np.log(x + shift)} | known))


HUGE = 1000 + LARGE


def few(rows, columns):
    """The derivative of log(x + 1) without its shift, of a few numbers."""
    x, d = LARGE[:rows, :columns], D[:rows, :columns]
    return case(d / x, d / (x + 1), x=x, dout=d, out=np.log(x + 1))


ACTIVATIONS = {
    "of the sigmoid": (sigmoid(D * logistic(S) * (1 - logistic(S))), OF_ACTIVATION),
    "of the sigmoid's input": (sigmoid(D * X * (1 - X)), OF_INPUT),
    "of tanh for the sigmoid": (sigmoid(D * (1 - S**2)), OTHER),
    "of the sigmoid, and right": (sigmoid(D * S * (1 - S)), None),
    "of tanh": (tanh(D * (1 - np.tanh(T) ** 2)), OF_ACTIVATION),
    "of tanh's input": (tanh(D * (1 - X**2)), OF_INPUT),
    "of the sigmoid for tanh": (tanh(D * T * (1 - T)), OTHER),
    "of the sigmoid at tanh's input": (tanh(D * S * (1 - S)), OTHER),
    "of tanh, and right": (tanh(D * (1 - T**2)), None),
    "of something else": (case(D * (1 - T**2), D * X, x=X, dout=D, out=T), None),
    "of softmax, its diagonal": (case(D * P * (1 - P), JP, x=X, dout=D, out=P), "softmax-diagonal"),
    "of something that adds up to more": (case(D * T * (1 - T), JP, x=X, dout=D, out=T), None),
    "of one number": (case(0.25, 0.1, x=np.array(0), dout=np.array(1), out=np.array(0.5)), None),
    "of a logarithm, without its shift": (log(D / LARGE), "shift-missing"),
    "of a logarithm of four numbers": (few(2, 2), "shift-missing"),
    "of a logarithm of three numbers": (few(1, 3), None),
    "of a logarithm of large numbers, to rounding": (
        log(D / HUGE, right=D / (HUGE + 0.5 + 2e-4 * np.tanh(B)), x=HUGE),
        "shift-missing",
    ),
    "of a logarithm, with another shift": (log(D / (LARGE + 1)), None),
    "of a logarithm without a shift": (log(D / LARGE, 0.0), None),
    "of a logarithm, with a shift that is no one number": (
        log(D / LARGE, right=D / (LARGE + 0.1 * B)),
        None,
    ),
    "another output": (sigmoid(D * X * (1 - X), out=S[:1]), None),
    "another upstream gradient": (sigmoid(D * X * (1 - X), dout=D[:1]), None),
    "another shape": (sigmoid((D * X * (1 - X))[None]), None),
    "nothing": (case([], []), None),
}  # fmt: skip
OUT = drawn(5, 7, seed=3)
ROW, COLUMN = drawn(7), drawn(5, seed=4)
G = drawn(5, 7, seed=5)
HAND = {"x": X, "dout": D, "out": OUT, "inputs": {"w": ROW, "v": COLUMN, "one": np.ones(7)}}


def factored(yours, right=G, **known):
    return case(yours, right, **(HAND | known))


def at_hand(what):
    return ("factor-at-hand", {"what": what})


CUBE, ALIKE, W4 = drawn(3, 4, 5), drawn(3, 3, 5), np.array([2, 3, 5, 7])
FACTORS = {
    "the output": (factored(G * OUT), at_hand("the output")),
    "over the output": (factored(G / OUT), at_hand("the output")),
    "dout": (factored(G * D), at_hand("dout")),
    "x": (factored(G * X), at_hand("x")),
    "x in small units": (factored(1e-4 * G * X, x=1e-4 * X), at_hand("x")),
    "x squared": (factored(G * X**2), at_hand("x")),
    "one less x": (factored(G * (1 - X)), at_hand("x")),
    "one less x squared": (factored(G / (1 - X**2)), at_hand("x")),
    "x less its square": (factored(G * (X - X**2)), at_hand("x")),
    "the size of x": (factored(G * np.abs(X)), at_hand("x")),
    "the sign of x": (factored(G * np.sign(X)), at_hand("x")),
    "x cubed": (factored(G * X**3), None),
    "a row": (factored(G * ROW), at_hand("w")),
    "a column": (factored(G * COLUMN[:, None]), at_hand("v")),
    "a column of two axes": (
        factored(G * COLUMN[:, None], inputs={"w": COLUMN[:, None]}),
        at_hand("w"),
    ),
    "a row of two": (
        case(G[:, :2] * W4[:2], G[:, :2], inputs={"w": W4[:2]}),
        at_hand("w"),
    ),
    "a row of a square": (
        factored(G[:, :5] * COLUMN, G[:, :5], x=X[:, :5], dout=ROW, out=ROW),
        at_hand("v"),
    ),
    "a column of a square": (
        factored(G[:, :5] * COLUMN[:, None], G[:, :5], x=X[:, :5], dout=ROW, out=ROW),
        None,
    ),
    "samples of three axes": (
        case(CUBE * V[:3, None, None], CUBE, inputs={"w": V[:3]}),
        at_hand("w"),
    ),
    "samples of three axes, two of them of one length": (
        case(ALIKE * V[:3, None, None], ALIKE, inputs={"w": V[:3]}),
        at_hand("w"),
    ),
    "a vector's own": (case(V * W4, V, inputs={"w": W4}), at_hand("w")),
    "an array with an axis more": (
        factored(G * ROW, inputs={"w": ROW[None, None]}),
        None,
    ),
    "an array that is everywhere the same": (factored(3 * G, inputs={"w": 0 * ROW + 3}), None),
    "a single number": (factored(3 * G, inputs={"w": np.array([3.0])}), None),
    "over an array with a zero": (
        factored(G * ROW, inputs={"z": ROW - ROW[0], "w": ROW}),
        at_hand("w"),
    ),
    "three numbers": (case((V * W4)[:3], V[:3], inputs={"w": W4[:3]}), None),
    "right": (factored(G), None),
    "another shape": (factored((G * OUT)[None]), None),
}  # fmt: skip
DIAGONAL = np.diag(np.arange(1.0, 8))
X7, D7, O7 = drawn(7, seed=6), drawn(7, seed=7), drawn(7, seed=8)


def local(yours, J=DIAGONAL, **known):
    return case(yours, D7 * np.diag(DIAGONAL), **({"x": X7, "dout": D7, "out": O7, "J": J} | known))


OFF = DIAGONAL + np.eye(7, k=3)
LOCAL = {
    "a polynomial in x": (local(D7 * (2 - X7 + 3 * X7**2)), "local-slope"),
    "a polynomial in the output": (local(D7 * (2 - O7 + 3 * O7**2)), "local-slope"),
    "a polynomial of a higher degree": (local(D7 * X7**3), None),
    "no elementwise step": (local(D7 * X7, OFF), None),
    "a step that costs too much": (local(D7 * X7, None), None),
    "six numbers": (
        case(*(a[:6] for a in (D7 * X7, D7)), x=X7[:6], dout=D7[:6], out=O7[:6], J=np.eye(6)),
        None,
    ),
    "another output": (local(D7 * X7, out=O7[:6]), None),
    "another upstream gradient": (local(D7 * X7, dout=D7[:6]), None),
    "another shape": (local((D7 * X7)[None]), None),
}
GROUPS = {
    arrays.mask: MASKS,
    arrays.activation: ACTIVATIONS,
    arrays.factor_at_hand: FACTORS,
    arrays.local_slope: LOCAL,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "expected"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, expected):
    """Its mistake where the numbers prove it, nothing where they do not."""
    with np.errstate(all="ignore"):
        found = hypothesis(given)
    assert found == ((expected, {}) if isinstance(expected, str) else expected)
