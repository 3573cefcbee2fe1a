"""Points on kinks and ties: what may be chosen there, and what may not."""

import numpy as np
import pytest

import gradelib as gl


def largest(a, b):
    return max(a, b), (a, b)


@pytest.mark.parametrize(
    ("shares", "passed"),
    [((1, 0), True), ((0, 1), True), ((0.5, 0.5), True), ((1, 1), False), ((0, 0), False)],
    ids=["first", "second", "half each", "both", "none"],
)
def test_tie_of_two_numbers_hands_on_the_gradient_once(shares, passed):
    """At max(2, 2) any split is right that adds up to the upstream gradient."""

    def backward(d, c):
        a, b = c
        if a == b:
            return shares[0] * d, shares[1] * d
        return d * (a > b), d * (b > a)

    report = gl.check_backward(largest, backward, 2.0, 2.0)
    assert report.passed is passed
    assert passed or "share one gradient" in str(report)


@pytest.mark.parametrize("slope", [0, 0.3, 1], ids=str)
def test_relu_may_have_any_slope_between_its_sides_at_zero(slope):
    """At exactly 0 every subgradient passes, and the report says that entries sit on a kink."""
    x = np.array([[1.0, 0.0, -2.0], [0.0, 3.0, -1.0]])
    report = gl.check_backward(
        lambda x: (np.maximum(x, 0), x), lambda d, x: d * np.where(x == 0, slope, x > 0), x
    )
    assert report.passed
    assert "2 entries sit on a kink" in str(report)


@pytest.mark.parametrize("slope", [-0.2, 1.2], ids=str)
def test_slope_beyond_both_sides_fails_at_a_kink(slope):
    """A subgradient outside of the one-sided slopes is wrong in the entries on the kink only."""
    x = np.array([[1.0, 0.0, -2.0], [0.0, 3.0, -1.0]])
    report = gl.check_backward(
        lambda x: (np.maximum(x, 0), x), lambda d, x: d * np.where(x == 0, slope, x > 0), x
    )
    assert report.verdict == "failed"
    assert report.comparisons[0].wrong == 2


@pytest.mark.parametrize("x", [8.7e-8, 1e-300, 0.0, -3e-5, 1e6], ids=str)
def test_numbers_of_every_size_are_differentiated(x):
    """The step finds its length also where the input's size says nothing of the function's."""
    measured = gl.numerical_gradient(lambda x: np.cos(x) * x + 5, x)
    right = np.cos(x) - x * np.sin(x)
    assert abs(measured - right) < 1e-7 * max(1, abs(right))
