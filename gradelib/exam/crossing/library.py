"""Values of the standard library that cross as what they are: fractions, decimals, dates, paths.

parts_of(value)         the name and the plain parts of such a value, or None
made(name, parts)       it again; WireError where that makes no sense
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
from collections.abc import Callable
from typing import Any

from gradelib.exam.crossing.wire import WireError

__all__ = ["made", "parts_of"]

MOST_TEXT = 10_000  # characters of a decimal or a path


def _date(v: Any) -> tuple[int, ...]:
    return v.year, v.month, v.day


def _time(v: Any) -> tuple[int, ...]:
    return v.hour, v.minute, v.second, v.microsecond


PARTS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    fractions.Fraction: lambda v: (v.numerator, v.denominator),
    decimal.Decimal: lambda v: (str(v),),
    datetime.date: _date,
    datetime.datetime: lambda v: (*_date(v), *_time(v)),
    datetime.time: _time,
    datetime.timedelta: lambda v: (v.days, v.seconds, v.microseconds),
    pathlib.PosixPath: lambda v: (str(v),),
}
KINDS = {kind.__name__: kind for kind in PARTS}


def parts_of(value: Any, *, paths: bool) -> tuple[Any, ...] | None:
    """The name and the plain parts of a value; None where it is none, or cannot be sent so.

    A path is one where `paths` says so: only the candidate has the student's files.
    """
    kind = type(value)
    parts = PARTS.get(kind)
    if parts is None or (kind is pathlib.PosixPath and not paths):
        return None
    if getattr(value, "tzinfo", None) is not None:
        return None
    return (kind.__name__, *parts(value))


def made(name: Any, parts: list[Any], *, paths: bool) -> Any:
    """The value again; WireError where that makes no sense."""
    kind = KINDS[name]
    if kind is pathlib.PosixPath and not paths:
        raise WireError("malformed: a path")
    texts = kind in (decimal.Decimal, pathlib.PosixPath)
    for part in parts:
        if type(part) is not (str if texts else int) or (texts and len(str(part)) > MOST_TEXT):
            raise WireError(f"malformed: a {name}")
    try:
        return kind(*parts)
    except ArithmeticError:
        raise WireError(f"malformed: a {name}") from None
