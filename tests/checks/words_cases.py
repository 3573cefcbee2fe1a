"""Calls whose reports a student reads, by name: for the test of their words."""

import sys
import warnings

import numpy as np

import gradelib as gl

X = np.arange(1.0, 7.0).reshape(2, 3) / 4


class Odd(np.ndarray):
    """An array of another class."""


def square(x):
    return x**2, x


def back(answer):
    """A report on the square, whose backward is `answer(dout, x)`."""

    def backward(dout, x):
        return answer(dout, x)

    return lambda: gl.check_backward(square, backward, X)


def fore(forward, backward=lambda dout, cache: dout, *inputs, **options):
    return lambda: gl.check_backward(forward, backward, *(inputs or (X,)), **options)


def pair(answer):
    """A report on a product of two inputs, whose backward is `answer(dout, cache)`."""
    return lambda: gl.check_backward(lambda a, b: (a * b, (a, b)), answer, X, X + 1)


def value(actual, expected, **options):
    return lambda: gl.check_values(actual, expected, name="v", **options)


def loss(answer, params=None):
    return lambda: gl.check_loss(answer, {"w": X[0], "n": 3} if params is None else params)


def summed(gradients):
    return loss(lambda p: (np.sum(p["w"] ** 2), gradients(p)))


def raising(error):
    def backward(dout, x):
        raise error

    return lambda: gl.check_backward(square, backward, X)


def speaking(dout, x):
    print("here\tI am")
    print("here\tI am")
    print("x is wrong", file=sys.stderr)
    warnings.warn("look out", stacklevel=1)
    return 2 * dout * x


def chatting(dout, x):
    print("a" * 599 + "bc")
    return 2 * dout * x


def writing(dout, x):
    x += 1
    return 2 * dout * (x - 1)


def counting():
    calls = iter(range(100))
    return lambda dout, x: 2 * dout * x + 0.1 * next(calls)


def rewriting(p):
    p["w"] = p["w"] + 0
    return np.sum(p["w"] ** 2), {"w": 2 * p["w"]}


def extending(p):
    p["more"] = 1
    return np.sum(p["w"] ** 2), {"w": 2 * p["w"]}


def changing(x):
    x *= 2
    return x.copy(), x


def lucky():
    draws = np.random.default_rng(0)
    return lambda x: (x + draws.normal(size=x.shape), x)


def one(x):
    return x.sum(), x


def jumping(x):
    return (x if np.array_equal(x, X) else x[:1]), x


