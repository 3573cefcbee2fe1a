"""How small an error is seen: the verdict rests on what the differences can be wrong by."""

import numpy as np
import pytest

import gradelib as gl


def affine(x, W):
    return x @ W, (x, W)


@pytest.mark.parametrize(("error", "passed"), [(2e-7, False), (1e-12, True)], ids=str)
def test_relative_error_is_seen_far_below_customary_tolerances(error, passed):
    """One part in five million is wrong, one part in a million million is rounding."""
    for seed in range(20):
        g = np.random.default_rng(seed)
        x, W = g.normal(size=(5, 7)), g.normal(size=(7, 3))
        report = gl.check_backward(
            affine, lambda d, c: (d @ c[1].T, c[0].T @ d * (1 + error)), x, W, seed=seed
        )
        assert report.passed is passed


@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (lambda x: np.exp(3 * x), lambda x: 3 * np.exp(3 * x), 1.0),
        (lambda x: np.sin(40 * x), lambda x: 40 * np.cos(40 * x), 0.3),
        (lambda x: 1 / (x - 0.99), lambda x: -1 / (x - 0.99) ** 2, 1.0),
    ],
    ids=["exp(3x)", "sin(40x)", "near a pole"],
)
def test_numerical_gradient_takes_curvature_out(f, slope, x):
    """Extrapolation makes ten digits of what plain differences know to eight at best."""
    assert gl.numerical_gradient(f, x) == pytest.approx(slope(x), rel=2e-10)
