"""What was handed in, made ready for nbgrader in a folder of its own.

The student's folder is only read. A notebook under another name is recognised by its grade_ids; one
that cannot be read is named with its fault; files that would be imported in place of an installed
package, links and the like stay behind.

read_notebook(path)   a notebook as nbformat 4, or UnreadableError with the reason
stage(...)            copy what can be graded, and say what was put right and what is wrong
"""

from __future__ import annotations

import codecs
import importlib.machinery
import json
import os
import re
import shutil
import stat
import sys
import warnings
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from .batch import one_line

NOTEBOOK = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)
"""How a notebook's file name ends; some browsers add an ending of their own."""

LEFT_BY_TOOLS = (".ipynb_checkpoints", "__pycache__", "__MACOSX", ".git")


class UnreadableError(Exception):
    """A file that cannot be read as a notebook. The message says why, in one line."""


@dataclass(frozen=True)
class Intake:
    """What `stage` found: notebooks ready to grade, others with what is wrong, and notes."""

    ready: tuple[str, ...]
    missing: Mapping[str, str]
    unreadable: Mapping[str, str]
    notes: tuple[str, ...]

    @property
    def cause(self) -> str | None:
        """Why not all of the hand-in can be graded, in one line; None when it can."""
        return "; ".join([*self.missing.values(), *self.unreadable.values()]) or None


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook, with nbformat 3 upgraded and outputs dropped.

    Raises UnreadableError, whose message says why in one line.
    """
    data = path.read_bytes()
    if not data.strip():
        raise UnreadableError("the file is empty")
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if not isinstance(json.loads(text), dict):
                raise UnreadableError("JSON, but no notebook")
            nb = nbformat.reads(text, as_version=4)
    except UnreadableError:
        raise
    except json.JSONDecodeError as error:
        raise UnreadableError(f"broken JSON at line {error.lineno} ({error.msg})") from None
    except RecursionError:
        raise UnreadableError("JSON nested too deeply") from None
    except Exception as error:
        raise UnreadableError(f"JSON, but no notebook ({one_line(error, 80)})") from None
    cells = nb.get("cells") if isinstance(nb, dict) else None
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise UnreadableError("JSON, but no notebook (no list of cells)")
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
        tags = cell.metadata.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            del cell.metadata["tags"]
    return nb  # type: ignore[no-any-return]


def _is_cell(cell: Any) -> bool:
    return (
        isinstance(cell, dict)
        and cell.get("cell_type") in ("code", "markdown", "raw")
        and isinstance(cell.get("source"), str)
        and isinstance(cell.get("metadata"), dict)
    )


def grade_ids(nb: NotebookNode) -> frozenset[str]:
    """The grade_ids that the cells of a notebook carry."""
    metas = [cell.metadata.get("nbgrader") for cell in nb.cells]
    found = [meta.get("grade_id") for meta in metas if isinstance(meta, dict)]
    return frozenset(grade_id for grade_id in found if isinstance(grade_id, str))


def stage(
    folder: Path, expected: Mapping[str, Set[str]], own_files: Set[str], into: Path
) -> Intake:
    """Copy a hand-in from `folder` to the new folder `into`.

    `expected` gives each notebook's name and its grade_ids. `own_files` are the paths (in the
    folder) of files that the course brings itself, so that the student's are left out without a
    word.
    """
    into.mkdir(parents=True)
    notes: list[str] = []
    files = _regular_files(folder, notes)
    notebooks = {name: path for name, path in files.items() if NOTEBOOK.search(name)}
    ready: list[str] = []
    missing: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    chosen = {name: notebooks.pop(f"{name}.ipynb", None) for name in expected}
    for name, ids in expected.items():
        path = chosen[name] or _under_another_name(name, ids, notebooks, missing, notes)
        if path is None:
            missing[name] += _what_is_there(files)
            continue
        try:
            nb = read_notebook(path)
        except UnreadableError as reason:
            unreadable[name] = f"{name}.ipynb is not a notebook: {reason}"
            continue
        text = json.dumps(nb, ensure_ascii=False)
        # Half an emoji, which JSON allows and UTF-8 does not, becomes a question mark.
        (into / f"{name}.ipynb").write_bytes(text.encode("utf-8", "replace"))
        ready.append(name)
    notes += [f"{name!r} was handed in as well: not graded" for name in sorted(notebooks)]
    for name, path in files.items():
        if not NOTEBOOK.search(name) and name not in own_files:
            _copy(name, path, into, notes)
    return Intake(tuple(ready), missing, unreadable, tuple(notes))


def _regular_files(folder: Path, notes: list[str]) -> dict[str, Path]:
    """The files of a hand-in by their path in it. Links, pipes and hidden folders are left out."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_BY_TOOLS)
        for name in sorted(names):
            path = Path(place, name)
            relative = os.path.relpath(path, folder)
            if stat.S_ISREG(path.lstat().st_mode):
                found[relative] = path
            else:
                notes.append(f"{relative} is a link or no plain file: left out")
    return found


def _under_another_name(
    name: str,
    ids: Set[str],
    others: dict[str, Path],
    missing: dict[str, str],
    notes: list[str],
) -> Path | None:
    """The one other notebook that has most of the grade_ids, taken out of `others`.

    Else the reason goes to `missing`.
    """
    alike = []
    for other, path in others.items():
        try:
            if 2 * len(grade_ids(read_notebook(path)) & ids) > len(ids):
                alike.append(other)
        except UnreadableError:
            continue
    if len(alike) == 1:
        notes.append(f"{alike[0]!r} was graded as {name}.ipynb")
        return others.pop(alike[0])
    missing[name] = f"{name}.ipynb is missing"
    if alike:
        missing[name] += ", and more than one file could be it"
    return None


def _what_is_there(files: Mapping[str, Path]) -> str:
    names = sorted(files, key=lambda name: (not NOTEBOOK.search(name), name))
    if not names:
        return "; the folder is empty"
    return "; handed in was " + ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")


def _copy(name: str, path: Path, into: Path, notes: list[str]) -> None:
    first = Path(name).parts[0]
    if first == name == "timestamp.txt" and handed_in_at(path.parent) is None:
        notes.append("timestamp.txt holds no time: left out")
    elif _shadows(name):
        notes.append(
            f"{name} would be imported in place of the package {first.split('.')[0]!r}: left out"
        )
    else:
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, into / name)


def handed_in_at(folder: Path) -> datetime | None:
    """The time (UTC) in a hand-in's timestamp.txt; None where there is none that can be read."""
    try:
        found: datetime | None = parse_utc((folder / "timestamp.txt").read_text().strip())
    except Exception:
        return None
    return found


def _shadows(name: str) -> bool:
    """Whether a file, lying in the folder where the notebook runs, hides an installed module."""
    if not name.endswith(tuple(importlib.machinery.all_suffixes())):
        return False
    module = Path(name).parts[0].split(".")[0]
    if module == "gradelib" or module in sys.stdlib_module_names:
        return True
    installed = [entry for entry in sys.path if entry and Path(entry).resolve() != Path.cwd()]
    return importlib.machinery.PathFinder.find_spec(module, installed) is not None
