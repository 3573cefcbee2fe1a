"""One check from its call to its report: what is called with what, how often, and what is said."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.check import run_check

X = np.linspace(-1.1, 1.3, 6).reshape(2, 3)


def square(x):
    return x**2, x


def right(dout, x):
    return 2 * dout * x


def slope(x, h):
    """Finite differences by a call of the function."""
    return (square(x + h)[0] - square(x - h)[0]) / (2 * h)


def differences(dout, x):
    return dout * slope(x, 1e-5)


@pytest.mark.parametrize("backward", [right, differences])
def test_check_repeats_itself(backward):
    """With the same seed every call is the same, to the bit, whether it finds anything or not."""

    def points(**options):
        seen = []

        def forward(x):
            seen.append(x.tobytes())
            return square(x)

        gl.check_backward(forward, backward, X, **options)
        return seen

    first = points()
    assert points(seed=0) == first
    assert points(seed=1) != first


def test_forwards_are_counted():
    """All of them, in `evaluations`."""
    calls = []

    def forward(x):
        calls.append(x)
        return square(x)

    for backward in (right, lambda dout, x: 3 * dout * x):
        calls.clear()
        report = gl.check_backward(forward, backward, X)
        assert report.evaluations == len(calls) > 3


FORMS = {  # what forward returns, and what backward is handed
    "an array": (lambda x: x**2, np.ndarray),
    "an array without axes": (lambda x: np.asarray(np.sum(x**2)), np.ndarray),
    "a number of numpy": (lambda x: np.sum(x**2), np.float64),
    "a number": (lambda x: float(np.sum(x**2)), float),
}


@pytest.mark.parametrize(("out", "form"), FORMS.values(), ids=FORMS)
def test_dout_has_the_form_of_the_output(out, form):
    """At every call, at the point and beside it, whether the gradient is right or wrong."""
    for factor in (2, 3):
        seen = set()

        def backward(dout, x, seen=seen, factor=factor):
            seen.add(type(dout))
            return factor * dout * x

        assert gl.check_backward(lambda x: (out(x), x), backward, X).passed is (factor == 2)
        assert seen == {form}


def imaginary(x):
    """The derivative of the square by a complex step."""
    return square(x + 1e-30j)[0].imag / 1e-30


def test_forward_may_compute_with_complex_numbers():
    """How it comes by its output is its own affair; a backward pass must not."""

    def forward(x):
        return imaginary(x) * x / 2, x

    assert gl.check_backward(forward, right, X).passed
    report = gl.check_backward(forward, lambda dout, x: dout * imaginary(x), X)
    assert [d.mistake for d in report.diagnoses] == ["numerical-differentiation"]


def test_loss_that_takes_complex_steps_is_seen_at_it():
    """Value and gradients come from one call, which is watched."""

    def loss(p):
        return float(np.sum(p["x"] ** 2)), {"x": imaginary(p["x"])}

    report = gl.check_loss(loss, {"x": X})
    assert [d.mistake for d in report.diagnoses] == ["numerical-differentiation"]
    assert gl.check_loss(lambda p: (float(np.sum(p["x"] ** 2)), {"x": 2 * p["x"]}), {"x": X}).passed


def test_gradient_of_a_plain_function_may_come_from_anywhere():
    """Complex steps are as good as a formula, where the check does not ask for one."""
    assert gl.check_gradient(lambda x: np.sum(x**2), imaginary, X).passed
    assert gl.check_gradient(lambda x: np.sum(x**2), lambda x: slope(x, 1e-5), X).passed


def test_draws_that_show_late_are_told_with_what_was_heard():
    """A forward pass that draws a little, later on, so that its gradient agrees in a few digits."""
    draws, calls = np.random.default_rng(3), []

    def forward(x):
        print("a word")
        calls.append(x)
        return x**2 * (1 + 1e-7 * draws.normal() * (len(calls) > 2)), x

    report = gl.check_backward(forward, right, X)
    assert report.outcome == "inconclusive"
    assert "gave two results for the same inputs" in report.comparisons[0].message
    assert report.warnings == ("printed: a word",)


def test_output_of_another_kind_at_the_second_call():
    """It is the forward pass's, by name."""
    outs = iter([X**2])

    def forward(x):
        return next(outs, None), x

    report = gl.check_backward(forward, right, X)
    assert report.outcome == "contract"
    assert report.comparisons[0].message.startswith("the result of forward is None")


