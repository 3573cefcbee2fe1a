"""The heat map's table to the letter, and the cells at the edges of its blocks."""

import re

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.reports.heatmap import TOO_HIGH, TOO_LOW, heat_map


def mapped(errors, name="dW"):
    return heat_map(gl.Comparison(name, "wrong value", errors=np.asarray(errors, dtype=float)))


def cells(html):
    """The rows of a table: the text of each cell, and its colour."""
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [
        [
            (re.sub(r"<.*?>", " ", text).strip(), (re.findall(r"background-color: (\S+);", style)))
            for style, text in re.findall(r"<t[hd]([^>]*)>(.*?)</t[hd]>", row)
        ]
        for row in rows
    ]


MIDDLE = "text-align: center; white-space: nowrap"
CELL = f"{MIDDLE}; background-color: %s; color: #000000; border: 1px solid #767676"
HEADS = "".join(f'<th scope="col" style="{MIDDLE}">{c}</th>' for c in range(2))


def test_whole_table():
    """Each cell has a style of its own, as an untrusted notebook keeps no other."""
    _, html = mapped([[0, 4], [-1, 0]], "d<W>")
    assert html == (
        '<table><caption style="color: inherit">Error of d&lt;W&gt;</caption>'
        f'<thead><tr><th scope="col">row</th>{HEADS}</tr></thead><tbody>'
        f'<tr><th scope="row" style="white-space: nowrap">0</th><td style="{MIDDLE}">·</td>'
        f'<td style="{CELL % TOO_HIGH[2]}"><strong>+4</strong></td></tr>'
        '<tr><th scope="row" style="white-space: nowrap">1</th>'
        f'<td style="{CELL % TOO_LOW[1]}">−1</td><td style="{MIDDLE}">·</td></tr></tbody></table>'
    )


def test_a_vector_is_one_row_of_entries():
    """No head stands above "entry"."""
    _, html = mapped([2.0, 0.0])
    assert cells(html) == [
        [("", []), ("0", []), ("1", [])],
        [("entry", []), ("+2", [TOO_HIGH[2]]), ("·", [])],
    ]


@pytest.mark.parametrize("largest", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(
    ("share", "strength"), [(0.09, 0), (0.1, 1), (0.49, 1), (0.5, 2), (0.9, 2)]
)
def test_strength_of_a_colour_is_a_share_of_the_largest(share, strength, largest):
    """Below a tenth, below half, and above, whatever the unit."""
    _, html = mapped([largest, share * largest, -share * largest])
    colours = [colour for _, colour in cells(html)[1][1:]]
    assert colours == [[TOO_HIGH[2]], [TOO_HIGH[strength]], [TOO_LOW[strength]]]


def test_blocks_at_the_edge_say_how_many_are_wrong():
    """A block of two is a block; one of a single entry shows its number alone."""
    errors = np.ones((13, 2))
    errors[1, 1] = 0
    _, html = mapped(errors)
    rows = cells(html)
    assert [row[0][0] for row in rows[1:]] == [
        *(f"{r}–{r + 1}" for r in range(0, 12, 2)),
        "12",
    ]
    assert [text for text, _ in rows[1][1:]] == ["all wrong  +1", "1 wrong  +1"]
    assert [text for text, _ in rows[-1][1:]] == ["+1", "+1"]
    assert html.count("wrong<br>") == 12


def test_long_row_is_cut_into_blocks():
    """The last block of a row is shorter; its head says so."""
    title, html = mapped(np.where(np.arange(23) < 20, 0.0, -3.0))
    rows = cells(html)
    assert [text for text, _ in rows[0]] == [
        "",
        *(f"{c}–{c + 2}" for c in range(0, 21, 3)),
        "21–22",
    ]
    assert rows[1][-2:] == [("1 wrong  −3", [TOO_LOW[2]]), ("all wrong  −3", [TOO_LOW[2]])]
    assert title == (
        "By blocks: how many entries are wrong, and the worst yours minus numeric; "
        "+ and orange are too high, − and blue too low, · is all right."
    )


def test_rows_that_are_right_are_put_together_in_blocks_only():
    """Entry by entry every row is shown; by blocks, neighbours that are right are one row."""
    errors = np.zeros((6, 2))
    errors[0] = 1
    assert len(cells(mapped(errors)[1])) == 7
    errors = np.zeros((6, 17))
    errors[3] = 1
    assert [row[0][0] for row in cells(mapped(errors)[1])[1:]] == ["0–2", "3", "4–5"]


def test_folded_rows_carry_their_indices():
    """Blocks of rows of three axes name their first and last."""
    errors = np.zeros((7, 2, 3))
    errors[0, 0] = 1
    title, html = mapped(errors)
    assert [row[0][0] for row in cells(html)[1:]] == ["[0, 0] to [0, 1]", "[1, 0] to [6, 1]"]
    assert title.endswith("· is all right. Rows are labelled by every index but the last.")
    assert cells(mapped(np.ones((1, 2, 3)))[1])[1][0][0] == "[0, 0]"


@pytest.mark.parametrize(
    ("shape", "blocks"), [((12, 16), False), ((12, 17), True), ((13, 16), True)], ids=str
)
def test_title_says_blocks_where_there_are_blocks(shape, blocks):
    """The largest array that is shown entry by entry has the title of one."""
    title, html = mapped(np.ones(shape))
    assert title.startswith("By blocks") is blocks
    assert title.startswith("Entry by entry") is not blocks
    assert ("all wrong" in html) is blocks
