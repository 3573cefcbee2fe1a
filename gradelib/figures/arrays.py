"""Arrays as heat maps: `matrices(...)` a picture, `heat_map(ax, ...)` a part of one."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from gradelib.figures.picture import Picture, blank, picture
from gradelib.figures.sketch import width_of
from gradelib.figures.style import (
    STYLE,
    diverging,
    drawing,
    luminance,
    number,
    px,
)

__all__ = [
    "Box",
    "Matrix",
    "draw_matrix",
    "draw_scale",
    "heat_map",
    "in_words",
    "matrices",
    "matrix",
    "place",
    "scales",
    "widest_number",
    "write_numbers",
]

Matrix = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, width, height in CSS pixels

WIDEST, TALLEST = 820.0, 560.0  # the usual room of a notebook's output
BARE, CELL_HEIGHT = 18.0, 30.0  # a cell without a number; the height of one with it
LEFT, TOP, BETWEEN = 34.0, 44.0, 44.0
BAR = 90.0  # room for the colour bar


def matrices(
    arrays: Mapping[str, ArrayLike],
    *,
    rows: str = "",
    columns: str = "",
    numbers: bool | None = None,
    decimals: int = 2,
    limit: float | None = None,
    shared: bool = True,
    framed: Iterable[tuple[int, int]] = (),
    least: float = 0.0,
    alt: str | None = None,
) -> Picture:
    """Draw arrays side by side as heat maps on one scale, blue below zero and orange above.

    `arrays` maps a title to an array of shape (m, n), or (n,), which is drawn as a row.  The shape
    stands under the title.  Small arrays show their numbers (`numbers` says so or not for all),
    with `decimals`; others get a colour bar.  `rows` and `columns` name the indices.  `limit` is
    the size at which the colours end, by default the largest one; with `shared=False` each array
    has a scale of its own.  `framed` lists the (row, column) of entries with a frame.  Entries
    nearer to zero than `least` are written "≈0".  Entries that are not finite are hatched.  Raises
    ValueError for nothing to draw, for more than two dimensions and for empty arrays.
    """
    found = {title: matrix(title, array) for title, array in arrays.items()}
    if not found:
        raise ValueError("matrices got nothing to draw; try matrices({'dW': dW})")
    across = sum(m.shape[1] for m in found.values())
    down = max(m.shape[0] for m in found.values())
    room = WIDEST - LEFT - BETWEEN * (len(found) - 1)
    few = across <= 40 and down <= 12
    wanted = widest_number(found, decimals, least) + 12 if few or numbers else 0.0
    with_numbers = numbers if numbers is not None else few and across * wanted <= room
    if with_numbers:
        cell, cell_height = wanted, CELL_HEIGHT
    else:
        bars_wide = BAR * (1 if shared else len(found))
        cell = cell_height = min(BARE, (room - bars_wide) / across, TALLEST / down)
    tops = scales([*found.values()], limit, shared)
    framed = [*framed]
    boxes: list[Box] = []
    x = LEFT
    for (title, m), array in zip(found.items(), arrays.values(), strict=True):
        wide, shape = m.shape[1] * cell, f"shape {np.shape(array)}"
        boxes.append((x, TOP, wide, m.shape[0] * cell_height))
        x += max(wide, width_of(title, 14) + 6, width_of(shape, 12) + 6) + BETWEEN
        x += 0 if with_numbers or shared else BAR
    with_last_bar = shared and not with_numbers
    width, height = x - BETWEEN + BAR * with_last_bar, TOP + down * cell_height + 30
    with drawing():
        fig = blank(width, height)
        for i, (box, array) in enumerate(zip(boxes, arrays.values(), strict=True)):
            (title, m), top = [*found.items()][i], tops[i]
            ax = place(fig, box, width, height)
            draw_matrix(ax, m, top)
            draw_frames(ax, m, framed)
            if with_numbers:
                write_numbers(ax, m, top, decimals, least)
            elif not shared or box is boxes[-1]:
                tall = min(max(box[3], 72.0), 200.0)
                bar = (box[0] + box[2] + 26, TOP, 12.0, tall)
                draw_scale(place(fig, bar, width, height), top, decimals)
            ax.set_title(f"{title}\n", pad=px(2), linespacing=1.3)
            ax.annotate(
                f"shape {np.shape(array)}",
                (0, 1),
                (0, px(5)),
                xycoords="axes fraction",
                textcoords="offset points",
                color=STYLE.quiet,
                size=px(12),
            )
            ax.set(xlabel=columns, ylabel=rows if box is boxes[0] else "")
    words = (in_words(title, m, np.shape(arrays[title]), decimals) for title, m in found.items())
    return picture(fig, alt or " ".join(words))


@drawing()
def heat_map(
    ax: Axes,
    values: ArrayLike,
    title: str = "",
    *,
    rows: str = "",
    columns: str = "",
    numbers: bool = True,
    decimals: int = 2,
    limit: float | None = None,
    framed: Iterable[tuple[int, int]] = (),
) -> None:
    """Draw one array on axes of a figure of your own, as `matrices` draws it."""
    m = matrix(title or "values", values)
    top = scales([m], limit, True)[0]
    draw_matrix(ax, m, top)
    ax.set_aspect("equal")
    draw_frames(ax, m, framed)
    if numbers:
        write_numbers(ax, m, top, decimals)
    ax.set(title=title, xlabel=columns)
    label = ax.set_ylabel(rows)
    if len(rows) == 1:
        label.set(rotation=0, ha="right", va="center")


def scales(found: Sequence[Matrix], limit: float | None, shared: bool) -> list[float]:
    """Return the size at which the colours of each array end."""
    sizes = [float(np.abs(m[np.isfinite(m)]).max(initial=0.0)) for m in found]
    return [
        limit if limit is not None else (max(sizes) if shared else size) or 1.0 for size in sizes
    ]


def draw_frames(ax: Axes, m: Matrix, framed: Iterable[tuple[int, int]]) -> None:
    """Frame the entries that are chosen, where the array has them."""
    for r, c in framed:
        if r < m.shape[0] and c < m.shape[1]:
            look = {"fill": False, "edgecolor": STYLE.ink, "linewidth": px(2.4), "zorder": 4}
            ax.add_patch(Rectangle((c - 0.45, r - 0.44), 0.9, 0.88, **look))  # type: ignore[arg-type]


def matrix(title: str, array: ArrayLike) -> Matrix:
    """Return an array of one or two dimensions as a matrix of floats."""
    found = np.asarray(array, dtype=float)
    if found.ndim not in (1, 2) or found.size == 0:
        raise ValueError(
            f"{title!r} has shape {found.shape}; expected (m, n) or (n,) with something in it, "
            "so reshape it or draw one slice"
        )
    return np.atleast_2d(found)


def widest_number(found: Mapping[str, Matrix], decimals: int, least: float = 0.0) -> float:
    """Return the width of the widest number that is written, in CSS pixels."""
    every = [value for m in found.values() for value in m.flat]
    texts = (number(value, decimals) for value in every if not 0 < abs(value) < least)
    return max(24.0, width_of(max(texts, key=len, default=""), 12))


def place(fig: Figure, box: Box, width: float, height: float) -> Axes:
    """Add axes at a box of a figure of this width and height in CSS pixels."""
    left, top, wide, tall = box
    return fig.add_axes((left / width, 1 - (top + tall) / height, wide / width, tall / height))


def draw_matrix(ax: Axes, m: Matrix, top: float) -> None:
    """Draw the cells of one heat map, and its indices."""
    rows, columns = m.shape
    ax.imshow(np.ma.masked_invalid(m), cmap=diverging(), norm=Normalize(-top, top), aspect="auto")
    for r, c in np.argwhere(~np.isfinite(m)):
        ax.fill_between(
            [c - 0.5, c + 0.5], r - 0.5, r + 0.5, hatch="////", facecolor="none",
            edgecolor=STYLE.quiet, linewidth=0,
        )  # fmt: skip
    ax.set_xticks(range(0, columns, step(columns)))
    ax.set_yticks(range(0, rows, step(rows)))
    ax.tick_params(length=0, labelsize=px(12), labelcolor=STYLE.quiet, pad=px(3))
    ax.grid(False)
    for side in ax.spines.values():
        side.set(visible=True, color=STYLE.quiet, linewidth=px(1))
    if max(rows, columns) <= 40:
        ax.set_xticks(np.arange(0.5, columns - 1), minor=True)
        ax.set_yticks(np.arange(0.5, rows - 1), minor=True)
        ax.grid(True, which="minor", color=STYLE.rule, linewidth=px(0.8))
        ax.tick_params(which="minor", length=0)
        ax.set_axisbelow(False)


def write_numbers(ax: Axes, m: Matrix, top: float, decimals: int, least: float = 0.0) -> None:
    """Write each cell's number on it, in a colour that can be read there."""
    colours, scale = diverging(), Normalize(-top, top)
    for (r, c), value in np.ndenumerate(m):
        dark = np.isfinite(value) and luminance(colours(scale(value))) < 0.18
        colour = STYLE.paper if dark else STYLE.quiet if value == 0 else STYLE.ink
        text = "≈0" if 0 < abs(value) < least else number(value, decimals)
        ax.text(c, r, text, ha="center", va="center_baseline", size=px(12), color=colour)


