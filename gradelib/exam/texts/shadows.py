"""Files that Python would take in place of an installed package or of the course's own module.

shadowed(path, own)   what a student's file would hide, in words for a note; None where nothing
"""

from __future__ import annotations

import functools
import importlib.machinery
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ALWAYS = ("sitecustomize", "usercustomize", "gradelib", "nbgrader_config", "ipython_config")
"""Modules that are looked for by name, installed or not."""

FILES = ("matplotlibrc", "pyvenv.cfg")
"""Files that programs read from the folder in which they run."""


def shadowed(path: str, own: Iterable[str]) -> str | None:
    """Return what the file `path`, lying where the notebook runs, would hide.

    `own` are the paths of the course's files. Folders count as packages, and so do compiled files.
    """
    first = PurePosixPath(path).parts[0]
    module = first.split(".")[0]
    if path in FILES or first.endswith((".dist-info", ".egg-info", ".pth")):
        return f"the installed packages' {first}"
    if not path.endswith(tuple(importlib.machinery.all_suffixes())):
        return None
    if module in {PurePosixPath(name).parts[0].split(".")[0] for name in own if _is_code(name)}:
        return f"the course's module {module!r}"
    return f"the package {module!r}" if _installed(module) else None


def _is_code(path: str) -> bool:
    return path.endswith(tuple(importlib.machinery.all_suffixes()))


@functools.lru_cache(maxsize=1000)
def _installed(module: str) -> bool:
    if module in ALWAYS or module in sys.stdlib_module_names:
        return True
    here = Path.cwd()
    places = [entry for entry in sys.path if entry and Path(entry).resolve() != here]
    return importlib.machinery.PathFinder.find_spec(module, places) is not None
