"""Wrong answers that students really give: the form of a row, and the tables that there are.

Wrong             one wrong answer, and the mistake that its reports name
tabulated()       the assignments that have a table nb<NN>.py here, in order
rows(assignment)  the rows of one
counts(table)     (exercises, answers, how many of them are named)

As a program it prints how many answers of each notebook are named, and lists those that are not.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOLUTIONS = HERE.parents[1] / "solutions"


@dataclass(frozen=True)
class Wrong:
    """A wrong answer to an exercise.

    `exercise` is the grade_id of the solution cell, `what` the mistake in a few words and `source`
    the text of the whole cell. `named` is what the reports must call it: the identifier of a
    mistake, or the words by which a check of the notebook recognises it; None where none does.
    """

    exercise: str
    what: str
    source: str
    named: str | None


def tabulated() -> list[str]:
    """Return the names of the assignments that have a table."""
    names = sorted(path.name for path in SOLUTIONS.glob("[0-9][0-9]_*"))
    return [name for name in names if (HERE / f"nb{name[:2]}.py").is_file()]


def rows(assignment: str) -> list[Wrong]:
    """Return the rows of an assignment's table."""
    return list(importlib.import_module(f"wrong_answers.nb{assignment[:2]}").WRONG)


def counts(table: Sequence[Wrong]) -> tuple[int, int, int]:
    """Return how many exercises and answers there are, and how many answers are named."""
    named = [row for row in table if row.named is not None]
    return len({row.exercise for row in table}), len(table), len(named)


def _main() -> None:
    print("| notebook | exercises | wrong answers | named | predictions, not named | others |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    unnamed = {}
    for assignment in tabulated():
        table = rows(assignment)
        unnamed[assignment] = [row for row in table if row.named is None]
        by_hand = sum(row.exercise.endswith("-prediction") for row in unnamed[assignment])
        numbers = *counts(table), by_hand, len(unnamed[assignment]) - by_hand
        print("|", assignment, "|", " | ".join(map(str, numbers)), "|")
    print("\nNot named:\n")
    for assignment, left in unnamed.items():
        for row in left:
            print(f"- {assignment[:2]} {row.exercise}: {row.what}")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    _main()
