"""check_gradient, check_jacobian and numerical_gradient: what they hand over, say and keep."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from strange import raising

import gradelib as gl
from gradelib.checks import functions

X = np.array([0.5, -1.5, 2.0])


def squares(x):
    return x**2


def diagonal(x):
    return np.diag(2 * x)


def total(x):
    return np.sum(x**2)


def slopes(x):
    return 2 * x


def lost(x):
    raise ValueError("nothing here")


# Numerical gradients


def test_numerical_gradient_hands_over_copies_of_all_inputs():
    """What f does to its inputs in place is not seen outside, nor by the next call."""
    x, W = X.copy(), np.eye(3)

    def spoiling(x, W):
        W *= 2
        x += np.sum(W)
        return np.sum(x**2)

    got = gl.numerical_gradient(spoiling, x, W)
    assert np.array_equal(x, X)
    assert np.array_equal(W, np.eye(3))
    assert np.allclose(got, 2 * (X + 6), rtol=1e-8)


def test_numerical_gradient_hands_over_a_number_as_a_number():
    """A Python number stays one, so that f may do with it what an array does not allow."""
    kinds = set()

    def f(x):
        kinds.add(type(x))
        return x**2

    gl.numerical_gradient(f, 3)
    assert kinds == {float}
    kinds.clear()
    gl.numerical_gradient(f, np.array(3))
    assert kinds == {np.ndarray}


def test_numerical_gradient_takes_whatever_is_a_number():
    """A function may return fractions."""
    got = gl.numerical_gradient(lambda x: Fraction(x) ** 2, 1.5)
    assert np.allclose(got, 3, rtol=1e-8)


def test_dout_may_be_any_kind_of_number():
    """A decimal is a factor as good as a float."""
    got = gl.numerical_gradient(total, X, dout=Decimal("0.5"))
    assert np.allclose(got, X, rtol=1e-8)


def test_entries_that_do_not_matter_cost_no_more_than_others():
    """Half of the entries change nothing: a dozen evaluations for each are enough."""
    x, calls = np.random.default_rng(0).normal(size=40), []

    def f(x):
        calls.append(x)
        return np.sum(x[:20] ** 3)

    gl.numerical_gradient(f, x)
    assert len(calls) <= 15 * x.size


# What is handed over, and what is refused

POINTS = {  # id: x, the type that the functions get
    "float": (1.5, float),
    "int": (2, float),
    "0-d": (np.array(2.0), np.ndarray),
    "integers": (np.array([1, 2]), np.ndarray),
    "unsigned": (np.array([1, 2], dtype=np.uint8), np.ndarray),
    "float32": (np.array([1, 2], dtype=np.float32), np.ndarray),
}


@pytest.mark.parametrize(("x", "kind"), POINTS.values(), ids=POINTS)
def test_functions_are_handed_float64(x, kind):
    """A number is a float, an array one of float64, whatever the author gave."""
    got = []

    def gradient(x):
        got.append(x)
        return 2.0 * x

    assert gl.check_gradient(total, gradient, x).passed
    assert {type(one) for one in got} == {kind}
    assert {np.asarray(one).dtype for one in got} == {np.dtype(np.float64)}
    if np.ndim(x) == 1:
        got.clear()

        def f(x):
            got.append(x)
            return x**2

        assert gl.check_jacobian(f, diagonal, x).passed
        assert {one.dtype for one in got} == {np.dtype(np.float64)}


@pytest.mark.parametrize(
    "x", [True, np.bool_(True), np.array([True]), "1", [1.0, 2.0], np.array([1j]), None], ids=repr
)
def test_what_holds_no_numbers_is_misuse(x):
    """Truth values, texts, lists and complex numbers are refused."""
    with pytest.raises(ValueError, match="x must be an array of numbers"):
        gl.check_gradient(total, slopes, x)


def test_input_that_is_not_finite_is_called_x():
    """The author reads the name of the parameter in the docstring."""
    x = np.array([1.0, np.nan])
    with pytest.raises(ValueError, match="input x has entries that are NaN"):
        gl.check_gradient(total, slopes, x)
    with pytest.raises(ValueError, match="input x has entries that are NaN"):
        gl.check_jacobian(lambda x: np.ones(1), lambda x: np.ones((1, 2)), x)


# Names and exercises in reports

FAILED = {  # id: (report, its subject, the comparison's name, what it says)
    "f of the gradient": (
        lambda **k: gl.check_gradient(lost, slopes, X, **k),
        "slopes", "lost", "lost raised ValueError: nothing here",
    ),
    "nameless f of the gradient": (
        lambda **k: gl.check_gradient(lambda x: lost(x), slopes, X, **k),
        "slopes", "f", "f raised ValueError: nothing here",
    ),
    "gradient": (
        lambda **k: gl.check_gradient(total, lost, X, **k),
        "lost", "lost", "lost raised ValueError: nothing here",
    ),
    "nameless gradient": (
        lambda **k: gl.check_gradient(total, lambda x: lost(x), X, **k),
        "gradient", "gradient", "gradient raised ValueError: nothing here",
    ),
    "f of the Jacobian": (
        lambda **k: gl.check_jacobian(lost, diagonal, X, **k),
        "diagonal", "lost", "lost raised ValueError: nothing here",
    ),
    "nameless f of the Jacobian": (
        lambda **k: gl.check_jacobian(lambda x: lost(x), diagonal, X, **k),
        "diagonal", "f", "f raised ValueError: nothing here",
    ),
    "Jacobian": (
        lambda **k: gl.check_jacobian(squares, lost, X, **k),
        "lost", "lost", "lost raised ValueError: nothing here",
    ),
    "nameless Jacobian": (
        lambda **k: gl.check_jacobian(squares, lambda x: lost(x), X, **k),
        "jacobian", "jacobian", "jacobian raised ValueError: nothing here",
    ),
    "f returns a list": (
        lambda **k: gl.check_jacobian(lambda x: (x**2).tolist(), diagonal, X, **k),
        "diagonal", "the Jacobian", "the result of f is a list",
    ),
    "Jacobian is a list": (
        lambda **k: gl.check_jacobian(squares, lambda x: diagonal(x).tolist(), X, **k),
        "jacobian", "the Jacobian", "the Jacobian is a list",
    ),
    "Jacobian of another shape": (
        lambda **k: gl.check_jacobian(squares, lambda x: 2 * x, X, **k),
        "jacobian", "the Jacobian", "the Jacobian has shape (3,), expected (3, 3)",
    ),
    "wrong gradient": (
        lambda **k: gl.check_gradient(total, squares, X, **k),
        "squares", "dx", "dx is wrong in 2 of 3 entries",
    ),
    "wrong Jacobian": (
        lambda **k: gl.check_jacobian(squares, lambda x: diagonal(x) + 1, X, **k),
        "jacobian", "the Jacobian", "the Jacobian is wrong in 9 of 9 entries",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in FAILED.items()])
def test_report_names_what_failed_and_the_exercise(row):
    """Subject, comparison and sentence carry the student's names, or plain ones for a lambda."""
    made, subject, name, said = row
    report = made(exercise="energy")
    [comparison] = report.comparisons
    assert (report.subject, comparison.name) == (subject, name)
    assert comparison.sentences()[0].startswith(said)
    assert report.exercise == "energy"
    assert made().exercise is None


