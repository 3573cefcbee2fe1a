"""Running a student's notebook to its end, whatever its cells do.

nbgrader's executor gives up the whole notebook when the kernel dies or does not stop. A grade cell
that was never run has no output, which nbgrader counts as full marks. So here each cell that was
not run gets an error, and what was earned before stays.
"""

from __future__ import annotations

import subprocess
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Integer

OUTPUT_LIMIT = 2_000_000
"""Characters that one cell may put out; an endless loop that prints would fill the memory."""

ERROR_LIMIT = 20_000
"""Characters kept of each part of an error, and of a result that came after too much output."""


class QuietExecute(Execute):
    """nbgrader's Execute, with a kernel whose own messages do not reach the terminal."""

    def start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel."""
        silent = subprocess.DEVNULL
        super().start_new_kernel(stdout=silent, stderr=silent, **kwargs)


class RunToTheEnd(QuietExecute):
    """nbgrader's Execute that keeps what was earned when a kernel dies or hangs.

    The cause goes to resources["gradelib_cause"], notes on slow cells to
    resources["gradelib_notes"].
    """

    iopub_timeout = Integer(10, help="seconds that an interrupted cell has to stop").tag(
        config=True
    )

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[Any, Any]:
        """Run every cell."""
        self.cause: str | None = None
        self.notes: list[str] = []
        self.put_out = 0
        nb, resources = super().preprocess(nb, resources, km)
        resources.setdefault("gradelib_notes", []).extend(self.notes)
        if self.cause:
            resources["gradelib_cause"] = self.cause
        return nb, resources

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[Any, Any]:
        """Run one cell, or say in its output why it was not run."""
        self.put_out = 0
        if self.cause is None:
            try:
                done = super().preprocess_cell(cell, resources, index)
                if self.put_out > OUTPUT_LIMIT:
                    limit = f"{OUTPUT_LIMIT // 1_000_000} MB"
                    self.notes.append(f"{_name(cell, index)} put out over {limit}: the rest is cut")
                return done  # type: ignore[no-any-return]
            except DeadKernelError:
                self.cause = f"Python died in {_name(cell, index)}"
            except CellTimeoutError:
                self.cause = f"{_name(cell, index)} did not stop when it was interrupted"
            self.shutdown_kernel = "immediate"
            self.log.error(self.cause)
            cell.outputs.append(_error(self.cause))
        elif cell.cell_type == "code":
            cell.outputs = [_error(f"not run: {self.cause}")]
        return cell, self.resources

    def on_cell_executed(self, **kwargs: Any) -> None:
        """Keep the error of a cell that was stopped, and note it."""
        super().on_cell_executed(**kwargs)
        reply = kwargs["execute_reply"]["content"]
        if reply["status"] == "error" and reply["ename"] == "CellTimeoutError":
            name = _name(kwargs["cell"], kwargs["cell_index"])
            self.notes.append(f"{name} ran longer than {self.timeout} s and was stopped")

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        """Take in one output; once the cell has put out too much, only its result and error."""
        content = msg["content"]
        if msg["msg_type"] == "error":
            content["evalue"] = content["evalue"][:ERROR_LIMIT]
            content["traceback"] = [text[:ERROR_LIMIT] for text in content["traceback"]]
            return super().output(outs, msg, display_id, cell_index)
        data = content.get("data", {})
        self.put_out += len(content.get("text", "")) + sum(len(str(part)) for part in data.values())
        if self.put_out > OUTPUT_LIMIT:
            if msg["msg_type"] != "execute_result":
                return None
            # A result is a grade cell's points: without it nbgrader gives full marks.
            content["data"] = {"text/plain": data.get("text/plain", "")[:ERROR_LIMIT]}
        return super().output(outs, msg, display_id, cell_index)


def _name(cell: NotebookNode, index: int) -> str:
    meta = cell.metadata.get("nbgrader")
    grade_id = meta.get("grade_id") if isinstance(meta, dict) else None
    return f"cell {grade_id!r}" if grade_id else f"the notebook's cell number {index + 1}"


def _error(message: str) -> NotebookNode:
    return new_output(  # type: ignore[no-any-return]
        "error", ename="NotRun", evalue=message, traceback=[f"NotRun: {message}"]
    )
