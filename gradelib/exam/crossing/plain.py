"""Plain values as trees: `Writer` takes them apart.

In a tree a list is a tagged value, `[TAG, ...]`; everything else stands for itself. `reading.py`
makes the values again, `restoring.py` and `crossing.py` write what is shared and what has a handle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from gradelib.exam.crossing import known
from gradelib.exam.crossing.wire import WireError

__all__ = ["KINDS", "MOST_DIGITS", "NATIVE", "Writer", "exact"]

(
    BIG,
    COMPLEX,
    TUPLE,
    LIST,
    DICT,
    SET,
    FROZENSET,
    SLICE,
    RANGE,
    ELLIPSIS,
    ARRAY,
    SCALAR,
    OBJECTS,
    REF,
    KNOWN,
    DRAWS,
    BYTEARRAY,
    DTYPE,
    PATH,
    MINE,
    YOURS,
    CLASS,
    ERROR,
    LIBRARY,
) = range(24)

KINDS = "?bhilqpBHILQPefdgFDGSUmM"  # numpy's type characters that cross
NATIVE = frozenset({type(None), bool, float, str, bytes})  # msgpack writes these as they are
MOST_DIGITS = 2**16  # bytes of a big integer
WIDE = 2**63
INTEGERS = {int}
NUMBERS_AND_TEXTS = (int, float, complex, str, bytes)


def exact(value: Any) -> Any:
    """The number or text of a subclass's instance, as the builtin: nothing of it is called."""
    kind = type(value)
    if issubclass(kind, int):
        return int.__pos__(value)
    if issubclass(kind, float):
        return float.__pos__(value)
    if issubclass(kind, complex):
        return complex.__pos__(value)
    if issubclass(kind, str):
        return str.__str__(value)
    return bytes(memoryview(value))


