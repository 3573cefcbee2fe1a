"""Fingerprints of a course: written by release, silent about the solution, read after grading."""

from __future__ import annotations

import ast
import contextlib
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from rich.console import Console
from tiny_course import ASSIGNMENT, ROLES, cell, hand_in, make_course, solved

import gradelib.cli
from gradelib.checks import check_gradient
from gradelib.checks.mistakes.catalogue import BREACHES, MISTAKES
from gradelib.checks.mistakes.edits import EDITS
from gradelib.checks.mistakes.table import FILE, projections, read, same
from gradelib.classroom import replaying
from gradelib.classroom.course import Course, CourseError
from gradelib.classroom.fingerprinting import edits_of, fingerprints
from gradelib.classroom.mistakes import NOT_RECOGNISED, _chosen, mistakes
from gradelib.classroom.release import release, stale

ROOT = Path(__file__).parents[2]

IMPORTS = "%matplotlib inline\nimport numpy as np\nimport gradelib as gl"
GIVEN = "def layer(x, W):\n    return np.tanh(x @ W), (x, W)"
BACKWARD = '''\
def layer_backward(dout, cache):
    """Backward pass of layer."""
    x, W = cache
    ### BEGIN SOLUTION
    secret_slope = dout * (1.0 - np.tanh(x @ W) ** 2)
    return secret_slope @ W.T, x.T @ secret_slope
    ### END SOLUTION'''
CHECK = """\
g = gl.rng("layer")
gl.award(
    2,
    gl.check_backward(
        layer,
        layer_backward,
        g.normal(size=(5, 3)),
        g.normal(size=(3, 2)),
        names=("x", "W"),
        exercise="layer-backward",
    ),
    ### BEGIN HIDDEN TESTS
    gl.check_backward(
        layer, layer_backward, np.ones((1, 3)), np.ones((3, 3)), exercise="layer-backward"
    ),
    ### END HIDDEN TESTS
)"""
DRAWN = 'raise RuntimeError("a figure that no check needs")'


def with_layer(nb: NotebookNode, backward: str = BACKWARD, check: str = CHECK) -> NotebookNode:
    """The tiny course's notebook with one exercise more."""
    for kind, name, text in (
        ("given", "more-imports", IMPORTS),
        ("given", "layer", GIVEN),
        ("solution", "layer-backward", backward),
        ("given", "see-layer", DRAWN),
        ("tests", "layer-backward-check", check),
    ):
        new = new_code_cell(text, id=name)
        role = {**ROLES[kind], "grade_id": name, "schema_version": 3, "task": False}
        new.metadata["nbgrader"] = role | ({"points": 2} if kind == "tests" else {})
        nb.cells.append(new)
    return nb


def write_source(course: Course, **changed: str) -> Path:
    """Add the exercise to the course's source."""
    path = course.source(ASSIGNMENT) / "warmup.ipynb"
    nbformat.write(with_layer(make_source(path), **changed), path)
    return path


def make_source(path: Path) -> NotebookNode:
    """The tiny course's source without the exercise."""
    nb = nbformat.read(path, 4)
    nb.cells = [c for c in nb.cells if "layer" not in c.id and c.id != "more-imports"]
    return nb


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course with the exercise, released."""
    made = make_course(tmp_path_factory.mktemp("fingerprints") / "course")
    write_source(made)
    done = release(made)
    assert any(line.endswith(FILE) for line in done)
    return made


def there(course: Course) -> Path:
    """The fingerprints' file in the source."""
    return course.source(ASSIGNMENT) / FILE


def test_release_writes_them_once(course: Course) -> None:
    """They stand beside the source and in the release; a second release changes nothing."""
    released = course.release(ASSIGNMENT) / FILE
    assert released.read_bytes() == there(course).read_bytes()
    assert stale(course) == []
    assert release(course) == []


def test_they_know_many_edits_of_both_gradients(course: Course) -> None:
    """Each gradient has rows, and rows name edits of the solution's lines only."""
    (check,) = read(there(course).read_text()).checks
    assert check.exercise == "layer-backward"
    assert len(check.rows["x"]) > 10
    assert len(check.rows["W"]) > 10
    known = edits_of(course.source(ASSIGNMENT) / "warmup.ipynb")
    used = {name for rows in check.rows.values() for row in rows for name in row.edits}
    assert used <= known.keys()
    assert {known[name][1].line for name in used} == {5, 6}


