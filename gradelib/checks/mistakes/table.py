"""Tables of fingerprints: made from what edits return, written to a file and read from it.

Numbers are compared within a tolerance: machines differ in the last digits.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gradelib.checks.mistakes.edits import common
from gradelib.checks.mistakes.recording import Seen
from gradelib.checks.slopes.numeric import Array

__all__ = ["CLOSE", "FILE", "Check", "Row", "Table", "here", "made", "projections", "read", "same"]

FILE = "fingerprints.json"
CLOSE = 1e-8  # relative to an array's norm: what rounding may do to it
LARGEST_FILE = 2_000_000  # bytes
MOST_NAMES = 4  # edits kept that return the same, of the mistake that is named and of others


@dataclass(frozen=True)
class Row:
    """What some edits return for one gradient: their names, the mistake, shape and projections."""

    edits: tuple[str, ...]
    mistake: str
    shape: tuple[int, ...]
    seen: Array


@dataclass(frozen=True)
class Check:
    """One check of an exercise: what tells it from others, and its rows by gradient."""

    exercise: str
    salt: str
    size: int
    inputs: Array
    rows: Mapping[str, Sequence[Row]]

    def is_of(self, surroundings: Array) -> bool:
        """Whether these are the inputs, the upstream gradient and the output of this check."""
        if surroundings.size != self.size:
            return False
        mine = projections(surroundings, self.salt, "inputs")
        norm = float(np.linalg.norm(surroundings))
        return bool(np.max(np.abs(mine - self.inputs)) <= CLOSE * norm)


@dataclass(frozen=True)
class Table:
    """The fingerprints of some exercises."""

    checks: tuple[Check, ...] = ()
    made_from: str = ""  # a digest of whatever decides the records

    def text(self) -> str:
        """The table as JSON, a row to a line."""
        written = []
        for check in self.checks:
            head = {
                "exercise": check.exercise,
                "salt": check.salt,
                "size": check.size,
                "inputs": _written(check.inputs),
            }
            rows = ",\n".join(
                "  " + json.dumps([label, row.edits, row.mistake, row.shape, _written(row.seen)])
                for label, found in check.rows.items()
                for row in found
            )
            written.append(f'{json.dumps(head)[:-1]}, "rows": [\n{rows}\n]}}')
        top = json.dumps({"version": 1, "made_from": self.made_from})[:-1]
        return top + ', "checks": [\n' + ",\n".join(written) + "\n]}\n"

    def same(self, other: Table) -> bool:
        """Whether two tables hold the same records, but for rounding."""
        if len(self.checks) != len(other.checks):
            return False
        return all(_same_check(a, b) for a, b in zip(self.checks, other.checks, strict=True))


def _same_check(a: Check, b: Check) -> bool:
    if (a.exercise, a.salt, a.size) != (
        b.exercise,
        b.salt,
        b.size,
    ) or a.rows.keys() != b.rows.keys():
        return False
    pairs = [(a.inputs, b.inputs)]
    for label in a.rows:
        if [(r.edits, r.mistake, r.shape) for r in a.rows[label]] != [
            (r.edits, r.mistake, r.shape) for r in b.rows[label]
        ]:
            return False
        pairs += [(x.seen, y.seen) for x, y in zip(a.rows[label], b.rows[label], strict=True)]
    return all(np.max(np.abs(x - y)) <= CLOSE * np.max(np.abs(x)) for x, y in pairs)


def read(text: str | bytes) -> Table:
    """The table that a text holds.  Raises ValueError for any other text."""
    try:
        checks = []
        whole = json.loads(text)
        for entry in whole["checks"]:
            rows: dict[str, list[Row]] = {}
            for label, names, mistake, shape, numbers in entry["rows"]:
                named = tuple(str(name) for name in names)
                row = Row(named, str(mistake), tuple(int(n) for n in shape), _three(numbers))
                if not named:
                    raise ValueError("a row without a name")
                rows.setdefault(str(label), []).append(row)
            exercise, salt = str(entry["exercise"]), str(entry["salt"])
            check = Check(exercise, salt, int(entry["size"]), _three(entry["inputs"]), rows)
            checks.append(check)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a table of fingerprints: {error}") from error
    return Table(tuple(checks), str(whole.get("made_from", "")))


def same(a: str | bytes | None, b: str | bytes | None) -> bool:
    """Whether two texts are tables that hold the same records."""
    try:
        return read(a or "").same(read(b or ""))
    except ValueError:
        return False


def here() -> Table:
    """The table of the working folder, the notebook's; an empty one where none can be read."""
    path = Path(FILE)
    try:
        found = os.stat(path)
        if found.st_size > LARGEST_FILE or not path.is_file():
            return Table()
        return _read_file(str(path.resolve()), found.st_mtime_ns, found.st_size)
    except (OSError, ValueError):
        return Table()


@lru_cache(maxsize=4)
def _read_file(path: str, modified: int, size: int) -> Table:
    return read(Path(path).read_text(encoding="utf-8"))


