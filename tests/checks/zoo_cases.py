"""The right passes as cases: every one must pass.

Offers `CORRECT`, `TOLERATED` (right as well, but so hard to differentiate that "inconclusive" is
an honest answer; "failed" is not), and the groups of which `test_reliability` draws: `LAYERS`.
"""

from __future__ import annotations

import numpy as np
import zoo as z
import zoo_nets as nets
from zoo import Case, LossCase, drawn

XWB = ("x", "W", "b")
BN = ("x", "gamma", "beta")
AFFINE = drawn((5, 7), (7, 3), (3,))


def on_grid(*shapes):
    """Small whole numbers as floats: many zeros and many ties."""
    return lambda rng: tuple(rng.integers(-2, 3, size=shape).astype(float) for shape in shapes)


def with_negative_zeros(rng):
    return (np.where(rng.random((5, 7)) < 0.3, -0.0, rng.normal(size=(5, 7))),)


def scaled_inputs(make, *factors):
    """The arrays of `make`, each times its factor."""
    return lambda rng: tuple(a * f for a, f in zip(make(rng), factors, strict=True))


def strided(rng):
    return rng.normal(size=(10, 14))[::2, ::-2], rng.normal(size=(3, 7)).T, rng.normal(size=6)[::2]


def read_only(rng):
    arrays = AFFINE(rng)
    for a in arrays:
        a.setflags(write=False)
    return arrays


def embedding_inputs(rng):
    return rng.normal(size=(5, 3)), np.array([4, 1, 1, 0, 4, 1, 2])


def numbers(rng):
    return tuple(float(v) for v in rng.normal(size=3))


def float32_inside_forward(x, W, b):
    """Whatever comes in, the product is done in float32."""
    out = x.astype(np.float32) @ W.astype(np.float32) + b.astype(np.float32)
    return out.astype(x.dtype), (x, W)


def centred_batches(rng):
    return rng.normal(size=(11, 3)), rng.normal(size=3), rng.normal(size=3)


def near_zero_log(x):
    with np.errstate(all="ignore"):
        return np.log(x), x


LAYERS = [
    Case("affine", z.affine_forward, z.affine_backward, AFFINE, XWB),
    Case("relu", z.relu_forward, z.relu_backward, drawn((5, 7)), ("x",)),
    Case("sigmoid", z.sigmoid_forward, z.sigmoid_backward, drawn((5, 7)), ("x",)),
    Case("tanh", z.tanh_forward, z.tanh_backward, drawn((5, 7)), ("x",)),
    Case(
        "softmax cross-entropy",
        nets.softmax_ce_forward,
        nets.softmax_ce_backward,
        nets.scores_and_labels,
        ("scores",),
    ),
    Case("two-layer net", nets.net_forward, nets.net_backward, nets.net_inputs, nets.NET_NAMES),
    LossCase("two-layer loss", nets.net_loss()),
]

KINKS = [
    Case("relu at 0, takes 0", z.relu_forward, z.relu_backward, on_grid((5, 7))),
    Case("relu at 0, takes 1", z.relu_forward, z.relu_backward_one, on_grid((5, 7))),
    Case("relu at 0, takes half", z.relu_forward, z.relu_backward_half, on_grid((5, 7))),
    Case("relu at -0.0", z.relu_forward, z.relu_backward_one, with_negative_zeros),
    Case("relu at zeros only", z.relu_forward, z.relu_backward, lambda rng: (np.zeros((3, 5)),)),
    Case("one relu at 0, a number", z.relu_forward, z.relu_backward_half, lambda rng: (0.0,)),
    Case("leaky relu at 0", z.leaky_forward, z.leaky_backward, on_grid((5, 7))),
    Case(
        "max with ties", z.maximum_forward, z.maximum_backward, on_grid((5, 7), (5, 7)), ("x", "y")
    ),
    Case(
        "max with shared ties", z.maximum_forward, z.maximum_backward_half, on_grid((5, 7), (5, 7))
    ),
    Case("row max with ties", z.row_max_forward, z.row_max_backward, on_grid((5, 7))),
    Case("row max with shared ties", z.row_max_forward, z.row_max_backward_shared, on_grid((5, 7))),
    Case("circuit at y = z", z.circuit_forward, z.circuit_backward, lambda rng: (1.0, 2.0, 2.0)),
    LossCase("two-layer loss, blank samples", nets.net_loss(inputs=nets.blank_sample_inputs)),
]

