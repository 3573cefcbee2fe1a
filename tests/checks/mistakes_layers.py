"""Students' mistakes in gates, activations, losses and normalisation, in code of our own.

Offers `LAYER_ROWS`, rows of `mistakes_sums.Row`.
"""

from __future__ import annotations

import numpy as np
import zoo as z
import zoo_nets as nets
from mistakes_sums import REG, Row, relu_row
from zoo import drawn

EPS = 0.01


def logistic(x):
    return 1 / (1 + np.exp(-x))


def normalised(e):
    return e / e.sum(axis=1, keepdims=True)


def hinge(s, t):
    """The mean of max(0, 1 - t s) for labels t of -1 and 1."""
    return np.maximum(0, 1 - t * s).mean(), (s, t)


def signs(rng):
    return rng.normal(size=31) * 2, rng.choice([-1, 1], size=31)


def gate(x, a):
    """x passes where a is positive."""
    return x * (a > 0), (x, a)


def layer(x, W):
    h = x @ W
    return np.maximum(h, 0), (x, W, h)


def layer_row(what, change, mistake):
    """A dense ReLU layer: change(dout, h) stands for dout * (h > 0)."""

    def backward(dout, cache):
        x, W, h = cache
        dh = change(dout, h)
        return dh @ W.T, x.T @ dh

    inputs = drawn((5, 7), (7, 3))
    return Row("ReLU and max", f"{what}, before a matmul", layer, backward, inputs, {"": mistake})


def elementwise(family, what, forward, wrong, mistake):
    def backward(dout, cache):
        return wrong(dout, cache)

    return Row(family, what, forward, backward, drawn((5, 7)), {"dx": mistake})


def cross_entropy(family, what, change, mistake, forward=nets.softmax_ce_forward):
    """The mean cross-entropy of scores; change(p, y, rows) is n times the wrong gradient."""

    def backward(dout, cache):
        p, y = cache
        return change(p.copy(), y, np.arange(len(y))) * dout / len(y)

    return Row(family, what, forward, backward, nets.scores_and_labels, {"dscores": mistake})


def less_one(p, rows, y, by=1.0):
    p[rows, y] -= by
    return p


def again(p):
    return normalised(np.exp(p))


def edits_probabilities(scores, y):
    """The loss subtracts the ones in place; the backward pass subtracts them again."""
    value, (p, y) = nets.softmax_ce_forward(scores, y)
    p[np.arange(len(y)), y] -= 1
    return value, (p, y)


def over_the_batch(scores, y):
    value, (_, y) = nets.softmax_ce_forward(scores, y)
    return value, (np.exp(scores) / np.exp(scores).sum(), y)


def in_log10(scores, y):
    value, cache = nets.softmax_ce_forward(scores, y)
    return value / np.log(10), cache


def unshifted(scores, y):
    """Softmax without the shift by the row's maximum."""
    p = normalised(np.exp(scores))
    safe = nets.softmax_ce_forward(scores, y)[0]
    return safe, (p, y)


def large_scores(rng):
    scores, y = nets.scores_and_labels(rng)
    return 1000 + scores, y


def without_catch(forward):
    """The student's forward, its warnings left to the reader."""

    def quiet(*inputs):
        with np.errstate(all="ignore"):
            return forward(*inputs)

    return quiet


def zero_probability(p):
    with np.errstate(all="ignore"):
        return -(0.5 * np.log(p)).sum(), p


def ridge(W, b, x, t):
    """Half the summed squares of x W + b - t, and the penalty on W."""
    r = x @ W + b - t
    return (r**2).sum() / 2 + REG / 2 * (W**2).sum(), (W, b, x, r)


def ridge_backward(dout, cache):
    W, _, x, r = cache
    return dout * (x.T @ r + REG * W), dout * r.sum(0), dout * (r @ W.T), -dout * r


RIDGE = drawn((7, 3), (3,), (5, 7), (5, 3))


def penalty_row(what, mistake, dW=lambda W: 0 * W, db=lambda b: 0 * b, forward=ridge):
    """Ridge regression in which dW or db has too much of something, or too little."""

    def backward(dout, cache):
        right = ridge_backward(dout, cache)
        return right[0] + dout * dW(cache[0]), right[1] + dout * db(cache[1]), *right[2:]

    return Row("regularisation", what, forward, backward, RIDGE, mistake)


def crossed(W, b, x, t):
    """The penalty as sum(W.T @ W), which multiplies every column with every other."""
    r = x @ W + b - t
    return (r**2).sum() / 2 + REG / 2 * np.sum(W.T @ W), (W, b, x, r)


