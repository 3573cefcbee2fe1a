"""Papers are made of any nbgrader course, with its own markers, steps and files."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from tiny_course import ASSIGNMENT, NOTEBOOK, cell

from gradelib.classroom.course import Course, CourseError
from gradelib.classroom.papers import paper
from gradelib.classroom.release import generate
from gradelib.exam.texts.names import doubtful, sides

CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "src"
c.CourseDirectory.release_directory = "out"
c.CourseDirectory.ignore = ["*.secret", ".ipynb_checkpoints"]
c.ClearSolutions.begin_solution_delimeter = "<ANSWER>"
c.ClearSolutions.end_solution_delimeter = "</ANSWER>"
c.ClearSolutions.code_stub = {"python": "# yours"}
c.ClearHiddenTests.begin_test_delimeter = "<HIDE>"
c.ClearHiddenTests.end_test_delimeter = "</HIDE>"
c.Autograde.exclude_overwriting = {"hw": ["mine.csv"]}
c.IncludeHeaderFooter.header = "header.ipynb"
"""

SOLUTION = """import numpy as np
from os import path
from math import sqrt
### <ANSWER>
import json, helper
def area(r):
    return np.pi * r**2
### </ANSWER>"""

TEST = """assert area(0) == 0
### <HIDE>
assert round(area(2), 3) == 12.566
### </HIDE>"""


def role(grade_id: str, **parts: object) -> dict[str, object]:
    """nbgrader's metadata of a cell."""
    known = {"grade": False, "solution": False, "locked": False, "task": False}
    return {"nbgrader": {**known, "schema_version": 3, "grade_id": grade_id, **parts}}


def other_course(root: Path) -> Course:
    """Somebody else's course: other folders and markers, two notebooks, a header, files."""
    folder = root / "src" / "hw"
    (folder / "data").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    cells = [
        new_code_cell("import this_is_ordinary", id="o"),
        new_code_cell(SOLUTION, id="area", metadata=role("area", solution=True)),
        new_code_cell(TEST, id="t", metadata=role("t", grade=True, locked=True, points=3)),
        new_code_cell("x", id="m", metadata=role("m", grade=True, solution=True, points=1)),
        new_markdown_cell("Read", id="task", metadata=role("task", task=True, points=2)),
        new_markdown_cell(
            "Because", id="w", metadata=role("w", grade=True, solution=True, points=4)
        ),
    ]
    cells[2].metadata["tags"] = ["slow"]
    for name, some in (("one", cells), ("two", cells[:3])):
        nbformat.write(new_notebook(cells=some), folder / f"{name}.ipynb")
    nbformat.write(new_notebook(cells=[new_markdown_cell("Header")]), root / "header.ipynb")
    files = {"helper.py": "y = 1", "data/a.csv": "1", "mine.csv": "", "key.secret": "k"}
    for name, text in files.items():
        (folder / name).write_text(text)
    return Course(root)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Somebody else's course, released."""
    made = other_course(tmp_path / "other")
    monkeypatch.chdir(made.root)  # where nbgrader looks for the header
    generate(made, "hw", made.root / "out", record=True)
    return made


def test_another_course(other: Course) -> None:
    """Its markers, steps, notebooks and files are all as its settings say."""
    made = paper(other, "hw")
    assert made.assignment == "hw"
    assert list(made.notebooks) == ["one", "two"]
    assert made.files == {"helper.py": b"y = 1", "data/a.csv": b"1"}
    cells = made.notebooks["one"].cells
    assert [cell.grade_id for cell in cells] == [None, None, "area", "t", "m", "task", "w"]
    assert cells[0].source == "Header"
    _, ordinary, area, test, manual, task, written = cells
    assert ordinary.given
    assert not ordinary.locked
    assert area.source == area.released
    assert "# yours" in area.source
    assert "np.pi" not in area.source
    assert area.binds == {"np", "path", "sqrt", "json", "helper", "area"}
    assert area.modules == {
        "np": "import numpy as np",
        "path": "from os import path",
        "json": "import json",
    }
    assert "12.566" in test.source
    assert test.released == "assert area(0) == 0"
    assert (test.points, test.test, test.locked, test.tags) == (3.0, True, True, ("slow",))
    assert (manual.points, manual.by_person, manual.binds) == (1.0, True, frozenset())
    assert (task.points, task.by_person) == (2.0, True)
    assert (written.source, written.points) == ("YOUR ANSWER HERE", 4.0)
    assert sides(made.notebooks["one"]).at[-1] == {"sqrt", "helper", "area"}
    assert [cell.grade_id for cell in made.notebooks["two"].named] == ["area", "t"]


