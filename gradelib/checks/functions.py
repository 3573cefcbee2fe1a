"""Plain functions: their numerical gradient, and their gradients and Jacobians, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gradelib.checks.calls import CallFailed, attempt, kind_of, listening
from gradelib.checks.check import check_backward, run_check
from gradelib.checks.compare import breach_report, call_report
from gradelib.checks.given import as_points, called, require_functions
from gradelib.checks.mistakes.edits import EDITS
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach, as_array
from gradelib.checks.slopes.ladder import entry_slopes, slope
from gradelib.checks.slopes.noise import noise_level
from gradelib.checks.slopes.numeric import Array, Probe, units
from gradelib.checks.values import compare_numbers

__all__ = ["check_gradient", "check_jacobian", "numerical_gradient"]

MOST_SHOWN = (
    4096  # entries of a Jacobian that are differentiated one by one to show where it is wrong
)


def numerical_gradient(
    f: Callable[..., Any], *inputs: Any, wrt: int = 0, dout: Array | None = None
) -> Array:
    """Return d<dout, f(*inputs)> / d inputs[wrt], an array of the shape of that input.

    `f` returns a number, or an array of the shape of `dout`, which is then required: the result is
    the gradient of sum(dout * f(*inputs)). An integer input is promoted; the inputs are left as
    they are. On a kink the result is the mean of both slopes.

    Central differences, extrapolated (Numerical Recipes, section 5.7, after Ridders 1982), about
    ten evaluations of f for each entry. Steps fit themselves to f: where it is smooth and computes
    in float64, errors stay below 1e-8 of the largest entry.

    Raises TypeError for an f that is no function, ValueError for an input that is neither a number
    nor an array of numbers, a `wrt` out of range, a missing or misshapen dout, and an f that
    returns no finite numbers; whatever f raises passes through.

    >>> print(numerical_gradient(lambda x: x**3, 2.0).round(6))
    12.0

    The gradient by the second input of a function that returns an array:

    >>> import numpy as np
    >>> x, W = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0, 2.0], [0.5, 0.0, 1.0]])
    >>> dout = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]])
    >>> print(numerical_gradient(np.matmul, x, W, wrt=1, dout=dout).round(6))
    [[1. 0. 6.]
     [2. 0. 8.]]
    """
    require_functions("numerical_gradient", f=f)
    if not 0 <= wrt < len(inputs):
        raise ValueError(
            f"numerical_gradient: wrt is {wrt}, but there are {len(inputs)} inputs, from 0"
        )
    x = np.array(_numbers("numerical_gradient", inputs[wrt]))
    arrayed = isinstance(inputs[wrt], np.ndarray)

    def outputs(arrays: list[Array]) -> Array:
        values = [v.copy() if isinstance(v, np.ndarray) else v for v in inputs]
        values[wrt] = arrays[0].copy() if arrayed else float(arrays[0])
        return np.array(f(*values), dtype=np.float64)

    base = outputs([x])
    if dout is None and base.shape != ():
        raise ValueError(
            f"numerical_gradient: f returns an array of shape {base.shape}; give a dout of it"
        )
    upstream = np.ones(()) if dout is None else np.array(dout, dtype=np.float64)
    if upstream.shape != base.shape:
        raise ValueError(
            f"numerical_gradient: dout has shape {upstream.shape}, f returns shape {base.shape}"
        )
    if not np.all(np.isfinite(base)):
        raise ValueError("numerical_gradient: f is not finite at the inputs")
    if x.size == 0:
        return np.zeros_like(x)
    probe = Probe(outputs, [x], upstream, base)
    everywhere = [units(x)]
    probe.noise = noise_level(probe, everywhere)
    typical = abs(slope(probe, everywhere, rtol=1e-3).value) / float(np.sum(units(x)))
    slopes = entry_slopes(probe, 0, range(x.size), target=1e-11 * typical)
    return slopes.value.reshape(x.shape)


def check_gradient(
    f: Callable[[Array], Any],
    grad: Callable[[Array], Any],
    x: Any,
    *,
    exercise: str | None = None,
) -> Report:
    """Check that `grad(x)` is the gradient of `f(x)`, a number, at the array (or number) x.

    `x` has any shape, and `grad(x)` has the same. Both are given a float64 copy of x, or a float
    where x is a number. How `grad` comes by it is not asked: finite differences are as good as a
    formula. `exercise` names the exercise in the report.

    Returns a Report; raises TypeError where f or grad is no function, ValueError where x holds no
    numbers.

    >>> import numpy as np
    >>> def energy(x):
    ...     return np.sum(x**2)
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> check_gradient(energy, lambda x: 2 * x, x).passed
    True
    >>> print(check_gradient(energy, lambda x: x, x))  # doctest: +ELLIPSIS
    ✗ gradient: not right yet
      dx is wrong in 3 of 3 entries, worst at [2]
        yours     3
        numeric   6 ± ...
        Every entry is half of what it should be. ...
    """
    require_functions("check_gradient", f=f, grad=grad)

    def forward(x: Any) -> tuple[Any, Any]:
        value = f(x)
        if np.ndim(value) != 0:
            raise Breach(f"f returned {kind_of(value)}, expected a single number")
        return value, x

    def backward(dout: Any, x: Any) -> Any:
        return grad(x)

    forward.__name__ = called(f, "f")
    backward.__name__ = called(grad, "gradient")
    numbers = _numbers("check_gradient", x)
    return run_check(
        forward,
        backward,
        [numbers],
        dout=np.ones(()),
        exercise=exercise,
        numerical=True,
    )


def check_jacobian(
    f: Callable[[Array], Any],
    jacobian: Callable[[Array], Any],
    x: Any,
    *,
    exercise: str | None = None,
) -> Report:
    """Check that `jacobian(x)`, shape (m, n), is the derivative of `f`: (n,) -> (m,) at x (n,).

    Entry [i, j] is df_i / dx_j: one row for each output, one column for each input. The Jacobian
    is contracted with random vectors; where it is wrong and has at most 4,096 entries, each is
    compared. `exercise` names the exercise in the report.

    Returns a Report; raises TypeError where f or jacobian is no function, ValueError where x is no
    vector of finite numbers, or empty.

    >>> import numpy as np
    >>> A, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, -1.0])
    >>> check_jacobian(lambda x: A @ x, lambda x: A, x).passed
    True
    >>> print(check_jacobian(lambda x: A @ x, lambda x: A.T, x))
    ■ jacobian: not of the agreed form
      the Jacobian has shape (2, 3), expected (3, 2)
        One row for each output, one column for each input.
    """
    require_functions("check_jacobian", f=f, jacobian=jacobian)
    [x] = as_points([_numbers("check_jacobian", x)], [0], ["x"])
    if x.ndim != 1 or not x.size:
        raise ValueError(f"check_jacobian: x must have shape (n,), got {x.shape}")
    subject, f_name, name = called(jacobian, "jacobian"), called(f, "f"), "the Jacobian"
    with listening() as heard:
        try:
            base = as_array(attempt(f_name, f, x.copy()), f"the result of {f_name}")
            if base.ndim != 1:
                raise Breach(f"{f_name} returned shape {base.shape}, expected (m,)")
            handed = x.copy()
            J = as_array(attempt(subject, jacobian, handed), name, (base.size, x.size))
            if not np.array_equal(handed, x):
                raise Breach(f"{subject} changed x in place", "input-changed")
        except CallFailed as failure:
            return replace(call_report(subject, failure, heard), exercise=exercise)
        except Breach as breach:
            report = replace(breach_report(subject, name, breach, heard), exercise=exercise)
            if breach.mistake != "shape":
                return report
            turned = np.shape(breach.value) == (x.size, base.size)
            text = "One row for each output, one column for each input."
            advice = Diagnosis("transpose" if turned else "shape", text, name)
            return replace(report, diagnoses=(advice,))

    # A Jacobian is a backward pass, dout @ J; each of its rows is one for a unit dout.
    def forward(at: Array) -> tuple[Any, Array]:
        return f(at), at.copy()

    def backward(dout: Array, at: Array) -> Array:
        return np.asarray(dout @ jacobian(at))

    forward.__name__, backward.__name__ = f_name, subject
    whole = check_backward(forward, backward, x, names=["x"], exercise=exercise)
    if whole.outcome not in ("passed", "wrong value"):
        return whole
    verdict = Comparison(name, whole.outcome, J.size, J.shape)
    report = replace(whole, comparisons=(verdict,), diagnoses=())
    if whole.passed or J.size > MOST_SHOWN:
        return report
    with listening():
        try:
            rows = np.array([numerical_gradient(f, x, dout=row) for row in np.eye(base.size)])
        except Exception:  # f is not defined where its differences are taken
            return report
    shown = compare_numbers(name, J, rows, rtol=1e-7, reveal=True, said=(), reference="numeric")
    if shown.passed:
        verdict = replace(verdict, message=f"{name} is wrong by very little, or only beside x")
        return replace(report, comparisons=(verdict,))
    known = tuple(replace(d, name=name) for d in whole.diagnoses if d.edit and d.mistake in EDITS)
    return replace(report, comparisons=shown.comparisons, diagnoses=shown.diagnoses or known)


def _numbers(where: str, x: Any) -> Any:
    """x in float64: a Python float for a Python number, an array for an array."""
    if isinstance(x, (int, float)) and not isinstance(x, (bool, np.generic)):
        return float(x)
    if not isinstance(x, (np.ndarray, np.generic)) or x.dtype.kind not in "iuf":
        raise ValueError(f"{where}: x must be an array of numbers, got {kind_of(x)}")
    return np.array(x, dtype=np.float64)
