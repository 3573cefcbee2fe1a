"""What is kept of a student's prints and warnings, and which line an error is said to come from."""

import json
import warnings

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.calls import CallFailed, Heard, attempt, listening

PRINTED = {  # id: (what is printed, the line that is kept)
    "one line": ("a b", "printed: a b"),
    "two lines": ("a\nb\n", "printed:\na\nb"),
    "each line once": ("a\nb\na\nb\nc\n", "printed:\na\nb\nc"),
    "indented": ("  a  ", "printed:   a"),
    "what cannot be printed": ("a\x07b\tc", "printed: a b c"),
    "as much as is kept": ("a" * 600, "printed: " + "a" * 600),
    "one more": ("a" * 601, "printed: " + "a" * 600 + " ..."),
    "cut at a space": ("a" * 599 + " b", "printed: " + "a" * 599 + " ..."),
}


@pytest.mark.parametrize(("text", "kept"), PRINTED.values(), ids=PRINTED)
def test_prints_are_kept_from_their_beginning(text, kept):
    """As they stand, each line once, 600 characters at most."""
    heard = Heard()
    heard.stream.write(text)
    assert heard.lines() == (kept,)


def test_warnings_come_first_each_once():
    """One line for each distinct warning, then what was printed; nothing where nothing was said."""
    with listening() as heard:
        for words in ("b", "a", "b"):
            warnings.warn(words, RuntimeWarning, stacklevel=1)
        print("c")
    assert heard.lines() == ("RuntimeWarning: b", "RuntimeWarning: a", "printed: c")
    assert Heard().lines() == ()


def compiled(name, source, space):
    exec(compile(source, name, "exec"), space)
    return space


def raised(function, *args):
    with pytest.raises(CallFailed) as found:
        attempt("f", function, *args)
    return found.value.where


def reads():
    return json.loads("no")


def checks():
    return gl.check_values(1.0, 1.0, name="")


def test_error_in_a_library_is_placed_on_the_students_line():
    """Where the student's own code called the library, or one of these checks."""
    assert raised(reads).endswith(' of reads: return json.loads("no")')
    assert raised(checks).endswith(' of checks: return gl.check_values(1.0, 1.0, name="")')


def test_error_in_a_library_alone_is_placed_there():
    """Where none of the lines is the student's, the last one of the library."""
    assert " of raw_decode: raise JSONDecodeError(" in raised(json.loads, "no")


@pytest.mark.parametrize(
    "ours", ["/home/me/gradelib/checks/deep/x.py", r"C:\me\gradelib\checks\deep\x.py"]
)
def test_lines_of_these_checks_are_told_by_their_folder(ours):
    """However the system writes a path."""
    space = compiled(ours, "def inner():\n    1 / 0", {})
    compiled("cell", "\ndef outer():\n    inner()", space)
    assert raised(space["outer"]) == "line 3 of outer"


def test_line_without_its_text_is_named_by_its_number():
    """Code that stands in no file has no text to show."""
    space = compiled("<string>", "def h():\n    1 / 0", {})
    assert raised(space["h"]) == "line 2 of h"


class TraceError(Exception):
    """An error that hides where it comes from."""

    @property
    def __traceback__(self):
        raise RuntimeError("none of your business")


def test_error_whose_traceback_cannot_be_read_names_no_line():
    """Then there is no place to point to."""
    assert CallFailed("f", TraceError("lost")).where == ""


class Moody(dict):
    """A dict that cannot be walked through."""

    def items(self):
        raise RuntimeError("not now")


def test_cache_that_cannot_be_walked_through_is_left_alone():
    """Nothing is said against a cache of the student's own kind."""

    def backward(dout, cache):
        return dout * cache["x"]

    x = np.array([1.0, -2.0])
    report = gl.check_backward(lambda x: (x**2 / 2, Moody(x=x)), backward, x)
    assert report.passed, str(report)
