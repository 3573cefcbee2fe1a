"""Namespaces: what a process can see at all. Asked of the kernel one by one, each may be refused.

own_user()                 the privileges of a room of one's own, for an account without any
try_room(flag)             leave a namespace for a new, empty one
own_root(paths)            a root folder that holds these paths, read-only, and nothing else
fork_in_new_room(home)     fork a child that is the first process of a process namespace
private_scratch(...)       a folder in memory, filled with the files of another

The nursery calls the first three once; what follows happens for each candidate.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator

from gradelib.exam.sandbox.kernel import call
from gradelib.exam.sandbox.libraries import DEVICES

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

SCRATCH = "/hand-in"
"""The working directory of a candidate that has a root of its own."""

_RDONLY, _NOSUID, _NODEV, _REMOUNT, _BIND, _MOVE = 1, 2, 4, 32, 4096, 8192
_REC, _PRIVATE, _DETACH = 16384, 1 << 18, 2
_SHARED_MEMORY, _TEMPORARY, _ALL = "/dev/shm", "/tmp", "/.private"


def try_room(flag: int) -> bool:
    """Whether this process has left a namespace of this kind for a new one."""
    try:
        call("unshare", flag)
    except OSError:
        return False
    return True


def own_user() -> bool:
    """A user namespace that maps this account to itself: its processes may make further rooms."""
    uid, gid = os.geteuid(), os.getegid()
    if not try_room(NEWUSER):
        return False
    try:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError:
        return False
    return True


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2); OSError."""
    texts = [os.fsencode(text) or None for text in (source, target, kind, options)]
    call("mount", texts[0], texts[1], texts[2], flags, texts[3])


def own_root(paths: Iterable[str]) -> bool:
    """Put this process into a root that holds only these paths, read-only, and DEVICES.

    Returns False, with the same files in sight, where the kernel refuses; some give a namespace
    and no mounts in it. Descriptors that are open stay.
    """
    if not try_room(NEWNS):
        return False
    base = next(folder for folder in ("/tmp", "/mnt", "/var") if os.path.isdir(folder))
    try:
        mount("", "/", flags=_REC | _PRIVATE)  # from here on nothing is seen outside
        _furnish(base, paths)
    except OSError:
        with contextlib.suppress(OSError):
            call("umount2", os.fsencode(base), _DETACH)
        return False
    os.chdir(base)
    try:
        call("pivot_root", b".", b".")
        call("umount2", b".", _DETACH)
    except OSError:  # the first root file system cannot be left, but covered
        mount(base, "/", flags=_MOVE)
        call("chroot", b".")
    os.chdir("/")
    return True


def _furnish(base: str, paths: Iterable[str]) -> None:
    """Cover a folder with one in memory that shows these paths."""
    places = dict(_places([*paths, *DEVICES]))
    sources = {place: os.open(place, os.O_PATH) for place, link in places.items() if link is None}
    mount("tmpfs", base, "tmpfs", _NOSUID | _NODEV, "mode=0755,size=1m")
    for place, link in places.items():
        target = base + place
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        if link is not None:
            os.symlink(link, target)
    for place, source in sources.items():
        _bind(source, base + place, device=place in DEVICES)
        os.close(source)
    for folder in (SCRATCH, _TEMPORARY, _SHARED_MEMORY, _ALL):
        os.makedirs(base + folder, mode=0o755, exist_ok=True)
    _attributes(base, _RDONLY | _NOSUID, recursive=False)


def _places(paths: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Each path, and where it is a link the link's text and the place that it leads to."""
    for path in paths:
        real = os.path.realpath(path)
        if os.path.islink(path):
            yield path, os.readlink(path)
        elif os.path.exists(path):
            yield path, None
        if real != path and os.path.exists(real):
            yield real, None


def _bind(source: int, target: str, device: bool) -> None:
    """Show an opened file or folder at `target`, read-only."""
    if stat.S_ISDIR(os.fstat(source).st_mode):
        os.makedirs(target, mode=0o755, exist_ok=True)
    elif not os.path.lexists(target):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    mount(f"/proc/self/fd/{source}", target, flags=_BIND | _REC)
    if not device:
        _attributes(target, _RDONLY | _NOSUID | _NODEV, recursive=True)


def _attributes(target: str, flags: int, recursive: bool) -> None:
    attributes = ctypes.create_string_buffer(struct.pack("=QQQQ", flags, 0, 0, 0), 32)
    try:
        call("mount_setattr", -100, os.fsencode(target), 0x8000 * recursive, attributes, 32)
    except OSError:  # before Linux 5.12: the place itself, with the flags that it has
        flags |= os.statvfs(target).f_flag & 0x40F
        mount("", target, flags=_REMOUNT | _BIND | flags)


def fork_in_new_room(home: int) -> int:
    """Fork; the child is process 1 of a process namespace. `home`: this process's own, opened."""
    call("unshare", NEWPID)
    child = -1
    try:
        child = os.fork()
        return child
    finally:
        if child != 0:
            call("setns", home, NEWPID)


def private_scratch(files: int, size: int, owner: tuple[int, int]) -> None:
    """Mount SCRATCH, /tmp and /dev/shm, `size` bytes together, and copy the files there.

    Where they lie stays mounted too: it is the same once more, and to unmount takes 3 ms.

    `files`: the descriptor of a folder that was prepared; `owner`: uid and gid of the new one.
    """
    uid, gid = owner
    options = f"size={size},nr_inodes={max(size >> 12, 1000)},mode=0700"
    mount("tmpfs", _ALL, "tmpfs", _NOSUID | _NODEV, options)
    for name, place in (("files", SCRATCH), ("tmp", _TEMPORARY), ("shm", _SHARED_MEMORY)):
        folder = f"{_ALL}/{name}"
        os.mkdir(folder, 0o700)
        if name == "files":
            _copy(files, folder, owner)
        os.chown(folder, uid, gid)
        mount(folder, place, flags=_BIND)


def _copy(source: int, target: str, owner: tuple[int, int]) -> None:
    """Copy folders and regular files; nothing else is followed or kept."""
    with os.scandir(source) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):  # the order of a listing
            place = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                inner = os.open(entry.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source)
                os.mkdir(place, 0o700)
                _copy(inner, place, owner)
                os.close(inner)
            elif entry.is_file(follow_symlinks=False):
                inner = os.open(entry.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source)
                with open(inner, "rb") as old, open(place, "wb") as new:
                    while chunk := old.read(1 << 20):
                        new.write(chunk)
            else:
                continue
            os.chown(place, *owner)
