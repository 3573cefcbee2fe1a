"""What `gradelib doctor` says of the machine: which protections a candidate has here, and by what.

rows()        as holding.holds() measured them, with the machine in front
text(rows)    the same for people, one line each, and what follows from it
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence

from gradelib.exam.sandbox.holding import Row, holds


def rows() -> tuple[Row, ...]:
    """Measure everything; takes about a second."""
    return holds()


def text(measured: Sequence[Row]) -> str:
    """The rows in lines, and in the last whether students' code can be graded here."""
    version = f"Python {platform.python_version()}"
    lines = [f"{platform.system()} {platform.release()} on {platform.machine()}, {version}"]
    wide = max(len(row.what) for row in measured) + 1
    for row in measured:
        answer = "yes" if row.holds else "no "
        lines.append(f"  {row.what + ':':{wide}} {answer}" + (f"  ({row.how})" if row.how else ""))
    lacking = [row.what for row in measured if row.needed and not row.holds]
    if not lacking:
        lines.append("Students' code is isolated here: `gradelib grade` runs.")
    else:
        lines.append(
            "`gradelib grade` refuses to run here, because this does not hold: "
            + ", ".join(lacking)
            + ". Use Linux 5.13 or later, in a container one that allows Landlock or user "
            "namespaces; or --no-sandbox, where you trust every hand-in."
        )
    return "\n".join(lines)


def main() -> int:
    """Print it; the exit code is 0 where grading is isolated, else 1."""
    measured = rows()
    sys.stdout.write(text(measured) + "\n")
    return 0 if all(row.holds for row in measured if row.needed) else 1


if __name__ == "__main__":
    sys.exit(main())
