"""The small parts: reading a hand-in, hiding tests, finding leaks, writing CSV."""

from __future__ import annotations

import io
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output
from tiny_course import source_notebook

from gradelib.classroom.export import write_csv
from gradelib.classroom.gradebook import Row
from gradelib.classroom.hiding import hide_tests
from gradelib.classroom.leaks import leaks, secrets
from gradelib.classroom.regions import HIDDEN, inside, without
from gradelib.classroom.stubs import stub
from gradelib.classroom.verify import award_fault


def test_regions() -> None:
    """Lines between the markers are inside; text around them stays."""
    text = "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"
    assert inside(text, HIDDEN) == ["b"]
    assert without(text, HIDDEN) == "a\nc"
    assert without("a\n### BEGIN HIDDEN TESTS\nb", HIDDEN) == "a"


@pytest.mark.parametrize(
    ("grade_id", "expected"),
    [
        ("affine", 'raise NotImplementedError("affine: write your answer here")'),
        ("sign-prediction", "# write your answer here"),
    ],
)
def test_stub_names_the_exercise(grade_id: str, expected: str) -> None:
    """A stub says which exercise is missing; a prediction's stub lets Run All go on."""
    assert stub(grade_id) == expected


HIDDEN_CELL = """assert f(1) == 1
### BEGIN HIDDEN TESTS
assert f(23) == 42, 'forty-two'
### END HIDDEN TESTS
g()"""


def trace(
    line: int, ename: str = "AssertionError", evalue: str = "forty-two"
) -> nbformat.NotebookNode:
    """An error raised in a line of the cell, with the lines around it as IPython shows them."""
    lines = HIDDEN_CELL.split("\n")
    shown = "\n".join(f"\x1b[32m      {n} {text}\x1b[0m" for n, text in enumerate(lines, 1))
    head = (
        f"\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[7]\x1b[39m\x1b[32m, line {line}\x1b[39m"
    )
    text = f"{head}\n{shown}"
    return new_output("error", ename=ename, evalue=evalue, traceback=[text, f"{ename}: {evalue}"])


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        (trace(3), "AssertionError: in a hidden test"),
        (
            trace(3, "ValueError", "shapes (2,) (3,)"),
            "ValueError: in a hidden test",
        ),
        (trace(1, "NameError", "no f"), "NameError: no f"),
    ],
    ids=["assertion in a hidden test", "error in a hidden test", "error in a visible test"],
)
def test_feedback_hides_tests(output: nbformat.NotebookNode, kept: str) -> None:
    """Neither the source, nor a traceback, nor an assertion's text shows a hidden test."""
    cell = new_code_cell(HIDDEN_CELL, id="f", outputs=[output], execution_count=7)
    hide_tests(cell)
    text = json.dumps(cell)
    assert "23" not in text
    assert "forty-two" not in text
    assert "HIDDEN" not in text
    assert kept in text
    assert "assert f(1) == 1" in cell.source


LEAKS = {
    "solution line": ("    twice_the_input = 2 * x", True),
    "hidden test": ("assert double(-37)  ==  -74, 'x'", False),
    "hidden test with other spaces": ('assert double(-37)  ==  -74, "the seventy-four test"', True),
    "model answer": (
        "see: Because multiplication is repeated addition, our model answer says.",
        True,
    ),
    "prediction": ("predicted_sign = -1", True),
    "visible test": ("assert double(2) == 4", False),
    "line seen elsewhere": ("predicted_sign = ...", False),
}


@pytest.mark.parametrize(("text", "leaking"), LEAKS.values(), ids=LEAKS.keys())
def test_leaks(text: str, leaking: bool) -> None:
    """Secret lines are found whatever their spacing; lines that students see anyway are no leak."""
    assert bool(leaks(secrets(source_notebook()), {"a.ipynb": text})) is leaking


AWARDS = {
    "right": ("x = 1\ngl.award(2, gl.check_values(1, 1))", None),
    "bare name": ("award(2.0, r)", None),
    "other points": ("gl.award(3, r)", "awards 3 points, and the cell has 2"),
    "assert": ("assert True", "does not end in award"),
    "not last": ("gl.award(2, r)\nx = 1", "does not end in award"),
    "value kept": ("x = gl.award(2, r)", "does not end in award"),
    "no points": ("gl.award()", "awards None points"),
    "empty": ("", "does not end in award"),
    "no Python": ("gl.award(", "is not Python"),
}


@pytest.mark.parametrize(("source", "fault"), AWARDS.values(), ids=AWARDS.keys())
def test_award_is_last(source: str, fault: str | None) -> None:
    """A grade cell must end in award with the points of the cell."""
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 2, "grade_id": "f"}
    found = award_fault(cell)
    assert found is None if fault is None else fault in str(found)


def test_csv_is_no_formula() -> None:
    """A student id that a spreadsheet would run is quoted; numbers stay numbers."""
    names = ("ana", "=1+1", "+1", "-x", "@sum", "a,b")
    rows = [Row(name, "01", 1.5, -0.5, 0.0, 1.0, 1 / 3, 0) for name in names]
    file = io.StringIO()
    assert write_csv(rows, file) == 6
    lines = file.getvalue().splitlines()
    assert lines[0] == "student,assignment,automatic,manual,late_penalty,total,max,waiting"
    assert lines[1] == "ana,01,1.5,-0.5,0,1,0.333333,0"
    assert [line.split(",")[0] for line in lines[2:6]] == ["'=1+1", "'+1", "'-x", "'@sum"]
    assert lines[6].startswith('"a,b",01,')
