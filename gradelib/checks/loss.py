"""One loss, checked: `check_loss` for functions that return a value and a dict of gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradelib.checks.calls import kind_of
from gradelib.checks.check import run_check
from gradelib.checks.given import called, is_float, private, require_functions
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach, as_pair

__all__ = ["check_loss"]


def check_loss(
    loss: Callable[[dict[str, Any]], Any],
    params: Mapping[str, Any],
    *,
    seed: int = 0,
    exercise: str | None = None,
) -> Report:
    """Check that `loss(params) -> (value, grads)` returns the gradient of its own value.

    `params` maps names to arrays of any shape; `value` is a single number, and `grads` has the same
    names, each gradient of its parameter's shape and of dtype float64. Float arrays (and floats)
    are differentiated; others are handed on as they are, and need no gradient. `loss` is handed a
    dict of its own on every call, and must leave it and its arrays as they are. `seed` draws the
    directions of the check, `exercise` names the exercise in the report.

    Returns a Report.  Raises TypeError where loss is no function or params is no dict, ValueError
    where no parameter is a float array, or one is not finite.

    Least squares with a penalty that its gradient forgets:

    >>> import numpy as np
    >>> def ridge(p):
    ...     error = p["w"] - 1
    ...     return float(np.sum(error**2) + 0.1 * np.sum(p["w"] ** 2)), {"w": 2 * error}
    >>> print(check_loss(ridge, {"w": np.array([1.0, -3.0, 2.0])}))  # doctest: +ELLIPSIS
    ✗ ridge: not right yet
      dw is wrong in 3 of 3 entries, worst at [1]
        yours    -8
        numeric  -8.6 ± ...
        What is missing is a multiple of the parameter itself. ...

    >>> def mended(p):
    ...     value, grads = ridge(p)
    ...     return value, {"w": grads["w"] + 0.2 * p["w"]}
    >>> check_loss(mended, {"w": np.array([1.0, -3.0, 2.0])}).passed
    True
    """
    require_functions("check_loss", loss=loss)
    if not isinstance(params, Mapping) or not params:
        raise TypeError(
            f"check_loss: params must be a dict of arrays, not empty; got {kind_of(params)}"
        )
    keys = [key for key, value in params.items() if is_float(value)]
    if not keys:
        raise ValueError("check_loss: no parameter is a float array: nothing to differentiate")
    subject = called(loss, "loss")

    def forward(*arrays: Any) -> tuple[Any, Any]:
        moved = dict(zip(keys, arrays, strict=True))
        values = {
            key: moved[key] if key in moved else private(value) for key, value in params.items()
        }
        handed = dict(values)
        value, grads = as_pair(loss(values), subject)
        if values.keys() != handed.keys() or any(values[key] is not handed[key] for key in handed):
            raise Breach(f"{subject} changed params in place", "input-changed")
        if np.ndim(value) != 0:
            raise Breach(f"the loss is {kind_of(value)}, expected a single number")
        return value, grads

    def backward(dout: Any, grads: Any) -> list[Any]:
        if not isinstance(grads, Mapping):
            raise Breach(
                f"the gradients are {kind_of(grads)}, expected a dict with the parameters' names",
                "count",
            )
        missing = ", ".join(str(key) for key in keys if key not in grads)
        unknown = ", ".join(str(key) for key in grads if key not in params)
        if missing or unknown:
            parts = [f"missing: {missing}"] * bool(missing) + [f"unknown: {unknown}"] * bool(
                unknown
            )
            raise Breach(f"the gradients have other names than the parameters; {'; '.join(parts)}")
        return [grads[key] for key in keys]

    backward.__name__ = forward.__name__ = subject
    inputs = [params[key] for key in keys]
    names = [str(key) for key in keys]
    one = np.ones(())  # a loss is the end of the graph: its own upstream gradient is 1
    return run_check(
        forward,
        backward,
        inputs,
        names=names,
        dout=one,
        seed=seed,
        exercise=exercise,
        at_once=True,
    )
