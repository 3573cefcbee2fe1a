"""Inputs of very different size are judged alike, in one call and in one array."""

import numpy as np
import pytest

import gradelib as gl

SIZES = [1e-6, 1.0, 1e6]


def bilinear(x, W, b):
    """A product, whose gradients have the sizes of each other's factors."""
    return np.tanh(x @ W) + b, (x, W)


def right(dout, cache):
    x, W = cache
    dz = dout * (1 - np.tanh(x @ W) ** 2)
    return dz @ W.T, x.T @ dz, dout.sum(axis=0)


def of_sizes(first, second, third, seed):
    rng = np.random.default_rng([seed, 8])
    return (
        first * rng.normal(size=(5, 7)),
        second * rng.normal(size=(7, 3)),
        third * rng.normal(size=3),
    )


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("third", SIZES)
def test_right_gradient_passes_whatever_the_sizes(size, third):
    """x of size 1e6, W of 1e-6 and b of 1 in one call."""
    inputs = of_sizes(size, 1 / size, third, 1)
    report = gl.check_backward(bilinear, right, *inputs, names=("x", "W", "b"))
    assert report.passed, str(report)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("k", [0, 1, 2], ids=["dx", "dW", "db"])
def test_small_error_is_seen_whatever_the_sizes(size, k):
    """One entry off by a thousandth of its gradient's rms, in any input."""

    def wrong(dout, cache):
        grads = list(right(dout, cache))
        grads[k] = grads[k].copy()
        grads[k].flat[1] += 1e-3 * np.sqrt(np.mean(grads[k] ** 2))
        return grads

    report = gl.check_backward(bilinear, wrong, *of_sizes(size, 1 / size, 1.0, 2))
    assert [c.outcome == "wrong value" for c in report.comparisons] == [j == k for j in range(3)]


FUNCTIONS = {
    "square": (np.square, lambda x: 2 * x),
    "fraction": (lambda x: x / (1 + x * x), lambda x: (1 - x * x) / (1 + x * x) ** 2),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "linear": (lambda x: 3 * x, lambda x: 3 + 0 * x),
}


def mixed(size, seed):
    """Three rows of numbers `size` times those of the other two."""
    x = np.random.default_rng([seed, 9]).normal(size=(5, 7))
    x[::2] *= size
    return x


@pytest.mark.parametrize(("f", "df"), FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("size", [1e2, 1e4, 1e6, 1e8])
def test_large_and_small_numbers_may_stand_in_one_array(f, df, size):
    """The right gradient is not called wrong because steps fit the large numbers only."""
    for seed in range(5):
        report = gl.check_backward(
            lambda x: (f(x), x), lambda dout, x: dout * df(x), mixed(size, seed), seed=seed
        )
        assert report.passed, str(report)


@pytest.mark.parametrize("name", ["square", "linear"])
@pytest.mark.parametrize("size", [1e2, 1e4, 1e6])
@pytest.mark.parametrize("at", [(1, 2), (0, 3)], ids=["among the small", "among the large"])
def test_error_of_a_thousandth_is_seen_in_both(name, size, at):
    """Neither the small numbers' gradients nor the large ones' hide the others'."""
    f, df = FUNCTIONS[name]
    for seed in range(5):

        def wrong(dout, x):
            dx = dout * df(x)
            dx[at] *= 1.001
            return dx

        report = gl.check_backward(lambda x: (f(x), x), wrong, mixed(size, seed), seed=seed)
        assert report.verdict == "failed"


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_numbers_far_from_zero_are_moved_by_their_distances(offset):
    """Layer norm of rows of 1e6 +- 1: rounding of the places themselves is allowed for."""

    def forward(x):
        centred = x - x.mean(axis=1, keepdims=True)
        std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
        return centred / std, (centred / std, std)

    def backward(dout, cache):
        n, std = cache
        own = dout - dout.mean(axis=1, keepdims=True)
        return (own - n * (dout * n).mean(axis=1, keepdims=True)) / std

    for seed in range(5):
        x = offset + np.random.default_rng([seed, 9]).normal(size=(5, 7))
        assert gl.check_backward(forward, backward, x, seed=seed).verdict != "failed"


def test_difference_is_confirmed_at_a_shorter_step():
    """One entry of 1 among many of 1e8, too few to set the step: at most undecided, not wrong."""
    x = np.random.default_rng([0, 9]).normal(size=(5, 7))
    x.flat[1:] *= 1e6
    report = gl.check_backward(
        lambda x: (np.tanh(x), np.tanh(x)), lambda dout, h: dout * (1 - h * h), x
    )
    assert report.passed, str(report)


@pytest.mark.parametrize("scale", [2.0**-40, 1.0, 2.0**40])
def test_numbers_close_to_kinks_hide_no_lone_error(scale):
    """Where a ReLU turns within the step, a point beside it is looked at as well."""
    rng = np.random.default_rng([3, 9])
    x, W = rng.normal(size=(31, 5)), scale * rng.normal(size=(5, 37))
    W[:, 0] -= (x[0] @ W[:, 0] - 1e-7 * scale) * x[0] / (x[0] @ x[0])  # x[0] @ W[:, 0] is 1e-7

    def forward(W):
        return np.maximum(x @ W, 0), x @ W

    def wrong(dout, z):
        dW = x.T @ (dout * (z > 0))
        dW[2, 5] += 1e-5 * np.sqrt(np.mean(dW**2))
        return dW

    def right(dout, z):
        return x.T @ (dout * (z > 0))

    for seed in range(5):
        assert gl.check_backward(forward, right, W, seed=seed).passed
        assert gl.check_backward(forward, wrong, W, seed=seed).verdict == "failed"
