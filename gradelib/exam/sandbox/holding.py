"""What a candidate cannot do, and what of that this machine gives.

holds()   rows of (what, holds, how), each tried by a candidate of our own
full()    whether all that grading needs holds
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradelib.exam.sandbox.limits import LAYERS, IsolationError, Limits
from gradelib.exam.sandbox.nursery import Candidate, Nursery

__all__ = ["Row", "full", "holds"]

_TRIED = Limits(wall=20, memory=256 << 20, file_size=4 << 20, disk=16 << 20, processes=32)
_VARIABLE = "GRADELIB_TRIAL"
"""What a candidate must not inherit."""


@dataclass(frozen=True)
class Row:
    """A protection: in words, whether it holds here, and by which means or why not."""

    what: str
    holds: bool
    how: str
    needed: bool = True


def full() -> bool:
    """Whether this machine gives the isolation that grading needs; measured once, in a second."""
    return all(row.holds for row in _measured() if row.needed)


def holds(layers: Collection[str] = LAYERS) -> tuple[Row, ...]:
    """Try everything once, from within a candidate of our own; takes about a second.

    Never raises: where not even a candidate can be started, nothing holds and the row says why.
    """
    word = secrets.token_hex(16)
    os.environ[_VARIABLE] = word
    try:
        with (
            tempfile.TemporaryDirectory(prefix="gradelib_probe_") as folder,
            Nursery(layers=layers, module="gradelib.exam.sandbox.probe", strict=False) as nursery,
        ):
            return tuple(_rows(nursery, Path(folder), word))
    except (IsolationError, OSError, ValueError) as error:
        return (Row("candidates", False, f"none could be started: {error}"),)
    finally:
        del os.environ[_VARIABLE]


@functools.cache
def _measured() -> tuple[Row, ...]:
    return holds()


def _rows(nursery: Nursery, folder: Path, word: str) -> Iterator[Row]:
    ground = nursery.ground
    scratch = folder / "scratch"
    scratch.mkdir()
    secret = folder / "secret"
    secret.write_text(word)
    folder.chmod(0o755)

    def how(out: list[str], *means: str) -> tuple[bool, str]:
        if out:
            return False, f"a candidate got through: {', '.join(out)}"
        return True, ", ".join(_MEANS[one] for one in means if ground[one])

    with nursery.start(scratch, _TRIED) as candidate:

        def ask(what: str, **about: Any) -> list[str]:
            return _asked(candidate, {"what": what, **about})

        with _servers(folder) as servers:
            yield Row("no network", *how(ask("network", **servers), "net", "seccomp", "landlock"))
        out = ask("files", secret=str(secret), folder=str(folder))
        yield Row("no files but libraries and its own", *how(out, "root", "landlock", "uid"))
        out = ask("processes", parent=os.getpid())
        yield Row("no other process in sight", *how(out, "pid", "landlock", "uid", "seccomp"))
        out = ask("inherited", secret=word)
        yield Row("nothing inherited", *how(out))
        out = ask("limits", memory=_TRIED.memory, file_size=_TRIED.file_size)
        yield Row("limits of memory, time and file size", *how(out))
        out = ask("privileges")
        yield Row("no further rights", *how(out, "seccomp", "uid"))
        ask("alive")
        with contextlib.suppress(OSError):
            candidate.sock.shutdown(socket.SHUT_WR)
        candidate.wait(20)
        candidate.sock.settimeout(2)
        try:
            left = [] if candidate.sock.recv(1) == b"" else ["a process"]
        except ConnectionError:
            left = []
        except TimeoutError:
            left = ["a process"]
        yield Row("nothing alive afterwards", *how(left, "pid", "seccomp"))
    with nursery.start(scratch, _TRIED) as candidate:
        try:
            out = ask("disk", size=_TRIED.disk, file_size=_TRIED.file_size)
        except IsolationError:  # it was ended for that
            out = []
        limit, by = how(out, "root")
        yield Row("a limit of all files together", limit, by or "counted", needed=False)


_MEANS = {
    "net": "network namespace",
    "pid": "process namespace",
    "root": "a root of its own in memory",
    "uid": "an unused user number",
    "landlock": "Landlock",
    "seccomp": "seccomp",
}


def _asked(candidate: Candidate, question: dict[str, Any]) -> list[str]:
    candidate.sock.settimeout(10)
    with candidate.sock.makefile("rw") as lines:
        lines.write(json.dumps(question) + "\n")
        lines.flush()
        answer = lines.readline()
    if not answer:
        raise IsolationError(f"the trial ended: {candidate.wait(10)}")
    return [str(one) for one in json.loads(answer)["out"]]


@contextlib.contextmanager
def _servers(folder: Path) -> Iterator[dict[str, Any]]:
    """Servers that a candidate must not reach; what they are called."""
    path, abstract = str(folder / "socket"), f"gradelib-{secrets.token_hex(8)}"
    inet, unix = socket.AF_INET, socket.AF_UNIX
    with (
        socket.socket(inet, socket.SOCK_STREAM) as tcp,
        socket.socket(inet, socket.SOCK_DGRAM) as udp,
        socket.socket(unix, socket.SOCK_STREAM) as named,
        socket.socket(unix, socket.SOCK_STREAM) as nameless,
    ):
        for sock in (tcp, udp):
            sock.bind(("127.0.0.1", 0))
        named.bind(path)
        nameless.bind("\0" + abstract)
        for sock in (tcp, named, nameless):
            sock.listen()
        yield {
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "path": path,
            "abstract": abstract,
        }
