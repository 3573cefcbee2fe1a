"""An assignment, ready to be graded: its paper, rehearsed, and tried on its own solution.

Options        time, memory, and what else a person may choose
ready(...)     prepare an assignment, once for each version of it
not_isolated   what to say where hand-ins cannot be isolated
Ready          its paper, and the tasks made of hand-ins
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn, read_hand_in
from gradelib.exam.texts.notebook import one_line
from gradelib.exam.texts.paper import Paper

from . import private
from .batch import Task
from .course import Course, CourseError
from .verdicts import Verdicts, source_digest, write_file
from .worker import examine_one, rehearse_one

CELL_TIMEOUT = 60
"""Seconds that a cell may take, unless the course or the caller says otherwise."""


@dataclass(frozen=True)
class Options:
    """What a person may choose. Times are in seconds, memory in megabytes; None is the default.

    `force` examines again what has a verdict; without `sandboxed` nothing holds a hand-in's code.
    """

    timeout: float | None = None
    cell_timeout: float | None = None
    memory: int | None = None
    force: bool = False
    sandboxed: bool = True

    def limits(self, course: Course) -> Limits:
        """The exam's limits; a cell has the time of the course's `Execute.timeout`."""
        own = course.config().Execute.get("timeout", CELL_TIMEOUT)
        limits = Limits(cell=float(self.cell_timeout or own or CELL_TIMEOUT))
        if self.timeout is not None:
            limits = replace(limits, wall=float(self.timeout))
        if self.memory is not None:
            limits = replace(limits, memory=self.memory * 1_000_000)
        return limits


@dataclass(frozen=True)
class Ready:
    """An assignment's paper, and what its tasks share."""

    course: Course
    paper: Paper
    packed: bytes
    digest: str
    limits: Limits

    @cached_property
    def tests(self) -> dict[tuple[str, str], float]:
        """The points of each cell that the exam grades, by notebook and grade_id."""
        return {
            (name, str(cell.grade_id)): float(cell.points or 0.0)
            for name, master in self.paper.notebooks.items()
            for cell in master.cells
            if cell.test
        }

    @property
    def max_score(self) -> float:
        """What the tests can give."""
        return sum(self.tests.values())

    @cached_property
    def by_person(self) -> frozenset[tuple[str, str]]:
        """The cells that a person grades."""
        return frozenset(
            (name, str(cell.grade_id))
            for name, master in self.paper.notebooks.items()
            for cell in master.cells
            if cell.by_person
        )

    def task(self, hand_in: HandIn, options: Options) -> Task:
        """The task of one hand-in."""
        return Task(
            hand_in=hand_in,
            paper=self.packed,
            paper_digest=self.digest,
            seed=private.seed(self.course, hand_in.student),
            limits=self.limits,
            sandboxed=options.sandboxed,
        )


def ready(
    course: Course,
    master: Paper,
    executor: Executor,
    options: Options,
    store: Verdicts,
    examine: Callable[[Task], bytes] = examine_one,
    rehearse: Callable[[Task], bytes] = rehearse_one,
) -> Ready:
    """Prepare an assignment. What takes time is kept in .grading/ for the next call.

    Raises CourseError where its own solution does not earn all points, or nothing can be examined.
    """
    assignment = master.assignment
    digest, limits = master.digest(), options.limits(course)
    made = Ready(
        course=course,
        paper=master,
        packed=pickle.dumps((master, None)),
        digest=digest,
        limits=limits,
    )
    solution = read_hand_in(course.source(assignment), "", assignment)
    task = made.task(solution, options)
    made = replace(
        made, packed=pickle.dumps((master, _rehearsal(course, task, executor, rehearse)))
    )
    _try_solution(assignment, made.task(solution, options), executor, store, examine)
    return made


def _rehearsal(
    course: Course, task: Task, executor: Executor, rehearse: Callable[[Task], bytes]
) -> Any:
    """The outputs of cells that are the same for everyone; they stay the same for this paper."""
    folder = private.folder(course) / "rehearsals" / task.hand_in.assignment
    path = folder / f"{task.paper_digest[:32]}-{source_digest()[:16]}.json"
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        data = _one(executor, rehearse, task)
    folder.mkdir(parents=True, exist_ok=True)
    write_file(path, data)
    for earlier in folder.iterdir():
        if earlier != path:
            earlier.unlink(missing_ok=True)
    return json.loads(data)


def not_isolated(error: BaseException) -> str | None:
    """What to say where a Hall failed because this machine cannot isolate hand-ins; else None."""
    _, sign, what = str(error).partition("IsolationError: ")
    if not sign:
        return None
    return f"hand-ins cannot be isolated here ({what}); see gradelib doctor, or use --no-sandbox"


def _one(executor: Executor, work: Callable[[Task], bytes], task: Task) -> bytes:
    try:
        return executor.submit(work, task).result()
    except Exception as error:
        if refused := not_isolated(error):
            raise CourseError(refused) from error
        raise CourseError(
            f"assignment {task.hand_in.assignment!r} cannot be examined: {one_line(error)}"
        ) from error


def _try_solution(
    assignment: str,
    task: Task,
    executor: Executor,
    store: Verdicts,
    examine: Callable[[Task], bytes],
) -> None:
    """Examine the assignment's own solution, unless that was done. Raises CourseError."""
    data = store.find(task)
    if data is None:
        data = _one(executor, examine, task)
        store.keep(task, data)
    store.drop_others(task)
    for name, judged in json.loads(data)["notebooks"].items():
        if judged["status"] != "graded":
            raise CourseError(
                f"assignment {assignment!r} cannot be graded: its own {name}.ipynb is "
                f"{judged['status']} ({judged['why']})"
            )
        for cell in judged["cells"]:
            if cell["outcome"] != "by person" and cell["score"] != cell["points"]:
                raise CourseError(
                    f"assignment {assignment!r} cannot be graded: its own solution gets "
                    f"{cell['score']:g} of {cell['points']:g} points in {cell['grade_id']!r} of "
                    f"{name}.ipynb ({cell['why'] or cell['outcome']}); put the test or the "
                    "solution right"
                )
