"""error_curve: what it shows of a check, what it says, and what it refuses."""

import doctest
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import gradelib as gl
from gradelib.checks.reports import columns
from gradelib.checks.slopes import where
from gradelib.figures import error_curve, steps
from gradelib.figures.steps import MOST, _drawable

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
W = np.linspace(0.5, 1.5, 8).reshape(4, 2)


def forward(x, W):
    return np.exp(x @ W), (x, W)


def right(dout, cache):
    x, W = cache
    dout = dout * np.exp(x @ W)
    return dout @ W.T, x.T @ dout


def one_percent_off(dout, cache):
    dx, dW = right(dout, cache)
    return dx, 1.01 * dW


def check(backward):
    return gl.check_backward(forward, backward, X, W)


def curves(report):
    return {c.name: c.curve for c in report.comparisons}


def test_a_check_keeps_the_steps_that_it_tried():
    """Each gradient has its own ladder, with the step that was chosen and what was found there."""
    for name, curve in curves(check(one_percent_off)).items():
        tried = [step for step, _, _ in curve.table]
        assert tried == sorted(set(tried), reverse=True)
        assert curve.chosen in tried
        [(slope, error)] = [(s, e) for step, s, e in curve.table if step == curve.chosen]
        assert 6 * error <= curve.tolerance < 1e-6 * curve.size
        assert (abs(curve.yours - slope) > curve.tolerance) is (name == "dW")


def test_steps_that_were_not_needed_are_measured_later():
    """The whole valley shows: the estimate grows towards both ends; the report stays as it was."""
    report = check(right)
    spent = report.evaluations
    curve = curves(report)["dx"].every_step()
    _, slopes, errors = np.array(curve.table).T
    assert len(slopes) > 8 > len(curves(report)["dx"].table)
    least = int(np.argmin(errors))
    assert errors[0] > 1e6 * errors[least]
    assert errors[-1] > 1e2 * errors[least]
    true = np.abs(slopes - curve.yours) <= 6 * errors + 1e-9 * curve.size
    assert np.mean(true) > 0.9
    assert curve.every_step() is curve
    assert report.evaluations == spent


def test_a_forward_that_is_gone():
    """Where the forward pass no longer works, the steps of the check are drawn alone."""
    works = True

    def once(x):
        assert works
        return x**3, x

    report = gl.check_backward(once, lambda dout, x: 3 * x**2 * dout, X)
    works = False
    [curve] = curves(report).values()
    assert curve.every_step().table == curve.table
    assert error_curve(report).alt


def test_a_forward_that_prints(capsys):
    """Nothing printed comes between the cell and its picture; an author's words win."""
    report = gl.check_backward(lambda x: (print("hello"), (x**2, x))[1], lambda d, x: 2 * x * d, X)
    assert error_curve(report, alt="A valley").alt == "A valley"
    assert capsys.readouterr().out == ""


PICTURES = {
    "right": (right, None, "dx", "dx: right."),
    "by name": (one_percent_off, "dx", "dx", "dx: right."),
    "what is wrong first": (one_percent_off, None, "dW", "dW: not right."),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("backward", "name", "drawn", "end"), PICTURES.values(), ids=PICTURES.keys()
)
def test_picture_and_its_words(backward, name, drawn, end):
    """The words hold the numbers of the picture: chosen step, difference, estimate, tolerance."""
    report = check(backward)
    shown = error_curve(report, name=name)
    assert shown.alt.startswith(f"Log-log plot of the error of {drawn} against the step, from ")
    assert shown.alt.endswith(end)
    curve = curves(report)[drawn]
    exponent = int(np.floor(np.log10(curve.chosen)))
    assert f"The chosen step is {curve.chosen / 10**exponent:.1f}e{exponent}" in shown.alt
    Image.open(io.BytesIO(shown.png)).verify()
    assert shown.width <= 900


def test_wrong_gradient_is_a_plateau():
    """A wrong gradient is off by the same at every step that can tell."""
    curve = curves(check(one_percent_off))["dW"].every_step()
    _, slopes, errors = np.array(curve.table).T
    assert np.allclose(curve.yours / slopes[errors < 1e-6 * curve.size], 1.01, rtol=1e-6)
    assert np.count_nonzero(errors < 1e-6 * curve.size) > 5


def test_steps_that_tell_nothing_are_left_out():
    """Steps whose error is a hundred times the gradient are not drawn, the chosen one is."""
    curve = curves(check(right))["dx"]
    wild = [(4.0**k, 0.0, 2 * MOST * curve.size) for k in (1, 2)]
    drawn = _drawable(replace(curve, table=(*wild, *curve.table)))
    assert drawn.table == curve.table
    drawn = _drawable(replace(curve, table=tuple(wild), chosen=4.0))
    assert drawn.table == (wild[0],)


OTHERS = {
    "zero": (lambda x: (0 * x, x), lambda d, x: 0 * d, "are 0 apart", "dx: right."),
    "rough": (
        lambda x: (x * (1 + 0.1 * np.sin(1e15 * x)), x),
        lambda d, x: d,
        "or less is not seen",
        "dx: cannot be told.",
    ),
    "wrong on a kink": (
        lambda x: (np.maximum(x, 0), x),
        lambda d, x: np.where(x == 0, 7.0, x > 0) * d,
        "or less passes",
        "dx: right along this line, and not elsewhere.",
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("forward", "backward", "part", "end"), OTHERS.values(), ids=OTHERS.keys())
def test_odd_curves(forward, backward, part, end):
    """Errors of zero have a place, and what cannot be told does not pass."""
    shown = error_curve(gl.check_backward(forward, backward, np.array([0.0, 1.0, -2.0, 0.5])))
    assert part in shown.alt
    assert shown.alt.endswith(end)


@pytest.mark.parametrize("module", [columns, steps, where], ids=lambda m: m.__name__)
def test_examples_in_docstrings_are_true(module):
    """The doctests pass, and there are some."""
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert not failed


def stub(dout, cache):
    raise NotImplementedError


REFUSED = {
    "not attempted": lambda: check(stub),
    "raised": lambda: check(lambda dout, cache: 1 / 0),
    "too large": lambda: gl.check_backward(
        lambda x: (x, x), lambda dout, x: np.full(3, 1e200), np.ones(3)
    ),
    "no arrays": lambda: check(lambda dout, cache: None),
    "values": lambda: gl.check_values(1.0, 2.0, name="loss"),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_nothing_to_draw(make):
    """A report without finite differences has no curve, and the message says why."""
    with pytest.raises(ValueError, match="nothing was compared with finite differences"):
        error_curve(make())


def test_misuse():
    """Another name, or no report at all."""
    with pytest.raises(ValueError, match="no error curve of 'dV'; it has dx, dW"):
        error_curve(check(right), name="dV")
    with pytest.raises(TypeError, match="needs the report of a check; got a float"):
        error_curve(1.0)


def test_a_report_stays_plain_data():
    """The steps are not part of the JSON."""
    assert "curve" not in check(right).to_json()["comparisons"][0]
