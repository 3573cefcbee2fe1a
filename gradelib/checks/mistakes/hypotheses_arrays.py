"""Hypotheses that compare a gradient with the arrays at hand: masks, slopes, factors, products.

The arrays at hand are dout, the output, the inputs and what one matrix product makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, fit, named
from gradelib.checks.mistakes.hypotheses_signals import layer_inputs
from gradelib.checks.slopes.numeric import Array

__all__ = ["activation", "factor_at_hand", "local_slope", "mask", "matrix_product"]


def mask(case: Case) -> Found:
    """The zeros of a gate (ReLU, max) are missing, or on the wrong side."""
    yours, right, dout = case.yours, case.right, case.dout
    if not case.alike or right.size < 4:
        return None
    shut = case.shut()
    open_ = ~shut
    if np.count_nonzero(shut) < 2 or not np.any(open_):
        return None
    if np.all(yours[shut] != 0):
        if not np.any(yours[open_]):
            return named("mask-inverted")
        if case.same(yours[open_], right[open_]):
            return named("mask-missing")
    if case.same(yours[open_], right[open_]) and np.any(yours[shut] != 0):
        return named("overreached")
    if yours.shape != dout.shape or not case.same(right[open_], dout[open_]):
        return None
    if case.explains(np.maximum(dout, 0)):
        return named("mask-from-gradient")
    for a in [case.x, *case.inputs.values()]:
        for gate in (a > 0, a >= 0, a < 0, np.abs(a) > 1, a > a.mean()) if a.size else ():
            if gate.shape == dout.shape and case.explains(dout * gate):
                return named("mask-from-other")
    if np.count_nonzero(shut & (yours != 0)) and case.explains(np.where(yours != 0, dout, 0.0)):
        return named("mask-from-other")
    return None


def activation(case: Case) -> Found:
    """Derivatives of sigmoid, tanh and softmax confused, or taken at the wrong place."""
    yours, right, dout, out = case.yours, case.right, case.dout, case.out
    if not yours.shape == right.shape == dout.shape == out.shape or not out.size:
        return None
    logistic = 1 / (1 + np.exp(-out))
    slope = dout * out * (1 - out)
    if case.same(right, slope):
        if case.explains(dout * logistic * (1 - logistic)):
            return named("derivative-of-activation")
        if case.explains(dout * case.x * (1 - case.x)):
            return named("derivative-of-input")
        if case.explains(dout * (1 - out**2)):
            return named("sigmoid-for-tanh")
    if case.same(right, dout * (1 - out**2)):
        if case.explains(slope):
            return named("sigmoid-for-tanh")
        if case.explains(dout * (1 - np.tanh(out) ** 2)):
            return named("derivative-of-activation")
        if case.explains(dout * (1 - case.x**2)):
            return named("derivative-of-input")
        once = 1 / (1 + np.exp(-case.x))
        if case.explains(dout * once * (1 - once)):
            return named("sigmoid-for-tanh")
    if case.same(right, dout / (case.x + _shift(case))) and case.explains(dout / case.x):
        return named("shift-missing")
    if out.ndim and np.allclose(out.sum(axis=-1), 1) and case.explains(slope):
        return named("softmax-diagonal")
    return None


def _shift(case: Case) -> float:
    """The one number s for which dout / right = x + s, as far as there is one; else 0."""
    shift = case.dout / case.right - case.x
    middle = float(np.median(shift))
    even = shift.size > 3 and float(np.ptp(shift)) <= 1e-5 * np.abs(case.x).max()
    return middle if even else 0.0


def _fitting(case: Case, a: Array, name: str) -> Iterator[tuple[str, Array]]:
    """An array at hand, where it broadcasts to the gradient's shape."""
    shape = case.right.shape
    if a.size < 2 or np.ptp(a) <= 1e-6 * np.abs(a).max():
        return
    if _broadcasts(a.shape, shape):
        yield name, a
    if a.ndim == 1 and len(a) == shape[0] != shape[-1]:
        yield name, a.reshape(len(a), *[1] * (len(shape) - 1))


