"""A report's sentences in their order: the one source of its text and of its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradelib.checks.reports.columns import wrapped
from gradelib.checks.reports.findings import SIGN, Comparison, Diagnosis, Outcome

__all__ = ["Said", "story", "story_text"]


@dataclass(frozen=True)
class Said:
    """One line (`text`), or rows of a `label` and a value; `depth` is how far it is set in.

    `mapped` is a comparison whose errors, if it has any, the page shows as a heat map here.
    """

    text: str = ""
    depth: int = 1
    rows: Sequence[tuple[str, str]] = ()
    mapped: Comparison | None = None


def story(
    headline: str,
    outcome: Outcome,
    comparisons: Sequence[Comparison],
    diagnoses: Sequence[Diagnosis],
    warnings: Sequence[str],
) -> Iterator[Said]:
    """Yield what a report says: headline, findings, explanations, what is right, what was heard."""
    yield Said(f"{SIGN[outcome]} {headline}", 0)
    for comparison in comparisons:
        for sentence in comparison.sentences():
            yield Said(sentence)
        wrong = comparison.outcome == "wrong value"
        if wrong:
            yield Said(depth=2, rows=comparison.sides())
            yield Said(depth=2, rows=comparison.others())
        own = [d.explanation for d in diagnoses if d.name == comparison.name]
        if own:  # an explanation says more than the sizes
            yield from (Said(explanation, 2) for explanation in own)
        elif spans := comparison.spans():
            yield Said(spans, 2)
        if wrong:
            yield Said(mapped=comparison)
    yield from (Said(d.explanation) for d in diagnoses if not d.name)
    right = [c.name for c in comparisons if c.outcome == "passed"]
    if right and outcome != "passed":
        yield Said(f"right: {', '.join(right)}")
    notes = dict.fromkeys(c.note for c in comparisons if c.note)
    for note in notes:
        names = ", ".join(c.name for c in comparisons if c.note == note)
        yield Said(f"note: {names}: {note}")
    for heard in warnings:
        yield Said(heard if heard.startswith("note: ") else f"while it ran: {heard}")


def story_text(said: Iterator[Said]) -> str:
    """The story as lines of at most 80 columns."""
    lines = []
    for one in said:
        indent = "  " * one.depth
        wide = max([8, *(len(label) for label, _ in one.rows)])
        lines += [f"{indent}{label:<{wide}} {value}" for label, value in one.rows]
        lines.append(f"{indent}{one.text}")
    return "\n".join(piece for line in lines for piece in wrapped(line))  # blank ones go
