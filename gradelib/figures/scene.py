"""A circuit as a drawing for a browser: `scene(graph, labels)`, plain data in CSS pixels.

The places are those of the static picture.  Names and the signs of gates are outlines, so that they
look the same everywhere; numbers are left to the browser, because they change.
"""

from functools import cache
from typing import Any

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from gradelib.figures.gates import face
from gradelib.figures.graph import Graph
from gradelib.figures.layout import GATE_RADIUS, Layout
from gradelib.figures.rules import spoken
from gradelib.figures.sketch import (
    ARROW,
    NAME,
    NUMBER,
    Labels,
    gate_path,
    plan,
    size_of,
    wire_path,
)
from gradelib.figures.style import drawing, symbol

__all__ = ["scene"]

RISE = 0.355  # of the size: half the height of a capital letter, so that words are centred


def scene(graph: Graph, labels: Labels) -> dict[str, Any]:
    """Return width, height, nodes and wires; `labels` holds the widest texts to leave room for."""
    with drawing():
        layout = plan(graph, labels)
        return {
            "width": round(layout.width + 4, 1),
            "height": round(layout.height + 4, 1),
            "nodes": [node(graph, labels, layout, name) for name in graph.names],
            "wires": wires(graph, labels, layout),
        }


def node(graph: Graph, labels: Labels, layout: Layout, name: str) -> dict[str, Any]:
    """Return one node: its outlines, and where its value and its gradient stand."""
    x, y, _, right, end = layout.places[name]
    last = not any(wire.source == name for wire in graph.wires)
    found: dict[str, Any] = {
        "name": name,
        "say": spoken(name),
        "kind": "gate" if name in graph.gates else "input",
        "quiet": name in labels.quiet,
        "x": round((right + end - ARROW * last) / 2, 1),
        "y": round(y, 1),
        "room": round(end - right - ARROW * last - 4, 1),
    }
    if name in graph.constants:
        return {**found, "kind": "constant", "x": round(x, 1)}
    if name in graph.gates:
        sign = face(graph.gates[name].operation)
        found["shape"] = data(gate_path(x, y, right - x))
        found["sign"] = outline(sign, size_of(sign), x, y)
        found["label"] = outline(symbol(name), NAME, x, y - GATE_RADIUS - 11)
    else:
        found["label"] = outline(symbol(name), NAME, x, y)
    if sum(wire.source == name for wire in graph.wires) > 1:
        found["dot"] = [round(end, 1), round(y, 1)]
    if last:
        found["out"] = [round(right, 1), round(end, 1)]
    return found


def wires(graph: Graph, labels: Labels, layout: Layout) -> list[dict[str, Any]]:
    """Return each wire's way, its arrow, and where the gradient of its branch stands."""
    found = []
    for wire in graph.wires:
        one: dict[str, Any] = {
            "source": wire.source,
            "gate": wire.gate,
            "slot": wire.slot,
            "quiet": wire.source in labels.quiet,
            "way": data(wire_path(layout, wire)),
            "head": arrow(*layout.ports[wire]),
        }
        for run in layout.runs[wire]:
            if run.label:
                one["branch"] = [round((run.left + run.right) / 2, 1), round(run.y + 11, 1)]
        found.append(one)
    return found


def arrow(x: float, y: float) -> str:
    """Return the corners of the head of an arrow whose tip is at (x, y)."""
    corners = ((x, y), (x - ARROW, y - ARROW / 2), (x - ARROW, y + ARROW / 2))
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)


@cache
def glyphs(text: str, size: float) -> Path:
    """Return a text as an outline."""
    return TextPath((0, 0), text, size=size, prop=FontProperties(family="DejaVu Sans"))


def outline(text: str, size: float, x: float, y: float) -> str:
    """Return a text, centred at a point, as the data of an SVG path."""
    path = glyphs(text, size)
    box = path.get_extents()
    left = x - (box.x0 + box.x1) / 2
    base = y + ((box.y0 + box.y1) / 2 if len(text) == 1 else RISE * NUMBER)
    return data(Path(np.asarray(path.vertices, dtype=float) * [1, -1] + [left, base], path.codes))


LETTERS = {
    int(Path.MOVETO): "M",
    int(Path.LINETO): "L",
    int(Path.CURVE3): "Q",
    int(Path.CURVE4): "C",
}


def data(path: Path) -> str:
    """Write a path as SVG does."""
    parts: list[str] = []
    for points, code in path.iter_segments(simplify=False, curves=True):
        letter = LETTERS.get(int(code), "Z")
        numbers = () if letter == "Z" else np.asarray(points, dtype=float).tolist()
        parts.append(letter + " ".join(f"{value:.1f}" for value in numbers))
    return "".join(parts)
