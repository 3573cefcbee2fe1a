"""verify: a good course passes, and each fault is found by its own check."""

from __future__ import annotations

import nbformat
from tiny_course import ASSIGNMENT, cell

from gradelib.classroom.course import Course
from gradelib.classroom.release import release
from gradelib.classroom.verify import verify

NAMES = [
    "grade_ids are unique",
    "grade cells end in award",
    "release is fresh",
    "tests trust only what is given",
    "solutions earn all",
    "untouched earns none",
    "nothing leaks",
    "students' zip",
]


def test_a_good_course_passes(released: Course) -> None:
    """Every check of a good course passes, and the gradebook is not touched."""
    before = (released.root / "gradebook.db").read_bytes()
    checks = list(verify(released))
    assert [check.name for check in checks] == NAMES
    assert [check for check in checks if not check.passed] == []
    assert checks[4].detail == "5 of 5 points"
    assert checks[5].detail == "0 of 5 points"
    assert (released.root / "gradebook.db").read_bytes() == before


def test_each_fault_is_found(released: Course) -> None:
    """Faults in the source and in the release fail their own checks, named."""
    path = released.source(ASSIGNMENT) / "warmup.ipynb"
    nb = nbformat.read(path, 4)
    cell(nb, "imports").source += "\n# gradelib is used here"
    cell(nb, "double-check").source = "assert True"
    noisy = "print('!', file=sys.stderr); return 3 * x"
    cell(nb, "triple").source = cell(nb, "triple").source.replace("return 3 * x", noisy)
    path.write_text(nbformat.writes(nb) + "\n")
    release(released)
    (released.release(ASSIGNMENT) / "hints.txt").write_text("try    twice_the_input = 2 * x")
    found = {check.name: check for check in verify(released, [ASSIGNMENT])}
    assert list(found) == NAMES
    assert {name: check.detail for name, check in found.items() if not check.passed} == {
        "grade cells end in award": "warmup.ipynb: double-check does not end in award(...)\n"
        "warmup.ipynb: triple-check does not end in award(...)",
        "release is fresh": "stale: notebooks/01_warmup/hints.txt (removed)",
        "solutions earn all": "triple-check: 0 of 3 (stderr: !)",
        "untouched earns none": "double-check: 2 of 2",
        "nothing leaks": "hints.txt: twice_the_input = 2 * x",
        "students' zip": "backpropagation/notebooks/01_warmup/hints.txt: twice_the_input = 2 * x",
    }


def test_duplicate_id_is_found(released: Course) -> None:
    """A grade_id that occurs twice is named, and the checks go on."""
    path = released.source(ASSIGNMENT) / "warmup.ipynb"
    nb = nbformat.read(path, 4)
    nb.cells.append(nbformat.from_dict({**cell(nb, "imports"), "id": "copy"}))
    path.write_text(nbformat.writes(nb) + "\n")
    found = {check.name: check for check in verify(released)}
    assert found["grade_ids are unique"].detail == "warmup.ipynb: imports occurs 2 times"
    assert not found["solutions earn all"].passed
    assert list(found) == NAMES


def test_locked_cell_that_uses_an_answer_is_found(released: Course) -> None:
    """A locked figure of the student's own results, and a test of what it computes, are named."""
    path = released.source(ASSIGNMENT) / "warmup.ipynb"
    nb = nbformat.read(path, 4)
    place = nb.cells.index(cell(nb, "double-check"))
    figure = nbformat.from_dict({**cell(nb, "imports"), "id": "see", "source": "four = double(2)"})
    figure.metadata["nbgrader"]["grade_id"] = "see"
    nb.cells.insert(place, figure)
    cell(nb, "double-check").source += "\nassert four == 4"
    nbformat.write(nb, path)
    release(released)
    found = {check.name: check for check in verify(released, [ASSIGNMENT])}
    assert found["tests trust only what is given"].detail == (
        "warmup.ipynb: locked cell 'see' uses 'double', which students write: it runs with their "
        "code, and what it defines is theirs\n"
        "warmup.ipynb: test cell 'double-check' reads 'four', which cell 'see' computes with a "
        "student's code"
    )
