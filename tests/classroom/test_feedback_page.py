"""What a student reads first: whose page it is, what was not graded, which points were lost."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from loads import Loads
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_feedback import display, error, graded_as, words
from tiny_course import ASSIGNMENT, NOTEBOOK, ROLES, make_course

import gradelib as gl
from gradelib.classroom.batch import Outcome
from gradelib.classroom.course import Course
from gradelib.classroom.hiding import hide_tests
from gradelib.classroom.page import refusal, render
from gradelib.classroom.papers import paper
from gradelib.classroom.release import release
from gradelib.classroom.terminal import show
from gradelib.exam.hall import Hall
from gradelib.exam.sandbox import holding
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn


def shown(*cells: NotebookNode, **told: object) -> str:
    """The page of these cells."""
    told = {"score": 1, "max_score": 4} | told
    return render(new_notebook(cells=list(cells)), title="01_squares: ana", **told)  # type: ignore[arg-type]


def check_cell(name: str, score: float, *outputs: NotebookNode) -> NotebookNode:
    """A grade cell of that name after grading."""
    cell = graded_as(name)
    cell.outputs = list(outputs)
    cell.metadata["nbgrader"] |= {"score": score, "points": 4, "comment": None}
    return cell


def test_whose_page_it_is() -> None:
    """The h1 names assignment and student; the notebook's name and its own title stand below."""
    text = shown(new_markdown_cell("# All about squares"), notebook="squares")
    assert re.findall(r"<h1[^>]*>([^<]*)</h1>", text) == ["01_squares: ana"]
    assert "<title>01_squares: ana</title>" in text
    assert "<h2>Your notebook squares</h2>" in text
    assert "<h3>All about squares</h3>" in text
    assert Loads(text).headings == [1, 2, 2, 3]
    assert '<h1 id="top">01_squares: ana</h1>' in refusal("01_squares: ana", "it is a picture")


def test_lost_points_are_marked_without_colour() -> None:
    """A row of the table says in words what was lost, in bold; a full or a waiting one does not."""
    cells = [check_cell(name, score) for name, score in (("full", 4), ("some", 2.5), ("none", 0))]
    cells.append(check_cell("wait", 0))
    text = shown(*cells, waiting={"wait"})
    rows = {name: mark for mark, name in re.findall(r"<tr([^>]*)><td><a[^>]*>(\w+)</a>", text)}
    lost = ' class="lost"'
    assert rows == {"full": "", "some": lost, "none": lost, "wait": ""}
    assert ".lost { font-weight: bold; }" in text
    table = words(text.split("Your notebook")[0])
    assert "full test 4 of 4 points some" in table
    assert "some test 2.5 of 4 points, 1.5 lost" in table
    assert "none test 0 of 4 points, 4 lost" in table
    assert "wait test, not graded yet 0 of 4 points" in table
    assert table.count("lost") == 2


def test_the_cause_stands_first() -> None:
    """Why not all could be graded comes before the points, and notes come after them."""
    cause = "left with os._exit(1) in cell 'score'"
    text = words(shown(check_cell("score-check", 0), cause=cause, notes=["a copy does not count"]))
    first = text.index(f"Not all of this hand-in could be graded: {cause}")
    assert first < text.index("Points: 1 of 4") < text.index("a copy does not count")
    assert "could be graded" not in words(shown(check_cell("score-check", 0)))


def test_no_response_is_no_comment() -> None:
    """nbgrader's own "No response." is not shown as if a person had written it."""
    cell = check_cell("why", 0)
    cell.metadata["nbgrader"] |= {"solution": True, "comment": "No response."}
    text = words(shown(cell))
    assert "No response" not in text
    assert "omment" not in text
    assert text.count("answer that a person grades, left as it was given") == 2
    cell.metadata["nbgrader"]["comment"] = "No response to (b)."
    text = words(shown(cell))
    assert "Comment No response to (b)." in text
    assert "with a comment" in text


@pytest.mark.parametrize(
    ("value", "kept"),
    [("0.0", False), ("4", False), ("np.float64(2.5)", False), ("4.5", True), ("[0.0]", True)],
)
def test_points_are_not_told_twice(value: str, kept: bool) -> None:
    """The value of a test's last line is left out where it is its points; elsewhere it stays."""
    result = new_output("execute_result", data={"text/plain": value}, execution_count=7)
    assert (f">{value}</pre>" in shown(check_cell("check", 0, result))) is kept
    assert f">{value}</pre>" in shown(new_code_cell("x", outputs=[result]))


def test_our_own_errors_names_are_not_shown() -> None:
    """A failed award says what failed, and a cell that was stopped why, without a class's name."""
    failed = error("CheckFailed", "✗ f: not right yet", "Cell In[7], line 1")
    text = words(shown(check_cell("check", 0, failed)))
    assert "✗ f: not right yet" in text
    assert "CheckFailed" not in text
    line = "cell 'f' left with os._exit(1)"
    note = ["cell 'g': ran too long", line, "another"]
    stop = new_code_cell("f()", outputs=[error("NotRun", line)])
    text = words(shown(stop, check_cell("g", 0), notes=note, why={"g": "ran too long"}))
    assert text.count(line) == 1
    assert text.count("ran too long") == 1
    assert "another" in text
    assert "NotRun" not in text
    own = new_code_cell("f()", outputs=[error("NotRun", "mine", "Cell In[7], line 1")])
    assert "NotRun: mine" in words(shown(own))


