"""check_gradient, check_jacobian and numerical_gradient."""

import numpy as np
import pytest
from strange import raising
from zoo import softmax

import gradelib as gl


def drawn(*shape):
    return np.random.default_rng(11).normal(size=shape)


def cubes(x):
    return float((x**3).sum())


def cubes_gradient(x):
    return 3 * x**2


GRADIENTS = {  # id: (gradient of cubes, verdict, outcomes)
    "right": (cubes_gradient, {"passed"}),
    "sign": (lambda x: -3 * x**2, {"wrong value"}),
    "factor": (lambda x: x**2, {"wrong value"}),
    "a millionth": (lambda x: 3 * x**2 * (1 + 1e-6), {"wrong value"}),
    "summed": (lambda x: (3 * x**2).sum(), {"contract"}),
    "flat": (lambda x: (3 * x**2).ravel(), {"contract"}),
    "NaN": (lambda x: x * np.nan, {"contract"}),
    "float32": (lambda x: (3 * x**2).astype("f4"), {"contract"}),
    "list": (lambda x: (3 * x**2).tolist(), {"contract"}),
    "None": (lambda x: None, {"not attempted", "contract"}),
    "raises": (raising(ValueError("lost")), {"raised"}),
    "SystemExit": (raising(SystemExit(1)), {"raised"}),
    "stub": (raising(NotImplementedError("write it")), {"not attempted"}),
    "changes x": (lambda x: np.multiply(3 * x, x, out=x), {"contract"}),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in GRADIENTS.items()])
def test_check_gradient(row, capfd):
    """check_gradient passes the right gradient and names what is off in the others."""
    grad, outcomes = row
    x = drawn(3, 5)
    report = gl.check_gradient(cubes, grad, x)
    assert report.outcome in outcomes
    assert report.passed is (outcomes == {"passed"})
    assert np.array_equal(x, drawn(3, 5))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "x",
    [np.array(1.3), drawn(1), drawn(2, 3, 2), drawn(3, 5).astype("f4"), drawn(4, 6)[::2].T, 1.3],
    ids=["0-d", "one entry", "3 axes", "float32", "strided", "Python float"],
)
def test_check_gradient_in_every_shape(x):
    """check_gradient works in every shape."""
    assert gl.check_gradient(lambda x: np.sum(x**3), cubes_gradient, x).passed is True
    assert gl.check_gradient(lambda x: np.sum(x**3), lambda x: 2 * x**2, x).passed is False


def test_check_gradient_of_a_function_that_returns_an_array_does_not_pass():
    """f must return a number."""
    try:
        report = gl.check_gradient(lambda x: x**3, cubes_gradient, drawn(3, 5))
    except (TypeError, ValueError):
        return
    assert report.passed is False


A53 = drawn(5, 3)


def softmax_vector(x):
    return softmax(x[None])[0]


def softmax_jacobian(x):
    p = softmax_vector(x)
    return np.diag(p) - np.outer(p, p)


JACOBIANS = {  # id: (f, jacobian, n, passes)
    "linear": (lambda x: A53 @ x, lambda x: A53.copy(), 3, True),
    "linear, transposed": (lambda x: A53 @ x, lambda x: A53.T.copy(), 3, False),
    "linear, sign": (lambda x: A53 @ x, lambda x: -A53, 3, False),
    "softmax": (softmax_vector, softmax_jacobian, 5, True),
    "softmax, diagonal": (softmax_vector, lambda x: np.diag(softmax_vector(x)), 5, False),
    "squares": (lambda x: x**2, lambda x: np.diag(2 * x), 5, True),
    "squares, the diagonal as a vector": (lambda x: x**2, lambda x: 2 * x, 5, False),
    "tanh, one entry off": (
        np.tanh,
        lambda x: np.diag(1 - np.tanh(x) ** 2) + 1e-4 * np.eye(5, k=1) * (x > 0)[:, None],
        5,
        False,
    ),
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.diag(1.0 * (x > 0)), 5, True),
    "one output": (lambda x: (x**2).sum(keepdims=True), lambda x: 2 * x[None], 5, True),
    "one input": (lambda x: np.array([x[0], x[0] ** 2]), lambda x: np.array([[1.0], [2 * x[0]]]),
                  1, True),
    "NaN": (lambda x: x**2, lambda x: np.diag(x * np.nan), 5, False),
    "None": (lambda x: x**2, lambda x: None, 5, False),
    "raises": (lambda x: x**2, raising(IndexError("lost")), 5, False),
    "stub": (lambda x: x**2, raising(NotImplementedError("write it")), 5, False),
    "nested lists": (lambda x: x**2, lambda x: np.diag(2 * x).tolist(), 5, False),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in JACOBIANS.items()])
