"""The same code once more on float32 inputs, and what is said where that goes wrong."""

import numpy as np
import pytest

import gradelib as gl

X = np.linspace(-1, 1, 6).reshape(2, 3)


SINGLES = {  # id: (backward of twice the input, outcome, what is said)
    "right": (lambda dout, x: 2 * dout, "passed", ""),
    "in a list": (lambda dout, x: [2 * dout], "passed", ""),
    "nearly right": (
        lambda dout, x: dout * (2 + 1.9e-3 * (x.dtype == np.float32)), "passed", ""
    ),
    "not so": (
        lambda dout, x: dout * (2 + 2.1e-3 * (x.dtype == np.float32)), "contract",
        "dx is right in float64 but not for float32 inputs; look for an overflow or a lost digit",
    ),
    "not finite": (
        lambda dout, x: dout * (2 if x.dtype == np.float64 else np.float32(np.nan)), "contract",
        "dx is right in float64 but not for float32 inputs",
    ),
    "raises": (
        lambda dout, x: {np.dtype(np.float64): 2 * dout}[x.dtype], "raised",
        "right in float64, but float32 inputs raise KeyError: dtype('float32')",
    ),
    "too many": (
        lambda dout, x: (2 * dout,) * (1 + (x.dtype == np.float32)), "raised",
        "right in float64, but float32 inputs raise ValueError",
    ),
    "zero": (lambda dout, x: 2 * dout * (x.dtype == np.float64), "contract", "not for float32"),
    "nothing": (
        lambda dout, x: 2 * dout if x.dtype == np.float64 else None, "contract",
        "dx is right in float64 but not for float32 inputs",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("backward", "outcome", "said"), SINGLES.values(), ids=SINGLES)
def test_float32_inputs_are_run_as_they_are(backward, outcome, said):
    """Right to a thousandth, or else a breach of the contract, or an error, in so many words."""
    report = gl.check_backward(lambda x: (2 * x, x), backward, X.astype(np.float32))
    assert report.outcome == outcome, str(report)
    if said:
        (comparison,) = report.comparisons
        assert said in comparison.message
    assert gl.check_backward(lambda x: (2 * x, x), backward, X).passed


def test_finding_in_single_precision_has_names():
    """Which gradient, or which function, of which check."""

    def doubled_backward(dout, x):
        return dout if x.dtype == np.float32 else 2 * dout

    def raising_backward(dout, x):
        if x.dtype == np.float32:
            raise ValueError("too short")
        return 2 * dout

    for backward, name in ((doubled_backward, "dx"), (raising_backward, "raising_backward")):
        report = gl.check_backward(lambda x: (2 * x, x), backward, X.astype(np.float32))
        (comparison,) = report.comparisons
        assert (report.subject, comparison.name) == (backward.__name__, name)


def test_gradient_that_is_zero_is_right_in_single_precision():
    """There is nothing to be a thousandth of, and zero is zero."""

    def forward(x, y):
        return x + 0 * y, x

    def backward(dout, x):
        return dout, 0 * dout

    report = gl.check_backward(forward, backward, X.astype(np.float32), X.astype(np.float32))
    assert report.passed, str(report)
