"""Mutation testing of gradelib/checks: which small changes of our own code would no test notice?

mutmut writes the mutants, one module at a time, all of them into one file with a switch. The tests
are collected once; each mutant then runs in a fork, the tests that reach its function first in the
order of their cost, until one fails. That is some twenty times faster than a pytest of its own for
each mutant, and the tests are the same. Each processor has a worker.

Run it with `make mutants`, or for some modules, or for a random sample of each:

    python tests/mutants/run.py --modules calls given --sample 100

Every trial is a line of mutants/tried.jsonl, so that a run that was stopped, or for which tests
were written since, goes on with --resume or --again, as long as the module is the same.

A table goes to standard output, that of a whole run to survivors.md beside this file as well. What
survives must be explained in survivors/<module>.md: a heading says why, and a block of differences,
as this program writes them, of which mutants that is said. Those that are not explained are written
to mutants/survivors.txt, and the run fails.
mutmut leaves decorated functions (properties) and constants of a module as they are.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from math import sqrt
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a fork has one thread

import pytest
from trials import REACH, Runner, tried_before
from written import PATHS, ROOT, WORK, Code, dotted, write_mutants

LIST = Path(__file__).with_name("survivors.md")
BEGIN, END = "<!-- mutants:begin -->", "<!-- mutants:end -->"
TESTS = ["tests/checks", "tests/test_house.py"]
SKIPPED = [  # whole suites that are too slow to be run for every mutant
    "--deselect=tests/checks/test_reliability.py",
    "--deselect=tests/test_house.py::test_light_half_imports_where_nothing_else_is_installed",
]
LONGEST = 1.0  # seconds: a slower test is left out, unless --longest asks for it


def interval(killed, tried):
    """Wilson's 95 % interval for a rate."""
    z, p = 1.96, killed / tried
    centre = (p + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * sqrt(p * (1 - p) / tried + z * z / (4 * tried**2)) / (1 + z * z / tried)
    return centre - half, min(1.0, centre + half)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", nargs="*", default=None)
    parser.add_argument("--sample", type=int, default=None, help="so many mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=6, help="seconds of tests a mutant")
    parser.add_argument("--last", type=float, default=60, help="of one that is not explained")
    parser.add_argument("--longest", type=float, default=LONGEST, help="seconds of one test")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="workers")
    parser.add_argument("--reuse", action="store_true", help="what reaches what, as known")
    parser.add_argument("--resume", action="store_true", help="leave out what was tried; reuse")
    parser.add_argument("--again", action="store_true", help="leave out what was killed; reuse")
    parser.add_argument("--only", nargs="*", default=None, help="these mutants, by name")
    options = parser.parse_args()
    os.chdir(ROOT)
    every, digests = write_mutants(sorted(PATHS))
    before = tried_before(every, digests) if options.resume or options.again else {}
    if options.again:
        before = {mutant: killer for mutant, killer in before.items() if killer}
    mutants = []
    for module, names in every.items():
        if options.modules and module not in options.modules:
            continue
        chosen = names
        if options.sample is not None and len(names) > options.sample:
            rng = random.Random(f"{options.seed} {module}")
            chosen = sorted(rng.sample(names, options.sample), key=names.index)
        if options.only is not None:
            chosen = [name for name in names if name in options.only]
        mutants += [(module, name) for name in chosen]
    sys.path.insert(0, str(WORK))
    out = sys.stdout
    if not (options.reuse or options.resume or options.again):
        REACH.unlink(missing_ok=True)
    code = Code()
    living = [(m, name) for m, name in mutants if f"{dotted(m)}.{name}" not in before]
    runner = Runner(living, code, digests, options, out)
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - pytest's own report is of no use here
    ended = pytest.main(
        ["-q", "--tb=native", "-m", "not slow", "-p", "no:cacheprovider", *SKIPPED, *TESTS],
        [runner],
    )
    sys.stdout = out
    if len(runner.results) < len(living):
        missing = len(living) - len(runner.results)
        sys.exit(f"{missing} of {len(living)} mutants were not tried; pytest ended with {ended}")
    results = before | runner.results
    survivors, rows = [], []
    for module, names in every.items():
        tried = [name for m, name in mutants if m == module]
        if not tried:
            continue
        alive = [name for name in tried if not results[f"{dotted(module)}.{name}"]]
        unknown = [name for name in alive if not code.is_explained(module, name)]
        survivors += [f"{code.difference(module, name)}\n# {name}" for name in unknown]
        rows.append((module, len(names), len(tried), len(alive), len(unknown)))
    print(table := as_table(rows))
    if options.modules is None and options.sample is None and options.only is None:
        head, _, rest = LIST.read_text(encoding="utf-8").partition(BEGIN)
        tail = rest.partition(END)[2]
        LIST.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", encoding="utf-8")
    (WORK / "survivors.txt").write_text("\n\n".join(survivors) + "\n", encoding="utf-8")
    sys.exit(1 if survivors else 0)


def as_table(rows):
    """In Markdown: for each module, and together, how many were tried, killed and explained."""
    together = ("together", *(sum(row[place] for row in rows) for place in range(1, 5)))
    lines = [
        "| module | mutants | tried | killed | explained | open |",
        "|---|---|---|---|---|---|",
    ]
    for module, count, tried, alive, unknown in [*rows, together]:
        killed = f"{tried - alive:,} ({(tried - alive) / tried:.1%})"
        cells = [module, f"{count:,}", f"{tried:,}", killed, str(alive - unknown), str(unknown)]
        lines.append(f"| {' | '.join(cells)} |")
    _, count, tried, alive, _ = together
    if tried < count:
        low, high = interval(tried - alive, tried)
        lines.append(f"\n95 % interval of the rate: {low:.1%} to {high:.1%}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
