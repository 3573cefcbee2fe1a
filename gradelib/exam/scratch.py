"""Removing a candidate's folder, whatever its student made of it.

remove(folder)   read-only, 10,000 folders deep, full of files: gone
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove a folder with all in it, following no links; nothing happens where there is none.

    Folders within are moved up before they are emptied, so that neither the length of a path nor
    the depth of a call can end it. OSError where the system refuses.
    """
    try:
        top = _opened(str(folder), None)
    except FileNotFoundError:
        return
    try:
        waiting = _emptied(top, top, 0)
        count = len(waiting)
        while waiting:
            name = waiting.pop()
            inner = _opened(name, top)
            try:
                found = _emptied(inner, top, count)
            finally:
                os.close(inner)
            count += len(found)
            waiting += found
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(folder)


def _opened(name: str, within: int | None) -> int:
    os.chmod(name, stat.S_IRWXU, dir_fd=within)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)


def _emptied(place: int, top: int, count: int) -> list[str]:
    """Unlink the files of a folder and move its folders to the top; returns their names there."""
    moved: list[str] = []
    for name in os.listdir(place):
        if not stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=place)
            continue
        os.chmod(name, stat.S_IRWXU, dir_fd=place)  # a folder that moves is written to
        new = f".removed-{os.getpid()}-{count + len(moved)}"
        os.rename(name, new, src_dir_fd=place, dst_dir_fd=top)
        moved.append(new)
    return moved
