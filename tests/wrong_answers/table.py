"""Wrong answers that students really give: the form of a row, and the tables that there are.

Wrong             one wrong answer, and the mistake that its reports name
tables()          {assignment: its rows}, for each assignment that has a table nb<NN>.py here
counts(rows)      (exercises, answers, how many of them are named)

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


def tables() -> dict[str, list[Wrong]]:
    """Return the rows by assignment, in order."""
    found = {}
    for path in sorted(SOLUTIONS.glob("[0-9][0-9]_*")):
        name = f"nb{path.name[:2]}"
        if (HERE / f"{name}.py").is_file():
            found[path.name] = list(importlib.import_module(f"wrong_answers.{name}").WRONG)
    return found


def counts(rows: Sequence[Wrong]) -> tuple[int, int, int]:
    """Return how many exercises and answers there are, and how many answers are named."""
    named = [row for row in rows if row.named is not None]
    return len({row.exercise for row in rows}), len(rows), len(named)


def _main() -> None:
    print("| notebook | exercises | wrong answers | named | not named |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for assignment, rows in tables().items():
        exercises, answers, named = counts(rows)
        print(f"| {assignment} | {exercises} | {answers} | {named} | {answers - named} |")
    print("\nNot named:\n")
    for assignment, rows in tables().items():
        for row in rows:
            if row.named is None:
                print(f"- {assignment[:2]} {row.exercise}: {row.what}")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    _main()
