"""Inputs of every form pass with the right backward; an author's misuse is a clear error."""

import numpy as np
import pytest
import zoo as z
from strange import B, W, X, check
from zoo import affine_backward, affine_forward

import gradelib as gl


def frozen(array):
    array = array.copy()
    array.setflags(write=False)
    return array


def gather_forward(table, index, options):
    """An integer array and a dict go through untouched."""
    assert type(index) is np.ndarray
    assert index.dtype == np.int64
    assert options == {"scale": 2}
    return options["scale"] * table[index], (table.shape, index, options)


def gather_backward(dout, cache):
    shape, index, options = cache
    g = np.zeros(shape)
    np.add.at(g, index, options["scale"] * dout)
    return g


def labelled_forward(x, label):
    assert label == "square"
    return x**2, x


SQUARES = (lambda x: (x**2, x), lambda dout, x: 2 * dout * x)
IDENTITY = (lambda x: (x, None), lambda dout, cache: dout)

FORMS = {  # id: (forward, backward, inputs, options)
    "float32": (affine_forward, affine_backward, tuple(a.astype("f4") for a in (X, W, B)), {}),
    "float16": (affine_forward, affine_backward, tuple(a.astype("f2") for a in (X, W, B)), {}),
    "big-endian": (affine_forward, affine_backward, tuple(a.astype(">f8") for a in (X, W, B)), {}),
    "mixed precision": (affine_forward, affine_backward, (X, W.astype("f4"), B), {}),
    "read-only": (affine_forward, affine_backward, tuple(map(frozen, (X, W, B))), {}),
    "Fortran order": (affine_forward, affine_backward, (np.asfortranarray(X), W, B), {}),
    "strided": (affine_forward, affine_backward, (X[::2, ::-1], W, B[::-1]), {}),
    "broadcast": (affine_forward, affine_backward, (np.broadcast_to(X[0], (5, 7)), W, B), {}),
    "the same array twice": (z.product_forward, z.product_backward, (X, X), {}),
    "views of each other": (z.product_forward, z.product_backward, (X[:-1], X[1:]), {}),
    "no samples": (affine_forward, affine_backward, (X[:0], W, B), {}),
    "one sample": (affine_forward, affine_backward, (X[:1], W, B), {}),
    "0-d": (*SQUARES, (np.array(1.7),), {}),
    "0-d float32": (*SQUARES, (np.array(1.7, dtype="f4"),), {}),
    "numpy scalar": (*SQUARES, (np.float64(1.7),), {}),
    "Python float": (*SQUARES, (1.7,), {}),
    "Python floats": (z.circuit_forward, z.circuit_backward, (1.0, 2.0, 0.5), {}),
    "zero": (*SQUARES, (0.0,), {}),
    "zeros": (*SQUARES, (np.zeros((3, 5)),), {}),
    "very large": (*SQUARES, (1e50 * X,), {}),
    "very small": (*SQUARES, (1e-50 * X,), {}),
    "four axes": (*SQUARES, (np.ones((2, 3, 5, 2)) * 0.3,), {}),
    "labels and a dict": (
        gather_forward, gather_backward, (X, np.array([3, 3, 0]), {"scale": 2}), {}
    ),
    "a string": (labelled_forward, SQUARES[1], (X, "square"), {}),
    "None": (lambda x, nothing: (x**2, x), SQUARES[1], (X, None), {}),
    "a Python int": (lambda x, n: (n * x, n), lambda d, n: n * d, (X, 3), {}),
    "a boolean mask": (lambda x, m: (x * m, m), lambda d, m: d * m, (X, X > 0), {}),
    "integers named by wrt": (*SQUARES, (np.array([1, -2, 3]),), {"wrt": (0,)}),
    "an int named by wrt": (*SQUARES, (3,), {"wrt": (0,)}),
    "labels before the floats": (
        lambda index, table: gather_forward(table, index, {"scale": 2}),
        gather_backward,
        (np.array([3, 3, 0]), X),
        {"names": ("table",)},
    ),
    "wrt of some": (
        affine_forward,
        lambda d, c: affine_backward(d, c)[::2],
        (X, W, B),
        {"wrt": (0, 2), "names": ("x", "b")},
    ),
    "wrt in another order": (
        affine_forward,
        lambda d, c: affine_backward(d, c)[::-1],
        (X, W, B),
        {"wrt": (2, 1, 0), "names": ("b", "W", "x")},
    ),
    "a list of gradients": (
        affine_forward, lambda d, c: list(affine_backward(d, c)), (X, W, B), {}
    ),
    "one gradient in a tuple": (SQUARES[0], lambda d, x: (2 * d * x,), (X,), {}),
    "an output that is a view": (
        lambda x: (x.T, None), lambda d, c: d.T, (X,), {}
    ),
    "an output that is a reshaped view": (
        lambda x: (x.reshape(-1), x.shape), lambda d, shape: d.reshape(shape), (X,), {}
    ),
    "an output that is a slice": (
        lambda x: (x[1:], x.shape),
        lambda d, shape: np.vstack([np.zeros((1, shape[1])), d]),
        (X,),
        {},
    ),
    "an output that is its input": (*IDENTITY, (X,), {}),
    "an output that is its input, 0-d": (*IDENTITY, (np.array(1.5),), {}),
    "dout handed back twice": (
        lambda x, y: (x + y, None), lambda d, c: (d, d), (X, X + 1), {}
    ),
    "a gradient without memory of its own": (
        lambda x: (x.sum(), x.shape), lambda d, shape: np.broadcast_to(d, shape), (X,), {}
    ),
    "a gradient that is read-only": (SQUARES[0], lambda d, x: frozen(2 * d * x), (X,), {}),
    "a constant": (lambda x: (np.ones(3), x.shape), lambda d, shape: np.zeros(shape), (X,), {}),
    "a Python float as output": (
        lambda x: (float((x**2).sum()), x), lambda d, x: 2 * d * x, (X,), {}
    ),
    "a float for a float": (
        lambda x: (x * x, x), lambda d, x: float(2 * d * x), (1.7,), {}
    ),
    "no cache": (lambda x: (3 * x, None), lambda d, cache: 3 * d, (X,), {}),
    "a cache of functions": (
        lambda x: (x**2, lambda d: 2 * d * x), lambda d, cache: cache(d), (X,), {}
    ),
    "no exercise of that name": (*SQUARES, (X,), {"exercise": "unheard-of"}),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in FORMS.items()])
