"""The catalogue of mistakes: which one explains a wrong gradient exactly?

Each hypothesis is a small pure function of a `Case` that returns a `Diagnosis` or None.  They are tried
from the simplest to the most special, and the first that gives the student's array to rounding is
named; when none does, nothing is: a wrong name is worse than none.  A hypothesis that the right gradient satisfies as well
(a transpose of a symmetric matrix) does not count.

To add a mistake: write its function, put it into HYPOTHESES, and add a row to the test's table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isclose, log

import numpy as np

from gradelib.checks.numeric import Array
from gradelib.checks.report import Diagnosis

__all__ = ["BREACHES", "Case", "HYPOTHESES", "diagnose"]

# What to look for when a value is not of the agreed form, by the mistake's identifier.
BREACHES = {
    "none": "Does every way through the function end in a return with all gradients?",
    "not-an-array": "Return numpy arrays, one gradient for each input, in the inputs' order.",
    "boolean": "A mask says where; the gradient says how much. What should the mask be combined with?",
    "integer": "Integer arrays cut off every fraction. Where is the array made, and with which dtype?",
    "dtype": "Somewhere the precision changes. Look for a dtype, an astype or a float32 constant.",
    "subclass": "Matrices and masked arrays give * and indexing another meaning. Use plain numpy arrays.",
    "not-finite": "Look for a division by zero, a log of zero or an exp of a large number.",
    "shape": "A gradient has the shape of what it belongs to. Write the shape of each factor beside it.",
    "dout-changed": "Work on a copy: the caller still needs its dout.",
    "input-changed": "Work on a copy: the caller still needs its inputs.",
    "cache-changed": "Work on a copy: what the forward pass kept must survive the backward pass.",
    "not-repeatable": "The second call starts with something left over from the first. What is kept between them?",
    "count": "One gradient for each input, in the inputs' order.",
}


@dataclass(frozen=True)
class Case:
    """A wrong gradient: `yours` (any shape) beside `right` (the numerical one), and what both came from.

    `right_with_ones()` is the numerical gradient for an upstream gradient of ones; `others` holds the right gradients
    of the other inputs by name; `sizes` are the lengths of the axes of all arrays at hand.
    """

    name: str
    yours: Array
    right: Array
    precision: float
    x: Array
    dout: Array
    out: Array
    others: Mapping[str, Array]
    sizes: frozenset[int]
    right_with_ones: Callable[[], Array]

    def explains(self, guess: Array, target: Array | None = None) -> bool:
        """Whether `guess` is the student's array to rounding, and is not just the right one."""
        target = self.yours if target is None else target
        return self._same(guess, target) and not self._same(guess, self.right)

    def _same(self, a: Array, b: Array) -> bool:
        if a.shape != b.shape or a.size == 0:
            return False
        scale = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
        return scale > 0 and float(np.max(np.abs(a - b))) <= 1e-6 * scale + 20 * self.precision

    def same(self, a: Array, b: Array) -> bool:
        """Whether two arrays agree to rounding and are not both zero."""
        return self._same(a, b)


def diagnose(case: Case) -> Diagnosis | None:
    """Return the simplest mistake that gives the student's gradient exactly, or None."""
    for hypothesis in HYPOTHESES:
        with np.errstate(all="ignore"):
            found = hypothesis(case)
        if found is not None:
            return Diagnosis(found[0], found[1], case.name)
    return None


Found = tuple[str, str] | None


def zero(case: Case) -> Found:
    if np.any(case.yours) or not np.any(np.abs(case.right) > 20 * case.precision):
        return None
    return "zero", "Every entry is zero. Is the result ever stored in the array that you return?"


def sign(case: Case) -> Found:
    if not case.explains(-case.right):
        return None
    return (
        "sign",
        "Every entry has the right size and the opposite sign. Look for a minus sign lost or gained.",
    )


