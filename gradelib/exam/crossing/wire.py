"""What crosses between the examiner and a candidate: plain data and arrays, in bounded frames.

Channel(sock)      send and receive messages over a socket; nothing that arrives can run code
WireError          a message is malformed, too large or nested too deep
GoneError          the other side is gone
LateError          the deadline has passed

A message is a value: None, truth values, numbers (complex, big and numpy's too), texts, bytes,
lists, tuples, dicts, sets, slices, ranges, Ellipsis, and arrays of any fixed-size kind of entry.

A frame is a tree in msgpack and, behind it, the bytes of its arrays. `plain.py` writes the trees,
`reading.py` reads them.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import msgpack  # type: ignore[import-untyped]

__all__ = ["Channel", "GoneError", "LateError", "WireError"]

MOST_TREE = 16 * 2**20  # bytes; what msgpack holds can be twenty times as much in memory
MOST_LISTS = 500_000  # lists in one tree
SMALL = 2**16  # bytes of a tree that is read without counting, or of a read from the socket
HEAD = struct.Struct("<II")  # bytes of the tree, bytes of the arrays
PIECES = 500  # arrays that are sent without being joined


class WireError(Exception):
    """A message is malformed, too large or nested too deep."""


class GoneError(BaseException):
    """The other side is gone. Not an Exception: no test should take it for a student's."""


class LateError(BaseException):
    """The deadline has passed. Not an Exception: no test should take it for a student's."""


class Channel:
    """One end of a socket; `max_bytes` of a message, `max_depth` of nested values."""

    def __init__(
        self, sock: socket.socket, *, max_bytes: int = 256 * 2**20, max_depth: int = 64
    ) -> None:
        self.sock = sock
        self.max_bytes = max_bytes
        self.max_depth = max_depth
        self._packer = msgpack.Packer(autoreset=True, unicode_errors="surrogatepass")
        self._kept = b""  # bytes that arrived behind a frame
        sock.setblocking(False)

    def send(self, message: Any, deadline: float | None = None) -> None:
        """Send a plain value; WireError, with nothing sent, where it is none or too large."""
        from gradelib.exam.crossing.plain import Writer

        writer = Writer(self.max_depth)
        self.send_tree(writer.write(message), writer.pieces, deadline)

    def receive(self, deadline: float | None = None) -> Any:
        """Return the next value; `deadline` is a time of `time.monotonic()`."""
        from gradelib.exam.crossing.reading import Reader

        tree, region = self.receive_tree(deadline)
        return Reader(region, self.max_depth).read(tree)

    def send_tree(self, tree: Any, pieces: Sequence[bytes], deadline: float | None = None) -> None:
        """Send a tree and the bytes of its arrays."""
        try:
            packed = self._packer.pack(tree)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            self._packer = msgpack.Packer(autoreset=True, unicode_errors="surrogatepass")
            raise WireError(f"it cannot be sent: {error}") from None
        size = sum(map(len, pieces)) if pieces else 0
        if len(packed) > MOST_TREE or len(packed) + size > self.max_bytes:
            raise WireError(f"it has {len(packed) + size:,} bytes, too many to be sent")
        parts = [HEAD.pack(len(packed), size) + packed]
        if pieces:
            parts += pieces if len(pieces) <= PIECES else [b"".join(pieces)]
        try:
            sent = self.sock.sendmsg(parts)
        except BlockingIOError:
            sent = 0
        except OSError:
            raise GoneError("the other side has hung up") from None
        for part in parts:
            if sent >= len(part):
                sent -= len(part)
                continue
            rest = memoryview(part)[sent:]
            sent = 0
            while rest:
                self._wait(select.POLLOUT, deadline)
                try:
                    rest = rest[self.sock.send(rest) :]
                except BlockingIOError:
                    continue
                except OSError:
                    raise GoneError("the other side has hung up") from None

    def receive_tree(self, deadline: float | None = None) -> tuple[Any, bytes]:
        """Return the next tree and the bytes of its arrays; WireError where it is malformed."""
        if deadline is not None and time.monotonic() >= deadline:
            raise LateError("the time is over")  # though there is something to read
        head = self._read(HEAD.size, deadline)
        of_tree, of_region = HEAD.unpack(head)
        if of_tree > MOST_TREE or of_tree + of_region > self.max_bytes:
            raise WireError(f"a message of {of_tree + of_region:,} bytes is too large")
        packed = self._read(of_tree, deadline)
        region = self._read(of_region, deadline) if of_region else b""
        return unpacked(packed), region

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        kept = self._kept
        if len(kept) >= size:
            self._kept = kept[size:]
            return kept[:size]
        parts, missing = [kept], size - len(kept)
        self._kept = b""
        while missing > 0:
            try:
                part = self.sock.recv(max(SMALL, min(missing, 2**22)))
            except BlockingIOError:
                self._wait(select.POLLIN, deadline)
                continue
            except OSError:
                raise GoneError("the other side is gone") from None
            if not part:
                raise GoneError("the other side has hung up")
            if len(part) > missing:
                self._kept, part = part[missing:], part[:missing]
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _wait(self, event: int, deadline: float | None) -> None:
        """Wait until the socket is ready; LateError at the deadline."""
        left = None if deadline is None else (deadline - time.monotonic()) * 1000
        if left is not None and left <= 0:
            raise LateError("the time is over")
        try:
            poll = select.poll()
            poll.register(self.sock, event)
            poll.poll(left)
        except (OSError, ValueError):
            raise GoneError("the connection is closed") from None


class _Count:
    """Counts the lists of a tree while msgpack makes them."""

    def __init__(self) -> None:
        self.left = MOST_LISTS

    def __call__(self, made: list[Any]) -> list[Any]:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many lists")
        return made


def unpacked(packed: bytes) -> Any:
    """The tree in `packed`; WireError unless it is exactly one, of lists and plain values."""
    try:
        return msgpack.unpackb(
            packed,
            unicode_errors="surrogatepass",
            max_map_len=0,
            max_ext_len=0,
            list_hook=None if len(packed) < SMALL else _Count(),
        )
    except WireError:
        raise
    except Exception as error:
        raise WireError(f"malformed: {type(error).__name__}") from None
