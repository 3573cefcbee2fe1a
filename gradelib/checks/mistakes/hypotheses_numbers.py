"""Hypotheses that need the two arrays alone: zeros, signs, factors, constants, places.

Each takes a `Case` and returns what it `named`, or None. They hold for any function.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations
from math import isclose, log, sqrt

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, groups, named
from gradelib.checks.slopes.numeric import Array

__all__ = [
    "approximate",
    "broadcast",
    "diagonal_matrix",
    "factor",
    "factor_by_slice",
    "moved",
    "multiple",
    "offset",
    "other_gradient",
    "same_numbers",
    "scattered",
    "sign",
    "sign_in_part",
    "transpose",
    "unreached",
    "zero",
]

FACTORS = {2.0: "factor-2", 0.5: "factor-half", log(10): "factor-ln10", 1 / log(10): "factor-ln10"}
AN_AXIS = ", and 2 is the length of an axis"
LARGEST_COUNT = 10_000
MOST_PAIRS = 2_000_000  # of slices that are compared with each other, times their length


def zero(case: Case) -> Found:
    if np.any(case.yours) or not np.any(np.abs(case.right) > 20 * case.precision):
        return None
    if case.right.size == 1:  # the other way of a switch, more often than a result never stored
        return None
    return named("zero")


def sign(case: Case) -> Found:
    return named("sign") if case.explains(-case.right) else None


def sign_in_part(case: Case) -> Found:
    """The sizes are right, some signs are not."""
    if not case.alike or np.count_nonzero(~case.shut()) < 4:
        return None
    turned = np.where(case.yours < 0, -1, 1) * np.abs(case.right)
    return named("sign-in-part") if case.explains(turned) else None


def _short(c: float) -> str:
    """A factor in four digits, or in eight where four would say that it is 1."""
    return f"{c:.8g}" if f"{c:.4g}" == "1" else f"{c:.4g}"


def _multiple(case: Case) -> float | None:
    """The c for which yours = c * right, where there is one."""
    if not case.alike or not np.any(case.right):
        return None
    c = float(np.vdot(case.right, case.yours) / np.vdot(case.right, case.right))
    return c if 1e-6 < abs(c) < 1e6 and case.explains(c * case.right) else None


def multiple(case: Case) -> Found:
    """yours = c * right; not for one number, which is always a multiple of another."""
    c = _multiple(case)
    if c is None or np.count_nonzero(case.right) < 2:
        return None
    return named("factor", c=_short(c))


def factor(case: Case) -> Found:
    """yours = c * right, with c from the sizes at hand where it can be."""
    c = _multiple(case)
    if c is None:
        return None
    lengths = sorted(case.sizes - {0, 1, 2})
    for n in lengths:
        if isclose(c, n, rel_tol=1e-6):
            return named("not-averaged", c=_short(c), n=n)
        if isclose(c, 1 / n, rel_tol=1e-6):
            return named("averaged", c=_short(c), n=n)
    for value, mistake in FACTORS.items():
        if isclose(c, value, rel_tol=1e-6):
            return named(mistake, c=_short(c), axis=AN_AXIS if 2 in case.sizes else "")
    if np.count_nonzero(case.right) < 3:
        return multiple(case)
    for size in {case.x.size, case.out.size} - {0, 1, 2}:
        if isclose(c, size, rel_tol=1e-6) or isclose(c, 1 / size, rel_tol=1e-6):
            return named("factor-size", c=_short(c), n=size)
    for n in lengths:
        if any(isclose(c, r, rel_tol=1e-6) for r in (sqrt(n), 1 / sqrt(n))):
            return named("factor-root", c=_short(c), n=n)
    for n in lengths:
        for m in lengths:
            if n != m and isclose(c, n / m, rel_tol=1e-6):
                return named("wrong-count", c=_short(c), n=n, m=m)
    if case.dout.size == 1 and any(
        isclose(c, case.dout.item() ** k, rel_tol=1e-6) for k in (1, -1)
    ):
        return named("factor-at-hand", what="dout")
    count = round(max(abs(c), 1 / abs(c)))
    if 3 <= count <= LARGEST_COUNT and isclose(max(c, 1 / c), count, rel_tol=1e-6):
        return named("factor-count", c=_short(c), n=count)
    return multiple(case)


def factor_by_slice(case: Case) -> Found:
    """Each slice is right but for a factor, which differs from slice to slice."""
    yours, right = case.yours, case.right
    if not case.alike or right.ndim < 2:
        return None
    for what, axes in reversed([*groups(right)]):  # a channel says more than each of its lines
        if min(right.shape[a] for a in axes) < 3:
            continue
        square = np.sum(right**2, axis=axes, keepdims=True)
        c = np.sum(right * yours, axis=axes, keepdims=True) / np.where(square > 0, square, 1)
        if c.size < 2 or not case.explains(c * right):
            continue
        # A slice with one entry that is not zero always has a factor; one of zeros needs none.
        told = np.count_nonzero(~case.shut(), axis=axes, keepdims=True)
        if np.any((told > 0) & (told < 3) & (np.abs(c - 1) > 1e-6)):
            continue
        if case.same(right, np.broadcast_to(right.mean(axis=axes, keepdims=True), right.shape)):
            continue  # nor does one whose entries are all the same show a factor
        return named("factor-by-slice", what=what)
    return None


def offset(case: Case) -> Found:
    """yours - right is one number throughout."""
    if not case.alike or case.right.size < 4:
        return None
    difference = case.yours - case.right
    mean = difference.mean()
    if not case.same(difference, np.full_like(difference, mean)):
        return None
    if np.ptp(case.right) <= 1e-6 * abs(mean):  # of what is constant, it is a factor as well
        return None
    return named("offset")


def unreached(case: Case) -> Found:
    """Right wherever it is not zero, and zero in places where it should not be."""
    if not case.alike:
        return None
    open_ = ~case.shut()
    lost = open_ & (case.yours == 0)
    reached = open_ & ~lost
    if not np.any(lost) or np.count_nonzero(reached) < 2 or np.any(case.yours[~open_]):
        return None
    return named("unreached") if case.explains(np.where(lost, 0.0, case.right)) else None


def transpose(case: Case) -> Found:
    return named("transpose") if case.right.ndim == 2 and case.explains(case.right.T) else None


def _rearranged(right: Array) -> Iterator[tuple[str, Array]]:
    """The right numbers in each order that a slip makes of them."""
    for count in range(1, right.ndim + 1):
        for axes in combinations(range(right.ndim), count):
            yield "reversed", np.flip(right, axes)
    for order in permutations(range(right.ndim)):
        turned = np.transpose(right, order)
        yield "transpose", turned
        yield "reshaped", turned.reshape(right.shape)
        yield "reshaped", right.reshape(turned.shape).transpose(np.argsort(order))
    for axis in range(right.ndim):
        for by in (1, -1):
            rolled = np.roll(right, by, axis)
            yield "shifted", rolled
            cut = rolled.copy()
            cut[(slice(None),) * axis + (0 if by > 0 else -1,)] = 0
            yield "shifted", cut


def moved(case: Case) -> Found:
    """The right numbers stand in other places: reversed, transposed, reshaped, shifted, mixed."""
    right = case.right
    if not case.alike or right.ndim > 4 or np.count_nonzero(~case.shut()) < 4:
        return None
    for mistake, guess in _rearranged(right):
        if guess.shape == right.shape and case.explains(guess):
            return named(mistake)
    ordered = np.sort(right.ravel())
    if not case.same(np.sort(case.yours.ravel()), ordered) or case.same(case.yours, right):
        return None
    apart = np.diff(ordered[np.abs(ordered) > 20 * case.precision])
    distinct = np.count_nonzero(apart > 1e-5 * np.max(np.abs(ordered)))
    return named("places") if distinct >= 3 else None


def scattered(case: Case) -> Found:
    """Every row is right, in another row's place (or every column)."""
    yours, right = case.yours, case.right
    if not case.alike or right.ndim < 2:
        return None
    for what, axis in (("row", 0), ("column", 1)):
        a, b = np.moveaxis(yours, axis, 0), np.moveaxis(right, axis, 0)
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        if len(b) * b.size > MOST_PAIRS:
            continue
        if b.shape[1] < 2 or np.count_nonzero(np.any(b != 0, axis=1)) < 3:
            continue
        source = np.argmin(np.abs(a[:, None, :] - b[None, :, :]).max(axis=2), axis=1)
        guess = np.moveaxis(b[source].reshape(np.moveaxis(right, axis, 0).shape), 0, axis)
        # Rows that repeat what is right elsewhere may be alike for a reason of their own.
        off = np.any(np.abs(a - b) > 1e-6 * np.max(np.abs(b)), axis=1)
        if case.explains(guess) and np.any(off[source[off]]):
            return named("scattered", what=what)
    return None


