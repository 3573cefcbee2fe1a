"""Landlock: which files a process may still reach, without any privilege (Linux 5.13 or later).

version()                       the kernel's version of Landlock, 0 where there is none
restrict(readable, writable)    everything else is out of reach of this process, for good
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from gradelib.exam.sandbox.kernel import PR_SET_NO_NEW_PRIVS, available, call, prctl

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_SOCK, _MAKE_BLOCK = 1 << 6, 1 << 9, 1 << 11
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # rights of the file system that each version knows


def version() -> int:
    """The kernel's version of Landlock: 1 files, 4 TCP, 6 signals and abstract sockets; or 0."""
    if not available():
        return 0
    try:
        return call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str], known: int) -> None:
    """Leave these files and folders only, with all below them. `known` is `version()`.

    A path that is not there is left out. OSError where the kernel refuses.
    """
    every = (1 << _BITS.get(known, 16)) - 1
    net = 3 if known >= 4 else 0  # handled and never allowed: bind and connect
    scoped = 3 if known >= 6 else 0
    size = 8 if known < 4 else 16 if known < 6 else 24
    head = struct.pack("=QQQ", every, net, scoped)[:size]
    rules = call("landlock_create_ruleset", ctypes.create_string_buffer(head, size), size, 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & every)
        for path in writable:
            _allow(rules, path, every & ~(_MAKE_CHAR | _MAKE_SOCK | _MAKE_BLOCK | _IOCTL))
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        call("landlock_restrict_self", rules, 0)
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _FILE
        rule = struct.pack("=Qi", rights, place)
        call("landlock_add_rule", rules, 1, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(place)
