"""What a cell changes beside the names that it binds: `state` before and after it.

A given cell that changes nothing else, and whose names nobody reads, need not be run for each
hand-in: it shows the same to everyone. `state` errs on the side of a change.
"""

from __future__ import annotations

import builtins
import hashlib
import os
import pickle
import random
import sys
import types
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

State = dict[str, Any]

PLAIN = ("builtins", "numpy", "collections", "datetime", "decimal", "fractions", "pathlib")
"""Where the types are defined whose values equal bytes tell to be equal."""

SHELLS = ("In", "Out", "exit", "quit", "get_ipython", "open")
"""Names that IPython itself puts into the namespace."""

OPAQUE = "opaque"
"""What stands for a value of which nobody can tell whether it was changed in place."""


def state(space: Mapping[str, Any]) -> State:
    """A picture of the names in a namespace and of what else a cell may change."""
    found: State = {"": _beside()}
    for name, value in space.items():
        if not name.startswith("_") and name not in SHELLS:
            found[name] = (id(value), _print(value))
    return found


def opaque(before: State) -> frozenset[str]:
    """The names of values that a cell may change unseen."""
    return frozenset(name for name, seen in before.items() if name and seen[1] == OPAQUE)


def changed(before: State, after: State, binds: frozenset[str]) -> bool:
    """Whether anything changed but the names in `binds`."""
    names = (before.keys() | after.keys()) - binds
    return any(before.get(name) != after.get(name) for name in names)


def _print(value: Any) -> Any:
    """What tells whether a value was changed in place, or OPAQUE."""
    if isinstance(value, (types.FunctionType, type, types.ModuleType, types.BuiltinFunctionType)):
        return [(name, id(part)) for name, part in getattr(value, "__dict__", {}).items()]
    if type(value).__module__ not in PLAIN or getattr(
        getattr(value, "dtype", None), "hasobject", False
    ):
        return OPAQUE
    try:
        data = pickle.dumps(value)
    except Exception:
        return OPAQUE
    return hashlib.blake2b(data).digest()


def _beside() -> list[Any]:
    matplotlib: Any = sys.modules.get("matplotlib")
    style = dict(matplotlib.rcParams) if matplotlib else None  # may import pyplot
    plotted: Any = sys.modules.get("matplotlib.pyplot")
    here = Path.cwd()
    files = [(str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in _files(here)]
    return [
        pickle.dumps(random.getstate()),
        pickle.dumps(np.random.get_state()),
        np.geterr(),
        repr(np.get_printoptions()),
        style,
        plotted.get_fignums() if plotted else None,
        list(warnings.filters),
        dict(os.environ),
        list(sys.path),
        str(here),
        sorted(files),
        {name: id(value) for name, value in vars(builtins).items() if name != "_"},
        id(sys.stdout),
        sys.getrecursionlimit(),
    ]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if "__pycache__" not in path.parts][:10_000]