def projections(numbers: Array, *salt: str) -> Array:
    """Return three projections of an array on directions that only the salt decides."""
    seed = hashlib.sha256("\0".join(salt).encode()).digest()
    # RandomState, not a Generator: its numbers are promised never to change.
    random = np.random.RandomState(np.frombuffer(seed, dtype="<u4"))
    return np.array([np.sum(random.uniform(-1, 1, numbers.size) * numbers) for _ in range(3)])


def made(
    right: Sequence[Seen], tried: Iterable[tuple[str, str, Sequence[Seen]]]
) -> tuple[Check, ...]:
    """Return the fingerprints of edits beside what the right answer gives at the same checks.

    `tried` are (name, mistake, what the checks saw).  Edits that return the same share a row; they
    have none where they return what is right, or where no one sentence is true of all of them.
    """
    tried = list(tried)
    groups = []
    for number, reference in enumerate(right):
        found: dict[str, list[_Returned]] = {label: [] for label in reference.gradients}
        for name, mistake, notes in tried:
            note = notes[number] if number < len(notes) else None
            if note is None or not _close(note.surroundings, reference.surroundings):
                continue
            for label, (shape, numbers) in note.gradients.items():
                if label in found and _telling(shape, numbers, reference.gradients[label]):
                    found[label].append(_Returned(name, mistake, shape, numbers))
        groups.append({label: _grouped(many) for label, many in found.items()})
    checks = []
    for number, reference in enumerate(right):
        salt = hashlib.sha256(f"{reference.exercise}\0{number}".encode()).hexdigest()[:8]
        rows = {}
        for label, found_ in groups[number].items():
            elsewhere = [g[label] for i, g in enumerate(groups) if i != number and label in g]
            kept = [
                _row(group, salt, label) for group in found_ if not _told_apart(group, elsewhere)
            ]
            rows[label] = sorted((row for row in kept if row), key=lambda row: row.edits)
        inputs = projections(reference.surroundings, salt, "inputs")
        sorted_rows = {label: tuple(rows[label]) for label in sorted(rows) if rows[label]}
        size = reference.surroundings.size
        checks.append(Check(reference.exercise, salt, size, inputs, sorted_rows))
    return tuple(checks)


@dataclass(frozen=True)
class _Returned:
    name: str
    mistake: str
    shape: tuple[int, ...]
    numbers: Array


def _close(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.max(np.abs(a - b)) <= CLOSE * np.linalg.norm(b))


def _telling(shape: tuple[int, ...], numbers: Array, right: tuple[tuple[int, ...], Array]) -> bool:
    """Whether an array can only come from this mistake, as far as its numbers say.

    Not zeros nor ones, nor what is right; a single number must change with the inputs.
    """
    if shape == right[0] and np.allclose(numbers, right[1], rtol=1e-6, atol=1e-9):
        return False
    return float(np.ptp(np.abs(numbers))) > 1e-6 * float(np.max(np.abs(numbers)))


def _grouped(found: Sequence[_Returned]) -> list[list[_Returned]]:
    """Put together what is the same array."""
    groups: list[list[_Returned]] = []
    keys: list[tuple[tuple[int, ...], Array, float]] = []
    for one in found:
        mine = projections(one.numbers, "group")
        norm = float(np.linalg.norm(one.numbers))
        for group, (shape, seen, size) in zip(groups, keys, strict=True):
            if shape == one.shape and np.max(np.abs(mine - seen)) <= CLOSE * max(norm, size):
                group.append(one)
                break
        else:
            groups.append([one])
            keys.append((one.shape, mine, norm))
    return groups


def _told_apart(group: list[_Returned], others: Sequence[Sequence[list[_Returned]]]) -> bool:
    """Whether another check of the exercise sees a difference between these edits."""
    mine = {one.name for one in group}
    return any(
        len([1 for there in groups if mine & {one.name for one in there}]) > 1 for groups in others
    )


def _to_the_digit(group: list[_Returned]) -> bool:
    """Whether dropping a term gives the very digits that dropping a factor gives.

    `y * 1` is `y`; but a factor without which a mean is zero, to rounding, takes its term away.
    """
    named = [one.numbers for one in group if one.mistake == "missing-factor"]
    others = [one.numbers for one in group if one.mistake == "missing-term"]
    return not others or any(np.array_equal(a, b) for a in named for b in others)


def _row(group: list[_Returned], salt: str, label: str) -> Row | None:
    mistake = common([one.mistake for one in group])
    if mistake is None:
        return None
    if mistake == "missing-factor" and not _to_the_digit(group):
        mistake = "missing-part"
    own = sorted(one.name for one in group if one.mistake == mistake)
    others = sorted(one.name for one in group if one.mistake != mistake)
    names = (*own[:MOST_NAMES], *others[:MOST_NAMES])
    numbers = group[0].numbers
    return Row(names, mistake, group[0].shape, projections(numbers, salt, label, names[0]))


def _written(numbers: Array) -> list[float]:
    return [float(f"{value:.10g}") for value in numbers]


def _three(numbers: Any) -> Array:
    found = np.array(numbers, dtype=np.float64)
    if found.shape != (3,) or not np.all(np.isfinite(found)):
        raise ValueError("projections are three finite numbers")
    return found
