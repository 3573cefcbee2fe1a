"""Wrong backward passes of other layers: none may pass.

Offers `LAYER_MUTANTS`. A mutant whose mistake has to be named lists the identifiers that will do.
"""

from __future__ import annotations

import numpy as np
import zoo as z
from zoo import Case, drawn
from zoo_cases import BN, XWB, centred_batches, embedding_inputs, numbers, on_grid
from zoo_mutants_affine import RESHAPED, edited, lone_error


def tied_rows(rng):
    """Two entries of the first row share its maximum."""
    (x,) = on_grid((5, 7))(rng)
    x[0, :2] = 3
    return (x,)


def layer(name, forward, truth, wrong, inputs, *mistakes, names=None, large=False):
    return Case(name, forward, wrong, inputs, names, mistakes, truth=truth, large=large)


def one(name, op, wrong, *mistakes, inputs=None):
    """A mutant of an elementwise layer."""
    forward, truth = getattr(z, f"{op}_forward"), getattr(z, f"{op}_backward")
    inputs = inputs or drawn((5, 7))
    return layer(f"{op}: {name}", forward, truth, wrong, inputs, *mistakes, names=("x",))


def two(name, op, wrong, *mistakes, inputs=None):
    """A mutant of max or product."""
    forward, truth = getattr(z, f"{op}_forward"), getattr(z, f"{op}_backward")
    inputs = inputs or drawn((5, 7), (5, 7))
    return layer(f"{op}: {name}", forward, truth, wrong, inputs, *mistakes, names=("x", "y"))