class Writer:
    """Writes one message; `pieces` holds the bytes of its arrays."""

    names: ClassVar[dict[int, str]] = known.NAMES

    def __init__(self, max_depth: int) -> None:
        self.max_depth = max_depth
        self.pieces: list[bytes] = []
        self.offset = 0
        self.depth = 0

    def write(self, value: Any) -> Any:
        """The tree of a value."""
        kind = type(value)
        if kind in NATIVE:
            return value
        if kind is int:
            return value if -WIDE <= value < WIDE else self.big(value)
        writing = WRITING.get(kind)
        if self.depth >= self.max_depth:
            raise WireError(f"it is nested deeper than {self.max_depth}")
        self.depth += 1
        tree = writing(self, value) if writing else self.other(value)
        self.depth -= 1
        return tree

    def share(self, value: Any) -> int | None:
        """A number for a value that both sides hold; None where it need not be written again."""
        return 0

    def met(self, value: Any) -> Any:
        """A reference to a value that the other side holds already, or None."""
        return None

    def wrote(self, number: int, value: Any, held: Any) -> None:
        """A shared value was written; `held` is what it holds now."""

    def other(self, value: Any) -> Any:
        """The tree of a value that is of no plain type itself."""
        kind = type(value)  # never isinstance: an object may lie about its class
        if issubclass(kind, np.generic):
            if value.dtype.char in KINDS:
                return [SCALAR, value.dtype.str, value.tobytes()]
            return self.strange(value)
        name = self.names.get(id(value))
        if name is not None:
            return [KNOWN, name]
        if issubclass(kind, NUMBERS_AND_TEXTS):
            return self.write(exact(value))
        for container, writing in CONTAINERS:
            if issubclass(kind, container):
                return writing(self, value)
        if issubclass(kind, np.dtype):
            return self.dtype(value)
        if issubclass(kind, tuple) and not hasattr(kind, "_fields"):
            return _tuple(self, value)
        return self.strange(value)

    def strange(self, value: Any) -> Any:
        """The tree of a value that is not plain."""
        raise WireError(f"a {type(value).__name__} is not plain data")

    def items(self, values: Any) -> Any:
        """The trees of several values."""
        kinds = set(map(type, values))
        if kinds <= NATIVE:
            return values
        if kinds == INTEGERS and min(values) >= -WIDE and max(values) < WIDE:
            return values
        write = self.write
        return [write(value) for value in values]

    def big(self, value: int) -> Any:
        size = (value.bit_length() + 8) // 8
        if size > MOST_DIGITS:
            raise WireError("an integer has more digits than can be sent")
        return [BIG, value.to_bytes(size, "little", signed=True)]

    def dtype(self, value: Any) -> Any:
        if value.char in KINDS:
            return [DTYPE, value.str]
        return self.strange(value)

    def list(self, value: list[Any]) -> Any:
        tree = self.met(value)
        if tree is None:
            number = self.share(value)
            held = list(list.__iter__(value))
            tree = [LIST, number, *self.items(held)]
            if number:
                self.wrote(number, value, held)
        return tree

    def dict(self, value: dict[Any, Any]) -> Any:
        tree = self.met(value)
        if tree is None:
            number = self.share(value)
            held = dict(value) if type(value).__iter__ is not dict.__iter__ else dict.copy(value)
            tree = [DICT, number]
            for key, item in held.items():
                tree += (self.key(key), self.write(item))
            if number:
                self.wrote(number, value, held)
        return tree

    def set(self, value: set[Any]) -> Any:
        tree = self.met(value)
        if tree is None:
            number = self.share(value)
            held = set(set.__iter__(value))
            tree = [SET, number, *map(self.key, held)]
            if number:
                self.wrote(number, value, held)
        return tree

    def key(self, value: Any) -> Any:
        """The tree of what stands in a set, or as a key in a dict."""
        return self.write(value)

    def array(self, value: Any) -> Any:
        tree = self.met(value)
        if tree is not None:
            return tree
        plain = value if type(value) is np.ndarray else np.asarray(value).view(np.ndarray)
        kind = plain.dtype
        if kind.char == "O":
            return self.objects(value, plain)
        if kind.char not in KINDS:
            return self.strange(value)
        number = self.share(value)
        data = plain.tobytes("A")
        form = (not plain.flags.c_contiguous and plain.flags.f_contiguous) + 2 * (
            not plain.flags.writeable
        )
        tree = [ARRAY, number, kind.str, plain.shape, form, self.offset]
        self.pieces.append(data)
        self.offset += len(data)
        if number:
            self.wrote(number, value, data)
        return tree

    def objects(self, value: Any, plain: Any) -> Any:
        number = self.share(value)
        held = plain.ravel().tolist()
        tree = [OBJECTS, number, plain.shape, *self.items(held)]
        if number:
            self.wrote(number, value, held)
        return tree

    def bytearray(self, value: bytearray) -> Any:
        tree = self.met(value)
        if tree is None:
            number = self.share(value)
            data = bytes(value)
            tree = [BYTEARRAY, number, data]
            if number:
                self.wrote(number, value, data)
        return tree


def _tuple(writer: Writer, value: tuple[Any, ...]) -> Any:
    return [TUPLE, *writer.items(tuple.__add__(value, ()))]


def _frozenset(writer: Writer, value: frozenset[Any]) -> Any:
    return [FROZENSET, *map(writer.key, frozenset.__iter__(value))]


WRITING: dict[type, Callable[[Any, Any], Any]] = {
    int: Writer.big,
    complex: lambda writer, value: [COMPLEX, value.real, value.imag],
    tuple: _tuple,
    list: Writer.list,
    dict: Writer.dict,
    set: Writer.set,
    frozenset: _frozenset,
    slice: lambda writer, v: [SLICE, *map(writer.write, (v.start, v.stop, v.step))],
    range: lambda writer, v: [RANGE, *map(writer.write, (v.start, v.stop, v.step))],
    type(...): lambda writer, value: [ELLIPSIS],
    np.ndarray: Writer.array,
    bytearray: Writer.bytearray,
}
CONTAINERS: tuple[tuple[type, Callable[[Any, Any], Any]], ...] = (
    (np.ndarray, Writer.array),
    (list, Writer.list),
    (dict, Writer.dict),
    (set, Writer.set),
    (frozenset, _frozenset),
    (bytearray, Writer.bytearray),
)
