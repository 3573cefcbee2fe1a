"""Stands in for the candidate's program in the sandbox's tests: runs the source that it receives.

One line of JSON in (the source), one line of JSON out: {"value": str of `answer`, "error": ...}.
"""

import json
import socket
from typing import Any


def warm() -> None:
    """Load what candidates commonly import."""
    import numpy  # noqa: F401


def run(sock: socket.socket, scratch: str) -> None:
    """Answer until the other side hangs up."""
    names: dict[str, Any] = {"scratch": scratch, "sock": sock}
    with sock.makefile("rw") as lines:
        for line in lines:
            names["answer"] = None
            try:
                exec(json.loads(line), names)
                reply = {"value": names["answer"], "error": None}
            except Exception as error:
                reply = {"value": None, "error": f"{type(error).__name__}: {error}"}
            lines.write(json.dumps(reply, default=str) + "\n")
            lines.flush()
