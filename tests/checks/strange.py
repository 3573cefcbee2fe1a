"""Strange things that a student's function may do or return, and a check of the affine layer.

Offers arrays and objects that misbehave (`HUGE`, `Liar`, `Proud`), functions that do (`raising`,
`recursive`, `Counter`) and `check`, which hands the affine layer's inputs to the checker.
"""

import numpy as np
from zoo import affine_backward, affine_forward

import gradelib as gl

X, W, B = (
    np.random.default_rng(1).normal(size=(5, 7)),
    np.random.default_rng(2).normal(size=(7, 3)),
    np.random.default_rng(3).normal(size=3),
)
HUGE = np.broadcast_to(np.float64(0.5), (10**9,))


class Liar(np.ndarray):
    """Claims to equal everything, and to be whatever a ufunc or function is asked about."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return 0.0

    def __array_function__(self, func, kinds, args, kwargs):
        return True

    __hash__ = None


class Proud:
    """An object that turns itself into the right array, or raises, when it is asked."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array here")

    def __len__(self):
        raise RuntimeError("no length here")


def check(backward, forward=affine_forward, inputs=None, **options):
    inputs = (X.copy(), W.copy(), B.copy()) if inputs is None else inputs
    return gl.check_backward(forward, backward, *inputs, **options)


def changed(change):
    """The right gradients of the affine layer, changed."""
    return lambda dout, cache: change(*affine_backward(dout, cache))


def raising(error):
    def function(*args):
        raise error

    return function


def recursive(*args):
    return recursive(*args)


def with_entry(g, value):
    g = g.copy()
    g.flat[4] = value
    return g


def liar(g):
    return (-g).view(Liar)


def masked(g):
    """Wrong where the mask hides it."""
    return np.ma.masked_array(-g, mask=np.ones(g.shape, dtype=bool))


class Counter:
    """Counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.calls
