"""A report as HTML: its words, and a heat map of where a gradient is wrong.

Built from tables with plain inline colours, because an untrusted notebook strips inline SVG, style
sheets and aria attributes. Colour only repeats what a cell says (the sign and size of its error),
every coloured cell sets its text colour too (dark theme), and all else takes the theme's own
colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil

import numpy as np

from gradelib.checks.findings import SIGN, Comparison, Diagnosis, Outcome
from gradelib.checks.numeric import Array

__all__ = ["report_html"]

MOST_ROWS, MOST_COLUMNS = 12, 16
EDGE = {
    "passed": "#009e73",
    "not attempted": "#808080",
    "raised": "#cc3311",
    "contract": "#aa4499",
    "wrong value": "#d55e00",
    "inconclusive": "#b8860b",
}
# Three sizes of error; black text reads on all of them (contrast above 7:1).
TOO_HIGH = ("#fde0c8", "#f8bd8f", "#f09a55")
TOO_LOW = ("#d9e9f7", "#a8cfee", "#74b3e0")


def report_html(
    headline: str,
    outcome: Outcome,
    comparisons: Sequence[Comparison],
    diagnoses: Sequence[Diagnosis],
    warnings: Sequence[str],
) -> str:
    """Return a report as one HTML block, safe in an untrusted notebook; its text is escaped."""
    parts = [_line(f"<strong>{SIGN[outcome]} {escape(headline)}</strong>")]
    for comparison in comparisons:
        parts += _comparison(comparison)
        own = [d for d in diagnoses if d.name == comparison.name]
        parts += [_line(escape(d.explanation)) for d in own]
        if (
            comparison.errors is not None
            and comparison.errors.ndim
            and comparison.outcome == "wrong value"
        ):
            parts.append(_heat_map(comparison, comparison.errors))
    parts += [_line(escape(d.explanation)) for d in diagnoses if not d.name]
    right = [c.name for c in comparisons if c.outcome == "passed"]
    if right and outcome != "passed":
        parts.append(_line(f"right: {escape(', '.join(right))}"))
    parts += [_line(f"note: {escape(c.name)}: {escape(c.note)}") for c in comparisons if c.note]
    parts += [_line(f"while it ran: {escape(w)}".replace("\n", "<br>")) for w in warnings]
    edge = EDGE[outcome]
    return f'<div style="border-left: 4px solid {edge}; padding-left: 12px">{"".join(parts)}</div>'


def _line(content: str) -> str:
    return f'<p style="margin: 4px 0px">{content}</p>'


def _comparison(comparison: Comparison) -> list[str]:
    lines = comparison.lines()
    if not lines:
        return []
    parts = [_line(escape(lines[0]))]
    if rows := comparison.sides():
        parts.append(
            "<table><tbody>"
            + "".join(
                f'<tr><th scope="row" style="text-align: left">{escape(label)}</th>'
                f'<td style="text-align: left"><code>{escape(value)}</code></td></tr>'
                for label, value in rows
            )
            + "</tbody></table>"
        )
    return parts


def _heat_map(comparison: Comparison, errors: Array) -> str:
    grid = errors.reshape(-1, errors.shape[-1]) if errors.ndim > 1 else errors.reshape(1, -1)
    largest = float(np.max(np.abs(grid), initial=0.0))
    if largest == 0.0:
        return ""
    tall, wide = ceil(grid.shape[0] / MOST_ROWS), ceil(grid.shape[1] / MOST_COLUMNS)
    summed = tall * wide > 1
    heads = "".join(f'<th scope="col">{c}</th>' for c in _spans(grid.shape[1], wide))
    body = []
    for row, label in enumerate(_spans(grid.shape[0], tall)):
        cells = []
        for column in range(ceil(grid.shape[1] / wide)):
            block = grid[row * tall : (row + 1) * tall, column * wide : (column + 1) * wide]
            cells.append(_cell(block, largest, summed))
        body.append(f'<tr><th scope="row">{label}</th>{"".join(cells)}</tr>')
    cells_hold = (
        "how many entries are wrong in each block"
        if summed
        else f"yours minus {comparison.reference}; a dot is an entry that is right"
    )
    folded = f", shown as {grid.shape[0]} rows" if errors.ndim > 2 else ""
    title = f"Error of {comparison.name}{folded}: {cells_hold}. Orange is too high, blue too low."
    # Not a caption: it would be squeezed to the width of a narrow table.
    return _line(escape(title)) + (
        f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    )


def _spans(count: int, step: int) -> list[str]:
    if step == 1:
        return [str(i) for i in range(count)]
    return [f"{i}-{min(i + step, count) - 1}" for i in range(0, count, step)]


def _cell(block: Array, largest: float, summed: bool) -> str:
    wrong = np.count_nonzero(block)
    if not wrong:
        return '<td style="text-align: center">·</td>'
    worst = float(block.flat[int(np.argmax(np.abs(block)))])
    share = abs(worst) / largest
    shades = TOO_HIGH if worst > 0 else TOO_LOW
    shade = shades[0 if share < 0.1 else 1 if share < 0.5 else 2]
    text = f"{wrong}" if summed else f"{worst:+.2g}"
    return f'<td style="text-align: center; background-color: {shade}; color: #000000">{text}</td>'