CASES = {
    "None": back(lambda dout, x: None),
    "a truth value": back(lambda dout, x: True),
    "a numpy truth value": back(lambda dout, x: np.True_),
    "float32": back(lambda dout, x: x.astype(np.float32)),
    "integers": back(lambda dout, x: x.astype(int)),
    "unsigned": back(lambda dout, x: x.astype(np.uint8)),
    "truth values": back(lambda dout, x: x > 0),
    "complex": back(lambda dout, x: x + 1j),
    "another shape": back(lambda dout, x: x.T),
    "NaN": back(lambda dout, x: np.where(x > 1, np.nan, x)),
    "infinite": back(lambda dout, x: x / 0),
    "a subclass": back(lambda dout, x: x.view(Odd)),
    "a number": back(lambda dout, x: 3.0),
    "a numpy number": back(lambda dout, x: np.float64(3.0)),
    "a numpy integer": back(lambda dout, x: np.int64(3)),
    "a huge number": back(lambda dout, x: 10**400),
    "a text": back(lambda dout, x: "dx"),
    "a list of rows": back(lambda dout, x: x.tolist()),
    "a list of one": back(lambda dout, x: [2 * dout * x]),
    "an empty tuple": back(lambda dout, x: ()),
    "a dict": back(lambda dout, x: {"x": x}),
    "too many": back(lambda dout, x: (x, x)),
    "too large": back(lambda dout, x: np.broadcast_to(0.0, (2**14, 2**13))),
    "None for two": pair(lambda dout, c: None),
    "one for two": pair(lambda dout, c: dout),
    "a list of two": pair(lambda dout, c: [dout * c[1], dout * c[0]]),
    "None among two": pair(lambda dout, c: (dout * c[1], None)),
    "infinite number": lambda: gl.check_gradient(lambda x: x**2, lambda x: np.inf, 2.0),
    "array for a number": lambda: gl.check_gradient(lambda x: x**2, lambda x: np.ones(2), 2.0),
    "not written": raising(NotImplementedError("write dx here")),
    "not written, without words": raising(NotImplementedError()),
    "raises": raising(ValueError("lost\nin  two lines")),
    "raises without words": raising(KeyError()),
    "raises many words": raising(ValueError("x" * 300)),
    "raises in numpy": back(lambda dout, x: x @ x),
    "prints and warns": fore(square, speaking),
    "prints too much": fore(square, chatting),
    "changes its cache": fore(square, writing),
    "another answer": lambda: gl.check_backward(square, counting(), X),
    "changes dout": back(lambda dout, x: np.multiply(2 * x, dout, out=dout)),
    "forward gives no pair": fore(lambda x: x),
    "forward gives three": fore(lambda x: (x, x, x)),
    "forward gives None": fore(lambda x: (None, x)),
    "forward changes its input": fore(changing),
    "forward is random": fore(lucky()),
    "forward is NaN": fore(lambda x: (x * np.nan, x)),
    "forward gives integers": fore(lambda x: (x.astype(int), x)),
    "forward gives a numpy float32": fore(
        lambda x: (np.float32(x.sum()), x), lambda dout, x: 1.0 * dout * np.ones_like(x)
    ),
    "forward changes shape": fore(jumping),
    "right": back(lambda dout, x: 2 * dout * x),
    "gradient of an array": lambda: gl.check_gradient(lambda x: x, lambda x: x, X),
    "Jacobian of a number": lambda: gl.check_jacobian(np.sum, lambda x: x, X[0]),
    "Jacobian of another shape": lambda: gl.check_jacobian(
        lambda x: x[:2] ** 2, lambda x: np.eye(4), X[0]
    ),
    "Jacobian turned": lambda: gl.check_jacobian(
        lambda x: x[:2] ** 2, lambda x: np.ones((3, 2)), X[0]
    ),
    "Jacobian is None": lambda: gl.check_jacobian(np.square, lambda x: None, X[0]),
    "Jacobian changes x": lambda: gl.check_jacobian(
        np.square, lambda x: np.diag(np.multiply(2, x, out=x)), X[0]
    ),
    "loss gives one thing": loss(lambda p: 1.0),
    "loss is no number": loss(lambda p: (p["w"], {"w": p["w"]})),
    "gradients are a list": summed(lambda p: [p["w"]]),
    "a gradient is missing": summed(lambda p: {}),
    "a gradient is unknown": summed(lambda p: {"w": 2 * p["w"], "v": 1}),
    "missing and unknown": summed(lambda p: {"v": 1, "u": 2}),
    "a gradient that is not needed": summed(lambda p: {"w": 2 * p["w"], "n": None}),
    "loss puts another array there": loss(rewriting),
    "loss puts another name there": loss(extending),
    "value right": value(3, 3),
    "value missing": value(None, 3),
    "value still dots": value(..., 3),
    "value of a function that returns nothing": value(lambda: None, 3),
    "value of a function that raises": value(lambda: 1 / 0, 3),
    "value wrong": value(3, 4),
    "value in words": value("up", "down"),
    "value in words, hidden": value("up", "down", reveal=False),
    "value a long text": value("u" * 200, "down"),
    "value a truth value": value(True, False),
    "values true": value([True, False], [True, True]),
    "text for a number": value("3", 3),
    "number for a text": value(3, "up"),
    "truth value for a number": value(True, 1),
    "array for one number": value(np.ones(3), 1),
    "list for an array": value([1.0, 2.0], np.array([1.0, 2.0])),
    "list of another length": value([1, 2], [1, 2, 3]),
    "list of lists for a list": value([[1, 2]], [1, 2]),
    "unequal parts": value([[1], [1, 2]], [1, 2]),
    "array of another shape": value(np.ones((2, 3)), np.ones((3, 2))),
    "array of another dtype": value(np.ones(3, dtype=int), np.ones(3)),
    "array of float32": value(np.ones(3, dtype=np.float32), np.ones(3)),
    "integers of floats": value(np.ones(3), np.ones(3, dtype=int)),
    "array of a subclass": value(np.ones(3).view(Odd), np.ones(3)),
    "a value that is a dict": value({}, [1, 2]),
    "a value that is a set, for a matrix": value({1}, [[1, 2]]),
    "a value too large": value(10**400, 3),
    "a value that is NaN": value(np.nan, 3),
    "values of which one is NaN": value(np.array([[1.0, np.nan]]), np.ones((1, 2))),
    "hidden: zero": value(0, 3, reveal=False),
    "hidden: sign": value(-3, 3, reveal=False),
    "hidden: too small": value(2, 3, reveal=False),
    "hidden: too large": value(4.5, 3, reveal=False),
    "hidden: it is zero": value(4.5, 0, reveal=False),
    "hidden: one of a list": value([1, 2, 3], [1, 2, 4], reveal=False),
    "sealed": lambda: gl.check_values(1, gl.sealed(gl.seal(2)), name="v"),
}
