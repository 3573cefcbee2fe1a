"""What the author of a check gave: the inputs, those to differentiate, and their names.

Whatever is wrong here is the author's misuse, and raises TypeError or ValueError.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradelib.checks.calls import kind_of, safe_str
from gradelib.checks.slopes.numeric import Array

__all__ = [
    "as_points",
    "called",
    "in_form_of",
    "is_float",
    "labels",
    "places",
    "private",
    "require_functions",
    "upstream",
]


def require_functions(where: str, **functions: Any) -> None:
    """Raise TypeError for the first argument that cannot be called."""
    for name, function in functions.items():
        if not callable(function):
            raise TypeError(f"{where}: {name} must be a function, got {kind_of(function)}")


def is_float(value: object) -> bool:
    """Whether an input is differentiated unasked: an array of floats, or a single float."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    return isinstance(value, (float, np.floating))


def places(inputs: Sequence[Any], wrt: Sequence[int] | None) -> list[int]:
    """Return the positions of the differentiated inputs: those in `wrt`, or all with floats."""
    if wrt is None:
        found = [i for i, value in enumerate(inputs) if is_float(value)]
        if not found:
            raise ValueError(
                "nothing to differentiate: no input is a float or an array of floats; "
                "name the position of an integer array in wrt"
            )
        return found
    found = [int(i) for i in ([wrt] if isinstance(wrt, int) else wrt)]
    if not found or len(set(found)) != len(found):
        raise ValueError(f"wrt must name at least one input, each once; got {wrt}")
    for i in found:
        if not 0 <= i < len(inputs):
            raise ValueError(
                f"wrt names input {i}, but there are {len(inputs)} inputs, counted from 0"
            )
        if not (is_float(inputs[i]) or np.asarray(inputs[i]).dtype.kind in "iu"):
            got = kind_of(inputs[i])
            raise TypeError(f"wrt names input {i}, which is {got}; expected an array of numbers")
    return found


def labels(
    forward: Callable[..., Any], names: Sequence[str] | None, where: Sequence[int]
) -> list[str]:
    """Return the names of the differentiated inputs: given, or those of forward's parameters."""
    if names is not None:
        if isinstance(names, str) or len(names) != len(where):
            raise ValueError(
                f"names must name the {len(where)} differentiated inputs; got {names!r}"
            )
        if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
            raise ValueError(f"names must be texts that differ; got {names!r}")
        return list(names)
    try:
        parameters = inspect.signature(forward).parameters.values()
    except (TypeError, ValueError):
        parameters = {}.values()
    known = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    return [known[i] if i < len(known) else f"x{i}" for i in where]


def as_points(inputs: Sequence[Any], where: Sequence[int], names: Sequence[str]) -> list[Array]:
    """Return float64 copies of the differentiated inputs; ValueError unless all are finite."""
    points = [np.array(inputs[i], dtype=np.float64) for i in where]
    for name, x in zip(names, points, strict=True):
        if not np.all(np.isfinite(x)):
            raise ValueError(f"input {name} has entries that are NaN or infinite; give finite ones")
    return points


def upstream(dout: Any, base: Array, rng: np.random.Generator) -> Array:
    """Return the given upstream gradient, or a Gaussian one, of the output's shape.

    Never ones: with ones, a backward pass that ignores dout looks right.
    """
    if dout is None:
        return rng.normal(size=base.shape)
    given = np.array(dout, dtype=np.float64)
    if given.shape != base.shape:
        raise ValueError(f"dout has shape {given.shape}, expected the output's, {base.shape}")
    if not np.all(np.isfinite(given)):
        raise ValueError("dout has entries that are NaN or infinite; give finite ones")
    return given


def called(function: Callable[..., Any], otherwise: str) -> str:
    """A function's name, or `otherwise` where it has none worth showing."""
    name = getattr(function, "__name__", None)
    if not isinstance(name, str) or name == "<lambda>":
        return otherwise
    return safe_str(name, 60)


def private(value: Any) -> Any:
    """A copy of an input that is handed on as it is; what cannot be copied stands for itself."""
    if isinstance(value, np.ndarray):
        return value.copy()
    try:
        return copy.deepcopy(value) if isinstance(value, (list, tuple, dict, set)) else value
    except Exception:
        return value


def in_form_of(value: Any, x: Array) -> Any:
    """x in the form of the author's input: a Python float, a numpy scalar or an array."""
    if isinstance(value, np.ndarray):
        return x
    if isinstance(value, (int, float)) and not isinstance(value, np.generic):
        return float(x)
    return np.float64(x)
