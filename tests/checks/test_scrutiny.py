"""A right result is asked for more: what is accused, in which words, and what is let pass."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import scrutiny
from gradelib.checks.honesty import Place
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report

X = np.linspace(-1.1, 1.3, 6).reshape(2, 3)
Y = X + 3


def forward(x):
    return x**2, x


def here(x):
    return np.array_equal(x, X)


def away(action):
    """A backward pass that is right at the given inputs, and does something else beside them."""
    return lambda dout, x: 2 * dout * x if here(x) else action(dout, x)


def stop(error):
    def raises(dout, x):
        raise error

    return raises


TABLE = "backward is right at the given inputs; beside them "
ELSEWHERE = (
    "note: right at the given inputs; the numbers are from a random point beside them, and from "
    "another dout"
)
UNTIL = (
    "note: right until {0} changes. Is {0} taken from outside the function, or a term left out "
    "that is 0 here?"
)

# id: (what it does beside, outcome, what is said)
BESIDE = {
    "right": (lambda dout, x: 2 * dout * x, "passed", ""),
    "key": (stop(KeyError("x")), "contract", TABLE + "it raises KeyError"),
    "to do": (stop(NotImplementedError()), "contract", TABLE + "it raises NotImplementedError"),
    "unbound": (stop(UnboundLocalError()), "contract", TABLE + "it raises UnboundLocalError"),
    "domain": (stop(ValueError("domain")), "passed", ""),
    "arithmetic": (stop(ZeroDivisionError()), "passed", ""),
    "none": (lambda dout, x: None, "contract", TABLE + "it gives none:"),
    "text": (lambda dout, x: "2", "contract", TABLE + "it gives none:"),
    "too many": (lambda dout, x: (2 * dout * x, x), "contract", TABLE + "it gives none:"),
    "a None in a tuple": (lambda dout, x: (None,), "contract", TABLE + "it gives none:"),
    "of another shape": (lambda dout, x: (2 * dout * x)[0], "passed", ""),
    "not finite": (lambda dout, x: dout * np.nan, "passed", ""),
    "another factor": (lambda dout, x: 3 * dout * x, "wrong value", ELSEWHERE),
    "a constant": (
        lambda dout, x: 2 * X, "contract",
        "dx is right at the given inputs; beside them it is a constant, and wrong",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("action", "outcome", "said"), BESIDE.values(), ids=BESIDE)
def test_result_that_is_right_at_the_given_inputs(action, outcome, said):
    """Beside them it has to be a gradient, and right, where the function is defined."""
    report = gl.check_backward(forward, away(action), X)
    assert report.outcome == outcome, str(report)
    words = " ".join([*(c.message for c in report.comparisons), *report.warnings])
    assert said in words
    named = [d.mistake for d in report.diagnoses if d.mistake == "hard-coded"]
    assert named == (["hard-coded"] if outcome == "contract" else [])
    if said == ELSEWHERE:
        assert report.warnings == (ELSEWHERE, UNTIL.format("x"))


def test_gradient_that_fits_the_given_dout_only():
    """Where dout is drawn, another serves as well; where it is given, it is kept."""
    wrong = gl.check_backward(
        forward, lambda dout, x: 2 * np.abs(dout) * x, X, dout=np.ones((2, 3))
    )
    assert wrong.passed
    assert gl.check_backward(forward, lambda dout, x: 2 * dout * x, X, dout=-np.ones((2, 3))).passed
    far = gl.check_backward(forward, away(lambda dout, x: 3 * dout * x), X, dout=np.ones((2, 3)))
    assert far.outcome == "wrong value"
    said, _ = far.warnings
    assert said == ELSEWHERE.removesuffix(", and from another dout")


W, B = np.linspace(-1.0, 1.4, 12).reshape(3, 4), np.linspace(0.5, 1.5, 4)

# id: (what a backward pass of tanh(x @ W) * B takes from outside, what is asked)
TAKEN = {
    "nothing": (lambda x, w, b: (x, w, b), None),
    "x": (lambda x, w, b: (X, w, b), UNTIL.format("x")),
    "W": (lambda x, w, b: (x, W, b), UNTIL.format("W")),
    "W and b": (lambda x, w, b: (x, W, B), UNTIL.format("W or b")),
    "all": (lambda x, w, b: (X, W, B), UNTIL.format("x or W or b")),
}


@pytest.mark.parametrize(("outside", "asked"), TAKEN.values(), ids=TAKEN)
def test_input_that_is_taken_from_outside(outside, asked):
    """As a notebook's global is, in place of what forward kept: that input is asked after."""

    def layer(x, W, b):
        return np.tanh(x @ W) * b, (x, W, b)

    def backward(dout, cache):
        x, w, b = outside(*cache)
        h = np.tanh(x @ w)
        dz = dout * b * (1 - h * h)
        return dz @ w.T, x.T @ dz, np.sum(dout * h, axis=0)

    report = gl.check_backward(layer, backward, X, W, B)
    assert report.passed is (asked is None)
    assert [note for note in report.warnings if "outside" in note] == ([asked] if asked else [])


