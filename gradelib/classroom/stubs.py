"""What stands in the students' notebooks where the source has a solution.

nbgrader's stub is `raise NotImplementedError()`, which does not say what is missing. Ours names
the exercise. A prediction (grade_id ending in "-prediction") gets a comment only, so that Run All
goes on.
"""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions


def stub(grade_id: str) -> str:
    """The Python text that replaces the solution region of the cell `grade_id`."""
    if grade_id.endswith("-prediction"):
        return "# write your answer here"
    return f'raise NotImplementedError("{grade_id}: write your answer here")'


class NamedStubs(ClearSolutions):
    """nbgrader's ClearSolutions with a stub that names the exercise."""

    code_stub: Any

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        """Clear one cell."""
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        self.code_stub = {**self.code_stub, "python": stub(grade_id)}
        return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-any-return]
