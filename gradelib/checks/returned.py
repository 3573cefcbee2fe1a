"""What a student's function returned, held to the contract; nothing of it is taken on trust.

A gradient is a plain float64 array, finite, of its input's shape. Whatever else comes back becomes
a `Breach`, which says what was got and what was expected, and names the mistake where it has a
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradelib.checks.calls import kind_of
from gradelib.checks.slopes.numeric import Array

__all__ = ["Breach", "as_array", "as_gradients", "as_output", "as_pair", "close"]

REPEAT = 1e-9  # relative: two calls on the same arrays may differ by rounding, not more
LARGEST = 2**26  # entries
DTYPES = {"b": "boolean", "i": "integer", "u": "integer"}


class Breach(Exception):  # noqa: N818 - a finding about a student's value, not an error of ours
    """A value is not of the agreed form; `value` is kept where its numbers may be of use."""

    def __init__(self, message: str, mistake: str = "", value: Any = None) -> None:
        self.mistake = mistake
        self.value = value
        super().__init__(message)


def as_array(
    value: object, name: str, shape: tuple[int, ...] | None = None, *, copy: bool = True
) -> Array:
    """Return a copy of `value`, a finite float64 array of the given shape; raise Breach otherwise.

    A Python number or a numpy float64 serves for shape (). Without `copy` it may be the array that
    was handed in.
    """
    if value is None:
        raise Breach(f"{name} is None; is there a return at the end of the function?", "none")
    if isinstance(value, (bool, np.bool_)):
        raise Breach(f"{name} is a truth value, expected a number", "boolean")
    plain = _plain(value, name)
    if plain.dtype != np.float64:
        raise Breach(
            f"{name} has dtype {plain.dtype}, expected float64 like the input",
            DTYPES.get(plain.dtype.kind, "dtype"),
        )
    if shape is not None and plain.shape != shape:
        expected = shape if shape else "a single number"
        raise Breach(f"{name} has shape {plain.shape}, expected {expected}", "shape", value)
    if plain.size > LARGEST:
        raise Breach(f"{name} has {plain.size:,} entries, which is too large to be checked", "huge")
    finite = np.isfinite(plain)
    if not np.all(finite):
        first = [int(i) for i in np.argwhere(~finite)[0]]
        count = int(np.count_nonzero(~finite))
        where = f", the first at {first}" if first else ""
        raise Breach(
            f"{name} is NaN or infinite in {count} of {plain.size} entries{where}", "not-finite"
        )
    return np.array(plain) if copy else plain


def _plain(value: object, name: str) -> np.ndarray[Any, Any]:
    if type(value) is np.ndarray:
        return value
    if isinstance(value, np.ndarray):
        what = f"{kind_of(value)} ({type(value).__name__})"
        raise Breach(f"{name} is {what}, expected a plain numpy array", "subclass")
    if isinstance(value, np.floating):
        return np.asarray(value)
    if isinstance(value, (int, float, np.integer)):
        try:
            return np.asarray(float(value))
        except OverflowError:
            raise Breach(f"{name} is too large for a float64", "not-finite") from None
    raise Breach(f"{name} is {kind_of(value)}, expected a numpy array", "not-an-array")


def as_pair(result: Any, name: str) -> tuple[Any, Any]:
    """Return the two things that a forward pass or a loss hands back."""
    if isinstance(result, (tuple, list)) and len(result) == 2:
        return result[0], result[1]
    many = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
    raise Breach(
        f"{name} returned {kind_of(result)}{many}, "
        "expected two things: the result, and what belongs to it"
    )


def as_output(out: Any, name: str) -> Array:
    """Return the output of a forward pass in float64; a lower precision inside it is no breach."""
    if type(out) is np.ndarray and out.dtype.kind == "f" and out.size <= LARGEST:
        out = np.asarray(out, dtype=np.float64)
    elif isinstance(out, np.floating):
        out = float(out)
    return as_array(out, f"the result of {name}")


def as_gradients(
    result: Any, names: Sequence[str], point: Sequence[Array], *, copy: bool = True
) -> list[Array | Breach]:
    """Return one array, or the Breach in its place, for each input: copies, unless they are no use.

    Raises Breach where the number of gradients is wrong.
    """
    if isinstance(result, tuple) or (isinstance(result, list) and len(names) > 1):
        returned = list(result)
    elif isinstance(result, list) and len(result) == 1:
        returned = result
    elif isinstance(result, dict):
        raise Breach("the gradients are a dict, expected one after the other", "count")
    elif result is None and len(names) > 1:
        raise Breach(f"the backward pass returned None, expected {len(names)} gradients", "none")
    else:
        returned = [result]
    if len(returned) != len(names):
        expected = ", ".join(f"d{name}" for name in names)
        many = "1 gradient" if len(returned) == 1 else f"{len(returned)} gradients"
        raise Breach(f"{many} returned, expected {len(names)}: {expected}", "count")
    found: list[Array | Breach] = []
    for value, name, x in zip(returned, names, point, strict=True):
        try:
            found.append(as_array(value, f"d{name}", x.shape, copy=copy))
        except Breach as breach:
            found.append(breach)
    return found


def close(a: Array, b: Array) -> bool:
    """Whether two results of one call repeated are the same but for rounding."""
    if a.shape != b.shape:
        return False
    if np.array_equal(a, b):  # as all are that have no entries
        return True
    scale = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    return float(np.max(np.abs(a - b))) <= REPEAT * scale
