"""gradelib's steps in nbgrader's pipelines: what nbgrader_config.py names.

RELEASE    for GenerateAssignment.preprocessors
SANITIZE   for Autograde.sanitize_preprocessors
AUTOGRADE  for Autograde.autograde_preprocessors
adapted    a list of steps with gradelib's in nbgrader's places
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbgrader import preprocessors as nbgrader
from nbgrader.converters import Autograde, GenerateAssignment

from .plugin import ExamExecute, PutOnMaster, SaveVerdict
from .steps import classes
from .stubs import NamedStubs

IN_PLACE_OF = {
    nbgrader.DeduplicateIds: PutOnMaster,
    nbgrader.Execute: ExamExecute,
    nbgrader.SaveAutoGrades: SaveVerdict,
}


def adapted(steps: Iterable[Any]) -> list[Any]:
    """The steps (classes or dotted names), with gradelib's in the places of nbgrader's."""
    return [IN_PLACE_OF.get(step, step) for step in classes(steps)]


RELEASE = [
    NamedStubs if step is nbgrader.ClearSolutions else step
    for step in GenerateAssignment.preprocessors.default()
]
SANITIZE = adapted(Autograde.sanitize_preprocessors.default())
AUTOGRADE = adapted(Autograde.autograde_preprocessors.default())
