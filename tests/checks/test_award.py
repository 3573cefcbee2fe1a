"""award: partial credit, misuse, and what nbgrader makes of it."""

import hashlib
import math
import os

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.marks import salted


def values(actual, expected=1.0):
    return gl.check_values(actual, expected, name="slope")


def rough(x):
    """x times a number that jumps by ten per cent from one float to the next."""
    return x * (1 + 0.1 * np.sin(1e15 * x)), x


def undecided():
    """A report on a forward so rough that no difference can tell its slope."""
    x = np.random.default_rng(4).normal(size=5)
    return gl.check_backward(rough, lambda dout, x: dout * 1.0, x)


@pytest.fixture(autouse=True)
def in_a_students_notebook(monkeypatch):
    """NBGRADER_EXECUTION is not set unless a test sets it."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.mark.parametrize(
    ("points", "right", "wrong", "earned"),
    [
        (4, 1, 0, 4.0),
        (4, 0, 1, 0.0),
        (4, 1, 1, 2.0),
        (4, 3, 1, 3.0),
        (1, 1, 2, 1 / 3),
        (2.5, 2, 0, 2.5),
        (0, 1, 1, 0.0),
        (np.float64(3), 3, 0, 3.0),
        (np.int64(3), 0, 2, 0.0),
        (0.1, 3, 0, 0.1),
        (0.7, 7, 0, 0.7),
    ],
)
def test_points_are_the_share_of_passed_reports(points, right, wrong, earned):
    """points times passed over all, as a builtin float within [0, points]."""
    got = gl.award(points, *[values(1.0)] * right, *[values(2.0)] * wrong)
    assert type(got) is float
    assert got == pytest.approx(earned, abs=1e-12)
    assert 0 <= got <= points


def test_full_marks_are_exact():
    """All passed gives exactly the points, whatever their number."""
    for n in range(1, 30):
        assert gl.award(0.7, *[values(1.0)] * n) == 0.7


def test_rough_forward_is_inconclusive():
    """A forward whose slope cannot be told is inconclusive, not passed and not failed."""
    report = undecided()
    assert report.verdict == report.outcome == "inconclusive"
    assert report.passed is False


def test_inconclusive_earns_nothing():
    """An inconclusive report counts among all, not among the passed."""
    assert gl.award(4, values(1.0), undecided()) == 2.0


def test_inputs_come_from_the_tag_alone():
    """On every machine: the generator is seeded with the SHA-256 of the tag, word by word."""
    seed = np.frombuffer(hashlib.sha256(b"affine").digest(), dtype="<u4")
    assert gl.rng("affine").integers(2**62) == np.random.default_rng(seed).integers(2**62)
    with salted(b""):
        assert gl.rng("affine").integers(2**62) == np.random.default_rng(seed).integers(2**62)


def test_no_report_is_an_error():
    """Without a report there is nothing to award."""
    with pytest.raises(TypeError):
        gl.award(4)


@pytest.mark.parametrize(
    "thing",
    [True, 1.0, None, "passed", [values], np.True_, object()],
    ids=["True", "float", "None", "str", "list", "numpy bool", "object"],
)
def test_other_than_reports_are_an_error(thing):
    """Whatever is no Report is refused, also beside a report."""
    with pytest.raises(TypeError):
        gl.award(4, thing)
    with pytest.raises(TypeError):
        gl.award(4, values(1.0), thing)


def test_a_list_of_reports_is_an_error():
    """Reports are handed over one by one."""
    with pytest.raises(TypeError):
        gl.award(4, [values(1.0)])


def test_a_look_alike_is_an_error():
    """An object with a report's attributes is no report."""

    class Forged:
        passed, verdict, comparisons, diagnoses, warnings = True, "passed", (), (), ()

    with pytest.raises(TypeError):
        gl.award(4, Forged())


@pytest.mark.parametrize("points", [math.nan, math.inf, -math.inf, -1, -0.5])
def test_points_that_are_no_points_are_an_error(points):
    """Points must be finite and not negative."""
    with pytest.raises(ValueError, match="points"):
        gl.award(points, values(1.0))


@pytest.mark.parametrize("points", ["4", None, 4j, [4]], ids=["str", "None", "complex", "list"])
def test_points_of_another_type_are_an_error(points):
    """Points must be a number."""
    with pytest.raises((TypeError, ValueError)):
        gl.award(points, values(1.0))


