"""A report as HTML: its sentences, and heat maps of where a gradient is wrong.

Built from tables and borders with plain inline colours, because an untrusted notebook strips inline
SVG, style sheets and aria attributes. Colour is never the only sign: an outcome has a sign, words
and a border of its own form, and a coloured cell says its error's sign and size. Every coloured
cell sets its text colour too (dark theme), and all else takes the theme's own colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from gradelib.checks.reports.findings import Outcome
from gradelib.checks.reports.heatmap import heat_map
from gradelib.checks.reports.story import Said

__all__ = ["FRAME", "story_page"]

# Colour and form of the border; each colour is 3:1 or more on white and on the dark theme's grey.
FRAME: dict[Outcome, str] = {
    "passed": "border-left: 3px solid #009e73",
    "not attempted": "border-left: 5px dotted #808080",
    "raised": "border: 2px solid #d9432a",
    "contract": "border-left: 5px dashed #b35aa0",
    "wrong value": "border-left: 9px solid #d55e00",
    "inconclusive": "border-left: 9px double #a87a00",
}


def story_page(outcome: Outcome, said: Iterator[Said]) -> str:
    """Return a report as one HTML block, safe in an untrusted notebook; its text is escaped."""
    parts = [part for one in said for part in _parts(one)]
    style = f"{FRAME[outcome]}; padding: 2px 12px; margin: 4px 0px"
    return f'<div style="{style}">{"".join(parts)}</div>'


def _parts(one: Said) -> Iterator[str]:
    if one.text and one.depth == 0:
        yield _line(f"<strong>{escape(one.text)}</strong>")
    elif one.text:
        yield _line(escape(one.text).replace("\n", "<br>"))
    if one.rows:
        yield "<table><tbody>"
        for label, value in one.rows:
            head = f'<th scope="row" style="text-align: left">{escape(label)}</th>'
            cell = f'<td style="text-align: left"><code>{escape(value)}</code></td>'
            yield f"<tr>{head}{cell}</tr>"
        yield "</tbody></table>"
    if one.mapped is not None:
        title, table = heat_map(one.mapped)
        if table:
            yield _line(escape(title)) + table


def _line(content: str) -> str:
    return f'<p style="margin: 4px 0px; overflow-wrap: anywhere">{content}</p>'
