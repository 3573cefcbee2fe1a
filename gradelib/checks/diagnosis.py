"""Hypotheses: which mistake of the catalogue explains a wrong gradient exactly?

Each hypothesis is a small pure function of a `Case` that returns a `Diagnosis` or None. They are
tried from the simplest to the most special, and the first that gives the student's array to
rounding is named; when none does, nothing is: a wrong name is worse than none. A hypothesis that
the right gradient satisfies as well (a transpose of a symmetric matrix) does not count.

To add a mistake: write its sentence in the catalogue and its function here, put that into
HYPOTHESES, and add a row to the test's table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose, log

import numpy as np

from gradelib.checks.catalogue import MISTAKES
from gradelib.checks.findings import Diagnosis
from gradelib.checks.numeric import Array

__all__ = ["HYPOTHESES", "Case", "diagnose", "diagnose_numbers"]


@dataclass(frozen=True)
class Case:
    """A wrong gradient, `yours` (of any shape), beside the numerical one, `right`.

    `right_with_ones()` is the numerical gradient for an upstream gradient of ones; `others` holds
    the right gradients of the other inputs by name, of which the `settled` are returned rightly;
    `sizes` are the lengths of the axes of all arrays at hand.
    """

    name: str
    yours: Array
    right: Array
    precision: float
    x: Array
    dout: Array
    out: Array
    others: Mapping[str, Array]
    settled: frozenset[str]
    sizes: frozenset[int]
    right_with_ones: Callable[[], Array]

    def explains(self, guess: Array) -> bool:
        """Whether `guess` is the student's array to rounding, and is not just the right one."""
        return self.same(guess, self.yours) and not self.same(guess, self.right)

    def same(self, a: Array, b: Array) -> bool:
        """Whether two arrays agree to rounding, are not both zero, and are known well enough."""
        if a.shape != b.shape or a.size == 0:
            return False
        scale = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
        if not 20 * self.precision <= 1e-3 * scale or scale == 0:
            return False
        return float(np.max(np.abs(a - b))) <= 1e-6 * scale + 20 * self.precision


def diagnose(
    case: Case, hypotheses: Sequence[Callable[[Case], Found]] | None = None
) -> Diagnosis | None:
    """Return the simplest mistake that gives the student's gradient exactly, or None."""
    for hypothesis in HYPOTHESES if hypotheses is None else hypotheses:
        with np.errstate(all="ignore"):
            found = hypothesis(case)
        if found is not None:
            mistake, values = found
            return Diagnosis(mistake, MISTAKES[mistake].format(**values), case.name)
    return None


FACTORS = {2.0: "factor-2", 0.5: "factor-half", log(10): "factor-ln10", 1 / log(10): "factor-ln10"}


def diagnose_numbers(
    name: str, yours: Array, right: Array, precision: float = 0.0, sizes: Iterable[int] = ()
) -> Diagnosis | None:
    """Return the mistake that shows in the numbers alone, whatever they are: zero, sign, factor...

    `sizes` are the lengths of axes over which something may have been averaged.
    """
    none = np.zeros(0)
    case = Case(
        name,
        yours,
        right,
        precision,
        none,
        none,
        none,
        {},
        frozenset(),
        frozenset(sizes),
        lambda: none,
    )
    return diagnose(case, (zero, sign, transpose, factor if case.sizes else multiple))


Found = tuple[str, dict[str, object]] | None


def named(mistake: str, **values: object) -> Found:
    """A mistake recognised, with what its sentence leaves open."""
    return mistake, values


def zero(case: Case) -> Found:
    if np.any(case.yours) or not np.any(np.abs(case.right) > 20 * case.precision):
        return None
    if case.right.size == 1:  # the other way of a switch, more often than a result never stored
        return None
    return named("zero")


def sign(case: Case) -> Found:
    return named("sign") if case.explains(-case.right) else None


def _short(c: float) -> str:
    """A factor in four digits, or in eight where four would say that it is 1."""
    return f"{c:.8g}" if f"{c:.4g}" == "1" else f"{c:.4g}"


def _multiple(case: Case) -> float | None:
    """The c for which yours = c * right, where there is one."""
    if case.yours.shape != case.right.shape or not np.any(case.right):
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
    for n in sorted(case.sizes - {0, 1, 2}):
        if isclose(c, n, rel_tol=1e-6):
            return named("not-averaged", c=_short(c), n=n)
        if isclose(c, 1 / n, rel_tol=1e-6):
            return named("averaged", c=_short(c), n=n)
    for value, mistake in FACTORS.items():
        if isclose(c, value, rel_tol=1e-6):
            return named(mistake, c=_short(c))
    return multiple(case)


def transpose(case: Case) -> Found:
    return named("transpose") if case.right.ndim == 2 and case.explains(case.right.T) else None