# Jacobians


def loudly(value):
    def jacobian(x):
        print("here")
        return value(x)

    return jacobian


@pytest.mark.parametrize("most", [None, 0], ids=["small", "large"])
@pytest.mark.parametrize(
    ("jacobian", "outcome"),
    [(diagonal, "passed"), (lambda x: diagonal(x) + 1, "wrong value")],
    ids=["right", "wrong"],
)
def test_report_on_a_jacobian_is_complete(jacobian, outcome, most, monkeypatch):
    """Right or wrong, small or too large to be shown: name, size, shape, prints, costs."""
    if most is not None:
        monkeypatch.setattr(functions, "MOST_SHOWN", most)
    report = gl.check_jacobian(squares, loudly(jacobian), X, exercise="squares")
    [comparison] = report.comparisons
    assert (report.subject, report.exercise) == ("jacobian", "squares")
    assert (comparison.name, comparison.outcome) == ("the Jacobian", outcome)
    assert (comparison.size, comparison.shape) == (9, (3, 3))
    assert report.diagnoses == ()
    assert report.warnings == ("printed: here",)
    assert report.evaluations > 0
    shown = outcome == "wrong value" and most is None
    assert (comparison.errors is not None) is shown
    assert str(report).startswith("✗ jacobian: not right yet\n  the Jacobian is wrong") is (
        outcome == "wrong value"
    )


@pytest.mark.parametrize(("most", "shown"), [(8, False), (9, True)])
def test_jacobian_is_compared_entry_by_entry_up_to_a_size(most, shown, monkeypatch):
    """As many entries as may be are shown, and not one more."""
    monkeypatch.setattr(functions, "MOST_SHOWN", most)
    report = gl.check_jacobian(squares, lambda x: diagonal(x) + 1, X)
    assert report.outcome == "wrong value"
    assert (report.comparisons[0].errors is not None) is shown


