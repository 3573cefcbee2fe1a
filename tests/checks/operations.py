"""Differentiable operations, each with its derivative by hand, and some with a mistaken one.

The functions draw what an operation needs (axes, shapes, shifts) with hypothesis' `draw`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class Step:
    """One operation: `run(*values)`, and for each parent `pull[i](d, out, *values)`.

    `wrong` are derivatives with the mistake that people make in this operation.
    """

    name: str
    parents: tuple[int, ...]
    run: Any
    pull: tuple[Any, ...]
    wrong: tuple[Any, ...] = ()


def fold(d, shape):
    """Sum a gradient over the axes that broadcasting has added or stretched."""
    d = d.sum(axis=tuple(range(d.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and d.shape[i] != 1)
    return d.sum(axis=stretched, keepdims=True)


def back(d, shape, axis, keepdims):
    """Hand the gradient of a reduction back to what was reduced."""
    return np.broadcast_to(d if keepdims else np.expand_dims(d, axis), shape)


# name: (function, derivative, a mistaken derivative); all are smooth but the last three
POINTWISE = {
    "sin": (np.sin, lambda x, y: np.cos(x), lambda x, y: -np.cos(x)),
    "tanh": (np.tanh, lambda x, y: 1 - y**2, lambda x, y: 1 - y),
    "exp": (lambda x: np.exp(2 * np.sin(x)), lambda x, y: 2 * np.cos(x) * y,
            lambda x, y: 2 * y),
    "square": (np.square, lambda x, y: 2 * x, lambda x, y: x),
    "softplus": (lambda x: np.logaddexp(0, x), lambda x, y: 1 / (1 + np.exp(-x)),
                 lambda x, y: 1 / (1 + np.exp(x))),
    "squash": (lambda x: x / (1 + x**2), lambda x, y: (1 - x**2) / (1 + x**2) ** 2,
               lambda x, y: (1 - x**2) / (1 + x**2)),
    "abs": (np.abs, lambda x, y: np.sign(x), lambda x, y: np.ones_like(x)),
    "relu": (lambda x: np.maximum(x, 0), lambda x, y: 1.0 * (x > 0), lambda x, y: np.ones_like(x)),
    "leaky": (lambda x: np.where(x > 0, x, 0.2 * x), lambda x, y: np.where(x > 0, 1, 0.2),
              lambda x, y: np.where(x > 0, 1, 0.0)),
}  # fmt: skip
GROWING = {"square", "times", "matmul"}


def pointwise(draw, name, p, x):
    f, slope, wrong = POINTWISE[name]
    return Step(
        name, (p,), f, (lambda d, y, x: d * slope(x, y),), (lambda d, y, x: d * wrong(x, y),)
    )


def axes_of(draw, x):
    """Some axes of x, as a sorted tuple."""
    return tuple(sorted(draw(st.sets(st.integers(0, x.ndim - 1), min_size=1))))


def reduction(draw, name, p, x):
    axis, keep = axes_of(draw, x), draw(st.booleans())
    count = int(np.prod([x.shape[a] for a in axis]))
    if name == "logsumexp":

        def run(x):
            top = x.max(axis=axis, keepdims=True)
            y = top + np.log(np.exp(x - top).sum(axis=axis, keepdims=True))
            return y if keep else np.squeeze(y, axis)

        def pull(d, y, x):
            return back(d, x.shape, axis, keep) * np.exp(x - back(y, x.shape, axis, keep))

        return Step(name, (p,), run, (pull,), (lambda d, y, x: back(d, x.shape, axis, keep) + 0,))
    if name == "norm":
        return Step(
            name, (p,),
            lambda x: np.sqrt(1 + (x**2).sum(axis=axis, keepdims=keep)),
            (lambda d, y, x: back(d / y, x.shape, axis, keep) * x,),
            (lambda d, y, x: back(d / y, x.shape, axis, keep) * 2 * x,),
        )  # fmt: skip
    factor = 1 if name == "sum" else 1 / count
    return Step(
        name, (p,),
        lambda x: factor * x.sum(axis=axis, keepdims=keep),
        (lambda d, y, x: factor * back(d, x.shape, axis, keep),),
        (lambda d, y, x: count * factor * back(d, x.shape, axis, keep)
         if factor != 1 else back(d, x.shape, axis, keep) / count,),
    )  # fmt: skip


def movement(draw, name, p, x):
    if name == "reshape":
        shape = draw(st.sampled_from([s for s in factored(x.size) if len(s) <= 4]))
        return Step(
            name, (p,), lambda x: x.reshape(shape),
            (lambda d, y, x: d.reshape(x.shape),),
            (lambda d, y, x: d.ravel(order="F").reshape(x.shape),),
        )  # fmt: skip
    axis = draw(st.integers(0, x.ndim - 1))
    if name == "transpose":
        order = tuple(draw(st.permutations(range(x.ndim))))
        return Step(
            name, (p,), lambda x: x.transpose(order),
            (lambda d, y, x: d.transpose(np.argsort(order)),),
            (lambda d, y, x: d.transpose(order).reshape(x.shape),),
        )  # fmt: skip
    if name == "roll":
        by = draw(st.integers(1, 3))
        return Step(
            name, (p,), lambda x: np.roll(x, by, axis),
            (lambda d, y, x: np.roll(d, -by, axis),), (lambda d, y, x: np.roll(d, by, axis),),
        )  # fmt: skip
    if name == "cumsum":
        return Step(
            name, (p,), lambda x: x.cumsum(axis),
            (lambda d, y, x: np.flip(np.flip(d, axis).cumsum(axis), axis),),
            (lambda d, y, x: d.cumsum(axis),),
        )  # fmt: skip
    if name == "slice":
        start = draw(st.integers(0, x.shape[axis] - 1))
        cut = (slice(None),) * axis + (slice(start, None, draw(st.integers(1, 2))),)

        def pull(d, y, x):
            whole = np.zeros_like(x)
            whole[cut] = d
            return whole

        return Step(name, (p,), lambda x: x[cut], (pull,))
    picks = np.array(draw(st.lists(st.integers(0, x.shape[axis] - 1), min_size=1, max_size=4)))

    def scatter(d, y, x):
        whole = np.zeros_like(np.moveaxis(x, axis, 0))
        np.add.at(whole, picks, np.moveaxis(d, axis, 0))
        return np.moveaxis(whole, 0, axis)

    def assign(d, y, x):
        whole = np.zeros_like(np.moveaxis(x, axis, 0))
        whole[picks] = np.moveaxis(d, axis, 0)
        return np.moveaxis(whole, 0, axis)

    return Step("take", (p,), lambda x: np.take(x, picks, axis), (scatter,), (assign,))


def factored(n):
    """The shapes that hold n entries with no axis of length 1, and (1, n)."""
    found = [(n,), (1, n)]
    for k in range(2, n):
        if n % k == 0:
            found += [(k, *rest) for rest in factored(n // k) if 1 not in rest]
    return found


def arithmetic(draw, name, p, q):
    run, left, right = {
        "plus": (np.add, lambda d, a, b: d, lambda d, a, b: d),
        "minus": (np.subtract, lambda d, a, b: d, lambda d, a, b: -d),
        "times": (np.multiply, lambda d, a, b: d * b, lambda d, a, b: d * a),
        "over": (lambda a, b: a / (1 + b**2), lambda d, a, b: d / (1 + b**2),
                 lambda d, a, b: -2 * d * a * b / (1 + b**2) ** 2),
        "maximum": (np.maximum, lambda d, a, b: d * np.where(a == b, 0.5, a > b),
                    lambda d, a, b: d * np.where(a == b, 0.5, b > a)),
    }[name]  # fmt: skip
    return Step(
        name, (p, q), run,
        (lambda d, y, a, b: fold(left(d, a, b), a.shape),
         lambda d, y, a, b: fold(right(d, a, b), b.shape)),
        (lambda d, y, a, b: fold(right(d, a, b), a.shape),
         lambda d, y, a, b: fold(left(d, a, b), b.shape)),
    )  # fmt: skip


def matmul(draw, name, p, q):
    return Step(
        name, (p, q), np.matmul,
        (lambda d, y, a, b: fold(d @ np.swapaxes(b, -1, -2), a.shape),
         lambda d, y, a, b: fold(np.swapaxes(a, -1, -2) @ d, b.shape)),
    )  # fmt: skip


def concatenation(draw, p, q, axis, cut):
    def first(d, y, a, b):
        return np.split(d, [cut], axis)[0]

    def second(d, y, a, b):
        return np.split(d, [cut], axis)[1]

    return Step("concatenate", (p, q), lambda a, b: np.concatenate([a, b], axis), (first, second))
