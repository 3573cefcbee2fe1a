"""Calling a student's code: nothing that it raises, prints or changes goes unnoticed.

`listening` keeps what is printed and warned; `attempt` turns whatever is raised into `CallFailed`;
`snapshot` and `unchanged` notice arguments that were changed in place.
"""

from __future__ import annotations

import contextlib
import io
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = [
    "CallFailed",
    "Heard",
    "attempt",
    "kind_of",
    "listening",
    "snapshot",
    "unchanged",
]

MOST_HEARD = 600  # characters of a student's prints that are kept
DEPTH = 6  # of nested caches
LIBRARIES = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))


class CallFailed(Exception):  # noqa: N818 - a finding about a student's code, not an error of ours
    """A student's function raised; `error` is what, `where` the student's own line."""

    def __init__(self, what: str, error: BaseException) -> None:
        self.what = what
        self.error = error
        self.where = _own_line(error)
        self.not_attempted = isinstance(error, NotImplementedError)
        said = safe_str(error)
        super().__init__(f"{what} raised {type(error).__name__}" + (f": {said}" if said else ""))


@dataclass
class Heard:
    """What the student's code wrote and warned while a check ran."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    caught: list[warnings.WarningMessage] = field(default_factory=list)

    def lines(self) -> tuple[str, ...]:
        """One line per distinct warning, and the beginning of what was printed."""
        warned = (f"{w.category.__name__}: {safe_str(w.message)}" for w in self.caught)
        said = list(dict.fromkeys(warned))
        # Every call prints the same again: each line once.
        printed = "\n".join(dict.fromkeys(self.stream.getvalue().splitlines()))
        if printed:
            clean = "".join(c if c.isprintable() or c == "\n" else " " for c in printed)
            cut = clean[:MOST_HEARD].rstrip() + (" ..." if len(clean) > MOST_HEARD else "")
            said.append("printed:" + ("\n" if "\n" in cut else " ") + cut)
        return tuple(said)


@contextlib.contextmanager
def listening() -> Iterator[Heard]:
    """Keep prints and warnings away from the cell (nbgrader gives 0 for a word on stderr)."""
    heard = Heard()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(heard.stream),
        contextlib.redirect_stderr(heard.stream),
        np.errstate(),  # a student's np.seterr ends with the check
    ):
        warnings.simplefilter("always")
        heard.caught = caught
        yield heard


def attempt(what: str, function: Callable[..., Any], *args: Any) -> Any:
    """Return function(*args); raise CallFailed for whatever it raises, SystemExit included."""
    try:
        return function(*args)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise CallFailed(what, error) from error


def _own_line(error: BaseException) -> str:
    """The last line of the student's own code in the traceback: 'line 3 of relu: x = ...'."""
    try:
        frames = traceback.extract_tb(error.__traceback__)
    except Exception:  # a traceback made by hand
        return ""
    own = [f for f in frames if "/gradelib/checks/" not in f.filename.replace("\\", "/")]
    own = [f for f in own if not f.filename.startswith(LIBRARIES)] or own
    if not own:
        return ""
    last = own[-1]
    line = f": {last.line}" if last.line else ""
    return f"line {last.lineno} of {last.name}{line}"


def safe_str(value: object, limit: int = 200) -> str:
    """str(value), even where the student's own __str__ fails, on one line."""
    try:
        text = "".join(c if c.isprintable() else " " for c in str(value))
        text = " ".join(text.split())
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 4] + " ..."


def kind_of(value: object) -> str:
    """What a value is, in a student's words: 'a list', 'an array of shape (3,) and dtype int64'."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        plain = np.asarray(value)
        return f"an array of shape {plain.shape} and dtype {plain.dtype}"
    name = type(value).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return f"{article} {name}"


def snapshot(value: object, depth: int = DEPTH) -> Any:
    """Copy the arrays in a nest of tuples, lists and dicts; other things stand for themselves."""
    try:
        if isinstance(value, np.ndarray):
            return np.array(value)  # plain, of whatever class it was
        if depth and isinstance(value, (tuple, list)):
            return [snapshot(item, depth - 1) for item in value]
        if depth and isinstance(value, dict):
            return {key: snapshot(item, depth - 1) for key, item in value.items()}
    except Exception:  # a student's own kind of dict
        return value
    return value


def unchanged(value: object, before: Any, depth: int = DEPTH) -> bool:
    """Whether `value` still equals its snapshot, to the bit; True where that cannot be told."""
    try:
        return _unchanged(value, before, depth)
    except Exception:
        return True


def _unchanged(value: object, before: Any, depth: int) -> bool:
    if isinstance(value, np.ndarray):
        plain = np.asarray(value)
        if not isinstance(before, np.ndarray):
            return False
        if plain.shape != before.shape or plain.dtype != before.dtype:
            return False
        if plain.dtype.hasobject:
            return _unchanged(plain.tolist(), before.tolist(), depth)
        return _same_bits(plain, before)
    if depth and isinstance(value, (tuple, list)):
        same = isinstance(before, list) and len(value) == len(before)
        return same and all(_unchanged(a, b, depth - 1) for a, b in zip(value, before, strict=True))
    if depth and isinstance(value, dict):
        same = isinstance(before, dict) and value.keys() == before.keys()
        return same and all(_unchanged(item, before[k], depth - 1) for k, item in value.items())
    return True


def _same_bits(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    if a.dtype == np.float64 and a.flags.c_contiguous and b.flags.c_contiguous:
        return bool(np.array_equal(a.view(np.int64), b.view(np.int64)))  # without copies
    return a.tobytes() == b.tobytes()
