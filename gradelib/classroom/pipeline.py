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
from traitlets.utils.importstring import import_item

from .execute import RunToTheEnd
from .rebuild import RebuildOnMaster
from .scoring import SaveScores
from .stubs import NamedStubs

IN_PLACE_OF = {
    nbgrader.DeduplicateIds: RebuildOnMaster,
    nbgrader.Execute: RunToTheEnd,
    nbgrader.SaveAutoGrades: SaveScores,
}


def adapted(steps: Iterable[Any]) -> list[Any]:
    """The steps (classes or dotted names), with gradelib's in the places of nbgrader's."""
    classes = [import_item(step) if isinstance(step, str) else step for step in steps]
    return [IN_PLACE_OF.get(step, step) for step in classes]


RELEASE = [
    NamedStubs if step is nbgrader.ClearSolutions else step
    for step in GenerateAssignment.preprocessors.default()
]
SANITIZE = adapted(Autograde.sanitize_preprocessors.default())
AUTOGRADE = adapted(Autograde.autograde_preprocessors.default())
