"""Where an array is wrong as an HTML table: a number for each entry, or a summary by blocks.

A cell says sign and size of its error in characters, and its colour repeats them: orange too high,
blue too low, in three strengths with black text (contrast above 7:1). The sentences around it say
the same in words for those who hear it.
"""

from __future__ import annotations

from html import escape
from math import ceil

import numpy as np

from gradelib.checks.findings import Comparison
from gradelib.checks.numeric import Array

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
    grid = errors.reshape(-1, errors.shape[-1]) if errors.ndim > 1 else errors.reshape(1, -1)
    rows, columns = grid.shape
    blocks = rows > MOST_ROWS or columns > MOST_COLUMNS
    tall = ceil(rows / BLOCK_ROWS) if rows > MOST_ROWS else 1
    wide = ceil(columns / BLOCK_COLUMNS) if columns > MOST_COLUMNS else 1
    largest = float(np.max(np.abs(grid)))
    heads = "".join(
        f'<th scope="col" style="{MIDDLE}">{_span(c, wide, columns)}</th>'
        for c in range(0, columns, wide)
    )
    body = []
    for r in range(0, rows, tall):
        cells = "".join(
            _cell(grid[r : r + tall, c : c + wide], largest, blocks)
            for c in range(0, columns, wide)
        )
        label = _row_label(r, tall, errors.shape)
        body.append(f'<tr><th scope="row" style="white-space: nowrap">{label}</th>{cells}</tr>')
    name, minus = comparison.name, f"yours minus {comparison.reference}"
    # A longer caption would be squeezed to the width of a narrow table.
    corner = "" if errors.ndim == 1 else "row"
    table = (
        f"<table><caption>Error of {escape(name)}</caption>"
        f'<thead><tr><th scope="col">{corner}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table>"
    )
    return f"{_title(blocks, minus)} {_folded(errors)}".strip(), table


def _title(blocks: bool, minus: str) -> str:
    signs = "+ and orange are too high, − and blue too low"
    if blocks:
        return f"By blocks: how many entries are wrong, and the worst {minus}; {signs}."
    return f"Entry by entry: {minus}; {signs}, · is right."


def _folded(errors: Array) -> str:
    if errors.ndim <= 2:
        return ""
    lead = ", ".join(f"i{axis}" for axis in range(errors.ndim - 1))
    return f"Each row holds the entries [{lead}, :] of the {errors.ndim} axes."


def _row_label(row: int, tall: int, shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return "entry"
    if len(shape) == 2:
        return _span(row, tall, shape[0])
    last = min(row + tall, int(np.prod(shape[:-1]))) - 1
    ends = [list(map(int, np.unravel_index(r, shape[:-1]))) for r in (row, last)]
    return str(ends[0]) if row == last else f"{ends[0]} to {ends[1]}"


def _span(start: int, step: int, count: int) -> str:
    last = min(start + step, count) - 1
    return str(start) if last == start else f"{start}–{last}"


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