def test_right_jacobian_is_not_differentiated_row_by_row(monkeypatch):
    """What passed needs no differences for each entry."""
    monkeypatch.setattr(functions, "numerical_gradient", raising(AssertionError("not needed")))
    calls = []

    def f(x):
        calls.append(x)
        return x**2

    report = gl.check_jacobian(f, diagonal, X)
    assert report.passed
    assert report.evaluations == len(calls) - 1  # the first call is for the shape


def test_wrong_jacobian_without_differences_is_wrong_all_the_same(monkeypatch):
    """Where f raises beside x, the report says no entries and still fails."""
    monkeypatch.setattr(functions, "numerical_gradient", raising(ValueError("out of the domain")))
    report = gl.check_jacobian(squares, loudly(lambda x: diagonal(x) + 1), X, exercise="squares")
    [comparison] = report.comparisons
    assert (report.subject, report.exercise) == ("jacobian", "squares")
    assert (comparison.name, comparison.outcome) == ("the Jacobian", "wrong value")
    assert (comparison.size, comparison.shape) == (9, (3, 3))
    assert report.diagnoses == ()
    assert report.warnings == ("printed: here",)
    assert report.evaluations > 0


def test_jacobian_gives_the_same_answer_twice():
    """One that is right the first time only is no function of x."""
    calls = []

    def jacobian(x):
        calls.append(x)
        return np.diag(2 * x) * len(calls)

    report = gl.check_jacobian(squares, jacobian, X)
    assert report.outcome == "contract"
    assert [d.mistake for d in report.diagnoses] == ["not-repeatable"]
    assert [c.name for c in report.comparisons] == ["second call", "dx"]


def test_jacobian_of_another_shape_keeps_what_was_printed():
    """A print may tell why the shape is another."""
    report = gl.check_jacobian(squares, loudly(lambda x: np.ones((3, 4))), X)
    assert report.outcome == "contract"
    assert report.warnings == ("printed: here",)
    assert [d.mistake for d in report.diagnoses] == ["shape"]


RECOGNISED = {  # id: (the Jacobian, what its products with vectors look like, what is said)
    "an edit of the solution": (
        lambda x: diagonal(x) + 1, gl.Diagnosis("inner-sign", "Look inside.", "dx", "edit"),
        ["inner-sign"],
    ),
    "no edit": (
        lambda x: diagonal(x) + 1, gl.Diagnosis("inner-sign", "Look inside.", "dx"), [],
    ),
    "a factor of a product": (
        lambda x: diagonal(x) + 1, gl.Diagnosis("factor", "Look outside.", "dx", "edit"), [],
    ),
    "a mistake that the entries show": (
        lambda x: -diagonal(x), gl.Diagnosis("inner-sign", "Look inside.", "dx", "edit"), ["sign"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("jacobian", "found", "said"), RECOGNISED.values(), ids=RECOGNISED)
def test_edit_that_products_show_is_said_of_the_jacobian(jacobian, found, said, monkeypatch):
    """A known edit of the solution is named; what is about dout @ J alone is not."""
    wrong = gl.Report("jacobian", (gl.Comparison("dx", "wrong value", 3, (3,)),), (found,))
    monkeypatch.setattr(functions, "check_backward", lambda *args, **options: wrong)
    report = gl.check_jacobian(squares, jacobian, X)
    assert [d.mistake for d in report.diagnoses] == said
    assert all(d.name == "the Jacobian" for d in report.diagnoses)
    assert all(d.explanation[:12] in str(report) for d in report.diagnoses)


KINK = np.array([0.0, 1.0, 2.0])
NEARLY = {  # id: (f, jacobian, x): what no entry at x shows
    "a hundred-millionth off": (squares, lambda x: np.diag(2 * x) * (1 + 1e-8), X),
    "right at the kink alone": (
        lambda x: np.maximum(x, 0),
        lambda x: np.diag([0.5, 1.0, 1.0]),
        KINK,
    ),
}


@pytest.mark.parametrize(("f", "jacobian", "x"), NEARLY.values(), ids=NEARLY)
def test_jacobian_that_is_nearly_right_is_wrong(f, jacobian, x):
    """What random vectors show is wrong, although the entries at x look right."""
    report = gl.check_jacobian(f, jacobian, x, exercise="nearly")
    [comparison] = report.comparisons
    assert report.outcome == "wrong value"
    assert comparison.sentences() == ["the Jacobian is wrong by very little, or only beside x"]
    assert (report.subject, report.exercise) == ("jacobian", "nearly")
    assert report.diagnoses == ()
    assert report.evaluations > 0
