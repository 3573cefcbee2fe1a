"""More measurements for a diagnosis: the Jacobian, the gradient elsewhere, crude differences.

`Measure` makes each when a hypothesis first asks for it. Differences of the fourth order with one
short step serve here: what they must tell apart is larger than a millionth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradelib.checks.calls import CallFailed
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.numeric import Array, units

__all__ = ["MOST_ENTRIES", "Measure"]

MOST_ENTRIES = 256  # of an input whose Jacobian is measured
MOST_TERMS = 200_000  # of a Jacobian
STEP = 1e-4  # of the input's spread: few kinks are crossed, half the digits are kept
STEPS = [10.0**-k for k in range(1, 9)]

Outputs = Callable[[list[Array]], Array]


class Measure:
    """A function at a point, one of its inputs, and a wrong gradient of that input.

    `outputs` is the function of the differentiated inputs; `outputs_given(changes)` the same with
    some of the others replaced.
    """

    def __init__(
        self,
        outputs: Outputs,
        outputs_given: Callable[[Mapping[str, Any]], Outputs],
        point: Sequence[Array],
        labels: Sequence[str],
        k: int,
        dout: Array,
        yours: Array,
        right: Array,
    ) -> None:
        self.outputs, self.outputs_given = outputs, outputs_given
        self.point, self.labels, self.k = list(point), list(labels), k
        self.dout, self.yours, self.right = dout, yours, right
        self._jacobian: Array | None = None
        self._tried = False

    def jacobian(self) -> Array | None:
        """The derivative of all outputs by all entries of the input, shape (out.size, x.size).

        None where it costs too much, or does not give the right gradient: on kinks, in noise.
        """
        if not self._tried:
            self._tried = True
            size = self.point[self.k].size
            if size <= MOST_ENTRIES and 0 < size * self.dout.size <= MOST_TERMS:
                J = self._columns(self.outputs, self.point)
                gradient = self.dout.ravel() @ J
                scale = float(np.max(np.abs(self.right)))
                if np.all(np.abs(gradient - self.right.ravel()) <= 1e-7 * scale):
                    self._jacobian = np.where(np.abs(J) > 1e-9 * np.max(np.abs(J)), J, 0.0)
        return self._jacobian

    def fits_at(self, changes: Mapping[str, Any]) -> bool:
        """Whether yours is the gradient of the function with some inputs replaced."""
        point = [changes.get(name, x) for name, x in zip(self.labels, self.point, strict=True)]
        given = {name: value for name, value in changes.items() if name not in self.labels}
        outputs = self.outputs_given(given) if given else self.outputs
        x = self.point[self.k]
        if x.size > MOST_ENTRIES or self.yours.shape != x.shape:
            return False
        try:
            v = np.random.default_rng(x.size).uniform(0.5, 1.5, size=x.shape)
            along = self._slope(outputs, point, v * units(point[self.k]))
            claimed = self.yours * v * units(point[self.k])
            first = float(np.sum(self.dout * along))
            if not abs(first - claimed.sum()) <= 1e-6 * float(np.sum(np.abs(claimed))):
                return False
            gradient = self.dout.ravel() @ self._columns(outputs, point)
        except (CallFailed, Breach):
            return False
        scale = float(np.max(np.abs(self.yours)))
        off = np.abs(gradient - self.yours.ravel())
        apart = float(np.max(np.abs(self.yours - self.right)))
        return bool(np.max(off) <= 1e-6 * scale and np.max(off) <= 0.01 * apart)

    def steps(self) -> Iterator[tuple[str, Array]]:
        """Yield (mistake, difference quotient) for each step and kind that begins as yours does."""
        size = self.point[self.k].size
        if size > MOST_ENTRIES:
            return
        kinds = {"one-sided": (1.0, 0.0), "one-sided-below": (0.0, 1.0), "long-step": (1.0, 1.0)}
        for h in STEPS:
            for mistake, (up, down) in kinds.items():
                for drift in (0.0, -h, h) if size > 1 else (0.0,):
                    probed = self._quotient(h, up, down, drift, [0, min(1, size - 1)])
                    apart = np.abs(self.yours.ravel() - self.right.ravel())[: len(probed)]
                    if np.all(np.abs(probed - self.yours.ravel()[: len(probed)]) <= 0.01 * apart):
                        quotient = self._quotient(h, up, down, drift, range(size))
                        name = "not-restored" if drift else mistake.removesuffix("-below")
                        yield name, quotient.reshape(self.yours.shape)

    def _quotient(
        self, h: float, up: float, down: float, drift: float, places: Sequence[int]
    ) -> Array:
        """(f(x + up h) - f(x - down h)) / ((up + down) h), entries left moved by `drift` or not."""
        found = []
        moved = self.point[self.k].copy()
        for place in sorted(set(places)):
            ends = []
            for by in (up * h, -down * h):
                at = list(self.point)
                at[self.k] = moved.copy()
                at[self.k].flat[place] += by
                ends.append(float(np.sum(self.dout * self.outputs(at))))
            found.append((ends[0] - ends[1]) / ((up + down) * h))
            moved.flat[place] += drift
        return np.array(found)

    def _columns(self, outputs: Outputs, point: Sequence[Array]) -> Array:
        x = point[self.k]
        unit = units(x)
        columns = []
        for index in range(x.size):
            v = np.zeros_like(x)
            v.flat[index] = unit.flat[index]
            columns.append(self._slope(outputs, point, v).ravel() / unit.flat[index])
        return np.array(columns).T

    def _slope(self, outputs: Outputs, point: Sequence[Array], v: Array) -> Array:
        """The derivative of every output along v, by four points."""

        def at(t: float) -> Array:
            moved = list(point)
            moved[self.k] = point[self.k] + t * v
            return np.array(outputs(moved))

        near, far = at(STEP) - at(-STEP), at(2 * STEP) - at(-2 * STEP)
        return np.asarray((8 * near - far) / (12 * STEP))