def test_rounding_on_another_machine_is_no_change(course: Course) -> None:
    """Numbers that differ in the last digits stay, though all were computed anew."""
    path, text = there(course), there(course).read_text()
    data = json.loads(text)
    for row in data["checks"][0]["rows"]:
        row[-1] = [x * (1 + 3e-9) for x in row[-1]]
    data["made_from"] = "another machine"
    first = next(i for i, row in enumerate(data["checks"][0]["rows"]) if row[0] == "x")
    path.write_text(json.dumps(data))
    try:
        kept = fingerprints(path.parent)
        number = read(kept).checks[0].rows["x"][0].seen[0]
        assert number == pytest.approx(data["checks"][0]["rows"][first][-1][0], rel=2e-10)
        assert same(kept, path.read_text())
        data["checks"][0]["rows"][0][-1][0] += 0.01
        path.write_text(json.dumps(data))
        assert fingerprints(path.parent) == text
    finally:
        path.write_text(text)


def strings(value: object) -> set[str]:
    """All texts in a JSON value, keys included."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(value, *(strings(v) for v in value.values()))
    return set().union(*(strings(v) for v in value)) if isinstance(value, list) else set()


FILES = sorted(ROOT.glob(f"solutions/*/{FILE}"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parts[-2])
def test_nothing_of_the_solution_is_in_the_file(path: Path) -> None:
    """Every word is a digest, a mistake, or stands in the released notebook; rows are shuffled."""
    data = json.loads(path.read_text())
    (released,) = (ROOT / "notebooks" / path.parent.name).glob("*.ipynb")
    public = released.read_text()
    words = {w for w in strings(data) if not re.fullmatch(r"[0-9a-f]{8}|[0-9a-f]{16}", w)}
    words -= EDITS.keys() | {"version", "made_from", "checks", "exercise", "salt", "size"}
    assert {w for w in words - {"inputs", "rows"} if w not in public} == set()
    for check in data["checks"]:
        order = [(row[0], row[1]) for row in check["rows"]]
        assert order == sorted(order)
    assert path.stat().st_size < 300_000


def test_the_solution_cannot_be_read_from_the_file(course: Course) -> None:
    """No name, number or line of the solution is in the text, and no row is the right gradient."""
    text = there(course).read_text()
    tree = ast.parse(BACKWARD)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not [name for name in names - {"x", "W", "np"} if name in text]
    assert not [line for line in BACKWARD.splitlines() if line.strip() in text]
    assert not re.search(r"tanh|[*@]|\.T\b|\b1\.0\b", text)
    scope: dict = {"np": np}
    exec(BACKWARD, scope)
    scope["gl"] = gradelib
    g = gradelib.rng("layer")
    x, W = g.normal(size=(5, 3)), g.normal(size=(3, 2))
    dout = np.random.default_rng(0).normal(size=(5, 2))
    (check,) = read(text).checks
    for label, gradient in zip("xW", scope["layer_backward"](dout, (x, W)), strict=True):
        numbers = {f"{value:.6g}" for value in gradient.ravel()}
        assert not [number for number in numbers if number in text]
        for row in check.rows[label]:
            both = np.concatenate([gradient.ravel()] * 2)  # beside the point it is nearly the same
            mine = projections(both, check.salt, label, row.edits[0])
            assert np.max(np.abs(mine - row.seen)) > 0.05 * np.linalg.norm(mine)


def test_order_and_names_follow_the_digests(course: Course) -> None:
    """Records stand in the order of their names, which is not the order of the source."""
    (check,) = read(there(course).read_text()).checks
    known = edits_of(course.source(ASSIGNMENT) / "warmup.ipynb")
    numbers = [known[row.edits[0]][1].number for row in check.rows["W"]]
    assert numbers != sorted(numbers)
    assert all(re.fullmatch(r"[0-9a-f]{8}", name) for name in known)


WRONG = {
    "raises": BACKWARD.replace("secret_slope @", "unknown @"),
    "is no gradient": BACKWARD.replace("return", "return 0,"),
}


@pytest.mark.parametrize(
    "backward",
    [
        pytest.param(WRONG["raises"], id="raises"),
        pytest.param(WRONG["is no gradient"], id="is no gradient", marks=pytest.mark.slow),
    ],
)
def test_solution_that_leaves_nothing_is_an_error(backward: str, tmp_path: Path) -> None:
    """The exercise is named when the staff's own answer cannot be recorded."""
    made = make_course(tmp_path / "course")
    write_source(made, backward=backward)
    with pytest.raises(CourseError, match="the check of 'layer-backward' saw nothing"):
        fingerprints(made.source(ASSIGNMENT))


