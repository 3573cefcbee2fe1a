"""The release: generated, compared, kept tidy, and packed for students."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import stand_in
from nbformat.v4 import new_output
from tiny_course import ASSIGNMENT, cell, hand_in, solved, source_notebook

from gradelib.classroom.bundle import bundle
from gradelib.classroom.course import Course, CourseError
from gradelib.classroom.release import release, stale, tidied


def source_path(course: Course) -> Path:
    """The source notebook's file."""
    return course.source(ASSIGNMENT) / "warmup.ipynb"


def release_path(course: Course) -> Path:
    """The released notebook's file."""
    return course.release(ASSIGNMENT) / "warmup.ipynb"


def tree(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_released_notebook(released: Course) -> None:
    """Stubs name their exercise, hidden tests are gone, a prediction's stub raises nothing."""
    nb = nbformat.read(release_path(released), 4)
    assert (
        'raise NotImplementedError("double: write your answer here")' in cell(nb, "double").source
    )
    assert cell(nb, "sign-prediction").source == "predicted_sign = ...\n# write your answer here"
    assert cell(nb, "why").source == "YOUR ANSWER HERE"
    text = release_path(released).read_text()
    assert "HIDDEN" not in text
    assert "-37" not in text
    assert (released.release(ASSIGNMENT) / "data.txt").read_text() == "handed out\n"


def test_fresh_release_is_fresh(released: Course) -> None:
    """Releasing twice changes nothing, and a check says so."""
    before = tree(released.root / "notebooks")
    assert stale(released) == []
    assert release(released) == []
    assert tree(released.root / "notebooks") == before


def test_nbgrader_gives_the_same_bytes(released: Course) -> None:
    """Plain `nbgrader generate_assignment`, with PATH as it is, gives the folders that we give."""
    ours = tree(released.root / "notebooks")
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", ASSIGNMENT, "--force"]
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    run = subprocess.run(
        command, cwd=released.root, capture_output=True, text=True, env={**os.environ, "PATH": path}
    )
    assert run.returncode == 0, run.stderr
    assert tree(released.root / "notebooks") == ours


def edit_source(course: Course) -> None:
    """Change a given cell."""
    nb = nbformat.read(source_path(course), 4)
    cell(nb, "imports").source += "\nimport os"
    source_path(course).write_text(nbformat.writes(nb) + "\n")


def edit_release(course: Course) -> None:
    """Work in the release, as one does by accident."""
    path = release_path(course)
    path.write_text(path.read_text().replace("Warm-up", "Mine"))


def add_output(course: Course) -> None:
    """Run a cell of the source and save it."""
    nb = nbformat.read(source_path(course), 4)
    cell(nb, "imports").outputs = [new_output("stream", text="hello")]
    cell(nb, "imports").execution_count = 3
    source_path(course).write_text(nbformat.writes(nb) + "\n")


def add_file(course: Course) -> None:
    """Put a file into the release."""
    (course.release(ASSIGNMENT) / "extra.txt").write_text("x")


def remove_file(course: Course) -> None:
    """Take a file out of the release."""
    (course.release(ASSIGNMENT) / "data.txt").unlink()


def orphan(course: Course) -> None:
    """A released assignment whose source is gone."""
    folder = course.release("00_gone")
    folder.mkdir()
    nbformat.write(source_notebook(), folder / "gone.ipynb")


CHANGES: list[tuple[Callable[[Course], None], list[str]]] = [
    (edit_source, ["stale: notebooks/01_warmup/warmup.ipynb (changed)"]),
    (edit_release, ["stale: notebooks/01_warmup/warmup.ipynb (changed)"]),
    (add_output, ["untidy: solutions/01_warmup/warmup.ipynb"]),
    (add_file, ["stale: notebooks/01_warmup/extra.txt (removed)"]),
    (remove_file, ["stale: notebooks/01_warmup/data.txt (new)"]),
    (orphan, ["left over: notebooks/00_gone (no source)"]),
]


@pytest.mark.parametrize(
    ("change", "found"), CHANGES, ids=lambda value: getattr(value, "__name__", "")
)
def test_stale(change: Callable[[Course], None], found: list[str], released: Course) -> None:
    """Each way of going stale is named without touching anything, and `release` ends it."""
    change(released)
    before = tree(released.root)
    assert stale(released) == found
    assert tree(released.root) == before
    release(released)
    assert stale(released) == []


def test_other_files_beside_the_release_stay(released: Course) -> None:
    """A README in notebooks/ and a folder without notebooks are nobody's business."""
    (released.root / "notebooks" / "README.md").write_text("Start here.")
    (released.root / "notebooks" / "pictures").mkdir()
    assert stale(released) == []
    release(released)
    assert (released.root / "notebooks" / "README.md").read_text() == "Start here."
    assert (released.root / "notebooks" / "pictures").is_dir()


def test_naming_an_assignment_leaves_others_alone(released: Course) -> None:
    """A leftover folder is removed only when everything is released."""
    orphan(released)
    release(released, [ASSIGNMENT])
    assert released.release("00_gone").is_dir()
    assert release(released) == ["removed notebooks/00_gone"]


def test_tidy_text() -> None:
    """Outputs, counts, timings and tools' metadata go; ids follow the grade_ids."""
    nb = source_notebook()
    tidy = nbformat.writes(nb) + "\n"
    assert tidied(tidy) == tidy
    nb.cells[1].outputs = [new_output("stream", text="x")]
    nb.cells[1].execution_count = 7
    nb.cells[1].id = "a1b2c3"
    nb.cells[1].metadata["execution"] = {"iopub.status.busy": "2024"}
    nb.metadata["language_info"]["version"] = "3.11.7"
    nb.metadata["widgets"] = {}
    assert tidied(nbformat.writes(nb)) == tidy
    nb.nbformat_minor = 4
    for there in nb.cells:
        del there["id"]
    assert [c.id for c in nbformat.reads(tidied(nbformat.writes(nb)), 4).cells] == [
        "cell-1", "imports", "double", "double-check", "sign-prediction", "triple", "triple-check",
        "why"
    ]  # fmt: skip


def test_duplicate_grade_id_is_named(released: Course) -> None:
    """A source with a grade_id twice is refused with the id, and the release stays as it was."""
    before = tree(released.root / "notebooks")
    nb = nbformat.read(source_path(released), 4)
    nb.cells.append(nbformat.from_dict({**cell(nb, "imports"), "id": "copy"}))
    source_path(released).write_text(nbformat.writes(nb))
    with pytest.raises(CourseError, match="Duplicate grade id: imports"):
        release(released)
    assert tree(released.root / "notebooks") == before


def test_no_end_marker_is_named(released: Course) -> None:
    """A region without its end is refused with nbgrader's reason."""
    path = source_path(released)
    path.write_text(path.read_text().replace("### END SOLUTION", ""))
    with pytest.raises(CourseError, match="no end solution statement found"):
        stale(released)


def test_cells_of_graded_hand_ins_stay(released: Course) -> None:
    """With hand-ins in the gradebook a source with other cells is refused, and nothing changes."""
    hand_in(released, "ana", solved())
    assert not stand_in.grade(released)["ana"].cause
    nb = nbformat.read(source_path(released), 4)
    nb.cells.remove(cell(nb, "double-check"))
    source_path(released).write_text(nbformat.writes(nb) + "\n")
    before = tree(released.root / "notebooks")
    with pytest.raises(CourseError, match="move the gradebook away"):
        release(released)
    assert tree(released.root / "notebooks") == before


def test_zip(released: Course, tmp_path: Path) -> None:
    """The zip has notebooks, requirements and the light half, twice the same bytes, and no more."""
    (released.root / "notebooks" / "README.md").write_text("Start here.")
    (released.release(ASSIGNMENT) / ".ipynb_checkpoints").mkdir()
    (released.release(ASSIGNMENT) / ".ipynb_checkpoints" / "old.ipynb").write_text("{}")
    (released.root / "requirements.txt").write_text(
        "numpy==2.4.6\nnbgrader==0.9.6\njupyterlab==4.6.6\n.\n"
    )
    one, two = tmp_path / "a" / "one.zip", tmp_path / "two.zip"
    names = bundle(released, one)
    os.utime(release_path(released), (0, 0))
    bundle(released, two)
    assert one.read_bytes() == two.read_bytes()
    inner = {name.removeprefix("backpropagation/") for name in names}
    assert {
        "pyproject.toml", "requirements.txt", "notebooks/README.md",
        "notebooks/01_warmup/warmup.ipynb", "notebooks/01_warmup/data.txt",
        "gradelib/__init__.py", "gradelib/checks/__init__.py",
        "gradelib/digits.py", "gradelib/figures/__init__.py",
    } <= inner  # fmt: skip
    heads = {tuple(name.split("/")[:2]) for name in inner if name.startswith("gradelib/")}
    assert not heads & {("gradelib", "classroom"), ("gradelib", "exam"), ("gradelib", "cli.py")}
    assert not [name for name in inner if "solution" in name or "/." in name or "cache" in name]
    with zipfile.ZipFile(one) as archive:
        text = archive.read("backpropagation/requirements.txt").decode()
    assert text == "numpy==2.4.6\nmatplotlib\njupyterlab==4.6.6\nanywidget\n.\n"


BLOCK_NBGRADER = """
import sys
for name in ("nbgrader", "nbformat", "nbclient", "typer", "rich"):
    sys.modules[name] = None
import gradelib as gl
assert gl.__file__.startswith(sys.argv[1]), gl.__file__
gl.figures
print(sorted(gl.__all__))
"""


def test_unpacked_zip_imports_without_nbgrader(released: Course, tmp_path: Path) -> None:
    """The students' half works from the unpacked zip without the grading half's packages."""
    bundle(released, tmp_path / "students.zip")
    with zipfile.ZipFile(tmp_path / "students.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    root = tmp_path / "unpacked" / "backpropagation"
    run = subprocess.run(
        [sys.executable, "-c", BLOCK_NBGRADER, str(root)],
        env={**os.environ, "PYTHONPATH": str(root)}, cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "check_backward" in run.stdout