def test_input_form_passes(row, capfd):
    """A right backward passes whatever harmless form its inputs and outputs have."""
    forward, backward, inputs, options = row
    report = gl.check_backward(forward, backward, *inputs, **options)
    assert report.passed is True, str(report)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in FORMS.items()])
def test_input_form_leaves_the_inputs_alone(row):
    """The author's arrays have the same bytes and flags after a check."""
    forward, backward, inputs, options = row
    arrays = [a for a in inputs if isinstance(a, np.ndarray)]
    before = [(a.tobytes(), a.dtype, a.flags.writeable) for a in arrays]
    gl.check_backward(forward, backward, *inputs, **options)
    assert [(a.tobytes(), a.dtype, a.flags.writeable) for a in arrays] == before


@pytest.mark.parametrize("form", ["float32", "0-d", "Python floats", "integers named by wrt"])
def test_input_form_does_not_excuse_a_wrong_backward(form):
    """A wrong sign fails in these forms too."""
    forward, backward, inputs, options = FORMS[form]

    def wrong(dout, cache):
        grads = backward(dout, cache)
        return tuple(-g for g in grads) if isinstance(grads, tuple) else -grads

    assert gl.check_backward(forward, wrong, *inputs, **options).verdict == "failed"


def test_nothing_to_differentiate_is_not_a_wrong_answer():
    """With arrays that are all empty there is nothing to compare; a wrong shape still fails."""
    empty = np.zeros((0, 7))
    assert check(lambda d, x: d * (x > 0), z.relu_forward, (empty,)).verdict != "failed"
    assert check(lambda d, x: np.zeros((7, 0)), z.relu_forward, (empty,)).verdict == "failed"


