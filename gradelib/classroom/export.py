"""Scores for a spreadsheet.

write_csv(rows, file)  one line per student and assignment
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from .gradebook import Row

COLUMNS = (
    "student",
    "assignment",
    "automatic",
    "manual",
    "late_penalty",
    "total",
    "max",
    "waiting",
)


def write_csv(rows: Iterable[Row], file: TextIO) -> int:
    """Write the rows with a heading and return how many there were.

    A spreadsheet runs a text that starts with =, +, - or @ as a formula, and a student may have
    chosen the text: an apostrophe before it keeps it a text.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
        count += 1
    return count


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return f"{value:.6f}".rstrip("0").rstrip(".")
