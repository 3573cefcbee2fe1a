"""What a test's code and a student's share besides values: prints, warnings, numpy's error state.

Surroundings    the examiner's side: what of it has changed here, and what is heard from over there
"""

from __future__ import annotations

import builtins
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradelib.checks.watch import Watch
from gradelib.exam.crossing import failures, known
from gradelib.exam.crossing.wire import WireError

__all__ = ["Surroundings"]

MOST_PRINTED = 200_000  # characters in one message
MOST_WARNINGS = 200  # of one call
PATCHED = ("input", "print")  # what a test may put something else in the place of


class Surroundings:
    """What the two sides know of each other's surroundings."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files
        self.errors: dict[str, Any] = dict(np.geterr())
        self.watch: Watch | None = None
        self.heard: list[Any] = []
        self.shown: dict[str, dict[Any, Any]] = {}
        self.originals = {name: getattr(builtins, name) for name in PATCHED}
        self.now = dict(self.originals)

    def error_state(self) -> list[list[str]] | None:
        """numpy's error state, where it is not what it was."""
        errors: Any = np.geterr()
        if errors == self.errors:
            return None
        self.errors = errors
        return [[what, how] for what, how in errors.items()]

    def patches(self) -> list[tuple[str, Callable[..., Any] | None]]:
        """Builtin functions that a test has replaced since, and by what; None: by themselves."""
        found: list[tuple[str, Callable[..., Any] | None]] = []
        for name, known_as in self.now.items():
            function = getattr(builtins, name)
            if function is not known_as:
                self.now[name] = function
                here = None if function is self.originals[name] else _called_here(name)
                found.append((name, here))
        return found

    def hear(self, news: Any) -> None:
        """Print what was printed over there; keep its warnings and what was seen of calls."""
        left = MOST_PRINTED
        for stream, text, *more in news:
            if type(text) is not str:
                raise WireError("malformed: a print")
            if stream == "watched" and self.watch is not None:
                self.watch.moved |= more == ["moved"]
                self.watch.complex |= more == ["complex"]
            elif stream == "warning":
                short = len(self.heard) < MOST_WARNINGS and len(text) <= MOST_PRINTED
                if short and len(more) == 3:
                    self.heard.append((text, *more))
            elif left > 0:
                shown = text[:left].encode(errors="replace").decode()
                (sys.stderr if stream == "stderr" else sys.stdout).write(shown)
            left -= len(text)

    def warn(self) -> None:
        """Give the student's warnings again, here, where a test may catch them."""
        heard, self.heard = self.heard, []
        for text, category, file, line in heard:
            kind = known.EXCEPTIONS.get(category) if type(category) is str else None
            if kind is None or not issubclass(kind, Warning) or type(line) is not int:
                continue
            label = failures.labelled(self.files, file)
            registry = self.shown.setdefault(label, {})
            warnings.warn_explicit(text, kind, label, line, registry=registry)


def _called_here(name: str) -> Callable[..., Any]:
    """A function for the other side, which calls what a test has put in a builtin's place."""

    def instead(*args: Any, **named: Any) -> Any:
        found = getattr(builtins, name)(*args, **named)
        return found if type(found) is str else None  # a mock answers with a mock

    return instead
