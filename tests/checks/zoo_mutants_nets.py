"""Wrong gradients of losses and of the two-layer net: none may pass.

Offers `NET_MUTANTS`, for `check_backward` and for `check_loss`.
"""

from __future__ import annotations

import numpy as np
import zoo_nets as nets
from zoo import Case, LossCase
from zoo_mutants_affine import edited
from zoo_nets import REG

CE = (nets.softmax_ce_forward, nets.softmax_ce_backward)


def cross_entropy(name, change, *mistakes, forward=nets.softmax_ce_forward):
    """change(p, y, dout, n) is the wrong gradient by the scores; y are the labels."""

    def wrong(dout, cache):
        p, y = cache
        return change(p.copy(), y, dout, len(y))

    return Case(
        f"softmax cross-entropy: {name}",
        forward,
        wrong,
        nets.scores_and_labels,
        ("scores",),
        mistakes,
        truth=nets.softmax_ce_backward,
    )


def minus_one(p, rows, y):
    p[rows, y] -= 1
    return p


CROSS_ENTROPY_MUTANTS = [
    cross_entropy(
        "mean missing", lambda p, y, d, n: minus_one(p, np.arange(n), y) * d, "not-averaged"
    ),
    cross_entropy(
        "divided twice", lambda p, y, d, n: minus_one(p, np.arange(n), y) * d / n**2, "averaged"
    ),
    cross_entropy(
        "mean over classes", lambda p, y, d, n: minus_one(p, np.arange(n), y) * d / 5, "wrong-count"
    ),
    cross_entropy(
        "labels off by one",
        lambda p, y, d, n: minus_one(p, np.arange(n), (y + 1) % 5) * d / n,
    ),
    cross_entropy("wrong row index", lambda p, y, d, n: minus_one(p, 0, y) * d / n),
    cross_entropy("one-hot missing", lambda p, y, d, n: p * d / n),
    cross_entropy(
        "1/N on one term only", lambda p, y, d, n: (p + minus_one(0 * p, np.arange(n), y) / n) * d
    ),
    cross_entropy("plus one", lambda p, y, d, n: (2 * p - minus_one(p, np.arange(n), y)) * d / n),
    cross_entropy("sign", lambda p, y, d, n: -minus_one(p, np.arange(n), y) * d / n, "sign"),
    cross_entropy(
        "upstream ignored",
        lambda p, y, d, n: minus_one(p, np.arange(n), y) / n,
        "ignored-upstream",
    ),
    cross_entropy(
        "every column of the label",
        lambda p, y, d, n: (p - np.isin(np.arange(5), y)) * d / n,
    ),
]


def log10_forward(scores, y):
    value, cache = nets.softmax_ce_forward(scores, y)
    return value / np.log(10), cache


def stale_probs_forward(scores, y):
    """The cache holds the probabilities of a softmax applied twice."""
    value, (p, y) = nets.softmax_ce_forward(scores, y)
    return value, (nets.softmax(p), y)


def batch_softmax_forward(scores, y):
    """The cache holds probabilities normalised over the whole batch."""
    value, (_p, y) = nets.softmax_ce_forward(scores, y)
    e = np.exp(scores)
    return value, (e / e.sum(), y)


CACHE_MUTANTS = [
    Case(
        f"softmax cross-entropy: {name}",
        forward,
        nets.softmax_ce_backward,
        nets.scores_and_labels,
        ("scores",),
        mistakes,
    )
    for name, forward, mistakes in [
        ("log10 in the forward only", log10_forward, ("factor-ln10",)),
        ("softmax twice", stale_probs_forward, ()),
        ("normalised over the batch", batch_softmax_forward, ()),
    ]
]


def net(name, wrong, *mistakes):
    return Case(
        f"two-layer net: {name}",
        nets.net_forward,
        wrong,
        nets.net_inputs,
        nets.NET_NAMES,
        mistakes,
        truth=nets.net_backward,
    )


def net_part(name, index, change, *mistakes):
    return net(name, edited(nets.net_backward, index, change), *mistakes)


def without_mask(dout, cache):
    X, W1, W2, z, h, p, y = cache
    return nets.net_backward(dout, (X, W1, W2, np.ones_like(z), h, p, y))


def mask_from_gradient(dout, cache):
    X, W1, W2, _z, h, p, y = cache
    dh = nets.softmax_ce_backward(dout, (p, y)) @ W2.T
    return nets.net_backward(dout, (X, W1, W2, dh, h, p, y))


def inverted_mask(dout, cache):
    X, W1, W2, z, h, p, y = cache
    return nets.net_backward(dout, (X, W1, W2, -z, h, p, y))


def updated_weights(dout, cache):
    """W2 takes its step before the first layer's gradients are computed."""
    X, W1, W2, z, h, p, y = cache
    _dX, _dW1, _db1, dW2, db2 = nets.net_backward(dout, cache)
    late = nets.net_backward(dout, (X, W1, W2 - 0.1 * dW2, z, h, p, y))
    return late[0], late[1], late[2], dW2, db2


def with_hidden_signal(make):
    """The first layer's gradients computed from dz = make(dscores, W2, z) * (z > 0)."""

    def wrong(dout, cache):
        X, W1, W2, z, _, p, y = cache
        dz = make(nets.softmax_ce_backward(dout, (p, y)), W2, z) * (z > 0)
        right = nets.net_backward(dout, cache)
        return dz @ W1.T, X.T @ dz + dout * REG * W1, dz.sum(axis=0), right[3], right[4]

    return wrong


