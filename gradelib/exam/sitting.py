"""One notebook's exam: the student's cells and the tests take turns, in the notebook's order.

Sitting(...).run()   run a rebuilt notebook to its end, whatever its cells do, and tell each part
blank(...)           the notebook and its grade cells before anything was run
left_out_of(...)     which cells need not be run for a hand-in
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from gradelib.exam.clock import Clock
from gradelib.exam.running.outputs import Output, cleaned
from gradelib.exam.seat import LostError, Seat
from gradelib.exam.testing import Desk
from gradelib.exam.texts.leaving import Part, left_out
from gradelib.exam.texts.names import Retold, released_too
from gradelib.exam.texts.paper import MasterCell
from gradelib.exam.texts.rebuild import matches
from gradelib.exam.texts.script import Script, Test
from gradelib.exam.verdict import Tell


class Sitting:
    """The exam of one notebook `name`, whose cells are those of `nb`, rebuilt on the master.

    `shown` are the outputs of the master's still cells, by their place in the master.
    """

    def __init__(
        self,
        name: str,
        nb: NotebookNode,
        script: Script,
        seat: Seat,
        desk: Desk,
        tell: Tell,
        shown: Mapping[int, list[Output]],
    ) -> None:
        self.name, self.nb, self.script = name, nb, script
        self.seat, self.desk, self.tell = seat, desk, tell
        self.clock: Clock = desk.clock
        self.places = matches(nb, script.master.cells)
        self.retold, self.shown = left_out_of(nb, script, shown)
        self.count = 0

    def run(self) -> None:
        """Run every cell."""
        for index, (cell, place) in enumerate(zip(self.nb.cells, self.places, strict=True)):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            self.count += 1
            master = None if place is None else self.script.master.cells[place]
            test = self.script.tests.get(master.grade_id or "") if master else None
            if self.clock.over:
                self._not_run(index, test)
            elif index in self.shown:
                self.tell(["ran", self.name, index, self._again(index), self.count])
            else:
                self.tell(["running", self.name, index])
                if test is None:
                    self._cell(index, cell.source, master)
                else:
                    self._test(index, test)

    def _again(self, index: int) -> list[Output]:
        outputs = [dict(output) for output in self.shown[index]]
        for output in outputs:
            if output["output_type"] == "execute_result":
                output["execution_count"] = self.count
        return outputs

    def _cell(self, index: int, source: str, master: MasterCell | None) -> None:
        """Run a cell in the candidate."""
        where = _where(index, master)
        try:
            reply = self.seat.run(source, self.count)
        except LostError as lost:
            self._lost(index, where, str(lost), lost.late)
            return
        outputs, cut = cleaned(reply.get("outputs"))
        self.tell(["ran", self.name, index, outputs, self.count])
        if cut or reply.get("cut") is True:
            self._note_cut(where)
        if reply.get("stopped") is True and not self.clock.over:
            limit = self.clock.cell
            self.tell(["note", f"{where} ran longer than {limit:g} s and was stopped"])

    def _test(self, index: int, test: Test) -> None:
        """Run a grade cell here, and where others need its names its released text over there."""
        grade_id = str(test.cell.grade_id)
        where = f"cell {grade_id!r}"
        if grade_id in self.retold.before:
            self._retell(where, test)
        points, outputs, cut = self.desk.test(test, self.count)
        if points.outcome in ("died", "late") and points.why:
            outputs = [*outputs, error_output(points.why)]
        self.tell(["ran", self.name, index, outputs, self.count])
        self.tell(["points", self.name, grade_id, points.score, points.outcome, points.why])
        if cut:
            self._note_cut(where)
        if points.outcome == "died":
            self.tell(["cause", f"{points.why}, in {where}"])
        elif points.outcome == "late":
            self.tell(["note", f"{where}: {points.why}"])
        if self.desk.border.lost is not None:
            self.seat.replace()
        if grade_id in self.retold.after:
            self._retell(where, test)

    def _retell(self, where: str, test: Test) -> None:
        """Run a test's released text in the candidate, for the names that it binds."""
        if not self.clock.over:
            try:
                self.seat.run(test.cell.released, self.count)
            except LostError as lost:
                self.tell(["note", f"{where}, run for the names that it defines: {lost}"])

    def _lost(self, index: int, where: str, what: str, late: bool) -> None:
        line = f"{where} {what}" if late or what.startswith("broke") else f"{what} in {where}"
        self.tell(["ran", self.name, index, [error_output(line)], self.count])
        self.tell(["note" if late else "cause", line])

    def _not_run(self, index: int, test: Test | None) -> None:
        late = f"the hand-in took longer than {self.clock.total:g} s"
        self.tell(["ran", self.name, index, [error_output(f"not run: {late}")], None])
        if test is not None:
            grade_id = test.cell.grade_id
            self.tell(["points", self.name, grade_id, 0.0, "not run", f"not run: {late}"])
        self.tell(["cause", late])

    def _note_cut(self, where: str) -> None:
        self.tell(["note", f"{where} put out over 2 MB: the rest is cut"])


def error_output(message: str) -> Output:
    """An error in place of a cell's own outputs."""
    return {
        "output_type": "error",
        "ename": "NotRun",
        "evalue": message,
        "traceback": [f"NotRun: {message}"],
    }


def _where(index: int, master: MasterCell | None) -> str:
    grade_id = master.grade_id if master else None
    return f"cell {grade_id!r}" if grade_id else f"the notebook's cell number {index + 1}"


def blank(nb: NotebookNode, script: Script) -> tuple[Any, list[dict[str, Any]]]:
    """The notebook and its grade cells as they are before anything was run."""
    cells = []
    there = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells}
    for cell in script.master.cells:
        if cell.points is None or cell.grade_id not in there:
            continue
        by_person = cell.grade_id not in script.tests
        cells.append(
            {
                "grade_id": cell.grade_id,
                "points": cell.points,
                "score": None if by_person else 0.0,
                "outcome": "by person" if by_person else "not run",
                "why": None,
            }
        )
    return nb, cells


def left_out_of(
    nb: NotebookNode, script: Script, shown: Mapping[int, list[Output]]
) -> tuple[Retold, dict[int, list[Output]]]:
    """Return which tests are run in the candidate as well, and which cells are not run there.

    The latter, by their index, with the outputs that they show to everyone.
    """
    cells = script.master.cells
    places, retold = matches(nb, cells), released_too(nb, script.master)
    parts = {}
    for index, (cell, place) in enumerate(zip(nb.cells, places, strict=True)):
        master = None if place is None else cells[place]
        if cell.cell_type != "code":
            continue
        if master is not None and master.test:
            if master.grade_id in retold.before | retold.after:
                parts[index] = Part(master.released, still=False)
            continue
        same = master is not None and master.given and cell.source == master.source
        parts[index] = Part(cell.source, same and place in shown, students=not same)
    return retold, {index: shown[places[index] or 0] for index in left_out(parts)}
