"""`make bench`, first half: our check beside others' in one run; writes the README's section.

    run.py            # everything, about ten minutes; rewrites the README between its two marks
    run.py --quick    # two sizes and a fifth of the mutants, a minute; the README stays
    run.py --print    # everything, the README stays

Every tool has one thread: otherwise numpy's and torch's threads fight for the processor, and the
times say nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def measured(quick: bool) -> str:
    """Run everything and return the section in Markdown."""
    import cost
    import peers
    import power
    import tables
    import targets
    from two_layer import SIZES, TwoLayer

    sizes = SIZES[:2] if quick else SIZES
    counts = [TwoLayer(*size).size for size in sizes]
    seeds = 5 if quick else 20
    say("cost")
    found = cost.costs(sizes, seeds)
    say("power")
    mutants, right = power.mutants(), power.right()
    every = 5 if quick else 1
    caught, rejected = power.scores(mutants, every), power.scores(right, every)
    say("targets")
    rows = targets.of_power(caught[0], rejected[0])
    rows += targets.of_forwards(found, counts, seeds)
    rows += targets.of_time(sizes, 31 if quick else 101)
    rows += targets.of_lone_entry(sizes[-1], 5 if quick else 120, 2 if quick else 10)
    return tables.section(
        tables.of_cost(found, counts),
        tables.of_power(caught, rejected),
        tables.of_targets(rows),
        peers.versions(),
        [f"{peer.name}: not installed" for peer in peers.PEERS if not peer.installed],
    )


def say(what: str) -> None:
    print(f"bench: {what} ...", file=sys.stderr, flush=True)


def replaced(text: str, section: str, begin: str = BEGIN, end: str = END) -> str:
    """The text with what stands between the two marks replaced."""
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n{section}\n{end}{after}"


def main() -> None:
    """Measure, print and, unless told otherwise, write."""
    parser = argparse.ArgumentParser(description="Measure our check beside others'.")
    parser.add_argument("--quick", action="store_true", help="a trial; the README stays")
    parser.add_argument("--print", action="store_true", help="the README stays")
    chosen = parser.parse_args()
    os.environ.update(ONE_THREAD)  # before numpy is imported
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "checks")]
    section = measured(chosen.quick)
    print(section)
    if not (chosen.quick or chosen.print):
        readme = ROOT / "README.md"
        text = replaced(readme.read_text(encoding="utf-8"), section)
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