def ignored_upstream(case: Case) -> Found:
    if case.yours.shape != case.right.shape or np.all(case.dout == 1):
        return None
    return named("ignored-upstream") if case.explains(case.right_with_ones()) else None


def added_upstream(case: Case) -> Found:
    if not case.yours.shape == case.right.shape == case.dout.shape or np.all(case.dout == 1):
        return None
    local = case.right_with_ones()
    if not np.any(np.abs(local) > 1e-6):
        return None
    return named("added-upstream") if case.explains(local + case.dout) else None


def other_gradient(case: Case) -> Found:
    for name, right in case.others.items():
        if right.size == 1 and not (np.any(right) and np.any(case.right)):
            continue  # a gate that sends its gradient the wrong way looks the same
        if name not in case.settled and case.explains(right):  # it is missing from its own place
            return named("wrong-order", other=name)
    return None


def same_numbers(case: Case) -> Found:
    yours, right = case.yours, case.right
    if yours.shape == right.shape or yours.size != right.size:
        return None
    if not case.same(yours.ravel(), right.ravel()):
        return None
    return named("right-values-wrong-shape", got=yours.shape, expected=right.shape)


def not_summed(case: Case) -> Found:
    yours, right = case.yours, case.right
    extra = yours.ndim - right.ndim
    if extra <= 0 or yours.shape[extra:] != right.shape:
        return None
    return named("not-summed") if case.same(yours.sum(axis=tuple(range(extra))), right) else None


def wrong_axis(case: Case) -> Found:
    dout, right = case.dout, case.right
    if dout.ndim != 2 or not case.same(dout.sum(axis=0), right):
        return None
    if case.explains(dout.sum(axis=1)):
        return named("wrong-axis")
    if case.yours.size in (1, right.size) and np.allclose(case.yours, dout.sum(), rtol=1e-6):
        return named("summed-to-scalar")
    return None


def penalty(case: Case) -> Found:
    """right - yours = c x: the gradient of 1/2 c sum(x**2) is missing (c > 0) or too much."""
    if case.yours.shape != case.right.shape or case.x.size < 3 or np.ptp(case.x) == 0:
        return None
    if case.dout.size != 1:  # a penalty is a term of a loss, which is one number
        return None
    missing = case.right - case.yours
    c = float(np.vdot(case.x, missing) / np.vdot(case.x, case.x))
    if c == 0 or not case.same(missing, c * case.x) or not case.explains(case.right - c * case.x):
        return None
    short = c * case.dout.item() > 0
    return named("penalty-too-small" if short else "penalty-too-large")


def mask(case: Case) -> Found:
    """The zeros of a gate (ReLU, max) are missing, or on the wrong side."""
    yours, right = case.yours, case.right
    if yours.shape != right.shape or right.size < 4:
        return None
    shut = np.abs(right) <= 20 * case.precision
    open_ = ~shut
    if np.count_nonzero(shut) < 2 or not np.any(open_):
        return None
    if np.all(yours[shut] != 0):
        if not np.any(yours[open_]):
            return named("mask-inverted")
        if case.same(yours[open_], right[open_]):
            return named("mask-missing")
    gated = yours.shape == case.dout.shape and case.same(right[open_], case.dout[open_])
    if gated and case.explains(case.dout * (case.dout > 0)):
        return named("mask-from-gradient")
    return None


def activation(case: Case) -> Found:
    """Derivatives of sigmoid, tanh and softmax confused, or taken at the wrong place."""
    yours, right, dout, out = case.yours, case.right, case.dout, case.out
    if not yours.shape == right.shape == dout.shape == out.shape or not out.size:
        return None
    logistic = 1 / (1 + np.exp(-out))
    slope = dout * out * (1 - out)
    if case.same(right, slope) and case.explains(dout * logistic * (1 - logistic)):
        return named("derivative-of-activation")
    if case.same(right, dout * (1 - out**2)) and case.explains(slope):
        return named("sigmoid-for-tanh")
    if out.ndim and np.allclose(out.sum(axis=-1), 1) and case.explains(slope):
        return named("softmax-diagonal")
    return None


def branch(case: Case) -> Found:
    """What is missing is a gradient that is at hand: dout itself, or another input's."""
    if case.yours.shape != case.right.shape or case.right.size == 1:
        return None
    missing = case.right - case.yours
    at_hand = [case.dout, *case.others.values()]
    if any(case.same(missing, gradient) for gradient in at_hand):
        return named("overwritten-branch")
    return named("handed-through") if case.explains(case.dout) else None


HYPOTHESES: tuple[Callable[[Case], Found], ...] = (
    zero,
    sign,
    transpose,
    same_numbers,
    not_summed,
    wrong_axis,
    other_gradient,
    ignored_upstream,
    activation,
    mask,
    factor,
    added_upstream,
    penalty,
    branch,
)
