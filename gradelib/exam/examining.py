"""The examiner's process: warm, forks one child for each hand-in, survives them all.

main()      python -m gradelib.exam.examining DESCRIPTOR,... sandboxed|open
VARIABLES   the environment in which results are the same every time
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pickle
import resource
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from gradelib.exam import lean  # noqa: F401 - before anything imports nbformat
from gradelib.exam.examiner import Prepared, examination, go_to
from gradelib.exam.frames import LateError, receive, send
from gradelib.exam.rehearsal import TIME, Rehearsal, rehearse
from gradelib.exam.running import warming
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.sandbox.nursery import Nursery
from gradelib.exam.texts.handin import HandIn
from gradelib.exam.texts.paper import Paper
from gradelib.exam.verdict import Part, Tell, Verdict

VARIABLES = {
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
}

ROOM = 1 << 30
"""Bytes that an examination may have beyond what a candidate may: it holds what that sends."""

SLACK = 15.0
"""Seconds after a hand-in's time for the child to stop by itself."""

PAPERS = 8
"""Papers that are kept, in the worker's half as in this."""

END: Part = ["end"]


class Examining:
    """Answers a worker's requests on `sock` until it hangs up."""

    def __init__(self, sock: socket.socket, nursery: Nursery) -> None:
        self.sock = sock
        self.nursery = nursery
        self.papers: dict[str, Prepared] = {}

    def serve(self) -> None:
        """Serve until the worker hangs up."""
        while (data := receive(self.sock)) is not None:
            kind, *rest = pickle.loads(data)  # noqa: S301 - the worker's own words
            answers: dict[str, Callable[..., bytes]] = {
                "paper": self.take_paper,
                "rehearse": self.rehearse,
                "examine": self.examine,
            }
            send(self.sock, answers[kind](*rest))

    def take_paper(self, digest: str, paper: Paper, rehearsal: Rehearsal | None) -> bytes:
        """Keep a paper for the hand-ins to come. Without a rehearsal it is rehearsed here."""
        while len(self.papers) >= PAPERS:
            del self.papers[next(iter(self.papers))]
        if rehearsal is None:
            rehearsal = json.loads(self.rehearse(paper))
        self.papers[digest] = prepared = Prepared(paper, rehearsal)
        prepared.warm()
        return b""

    def rehearse(self, paper: Paper) -> bytes:
        """Rehearse a paper in a child of this process; nothing is still where that fails."""

        def run(folder: Path, tell: Tell) -> None:
            go_to(folder / "course", paper)
            shell = warming.warm()
            with shell.speaking():
                tell([rehearse(paper, shell)])

        found: list[Part] = []
        self._in_child(run, found.append, TIME)
        return json.dumps(found[0][0] if found else {}).encode()

    def examine(self, hand_in: HandIn, digest: str, seed: bytes, limits: Limits) -> bytes:
        """Examine in a child of this process; return the verdict as JSON."""
        prepared = self.papers[digest]
        verdict = Verdict(hand_in.student, hand_in.assignment, self.nursery.isolation)

        def run(folder: Path, tell: Tell) -> None:
            _bound_memory(limits.memory)
            examination(hand_in, prepared, seed, limits, self.nursery, folder, tell)

        why = self._in_child(run, verdict.tell, limits.wall)
        if why is not None:
            if self.nursery.gone():
                sys.exit("the nursery ended")  # that is not this hand-in's verdict
            verdict.broken_off(why)
        return json.dumps(verdict.result(), sort_keys=True, allow_nan=False).encode()

    def _in_child(self, run: Callable[[Path, Tell], None], tell: Tell, wall: float) -> str | None:
        """Run in a forked child, in a folder that is gone afterwards; parts go to `tell`.

        Returns why it did not come to its end, in words; None where it did.
        """
        ours, theirs = socket.socketpair()
        until = time.monotonic() + wall + SLACK
        with tempfile.TemporaryDirectory(prefix="gradelib_exam_") as folder, ours:
            child = os.fork()
            if child == 0:
                ours.close()
                self.sock.close()
                _child(theirs, run, Path(folder))
            theirs.close()
            ended, why = False, None
            try:
                while not ended and (data := receive(ours, until, self.sock)) is not None:
                    part = json.loads(data)
                    ended = part == END
                    if not ended:
                        tell(part)
            except LateError:
                why = f"stopped after {wall:g} s"
            finally:
                os.kill(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                self.nursery.clear()
        if ended or why:
            return why
        return f"the examiner itself died ({_ended(status)})"


def _child(sock: socket.socket, run: Callable[[Path, Tell], None], folder: Path) -> None:
    """Run, tell each part, and end. Never returns."""

    def tell(part: Part) -> None:
        send(sock, json.dumps(part, allow_nan=False).encode())

    code = 1
    try:
        _die_with_parent()
        run(folder, tell)
        tell(END)
        code = 0
    except BaseException as error:
        text = "".join(traceback.format_exception(error))
        os.write(2, text.encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _bound_memory(more: int) -> None:
    """A test that an answer makes ask for terabytes gets a MemoryError, and no one else does."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + more + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit code {os.waitstatus_to_exitcode(status)}"


def main(arguments: list[str]) -> None:
    """Serve the worker at the other end of each descriptor: of all but the first in a fork."""
    descriptors, isolation = arguments
    nursery = Nursery(sandboxed=isolation == "sandboxed")
    own, *others = (socket.socket(fileno=int(number)) for number in descriptors.split(","))
    warming.warm()
    assert nursery.ground is not None  # or it raises, and says what is missing
    for asker, other in enumerate(others, 1):
        if os.fork() == 0:
            _die_with_parent()
            nursery.asker = asker
            for sock in (own, *others):
                if sock is not other:
                    sock.close()
            own = other
            break
    else:
        for other in others:
            other.close()
    with own:
        own.set_inheritable(False)
        Examining(own, nursery).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
