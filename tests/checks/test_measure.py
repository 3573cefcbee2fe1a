"""More measurements for a diagnosis: the Jacobian, the gradient elsewhere, crude differences."""

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
    "no entries": (squares(0), False),
    "no outputs": (squares(3, 0), False),
    "as many terms as may be": (squares(100, 2000), True),
    "more terms": (squares(100, 2001), False),
    "another function than the right gradient's": (measured(right=by_x() * (1 + 1e-6)), False),
    "right to rounding": (measured(right=by_x() * (1 + 1e-8)), True),
    "wrong in one entry": (measured(right=by_x() + 1e-5 * np.eye(3, 4)), False),
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


P = np.array([0.7, -1.1, 0.4])


def cubes(point):
    return np.array(np.sum(point[0] ** 3) + np.prod(point[0]))


def quotient(h, up, down, drift=0.0, x=P):
    """The difference quotient by each entry, each entry left moved by drift."""
    x, found = x.copy(), []
    for i in range(x.size):
        ends = []
        for by in (up * h, -down * h):
            at = x.copy()
            at[i] += by
            ends.append(cubes([at]))
        found.append((ends[0] - ends[1]) / ((up + down) * h))
        x[i] += drift
    return np.array(found)


QUOTIENTS = {
    "forwards": (quotient(1e-4, 1, 0), "one-sided"),
    "backwards": (quotient(1e-3, 0, 1), "one-sided"),
    "both ways": (quotient(1e-2, 1, 1), "long-step"),
    "a long step": (quotient(0.1, 1, 1), "long-step"),
    "not put back": (quotient(1e-3, 1, 1, -1e-3), "not-restored"),
    "put back too far": (quotient(1e-3, 1, 0, 1e-3), "not-restored"),
}


def differences(yours, x=P):
    right = 3 * x**2 + np.prod(x) / x
    return measured(yours, right, point=[x], outputs=cubes, dout=np.array(1.0))


@pytest.mark.parametrize(("yours", "mistake"), QUOTIENTS.values(), ids=QUOTIENTS)
def test_difference_quotients_that_begin_as_yours_does(yours, mistake):
    """Each is named by its kind, and whole."""
    exact = [
        name
        for name, found in differences(yours).steps()
        if found.shape == yours.shape and found == pytest.approx(yours, rel=1e-7, abs=1e-8)
    ]
    assert mistake in exact


def test_no_quotient_begins_like_another_gradient():
    """Two entries tell most; neither a shape that folds nor a single number is lost."""
    assert [*differences(P).steps()] == []
    matrix = np.abs(drawn(2, 2))
    off = quotient(1e-3, 1, 0, x=matrix.ravel()).reshape(2, 2)
    found = [a for name, a in differences(off, matrix).steps() if name == "one-sided"]
    assert any(a == pytest.approx(off, abs=1e-9) for a in found)
    one = np.array([0.7])
    found = [*differences(quotient(1e-3, 1, 0, x=one), one).steps()]
    assert "one-sided" in [name for name, _ in found]
    assert "not-restored" not in [name for name, _ in found]


@pytest.mark.parametrize(("size", "some"), [(MOST_ENTRIES, True), (MOST_ENTRIES + 1, False)])
def test_large_inputs_have_no_quotients(size, some):
    """Each entry costs two calls, for each step."""
    x = np.linspace(1, 2, size)
    of = measured(
        2 * x + 1e-3,
        2 * x,
        point=[x],
        dout=np.array(1.0),
        outputs=lambda point: np.array(np.sum(point[0] ** 2)),
    )
    assert bool([*of.steps()]) is some
