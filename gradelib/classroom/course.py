"""A course's folders, its nbgrader settings, and the hand-ins found in it.

Course       the folder of a course: settings, paths, assignments, hand-ins
CourseError  the request makes no sense for this course; the message says what to try
"""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

from gradelib.exam.texts.notebook import one_line

from .batch import Submission

CHATTY = ("traitlets", "tornado.application")
"""The loggers that nbgrader's parts fall back to."""


class CourseError(Exception):
    """The request makes no sense for this course. The message says what to try."""


class Course:
    """The folder of a course, with the settings of its own nbgrader_config.py.

    Raises CourseError when the folder does not exist or its settings cannot be read.
    """

    def __init__(self, root: Path | str = ".") -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            raise CourseError(f"no course folder at {self.root}; name one with --course DIR")
        self.settings = self._read_settings()
        self.directory = self.directory_for()
        if not self.assignments() and not any(self.root.glob("nbgrader_config.*")):
            raise CourseError(
                f"{self.root} is not a course: it has neither nbgrader_config.py nor notebooks in "
                f"{self.directory.source_directory}/; name the course's folder with --course DIR"
            )

    def _read_settings(self) -> Config:
        settings = Config()
        loaders = {
            "nbgrader_config.py": PyFileConfigLoader,
            "nbgrader_config.json": JSONFileConfigLoader,
        }
        for name, loader in loaders.items():
            if (self.root / name).is_file():
                try:
                    with contextlib.chdir(self.root):
                        settings.merge(loader(name, path=str(self.root)).load_config())
                except Exception as error:
                    raise CourseError(
                        f"{self.root / name} cannot be read: {one_line(error)}"
                    ) from error
        settings.CourseDirectory.root = str(self.root)
        return settings

    def config(self) -> Config:
        """A fresh copy of the settings, for a converter to keep."""
        return deepcopy(self.settings)

    def directory_for(self, **traits: Any) -> CourseDirectory:
        """nbgrader's directory object for this course; `traits` replace single settings."""
        config = self.config()
        for name, value in traits.items():
            config.CourseDirectory[name] = value
        return CourseDirectory(config=config)

    def source(self, assignment: str) -> Path:
        """The folder of an assignment's source notebooks."""
        return self._folder(self.directory.source_directory, assignment)

    def release(self, assignment: str) -> Path:
        """The folder of an assignment's students' notebooks."""
        return self._folder(self.directory.release_directory, assignment)

    def autograded(self, student: str, assignment: str) -> Path:
        """The folder of a graded hand-in."""
        return self._folder(self.directory.autograded_directory, assignment, student)

    def feedback(self, student: str, assignment: str) -> Path:
        """The folder of a student's feedback pages."""
        return self._folder(self.directory.feedback_directory, assignment, student)

    def _folder(self, step: str, assignment: str, student: str = ".") -> Path:
        return Path(os.path.normpath(self.directory.format_path(step, student, assignment)))

    def assignments(self) -> list[str]:
        """The names of the folders of source notebooks, sorted."""
        return notebook_folders(self.source("."))

    def require(self, assignment: str) -> None:
        """Raise CourseError unless the assignment has a source and a release."""
        known = self.assignments()
        if assignment not in known:
            raise CourseError(
                f"no assignment {assignment!r} in {self.source('.')}; "
                + suggestion(assignment, known)
            )
        if not notebooks_in(self.release(assignment)):
            raise CourseError(
                f"assignment {assignment!r} is not released: no notebook in "
                f"{self.release(assignment)}; "
                f"try: gradelib release {assignment}"
            )

    def submissions(self, assignment: str, student: str | None = None) -> list[Submission]:
        """The hand-ins of an assignment, sorted by student; of one student when one is named.

        Raises CourseError when the named student has handed nothing in.
        """
        step = self.directory.submitted_directory
        pattern = self.directory.format_path(glob.escape(step), "*", glob.escape(assignment))
        regexp = self.directory.format_path(
            step, "(?P<student>.*)", re.escape(assignment), escape=True
        )
        found = {}
        for name in glob.glob(pattern):
            match = re.fullmatch(regexp, name, re.DOTALL)
            if match and Path(name).is_dir():
                found[match["student"]] = Submission(match["student"], assignment, Path(name))
        if student is not None:
            if student not in found:
                has = self.absent(assignment).get(student)
                raise CourseError(
                    f"student {student!r} has no hand-in for {assignment!r} under "
                    f"{self.root / step}; "
                    + (f"there is {', '.join(has)}" if has else suggestion(student, sorted(found)))
                )
            return [found[student]]
        return [found[name] for name in sorted(found)]

    def absent(self, assignment: str) -> dict[str, list[str]]:
        """Students who have a folder, but none for the assignment; each with what is in it.

        Names of the course's other assignments are left out.
        """
        place = Path(self.directory.format_path(self.directory.submitted_directory, "x", "y"))
        handed_in = {entry.student for entry in self.submissions(assignment)}
        found = {}
        for folder in sorted(place.parents[1].glob("*")):
            if folder.is_dir() and folder.name not in handed_in and folder.name[0] != ".":
                names = {entry.name for entry in folder.iterdir() if entry.name[0] != "."}
                found[folder.name] = sorted(names - set(self.assignments()))
        return found

    @contextlib.contextmanager
    def session(self, log: Path | None = None) -> Iterator[list[str]]:
        """A context to run nbgrader in. Yields the list to which its log messages are added.

        `alembic`, which nbgrader starts by name, is found beside Python; no log message or warning
        reaches the terminal (messages go to the file `log`, if given); the environment and the
        working directory are put back, which nbgrader forgets when it fails.
        """
        environment, folder = dict(os.environ), Path.cwd()
        handlers: list[logging.Handler] = [_Messages()]
        if log is not None:
            log.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(logging.FileHandler(log, mode="w", encoding="utf-8", delay=True))
        os.environ["PATH"] = os.pathsep.join(
            [os.path.dirname(sys.executable), os.environ.get("PATH", "")]
        )
        loggers = [logging.getLogger(name) for name in CHATTY]
        before = [(logger.handlers[:], logger.propagate) for logger in loggers]
        for logger in loggers:
            logger.handlers, logger.propagate = handlers[:], False
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield handlers[0].messages  # type: ignore[attr-defined]
        finally:
            for logger, (old, propagate) in zip(loggers, before, strict=True):
                logger.handlers, logger.propagate = old, propagate
            for handler in handlers:
                handler.close()
            os.environ.clear()
            os.environ.update(environment)
            os.chdir(folder)


class _Messages(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def notebooks_in(folder: Path) -> list[Path]:
    """The notebooks directly in a folder, sorted; none where there is no such folder."""
    return sorted(path for path in folder.glob("*.ipynb") if path.is_file())


def notebook_folders(folder: Path) -> list[str]:
    """The names of the visible folders in `folder` that hold a notebook, sorted."""
    if not folder.is_dir():
        return []
    inner = (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return sorted(path.name for path in inner if notebooks_in(path))


def suggestion(word: str, known: list[str]) -> str:
    """What a person may have meant: the nearest of the known words, or all of them."""
    near = get_close_matches(word, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(near) + "?"
    return "there is " + (
        ", ".join(known[:12]) + (" ..." if len(known) > 12 else "") if known else "none"
    )
