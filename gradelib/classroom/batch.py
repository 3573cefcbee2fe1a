"""Grading many hand-ins on any executor: a process pool, a Dask cluster, or this thread.

Submission       one student's folder for one assignment
Task             a hand-in with all that is needed to examine it anywhere
Outcome          what grading it gave, for the terminal
Examined         what became of one: a verdict's bytes, or why there is none
grade_all(...)   every hand-in, as they come; a worker that dies costs none of them
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradelib.exam.texts.notebook import one_line

if TYPE_CHECKING:
    from gradelib.exam.sandbox.limits import Limits
    from gradelib.exam.texts.handin import HandIn

POLL = 0.2
"""Seconds between two looks at whether to stop."""


@dataclass(frozen=True)
class Submission:
    """One student's hand-in for one assignment."""

    student: str
    assignment: str
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What grading a hand-in gave. Scores are points that the tests give, in [0, max_score].

    `cause` says in one line why a hand-in could not be graded, or not to its end; None when it was.
    `notes` are things that were put right. `waiting` counts answers that a person has yet to grade.
    `isolation` is what the exam held it with: "full", "partly: ..." or "none".
    """

    student: str
    assignment: str
    score: float
    max_score: float
    cause: str | None = None
    notes: tuple[str, ...] = ()
    waiting: int = 0
    isolation: str = "full"


@dataclass(frozen=True)
class Task:
    """A hand-in, ready to be examined in any process on any machine.

    `paper` is a Paper and its rehearsal, pickled once for all hand-ins; `paper_digest` is the
    Paper's digest.
    """

    hand_in: HandIn
    paper: bytes
    paper_digest: str
    seed: bytes
    limits: Limits
    sandboxed: bool = True


@dataclass(frozen=True)
class Examined:
    """What became of a submission: the verdict's bytes, or in `error` why there is none.

    `task` is None where the hand-in could not even be read. `fresh` says that the verdict was made
    now and not found.
    """

    submission: Submission
    task: Task | None = None
    verdict: bytes | None = None
    error: BaseException | None = None
    fresh: bool = True


@dataclass
class _Run:
    """A task on its way; `lost` counts the workers that died under it while it ran alone."""

    submission: Submission
    task: Task
    lost: int = 0


def grade_all(
    submissions: Iterable[Submission],
    executor: Executor,
    prepare: Callable[[Submission], tuple[Task, bytes | None]],
    *,
    examine: Callable[[Task], bytes],
    ahead: int = 4,
    tries: int = 3,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Examined]:
    """Examine each hand-in on the executor and yield what became of it, as it comes.

    `prepare` gives a submission's task, and its verdict where that is already known; `examine` must
    be picklable. At most `ahead` hand-ins are in memory at once. When a worker dies, the hand-ins
    that were on their way run again one by one, so that the one which kills workers costs no other;
    it is given up after `tries` times. Once `stopped()` is true nothing new is begun, and what is
    running is left.
    """
    waiting = iter(submissions)
    running: dict[Future[bytes], _Run] = {}
    suspects: deque[_Run] = deque()
    left = True
    try:
        while not stopped():
            while left and not suspects and len(running) < ahead and not stopped():
                submission = next(waiting, None)
                if submission is None:
                    left = False
                    break
                try:
                    task, known = prepare(submission)
                except Exception as error:
                    yield Examined(submission, error=error)
                    continue
                if known is not None:
                    yield Examined(submission, task, known, fresh=False)
                    continue
                yield from _submit(executor, examine, _Run(submission, task), running)
            if suspects and not running:
                yield from _submit(executor, examine, suspects.popleft(), running)
            if not running:
                if not left and not suspects:
                    return
                continue
            alone = len(running) == 1
            done, _ = wait(running, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                run = running.pop(future)
                fault = _exception(future)
                if fault is None:
                    yield Examined(run.submission, run.task, future.result())
                elif not _worker_was_lost(fault):
                    yield Examined(run.submission, run.task, error=fault)
                else:
                    run.lost += alone
                    if run.lost < tries:
                        suspects.append(run)
                    else:
                        lost = WorkerLostError(run.lost, fault)
                        yield Examined(run.submission, run.task, error=lost)
    finally:
        for future in running:
            future.cancel()


class WorkerLostError(Exception):
    """A hand-in whose worker died each time. `times` is how often."""

    def __init__(self, times: int, last: BaseException) -> None:
        super().__init__(
            f"the process that examined it died {times} times ({one_line(last, 80)}); "
            "look for a lack of memory on this machine, then grade again"
        )
        self.times = times


def _submit(
    executor: Executor,
    examine: Callable[[Task], bytes],
    run: _Run,
    running: dict[Future[bytes], _Run],
) -> Iterator[Examined]:
    """Give a run to the executor; yields its failure where that does not work."""
    try:
        running[executor.submit(examine, run.task)] = run
    except Exception as error:
        yield Examined(run.submission, run.task, error=error)


def _exception(future: Future[bytes]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


def _worker_was_lost(error: BaseException) -> bool:
    """Whether the process died and not the task failed; Dask has exceptions of its own for that."""
    if isinstance(error, (BrokenExecutor, CancelledError)):
        return True
    return type(error).__module__.startswith("distributed")
