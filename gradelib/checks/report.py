"""What a check found: `Report`, frozen, with one text for every place.

The same words stand in the notebook's cell, in nbgrader's Validate dialog and on the feedback
page. A report has no truth value: `assert report` raises, because a report that is silently true
is a free pass.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any, Literal

from gradelib.checks.findings import SIGN, Comparison, Diagnosis, Outcome
from gradelib.checks.page import report_html

__all__ = ["CheckFailed", "Report"]

Verdict = Literal["passed", "failed", "inconclusive"]

# From the one that hides all others to the one that hides none.
GRAVITY: tuple[Outcome, ...] = (
    "not attempted",
    "raised",
    "contract",
    "wrong value",
    "inconclusive",
    "passed",
)
WIDTH = 80
DATA = "application/vnd.gradelib.report+json"  # what programs read in a graded notebook


class CheckFailed(AssertionError):  # noqa: N818 - a finding about a student's code
    """A report that did not pass; shows itself without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


@dataclass(frozen=True, eq=False)
class Report:
    """What one check found about `subject`.  Shows itself as text, and as HTML in a notebook."""

    subject: str
    comparisons: tuple[Comparison, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    warnings: tuple[str, ...] = ()
    evaluations: int = 0
    exercise: str | None = None

    def __post_init__(self) -> None:
        if not self.comparisons:
            raise ValueError("a Report needs at least one comparison; got none")

    @property
    def outcome(self) -> Outcome:
        """The gravest outcome of the comparisons."""
        return min((c.outcome for c in self.comparisons), key=GRAVITY.index)

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"

    @property
    def verdict(self) -> Verdict:
        """'passed', 'failed', or 'inconclusive' where nothing can be said."""
        if self.outcome in ("passed", "inconclusive"):
            return "passed" if self.passed else "inconclusive"
        return "failed"

    def __bool__(self) -> bool:
        raise TypeError("a Report has no truth value; use report.passed, or award(points, report)")

    def raise_for_failure(self) -> None:
        """Raise CheckFailed, with the report's text, unless the check passed."""
        if not self.passed:
            raise CheckFailed(str(self))

    @property
    def headline(self) -> str:
        """The outcome in one line."""
        if self.outcome == "passed":
            return f"{self.subject}: right"
        words = {
            "not attempted": "not attempted yet",
            "raised": "stopped with an error",
            "contract": "not of the agreed form",
            "wrong value": "not right yet",
            "inconclusive": "cannot be told",
        }
        return f"{self.subject}: {words[self.outcome]}"

    def __str__(self) -> str:
        lines = [f"{SIGN[self.outcome]} {self.headline}"]
        for comparison in self.comparisons:
            lines += [f"  {line}" for line in comparison.lines()]
            lines += [f"    {d.explanation}" for d in self.diagnoses if d.name == comparison.name]
        lines += [f"  {d.explanation}" for d in self.diagnoses if not d.name]
        right = [c.name for c in self.comparisons if c.outcome == "passed"]
        if right and not self.passed:
            lines.append(f"  right: {', '.join(right)}")
        lines += [f"  note: {c.name}: {c.note}" for c in self.comparisons if c.note]
        lines += [f"  while it ran: {warning}" for warning in self.warnings]
        return "\n".join(wrapped for line in lines for wrapped in _wrap(line))

    def to_json(self) -> dict[str, Any]:
        """Plain data that `json.dumps` takes: numbers that are not finite become text."""
        return {
            "subject": self.subject,
            "exercise": self.exercise,
            "verdict": self.verdict,
            "outcome": self.outcome,
            "comparisons": [_plain(c) for c in self.comparisons],
            "diagnoses": [
                {"mistake": d.mistake, "explanation": d.explanation, "name": d.name, "edit": d.edit}
                for d in self.diagnoses
            ],
            "warnings": list(self.warnings),
            "evaluations": self.evaluations,
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        page = report_html(
            self.headline, self.outcome, self.comparisons, self.diagnoses, self.warnings
        )
        return {"text/plain": str(self), "text/html": page, DATA: self.to_json()}

    def __repr__(self) -> str:
        return f"<Report {self.headline}>"


def _wrap(line: str) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())] + "  "
    parts = [
        textwrap.wrap(p, WIDTH, subsequent_indent=indent, drop_whitespace=True)
        for p in line.split("\n")
    ]
    return [piece for part in parts for piece in part]


def _plain(comparison: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in vars(comparison).items():
        if name == "errors":
            continue
        if isinstance(value, float) and not abs(value) < float("inf"):
            value = str(value)
        found[name] = list(value) if isinstance(value, tuple) else value
    return found
