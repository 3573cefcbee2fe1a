"""All hostile hand-ins, table by table."""

from __future__ import annotations

import re
from dataclasses import replace

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
LONG = re.compile(
    r"(?!fork-bomb-in-a-cell|memory-bomb-in-a-call|output-bomb-in-a-cell|loop-in-a-cell"
    r"|loop-in-c-in-a-call|stubborn-in-a-call)"
    r"(.*bomb|loop|lock|wait|input|stubborn|stack|slow|stop-self|threads-burn|read-memory"
    r"|wire-(silence|steal|endless|.*-in-a-call)|exit-7|counts-(?!true|points|nan)|page-)"
)
"""Names of those that wait for a limit, or are much like others: `make test-all` tries them too."""

CASES: list[Case] = [
    replace(case, slow=bool(LONG.match(case.name))) for cases in TABLES.values() for case in cases
]