def factor(case: Case) -> Found:
    """yours = c * right, with c from the sizes at hand where it can be."""
    if case.yours.shape != case.right.shape or not np.any(case.right):
        return None
    c = float(np.vdot(case.right, case.yours) / np.vdot(case.right, case.right))
    if c == 0 or not case.explains(c * case.right):
        return None
    many = f"Every entry is {c:.4g} times what it should be"
    known = (
        (
            2.0,
            "factor-2",
            f"{many}. Which derivative brings a 2 down, and is there a 1/2 in front of it?",
        ),
        (0.5, "factor-half", f"{many}. Does the forward pass have the 1/2 that your gradient has?"),
        (log(10), "factor-ln10", f"{many}: the natural logarithm of 10. Which logarithm is meant?"),
        (
            1 / log(10),
            "factor-ln10",
            f"{many}: one over the natural logarithm of 10. Which logarithm is meant?",
        ),
    )
    for size in sorted(case.sizes - {1}):
        if isclose(c, size, rel_tol=1e-6):
            text = f"{many}, and {size} is the length of an axis. Is something averaged forwards and only summed backwards?"
            return "not-averaged", text
        if isclose(c, 1 / size, rel_tol=1e-6):
            text = f"{many}, and {size} is the length of an axis. Is something averaged that is summed forwards, or twice?"
            return "averaged", text
    for value, mistake, text in known:
        if isclose(c, value, rel_tol=1e-6):
            return mistake, text
    if case.right.size == 1:  # one number is always a multiple of another
        return None
    return "factor", f"{many}. Look for a constant lost or gained."


def transpose(case: Case) -> Found:
    if case.right.ndim != 2 or not case.explains(case.right.T):
        return None
    return (
        "transpose",
        "These are the right numbers in transposed order. Which factor comes first, and which one is turned over?",
    )


def ignored_upstream(case: Case) -> Found:
    if case.yours.shape != case.right.shape or not case.explains(case.right_with_ones()):
        return None
    return (
        "ignored-upstream",
        "This is the gradient for an upstream gradient of ones. Where does dout come in?",
    )


def added_upstream(case: Case) -> Found:
    if not case.yours.shape == case.right.shape == case.dout.shape:
        return None
    if not case.explains(case.right_with_ones() + case.dout):
        return None
    return (
        "added-upstream",
        "dout was added to the local derivative. How do slopes along a chain combine?",
    )


def other_gradient(case: Case) -> Found:
    for name, right in case.others.items():
        if case.explains(right):
            return (
                "wrong-order",
                f"These are the numbers of {name}. Are the gradients returned in the order of the inputs?",
            )
    return None


def not_summed(case: Case) -> Found:
    yours, right = case.yours, case.right
    if yours.ndim <= right.ndim or yours.shape[yours.ndim - right.ndim :] != right.shape:
        return None
    if not case.same(yours.sum(axis=tuple(range(yours.ndim - right.ndim))), right):
        return None
    return (
        "not-summed",
        f"One gradient for each row: {case.name} has one more axis than its input. What happens to an input that is used by every row?",
    )


def wrong_axis(case: Case) -> Found:
    dout, right = case.dout, case.right
    if dout.ndim != 2 or not case.same(dout.sum(axis=0), right):
        return None
    if case.yours.shape == dout.shape[:1] and case.explains(dout.sum(axis=1)):
        return "wrong-axis", "dout was summed along the wrong axis. Which axis is the batch?"
    if case.yours.size in (1, right.size) and np.all(np.isclose(case.yours, dout.sum(), rtol=1e-6)):
        return (
            "summed-to-scalar",
            "dout was summed to one number. Along which axis only should it be summed?",
        )
    return None


def same_numbers(case: Case) -> Found:
    if case.yours.shape == case.right.shape or case.yours.size != case.right.size:
        return None
    if not case.same(case.yours.ravel(), case.right.ravel()):
        return None
    return (
        "right-values-wrong-shape",
        f"The numbers are right, the shape is not: {case.yours.shape} for {case.right.shape}.",
    )


