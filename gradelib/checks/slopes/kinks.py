"""Kinks: where the point sits on one, which entries do, and which gradients are allowed there.

At a kink (a ReLU at exactly 0, a tie in a max) a function has two one-sided slopes, and every
number between them is a right gradient. `Kinks` finds the entries of the inputs that sit on a kink
and the interval of slopes of each; entries that are tied, so that what one gains another loses, are
held to their sum as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradelib.checks.slopes.ladder import slope
from gradelib.checks.slopes.numeric import Array, Direction, Probe, units

__all__ = ["Entry", "Interval", "Kinks", "TooManyKinks", "without"]

Entry = tuple[int, int]  # input, flat index in it
MOST_TESTS = 3000
MOST_PAIRED = 24  # entries among which every pair is tried for a tie
SHORTEST = 8  # one-sided slopes are taken with steps of 4**-8 of an input's spread, or shorter


class TooManyKinks(Exception):  # noqa: N818 - a finding about the point, not an error
    """The kinks at the point are too many, or too entangled, to be told apart."""


@dataclass(frozen=True)
class Interval:
    """The slopes between which a gradient entry may lie, known to +- `error`.

    `single` where the function works entry by entry and one output has a kink there; where several
    kinks meet, an entry outside may still be right.
    """

    low: float
    high: float
    error: float
    single: bool = True
    alone: bool = True  # one output only has a kink there

    def holds(self, value: float) -> bool:
        slack = 6 * self.error + 1e-7 * max(abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack


class Kinks:
    """The kinks of a function at a point, as far as they were found."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.entries: list[Entry] = []
        self.intervals: dict[Entry, Interval] = {}
        self.rung = SHORTEST
        self.broken_ties: set[Entry] = set()

    def find(self, direction: Direction, rung: int) -> None:
        """Add the entries on kinks that `direction` moves; TooManyKinks when none is found."""
        found = _kinked_entries(self.probe, direction, rung)
        if not found:
            raise TooManyKinks
        self.rung = max(self.rung, rung)
        self.entries += found
        for entry in found:
            self.intervals[entry] = _interval(self.probe, entry, self.rung)

    def unheld(self, gradients: Sequence[Array]) -> dict[Entry, bool]:
        """Return the entries whose gradient the kinks rule out: True where that is certain."""
        out = {
            entry: interval.single
            for entry, interval in self.intervals.items()
            if not interval.holds(float(gradients[entry[0]].flat[entry[1]]))
        }
        for group in _tied(self.probe, self.entries, self.rung):
            if not self._adds_up(group, gradients):
                # With one number as output, kinks are known to be one if there are no others.
                out |= dict.fromkeys(group, len(self.entries) == len(group) or self._apart(group))
                self.broken_ties |= set(group)
        return out

    def _apart(self, group: Sequence[Entry]) -> bool:
        """Whether each of the tied entries has a kink of one output only."""
        return all(self.intervals[entry].alone for entry in group)

    def _adds_up(self, group: Sequence[Entry], gradients: Sequence[Array]) -> bool:
        """Whether tied entries together have the slope that they have when moved together."""
        unit = min(_unit(self.probe, entry) for entry in group)
        together = slope(self.probe, _moving(self.probe.point, group, unit), rtol=1e-8)
        if together.kink:
            return True
        yours = unit * sum(float(gradients[block].flat[index]) for block, index in group)
        size = sum(max(abs(self.intervals[e].low), abs(self.intervals[e].high)) for e in group)
        return abs(yours - together.value) <= 6 * together.error + 1e-6 * unit * size


def without(direction: Direction, entries: Sequence[Entry]) -> Direction:
    """The same direction with the given entries at rest."""
    still = [None if v is None else v.copy() for v in direction]
    for block, index in entries:
        v = still[block]
        if v is not None:
            v.flat[index] = 0.0
    return still


def _moving(point: Sequence[Array], entries: Sequence[Entry], unit: float) -> Direction:
    """The direction that moves each of the given entries by `unit`."""
    direction: list[Array | None] = [None] * len(point)
    for block, index in entries:
        v = direction[block]
        if v is None:
            v = direction[block] = np.zeros_like(point[block])
        v.flat[index] = unit
    return direction


