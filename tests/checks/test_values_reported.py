"""check_values to the letter: what is close enough, what is reported, and in which words."""

import numpy as np
import pytest

import gradelib as gl

PASS = {  # id: (actual, expected)
    "floats in a list of ints": ([1.0, 2.0], [1, 2]),
    "ints in a tuple of floats": ((1, 2), (1.0, 2.0)),
    "an int for a 0-d array": (2, np.array(2.0)),
    "a float for a 0-d array of an int": (2.0, np.array(2)),
    "unsigned integers": (np.arange(5, dtype="u1"), np.arange(5)),
    "signed for unsigned": (np.arange(5), np.arange(5, dtype="u1")),
}


@pytest.mark.parametrize(("actual", "expected"), PASS.values(), ids=PASS)
def test_kinds_of_number_that_are_one(actual, expected):
    """Int and float are one but in arrays; there, integers of all sizes are."""
    report = gl.check_values(actual, expected, name="it")
    assert report.passed, str(report)


CLOSE = {  # id: (off by, rtol, whether it passes), for the first entry of [0, 1]
    "a hundredth of rtol times the largest": (0.9999e-4, 1e-2, True),
    "more": (1.0001e-4, 1e-2, False),
    "1e-15": (1e-15, 0.0, True),
    "more than 1e-15": (1.01e-15, 0.0, False),
}


@pytest.mark.parametrize(("off", "rtol", "passes"), CLOSE.values(), ids=CLOSE)
def test_entry_may_differ_by_so_much(off, rtol, passes):
    """rtol / 100 times the largest entry, or 1e-15, beside rtol times its own size."""
    largest = float(rtol > 0)
    for sign in (1, -1):
        got, expected = np.array([sign * off, largest]), np.array([0.0, largest])
        assert gl.check_values(got, expected, name="it", rtol=rtol).passed is passes


@pytest.mark.parametrize("words", ["dW", ["a", "b"], True], ids=str)
def test_right_words_are_reported_under_their_name(words):
    """As numbers are."""
    report = gl.check_values(words, words, name="it")
    assert report.subject == report.comparisons[0].name == "it"
    assert report.passed is True


@pytest.mark.parametrize(("length", "shown"), [(98, "x" * 98 + "'"), (99, "x" * 99 + " ...")])
def test_long_answers_in_words_are_cut(length, shown):
    """After a hundred characters, quotes and all."""
    message = gl.check_values("x" * length, "y", name="it").comparisons[0].message
    assert message == f"it is '{shown}, expected 'y'"


def test_numbers_at_the_ends_of_the_range_raise_no_warning():
    """Their difference is too large for a float64, and wrong all the same."""
    report = gl.check_values(np.array([-1.7e308, 1.0]), np.array([1.7e308, 1.0]), name="it")
    assert report.outcome == "wrong value"
    assert report.comparisons[0].worst_index == (0,)


def test_errors_by_entry():
    """Yours minus expected, zero where right; a single number has no entries."""
    got, expected = np.array([1.0, 2.5, 3.0 + 1e-12]), np.array([1.0, 2.0, 3.0])
    (several,) = gl.check_values(got, expected, name="it").comparisons
    assert several.errors.dtype == np.float64
    assert several.errors.tolist() == [0.0, 0.5, 0.0]
    (single,) = gl.check_values(2.5, 2.0, name="it").comparisons
    assert single.errors is None


def test_mistake_is_told_of_the_value_by_its_name():
    """The diagnosis says of which value it is."""
    got, expected = np.array([-1.0, -2.5, 3.0]), np.array([1.0, 2.5, -3.0])
    (named,) = gl.check_values(got, expected, name="slope").diagnoses
    assert (named.mistake, named.name) == ("sign", "slope")


BREACHES = {  # id: (actual, expected, the mistakes that are named)
    "integers for an array of floats": (np.ones(3, int), np.ones(3), ["integer"]),
    "single precision": (np.ones(3, "f4"), np.ones(3), ["dtype"]),
    "a text for a number": ("1", 1.0, []),
    "floats for an array of integers": (np.ones(3), np.ones(3, int), []),
    "a truth value for integers": (np.array([True, False]), np.array([1, 0]), []),
}


@pytest.mark.parametrize(("actual", "expected", "named"), BREACHES.values(), ids=BREACHES)
def test_another_kind_is_a_mistake_with_a_name_for_arrays_of_floats(actual, expected, named):
    """Those are what the advice on dtypes is about."""
    report = gl.check_values(actual, expected, name="it")
    assert report.outcome == "contract"
    assert [diagnosis.mistake for diagnosis in report.diagnoses] == named
