"""The command line from end to end: what it prints, writes and returns."""

from __future__ import annotations

import csv
import html
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from tiny_course import ASSIGNMENT, cell, hand_in, make_course, solved

from gradelib import cli
from gradelib.classroom import gradebook
from gradelib.classroom.course import Course


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Run a command line; gives its exit code and what it printed."""

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return int(caught.value.code or 0), printed.out + printed.err

    return call


ABSENT = "nothing handed in for 01_warmup: cleo (has 01-warmup)"


def test_a_term(run, course: Course, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Release, grade, feedback, export: each step finds what the one before it left."""
    at = ("--course", str(course.root))
    code, text = run("release", "--check", *at)
    assert (code, "stale: notebooks/01_warmup/warmup.ipynb (new)" in text) == (1, True)
    assert run("release", "--zip", *at)[0] == 0
    assert (course.root / "dist" / "students.zip").is_file()
    assert run("release", "--check", *at) == (0, "the release is fresh\n")

    failing = solved()
    cell(failing, "double").source = "def double(x):\n    return x if x < 0 else 2 * x"
    cell(failing, "why").source = "<script>alert('a')</script>"
    hand_in(course, "=ana", failing)
    hand_in(course, "bao", "no notebook")
    (course.root / "submitted" / "cleo" / "01-warmup").mkdir(parents=True)
    code, text = run("feedback", ASSIGNMENT, *at)
    assert (code, "is not graded yet for =ana, bao; try: gradelib grade" in text) == (1, True)
    code, text = run("grade", ASSIGNMENT, *at)
    assert code == 1
    for words in (
        "=ana",
        "3 / 5",
        "1 waiting",
        "bao",
        "0 / 5",
        "broken JSON",
        "1 of 2 graded",
        ABSENT,
    ):
        assert words in text
    assert "Traceback" not in text
    assert "checksum" not in text
    code, text = run("grade", ASSIGNMENT, "--student", "=ana", *at)
    assert (code, "bao" in text) == (0, False)

    code, text = run("feedback", ASSIGNMENT, *at)
    assert (code, "2 pages" in text) == (0, True)
    page = (course.feedback("=ana", ASSIGNMENT) / "warmup.html").read_text()
    assert '<html lang="en">' in page
    assert "script-src 'none'" in page
    assert "<script" not in page
    shown = html.unescape(re.sub("<[^>]*>", "", page))
    assert "AssertionError: in a hidden test" in shown
    assert "Points: 3 of 9" in shown
    assert "assert double(2) == 4" in shown
    assert re.search(r"double-check\s+test\s+0 of 2 points", shown)
    assert "One answer is not graded yet" in shown
    for secret in ("HIDDEN", "seventy-four", "double(-37)", "triple(-11)", "our model answer"):
        assert secret not in shown
    page = (course.feedback("bao", ASSIGNMENT) / "warmup.html").read_text()
    assert "broken JSON" in page
    assert '<html lang="en">' in page

    to = tmp_path / "grades.csv"
    code, text = run("export", "--to", str(to), *at)
    assert (code, "2 with answers that a person has yet to grade" in text) == (0, True)
    with to.open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["student"], row["automatic"], row["max"], row["waiting"]) for row in rows] == [
        ("'=ana", "3", "9", "1"),
        ("bao", "0", "9", "1"),
    ]


