"""Drawing of a circuit: `sketch(graph, labels)` gives a figure whose units are CSS pixels.

`plan(graph, labels)` says where everything goes; `wire_path` and `gate_path` are the outlines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from gradelib.figures.gates import face
from gradelib.figures.graph import Graph, Wire
from gradelib.figures.layout import GATE_RADIUS, Block, Layout, arrange
from gradelib.figures.picture import canvas
from gradelib.figures.style import STYLE, drawing, px, symbol

__all__ = [
    "ARROW",
    "NAME",
    "NUMBER",
    "Labels",
    "gate_path",
    "plan",
    "sketch",
    "width_of",
    "wire_path",
]

NAME, NUMBER, LEGEND = 15, 13, 12  # text sizes in CSS pixels
LABEL = 20.0  # room above or below a wire
STUB = 20.0  # the shortest trunk
ARROW = 7.0


@dataclass(frozen=True)
class Labels:
    """Every text of a circuit by node and by branch, the names drawn quietly, and the legend."""

    above: Mapping[str, str]
    below: Mapping[str, str]
    branches: Mapping[Wire, str]
    quiet: frozenset[str]
    legend: tuple[str, str]


@cache
def width_of(text: str, size: float, italic: bool = False) -> float:
    """Return the width of a text in CSS pixels."""
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans", style="italic" if italic else "normal", size=size)
    return float(TextPath((0, 0), text, prop=font, size=size).get_extents().width)


def sketch(graph: Graph, labels: Labels) -> Figure:
    """Draw a circuit, with the texts of `labels`, on a figure of its own size."""
    with drawing():
        layout = plan(graph, labels)
        first, second = labels.legend
        between = width_of(first, LEGEND) + 24 if first else 0.0
        legend = between + width_of(second, LEGEND, True)
        width = max(layout.width, legend) + 2
        height = layout.height + (34 if legend else 0)
        figure, axes = canvas(width, height)
        for wire in graph.wires:
            draw_wire(axes, layout, labels, wire)
        for name in graph.names:
            draw_node(axes, layout, graph, labels, name)
        write(axes, 0, height - 8, first, LEGEND, STYLE.value, align="left")
        write(axes, between, height - 8, second, LEGEND, STYLE.gradient, align="left", italic=True)
        return figure


def plan(graph: Graph, labels: Labels) -> Layout:
    """Lay out a circuit with room for all its texts."""
    blocks = {name: block(graph, labels, name) for name in graph.names}
    room = {wire: width_of(text, NUMBER, True) + 16 for wire, text in labels.branches.items()}
    return arrange(graph, blocks, room)


def block(graph: Graph, labels: Labels, name: str) -> Block:
    """Return the room that a node needs."""
    texts = (
        width_of(labels.above.get(name, ""), NUMBER),
        width_of(labels.below.get(name, ""), NUMBER, True),
    )
    last = not any(wire.source == name for wire in graph.wires)
    trunk = max(STUB, *texts) + 10 + ARROW * last
    above = LABEL if name in labels.above else 8.0
    below = LABEL if name in labels.below else 8.0
    if name not in graph.gates:
        if name in graph.constants:
            return Block(width_of(labels.above[name], NUMBER) + 4, 0.0, 10.0, 9.0, 9.0)
        return Block(width_of(symbol(name), NAME) + 6, 0.0, trunk, above, below)
    sign = face(graph.gates[name].operation)
    shape = max(2 * GATE_RADIUS, width_of(sign, size_of(sign)) + 18)
    over = width_of(symbol(name), NAME) + 4
    return Block(shape, over, trunk, GATE_RADIUS + 19, max(GATE_RADIUS + 2, below))


def size_of(sign: str) -> float:
    """Return the text size of a gate's sign: a single one is large."""
    return 19 if len(sign) == 1 else NUMBER


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    size: float,
    colour: str,
    *,
    align: str = "center",
    italic: bool = False,
) -> None:
    """Write a text centred on a height."""
    axes.text(
        x,
        y,
        text,
        size=px(size),
        color=colour,
        ha=align,
        va="center_baseline",
        style="italic" if italic else "normal",
    )


