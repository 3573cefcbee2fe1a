"""From a cell's outputs to its points, without nbgrader's surprises.

nbgrader gives nothing for a cell with anything on stderr, be it one warning, and full marks for a
result of nan or -5; a result above the maximum costs the whole hand-in.
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import SaveAutoGrades


def scorable(cell: NotebookNode) -> NotebookNode:
    """A copy of a grade cell with the outputs that should count.

    Text on stderr is left out. A result that is a number outside [0, points] becomes an error. All
    else is left to nbgrader: an error gives 0, a number is the points, no output is full marks.
    """
    copy = deepcopy(cell)
    if cell.cell_type == "code":
        points = float(cell.metadata["nbgrader"]["points"])
        copy.outputs = [
            _number_in_range(output, points)
            for output in cell.outputs
            if output.get("name") != "stderr"
        ]
    return copy


def _number_in_range(output: Any, points: float) -> Any:
    if output.output_type != "execute_result":
        return output
    text = output.data.get("text/plain") or "no text"
    output = NotebookNode({**output, "data": {"text/plain": text}})
    try:
        value = float(text)
    except (TypeError, ValueError):
        return output
    if math.isfinite(value) and 0 <= value <= points:
        return output
    message = f"a result of {text} is not between 0 and {points:g} points"
    return new_output("error", ename="NotPoints", evalue=message, traceback=[message])


class SaveScores(SaveAutoGrades):
    """nbgrader's SaveAutoGrades, reading `scorable` outputs. The notebook keeps all of them."""

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._add_score(scorable(cell), resources)
