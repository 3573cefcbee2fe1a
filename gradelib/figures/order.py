"""Which part of a circuit stands above which: `order_columns(...)` avoids crossing wires.

The method is that of K. Sugiyama, S. Tagawa and M. Toda, "Methods for Visual Understanding of
Hierarchical System Structures" (1981): columns are sorted by the means (barycentres) of their
neighbours.  It starts from the order in which the formula names its inputs, and from shuffled ones
only while wires cross.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from gradelib.figures.graph import Graph, Wire

__all__ = ["Link", "Slot", "order_columns"]

Slot = str | tuple[Wire, int]  # a node, or a wire on its way through a column
Link = tuple[Slot, Slot]  # a piece of wire from one column to the next
Columns = list[list[Slot]]

STARTS = 60
SWEEPS = 6
ORDERED = ("-", "/", "@")
TURNED = 1.5  # as bad as so many crossings


def order_columns(
    graph: Graph, members: Columns, paths: Mapping[Wire, Sequence[Slot]], links: Sequence[Link]
) -> Columns:
    """Return the columns, each sorted from top to bottom."""
    leaves = reading_order(graph)
    rng = np.random.default_rng(0)  # the same circuit is always drawn the same
    best, fewest = None, float("inf")
    for start in range(STARTS):
        shuffled = leaves if start == 0 else [leaves[i] for i in rng.permutation(len(leaves))]
        for columns in sweep(first_order(graph, members, paths, shuffled), links):
            count = crossings(columns, links) + turned(graph, columns, paths)
            if count < fewest:
                best, fewest = columns, count
        if fewest == 0:
            break
    assert best is not None
    return best


def reading_order(graph: Graph) -> list[str]:
    """Return inputs and constants in the order in which the outputs' formulas name them."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        if name not in graph.gates:
            found[name] = None
            return
        for source in graph.gates[name].inputs:
            visit(source)

    seen: set[str] = set()
    for output in graph.outputs:
        visit(output)
    return list(found)


def first_order(
    graph: Graph, members: Columns, paths: Mapping[Wire, Sequence[Slot]], leaves: Sequence[str]
) -> Columns:
    """Sort each column by the ranks of the inputs from which its slots are fed."""
    rank: dict[Slot, float] = {name: float(i) for i, name in enumerate(leaves)}
    for name, gate in graph.gates.items():
        rank[name] = float(np.mean([rank[source] for source in gate.inputs]))
    for path in paths.values():
        steps = np.linspace(rank[path[0]], rank[path[-1]], len(path))
        rank.update(zip(path[1:-1], steps[1:-1].tolist(), strict=True))
    return [sorted(column, key=lambda slot: rank[slot]) for column in members]


def sweep(columns: Columns, links: Sequence[Link]) -> list[Columns]:
    """Sort the columns by their neighbours' means, to and fro; return every state on the way."""
    states = [columns]
    for turn in range(SWEEPS):
        forwards = turn % 2 == 0
        place = {slot: i - len(c) / 2 for c in columns for i, slot in enumerate(c)}
        near: dict[Slot, list[Slot]] = {slot: [] for slot in place}
        for a, b in links:
            near[b if forwards else a].append(a if forwards else b)
        columns = list(columns)
        for i in range(len(columns)) if forwards else reversed(range(len(columns))):
            mean = {
                slot: sum(place[n] for n in near[slot]) / len(near[slot])
                if near[slot]
                else place[slot]
                for slot in columns[i]
            }
            columns[i] = sorted(columns[i], key=mean.__getitem__)
            place.update({slot: k - len(mean) / 2 for k, slot in enumerate(columns[i])})
        states.append(columns)
    return states


def turned(graph: Graph, columns: Columns, paths: Mapping[Wire, Sequence[Slot]]) -> float:
    """Count the gates, such as "-", whose inputs stand in another order than in the formula."""
    rank = {slot: i for column in columns for i, slot in enumerate(column)}
    ends: dict[str, list[int]] = {}
    for wire, path in paths.items():
        if graph.gates[wire.gate].operation in ORDERED:
            ends.setdefault(wire.gate, []).append(rank[path[-2]])
    return TURNED * sum(arrivals != sorted(arrivals) for arrivals in ends.values())


def crossings(columns: Columns, links: Sequence[Link]) -> int:
    """Count the pairs of wires that cross between neighbouring columns."""
    where = {slot: (c, i) for c, column in enumerate(columns) for i, slot in enumerate(column)}
    spans = [(*where[a], where[b][1]) for a, b in links]
    return sum(
        a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0
        for i, a in enumerate(spans)
        for b in spans[:i]
    )
