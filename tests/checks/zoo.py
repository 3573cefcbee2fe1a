"""Right forward and backward passes, for the tests of the checker.

Offers `Case` and `LossCase` (one check each, run with `.check(rng)`), and the layers themselves:
`out, cache = xxx_forward(*inputs)` and `grads = xxx_backward(dout, cache)`. The shapes of arrays
are x (N, D), W (D, M), b (M,), with N, D, M different primes unless a name says otherwise.
`zoo_nets` holds the losses and nets, `zoo_cases` lists the right ones, `zoo_mutants_*` the wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradelib as gl

Rng = np.random.Generator


@dataclass(frozen=True)
class Case:
    """A forward, a backward and inputs. One of the identifiers in `mistakes` must be named."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    make_inputs: Callable[[Rng], tuple[Any, ...]]
    names: tuple[str, ...] | None = None
    mistakes: tuple[str, ...] = ()
    wrt: tuple[int, ...] | None = None
    truth: Callable[..., Any] | None = None  # of a mutant: the right backward
    large: bool = False

    def check(self, rng: Rng, seed: int = 0) -> gl.Report:
        """Hand the case to the checker."""
        inputs = self.make_inputs(rng)
        return gl.check_backward(
            self.forward, self.backward, *inputs, wrt=self.wrt, names=self.names, seed=seed
        )


@dataclass(frozen=True)
class LossCase:
    """A loss over a dictionary of parameters; `make(rng)` returns (loss, params)."""

    name: str
    make: Callable[[Rng], tuple[Callable[..., Any], dict[str, Any]]]
    mistakes: tuple[str, ...] = ()
    large: bool = False

    def check(self, rng: Rng, seed: int = 0) -> gl.Report:
        """Hand the case to the checker."""
        loss, params = self.make(rng)
        return gl.check_loss(loss, params, seed=seed)


def drawn(*shapes: tuple[int, ...]) -> Callable[[Rng], tuple[Any, ...]]:
    """A maker of Gaussian inputs of these shapes."""
    return lambda rng: tuple(np.asarray(rng.normal(size=shape)) for shape in shapes)


def affine_forward(x, W, b):
    """x (N, D), W (D, M), b (M,) -> (N, M)."""
    return x @ W + b, (x, W)


def affine_backward(dout, cache):
    x, W = cache
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def relu_backward_one(dout, x):
    """The subgradient at 0 is 1."""
    return dout * (x >= 0)


def relu_backward_half(dout, x):
    """The subgradient at 0 is one half."""
    return dout * ((x > 0) + 0.5 * (x == 0))


def leaky_forward(x):
    return np.where(x > 0, x, 0.1 * x), x


def leaky_backward(dout, x):
    return dout * np.where(x > 0, 1.0, 0.1)


def sigmoid(x):
    """Stable on both sides."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sigmoid_forward(x):
    s = sigmoid(x)
    return s, s


def sigmoid_backward(dout, s):
    return dout * s * (1 - s)


def tanh_forward(x):
    t = np.tanh(x)
    return t, t


def tanh_backward(dout, t):
    return dout * (1 - t**2)


def maximum_forward(x, y):
    return np.maximum(x, y), (x, y)


def maximum_backward(dout, cache):
    x, y = cache
    return dout * (x > y), dout * (x <= y)


def maximum_backward_half(dout, cache):
    """Ties are shared."""
    x, y = cache
    share = (x > y) + 0.5 * (x == y)
    return dout * share, dout * (1 - share)


def product_forward(x, y):
    return x * y, (x, y)


def product_backward(dout, cache):
    x, y = cache
    return dout * y, dout * x


def row_max_forward(x):
    return x.max(axis=1), x


def row_max_backward(dout, x):
    """The first of equal maxima takes it all."""
    dx = np.zeros_like(x)
    rows = np.arange(x.shape[0])
    dx[rows, x.argmax(axis=1)] = dout
    return dx


def row_max_backward_shared(dout, x):
    hit = x == x.max(axis=1, keepdims=True)
    return hit / hit.sum(axis=1, keepdims=True) * dout[:, None]


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def softmax_forward(x):
    p = softmax(x)
    return p, p


def softmax_backward(dout, p):
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def logsumexp_forward(x):
    top = x.max(axis=1, keepdims=True)
    e = np.exp(x - top)
    total = e.sum(axis=1, keepdims=True)
    return (np.log(total) + top)[:, 0], e / total


def logsumexp_backward(dout, p):
    return dout[:, None] * p


EPS = 1e-5


def batchnorm_forward(x, gamma, beta):
    """Training mode: mean and biased variance over the batch, axis 0."""
    centred = x - x.mean(axis=0)
    std = np.sqrt((centred**2).mean(axis=0) + EPS)
    xhat = centred / std
    return gamma * xhat + beta, (xhat, gamma, std)


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def layernorm_forward(x, gamma, beta):
    """Mean and biased variance over each row."""
    centred = x - x.mean(axis=1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPS)
    xhat = centred / std
    return gamma * xhat + beta, (xhat, gamma, std)


def layernorm_backward(dout, cache):
    xhat, gamma, std = cache
    d = dout * gamma
    dx = d - d.mean(axis=1, keepdims=True) - xhat * (d * xhat).mean(axis=1, keepdims=True)
    return dx / std, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def embedding_forward(table, index):
    """table (V, D), index int (N,) -> (N, D)."""
    return table[index], (table, index)


def embedding_backward(dout, cache):
    table, index = cache
    dtable = np.zeros_like(table)
    np.add.at(dtable, index, dout)
    return dtable


def broadcast_add_forward(x, y):
    """x (N, D) and y (D,) or (N, 1)."""
    return x + y, (x.shape, y.shape)


def broadcast_add_backward(dout, cache):
    grads = []
    for shape in cache:
        g = dout.sum(axis=tuple(range(dout.ndim - len(shape))))
        stretched = tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1)
        grads.append(g.sum(axis=stretched, keepdims=True))
    return grads


def mean_forward(x):
    return x.mean(axis=0), x.shape


def mean_backward(dout, shape):
    return np.broadcast_to(dout / shape[0], shape)


def residual_forward(x, W):
    """x + relu(x W) with W (D, D)."""
    h = x @ W
    return x + np.maximum(h, 0), (x, W, h)


def residual_backward(dout, cache):
    x, W, h = cache
    dh = dout * (h > 0)
    return dout + dh @ W.T, x.T @ dh


def circuit_forward(x, y, z):
    """(x + y) max(y, z), on numbers."""
    return (x + y) * max(y, z), (x, y, z)


def circuit_backward(dout, cache):
    x, y, z = cache
    top = max(y, z)
    dtop = dout * (x + y)
    return dout * top, dout * top + dtop * (y > z), dtop * (y <= z)
