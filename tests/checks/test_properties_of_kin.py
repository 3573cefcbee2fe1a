"""Properties of the checks beside each other: one truth by every door, at every scale."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from programs import Program, programs
from properties import checked, examples, hold, upstream

import gradelib as gl


def number(program, dout):
    """The program as a function of its inputs that returns a number."""
    return lambda *inputs: float(np.sum(dout * program.forward(*inputs)[0]))


def gradient(program, dout, k=0):
    """The right gradient of that number by input k, as a function of all inputs."""

    def run(*inputs):
        found = program.backward(dout, program.forward(*inputs)[1])
        return np.array(found[k] if isinstance(found, tuple) else found)

    return run


def plain(g):
    """Whether a gradient is large enough to be told from rounding."""
    return np.linalg.norm(g) > 1e-4


@examples(80, 2000)
def test_numerical_gradient_is_the_gradient_of_every_program(count):
    """Entry by entry, the numerical gradient is the one that the tape computes."""

    @hold(count, programs(most_steps=6), st.integers(0, 2))
    def _(program, k):
        assume(k < len(program.inputs))
        dout = upstream(program)
        right = program.gradients(dout)[k]
        values = program.forward(*program.inputs)[1]
        largest = max(np.max(np.abs(v), initial=0.0) for v in values) * np.linalg.norm(dout)
        got = gl.numerical_gradient(
            lambda *inputs: program.forward(*inputs)[0], *program.inputs, wrt=k, dout=dout
        )
        assert got.shape == right.shape
        scale = np.max(np.abs(right), initial=0.0) + largest
        assert np.max(np.abs(got - right), initial=0.0) <= 1e-7 * scale


@pytest.mark.parametrize("factor", [1.0, 1.001, -1.0], ids=["right", "a thousandth off", "sign"])
@examples(40, 1000)
def test_every_door_gives_the_same_verdict(count, factor):
    """check_backward, check_gradient, check_loss and check_jacobian agree on every program."""

    @hold(count, programs(most_inputs=1, most_steps=6))
    def _(program):
        x, dout = program.inputs[0], upstream(program)
        right = gradient(program, dout)
        assume(plain(right(x)))
        f = number(program, dout)

        def backward(d, values):
            return factor * program.backward(d, values)

        def loss(p):
            return f(p["x"]), {"x": factor * right(p["x"])}

        def flat(v):
            return program.forward(v.reshape(x.shape))[0].ravel()

        def jacobian(v):
            rows = np.eye(dout.size).reshape(-1, *dout.shape)
            return factor * np.array(
                [gradient(program, row)(v.reshape(x.shape)).ravel() for row in rows]
            ).reshape(dout.size, x.size)

        reports = [
            checked(program, backward, dout=dout),
            gl.check_gradient(f, lambda v: factor * right(v), x),
            gl.check_loss(loss, {"x": x}),
            gl.check_jacobian(flat, jacobian, x.ravel()),
        ]
        expected = "passed" if factor == 1 else "wrong value"
        assert [report.outcome for report in reports] == [expected] * 4, "\n".join(
            map(str, reports)
        )


@examples(40, 1000)
def test_units_of_the_inputs_do_not_matter(count):
    """Inputs in other units, by powers of two, give the same outcomes; right ones cost the same."""

    @hold(count, programs(), st.lists(st.integers(-30, 30), min_size=3, max_size=3),
          st.sampled_from([1.0, 1.001]))  # fmt: skip
    def _(program, powers, factor):
        units = [2.0**k for k, _ in zip(powers, program.inputs, strict=False)]
        rescaled = Program(
            tuple(x * unit for x, unit in zip(program.inputs, units, strict=True)), program.steps
        )

        def forward(*inputs):
            return program.forward(*(x / u for x, u in zip(inputs, units, strict=True)))

        def backward(dout, values):
            found = program.backward(dout, values)
            found = found if isinstance(found, tuple) else (found,)
            return tuple(factor * g / u for g, u in zip(found, units, strict=True))

        def unscaled(dout, values):
            found = program.backward(dout, values)
            return tuple(factor * g for g in (found if isinstance(found, tuple) else (found,)))

        names = [f"x{k}" for k in range(len(units))]
        there = gl.check_backward(
            forward, backward, *rescaled.inputs, wrt=range(len(units)), names=names
        )
        here = checked(program, unscaled)
        assert [c.outcome for c in there.comparisons] == [c.outcome for c in here.comparisons]
        assert factor != 1 or there.evaluations == here.evaluations


@examples(40, 1000)
def test_order_of_the_inputs_does_not_matter(count):
    """Inputs handed over in another order keep their outcomes."""

    @hold(count, programs(), st.permutations(range(3)), st.sampled_from([1.0, 1.001]))
    def _(program, order, factor):
        order = [k for k in order if k < len(program.inputs)]
        dout = upstream(program)
        assume(all(plain(g) or not np.any(g) for g in program.gradients(dout)))

        def forward(*inputs):
            return program.forward(*(inputs[order.index(k)] for k in range(len(order))))

        def backward(d, values):  # wrong, if it is, in the first input
            found = program.backward(d, values)
            found = list(found) if isinstance(found, tuple) else [found]
            found[0] = factor * found[0]
            return tuple(found[k] for k in order)

        turned = gl.check_backward(
            forward,
            backward,
            *(program.inputs[k] for k in order),
            wrt=range(len(order)),
            names=[f"x{k}" for k in order],
            dout=dout,
        )
        outcomes = {comparison.name: comparison.outcome for comparison in turned.comparisons}
        moved = factor != 1 and np.any(program.gradients(dout)[0])
        assert outcomes == {
            f"dx{k}": "wrong value" if moved and k == 0 else "passed" for k in order
        }


@examples(25, 500)
def test_seed_fixes_every_word(count):
    """Two checks with one seed give the same report; another seed does not change the outcome."""

    @hold(count, programs(), st.integers(0, 2**31), st.sampled_from([1.0, 1.001, -1.0]))
    def _(program, seed, factor):
        dout = upstream(program)
        assume(all(plain(g) for g in program.gradients(dout)))

        def backward(d, values):
            found = program.backward(d, values)
            return tuple(factor * g for g in (found if isinstance(found, tuple) else (found,)))

        first, second = (checked(program, backward, seed=seed).to_json() for _ in range(2))
        assert first == second
        other = checked(program, backward, seed=seed + 1)
        assert other.outcome == first["outcome"] == ("passed" if factor == 1 else "wrong value")


NUMBERS = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=0, max_dims=4, max_side=4),
    elements=st.floats(-1e100, 1e100, allow_subnormal=False),
)


@examples(100, 3000)
def test_values_equal_themselves_and_nothing_else(count):
    """check_values passes what it expects, and no array with one entry off by two tolerances."""

    @hold(count, NUMBERS, st.integers(0, 10**6), st.booleans(), st.booleans())
    def _(expected, place, reveal, beyond):
        assert gl.check_values(expected.copy(), expected, name="v", reveal=reveal).passed
        got = np.array(expected)
        place %= got.size
        largest = np.max(np.abs(expected))
        tolerance = 1e-7 * abs(expected.flat[place]) + 1e-9 * largest + 1e-15
        got.flat[place] += (2 if beyond else 0.5) * tolerance
        report = gl.check_values(got, expected, name="v", reveal=reveal)
        assert report.passed is not beyond
        if beyond:
            assert report.comparisons[0].wrong == 1
            if reveal:
                assert report.comparisons[0].worst_index == np.unravel_index(place, got.shape)
            else:
                assert "expected" not in str(report)
