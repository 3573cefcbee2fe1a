"""What the command line prints.

say, fail     a message; fail ends the program with an exit code
listed        names in a row
show          the table of a batch's outcomes
say_absent    who has handed nothing in
progress_bar  a bar on stderr that is gone at the end
console       rich's console behind them
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from .batch import Outcome
    from .course import Course


def console(*, stderr: bool = False) -> Console:
    """A console that does not squeeze tables into 80 columns when its output goes to a file."""
    made = Console(stderr=stderr, highlight=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = 140
    return made


def printable(text: str) -> str:
    """A text without control characters and marks that turn the writing's direction.

    A name from right to left then stays in its own column.
    """
    kept = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return f"\N{FIRST STRONG ISOLATE}{kept}\N{POP DIRECTIONAL ISOLATE}" if _turns(kept) else kept


def _turns(text: str) -> bool:
    return any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)


def say(text: str) -> None:
    """Print a text as it is."""
    console().print(escape(text.encode("utf-8", "replace").decode()), soft_wrap=True)


def fail(message: str, code: int = 2) -> NoReturn:
    """Print a message on stderr and end the program with an exit code."""
    console(stderr=True).print(escape(f"gradelib: {message}"), soft_wrap=True)
    raise SystemExit(code)


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names in a row; of a long list, the first ones and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def say_absent(course: Course, assignment: str) -> None:
    """Say who has a folder, but none for the assignment: it may have another name."""
    absent = [
        name + (f" (has {listed(others, 4)})" if others else "")
        for name, others in course.absent(assignment).items()
    ]
    if absent:
        say(f"nothing handed in for {assignment}: {listed(absent)}")


class _Rate(ProgressColumn):
    """How many are done in a second, or in a minute where it is less than one."""

    def render(self, task: Task) -> Text:
        """The column's text."""
        rate = task.finished_speed or task.speed
        if not rate:
            return Text("")
        return Text(f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min")


def progress_bar() -> Progress:
    """A bar on stderr with rate and time left, to be used as a context, that is gone at its end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
    )


def show(outcomes: Sequence[Outcome], course: Course) -> None:
    """The table of outcomes, and where the rest is."""
    table = Table("Student", "Assignment")
    table.add_column("Points", justify="right")
    table.add_column("By hand", justify="right")
    table.add_column("Outcome")
    unread = [outcome for outcome in outcomes if _unread(outcome, course)]
    again = {(outcome.student, outcome.assignment) for outcome in unread}
    waiting = 0
    for outcome in outcomes:
        by_hand = f"{outcome.waiting} waiting" if outcome.waiting else ""
        if (outcome.student, outcome.assignment) in again:
            by_hand = "hand in again"
        else:
            waiting += outcome.waiting
        lines = [f"[bold red]{escape(outcome.cause)}[/]" if outcome.cause else "graded"]
        lines += [f"[dim]{escape(note)}[/]" for note in outcome.notes]
        table.add_row(
            escape(printable(outcome.student)),
            escape(outcome.assignment),
            f"{outcome.score:g} / {outcome.max_score:g}",
            by_hand,
            "\n".join(lines),
        )
    console().print(table)
    bad = sum(outcome.cause is not None for outcome in outcomes)
    say(
        f"{len(outcomes) - bad} of {len(outcomes)} graded"
        + (f", {bad} not to the end" if bad else "")
    )
    if waiting:
        answers = "1 answer waits" if waiting == 1 else f"{waiting} answers wait"
        say(f"{answers} for a person: give points in nbgrader's Formgrader, then export again")
    if unread:
        names = listed([printable(f"{one.student} ({one.assignment})") for one in unread])
        say(
            f"not read, so that Formgrader cannot show them: {names}; ask for a new hand-in, or put"
            f" the file in {course.root / 'submitted'} right, and grade again; until then 0 points"
        )
    loose = {outcome.isolation for outcome in outcomes} - {"full"}
    for isolation in sorted(loose):
        what = "NO ISOLATION" if isolation == "none" else f"isolated only {isolation}"
        say(f"{what}: the hand-ins' code could reach this account's files; see gradelib doctor")
    errors = course.root / ".grading" / "errors.log"
    say(
        f"gradebook: {course.directory.db_url}" + (f"; errors: {errors}" if errors.exists() else "")
    )


def _unread(outcome: Outcome, course: Course) -> bool:
    """Whether there is no notebook of it for Formgrader to show."""
    if outcome.cause is None:
        return False
    return not any(course.autograded(outcome.student, outcome.assignment).glob("*.ipynb"))
