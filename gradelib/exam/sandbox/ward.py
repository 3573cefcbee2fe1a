"""The nursery's own loop: births, deadlines, deaths. It holds nothing of a master, ever.

serve(control, ground, run)   until the control socket closes

A request is one message on the control socket: JSON, with three descriptors: the talk, on which
the cause of death goes back and whose closing asks for it; the candidate's end of its socket; the
folder of files. So several processes may share the control socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import time
from dataclasses import dataclass, field
from typing import IO, Any

from gradelib.exam.sandbox import causes, scratch
from gradelib.exam.sandbox.ground import Ground
from gradelib.exam.sandbox.keeper import SOCK, Run, be_born
from gradelib.exam.sandbox.limits import Limits

LOOK = 0.25
"""Seconds between two looks at what the candidates' processes hold."""


@dataclass
class Born:
    """A candidate that lives, or whose end is not yet told."""

    pid: int
    asker: int
    talk: socket.socket
    status: int
    scratch: str
    limits: Limits
    deadline: float
    reason: str | None = None
    many: int = 0
    said: dict[str, Any] = field(default_factory=dict)
    """What the keeper told; "number" is its own, as the nursery's /proc has it."""


class Ward:
    """All candidates of one nursery."""

    def __init__(self, control: socket.socket, ground: Ground, run: Run, loud: bool) -> None:
        self.control, self.ground, self.run, self.loud = control, ground, run, loud
        self.born: dict[int, Born] = {}
        self.select = selectors.DefaultSelector()
        self.own_memory = self._held("self")

    def serve(self) -> None:
        """Until the other end is gone; afterwards everything that was born here is dead."""
        parent = os.getppid()
        wake, ring = os.pipe()
        for end in (wake, ring):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self.select.register(self.control, selectors.EVENT_READ, None)
        self.select.register(wake, selectors.EVENT_READ, None)
        looked = time.monotonic()
        try:
            while os.getppid() == parent:
                for key, _ in self.select.select(self._pause()):
                    if key.fileobj is self.control:
                        if not self._request():
                            return
                    elif key.fd == wake:
                        with contextlib.suppress(BlockingIOError):
                            os.read(wake, 4096)
                    else:
                        self._end(key.data, None)
                self._bury()
                now = time.monotonic()
                for born in list(self.born.values()):
                    if now > born.deadline:
                        self._end(born, causes.too_long(born.limits))
                if now - looked > LOOK:
                    looked = now
                    for born in list(self.born.values()):
                        self._look(born)
        finally:
            for born in list(self.born.values()):
                self._end(born, None)

    def _pause(self) -> float:
        if not self.born:
            return 1.0
        soonest = min(born.deadline for born in self.born.values())
        return min(LOOK, max(0.0, soonest - time.monotonic()) + 0.001)

    def _request(self) -> bool:
        """One message from the control socket; False when that is closed."""
        message, descriptors, _, _ = socket.recv_fds(self.control, 65536, 3)
        if not message:
            return False
        request = json.loads(message)
        if "clear" in request:
            for born in list(self.born.values()):
                if born.asker == request["clear"]:
                    self._end(born, None)
            return True
        talk, sock, files = descriptors
        try:
            self._bear(socket.socket(fileno=talk), sock, files, request)
        finally:
            os.close(sock)
            os.close(files)
        return True

    def _bear(self, talk: socket.socket, sock: int, files: int, request: dict[str, Any]) -> None:
        limits = Limits(**request["limits"])
        deadline = time.monotonic() + limits.wall
        folder = str(request["scratch"])
        status, telling = os.pipe()
        try:
            if telling >= SOCK:
                raise OSError("too many candidates at a time")
            pid = self.ground.fork()
        except OSError as error:
            os.close(status)
            os.close(telling)
            _tell(talk, {"error": str(error)})
            return
        if pid == 0:
            given = (sock, telling, files)
            be_born(self.ground, limits, folder, given, self.run, self.loud)
        os.close(telling)
        os.set_blocking(status, False)
        born = Born(pid, request["asker"], talk, status, folder, limits, deadline)
        self.born[pid] = born
        self.select.register(talk, selectors.EVENT_READ, born)

    def _end(self, born: Born, reason: str | None) -> None:
        """Kill it; whoever asked for it is told why, when it is dead."""
        born.reason = born.reason or reason
        born.deadline = float("inf")
        with contextlib.suppress(KeyError):
            self.select.unregister(born.talk)
        with contextlib.suppress(OSError):
            os.kill(born.pid, signal.SIGKILL)
            os.killpg(born.pid, signal.SIGKILL)

    def _bury(self) -> None:
        for pid, born in list(self.born.items()):
            ended, status, used = os.wait4(pid, os.WNOHANG)
            if not ended:
                continue
            del self.born[pid]
            with contextlib.suppress(KeyError):
                self.select.unregister(born.talk)
            last = self._listen(born)
            os.close(born.status)
            if "error" in last:
                _tell(born.talk, last)
                continue
            cpu = used.ru_utime + used.ru_stime
            if self.ground.pid:
                status, cpu = last.get("status", status), last.get("cpu", cpu)
            why = born.reason or causes.cause(status, cpu, born.limits)
            _tell(born.talk, {"cause": why})

    @staticmethod
    def _listen(born: Born) -> dict[str, Any]:
        """All that the keeper has said so far: "number", then "status" or "error"."""
        with contextlib.suppress(BlockingIOError):
            while lines := os.read(born.status, 65536):
                for line in lines.splitlines():
                    born.said |= json.loads(line)
        return born.said

    def _look(self, born: Born) -> None:
        """Kill what holds too much memory or disk, or was twice at its number of processes."""
        if not self.ground.root and scratch.full(born.scratch, born.limits.disk):
            self._end(born, causes.too_much_disk(born.limits))
        number = self._listen(born).get("number")
        if self.ground.proc < 0 or number is None:
            return
        family = self._family(number)
        held = [max(0, self._held(pid) - self.own_memory) for pid, _ in family]
        if sum(held) > born.limits.memory:
            self._end(born, causes.too_much_memory(born.limits))
        many = sum(threads for _, threads in family)
        born.many = born.many + 1 if many >= born.limits.processes else 0
        if born.many > 1:
            self._end(born, causes.too_many(born.limits))

    def _family(self, pid: int) -> list[tuple[int, int]]:
        """A process and all that it started: (number, threads) of each."""
        found: list[tuple[int, int]] = []
        waiting = [pid]
        while waiting and len(found) < 10_000:
            one = waiting.pop()
            tasks = self._tasks(one)
            if not tasks:
                continue
            found.append((one, len(tasks)))
            for task in tasks:
                with contextlib.suppress(OSError), self._read(f"{one}/task/{task}/children") as f:
                    waiting += [int(child) for child in f.read().split()]
        return found

    def _tasks(self, pid: int) -> list[str]:
        """The threads of a process; none of one that is gone."""
        try:
            folder = os.open(f"{pid}/task", os.O_RDONLY, dir_fd=self.ground.proc)
        except OSError:
            return []
        try:
            return os.listdir(folder)
        except OSError:
            return []
        finally:
            os.close(folder)

    def _read(self, path: str) -> IO[str]:
        return open(os.open(path, os.O_RDONLY, dir_fd=self.ground.proc))

    def _held(self, pid: int | str) -> int:
        """Bytes of memory of a process's own, without files' pages; 0 where it is not known."""
        total = 0
        if self.ground.proc < 0:
            return 0
        with contextlib.suppress(OSError), self._read(f"{pid}/status") as file:
            for line in file:
                if line.startswith(("RssAnon:", "RssShmem:")):
                    total += int(line.split()[1]) * 1024
        return total


def _tell(talk: socket.socket, message: dict[str, Any]) -> None:
    """The last message on a talk; whoever asked may be gone."""
    with talk, contextlib.suppress(OSError):
        talk.send(json.dumps(message).encode())
