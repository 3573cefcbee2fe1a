"""Trees as plain values again: `Reader` makes exact ndarrays and builtins, and nothing else.

What arrives is held to limits, no number in a tree is trusted, and what is wrong is a WireError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from gradelib.exam.crossing import known
from gradelib.exam.crossing.plain import (
    ARRAY,
    BIG,
    BYTEARRAY,
    COMPLEX,
    DICT,
    DTYPE,
    ELLIPSIS,
    FROZENSET,
    KINDS,
    KNOWN,
    LIST,
    MOST_DIGITS,
    OBJECTS,
    RANGE,
    SCALAR,
    SET,
    SLICE,
    TUPLE,
)
from gradelib.exam.crossing.wire import WireError

__all__ = ["READING", "Reader"]

MOST_ENTRIES = 2**28  # of an array


class Reader:
    """Reads one message; `region` holds the bytes of its arrays."""

    known: ClassVar[dict[str, Any]] = known.HARMLESS
    reading: ClassVar[dict[int, Callable[[Any, list[Any]], Any]]] = {}

    def __init__(self, region: bytes, max_depth: int) -> None:
        self.region = region
        self.max_depth = max_depth
        self.depth = 0

    def read(self, tree: Any) -> Any:
        """The value of a tree; WireError for whatever is wrong with it."""
        if type(tree) is not list:
            return tree
        try:
            reading = self.reading[tree[0]]
        except (LookupError, TypeError):
            raise WireError("malformed: an unknown tag") from None
        self.depth += 1
        if self.depth > self.max_depth + 2:
            raise WireError(f"it is nested deeper than {self.max_depth}")
        try:
            value = reading(self, tree)
        except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as error:
            raise WireError(f"malformed: {type(error).__name__} in a {tree[0]}") from error
        self.depth -= 1
        return value

    def shared(self, number: Any, value: Any) -> Any:
        """`value` is made, and held by both sides under `number` unless that is 0."""
        if number != 0:
            raise WireError("malformed: a shared value")
        return value

    def took(self, number: int, held: Any) -> None:
        """The shared value `number` is complete and holds `held`."""

    def items(self, trees: list[Any]) -> list[Any]:
        """The values of several trees."""
        if list not in set(map(type, trees)):
            return trees
        return [self.read(tree) if type(tree) is list else tree for tree in trees]

    def key(self, tree: Any) -> Any:
        """The value of a tree that is hashed."""
        return self.read(tree) if type(tree) is list else tree

    def keys(self, trees: list[Any]) -> list[Any]:
        keys = [self.key(tree) for tree in trees]
        if len(keys) > 1000 and len(set(map(hash, keys))) < len(keys) // 8:
            raise WireError("malformed: keys that all have one hash")
        return keys

    def array(self, tree: list[Any]) -> Any:
        _, number, kind, shape, form, offset = tree
        dtype = fixed_dtype(kind)
        entries = size_of(shape)
        end = offset + entries * dtype.itemsize
        if not 0 <= offset <= end <= len(self.region):
            raise WireError("malformed: an array outside its message")
        data = self.region[offset:end]
        if entries and dtype.itemsize:
            value = np.frombuffer(data, dtype).reshape(shape, order="F" if form & 1 else "C")
            value = value.copy("K")
        else:
            value = np.zeros(shape, dtype)
        value = self.shared(number, value)
        if form & 2:
            value.flags.writeable = False
        if number:
            self.took(number, data)
        return value

    def objects(self, tree: list[Any]) -> Any:
        _, number, shape, *items = tree
        if size_of(shape) != len(items):
            raise WireError("malformed: an array of another size")
        value = self.shared(number, np.empty(shape, dtype=object))
        held = self.items(items)
        fill(value, held)
        if number:
            self.took(number, held)
        return value


def fill(array: Any, items: list[Any]) -> None:
    """Put items into an array of objects, each as it is."""
    for i, item in enumerate(items):
        array[np.unravel_index(i, array.shape)] = item


def fixed_dtype(text: Any) -> Any:
    if type(text) is not str or len(text) > 24 or "," in text:
        raise WireError("malformed: a dtype")
    dtype = np.dtype(text)
    if dtype.char not in KINDS or dtype.itemsize > 2**24:
        raise WireError("malformed: a dtype")
    return dtype


def size_of(shape: Any) -> int:
    """The number of entries of a shape; WireError where it is none."""
    if type(shape) is not list or len(shape) > 32:
        raise WireError("malformed: a shape")
    for n in shape:
        if type(n) is not int or not 0 <= n <= MOST_ENTRIES:
            raise WireError("malformed: a shape")
    size = math.prod(shape)
    if size > MOST_ENTRIES or math.prod(n or 1 for n in shape) > 2**60:
        raise WireError("malformed: a shape")
    return size


def _big(reader: Reader, tree: list[Any]) -> int:
    _, data = tree
    if type(data) is not bytes or len(data) > MOST_DIGITS:
        raise WireError("malformed: an integer")
    return int.from_bytes(data, "little", signed=True)


def _complex(reader: Reader, tree: list[Any]) -> complex:
    _, real, imag = tree
    if type(real) is not float or type(imag) is not float:
        raise WireError("malformed: a complex number")
    return complex(real, imag)


def _list(reader: Reader, tree: list[Any]) -> list[Any]:
    number = tree[1]
    value: list[Any] = reader.shared(number, [])
    value.extend(reader.items(tree[2:]))
    if number:
        reader.took(number, value.copy())
    return value


def _dict(reader: Reader, tree: list[Any]) -> dict[Any, Any]:
    number = tree[1]
    if len(tree) % 2:
        raise WireError("malformed: a dict")
    value: dict[Any, Any] = reader.shared(number, {})
    keys, items = reader.keys(tree[2::2]), reader.items(tree[3::2])
    value.update(zip(keys, items, strict=True))
    if number:
        reader.took(number, value.copy())
    return value


def _set(reader: Reader, tree: list[Any]) -> set[Any]:
    number = tree[1]
    value: set[Any] = reader.shared(number, set())
    value.update(reader.keys(tree[2:]))
    if number:
        reader.took(number, value.copy())
    return value


def _integers(reader: Reader, trees: list[Any]) -> list[int]:
    values = [reader.read(tree) for tree in trees]
    if not all(type(value) is int for value in values):
        raise WireError("malformed: a range")
    return values


def _scalar(reader: Reader, tree: list[Any]) -> Any:
    _, kind, data = tree
    dtype = fixed_dtype(kind)
    if type(data) is not bytes or len(data) != dtype.itemsize:
        raise WireError("malformed: a number")
    return np.frombuffer(data, dtype)[0] if data else dtype.type()


def _known(reader: Reader, tree: list[Any]) -> Any:
    _, name = tree
    return reader.known[name]


def _bytearray(reader: Reader, tree: list[Any]) -> bytearray:
    _, number, data = tree
    if type(data) is not bytes:
        raise WireError("malformed: bytes")
    value: bytearray = reader.shared(number, bytearray(data))
    if number:
        reader.took(number, data)
    return value


READING: dict[int, Callable[[Any, list[Any]], Any]] = {
    BIG: _big,
    COMPLEX: _complex,
    TUPLE: lambda reader, tree: tuple(reader.items(tree[1:])),
    LIST: _list,
    DICT: _dict,
    SET: _set,
    FROZENSET: lambda reader, tree: frozenset(reader.keys(tree[1:])),
    SLICE: lambda reader, tree: slice(*map(reader.read, tree[1:])),
    RANGE: lambda reader, tree: range(*_integers(reader, tree[1:])),
    ELLIPSIS: lambda reader, tree: ...,
    ARRAY: Reader.array,
    SCALAR: _scalar,
    OBJECTS: Reader.objects,
    KNOWN: _known,
    BYTEARRAY: _bytearray,
    DTYPE: lambda reader, tree: fixed_dtype(tree[1]),
}
Reader.reading = READING
