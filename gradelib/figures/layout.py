"""Where the parts of a circuit go: `arrange(graph, blocks, branches)` gives a `Layout`.

Lengths are CSS pixels.  Layers are longest paths from the inputs.  Each label has a place of its
own in a column, so labels cannot overlap: a node is followed by a straight piece of wire (its
trunk) that carries its value and gradient, and behind a node that branches another column carries
the gradients of the branches.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add
from typing import NamedTuple

import numpy as np

from gradelib.figures.graph import Graph, Wire
from gradelib.figures.order import Slot, order_columns

__all__ = ["GATE_RADIUS", "Block", "Layout", "Place", "Run", "arrange"]

GATE_RADIUS = 17.0
GAP = 15.0  # between two columns, more where wires are steep
ROW = 8.0  # between two things in a column
PORTS = 20.0  # height over which the wires that arrive at a gate are spread
SNAP = 5.0  # a wire that would change its height by less is drawn straight
ROUNDS = 300


class Block(NamedTuple):
    """The room that a node needs: its shape, the name over it, its trunk, above and below."""

    shape: float
    name: float
    trunk: float
    up: float
    down: float


class Run(NamedTuple):
    """A horizontal piece of wire; `label` says that a branch's gradient is written under it."""

    left: float
    right: float
    y: float
    label: bool


class Place(NamedTuple):
    """The centre of a node, where its column begins, the right ends of its shape and its trunk."""

    x: float
    y: float
    left: float
    right: float
    end: float


@dataclass(frozen=True)
class Layout:
    """Places of the nodes, the runs of each wire, and the point where each wire arrives."""

    places: dict[str, Place]
    runs: dict[Wire, list[Run]]
    ports: dict[Wire, tuple[float, float]]
    width: float
    height: float


def arrange(graph: Graph, blocks: Mapping[str, Block], branches: Mapping[Wire, float]) -> Layout:
    """Lay out a circuit.  `branches` holds the width of the label of each labelled branch."""
    column = {name: 2 * layer for name, layer in layers(graph).items()}
    used = sorted({*column.values(), *(column[wire.source] + 1 for wire in branches)})
    paths: dict[Wire, list[Slot]] = {}
    members: dict[int, list[Slot]] = {c: [n for n in graph.names if column[n] == c] for c in used}
    labelled: dict[Slot, float] = {}
    for wire in graph.wires:
        between = [c for c in used if column[wire.source] < c < column[wire.gate]]
        paths[wire] = [wire.source, *((wire, c) for c in between), wire.gate]
        for c in between:
            members[c].append((wire, c))
        if wire in branches:
            labelled[paths[wire][1]] = branches[wire]
    links = [link for path in paths.values() for link in pairwise(path)]
    columns = order_columns(graph, list(members.values()), paths, links)
    room = {s: extent(s, blocks, labelled) for c in columns for s in c}
    offsets = port_offsets(graph, columns, paths)
    y = heights(columns, paths, offsets, room)
    bottom = max(y[slot] + room[slot][1] for slot in y)
    left, right, shapes = widths(columns, links, y, blocks, labelled)
    places = {}
    for name in graph.names:
        own = blocks[name].shape
        x = left[name] + shapes[name] - (shapes[name] if name in graph.gates else own) / 2
        places[name] = Place(x, y[name], left[name], x + own / 2, right[name])
    runs = {
        wire: [Run(left[s], right[s], y[s], s in labelled) for s in path[1:-1]]
        for wire, path in paths.items()
    }
    ports = {}
    for wire, path in paths.items():
        place, arrival = places[wire.gate], y[path[-2]]
        height = place.y + offsets[wire]
        height = arrival if abs(arrival - height) <= SNAP else height
        inset = GATE_RADIUS - float(np.sqrt(GATE_RADIUS**2 - (height - place.y) ** 2))
        ports[wire] = (place.x - blocks[wire.gate].shape / 2 + inset, height)
    return Layout(places, runs, ports, max(right.values()), bottom)


def layers(graph: Graph) -> dict[str, int]:
    """Number each node by its longest path from an input; constants stand before their gate."""
    found = dict.fromkeys(graph.inputs, 0)
    for name, (_, inputs) in graph.gates.items():
        found[name] = 1 + max((found.get(source, 0) for source in inputs), default=0)
    for wire in graph.wires:
        if wire.source in graph.constants:
            found[wire.source] = found[wire.gate] - 1
    return found


def extent(
    slot: Slot, blocks: Mapping[str, Block], labelled: Mapping[Slot, float]
) -> tuple[float, float]:
    """Return the room that a slot needs above and below its wire."""
    if isinstance(slot, str):
        return blocks[slot].up, blocks[slot].down
    return (4.0, 20.0) if slot in labelled else (3.0, 3.0)


