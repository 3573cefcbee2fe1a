"""What a check found: `Report`, frozen, with one text for every place.

The same words stand in the notebook's cell, in nbgrader's Validate dialog and on the feedback
page. A report has no truth value: `assert report` raises, because a report that is silently true
is a free pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from gradelib.checks.reports.findings import WORDS, Comparison, Diagnosis, Outcome
from gradelib.checks.reports.page import story_page
from gradelib.checks.reports.story import Said, story, story_text

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
DATA = "application/vnd.gradelib.report+json"  # what programs read in a graded notebook
LEFT_OUT = ("errors", "curve")  # of the JSON: large, or not data


class CheckFailed(AssertionError):  # noqa: N818 - a finding about a student's code
    """A report that did not pass; shows itself without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


@dataclass(frozen=True, eq=False)
class Report:
    """What one check found about `subject`.  Shows itself as text, and as HTML in a notebook.

    `passed` is True or False; `verdict` is "passed", "failed" or "inconclusive"; `outcome` is
    "passed", "not attempted" (NotImplementedError), "raised", "contract" (not of the agreed form),
    "wrong value" or "inconclusive" (cannot be told). `comparisons` holds a `Comparison` for each
    gradient or value, `diagnoses` a `Diagnosis` for each mistake that was recognised, `warnings`
    what was printed or warned, one line each, and `evaluations` how often forward was called.
    `headline` is the outcome in one line, `to_json()` plain data, and `raise_for_failure()` raises
    an AssertionError with the report's text unless the check passed. A report has no truth value:
    `if report` raises TypeError.

    >>> from gradelib.checks import check_gradient
    >>> report = check_gradient(lambda x: x**2, lambda x: -2 * x, 3.0)
    >>> report.passed, report.verdict, report.outcome, report.headline
    (False, 'failed', 'wrong value', 'gradient: not right yet')
    >>> [comparison.name for comparison in report.comparisons]
    ['dx']
    >>> [diagnosis.mistake for diagnosis in report.diagnoses]
    ['sign']
    """

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
        return f"{self.subject}: {WORDS[self.outcome]}"

    def __str__(self) -> str:
        return story_text(self._story())

    def _story(self) -> Iterator[Said]:
        return story(self.headline, self.outcome, self.comparisons, self.diagnoses, self.warnings)

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
        page = story_page(self.outcome, self._story())
        return {"text/plain": str(self), "text/html": page, DATA: self.to_json()}

    def __repr__(self) -> str:
        return f"<Report {self.headline}>"


def _plain(comparison: Comparison) -> dict[str, Any]:
    found = {k: v for k, v in vars(comparison).items() if k not in LEFT_OUT}
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_listed(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value
