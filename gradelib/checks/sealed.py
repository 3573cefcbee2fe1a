"""Answers that do not stand in sight: `seal` packs one up, `sealed` is what a check cell holds.

A prediction is worth making only while its answer is not read in the cell below. This keeps it
from the eye, not from someone who wants to open it; points that matter have hidden tests.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

__all__ = ["Sealed", "seal", "sealed"]


@dataclass(frozen=True, repr=False)
class Sealed:
    """A value that shows itself to `check_values` only."""

    value: Any

    def __repr__(self) -> str:
        return "<sealed>"


def seal(value: Any) -> str:
    """Return the text that `sealed` opens; `value` is a number, a text, or a list of such.

    The author of an exercise calls it once and pastes the text into the check. Raises TypeError for
    a value that JSON has no form for.

    >>> seal([3, 4])
    'WzMsNF0'
    """
    packed = base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode())
    return packed.decode().rstrip("=")


def sealed(text: str) -> Sealed:
    """Return what was sealed, for `check_values`, which then never reveals it.

    Raises ValueError for a text that `seal` has not made.

    >>> from gradelib.checks import check_values
    >>> answer = sealed("WzMsNF0")
    >>> answer
    <sealed>
    >>> print(check_values([3, 5], answer, name="shape"))
    ✗ shape: not right yet
      shape is off in 1 of 2 places, most at [1]: the sign is right, its size should
        be smaller
    """
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Sealed(json.loads(packed))
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"sealed needs a text that seal has made; got {text!r:.60}") from None
