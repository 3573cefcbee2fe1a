"""A wrong gradient with all that is known about it: what every hypothesis looks at.

A `Case` holds a student's gradient beside the numerical one, the arrays at hand and ways to measure
more; `fit` solves for the few numbers that a hypothesis leaves open. A hypothesis is a function
from a Case to what it `named`, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from math import inf
from typing import Any

import numpy as np

from gradelib.checks.slopes.numeric import Array

__all__ = ["Case", "Found", "Hypothesis", "fit", "groups", "named", "nothing"]

Found = tuple[str, dict[str, object]] | None
Integers = np.ndarray[Any, np.dtype[np.intp]]


def nothing() -> None:
    """What a measurement gives that cannot be made."""


def no_numbers() -> Array:
    """What is at hand where nothing is."""
    return np.zeros(0)


@dataclass(frozen=True)
class Case:
    """A wrong gradient, `yours` (of any shape), beside the numerical one, `right`.

    `right_with_ones()` is the numerical gradient for an upstream gradient of ones; `others` holds
    the right gradients of the other inputs by name, of which the `settled` are returned rightly;
    `sizes` are the lengths of the axes of all arrays at hand. `inputs` are the forward's other
    float inputs by name, `labels` its integer ones. `jacobian()` is the derivative of all outputs
    by all entries of x, shape (out.size, x.size), where that is affordable; `fits_at(changes)` says
    whether yours is the gradient with some inputs (x too, by its own name) replaced by others.
    """

    name: str
    yours: Array
    right: Array
    precision: float
    x: Array = field(default_factory=no_numbers)
    dout: Array = field(default_factory=no_numbers)
    out: Array = field(default_factory=no_numbers)
    others: Mapping[str, Array] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    sizes: frozenset[int] = frozenset()
    right_with_ones: Callable[[], Array] = no_numbers
    inputs: Mapping[str, Array] = field(default_factory=dict)
    labels: Mapping[str, Integers] = field(default_factory=dict)
    jacobian: Callable[[], Array | None] = nothing
    fits_at: Callable[[Mapping[str, Any]], bool] = lambda changes: False
    steps: Callable[[], Iterable[tuple[str, Array]]] = tuple

    @property
    def alike(self) -> bool:
        """Whether yours has the shape that it should have."""
        return self.yours.shape == self.right.shape

    @property
    def label(self) -> str:
        """The name of the input that the gradient belongs to."""
        return self.name[1:]

    def explains(self, guess: Array) -> bool:
        """Whether `guess` is the student's array to rounding, and is not just the right one."""
        if not self.same(guess, self.yours) or self.same(guess, self.right):
            return False
        if not self.alike:
            return True
        # A mistake that is hardly larger than rounding could be taken for anything.
        off = float(np.max(np.abs(guess - self.yours)))
        return off <= 0.01 * float(np.max(np.abs(self.yours - self.right)))

    def same(self, a: Array, b: Array) -> bool:
        """Whether two arrays agree to rounding, are not both zero, and are known well enough."""
        if a.shape != b.shape or a.size == 0:
            return False
        scale = max(float(np.max(np.abs(a))), float(np.max(np.abs(b))))
        if not 20 * self.precision < 1e-3 * scale < inf:
            return False
        return float(np.max(np.abs(a - b))) <= 1e-6 * scale + 20 * self.precision

    def shut(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Where the right gradient is zero."""
        scale = float(np.max(np.abs(self.right), initial=0.0))
        return np.asarray(np.abs(self.right) <= 20 * self.precision + 1e-12 * scale)


Hypothesis = Callable[[Case], Found]


def named(mistake: str, **values: object) -> Found:
    """A mistake recognised, with what its sentence leaves open."""
    return mistake, values


def fit(case: Case, target: Array, *parts: Array) -> Array | None:
    """Return the coefficients c for which target = sum of c[i] * parts[i], None where none do.

    An equation more than there are unknowns proves little: three more are asked for, and parts
    that are not multiples of each other.
    """
    basis = np.stack([p.ravel() for p in parts], axis=1)
    if not np.all(np.isfinite(basis)):
        return None
    scale = np.linalg.norm(basis, axis=0)
    live = np.any(np.abs(basis) > 0, axis=1)
    if np.count_nonzero(live) < len(parts) + 3 or not np.all(scale > 0):
        return None
    solved, _, rank, _ = np.linalg.lstsq(basis / scale, target.ravel(), rcond=1e-9)
    if rank < len(parts):
        return None
    c = np.asarray(solved / scale)
    return c if case.same((basis @ c).reshape(target.shape), target) else None


def groups(a: Array) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield (what one is called, the axes that it runs along) for each way to cut `a` in groups."""
    for count in range(1, a.ndim):
        for axes in combinations(range(a.ndim), count):
            kept = [k for k in range(a.ndim) if k not in axes]
            if a.ndim == 2:
                yield ("row", "column")[kept[0]], axes
            else:
                one = "line" if count == 1 else "block"
                along = " and ".join(str(k) for k in axes)
                many = f"{one} along ax{'e' if count > 1 else 'i'}s {along}"
                yield (f"slice along axis {kept[0]}" if len(kept) == 1 else many), axes
