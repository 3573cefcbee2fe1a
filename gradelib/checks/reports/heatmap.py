"""Where an array is wrong as an HTML table: a number for each entry, or a summary by blocks.

A cell says sign and size of its error in characters, and its colour repeats them: orange too high,
blue too low, in three strengths with black text (contrast above 7:1). The sentences around it say
the same in words for those who hear it.
"""

from __future__ import annotations

from html import escape
from math import ceil

import numpy as np

from gradelib.checks.reports.findings import Comparison
from gradelib.checks.slopes.numeric import Array

__all__ = ["TOO_HIGH", "TOO_LOW", "heat_map"]

MOST_ROWS, MOST_COLUMNS = 12, 16  # of numbers
BLOCK_ROWS, BLOCK_COLUMNS = 10, 10
TOO_HIGH = ("#fde0c8", "#f8bd8f", "#f09a55")
TOO_LOW = ("#d9e9f7", "#a8cfee", "#74b3e0")
EDGE = "1px solid #767676"
MIDDLE = "text-align: center; white-space: nowrap"


def heat_map(comparison: Comparison) -> tuple[str, str]:
    """Return a sentence that explains the map, and the map as an HTML table; "" without errors.

    Arrays of one dimension become one row; those of more than two are folded, with the leading
    indices in front of each row.
    """
    errors = comparison.errors
    if errors is None or not errors.ndim or not np.any(errors):
        return "", ""
    grid = errors.reshape(-1, errors.shape[-1])
    rows, columns = grid.shape
    blocks = rows > MOST_ROWS or columns > MOST_COLUMNS
    tall = ceil(rows / BLOCK_ROWS) if rows > MOST_ROWS else 1
    wide = ceil(columns / BLOCK_COLUMNS) if columns > MOST_COLUMNS else 1
    largest = float(np.max(np.abs(grid)))
    heads = "".join(
        f'<th scope="col" style="{MIDDLE}">{_span(c, min(c + wide, columns))}</th>'
        for c in range(0, columns, wide)
    )
    body = []
    for r, stop in _bands(grid, tall, together=blocks):
        cells = "".join(
            _cell(grid[r:stop, c : c + wide], largest, blocks) for c in range(0, columns, wide)
        )
        label = _row_label(r, stop, errors.shape)
        body.append(f'<tr><th scope="row" style="white-space: nowrap">{label}</th>{cells}</tr>')
    name, minus = comparison.name, f"yours minus {comparison.reference}"
    # A longer caption would be squeezed to the width of a narrow table.
    corner = "" if errors.ndim == 1 else "row"
    table = (
        f'<table><caption style="color: inherit">Error of {escape(name)}</caption>'
        f'<thead><tr><th scope="col">{corner}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )
    return _title(blocks, minus, errors.ndim), table


def _title(blocks: bool, minus: str, axes: int) -> str:
    signs = "+ and orange are too high, − and blue too low"
    labels = " Rows are labelled by every index but the last." if axes > 2 else ""
    if blocks:
        what = f"By blocks: how many entries are wrong, and the worst {minus}"
        return f"{what}; {signs}, · is all right.{labels}"
    return f"Entry by entry: {minus}; {signs}, · is right.{labels}"


def _bands(grid: Array, tall: int, *, together: bool) -> list[tuple[int, int]]:
    """First and last row of each row of the table; neighbours that are right, `together`."""
    bands: list[tuple[int, int]] = []
    was_right = False
    for start in range(0, len(grid), tall):
        stop = min(start + tall, len(grid))
        right = not np.any(grid[start:stop])
        if together and right and was_right:
            start = bands.pop()[0]
        bands.append((start, stop))
        was_right = right
    return bands


def _row_label(start: int, stop: int, shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return "entry"
    if len(shape) == 2:
        return _span(start, stop)
    ends = [list(map(int, np.unravel_index(r, shape[:-1]))) for r in (start, stop - 1)]
    return str(ends[0]) if start == stop - 1 else f"{ends[0]} to {ends[1]}"


def _span(start: int, stop: int) -> str:
    return str(start) if start == stop - 1 else f"{start}–{stop - 1}"


def _cell(block: Array, largest: float, blocks: bool) -> str:
    wrong = int(np.count_nonzero(block))
    if not wrong:
        return f'<td style="{MIDDLE}">·</td>'
    worst = float(block.flat[int(np.argmax(np.abs(block)))])
    share = abs(worst) / largest
    shades = TOO_HIGH if worst > 0 else TOO_LOW
    shade = shades[0 if share < 0.1 else 1 if share < 0.5 else 2]
    text = signed(worst)
    if abs(worst) == largest:
        text = f"<strong>{text}</strong>"
    if blocks and block.size > 1:
        text = f"{'all' if wrong == block.size else wrong} wrong<br>{text}"
    style = f"{MIDDLE}; background-color: {shade}; color: #000000; border: {EDGE}"
    return f'<td style="{style}">{text}</td>'


def signed(value: float) -> str:
    """Two digits with their sign: +0.25, −3e-7."""
    text = f"{value:+.2g}".replace("e-0", "e-").replace("e+0", "e")
    return "−" + text[1:] if text[0] == "-" else text
