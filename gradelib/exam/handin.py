"""What a student handed in, as bytes.

HandIn                the files by their relative path, and what was noticed
read_hand_in(folder)  read a folder, whatever lies in it, within limits
sort_out(...)         which file is which notebook, and what may lie beside them
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode


@dataclass(frozen=True)
class HandIn:
    """One student's files for one assignment, by relative path with forward slashes.

    `unreadable` are files that are there and could not be read, each with its cause in one line.
    `notes` say what was left out, one line each.
    """

    student: str
    assignment: str
    files: Mapping[str, bytes]
    unreadable: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def digest(self) -> str:
        """A hash of all that is in it, the same in every process."""
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        parts = [self.student, self.assignment, files, dict(self.unreadable), self.notes]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Sorted:
    """A hand-in beside its paper.

    `notebooks` are the notebooks that could be read, as nbformat 4.5 without outputs, not yet
    rebuilt. `missing` and `unreadable` give the others of the paper, each with a line of why.
    `beside` are the files for the candidate's scratch: the student's, and over them the course's.
    """

    notebooks: Mapping[str, NotebookNode]
    missing: Mapping[str, str]
    unreadable: Mapping[str, str]
    beside: Mapping[str, bytes]
    notes: tuple[str, ...]

    @property
    def cause(self) -> str | None:
        """Why not all of the hand-in can be graded, in one line; None when it can."""
        return "; ".join([*self.missing.values(), *self.unreadable.values()]) or None
