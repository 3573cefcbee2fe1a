"""Where exams are held: a warm examiner's process, which a grading worker keeps.

Hall(sandboxed)   a context manager; .examine(...) gives the verdict on one hand-in
halls(count)      so many, whose examiners are forks of one that is warm
HallError         the examiner's process could not start, or died

    worker -> examiner E (`examining`, started by exec, forks for each hand-in)
           -> nursery N (started by E before it has seen a master, forks each candidate)

What E's child finds it tells part by part, so that whatever becomes of it, what was earned stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from gradelib.exam.examining import PAPERS, VARIABLES
from gradelib.exam.frames import receive, send
from gradelib.exam.rehearsal import Rehearsal
from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn
from gradelib.exam.texts.paper import Paper

KEPT = ("HOME", "PATH", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TZ")
"""Of the environment, what an examiner gets; candidates get nothing of it."""


class HallError(Exception):
    """The examiner's process could not start, or died. The message says what is known."""


class Hall:
    """Holds exams, one at a time; use it as a context manager, from one thread.

    With `sandboxed=False` the students' code is run without isolation, and verdicts say so.
    """

    def __init__(self, sandboxed: bool = True) -> None:
        self.sandboxed = sandboxed
        self._process: subprocess.Popen[bytes] | None = None
        self._sock: socket.socket | None = None
        self._errors: Any = None
        self._digests: dict[int, tuple[Paper, str]] = {}
        self._sent: list[str] = []
        self.ended = False

    def __enter__(self) -> Hall:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def examine(
        self,
        hand_in: HandIn,
        paper: Paper,
        seed: bytes,
        limits: Limits,
        rehearsal: Rehearsal | None = None,
    ) -> dict[str, Any]:
        """Return the verdict on a hand-in, plain JSON; `seed` is the secret for this student.

        `rehearsal` is what `rehearse` said of the paper; without it this hall makes its own, and
        pictures of the time that something took may differ from another hall's. Raises HallError
        where the examiner's process fails; the next call starts another.
        """
        digest = self._digest(paper)
        if digest not in self._sent:
            self._ask(("paper", digest, paper, rehearsal))
            self._sent = [*self._sent, digest][-PAPERS:]
        verdict: dict[str, Any] = json.loads(self._ask(("examine", hand_in, digest, seed, limits)))
        return verdict

    def rehearse(self, paper: Paper) -> Rehearsal:
        """Run the paper's given cells once; return what those show that are the same for all."""
        found: Rehearsal = json.loads(self._ask(("rehearse", paper)))
        return found

    @property
    def pid(self) -> int | None:
        """The number of the examiner's process, where there is one."""
        return None if self._process is None else self._process.pid

    def end(self) -> None:
        """For another thread: end the exam that is under way, which raises HallError."""
        self.ended = True
        with contextlib.suppress(OSError, AttributeError):
            self._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def close(self) -> None:
        """End the examiner's process and all that it started."""
        if self._sock is not None:
            self._sock.close()
        if self._process is not None:
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._errors is not None:
            self._errors.close()
        self._process = self._sock = self._errors = None
        self._sent = []

    def _digest(self, paper: Paper) -> str:
        if id(paper) not in self._digests:
            self._digests[id(paper)] = (paper, paper.digest())
        return self._digests[id(paper)][1]

    def _ask(self, request: tuple[Any, ...]) -> bytes:
        if self.ended:
            raise HallError("the exam was ended")
        sock = self._sock or self.start()
        try:
            send(sock, pickle.dumps(request))
            answer = receive(sock)
        except OSError:
            answer = None
        except BaseException:
            self.close()  # what is on its way belongs to no later question
            raise
        if answer is None:
            raise HallError(self._last_words())
        return answer

    def start(self, others: Sequence[Hall] = ()) -> socket.socket:
        """Start the examiner's process, and for each of `others` a fork of it once it is warm."""
        pairs = [socket.socketpair() for _ in range(1 + len(others))]
        given = [theirs.fileno() for _, theirs in pairs]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        command = [
            sys.executable,
            "-P",
            "-s",
            "-m",
            "gradelib.exam.examining",
            ",".join(map(str, given)),
        ]
        try:
            self._process = subprocess.Popen(
                [*command, "sandboxed" if self.sandboxed else "open"],
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                env={name: os.environ[name] for name in KEPT if name in os.environ} | VARIABLES,
                start_new_session=True,
            )
        finally:
            for _, theirs in pairs:
                theirs.close()
        self._sock = pairs[0][0]
        for other, (ours, _) in zip(others, pairs[1:], strict=True):
            other._sock = ours
        return self._sock

    def _last_words(self) -> str:
        process, errors = self._process, self._errors
        lines: list[str] = []
        code: int | None = None
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if process is not None:
                code = process.wait(5)
                errors.seek(0)
                lines = errors.read().decode("utf-8", "replace").strip().splitlines()
        self.close()
        text = "the examiner's process ended" + (f" with exit code {code}" if code else "")
        return text + (f": {lines[-1][:300]}" if lines else "")


def halls(count: int, sandboxed: bool = True) -> list[Hall]:
    """So many halls, each for a thread of its own; their one examiner is being started.

    When it dies, so do its forks; each hall then starts another by itself.
    """
    first, *others = (Hall(sandboxed) for _ in range(count))
    first.start(others)
    return [first, *others]
