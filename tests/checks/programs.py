"""Random programs of differentiable operations.

A `Program` is a tape: `forward` runs its steps, `backward` runs their derivatives in reverse and
adds up what reaches each value. `programs` is the hypothesis strategy that draws them, small and
with no value out of bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from operations import (
    GROWING,
    POINTWISE,
    Step,
    arithmetic,
    concatenation,
    matmul,
    movement,
    pointwise,
    reduction,
)

MOST = 48  # entries of one value
LARGEST = 30.0  # no operation that grows is applied to a larger value


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
