"""Classes of the other side: described there, made again here as a `handles.RemoteClass`.

describe(kind)                          name, docstring, special methods and hashing of a class
make(peer, number, described, bases)    the class here, below its bases, so that isinstance works
"""

from __future__ import annotations

import types
from typing import Any

from gradelib.exam.crossing import known
from gradelib.exam.crossing.handles import (
    HID,
    PEER,
    SPECIAL_NAMES,
    TEXT,
    Own,
    Proxy,
    RemoteClass,
    as_text,
    is_remote_class,
    peer_of,
    special,
)
from gradelib.exam.crossing.wire import WireError

__all__ = ["describe", "make"]

LOCAL, UNHASHABLE, REMOTE = range(3)  # how an object is hashed
PLAIN, EXCEPTION, FIELDS = range(3)  # kinds of classes
MOST_BASES = 50
SAID_TO_BE = {
    "function": types.FunctionType,
    "method": types.MethodType,
    "generator": types.GeneratorType,
    "module": types.ModuleType,
    "code": types.CodeType,
}
MOST_NAME = 200  # characters
MOST_DOC = 20_000

SPECIALS = {name: special(name) for name in SPECIAL_NAMES}


def _hash(self: Any) -> int:
    found = peer_of(self).ask("special", self, "__hash__", (), ())
    if type(found) is not int:
        raise TypeError("a hash was expected")
    return hash(found)


def _text(self: Any) -> str:
    try:
        return str(object.__getattribute__(self, TEXT))
    except AttributeError:
        return as_text(peer_of(self).ask("special", self, "__str__", (), ()))


def _attribute(self: Any, name: str) -> Any:
    """An attribute of an exception. Python itself asks for private ones while it shows one."""
    if name.startswith(("_", " ")):
        raise AttributeError(name)
    return peer_of(self).ask("get", self, name)


def describe(kind: type) -> tuple[str, str, str, Any, int, list[str], int]:
    """Name, qualified name, module, docstring, kind, special methods and hashing of a class."""
    found: dict[str, Any] = {}
    for base in reversed(type.mro(kind) if kind is not type else [type]):
        if base not in (object, tuple):
            found.update({n: v for n, v in vars(base).items() if n in SPECIAL_NAMES | {"__hash__"}})
    hashing = LOCAL
    if "__hash__" in found:
        hashing = UNHASHABLE if found.pop("__hash__") is None else REMOTE
    form = PLAIN
    if issubclass(kind, BaseException):
        form, found = EXCEPTION, {}
        hashing = LOCAL
    elif issubclass(kind, tuple):
        form = FIELDS
    doc = vars(kind).get("__doc__")
    return (
        str(kind.__name__)[:MOST_NAME],
        str(kind.__qualname__)[:MOST_NAME],
        str(kind.__module__)[:MOST_NAME],
        doc[:MOST_DOC] if type(doc) is str else None,
        form,
        sorted(name for name, value in found.items() if value is not None),
        hashing,
    )


def make(peer: Any, number: int, described: Any, bases: list[type]) -> RemoteClass:
    """The class that was described; WireError where that makes no sense."""
    name, qualname, module, doc, form, specials, hashing = described
    words = (name, qualname, module)
    if not all(type(word) is str and len(word) <= MOST_NAME and "\0" not in word for word in words):
        raise WireError("malformed: a class")
    if doc is not None and (type(doc) is not str or len(doc) > MOST_DOC):
        raise WireError("malformed: a class")
    if len(bases) > MOST_BASES or not all(type(base) in (type, RemoteClass) for base in bases):
        raise WireError("malformed: a class")
    names: dict[str, Any] = {
        PEER: peer,
        HID: number,
        "__module__": module,
        "__qualname__": qualname,
        "__doc__": Own("__doc__", doc),
        "__init__": Own("__init__"),
    }
    if module == "builtins" and name in SAID_TO_BE:
        names["__class__"] = property(lambda self: SAID_TO_BE[name])
    kept = [base for base in bases if is_remote_class(base)]
    if form == EXCEPTION:
        given = [base for base in bases if base in known.EXCEPTIONS.values()]
        given = [Exception if base is BaseException else base for base in given]
        if not kept:
            kept, given = [Proxy], given or [Exception]
        kept += given
        names |= {"__str__": _text, "__repr__": BaseException.__repr__}
        names |= {"__setattr__": BaseException.__setattr__, "__getattr__": _attribute}
        del names["__init__"]
    else:
        names |= {method: SPECIALS[method] for method in specials if type(method) is str}
        if hashing == UNHASHABLE:
            names["__hash__"] = None
        elif hashing == REMOTE:
            names["__hash__"] = _hash
        elif "__eq__" in names:
            names["__hash__"] = object.__hash__
        kept = kept or [Proxy]
        if form == FIELDS:
            kept += [] if any(issubclass(base, tuple) for base in kept) else [tuple]
            for method in SPECIALS.keys() & vars(tuple).keys():
                names.pop(method, None)
    try:
        return RemoteClass(name, tuple(kept), names)
    except TypeError:  # an order of bases that Python refuses
        plain = [Proxy, *(b for b in (Exception, tuple) if any(issubclass(k, b) for k in kept))]
        return RemoteClass(name, tuple(plain), names)
