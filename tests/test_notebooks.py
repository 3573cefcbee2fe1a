"""The notebooks keep their form: what git holds, what a reader meets, what a release leaves out."""

import ast
import os
import re
import subprocess
import sys

import pytest
from pages import RELEASED, ROOT, SOURCES, cells, short

NAMES = [
    "01_numerical_gradients/numerical_gradients.ipynb",
    "02_chain_rule/chain_rule.ipynb",
    "03_jacobians_and_shapes/jacobians_and_shapes.ipynb",
    "04_two_layer_net/two_layer_net.ipynb",
    "05_bug_hunt/bug_hunt.ipynb",
    "06_autodiff_engine/autodiff_engine.ipynb",
    "07_normalisation_and_attention/normalisation_and_attention.ipynb",
    "08_when_gradients_fail/when_gradients_fail.ipynb",
]


def role(cell):
    return cell["metadata"].get("nbgrader", {})


sources = pytest.mark.parametrize("path", SOURCES, ids=short)
both = pytest.mark.parametrize(
    "path", SOURCES + RELEASED, ids=lambda p: f"{p.parts[-3]}-{short(p)}"
)


def test_notebooks_are_the_ones_of_the_course():
    """Source and release hold the same notebooks."""
    for folder, paths in (("solutions", SOURCES), ("notebooks", RELEASED)):
        assert [str(p.relative_to(ROOT / folder)) for p in paths] == NAMES


@both
def test_git_holds_no_outputs_and_stable_ids(path):
    """No outputs, no execution counts, and a graded cell's id is its grade_id."""
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        if role(cell):
            assert cell["id"] == role(cell)["grade_id"]


@both
def test_images_have_alternative_text(path):
    """Pictures in Markdown say what they show, and code shows figures through gl.figures only."""
    for cell in cells(path):
        if cell["cell_type"] == "markdown":
            assert "![](" not in cell["source"]
            assert "<img" not in cell["source"]
        elif "plt." in cell["source"] or "subplots" in cell["source"]:
            assert "plt.show" not in cell["source"]


@sources
def test_exercises_carry_difficulty_and_time(path):
    """Every exercise has a number, a difficulty and a time."""
    number = int(short(path))
    found = [c for c in cells(path) if re.search(r"^### Exercise", c["source"], re.MULTILINE)]
    assert len(found) >= 10
    for said in (cell["source"] for cell in found):
        assert re.search(rf"^### Exercise {number}\.\d+: ", said, re.MULTILINE), said
        assert re.search(r"\*Difficulty: [●○]{3} · about \d+ minutes( · [^*]+)?\*", said), said


@sources
def test_one_answer_is_graded_by_a_person(path):
    """Each notebook has one written answer."""
    written = [c for c in cells(path) if role(c).get("grade") and role(c).get("solution")]
    assert len(written) == 1
    assert written[0]["cell_type"] == "markdown"


@sources
def test_every_grade_cell_ends_with_its_points(path):
    """The last statement of a grade cell is gl.award with the points of the cell's metadata."""
    for cell in cells(path):
        if role(cell).get("grade") and not role(cell).get("solution"):
            last = ast.parse(cell["source"]).body[-1]
            assert isinstance(last, ast.Expr), cell["id"]
            assert ast.unparse(last.value.func) == "gl.award"
            assert ast.literal_eval(last.value.args[0]) == role(cell)["points"]


@sources
def test_every_notebook_has_all_five_steps(path):
    """Predictions, figures, exercises, checks and hidden tests are there."""
    code = [c for c in cells(path) if c["cell_type"] == "code"]
    assert any(c["id"].endswith("-prediction") for c in code)
    assert any("gl.figures" in c["source"] for c in code)
    assert sum("### BEGIN SOLUTION" in c["source"] for c in code) >= 8
    assert sum("### BEGIN HIDDEN TESTS" in c["source"] for c in code) >= 5


@pytest.mark.parametrize("path", RELEASED, ids=short)
def test_release_keeps_its_secrets(path):
    """No solution, hidden test or marker is in the release, and each stub names its exercise."""
    for cell in cells(path):
        for mark in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS"):
            assert mark not in cell["source"]
        if role(cell).get("solution") and cell["cell_type"] == "code":
            name = role(cell)["grade_id"]
            stub = f'raise NotImplementedError("{name}: write your answer here")'
            wanted = "# write your answer here" if name.endswith("-prediction") else stub
            assert wanted in cell["source"]


def test_release_is_fresh():
    """notebooks/ is what solutions/ give: `gradelib release --check` finds nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "gradelib", "release", "--check", "--course", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_solution_runs_with_full_points(path, tmp_path, monkeypatch):
    """nbval runs every cell of the solutions; a lost point raises there, and fails."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("--rootdir", str(path.parent), "-c", os.devnull),
            *("--nbval-lax", "--nbval-cell-timeout=120", str(path)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
