"""What one check found, piece by piece: `Comparison` and `Diagnosis`, frozen.

A `Report` is made of them. `SIGN` and `WORDS` tell the six outcomes apart, the same everywhere;
`number` writes a number for people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from gradelib.checks.slopes.numeric import Array
from gradelib.checks.slopes.steps import Curve
from gradelib.checks.slopes.where import in_words, pattern

__all__ = ["SIGN", "WORDS", "Comparison", "Diagnosis", "Outcome", "number"]

Outcome = Literal["passed", "not attempted", "raised", "contract", "wrong value", "inconclusive"]

SIGN = {
    "passed": "✓",
    "not attempted": "…",
    "raised": "!",
    "contract": "■",
    "wrong value": "✗",
    "inconclusive": "?",
}
WORDS = {
    "passed": "right",
    "not attempted": "not attempted yet",
    "raised": "stopped with an error",
    "contract": "not of the agreed form",
    "wrong value": "not right yet",
    "inconclusive": "cannot be told",
}
MOST_PLACES = 5  # wrong entries of a large array that are shown


@dataclass(frozen=True, eq=False)
class Comparison:
    """One value or gradient beside what it should be.

    `name` is what was compared ("dx" for the gradient by x), of `shape` and `size` entries, and
    `outcome` one of the six of a `Report`, with a `message` where numbers do not say it.

    `wrong` of the entries differ (`sampled` of them were looked at, where not all);
    `worst_index` is where most, with `yours` and `numeric` (or `expected`: see `reference`) there,
    known to +- `error`. `errors` is yours minus numeric by entry, 0 where right, of the same shape;
    `places` are a few wrong entries of an array that is too large for that, each (index, yours,
    numeric). `pattern` is where all wrong entries are ("row 3", "column 2", "one entry", "block
    [2:5, 0:4]", "scattered"); where it is "", it is read off `errors`. `resolution` is the relative
    error of a gradient that would have been noticed, and `curve` is for `figures.error_curve`. What
    is not known is None.

    >>> import numpy as np
    >>> from gradelib.checks import check_gradient
    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> mistaken = lambda x: np.array([[2.0, 4.0], [6.0, 9.0]])
    >>> dx = check_gradient(lambda x: np.sum(x**2), mistaken, x).comparisons[0]
    >>> dx.name, dx.outcome, dx.wrong, dx.size, dx.worst_index, dx.yours, round(dx.numeric, 6)
    ('dx', 'wrong value', 1, 4, (1, 1), 9.0, 8.0)
    >>> print(dx.errors.round(6))
    [[0. 0.]
     [0. 1.]]
    """

    name: str
    outcome: Outcome
    size: int = 0
    shape: tuple[int, ...] = ()
    message: str = ""
    wrong: int | None = None
    sampled: int | None = None
    worst_index: tuple[int, ...] | None = None
    yours: float | None = None
    numeric: float | None = None
    error: float | None = None
    reference: str = "numeric"
    resolution: float | None = None
    note: str = ""
    errors: Array | None = field(default=None, repr=False)
    pattern: str = ""
    places: tuple[tuple[tuple[int, ...], float, float], ...] = ()
    curve: Curve | None = field(default=None, repr=False)

    def lines(self) -> list[str]:
        """The comparison in words, one string a line, not yet wrapped."""
        return [*self.sentences(), *(f"  {label:<9}{value}" for label, value in self.sides())]

    def sentences(self) -> list[str]:
        """What is wrong, without the numbers."""
        if self.outcome == "passed":
            return []
        if self.outcome != "wrong value":
            return [self.message]
        if self.worst_index is None:
            return [self.message or f"{self.name} is wrong"]
        found = self.pattern
        if not found and self.errors is not None:
            found = pattern(self.errors != 0)
        at = list(self.worst_index)
        if self.size <= 1:
            return [f"{self.name} is wrong"]
        if self.sampled is None:
            many = f"{self.wrong} of {self.size:,} entries"
        elif found == "one entry":
            return [f"{self.name} is wrong in one entry of {self.size:,}, at {at}"]
        else:
            many = f"{self.wrong} of the {self.sampled} entries looked at (of {self.size:,})"
        return [f"{self.name} is wrong in {many}{in_words(found)}, worst at {at}"]

    def sides(self) -> list[tuple[str, str]]:
        """The worst entry's two numbers, labelled, in as many digits as tell them apart."""
        if self.yours is None or self.numeric is None:
            return []
        yours, right = _apart(self.yours, self.numeric)
        precision = f" ± {self.error:.0e}" if self.error else ""
        return [("yours", yours), (self.reference, right + precision)]

    def others(self) -> list[tuple[str, str]]:
        """A few more wrong entries of a large array: where, and the two numbers."""
        if self.outcome != "wrong value":
            return []
        more = [place for place in self.places if place[0] != self.worst_index]
        found = []
        for index, yours, right in more[:MOST_PLACES]:
            mine, theirs = _apart(yours, right)
            found.append((f"at {list(index)}", f"{mine} ({self.reference} {theirs.strip()})"))
        return found

    def spans(self) -> str:
        """Sign and size of the errors in one sentence; "" where there is one entry, or no errors.

        The same in words as the heat map in colours.
        """
        if self.outcome != "wrong value" or self.errors is None or not (self.wrong or 0) > 1:
            return ""
        sizes = np.abs(self.errors[self.errors != 0])
        high, low = np.count_nonzero(self.errors > 0), np.count_nonzero(self.errors < 0)
        sides = [f"too {way} in {many}" for way, many in (("high", high), ("low", low)) if many]
        least, most = f"{np.min(sizes):.2g}", f"{np.max(sizes):.2g}"
        by = most if least == most else f"{least} to {most}"
        return f"Yours is {' and '.join(sides)}, by {by}."


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains what is wrong: a stable identifier and what to look for.

    `mistake` is the identifier, which does not change between versions, `explanation` a sentence or
    two for whoever made it, and `name` the gradient that it explains ("dx"), or "".

    >>> from gradelib.checks import check_gradient
    >>> found = check_gradient(lambda x: x**2, lambda x: -2 * x, 3.0).diagnoses[0]
    >>> found.mistake, found.name
    ('sign', 'dx')
    """

    mistake: str
    explanation: str
    name: str = ""  # the gradient that it explains
    edit: str = ""  # the edit of the right answer that gives the same, by the name it has there


def _apart(yours: float, right: float) -> tuple[str, str]:
    """Two numbers in as many digits as tell them apart."""
    for digits in (6, 9, 12, 16):
        texts = number(yours, digits), number(right, digits)
        if texts[0] != texts[1]:
            break
    return texts


def number(value: float, digits: int = 6) -> str:
    """A number for people, with the sign's column kept free."""
    return f"{value: .{digits}g}"
