"""An exam without a sandbox, for tests of what happens around it: quick, and for trusted code only.

examine(task)     a verdict's bytes, as gradelib.classroom.worker.examine_one gives them
rehearse(task)    nothing is rehearsed
grade(course)     the tiny course's hand-ins, graded with it
rows(course)      what stands in the gradebook then
Hand-ins of a student whose id starts with "killer" kill their process; "once-" does so once.
"""

from __future__ import annotations

import ast
import json
import os
import pickle
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tiny_course import ASSIGNMENT

from gradelib.classroom import grading
from gradelib.classroom.batch import Outcome, Task
from gradelib.classroom.course import Course
from gradelib.classroom.executors import Workers
from gradelib.classroom.gradebook import opened
from gradelib.classroom.ready import Options
from gradelib.classroom.worker import packed
from gradelib.exam.texts.handin import sort_out
from gradelib.exam.texts.rebuild import rebuild


def examine(task: Task) -> bytes:
    """Run every cell of a hand-in right here, and count."""
    student = task.hand_in.student
    if student.startswith("killer") or (student.startswith("once-") and _first_time(student)):
        os.kill(os.getpid(), signal.SIGKILL)
    if student.startswith("fails"):
        raise OSError("disk on fire\nsecond line")
    time.sleep(float(os.environ.get("STAND_IN_SECONDS", "0")))
    if counter := os.environ.get("STAND_IN_LOG"):
        with open(counter, "a", encoding="utf-8") as file:
            file.write(f"{student}\n")
    paper, _ = pickle.loads(task.paper)  # noqa: S301
    found = sort_out(task.hand_in, paper)
    notebooks = {}
    notes = list(found.notes)
    for name, master in paper.notebooks.items():
        if name in found.notebooks:
            nb = found.notebooks[name]
            notes += rebuild(nb, master.cells)
            notebooks[name] = _run(nb, master)
        else:
            status = "missing" if name in found.missing else "unreadable"
            why = {**found.missing, **found.unreadable}[name]
            notebooks[name] = {"status": status, "why": why, "notebook": None, "cells": []}
    return packed(
        {
            "format": 1,
            "student": student,
            "assignment": task.hand_in.assignment,
            "isolation": "none",
            "cause": found.cause,
            "notes": notes,
            "notebooks": notebooks,
        }
    )


def rehearse(task: Task) -> bytes:
    """Nothing."""
    return b"null"


def _first_time(student: str) -> bool:
    try:
        Path(os.environ["STAND_IN_MARKS"], student).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _run(nb, master):  # type: ignore[no-untyped-def]
    space: dict[str, object] = {}
    known = {cell.grade_id: cell for cell in master.cells if cell.grade_id}
    cells = []
    for cell in nb.cells:
        meta = known.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        value, why = None, None
        if cell.cell_type == "code":
            try:
                *body, last = ast.parse(meta.source if meta and meta.test else cell.source).body
                exec(compile(ast.Module(body, []), "cell", "exec"), space)
                if isinstance(last, ast.Expr):
                    value = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
                else:
                    exec(compile(ast.Module([last], []), "cell", "exec"), space)
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
        if meta and meta.points is not None:
            score = 0.0 if why else value if isinstance(value, float) else float(meta.points)
            cells.append(
                {
                    "grade_id": meta.grade_id,
                    "points": meta.points,
                    "score": None if meta.by_person else score,
                    "outcome": "by person" if meta.by_person else "failed" if why else "passed",
                    "why": why,
                }
            )
    return {"status": "graded", "why": None, "notebook": json.loads(json.dumps(nb)), "cells": cells}


def grade(course: Course, student: str | None = None, **options: bool) -> dict[str, Outcome]:
    """Grade the tiny course's hand-ins in this process, and return what became of each."""
    submissions = course.submissions(ASSIGNMENT, student)
    with ThreadPoolExecutor(1) as executor:
        found = grading.grade(
            course,
            submissions,
            Workers(executor, 1),
            Options(**options),
            examine=examine,
            rehearse=rehearse,
        )
        return {outcome.student: outcome for outcome in found}


def rows(course: Course) -> list[tuple[object, ...]]:
    """The gradebook's rows, without the random names that nbgrader gives them."""
    with opened(course) as book:
        return sorted(
            (
                *(submission.student.id, submission.name, str(submission.timestamp)),
                *(notebook.name, notebook.late_submission_penalty, notebook.flagged),
                *(row.name, type(row).__name__),
                *(str(getattr(row, name, "")) for name in COLUMNS),
            )
            for assignment in book.assignments
            for submission in assignment.submissions
            for notebook in submission.notebooks
            for row in [*notebook.grades, *notebook.comments]
        )


COLUMNS = (
    *("auto_score", "manual_score", "extra_credit", "needs_manual_grade"),
    *("auto_comment", "manual_comment"),
)
