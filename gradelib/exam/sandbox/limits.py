"""What a candidate may use, and the names of its sandbox's layers.

Limits           seconds, bytes and numbers, for one candidate
LAYERS           the layers; each holds without the others where a machine refuses them
IsolationError   a candidate cannot be isolated here
"""

from __future__ import annotations

from dataclasses import dataclass

LAYERS = ("namespaces", "root", "uid", "landlock", "seccomp")
"""namespaces: no network, no other process in sight    root: libraries read-only, scratch in memory
uid: a number that no account has, where root grades    landlock: the same files, no signals
seccomp: no sockets, no ptrace, none of the kernel's side doors"""


class IsolationError(Exception):
    """A candidate cannot be isolated here; the text says what is missing and what to do."""


@dataclass(frozen=True)
class Limits:
    """What one candidate may use: seconds, bytes, numbers of processes.

    wall: seconds by the clock        cell: seconds of one cell or call (the examiner's)
    cpu: processor seconds            memory: bytes beyond the start, of one process and of all
    processes: threads too            file_size: bytes of one file
    disk: bytes of all files          output: bytes of one cell's output (the candidate's own)
    """

    wall: float = 300.0
    cell: float = 60.0
    cpu: float = 300.0
    memory: int = 1 << 30
    processes: int = 64
    file_size: int = 100_000_000
    disk: int = 200_000_000
    output: int = 2_000_000
