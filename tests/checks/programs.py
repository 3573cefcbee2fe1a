"""Random programs of differentiable operations, each with its own hand-written derivative.

A `Program` is a tape: `forward` runs its steps, `backward` runs their derivatives in reverse and
adds up what reaches each value. `programs` is the hypothesis strategy that draws them, small and
with no value out of bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

MOST = 48  # entries of one value
LARGEST = 30.0  # no operation that grows is applied to a larger value


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


@dataclass(frozen=True)
class Program:
    """A tape over the inputs, whose last value is the output.

    `accumulates` is False for the mistake of keeping only the last of what reaches a value.
    """

    inputs: tuple[np.ndarray, ...]
    steps: tuple[Step, ...]
    accumulates: bool = True

    def __repr__(self) -> str:
        shapes = ", ".join(str(x.shape) for x in self.inputs)
        return f"Program({shapes}: {'; '.join(f'{s.name}{s.parents}' for s in self.steps)})"

    def forward(self, *inputs):
        values = [np.asarray(x) for x in inputs]
        for step in self.steps:
            values.append(np.asarray(step.run(*(values[p] for p in step.parents))))
        return values[-1].copy(), values

    def backward(self, dout, values):
        """The gradients of the inputs."""
        flowing = [np.zeros_like(value) for value in values]
        flowing[-1] = np.asarray(dout)
        places = range(len(self.inputs), len(values))
        for place, step in reversed(list(zip(places, self.steps, strict=True))):
            held = [values[p] for p in step.parents]
            for parent, pull in zip(step.parents, step.pull, strict=True):
                part = np.asarray(pull(flowing[place], values[place], *held))
                flowing[parent] = flowing[parent] + part if self.accumulates else part
        gradients = tuple(np.array(d) for d in flowing[: len(self.inputs)])
        return gradients if len(gradients) > 1 else gradients[0]

    def gradients(self, dout):
        """The gradients at the inputs, always in a tuple."""
        found = self.backward(dout, self.forward(*self.inputs)[1])
        return found if isinstance(found, tuple) else (found,)

    def with_step(self, index, **changes):
        """The same program with one step changed."""
        steps = list(self.steps)
        steps[index] = replace(steps[index], **changes)
        return replace(self, steps=tuple(steps))


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


def fits(a, b):
    """The binary operations that a and b admit."""
    try:
        size = np.prod(np.broadcast_shapes(a.shape, b.shape), dtype=int)
    except ValueError:
        size = MOST + 1
    found = ["plus", "minus", "times", "over", "maximum"] if size <= MOST else []
    if min(a.ndim, b.ndim) >= 2 and a.shape[-1] == b.shape[-2]:
        try:
            outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        except ValueError:
            return found
        if np.prod(outer, dtype=int) * a.shape[-2] * b.shape[-1] <= MOST:
            found += ["matmul"] * 3
    return found


@st.composite
def steps(draw, values):
    """One step that the values so far admit."""
    p = draw(st.sampled_from(range(len(values)))) if draw(st.booleans()) else len(values) - 1
    x = values[p]
    small = np.max(np.abs(x)) < LARGEST
    kind = draw(st.sampled_from(["pointwise", "binary", "binary", "moved", "reduced"]))
    if kind == "binary":
        choices = [(q, name) for q, y in enumerate(values) for name in fits(x, y)]
        choices += [
            (q, f"concatenate {axis}")
            for q, y in enumerate(values)
            for axis in range(x.ndim)
            if x.ndim == y.ndim and x.size + y.size <= MOST
            and x.shape[:axis] + x.shape[axis + 1 :] == y.shape[:axis] + y.shape[axis + 1 :]
        ]  # fmt: skip
        choices = [
            (q, name)
            for q, name in choices
            if name not in GROWING or (small and np.max(np.abs(values[q])) < LARGEST)
        ]
        if choices:
            q, name = draw(st.sampled_from(choices))
            if name.startswith("concatenate"):
                axis = int(name.split()[1])
                return concatenation(draw, p, q, axis, x.shape[axis])
            return (matmul if name == "matmul" else arithmetic)(draw, name, p, q)
    if kind == "moved" and x.ndim:
        names = ["reshape", "transpose", "roll", "cumsum", "slice", "take"]
        return movement(draw, draw(st.sampled_from(names)), p, x)
    if kind == "reduced" and x.ndim:
        names = ["sum", "mean", "logsumexp"] + ["norm"] * bool(small)
        return reduction(draw, draw(st.sampled_from(names)), p, x)
    names = [name for name in POINTWISE if small or name not in GROWING]
    return pointwise(draw, draw(st.sampled_from(names)), p, x)


@st.composite
def shapes(draw):
    """A shape of no axis up to four, of at most MOST entries."""
    shape = tuple(draw(st.lists(st.integers(1, 5), max_size=4)))
    while np.prod(shape, dtype=int) > MOST:
        shape = (*shape[:-1], shape[-1] // 2) if shape[-1] > 1 else shape[:-1]
    return shape


@st.composite
def programs(draw, most_inputs=3, most_steps=8):
    """A program whose every value is finite, with Gaussian inputs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(shapes())
    inputs = [rng.normal(size=shape)]
    for _ in range(draw(st.integers(0, most_inputs - 1))):
        # Often a shape that goes with the first: its tail, stretched, or its transpose.
        kind = draw(st.sampled_from(["same", "tail", "ones", "turned", "any"]))
        other = {"same": shape, "tail": shape[1:], "turned": shape[::-1]}.get(kind)
        if kind == "ones":
            other = tuple(1 if draw(st.booleans()) else n for n in shape)
        inputs.append(rng.normal(size=draw(shapes()) if other is None else other))
    values, tape = list(inputs), []
    for _ in range(draw(st.integers(1, most_steps))):
        step = draw(steps(values))
        values.append(np.asarray(step.run(*(values[p] for p in step.parents))))
        tape.append(step)
    return Program(tuple(inputs), tuple(tape))
