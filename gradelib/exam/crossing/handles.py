"""Handles: what stands on this side for an object that stays on the other.

RemoteClass   the metaclass: a class of the other side, with the other side's name, bases and
              special methods, so that isinstance, issubclass and `except StudentError` work
Proxy         the base of them all: attributes, calls and special methods go across the border
special       one of its special methods, which `classes.make` gives to the classes that have it

An object whose class is none of those that a test knows by name is never asked what it equals, nor
given a test's numbers to reckon with: it could answer whatever the test wants to hear.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

__all__ = [
    "SPECIAL_NAMES",
    "Own",
    "Proxy",
    "RemoteClass",
    "is_handle",
    "is_remote_class",
    "number_of",
    "peer_of",
    "special",
]

PEER, HID, COUNT, LABEL, TEXT = " peer", " hid", " count", " label", " text"

_BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "divmod", "pow", "matmul"),
    *("and", "or", "xor", "lshift", "rshift"),
)
WEIGHING = frozenset(
    [f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge")]
    + [f"__{side}{name}__" for name in _BINARY for side in ("", "r", "i") if name != "divmod"]
    + ["__divmod__", "__rdivmod__"]
)
ASKED = frozenset(
    f"__{name}__"
    for name in (
        *("call", "len", "length_hint", "getitem", "setitem", "delitem", "iter", "next"),
        *("reversed", "contains", "enter", "exit", "neg", "pos", "abs", "invert", "complex"),
        *("int", "float", "index", "round", "trunc", "floor", "ceil", "bool", "str", "format"),
        *("bytes", "fspath", "array", "array_ufunc", "array_function", "copy", "deepcopy"),
    )
)
SPECIAL_NAMES = ASKED | WEIGHING


def _get(value: Any, name: str) -> Any:
    return object.__getattribute__(value, name)


def is_remote_class(value: Any) -> bool:
    """Whether a value is the handle of a class, whatever it says of itself."""
    return type(value) is RemoteClass


def is_handle(value: Any) -> bool:
    """Whether a value is the handle of an object or a class, whatever it says of itself."""
    return type(type(value)) is RemoteClass or type(value) is RemoteClass


def peer_of(value: Any) -> Any:
    """The peer across whose border a handle reaches."""
    return type.__getattribute__(value if is_remote_class(value) else type(value), PEER)


def number_of(value: Any) -> int:
    """The number of a handle."""
    if is_remote_class(value):
        return int(type.__getattribute__(value, HID))
    return int(_get(value, HID))


def as_text(value: Any) -> str:
    """A text that the other side sent; TypeError for anything else."""
    if type(value) is not str:
        raise TypeError(f"a text was expected, not a {type(value).__name__}")
    return value


class RemoteClass(type):
    """A class of the other side."""

    def __new__(mcs, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> RemoteClass:
        if PEER not in names and name != "Proxy":
            raise TypeError("a test cannot derive a class from a class of the hand-in")
        return super().__new__(mcs, name, bases, names)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return peer_of(cls).ask("call", cls, args, tuple(kwargs.items()))

    def __getattr__(cls, name: str) -> Any:
        if name.startswith(" "):
            raise AttributeError(name)
        if name == "__signature__":
            return peer_of(cls).signature(cls)
        return peer_of(cls).ask("get", cls, name)

    def __setattr__(cls, name: str, value: Any) -> None:
        peer_of(cls).ask("set", cls, name, value)

    def __delattr__(cls, name: str) -> None:
        peer_of(cls).ask("del", cls, name)

    def __dir__(cls) -> list[str]:
        return list.copy(peer_of(cls).ask("dir", cls))

    def __iter__(cls) -> Any:
        return iter(list.copy(peer_of(cls).ask("list", cls)))

    def __getitem__(cls, key: Any) -> Any:
        return peer_of(cls).ask("special", cls, "__getitem__", (key,), ())

    def __repr__(cls) -> str:
        return f"<class '{cls.__module__}.{cls.__qualname__}'>"


class Own:
    """An attribute that every class has here, and that is asked for over there."""

    def __init__(self, name: str, of_class: Any = None) -> None:
        self.name = name
        self.of_class = of_class

    def __get__(self, value: Any, owner: type) -> Any:
        if value is None:
            if self.name == "__doc__":
                return self.of_class
            return peer_of(owner).ask("get", owner, self.name)
        return peer_of(value).ask("get", value, self.name)


class Proxy(metaclass=RemoteClass):
    """The handle of an object of the other side."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith(" "):
            raise AttributeError(name)
        peer = peer_of(self)
        if name == "__signature__":
            return peer.signature(self)
        return peer.labelled(peer.ask("get", self, name), self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        peer_of(self).ask("set", self, name, value)

    def __delattr__(self, name: str) -> None:
        peer_of(self).ask("del", self, name)

    def __dir__(self) -> list[str]:
        return list.copy(peer_of(self).ask("dir", self))

    def __repr__(self) -> str:
        return as_text(peer_of(self).ask("repr", self))

    def __str__(self) -> str:
        return as_text(peer_of(self).ask("special", self, "__str__", (), ()))

    def __format__(self, form: str) -> str:
        if not form:
            return str(self)
        return as_text(peer_of(self).ask("special", self, "__format__", (form,), ()))

    def __copy__(self) -> Any:
        return peer_of(self).ask("copy", self, False)

    def __deepcopy__(self, memo: Any) -> Any:
        return peer_of(self).ask("copy", self, True)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} of the hand-in cannot be pickled")

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # one that was never complete
            peer_of(self).release(_get(self, HID), _get(self, COUNT))

    # `vars(handle)` are the object's, not the handle's.
    __dict__ = property(lambda self: peer_of(self).ask("get", self, "__dict__"))


def special(name: str) -> Callable[..., Any]:
    """A special method that is asked for over there."""

    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        return peer_of(self).ask("special", self, name, args, tuple(kwargs.items()))

    def weigh(self: Any, *args: Any) -> Any:
        peer = peer_of(self)
        if not peer.trusts(self) and not all(is_handle(arg) for arg in args):
            return NotImplemented
        return peer.ask("special", self, name, args, ())

    def reckon(self: Any, *args: Any, **kwargs: Any) -> Any:
        return ask(self, *args, **kwargs) if peer_of(self).trusts(self) else NotImplemented

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return peer_of(self).ask("call", self, args, tuple(kwargs.items()))

    def contains(self: Any, item: Any) -> bool:
        peer = peer_of(self)
        if not peer.trusts(self) and not is_handle(item):
            return any(other is item or other == item for other in self)
        return bool(peer.ask("special", self, name, (item,), ()))

    def text(self: Any) -> str:
        return as_text(peer_of(self).ask("special", self, name, (), ()))

    def array(self: Any, dtype: Any = None, copy: Any = None) -> Any:
        return peer_of(self).array(self, dtype)

    chosen = {"__call__": call, "__contains__": contains, "__str__": text, "__array__": array}
    chosen |= {"__array_ufunc__": reckon, "__array_function__": reckon}
    method: Any = chosen.get(name, weigh if name in WEIGHING else ask)
    method.__name__ = method.__qualname__ = name
    found: Callable[..., Any] = method
    return found