def _broadcasts(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(small, large) == large
    except ValueError:
        return False


def factor_at_hand(case: Case) -> Found:
    """yours is the right gradient times, or over, an array at hand or a simple slope of it."""
    if not case.alike or np.count_nonzero(~case.shut()) < 4:
        return None
    at_hand = {"the output": case.out, "dout": case.dout, case.label: case.x, **case.inputs}
    for label, array in at_hand.items():
        for name, a in _fitting(case, array, label):
            for slope in (a, a * a, 1 - a, 1 - a * a, a * (1 - a), np.abs(a), np.sign(a)):
                for guess in (case.right * slope, case.right / slope):
                    if np.all(np.isfinite(guess)) and case.explains(guess):
                        return named("factor-at-hand", what=name)
    return None


def _products(signal: Array, a: Array, shape: tuple[int, ...]) -> Iterator[Array]:
    """The products of a signal with a matrix that have this shape, turned over or not."""
    for left, right in ((signal, a), (signal, a.T), (a, signal), (a.T, signal)):
        made = (left.shape[0], right.shape[1])
        if left.shape[1] == right.shape[0] and shape in (made, made[::-1]):
            product = left @ right
            yield from (p for p in (product, product.T) if p.shape == shape)


def matrix_product(case: Case) -> Found:
    """A product of dout with an input or a pre-activation where it ought to be another product."""
    dout, right, yours = case.dout, case.right, case.yours
    if dout.ndim != 2 or right.size < 3 or yours.size < 3:
        return None
    factors = list(layer_inputs(case))
    if right.ndim == 1:
        if case.explains(dout.sum(axis=0)):
            return named("signal-unchanged")
        columns = [c for a in factors if len(a) == len(dout) for c in a.T]
        if any(case.explains(dout.T @ c) for c in columns):
            return named("matrix-product")
    if not case.alike:
        made = (p for a in [dout, *factors] for p in _products(dout, a, yours.shape))
        return named("matrix-product") if any(map(case.explains, made)) else None
    # What goes past the layer, as in x + f(x), is taken off.
    rest = [case] if right.shape != dout.shape else [case, _without(case, dout)]
    return next((found for c in rest if (found := _product(c, factors))), None)


def _without(case: Case, part: Array) -> Case:
    return replace(case, yours=case.yours - part, right=case.right - part)


def _product(case: Case, factors: list[Array]) -> Found:
    gates = [a > 0 for a in [case.out, *factors] if a.shape == case.dout.shape]
    signals = [("mask-from-gradient", np.maximum(case.dout, 0))]
    signals += [("mask-inverted", case.dout * ~gate) for gate in gates]
    for a in factors:
        if any(map(case.explains, _products(case.dout, a, case.right.shape))):
            return _instead(case, factors, gates, a)
    for a in factors:
        for mistake, signal in signals:
            if any(map(case.explains, _products(signal, a, case.right.shape))):
                return named(mistake)
    return None


def _instead(case: Case, factors: list[Array], gates: list[Any], a: Array) -> Found:
    """What the product of dout with `a` stands in the place of."""

    def gives(signal: Array, b: Array) -> bool:
        return any(case.same(p, case.right) for p in _products(signal, b, case.right.shape))

    if gives(case.dout, a):
        return named("factor-transposed")
    if any(gives(case.dout * gate, a) for gate in gates):
        return named("mask-missing")
    slopes = (np.tanh, lambda z: 1 / (1 + np.exp(-z)), lambda z: np.maximum(z, 0))
    if any(gives(case.dout, f(a)) for f in slopes):
        return named("pre-activation")
    if any(gives(case.dout, b) for b in factors if b is not a):
        return named("other-factor")
    return named("signal-unchanged")


def local_slope(case: Case) -> Found:
    """An elementwise step: dout times a polynomial in the entry, but not the one that is right."""
    dout, x, out = case.dout, case.x, case.out
    if not case.alike or not x.shape == dout.shape == out.shape or x.size < 7:
        return None
    J = case.jacobian()
    if J is None or np.any(J[~np.eye(x.size, dtype=bool)]):
        return None
    for a in (out, x):
        if fit(case, case.yours, dout, dout * a, dout * a * a) is not None:
            return named("local-slope")
    return None
