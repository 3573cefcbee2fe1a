"""Parts of reports that are easily lost: warnings, sizes, shapes, references, the cache's name."""

import warnings

import numpy as np
import pytest

import gradelib as gl

X = np.array([0.5, -1.5, 2.0])


def test_numerical_gradient_will_do_for_check_gradient():
    """check_gradient does not ask how a gradient was come by."""

    def stepping(x):
        steps = 1e-4 * np.eye(x.size)
        return np.array([(np.sum((x + h) ** 2) - np.sum((x - h) ** 2)) / 2e-4 for h in steps])

    assert gl.check_gradient(lambda x: np.sum(x**2), stepping, X).passed


def test_wrong_jacobian_is_shown_beside_the_numeric_one():
    """The worst entry of a Jacobian is shown with both numbers, and the errors of all."""
    report = gl.check_jacobian(np.square, lambda x: np.diag(2 * x) + np.eye(3, k=2), X)
    worst = report.comparisons[0]
    assert (worst.wrong, worst.worst_index, worst.reference) == (1, (0, 2), "numeric")
    assert (worst.yours, round(worst.numeric, 9)) == (1.0, 0.0)
    assert worst.shape == worst.errors.shape == (3, 3)
    assert "numeric" in str(report)


def test_turned_jacobian_is_told_how_it_should_lie():
    """The advice for a Jacobian of another shape is about its rows and columns."""
    report = gl.check_jacobian(lambda x: x[:2] ** 2, lambda x: np.ones((3, 2)), X)
    advice = report.diagnoses[0]
    assert advice.mistake == "transpose"
    assert advice.explanation == "One row for each output, one column for each input."
    assert advice.name == report.comparisons[0].name


def test_cache_that_is_changed_is_named():
    """A cache of the layer's own, changed in place, is a breach by itself."""

    def forward(x):
        return 2 * x, {"kept": np.ones(3)}

    def backward(dout, cache):
        cache["kept"] += 1
        return 2 * dout

    report = gl.check_backward(forward, backward, X)
    cache, gradient = report.comparisons
    assert (cache.name, cache.outcome) == ("cache", "contract")
    assert cache.message == "backward changed the cache in place"
    assert gradient.outcome == "passed"
    assert [d.mistake for d in report.diagnoses] == ["cache-changed"]


def loudly(value):
    def answer():
        warnings.warn("look out", stacklevel=2)
        print("here")
        return value

    return answer


def test_what_was_said_is_kept_with_every_outcome():
    """Warnings and prints are in the report, whether it passes, fails, hides or is in words."""
    said = ("UserWarning: look out", "printed: here")
    for value, expected, reveal in [
        (1, 1, True),
        (1, 2, True),
        (1, 2, False),
        ("a", "a", True),
        ("a", "b", True),
        (None, 1, True),
        ([], 1, True),
        (..., 1, True),
    ]:
        report = gl.check_values(loudly(value), expected, name="v", reveal=reveal)
        assert report.warnings == said, (value, expected)


def test_sizes_and_shapes_are_those_of_the_value():
    """Numbers and words, right and wrong, hold their size and shape."""
    for value, expected in [
        ([[1, 2]], [[1, 2]]),
        ([[1, 2]], [[1, 3]]),
        ([["a", "b"]], [["a", "b"]]),
        ([["a", "b"]], [["a", "c"]]),
    ]:
        for reveal in (True, False):
            part = gl.check_values(value, expected, name="v", reveal=reveal).comparisons[0]
            assert (part.size, part.shape) == (2, (1, 2))


def test_single_precision_is_run_once_more():
    """A float32 input is checked as it is too: what overflows there only does not pass."""

    def forward(x):
        return x * np.array(1e30, x.dtype) * np.array(1e30, x.dtype), x

    def backward(dout, x):
        return dout * np.array(1e30, x.dtype) * np.array(1e30, x.dtype)

    assert gl.check_backward(forward, backward, X).passed
    report = gl.check_backward(forward, backward, X.astype(np.float32))
    assert report.verdict == "failed"


def test_json_has_these_names_and_values():
    """The plain data that other tools read keeps its names; what is not finite becomes text."""
    mistaken = gl.check_backward(
        lambda x: (x**2, x), lambda d, x: (print("here"), -2 * d * x)[1], 3.0, exercise="squares"
    )
    found = mistaken.to_json()
    assert set(found) >= {
        "subject", "exercise", "verdict", "outcome", "comparisons", "diagnoses", "warnings",
        "evaluations",
    }  # fmt: skip
    assert (found["subject"], found["exercise"]) == ("backward", "squares")
    assert (found["verdict"], found["outcome"]) == ("failed", "wrong value")
    assert found["warnings"] == ["printed: here"]
    assert found["evaluations"] == mistaken.evaluations > 0
    (diagnosis,) = found["diagnoses"]
    assert (diagnosis["mistake"], diagnosis["name"]) == ("sign", "dx")
    assert diagnosis["explanation"] == mistaken.diagnoses[0].explanation
    part = found["comparisons"][0]
    assert (part["name"], part["outcome"], part["wrong"]) == ("dx", "wrong value", 1)
    lost = gl.Report("r", (gl.Comparison("v", "wrong value", yours=np.inf, numeric=1.0),))
    assert lost.to_json()["comparisons"][0]["yours"] == "inf"


def test_failure_is_raised_with_the_text_of_the_report():
    """raise_for_failure says what the report says."""
    report = gl.check_values(1, 2, name="v")
    with pytest.raises(AssertionError) as caught:
        report.raise_for_failure()
    assert str(caught.value) == str(report)
