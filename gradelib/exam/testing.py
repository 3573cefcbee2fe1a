"""The examiner's own side: the master's cells, run with the student's names bound to proxies.

Desk            runs given cells and grade cells in this process, and decides their points
OutOfTime       stops a grade cell that does not end by itself
"""

from __future__ import annotations

import contextlib
import random
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradelib.checks.marks import salted
from gradelib.checks.mistakes.explain import unexplained
from gradelib.exam.clock import Clock
from gradelib.exam.crossing.border import Border, Proxy
from gradelib.exam.familiar import familiar, untold, wanted
from gradelib.exam.points import Outcome, Points, decide
from gradelib.exam.running import shell as shells
from gradelib.exam.running import warming
from gradelib.exam.running.outputs import Output, cleaned, scrubbed
from gradelib.exam.seat import Seat
from gradelib.exam.texts.notebook import one_line
from gradelib.exam.texts.script import Test

GRACE = 1.0
"""Seconds after a deadline before the examiner's own code is interrupted."""

WIDTH = 300
"""Characters of an error that the verdict tells."""

ABSENT = object()


class OutOfTime(KeyboardInterrupt):
    """The time of a cell is over."""


class Desk:
    """Runs the master's cells of one notebook. `seed` starts the legacy random generators."""

    def __init__(self, seat: Seat, clock: Clock, seed: int) -> None:
        self.seat = seat
        self.clock = clock
        self.shell = warming.warm()
        self.shell.formatter.foreign = _foreign
        self.shell.begin_anew()
        self._bound: dict[str, Any] = {}
        self._watched: frozenset[str] = frozenset()
        random.seed(seed)
        np.random.seed(seed % 2**32)

    @property
    def border(self) -> Border:
        """The way to the candidate that sits there now."""
        return self.seat.border

    def test(self, test: Test, count: int) -> tuple[Points, list[Output], bool]:
        """Run a grade cell; return its points, its outputs, and whether they were cut.

        The candidate may be dead or late afterwards: `border.lost` says so.
        """
        for cell in test.given:
            with self._timed():
                self.shell.run(cell.source, count)
        ran = shells.Ran()
        with self._timed() as late:
            self._bring(test)
            # This decides the points; mistakes are looked for below, where it fails.
            with contextlib.nullcontext() if test.bound else unexplained():
                ran = self.shell.run(test.cell.source, count)
            self._send()
        self._watched = frozenset()
        outputs, cut = cleaned(ran.outputs)
        points = self._points(ran, test, bool(late))
        if points.outcome in ("failed", "partial") and not test.bound:
            outputs = self._explained(test, count, outputs)
        return points, outputs, ran.cut or cut

    def _explained(self, test: Test, count: int, outputs: list[Output]) -> list[Output]:
        """The outputs of a failed test with mistakes named, as on the notebook's own inputs.

        What fails on the exam's inputs alone is told with those.
        """
        home: list[Output] = []
        if wanted(outputs):
            with salted(b""):
                home = self._again(test, test.cell.released, count)
        here = self._again(test, test.cell.source, count) if untold(outputs, home) else []
        return familiar(outputs, home, here)

    def _again(self, test: Test, source: str, count: int) -> list[Output]:
        """What a test shows when it is run once more. Counts for nothing.

        Nothing where the candidate does not live through it.
        """
        ran = shells.Ran()
        if self.border.lost is None:
            with self._timed() as late:
                self._bring(test)
                ran = self.shell.run(source, count)
            if late or self.border.lost is not None:
                return []
        return cleaned(ran.outputs)[0]

    def _points(self, ran: shells.Ran, test: Test, late: bool) -> Points:
        lost = self.border.lost
        if late or isinstance(ran.error, OutOfTime):
            return Points(0.0, "late", f"the test did not end within {self.clock.limit()}")
        if lost is not None:
            outcome: Outcome = "late" if self.border.late else "died"
            return Points(0.0, outcome, scrubbed(lost)[:WIDTH])
        if ran.error is not None:
            return Points(0.0, "failed", scrubbed(one_line(ran.error, WIDTH)))
        return decide(ran.value, test.cell.points or 0.0)

    def _bring(self, test: Test) -> None:
        """Bind the student's names as they are now; those that are not there are unbound."""
        found = self.seat.names([*test.wanted, *test.modules])
        space = self.shell.user_ns
        for name, statement in test.modules.items():
            space.pop(name, None)
            if name in found:
                exec(statement, space)  # noqa: S102 - the master's own import
        for name in test.wanted:
            if name in found:
                space[name] = found[name]
            else:
                space.pop(name, None)
        self._watched = test.bound
        self._bound = {name: space.get(name, ABSENT) for name in test.bound}
        self.seat.before = self.border.before = self._send if test.bound else None

    def _send(self) -> None:
        """Tell the candidate which of its names the running cell has bound anew or deleted."""
        space = self.shell.user_ns
        for name in sorted(self._watched):
            value = space.get(name, ABSENT)
            if value is self._bound[name]:
                continue
            self._bound[name] = value
            if value is ABSENT:
                self.border.unbind(name)
            else:
                self.border.bind(name, value)

    @contextlib.contextmanager
    def _timed(self) -> Iterator[list[bool]]:
        """Interrupt what runs within when the clock says so; what is yielded then is true."""
        late: list[bool] = []

        def stop(number: int, frame: Any) -> None:
            late.append(True)
            raise OutOfTime(f"stopped after {self.clock.limit()}")

        self.clock.begin_cell()
        before = signal.signal(signal.SIGALRM, stop)
        try:
            signal.setitimer(signal.ITIMER_REAL, self.clock.left() + GRACE, 1.0)
            try:
                yield late
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except OutOfTime:
            pass
        except BaseException:
            if self.border.lost is None:
                raise
        finally:
            signal.signal(signal.SIGALRM, before)


def _foreign(value: Any) -> bool:
    return issubclass(type(value), Proxy)
