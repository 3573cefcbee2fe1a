"""The values that both sides hold a copy of, and what they held when they last crossed.

Table    finds what has changed since, and what is held by nothing else any more
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from operator import is_
from typing import Any

import numpy as np

from gradelib.exam.crossing import streams
from gradelib.exam.crossing.wire import WireError

__all__ = ["Table"]

MOST_SHARED = 200_000  # values


class Entry:
    """A shared value, what it held when it last crossed, and how many others' `held` hold it."""

    __slots__ = ("form", "held", "inside", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.held: Any = None
        self.form: Any = None
        self.inside = 0


_ENTRY = Entry(object())
ALONE = sys.getrefcount(_ENTRY.value)
"""References to a value that is held by its entry alone."""


class Table:
    """The values that both sides hold. `first` is 1 on one side and 2 on the other.

    Arrays of at least `keep` bytes stay while the other side has them: it may hand them over again.
    """

    def __init__(self, first: int, keep: float = math.inf) -> None:
        self.keep = keep
        self.next = first
        self.theirs = 3 - first
        self.entries: dict[int, Entry] = {}
        self.numbers: dict[int, int] = {}
        self.weight = 0

    def give(self, value: Any) -> int:
        """A new number for a value of this side."""
        number = self.next
        self.next += 2
        self.add(number, value)
        return number

    def add(self, number: int, value: Any) -> None:
        if len(self.entries) >= MOST_SHARED:
            raise WireError("too many lists and arrays are held at a time")
        self.entries[number] = Entry(value)
        self.numbers[id(value)] = number

    def hold(self, number: int, held: Any) -> None:
        """The value `number` crosses, and holds `held`: bytes, a list, dict or set of its own."""
        entry = self.entries[number]
        if entry.held is not None:
            self._loosen(entry)
        entry.held = held
        if type(held) is bytes:
            self.weight += len(held)
            value = entry.value
            if isinstance(value, np.ndarray):
                entry.form = (value.shape, value.dtype)
            return
        for child in contained(held):
            inner = self.numbers.get(id(child))
            if inner is not None:
                self.entries[inner].inside += 1

    def forget(self, number: int) -> None:
        """Neither side holds a copy of the other's `number` any more."""
        entry = self.entries.pop(number)
        del self.numbers[id(entry.value)]
        self._loosen(entry)

    def review(self) -> tuple[list[int], list[int]]:
        """The numbers of what has changed, and of what is held here by nothing else."""
        changed: list[int] = []
        dropped: list[int] = []
        for number, entry in self.entries.items():
            if differs(entry):
                (changed if fits(entry) else dropped).append(number)
            elif (
                not entry.inside
                and sys.getrefcount(entry.value) == ALONE
                and not (type(entry.held) is bytes and len(entry.held) >= self.keep)
            ):
                dropped.append(number)
        return changed, dropped

    def _loosen(self, entry: Entry) -> None:
        held = entry.held
        if type(held) is bytes:
            self.weight -= len(held)
        elif held is not None:
            for child in contained(held):
                inner = self.numbers.get(id(child))
                if inner is not None:
                    self.entries[inner].inside -= 1
        entry.held = None


def contained(held: Any) -> Iterator[Any]:
    """What a value's copy holds."""
    return iter(held.values() if type(held) is dict else held)


def fits(entry: Entry) -> bool:
    """Whether a changed value can be changed in place on the other side as well."""
    form = entry.form
    return form is None or (entry.value.size, entry.value.dtype) == (math.prod(form[0]), form[1])


def differs(entry: Entry) -> bool:
    """Whether a value holds something else than when it last crossed."""
    value, held = entry.value, entry.held
    if held is None:
        return False
    kind = type(held)
    if kind is bytes:
        if isinstance(value, bytearray):
            return bool(value != held)
        if (value.shape, value.dtype) != entry.form:
            return True
        return bool(np.ndarray.tobytes(value, "A") != held)
    if kind is list:
        if isinstance(value, np.ndarray):
            if value.size != len(held):
                return True
            value = np.ndarray.ravel(value).tolist()
        return len(value) != len(held) or not all(map(is_, list.__iter__(value), held))
    if kind is dict:
        return (
            len(value) != len(held)
            or not all(map(is_, dict.keys(value), held))
            or not all(map(is_, dict.values(value), held.values()))
        )
    if kind is set:
        return len(value) != len(held) or set(map(id, set.__iter__(value))) != set(map(id, held))
    return bool(streams.state_of(value) != held)
