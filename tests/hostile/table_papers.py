# ruff: noqa: E501
"""Hand-ins whose cells, tags, metadata or outputs are not what was given out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nbformat
from hostile.case import ALL, Case, notebook, own, test
from hostile.course import cell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

TESTS = ("squares-check", "relu-check", "counter-check", "twice-check")
Edit = Callable[[NotebookNode], object]


def tests_with(change: Callable[[NotebookNode], object]) -> Edit:
    """The same change in every test cell."""

    def edit(nb: NotebookNode) -> None:
        for name in TESTS:
            change(cell(nb, name))

    return edit


def tag(*tags: str) -> Edit:
    """Tags on every test cell."""
    return tests_with(lambda there: there.metadata.update(tags=list(tags)))


def meta(**values: Any) -> Edit:
    """nbgrader's metadata of every test cell changed."""
    return tests_with(lambda there: there.metadata.nbgrader.update(values))


def without(*names: str) -> Edit:
    """Cells removed."""

    def edit(nb: NotebookNode) -> None:
        nb.cells = [
            c
            for c in nb.cells
            if c.get("metadata", {}).get("nbgrader", {}).get("grade_id") not in names
        ]

    return edit


def copied(nb: NotebookNode) -> None:
    """Every test cell again, at the end, with nothing in it."""
    for name in TESTS:
        twin = nbformat.from_dict({**cell(nb, name), "id": f"copy-{name}"})
        twin.source = "pass"
        nb.cells.append(twin)


def copied_before(nb: NotebookNode) -> None:
    """Every test cell also at the beginning, empty."""
    for name in TESTS:
        twin = nbformat.from_dict({**cell(nb, name), "id": f"copy-{name}"})
        twin.source = "pass"
        nb.cells.insert(0, twin)


def moved(nb: NotebookNode) -> None:
    """The tests first."""
    tests = [cell(nb, name) for name in TESTS]
    nb.cells = tests + [c for c in nb.cells if c not in tests]


def reversed_cells(nb: NotebookNode) -> None:
    """All cells from the end to the beginning."""
    nb.cells.reverse()


def retyped(kind: str) -> Edit:
    """Every test cell of another type."""

    def change(there: NotebookNode) -> None:
        there.cell_type = kind
        there.pop("outputs", None), there.pop("execution_count", None)

    return tests_with(change)


def invented(grade_id: str) -> Edit:
    """A graded cell of the student's own."""

    def edit(nb: NotebookNode) -> None:
        role = {"grade": True, "solution": False, "locked": True, "task": False, "points": 50,
                "grade_id": grade_id, "schema_version": 3}  # fmt: skip
        nb.cells.append(new_code_cell("50.0", metadata={"nbgrader": role}))

    return edit


def swapped(nb: NotebookNode) -> None:
    """Test and answer change their grade_ids."""
    for a, b in (("squares", "squares-check"), ("relu-backward", "relu-check")):
        one, other = cell(nb, a), cell(nb, b)
        one.metadata.nbgrader, other.metadata.nbgrader = (
            other.metadata.nbgrader,
            one.metadata.nbgrader,
        )


def shown(nb: NotebookNode) -> None:
    """Outputs that say full marks."""
    for name in TESTS:
        cell(nb, name).outputs = [
            new_output("execute_result", data={"text/plain": "10.0"}, execution_count=1)
        ]
        cell(nb, name).execution_count = 1


def merged(nb: NotebookNode) -> None:
    """All answers in one cell of the student's own, the answer cells empty."""
    code = "\n".join(
        cell(nb, name).source for name in ("squares", "relu-backward", "counter", "twice")
    )
    for name in ("squares", "relu-backward", "counter", "twice"):
        cell(nb, name).source = ""
    nb.cells.insert(2, new_code_cell(code))


def redefined_later(nb: NotebookNode) -> None:
    """Right answers behind the tests."""
    nb.cells.append(new_code_cell("def squares(n): return [i * i for i in range(1, n + 1)]"))


def strange(nb: NotebookNode) -> None:
    """Metadata of every other kind."""
    for value in (
        "none",
        7,
        None,
        [],
        ["grade"],
        {"grade": "yes"},
        {"grade_id": 7},
        {"grade_id": None, "grade": True},
    ):
        nb.cells.append(new_code_cell("1 / 0" if value == 7 else "1", metadata={"nbgrader": value}))


