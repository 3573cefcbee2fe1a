"""Hypotheses about the sum that a gradient is: which terms of dout times the Jacobian are in it?

With the whole Jacobian at hand, a gradient for any other upstream gradient, or for some of the
terms only, costs a matrix product. So these hold for any function of arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gradelib.checks.mistakes.case import Case, Found, fit, groups, named
from gradelib.checks.slopes.numeric import Array

__all__ = [
    "added_upstream",
    "changed_upstream",
    "diagonal",
    "ignored_upstream",
    "not_summed",
    "other_signal",
    "overwritten_terms",
    "pushed_forward",
    "samples",
    "wrong_axis",
]

CONDITION = 1e-4  # a signal of which less arrives than this is none
MOST_ARRIVED = 0.25  # of the entries of dout that another signal may leave as they are


def ignored_upstream(case: Case) -> Found:
    if not case.alike or np.all(case.dout == 1):
        return None
    return named("ignored-upstream") if case.explains(case.right_with_ones()) else None


def added_upstream(case: Case) -> Found:
    if not case.yours.shape == case.right.shape == case.dout.shape or np.all(case.dout == 1):
        return None
    local = case.right_with_ones()
    if not np.any(np.abs(local) > 1e-6):
        return None
    return named("added-upstream") if case.explains(local + case.dout) else None


def not_summed(case: Case) -> Found:
    yours, right = case.yours, case.right
    extra = yours.ndim - right.ndim
    if extra > 0 and yours.shape[extra:] == right.shape:
        whole = case.same(yours.sum(axis=tuple(range(extra))), right)
        return named("not-summed") if whole else None
    terms = _terms(case)
    if not case.alike and terms is not None and terms.shape == yours.shape:
        return named("not-summed") if case.same(yours, terms) else None
    return None


def _terms(case: Case) -> Array | None:
    """What each entry of the output adds to the gradient, in the output's shape; None if more
    than one entry of x gains from it."""
    if case.dout.ndim and case.same(case.dout.sum(axis=0), case.right):
        return case.dout
    J = case.jacobian()
    if J is None or np.any(np.count_nonzero(np.abs(J) > 1e-7 * np.max(np.abs(J)), axis=1) > 1):
        return None
    return np.asarray(case.dout * J.sum(axis=1).reshape(case.dout.shape))


def wrong_axis(case: Case) -> Found:
    """The terms of a parameter that many outputs share, summed along other axes than they ought."""
    yours, right = case.yours, case.right
    if case.dout.ndim < 2 or case.dout.size <= right.size:
        return None
    terms = _terms(case)
    if terms is None:
        return None
    for count in range(1, terms.ndim):
        for axes in combinations(range(terms.ndim), count):
            summed = terms.sum(axis=axes)
            if yours.size == summed.size and case.explains(summed.reshape(yours.shape)):
                return named("wrong-axis")
    total = np.full(yours.shape, terms.sum())
    if right.size > 1 and yours.size in (1, right.size) and case.explains(total):
        return named("summed-to-scalar")
    return None


def _upstreams(case: Case) -> Iterator[tuple[str, str, Array]]:
    """(mistake, how, what dout may have been turned into, or each line of it)."""
    d, out = case.dout, case.out
    way = "upstream-changed"
    yield "mask-from-gradient", "", np.maximum(d, 0)
    yield way, "stripped of its sign", np.abs(d)
    yield way, "reduced to its sign", np.sign(d)
    yield way, "squared", d * d
    yield way, "summed over all its entries", d.sum()
    yield way, "averaged over all its entries", d.mean()
    for axis in range(d.ndim):
        along = f"along axis {axis}"
        yield way, f"summed {along}", d.sum(axis, keepdims=True)
        yield way, f"averaged {along}", d.mean(axis, keepdims=True)
        yield way, f"cut to its first entries {along}", d.take([0], axis)
        yield way, f"cut to its last entries {along}", d.take([-1], axis)
        yield way, f"shifted {along}", np.roll(d, 1, axis)
        yield way, f"shifted {along}", np.roll(d, -1, axis)
        yield way, f"reversed {along}", np.flip(d, axis)
    if d.ndim == 2 and d.shape[0] == d.shape[1]:
        yield way, "transposed", d.T
    yield way, "multiplied with the output", d * out
    yield way, "increased by the output", d + out
    yield way, "increased by one", d + 1
    yield way, "kept only where the output is positive", d * (out > 0)


def changed_upstream(case: Case) -> Found:
    if not case.alike or case.dout.size < 3 or case.right.size < 2:
        return None
    J = case.jacobian()
    if J is None:
        return None
    for mistake, how, d in _upstreams(case):
        signal = np.broadcast_to(d, case.dout.shape).ravel()
        if case.explains((signal @ J).reshape(case.right.shape)):
            return named(mistake, how=how)
    return None


def diagonal(case: Case) -> Found:
    """Only what each entry of x does to the entry of the output in its own place."""
    J = case.jacobian() if case.alike and case.right.shape == case.dout.shape else None
    if J is None or case.right.size < 3:
        return None
    guess = (np.diag(J) * case.dout.ravel()).reshape(case.right.shape)
    if not case.explains(guess):
        return None
    shares = np.allclose(case.out.sum(axis=-1), 1)
    return named("softmax-diagonal" if shares else "diagonal-only")


def pushed_forward(case: Case) -> Found:
    """The Jacobian times dout, where dout times the Jacobian was meant."""
    J = case.jacobian() if case.alike else None
    if J is None or case.dout.size != case.right.size or case.right.size < 3:
        return None
    guess = (J @ case.dout.ravel()).reshape(case.right.shape)
    return named("pushed-forward") if case.explains(guess) else None


def _parts(case: Case, axes: tuple[int, ...]) -> Array | None:
    """The gradient cut into the terms of each group of outputs: shape (groups, x.size)."""
    J = case.jacobian()
    if J is None:
        return None
    terms = (case.dout.ravel()[:, None] * J).reshape(*case.dout.shape, case.right.size)
    return np.asarray(terms.sum(axis=axes).reshape(-1, case.right.size))


def overwritten_terms(case: Case) -> Found:
    """Where several outputs share an entry, only the last of their terms, the first, or the mean.

    Not where all entries are shared by all: there it is a matter of `samples`.
    """
    if not case.alike or case.right.size < 2:
        return None
    for axes in [(), *(axes for _, axes in groups(case.dout))]:
        parts = _parts(case, axes)
        if parts is None or len(parts) < 2:
            return None
        live = np.abs(parts) > 1e-7 * np.max(np.abs(parts))
        count = live.sum(axis=0)
        if count.max() < 2:
            continue
        each = np.arange(parts.shape[1])
        first = parts[live.argmax(axis=0), each]
        last = parts[len(parts) - 1 - live[::-1].argmax(axis=0), each]
        shape = case.right.shape
        if case.explains(last.reshape(shape)):
            return named("overwritten-terms", which="last")
        if case.explains(first.reshape(shape)):
            return named("overwritten-terms", which="first")
        mean = case.right / np.maximum(count, 1).reshape(shape)
        if np.ptp(count) and case.explains(mean):
            return named("averaged-terms")
    return None


def samples(case: Case) -> Found:
    """Some samples (slices of dout) are left out, or count with another weight."""
    if not case.alike:
        return None
    for axis in range(case.dout.ndim):
        rest = tuple(a for a in range(case.dout.ndim) if a != axis)
        parts = _parts(case, rest)
        if parts is None or len(parts) < 2 or not np.any(np.count_nonzero(parts, axis=0) > 1):
            continue
        c = fit(case, case.yours, *parts)
        if c is None or not case.explains((c @ parts).reshape(case.right.shape)):
            continue
        in_or_out = np.all(np.minimum(np.abs(c), np.abs(c - 1)) < 1e-5)
        return named("samples-left-out" if in_or_out else "samples-weighed", axis=axis)
    return None


def other_signal(case: Case) -> Found:
    """yours is the gradient for some other upstream gradient, whatever that is."""
    J = case.jacobian() if case.alike else None
    if J is None:
        return None
    # The more of its entries follow from the others, the more it proves that they do.
    rank = int(np.linalg.matrix_rank(J, tol=CONDITION * float(np.linalg.norm(J, 2))))
    live = np.count_nonzero(np.any(J, axis=0))
    if not 2 <= rank <= min(live - 3, 0.8 * live):
        return None
    signal, *_ = np.linalg.lstsq(J.T, case.yours.ravel(), rcond=CONDITION)
    guess = (signal @ J).reshape(case.right.shape)
    if not case.explains(guess):
        return None
    # Where dout itself arrives in many places, what is wrong is not the signal as a whole.
    arrived = np.abs(signal - case.dout.ravel()) <= 1e-5 * np.max(np.abs(case.dout))
    return named("other-signal") if np.mean(arrived) <= MOST_ARRIVED else None
