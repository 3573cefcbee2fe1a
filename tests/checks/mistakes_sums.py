"""Students' mistakes with factors, signs, sums and places, one row each, in code of our own.

Offers `Row`, `row` and `SUM_ROWS`: family, mistake as a student makes it, the forward, the wrong
backward, the inputs, and the identifier that must be named for each gradient that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import zoo as z
import zoo_nets as nets
from zoo import drawn

import gradelib as gl

REG = nets.REG


@dataclass(frozen=True)
class Row:
    """One mistake. `expected` maps gradients to identifiers; "" is all of them, said once.

    `fresh` where `backward` makes a backward pass, one with a memory of its own.
    """

    family: str
    what: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    expected: dict[str, str]
    fresh: bool = False

    def check(self, seed: int) -> gl.Report:
        """Hand the wrong code to the checker, at inputs drawn from the seed."""
        inputs = self.inputs(np.random.default_rng(seed))
        backward = self.backward() if self.fresh else self.backward
        return gl.check_backward(self.forward, backward, *inputs, seed=seed + 1000)


def affine(x, W, b):
    return x @ W + b, (x, W)


def mean_square(x):
    return (x * x).mean(), x


def mean_log(y):
    return np.log(y).mean(), y


def tanh_layer(x, W, b):
    h = np.tanh(x @ W + b)
    return h, (x, W, h)


def two_linear(x, W1, W2):
    """relu(x W1) W2."""
    a = x @ W1
    return np.maximum(a, 0) @ W2, (x, W1, W2, a)


def shared(x, c):
    """u + tanh(u) with u = x + c: u goes two ways."""
    u = x + c
    return u + np.tanh(u), u


def visited_by_path(dout, u):
    """Every visit of u hands on all that has arrived there so far."""
    du = dout
    dx = 1 * du
    du = du + dout * (1 - np.tanh(u) ** 2)
    dx = dx + du
    return dx, dx.copy()


def look_up(table, index):
    return table[index], (table.shape, index)


def overwriting(dout, cache):
    shape, index = cache
    dtable = np.zeros(shape)
    dtable[index] += dout
    return dtable


def word_indices(rng):
    return rng.normal(size=(5, 3)), np.array([3, 1, 1, 0, 3, 1, 2])


def positive(*shape):
    return lambda rng: (rng.uniform(0.5, 2, size=shape),)


def residual(x, W):
    h = np.tanh(x @ W)
    return x + h, (x, W, h)


LAYER = drawn((5, 7), (7, 3), (3,))
SQUARE = drawn((5, 3), (3, 3), (3,))


def wrong_affine(family, what, expected, *, dx=None, dW=None, db=None, inputs=LAYER):
    """An affine layer in which one gradient is computed by another formula of (dout, x, W)."""

    def backward(dout, cache):
        x, W = cache
        formulas = [
            dx or (lambda d, x, W: d @ W.T),
            dW or (lambda d, x, W: x.T @ d),
            db or (lambda d, x, W: d.sum(axis=0)),
        ]
        return tuple(formula(dout, x, W) for formula in formulas)

    return Row(family, what, affine, backward, inputs, expected)


def relu_row(family, what, formula, mistake):
    def backward(dout, x):
        return formula(dout, x)

    return Row(family, what, z.relu_forward, backward, drawn((5, 7)), {"dx": mistake})


def without_chain(dout, cache):
    """Every layer is fed the gradient of the last."""
    x, W1, _, a = cache
    return dout @ W1.T, x.T @ dout, np.maximum(a, 0).T @ dout


def updated_first(dout, cache):
    x, W1, W2, a = cache
    dW2 = np.maximum(a, 0).T @ dout
    W2 = W2 - 0.1 * dW2
    dh = dout @ W2.T * (a > 0)
    return dh @ W1.T, x.T @ dh, dW2


def from_pre_activation(dout, cache):
    x, W1, W2, a = cache
    dh = dout @ W2.T * (a > 0)
    return dh @ W1.T, x.T @ dh, a.T @ dout


def assigned_to_wrong_name(dout, cache):
    """The second line should have made dW."""
    x, W = cache
    dx = dout @ W.T
    dW = np.zeros_like(W)
    dx = x.T @ dout
    return dx, dW, dout.sum(axis=0)


SUM_ROWS = [
    wrong_affine("transposes", "dW transposed", {"dW": "transpose"}, dW=lambda d, x, W: d.T @ x),
    wrong_affine(
        "transposes",
        "d @ W for d @ W.T",
        {"dx": "factor-transposed"},
        dx=lambda d, x, W: d @ W,
        inputs=SQUARE,
    ),
    Row(
        "averaging",
        "not divided by N",
        z.mean_forward,
        lambda d, shape: d + np.zeros(shape),
        drawn((5, 7)),
        {"dx": "not-averaged"},
    ),
    Row(
        "averaging",
        "divided twice",
        z.mean_forward,
        lambda d, shape: d / 5 / 5 + np.zeros(shape),
        drawn((5, 7)),
        {"dx": "averaged"},
    ),
    Row(
        "averaging",
        "mean in the loss, sum in all gradients",
        lambda x, W, b: ((x @ W + b).mean(axis=0), (x, W)),
        lambda d, c: (d @ c[1].T + 0 * c[0], c[0].T @ (d + np.zeros((5, 3))), 5 * d),
        LAYER,
        {"": "not-averaged"},
    ),
    Row(
        "averaging",
        "1/size missing",
        mean_square,
        lambda d, x: 2 * x * d,
        drawn((5, 7)),
        {"dx": "factor-size"},
    ),
    Row(
        "averaging",
        "1/N*y for 1/(N*y)",
        mean_log,
        lambda d, y: d * 1 / y.size * y,
        positive(11),
        {"dy": "factor-at-hand"},
    ),
    Row(
        "averaging",
        "1/N on the penalty but not on the data",
        lambda W, x: ((x @ W).mean() + REG / 2 * (W**2).sum(), (W, x)),
        lambda d, c: (
            d * (c[1].sum(axis=0)[:, None] / 3 + REG * c[0]),
            np.tile(c[0].sum(1), (5, 1)) * d / 15,
        ),
        drawn((7, 3), (5, 7)),
        {"dW": "one-term-scaled"},
    ),
    wrong_affine("bias", "not summed", {"db": "not-summed"}, db=lambda d, x, W: 1 * d),
    wrong_affine("bias", "wrong axis", {"db": "wrong-axis"}, db=lambda d, x, W: d.sum(axis=1)),
    wrong_affine(
        "bias",
        "wrong axis, square",
        {"db": "wrong-axis"},
        db=lambda d, x, W: d.sum(axis=1),
        inputs=drawn((3, 7), (7, 3), (3,)),
    ),
    wrong_affine("bias", "averaged", {"db": "averaged"}, db=lambda d, x, W: d.mean(axis=0)),
    wrong_affine(
        "bias",
        "right values in shape (1, M)",
        {"db": "right-values-wrong-shape"},
        db=lambda d, x, W: d.sum(axis=0, keepdims=True),
    ),
    wrong_affine("bias", "a scalar", {"db": "summed-to-scalar"}, db=lambda d, x, W: np.sum(d)),
    wrong_affine("bias", "a matrix product", {"db": "matrix-product"}, db=lambda d, x, W: x.T @ d),
    wrong_affine(
        "bias",
        "a matrix product with one column",
        {"db": "matrix-product"},
        db=lambda d, x, W: d.T @ x[:, 0],
    ),
    Row(
        "bias",
        "computed from the wrong delta",
        tanh_layer,
        lambda d, c: (
            d * (1 - c[2] ** 2) @ c[1].T,
            c[0].T @ (d * (1 - c[2] ** 2)),
            d.sum(axis=0),
        ),
        LAYER,
        {"db": "signal-unchanged"},
    ),
    Row(
        "upstream",
        "forgotten",
        z.sigmoid_forward,
        lambda d, s: s * (1 - s),
        drawn((5, 7)),
        {"dx": "ignored-upstream"},
    ),
    Row(
        "upstream",
        "added rather than multiplied",
        z.sigmoid_forward,
        lambda d, s: d + s * (1 - s),
        drawn((5, 7)),
        {"dx": "added-upstream"},
    ),
    Row(
        "upstream",
        "not handed down the chain",
        two_linear,
        without_chain,
        drawn((5, 3), (3, 3), (3, 3)),
        {"dx": "signal-unchanged", "dW1": "signal-unchanged"},
    ),
    Row(
        "branches",
        "overwritten instead of added",
        residual,
        lambda d, c: (d * (1 - c[2] ** 2) @ c[1].T, c[0].T @ (d * (1 - c[2] ** 2))),
        drawn((5, 7), (7, 7)),
        {"dx": "overwritten-branch"},
    ),
    Row(
        "branches",
        "a shared node visited once per path",
        shared,
        visited_by_path,
        drawn((5, 7), (5, 7)),
        {"": "counted-twice"},
    ),
    Row(
        "branches",
        "repeated indices overwritten",
        look_up,
        overwriting,
        word_indices,
        {"dtable": "overwritten-terms"},
    ),
    wrong_affine(
        "shapes",
        "wrong shape, right values",
        {"db": "right-values-wrong-shape"},
        db=lambda d, x, W: d.sum(axis=0)[:, None],
    ),
    Row(
        "shapes",
        "(N,) against (N, 1)",
        lambda x, t: (((x[:, 0] - t) ** 2).mean(), (x, t)),
        lambda d, c: (2 * d * (c[0] - c[1]) / 5, -2 * d * (c[0][:, 0] - c[1]) / 5),
        drawn((5, 1), (5,)),
        {"dx": "broadcast"},
    ),
    relu_row("shapes", "a boolean mask as a number", lambda d, x: x > 0, "boolean"),
    Row(
        "bookkeeping",
        "gradients in the wrong order",
        affine,
        lambda d, c: (c[0].T @ d, d @ c[1].T, d.sum(axis=0)),
        LAYER,
        {"dx": "wrong-order", "dW": "wrong-order"},
    ),
    Row(
        "bookkeeping",
        "one missing",
        affine,
        lambda d, c: (d @ c[1].T, c[0].T @ d),
        LAYER,
        {"affine": "count"},
    ),
    wrong_affine("bookkeeping", "one None", {"db": "none"}, db=lambda d, x, W: None),
    Row(
        "bookkeeping",
        "result assigned to the wrong name",
        affine,
        assigned_to_wrong_name,
        drawn((3, 3), (3, 3), (3,)),
        {"dx": "wrong-order", "dW": "zero"},
    ),
    Row(
        "bookkeeping",
        "updated weights used for the earlier layer",
        two_linear,
        updated_first,
        drawn((5, 3), (3, 7), (7, 2)),
        {"dx": "updated-input", "dW1": "updated-input"},
    ),
    Row(
        "bookkeeping",
        "weight gradient from the pre-activation",
        two_linear,
        from_pre_activation,
        drawn((5, 3), (3, 7), (7, 2)),
        {"dW2": "pre-activation"},
    ),
    wrong_affine(
        "numbers", "float32", {"dx": "dtype"}, dx=lambda d, x, W: (d @ W.T).astype(np.float32)
    ),
    wrong_affine(
        "numbers", "integers", {"dx": "integer"}, dx=lambda d, x, W: (d @ W.T).astype(int)
    ),
    wrong_affine("numbers", "NaN", {"dW": "not-finite"}, dW=lambda d, x, W: x.T @ d * np.nan),
    wrong_affine(
        "numbers", "infinite", {"dW": "not-finite"}, dW=lambda d, x, W: x.T @ d * np.exp(1000.0)
    ),
]


def destroying_dout(dout, cache):
    x, W = cache
    grads = dout @ W.T, x.T @ dout, dout.sum(axis=0)
    dout *= 2
    return grads


def with_spare(x, W, b):
    return x @ W + b, (x, W, x + 1)


def destroying_cache(dout, cache):
    x, W, spare = cache
    spare[...] = 0
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def accumulating_forever():
    """The gradient is added to what the call before has left."""
    total = []

    def backward(dout, cache):
        x, W = cache
        total.append(x.T @ dout)
        return dout @ W.T, np.sum(total, axis=0), dout.sum(axis=0)

    return backward


def on_inputs(dout, cache):
    x, W = cache
    grads = dout @ W.T, x.T @ dout, dout.sum(axis=0)
    x *= 0
    return grads


SUM_ROWS += [
    Row("numbers", "dout changed", affine, destroying_dout, LAYER, {"dout": "dout-changed"}),
    Row(
        "numbers", "cache changed", with_spare, destroying_cache, LAYER, {"cache": "cache-changed"}
    ),
    Row("numbers", "inputs changed", affine, on_inputs, LAYER, {"inputs": "input-changed"}),
    Row(
        "branches",
        "not zeroed between two calls",
        affine,
        accumulating_forever,
        LAYER,
        {"second call": "not-repeatable"},
        fresh=True,
    ),
]