def odd_notebook(nb: NotebookNode) -> None:
    """A kernel of another name, counts that are texts, no ids, widgets."""
    nb.metadata = {
        "kernelspec": {"name": "../../evil", "display_name": "x" * 1000, "language": "R"},
        "language_info": {"name": "R", "pygments_lexer": "../x"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": "none"}},
        "celltoolbar": 7,
        "nbgrader": {"score": 10},
    }
    for there in nb.cells:
        there.pop("id", None)
        if there.cell_type == "code":
            there["execution_count"] = "many"


def same_ids(nb: NotebookNode) -> None:
    """All cells have one id."""
    for there in nb.cells:
        there["id"] = "same"


def surrogates(nb: NotebookNode) -> None:
    """Half an emoji, a NUL and a line separator in every answer."""
    cell(nb, "why").source = "half \ud83d and \x00 and \u2028"
    cell(nb, "counter").source += "\n# \ud83d \u2028"


def emptied(nb: NotebookNode) -> None:
    """Answers are empty, tests untouched."""
    for name in ("squares", "relu-backward", "counter", "twice", "why"):
        cell(nb, name).source = ""


PAGE = {
    "script": "<script>new Image().src='http://127.0.0.1:@TCP@/x'; alert(1)</script>",
    "handlers": "<img src=x onerror='alert(1)'><svg onload='alert(1)'></svg><details open ontoggle=alert(1)>",
    "beacon": "<img src='http://127.0.0.1:@TCP@/x.png'><link rel=stylesheet href='http://127.0.0.1:@TCP@/x.css'>",
    "frame": "<iframe src='http://127.0.0.1:@TCP@/'></iframe><object data='http://127.0.0.1:@TCP@/'></object>",
    "closing": "</div></main></body></html><h1>Points: 10 of 10</h1><style>.points{display:none}</style>",
    "form": "<form action='http://127.0.0.1:@TCP@/'><input name=password><button>Log in</button></form>",
}

SHOWS = """
from IPython.display import HTML, Javascript, Markdown, SVG, display
page = {page!r}
class Rich:
    def _repr_html_(self): return page
    def _repr_svg_(self): return "<svg xmlns='http://www.w3.org/2000/svg'>" + page + "</svg>"
    def _repr_javascript_(self): return "alert(1)"
    def _repr_markdown_(self): return page
    def __repr__(self): return page
display(HTML(page), Markdown(page), Rich(), Javascript("alert(1)"))
display({{"application/vnd.gradelib.report+json": {{"subject": page, "outcome": "passed"}}, "text/html": page}}, raw=True)
print(page, "\\x1b[31m\\x1b]8;;http://x\\x07", "\\u202egnp.exe")
raise type(page, (Exception,), {{"_render_traceback_": lambda self: [page]}})(page)
"""


def written_page(nb: NotebookNode) -> None:
    """Every way to break a page, in the written answer."""
    cell(nb, "why").source = "\n\n".join(PAGE.values()) + "\n\n\u202etxet\u202c `x\u2066y`"


CASES: list[Case] = [
    notebook("tag-skip", "skip-execution on the tests", tag("skip-execution")),
    notebook("tag-raises", "raises-exception on the tests", tag("raises-exception", "remove-cell")),
    notebook(
        "tags-strange",
        "tags that are no list",
        tests_with(lambda c: c.metadata.update(tags="skip")),
    ),
    notebook("meta-points", "points 1000", meta(points=1000)),
    notebook("meta-points-strange", "points that are no number", meta(points="many")),
    notebook("meta-negative", "points -5 and NaN", meta(points=float("nan"))),
    notebook("meta-grade", "grade false", meta(grade=False)),
    notebook("meta-solution", "tests become answers", meta(solution=True, locked=False)),
    notebook("meta-task", "tests become tasks", meta(task=True, grade=False)),
    notebook("meta-schema", "a schema of the future", meta(schema_version=99)),
    notebook("meta-schema-old", "a schema of the past", meta(schema_version=0)),
    notebook(
        "meta-ids",
        "grade_ids changed",
        tests_with(lambda c: c.metadata.nbgrader.update(grade_id="../" * 9)),
    ),
    notebook(
        "meta-score", "a score in the metadata", meta(score=10, auto_score=10, manual_score=10)
    ),
    notebook("meta-gone", "no metadata at all", tests_with(lambda c: c.metadata.clear())),
    notebook("meta-strange", "metadata of other kinds", strange),
    notebook("cells-copied", "tests copied to the end, empty", copied),
    notebook("cells-copied-before", "tests copied to the start, empty", copied_before),
    notebook("cells-deleted", "tests deleted", without(*TESTS)),
    notebook("cells-all-deleted", "nothing is left", lambda nb: nb.cells.clear(), score=0.0),
    notebook("cells-moved", "tests come first", moved),
    notebook(
        "cells-reversed", "from the end to the beginning", reversed_cells, right=True, score=ALL
    ),
    notebook("cells-markdown", "tests become Markdown", retyped("markdown")),
    notebook("cells-raw", "tests become raw", retyped("raw")),
    notebook("cells-unknown", "tests become cells of no known type", retyped("heading")),
    notebook("cells-invented", "a graded cell of 50 points", invented("bonus")),
    notebook(
        "cells-invented-html",
        "a graded cell whose name is a script",
        invented("<script>alert(1)</script>"),
    ),
    notebook("cells-invented-twin", "a graded cell with an answer's name", invented("squares")),
    notebook("cells-swapped", "tests and answers change names", swapped, score=3.0),
    notebook("cells-merged", "all answers in one cell", merged, right=True, score=ALL),
    notebook("cells-later", "right answers behind the tests", redefined_later),
    notebook("cells-empty", "answers are empty", emptied, score=0.0),
    notebook("cells-same-ids", "all cells have one id", same_ids),
    notebook("cells-surrogates", "half an emoji and a NUL", surrogates),
    notebook("outputs-full-marks", "outputs that say full marks", shown),
    notebook("notebook-odd", "kernel, counts, ids, widgets", odd_notebook),
    test("test-passes", "the test does nothing", "pass"),
    test("test-points", "the test gives points", "10.0"),
    test("test-exits", "the test ends Python", "import os\nos._exit(0)"),
    test(
        "test-rewrites",
        "the test defines the answers",
        "def squares(n):\n    return [i * i for i in range(1, n + 1)]",
    ),
    notebook(
        "page-written", "HTML, script and control characters in the written answer", written_page
    ),
    *(
        own(f"page-{name}", f"{name} in outputs", SHOWS.format(page=page))
        for name, page in PAGE.items()
    ),
]
