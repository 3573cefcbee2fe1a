"""Right gradients that are hard to evaluate are not taken for finite differences."""

import numpy as np
import pytest

import gradelib as gl


def steep(x):
    return np.sin(2 * x * (x + x**2)), x


def steep_backward(dout, x):
    return dout * np.cos(2 * x * (x + x**2)) * (4 * x + 6 * x**2)


@pytest.mark.parametrize("seed", range(5))
def test_gradient_beside_an_extremum_is_no_finite_difference(seed):
    """Where the gradient is small, and its argument rounds, it scatters of its own."""
    report = gl.check_backward(steep, steep_backward, np.array(1.3032429), seed=seed)
    assert report.passed, str(report)


@pytest.mark.parametrize("speed", [1e3, 1e5, 1e6], ids=str)
def test_gradient_of_a_fast_function_is_no_finite_difference(speed):
    """A sine of a large argument rounds by its own size, for each of twenty single numbers."""
    failed = []
    for seed in range(20):
        x = float(np.random.default_rng(seed).normal())
        report = gl.check_backward(
            lambda x: (np.sin(speed * x), x),
            lambda dout, x: dout * speed * np.cos(speed * x),
            x,
            seed=seed,
        )
        if not report.passed:
            failed.append((seed, str(report)))
    assert failed == []
