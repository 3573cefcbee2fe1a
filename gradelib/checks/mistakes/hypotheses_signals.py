"""Hypotheses about the signal inside a net: is a layer's input right, and what comes from above?

A weight gradient is layer_input.T @ signal. Where the layer's input is at hand and has fewer rows
than columns, the signal can be solved for, yours beside the right one, also below a loss; a penalty
on the weights is recognised and taken off. So a gate that was missed between two layers shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, named
from gradelib.checks.slopes.numeric import Array

__all__ = ["hidden_signal", "layer_inputs", "other_hidden_signal"]

MOST_PRODUCT = 100_000  # entries of a pre-activation


def layer_inputs(case: Case) -> Iterator[Array]:
    """The matrices that a product may have on one side: inputs, and what one layer makes of them"""
    at_hand = [case.x, *case.inputs.values()]
    matrices = [a for a in at_hand if a.ndim == 2]
    rows = [a for a in at_hand if a.ndim == 1]
    yield from matrices
    for a in matrices:
        for b in matrices:
            small = len(a) * b.shape[1] <= MOST_PRODUCT
            if a is not b and a.shape[1] == b.shape[0] and small:
                yield a @ b
                yield from (a @ b + row for row in rows if row.shape == (b.shape[1],))


def hidden_signal(case: Case) -> Found:
    """A gate that was missed, turned or set by another array, or the activation's wrong side."""
    for a, b, right, kept in _layers(case):
        if b is not a and case.explains(a.T @ right + kept):
            return named("pre-activation")
        yours = np.linalg.pinv(b.T) @ (case.yours - kept)
        if case.explains(b.T @ yours + kept):
            return _gate(case, yours, right)
    return None


def other_hidden_signal(case: Case) -> Found:
    """The layer's input is right; the signal is not, in whatever way."""
    for _, b, _, kept in _layers(case):
        yours = np.linalg.pinv(b.T) @ (case.yours - kept)
        if case.explains(b.T @ yours + kept):
            return named("other-signal")
    return None


def _layers(case: Case) -> Iterator[tuple[Array, Array, Array, Array]]:
    """(a, b, signal, kept) with right = b.T @ signal + kept, b being a or an activation of it."""
    if not case.alike or case.right.ndim != 2:
        return
    for a in layer_inputs(case):
        if a.shape[1] != case.right.shape[0] or a.shape[0] >= a.shape[1]:
            continue
        for b in (a, np.maximum(a, 0), np.tanh(a), 1 / (1 + np.exp(-a))):
            solved = _solve(case, b)
            if solved is not None:
                yield a, b, *solved


def _solve(case: Case, a: Array) -> tuple[Array, Array] | None:
    """(r, c x) with right = a.T @ r + c x, where that leaves enough entries to prove it."""
    inverse = np.linalg.pinv(a.T)
    left = case.right - a.T @ (inverse @ case.right)
    spare = (a.shape[1] - np.linalg.matrix_rank(a)) * case.right.shape[1]
    if spare < 4 or np.linalg.matrix_rank(a) < len(a):
        return None
    c = 0.0
    scale = float(np.max(np.abs(case.right)))
    if float(np.max(np.abs(left))) > 1e-7 * scale + 20 * case.precision:
        x = case.x - a.T @ (inverse @ case.x)
        c = float(np.vdot(x, left) / np.vdot(x, x))
        if not case.same(left, c * x):
            return None
    kept = c * case.x
    return inverse @ (case.right - kept), kept


def _gate(case: Case, yours: Array, right: Array) -> Found:
    """What was done to the gate between the right signal and yours."""
    scale = max(float(np.max(np.abs(yours))), float(np.max(np.abs(right))))
    noise = 1e-6 * scale + 20 * case.precision
    shut, silent = np.abs(right) <= noise, np.abs(yours) <= noise
    if np.count_nonzero(shut) > 1 and not np.all(shut):
        open_, passing = ~shut, yours > noise
        if np.all(silent[open_]) and not np.any(silent[shut]):
            return named("mask-inverted")
        if case.same(yours[open_], right[open_]) and not np.all(silent[shut]):
            return named("mask-missing")
        cut = np.maximum(right, 0)
        if not np.any(yours < -noise) and np.any(passing[shut]) and case.same(yours * open_, cut):
            return named("mask-from-gradient")
    return None
