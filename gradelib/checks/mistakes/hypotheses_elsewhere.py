"""Hypotheses that measure: is yours the gradient of this function somewhere else?

At the output instead of the input, with an input forgotten or turned over, at other labels, or by
differences of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, named

__all__ = ["CRUDE", "crude_difference", "elsewhere", "other_input", "other_labels"]

CRUDE = ("one-sided", "long-step", "not-restored")  # what `crude_difference` names


def elsewhere(case: Case) -> Found:
    """The right formula with another array in the place of x."""
    if not case.alike or case.x.size < 2:
        return None
    x = case.x
    out = {case.label: case.out.copy()}
    if case.out.shape == x.shape and not case.same(case.out, x) and case.fits_at(out):
        return named("derivative-of-activation")
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    for again in (e / e.sum(axis=-1, keepdims=True), 1 / (1 + np.exp(-x)), np.tanh(x)):
        # Where it fits at other numbers too, it is not this function that decides.
        if case.fits_at({case.label: again}) and not case.fits_at({case.label: 0.9 * again}):
            return named("applied-twice")
    if case.fits_at({case.label: -x}):
        return named("turned-over", other=case.label)
    return None


def _replacements(case: Case, name: str, a: Any) -> Iterator[tuple[str, Any]]:
    """(mistake, another array) in the place of one of the inputs."""
    if np.any(a != 1):
        yield "input-forgotten", np.ones_like(a)
    if np.any(a != 0):
        yield "input-forgotten", np.zeros_like(a)
        yield "turned-over", -a
    if a.ndim == 2 and a.shape[0] == a.shape[1] and not np.array_equal(a, a.T):
        yield "factor-transposed", a.T.copy()
    gradient = case.others.get(f"d{name}")
    if gradient is not None and a.size > 1:
        for rate in (1.0, 0.1, 0.01, 0.001):
            yield "updated-input", a - rate * gradient


def other_input(case: Case) -> Found:
    """Right if another input were all ones, or transposed, or already updated."""
    if not case.alike or case.right.size < 2:
        return None
    for name, a in case.inputs.items():
        for mistake, replaced in _replacements(case, name, a):
            if case.fits_at({name: replaced}):
                return named(mistake, other=name)
    x = case.x
    if x.ndim == 2 and x.shape[0] == x.shape[1] and case.fits_at({case.label: x.T.copy()}):
        return named("factor-transposed")
    return None


def other_labels(case: Case) -> Found:
    """Right for other labels: shifted by one, reversed, or all the same."""
    if not case.alike or case.right.size < 2:
        return None
    for name, y in case.labels.items():
        if not y.size or y.min() < 0:
            continue
        tried = []
        for n in sorted(case.sizes):
            if n > y.max():
                tried += [(y + 1) % n, (y - 1) % n]
        for other in [np.minimum(y + 1, y.max()), np.maximum(y - 1, 0), *tried]:
            if not np.array_equal(other, y) and case.fits_at({name: other}):
                return named("labels-shifted", other=name)
        for other in (y[::-1].copy(), np.roll(y, 1), np.roll(y, -1), np.full_like(y, y.flat[0])):
            if not np.array_equal(other, y) and case.fits_at({name: other}):
                return named("labels-elsewhere", other=name)
    return None


def crude_difference(case: Case) -> Found:
    """A difference quotient with a step too long, on one side only, or from a moved point."""
    if not case.alike or not case.right.size:
        return None
    scale = float(np.max(np.abs(case.right)))
    off = float(np.max(np.abs(case.yours - case.right)))
    if not 1e-9 * scale < off < 0.3 * scale:
        return None
    for mistake, quotient in case.steps():
        difference = float(np.max(np.abs(quotient - case.yours)))
        if np.all(np.isfinite(quotient)) and difference <= 1e-3 * off:
            return named(mistake)
    return None
