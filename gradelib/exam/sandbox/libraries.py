"""What a candidate may read: Python, what is installed for it, the system's libraries and fonts.

readable()   the files and folders, none of which holds anything of a course or a person
DEVICES      the devices that stay
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

_SYSTEM = """
/bin /usr/bin /lib /lib32 /lib64 /libx32 /usr/lib /usr/lib32 /usr/lib64 /usr/libx32 /usr/local/lib
/nix/store /gnu/store /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/alternatives
/etc/localtime /usr/share/zoneinfo /usr/share/fonts /usr/local/share/fonts /etc/fonts
/usr/share/fontconfig /usr/share/tcltk /usr/share/mime /usr/share/locale /usr/lib/locale
/sys/devices/system/cpu/online /sys/devices/system/cpu/possible
"""


def readable() -> list[str]:
    """The paths that are there, without those that lie below another of them."""
    found: list[str] = []
    for path in sorted({*_SYSTEM.split(), *_python(), *_fonts()}):
        if os.path.lexists(path) and not any(_below(path, other) for other in found):
            found.append(path)
    return found


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _python() -> Iterator[str]:
    """The installation and the virtual environment; of other places the loaded packages alone.

    An editable install lies in a checkout whose other folders may hold a course.
    """
    whole = {p for p in (sys.prefix, sys.base_prefix, sys.exec_prefix) if _own_folder(p)}
    yield from whole
    yield from sysconfig.get_paths().values()
    yield os.path.dirname(os.path.realpath(sys.executable)) if not whole else sys.base_prefix
    library = sysconfig.get_config_var("LIBDIR")
    if isinstance(library, str) and _own_folder(library):
        yield library
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and "." not in name and name != "__main__":
            path = os.path.abspath(file)
            yield os.path.dirname(path) if os.path.basename(path) == "__init__.py" else path


def _own_folder(path: str) -> bool:
    """Whether a prefix is a folder of Python's own, not one that everything lies in."""
    if path.rstrip("/") in ("", "/usr", "/usr/local", "/opt"):
        return False
    return not any(_below(str(place), path) for place in (Path.home(), Path.cwd()))


def _fonts() -> Iterator[str]:
    """The account's own fonts, which matplotlib's list of fonts may name."""
    home = Path.home()
    yield str(home / ".fonts")
    yield str(home / ".local" / "share" / "fonts")
