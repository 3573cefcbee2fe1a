"""Candidates for the tests of the sandbox, whose program is standin.py."""

import contextlib
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from gradelib.exam.sandbox.limits import LAYERS, Limits
from gradelib.exam.sandbox.nursery import Candidate, Nursery

HERE = str(Path(__file__).parent)
LIMITS = Limits(wall=60, memory=256 << 20, file_size=8 << 20, disk=32 << 20, processes=20)


def nursery(layers: Collection[str] = LAYERS, strict: bool = False, **more: Any) -> Nursery:
    """A nursery whose candidates run what they are sent."""
    return Nursery(layers=layers, module="standin", path=HERE, strict=strict, **more)


def ask(candidate: Candidate, source: str) -> dict[str, Any]:
    """Run source text in a candidate: {"value": its `answer`, "error": its exception}.

    Raises EOFError when the candidate is gone.
    """
    candidate.sock.settimeout(60)
    line = b""
    with contextlib.suppress(ConnectionError):
        candidate.sock.sendall(json.dumps(source).encode() + b"\n")
        while not line.endswith(b"\n"):
            if not (more := candidate.sock.recv(65536)):
                break
            line += more
    if not line:
        raise EOFError
    reply: dict[str, Any] = json.loads(line)
    return reply


def answer(candidate: Candidate, source: str) -> Any:
    """The value of `answer`; the source must not fail."""
    reply = ask(candidate, source)
    assert reply["error"] is None, reply["error"]
    return reply["value"]


def fate(candidate: Candidate, source: str) -> str | None:
    """Why a candidate ended that runs this, which must end it; nothing of it is left."""
    with contextlib.suppress(EOFError):
        reply = ask(candidate, source)
        raise AssertionError(f"it lives, and says {reply}")
    return candidate.wait(30)


def family(number: int) -> Iterator[int]:
    """A process and all that it started."""
    yield number
    for task in os.listdir(f"/proc/{number}/task"):
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{number}/task/{task}/children").read_text()
            for child in children.split():
                yield from family(int(child))
