"""The signature of a function, as plain data.

described(function)   names, kinds and defaults of its parameters
rebuilt(told)         an `inspect.Signature` again
"""

from __future__ import annotations

import inspect
from typing import Any

__all__ = ["described", "rebuilt"]

PLAIN = (type(None), bool, int, float, str)
MOST = 200  # parameters


class Shown:
    """A default or an annotation that is no plain value: it shows as its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def described(function: Any, *, defaults: bool = True) -> Any:
    """Plain data for a signature; raises TypeError or ValueError where a function has none.

    Without `defaults` it is said only that there is one.
    """
    found = inspect.signature(function)
    parameters = []
    for p in list(found.parameters.values())[:MOST]:
        default: Any = None
        if p.default is not p.empty:
            default = (..., "...")
            if defaults:
                plain = type(p.default) in PLAIN
                default = (p.default,) if plain else (..., _text(p.default))
        note = None if p.annotation is p.empty else _text(p.annotation)
        parameters.append((p.name, int(p.kind), default, note))
    empty = found.return_annotation is found.empty
    return tuple(parameters), None if empty else _text(found.return_annotation)


def rebuilt(told: Any) -> inspect.Signature:
    """The signature again; ValueError where it makes no sense."""
    empty = inspect.Parameter.empty
    try:
        parameters, note = told
        made = []
        for name, kind, default, annotation in parameters:
            value: Any = empty
            if type(default) is tuple:
                value = Shown(default[1]) if default[0] is ... else default[0]
            noted = Shown(annotation) if type(annotation) is str else empty
            made.append(
                inspect.Parameter(
                    name, inspect._ParameterKind(kind), default=value, annotation=noted
                )
            )
        result = Shown(note) if type(note) is str else empty
        return inspect.Signature(made, return_annotation=result)
    except (TypeError, LookupError) as error:
        raise ValueError("no signature") from error


def _text(value: Any) -> str:
    try:
        text = value.__name__ if isinstance(value, type) else repr(value)
    except Exception:
        text = "..."
    return str(text)[:200]
