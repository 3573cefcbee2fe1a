"""A check that fails on the exam's inputs, told as the student's own notebook tells it.

The exam draws other inputs for each student, so that nobody can look answers up; the fingerprints
of single slips know the notebook's inputs only. What fails on both is shown as it was seen at home:
with the same numbers, and with the mistake named in the same words.

wanted(outputs)              whether a failed check belongs to an exercise
untold(outputs, seen)        whether a check fails of which `seen` names no mistake
familiar(outputs, *tellings) the outputs, with failed reports as they are told elsewhere
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradelib.checks.reports.report import DATA
from gradelib.exam.running.outputs import Output

__all__ = ["familiar", "untold", "wanted"]


def wanted(outputs: Sequence[Output]) -> bool:
    """Whether there is a report of a failed check that names its exercise."""
    return any(failure[0] for failure, _ in _failures(outputs))


def untold(outputs: Sequence[Output], seen: Sequence[Output]) -> bool:
    """Whether a check fails, of an exercise and a subject of which `seen` names no mistake.

    A hidden check may see what the visible one cannot: a transpose, where that is square.
    """
    there = {
        failure[:2] for failure, output in _failures(seen) if output["data"][DATA]["diagnoses"]
    }
    return any(failure[:2] not in there for failure, _ in _failures(outputs))


def familiar(outputs: Sequence[Output], *tellings: Sequence[Output]) -> list[Output]:
    """Return `outputs` with the reports of the first telling that has one which fails so.

    Each report of a telling serves once, and the first that fails so gets it: a test shows its
    visible checks before its hidden ones.
    """
    left = [entry for seen in tellings for entry in _failures(seen)]
    told = []
    for output in outputs:
        for failure, _ in _failures([output]):
            same = next((entry for entry in left if entry[0] == failure), None)
            if same is not None:
                left.remove(same)
                output = same[1]
        told.append(output)
    return told


def _failures(outputs: Sequence[Output]) -> list[tuple[tuple[Any, ...], Output]]:
    """What fails, and how: exercise, subject, and each gradient's outcome; with its output.

    The reports are the examiner's own, so their form is known.
    """
    found = []
    for output in outputs:
        report = output.get("data", {}).get(DATA)
        if isinstance(report, dict) and report["verdict"] != "passed":
            outcomes = tuple((part["name"], part["outcome"]) for part in report["comparisons"])
            found.append(((report["exercise"], report["subject"], outcomes), output))
    return found
