"""What kind of forward pass it is that cannot be differentiated well is recognised and said."""

import random

import numpy as np
import pytest
import zoo as z
from zoo import drawn

import gradelib as gl

AFFINE = drawn((5, 7), (7, 3), (3,))
MASK = np.random.default_rng(0).random((5, 3)) < 0.7


def said(report):
    return " ".join(str(report).split())


def check(forward, backward=z.affine_backward, make=AFFINE, seed=0):
    return gl.check_backward(forward, backward, *make(np.random.default_rng(seed)), seed=seed)


def in_type(dtype):
    def forward(x, W, b):
        out = x.astype(dtype) @ W.astype(dtype) + b.astype(dtype)
        return out.astype(np.float64), (x, W)

    return forward


def input_in_float32(x, W, b):
    return x.astype(np.float32).astype(np.float64) @ W + b, (x, W)


def rounded(decimals):
    return lambda x, W, b: (np.round(x @ W + b, decimals), (x, W))


def minus(dout, cache):
    return tuple(-g for g in z.affine_backward(dout, cache))


LIMITED = {
    "float32": (in_type(np.float32), "float32", ("passed", "inconclusive")),
    "float16": (in_type(np.float16), "float16", ("inconclusive",)),
    "rounded to 0.01": (rounded(2), "steps of 0.01,", ("passed", "inconclusive")),
    "rounded to 0.0001": (rounded(4), "steps of 0.0001,", ("passed", "inconclusive")),
}


@pytest.mark.parametrize("case", [pytest.param(c, id=k) for k, c in LIMITED.items()])
@pytest.mark.parametrize("seed", range(4))
def test_low_precision_is_said_and_the_right_gradient_is_not_rejected(case, seed):
    """A right gradient of a coarse function passes or is undecided, with a word on the function."""
    forward, words, outcomes = case
    report = check(forward, seed=seed)
    assert report.outcome in outcomes, str(report)
    assert words in said(report)
    assert "look for" in said(report)


@pytest.mark.parametrize("seed", range(4))
def test_input_in_float32_is_not_rejected(seed):
    """One input rounded inside, the others not: the right gradient is not called wrong."""
    assert check(input_in_float32, seed=seed).verdict != "failed"


@pytest.mark.parametrize(
    "forward", [in_type(np.float32), in_type(np.float16), rounded(4)], ids=["32", "16", "rounded"]
)
def test_gross_error_is_wrong_in_low_precision_as_well(forward):
    """A lost minus sign is seen through the rounding, and the rounding is said."""
    report = check(forward, minus)
    assert report.outcome == "wrong value"
    assert "look for" in said(report)


def with_mask(x, W, b):
    return (x @ W + b) * MASK / 0.7, (x, W)


def seeded_mask(x, W, b):
    mask = np.random.default_rng(4).random((5, 3)) < 0.7
    return (x @ W + b) * mask / 0.7, (x, W, mask)


@pytest.mark.parametrize("forward", [with_mask, seeded_mask])
def test_dropout_with_a_fixed_mask_passes(forward):
    """A mask made once, or from a seed, makes a function like any other; nothing is said of it."""

    def backward(dout, cache):
        mask = cache[2] if len(cache) == 3 else MASK
        return z.affine_backward(dout * mask / 0.7, cache[:2])

    report = check(forward, backward)
    assert report.passed, str(report)
    assert report.warnings == ()
    assert all(c.note == "" for c in report.comparisons)


def fresh_mask(x, W, b):
    return (x @ W + b) * (np.random.random((5, 3)) < 0.7) / 0.7, (x, W)


def python_random(x, W, b):
    return x @ W + b + random.random(), (x, W)


def own_generator():
    rng = np.random.default_rng(3)
    return lambda x, W, b: (x @ W + b + rng.normal(), (x, W))


def counting():
    calls = []

    def forward(x, W, b):
        calls.append(0)
        return x @ W + b + 0.01 * len(calls), (x, W)

    return forward


def late():
    """Random from the seventh call on."""
    calls, rng = [], np.random.default_rng(3)

    def forward(x, W, b):
        calls.append(0)
        return (x @ W + b) * (1 + 0.01 * rng.normal() * (len(calls) > 6)), (x, W)

    return forward


def elsewhere():
    """Random at all inputs but the first."""
    first, rng = [], np.random.default_rng(3)

    def forward(x, W, b):
        if not first:
            first.append(x.copy())
        return (x @ W + b) * (1 + 1e-3 * rng.normal() * (not np.array_equal(x, first[0]))), (x, W)

    return forward


RANDOM = {
    "fresh mask": (lambda: fresh_mask, "draws from np.random"),
    "Python's random": (lambda: python_random, "Python's random"),
    "a generator of its own": (own_generator, "random draws"),
    "a counter": (counting, "by the same at each call"),
    "random later": (late, "two results"),
    "random elsewhere": (elsewhere, "two results"),
}


@pytest.mark.parametrize("case", [pytest.param(c, id=k) for k, c in RANDOM.items()])
def test_random_forward_is_inconclusive_and_its_source_named(case):
    """No gradient is judged by a forward that gives two results; where they come from is said."""
    make, words = case
    report = check(make())
    assert report.outcome == "inconclusive", str(report)
    assert words in said(report)


def on_the_step(rng):
    x = rng.normal(size=(5, 7))
    x[0, :4] = 1.0
    return (x,)


def test_jump_at_the_given_inputs_is_said():
    """A step function's step is no derivative, and no reason to reject one."""
    report = check(
        lambda x: (np.where(x >= 1, x + 1, x), x), lambda dout, x: dout * 1.0, on_the_step
    )
    assert report.outcome == "inconclusive", str(report)
    assert "jumps at the given inputs, by 1," in said(report)


def test_jump_elsewhere_is_no_matter():
    """A step that no input sits on is not in the way."""
    report = check(
        lambda x: (np.where(x >= 1, x + 1, x), x), lambda dout, x: dout * 1.0, drawn((5, 7))
    )
    assert report.passed
    assert report.warnings == ()


FLAT = {"round": np.round, "sign": np.sign, "argmax": lambda x: np.eye(7)[x.argmax(axis=1)]}


@pytest.mark.parametrize("function", [pytest.param(f, id=k) for k, f in FLAT.items()])
@pytest.mark.parametrize("seed", range(3))
def test_flat_function(function, seed):
    """Zero is never the wrong derivative of a flat function, and dout is never the right one."""

    def forward(x):
        return function(x), x

    make = drawn((5, 7))
    assert check(forward, lambda dout, x: 0 * x, make, seed).verdict != "failed"
    through = check(forward, lambda dout, x: dout * 1.0, make, seed)
    assert through.passed is False
    assert "does not change at all for small changes" in said(through)


def test_smooth_function_costs_nothing_more_for_its_nature():
    """A right gradient of a smooth function in float64 is checked with few forwards."""
    report = check(z.affine_forward)
    assert report.passed
    assert report.evaluations <= 25