def draw_scale(ax: Axes, top: float, decimals: int) -> None:
    """Draw the colour bar."""
    ramp = np.linspace(top, -top, 65)[:, None]
    ax.imshow(ramp, cmap=diverging(), aspect="auto", extent=(0, 1, -top, top))
    ax.set_xticks([])
    ax.yaxis.tick_right()
    ax.set_yticks([-top, 0, top], [number(value, decimals) for value in (-top, 0.0, top)])
    ax.grid(False)
    for side in ax.spines.values():
        side.set(visible=True, color=STYLE.quiet, linewidth=px(1))


def step(count: int) -> int:
    """Return the distance between the indices that are written."""
    return next(s for s in (1, 2, 5, 10, 20, 50, 100, 10**9) if count <= 12 * s)


def in_words(title: str, m: Matrix, shape: tuple[int, ...], decimals: int) -> str:
    """Say what a heat map shows."""
    if not np.all(np.isfinite(m)):
        what = f"{np.sum(~np.isfinite(m))} of {m.size} entries are not finite"
    elif not np.any(m):
        what = "all entries are zero"
    else:
        square = len(shape) == 2 and shape[0] == shape[1] > 1
        diagonal = square and not np.any(m[~np.eye(len(m), dtype=bool)])
        what = (
            "zero off the diagonal"
            if diagonal
            else f"{np.sum(m == 0)} of {m.size} entries are zero"
        )
        for word, index in (("smallest", m.argmin()), ("largest", m.argmax())):
            where = ", ".join(str(int(i)) for i in np.unravel_index(index, shape))
            what += f"; {word} {number(m.flat[index], decimals)} at [{where}]"
    return f"Heat map of {title}, shape {shape}: {what}."
