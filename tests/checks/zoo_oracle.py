"""An oracle for the zoo with nothing of gradelib in it: plain differences, entry by entry.

Offers `slopes` (one-sided and central differences) and `deviation` (how wrong gradients are).
"""

from __future__ import annotations

import numpy as np
from zoo import Case, LossCase


def promoted(value):
    """float64 for floats, everything else as it is."""
    array = np.asarray(value)
    return np.array(array, dtype=float) if array.dtype.kind == "f" else value


def as_function(case, rng):
    """(f, inputs, wrt, analytic): f(inputs) -> number, and the case's own gradients."""
    if isinstance(case, LossCase):
        loss, params = case.make(rng)
        keys = sorted(params)
        inputs = [promoted(params[k]) for k in keys]

        def value(arrays):
            return loss(dict(zip(keys, arrays, strict=True)))[0]

        grads = loss({k: v.copy() for k, v in zip(keys, inputs, strict=True)})[1]
        returned = [*keys, *sorted(set(grads) - set(keys))]
        return value, inputs, range(len(keys)), [grads.get(k) for k in returned]
    inputs = [promoted(a) for a in case.make_inputs(rng)]
    wrt = [i for i, a in enumerate(inputs) if np.asarray(a).dtype.kind == "f"]
    out, cache = case.forward(*inputs)
    dout = rng.normal(size=np.shape(out))
    grads = case.backward(dout.copy() if dout.ndim else float(dout), cache)
    if not isinstance(grads, tuple | list):
        grads = [grads]
    return lambda arrays: np.sum(case.forward(*arrays)[0] * dout), inputs, wrt, list(grads)


def slopes(f, inputs, i, step=3e-6):
    """(left, right, central) slopes of f by every entry of inputs[i]."""
    x = np.array(inputs[i], dtype=float)
    typical = np.sqrt((x**2).mean()) if x.size else 1.0
    h = step * (np.maximum(np.abs(x), 0.01 * typical) if typical else np.ones_like(x))
    middle = f(inputs)
    left, right, central = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for at in np.ndindex(x.shape):
        sides = []
        for sign in (-1, 1):
            moved = x.copy()
            moved[at] += sign * h[at]
            sides.append(f([*inputs[:i], moved, *inputs[i + 1 :]]))
        left[at] = (middle - sides[0]) / h[at]
        right[at] = (sides[1] - middle) / h[at]
        central[at] = (sides[1] - sides[0]) / (2 * h[at])
    return left, right, central


def deviation(got, low, high):
    """Distance of got from [low, high] over the largest slope; inf if malformed."""
    if not isinstance(got, np.ndarray | np.floating | float):
        return np.inf
    got = np.asarray(got)
    if got.shape != low.shape or got.dtype != low.dtype:
        return np.inf
    if not got.size:
        return 0.0
    outside = np.maximum(low - got, got - high)
    if not np.isfinite(outside).all():
        return np.inf
    largest = max(np.abs(low).max(), np.abs(high).max(), 1e-300)
    return max(outside.max(), 0.0) / largest


def worst_deviation(case: Case | LossCase, seed: int, at_kink: bool = False) -> float:
    """How far the case's own gradients are from differences, at the worst entry."""
    f, inputs, wrt, grads = as_function(case, np.random.default_rng(seed))
    if len(grads) != len(list(wrt)):
        return np.inf
    worst = 0.0
    for i, got in zip(wrt, grads, strict=True):
        left, right, central = slopes(f, inputs, i)
        low, high = (
            (np.minimum(left, right), np.maximum(left, right)) if at_kink else (central, central)
        )
        worst = max(worst, deviation(got, low, high))
    return worst
