"""What was handed in, made ready for nbgrader in a folder of its own.

read_notebook(path)   a notebook as nbformat 4, or UnreadableError with the reason
stage(...)            copy what can be graded, and say what was put right and what is wrong
handed_in_at(folder)  the time in a hand-in's timestamp.txt
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from gradelib.exam import handin, notebook
from gradelib.exam.notebook import UnreadableError
from gradelib.exam.paper import Master, MasterCell, Paper

__all__ = ["Intake", "UnreadableError", "handed_in_at", "read_notebook", "stage"]


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
    """Read a notebook, old formats upgraded and outputs dropped.

    Raises UnreadableError, whose message says why in one line.
    """
    return notebook.read_notebook(path.read_bytes())


def stage(
    folder: Path, expected: Mapping[str, Set[str]], own_files: Set[str], into: Path
) -> Intake:
    """Copy a hand-in from `folder` to the new folder `into`.

    `expected` gives each notebook's name and its grade_ids. `own_files` are the paths (in the
    folder) of files that the course brings itself, so that the student's are left out.
    """
    into.mkdir(parents=True)
    cells = {
        name: Master(
            tuple(
                MasterCell(grade_id=i, cell_type="code", source="", released="")
                for i in sorted(ids)
            )
        )
        for name, ids in expected.items()
    }
    hand_in = handin.read_hand_in(folder, "", "")
    own = {name: hand_in.files.get(name, b"") for name in own_files}
    found = handin.sort_out(hand_in, Paper("", cells, own))
    for name, nb in found.notebooks.items():
        (into / f"{name}.ipynb").write_text(json.dumps(nb, ensure_ascii=False), encoding="utf-8")
    for name, data in found.beside.items():
        if name not in own:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(data)
    notes = list(found.notes)
    if time := hand_in.files.get("timestamp.txt"):
        if handed_in_at(folder) is None:
            notes.append("timestamp.txt holds no time: left out")
        else:
            (into / "timestamp.txt").write_bytes(time)
    return Intake(tuple(found.notebooks), found.missing, found.unreadable, tuple(notes))


def handed_in_at(folder: Path) -> datetime | None:
    """The time (UTC) in a hand-in's timestamp.txt; None where there is none that can be read."""
    path = folder / "timestamp.txt"
    try:
        if not path.is_file() or path.is_symlink():
            return None
        found: datetime | None = parse_utc(path.read_text().strip())
    except Exception:
        return None
    return found