def test_gate_of_dout_takes_nothing_from_outside():
    """What is wrong for another dout only is right wherever the inputs are moved."""
    signs = []

    def backward(dout, x):
        signs.append(np.sign(dout))
        return 2 * x * dout * (signs[0] == signs[-1])

    report = gl.check_backward(forward, backward, X)
    assert report.outcome == "wrong value"
    assert not [note for note in report.warnings if "outside" in note]


def test_one_constant_of_two_gradients_is_accused():
    """The other keeps its own result."""

    def product(x, y):
        return x * y, (x, y)

    def backward(dout, cache):
        x, y = cache
        dy = dout * x
        return dout * y, dy if here(x) else np.full((2, 3), 7.0)

    report = gl.check_backward(product, backward, X, Y)
    assert [(c.name, c.outcome) for c in report.comparisons] == [
        ("dx", "passed"),
        ("dy", "contract"),
    ]
    assert report.comparisons[1].message == (
        "dy is right at the given inputs; beside them it is a constant, and wrong"
    )
    assert [(d.mistake, d.name) for d in report.diagnoses] == [("hard-coded", "dy")]


def test_forward_without_a_domain_beside_is_let_pass():
    """Not finite, of another shape or raising beside the inputs: nothing can be asked there."""
    for other in (lambda x: np.full_like(x, np.nan), lambda x: x[0], stop(KeyError())):

        def f(x, other=other):
            if np.max(np.abs(x - X)) > 1e-4:
                return other(None, x) if "raises" in str(other) else other(x), x
            return x**2, x

        report = gl.check_backward(f, away(lambda dout, x: 7 * dout), X)
        assert report.passed, str(report)


# id: (what the report held, the name accused, comparisons after, diagnoses after)
OLD = Diagnosis("sign", "Look for a sign", "dx")
RIGHT = [Comparison("dx", "passed"), Comparison("dy", "passed")]


@pytest.mark.parametrize(
    ("name", "names", "outcomes"),
    [
        ("dx", ["dx", "dy"], ["contract", "passed"]),
        ("dy", ["dx", "dy"], ["passed", "contract"]),
        ("backward", ["backward", "dx", "dy"], ["contract", "passed", "passed"]),
    ],
)
def test_accusation(name, names, outcomes):
    """It takes the place of what it is about, or stands first; its name comes before others."""
    report = Report("backward", tuple(RIGHT), (OLD,), ("a note",))
    found = scrutiny._accused(report, "hard-coded", "so it is", name)
    assert [c.name for c in found.comparisons] == names
    assert [c.outcome for c in found.comparisons] == outcomes
    assert found.comparisons[names.index(name)].message == "so it is"
    assert [(d.mistake, d.name) for d in found.diagnoses] == [("hard-coded", name), ("sign", "dx")]
    assert found.diagnoses[0].explanation == scrutiny.DISHONEST["hard-coded"]
    assert found.warnings == ("a note",)


SAMES = {  # id: (a, b, whether they are the same)
    "exactly": ([1.0, -2.0], [1.0, -2.0], True),
    "rounded": ([1.0, -2.0], [1.0, -2.0 + 1.9e-12], True),
    "more": ([1.0, -2.0], [1.0, -2.0 + 2.1e-12], False),
    "in the small one": ([1e-9, -2.0], [1e-9 + 1.9e-12, -2.0], True),
    "zeros": ([0.0], [0.0], True),
    "nothing": ([], [], True),
    "not zeros": ([0.0], [1e-30], False),
}


@pytest.mark.parametrize(("a", "b", "same"), SAMES.values(), ids=SAMES)
def test_same_result(a, b, same):
    """To a million millionth of the largest entry."""
    assert scrutiny._same(np.array(a), np.array(b)) is same


def step(x, h=1e-5):
    """Finite differences written out, without a call."""
    return ((x + h) ** 2 - (x - h) ** 2) / (2 * h)


def square(x):
    return x**2


def called(x, h=1e-5):
    return (square(x + h) - square(x - h)) / (2 * h)


def imaginary(x):
    return square(x + 1e-30j).imag / 1e-30


NUMERICAL = {
    "written out": (step, "backward takes finite differences: a change in the inputs' last digits "
                          "is blown up in its gradients"),
    "called": (called, "backward takes finite differences: it evaluates the function at inputs a "
                       "small step away"),
    "complex": (imaginary, "backward evaluates the function at complex inputs, in place of a "
                           "derivative"),
}  # fmt: skip


@pytest.mark.parametrize(("slope", "message"), NUMERICAL.values(), ids=NUMERICAL)
def test_finite_differences_are_told_by_how_they_were_seen(slope, message):
    """In the report's words, under the name of the backward pass, which comes first."""

    def backward(dout, x):
        return dout * slope(x)

    report = gl.check_backward(forward, backward, X)
    assert report.outcome == "contract"
    assert (report.comparisons[0].name, report.comparisons[0].message) == ("backward", message)
    assert report.diagnoses[0].mistake == "numerical-differentiation"
    assert report.diagnoses[0].name == "backward"


def test_places_keep_what_they_are_given():
    """An output and gradients."""
    place = Place(X, [Y])
    assert place.out is X
    assert place.gradients == [Y]
