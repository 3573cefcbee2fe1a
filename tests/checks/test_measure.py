"""More measurements for a diagnosis: the Jacobian, and the gradient elsewhere."""

import numpy as np
import pytest
from cases_by_hand import drawn

from gradelib.checks.calls import CallFailed
from gradelib.checks.mistakes.measure import MOST_ENTRIES, Measure
from gradelib.checks.returned import Breach

X, W = drawn(3, 4), drawn(4, 2)
D = drawn(3, 2)


def layer(x, w, scale):
    return np.tanh(x @ w) * scale


def by_x(x=X, w=W, scale=1.0):
    """The gradient of sum(D * layer) by x."""
    return scale * (D * (1 - np.tanh(x @ w) ** 2)) @ w.T


class Count:
    """A function that counts its calls."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


def measured(yours=None, right=None, *, k=0, point=(X, W), outputs=None, dout=D, given=None):
    """A Measure of a layer whose scale is given."""

    def outputs_given(changes):
        scale = changes["scale"]
        return lambda point: layer(*point, scale)

    right = by_x() if right is None else right
    return Measure(
        outputs or (lambda point: layer(*point, 1.0)),
        given or outputs_given,
        point,
        ["x", "w"][: len(point)],
        k,
        dout,
        2 * right if yours is None else yours,
        right,
    )


def test_whole_jacobian():
    """A row for each output, a column for each entry of the input; measured once."""
    outputs = Count(lambda point: layer(*point, 1.0))
    of = measured(outputs=outputs)
    J = of.jacobian()
    slope = 1 - np.tanh(X @ W) ** 2
    exact = np.einsum("im,ij,km->imjk", slope, np.eye(3), W).reshape(6, 12)
    np.testing.assert_allclose(J, exact, rtol=1e-9, atol=1e-12)
    assert np.array_equal(J == 0, exact == 0)
    calls = outputs.calls
    assert calls == 4 * X.size
    assert of.jacobian() is J
    assert outputs.calls == calls


def test_jacobian_of_the_second_input():
    """Of whichever input is in question, the others where they are."""
    right = X.T @ (D * (1 - np.tanh(X @ W) ** 2))
    J = measured(right=right, k=1).jacobian()
    assert J.shape == (6, 8)
    assert D.ravel() @ J == pytest.approx(right.ravel(), rel=1e-9)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_jacobian_in_other_units(unit):
    """Nothing is cut off that is not small beside the rest."""
    J = measured(right=unit * by_x(), outputs=lambda point: layer(*point, unit)).jacobian()
    np.testing.assert_allclose(J, unit * measured().jacobian(), rtol=1e-9, atol=1e-12 * unit)


def squares(size, outputs=1):
    """The sums of squares of so many entries, so many times."""
    x = np.linspace(1, 2, size)
    return measured(
        right=2 * x * outputs,
        point=[x],
        outputs=lambda point: np.full(outputs, np.sum(point[0] ** 2)),
        dout=np.ones(outputs),
    )


AFFORDED = {
    "as many entries as may be": (squares(MOST_ENTRIES), True),
    "one more": (squares(MOST_ENTRIES + 1), False),
    "one entry": (squares(1), True),
    "no entries": (squares(0), False),
    "no outputs": (squares(3, 0), False),
    "as many terms as may be": (squares(100, 2000), True),
    "more terms": (squares(100, 2001), False),
    "another function than the right gradient's": (measured(right=by_x() * (1 + 1e-6)), False),
    "right to rounding": (measured(right=by_x() * (1 + 1e-8)), True),
    "wrong in one entry": (measured(right=by_x() + 1e-5 * np.eye(3, 4)), False),
    "of a function that is flat": (
        measured(np.ones((3, 4)), 0 * X, outputs=lambda point: np.ones((3, 2))),
        True,
    ),
}


@pytest.mark.parametrize(("of", "there"), AFFORDED.values(), ids=AFFORDED)
def test_jacobian_where_it_is_affordable_and_right(of, there):
    """None where it would cost too much, or where it does not give the right gradient."""
    assert (of.jacobian() is not None) is there
    assert (of.jacobian() is not None) is there


def raising(error):
    def outputs(point):
        raise error

    return lambda changes: outputs


E = np.eye(3, 4)
ELSEWHERE = {
    "at the point itself": (measured(), {}, False),
    "the right gradient": (measured(by_x()), {}, False),
    "at another x": (measured(by_x(2 * X)), {"x": 2 * X}, True),
    "at another x than said": (measured(by_x(2 * X)), {"x": 3 * X}, False),
    "at another w": (measured(by_x(w=-W)), {"w": -W}, True),
    "at both": (measured(by_x(2 * X, -W)), {"x": 2 * X, "w": -W}, True),
    "with something else given": (measured(by_x(scale=3.0)), {"scale": 3.0}, True),
    "with something large given": (measured(by_x(scale=1e6)), {"scale": 1e6}, True),
    "with something given that makes all flat": (
        measured(by_x(scale=0.0)),
        {"scale": 0.0},
        True,
    ),
    "with both": (measured(by_x(2 * X, scale=3.0)), {"scale": 3.0, "x": 2 * X}, True),
    "to rounding": (measured(by_x(2 * X) * (1 + 1e-8)), {"x": 2 * X}, True),
    "not to rounding": (measured(by_x(2 * X) * (1 + 2e-6)), {"x": 2 * X}, False),
    "not in one entry": (measured(by_x(2 * X) + 1e-5 * E), {"x": 2 * X}, False),
    "but for the sum": (
        measured(by_x(2 * X) + np.eye(3, 4) - np.eye(3, 4, 1)),
        {"x": 2 * X},
        False,
    ),
    "hardly elsewhere": (measured(by_x(X + 1e-9)), {"x": X + 1e-9}, True),
    "within rounding": (measured(by_x(X + 3e-12)), {"x": X + 3e-12}, False),
    "another shape": (measured(by_x(2 * X)[None]), {"x": 2 * X}, False),
    "a function that fails": (
        measured(by_x(), given=raising(CallFailed("f", ValueError("no")))),
        {"scale": 3.0},
        False,
    ),
    "a function that breaks the contract": (
        measured(by_x(), given=raising(Breach("shape", "no"))),
        {"scale": 3.0},
        False,
    ),
}


@pytest.mark.parametrize(("of", "changes", "fits"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_whether_a_gradient_is_right_elsewhere(of, changes, fits):
    """Yours is the gradient there, to a millionth, and to a hundredth of what is wrong with it."""
    with np.errstate(all="ignore"):
        assert of.fits_at(changes) is fits


@pytest.mark.parametrize(("size", "fits"), [(MOST_ENTRIES, True), (MOST_ENTRIES + 1, False)])
def test_large_inputs_are_not_measured(size, fits):
    """A gradient of more entries would take too long."""
    x = np.linspace(1, 2, size)
    of = measured(
        4 * x, 2 * x, point=[x], dout=np.ones(1), outputs=lambda point: np.sum(point[0] ** 2)
    )
    assert of.fits_at({"x": 2 * x}) is fits


def test_a_wrong_gradient_is_refused_early():
    """One direction is enough to see that most gradients are not right elsewhere."""
    outputs = Count(lambda point: layer(*point, 1.0))
    assert not measured(outputs=outputs).fits_at({"x": 3 * X})
    assert outputs.calls == 4


def test_the_same_question_is_asked_at_the_same_points():
    """Nothing of an answer is left to chance."""
    asked = []
    for _ in range(2):
        asked.append([])
        of = measured(outputs=lambda point: (asked[-1].append(point[0]), layer(*point, 1.0))[1])
        of.fits_at({"x": 3 * X})
    assert np.array_equal(*asked)


def test_a_gradient_that_adds_up_is_refused_early():
    """In the direction that is tried first no two entries weigh alike."""
    outputs = Count(lambda point: layer(*point, 1.0))
    yours = by_x(2 * X) + np.eye(3, 4) - np.eye(3, 4, 1)
    assert not measured(yours, outputs=outputs).fits_at({"x": 2 * X})
    assert outputs.calls == 4