def two_parts(W1, W2, x):
    """A net of two linear layers, both penalised."""
    h = x @ W1
    loss = (h @ W2).sum() + REG / 2 * ((W1**2).sum() + (W2**2).sum())
    return loss, (W1, W2, x, h)


def one_layer_unpenalised(dout, cache):
    W1, W2, x, h = cache
    ones = np.ones((len(x), W2.shape[1]))
    dW1 = x.T @ ones @ W2.T + REG * W1
    return dout * dW1, dout * (h.T @ ones), dout * (ones @ W2.T @ W1.T)


def norm_row(what, change, mistake):
    """Normalisation of columns: change(dout, xhat, std) is dx."""

    def backward(dout, cache):
        xhat, gamma, std = cache
        right = z.batchnorm_backward(dout, cache)
        return change(dout * gamma, xhat, std), right[1], right[2]

    make = drawn((11, 3), (3,), (3,))
    return Row("normalisation", what, z.batchnorm_forward, backward, make, {"dx": mistake})


def own_term(d, xhat, std):
    n = len(d)
    return d * (1 - 1 / n - xhat**2 / n) / std


def scaled_channels(x, gamma):
    """x (N, C, H, W), one factor for each channel."""
    return x * gamma[:, None, None], (x, gamma)


LAYER_ROWS = [
    relu_row(
        "ReLU and max", "mask from the gradient", lambda d, x: d * (d > 0), "mask-from-gradient"
    ),
    relu_row(
        "ReLU and max",
        "mask from a buffer",
        lambda d, x: d * (np.zeros(x.shape) >= 0),
        "mask-missing",
    ),
    Row(
        "ReLU and max",
        "mask from another tensor",
        gate,
        lambda d, c: (d * (c[0] > 0), 0 * c[1]),
        drawn((5, 7), (5, 7)),
        {"dx": "mask-from-other"},
    ),
    relu_row("ReLU and max", "mask inverted", lambda d, x: d * (x < 0), "mask-inverted"),
    Row(
        "ReLU and max",
        "mask keeps negative margins",
        hinge,
        lambda d, c: -d * c[1] / 31,
        signs,
        {"ds": "mask-missing"},
    ),
    Row(
        "ReLU and max",
        "np.max for np.maximum, in the backward pass",
        z.relu_forward,
        lambda d, x: d * np.max(x > 0, 0),
        drawn((11, 5)),
        {"dx": "mask-missing"},
    ),
    Row(
        "ReLU and max",
        "max routes to every branch",
        z.maximum_forward,
        lambda d, c: (1 * d, 1 * d),
        drawn((5, 7), (5, 7)),
        {"": "mask-missing"},
    ),
    layer_row("mask missing", lambda d, h: d, "mask-missing"),
    layer_row("mask from the gradient", lambda d, h: d * (d > 0), "mask-from-gradient"),
    layer_row("mask inverted", lambda d, h: d * (h < 0), "mask-inverted"),
    elementwise(
        "activations",
        "sigmoid' of the activation",
        z.sigmoid_forward,
        lambda d, s: d * logistic(s) * (1 - logistic(s)),
        "derivative-of-activation",
    ),
    elementwise(
        "activations",
        "tanh' of the activation",
        z.tanh_forward,
        lambda d, t: d * (1 - np.tanh(t) ** 2),
        "derivative-of-activation",
    ),
    elementwise(
        "activations",
        "softplus' of the activation",
        lambda x: (np.log1p(np.exp(x)), np.log1p(np.exp(x))),
        lambda d, a: d * logistic(a),
        "derivative-of-activation",
    ),
    elementwise(
        "activations",
        "z (1 - z) for s (1 - s)",
        lambda x: (logistic(x), x),
        lambda d, x: d * x * (1 - x),
        "derivative-of-input",
    ),
    elementwise(
        "activations",
        "sigmoid' used for tanh",
        z.tanh_forward,
        lambda d, t: d * t * (1 - t),
        "sigmoid-for-tanh",
    ),
    elementwise(
        "activations",
        "sigmoid applied twice",
        lambda x: (logistic(x), logistic(logistic(x))),
        lambda d, s: d * s * (1 - s),
        "derivative-of-activation",
    ),
    Row(
        "activations",
        "sigmoid applied twice, below a loss",
        lambda x, t: (np.mean(np.log1p(np.exp(x)) - t * x), (logistic(logistic(x)), t)),
        lambda d, c: (c[0] - c[1]) * d / 11,
        lambda rng: (rng.normal(size=11), rng.integers(0, 2, size=11)),
        {"dx": "applied-twice"},
    ),
    penalty_row("factor 2", {"dW": "penalty-too-large"}, lambda W: REG * W),
    penalty_row("factor 1/2", {"dW": "penalty-too-small"}, lambda W: -REG / 2 * W),
    penalty_row(
        "in the loss but not in the gradient", {"dW": "penalty-too-small"}, lambda W: -REG * W
    ),
    penalty_row(
        "in the gradient but not in the loss",
        {"dW": "penalty-too-large"},
        forward=lambda W, b, x, t: (((x @ W + b - t) ** 2).sum() / 2, (W, b, x, x @ W + b - t)),
    ),
    penalty_row("without the factor reg", {"dW": "penalty-too-large"}, lambda W: (1 - REG) * W),
    penalty_row("on the bias", {"db": "penalty-too-large"}, db=lambda b: REG * b),
    Row(
        "regularisation",
        "missing on one layer",
        two_parts,
        one_layer_unpenalised,
        drawn((7, 5), (5, 3), (2, 7)),
        {"dW2": "penalty-too-small"},
    ),
    penalty_row(
        "sum(W.T @ W) for sum(W * W), in the loss", {"dW": "penalty-cross-terms"}, forward=crossed
    ),
    penalty_row(
        "sum(W.T @ W) for sum(W * W), in the gradient",
        {"dW": "penalty-cross-terms"},
        lambda W: REG * (W.sum(axis=1, keepdims=True) - W),
    ),
    Row(
        "softmax and logs",
        "no max shift",
        without_catch(unshifted),
        nets.softmax_ce_backward,
        large_scores,
        {"dx0": "not-finite"},
    ),
    cross_entropy(
        "softmax and logs",
        "normalised over the whole batch",
        lambda p, y, rows: less_one(p, rows, y),
        "row-factor-at-labels",
        over_the_batch,
    ),
    cross_entropy(
        "softmax and logs",
        "softmax applied twice",
        lambda p, y, rows: less_one(again(p), rows, y),
        "applied-twice",
    ),
    elementwise(
        "softmax and logs",
        "diagonal of the Jacobian only",
        z.softmax_forward,
        lambda d, p: d * p * (1 - p),
        "softmax-diagonal",
    ),
    Row(
        "softmax and logs",
        "log(0) in the gradient",
        lambda p: ((p**2).sum(), p),
        without_catch(lambda d, p: d * (2 * p + 0 * np.log(p * (p > 1)))),
        drawn((7,)),
        {"dp": "not-finite"},
    ),
    Row(
        "softmax and logs",
        "eps in the log but not in the gradient",
        lambda p: (np.log(p + EPS), p),
        lambda d, p: d / p,
        lambda rng: (rng.uniform(0.1, 1, size=(5, 3)),),
        {"dp": "shift-missing"},
    ),
    cross_entropy(
        "softmax and logs",
        "log10",
        lambda p, y, rows: less_one(p, rows, y),
        "factor-ln10",
        in_log10,
    ),
    cross_entropy(
        "averaging",
        "1/N on one of two terms",
        lambda p, y, rows: less_one(p * len(y), rows, y),
        "one-term-at-labels",
    ),
    cross_entropy(
        "labels", "off by one", lambda p, y, rows: less_one(p, rows, y - 1), "labels-shifted"
    ),
    cross_entropy("labels", "wrong row index", lambda p, y, rows: less_one(p, 0, y), "label-rows"),
    cross_entropy(
        "labels",
        "every row for every label",
        lambda p, y, rows: less_one(p, slice(None), y),
        "label-rows",
    ),
    cross_entropy(
        "labels",
        "labels of the rows reversed",
        lambda p, y, rows: less_one(p, rows, y[::-1]),
        "labels-elsewhere",
    ),
    cross_entropy(
        "labels",
        "the loss edits probs in place",
        lambda p, y, rows: less_one(p, rows, y),
        "at-labels",
        edits_probabilities,
    ),
    norm_row("mean and variance constant", lambda d, xhat, std: d / std, "spread-term"),
    norm_row(
        "mean constant",
        lambda d, xhat, std: (d - xhat * (d * xhat).mean(axis=0)) / std,
        "mean-term",
    ),
    norm_row("variance constant", lambda d, xhat, std: (d - d.mean(axis=0)) / std, "spread-term"),
    norm_row("only the sample's own term", own_term, "diagonal-only"),
    norm_row(
        "Bessel mixed with biased",
        lambda d, xhat, std: (d - d.mean(axis=0) - xhat * (d * xhat).sum(axis=0) / 10) / std,
        "spread-term",
    ),
    Row(
        "normalisation",
        "spatial mean for sum",
        scaled_channels,
        lambda d, c: (d * c[1][:, None, None], (d * c[0]).mean(axis=(2, 3)).sum(axis=0)),
        drawn((2, 3, 5, 7), (3,)),
        {"dgamma": "factor-count"},
    ),
]
