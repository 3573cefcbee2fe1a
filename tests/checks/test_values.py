"""check_values: what is compared, what is reported, and how an author may err."""

import json
import warnings

import numpy as np
import pytest

import gradelib as gl

A = np.random.default_rng(0).normal(size=(3, 5))

SAME = {  # id: (actual, expected)
    "floats": (0.1 + 0.2, 0.3),
    "an int for a float": (2, 2.0),
    "a float for an int": (2.0, 2),
    "numpy float": (np.float64(2.5), 2.5),
    "numpy int": (np.int64(3), 3),
    "0-d array for a float": (np.array(2.5), 2.5),
    "a float for a 0-d array": (2.5, np.array(2.5)),
    "zero": (0.0, 0.0),
    "negative zero": (-0.0, 0.0),
    "True": (True, True),
    "numpy bool": (np.bool_(True), True),
    "False": (False, False),
    "string": ("dW", "dW"),
    "empty string": ("", ""),
    "tuple": ((1, 2.0, "a"), (1, 2.0, "a")),
    "list": ([1, 2, 3], [1, 2, 3]),
    "a list for a tuple": ([1, 2], (1, 2)),
    "shape": (A.shape, (3, 5)),
    "array": (A.copy(), A),
    "array to rounding": (A * (1 + 1e-9), A),
    "float32 array": (A.astype("f4"), A.astype("f4")),
    "int array": (np.arange(5), np.arange(5)),
    "bool array": (A > 0, A > 0),
    "empty array": (A[:0].copy(), A[:0]),
    "0-d arrays": (np.array(1.5), np.array(1.5)),
    "strided": (A[:, ::-1], np.ascontiguousarray(A[:, ::-1])),
    "large": (1e300, 1e300 * (1 + 1e-9)),
    "small": (1e-12, 1e-12 * (1 + 1e-9)),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in SAME.items()])
@pytest.mark.parametrize("call", [False, True], ids=["value", "lambda"])
def test_equal_values_pass(row, call):
    """Equal values pass, handed over as they are or by a function of no arguments."""
    actual, expected = row
    report = gl.check_values((lambda: actual) if call else actual, expected, name="it")
    assert report.passed is True, str(report)
    assert report.verdict == report.outcome == "passed"


OTHER = {
    "floats": (0.3001, 0.3),
    "a millionth": (1 + 1e-6, 1.0),
    "small ones": (2e-12, 1e-12),
    "zero for small": (0.0, 1e-12),
    "sign": (-2.5, 2.5),
    "NaN": (np.nan, 1.0),
    "inf": (np.inf, 1.0),
    "bool": (True, False),
    "bool for a float": (True, 0.5),
    "a string for a number": ("2.0", 2.0),
    "a number for a string": (2.0, "2.0"),
    "string": ("dw", "dW"),
    "tuple too short": ((1, 2), (1, 2, 3)),
    "tuple too long": ((1, 2, 3, 4), (1, 2, 3)),
    "tuple, one off": ((1, 2, 4), (1, 2, 3)),
    "a number for a tuple": (1, (1,)),
    "array": (A + 1e-3, A),
    "array, a millionth in one entry": (A * (1 + 1e-6 * (np.arange(15).reshape(3, 5) == 4)), A),
    "array, NaN in one entry": (np.where(np.arange(5) == 2, np.nan, A), A),
    "transposed": (A.T, A),
    "one axis too many": (A[None], A),
    "(N,) for (N, 1)": (A[:, 0], A[:, :1]),
    "a number for an array": (A[0, 0], A),
    "an array for a number": (A, 1.0),
    "a row that would broadcast": (np.ones(5), np.ones((3, 5))),
    "float32 for float64": (A.astype("f4"), A),
    "float64 for float32": (A.astype("f4").astype(float), A.astype("f4")),
    "ints for floats": (np.ones((3, 5), dtype=int), np.ones((3, 5))),
    "floats for ints": (np.arange(5.0), np.arange(5)),
    "nested lists for an array": (A.tolist(), A),
    "object array": (A.astype(object), A),
    "complex": (A + 0j, A),
    "complex number": (2.5 + 0j, 2.5),
    "dict": ({"a": 1}, (1,)),
    "generator": ((i for i in (1, 2)), (1, 2)),
    "huge": (np.broadcast_to(1.0, 10**9), np.ones(3)),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in OTHER.items()])
@pytest.mark.parametrize("reveal", [True, False], ids=["reveal", "hide"])
def test_other_values_fail(row, reveal):
    """Other values, shapes and types fail; the report shows itself whatever they are."""
    actual, expected = row
    report = gl.check_values(actual, expected, name="it", reveal=reveal)
    assert report.passed is False
    assert report.verdict == "failed"
    assert report.outcome in ("wrong value", "contract")
    assert "it" in str(report)
    assert json.loads(json.dumps(report.to_json()))


