"""How a slope depends on its step: `Curve`, which a report keeps for those who want to see it.

A check stops at the first step that is good enough. `Curve.every_step` goes on from there, so that
the whole valley shows: truncation on the side of long steps, rounding on that of short ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite

from gradelib.checks.calls import listening
from gradelib.checks.slopes.ladder import Slope, slope
from gradelib.checks.slopes.noise import noise_level
from gradelib.checks.slopes.numeric import Direction, Probe

__all__ = ["Curve", "curve_of"]

Table = tuple[tuple[float, float, float], ...]
FROM_BOTH_ENDS = (0, 12)  # rungs: one spread of the input, and 6e-8 of it


@dataclass(frozen=True, eq=False)
class Curve:
    """The slope along the direction of a check, for each step tried, beside the student's.

    `table` has (step, slope, estimated error), the longest step first; a step of 1 moves the input
    by about its own spread. `chosen` is the step of the slope that was taken, `yours` what the
    student's gradient says it is: they may differ by `tolerance`. `size` is the size of the
    gradient along the direction; divided by it, slopes and errors are relative.
    """

    table: Table
    chosen: float
    yours: float
    tolerance: float
    size: float
    measure: Callable[[], Table] | None = field(default=None, repr=False)

    def every_step(self) -> Curve:
        """The curve with the steps that the check did not need; calls the forward pass again."""
        if self.measure is None:
            return self
        with listening():
            try:
                more = self.measure()
            except Exception:  # what the function needed may have gone since
                return self
        tried = {row[0] for row in self.table}
        new = [row for row in more if row[0] not in tried]
        return replace(self, table=_one_a_step([*self.table, *new]), measure=None)


def curve_of(
    probe: Probe, direction: Direction, found: Slope, yours: float, tolerance: float, norm: float
) -> Curve:
    """The curve of a slope that was found along a direction of `norm` ||gradient * direction||."""
    size = max(norm, abs(found.value)) if isfinite(found.value) else norm
    table = _one_a_step(found.table)
    chosen = min(table, key=lambda row: row[2])[0] if table else 4.0**-found.rung
    return Curve(table, chosen, yours, tolerance, size or 1.0, partial(_longer, probe, direction))


def _longer(probe: Probe, direction: Direction) -> Table:
    """The rows of every step between two that are of no use, with the noise measured."""
    own = probe.with_upstream(probe.dout)
    own.noise = noise_level(own, direction)
    tables = [slope(own, direction, rtol=0.0, start=rung).table for rung in FROM_BOTH_ENDS]
    return _one_a_step([row for table in tables for row in table])


def _one_a_step(rows: Table | list[tuple[float, float, float]]) -> Table:
    """The row of least error for each step, the longest step first."""
    best: dict[float, tuple[float, float, float]] = {}
    for row in rows:
        if row[0] not in best or row[2] < best[row[0]][2]:
            best[row[0]] = row
    return tuple(best[step] for step in sorted(best, reverse=True))