def port_offsets(
    graph: Graph, columns: Sequence[Sequence[Slot]], paths: Mapping[Wire, Sequence[Slot]]
) -> dict[Wire, float]:
    """Spread the ends of a gate's wires over its left side, in the order in which they arrive."""
    rank = {slot: i for column in columns for i, slot in enumerate(column)}
    found: dict[Wire, float] = {}
    for name in graph.gates:
        wires = [wire for wire in paths if wire.gate == name]
        wires.sort(key=lambda wire: (rank[paths[wire][-2]], wire.slot))
        half = PORTS / 2 if len(wires) > 1 else 0.0
        found.update(zip(wires, np.linspace(-half, half, len(wires)).tolist(), strict=True))
    return found


def heights(
    columns: Sequence[Sequence[Slot]],
    paths: Mapping[Wire, Sequence[Slot]],
    offsets: Mapping[Wire, float],
    room: Mapping[Slot, tuple[float, float]],
) -> dict[Slot, float]:
    """Give each slot a height, 0 at the top, such that wires are straight and nothing touches."""
    pulls = pulls_on(paths, offsets, room)
    steps = [
        np.cumsum([0.0, *(room[a][1] + ROW + room[b][0] for a, b in pairwise(column))]).tolist()
        for column in columns
    ]
    both = list(zip(columns, steps, strict=True))
    y = {s: h - step[-1] / 2 for column, step in both for s, h in zip(column, step, strict=True)}
    for _ in range(ROUNDS):
        before = dict(y)
        for column, step in (*both, *reversed(both)):
            free = [
                sum(w * (y[n] + d) for n, d, w in pulls[slot]) / sum(w for *_, w in pulls[slot]) - h
                for slot, h in zip(column, step, strict=True)
            ]
            y.update(zip(column, map(add, increasing(free), step), strict=True))
        if max(abs(y[slot] - before[slot]) for slot in y) < 0.01:
            break
    for wire, path in paths.items():
        for a, b in pairwise(path[:-1] if offsets[wire] else path):
            y[b] = y[a] if abs(y[a] - y[b]) <= SNAP else y[b]
    top = min(y[slot] - room[slot][0] for slot in y)
    return {slot: height - top for slot, height in y.items()}


def pulls_on(
    paths: Mapping[Wire, Sequence[Slot]], offsets: Mapping[Wire, float], slots: Iterable[Slot]
) -> dict[Slot, list[tuple[Slot, float, float]]]:
    """Return what each slot wants to be level with: (slot, how far below it, with what weight)."""
    pulls: dict[Slot, list[tuple[Slot, float, float]]] = {
        slot: [(slot, 0.0, 1e-3)] for slot in slots
    }
    for wire, path in paths.items():
        for a, b in pairwise(path):
            offset = offsets[wire] if b == path[-1] else 0.0
            pulls[a].append((b, offset, 1.0))
            pulls[b].append((a, -offset, 1.0 if offsets[wire] else 6.0))
        branching = sum(other.source == wire.source for other in paths) > 1
        for slot in path[1:-1]:  # a long wire stays level with itself, and as long with one end
            level = [(other, 0.0, 1.0) for other in path[1:-1]]
            first, last = (0.1, 1.0) if branching else (1.0, 0.3)
            pulls[slot] = [*level, (path[0], 0.0, first), (path[-1], offsets[wire], last)]
    return pulls


def increasing(values: Iterable[float]) -> list[float]:
    """Return the nearest non-decreasing sequence (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for value in values:
        mean, size = value, 1
        while pools and pools[-1][0] > mean:
            other, count = pools.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        pools.append((mean, size))
    return [mean for mean, size in pools for _ in range(size)]


def widths(
    columns: Sequence[Sequence[Slot]],
    links: Sequence[tuple[Slot, Slot]],
    y: Mapping[Slot, float],
    blocks: Mapping[str, Block],
    labelled: Mapping[Slot, float],
) -> tuple[dict[Slot, float], dict[Slot, float], dict[Slot, float]]:
    """Return where each slot's column begins and ends, and the widest shape in it."""
    left: dict[Slot, float] = {}
    right: dict[Slot, float] = {}
    shapes: dict[Slot, float] = {}
    end = 0.0
    for slots in columns:
        steep = [abs(y[a] - y[b]) for a, b in links if b in slots]
        begin = end + (GAP + min(0.25 * max(steep), 46.0) if steep else 0.0)
        nodes = [blocks[slot] for slot in slots if isinstance(slot, str)]
        shape = max((max(node.shape, node.name) for node in nodes), default=0.0)
        trunk = max((node.trunk for node in nodes), default=0.0)
        label = max((labelled.get(slot, 0.0) for slot in slots), default=0.0)
        end = begin + max(shape + trunk, label)
        for slot in slots:
            left[slot], right[slot], shapes[slot] = begin, end, shape
    return left, right, shapes