ELEMENTWISE_MUTANTS = [
    one("sign", "relu", lambda d, x: -d * (x > 0), "sign"),
    one("mask inverted", "relu", lambda d, x: d * (x < 0), "mask-inverted"),
    one("mask missing", "relu", lambda d, x: 1 * d, "mask-missing"),
    one("mask from the gradient", "relu", lambda d, x: d * (d > 0), "mask-from-gradient"),
    one("mask from the gradient too", "relu", lambda d, x: d * (x > 0) * (d > 0)),
    one("mask without upstream", "relu", lambda d, x: 1.0 * (x > 0), "ignored-upstream"),
    one("boolean mask as gradient", "relu", lambda d, x: x > 0, "boolean"),
    one("output as gradient", "relu", lambda d, x: d * np.maximum(x, 0)),
    one("upstream added", "relu", lambda d, x: d + (x > 0), "added-upstream"),
    one("mask shifted", "relu", lambda d, x: d * (x > np.median(x[x > 0]))),
    one(
        "twice at the kink",
        "relu",
        lambda d, x: d * ((x > 0) + 2.0 * (x == 0)),
        inputs=on_grid((5, 7)),
    ),
    one(
        "negative at the kink",
        "relu",
        lambda d, x: d * ((x > 0) - 1.0 * (x == 0)),
        inputs=on_grid((5, 7)),
    ),
    one("mask inverted among kinks", "relu", lambda d, x: d * (x < 0), inputs=on_grid((5, 7))),
    one("wrong slope", "leaky", lambda d, x: d * np.where(x > 0, 1.0, 0.0)),
    one(
        "of the activation",
        "sigmoid",
        lambda d, s: d * z.sigmoid(s) * (1 - z.sigmoid(s)),
        "derivative-of-activation",
    ),
    one("without 1 - s", "sigmoid", lambda d, s: d * s),
    one("1 + s", "sigmoid", lambda d, s: d * s * (1 + s)),
    one("sign", "sigmoid", lambda d, s: d * s * (s - 1), "sign"),
    one("upstream ignored", "sigmoid", lambda d, s: s * (1 - s), "ignored-upstream"),
    one("upstream added", "sigmoid", lambda d, s: d + s * (1 - s), "added-upstream"),
    one("0-d, sign", "sigmoid", lambda d, s: -d * s * (1 - s), "sign", inputs=drawn(())),
    one("derivative of sigmoid", "tanh", lambda d, t: d * t * (1 - t), "sigmoid-for-tanh"),
    one("without the square", "tanh", lambda d, t: d * (1 - t)),
    one("1 + t^2", "tanh", lambda d, t: d * (1 + t**2)),
    one("upstream ignored", "tanh", lambda d, t: 1 - t**2, "ignored-upstream"),
    one("diagonal only", "softmax", lambda d, p: d * p * (1 - p), "softmax-diagonal"),
    one("without the sum", "softmax", lambda d, p: d * p),
    one("summed over the batch", "softmax", lambda d, p: p * (d - (d * p).sum(axis=0))),
    one("upstream ignored", "logsumexp", lambda d, p: p, "ignored-upstream"),
    one(
        "upstream along the wrong axis", "logsumexp", lambda d, p: d[None] * p, inputs=drawn((5, 5))
    ),
    one("to every entry", "row_max", lambda d, x: d[:, None] + 0 * x),
    one("to the minimum", "row_max", lambda d, x: z.row_max_backward(d, -x)),
    one(
        "to every tied entry",
        "row_max",
        lambda d, x: (x == x.max(axis=1, keepdims=True)) * d[:, None],
        inputs=tied_rows,
    ),
    one("not divided by N", "mean", lambda d, shape: np.zeros(shape) + d, "not-averaged"),
    one("divided by D", "mean", lambda d, shape: np.zeros(shape) + d / shape[1], "wrong-count"),
    one(
        "divided by N in the first row only",
        "mean",
        lambda d, shape: np.vstack([d / 5, d, d, d, d]),
    ),
    two("routes to both", "maximum", lambda d, c: (1 * d, 1 * d)),
    two("routes to the smaller", "maximum", lambda d, c: z.maximum_backward(d, c[::-1])),
    two(
        "ties routed to both",
        "maximum",
        lambda d, c: (d * (c[0] >= c[1]), d * (c[1] >= c[0])),
        inputs=on_grid((5, 7), (5, 7)),
    ),
    two("one branch forgotten", "maximum", lambda d, c: (d * (c[0] > c[1]), 0 * d), "zero"),
    two("swapped", "product", lambda d, c: (d * c[0], d * c[1]), "wrong-order"),
    two("upstream ignored", "product", lambda d, c: (c[1], c[0]), "ignored-upstream"),
    two("upstream added", "product", lambda d, c: (d + c[1], d + c[0]), "added-upstream"),
    two("sign of one", "product", lambda d, c: (d * c[1], -d * c[0]), "sign"),
    layer(
        "product: one entry of 100,003 off by 1e-3 rms",
        z.product_forward,
        z.product_backward,
        edited(z.product_backward, 0, lone_error),
        drawn((100_003,), (100_003,)),
        names=("x", "y"),
        large=True,
    ),
    layer(
        "affine: one entry of 100,130 off by 1e-3 rms",
        z.affine_forward,
        z.affine_backward,
        edited(z.affine_backward, 1, lone_error),
        drawn((13, 323), (323, 310), (310,)),
        names=XWB,
        large=True,
    ),
]


def batchnorm(name, change, *mistakes):
    """A mutant of batch norm: change(dxhat, xhat, gamma, std) is the wrong dx."""

    def wrong(dout, cache):
        xhat, gamma, std = cache
        right = z.batchnorm_backward(dout, cache)
        return change(dout * gamma, xhat, gamma, std), right[1], right[2]

    return layer(
        f"batch norm: {name}",
        z.batchnorm_forward,
        z.batchnorm_backward,
        wrong,
        centred_batches,
        *mistakes,
        names=BN,
    )


def without_eps(d, xhat, gamma, std):
    """The backward's own standard deviation forgets the epsilon of the forward."""
    bare = np.sqrt(std**2 - z.EPS)
    xhat = xhat * std / bare
    return (d - d.mean(axis=0) - xhat * (d * xhat).mean(axis=0)) / bare


def bessel(d, xhat, gamma, std):
    n = len(d)
    return (d - d.mean(axis=0) - xhat * (d * xhat).sum(axis=0) / (n - 1)) / std