def test_check_jacobian(row, capfd):
    """check_jacobian holds the shape (m, n) and every entry."""
    f, jacobian, n, passes = row
    x = drawn(n) + 0.1
    report = gl.check_jacobian(f, jacobian, x)
    assert report.passed is passes, str(report)
    assert np.array_equal(x, drawn(n) + 0.1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("x", [drawn(2, 3), np.array(1.0)], ids=["2-d", "0-d"])
def test_check_jacobian_of_other_than_a_vector_is_misuse(x):
    """A Jacobian (m, n) is by a vector (n,)."""
    with pytest.raises((TypeError, ValueError)):
        gl.check_jacobian(lambda x: x**2, lambda x: np.diag(2 * x), x)


SMOOTH = {  # id: (f, gradient, x)
    "cubes": (cubes, cubes_gradient, drawn(3, 5)),
    "exp": (lambda x: np.exp(x).sum(), np.exp, drawn(7)),
    "sin at 100": (lambda x: np.sin(x).sum(), np.cos, 100 + drawn(7)),
    "log": (lambda x: np.log(x).sum(), lambda x: 1 / x, 0.5 + np.abs(drawn(7))),
    "0-d": (lambda x: x**3, cubes_gradient, np.array(1.7)),
    "Python float": (lambda x: x**3, cubes_gradient, 1.7),
    "3 axes": (lambda x: np.tanh(x).sum(), lambda x: 1 - np.tanh(x) ** 2, drawn(2, 3, 4)),
    "one entry": (lambda x: (x**2).sum(), lambda x: 2 * x, np.array([0.3])),
    "zeros": (lambda x: np.sin(x).sum(), np.cos, np.zeros((2, 3))),
    "scaled by 1e-8": (lambda x: 1e-8 * np.sin(x).sum(), lambda x: 1e-8 * np.cos(x), drawn(5)),
    "scaled by 1e8": (lambda x: 1e8 * np.sin(x).sum(), lambda x: 1e8 * np.cos(x), drawn(5)),
    "large x": (lambda x: (x**2).sum(), lambda x: 2 * x, 1e6 * drawn(5)),
    "small x": (lambda x: (x**2).sum(), lambda x: 2 * x, 1e-6 * drawn(5)),
    "strided": (cubes, cubes_gradient, drawn(6, 4)[::2].T),
    "float32": (cubes, lambda x: 3 * x.astype(float) ** 2, drawn(5).astype("f4")),
    "integers": (lambda x: (x**2).sum(), lambda x: 2.0 * x, np.array([1, -2, 3])),
    "empty": (lambda x: x.sum(), lambda x: x, np.zeros((0, 3))),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in SMOOTH.items()])
def test_numerical_gradient_is_accurate(row):
    """The numerical gradient has x's shape and is right to 1e-8 of the largest entry."""
    f, gradient, x = row
    got = gl.numerical_gradient(f, x)
    want = np.asarray(gradient(x if isinstance(x, float) else x.copy()), dtype=float)
    assert isinstance(got, np.ndarray)
    assert got.dtype == np.float64
    assert got.shape == np.shape(x)
    assert np.abs(got - want).max(initial=0) <= 1e-8 * np.abs(want).max(initial=0)


def test_numerical_gradient_of_an_array_is_contracted_with_dout():
    """With dout the result is the vector-Jacobian product."""
    x, W, dout = drawn(5, 7), drawn(7, 3), drawn(5, 3)
    by_x = gl.numerical_gradient(lambda x, W: x @ W, x, W, dout=dout)
    by_W = gl.numerical_gradient(lambda x, W: x @ W, x, W, wrt=1, dout=dout)
    assert np.allclose(by_x, dout @ W.T, rtol=1e-8, atol=1e-10)
    assert np.allclose(by_W, x.T @ dout, rtol=1e-8, atol=1e-10)


def test_numerical_gradient_of_a_number_takes_dout_as_a_factor():
    """A scalar output may have a dout too."""
    got = gl.numerical_gradient(cubes, drawn(4), dout=-2.0)
    assert np.allclose(got, -6 * drawn(4) ** 2, rtol=1e-8)


def test_numerical_gradient_leaves_its_inputs_alone():
    """Inputs, writeable or not, are as before, and other inputs go through as they are."""
    x, index = drawn(5, 3), np.array([0, 2, 2])
    x.setflags(write=False)
    got = gl.numerical_gradient(lambda x, index: (x[index] ** 2).sum(), x, index)
    assert np.array_equal(x, drawn(5, 3))
    assert np.allclose(got[2], 4 * x[2], rtol=1e-8)


MISUSES = {
    "array without dout": (lambda x: x**2, (drawn(3),), {}),
    "dout of another shape": (lambda x: x**2, (drawn(3),), {"dout": np.ones(4)}),
    "dout that would broadcast": (lambda x: x**2, (drawn(2, 3),), {"dout": np.ones(3)}),
    "wrt out of range": (lambda x: x.sum(), (drawn(3),), {"wrt": 1}),
    "wrt a string": (lambda x: x.sum(), (drawn(3),), {"wrt": "x"}),
    "no inputs": (lambda: 1.0, (), {}),
    "not callable": (3.0, (drawn(3),), {}),
    "a string to differentiate by": (len, ("abc",), {}),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in MISUSES.items()])
def test_numerical_gradient_misused(row):
    """Misuse raises TypeError or ValueError."""
    f, inputs, options = row
    with pytest.raises((TypeError, ValueError)):
        gl.numerical_gradient(f, *inputs, **options)


def test_rng_is_fixed_by_its_tag():
    """The same tag draws the same numbers, another tag draws others."""
    first, second = (gl.rng("affine").normal(size=5) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, gl.rng("relu").normal(size=5))
    assert isinstance(gl.rng("affine"), np.random.Generator)