def other_gradient(case: Case) -> Found:
    for name, right in case.others.items():
        if right.size == 1 and not (np.any(right) and np.any(case.right)):
            continue  # a gate that sends its gradient the wrong way looks the same
        if name in case.settled:  # it must be missing from its own place
            continue
        if case.explains(right) or (right.ndim == 2 and case.explains(right.T)):
            return named("wrong-order", other=name)
    return None


def same_numbers(case: Case) -> Found:
    yours, right = case.yours, case.right
    if case.alike or yours.size != right.size:
        return None
    if case.same(yours.ravel(), right.ravel()):
        return named("right-values-wrong-shape", got=yours.shape, expected=right.shape)
    if 2 == yours.ndim == right.ndim and case.same(yours.T, right):
        return named("transpose")
    return None


def broadcast(case: Case) -> Found:
    """n numbers against n numbers gave a table of n times n.

    Such a table, of differences or products and with factors of its own for each row and column,
    has a rank of 2 at most.
    """
    n, table = case.right.size, case.yours
    if n < 2 or table.shape != (n, n) or max(case.right.shape) != n:
        return None
    sizes = np.linalg.svd(table, compute_uv=False)
    mixed = table - table[:1] - table[:, :1] + table[0, 0]
    left = sizes[1] if n == 2 else sizes[2]
    if min(left, float(np.max(np.abs(mixed)))) > 1e-10 * sizes[0]:
        return None
    return named("broadcast", n=n)


def diagonal_matrix(case: Case) -> Found:
    """Zero off the diagonal, where the right matrix is not."""
    yours, right = case.yours, case.right
    if not case.alike or right.ndim != 2 or right.shape[0] != right.shape[1] or len(right) < 3:
        return None
    off = ~np.eye(len(right), dtype=bool)
    if np.any(yours[off]) or not np.all(np.diag(yours)) or np.mean(right[off] != 0) < 0.5:
        return None
    return named("diagonal-only")


def approximate(case: Case) -> Found:
    """Nearly right throughout, and exactly nowhere, or only in the first entry."""
    if not case.alike or np.count_nonzero(case.right) < 4:
        return None
    yours, right = case.yours.ravel(), case.right.ravel()
    scale = float(np.max(np.abs(right)))
    if 20 * case.precision > 1e-9 * scale:
        return None
    off = np.abs(yours - right)
    if not np.max(off) < 0.01 * scale:
        return None
    noticed = 1e-8 * scale
    later = off[1:]
    start = min(0.01 * float(np.median(later)), 1e-6 * scale)
    if off[0] <= start and np.mean(later > noticed) > 0.7:
        return named("not-restored")
    return named("approximate") if np.mean(off > noticed) > 0.9 else None
