"""All hostile hand-ins, table by table."""

from __future__ import annotations

import table_falling
import table_files
import table_judge
import table_lies
import table_papers
import table_reaching
import table_reading
import table_talking
from case import Case

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
