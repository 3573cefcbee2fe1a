"""The feedback page: hidden tests stay hidden, a student's HTML is harmless, nothing is loaded."""

from __future__ import annotations

import json
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from loads import Loads
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import gradelib as gl
from gradelib.checks.reports.report import DATA
from gradelib.classroom.cleaning import cleaned, shown_text, written
from gradelib.classroom.hiding import hide_tests
from gradelib.classroom.page import refusal, render


def words(page: str) -> str:
    """The text of a page, with single spaces."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    page = re.sub(r"</?span[^>]*>", "", page)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def graded(source: str, *outputs: NotebookNode, count: int = 7) -> NotebookNode:
    """A grade cell after grading, 1 of 4 points."""
    cell = new_code_cell(source, outputs=list(outputs), execution_count=count)
    cell.metadata["nbgrader"] = {
        "grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3,
        "grade_id": "square-check", "points": 4, "score": 1.0,
    }  # fmt: skip
    return cell


def page(*cells: NotebookNode, folder: Path | None = None) -> str:
    """The page of these cells, hidden tests taken out."""
    for cell in cells:
        if cell.cell_type == "code":
            hide_tests(cell)
    return render(
        new_notebook(cells=list(cells)),
        title="01_squares: ana",
        notebook="squares",
        score=1,
        max_score=4,
        folder=folder,
    )


def display(report: gl.Report) -> NotebookNode:
    """A report as award shows it."""
    data = json.loads(json.dumps(report._repr_mimebundle_()))
    return new_output("display_data", data=data)


def square(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x squared."""
    return x**2, x


def square_backward(dout: np.ndarray, cache: np.ndarray) -> tuple[np.ndarray]:
    """A lost factor of 2."""
    return (dout * cache,)


CELL = """\
x = np.array([[1.0, 2.0]])
gl.award(
    4,
    gl.check_backward(square, square_backward, x, names=("x",)),
    ### BEGIN HIDDEN TESTS
    gl.check_backward(square, square_backward, np.full((3, 3), 271.5), names=("x",)),
    gl.check_values(lambda: total(x), 31337.0, name="the total of primes"),
    gl.check_values(lambda: total(x), 3.0, name="visible total"),
    ### END HIDDEN TESTS
    gl.check_values(lambda: total(x), 3.0, name="visible total"),
)"""


def test_report_of_a_hidden_check_tells_its_outcome_only() -> None:
    """A visible report is shown whole; of a hidden one neither name, values nor map."""
    g = np.random.default_rng(0)
    seen = gl.check_backward(square, square_backward, g.normal(size=(1, 2)), names=("x",))
    other = gl.check_backward(square, square_backward, g.normal(size=(3, 3)), names=("x",))
    named = gl.check_values(7.25, 31337.0, name="the total of primes")
    attempts = [named, gl.check_values(np.zeros(3), np.arange(3.0), name="visible total")]
    cell = graded(
        CELL,
        *map(display, (seen, other, *attempts)),
        new_output("execute_result", data={"text/plain": "1.0"}, execution_count=7),
    )
    text = words(page(cell))
    assert " ".join(str(seen).split()) in text
    assert f"{other.headline} (a test that you do not see)" in text
    assert text.count(other.diagnoses[0].explanation) == 1
    assert "✗ a check: not right yet (a test that you do not see)" in text
    assert "✗ visible total: not right yet (a test that you do not see)" in text
    for secret in ("the total of primes", "31337", "7.25", "271.5", "HIDDEN", "BEGIN"):
        assert secret not in text
    assert text.count("Entry by entry") == 1
    assert "1 of 4 points" in text


def test_report_in_a_cell_without_hidden_tests_is_whole() -> None:
    """Nothing is taken from an ordinary cell."""
    report = gl.check_values(np.zeros(3), np.arange(3.0), name="zeros")
    prints = new_output("stream", name="stdout", text="a print\n")
    text = words(page(graded("gl.award(4, gl.check_values(f, ...))", prints, display(report))))
    assert " ".join(str(report).split()) in text
    assert "a print" in text


HIDDEN = """\
assert f(1) == 1
### BEGIN HIDDEN TESTS
assert f(23) == 42, 'forty-two'
### END HIDDEN TESTS"""


def error(name: str, text: str, *frames: str) -> NotebookNode:
    """An error as IPython leaves it."""
    return new_output("error", ename=name, evalue=text, traceback=[*frames, f"{name}: {text}"])


