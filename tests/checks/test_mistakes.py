"""Every mistake that can be told from one check is named, and nothing that is not exactly so.

The tables of wrong code are in `mistakes_sums`, `mistakes_layers` and `mistakes_general`; here are
the mistakes that need another check, and what holds of all sentences.
"""

from html import unescape
from string import Formatter

import numpy as np
import pytest
import zoo as z
from mistakes_general import GENERAL_ROWS
from mistakes_layers import LAYER_ROWS, REG
from mistakes_sums import SUM_ROWS

import gradelib as gl
from gradelib.checks.mistakes.catalogue import BREACHES, MISTAKES

ROWS = [*SUM_ROWS, *LAYER_ROWS, *GENERAL_ROWS]
FAMILIES = {
    "transposes",
    "averaging",
    "bias",
    "upstream",
    "ReLU and max",
    "activations",
    "branches",
    "regularisation",
    "softmax and logs",
    "labels",
    "shapes",
    "bookkeeping",
    "numbers",
    "normalisation",
}
POINT = np.array([0.7, -1.1, 0.4, 1.9, -0.3])


def rows(table):
    return [pytest.param(row, id=f"{row.family}: {row.what}") for row in table]


def named(report):
    return {d.name: d.mistake for d in report.diagnoses}


@pytest.mark.parametrize("row", rows(ROWS))
def test_mistake_is_named(row):
    """Each wrong gradient gets the identifier of its mistake, and no other gradient gets one."""
    report = row.check(seed=0)
    assert report.verdict == "failed"
    assert named(report) == row.expected, str(report)


@pytest.mark.slow
@pytest.mark.parametrize("row", rows(ROWS))
def test_mistake_is_named_whatever_the_numbers(row):
    """The same name for ten draws of inputs and upstream gradients."""
    for seed in range(1, 11):
        assert named(row.check(seed)) == row.expected, seed


def test_every_family_has_rows():
    """No family of mistakes is left out."""
    assert {row.family for row in ROWS} >= FAMILIES


# Mistakes of a student's own gradient checker: (f, numerical gradient of it, identifier).
def fourth(x):
    return float((x**4).sum() + np.sin(x).prod())


def forward_difference(f, x, h=1e-4):
    return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(len(x))])


def backward_difference(f, x, h=1e-3):
    return np.array([(f(x) - f(x - h * e)) / h for e in np.eye(len(x))])


def central_difference(f, x, h):
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def never_put_back(f, x, h=1e-4):
    x = x.copy()
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        gradient[i] = (above - f(x)) / (2 * h)
    return gradient


CHECKERS = {  # id: (numerical gradient, what check_values names, what check_gradient names)
    "forward difference": (forward_difference, "approximate", "one-sided"),
    "backward difference": (backward_difference, "approximate", "one-sided"),
    "long step": (lambda f, x: central_difference(f, x, 1e-2), "approximate", "long-step"),
    "step too small": (lambda f, x: central_difference(f, x, 1e-12), "approximate", ""),
    "not put back": (never_put_back, "not-restored", "not-restored"),
    "not divided by 2": (lambda f, x: 2 * central_difference(f, x, 1e-5), "factor", "factor-2"),
    "divided by -2h": (lambda f, x: -central_difference(f, x, 1e-5), "sign", "sign"),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in CHECKERS.items()])
def test_mistake_of_a_gradient_checker_is_named(row):
    """A student's numerical gradient is named by its values, and by its function where it is
    known."""
    wrong, by_value, by_function = row
    right = gl.numerical_gradient(fourth, POINT)
    report = gl.check_values(wrong(fourth, POINT), right, name="numerical_gradient")
    assert [d.mistake for d in report.diagnoses] == [by_value]
    report = gl.check_gradient(fourth, lambda x: wrong(fourth, x), POINT)
    assert [d.mistake for d in report.diagnoses] == ([by_function] if by_function else [])


def test_gradient_checked_on_a_kink_is_said_to_be():
    """A point on a kink proves nothing of the slope there, and the report says so."""
    x = np.array([0.0, 1.0, -2.0, 3.0])
    report = gl.check_gradient(lambda x: np.abs(x).sum(), np.sign, x)
    assert report.passed
    assert "kink" in str(report)


JACOBIANS = {  # id: (wrong Jacobian of softmax at x, identifier)
    "diagonal only": (lambda p: np.diag(p * (1 - p)), "diagonal-only"),
    "probabilities on the diagonal": (np.diag, "diagonal-only"),
    "sign": (lambda p: np.outer(p, p) - np.diag(p), "sign"),
    "one entry": (lambda p: np.diag(p) - np.outer(p, p) + 0.1 * np.eye(5, k=4), ""),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in JACOBIANS.items()])
def test_wrong_jacobian_is_named(row):
    """A Jacobian of which only the diagonal was filled is told from other wrong ones."""
    wrong, mistake = row

    def softmax(x):
        return z.softmax(x[None])[0]

    report = gl.check_jacobian(softmax, lambda x: wrong(softmax(x)), POINT)
    assert not report.passed
    assert [d.mistake for d in report.diagnoses] == ([mistake] if mistake else [])


