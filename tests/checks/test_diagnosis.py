"""The order of the hypotheses, and what is said once, beside which note."""

from dataclasses import replace

import numpy as np
import pytest
from cases_by_hand import case, drawn

from gradelib.checks.mistakes import diagnosis, explain
from gradelib.checks.mistakes.case import named
from gradelib.checks.mistakes.catalogue import MISTAKES
from gradelib.checks.mistakes.diagnosis import diagnose, diagnose_numbers, diagnoses
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.returned import Breach

V = np.array([1.0, -2.0, 3.0, 4.0])
M = drawn(4, 4)


def zero(given):
    return named("zero")


def sign(given):
    return named("sign")


def nothing(given):
    return None


def unsolvable(given):
    raise np.linalg.LinAlgError


def dividing(given):
    return named("factor", c=f"{np.float64(1.0) / np.float64(0.0)}")


def said(given, *hypotheses):
    return [(d.mistake, d.explanation, d.name) for d in diagnoses(given, hypotheses)]


def test_hypotheses_are_asked_in_their_order():
    """What holds is yielded with its sentence; what cannot be solved, and what does not, is not."""
    given = case(2 * V, V, name="dW")
    zeros, turned = MISTAKES["zero"], MISTAKES["sign"]
    expected = [("zero", zeros, "dW"), ("sign", turned, "dW")]
    assert said(given, nothing, unsolvable, zero, sign) == expected
    assert diagnose(given, (nothing, sign, zero)) == Diagnosis("sign", turned, "dW")
    assert diagnose(given, (nothing, unsolvable)) is None


def test_a_division_by_zero_is_no_warning():
    """Hypotheses divide without asking."""
    [(_, text, _)] = said(case(V, V), dividing)
    assert text == MISTAKES["factor"].format(c="inf")


def test_without_numbers_nothing_is_named():
    """Neither of yours nor of the right ones."""
    assert said(case([], V), sign) == said(case(V, []), sign) == []


def test_all_hypotheses_are_asked_unless_some_are_given():
    """The sign comes before the transpose, which is the same here, and nothing before zeros."""
    assert diagnose(case((M.T - M), M - M.T)).mistake == "sign"
    assert next(diagnoses(case(0 * M, M))).mistake == "zero"


NUMBERS = {
    "zero": (0 * V, V, {}, "zero"),
    "sign": (-V, V, {}, "sign"),
    "transpose": (M.T, M, {}, "transpose"),
    "any factor": (0.7 * V, V, {}, "factor"),
    "a length": (5 * V, V, {"sizes": (3, 5)}, "not-averaged"),
    "a length that is not known": (5 * V, V, {}, "factor"),
    "two": (2 * V, V, {"sizes": (3, 5)}, "factor-2"),
    "the diagonal": (np.diag(V), M, {}, "diagonal-only"),
    "the reverse": (V[::-1], V, {}, "reversed"),
    "some signs": (np.abs(V), V, {}, "sign-in-part"),
    "some signs of a sample": (np.abs(V), V, {"sizes": (3, 5)}, None),
    "some missing": (V * [0, 1, 1, 1], V, {}, "unreached"),
    "nearly right": (V + 1e-4 * V**2, V, {}, "approximate"),
    "hardly known": (0 * V, V, {"precision": 1.0}, None),
    "well known": (0 * V, V, {"precision": 0.1}, "zero"),
    "something else": (V**2, V, {}, None),
}


@pytest.mark.parametrize(("yours", "right", "known", "mistake"), NUMBERS.values(), ids=NUMBERS)
def test_what_shows_in_the_numbers_alone(yours, right, known, mistake):
    """Where no function is known, or a sample of the entries only."""
    found = diagnose_numbers("dW", yours, right, **known)
    assert (found and (found.mistake, found.name)) == (mistake and (mistake, "dW"))


def test_lists_of_mistakes_are_of_the_catalogue():
    """What is general, and what needs other gradients, has a sentence."""
    assert not diagnosis.GENERAL - set(MISTAKES)
    assert not set(explain.NEEDS_OTHERS) - set(MISTAKES)


BOTH = "The same in both gradients. Five times."
FIVE = Diagnosis("factor", "Five times.", "dx", "e1")
ALSO = replace(FIVE, name="dW")
OTHER = replace(ALSO, mistake="sign")
ONCE = {
    "both": ([FIVE, ALSO], 2, [Diagnosis("factor", BOTH, "", "e1")]),
    "all three": (
        [FIVE, ALSO, replace(FIVE, name="db")],
        3,
        [Diagnosis("factor", "The same in all 3 gradients. Five times.", "", "e1")],
    ),
    "by two edits": (
        [FIVE, replace(ALSO, edit="e2")],
        2,
        [Diagnosis("factor", BOTH)],
    ),
    "two of three": ([FIVE, ALSO], 3, [FIVE, ALSO]),
    "one": ([FIVE], 1, [FIVE]),
    "two mistakes": ([FIVE, OTHER], 2, [FIVE, OTHER]),
    "two sentences": (
        [FIVE, replace(ALSO, explanation="Seven.")],
        2,
        [FIVE, replace(ALSO, explanation="Seven.")],
    ),
    "none": ([], 2, []),
}  # fmt: skip


@pytest.mark.parametrize(("found", "count", "expected"), ONCE.values(), ids=ONCE)
def test_what_holds_of_all_is_said_once(found, count, expected):
    """Instead of under each gradient; one edit is named where it is the same."""
    assert explain.once_for_all(tuple(found), count) == expected


NOTE = "none of the mistakes that this check knows gives exactly these numbers"


def test_note_on_what_is_not_recognised():
    """Beside a wrong value only, and after what was noted before."""
    wrong = Comparison("dx", "wrong value")
    assert explain.unrecognised(wrong).note == NOTE
    assert explain.unrecognised(replace(wrong, note="on a kink")).note == f"on a kink; {NOTE}"
    right = Comparison("dx", "contract")
    assert explain.unrecognised(right) is right


RETURNED = {
    "an array": (V, V),
    "an array of a wrong shape": (Breach("no", "shape", [[1, 2]]), np.array([[1.0, 2.0]])),
    "what is no number": (Breach("no", "shape", [[1, np.nan]]), None),
    "another breach": (Breach("no", "dtype", V), None),
    "as large as may be": (Breach("no", "shape", np.zeros(102_400)), np.zeros(102_400)),
    "too large": (Breach("no", "shape", np.zeros(102_401)), None),
}


@pytest.mark.parametrize(("gradient", "expected"), RETURNED.values(), ids=RETURNED)
def test_numbers_of_what_was_returned(gradient, expected):
    """Also where the shape is wrong, but not where there are none to use."""
    found = explain._numbers(gradient)
    assert (found is None) is (expected is None)
    if expected is not None:
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.float64
