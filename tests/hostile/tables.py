"""All hostile hand-ins, table by table."""

from __future__ import annotations

from hostile import (
    table_falling,
    table_files,
    table_judge,
    table_lies,
    table_papers,
    table_reaching,
    table_reading,
    table_talking,
)
from hostile.case import Case

TABLES = {
    "judge": table_judge.CASES,
    "lies": table_lies.CASES,
    "reading": table_reading.CASES,
    "reaching": table_reaching.CASES,
    "falling": table_falling.CASES,
    "talking": table_talking.CASES,
    "papers": table_papers.CASES,
    "files": table_files.CASES,
}
CASES: list[Case] = [case for cases in TABLES.values() for case in cases]