OWN = "Cell In[7], line {}\n      1 assert f(1) == 1\n----> {} {}\n      4 ### END HIDDEN TESTS"
MINE = "Cell In[3], line 2, in f(x)\n      1 def f(x):\n----> 2     return x[9]"
KEPT = {
    "assertion in a hidden test": (
        error("AssertionError", "forty-two", OWN.format(3, 3, "assert f(23) == 42")),
        "AssertionError: in a hidden test",
    ),
    "assertion without frames": (
        error("AssertionError", "42 is not 41.5"),
        "AssertionError: in a test of this cell",
    ),
    "student's code in a hidden test": (
        error("IndexError", "23 has no 42", OWN.format(3, 3, "assert f(23) == 42"), MINE),
        "IndexError: in a hidden test, raised in line 2 of cell [3]",
    ),
    "visible test": (
        error("AssertionError", "not one", OWN.format(1, 1, "assert f(1) == 1"), MINE),
        "return x[9] AssertionError: not one",
    ),
    "repeats the reports": (
        error("CheckFailed", "✗ the 42 check: not right yet\n\n1 of 4 points"),
        "in a test of this cell",
    ),
    "not run": (
        error("NotRun", "Python died in f(...)"),
        "Not run to its end: Python died in f(...)",
    ),
    "print": (new_output("stream", name="stdout", text="23 42\n"), ""),
    "shown by the student's code": (
        new_output("display_data", data={"text/html": "<b>23 42</b>"}),
        "",
    ),
    "result that is no number": (
        new_output("execute_result", data={"text/plain": "[23, 42]"}, execution_count=7),
        "",
    ),
    "report of a hidden check": (
        new_output("display_data", data={DATA: {"subject": "23 42", "outcome": 42}}),
        "? a check: cannot be told",
    ),
}


@pytest.mark.parametrize(("output", "kept"), KEPT.values(), ids=KEPT.keys())
def test_outputs_of_a_cell_with_hidden_tests(output: NotebookNode, kept: str) -> None:
    """Neither lines, names, messages nor values of hidden tests are left."""
    shown = page(graded(HIDDEN, output))
    text = words(shown.split("Your notebook")[1])
    assert kept in text
    assert "assert f(1) == 1" in text
    for secret in ("23", "42", "forty-two", "HIDDEN", "NotRun", "CheckFailed"):
        assert secret not in text


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA"
PIXEL += "DUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=https://example.org/pixel.png>",
    "<img src='//example.org/pixel.png' srcset='https://example.org/2.png 2x'>",
    "<svg onload=alert(1)><script>alert(1)</script><image href='https://example.org'/></svg>",
    "<iframe src='https://example.org'></iframe><object data='x.swf'></object><embed src=x>",
    "<a href='javascript:alert(1)'>a</a><a href='data:text/html,<script>1</script>'>b</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>c</a><a href='vbscript:x'>d</a><a href='file:///x'>e</a>",
    "<form action='https://example.org'><input name=a><button formaction='x'>b</button></form>",
    "<link rel=stylesheet href='https://example.org/x.css'><base href='https://example.org/'>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<style>body { background: url(https://example.org/x) } .points { display: none }</style>",
    "<p style='background: url(https://example.org/x); position: fixed; color: red'>x</p>",
    "<p style='background-color: url(https://example.org); width: expression(alert(1))'>x</p>",
    "<table background='https://example.org/x'><tr><td background='x'>y</td></tr></table>",
    "<video src='https://example.org' poster='x'></video><audio src='x'></audio>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "</div></main></body><script>alert(1)</script><h1>Points: 100 of 100</h1>",
    "<div id=top class=points onclick=alert(1)>x</div>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src='data:text/html;base64,PHNjcmlwdD4='>",
    "<!-- <!--> <script>alert(1)</script> -->",
    "<b>" * 40_000,
    "<a href='https://example.org'>kept</a>",
]
WAYS = {
    "markdown": lambda text: new_markdown_cell(text),
    "html": lambda text: new_code_cell(
        "1", outputs=[new_output("display_data", data={"text/html": text})]
    ),
    "markdown output": lambda text: new_code_cell(
        "1", outputs=[new_output("display_data", data={"text/markdown": text})]
    ),
    "text": lambda text: new_code_cell(
        text, outputs=[new_output("stream", name="stderr", text=text), error(text, text, text)]
    ),
    "svg": lambda text: new_code_cell(
        text, outputs=[new_output("display_data", data={"image/svg+xml": text, "text/plain": text})]
    ),
    "png": lambda text: new_code_cell(
        text, outputs=[new_output("display_data", data={"image/png": text, "text/plain": text})]
    ),
    "name": lambda text: graded_as(text),
}


def graded_as(name: str) -> NotebookNode:
    """A grade cell of that grade_id, with it in the comment too."""
    cell = graded("1")
    cell.metadata["nbgrader"] |= {"grade_id": name, "comment": name}
    return cell


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_runs_and_nothing_is_loaded(text: str, way: str) -> None:
    """Whatever a student writes, the page holds no script and asks nobody for anything."""
    shown = page(WAYS[way](text))
    loads = Loads(shown)
    assert not loads.found
    assert '<html lang="en">' in shown
    assert "script-src 'none'" in shown
    assert shown.count("<main>") == shown.count("</main>") == shown.count('id="top"') == 1
    assert "</main>" in shown[shown.rindex("To the top") :]
    assert loads.headings.count(1) == 1


