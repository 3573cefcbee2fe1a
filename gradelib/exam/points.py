"""From what a grade cell did to its points. Nothing that a student's process says is asked here.

decide(value, maximum)   the points for the value of a cell's last expression
Points                   a score, the word for it, and the reason where some is lost
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np

Outcome = Literal["passed", "partial", "failed", "died", "late", "not run", "by person"]

NUMBERS = (int, float, np.integer, np.floating)


@dataclass(frozen=True)
class Points:
    """What a grade cell earns: `score` in [0, maximum], None where a person gives it."""

    score: float | None
    outcome: Outcome
    why: str | None = None


def decide(value: Any, maximum: float) -> Points:
    """Return the points of a cell that ended, from the value of its last expression.

    A number within [0, maximum] is the score; one outside, not finite, or False gives nothing;
    None, True, or anything else is no number of points, and gives the maximum.

    The value's own type decides, not what it says of its class.
    """
    kind = type(value)
    if issubclass(kind, (bool, np.bool_)):
        if value:
            return Points(maximum, "passed")
        return Points(0.0, "failed", "the cell's last value is False")
    if not issubclass(kind, NUMBERS):
        return Points(maximum, "passed")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number) or not 0 <= number <= maximum:
        text = "a number too large" if number == float("inf") else f"{number:g}"
        why = f"the cell's last value, {text}, is not between 0 and {maximum:g} points"
        return Points(0.0, "failed", why)
    if number == maximum:
        return Points(number, "passed")
    return Points(number + 0.0, "partial" if number else "failed")