def test_grade_needs_no_gradebook(  # type: ignore[no-untyped-def]
    run, released: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a fresh clone, and without an active environment, grading makes the gradebook itself."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (released.root / "gradebook.db").unlink()
    hand_in(released, "ana", solved())
    code, text = run("grade", ASSIGNMENT, "--course", str(released.root))
    assert (code, "5 / 5" in text) == (0, True)


def test_grade_follows_the_source(run, released: Course) -> None:  # type: ignore[no-untyped-def]
    """A test that was put right in the source counts at the next grading."""
    hand_in(released, "ana", solved())
    lucky = solved()
    cell(lucky, "double").source = "def double(x):\n    return 0 if x == -36 else 2 * x"
    hand_in(released, "bao", lucky)
    at = ("--course", str(released.root), "--student", "bao")
    code, text = run("grade", ASSIGNMENT, *at)
    assert (code, "5 / 5" in text) == (0, True)
    path = released.source(ASSIGNMENT) / "warmup.ipynb"
    path.write_text(path.read_text().replace("double(-37) == -74", "double(-36) == -72"))
    code, text = run("grade", ASSIGNMENT, *at)
    assert (code, "3 / 5" in text) == (0, True)


USAGE = {
    "unknown assignment": (["grade", "01_warmupp"], "did you mean 01_warmup?"),
    "no assignment": (["grade"], "Missing argument"),
    "unreleased": (["grade", "02_new"], "is not released"),
    "no hand-ins": (["grade", ASSIGNMENT], "no hand-ins"),
    "another folder name": (["grade", ASSIGNMENT, "--student", "cleo"], "there is 1-warmup"),
    "unknown student": (["grade", ASSIGNMENT, "--student", "zoe"], "'zoe' has no hand-in"),
    "bad option": (["grade", ASSIGNMENT, "--fast"], "No such option"),
    "bad cell timeout": (["grade", ASSIGNMENT, "--cell-timeout", "0"], "--cell-timeout"),
    "bad timeout": (["grade", ASSIGNMENT, "--timeout", "0"], "--timeout"),
    "bad memory": (["grade", ASSIGNMENT, "--memory", "1"], "--memory"),
    "bad jobs": (["grade", ASSIGNMENT, "--jobs", "0"], "--jobs"),
    "path for a student": (["grade", ASSIGNMENT, "--student", "../cleo"], "has no hand-in"),
    "no scheduler": (
        ["grade", ASSIGNMENT, "--cluster", "tcp://127.0.0.1:1"],
        "no hand-ins",
    ),
    "unknown verb": (["grad"], "No such command"),
    "release of nothing": (["release", "05"], "no assignment '05'"),
    "verify of nothing": (["verify", "05"], "no assignment '05'"),
    "mistakes of nothing": (["mistakes", "05"], "no assignment '05'"),
    "mistakes of ungraded": (["mistakes", ASSIGNMENT], "is not graded yet; try: gradelib grade"),
    "export to nowhere": (["export", "--to", "/no/such/folder/x.csv"], "cannot write"),
}


@pytest.mark.parametrize(("arguments", "message"), USAGE.values(), ids=USAGE.keys())
def test_misuse(  # type: ignore[no-untyped-def]
    arguments: list[str], message: str, run, released: Course
) -> None:
    """A request that makes no sense ends with 2 and says what to try, without a traceback."""
    new = released.source("02_new")
    new.mkdir()
    (released.root / "submitted" / "cleo" / "1-warmup").mkdir(parents=True)
    nbformat.write(
        nbformat.read(released.source(ASSIGNMENT) / "warmup.ipynb", 4), new / "new.ipynb"
    )
    known = arguments[0] != "grad"
    code, text = run(*arguments, *(["--course", str(released.root)] if known else []))
    assert (code, message in " ".join(text.split())) == (2, True), text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "no course folder"),
        ("", "no notebooks in"),
        ("c = 1 / 0", "cannot be read: ZeroDivision"),
    ],
    ids=["no folder", "no sources", "broken settings"],
)
def test_no_course(  # type: ignore[no-untyped-def]
    config: str | None, message: str, run, tmp_path: Path
) -> None:
    """A folder that is no course is named, with the fault."""
    root = tmp_path / "nothing"
    if config is not None:
        root.mkdir()
        (root / "nbgrader_config.py").write_text(config)
    code, text = run("release", "--course", str(root))
    assert (code, message in " ".join(text.split())) == (2, True), text


@pytest.mark.parametrize("verb", [["grade", ASSIGNMENT], ["export"], ["feedback", ASSIGNMENT]])
def test_broken_gradebook(verb: list[str], run, released: Course) -> None:  # type: ignore[no-untyped-def]
    """A gradebook that is no database is named, with what to do."""
    hand_in(released, "ana", solved())
    (released.root / "gradebook.db").write_text("no database")
    code, text = run(*verb, "--course", str(released.root))
    assert code == (1 if verb[0] == "feedback" else 2)
    assert "gradebook.db cannot be opened" in text
    assert "Traceback" not in text


