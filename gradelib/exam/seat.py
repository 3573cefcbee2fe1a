"""Where a candidate sits: one process after the other, when one dies.

Seat            runs a notebook's cells in a candidate; after a death a fresh one has the same state
LostError       the candidate died or was late; `late` says which, the message says in what
Nursery         what a Seat needs of a place where candidates are born
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gradelib.exam.clock import Clock
from gradelib.exam.crossing.border import Border
from gradelib.exam.crossing.wire import Channel, GoneError, LateError, WireError
from gradelib.exam.sandbox.limits import Limits

GRACE = 3.0
"""Seconds that an interrupted cell has to end."""

END = 0.5
"""Seconds before the end of a hand-in's time at which the cell that runs then is interrupted."""

LOOK = 5.0
"""Seconds in which a candidate must answer after a cell."""

AGAIN = 5.0
"""Seconds for a cell that was interrupted before, when it is run again in a fresh candidate."""

Output = dict[str, Any]


class Born(Protocol):
    """A candidate's process, as its nursery hands it over."""

    sock: socket.socket

    def kill(self) -> None:
        """End it and all that it started."""

    def wait(self, timeout: float | None = None) -> str | None:
        """Return why it ended, in words; None where it ended by itself. Raises TimeoutError."""


class Nursery(Protocol):
    """Where candidates are born."""

    @property
    def isolation(self) -> str:
        """What keeps them, in a line."""

    def start(self, scratch: Path, limits: Limits) -> Born:
        """Return a new candidate, whose working directory is `scratch`."""


class LostError(Exception):
    """The candidate died or was late while a cell ran."""

    def __init__(self, message: str, *, late: bool) -> None:
        super().__init__(message)
        self.late = late


@dataclass
class _Step:
    """A cell that was run, to be run again where the candidate must be replaced."""

    source: str
    count: int
    limit: float


class Seat:
    """A candidate for one notebook. `folder` is an empty folder for its scratches."""

    def __init__(
        self,
        nursery: Nursery,
        folder: Path,
        files: Mapping[str, bytes],
        modules: frozenset[str],
        seed: int,
        limits: Limits,
        clock: Clock,
        believed: frozenset[str] = frozenset(),
    ) -> None:
        self.nursery, self.folder, self.files, self.modules = nursery, folder, files, modules
        self.seed, self.limits, self.clock = seed, limits, clock
        self.believed = believed
        self.before: Callable[[], None] | None = None
        self._steps: list[_Step] = []
        self._born: Born | None = None
        self._number = 0
        self.border: Border = self._seated()

    def run(self, source: str, count: int) -> dict[str, Any]:
        """Run a cell in the candidate and return its reply. Raises LostError, a new one seated."""
        step = _Step(source, count, self.clock.cell)
        try:
            reply = self._run(step)
            self._look()
        except LostError:
            self.replace()
            raise
        if reply.get("stopped") is True:
            step.limit = min(step.limit, AGAIN)
        self._steps.append(step)
        return reply

    def names(self, wanted: Sequence[str]) -> dict[str, Any]:
        """The candidate's names, as `Border.names` gives them.

        Where it cannot answer, though no test has called anything since its last cell, that cell
        has broken it: it is replaced by one in which that cell was not run.
        """
        while True:
            try:
                return self.border.names(wanted)
            except (GoneError, LateError):
                if self.clock.over or not self._steps:
                    raise
            self._steps.pop()
            self.replace()

    def replace(self) -> None:
        """End the candidate and seat another, in which the cells so far have been run again."""
        while not self.clock.over:
            self.border = self._seated()
            for step in list(self._steps):
                try:
                    self._run(step)
                    self._look()
                except LostError:
                    self._steps.remove(step)
                    break
            else:
                return

    def leave(self) -> None:
        """End the candidate."""
        if self._born is not None:
            with contextlib.suppress(OSError):
                self._born.kill()
            self._born = None

    def why_gone(self) -> str:
        """What became of a candidate that is gone, in words."""
        try:
            why = self._born.wait(1.0) if self._born is not None else None
        except TimeoutError:
            return self.border.lost or "Python hung up"
        return why or "Python ended"

    def _seated(self) -> Border:
        self.leave()
        self._number += 1
        scratch = self.folder / f"scratch{self._number}"
        shutil.rmtree(self.folder / f"scratch{self._number - 1}", ignore_errors=True)
        lay_out(self.files, scratch)
        self._born = self.nursery.start(scratch, self.limits)
        border = Border(Channel(self._born.sock), self.clock)
        border.before, border.believed = self.before, self.believed
        self.clock.begin_cell()
        with contextlib.suppress(GoneError, LateError, WireError):
            border.request("begin", seed=self.seed, modules=sorted(self.modules))
        return border

    def _run(self, step: _Step) -> dict[str, Any]:
        rest = max(0.1, self.clock.end - time.monotonic() - END)
        limit = min(step.limit, rest)
        self.clock.begin_cell(limit + GRACE)
        try:
            reply = self.border.request("run", source=step.source, count=step.count, limit=limit)
        except LateError:
            raise LostError("did not stop when it was interrupted", late=True) from None
        except (GoneError, WireError):
            raise LostError(self.why_gone(), late=False) from None
        reply = reply if isinstance(reply, dict) else {}
        if reply.get("stopped") is True and rest < step.limit:
            self.clock.stop()
        return reply

    def _look(self) -> None:
        """See whether the candidate answers still. Raises LostError."""
        self.clock.begin_cell(LOOK)
        try:
            self.border.names(())
        except (GoneError, LateError):
            if not self.clock.over:
                raise LostError("broke Python for all cells below it", late=False) from None


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files by their relative path into a new folder."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
