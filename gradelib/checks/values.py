"""Values, checked: `check_values` compares a result with what it should be.

`compare_numbers` is the same for two arrays that are known to be of one shape.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradelib.checks.calls import CallFailed, attempt, kind_of, listening
from gradelib.checks.compare import breach_report, call_report
from gradelib.checks.mistakes.diagnosis import diagnose_numbers
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import DTYPES, Breach, as_array
from gradelib.checks.sealed import Sealed
from gradelib.checks.slopes.numeric import Array

__all__ = ["check_values", "compare_numbers"]

MOST_WORDS = 100  # characters of an answer in words
NOTHING = 1e-15  # what is smaller counts as zero
WORDS = {"b": "truth value", "i": "integer", "u": "integer", "f": "number", "U": "text"}


def check_values(
    actual: Any, expected: Any, *, name: str, reveal: bool = True, rtol: float = 1e-7
) -> Report:
    """Check that `actual` equals `expected` in shape, in kind and, to `rtol`, in value.

    `actual` is a value, or a function of no arguments that returns it: then what it raises, prints
    and warns goes into the report. None and Ellipsis mean "not attempted". `expected` is a number,
    a truth value, a text, an array, or a list or tuple of them; for single numbers int and float
    are one. An entry may differ by rtol times its size plus rtol / 100 times the largest, or 1e-15.
    With `reveal=False`, or an expected value that is `sealed`, the report does not say what was
    expected: for predictions.

    Returns a Report, in which the value is called `name`.  Raises TypeError for a name that is no
    text or empty, ValueError for an expected value that is none of the above or not finite.

    >>> check_values(lambda: 3 * 4, 12, name="product").passed
    True
    >>> import numpy as np
    >>> print(check_values(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]), name="steps"))
    ✗ steps: not right yet
      steps is wrong in 1 of 3 entries, worst at [2]
        yours     4
        expected  3
    >>> print(check_values(-4, 3, name="slope", reveal=False))
    ✗ slope: not right yet
      slope is not -4: think again about its sign
    """
    if isinstance(expected, Sealed):
        expected, reveal = expected.value, False
    if not isinstance(name, str) or not name:
        raise TypeError(f"check_values: name must be a text, got {kind_of(name)}")
    try:
        want = np.array(expected)
    except ValueError:
        message = "check_values: expected must be one array, number or text, or a list of such"
        raise ValueError(message + "; check parts of unequal shape one by one") from None
    finite = want.dtype.kind != "f" or bool(np.all(np.isfinite(want)))
    if want.dtype.kind not in WORDS or not finite:
        raise ValueError(
            "check_values: expected must hold finite numbers, truth values or texts; "
            f"got {expected!r:.80}"
        )
    with listening() as heard:
        try:
            value = attempt(name, actual) if callable(actual) else actual
            if value is None and callable(actual):
                raise Breach(f"{name} is None; is there a return at the end of it?")
            if value is None or value is Ellipsis:
                todo = Comparison(name, "not attempted", message=f"{name} has no answer yet")
                return Report(name, (todo,), warnings=heard.lines())
            got = _comparable(value, want, name, isinstance(expected, np.ndarray))
        except CallFailed as failure:
            return call_report(name, failure, heard)
        except Breach as breach:
            return breach_report(name, name, breach, heard)
    if want.dtype.kind in "bU":
        return _compare_words(name, got, want, reveal, heard.lines())
    return compare_numbers(
        name,
        got,
        want.astype(np.float64),
        rtol=rtol,
        reveal=reveal,
        said=heard.lines(),
        reference="expected",
    )


def _comparable(value: Any, want: Any, name: str, strict: bool) -> Any:
    """`value` as an array of the kind and shape of `want`; raise Breach where it is not one.

    `strict` where an array was expected: then a list is not enough, and integers are not floats.
    """
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        what = f"{kind_of(value)} ({type(value).__name__})"
        raise Breach(f"{name} is {what}, expected a plain numpy array", "subclass")
    if isinstance(value, (list, tuple)) and not strict:
        try:
            value = np.asarray(value)
        except Exception:
            raise Breach(f"{name} is {kind_of(value)} of unequal parts") from None
    if not isinstance(value, (str, bool, int, float, np.generic, np.ndarray)):
        raise Breach(f"{name} is {kind_of(value)}, expected {_wanted(want)}")
    got = np.asarray(value)
    if isinstance(value, int) and got.dtype.hasobject:
        raise Breach(f"{name} is too large a number", "not-finite")
    if not _one_kind(got.dtype, want.dtype, strict and want.ndim > 0):
        float_wanted = want.ndim and want.dtype.kind == "f"
        mistake = DTYPES.get(got.dtype.kind, "dtype") if float_wanted else ""
        what = f"has dtype {got.dtype}" if got.ndim else f"is {kind_of(value)}"
        raise Breach(f"{name} {what}, expected {_wanted(want)}", mistake)
    if got.shape != want.shape:
        if not want.ndim:
            raise Breach(f"{name} is {kind_of(value)}, expected {_wanted(want)}")
        if strict:
            raise Breach(f"{name} has shape {got.shape}, expected {want.shape}")
        many = f"{got.shape[0]} entries" if got.ndim == 1 else f"shape {got.shape}"
        raise Breach(f"{name} has {many}, which is not what was asked for")
    if want.dtype.kind in "iuf":
        return as_array(got.astype(np.float64), name)
    return got


def _one_kind(got: Any, want: Any, strict: bool) -> bool:
    numbers = "iuf"
    if strict and want.kind == "f":
        return bool(got == want)
    if strict:
        return bool(got.kind == want.kind or (got.kind in "iu" and want.kind in "iu"))
    return bool(got.kind == want.kind or (got.kind in numbers and want.kind in numbers))


def _wanted(want: Any) -> str:
    word = WORDS[want.dtype.kind]
    if not want.ndim:
        return f"an {word}" if word[0] in "aeiou" else f"a {word}"
    return f"{want.size} {word}s" if want.ndim == 1 else f"{word}s of shape {want.shape}"


def _compare_words(name: str, got: Any, want: Any, reveal: bool, said: tuple[str, ...]) -> Report:
    if np.array_equal(got, want):
        return Report(name, (Comparison(name, "passed", got.size, got.shape),), warnings=said)
    tail = f", expected {_cut(want)}" if reveal else ", which is not the answer"
    message = f"{name} is {_cut(got)}{tail}"
    wrong = Comparison(name, "wrong value", got.size, got.shape, message)
    return Report(name, (wrong,), warnings=said)


def _cut(words: Any) -> str:
    """Words as Python writes them, not too many."""
    text = repr(words.tolist())
    return text if len(text) <= MOST_WORDS else text[:MOST_WORDS] + " ..."


def compare_numbers(
    name: str,
    got: Array,
    want: Array,
    *,
    rtol: float,
    reveal: bool,
    said: tuple[str, ...],
    reference: str,
) -> Report:
    """Return the report on two float64 arrays of one shape; `reference` names the second."""
    largest = float(np.max(np.abs(want), initial=0.0))
    tolerance = rtol * np.abs(want) + rtol / 100 * largest + NOTHING
    with np.errstate(all="ignore"):
        difference = got - want
    wrong = np.abs(difference) > tolerance
    size, shape = got.size, got.shape
    if not np.any(wrong):
        return Report(name, (Comparison(name, "passed", size, shape),), warnings=said)
    worst = int(np.argmax(np.where(wrong, np.abs(difference), -1.0)))
    count = int(np.count_nonzero(wrong))
    if not reveal:
        message = _hint(name, got, want, worst, count)
        hidden = Comparison(name, "wrong value", size, shape, message, wrong=count)
        return Report(name, (hidden,), warnings=said)
    comparison = Comparison(
        name,
        "wrong value",
        size,
        shape,
        wrong=count,
        worst_index=tuple(int(i) for i in np.unravel_index(worst, shape)),
        yours=float(got.flat[worst]),
        numeric=float(want.flat[worst]),
        reference=reference,
        errors=np.where(wrong, difference, 0.0) if got.ndim else None,
    )
    named = diagnose_numbers(name, got, want)
    return Report(name, (comparison,), (named,) if named else (), said)


def _hint(name: str, got: Array, want: Array, worst: int, count: int) -> str:
    """What is off about a prediction, without saying what it should be."""
    yours, right = float(got.flat[worst]), float(want.flat[worst])
    if yours == 0 or yours * right < 0:
        advice = "it is not zero" if yours == 0 else "think again about its sign"
    elif right == 0:
        advice = "think again about its size"
    else:
        size = "larger" if abs(right) > abs(yours) else "smaller"
        advice = f"the sign is right, its size should be {size}"
    if not got.ndim:
        return f"{name} is not {yours:.6g}: {advice}"
    place = [int(i) for i in np.unravel_index(worst, got.shape)]
    return f"{name} is off in {count} of {got.size} places, most at {place}: {advice}"
