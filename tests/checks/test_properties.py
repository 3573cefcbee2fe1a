"""Properties that hold for every program of differentiable operations, not for chosen ones.

The programs are drawn by hypothesis, the same ones on every run; the slow runs draw many more.
"""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from programs import Program, programs
from properties import checked, examples, hold, upstream

NOT_TOLD = 1e-6  # of the output: a gradient below it may be too little to be told from rounding


def spread(x):
    return max(float(np.std(x)), 0.1 * float(np.max(np.abs(x))))


def sizes(program, dout):
    """For each input, the size that a gradient has where the output moves by its own size."""
    largest = max(
        float(np.linalg.norm(dout) * np.max(np.abs(value), initial=0.0))
        for value in program.forward(*program.inputs)[1]
    )
    return [max(largest, 1e-3) / spread(x) for x in program.inputs]


def tells(program, dout):
    """Whether every gradient is either plainly there or exactly zero."""
    for g, size in zip(program.gradients(dout), sizes(program, dout), strict=True):
        if 0 < np.linalg.norm(g) < NOT_TOLD * size:
            return False
    return True


@examples(250, 10_000)
def test_right_gradient_of_every_program_passes(count):
    """Whatever the operations and the shapes, a right gradient is never called wrong."""

    @hold(count, programs())
    def _(program):
        dout = upstream(program)
        report = checked(program, dout=dout)
        assert report.verdict != "failed", str(report)
        if tells(program, dout):
            assert report.passed, str(report)


def entry(draw, program, dout):
    """One entry of one gradient off by a thousandth of the rms, either way."""
    k = draw(st.integers(0, len(program.inputs) - 1))
    i = draw(st.integers(0, program.inputs[k].size - 1))
    by = draw(st.sampled_from([1e-3, -1e-3]))

    def change(gradients):
        g = gradients[k]
        g.flat[i] += by * np.linalg.norm(g) / np.sqrt(g.size)

    return changed(program, change)


def whole(draw, program, dout):
    """One gradient negated, halved, off by a thousandth, turned over, rolled or rearranged."""
    k = draw(st.integers(0, len(program.inputs) - 1))
    turn = draw(
        st.sampled_from(
            [
                lambda g: -g,
                lambda g: g / 2,
                lambda g: g * 1.001,
                lambda g: np.flip(g),
                lambda g: np.roll(g, 1),
                lambda g: g.ravel(order="F").reshape(g.shape),
                lambda g: np.full_like(g, g.sum()),
                lambda g: np.zeros_like(g),
            ]
        )
    )

    def change(gradients):
        gradients[k][...] = turn(gradients[k].copy())

    return changed(program, change)


def changed(program, change):
    """The program's backward with its gradients changed by `change`, which has a list of them."""

    def backward(dout, values):
        found = program.backward(dout, values)
        gradients = list(found) if isinstance(found, tuple) else [found]
        change(gradients)
        return tuple(gradients)

    return backward


def operation(draw, program, dout):
    """One operation whose derivative loses a term, flips a sign or has its customary mistake."""
    place = draw(st.integers(0, len(program.steps) - 1))
    step = program.steps[place]
    at = draw(st.integers(0, len(step.parents) - 1))
    right = step.pull[at]
    mistakes = [lambda *all: 0 * right(*all), lambda *all: -right(*all)]
    if step.wrong:
        mistakes += [step.wrong[at]] * 2
    pull = list(step.pull)
    pull[at] = draw(st.sampled_from(mistakes))
    return program.with_step(place, pull=tuple(pull)).backward


def overwriting(draw, program, dout):
    """A value that is used twice receives only one of its two gradients."""
    return Program(program.inputs, program.steps, accumulates=False).backward


@st.composite
def mistaken(draw, kind):
    """A program, an upstream gradient and a backward pass with a mistake."""
    program = draw(programs())
    dout = upstream(program)
    return program, dout, kind(draw, program, dout)


KINDS = [entry, whole, operation, overwriting]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@examples(100, 3000)
def test_wrong_gradient_of_every_program_fails(count, kind):
    """Every gradient that is wrong is called so, and the right ones beside it are not."""

    @hold(count, mistaken(kind))
    def _(case):
        program, dout, backward = case
        right = program.gradients(dout)
        wrong = backward(dout, program.forward(*program.inputs)[1])
        wrong = wrong if isinstance(wrong, tuple) else (wrong,)
        off = [np.linalg.norm(a - b) for a, b in zip(wrong, right, strict=True)]
        # What is off is off by more than rounding, and something is.
        assume(any(off))
        assume(tells(program, dout))
        for error, g, w, size in zip(off, right, wrong, sizes(program, dout), strict=True):
            norm = max(np.linalg.norm(g), np.linalg.norm(w))
            assume(not error or (error > 1e-5 * norm and norm > NOT_TOLD * size))
        report = checked(program, backward, dout=dout)
        outcomes = [comparison.outcome for comparison in report.comparisons]
        assert outcomes == ["wrong value" if error else "passed" for error in off], str(report)
        assert report.verdict == "failed"
