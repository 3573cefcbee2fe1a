"""Run a command and say what of it is alive when it has ended.

    python watched.py COMMAND...

Orphans of the command's descendants become children of this process (Linux), so none gets lost.
Prints a line of JSON: the exit code, the command's own output, and the processes alive three
seconds later, which are then killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def descendants() -> dict[int, str]:
    """The living processes below this one, each with its command."""
    parents, commands = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                name, _, rest = (folder / "stat").read_text().rpartition(")")
                state, parent = rest.split()[:2]
            except OSError:
                continue
            if state not in "ZX":
                parents[int(folder.name)] = int(parent)
                commands[int(folder.name)] = name.partition("(")[2]
    found, fresh = {}, {os.getpid()}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh}
        found |= {pid: commands[pid] for pid in fresh}
    return found


def main(command: list[str]) -> None:
    """Run the command."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    until = time.monotonic() + 3
    while (alive := descendants()) and time.monotonic() < until:
        time.sleep(0.1)
    for pid in alive:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    print(
        json.dumps(
            {
                "code": done.returncode,
                "said": done.stdout + done.stderr,
                "alive": sorted(set(alive.values())),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
