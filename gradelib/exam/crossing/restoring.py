"""Call by copy-restore: what both sides hold a copy of, and what has changed since it crossed.

Arrays, lists, dicts, sets, bytearrays and random generators cross by value under a number. Each
side keeps them in a `shared.Table` with what they held when they last crossed. Before a message is
sent, `Table.review` finds those that changed, which are written into it anew, and those that
nothing but the table holds any more, which both sides then forget.

SharingWriter, SharingReader    write and read what is shared by its number
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradelib.exam.crossing import streams
from gradelib.exam.crossing.plain import DRAWS, REF, Writer
from gradelib.exam.crossing.reading import READING, Reader
from gradelib.exam.crossing.shared import Table
from gradelib.exam.crossing.wire import WireError

__all__ = ["SharingReader", "SharingWriter"]

MOST_WEIGHT = 2**30  # bytes of arrays


class SharingWriter(Writer):
    """Writes a message, sharing its values through a table."""

    def __init__(self, table: Table, max_depth: int) -> None:
        super().__init__(max_depth)
        self.table = table
        self.anew = 0
        self.given: list[int] = []
        self.written: list[tuple[int, Any]] = []
        self.apart: list[int] = []

    def change(self, number: int) -> Any:
        """The tree of a shared value that has changed; None where it cannot cross any more."""
        self.anew = number
        given, written = len(self.given), len(self.written)
        try:
            tree = self.write(self.table.entries[number].value)
            if tree[1] == number:
                return tree
        except WireError:
            pass
        # It holds now what cannot cross: the two copies go separate ways.
        self.anew = self.depth = 0
        for inner in self.given[given:]:
            self.table.forget(inner)
        del self.given[given:], self.written[written:]
        self.table.forget(number)
        self.apart.append(number)
        return None

    def met(self, value: Any) -> Any:
        number = self.table.numbers.get(id(value))
        if number is None or number == self.anew:
            return None
        return [REF, number]

    def share(self, value: Any) -> int:
        if self.anew:
            number, self.anew = self.anew, 0
            return number
        number = self.table.give(value)
        self.given.append(number)
        return number

    def wrote(self, number: int, value: Any, held: Any) -> None:
        self.written.append((number, held))

    def strange(self, value: Any) -> Any:
        if streams.crosses(value):
            tree = self.met(value)
            if tree is None:
                number = self.share(value)
                state = streams.state_of(value)
                tree = [DRAWS, number, *self.items(state)]
                self.wrote(number, value, state)
            return tree
        return super().strange(value)

    def sent(self) -> None:
        """The message is on its way."""
        for number, held in self.written:
            self.table.hold(number, held)

    def dropped(self) -> None:
        """The message was not sent."""
        for number in self.given:
            self.table.forget(number)


class SharingReader(Reader):
    """Reads a message, sharing its values through a table."""

    def __init__(self, table: Table, region: bytes, max_depth: int) -> None:
        super().__init__(region, max_depth)
        self.table = table
        self.anew = 0

    def change(self, tree: Any) -> None:
        """Do to a shared value what the other side did to it."""
        if type(tree) is not list or len(tree) < 2 or type(tree[1]) is not int:
            raise WireError("malformed: a change")
        self.anew = tree[1]
        self.read(tree)

    def shared(self, number: Any, value: Any) -> Any:
        table = self.table
        if number == self.anew:
            self.anew = 0
            return overwrite(table.entries[number].value, value)
        mine = type(number) is not int or number < 1 or number % 2 != table.theirs % 2
        if mine or number in table.entries:
            raise WireError("malformed: a number that is taken")
        if table.weight > MOST_WEIGHT:
            raise WireError("too many bytes of arrays are held at a time")
        table.add(number, value)
        return value

    def took(self, number: int, held: Any) -> None:
        self.table.hold(number, held)


def overwrite(value: Any, new: Any) -> Any:
    """Make a value what `new` is, in place; lists, dicts and sets are emptied, to be filled."""
    if isinstance(value, np.ndarray):
        if type(new) is not np.ndarray or value.dtype != new.dtype or value.size != new.size:
            raise WireError("an array changed its size or dtype in place")
        if value.shape != new.shape:
            value.shape = new.shape
        writeable = value.flags.writeable
        if not writeable:
            value.flags.writeable = True
        if new.dtype.hasobject:
            return value
        np.copyto(value, new)
        value.flags.writeable = writeable
    elif isinstance(value, bytearray) and type(new) is bytearray:
        value[:] = new
    elif streams.crosses(value) and type(value) is type(new):
        streams.put(value, streams.state_of(new))
    else:
        for kind in (list, dict, set):
            if isinstance(value, kind) and type(new) is kind:
                kind.clear(value)
                return value
        raise WireError("malformed: a change of another kind")
    return value


def _ref(reader: Any, tree: list[Any]) -> Any:
    _, number = tree
    return reader.table.entries[number].value


def _draws(reader: Any, tree: list[Any]) -> Any:
    _, number, *state = tree
    found = tuple(reader.items(state))
    value = reader.shared(number, streams.made(found))
    reader.took(number, found)
    return value


SharingReader.reading = READING | {REF: _ref, DRAWS: _draws}