def test_without_exercises_there_is_no_file(released: Course) -> None:
    """A file that is left over goes when no check names an exercise any more."""
    there(released).write_text("{}")
    assert f"removed solutions/{ASSIGNMENT}/{FILE}" in release(released)
    assert not there(released).exists()


def test_edit_that_never_ends_is_given_up() -> None:
    """A loop that an edit makes endless, and that catches errors, is left."""
    rounds = 0
    with replaying._limited(0.05):
        while True:
            with contextlib.suppress(Exception):
                rounds += 1
    assert rounds


def test_edit_that_never_ends_within_a_check_is_given_up() -> None:
    """A check takes what a student's function raises for an answer, and would go on."""

    def endless(x: np.ndarray) -> float:
        while True:
            pass

    with replaying._limited(0.2):
        check_gradient(endless, lambda x: x, np.ones(3))
        pytest.fail("the check came to its end")


CHOICES = {
    "what most checks name": (["sign", "factor", "factor"], ["factor", "factor"]),
    "of as many the first": (["sign", "factor"], ["sign"]),
    "a name before none": ([NOT_RECOGNISED, NOT_RECOGNISED, "sign"], ["sign"]),
    "none": ([NOT_RECOGNISED], [NOT_RECOGNISED]),
}


@pytest.mark.parametrize(("named", "expected"), CHOICES.values(), ids=CHOICES)
def test_one_mistake_is_chosen_for_a_gradient(named: list[str], expected: list[str]) -> None:
    """Checks of one gradient may name its mistake differently; another gradient's is untouched."""
    found = [("a", "" if name == NOT_RECOGNISED else "dx", name, "") for name in named]
    other = ("a", "db", "zero", "")
    assert [mistake for _, mistake, _ in _chosen(found)] == expected
    left = [mistake for _, mistake, _ in _chosen([*found, other])]
    assert left == [*(m for m in expected if m != NOT_RECOGNISED), "zero"]


def test_mistakes_of_a_class(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same diagnosis in the graded notebook, counted, with the solution's line beside it."""
    answers = {
        "cleo": "@ W.T, x.T @ dout",
        "dan": "@ W.T, np.sin(x).T @ secret_slope + np.sin(3 * W)",
    }
    for student, results in answers.items():
        nb = with_layer(solved())
        given = cell(nb, "layer-backward")
        given.source = BACKWARD.replace("@ W.T, x.T @ secret_slope", results).replace("###", "#")
        nb.cells = [c for c in nb.cells if c.id != "see-layer"]
        check = cell(nb, "layer-backward-check")
        check.source = re.sub(r"    ### BEGIN(.|\n)*TESTS\n", "", check.source)
        hand_in(course, student, nb)
    with pytest.raises(CourseError, match="not graded yet; try: gradelib grade 01_warmup"):
        mistakes(course, ASSIGNMENT)
    with pytest.raises(SystemExit) as left:
        gradelib.cli.main(["grade", ASSIGNMENT, "--course", str(course.root), "--jobs", "1"])
    assert left.value.code == 0
    rows = {(row.mistake, row.students): row.edits for row in mistakes(course, ASSIGNMENT)}
    line = "return secret_slope @ W.T, x.T @ secret_slope"
    after = "return (secret_slope @ W.T, x.T @ dout)"
    assert ((6, line, after),) in [rows.get(key) for key in rows if "cleo" in key[1]]
    assert any(NOT_RECOGNISED in key and "dan" in key[1] for key in rows)
    assert {key[0] for key in rows} <= {*EDITS, *BREACHES, *MISTAKES, NOT_RECOGNISED}
    assert [row.students for row in mistakes(course, ASSIGNMENT, "cleo")] == [("cleo",)]

    wide = Console(width=200, record=True)
    monkeypatch.setattr(gradelib.cli, "console", lambda: wide)
    with pytest.raises(SystemExit) as left:
        gradelib.cli.main(["mistakes", ASSIGNMENT, "--course", str(course.root)])
    assert left.value.code == 0
    shown = wide.export_text()
    assert after in shown
    assert NOT_RECOGNISED in shown

    (graded,) = course.autograded("dan", ASSIGNMENT).glob("*.ipynb")
    forged = nbformat.read(graded, 4)
    data = [o.data for c in forged.cells for o in c.get("outputs", []) if "data" in o]
    for kind, entry in [(k, d) for d in data for k in d if k.endswith("report+json")]:
        entry[kind] = {"diagnoses": [5, {"mistake": "<b>"}, {"mistake": ["x"]}], "verdict": None}
    nbformat.write(forged, graded)
    assert not [row for row in mistakes(course, ASSIGNMENT) if "<" in row.mistake]
