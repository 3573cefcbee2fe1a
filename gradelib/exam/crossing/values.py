"""How values of every kind cross: what is not plain data goes by a handle.

PeerWriter, PeerReader    write and read the messages of a `peers.Peer`
AsHandle(value)           marks a value that is to be known by a handle, plain or not
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np

from gradelib.exam.crossing import classes, failures, handles, known, library, streams
from gradelib.exam.crossing.handles import RemoteClass
from gradelib.exam.crossing.plain import CLASS, ERROR, KNOWN, LIBRARY, MINE, YOURS
from gradelib.exam.crossing.restoring import SharingReader, SharingWriter
from gradelib.exam.crossing.wire import WireError

__all__ = ["AsHandle", "PeerReader", "PeerWriter"]

BUILTIN_ERRORS = frozenset(known.EXCEPTIONS.values())
PLAIN_KEYS = frozenset({type(None), bool, int, float, complex, str, bytes})


class AsHandle:
    """Marks a value that is to be known by a handle, plain or not."""

    def __init__(self, value: Any) -> None:
        self.value = value


class PeerWriter(SharingWriter):
    """Writes a message of a peer."""

    paths = False

    def __init__(self, peer: Any) -> None:
        super().__init__(peer.table, peer.channel.max_depth)
        self.peer = peer
        self.told: list[int] = []
        self.describing: set[int] = set()

    def other(self, value: Any) -> Any:
        if handles.is_handle(value):  # first: nothing else may ask it anything
            if handles.peer_of(value) is not self.peer:
                raise WireError("an object of another hand-in")
            return [YOURS, handles.number_of(value)]
        return super().other(value)

    def strange(self, value: Any) -> Any:
        kind = type(value)
        if kind is AsHandle:
            inner = value.value
            return self.other(inner) if handles.is_handle(inner) else self.handle(inner)
        if kind in BUILTIN_ERRORS:
            return [ERROR, kind.__name__, *self.items(failures.plain_args(value))]
        parts = library.parts_of(value, paths=self.paths)
        if parts is not None:
            return [LIBRARY, *self.items(parts)]
        if kind is TracebackType:
            return None  # frames stay where they are
        if streams.crosses(value):
            return super().strange(value)
        if issubclass(kind, type):
            self.peer.may_give(value)
            return [CLASS, *self.described(value)]
        return self.handle(value)

    def handle(self, value: Any) -> Any:
        """The tree of a handle of this side's `value`."""
        self.peer.may_give(value)
        kind = type(value)
        number = self.peer.give(value)
        self.told.append(number)
        tree = [MINE, number, self.described(kind)]
        if issubclass(kind, tuple):
            tree += self.items(list(tuple.__iter__(value)))
        return tree

    def described(self, kind: type) -> list[Any]:
        """A class: its number, and all about it where the other side does not know it yet."""
        peer = self.peer
        number = peer.give(kind)
        if number in peer.told_classes or number in self.describing:
            return [number]
        self.describing.add(number)
        name, qualname, module, doc, form, found, hashing = classes.describe(kind)
        bases = [self.base(base) for base in kind.__bases__ if base is not object]
        found = peer.specials(kind, found)
        return [number, [name, qualname, module, doc, form, found, hashing], bases]

    def base(self, kind: type) -> Any:
        name = known.NAMES.get(id(kind))
        return [KNOWN, name] if name is not None else [CLASS, *self.described(kind)]

    def dict(self, value: dict[Any, Any]) -> Any:
        if PLAIN_KEYS.issuperset(map(type, value)) or all(map(_hashed_alike, value)):
            return super().dict(value)
        return self.handle(value)

    def set(self, value: set[Any]) -> Any:
        if all(map(_hashed_alike, value)):
            return super().set(value)
        return self.handle(value)

    def sent(self) -> None:
        super().sent()
        counts = self.peer.counts
        for number in self.told:
            counts[number] += 1
        self.peer.told_classes |= self.describing

    def dropped(self) -> None:
        super().dropped()
        peer = self.peer
        for number in self.told:
            if peer.counts.get(number) == 0 and number not in peer.told_classes:
                del peer.counts[number]
                del peer.given_numbers[id(peer.given.pop(number))]


def _hashed_alike(value: Any) -> bool:
    """Whether a key is found again on the other side, without asking this one."""
    kind = type(value)
    if kind in PLAIN_KEYS or issubclass(kind, (int, float, complex, str, bytes, np.generic)):
        return True
    if kind in library.PARTS:
        return library.parts_of(value, paths=False) is not None
    if issubclass(kind, (tuple, frozenset)):
        return all(map(_hashed_alike, value))
    if type(kind) is RemoteClass:
        return True
    same: Any = object.__hash__
    return kind.__hash__ is same or isinstance(value, type)


class PeerReader(SharingReader):
    """Reads a message of a peer."""

    paths = False

    def __init__(self, peer: Any, region: bytes) -> None:
        super().__init__(peer.table, region, peer.channel.max_depth)
        self.peer = peer
        self.in_key = 0

    def key(self, tree: Any) -> Any:
        if type(tree) is not list:
            return tree
        self.in_key += 1
        value = self.read(tree)
        self.in_key -= 1
        return value


def _class(reader: Any, tree: list[Any]) -> Any:
    peer = reader.peer
    if len(tree) == 2:
        return peer.classes[tree[1]]
    _, number, described, bases = tree
    return peer.take_class(number, described, [reader.read(base) for base in bases])


def _mine(reader: Any, tree: list[Any]) -> Any:
    _, number, kind, *items = tree
    made = _class(reader, [CLASS, *kind])
    if reader.in_key and made.__hash__ is not object.__hash__:
        raise WireError("malformed: a key that would have to be asked for its hash")
    values = tuple(reader.items(items)) if issubclass(made, tuple) else None
    return reader.peer.take(number, made, values)


def _yours(reader: Any, tree: list[Any]) -> Any:
    _, number = tree
    return reader.peer.given[number]


def _error(reader: Any, tree: list[Any]) -> Any:
    _, name, *args = tree
    return failures.built(known.EXCEPTIONS[name], tuple(reader.items(args)))


def _library(reader: Any, tree: list[Any]) -> Any:
    _, name, *parts = tree
    return library.made(name, reader.items(parts), paths=reader.paths)


PeerReader.reading = SharingReader.reading | {
    CLASS: _class,
    MINE: _mine,
    YOURS: _yours,
    ERROR: _error,
    LIBRARY: _library,
}
