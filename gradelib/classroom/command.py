"""The verb `gradelib grade`: what is graded, by whom, and what the terminal says of it.

run(...)       grade, show, and return the exit code: 0 all graded, 1 some not
Interrupts     a `with` in which Ctrl-C asks to stop, and a second one stops at once
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

from rich.markup import escape

from .batch import Outcome, Submission
from .course import Course, CourseError
from .executors import Workers, cores, on_cluster, on_processes
from .ready import Options
from .terminal import console, progress_bar, say, say_absent, show

AGAIN = "; the same command goes on with the rest"


def run(
    course: Course,
    assignments: Sequence[str],
    *,
    student: str | None,
    jobs: int | None,
    cluster: str | None,
    options: Options,
) -> int:
    """Grade the hand-ins of the assignments, or one student's, and show what became of them.

    Raises CourseError where nothing can be graded.
    """
    from .grading import StoppedError, grade

    submissions = _submissions(course, assignments, student)
    outcomes: list[Outcome] = []
    problem: str | None = None
    with Interrupts() as interrupts:
        try:
            with (
                _workers(jobs, cluster, len(submissions), options) as workers,
                progress_bar() as progress,
            ):
                task = progress.add_task("grading", total=len(submissions))
                for outcome in grade(
                    course, submissions, workers, options, stopped=interrupts.asked
                ):
                    outcomes.append(outcome)
                    progress.update(
                        task, advance=1, description=escape(f"graded {outcome.student[:30]}")
                    )
        except (StoppedError, KeyboardInterrupt) as stop:
            problem = str(stop) or "interrupted"
    outcomes.sort(key=lambda outcome: (outcome.assignment, outcome.student))
    show(outcomes, course)
    if problem is not None:
        done, all_ = len(outcomes), len(submissions)
        text = f"gradelib: {problem}: {done} of {all_} are in the gradebook"
        console(stderr=True).print(escape(text + AGAIN), soft_wrap=True)
        return 1
    if student is None:
        for assignment in assignments:
            say_absent(course, assignment)
    return int(any(outcome.cause for outcome in outcomes))


def _submissions(
    course: Course, assignments: Sequence[str], student: str | None
) -> list[Submission]:
    for assignment in assignments:
        course.require(assignment)
    found = [entry for name in assignments for entry in course.submissions(name, student)]
    if not found:
        place = course.root / course.directory.submitted_directory / "STUDENT"
        for assignment in assignments:
            say_absent(course, assignment)
        raise CourseError(f"no hand-ins: there is no folder {place / ' or '.join(assignments)}")
    return found


def _workers(
    jobs: int | None, cluster: str | None, most: int, options: Options
) -> AbstractContextManager[Workers]:
    """Where to examine: the cluster, or as many processes as there are processors or hand-ins."""
    if cluster is not None:
        if jobs is not None:
            raise CourseError("--jobs is for this machine; a cluster has its own workers")
        return on_cluster(cluster)
    return on_processes(jobs or min(cores(), most), options.sandboxed)


class Interrupts:
    """A `with` in which the first Ctrl-C only makes `asked()` true, and a second one interrupts."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def asked(self) -> bool:
        """Whether someone has pressed Ctrl-C."""
        return self._asked

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        say("stopping: what is being written is finished first")

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