def test_functions_that_spoil_their_arguments_do_not_reach_the_authors_arrays():
    """A forward or backward that writes into its arguments writes into copies."""

    def forward(x, W, b):
        out, cache = affine_forward(x.copy(), W.copy(), b)
        x[...], W[...] = 0, 0
        return out, cache

    arrays = (X.copy(), W.copy(), B.copy())
    gl.check_backward(forward, affine_backward, *arrays)
    assert all(np.array_equal(a, b) for a, b in zip(arrays, (X, W, B), strict=True))


MISUSES = {  # id: (positional, options)
    "names too few": ((affine_forward, affine_backward, X, W, B), {"names": ("x", "W")}),
    "names too many": ((affine_forward, affine_backward, X, W, B), {"names": tuple("xWbc")}),
    "names twice the same": ((affine_forward, affine_backward, X, W, B), {"names": tuple("xxb")}),
    "names of numbers": ((affine_forward, affine_backward, X, W, B), {"names": (1, 2, 3)}),
    "names for all but wrt of some": (
        (affine_forward, affine_backward, X, W, B),
        {"names": ("x", "W", "b"), "wrt": (0,)},
    ),
    "wrt too large": ((affine_forward, affine_backward, X, W, B), {"wrt": (3,)}),
    "wrt negative": ((affine_forward, affine_backward, X, W, B), {"wrt": (-4,)}),
    "wrt twice the same": ((affine_forward, affine_backward, X, W, B), {"wrt": (0, 0)}),
    "wrt empty": ((affine_forward, affine_backward, X, W, B), {"wrt": ()}),
    "wrt of names": ((affine_forward, affine_backward, X, W, B), {"wrt": ("x",)}),
    "wrt of a string input": ((labelled_forward, SQUARES[1], X, "square"), {"wrt": (1,)}),
    "wrt of a dict": ((gather_forward, gather_backward, X, np.array([0]), {}), {"wrt": (2,)}),
    "dout of the wrong shape": (
        (affine_forward, affine_backward, X, W, B),
        {"dout": np.ones((3, 5))},
    ),
    "dout a number for an array": ((affine_forward, affine_backward, X, W, B), {"dout": 1.0}),
    "dout with NaN": (
        (affine_forward, affine_backward, X, W, B),
        {"dout": np.full((5, 3), np.nan)},
    ),
    "dout of strings": (
        (affine_forward, affine_backward, X, W, B),
        {"dout": np.full((5, 3), "a")},
    ),
    "forward not callable": ((None, affine_backward, X, W, B), {}),
    "backward not callable": ((affine_forward, X, X, W, B), {}),
    "no inputs": ((affine_forward, affine_backward), {}),
    "integers only": ((*SQUARES, np.array([1, 2])), {}),
    "labels only": ((*SQUARES, "square"), {}),
    "seed not a number": ((*SQUARES, X), {"seed": "x"}),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in MISUSES.items()])
def test_misuse_by_the_author_is_a_clear_error(row):
    """Wrong arguments to the check itself raise TypeError or ValueError, with a message."""
    positional, options = row
    with pytest.raises((TypeError, ValueError)) as error:
        gl.check_backward(*positional, **options)
    assert str(error.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["NaN", "inf"])
def test_inputs_that_are_not_finite_are_never_passed(bad):
    """A NaN or inf in the author's inputs is an error or a report, but no pass."""
    x = X.copy()
    x[0, 0] = bad
    try:
        report = gl.check_backward(affine_forward, affine_backward, x, W, B)
    except ValueError:
        return
    assert report.passed is False


def test_complex_inputs_are_never_passed():
    """Complex inputs are outside of what a check can do."""
    try:
        report = gl.check_backward(*SQUARES, X + 1j)
    except (TypeError, ValueError):
        return
    assert report.passed is False
