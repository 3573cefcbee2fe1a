"""Plain values as trees and back: `Writer` takes them apart, `Reader` makes exact ones again.

What arrives is held to limits, and to exact types: a reader makes ndarrays and builtins only, and
trusts no number in a tree. `restoring.py` builds on both, so that what changes is changed on the
other side as well, and `handles.py`, so that what is not plain is known by a handle.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from . import known
from .wire import WireError

__all__ = ["KINDS", "NATIVE", "Reader", "Writer", "exact"]

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
) = range(22)

KINDS = "?bhilqpBHILQPefdgFDGSUmM"  # numpy's type characters that cross
NATIVE = frozenset({type(None), bool, float, str, bytes})  # msgpack writes these as they are
MOST_DIGITS = 2**16  # bytes of a big integer
MOST_ENTRIES = 2**28  # of an array
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
        if kinds == INTEGERS and -WIDE <= min(values) and max(values) < WIDE:
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


class Reader:
    """Reads one message; `region` holds the bytes of its arrays."""

    known: ClassVar[dict[str, Any]] = known.HARMLESS

    def __init__(self, region: bytes, max_depth: int) -> None:
        self.region = region
        self.max_depth = max_depth
        self.depth = 0

    def read(self, tree: Any) -> Any:
        """The value of a tree; WireError for whatever is wrong with it."""
        if type(tree) is not list:
            return tree
        try:
            reading = READING[tree[0]]
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