def test_without_sandbox(run, released: Course) -> None:  # type: ignore[no-untyped-def]
    """Grading without isolation is asked for by name, and the output says so."""
    hand_in(released, "ana", solved())
    code, text = run("grade", ASSIGNMENT, "--course", str(released.root), "--no-sandbox")
    assert (code, "5 / 5" in text) == (0, True)
    assert "NO ISOLATION" in text
    code, text = run("grade", ASSIGNMENT, "--course", str(released.root))
    assert (code, "5 / 5" in text, "NO ISOLATION" in text) == (0, True, False)


def test_cluster_and_jobs(run, released: Course) -> None:  # type: ignore[no-untyped-def]
    """A cluster has workers of its own; a scheduler that does not answer is named."""
    hand_in(released, "ana", solved())
    at = (ASSIGNMENT, "--course", str(released.root), "--cluster", "tcp://127.0.0.1:1")
    code, text = run("grade", *at, "--jobs", "2")
    assert (code, "--jobs is for this machine" in text) == (2, True)
    code, text = run("grade", *at)
    assert (code, "no Dask scheduler answers at tcp://127.0.0.1:1" in text) == (2, True)


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from gradelib import cli
if __name__ == "__main__":
    cli.main(["grade", *sys.argv[2:]])
"""


def test_full_disk(released: Course, tmp_path: Path) -> None:
    """Where the gradebook cannot grow, grading stops and says so; afterwards it goes on."""
    for number in range(30):
        hand_in(released, f"s{number:02}", solved())
    script = tmp_path / "full.py"
    script.write_text(FULL)
    size = (released.root / "gradebook.db").stat().st_size + 20_000
    at = [ASSIGNMENT, "--course", str(released.root)]
    done = subprocess.run(
        [sys.executable, str(script), str(size), *at], capture_output=True, text=True
    )
    assert (done.returncode, "make room" in done.stderr) == (1, True), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    written = len(gradebook.rows(released))
    assert f"{written} of 30 are in the gradebook" in " ".join(done.stderr.split())
    assert 0 < written < 30
    done = subprocess.run(
        [sys.executable, "-m", "gradelib", "grade", *at], capture_output=True, text=True
    )
    assert (done.returncode, "30 of 30 graded" in done.stdout) == (0, True), done.stderr


def test_doctor(run) -> None:  # type: ignore[no-untyped-def]
    """It says what holds here, and its exit code whether that is enough."""
    code, text = run("doctor")
    assert code in (0, 1)
    assert ("Students' code is isolated here" in text) == (code == 0)


def test_help_names_the_verbs(run) -> None:  # type: ignore[no-untyped-def]
    """Help lists every verb."""
    code, text = run("--help")
    assert code == 0
    for verb in ("release", "grade", "feedback", "export", "verify", "mistakes", "doctor"):
        assert verb in text


WITHOUT = "import sys; sys.modules[{!r}] = None; from gradelib import cli; cli.main(['--help'])"


@pytest.mark.parametrize("package", ["typer", "nbgrader"])
def test_light_half_says_what_to_install(package: str) -> None:
    """Where the students' half is installed alone, the command says in one line what it needs."""
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(package)], capture_output=True, text=True
    )
    assert run.returncode == 2
    assert run.stderr == "gradelib's commands need more packages: pip install 'gradelib[grading]'\n"


def test_course_of_another_shape(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """A course with nbgrader's own folder names and no settings file is released and graded."""
    course = make_course(tmp_path / "plain")
    (course.root / "nbgrader_config.py").unlink()
    (course.root / "solutions").rename(course.root / "source")
    at = ("--course", str(course.root))
    assert run("release", *at)[0] == 0
    released = nbformat.read(course.root / "release" / ASSIGNMENT / "warmup.ipynb", 4)
    assert "# YOUR CODE HERE" in cell(released, "double").source
    copied = solved()
    copied.cells.append(nbformat.from_dict({**cell(copied, "double-check"), "id": "the-copy"}))
    hand_in(Course(course.root), "ana", copied)
    code, text = run("grade", ASSIGNMENT, *at)
    assert (code, "5 / 5" in text, "copied test cell" in text) == (0, True, True)