def draw_node(axes: Axes, layout: Layout, graph: Graph, labels: Labels, name: str) -> None:
    """Draw an input's name or a gate, its trunk, and what stands above and below the trunk."""
    x, y, _, right, end = layout.places[name]
    if name in graph.constants:
        write(axes, x, y, labels.above[name], NUMBER, STYLE.quiet)
        return
    quiet = name in labels.quiet
    last = not any(wire.source == name for wire in graph.wires)
    if last:
        draw_path(axes, curve([(right, end - ARROW + 1, y)]), quiet)
        arrow(axes, end, y)
    if name in graph.gates:
        sign = face(graph.gates[name].operation)
        axes.add_patch(
            PathPatch(
                gate_path(x, y, right - x),
                facecolor=STYLE.fill_blue,
                edgecolor=STYLE.blue,
                linewidth=px(1.6),
                zorder=3,
            )
        )
        write(axes, x, y, sign, size_of(sign), STYLE.ink)
        write(axes, x, y - GATE_RADIUS - 11, symbol(name), NAME, STYLE.ink)
    else:
        write(axes, x, y, symbol(name), NAME, STYLE.quiet if quiet else STYLE.ink)
    middle = (right + end - ARROW * last) / 2
    colour = STYLE.quiet if quiet else STYLE.value
    write(axes, middle, y - 11, labels.above.get(name, ""), NUMBER, colour)
    write(axes, middle, y + 11, labels.below.get(name, ""), NUMBER, STYLE.gradient, italic=True)
    if sum(wire.source == name for wire in graph.wires) > 1:
        axes.plot(end, y, "o", markersize=px(6), color=STYLE.ink, zorder=3)


def draw_wire(axes: Axes, layout: Layout, labels: Labels, wire: Wire) -> None:
    """Draw a wire from its source's shape to the gate, with the gradient of its branch."""
    quiet = wire.source in labels.quiet
    draw_path(axes, wire_path(layout, wire), quiet)
    arrow(axes, *layout.ports[wire], quiet)
    for run in layout.runs[wire]:
        if run.label:
            middle = (run.left + run.right) / 2
            text = labels.branches[wire]
            write(axes, middle, run.y + 11, text, NUMBER, STYLE.gradient, italic=True)


def wire_path(layout: Layout, wire: Wire) -> Path:
    """Return a wire's way from its source's shape to the head of its arrow."""
    start, gate = layout.places[wire.source], layout.places[wire.gate]
    x, y = layout.ports[wire]
    tip = x - ARROW + 1
    levels = [(start.right, start.end, start.y)]
    levels += [(run.left, run.right, run.y) for run in layout.runs[wire]]
    return curve([*levels, (min(gate.left, tip), tip, y)])


def curve(levels: Sequence[tuple[float, float, float]]) -> Path:
    """Join levels (left, right, y) by curves that are horizontal at both ends."""
    vertices: list[tuple[float, float]] = []
    codes: list[np.uint8] = []
    for left, right, y in levels:
        if vertices:
            x_before, y_before = vertices[-1]
            middle = (x_before + left) / 2
            vertices += [(middle, y_before), (middle, y), (left, y), (right, y)]
            codes += [Path.CURVE4, Path.CURVE4, Path.CURVE4, Path.LINETO]
        else:
            vertices += [(left, y), (right, y)]
            codes += [Path.MOVETO, Path.LINETO]
    return Path(vertices, codes)


def draw_path(axes: Axes, path: Path, quiet: bool) -> None:
    """Draw a wire."""
    colour, width = colour_of(quiet), px(1.1 if quiet else 1.5)
    axes.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width, snap=False))


def gate_path(x: float, y: float, half: float) -> Path:
    """Return the outline of a gate: a circle, or two half circles with straight lines between."""
    circle = Path.unit_circle_righthalf()
    arc = np.asarray(circle.vertices, dtype=float)[:-1] * GATE_RADIUS  # without the way back
    reach = np.array([half - GATE_RADIUS, 0.0])
    vertices = [*(arc + reach), *(-arc - reach), arc[0] + reach]
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(arc) - 1), Path.LINETO]
    codes += [*[Path.CURVE4] * (len(arc) - 1), Path.CLOSEPOLY]
    return Path([(x + dx, y + dy) for dx, dy in vertices], codes)


def colour_of(quiet: bool) -> str:
    return "#8f8f8f" if quiet else STYLE.ink


def arrow(axes: Axes, x: float, y: float, quiet: bool = False) -> None:
    """Draw the head of an arrow whose tip is at (x, y)."""
    corners = [(x, y), (x - ARROW, y - ARROW / 2), (x - ARROW, y + ARROW / 2)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=colour_of(quiet), edgecolor="none"))
