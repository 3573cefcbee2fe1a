"""The exam draws other inputs for each student: no draw may cost a right answer a point."""

import contextlib
import io
import os
import warnings

import nbformat
import pytest
from sample_class.build import SOLUTIONS, assignments

import gradelib as gl
from gradelib.checks.marks import salted

DRAWS = 40


def plain(source: str) -> str:
    """A cell without its magics."""
    return "\n".join("" if line.startswith("%") else line for line in source.split("\n"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("assignment", assignments())
def test_no_draw_costs_a_right_answer_its_points(assignment, monkeypatch):
    """Every test of the solution passes on the inputs of forty students, hidden ones too."""
    (path,) = (SOLUTIONS / assignment).glob("*.ipynb")
    monkeypatch.chdir(path.parent)
    monkeypatch.setitem(os.environ, "MPLBACKEND", "Agg")
    cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    roles = [cell.metadata.get("nbgrader", {}) for cell in cells]
    codes = [compile(plain(cell.source), assignment, "exec") for cell in cells]
    space = {"__name__": "__main__", "get_ipython": lambda: None}
    wrong = []

    def award(points, *reports):
        wrong.extend(str(report) for report in reports if not report.passed)
        return 0.0

    monkeypatch.setattr(gl, "award", award)
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook's own figures
        for code in codes:
            exec(code, space)
        assert not wrong
        tests = [
            code
            for code, role in zip(codes, roles, strict=True)
            if role.get("grade") and not role.get("solution")
        ]
        assert len(tests) > 5
        for draw in range(DRAWS):
            with salted(f"student {draw}".encode()):
                for code in tests:
                    exec(code, space)
            assert not wrong, draw