def test_no_shift_shows_in_the_loss_as_well():
    """Scores of 1000 overflow without the shift: the loss is not finite."""
    scores = 1000 + np.arange(6.0).reshape(2, 3)

    def loss():
        with np.errstate(all="ignore"):
            p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return -np.log(p[:, 0]).mean()

    report = gl.check_values(loss, 2.407606, name="loss")
    assert [d.mistake for d in report.diagnoses] == ["not-finite"]


def test_np_max_for_np_maximum_shows_in_the_shape():
    """np.max(x, 0) is the largest of each column."""
    x = np.arange(6.0).reshape(2, 3)
    report = gl.check_values(np.max(x, 0), np.maximum(x, 0), name="relu")
    assert report.outcome == "contract"
    assert "shape (3,), expected (2, 3)" in str(report)


@pytest.mark.parametrize("factor", [0.0, REG], ids=["reg = 0", "reg > 0"])
def test_penalty_is_not_blamed_where_there_is_none(factor):
    """Without a penalty its gradient may be left out; with one it may not."""

    def forward(W):
        return (W**3).sum() + factor / 2 * (W**2).sum(), W

    W = np.random.default_rng(3).normal(size=(3, 5))
    report = gl.check_backward(forward, lambda d, W: 3 * d * W**2, W)
    assert report.passed is (factor == 0)
    assert [d.mistake for d in report.diagnoses] == ["penalty-too-small"] * (factor > 0)
    report = gl.check_backward(
        lambda W: (factor / 2 * (W**2).sum(), W), lambda d, W: d * factor * W, W
    )
    assert report.passed, str(report)


def test_two_mistakes_in_two_gradients_are_both_named():
    """Each gradient is explained by itself."""

    def backward(dout, cache):
        x, W = cache
        return -dout @ W.T, x.T @ dout, dout.mean(axis=0)

    rng = np.random.default_rng(4)
    report = gl.check_backward(z.affine_forward, backward, *z.drawn((5, 7), (7, 3), (3,))(rng))
    assert named(report) == {"dx": "sign", "db": "averaged"}


NOTE = "none of the mistakes that this check knows gives exactly these numbers"


@pytest.mark.parametrize("part", ["text/plain", "text/html"])
def test_what_is_not_recognised_is_said(part):
    """Where no mistake fits, a line says so, beside the place where the gradient is wrong."""

    def backward(dout, cache):
        x, W = cache
        return dout @ W.T, x.T @ dout + np.cos(100 * W), dout.sum(axis=0)

    rng = np.random.default_rng(4)
    report = gl.check_backward(z.affine_forward, backward, *z.drawn((5, 7), (7, 3), (3,))(rng))
    shown = " ".join(unescape(report._repr_mimebundle_()[part]).split())
    assert report.diagnoses == ()
    assert f"note: dW: {NOTE}" in shown
    assert "dW is wrong in 21 of 21 entries, worst at" in shown


def test_what_holds_of_all_gradients_is_said_once():
    """One sentence for three gradients with the same factor."""
    rng = np.random.default_rng(4)
    report = gl.check_backward(
        z.affine_forward,
        lambda d, c: tuple(5 * g for g in z.affine_backward(d, c)),
        *z.drawn((5, 7), (7, 3), (3,))(rng),
    )
    assert named(report) == {"": "not-averaged"}
    assert str(report).count("averaged forwards") == 1
    assert "all 3 gradients" in " ".join(str(report).split())


def test_swapped_gradients_at_opposite_numbers_are_not_a_sign():
    """For w = -x the swapped gradients differ by a sign only; a random point decides."""
    w, x = np.array([1.0, -2.0, 3.0]), np.array([-1.0, 2.0, -3.0])
    report = gl.check_backward(z.product_forward, lambda d, c: (d * c[0], d * c[1]), w, x)
    assert {d.mistake for d in report.diagnoses} <= {"wrong-order"}


ALL = {**BREACHES, **MISTAKES}


@pytest.mark.parametrize("identifier", ALL)
def test_sentence_helps_without_the_answer(identifier):
    """One or two short sentences, the last a question or an advice; nothing of our own names."""
    sentence = ALL[identifier]
    assert sentence[0].isupper() or sentence.startswith(("{", "dout"))
    assert sentence.endswith(("?", "."))
    assert len(sentence.split()) <= 36
    assert sentence.count(". ") + sentence.count("? ") <= 2
    assert not {"gradelib", "np.", "axis=0", ".T", "sum(", "keepdims"} & set(sentence.split())
    assert all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(sentence))


def test_every_identifier_has_wrong_code_that_it_names():
    """The catalogue holds nothing that no test has seen named."""
    seen = {mistake for row in ROWS for mistake in row.expected.values()}
    seen |= {mistake for checker in CHECKERS.values() for mistake in checker[1:]}
    seen |= {mistake for _, mistake in JACOBIANS.values()}
    assert set(MISTAKES) - seen == set()
