"""Kinks: where the point sits on one, which entries do, and which gradients are allowed there.

At a kink (a ReLU at exactly 0, a tie in a max) a function has two one-sided slopes, and every
number between them is a right gradient. `kinked_entries` finds the entries of the inputs that sit
on a kink; `allowed` gives the interval of each; `tied` groups the entries that must move together,
because what one of them gains the other loses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradelib.checks.numeric import Array, Direction, Probe, spread

__all__ = ["Entry", "Interval", "allowed", "kinked_entries", "moving", "tied", "without"]

Entry = tuple[int, int]  # input, flat index in it
MOST_TESTS = 3000
MOST_PAIRED = 24  # entries among which every pair is tried for a tie


@dataclass(frozen=True)
class Interval:
    """The slopes between which a gradient entry may lie, each known to +- `error`."""

    low: float
    high: float
    error: float

    def holds(self, value: float) -> bool:
        slack = 6 * self.error + 1e-7 * max(abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack


def without(direction: Direction, entries: Sequence[Entry]) -> Direction:
    """The same direction with the given entries at rest."""
    still = [None if v is None else v.copy() for v in direction]
    for block, index in entries:
        v = still[block]
        if v is not None:
            v.flat[index] = 0.0
    return still


def moving(point: Sequence[Array], entries: Sequence[Entry], unit: float) -> Direction:
    """The direction that moves each of the given entries by `unit`."""
    direction: list[Array | None] = [None] * len(point)
    for block, index in entries:
        v = direction[block]
        if v is None:
            v = direction[block] = np.zeros_like(point[block])
        v.flat[index] = unit
    return direction


def _jump(probe: Probe, direction: Direction, t: float) -> float:
    """The difference between the one-sided slopes at step t."""
    return (probe.change(direction, t) + probe.change(direction, -t)) / t


def _has_kink(probe: Probe, direction: Direction, rung: int) -> bool:
    """Whether the jump between the slopes stays when the step shrinks by 4."""
    t = 4.0**-rung
    wide, narrow = _jump(probe, direction, t), _jump(probe, direction, t / 4)
    return abs(narrow) > max(0.6 * abs(wide), 20 * probe.noise * 4 / t)


def kinked_entries(probe: Probe, direction: Direction, rung: int) -> list[Entry] | None:
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


def allowed(probe: Probe, entry: Entry, rung: int) -> Interval:
    """Return the interval of gradients that are right at an entry on a kink."""
    unit = spread(probe.point[entry[0]])
    direction = moving(probe.point, [entry], unit)
    t = 4.0**-rung
    ends, error = [], 0.0
    for sign in (-1.0, 1.0):
        far = probe.change(direction, sign * t) / (sign * t)
        near = probe.change(direction, sign * t / 4) / (sign * t / 4)
        ends.append((near + (near - far) / 3) / unit)
        error = max(error, (abs(near - far) / 3 + probe.noise * 4 / t) / unit)
    return Interval(min(ends), max(ends), error)


def tied(probe: Probe, entries: Sequence[Entry], rung: int) -> list[list[Entry]]:
    """Group the entries whose kinks are one kink: moved together, their jumps do not add up."""
    if not 2 <= len(entries) <= MOST_PAIRED:
        return [list(entries)] if len(entries) > MOST_PAIRED else []
    t = 4.0**-rung
    unit = min(spread(probe.point[block]) for block, _ in entries)
    alone = [_jump(probe, moving(probe.point, [entry], unit), t) for entry in entries]
    group = list(range(len(entries)))
    for j in range(len(entries)):
        for i in range(j):
            if group[i] == group[j]:
                continue
            both = _jump(probe, moving(probe.point, [entries[i], entries[j]], unit), t)
            if abs(both - alone[i] - alone[j]) > 0.2 * max(abs(alone[i]), abs(alone[j])):
                group = [group[i] if g == group[j] else g for g in group]
    groups = [[e for e, g in zip(entries, group, strict=True) if g == name] for name in set(group)]
    return [g for g in groups if len(g) > 1]