def _unit(probe: Probe, entry: Entry) -> float:
    return float(units(probe.point[entry[0]]).flat[entry[1]])


def _jump(probe: Probe, direction: Direction, t: float) -> float:
    """The difference between the one-sided slopes at step t."""
    return (probe.change(direction, t) + probe.change(direction, -t)) / t


def _has_kink(probe: Probe, direction: Direction, rung: int) -> bool:
    """Whether the jump between the slopes stays when the step shrinks by 4."""
    t = 4.0**-rung
    wide, narrow = _jump(probe, direction, t), _jump(probe, direction, t / 4)
    return abs(narrow) > max(0.6 * abs(wide), 20 * probe.noise * 4 / t)


def _kinked_entries(probe: Probe, direction: Direction, rung: int) -> list[Entry] | None:
    """Return the entries that sit on a kink, found by halving; None when they are too many."""
    sizes = [0 if v is None else v.size for v in direction]
    ends = np.cumsum(sizes)
    found: list[Entry] = []
    stack = [(0, int(ends[-1]))]
    tests = 0
    while stack:
        low, high = stack.pop()
        part: list[Array | None] = []
        for v, end, size in zip(direction, ends, sizes, strict=True):
            a, b = max(low - (end - size), 0), min(high - (end - size), size)
            if v is None or a >= b:
                part.append(None)
                continue
            cut = np.zeros_like(v)
            cut.flat[a:b] = v.flat[a:b]
            part.append(cut)
        tests += 1
        if tests > MOST_TESTS:
            return None
        if not _has_kink(probe, part, rung):
            continue
        if high - low == 1:
            block = int(np.searchsorted(ends, low, side="right"))
            found.append((block, low - int(ends[block]) + sizes[block]))
        else:
            middle = (low + high) // 2
            stack += [(middle, high), (low, middle)]
    return found


def _interval(probe: Probe, entry: Entry, rung: int) -> Interval:
    """Return the slopes on both sides of an entry on a kink, summed over the outputs' own."""
    unit = _unit(probe, entry)
    direction = _moving(probe.point, [entry], unit)
    t = 4.0**-rung
    sides, error = [], 0.0
    for step in (-t, t):
        far = (probe.output(direction, step) - probe.base) / step
        near = (probe.output(direction, step / 4) - probe.base) / (step / 4)
        sides.append(probe.dout * (near + (near - far) / 3) / unit)
        curvature = abs(float(np.sum(probe.dout * (near - far)))) / 3
        error = max(error, (curvature + probe.noise * 4 / t) / unit)
    low, high = np.minimum(*sides), np.maximum(*sides)
    jumps = high - low
    alone = np.count_nonzero(jumps > 0.01 * np.max(jumps)) == 1
    single = alone and jumps.size == probe.point[entry[0]].size > 1
    return Interval(float(np.sum(low)), float(np.sum(high)), error, bool(single), bool(alone))


def _tied(probe: Probe, entries: Sequence[Entry], rung: int) -> list[list[Entry]]:
    """Group the entries whose kinks are one kink: moved together, their jumps do not add up."""
    if not 2 <= len(entries) <= MOST_PAIRED:
        return [list(entries)] if len(entries) > MOST_PAIRED else []
    t = 4.0**-rung
    unit = min(_unit(probe, entry) for entry in entries)
    alone = [_jump(probe, _moving(probe.point, [entry], unit), t) for entry in entries]
    group = list(range(len(entries)))
    for j in range(len(entries)):
        for i in range(j):
            if group[i] == group[j]:
                continue
            both = _jump(probe, _moving(probe.point, [entries[i], entries[j]], unit), t)
            if abs(both - alone[i] - alone[j]) > 0.2 * max(abs(alone[i]), abs(alone[j])):
                group = [group[i] if g == group[j] else g for g in group]
    groups = [[e for e, g in zip(entries, group, strict=True) if g == name] for name in set(group)]
    return [g for g in groups if len(g) > 1]
