"""What the author of a check reads who calls it in a wrong way: the errors, word for word."""

import numpy as np
import pytest

import gradelib as gl

X = np.arange(6.0).reshape(2, 3) / 3


def double(x):
    return 2 * x, None


def doubled(dout, cache):
    return 2 * dout


def total(x):
    return np.sum(x**2)


def check(*inputs, **options):
    return lambda: gl.check_backward(double, doubled, *inputs, **options)


def loss(p):
    return np.sum(p["w"] ** 2), {"w": 2 * p["w"]}


def right():
    return gl.check_values(1, 1, name="one")


ERRORS = {  # id: (call, error, its text)
    "forward is no function": (
        lambda: gl.check_backward(3, doubled, X),
        TypeError,
        "check_backward: forward must be a function, got an int",
    ),
    "backward is no function": (
        lambda: gl.check_backward(double, None, X),
        TypeError,
        "check_backward: backward must be a function, got None",
    ),
    "nothing to differentiate": (
        check(np.arange(3)),
        ValueError,
        "nothing to differentiate: no input is a float or an array of floats; "
        "name the position of an integer array in wrt",
    ),
    "wrt is empty": (
        check(X, wrt=[]),
        ValueError,
        "wrt must name at least one input, each once; got []",
    ),
    "wrt twice the same": (
        check(X, X, wrt=[1, 1]),
        ValueError,
        "wrt must name at least one input, each once; got [1, 1]",
    ),
    "wrt one too far": (
        check(X, wrt=[1]),
        ValueError,
        "wrt names input 1, but there are 1 inputs, counted from 0",
    ),
    "wrt below 0": (
        check(X, wrt=-1),
        ValueError,
        "wrt names input -1, but there are 1 inputs, counted from 0",
    ),
    "wrt a text": (
        check(X, "abc", wrt=1),
        TypeError,
        "wrt names input 1, which is a str; expected an array of numbers",
    ),
    "wrt truth values": (
        check(X > 0, wrt=0),
        TypeError,
        "wrt names input 0, which is an array of shape (2, 3) and dtype bool; "
        "expected an array of numbers",
    ),
    "a name too many": (
        check(X, names=["x", "y"]),
        ValueError,
        "names must name the 1 differentiated inputs; got ['x', 'y']",
    ),
    "one text for names": (
        check(X, names="x"),
        ValueError,
        "names must name the 1 differentiated inputs; got 'x'",
    ),
    "names that are the same": (
        check(X, X, names=["x", "x"]),
        ValueError,
        "names must be texts that differ; got ['x', 'x']",
    ),
    "names that are no texts": (
        check(X, names=[1]),
        ValueError,
        "names must be texts that differ; got [1]",
    ),
    "an input that is NaN": (
        check(np.array([1.0, np.nan])),
        ValueError,
        "input x has entries that are NaN or infinite; give finite ones",
    ),
    "dout of another shape": (
        check(X, dout=np.ones(3)),
        ValueError,
        "dout has shape (3,), expected the output's, (2, 3)",
    ),
    "dout that is infinite": (
        check(X, dout=np.full((2, 3), np.inf)),
        ValueError,
        "dout has entries that are NaN or infinite; give finite ones",
    ),
    "loss is no function": (
        lambda: gl.check_loss("loss", {"w": X}),
        TypeError,
        "check_loss: loss must be a function, got a str",
    ),
    "params are a list": (
        lambda: gl.check_loss(loss, [X]),
        TypeError,
        "check_loss: params must be a dict of arrays, not empty; got a list",
    ),
    "params are empty": (
        lambda: gl.check_loss(loss, {}),
        TypeError,
        "check_loss: params must be a dict of arrays, not empty; got a dict",
    ),
    "params without a float": (
        lambda: gl.check_loss(loss, {"w": np.arange(3)}),
        ValueError,
        "check_loss: no parameter is a float array: nothing to differentiate",
    ),
    "numerical_gradient of no function": (
        lambda: gl.numerical_gradient(1.5, X),
        TypeError,
        "numerical_gradient: f must be a function, got a float",
    ),
    "numerical_gradient by no input": (
        lambda: gl.numerical_gradient(total, X, wrt=1),
        ValueError,
        "numerical_gradient: wrt is 1, but there are 1 inputs, from 0",
    ),
    "numerical_gradient by an input before the first": (
        lambda: gl.numerical_gradient(total, X, wrt=-1),
        ValueError,
        "numerical_gradient: wrt is -1, but there are 1 inputs, from 0",
    ),
    "numerical_gradient by a text": (
        lambda: gl.numerical_gradient(len, "abc"),
        ValueError,
        "numerical_gradient: x must be an array of numbers, got a str",
    ),
    "numerical_gradient by a list": (
        lambda: gl.numerical_gradient(total, [1.0, 2.0]),
        ValueError,
        "numerical_gradient: x must be an array of numbers, got a list",
    ),
    "numerical_gradient by truth values": (
        lambda: gl.numerical_gradient(total, True),
        ValueError,
        "numerical_gradient: x must be an array of numbers, got a bool",
    ),
    "numerical_gradient without dout": (
        lambda: gl.numerical_gradient(np.square, X),
        ValueError,
        "numerical_gradient: f returns an array of shape (2, 3); give a dout of it",
    ),
    "numerical_gradient with another dout": (
        lambda: gl.numerical_gradient(np.square, X, dout=np.ones(3)),
        ValueError,
        "numerical_gradient: dout has shape (3,), f returns shape (2, 3)",
    ),
    "numerical_gradient of NaN": (
        lambda: gl.numerical_gradient(lambda x: np.nan, X),
        ValueError,
        "numerical_gradient: f is not finite at the inputs",
    ),
    "check_gradient of no function": (
        lambda: gl.check_gradient(X, total, X),
        TypeError,
        "check_gradient: f must be a function, got an array of shape (2, 3) and dtype float64",
    ),
    "check_gradient with no gradient": (
        lambda: gl.check_gradient(total, X, X),
        TypeError,
        "check_gradient: grad must be a function, got an array of shape (2, 3) and dtype float64",
    ),
    "check_gradient at no number": (
        lambda: gl.check_gradient(total, total, "x"),
        ValueError,
        "check_gradient: x must be an array of numbers, got a str",
    ),
    "check_jacobian of no function": (
        lambda: gl.check_jacobian({}, total, X),
        TypeError,
        "check_jacobian: f must be a function, got a dict",
    ),
    "check_jacobian with no Jacobian": (
        lambda: gl.check_jacobian(total, np.eye(2), X),
        TypeError,
        "check_jacobian: jacobian must be a function, "
        "got an array of shape (2, 2) and dtype float64",
    ),
    "check_jacobian at a matrix": (
        lambda: gl.check_jacobian(total, total, X),
        ValueError,
        "check_jacobian: x must have shape (n,), got (2, 3)",
    ),
    "check_jacobian at an empty vector": (
        lambda: gl.check_jacobian(total, total, np.zeros(0)),
        ValueError,
        "check_jacobian: x must have shape (n,), got (0,)",
    ),
    "check_jacobian at no numbers": (
        lambda: gl.check_jacobian(total, total, np.array(["a"])),
        ValueError,
        "check_jacobian: x must be an array of numbers, got an array of shape (1,) and dtype <U1",
    ),
    "check_values without a name": (
        lambda: gl.check_values(1, 1, name=""),
        TypeError,
        "check_values: name must be a text, got a str",
    ),
    "check_values with a number for a name": (
        lambda: gl.check_values(1, 1, name=3),
        TypeError,
        "check_values: name must be a text, got an int",
    ),
    "expected of unequal parts": (
        lambda: gl.check_values(1, [[1], [2, 3]], name="v"),
        ValueError,
        "check_values: expected must be one array, number or text, or a list of such; "
        "check parts of unequal shape one by one",
    ),
    "expected is nothing": (
        lambda: gl.check_values(1, None, name="v"),
        ValueError,
        "check_values: expected must hold finite numbers, truth values or texts; got None",
    ),
    "expected is infinite": (
        lambda: gl.check_values(1, np.inf, name="v"),
        ValueError,
        "check_values: expected must hold finite numbers, truth values or texts; got inf",
    ),
    "award without points": (
        lambda: gl.award(right()),
        TypeError,
        "award needs the points as a number first; got Report",
    ),
    "award of a truth value": (
        lambda: gl.award(True, right()),
        TypeError,
        "award needs the points as a number first; got bool",
    ),
    "award of negative points": (
        lambda: gl.award(-1, right()),
        ValueError,
        "award needs points that are finite and not negative; got -1.0",
    ),
    "award without reports": (
        lambda: gl.award(3),
        TypeError,
        "award needs at least one report; got none. Write award(points, check_...(...))",
    ),
    "award of a list": (
        lambda: gl.award(3, right(), [right()]),
        TypeError,
        "award needs reports of gradelib's checks; number 2 is a list",
    ),
    "rng of a number": (
        lambda: gl.rng(3),
        TypeError,
        "rng needs the check's tag, a text; got 3",
    ),
    "rng of nothing": (
        lambda: gl.rng(""),
        TypeError,
        "rng needs the check's tag, a text; got ''",
    ),
    "sealed of what nobody sealed": (
        lambda: gl.sealed("abc"),
        ValueError,
        "sealed needs a text that seal has made; got 'abc'",
    ),
    "sealed of a number": (
        lambda: gl.sealed(3),
        ValueError,
        "sealed needs a text that seal has made; got 3",
    ),
    "a report without a comparison": (
        lambda: gl.Report("x", ()),
        ValueError,
        "a Report needs at least one comparison; got none",
    ),
    "a report for a truth value": (
        lambda: bool(right()),
        TypeError,
        "a Report has no truth value; use report.passed, or award(points, report)",
    ),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in ERRORS.items()])
def test_misuse_is_told_in_these_words(row):
    """Each wrong call raises one error that says what was got and what is needed."""
    call, error, text = row
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    assert str(caught.value) == text
