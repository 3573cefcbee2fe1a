"""Which functions a student's code calls beside the point: `Watch`.

Finite differences evaluate a function at inputs moved by a small step. `Watch` listens to the
calls of Python functions while it is entered, whoever makes them and under whatever name, and
compares their array arguments with the inputs of the check. Calling the forward pass again at the
inputs themselves, to save memory, is no evidence; one entry after the other moved, the same array
moved there and back, and a complex array whose real part is the input are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from gradelib.checks.slopes.numeric import Array

__all__ = ["Watch"]

MOST_CALLS = 400  # of which the arguments are looked at
ENOUGH = 8  # entries moved one after the other
NEAR = 1e-2  # a step of finite differences, relative to the largest entry (or to 1)
SAMPLE = 16  # entries that tell most other arrays from an input
ITEMS = 32  # of a tuple, list or dict that is an argument
PASSING_ON = ("numpy", "gradelib.checks")  # what they are handed comes from elsewhere
VARIADIC = 0x04 | 0x08  # the code flags of a function that takes *args, and **kwargs


class Watch:
    """Entered around a call; `moved` or `complex` afterwards say what was seen."""

    def __init__(self, point: Sequence[Array]) -> None:
        self.point = [x for x in point if x.size]
        self._near = [NEAR * max(1.0, float(x.max()), -float(x.min())) for x in self.point]
        self.complex = False
        self.moved = False
        self._calls = 0
        self._single: dict[tuple[CodeType, int], set[int]] = {}
        self._whole: dict[tuple[CodeType, int], list[Array]] = {}
        self._before: Any = None

    def __enter__(self) -> Watch:
        self._before = sys.getprofile()
        if self._before is None or callable(self._before):  # one written in C can't be put back
            sys.setprofile(self._listen)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._before is None or callable(self._before):
            sys.setprofile(self._before)

    def _listen(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "call" or self.moved or self._calls >= MOST_CALLS:
            return
        if str(frame.f_globals.get("__name__")).startswith(PASSING_ON):
            return
        try:
            code = frame.f_code
            count = code.co_argcount + code.co_kwonlyargcount
            count += (code.co_flags & VARIADIC).bit_count()
            if not count:
                return
            held = frame.f_locals
            values = [held.get(name) for name in code.co_varnames[:count]]
            seen = [self._look(code, value) for value in values]
            self._calls += any(seen)
        except Exception:  # a student's object that cannot be looked at
            return

    def _look(self, code: CodeType, value: Any, depth: int = 1) -> bool:
        """Note where an argument is an input that was moved; whether there was one to look at."""
        if type(value) in (np.ndarray, float, np.float64, complex, np.complex128):
            seen = [self._compare(code, k, np.asarray(value)) for k in range(len(self.point))]
            return any(seen)
        if depth and type(value) in (tuple, list, dict) and len(value) <= ITEMS:
            items = value.values() if isinstance(value, dict) else value
            return any([self._look(code, item, depth - 1) for item in items])  # noqa: C419 - look at all
        return False

    def _compare(self, code: CodeType, k: int, value: np.ndarray[Any, Any]) -> bool:
        x = self.point[k]
        if value.shape != x.shape and value.shape != (x.size,):
            return False
        if value.dtype.kind == "c":
            step = value.ravel() - x.ravel()
            self.complex |= bool(np.any(step.imag) and not np.any(step.real))
            return True
        if value.dtype.kind != "f":
            return False
        some = value.ravel()[:SAMPLE] - x.ravel()[:SAMPLE]
        if np.max(np.abs(some)) > self._near[k]:
            return False  # another array altogether
        step = value.ravel() - x.ravel()
        there = np.flatnonzero(step)
        largest = float(np.max(np.abs(step)))
        if not 0 < largest <= self._near[k]:
            return bool(there.size)
        if there.size == 1 < x.size:
            single = self._single.setdefault((code, k), set())
            single.add(int(there[0]))
            self.moved |= len(single) >= min(ENOUGH, x.size)
        earlier = self._whole.setdefault((code, k), [])
        opposite = [np.max(np.abs(step + other)) <= 1e-3 * largest for other in earlier]
        self.moved |= any(opposite)
        if len(earlier) < 3:
            earlier.append(step)
        return True