OTHER = [
    Case("affine, square", z.affine_forward, z.affine_backward, drawn((3, 3), (3, 3), (3,)), XWB),
    Case("affine, N = 1", z.affine_forward, z.affine_backward, drawn((1, 7), (7, 3), (3,)), XWB),
    Case("affine, N = 0", z.affine_forward, z.affine_backward, drawn((0, 7), (7, 3), (3,)), XWB),
    Case("affine, strided", z.affine_forward, z.affine_backward, strided, XWB),
    Case("affine, read-only", z.affine_forward, z.affine_backward, read_only, XWB),
    Case(
        "affine, large x and small W",
        z.affine_forward,
        z.affine_backward,
        scaled_inputs(AFFINE, 1e6, 1e-6, 1.0),
        XWB,
    ),
    Case("leaky relu", z.leaky_forward, z.leaky_backward, drawn((5, 7))),
    Case(
        "sigmoid, saturated",
        z.sigmoid_forward,
        z.sigmoid_backward,
        scaled_inputs(drawn((5, 7)), 20.0),
    ),
    Case("sigmoid, 0-d", z.sigmoid_forward, z.sigmoid_backward, drawn(())),
    Case("max of two", z.maximum_forward, z.maximum_backward, drawn((5, 7), (5, 7)), ("x", "y")),
    Case("product", z.product_forward, z.product_backward, drawn((5, 7), (5, 7)), ("x", "y")),
    Case("product, 0-d", z.product_forward, z.product_backward, drawn((), ()), ("x", "y")),
    Case(
        "product of large and small",
        z.product_forward,
        z.product_backward,
        scaled_inputs(drawn((5, 7), (5, 7)), 1e6, 1e-6),
    ),
    Case("row max", z.row_max_forward, z.row_max_backward, drawn((5, 7))),
    Case("softmax", z.softmax_forward, z.softmax_backward, drawn((5, 7))),
    Case("sum of squares", nets.sum_squares_forward, nets.sum_squares_backward, drawn((5, 7))),
    Case(
        "sum of squares, tiny and huge in one array",
        nets.sum_squares_forward,
        nets.sum_squares_backward,
        lambda rng: (rng.normal(size=11) * np.repeat([1e3, 1e-3], [5, 6]),),
    ),
    Case("log-sum-exp", z.logsumexp_forward, z.logsumexp_backward, drawn((5, 7))),
    Case(
        "log-sum-exp of scores near 1000",
        z.logsumexp_forward,
        z.logsumexp_backward,
        lambda rng: (1000 + rng.normal(size=(5, 7)),),
    ),
    Case("batch norm", z.batchnorm_forward, z.batchnorm_backward, centred_batches, BN),
    Case(
        "batch norm of small numbers",
        z.batchnorm_forward,
        z.batchnorm_backward,
        scaled_inputs(centred_batches, 1e-3, 1.0, 1.0),
        BN,
    ),
    Case("layer norm", z.layernorm_forward, z.layernorm_backward, drawn((3, 11), (11,), (11,)), BN),
    Case("embedding", z.embedding_forward, z.embedding_backward, embedding_inputs, ("table",)),
    Case("add a row", z.broadcast_add_forward, z.broadcast_add_backward, drawn((5, 7), (7,))),
    Case("add a column", z.broadcast_add_forward, z.broadcast_add_backward, drawn((5, 7), (5, 1))),
    Case("mean over samples", z.mean_forward, z.mean_backward, drawn((5, 7))),
    Case("residual", z.residual_forward, z.residual_backward, drawn((5, 7), (7, 7)), ("x", "W")),
    Case("circuit", z.circuit_forward, z.circuit_backward, numbers, ("x", "y", "z")),
    Case(
        "affine of 30,000 weights",
        z.affine_forward,
        z.affine_backward,
        drawn((11, 149), (149, 211), (211,)),
        XWB,
        large=True,
    ),
]

SCALES = [
    Case(
        f"{case.name}, {label}",
        *nets.scaled(factor, case.forward, case.backward),
        case.make_inputs,
        case.names,
    )
    for case in LAYERS
    if isinstance(case, Case)
    for label, factor in (("1e-8", 1e-8), ("1e8", 1e8))
] + [
    LossCase(f"two-layer loss, {label}", nets.loss_scaled(factor, nets.net_loss()))
    for label, factor in (("1e-8", 1e-8), ("1e8", 1e8))
]

FLOAT32 = [
    Case(
        f"{case.name}, float32",
        case.forward,
        case.backward,
        nets.in_float32(case.make_inputs),
        case.names,
    )
    for case in LAYERS
    if isinstance(case, Case)
] + [LossCase("two-layer loss, float32", nets.loss_float32(nets.net_loss()))]

CORRECT: list[Case | LossCase] = LAYERS + KINKS + OTHER + SCALES + FLOAT32

TOLERATED: list[Case | LossCase] = [
    Case("relu of nothing", z.relu_forward, z.relu_backward, drawn((0, 7))),
    Case("affine in float32 inside", float32_inside_forward, z.affine_backward, AFFINE, XWB),
    Case(
        "sum of large and small",
        z.broadcast_add_forward,
        z.broadcast_add_backward,
        scaled_inputs(drawn((5, 7), (7,)), 1e6, 1e-6),
    ),
    Case(
        "sum of squares, scales that drown each other",
        lambda x, y: ((x**2).sum() + (y**2).sum(), (x, y)),
        lambda dout, cache: (2 * dout * cache[0], 2 * dout * cache[1]),
        scaled_inputs(drawn((5,), (7,)), 1e6, 1e-6),
    ),
    Case(
        "log near the edge of its domain",
        near_zero_log,
        lambda dout, x: dout / x,
        lambda rng: (10.0 ** rng.uniform(-9, 0, size=7),),
    ),
    Case(
        "two-layer net, blank samples",
        nets.net_forward,
        nets.net_backward,
        nets.blank_sample_inputs,
        nets.NET_NAMES,
    ),
    Case(
        "two-layer net at zero weights",
        nets.net_forward,
        nets.net_backward,
        nets.zero_weight_inputs,
        nets.NET_NAMES,
    ),
    LossCase("two-layer loss at zero weights", nets.net_loss(inputs=nets.zero_weight_inputs)),
]
