"""Where candidates are born: a warm process that never knew a master, and forks on request.

Nursery(sandboxed)          for the examiner: starts that process, by exec, with nothing inherited
nursery.start(scratch, limits) -> Candidate      a few milliseconds
candidate.sock, .wait(), .kill()                 its socket; why it ended, in words
main()                      python -P -s -m gradelib.exam.sandbox.nursery: the process itself
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradelib.exam.sandbox.limits import LAYERS, IsolationError, Limits

CANDIDATE = "gradelib.exam.running.candidate"
"""A module with warm(), called once, and run(sock, scratch), called in each candidate."""

VARIABLES = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",  # each more would take 64 MB of the address space
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "USER": "student",
}
_KEPT = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")
"""Where matplotlib's list of fonts lies; candidates get none of these."""

_KIND = socket.SOCK_SEQPACKET if sys.platform == "linux" else socket.SOCK_DGRAM


class Candidate:
    """A candidate's process: `sock` is the examiner's end of its socket."""

    def __init__(self, sock: socket.socket, talk: socket.socket) -> None:
        self.sock = sock
        self._talk = talk
        self._told = False
        self._cause: str | None = None

    def wait(self, timeout: float | None = None) -> str | None:
        """Return why it ended, in words, once nothing of it is alive; None: it ended by itself.

        TimeoutError when it lives after `timeout` seconds. IsolationError when it could not be
        isolated, so that nothing was run, or when the nursery is gone.
        """
        if not self._told:
            self._talk.settimeout(timeout)
            try:
                message = self._talk.recv(65536)
            except ConnectionError:
                message = b""
            self._told = True
            said = json.loads(message) if message else {"error": "the nursery ended"}
            if "error" in said:
                raise IsolationError(f"a candidate was not started: {said['error']}")
            self._cause = said["cause"]
        return self._cause

    def kill(self) -> None:
        """Kill it, with all that it started, and wait until they are dead."""
        with contextlib.suppress(OSError):
            self._talk.send(b"end")
        with contextlib.suppress(OSError, IsolationError):
            self.wait(10.0)
        self.sock.close()
        self._talk.close()

    def __enter__(self) -> Candidate:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Nursery:
    """Starts the warm process at once, and waits for it at the first use.

    Forks of the calling process may use it too. `layers` of limits.LAYERS are tried, none where
    `sandboxed` is False; `module` is what candidates run; `path` is put before sys.path, and
    `loud` leaves candidates the standard error stream, both for tests. Raises IsolationError at
    the first use where the layers do not give what grading needs, unless `strict` is False.
    """

    def __init__(
        self,
        sandboxed: bool = True,
        *,
        layers: Collection[str] = LAYERS,
        module: str = CANDIDATE,
        path: str = "",
        loud: bool = False,
        strict: bool = True,
    ) -> None:
        self._sandboxed = sandboxed
        self._strict = strict
        asked = {"layers": list(layers) if sandboxed else [], "module": module, "loud": loud}
        asked["dies"] = threading.current_thread() is threading.main_thread()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, _KIND)
        environment = VARIABLES | {name: os.environ[name] for name in _KEPT if name in os.environ}
        if path:
            environment["PYTHONPATH"] = path
        command = [sys.executable, "-P", "-s", "-m", "gradelib.exam.sandbox.nursery"]
        with theirs:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), json.dumps(asked)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
        self._hello: dict[str, Any] | None = None
        self.asker = 0
        """Which of the processes that share this nursery asks: `clear` is for its own."""

    @property
    def ground(self) -> dict[str, Any]:
        """What the machine gave: the fields of `Ground`, plain."""
        if self._hello is None:
            message = self._control.recv(65536)
            if not message:
                raise IsolationError("the nursery ended while it was started")
            self._hello = json.loads(message)
        missing = ", ".join(self._hello["missing"])
        if missing and self._sandboxed and self._strict:
            raise IsolationError(
                f"this machine gives no full isolation: {missing} missing; `gradelib doctor` says "
                "more. Grade on Linux 5.13 or later, or with --no-sandbox where every hand-in is "
                "trusted"
            )
        return self._hello

    @property
    def missing(self) -> list[str]:
        """Which protections that grading needs are not given, in words."""
        return list(self.ground["missing"])

    @property
    def isolation(self) -> str:
        """ "full", "none", or "partly: " and what is missing."""
        if not self._sandboxed:
            return "none"
        return f"partly: {', '.join(self.missing)} missing" if self.missing else "full"

    def start(self, scratch: Path, limits: Limits) -> Candidate:
        """Fork a candidate whose working directory holds a copy of the files in `scratch`.

        Where the machine gives no root of its own it works in `scratch` itself: remove that with
        `scratch.remove`. Raises IsolationError.
        """
        assert self.ground is not None
        ours, theirs = socket.socketpair()
        talk, their_talk = socket.socketpair(socket.AF_UNIX, _KIND)
        files = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
        request = {
            "asker": self.asker,
            "limits": asdict(limits),
            "scratch": str(scratch.absolute()),
        }
        try:
            descriptors = [their_talk.fileno(), theirs.fileno(), files]
            socket.send_fds(self._control, [json.dumps(request).encode()], descriptors)
        except OSError as error:
            ours.close()
            talk.close()
            raise IsolationError(f"the nursery ended: {error}") from None
        finally:
            os.close(files)
            theirs.close()
            their_talk.close()
        return Candidate(ours, talk)

    def clear(self) -> None:
        """Kill every candidate of this asker."""
        with contextlib.suppress(OSError):
            self._control.send(json.dumps({"clear": self.asker}).encode())

    def gone(self) -> bool:
        """Whether the nursery has ended."""
        try:
            return not self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """End the nursery, and with it every candidate."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def main() -> None:
    """The nursery's process: arguments are the control socket's descriptor, and JSON."""
    from gradelib.exam.sandbox import kernel
    from gradelib.exam.sandbox.ground import Ground
    from gradelib.exam.sandbox.ward import Ward

    control = socket.socket(fileno=int(sys.argv[1]))
    asked = json.loads(sys.argv[2])
    if asked["dies"] and kernel.available():
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    ground = Ground.found(asked["layers"])
    module = importlib.import_module(asked["module"])
    module.warm()
    ground.settle()
    for name in set(os.environ) - set(VARIABLES):
        del os.environ[name]
    gc.collect()
    gc.freeze()  # a collection in a candidate would copy every page of what is warm
    control.send(json.dumps(ground.told()).encode())
    Ward(control, ground, module.run, asked["loud"]).serve()


if __name__ == "__main__":
    main()