def embedding(name, assign, *mistakes):
    def wrong(dout, cache):
        table, index = cache
        g = np.zeros_like(table)
        return assign(g, index, dout)

    return layer(
        f"embedding: {name}",
        z.embedding_forward,
        z.embedding_backward,
        wrong,
        embedding_inputs,
        *mistakes,
        names=("table",),
    )


def overwritten(g, index, dout):
    g[index] = dout
    return g


def added_once(g, index, dout):
    g[index] += dout
    return g


def counted(g, index, dout):
    np.add.at(g, index, 1.0)
    return g


STRUCTURED_MUTANTS = [
    batchnorm("mean and variance constant", lambda d, xhat, gamma, std: d / std),
    batchnorm("mean constant", lambda d, xh, g, std: (d - xh * (d * xh).mean(axis=0)) / std),
    batchnorm("variance constant", lambda d, xh, g, std: (d - d.mean(axis=0)) / std),
    batchnorm("Bessel in the backward", bessel),
    batchnorm("forgets eps", without_eps),
    batchnorm(
        "sums for means",
        lambda d, xh, g, std: (d - d.sum(axis=0) - xh * (d * xh).sum(axis=0)) / std,
    ),
    batchnorm(
        "gamma forgotten",
        lambda d, xh, g, std: (d / g - (d / g).mean(axis=0) - xh * (d / g * xh).mean(axis=0)) / std,
    ),
    layer(
        "layer norm: means over the batch",
        z.layernorm_forward,
        z.layernorm_backward,
        z.batchnorm_backward,
        drawn((3, 11), (11,), (11,)),
        names=BN,
    ),
    embedding("repeats overwritten", overwritten),
    embedding("repeats added once", added_once),
    embedding("upstream ignored", counted, "ignored-upstream"),
    layer(
        "add a row: not summed",
        z.broadcast_add_forward,
        z.broadcast_add_backward,
        lambda d, cache: (d, d),
        drawn((5, 7), (7,)),
        "not-summed",
    ),
    layer(
        "add a column: summed without keepdims",
        z.broadcast_add_forward,
        z.broadcast_add_backward,
        lambda d, cache: (d, d.sum(axis=1)),
        drawn((5, 7), (5, 1)),
        RESHAPED,
        "shape",
    ),
    layer(
        "residual: branch through the layer only",
        z.residual_forward,
        z.residual_backward,
        lambda d, c: ((d * (c[2] > 0)) @ c[1].T, c[0].T @ (d * (c[2] > 0))),
        drawn((5, 7), (7, 7)),
        "overwritten-branch",
        names=("x", "W"),
    ),
    layer(
        "residual: branch past the layer only",
        z.residual_forward,
        z.residual_backward,
        edited(z.residual_backward, 0, lambda g, d, c: 1 * d),
        drawn((5, 7), (7, 7)),
        "handed-through",
        names=("x", "W"),
    ),
    layer(
        "residual: mask forgotten",
        z.residual_forward,
        z.residual_backward,
        lambda d, c: (d + d @ c[1].T, c[0].T @ d),
        drawn((5, 7), (7, 7)),
        names=("x", "W"),
    ),
] + [
    layer(
        f"circuit: {name}",
        z.circuit_forward,
        z.circuit_backward,
        edited(z.circuit_backward, index, change),
        inputs,
        *mistakes,
        names=("x", "y", "z"),
    )
    for name, index, change, inputs, mistakes in [
        # y is the larger of y and z, so that both of its branches count.
        (
            "y overwritten by the max branch",
            1,
            lambda g, d, c: d * (c[0] + c[1]),
            lambda rng: (1.3, 2.7, 0.4),
            (),
        ),
        (
            "y keeps the sum's branch only",
            1,
            lambda g, d, c: d * c[1],
            lambda rng: (1.3, 2.7, 0.4),
            (),
        ),
        ("sign of x", 0, lambda g, d, c: -g, numbers, ("sign",)),
        ("z doubled", 2, lambda g, d, c: 2 * g, lambda rng: (1.3, 0.4, 2.7), ("factor-2",)),
    ]
]

LAYER_MUTANTS: list[Case] = ELEMENTWISE_MUTANTS + STRUCTURED_MUTANTS
