"""A check that fails on the exam's inputs, told as the student's own notebook tells it.

The exam draws other inputs for each student, so that nobody can look answers up; the fingerprints
of single slips know the notebook's inputs only. What fails on both is shown as it was seen at home:
with the same numbers, and with the mistake named in the same words.

wanted(outputs)            whether a failed check belongs to an exercise
familiar(outputs, seen)    the outputs, with failed reports as the notebook shows them
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradelib.checks.reports.report import DATA
from gradelib.exam.running.outputs import Output

__all__ = ["familiar", "wanted"]


def wanted(outputs: Sequence[Output]) -> bool:
    """Whether there is a report of a failed check that names its exercise."""
    return any(_failure(output) is not None for output in outputs)


def familiar(outputs: Sequence[Output], seen: Sequence[Output]) -> list[Output]:
    """Return `outputs` with the reports of `seen` in place of those that fail in the same way.

    Each report of `seen` serves once, and the first that fails so gets it: a test shows its
    visible checks before its hidden ones.
    """
    left = [(failure, output) for output in seen if (failure := _failure(output)) is not None]
    told = []
    for output in outputs:
        failure = _failure(output)
        same = next((entry for entry in left if failure is not None and entry[0] == failure), None)
        if same is not None:
            left.remove(same)
            output = same[1]
        told.append(output)
    return told


def _failure(output: Output) -> tuple[Any, ...] | None:
    """What fails, and how: exercise, subject, and each gradient's outcome. None where nothing does.

    The reports are the examiner's own, so their form is known.
    """
    report = output.get("data", {}).get(DATA)
    if not isinstance(report, dict) or report["verdict"] == "passed" or not report["exercise"]:
        return None
    outcomes = tuple((part["name"], part["outcome"]) for part in report["comparisons"])
    return report["exercise"], report["subject"], outcomes
