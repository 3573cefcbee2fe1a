"""The tiny course as fixtures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tiny_course import make_course

from gradelib.classroom.course import Course
from gradelib.classroom.release import release


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A fresh course, not released."""
    return make_course(tmp_path / "course")


@pytest.fixture(scope="session")
def released_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a released course with a gradebook, made once."""
    made = make_course(tmp_path_factory.mktemp("template") / "course")
    release(made)
    return made.root


@pytest.fixture
def released(released_template: Path, tmp_path: Path) -> Course:
    """A released course of one's own."""
    root = tmp_path / "course"
    shutil.copytree(released_template, root)
    return Course(root)
