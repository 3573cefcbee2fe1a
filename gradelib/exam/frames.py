"""Messages between our own processes: a length and as many bytes.

send(sock, data)      write one message
receive(sock, ...)    read one; None where the other side has hung up
"""

from __future__ import annotations

import select
import socket
import struct
import time

HEAD = struct.Struct(">Q")


class LateError(Exception):
    """Nothing came in time."""


def send(sock: socket.socket, data: bytes) -> None:
    """Write one message. Raises OSError where the other side is gone."""
    sock.sendall(HEAD.pack(len(data)))
    sock.sendall(data)


def receive(
    sock: socket.socket, until: float | None = None, other: socket.socket | None = None
) -> bytes | None:
    """Read one message; None at the end, or where `other` has something to say meanwhile.

    Raises LateError where it is not there at the moment `until` of time.monotonic.
    """
    head = _exactly(sock, HEAD.size, until, other)
    return None if head is None else _exactly(sock, HEAD.unpack(head)[0], until, other)


def _exactly(
    sock: socket.socket, size: int, until: float | None, other: socket.socket | None
) -> bytes | None:
    data = bytearray()
    watched = [sock] if other is None else [sock, other]
    while len(data) < size:
        left = None if until is None else max(0.0, until - time.monotonic())
        ready, _, _ = select.select(watched, [], [], left)
        if not ready:
            raise LateError("nothing came in time")
        if sock not in ready:
            return None
        part = sock.recv(min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)
