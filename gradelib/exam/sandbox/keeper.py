"""From the nursery's fork to the candidate's first line: the child's side of a birth.

be_born(...)   called in the fork, never returns. Where there is a process namespace its first
               process, the keeper, reaps what the candidate leaves, and ends when it ends;
               the kernel then kills everything in there.

What happened goes to the nursery as one JSON line on the status pipe.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from typing import NoReturn

from gradelib.exam.sandbox import kernel
from gradelib.exam.sandbox.ground import FIRST_UID, Ground
from gradelib.exam.sandbox.limits import Limits

SOCK, STATUS, FILES, PROC = 240, 241, 242, 243
"""Above every number that the nursery uses: what was warmed there may hold files, and closes its
numbers when it is collected."""

Run = Callable[[socket.socket, str], None]


def be_born(
    ground: Ground,
    limits: Limits,
    scratch: str,
    given: tuple[int, int, int],
    run: Run,
    loud: bool,
) -> NoReturn:
    """Set up, run the candidate, end. `given`: the descriptors SOCK, STATUS and FILES.

    All others are closed; `loud` leaves the standard error stream.
    """
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        owner = _keep_only(given, ground)
        if not loud:
            os.dup2(0, 2)
        if kernel.available():
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        _tell({"number": owner - FIRST_UID})
        scratch = ground.prepare(scratch, FILES, limits, owner)
        child = os.fork() if ground.pid else 0
        if child == 0:
            _be_candidate(ground, limits, scratch, owner, run)
        kernel.close_from(FILES)
        os.close(SOCK)
        _keep(child)
    except BaseException as error:
        _tell({"error": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def _keep_only(given: tuple[int, int, int], ground: Ground) -> int:
    """Put the descriptors that are needed at fixed numbers, close all others; the uid to be."""
    owner = FIRST_UID + ground.number()
    proc = ground.proc if ground.proc >= 0 else 0
    for place, one in zip((SOCK, STATUS, FILES, PROC), (*given, proc), strict=True):
        os.dup2(one, place)
    os.closerange(3, SOCK)
    kernel.close_from(PROC + 1)
    ground.proc = PROC if ground.proc >= 0 else -1
    return owner


def _be_candidate(ground: Ground, limits: Limits, scratch: str, owner: int, run: Run) -> NoReturn:
    try:
        if ground.pid:
            os.setsid()
        ground.confine(scratch, limits, owner)
    except BaseException as error:
        _tell({"error": f"{type(error).__name__}: {error}"})
        os._exit(0)
    kernel.close_from(STATUS)
    os.environ["HOME"] = scratch
    if not ground.root:
        tempfile.tempdir = scratch
    code = 254
    try:
        run(socket.socket(fileno=SOCK), scratch)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else leaving.code is not None
    finally:
        os._exit(code & 255)


def _keep(child: int) -> None:
    """Reap whatever ends in this process namespace until the candidate has."""
    while True:
        ended, status, used = os.wait3(0)
        if ended == child:
            cpu = used.ru_utime + used.ru_stime
            _tell({"status": status, "cpu": cpu})
            return


def _tell(message: dict[str, object]) -> None:
    os.write(STATUS, json.dumps(message).encode()[:4000] + b"\n")
