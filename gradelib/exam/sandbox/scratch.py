"""A candidate's folder, whatever its student made of it.

remove(folder)        read-only, 10,000 folders deep, full of files: gone
full(folder, most)    whether its files take more than `most` bytes
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove a folder with all in it, following no links; nothing happens where there is none.

    One folder is open at a time and no path is spelled out, so depth cannot end it. Whoever could
    write there must be dead. OSError where the system refuses.
    """
    try:
        place = _opened(str(folder), None)
    except FileNotFoundError:
        return
    above: list[tuple[str, list[str]]] = []
    try:
        inner = _emptied(place)
        while above or inner:
            if inner:
                name = inner.pop()
                place, left = _opened(name, place), place
                above.append((name, inner))
                inner = _emptied(place)
            else:
                place, left = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=place), place
                name, inner = above.pop()
                os.rmdir(name, dir_fd=place)
            os.close(left)
    finally:
        os.close(place)
    os.rmdir(folder)


def full(folder: str, most: int) -> bool:
    """Whether the files take more than `most` bytes on the disk, or are more than that has blocks.

    Its owner may change it meanwhile; what cannot be read is left out.
    """
    size, count, waiting = 0, 0, [folder]
    while waiting and size <= most and count <= most >> 12:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                size += entry.stat(follow_symlinks=False).st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return size > most or count > most >> 12


def _opened(name: str, within: int | None) -> int:
    if not stat.S_ISLNK(os.lstat(name, dir_fd=within).st_mode):
        os.chmod(name, stat.S_IRWXU, dir_fd=within)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=within)


def _emptied(place: int) -> list[str]:
    """Unlink the files of a folder; returns the names of its folders."""
    folders: list[str] = []
    for name in os.listdir(place):
        if stat.S_ISDIR(os.lstat(name, dir_fd=place).st_mode):
            folders.append(name)
        else:
            os.unlink(name, dir_fd=place)
    return folders
