"""Hypotheses on matrix products and on the signal inside a net, and what proves neither."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_signals as signals
from gradelib.checks.mistakes.hypotheses_arrays import matrix_product

X, W, B, D = drawn(5, 7), drawn(7, 3), drawn(3), drawn(5, 3)
Z = X @ W
ON = Z > 0


def logistic(z):
    return 1 / (1 + np.exp(-z))


def of_bias(yours, **known):
    """The gradient of the bias of a tanh layer."""
    right = (D * (1 - np.tanh(Z) ** 2)).sum(axis=0)
    return case(
        yours, right, **({"x": B, "dout": D, "out": np.tanh(Z), "inputs": {"x": X, "w": W}} | known)
    )


def of_weights(yours, right, **known):
    return case(
        yours, right, **({"x": W, "dout": D, "out": np.maximum(Z, 0), "inputs": {"x": X}} | known)
    )


def of_inputs(yours, right, **known):
    return case(
        yours, right, **({"x": X, "dout": D, "out": np.maximum(Z, 0), "inputs": {"w": W}} | known)
    )


def of_square(yours, right):
    return case(yours, right, x=drawn(4, 4, seed=2), dout=SD, out=SD, inputs={"s": S})


def of_second(yours, right, **known):
    """The gradient of the second of two layers; D5 comes from above."""
    inputs = {"x": X, "w": W} | known.pop("inputs", {})
    return case(yours, right, **({"x": W2, "dout": D4, "out": D4 + 0.5, "inputs": inputs} | known))


W2, D4 = drawn(3, 4), drawn(5, 4)
OUT = np.where(drawn(5, 3, seed=6) > 0, 1.0, 0.0)
S, SD = drawn(4, 4), drawn(4, 4, seed=1)
Q = drawn(5, 7, seed=1)
PRODUCTS = {
    "the bias: dout as it is": (of_bias(D.sum(axis=0)), "signal-unchanged"),
    "the bias: dout with a column": (of_bias(D.T @ X[:, 2]), "matrix-product"),
    "the bias: dout with a column of the layer": (of_bias(D.T @ Z[:, 1]), "matrix-product"),
    "the bias: dout with other rows": (of_bias(D.T @ W[:5, 0]), None),
    "the bias: a whole product": (of_bias(X.T @ D), "matrix-product"),
    "the bias: a whole product, turned over": (of_bias(D.T @ X), "matrix-product"),
    "the bias: dout with itself": (of_bias(D.T @ D), "matrix-product"),
    "the bias: something else": (of_bias(drawn(3, seed=5)), None),
    "the weights: dout as it is": (of_weights(X.T @ D, X.T @ (D * ON)), "mask-missing"),
    "the weights: the mask of dout": (
        of_weights(X.T @ (D * (D > 0)), X.T @ (D * ON)),
        "mask-from-gradient",
    ),
    "the weights: the other side": (of_weights(X.T @ (D * ~ON), X.T @ (D * ON)), "mask-inverted"),
    "the weights: right": (of_weights(X.T @ D, X.T @ D), None),
    "the inputs: dout as it is": (of_inputs(D @ W.T, D * ON @ W.T), "mask-missing"),
    "the inputs: the mask of dout": (
        of_inputs(D * (D > 0) @ W.T, D * ON @ W.T),
        "mask-from-gradient",
    ),
    "the inputs: the other side": (of_inputs(D * ~ON @ W.T, D * ON @ W.T), "mask-inverted"),
    "the inputs: no product": (of_inputs(drawn(5, 7, seed=9), D * ON @ W.T), None),
    "dout in the place of another signal": (
        of_weights(X.T @ D, X.T @ drawn(5, 3, seed=7), out=-np.ones((5, 3))),
        "signal-unchanged",
    ),
    "a gate of the layer itself": (
        of_second(Z.T @ D4, np.maximum(Z, 0).T @ D4),
        "pre-activation",
    ),
    "before tanh": (of_second(Z.T @ D4, np.tanh(Z).T @ D4), "pre-activation"),
    "before the sigmoid": (of_second(Z.T @ D4, logistic(Z).T @ D4), "pre-activation"),
    "without the bias": (of_second(Z.T @ D4, (Z + B).T @ D4, inputs={"b": B}), "other-factor"),
    "with the bias": (of_second((Z + B).T @ D4, Z.T @ D4, inputs={"b": B}), "other-factor"),
    "another factor": (of_weights(Q.T @ D, X.T @ D, inputs={"x": X, "q": Q}), "other-factor"),
    "a factor turned over": (
        of_square(SD @ S, SD @ S.T),
        "factor-transposed",
    ),
    "past the layer": (
        of_square(SD + SD @ S, SD + SD @ S.T),
        "factor-transposed",
    ),
    "a gate that is at hand, past the layer": (
        of_square(SD + SD @ S, SD + (SD * (S > 0)) @ S),
        "mask-missing",
    ),
    "a product of another shape": (of_weights(D.T @ X, drawn(7, 4)), "matrix-product"),
    "no product of another shape": (of_weights(drawn(3, 8), X.T @ D), None),
    "two numbers": (case(D[:2, :2].sum(axis=0), B[:2], dout=D[:2, :2]), None),
    "two numbers of yours": (
        case(X[:, :1].T @ D[:, :2], B, dout=D[:, :2], inputs={"x": X[:, :1]}),
        None,
    ),
    "an upstream vector": (of_bias(B, dout=B), None),
}  # fmt: skip
PRODUCTS["no gate, where the output is zero"] = (
    of_weights(X.T @ D, X.T @ (D * OUT), out=OUT),
    "mask-missing",
)
P = drawn(4, 6)  # of 4 samples, 6 of the hidden layer
U, H, ROW = drawn(4, 5, seed=1), drawn(5, 6, seed=2), drawn(6, seed=3)
PRE = U @ H
R = np.where(drawn(4, 3, seed=4) > 0, drawn(4, 3, seed=5), 0.0)
FULL = drawn(4, 3, seed=5)
SHUT = R == 0
V = drawn(6, 3, seed=6)
TOP = {"x": V, "inputs": {"p": P}}


def below(yours, right=P.T @ R, **known):
    """The gradient of weights above P, for a signal that a gate has let through."""
    return case(yours, right, **(TOP | known))


P5, FULL4 = P[:, :5], drawn(4, 4, seed=5)
R4 = np.where(drawn(4, 4, seed=4) > 0, FULL4, 0.0)
TWICE = P[[0, 0, 2, 3]]
OTHER_SIDE = np.where(SHUT, drawn(4, 3, seed=8), 0.0)
CUT = np.maximum(R, 0) + np.where(SHUT, np.abs(FULL), 0.0)
# As precise as the numbers of `below` are where their last digits are not known.
PRECISION = 1e-6
NOISY = PRECISION * drawn(6, 3, seed=7)
# The first sample is a thousand times as large as the others, its signal as much smaller: what is
# to rounding the same signal is another gradient.
UNEVEN = np.eye(4, 6) * [[1000], [1], [1], [1]]
OPEN = np.array([[1e-3, 1e-3, 1e-3], [1, 2, 0], [0, 1, -1], [1, 0, 1]])
HARDLY = OPEN + [[1e-6, 0, 0]] * np.eye(4)[:, :1]
HIDDEN = {
    "no gate": (below(P.T @ FULL), "mask-missing"),
    "the other side": (below(P.T @ OTHER_SIDE), "mask-inverted"),
    "a gate of the gradient": (below(P.T @ CUT), "mask-from-gradient"),
    "no gate, below a penalty": (
        below(P.T @ FULL + 0.3 * V, P.T @ R + 0.3 * V),
        "mask-missing",
    ),
    "no gate, in large units": (below(1e6 * P.T @ FULL, 1e6 * P.T @ R), "mask-missing"),
    "no gate, within what is known of the numbers": (
        below(P.T @ FULL + NOISY, P.T @ R - NOISY, precision=PRECISION),
        "mask-missing",
    ),
    "no signal where there is one": (below(P.T @ FULL, 0 * V), None),
    "no gate missing, to rounding": (
        below(UNEVEN.T @ HARDLY, UNEVEN.T @ OPEN, inputs={"p": UNEVEN}),
        None,
    ),
    "nowhere negative, and another signal": (below(P.T @ np.abs(drawn(4, 3, seed=9))), None),
    "a gate of the gradient, and negative beyond": (
        below(P.T @ np.where(SHUT, drawn(4, 3, seed=8), np.maximum(R, 0))),
        None,
    ),
    "the other side, but for one entry": (
        below(P.T @ (OTHER_SIDE * (OTHER_SIDE.max() > OTHER_SIDE))),
        None,
    ),
    "a layer that gives one sample twice": (
        below(TWICE.T @ FULL, TWICE.T @ R, inputs={"p": TWICE}),
        None,
    ),
    "another signal": (below(P.T @ drawn(4, 3, seed=9)), None),
    "no signal": (below(drawn(6, 3, seed=9)), None),
    "before an activation": (
        below(PRE.T @ R, np.maximum(PRE, 0).T @ R, inputs={"u": U, "h": H}),
        "pre-activation",
    ),
    "before an activation, below a penalty": (
        below(
            PRE.T @ R + 0.3 * V,
            np.maximum(PRE, 0).T @ R + 0.3 * V,
            inputs={"u": U, "h": H},
        ),
        "pre-activation",
    ),
    "before an activation, beside a matrix that is no factor": (
        below(
            PRE.T @ R, np.maximum(PRE, 0).T @ R, inputs={"q": drawn(4, 5), "u": U, "h": H}
        ),
        "pre-activation",
    ),
    "before tanh": (
        below(PRE.T @ R, np.tanh(PRE).T @ R, inputs={"u": U, "h": H}),
        "pre-activation",
    ),
    "before the sigmoid, with a bias": (
        below((PRE + ROW).T @ R, logistic(PRE + ROW).T @ R, inputs={"u": U, "h": H, "r": ROW}),
        "pre-activation",
    ),
    "before the sigmoid, with a bias of another length": (
        below((PRE + ROW).T @ R, logistic(PRE + ROW).T @ R, inputs={"u": U, "h": H, "r": ROW[:1]}),
        None,
    ),
    "after an activation, no gate": (
        below(np.maximum(PRE, 0).T @ FULL, np.maximum(PRE, 0).T @ R, inputs={"u": U, "h": H}),
        "mask-missing",
    ),
    "one entry shut": (below(P.T @ FULL, P.T @ (FULL * (FULL.max() > FULL))), None),
    "two entries shut": (
        below(P.T @ FULL, P.T @ (FULL * (np.sort(FULL, axis=None)[-2] > FULL))),
        "mask-missing",
    ),
    "right": (below(P.T @ R), None),
    "as many samples as columns": (
        below(P[:, :4].T @ FULL, P[:, :4].T @ R, x=V[:4], inputs={"p": P[:, :4]}),
        None,
    ),
    "three entries to spare": (below(P5.T @ FULL, P5.T @ R, x=V[:5], inputs={"p": P5}), None),
    "four entries to spare": (
        below(P5.T @ FULL4, P5.T @ R4, x=drawn(5, 4, seed=6), inputs={"p": P5}),
        "mask-missing",
    ),
    "a vector": (below(P.T @ FULL[:, 0], P.T @ R[:, 0]), None),
    "another shape": (below((P.T @ FULL)[None]), None),
}  # fmt: skip
SIGNALS = {
    "another signal": (below(P.T @ drawn(4, 3, seed=9)), "other-signal"),
    "another signal, below a penalty": (
        below(P.T @ drawn(4, 3, seed=9) + 0.3 * V, P.T @ R + 0.3 * V),
        "other-signal",
    ),
    "a signal where there is none": (below(P.T @ FULL, 0 * V), "other-signal"),
    "no signal": (below(drawn(6, 3, seed=9)), None),
    "right": (below(P.T @ R), None),
    "right, but not a signal of this layer": (below(P.T @ FULL, drawn(6, 3, seed=9)), None),
}
GROUPS = {
    matrix_product: PRODUCTS,
    signals.hidden_signal: HIDDEN,
    signals.other_hidden_signal: SIGNALS,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "mistake"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, mistake):
    """Its mistake where the numbers prove it, nothing where they do not."""
    with np.errstate(all="ignore"):
        assert hypothesis(given) == (mistake and (mistake, {}))


@pytest.mark.parametrize(("columns", "more"), [(100, 1), (101, 0)])
def test_no_large_pre_activation_is_made(columns, more):
    """Of 100,000 entries at most."""
    given = case([1.0], [2.0], inputs={"a": np.ones((1000, 1)), "b": np.ones((1, columns))})
    assert len([*signals.layer_inputs(given)]) == 2 + more