@pytest.mark.parametrize("mode", ["validate", "autograde"])
def test_lost_points_raise_under_nbgrader(monkeypatch, mode, capfd):
    """Where NBGRADER_EXECUTION is set, lost points raise with the report's message."""
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    with pytest.raises(Exception, match="slope") as error:
        gl.award(4, values(1.0), values(2.0))
    assert all(len(line) <= 80 for line in str(error.value).splitlines())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("mode", ["validate", "autograde"])
def test_full_marks_do_not_raise_under_nbgrader(monkeypatch, mode):
    """Where NBGRADER_EXECUTION is set, full marks are returned."""
    monkeypatch.setenv("NBGRADER_EXECUTION", mode)
    assert gl.award(4, values(1.0), values(1.0)) == 4.0


def test_inconclusive_raises_under_nbgrader(monkeypatch):
    """An inconclusive report loses points, and says so."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(Exception, match=r"(?i)inconclusive|cannot be told"):
        gl.award(4, undecided())


def test_nothing_is_written_to_stderr(capfd):
    """nbgrader takes all points for a line on stderr: award writes none."""
    gl.award(4, values(1.0), values(2.0), values(lambda: print("hello")))
    assert capfd.readouterr().err == ""


CELLS = {  # id: (mode, reports, points by nbgrader's own rule of 4, raises)
    "full": ("", "good, good", 4.0, False),
    "half, student": ("", "good, bad", 2.0, False),
    "none, student": ("", "bad, bad", 0.0, False),
    "full, autograde": ("autograde", "good, good", 4.0, False),
    "half, autograde": ("autograde", "good, bad", 2.0, True),
    "none, autograde": ("autograde", "bad, bad", 0.0, True),
    "half, validate": ("validate", "good, bad", 2.0, True),
}


@pytest.fixture(scope="module")
def executed():
    """The cells of CELLS, run in one kernel."""
    nbclient = pytest.importorskip("nbclient")
    v4 = pytest.importorskip("nbformat").v4
    notebook = v4.new_notebook()
    setup = (
        "import os\nimport gradelib as gl\n"
        "good = gl.check_values(1.0, 1.0, name='slope')\n"
        "bad = gl.check_values(2.0, 1.0, name='slope')"
    )
    notebook.cells.append(v4.new_code_cell(setup))
    for mode, reports, *_ in CELLS.values():
        code = f"os.environ['NBGRADER_EXECUTION'] = {mode!r}" if mode else "pass"
        notebook.cells.append(v4.new_code_cell(code))
        notebook.cells.append(v4.new_code_cell(f"gl.award(4, {reports})"))
        notebook.cells.append(v4.new_code_cell("os.environ.pop('NBGRADER_EXECUTION', None)"))
    environment = {k: v for k, v in os.environ.items() if k != "NBGRADER_EXECUTION"}
    nbclient.NotebookClient(notebook, timeout=60, allow_errors=True).execute(env=environment)
    return dict(zip(CELLS, notebook.cells[2::3], strict=True))


@pytest.mark.parametrize("row", CELLS)
def test_nbgrader_reads_the_points_from_the_cell(executed, row):
    """nbgrader's own rule gives the awarded points; lost points raise in its runs only."""
    utils = pytest.importorskip("nbgrader.utils")
    _, _, points, raises = CELLS[row]
    cell = executed[row]
    cell.metadata["nbgrader"] = {
        "grade": True,
        "solution": False,
        "points": 4,
        "grade_id": "slope",
        "schema_version": 3,
        "locked": True,
        "task": False,
        "cell_type": "code",
    }
    kinds = [output.output_type for output in cell.outputs]
    assert ("error" in kinds) is raises
    assert not any(output.get("name") == "stderr" for output in cell.outputs)
    assert utils.determine_grade(cell)[0] == points


def test_student_sees_the_failed_report(executed):
    """In a student's notebook a lost point shows the report as text and as HTML."""
    shown = [o.data for o in executed["half, student"].outputs if o.output_type == "display_data"]
    assert any("slope" in data.get("text/plain", "") for data in shown)
    assert any("slope" in data.get("text/html", "") for data in shown)


def test_a_salt_gives_other_inputs_and_only_within():
    """An exam's inputs depend on the course's secret and the student, and the tag still tells."""
    plain = gl.rng("affine").normal(size=3)
    with salted(b"secret and student"):
        inside = gl.rng("affine").normal(size=3)
        again = gl.rng("affine").normal(size=3)
        other_tag = gl.rng("relu").normal(size=3)
    with salted(b"secret and neighbour"):
        neighbour = gl.rng("affine").normal(size=3)
    assert (inside == again).all()
    assert not {*inside} & ({*plain} | {*other_tag} | {*neighbour})
    assert (gl.rng("affine").normal(size=3) == plain).all()
