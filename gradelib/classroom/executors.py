"""Where hand-ins are examined: processes of this machine, or a Dask cluster.

on_processes(jobs)     an executor on so many processes of this machine
on_cluster(address)    an executor on a Dask scheduler's workers
Workers                an executor, how many hand-ins it takes at once, and how to end it at once
"""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from gradelib.exam.hall import halls
from gradelib.exam.texts.notebook import one_line

from .course import CourseError
from .verdicts import source_digest
from .worker import sit_in

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


@contextmanager
def on_processes(jobs: int, sandboxed: bool = True) -> Iterator[Workers]:
    """An executor that examines in `jobs` processes, which are started at once.

    They end at the end of the `with`, amid what they are doing if it raises.
    """
    free = deque(opened := halls(jobs, sandboxed))
    pool = ThreadPoolExecutor(jobs, "grading", lambda: sit_in(free.popleft()))
    try:
        yield Workers(pool, jobs)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for hall in opened:
            hall.end()
        raise
    finally:
        pool.shutdown()
        for hall in opened:
            hall.close()


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
