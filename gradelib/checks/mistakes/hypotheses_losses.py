"""Hypotheses about what is missing or too much: penalties, branches, statistics, labels.

They look at the difference between the right gradient and yours, and where it lies.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, fit, groups, named
from gradelib.checks.slopes.numeric import Array

__all__ = ["at_labels", "branch", "extra_multiple", "one_term", "penalty", "statistics"]


def _is_loss(case: Case) -> bool:
    """A penalty is a term of a loss, which is one number."""
    return case.alike and case.dout.size == 1 and case.x.size >= 3 and bool(np.ptp(case.x))


def penalty(case: Case) -> Found:
    """right - yours = c x: the gradient of 1/2 c sum(x**2) is missing (c > 0) or too much."""
    if not _is_loss(case):
        return None
    missing = case.right - case.yours
    c = float(np.vdot(case.x, missing) / np.vdot(case.x, case.x))
    up = float(case.dout.item())
    if c and case.same(missing, c * case.x) and case.explains(case.right - c * case.x):
        return named("penalty-too-small" if c * up > 0 else "penalty-too-large")
    if case.x.ndim == 2:
        for axis in (0, 1):
            crossed = case.x.sum(axis=axis, keepdims=True) - case.x
            if fit(case, missing, crossed) is not None:
                return named("penalty-cross-terms")
    solved = fit(case, missing, np.sign(case.x))
    if solved is not None and np.any(case.x < 0) and np.any(case.x > 0):
        return named("penalty-of-signs")
    return None


def one_term(case: Case) -> Found:
    """yours = a right + b x: of a loss and its penalty, one is scaled and the other is not."""
    if not _is_loss(case) or not np.ptp(case.right):
        return None
    solved = fit(case, case.yours, case.right, case.x)
    if solved is None:
        return None
    a, b = (float(c) for c in solved)
    counts = [float(n) for n in case.sizes - {0, 1}]
    whole = [*counts, *(1 / n for n in counts), 2.0, 0.5, -1.0]
    size = np.abs(case.x).max() / np.abs(case.right).max()
    if not any(np.isclose(a, w, rtol=1e-6) for w in whole) or abs(b) * size < 1e-4:
        return None
    guess = a * case.right + b * case.x
    return named("one-term-scaled", c=f"{a:.4g}") if case.explains(guess) else None


def branch(case: Case) -> Found:
    """What is missing, or there twice, is a gradient at hand: dout itself, or another input's."""
    if not case.alike or case.right.size == 1:
        return None
    if case.explains(case.dout):
        return named("handed-through")
    if case.dout.size == 1:
        return None
    missing = case.right - case.yours
    at_hand = [case.dout, *case.others.values()]
    if any(case.same(missing, gradient) for gradient in at_hand):
        return named("overwritten-branch")
    if any(case.same(-missing, gradient) for gradient in at_hand):
        return named("counted-twice")
    return None


def statistics(case: Case) -> Found:
    """In each group the difference is one number, or a line in x, or a multiple of the output."""
    if not case.alike or case.right.ndim < 2:
        return None
    difference = case.right - case.yours
    if fit(case, difference, case.x, np.ones_like(case.x)) is not None:
        return None  # one line for all groups is no matter of the groups
    for what, axes in groups(case.right):
        d, x = _lines(difference, axes), _lines(case.x, axes)
        right = _lines(case.right, axes)
        many, long = d.shape
        if many < 2 or long < 3 or not np.ptp(case.x):
            continue
        parts: list[tuple[str, Callable[[Array], Array]]] = [("mean-term", _level)]
        if long > 3:
            parts.append(("spread-term", partial(_line, x=x)))
            if case.out.shape == case.right.shape:
                parts.append(("shared-term", partial(_along, v=_lines(case.out, axes))))
        for mistake, part in parts:
            # Where the right gradient has that form itself, it says nothing of the difference.
            if not case.same(d, part(d)) or case.same(right, part(right)):
                continue
            # Nor where few entries are off, or all but few entries of a group are zero.
            off = np.abs(d) > 1e-6 * np.max(np.abs(d))
            if np.mean(np.any(off, axis=1)) >= 0.5 and np.median(off[off.any(1)].sum(1)) > 2:
                return named(mistake, what=what)
    return None


def _level(d: Array) -> Array:
    """The mean of each row of d, in its place."""
    return np.repeat(d.mean(axis=1, keepdims=True), d.shape[1], axis=1)


def _lines(a: Array, axes: tuple[int, ...]) -> Array:
    """The groups of a as rows."""
    kept = [k for k in range(a.ndim) if k not in axes]
    return np.transpose(a, (*kept, *axes)).reshape(int(np.prod([a.shape[k] for k in kept])), -1)


def _line(d: Array, x: Array) -> Array:
    """The straight line in x that comes closest to d, row by row."""
    return _level(d) + _along(d, x - _level(x))


def _along(d: Array, v: Array) -> Array:
    """The part of each row of d that is a multiple of the row of v."""
    square = np.sum(v * v, axis=1, keepdims=True)
    c = np.sum(d * v, axis=1, keepdims=True) / np.where(square > 0, square, 1)
    return np.asarray(c * v)


def extra_multiple(case: Case) -> Found:
    """The difference is a multiple of an array at hand."""
    if not case.alike:
        return None
    difference = case.right - case.yours
    for what, a in {case.label: case.x, "the output": case.out, **case.inputs}.items():
        if a.shape == difference.shape and fit(case, difference, a) is not None:
            return named("extra-multiple", what=what)
    return None


def at_labels(case: Case) -> Found:
    """Only the entries that integer labels point to are wrong, or only the others are."""
    if not case.alike or case.right.ndim != 2:
        return None
    n, m = case.right.shape
    for name, y in case.labels.items():
        if y.shape != (n,) or n < 2 or m < 3 or np.any(y < 0) or np.any(y >= m):
            continue
        own = np.zeros((n, m), dtype=bool)
        own[np.arange(n), y] = True
        scale = float(np.max(np.abs(case.right)))
        wrong = np.abs(case.yours - case.right) > 1e-6 * scale + 20 * case.precision
        if np.array_equal(wrong, own):
            return named("at-labels", other=name)
        if np.any(wrong) and np.array_equal(wrong, np.isin(np.arange(m), y) & ~own):
            return named("label-rows", other=name)
        # The one hit row gets what belongs to the rows of all labels.
        rows = np.any(wrong & ~own, axis=1)
        if np.count_nonzero(rows) == 1 and np.all(wrong[own & ~rows[:, None]]):
            return named("label-rows", other=name)
        others = ~own & ~case.shut()
        if np.count_nonzero(others) < 4 or not np.all(wrong[own]):
            continue
        c = float(np.median(case.yours[others] / case.right[others]))
        one = case.same(case.yours[others], c * case.right[others])
        if one and abs(c - 1) > 1e-5:
            return named("one-term-at-labels", other=name, c=f"{c:.4g}")
        rest = np.where(own, 0.0, case.right)
        yours = np.where(own, 0.0, case.yours)
        square = np.sum(rest**2, axis=1, keepdims=True)
        if not one and np.all(square > 0) and m > 3:
            by_row = np.sum(rest * yours, axis=1, keepdims=True) / square
            if case.same(by_row * rest, yours) and not case.same(rest, yours):
                return named("row-factor-at-labels", other=name)
    return None