def test_cells_are_those_of_nbgraders_database(other: Course) -> None:
    """Text, points and checksum are what nbgrader itself has stored at the release."""
    cells = {cell.grade_id: cell for cell in paper(other, "hw").notebooks["one"].named}
    with Gradebook(other.directory.db_url) as gradebook:
        stored = gradebook.find_notebook("one", "hw").source_cells
        assert {there.name for there in stored} == set(cells)
        for there in stored:
            cell = cells[there.name]
            assert (cell.source, cell.cell_type) == (there.source, there.cell_type)
            assert (cell.checksum, cell.locked) == (there.checksum, there.locked)


def test_text_that_students_have_is_the_releases(released: Course) -> None:
    """What a test said when it was released is its released text, whatever the source says now."""
    path = released.source(ASSIGNMENT) / f"{NOTEBOOK}.ipynb"
    nb = nbformat.read(path, 4)
    cell(nb, "double-check").source += "\nassert double(4) == 8"
    nbformat.write(nb, path)
    cells = {cell.grade_id: cell for cell in paper(released, ASSIGNMENT).notebooks[NOTEBOOK].cells}
    assert "double(4)" in cells["double-check"].source
    assert "double(4)" not in cells["double-check"].released
    assert "double(math.pi)" in cells["double-check"].released
    assert "seventy-four" not in cells["double-check"].released


def test_our_stubs_and_names(released: Course) -> None:
    """Our own settings are used in our course: named stubs, and the names that answers bind."""
    made = paper(released, ASSIGNMENT).notebooks[NOTEBOOK]
    cells = {cell.grade_id: cell for cell in made.named}
    assert 'raise NotImplementedError("double: write your answer here")' in cells["double"].source
    assert sides(made).at[-1] == {"double", "triple", "predicted_sign"}
    assert doubtful(made) == ()


def test_equal_courses_give_equal_papers(released: Course) -> None:
    """The digest does not depend on when or how often the paper is made."""
    first, second = paper(released, ASSIGNMENT), paper(Course(released.root), ASSIGNMENT)
    assert first == second
    assert first.digest() == second.digest()


def change(course: Course, edit: object) -> None:
    """Change the source notebook."""
    path = course.source(ASSIGNMENT) / f"{NOTEBOOK}.ipynb"
    nb = nbformat.read(path, 4)
    edit(nb)  # type: ignore[operator]
    nbformat.write(nb, path)


def twice(nb: NotebookNode) -> None:
    """A grade_id that occurs twice."""
    nb.cells.append(nbformat.from_dict({**cell(nb, "imports"), "id": "copy"}))


def open_ended(nb: NotebookNode) -> None:
    """A solution without its end."""
    cell(nb, "double").source = cell(nb, "double").source.replace("### END SOLUTION", "")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (twice, "Duplicate grade id: imports"),
        (open_ended, "RuntimeError: no end solution statement"),
    ],
)
def test_unfit_source_is_refused(released: Course, edit: object, reason: str) -> None:
    """What nbgrader's own steps refuse is refused with their reason and the notebook's name."""
    change(released, edit)
    with pytest.raises(CourseError, match=f"not fit to be graded: warmup.ipynb: .*{reason}"):
        paper(released, ASSIGNMENT)


def test_broken_source_is_refused(released: Course) -> None:
    """A source that is no notebook is named."""
    (released.source(ASSIGNMENT) / f"{NOTEBOOK}.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"warmup.ipynb cannot be read: "):
        paper(released, ASSIGNMENT)


def test_unreleased_assignment_is_refused(course: Course) -> None:
    """Without a release the error says what to do."""
    with pytest.raises(CourseError, match=f"not released.*try: gradelib release {ASSIGNMENT}"):
        paper(course, ASSIGNMENT)
