"""A course's private folder, .grading/: its secret, and who is grading now.

folder(course)        the folder, made when it is not there
seed(course, student) what draws the inputs of a student's tests
secret(course)        the course's secret, made at the first grading
alone(course)         a `with` in which no one else grades this course; BusyError says who does
"""

from __future__ import annotations

import getpass
import hmac
import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from gradelib.exam.texts.notebook import one_line

from .course import Course, CourseError

SECRET_BYTES = 32


class BusyError(CourseError):
    """Someone else grades this course now. The message says who, and since when."""


def folder(course: Course) -> Path:
    """The course's .grading/, for the account that grades only when it is made.

    Raises CourseError where it cannot be made.
    """
    found = course.root / ".grading"
    try:
        found.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"{found} cannot be made ({error.strerror}); grading keeps verdicts and its secret "
            "there: make the course's folder writable for this account"
        ) from error
    return found


def seed(course: Course, student: str) -> bytes:
    """32 bytes that belong to the course and the student, and that no student can compute."""
    return hmac.digest(secret(course), student.encode("utf-8", "surrogatepass"), "sha256")


def secret(course: Course) -> bytes:
    """The course's secret: 32 random bytes in .grading/secret, which only its owner can read.

    Of two that make it at once one wins, and both get the winner's. Raises CourseError where it
    can be neither read nor made, or is damaged.
    """
    path = folder(course) / "secret"
    try:
        if not path.exists():
            _make_secret(path)
        found = path.read_bytes()
    except OSError as error:
        raise CourseError(
            f"{path} can be neither read nor made ({error.strerror}): it draws the tests' inputs; "
            "grade as the account that graded first"
        ) from error
    if len(found) != SECRET_BYTES:
        raise CourseError(
            f"{path} is damaged: {len(found)} bytes, and not {SECRET_BYTES}; put a copy in its "
            "place, or remove it: then every hand-in is graded anew, on other inputs"
        )
    return found


def _make_secret(path: Path) -> None:
    """Make the file complete under another name; the link gives it its own unless there is one."""
    handle, temporary = tempfile.mkstemp(prefix=".secret-", dir=path.parent)  # mode 0600
    try:
        with open(handle, "wb") as file:
            file.write(os.urandom(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Hold the course's lock, .grading/lock; it is free when this process ends, however it ends.

    Raises BusyError, with the other's name and time, when someone else holds it.
    """
    try:
        import fcntl
    except ModuleNotFoundError:  # not on this system
        yield
        return
    path = folder(course) / "lock"
    try:
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - closed below, when all is done
    except OSError as error:
        raise CourseError(f"{path} cannot be opened ({error.strerror})") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise BusyError(
                f"{_who(file.read())} is grading this course; wait until that has ended, and try "
                "again"
            ) from error
        with suppress(OSError):  # a full disk: then a second one learns no name
            file.truncate(0)
            file.write(json.dumps(_me()))
            file.flush()
        yield


def _me() -> dict[str, str]:
    try:
        user = getpass.getuser()
    except Exception as error:  # an account without a name
        user = one_line(error, 40)
    return {
        "user": user,
        "host": socket.gethostname(),
        "process": str(os.getpid()),
        "since": datetime.now().strftime("%H:%M"),
    }


def _who(text: str) -> str:
    try:
        me = json.loads(text)
        return f"{me['user']} on {me['host']} (process {me['process']}, since {me['since']})"
    except (ValueError, KeyError, TypeError):
        return "someone else"
