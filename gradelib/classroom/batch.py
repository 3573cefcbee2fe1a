"""Grading many hand-ins, whatever it is that grades one.

Submission                       one student's folder for one assignment
Outcome                          what grading it gave
grade_all(submissions, execute)  every outcome, in order; one bad hand-in never stops the rest
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Submission:
    """One student's hand-in for one assignment."""

    student: str
    assignment: str
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What grading a hand-in gave. Scores are points that the tests give, in [0, max_score].

    `cause` says in one line why a hand-in could not be graded, or not to its end; None when it was.
    `notes` are things that were put right. `waiting` counts answers that a person has yet to grade.
    """

    student: str
    assignment: str
    score: float
    max_score: float
    cause: str | None = None
    notes: tuple[str, ...] = ()
    waiting: int = 0


Execute = Callable[[Submission], Outcome]


def grade_all(submissions: Iterable[Submission], execute: Execute) -> Iterator[Outcome]:
    """Grade each hand-in with `execute` and yield its outcome as it comes.

    An exception of `execute` becomes that hand-in's cause; only KeyboardInterrupt and the like
    pass.
    """
    for submission in submissions:
        try:
            yield execute(submission)
        except Exception as error:
            cause = f"not graded: {one_line(error)}"
            yield Outcome(submission.student, submission.assignment, 0.0, 0.0, cause=cause)


def one_line(error: BaseException, width: int = 160) -> str:
    """An exception as one line of text: its type and the first line of its message."""
    lines = str(error).strip().splitlines()
    text = type(error).__name__ + (f": {lines[0]}" if lines else "")
    return text if len(text) <= width else text[: width - 1] + "…"
