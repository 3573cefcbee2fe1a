"""What a test gives to the student's code, and how far that goes.

require(value)        raises TypeError for what stays on the examiner's side
specials(kind, found) the special methods of its class that may be used
do(op, value, ...)    what is asked of something that was given
told(error)           what is said of an exception that a test's function raised

What can be called may be called, and a function has a name. An iterator may be asked for its next
item. An object of a class that the test's own code defines may be asked for what that class defines
and for its attributes, unless they begin with an underscore, and given other values for attributes
that are no methods. Nothing else is reached, by any way.
"""

from __future__ import annotations

import functools
import sys
import sysconfig
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from gradelib.exam.crossing import failures, handles, known, signatures

__all__ = ["do", "require", "specials", "told"]

FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    types.MethodWrapperType,
    functools.partial,
    np.ufunc,
    np.vectorize,
)
_D: dict[str, int] = {}
_ITERATED: tuple[Any, ...] = (
    *([], (), set(), "", b"", range(1), reversed([]), np.zeros(1)),
    *(_D, _D.keys(), _D.items(), _D.values()),
)
ITERATORS: tuple[type, ...] = (
    *(types.GeneratorType, map, filter, zip, enumerate),
    *(type(iter(value)) for value in _ITERATED),
    *(type(_D.keys()), type(_D.values()), type(_D.items())),
)
ITERATED = ("__iter__", "__next__", "__len__", "__contains__")
NAMES = ("__name__", "__qualname__", "__doc__", "__module__")
INSTALLED = ("site-packages", "dist-packages")
OUTSIDE = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))
PACKAGE = __name__.split(".")[0]


def own(kind: type) -> bool:
    """Whether a class is of the test's, or of a module of the course's own."""
    name = kind.__module__
    if name == "__main__" or kind is types.SimpleNamespace:
        return True
    if name.split(".")[0] in (PACKAGE, "builtins"):
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    if type(file) is not str or file.startswith(OUTSIDE):
        return False
    return not any(word in file for word in INSTALLED)


def called_only(kind: type) -> bool:
    """Whether objects of a class are functions, or may only be called as if they were."""
    return kind in FUNCTIONS or not (own(kind) or issubclass(kind, type) or kind in ITERATORS)


def require(value: Any) -> None:
    """Raise TypeError for what may not be given to the student's code."""
    kind = type(value)
    is_class = issubclass(kind, type)
    if kind in FUNCTIONS or kind in ITERATORS or own(value if is_class else kind):
        return
    if not is_class and callable(value):
        return
    name = value.__name__ if is_class or kind is types.ModuleType else kind.__name__
    raise TypeError(
        f"a {name} cannot be handed to the student's code: numbers, texts, arrays, lists, dicts, "
        "functions and objects of the test's own classes can"
    )


def specials(kind: type, found: list[str]) -> list[str]:
    """The special methods of a class that the student's code may use."""
    if called_only(kind):
        return [name for name in found if name == "__call__"]
    if kind in ITERATORS:
        return [name for name in found if name in ITERATED]
    return [name for name in found if own(kind) and _defined(kind, name)]


def do(op: str, value: Any, *parts: Any) -> Any:
    """What is asked of something that was given; AttributeError or TypeError otherwise."""
    return DOING[op](value, *parts)


def told(error: BaseException) -> Any:
    """Class, arguments and text of what a test's function raised: not where."""
    kind, args, text, *_ = failures.told(error)
    if handles.is_handle(error) or own(kind):  # so that the test meets its own again
        return kind, args, text, (), (), error
    nearest = next(k for k in kind.__mro__ if k in known.EXCEPTIONS.values())
    return nearest, (text,), text, (), ()


def _defined(kind: type, name: str) -> bool:
    """Whether a class that is the test's own defines a name, above or in it."""
    return any(own(base) and name in vars(base) for base in type.mro(kind))


def _call(value: Any, args: Any, named: Any) -> Any:
    kind = type(value)
    made = issubclass(kind, type) and own(value) and _made_by_itself(value)
    acts = called_only(kind) or (own(kind) and _defined(kind, "__call__"))
    if not (made or (acts and callable(value))):
        raise TypeError(f"a {kind.__name__} cannot be called")
    if type(args) is not tuple or type(named) is not tuple:
        raise TypeError("not to be called")
    return value(*args, **dict(named))


def _made_by_itself(kind: type) -> bool:
    """Whether making an object of a class runs the test's own code, or that of a builtin type."""
    for name in ("__new__", "__init__"):
        first = next(base for base in type.mro(kind) if name in vars(base))
        if not own(first) and id(first) not in known.NAMES:
            return False
    return True


def _get(value: Any, name: Any) -> Any:
    kind = type(value)
    if type(name) is not str or not name.isidentifier():
        raise AttributeError("no such attribute")
    if name in NAMES and (kind in FUNCTIONS or issubclass(kind, type)):
        found = getattr(value, name, None)
        return found if type(found) is str else None
    owner = value if issubclass(kind, type) else kind
    public = not name.startswith("_") and own(owner)
    held = (
        vars(value) if public and not issubclass(kind, type) and hasattr(value, "__dict__") else {}
    )
    if not public or not (name in held or _defined(owner, name)):
        raise AttributeError(f"'{kind.__name__}' object has no attribute '{name}'")
    return getattr(value, name)


def _set(value: Any, name: Any, new: Any) -> None:
    kind = type(value)
    if type(name) is not str or name.startswith("_") or not name.isidentifier() or not own(kind):
        raise AttributeError("no such attribute")
    above = next((vars(base)[name] for base in type.mro(kind) if name in vars(base)), None)
    if callable(above) or hasattr(type(above), "__get__"):
        raise AttributeError(f"'{name}' of a test's object cannot be replaced")
    setattr(value, name, new)


def _special(value: Any, name: Any, args: Any, named: Any) -> Any:
    kind = type(value)
    if name not in handles.SPECIAL_NAMES or type(args) is not tuple or named != ():
        raise TypeError("not to be asked")
    if name == "__str__":
        return _repr(value)
    if kind in ITERATORS and name in ITERATED:
        return getattr(kind, name)(value, *args)
    if not own(kind) or not _defined(kind, name):
        raise TypeError(f"a {kind.__name__} has no {name}")
    return getattr(kind, name)(value, *args)


def _repr(value: Any) -> str:
    name = getattr(value, "__name__", None) if type(value) in FUNCTIONS else None
    return f"<{type(value).__name__}{' ' + name if type(name) is str else ''}>"


def _signature(value: Any) -> Any:
    if type(value) not in FUNCTIONS:
        raise TypeError("no signature")
    return signatures.described(value, defaults=False)


DOING: dict[str, Callable[..., Any]] = {
    "call": _call,
    "get": _get,
    "set": _set,
    "special": _special,
    "repr": _repr,
    "signature": _signature,
}
