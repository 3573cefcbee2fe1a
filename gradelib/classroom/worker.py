"""What runs in a worker: a thread of ours, or of a Dask worker, that has hand-ins examined.

examine_one(task)   a verdict's bytes: a pure function of the task
rehearse_one(task)  what is the same for every student of an assignment
packed(verdict)     a verdict as bytes; equal verdicts give equal bytes
sit_in(hall)        use this Hall in this thread
examine_here()      close this thread's Hall at the end of a `with`

A worker keeps one Hall for each of its threads, made at the first hand-in and closed at the end.
"""

from __future__ import annotations

import json
import math
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradelib.exam.hall import Hall
    from gradelib.exam.texts.paper import Paper

    from .batch import Task

_mine = threading.local()


def examine_one(task: Task) -> bytes:
    """Examine a hand-in and return its verdict as JSON.

    An examiner that fails is replaced once. Raises what the second one raises.
    """
    paper, rehearsal = _paper(task)
    return packed(
        _with_hall(
            task,
            lambda hall: hall.examine(
                task.hand_in, paper, task.seed, task.limits, rehearsal=rehearsal
            ),
        )
    )


def rehearse_one(task: Task) -> bytes:
    """What a paper's cells put out that are the same for every student, as JSON."""
    paper, _ = _paper(task)
    return packed(_with_hall(task, lambda hall: hall.rehearse(paper)))


def _with_hall(task: Task, work: Callable[[Hall], dict[str, Any]]) -> dict[str, Any]:
    """Do the work with this thread's Hall, and once more with a new examiner where that fails."""
    hall = _hall(task.sandboxed)
    try:
        return work(hall)
    except Exception:
        if hall.ended:
            raise
        hall.close()
        return work(hall)


def packed(verdict: dict[str, Any]) -> bytes:
    """A verdict as JSON in bytes, keys sorted; what is no finite number becomes null."""
    try:
        text = json.dumps(verdict, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(verdict), sort_keys=True, separators=(",", ":"))
    return text.encode("ascii")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _paper(task: Task) -> tuple[Paper, Any]:
    """The task's paper and rehearsal, kept for the next hand-in of the same assignment."""
    known = getattr(_mine, "paper", None)
    if known is None or known[0] != task.paper:
        known = _mine.paper = (task.paper, pickle.loads(task.paper))  # noqa: S301 - our own
    found: tuple[Paper, Any] = known[1]
    return found


def _hall(sandboxed: bool) -> Hall:
    """This thread's Hall."""
    known: tuple[Hall, Any] | None = getattr(_mine, "hall", None)
    if known is not None and known[0].sandboxed == sandboxed:
        return known[0]
    from gradelib.exam.hall import Hall

    _close()
    sit_in(hall := Hall(sandboxed=sandboxed))
    return hall


def sit_in(hall: Hall) -> None:
    """Use this Hall in this thread; it is closed at the latest at the end of the process."""
    _mine.hall = (hall, Finalize(None, hall.close, exitpriority=10))


def _close() -> None:
    known = getattr(_mine, "hall", None)
    _mine.hall = None
    if known is not None:
        known[1]()  # closes it once, now and not at the end of the process


@contextmanager
def examine_here() -> Iterator[None]:
    """Close this thread's Hall at the end: for those who examine in a thread of their own."""
    try:
        yield
    finally:
        _close()
