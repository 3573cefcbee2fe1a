"""What a student handed in, as bytes.

read_hand_in(folder, ...)  a folder's files, whatever lies in it, within limits
HandIn                     the files by their relative path, and what was noticed
sort_out(hand_in, paper)   which file is which notebook, and what may lie beside them
beside(hand_in, paper)     the latter alone, without a look into the notebooks
Sorted                     the same, ready to be rebuilt and run
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from gradelib.exam.texts.notebook import MAX_BYTES, UnreadableError, read_notebook, role
from gradelib.exam.texts.paper import Paper
from gradelib.exam.texts.shadows import shadowed

NOTEBOOK = re.compile(r"\.ipynb(\.json|\.txt)?$", re.IGNORECASE)
"""How a notebook's file name ends; some browsers add an ending of their own."""

LEFT_BY_TOOLS = (".ipynb_checkpoints", "__pycache__", "__MACOSX", ".git", ".DS_Store")
MAX_FILES = 300
MAX_ENTRIES = 5_000
"""How many names are looked at before the rest of the folder is left out."""

MAX_FOLDERS_DEEP = 12
MAX_TOTAL = 500_000_000
"""Bytes of a hand-in that are read, notebooks first."""

MAX_BESIDE = 50_000_000
"""Bytes of a single file that is no notebook."""

TRIES = 3
"""How often a file is read that changes meanwhile."""


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


def read_hand_in(folder: Path, student: str, assignment: str) -> HandIn:
    """Read the files in `folder`. Nothing in it is followed, waited for or parsed.

    Links, pipes, devices, what tools leave behind, and what goes beyond the limits above stay
    behind, each with a note. A folder that is not there, or is a link, gives no files and a note.
    """
    notes: list[str] = []
    unreadable: dict[str, str] = {}
    found = sorted(
        _regular_files(folder, notes), key=lambda name: (not NOTEBOOK.search(name), name)
    )
    if len(found) > MAX_FILES:
        notes.append(f"more than {MAX_FILES} files: {len(found) - MAX_FILES} were left out")
    files: dict[str, bytes] = {}
    left = MAX_TOTAL
    for name in found[:MAX_FILES]:
        most = min(left, MAX_BYTES if NOTEBOOK.search(name) else MAX_BESIDE)
        try:
            files[name] = _content(folder / name, most)
        except OSError as error:
            unreadable[name] = error.strerror or type(error).__name__
        except _NotReadError as reason:
            unreadable[name] = str(reason)
        else:
            left -= len(files[name])
    return HandIn(student, assignment, files, unreadable, tuple(sorted(notes)))


class _NotReadError(Exception):
    """Why a file's content is not taken."""


def _regular_files(folder: Path, notes: list[str]) -> Iterator[str]:
    """The relative paths of plain files. What is no plain file is noted."""
    waiting: list[tuple[str, ...]] = [()]
    looked_at = 0
    while waiting:
        place = waiting.pop()
        here = "/".join(place)
        try:
            if stat.S_ISLNK(os.lstat(folder.joinpath(*place)).st_mode):
                raise OSError(0, "it is a link")
            with os.scandir(folder.joinpath(*place)) as entries:
                for entry in entries:
                    looked_at += 1
                    if looked_at > MAX_ENTRIES:
                        notes.append(f"more than {MAX_ENTRIES} names: the rest was left out")
                        return
                    path = "/".join((*place, entry.name))
                    if entry.name in LEFT_BY_TOOLS or entry.name.startswith("._"):
                        continue
                    if not _printable(path):
                        notes.append(f"{path!r} has a name that cannot be written: left out")
                    elif entry.is_dir(follow_symlinks=False):
                        if len(place) < MAX_FOLDERS_DEEP:
                            waiting.append((*place, entry.name))
                        else:
                            notes.append(f"{path} lies too deep: left out")
                    elif entry.is_file(follow_symlinks=False):
                        yield path
                    else:
                        notes.append(f"{path} is a link or no plain file: left out")
        except OSError as error:
            notes.append(f"the folder {here or folder.name!r} cannot be read: {error.strerror}")


def _notebooks_first(name: str) -> tuple[bool, str]:
    return not NOTEBOOK.search(name), name


def _printable(path: str) -> bool:
    """Whether a path is text without control characters, and no part of it is overlong."""
    try:
        return len(path.encode()) <= 1024 and path.isprintable() and "\\" not in path
    except UnicodeEncodeError:
        return False