def penalty(case: Case) -> Found:
    """right - yours = c * x: the gradient of 1/2 c sum(x**2) is missing (c > 0) or too much (c < 0)."""
    if case.yours.shape != case.right.shape or case.x.size < 3 or np.ptp(case.x) == 0:
        return None
    missing = case.right - case.yours
    c = float(np.vdot(case.x, missing) / np.vdot(case.x, case.x))
    if c == 0 or not case.same(missing, c * case.x) or not case.explains(case.right - c * case.x):
        return None
    if c > 0:
        return (
            "penalty-too-small",
            "What is missing is a multiple of the parameter itself. Which term of the loss depends on it in that way?",
        )
    return (
        "penalty-too-large",
        "What is too much is a multiple of the parameter itself. Look at the penalty and its gradient, factor by factor.",
    )


def mask(case: Case) -> Found:
    """The zeros of a gate (ReLU, max) are missing, or on the wrong side."""
    yours, right = case.yours, case.right
    if yours.shape != right.shape or right.size < 4:
        return None
    shut = np.abs(right) <= 20 * case.precision
    open_ = ~shut
    if not (np.any(shut) and np.any(open_)):
        return None
    if not np.any(yours[open_]) and np.all(yours[shut] != 0):
        return (
            "mask-inverted",
            "The gradient passes exactly where it should stop. Look at the comparison in the mask.",
        )
    if np.all(yours[shut] != 0) and case.same(yours[open_], right[open_]):
        return (
            "mask-missing",
            "It is right wherever the gate is open, and not zero wherever it is shut. What does a gate that is shut pass on?",
        )
    if yours.shape == case.dout.shape and case.same(right[open_], case.dout[open_]):
        if case.explains(case.dout * (case.dout > 0)):
            return (
                "mask-from-gradient",
                "The gate was set by the sign of dout. Which array decided in the forward pass?",
            )
    return None


def activation(case: Case) -> Found:
    """Derivatives of sigmoid, tanh and softmax confused with each other or taken at the wrong place."""
    yours, right, dout, out = case.yours, case.right, case.dout, case.out
    if not yours.shape == right.shape == dout.shape == out.shape:
        return None
    logistic = 1 / (1 + np.exp(-out))
    slope = dout * out * (1 - out)
    if case.same(right, slope) and case.explains(dout * logistic * (1 - logistic)):
        return (
            "derivative-of-activation",
            "The derivative was taken at the output as if it were the input. Is the cached value already the activation?",
        )
    if case.same(right, dout * (1 - out**2)) and case.explains(slope):
        return (
            "sigmoid-for-tanh",
            "This is the derivative of another activation. Which function did the forward pass apply?",
        )
    if np.allclose(out.sum(axis=-1), 1) and case.explains(slope):
        return (
            "softmax-diagonal",
            "Only the diagonal of the Jacobian was used. Does one score change one probability, or all of the row?",
        )
    return None


def branch(case: Case) -> Found:
    """What is missing is a whole gradient that is at hand: dout itself, or another input's gradient."""
    if case.yours.shape != case.right.shape or case.right.size == 1:
        return None
    missing = case.right - case.yours
    candidates = [case.dout, *case.others.values()]
    if any(case.same(missing, c) for c in candidates if c.shape == missing.shape) or (
        case.explains(case.dout) and np.any(missing)
    ):
        return (
            "overwritten-branch",
            "One branch is missing from the sum. Where the value goes two ways, what happens to the gradients that come back?",
        )
    return None


HYPOTHESES: tuple[Callable[[Case], Found], ...] = (
    zero,
    sign,
    transpose,
    other_gradient,
    ignored_upstream,
    activation,
    mask,
    factor,
    added_upstream,
    same_numbers,
    not_summed,
    wrong_axis,
    penalty,
    branch,
)