def test_hidden_is_said_only_where_the_visible_passed() -> None:
    """Where a check that the student sees failed, the error may have come from its call."""
    source = (
        'gl.check_values(f(1), 1, name="f")\n'
        "### BEGIN HIDDEN TESTS\nassert f(23) == 42\n### END HIDDEN TESTS"
    )
    frame = "Cell In[7], line 3\n----> 3 assert f(23) == 42"
    for found, said in ((1.0, "in a hidden test"), (2.0, "in a test of this cell")):
        report = gl.check_values(np.array([found]), np.array([1.0]), name="f")
        cell = check_cell("f-check", 0, display(report), error("ValueError", "23", frame))
        cell.source, cell.execution_count = source, 7
        hide_tests(cell)
        text = words(shown(cell))
        assert f"ValueError: {said}" in text
        assert text.count("in a hidden test") == (found == 1)


GIVEN = """import gradelib as gl
import numpy as np
def square(x): return x**2, x
x = np.ones((2, 3))"""
SEEN = "gl.check_backward(square, backward, x),"
HIDE = "### BEGIN HIDDEN TESTS\ngl.check_backward(square, backward, 2 * x),\n### END HIDDEN TESTS"
BARE = "backward(x, x)\n### BEGIN HIDDEN TESTS\nbackward(x + 1, x)\n### END HIDDEN TESTS"
TESTS = {"seen": f"gl.award(1, {SEEN})", "both": f"gl.award(1,\n{SEEN}\n{HIDE}\n)", "bare": BARE}
ENDS = {
    "endless": ("while True: pass", "backward(...) did not end in time"),
    "exits": ("__import__('os')._exit(3)", "Python died in backward(...)"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_call_that_the_exam_ended_is_told_once(end: str, tmp_path: Path) -> None:
    """Each test says once, in plain words, that the call did not come back, and nothing else."""
    body, said = ENDS[end]
    course = make_course(tmp_path / "course")
    nb = new_notebook()
    answer = f"def backward(dout, cache):\n    {body}"
    cells = [("given", "given", GIVEN), ("solution", "backward", answer)]
    for kind, name, source in [*cells, *(("tests", *test) for test in TESTS.items())]:
        cell = new_code_cell(source, id=name)
        cell.metadata["nbgrader"] = ROLES[kind] | {
            "grade_id": name, "schema_version": 3, "task": False, "points": 1,
        }  # fmt: skip
        nb.cells.append(cell)
    nbformat.write(nb, course.source(ASSIGNMENT) / f"{NOTEBOOK}.ipynb")
    release(course)
    files = {f"{NOTEBOOK}.ipynb": nbformat.writes(nb).encode()}
    with Hall(sandboxed=holding.full()) as hall:
        verdict = hall.examine(
            HandIn("ana", ASSIGNMENT, files),
            paper(course, ASSIGNMENT),
            bytes(32),
            Limits(cell=0.5),
        )
    judged = verdict["notebooks"][NOTEBOOK]
    done = nbformat.from_dict(judged["notebook"])
    for cell in done.cells:
        hide_tests(cell)
    why = {cell["grade_id"]: cell["why"] for cell in judged["cells"]}
    assert why == dict.fromkeys(TESTS, said)
    for reasons in (why, {}):  # with the verdict, and by the notebook alone
        told = render(done, title="t", score=0, max_score=3, why=reasons, notes=verdict["notes"])
        text = words(told)
        assert text.count(f"Not run to its end: {said}") == len(TESTS)
        assert text.count(said) == len(TESTS)
        assert text.count("test, not run to its end") == len(TESTS)
        for word in ("LateError", "GoneError", "NotRun", "hidden", "_lose", "stopped with"):
            assert word not in text


def test_what_cannot_be_read_is_not_promised_to_formgrader(
    released: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who has no notebook there is asked for a new hand-in; who has one waits in Formgrader."""
    folder = released.autograded("ana", ASSIGNMENT)
    folder.mkdir(parents=True)
    (folder / f"{NOTEBOOK}.ipynb").write_text("{}")
    ana = Outcome("ana", ASSIGNMENT, 3, 5, cause="Python died", waiting=1)
    sami = Outcome("sami", ASSIGNMENT, 0, 5, cause="not a notebook", waiting=1)
    show([ana, sami], released)
    said = " ".join(capsys.readouterr().out.split())
    assert "1 answer waits for a person: give points in nbgrader's Formgrader" in said
    assert f"Formgrader cannot show them: sami ({ASSIGNMENT}); ask for a new hand-in" in said
    assert "grade again" in said
    show([sami], released)
    said = " ".join(capsys.readouterr().out.split())
    assert "give points" not in said
    assert "waiting" not in said
    show([ana], released)
    assert "cannot show" not in capsys.readouterr().out
