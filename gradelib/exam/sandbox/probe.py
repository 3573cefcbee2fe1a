"""A candidate of our own that tries to get out: what `holding.holds()` learns from.

run(sock, scratch)   answers lines of JSON: {"what": ..., ...} -> {"out": [how it got out]}

An empty list means that the protection holds. Nothing here harms the machine where it does not.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from gradelib.exam.sandbox import kernel

_MODEST = 1 << 26


def warm() -> None:
    """Nothing is needed."""


def run(sock: socket.socket, scratch: str) -> None:
    """Serve until the other end is closed."""
    with sock.makefile("rw") as lines:
        for line in lines:
            asked = json.loads(line)
            tries: dict[str, Callable[..., list[str]]] = {
                "network": network,
                "files": files,
                "processes": processes,
                "privileges": privileges,
                "inherited": inherited,
                "limits": limits,
                "disk": disk,
                "alive": alive,
            }
            if asked["what"] == "inherited":
                asked["own"] = sock.fileno()
            out = tries[asked.pop("what")](**asked)
            lines.write(json.dumps({"out": out}) + "\n")
            lines.flush()


def _got_out(tries: dict[str, Callable[[], Any]]) -> list[str]:
    """The names of those that succeed; what fails with an error is refused."""
    out = []
    for name, attempt in tries.items():
        with contextlib.suppress(OSError, MemoryError):
            if attempt() is not False:
                out.append(name)
    return out


def _allowed(name: str, *arguments: Any) -> bool:
    """Whether a call that cannot succeed is refused for another reason than rights."""
    try:
        kernel.call(name, *arguments)
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
    return True


def network(tcp: int, udp: int, path: str, abstract: str) -> list[str]:
    """Reach servers of the parent: two ports of 127.0.0.1, two Unix sockets; and the kernel's."""

    def reach(family: int, kind: int, address: Any) -> None:
        with socket.socket(family, kind) as sock:
            sock.settimeout(1)
            sock.connect(address)
            sock.send(b"out")

    unix, stream, packets = socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM
    return _got_out(
        {
            "TCP": lambda: reach(socket.AF_INET, stream, ("127.0.0.1", tcp)),
            "UDP": lambda: reach(socket.AF_INET, packets, ("127.0.0.1", udp)),
            "a Unix socket": lambda: reach(unix, stream, path),
            "an abstract Unix socket": lambda: reach(unix, stream, "\0" + abstract),
        }
    )


def files(secret: str, folder: str) -> list[str]:
    """Read a file of the parent and the system's accounts, write beside it and elsewhere."""
    own = f".gradelib-{os.getpid()}"

    def write(place: str) -> None:
        with open(os.path.join(place, own), "x"):
            pass
        os.unlink(os.path.join(place, own))

    tries: dict[str, Callable[[], Any]] = {
        "reading another's file": lambda: open(secret).close(),
        "reading /etc/passwd": lambda: open("/etc/passwd").close(),
        "reading another's environment": lambda: open(f"/proc/{os.getppid() or 1}/environ").close(),
        "listing another's folder": lambda: os.listdir(folder),
        "writing into another's folder": lambda: write(folder),
        "writing among the libraries": lambda: write(os.path.dirname(os.__file__)),
        "writing into /": lambda: write("/"),
        "writing into /usr": lambda: write("/usr"),
    }
    return _got_out(tries)


def processes(parent: int) -> list[str]:
    """See, signal or slow the parent. In a namespace its number may be our own keeper's."""
    if parent == 1 and os.getppid() in (0, 1):
        return []
    byte = ctypes.create_string_buffer(1)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(byte), 1)
    there = (ctypes.c_size_t * 2)(0, 1)
    return _got_out(
        {
            "signals": lambda: os.kill(parent, 0),
            "/proc": lambda: os.listdir(f"/proc/{parent}"),
            # What ptrace needs too, without stopping it: one byte of its memory, at address 0.
            "its memory": lambda: _allowed("process_vm_readv", parent, here, 1, there, 1, 0),
            "priorities": lambda: os.setpriority(
                os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent)
            ),
        }
    )


def privileges() -> list[str]:
    """Get more rights, or through doors of the kernel that no course needs."""
    blank = ctypes.create_string_buffer(120)
    return _got_out(
        {
            # Where it is allowed it fails all the same: nothing on the machine may change.
            "mounts": lambda: _allowed("mount", b"none", b"/nowhere", b"tmpfs", 0, None),
            "io_uring": lambda: kernel.call("io_uring_setup", 1, blank),
            "keys": lambda: kernel.call("keyctl", 0, -3, 1),
            "a user namespace": lambda: kernel.call("unshare", 0x10000000),
            "another user number": lambda: os.setuid(0 if os.getuid() else 1),
        }
    )


def inherited(secret: str, own: int) -> list[str]:
    """Find descriptors beside 0, 1, 2 and the socket, or a variable of the parent."""
    out = []
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            if number == own:
                continue
            os.fstat(number)
            out.append(f"descriptor {number}")
    return out + [name for name in os.environ if secret in os.environ[name]]


def limits(memory: int, file_size: int) -> list[str]:
    """Use more memory, a larger file, more processor time than is given."""
    out = []
    with contextlib.suppress(MemoryError):
        bytearray(memory + _MODEST)
        out.append("memory")
    with contextlib.suppress(OSError), open("large", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, file_size + 1)
        out.append("file size")
    with contextlib.suppress(OSError):
        os.unlink("large")
    if resource.getrlimit(resource.RLIMIT_CPU)[1] == resource.RLIM_INFINITY:
        out.append("processor time")
    return out


def disk(size: int, file_size: int) -> list[str]:
    """Fill the folder with more than is given to all files together."""
    names = [f"part{at}" for at in range(size // file_size + 2)]
    try:
        for name in names:
            with open(name, "wb") as file:
                os.posix_fallocate(file.fileno(), 0, file_size)
        time.sleep(1)  # where the nursery counts them, that is time enough to see
    except OSError:
        return []
    finally:
        for name in names:
            with contextlib.suppress(OSError):
                os.unlink(name)
    return ["files"]


def alive() -> list[str]:
    """Leave a process behind, which keeps the socket open as long as it lives."""
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.alarm(20)
                signal.pause()
            os._exit(0)
    return []
