"""Inside the sandbox: runs the student's cells, then answers calls.

warm()               make the process ready, before it is forked for each candidate
run(sock, scratch)   serve one examiner until it hangs up

The student's code may replace anything in this process. That can only harm the student: nothing
that decides points happens here.
"""

from __future__ import annotations

import importlib.machinery
import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gradelib.exam.crossing.serving import Server
from gradelib.exam.crossing.wire import Channel
from gradelib.exam.running import shell as shells
from gradelib.exam.running import warming
from gradelib.exam.running.outputs import Outputs

ERROR_WIDTH = 300


def warm() -> None:
    """Make IPython's shell and load what cells commonly import."""
    warming.warm()


def run(sock: socket.socket, scratch: str) -> None:
    """Serve the examiner at the other end of `sock`; `scratch` is the working directory."""
    os.register_at_fork(after_in_child=sock.close)
    candidate = Candidate(scratch)
    operations: dict[str, Callable[..., Any]] = {
        "begin": candidate.begin,
        "run": candidate.run_cell,
    }
    with candidate.shell.speaking():
        server = Server(
            Channel(sock), candidate.shell.user_ns, operations, printed=candidate.printed
        )
        server.serve()


class Candidate:
    """One student's notebook, as it runs."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch
        self.shell = warming.warm()
        self.stopped = False

    def begin(self, seed: int, modules: Sequence[str] = ()) -> dict[str, Any]:
        """Start the legacy random generators, and let `modules` be imported from the scratch.

        Those are the course's own. The student's files come after everything that is installed.
        """
        import numpy as np

        random.seed(seed)
        np.random.seed(seed % 2**32)
        sys.path.append(self.scratch)
        sys.meta_path.insert(0, _Beside(self.scratch, frozenset(modules)))
        return {}

    def run_cell(self, source: str, count: int, limit: float) -> dict[str, Any]:
        """Run one cell and return its outputs. After `limit` seconds it is interrupted."""
        self.stopped = False
        previous = signal.signal(signal.SIGALRM, self._interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, limit, 1.0)
            try:
                ran = self.shell.run(source, count)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException as stopped:
            ran = shells.Ran(self.shell.outputs.take(), False, stopped)
        finally:
            signal.signal(signal.SIGALRM, previous)
        error = ran.error
        self.shell.outputs = Outputs()
        return {
            "outputs": ran.outputs,
            "cut": ran.cut,
            "error": None if error is None else type(error).__name__[:ERROR_WIDTH],
            "stopped": self.stopped,
        }

    def printed(self) -> list[tuple[str, str]]:
        """What was printed since this was last asked: the stream's name and the text."""
        found = self.shell.outputs.take()
        if not found:
            return []
        self.shell.outputs = Outputs()
        return [(one["name"], one["text"]) for one in found if one["output_type"] == "stream"]

    def _interrupt(self, number: int, frame: Any) -> None:
        self.stopped = True
        raise KeyboardInterrupt("the cell ran longer than it may")


class _Beside:
    """Finds the course's own modules beside the notebook before any of the same name elsewhere."""

    def __init__(self, folder: str, names: frozenset[str]) -> None:
        self.folder = folder
        self.names = names

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The module's spec, where it is one of the course's."""
        if name in self.names:
            return importlib.machinery.PathFinder.find_spec(name, [self.folder], target)
        return None
