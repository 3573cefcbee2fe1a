"""When an exam must end, and when the cell that runs now must.

Clock(total, cell)   seconds for the whole exam and for each cell, on the monotonic clock
"""

from __future__ import annotations

import time


class Clock:
    """One wall clock for all of an exam; each cell has a limit of its own within it, in seconds."""

    def __init__(self, total: float, cell: float) -> None:
        self.total = total
        self.cell = cell
        self.end = time.monotonic() + total
        self.cell_end = self.end

    def begin_cell(self, limit: float | None = None) -> None:
        """A cell begins now; it may take `limit` seconds, or what every cell may."""
        self.cell_end = time.monotonic() + (self.cell if limit is None else limit)

    def stop(self) -> None:
        """The exam's time is over now."""
        self.end = min(self.end, time.monotonic())

    def deadline(self) -> float:
        """The moment (of time.monotonic) at which what runs now must have ended."""
        return min(self.end, self.cell_end)

    def left(self) -> float:
        """Seconds until that moment, at least zero."""
        return max(0.0, self.deadline() - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether the whole exam's time has passed."""
        return time.monotonic() >= self.end

    def limit(self) -> str:
        """The limit that ends what runs now, in words."""
        whole = self.end <= self.cell_end
        return f"{self.total:g} s for the whole hand-in" if whole else f"{self.cell:g} s for a cell"
