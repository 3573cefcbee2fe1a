"""Ordinary code at awkward places: nice integers, blank samples, odd caches, guarded domains."""

import itertools

import numpy as np
import pytest

import gradelib as gl


def multiply(a, b):
    return a * b, (a, b)


def branch(x, y, z):
    return (x + y) * max(y, z), (x, y, z)


def branch_backward(dout, cache):
    x, y, z = cache
    return dout * max(y, z), dout * max(y, z) + dout * (x + y) * (y >= z), dout * (x + y) * (z > y)


def test_product_of_nice_integers_passes():
    """Every pair from -3 to 3, zeros among them, as in circuits drawn by hand."""
    for a, b in itertools.product(range(-3, 4), repeat=2):
        report = gl.check_backward(
            multiply, lambda d, c: (d * c[1], d * c[0]), float(a), float(b), seed=a + 5 * b + 50
        )
        assert report.passed, (a, b, str(report))


def test_branching_circuit_of_nice_integers_passes():
    """(x + y) max(y, z) at integers, ties included, with the subgradient that takes y."""
    for point in itertools.product((-2, -1, 0, 2), repeat=3):
        report = gl.check_backward(branch, branch_backward, *map(float, point))
        assert report.passed, (point, str(report))


def test_gradient_of_enormous_numbers_fails():
    """Numbers whose squares overflow are wrong, not beyond judgement."""
    x = np.random.default_rng(0).normal(size=(3, 4))
    report = gl.check_backward(lambda x: (x**2, x), lambda d, x: np.full(x.shape, 1e200), x)
    assert report.verdict == "failed"


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.1, 2.0], ids=str)
@pytest.mark.parametrize("outputs", [1, 3, 20], ids=str)
def test_blank_sample_hides_nothing(factor, outputs):
    """With b = 0 and a blank sample all of b sits on kinks, and still only the right db passes."""
    for seed in range(10):
        g = np.random.default_rng(seed)
        X, W, V = g.normal(size=(5, 3)), g.normal(size=(3, 4)), g.normal(size=(4, outputs))
        X[2] = 0

        def forward(b, X=X, W=W, V=V):
            h = np.maximum(X @ W + b, 0)
            return h @ V, h

        report = gl.check_backward(
            forward, lambda d, h, V=V: factor * ((d @ V.T) * (h > 0)).sum(0), np.zeros(4), seed=seed
        )
        assert report.passed is (factor == 1.0), str(report)


def test_other_inputs_keep_their_types():
    """Tuples stay tuples on every call, and what a student does to a dict does not come back."""
    options = {"scale": [2.0]}

    def forward(x, shape, options):
        assert type(shape) is tuple
        scale = options["scale"].pop()
        return scale * x.reshape(shape), (x.shape, scale)

    report = gl.check_backward(
        forward, lambda d, c: c[1] * d.reshape(c[0]), np.ones((3, 4)), (4, 3), options
    )
    assert report.passed or report.outcome == "contract"
    assert options == {"scale": [2.0]}


def test_forward_that_guards_its_domain_is_not_blamed():
    """Where a step of the check leaves the domain, the check looks closer in."""

    def log(x):
        if np.any(x <= 0):
            raise ValueError("x must be positive")
        return np.log(x), x

    x = np.random.default_rng(0).uniform(0.01, 3, size=5)
    assert gl.check_backward(log, lambda d, x: d / x, x).passed
    assert gl.check_backward(log, lambda d, x: 0 * x, x).outcome == "wrong value"


def loops(dout, x):
    steps = 1
    while steps > 0:
        dx = dout * x
        steps = steps - 1
    return dx


def test_diagnosis_never_hangs_on_a_loop():
    """A while loop is not edited and run again: it might never end."""
    report = gl.check_backward(lambda x: (x**2, x), loops, np.ones(4) * 1.5)
    assert [d.mistake for d in report.diagnoses] == ["factor-half"]


def rebuilds(dout, x):
    dx = dout * x
    dx = np.asarray(dx)
    return dx  # noqa: RET504 - the assignment is what is tested


@pytest.mark.parametrize(
    ("forward", "backward", "inputs", "mistake"),
    [
        (lambda x: (x**2, x), rebuilds, (np.arange(1.0, 6.0),), "factor-half"),
        (lambda x: (np.tanh(x), x), lambda d, x: d, (np.arange(1.0, 6.0),), "handed-through"),
        (multiply, lambda d, c: (d, d * c[0]), (-1.0, -1.0), None),
        (multiply, lambda d, c: (d * c[1], d), (5.0, 2.0), None),
    ],
    ids=["builds on itself", "dout itself", "a factor of -1", "a factor of 5"],
)
def test_coincidence_is_not_named(forward, backward, inputs, mistake):
    """What another mistake would give as well at these numbers is named only if it holds nearby."""
    report = gl.check_backward(forward, backward, *inputs)
    assert report.verdict == "failed"
    assert [d.mistake for d in report.diagnoses] == ([mistake] if mistake else [])


def test_numpy_settings_of_a_student_end_with_the_check():
    """np.seterr in a student's function does not reach the next cell."""
    before = np.geterr()

    def backward(dout, x):
        np.seterr(all="raise")
        return dout * 2 * x

    assert gl.check_backward(lambda x: (x**2, x), backward, np.ones(3)).passed
    assert np.geterr() == before
    assert not gl.check_values(np.array([1e-300]), np.array([1.0]), name="tiny").passed


def test_cache_of_objects_is_no_obstacle():
    """An object array in the cache is compared entry by entry."""

    def forward(x):
        cache = np.empty(2, dtype=object)
        cache[0], cache[1] = x.copy(), np.ones(3)
        return x**2, cache

    assert gl.check_backward(forward, lambda d, c: 2 * d * c[0], np.arange(4.0)).passed


def test_numbers_are_shown_in_digits_that_tell_them_apart():
    """Six equal digits on both sides would look like a mistake of the checker."""
    x = np.array([1.0, 2.0, 3.0])
    text = str(gl.check_backward(lambda x: (x**2, x), lambda d, x: 2.0000004 * x * d, x))
    yours = next(line.split()[1] for line in text.splitlines() if line.strip().startswith("yours"))
    right = next(line.split()[1] for line in text.splitlines() if line.strip().startswith("num"))
    assert yours != right
