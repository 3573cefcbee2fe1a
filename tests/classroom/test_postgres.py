"""The gradebook on PostgreSQL, as a server started here by an ordinary user: the same rows."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from class_of import command, make_class
from nbgrader.api import Gradebook
from stand_in import grade, rows
from tiny_course import ASSIGNMENT, CONFIG, cell, hand_in, solved

from gradelib.classroom import gradebook
from gradelib.classroom.course import Course, CourseError

pytest.importorskip("psycopg", reason="pip install 'gradelib[postgres]'")

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
INITDB = shutil.which("initdb") or (str(FOUND[-1]) if FOUND else None)

needs_postgres = pytest.mark.skipif(
    INITDB is None, reason="PostgreSQL is not installed: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server without a password, on a socket in a folder of its own."""
    assert INITDB is not None
    programs = Path(INITDB).parent
    # The server refuses to be run by root; its own account, or nobody, does.
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = None if os.getuid() else "postgres" if "postgres" in names else "nobody"
    with TemporaryDirectory(prefix="gradelib-pg-") as name:
        folder = Path(name)
        if user is not None:
            shutil.chown(folder, user)
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        for arguments in (
            [INITDB, "-D", folder / "data", "-A", "trust", "-U", "grader", "-E", "UTF8"],
            [
                *(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w"),
                *("-o", options, "start"),
            ],
        ):
            subprocess.run(arguments, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            yield f"postgresql+psycopg://grader@/{{}}?host={folder}"
        finally:
            stop = [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"]
            subprocess.run(stop, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)


@pytest.fixture
def on_postgres(server: str, released_template: Path, tmp_path: Path) -> Course:
    """The tiny course, with a new database."""
    import psycopg

    name = f"grades{abs(hash(tmp_path))}"
    with psycopg.connect(f"host={server.split('host=')[1]} user=grader dbname=postgres") as made:
        made.autocommit = True
        made.execute(f"CREATE DATABASE {name}")
    course = make_class(released_template, tmp_path / "course", 30)
    url = f"c.CourseDirectory.db_url = {server.format(name)!r}\n"
    (course.root / "nbgrader_config.py").write_text(CONFIG + url)
    (course.root / "gradebook.db").unlink()
    return Course(course.root)


@needs_postgres
def test_the_same_gradebook(on_postgres: Course, tmp_path: Path) -> None:
    """The class gets the same rows as in SQLite, and grading again keeps what a person gave."""
    shutil.copytree(on_postgres.root, tmp_path / "light")
    (tmp_path / "light" / "nbgrader_config.py").write_text(CONFIG)
    light = Course(tmp_path / "light")
    for course in (on_postgres, light):
        done = subprocess.run(command(course), capture_output=True, text=True)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "27 of 30 graded" in done.stdout
    assert rows(on_postgres) == rows(light)
    assert len(rows(light)) == 30 * 7
    for course in (on_postgres, light):
        with Gradebook(course.directory.db_url, course.directory.course_id) as made:
            row = made.find_grade("why", "warmup", ASSIGNMENT, "student-0000")
            row.manual_score, row.needs_manual_grade = 3.5, False
            made.db.commit()
        again = solved()
        cell(again, "double").source = "double = None"
        cell(again, "why").source += " I am number 0."
        hand_in(course, "student-0000", again)
        grade(course)
    assert rows(on_postgres) == rows(light)
    assert gradebook.rows(on_postgres) == gradebook.rows(light)
    assert gradebook.rows(light)[0].total == 3 + 3.5


@needs_postgres
def test_an_id_that_is_too_long(on_postgres: Course) -> None:
    """nbgrader's column takes 128 characters there: listed, and nobody else is lost."""
    hand_in(on_postgres, "x" * 200, solved())
    outcome = grade(on_postgres)["x" * 200]
    assert "cannot hold this student's id" in str(outcome.cause)
    assert len(gradebook.rows(on_postgres)) == 30


def test_no_server(released: Course) -> None:
    """A server that does not answer is named with its address, without the password."""
    url = "postgresql+psycopg://grader:secret-word@127.0.0.1:1/grades"
    (released.root / "nbgrader_config.py").write_text(
        CONFIG + f"c.CourseDirectory.db_url = {url!r}\n"
    )
    with pytest.raises(CourseError, match="no database server answers there") as caught:
        gradebook.opened(Course(released.root)).__enter__()
    assert "secret-word" not in str(caught.value)


def test_another_driver(released: Course) -> None:
    """Where a driver is missing, what to install and to write is named."""
    (released.root / "nbgrader_config.py").write_text(
        CONFIG + "c.CourseDirectory.db_url = 'postgresql+pg8000://grader@127.0.0.1/grades'\n"
    )
    with pytest.raises(CourseError, match=r"gradelib\[postgres\].*postgresql\+psycopg://"):
        gradebook.opened(Course(released.root)).__enter__()
