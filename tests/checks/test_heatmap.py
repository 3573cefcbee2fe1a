"""The heat map and the frames: sign and size in characters, and colours that can be seen."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.reports.heatmap import TOO_HIGH, TOO_LOW, heat_map, signed
from gradelib.checks.reports.page import FRAME

LIGHT, DARK = "#ffffff", "#111111"  # JupyterLab's two backgrounds of an output


def luminance(colour):
    """The relative luminance of #rrggbb (WCAG 2.2)."""
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    """The contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("outcome", FRAME)
def test_frames_are_seen_in_both_themes(outcome, background):
    """A frame has a contrast of 3:1 or more (WCAG 2.2, 1.4.11)."""
    [colour] = re.findall(r"#\w{6}", FRAME[outcome])
    assert contrast(colour, background) >= 3


def test_frames_differ_without_colour():
    """Each outcome has a border of another form."""
    assert len({re.sub(r"#\w+", "", frame) for frame in FRAME.values()}) == 6


@pytest.mark.parametrize("fill", [*TOO_HIGH, *TOO_LOW])
def test_numbers_are_read_on_their_colours(fill):
    """The black numbers have a contrast of 7:1 or more."""
    assert contrast(fill, "#000000") >= 7


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, "+0.25"), (-3.14159e-7, "−3.1e-7"), (1.5e9, "+1.5e9"), (-np.inf, "−inf"), (12, "+12")],
)
def test_numbers_have_signs(value, text):
    """Sign first, then two digits."""
    assert signed(value) == text


class Table(HTMLParser):
    """The rows of an HTML table: for each cell its tag, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.caption, self.rows, self.where = "", [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append([tag, dict(attrs), ""])
        self.where = tag if tag in ("td", "th", "caption") else self.where
        if tag == "br":
            self.rows[-1][-1][2] += " "

    def handle_data(self, data):
        if self.where == "caption":
            self.caption += data
        elif self.rows:
            self.rows[-1][-1][2] += data


def mapped(errors, **more):
    """The title of a heat map, its table, and the table's texts."""
    comparison = gl.Comparison("dW", "wrong value", errors=np.asarray(errors, dtype=float), **more)
    title, html = heat_map(comparison)
    table = Table(html)
    return title, table, [[text for _, _, text in row] for row in table.rows]


def test_small_array_shows_each_number():
    """Sign and size of each error, a dot where it is right."""
    title, table, texts = mapped([[0, 0.5, 0], [-1e-5, 0, 2]])
    assert texts == [["row", "0", "1", "2"], ["0", "·", "+0.5", "·"], ["1", "−1e-5", "·", "+2"]]
    assert title == (
        "Entry by entry: yours minus numeric; + and orange are too high, − and blue too low, "
        "· is right."
    )
    assert table.caption == "Error of dW"


def test_table_can_be_heard():
    """Each row and column has a head with its scope, and each colour its text."""
    for errors in (np.eye(3), np.ones((40, 40)), np.ones(5), np.ones((2, 3, 4))):
        _, table, _ = mapped(errors)
        first, *others = table.rows
        assert all((tag, a["scope"]) == ("th", "col") for tag, a, _ in first)
        for (tag, attributes, text), *cells in others:
            assert (tag, attributes["scope"]) == ("th", "row")
            assert text
            for _, attributes, said in cells:
                coloured = "background-color" in attributes["style"]
                assert coloured is ("color: #000000" in attributes["style"]) is (said != "·")
                assert not coloured or re.search(r"[+−]\d", said)


def test_colours_repeat_the_signs():
    """Orange is for + and blue for −, the stronger the larger; the worst is bold."""
    _, html = heat_map(
        gl.Comparison("dW", "wrong value", errors=np.array([0.05, -0.05, 0.3, -0.3, 1, -0.9]))
    )
    fills = re.findall(r"background-color: (#\w+)", html)
    assert fills == [shade[k] for k in range(3) for shade in (TOO_HIGH, TOO_LOW)]
    assert html.count("<strong>") == 1
    assert "<strong>+1</strong>" in html


def test_large_array_is_summed_up():
    """Blocks say how many are wrong and the worst; rows of blocks that are right are one."""
    errors = np.zeros((30, 40))
    errors[6:9] = 1.0
    errors[7, 0] = -2.0
    errors[29, 39] = 1e-3
    title, _, texts = mapped(errors)
    assert title.startswith("By blocks: how many entries are wrong, and the worst yours minus ")
    assert texts[0] == ["row", *(f"{c}–{c + 3}" for c in range(0, 40, 4))]
    assert [row[0] for row in texts[1:]] == ["0–5", "6–8", "9–26", "27–29"]
    assert texts[2] == ["6–8", "all wrong −2", *["all wrong +1"] * 9]
    assert texts[4][-1] == "1 wrong +0.001"
    assert texts[1][1:] == texts[3][1:] == ["·"] * 10


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [((12, 16), 12, 16), ((13, 16), 7, 16), ((12, 17), 12, 9), ((16,), 1, 16), ((2048,), 1, 10)],
    ids=str,
)
def test_size_of_the_map(shape, rows, columns):
    """Up to 12 by 16 entries are shown one by one, others in ten blocks or fewer each way."""
    _, _, texts = mapped(np.ones(shape))
    assert (len(texts) - 1, len(texts[0]) - 1) == (rows, columns)


def test_four_axes_are_folded():
    """The rows carry the leading indices, and the title says so."""
    errors = np.zeros((2, 3, 2, 4))
    errors[0, 1] = 1
    title, _, texts = mapped(errors)
    assert title.endswith("Rows are labelled by every index but the last.")
    assert [row[0] for row in texts[1:4]] == ["[0, 0, 0]", "[0, 0, 1]", "[0, 1, 0]"]
    _, _, texts = mapped(np.ones((5, 5, 2)))
    assert texts[1][0] == "[0, 0] to [0, 2]"


@pytest.mark.parametrize("errors", [np.zeros((2, 2)), np.array(1.0)], ids=["right", "a number"])
def test_no_map_where_there_is_nothing_to_show(errors):
    """What is right, or a single number, has no map."""
    assert heat_map(gl.Comparison("dW", "wrong value", errors=errors)) == ("", "")


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([0.5, 0.0], ""),
        ([0.5, 0.25], "Yours is too high in 2, by 0.25 to 0.5."),
        ([-1.0, -1.0], "Yours is too low in 2, by 1."),
        ([1e-7, 0, -1e3, 2], "Yours is too high in 2 and too low in 1, by 1e-07 to 1e+03."),
    ],
    ids=["one", "high", "low", "both"],
)
def test_errors_in_one_sentence(errors, said):
    """Sign and size of the errors, for those who read no table."""
    wrong = np.array(errors)
    found = gl.Comparison("dW", "wrong value", wrong=np.count_nonzero(wrong), errors=wrong)
    assert found.spans() == said
