"""One backward pass or loss, checked: contracts, then numbers, then the name of the mistake.

`check_backward` and `check_loss` run a student's code on copies, hold what it returns to the contract
(one plain float64 array for each input, finite, nothing changed in place, the same answer twice), compare it with
finite differences (`judge`) and explain what differs (`diagnosis`).  They return a `Report`, whatever the
student's code does; misuse by the author of a test raises TypeError or ValueError.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradelib.checks.calls import (
    Breach,
    CallFailed,
    as_array,
    attempt,
    kind_of,
    listening,
    safe_str,
    snapshot,
    unchanged,
)
from gradelib.checks.compare import Problem, breach, failed_call, gradient_report
from gradelib.checks.numeric import Array
from gradelib.checks.report import Comparison, Report

__all__ = ["check_backward", "check_loss"]

REPEAT = 1e-9  # relative: two calls on the same arrays may differ by rounding, not more
SINGLE = 1e-3  # relative: what float32 may do to a gradient


def check_backward(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    dout: Array | None = None,
    seed: int = 0,
    exercise: str | None = None,
) -> Report:
    """Check that `backward` is the derivative of `forward` at `inputs`.

    `out, cache = forward(*inputs)` and `grads = backward(dout, cache)`: one gradient per differentiated
    input, in order, in a tuple or list; a single one may be bare.  Each gradient has its input's shape.

    Differentiated are the float arrays and floats among the inputs, or those that `wrt` names by position (an integer
    array only then; it is promoted).  Everything is checked in float64; float32 inputs are run once more as they are.
    `names` name the differentiated inputs, `dout` (the shape of out) replaces the random upstream gradient, `seed`
    draws it and the directions of the check, and `exercise` says which exercise this is.

    Returns a Report.  Raises TypeError or ValueError where the call itself is wrong: something not callable, nothing to differentiate,
    a position or name too many, a dout of another shape.

    >>> import numpy as np
    >>> def double(x): return 2 * x, None
    >>> def double_backward(dout, cache): return 2 * dout
    >>> check_backward(double, double_backward, np.array([1.0, 2.0])).passed
    True
    """
    for what, function in (("forward", forward), ("backward", backward)):
        if not callable(function):
            raise TypeError(f"check_backward: {what} must be a function, got {kind_of(function)}")
    places = _places(inputs, wrt)
    labels = _labels(forward, names, places)
    subject = _name(backward, "backward")
    lowered = any(isinstance(inputs[i], np.ndarray) and inputs[i].dtype == np.float32 for i in places)
    rng = np.random.default_rng(seed)
    with listening() as heard:
        point = [np.array(inputs[i], dtype=np.float64) for i in places]
        for label, x in zip(labels, point, strict=True):
            if not np.all(np.isfinite(x)):
                raise ValueError(f"check_backward: input {label} has entries that are NaN or infinite; give it finite ones")
        given = [_private(value) for value in inputs]

        def run(arrays: Sequence[Array]) -> tuple[Any, Any]:
            values = list(given)
            for i, x in zip(places, arrays, strict=True):
                values[i] = _like(inputs[i], x)
            return _pair(attempt(_name(forward, "forward"), forward, *values), _name(forward, "forward"))

        try:
            before = snapshot(given)
            kept = [x.copy() for x in point]
            out, cache = run(point)
            base = _output(out, _name(forward, "forward"))
            if not unchanged(given, before) or not unchanged(point, [*kept]):
                return breach(subject, "forward", Breach("the forward pass changed its inputs in place", "input-changed"), heard)
            upstream = _upstream(dout, base, rng)
            again = _output(run([x.copy() for x in point])[0], "forward")
            if again.shape != base.shape or not _close(again, base):
                return _random_forward(subject, _name(forward, "forward"), heard.lines())
            handed = upstream.copy() if base.shape or isinstance(out, np.ndarray) else _like(out, upstream)
            held = snapshot(cache)
            first = _gradients(attempt(subject, backward, handed, cache), labels, point)
            broken: list[tuple[str, Breach]] = []
            if not unchanged(handed, upstream):
                broken.append(("dout", Breach(f"{subject} changed dout in place", "dout-changed")))
            elif not unchanged(given, before) or not unchanged(point, [*kept]):
                broken.append(("inputs", Breach(f"{subject} changed the inputs in place", "input-changed")))
            elif not unchanged(cache, held):
                broken.append(("cache", Breach(f"{subject} changed the cache in place", "cache-changed")))
            else:
                second = _gradients(attempt(subject, backward, _again(handed, upstream), cache), labels, point)
                broken += _repeated(subject, first, second)
        except CallFailed as failure:
            return failed_call(subject, failure, heard)
        except Breach as found:
            return breach(subject, _name(forward, "forward"), found, heard)

        def outputs(arrays: list[Array]) -> Array:
            return np.asarray(run(arrays)[0], dtype=np.float64).reshape(base.shape)

        def replayed(function: Callable[..., Any]) -> list[Array | Breach]:
            _, fresh = run([x.copy() for x in point])
            return _gradients(attempt(subject, function, _again(handed, upstream), fresh), labels, point)

        problem = Problem(subject, outputs, point, labels, base, upstream, backward, replayed)
        report = gradient_report(problem, first, broken, heard, rng)
        if lowered and report.passed:
            return _single_precision(report, forward, backward, inputs, upstream, first, labels)
        return report


def check_loss(
    loss: Callable[[dict[str, Any]], Any], params: Mapping[str, Any], *, seed: int = 0, exercise: str | None = None
) -> Report:
    """Check that `loss(params) -> (value, grads)` returns the gradient of its own value.

    `params` maps names to arrays of any shape; `grads` has the same names, each with its parameter's
    shape.  Float arrays are differentiated; integer arrays are handed on as they are.

    Returns a Report.  Raises TypeError or ValueError where the call itself is wrong.

    >>> import numpy as np
    >>> def square(p): return float(np.sum(p["w"] ** 2)), {"w": 2 * p["w"]}
    >>> check_loss(square, {"w": np.array([1.0, -3.0])}).passed
    True
    """
    if not callable(loss):
        raise TypeError(f"check_loss: loss must be a function, got {kind_of(loss)}")
    if not isinstance(params, Mapping) or not params:
        raise TypeError(f"check_loss: params must be a dict of arrays with at least one in it, got {kind_of(params)}")
    keys = [key for key, value in params.items() if _is_float(value)]
    if not keys:
        raise ValueError("check_loss: no parameter is a float array, so there is nothing to differentiate")
    subject = _name(loss, "loss")

    def forward(*arrays: Any) -> tuple[Any, Any]:
        values = {key: _private(value) for key, value in params.items()}
        values.update(zip(keys, arrays, strict=True))
        result = loss(values)
        value, grads = _pair(result, subject)
        if np.ndim(value) != 0:
            raise Breach(f"the loss is {kind_of(value)}, expected a single number")
        return value, grads

    def backward(dout: float, grads: Any) -> list[Any]:
        if not isinstance(grads, Mapping):
            raise Breach(f"the gradients are {kind_of(grads)}, expected a dict with the names of the parameters", "count")
        missing = [str(key) for key in keys if key not in grads]
        extra = [str(key) for key in grads if key not in params]
        if missing or extra:
            parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(extra)}"] * bool(extra)
            raise Breach(f"the gradients do not have the names of the parameters; {'; '.join(parts)}", "count")
        return [grads[key] for key in keys]

    backward.__name__ = forward.__name__ = subject
    one = np.ones(())
    return check_backward(
        forward, backward, *(params[key] for key in keys), names=[str(k) for k in keys], dout=one, seed=seed, exercise=exercise
    )


def _is_float(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f"
    return isinstance(value, (float, np.floating))


def _places(inputs: Sequence[Any], wrt: Sequence[int] | None) -> list[int]:
    if wrt is None:
        places = [i for i, value in enumerate(inputs) if _is_float(value)]
        if not places:
            raise ValueError(
                "nothing to differentiate: no input is a float array or a float; name an integer array's position in wrt"
            )
        return places
    places = [int(i) for i in ([wrt] if isinstance(wrt, int) else wrt)]
    if not places or len(set(places)) != len(places):
        raise ValueError(f"wrt must name at least one input, each once; got {wrt}")
    for i in places:
        if not 0 <= i < len(inputs):
            raise ValueError(f"wrt names input {i}, but there are {len(inputs)} inputs, counted from 0")
        if not (_is_float(inputs[i]) or np.asarray(inputs[i]).dtype.kind in "iu"):
            raise TypeError(f"wrt names input {i}, which is {kind_of(inputs[i])}; expected an array of numbers")
    return places


def _labels(forward: Callable[..., Any], names: Sequence[str] | None, places: Sequence[int]) -> list[str]:
    if names is not None:
        if isinstance(names, str) or len(names) != len(places):
            raise ValueError(f"names must name the {len(places)} differentiated inputs; got {names!r}")
        return [str(name) for name in names]
    try:
        known = list(inspect.signature(forward).parameters)
    except (TypeError, ValueError):
        known = []
    return [known[i] if i < len(known) and known[i] not in ("args", "arrays") else f"x{i}" for i in places]


def _name(function: Callable[..., Any], otherwise: str) -> str:
    name = getattr(function, "__name__", otherwise)
    return otherwise if not isinstance(name, str) or name == "<lambda>" else safe_str(name, 60)


def _private(value: Any) -> Any:
    """A copy of an input that is handed on as it is."""
    return value.copy() if isinstance(value, np.ndarray) else value


def _like(value: Any, x: Array) -> Any:
    """x in the form in which the author gave the input: a Python float, a numpy scalar or an array."""
    if isinstance(value, np.ndarray):
        return x
    return float(x) if isinstance(value, (int, float)) and not isinstance(value, np.generic) else np.float64(x)


def _pair(result: Any, name: str) -> tuple[Any, Any]:
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        many = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
        raise Breach(f"{name} returned {kind_of(result)}{many}, expected two things: the result, and what belongs to it", "count")
    return result[0], result[1]


def _output(out: Any, name: str) -> Array:
    if isinstance(out, np.ndarray) and type(out) is np.ndarray and out.dtype.kind == "f":
        out = np.asarray(out, dtype=np.float64)
    elif isinstance(out, np.floating):
        out = float(out)
    return as_array(out, f"the result of {name}")


def _upstream(dout: Array | None, base: Array, rng: np.random.Generator) -> Array:
    if dout is None:
        return rng.normal(size=base.shape)
    given = np.array(dout, dtype=np.float64)
    if given.shape != base.shape:
        raise ValueError(f"dout has shape {given.shape}, expected the shape of the output, {base.shape}")
    return given


def _again(handed: Any, upstream: Array) -> Any:
    return upstream.copy() if isinstance(handed, np.ndarray) else handed


def _close(a: Array, b: Array) -> bool:
    scale = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
    return float(np.max(np.abs(a - b), initial=0.0)) <= REPEAT * scale


def _gradients(result: Any, labels: Sequence[str], point: Sequence[Array]) -> list[Array | Breach]:
    """One array or Breach for each input; raise Breach where the count is wrong."""
    if isinstance(result, (tuple, list)) and not (len(labels) == 1 and len(result) != 1 and isinstance(result, list)):
        returned = list(result)
    elif result is None and len(labels) > 1:
        raise Breach(f"the backward pass returned None, expected {len(labels)} gradients", "none")
    else:
        returned = [result]
    if len(returned) != len(labels):
        expected = ", ".join(f"d{name}" for name in labels)
        raise Breach(f"{len(returned)} gradient(s) returned, expected {len(labels)}: {expected}", "count")
    found: list[Array | Breach] = []
    for value, label, x in zip(returned, labels, point, strict=True):
        try:
            found.append(as_array(value, f"d{label}", x.shape))
        except Breach as error:
            if error.mistake == "shape":  # the numbers may still be worth a look
                error.value = value  # type: ignore[attr-defined]
            found.append(error)
    return found


def _repeated(subject: str, first: Sequence[Array | Breach], second: Sequence[Array | Breach]) -> list[tuple[str, Breach]]:
    for a, b in zip(first, second, strict=True):
        if isinstance(a, Breach) != isinstance(b, Breach) or (
            not isinstance(a, Breach) and not isinstance(b, Breach) and not _close(a, b)
        ):
            return [("second call", Breach(f"{subject} gave another answer when called again", "not-repeatable"))]
    return []


def _random_forward(subject: str, name: str, said: tuple[str, ...]) -> Report:
    message = f"{name} gave two results for the same inputs, so no derivative can be measured; fix its random draws"
    return Report(subject, (Comparison("forward", "inconclusive", message=message),), warnings=said)


def _single_precision(
    report: Report,
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    upstream: Array,
    first: Sequence[Array | Breach],
    labels: Sequence[str],
) -> Report:
    """The same code on the float32 inputs as they were given: finite, and close to what float64 gives."""
    try:
        out, cache = forward(*[_private(value) for value in inputs])
        result = backward(np.asarray(upstream, dtype=np.asarray(out).dtype), cache)
        returned = list(result) if isinstance(result, (tuple, list)) else [result]
        for value, exact, label in zip(returned, first, labels, strict=True):
            rough = np.asarray(value, dtype=np.float64)
            assert not isinstance(exact, Breach)
            if not np.linalg.norm(rough - exact) <= SINGLE * np.linalg.norm(exact) + 1e-30:
                message = f"d{label} is right in float64 but not for float32 inputs; look for an overflow or a lost digit"
                failed = Comparison(f"d{label}", "contract", message=message)
                return Report(report.subject, (failed,), warnings=report.warnings, evaluations=report.evaluations)
    except Exception as error:
        message = f"right in float64, but float32 inputs raise {type(error).__name__}: {safe_str(error)}"
        return Report(report.subject, (Comparison(labels[0], "raised", message=message),), warnings=report.warnings)
    return report
