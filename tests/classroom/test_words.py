"""The cell, the Validate dialog and the feedback page say the same for each of six outcomes."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.validator import Validator
from tiny_course import ASSIGNMENT, NOTEBOOK, ROLES, make_course

from gradelib.classroom.page import render
from gradelib.classroom.papers import paper
from gradelib.classroom.release import release
from gradelib.exam.hall import Hall
from gradelib.exam.sandbox import holding
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn

GIVEN = """import numpy as np
import gradelib as gl
x, W = np.arange(12.0).reshape(4, 3) - 5, np.linspace(-1, 2, 15).reshape(3, 5)
def affine(x, W): return x @ W, (x, W)
def rough(x): return x * (1 + 0.1 * np.sin(1e15 * x)), x
def right(dout, cache): return dout @ cache[1].T, cache[0].T @ dout
def stub(dout, cache): raise NotImplementedError("stub: write your answer here")
def stops(dout, cache): return dout @ cache[1], cache[0].T @ dout
def turned(dout, cache): return dout @ cache[1].T, dout.T @ cache[0]
def off(dout, cache):
    dx, dW = right(dout, cache)
    dW[1:, 3] += [0.25, -3]
    return dx, dW
def check(backward): return gl.check_backward(affine, backward, x, W)"""
OUTCOMES = {
    "passed": ("check(right)", "✓ right: right"),
    "not attempted": ("check(stub)", "… stub: not attempted yet"),
    "raised": ("check(stops)", "! stops: stopped with an error"),
    "contract": ("check(turned)", "■ turned: not of the agreed form"),
    "wrong value": ("check(off)", "✗ off: not right yet"),
    "inconclusive": (
        "gl.check_backward(rough, lambda d, c: d, np.array([1.0, 2.0]))",
        "? backward: cannot be told",
    ),
}


class Words(HTMLParser):
    """The text of a page, without its styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.silent = "", False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.silent = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self.silent = False
        self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += "" if self.silent else data


def words(page: str) -> str:
    """The words of some HTML, with single spaces."""
    parser = Words()
    parser.feed(page)
    return " ".join(parser.text.split())


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict, str]:
    """By outcome what the cell shows and what Validate says; and the words of the feedback page."""
    course = make_course(tmp_path_factory.mktemp("words") / "course")
    cells = [("given", "given", GIVEN)]
    cells += [
        ("tests", outcome.replace(" ", "-"), f"gl.award(1, {source})")
        for outcome, (source, _) in OUTCOMES.items()
    ]
    nb = new_notebook()
    for kind, name, source in cells:
        cell = new_code_cell(source, id=name)
        cell.metadata["nbgrader"] = ROLES[kind] | {
            "grade_id": name, "schema_version": 3, "task": False, "points": 1,
        }  # fmt: skip
        nb.cells.append(cell)
    nbformat.write(nb, course.source(ASSIGNMENT) / f"{NOTEBOOK}.ipynb")
    release(course)
    path = course.release(ASSIGNMENT) / f"{NOTEBOOK}.ipynb"
    failed = Validator().validate(str(path)).get("failed", [])
    said = {cell["source"]: cell["raw_error"] for cell in failed}
    hand_in = HandIn("ana", ASSIGNMENT, {f"{NOTEBOOK}.ipynb": path.read_bytes()})
    with Hall(sandboxed=holding.full()) as hall:
        verdict = hall.examine(hand_in, paper(course, ASSIGNMENT), bytes(32), Limits())
    graded = nbformat.from_dict(verdict["notebooks"][NOTEBOOK]["notebook"])
    shown = {}
    for cell in graded.cells:
        data = [o.data for o in cell.get("outputs", []) if "data" in o and "text/html" in o.data]
        if data:
            shown[cell.metadata.nbgrader.grade_id.replace("-", " ")] = data[0]
    page = render(graded, title=NOTEBOOK, score=1, max_score=len(OUTCOMES))
    return shown, said, words(page)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_one_vocabulary_in_three_places(outcome: str, places: tuple[dict, dict, str]) -> None:
    """The cell's text and HTML, Validate and the feedback page hold the same words."""
    shown, said, page = places
    source, headline = OUTCOMES[outcome]
    text = shown[outcome]["text/plain"]
    assert text.startswith(headline)
    cell = words(shown[outcome]["text/html"])
    sentences = [" ".join(s.split()) for s in re.split(r"\n(?= {2,4}\S)", text)]
    for sentence in sentences:
        assert sentence in cell
        assert sentence in page
    validate = said.get(f"gl.award(1, {source})")
    if outcome == "passed":
        assert validate is None  # nbgrader names what failed
    else:
        assert validate.startswith(text + "\n")
        assert all(len(line) <= 80 for line in validate.splitlines())


def test_outcomes_do_not_look_alike(places: tuple[dict, dict, str]) -> None:
    """No two outcomes share a sign, words, or the form of their border, colour aside."""
    shown, _, _ = places
    assert list(shown) == list(OUTCOMES)
    for look in (
        lambda data: data["text/plain"][0],
        lambda data: data["text/plain"].splitlines()[0].split(": ")[1],
        lambda data: re.sub(r"#\w+", "", data["text/html"].split("padding")[0]),
    ):
        assert len({look(data) for data in shown.values()}) == 6