def test_the_page_itself_is_complete() -> None:
    """An empty notebook's page, and the one of a hand-in that could not be graded."""
    for shown in (page(), refusal("squares", "squares.ipynb is <b>no notebook</b>")):
        assert not Loads(shown).found
        assert shown.startswith("<!DOCTYPE html>\n<html lang=")
    assert "&lt;b&gt;no notebook" in shown


@pytest.mark.parametrize(
    "levels", ["1 2 3 2", "3 1 4 4 6", "6 5 4 3 2 1", "2 2 5 5 1 1", "1 6 1 6 2 3"]
)
def test_headings_are_in_order(levels: str) -> None:
    """One h1, and no level left out on the way down, whatever the cells' own levels are."""
    cells = [new_markdown_cell(f"{'#' * int(level)} A heading") for level in levels.split()]
    html = "<h1>not a heading of the page</h1><h5>nor this</h5>"
    cells.insert(1, WAYS["html"](html))
    found = Loads(page(*cells)).headings
    assert found[:3] == [1, 2, 2]
    assert len(found) == 3 + len(levels.split())
    assert all(deeper - level <= 1 for level, deeper in pairwise(found))
    assert max(found) <= 6
    assert min(found[3:]) == 3


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_both_themes_are_readable() -> None:
    """Every colour of text has a contrast of 4.5 or more on paper, and on the shade of code."""
    light, dark = page().split("@media (prefers-color-scheme: dark)")
    for theme in (light, dark.split("html {")[0]):
        named = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        shown = [named[name] for name in ("ink", "quiet", "link", "bad")]
        code = [
            c if len(c) == 7 else "#" + "".join(2 * d for d in c[1:])
            for rule in re.findall(r"\.code \.(?!w\b|err\b)\w+ \{([^}]*)\}", theme)
            if "background" not in rule
            for c in re.findall(r"(?<![-\w])color: (#\w{6}|#\w{3})\b", rule)
        ]
        assert len(code) > 20
        for colour in [*shown, *code]:
            for ground in (named["paper"], named["shade"]):
                high, low = sorted([luminance(colour), luminance(ground)], reverse=True)
                assert (high + 0.05) / (low + 0.05) >= 4.5, (colour, ground)


def test_colours_need_their_ground() -> None:
    """A text colour without a background of its own would vanish in one of the themes."""
    kept = cleaned('<b style="color: #000; background-color: #eee; text-align: left">x</b>')
    assert kept == '<b style="color: #000; background-color: #eee; text-align: left">x</b>'
    assert cleaned('<b style="color: #000; text-align: left">x</b>') == (
        '<b style="text-align: left">x</b>'
    )


def test_text_as_a_terminal_shows_it() -> None:
    """No escapes, no control characters; what turns the direction of code is made visible."""
    assert shown_text("\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x00") == "red link"
    assert shown_text("10 %\r50 %\r100 %\r\ndone\r\n") == "100 %\ndone\n"
    assert shown_text("x = 1 # \u202e)(\u2066") == "x = 1 # ⟨U+202E⟩)(⟨U+2066⟩"
    assert shown_text("half \ud83d") == "half ?"
    assert shown_text("x" * 100_007).endswith("x\n… (7 more characters)")


def test_formulas_stay_as_they_were_written() -> None:
    """No library draws them; Markdown does not tear them apart either."""
    html = written("The $a_1 * b_2 * c$ of\n\n$$\\frac{a_b}{c_d} < 1$$")
    assert "$a_1 * b_2 * c$" in html
    assert "$$\\frac{a_b}{c_d} &lt; 1$$" in html


def test_images_of_a_notebook(tmp_path: Path) -> None:
    """Attachments and files beside the notebook are put into the page, and no file from elsewhere.

    A file that only says that it is an image is none.
    """
    from base64 import b64decode

    folder = tmp_path / "graded"
    folder.mkdir()
    for place in (folder, tmp_path):
        (place / "dot.png").write_bytes(b64decode(PIXEL))
    (folder / "lie.png").write_text("no image")
    (folder / "out.png").symlink_to(tmp_path / "dot.png")
    source = (
        "![a](attachment:a.png) ![dot](dot.png) ![no](lie.png) ![no](../dot.png) ![no](out.png)"
    )
    cell = new_markdown_cell(f"{source} ![no]({tmp_path}/dot.png) ![gone](gone.png)")
    cell["attachments"] = {"a.png": {"image/png": PIXEL}}
    shown = page(cell, folder=folder)
    assert shown.count(f'src="data:image/png;base64,{PIXEL}"') == 2
    assert not Loads(shown).found


def test_plots_and_too_many_outputs() -> None:
    """A plot has its text as alt; a thousand outputs are cut."""
    plot = new_output("display_data", data={"image/png": PIXEL, "text/plain": "<Figure 1>"})
    shown = page(new_code_cell("plot()", outputs=[plot] * 1000))
    assert shown.count('alt="&lt;Figure 1&gt;"') == 200
    assert "800 more outputs" in shown
