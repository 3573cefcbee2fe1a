"""Right losses and a two-layer net, as scalar forwards and as `loss(params) -> (value, grads)`.

Offers softmax cross-entropy, the sum of squares, the net of notebook 04 (affine, ReLU, affine,
softmax cross-entropy, penalty one half reg sum W^2) and wrappers that change scale or precision.
"""

from __future__ import annotations

import numpy as np
from zoo import relu_backward, softmax

REG = 0.3


def softmax_ce_forward(scores, y):
    """scores (N, C), y int (N,) -> the mean cross-entropy."""
    p = softmax(scores)
    rows = np.arange(len(y))
    shifted = scores - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, y]
    return losses.mean(), (p, y)


def softmax_ce_backward(dout, cache):
    p, y = cache
    dscores = p.copy()
    dscores[np.arange(len(y)), y] -= 1
    return dscores * (dout / len(y))


def sum_squares_forward(x):
    return (x**2).sum(), x


def sum_squares_backward(dout, x):
    return 2 * dout * x


def scores_and_labels(rng, n=7, c=5):
    return rng.normal(size=(n, c)), rng.integers(0, c, size=n)


def net_forward(X, W1, b1, W2, b2, y):
    """X (N, D), W1 (D, H), W2 (H, C), y int (N,) -> mean cross-entropy plus penalty."""
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    data, (p, _) = softmax_ce_forward(h @ W2 + b2, y)
    penalty = 0.5 * REG * ((W1**2).sum() + (W2**2).sum())
    return data + penalty, (X, W1, W2, z, h, p, y)


def net_backward(dout, cache):
    """The gradients of X, W1, b1, W2, b2."""
    X, W1, W2, z, h, p, y = cache
    dscores = softmax_ce_backward(dout, (p, y))
    dz = relu_backward(dscores @ W2.T, z)
    dW1 = X.T @ dz + dout * REG * W1
    dW2 = h.T @ dscores + dout * REG * W2
    return dz @ W1.T, dW1, dz.sum(axis=0), dW2, dscores.sum(axis=0)


NET_NAMES = ("X", "W1", "b1", "W2", "b2")


def net_inputs(rng, n=5, d=7, h=11, c=3):
    return (
        rng.normal(size=(n, d)),
        rng.normal(size=(d, h)) / d**0.5,
        0.3 * rng.normal(size=h),
        rng.normal(size=(h, c)) / h**0.5,
        0.3 * rng.normal(size=c),
        rng.integers(0, c, size=n),
    )


def net_loss(forward=net_forward, backward=net_backward, inputs=net_inputs):
    """A maker of (loss, params) out of the net's passes, X and y being data."""

    def make(rng):
        X, W1, b1, W2, b2, y = inputs(rng)
        params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}

        def loss(params):
            value, cache = forward(X, params["W1"], params["b1"], params["W2"], params["b2"], y)
            return value, dict(zip(NET_NAMES[1:], backward(1.0, cache)[1:], strict=True))

        return loss, params

    return make


def blank_sample_inputs(rng):
    """Two samples are all zero and the biases start at 0: hidden units sit exactly on the kink."""
    X, W1, b1, W2, b2, y = net_inputs(rng)
    X = X.copy()
    X[:2] = 0
    return X, W1, 0 * b1, W2, b2, y


def zero_weight_inputs(rng):
    """Every hidden unit of every sample sits on the kink."""
    X, W1, b1, W2, b2, y = net_inputs(rng)
    return X, 0 * W1, 0 * b1, W2, b2, y


def scaled(factor, forward, backward):
    """The same passes with the output multiplied by factor."""

    def scaled_forward(*inputs):
        out, cache = forward(*inputs)
        return factor * out, cache

    def scaled_backward(dout, cache):
        return backward(factor * dout, cache)

    return scaled_forward, scaled_backward


def in_float32(inputs):
    """The same inputs, the floating ones rounded to float32."""

    def make(rng):
        return tuple(
            a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
            for a in inputs(rng)
        )

    return make


def loss_scaled(factor, make):
    """The same loss and gradients times factor."""

    def make_scaled(rng):
        loss, params = make(rng)

        def scaled_loss(params):
            value, grads = loss(params)
            return factor * value, {k: factor * g for k, g in grads.items()}

        return scaled_loss, params

    return make_scaled


def loss_float32(make):
    """The same loss with its parameters in float32."""

    def make_float32(rng):
        loss, params = make(rng)
        return loss, {k: v.astype(np.float32) for k, v in params.items()}

    return make_float32