def test_jump_is_the_reason_for_a_gradient_that_differs():
    """Where the function has no derivative, none is wrong."""
    x = np.random.default_rng(1).normal(size=(5, 7))
    x[0, :4] = 1.0
    report = gl.check_backward(
        lambda x: (np.where(x >= 1, x + 1, x), x), lambda dout, x: dout * 1.0, x
    )
    assert report.outcome == "inconclusive", str(report)
    assert "jumps at the given inputs" in report.comparisons[0].message


def one_sided(x, f, h=1e-4):
    """Finite differences of f on one side, one entry after the other."""
    found = np.zeros_like(x)
    for i in range(x.size):
        moved = x.copy()
        moved.flat[i] += h
        found.flat[i] = (f(moved).sum() - f(x).sum()) / h
    return found


CRUDE = {  # what: (a difference quotient of the square, what is named)
    "called": (lambda x: one_sided(x, lambda x: square(x)[0]), ["numerical-differentiation"]),
    "written out": (lambda x: ((x + 1e-4) ** 2 - x**2) / 1e-4, ["one-sided"]),
}


@pytest.mark.parametrize(("quotient", "named"), CRUDE.values(), ids=CRUDE)
def test_crude_differences_are_said_once(quotient, named):
    """That they are differences, where they were seen to be taken; else what is crude in them."""
    report = gl.check_backward(square, lambda dout, x: dout * quotient(x), X)
    assert [d.mistake for d in report.diagnoses] == named


SINGLES = {  # inputs whose precision is no more than single
    "an array": (X.astype(np.float32),),
    "one of two": (X, X.astype(np.float32)),
    "none": (X, X),
    "a number": (1.5,),
}


@pytest.mark.parametrize(("what", "inputs"), SINGLES.items(), ids=SINGLES)
def test_single_precision_is_run_as_it_is(what, inputs):
    """Where an input is given in it, and else not."""
    seen = set()

    def forward(*arrays):
        seen.update(np.asarray(x).dtype.name for x in arrays)
        return sum(x**2 for x in arrays), arrays

    def backward(dout, arrays):
        return tuple(2 * dout * x for x in arrays)

    assert gl.check_backward(forward, backward, *inputs).passed
    assert ("float32" in seen) is (what in ("an array", "one of two"))


P = np.array([2e-3, 3e-3, 1.0, 2.0, 0.7])


def half(x):
    return 0.5 / np.sqrt(x)


ROOTS = {  # what: the slope that a backward pass of the root takes
    "no mistake that is known": lambda x: half(x) * np.sin(9 * x),
    "a sign": lambda x: -half(x),
    "a sign beside the point": lambda x: half(x) if np.array_equal(x, P) else -half(x),
}


@pytest.mark.parametrize("slope", ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize("seed", range(3))
def test_warnings_are_not_of_points_that_the_check_chose(slope, seed):
    """Which may lie outside of where the function is defined, as those below 0."""
    below = []

    def root(x):
        below.append(np.any(x < 0))
        return np.sqrt(x), x

    report = gl.check_backward(root, lambda dout, x: dout * slope(x), P, seed=seed)
    assert report.outcome == "wrong value"
    assert any(below)
    assert not [w for w in report.warnings if "Warning" in w]


def test_exercise_belongs_to_the_report():
    """Also where it passes."""
    report = run_check(square, right, [X], exercise="squares")
    assert report.exercise == "squares"
    assert report.passed
