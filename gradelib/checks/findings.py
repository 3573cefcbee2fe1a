"""What one check found, piece by piece: `Comparison` and `Diagnosis`, frozen.

A `Report` is made of them; `number` writes a number for people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gradelib.checks.numeric import Array

__all__ = ["SIGN", "Comparison", "Diagnosis", "Outcome", "number"]

Outcome = Literal["passed", "not attempted", "raised", "contract", "wrong value", "inconclusive"]

SIGN = {
    "passed": "✓",
    "not attempted": "…",
    "raised": "!",
    "contract": "■",
    "wrong value": "✗",
    "inconclusive": "?",
}


@dataclass(frozen=True, eq=False)
class Comparison:
    """One value or gradient beside what it should be.

    `wrong` of `size` entries differ (`sampled` of them were looked at, where not all);
    `worst_index` is where most, with `yours` and `numeric` (or `expected`) there, known to +-
    `error`. `errors` is yours minus numeric by entry, 0 where right.
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

    def lines(self) -> list[str]:
        """The comparison in words, one string a line, not yet wrapped."""
        if self.outcome == "passed":
            return []
        if self.outcome != "wrong value":
            return [self.message]
        if self.worst_index is None:
            return [self.message or f"{self.name} is wrong"]
        found = [f"{self.name} is wrong"]
        if self.sampled is not None:
            of_all = f"the {self.sampled} entries looked at (of {self.size:,})"
            found[0] += f" in {self.wrong} of {of_all}, worst at {list(self.worst_index)}"
        elif self.size > 1:
            found[0] += (
                f" in {self.wrong} of {self.size:,} entries, worst at {list(self.worst_index)}"
            )
        return found + [f"  {label:<9}{value}" for label, value in self.sides()]

    def sides(self) -> list[tuple[str, str]]:
        """The worst entry's two numbers, labelled, in as many digits as tell them apart."""
        if self.yours is None or self.numeric is None:
            return []
        for digits in (6, 9, 12, 16):
            yours, right = number(self.yours, digits), number(self.numeric, digits)
            if yours != right:
                break
        precision = f" ± {self.error:.0e}" if self.error else ""
        return [("yours", yours), (self.reference, right + precision)]


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains what is wrong: a stable identifier and what to look for."""

    mistake: str
    explanation: str
    name: str = ""  # the gradient that it explains
    edit: str = ""  # the edit of the right answer that gives the same, by the name it has there


def number(value: float, digits: int = 6) -> str:
    """A number for people, with the sign's column kept free."""
    return f"{value: .{digits}g}"