def _content(path: Path, most: int) -> bytes:
    """A plain file's bytes, unless it is larger than `most` or keeps changing."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    for _ in range(TRIES):
        with open(os.open(path, flags), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _NotReadError("no plain file")
            if before.st_size > most:
                raise _NotReadError(
                    f"{before.st_size / 1e6:.0f} MB, and at most {most / 1e6:.0f} MB are read; "
                    "clear outputs and hand in again"
                )
            data = file.read(before.st_size + 1)
            after = os.fstat(file.fileno())
        if len(data) == before.st_size and after.st_mtime_ns == before.st_mtime_ns:
            return data
    raise _NotReadError("it changed while it was read; grade again when it is complete")


def sort_out(hand_in: HandIn, paper: Paper) -> Sorted:
    """Find the paper's notebooks in the hand-in, and read them.

    A notebook under another name is recognised by its grade_ids. Files that would be imported in
    place of an installed package or of the course's files stay behind, with a note.
    """
    notes = list(hand_in.notes)
    names = {*hand_in.files, *hand_in.unreadable}
    others = {name for name in names if NOTEBOOK.search(name)}
    chosen = {name: _named(name, others) for name in paper.notebooks}
    notebooks: dict[str, NotebookNode] = {}
    missing: dict[str, str] = {}
    unreadable: dict[str, str] = {}
    for name, master in paper.notebooks.items():
        path = chosen[name] or _under_another_name(
            name, master.grade_ids, hand_in.files, others, missing
        )
        if path is None:
            missing[name] += _what_is_there(names)
            continue
        if path != f"{name}.ipynb":
            notes.append(f"{path!r} was graded as {name}.ipynb")
        if path in hand_in.unreadable:
            unreadable[name] = f"{path} cannot be read: {hand_in.unreadable[path]}"
            continue
        put_right: list[str] = []
        try:
            notebooks[name] = read_notebook(hand_in.files[path], put_right)
        except UnreadableError as reason:
            unreadable[name] = f"{path} is not a notebook: {reason}"
        notes += [f"{path}: {note}" for note in put_right]
    notes += [f"{name!r} was handed in as well: not graded" for name in sorted(others)]
    files = beside(hand_in, paper, notes)
    return Sorted(notebooks, missing, unreadable, files, tuple(notes))


def _named(name: str, others: set[str]) -> str | None:
    """The file of that name, taken out of `others`: the name itself, else in other letters."""
    exact = f"{name}.ipynb"
    alike = [exact] if exact in others else [o for o in others if o.casefold() == exact.casefold()]
    if len(alike) != 1:
        return None
    others.remove(alike[0])
    return alike[0]


def _under_another_name(
    name: str,
    ids: Set[str],
    files: Mapping[str, bytes],
    others: set[str],
    missing: dict[str, str],
) -> str | None:
    """The one other notebook that has most of the grade_ids, taken out of `others`.

    Else the reason goes to `missing`.
    """
    alike = []
    for other in sorted(others & files.keys()):
        try:
            if 2 * len(grade_ids(read_notebook(files[other])) & ids) > len(ids):
                alike.append(other)
        except UnreadableError:
            continue
    if len(alike) == 1:
        others.remove(alike[0])
        return alike[0]
    missing[name] = f"{name}.ipynb is missing"
    if alike:
        missing[name] += ", and more than one file could be it"
    return None


def grade_ids(nb: NotebookNode) -> frozenset[str]:
    """The grade_ids that the cells of a notebook carry."""
    found = [role(cell).get("grade_id") for cell in nb.cells]
    return frozenset(grade_id for grade_id in found if isinstance(grade_id, str))


def _what_is_there(files: Set[str]) -> str:
    names = sorted(files, key=_notebooks_first)
    if not names:
        return "; the folder is empty"
    return "; handed in was " + ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")


def beside(hand_in: HandIn, paper: Paper, notes: list[str] | None = None) -> dict[str, bytes]:
    """Return the files for the scratch: the student's that hide nothing, and the course's.

    What stays behind is added to `notes`, one line each.
    """
    notes = [] if notes is None else notes
    kept: dict[str, bytes] = {}
    own = paper.files
    folders = {str(parent) for path in own for parent in Path(path).parents}
    for path, data in sorted(hand_in.files.items()):
        if NOTEBOOK.search(path) or path == "timestamp.txt":
            continue
        if path in own:
            if data.replace(b"\r\n", b"\n") != own[path].replace(b"\r\n", b"\n"):
                notes.append(f"{path} is the course's file: the original was used")
        elif path in folders or any(str(parent) in own for parent in Path(path).parents):
            notes.append(f"{path} lies in the way of the course's files: left out")
        elif module := shadowed(path, own):
            notes.append(f"{path} would be imported in place of {module}: left out")
        else:
            kept[path] = data
    for path, why in sorted(hand_in.unreadable.items()):
        if not NOTEBOOK.search(path) and path not in own:
            notes.append(f"{path} cannot be read: {why}")
    return {**kept, **own}