def last_signal(dscores, W2, z):
    """The first layer is fed the last layer's gradient."""
    return np.resize(dscores, z.shape)


def vanishing_signal(dscores, W2, z):
    """A row of dscores sums to zero, so nothing but rounding noise is left."""
    return np.repeat(dscores.sum(axis=1, keepdims=True), z.shape[1], axis=1)


def pre_activation(g, dout, cache):
    _X, _W1, W2, z, _h, p, y = cache
    return z.T @ nets.softmax_ce_backward(dout, (p, y)) + dout * REG * W2


PENALTY_MUTANTS = [
    ("penalty missing on W1", 1, lambda g, d, c: g - d * REG * c[1], ("penalty-too-small",)),
    ("penalty missing on W2", 3, lambda g, d, c: g - d * REG * c[2], ("penalty-too-small",)),
    ("penalty doubled on W1", 1, lambda g, d, c: g + d * REG * c[1], ("penalty-too-large",)),
    ("penalty halved on W2", 3, lambda g, d, c: g - d * REG / 2 * c[2], ("penalty-too-small",)),
    ("penalty without reg", 1, lambda g, d, c: g + d * (1 - REG) * c[1], ("penalty-too-large",)),
    ("penalty of the other sign", 1, lambda g, d, c: g - 2 * d * REG * c[1], ()),
    ("penalty of the wrong layer's mean", 3, lambda g, d, c: g + d * REG * c[2].mean(), ()),
]

NET_BACKWARD_MUTANTS = [
    net("sign of all", lambda d, c: nets.net_backward(-d, c), "sign"),
    net("mask missing", without_mask),
    net("mask from the gradient", mask_from_gradient),
    net("mask inverted", inverted_mask),
    net("updated weights used", updated_weights),
    net("first layer fed the last signal", with_hidden_signal(last_signal)),
    net("signal summed away", with_hidden_signal(vanishing_signal)),
    net("upstream ignored", lambda d, c: nets.net_backward(1.0, c), "ignored-upstream"),
    net_part("dW2 from the pre-activation", 3, pre_activation),
    net_part("penalty on b1", 2, lambda g, d, c: g + d * REG),
    net_part("b1 averaged", 2, lambda g, d, c: g / 5, "averaged"),
    net_part("db2 from the hidden layer", 4, lambda g, d, c: c[4].sum(axis=0)[:3]),
    *[net_part(name, i, change, *mistakes) for name, i, change, mistakes in PENALTY_MUTANTS],
]


def with_changed_grads(right, change):
    """A maker of losses whose gradients are change(grads, params) of those that `right` makes."""

    def make(rng):
        loss, params = right(rng)

        def wrong(params):
            value, grads = loss(params)
            return value, change(grads, params)

        return wrong, params

    return make


def loss_mutant(name, change, *mistakes):
    """change(grads, params) is what the wrong loss returns as its gradients."""
    make = with_changed_grads(nets.net_loss(), change)
    return LossCase(f"two-layer loss: {name}", make, mistakes)


def put(key, change):
    return lambda grads, params: {**grads, key: change(grads[key], params)}


LOSS_MUTANTS = [
    loss_mutant("sign of W1", put("W1", lambda g, p: -g), "sign"),
    loss_mutant("W2 over N", put("W2", lambda g, p: g / 5), "factor-count"),
    loss_mutant(
        "penalty missing on W1",
        put("W1", lambda g, p: g - REG * p["W1"]),
        "penalty-too-small",
    ),
    loss_mutant(
        "penalty doubled on W2", put("W2", lambda g, p: g + REG * p["W2"]), "penalty-too-large"
    ),
    loss_mutant("penalty on b1", put("b1", lambda g, p: g + REG * p["b1"])),
    loss_mutant("b2 of shape (1, C)", put("b2", lambda g, p: g[None]), "right-values-wrong-shape"),
    loss_mutant("b1 a number", put("b1", lambda g, p: g.sum()), "shape", "summed-to-scalar"),
    loss_mutant(
        "W1 and W2 transposed", lambda g, p: {**g, "W1": g["W1"].T, "W2": g["W2"].T}, "transpose"
    ),
    loss_mutant("b2 missing", lambda g, p: {k: v for k, v in g.items() if k != "b2"}),
    loss_mutant("b2 None", put("b2", lambda g, p: None)),
    loss_mutant("a key of its own", lambda g, p: {**g, "W3": g["W2"]}),
    loss_mutant(
        "keys in the wrong place", lambda g, p: {**g, "b1": g["b2"], "b2": g["b1"]}, "wrong-order"
    ),
    loss_mutant("float32", lambda g, p: {k: v.astype(np.float32) for k, v in g.items()}),
    loss_mutant("NaN in W1", put("W1", lambda g, p: g * np.nan)),
    loss_mutant("W1 from last time", put("W1", lambda g, p: 0.9 * g + 1e-6)),
    LossCase(
        "two-layer loss: W1's penalty missing, scaled by 1e-8",
        nets.loss_scaled(
            1e-8,
            loss_mutant("", put("W1", lambda g, p: g - REG * p["W1"])).make,
        ),
    ),
    LossCase(
        "two-layer loss: sign of b2, float32",
        nets.loss_float32(loss_mutant("", put("b2", lambda g, p: -g)).make),
    ),
]

NET_MUTANTS: list[Case | LossCase] = [
    *CROSS_ENTROPY_MUTANTS,
    *CACHE_MUTANTS,
    *NET_BACKWARD_MUTANTS,
    *LOSS_MUTANTS,
]
