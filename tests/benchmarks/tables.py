"""The tables of `make bench` in Markdown: cost, power, targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isnan

import cost
from cost import Cost
from power import Score
from targets import Target


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """A table whose columns are aligned right, but those in `left`."""
    marks = ["---" if i in left else "---:" for i in range(len(heads))]
    lines = [heads, marks, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def times(ratio: float) -> str:
    """2.34x, 56x, 1,234x."""
    if ratio < 10:
        return f"{ratio:.2f}x"
    return f"{ratio:,.0f}x"


def of_cost(found: dict[str, list[Cost]], sizes: Sequence[int]) -> str:
    rows = []
    for name, costs in found.items():
        cells = [
            f"{c.forwards:,} · {'~' * c.scaled}{times(c.ratio)}{'' if c.accepts else ' ✗'}"
            for c in costs
        ]
        p = cost.growth(list(sizes), [c.forwards for c in costs])
        memory = costs[-1].memory / (8 * sizes[-1])
        rows.append([name, *cells, f"n^{p + 1e-9:.2f}", "–" if isnan(memory) else f"{memory:.1f}x"])
    return table(["forwards · time", *(f"{n:,}" for n in sizes), "growth", "memory"], rows)


def of_power(mutants: Sequence[Score], right: Sequence[Score]) -> str:
    rows = []
    for caught, wrongly in zip(mutants, right, strict=True):
        tried = len(caught.accepted) + len(caught.rejected)
        held = len(wrongly.accepted) + len(wrongly.rejected)
        rows.append(
            [
                caught.name,
                caught.tolerance,
                f"{len(caught.rejected)} of {tried}",
                f"{len(wrongly.rejected)} of {held}",
                f"{len(caught.skipped) + len(wrongly.skipped)}",
            ]
        )
    heads = ["checker", "tolerance", "caught", "wrongly rejected", "not applicable"]
    return table(heads, rows, left=(0, 1))


def of_targets(rows: Iterable[Target]) -> str:
    heads = ["target", "bound", "measured", "met"]
    return table(heads, [row.row() for row in rows], left=(0, 1, 2, 3))


def section(costs: str, power: str, targets: str, versions: str, missing: Sequence[str]) -> str:
    """The README's section, between its marks."""
    absent = f"\nNot in this run: {'; '.join(missing)}." if missing else ""
    return f"""{costs}

Each checks a right backward pass, written by hand, of one two-layer net; the columns are its
numbers of parameters. Forwards are counted, ours as the median over seeds; time is the processor's,
as a multiple of `check_backward`'s in the same process, taking turns, one thread each. `check_loss`
gets a function that returns the loss and its gradients, so each of its forwards does both passes.
In one process all others have freed arrays at hand as well, which our check has malloc keep; the
targets below have the time over torch's in processes of their own, too.
~ is timed on a part of the parameters and scaled; ✗ rejects this right net, at times early; memory
is the peak over that of the parameters at the last size, as far as Python and numpy allocate it
(– torch's and jax's own is not seen, numdifftools' was not measured).

{power}

Caught are mutants of `tests/checks`, wrongly rejected are right passes from there: among them are
float32, kinks, ties, scales of 1e-8 and 1e8. An exception counts as a rejection. Not applicable are
arrays of 30,000 entries and more to those that go entry by entry, and a gradient for a parameter
that is none, which only `check_loss` sees. scipy and numdifftools give no verdict of their own;
theirs are what users make of them.

{targets}

{versions}.{absent}"""