class Liar(np.ndarray):
    """Equal to everything."""

    def __eq__(self, other):
        return np.True_

    def __array_ufunc__(self, *args, **kwargs):
        return np.float64(0)

    def __array_function__(self, *args, **kwargs):
        return True

    __hash__ = None


class EqualToAll:
    """Equal to everything, and every attribute is there."""

    shape, dtype = (3, 5), np.dtype(float)

    def __eq__(self, other):
        return True

    def __float__(self):
        return 2.5

    __hash__ = None


class LyingFloat(float):
    """Says that it equals everything, and that differences are zero."""

    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = None


class LyingString(str):
    """Equal to every string."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingTuple(tuple):
    """Equal to every tuple, and as long as you like."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    __hash__ = None


LIARS = {
    "array": ((-A).view(Liar), A),
    "object for a number": (EqualToAll(), 1.0),
    "object for an array": (EqualToAll(), A),
    "object for a string": (EqualToAll(), "dW"),
    "object for a tuple": (EqualToAll(), (1, 2)),
    "object for True": (EqualToAll(), True),
    "float": (LyingFloat(2.0), 1.0),
    "string": (LyingString("no"), "yes"),
    "tuple": (LyingTuple((3, 4)), (1, 2)),
    "inside a tuple": ((EqualToAll(), 2), (1, 2)),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in LIARS.items()])
def test_liars_fail(row):
    """An object that says it equals the expected value does not pass for it."""
    actual, expected = row
    report = gl.check_values(lambda: actual, expected, name="it")
    assert report.passed is False


def crash():
    raise ZeroDivisionError("there")


def leave():
    raise SystemExit(0)


def not_yet():
    raise NotImplementedError("forward: write your answer here")


ATTEMPTS = {  # id: (actual, outcome)
    "None": (None, "not attempted"),
    "Ellipsis": (..., "not attempted"),
    "lambda: Ellipsis": (lambda: ..., "not attempted"),
    "NotImplementedError": (not_yet, "not attempted"),
    "raises": (crash, "raised"),
    "SystemExit": (leave, "raised"),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in ATTEMPTS.items()])
@pytest.mark.parametrize("expected", [1.0, A, (1, 2), "dW", True], ids=lambda e: type(e).__name__)
def test_no_answer_is_told_from_a_wrong_one(row, expected, capfd):
    """Not attempted and raised are outcomes of their own, and raise nothing."""
    actual, outcome = row
    report = gl.check_values(actual, expected, name="it")
    assert report.passed is False
    assert report.outcome == outcome
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("expected", [1.0, A, (1, 2), "dW", True], ids=lambda e: type(e).__name__)
def test_function_that_returns_none(expected):
    """A function that forgets its return is not attempted or breaks the contract."""
    report = gl.check_values(lambda: None, expected, name="it")
    assert report.passed is False
    assert report.outcome in ("not attempted", "contract")


COMPOSED = {  # id: (right, off)
    "nested": ((1, (2, [3.0])), (1, (2, [3.5]))),
    "tuple of arrays": ((A, A[0]), (A, A[1])),
    "rows of one length": (((1.0, 2.0), (3.0, 4.0)), ((1.0, 2.0), (3.0, 4.5))),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in COMPOSED.items()])
def test_composed_value_is_compared_or_refused(row):
    """An expected value in two levels is compared in full, or refused as the author's error."""
    right, off = row
    try:
        same, other = (gl.check_values(a, right, name="it") for a in (right, off))
    except (TypeError, ValueError):
        return
    assert same.passed is True
    assert other.passed is False


def test_message_of_an_exception_is_shown():
    """The report names the exception and its message."""
    text = str(gl.check_values(crash, 1.0, name="it"))
    assert "ZeroDivisionError" in text
    assert "there" in text


def noisy():
    print("look at me")
    warnings.warn("hear me", stacklevel=2)
    return 2.5


def test_prints_and_warnings_of_a_lambda_are_kept(capfd):
    """What the student's function prints or warns goes to the report's warnings."""
    report = gl.check_values(noisy, 2.5, name="it")
    assert report.passed is True
    assert any("look at me" in w for w in report.warnings)
    assert any("hear me" in w for w in report.warnings)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("expected", [None, {}, object(), 1j], ids=["None", "dict", "object", "1j"])
def test_expected_of_another_kind_is_an_authors_error(expected):
    """An expected value that cannot be compared raises TypeError or ValueError."""
    with pytest.raises((TypeError, ValueError)):
        gl.check_values(1.0, expected, name="it")


def test_name_is_wanted():
    """The name is not optional."""
    with pytest.raises(TypeError):
        gl.check_values(1.0, 1.0)


def test_values_are_left_alone():
    """Neither array is changed by a check."""
    actual, expected = A + 1, A.copy()
    gl.check_values(actual, expected, name="it")
    assert np.array_equal(actual, A + 1)
    assert np.array_equal(expected, A)
