"""Where hand-ins are examined: processes of this machine, or a Dask cluster.

on_processes(jobs)     an executor on so many processes of this machine
on_cluster(address)    an executor on a Dask scheduler's workers
Workers                an executor, how many hand-ins it takes at once, and how to end it at once
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from gradelib.exam.notebook import one_line

from .course import CourseError
from .verdicts import source_digest
from .worker import start_worker

T = TypeVar("T")

PATIENCE = 10
"""Seconds that a scheduler has to answer."""


@dataclass(frozen=True)
class Workers:
    """An executor, and how many hand-ins it examines at once."""

    executor: Executor
    jobs: int

    @property
    def ahead(self) -> int:
        """How many hand-ins to have in memory: enough that no worker waits for the next one."""
        return 2 * self.jobs + 1


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Processes(Executor):
    """A pool of processes that is made anew when one of them dies.

    The futures of a pool that broke fail with BrokenExecutor; the next `submit` finds a new pool.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Run fn(*args, **kwargs) in one of the processes."""
        if self._pool is None:
            self._pool = self._made()
        with _no_interrupts():
            try:
                return self._pool.submit(fn, *args, **kwargs)
            except BrokenExecutor:
                self._pool.shutdown(wait=True)
                self._pool = self._made()
                return self._pool.submit(fn, *args, **kwargs)

    def _made(self) -> ProcessPoolExecutor:
        # spawn: a fork would copy what this process holds, the gradebook's connection among it.
        return ProcessPoolExecutor(self.jobs, get_context("spawn"), initializer=start_worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes, after what they are doing."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait, cancel_futures=cancel_futures)

    def terminate(self) -> None:
        """End the processes now."""
        for process in list((getattr(self._pool, "_processes", None) or {}).values()):
            with suppress(Exception):
                process.terminate()
        self.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back: a process that begins meanwhile inherits that until it is ready for it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def on_processes(jobs: int) -> Iterator[Workers]:
    """An executor on `jobs` processes. They end at the end of the `with`, at once if it raises."""
    pool = Processes(jobs)
    try:
        yield Workers(pool, jobs)
    except BaseException:
        pool.terminate()
        raise
    pool.shutdown()


@contextmanager
def on_cluster(address: str) -> Iterator[Workers]:
    """An executor on the workers of the Dask scheduler at `address`.

    Raises CourseError where Dask is not installed, no scheduler answers, it has no workers, or one
    of them has another gradelib than this one.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise CourseError("--cluster needs Dask: pip install 'gradelib[cluster]'") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on large tasks: hand-ins are what they are
        try:
            client: Any = Client(  # type: ignore[no-untyped-call]
                address, timeout=PATIENCE, set_as_default=False
            )
        except Exception as error:
            raise CourseError(
                f"no Dask scheduler answers at {address} ({one_line(error, 80)}); "
                "start one with `dask scheduler` and give its address, tcp://HOST:PORT"
            ) from error
        try:
            jobs = sum(client.ncores().values())
            if not jobs:
                raise CourseError(
                    f"the scheduler at {address} has no workers; start one: dask worker {address}"
                )
            own = source_digest()
            try:
                theirs = client.run(source_digest)
            except Exception as error:
                raise CourseError(
                    f"a worker of {address} cannot load gradelib ({one_line(error, 80)}); install "
                    "gradelib[grading,cluster] there"
                ) from error
            others = sorted(name for name, digest in theirs.items() if digest != own)
            if others:
                raise CourseError(
                    f"{others[0]} has another gradelib than this machine; install the same one"
                )
            yield Workers(client.get_executor(), jobs)
        finally:
            with suppress(Exception):
                client.close(timeout=PATIENCE)
