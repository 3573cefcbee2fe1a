"""Every notebook in JupyterLab, in a real browser, as a student meets it.

The release is opened, the first exercise is answered and passes, then it is answered wrongly and
the mistake is named, in the light theme and the dark one, in the notebook and by Validate.
Jupyter Notebook shows the same.  With BRIEF in the environment, Validate is pressed in the first
notebook only, as it runs a whole notebook.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser.bench import EXPOSED, THEMES, Bench, plain
from browser.served import TOKEN, in_a_browser, serving
from pages import RELEASED, ROOT, short
from wrong_answers.running import Notebook
from wrong_answers.table import SOLUTIONS, Wrong, rows

from gradelib.classroom.regions import SOLUTION

RELEASE = ROOT / "notebooks"
FOREIGN = "foreign.ipynb"
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
NOTEBOOKS = [path.relative_to(RELEASE) for path in RELEASED]

pytestmark = in_a_browser
every = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=short)


def exercises(assignment: str) -> tuple[dict[str, str], list[Wrong]]:
    """The right answers up to the first exercise with a wrong one that gets a name, and those."""
    book = Notebook(next((SOLUTIONS / assignment).glob("*.ipynb")))
    named = [row for row in rows(assignment) if row.named is not None]
    last = named[0].exercise
    right = {}
    for name, cell in book.solutions.items():
        lines = cell.source.split("\n")
        marks = (SOLUTION.begin, SOLUTION.end)
        right[name] = "\n".join(line for line in lines if not any(mark in line for mark in marks))
        if name == last:
            return right, [row for row in named if row.exercise == last]
    raise AssertionError(f"{last} is no exercise of {assignment}")


def check_of(assignment: str, exercise: str) -> str:
    """The cell that checks an exercise."""
    book = Notebook(next((SOLUTIONS / assignment).glob("*.ipynb")))
    return book.tests(exercise)[0].name


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on the students' notebooks."""
    folder = tmp_path_factory.mktemp("students")
    shutil.copytree(RELEASE, folder / "notebooks")
    formula = nbformat.v4.new_markdown_cell(r"$\sum_i x_i^2$")
    foreign = nbformat.v4.new_notebook(cells=[formula], metadata=KERNEL)
    nbformat.write(foreign, folder / "notebooks" / FOREIGN)
    with serving(folder / "notebooks", folder / "home", *EXPOSED) as address:
        yield address


def passes(bench: Bench, exercise: str, check: str) -> None:
    """Run an answer and its check, and see that it is right."""
    bench.run(exercise)
    bench.run(check)
    reports = bench.reports(check)
    assert reports
    assert {report["outcome"] for report in reports} == {"passed"}, bench.said()
    assert all(plain(f"✓ {report['subject']}: right") in bench.said() for report in reports)


def names(bench: Bench, wrongs: list[Wrong], check: str) -> list[str]:
    """Answer wrongly until a check names it, and return what it says, as a reader sees it.

    Some mistakes are named by tests only that students do not have, such as one of square inputs.
    """
    for wrong in wrongs:
        bench.type(wrong.exercise, wrong.source)
        bench.run(wrong.exercise)
        bench.run(check)
        failed = [report for report in bench.reports(check) if report["verdict"] != "passed"]
        assert failed, bench.said()
        found = [found for report in failed for found in report["diagnoses"]]
        said = {plain(one["explanation"]) for one in found if one["mistake"] == wrong.named}
        if said or str(wrong.named) in bench.said():
            return sorted(said) or [str(wrong.named)]
    raise AssertionError(f"{[wrong.what for wrong in wrongs]}: none is named in {bench.said()}")


@every
def test_a_right_answer_passes_and_a_wrong_one_is_named(
    lab: str, page: Any, notebook: Path
) -> None:
    """The release runs down to the first exercise; a check says the same in every place."""
    assignment = notebook.parent.name
    right, wrongs = exercises(assignment)
    bench = Bench(page, lab, f"lab/tree/{notebook.as_posix()}", TOKEN)
    try:
        bench.theme(THEMES[0])
        first = next(iter(right))
        bench.run_all_above(first)
        assert bench.errors_above(first) == []
        for exercise, answer in right.items():
            bench.run_all_above(exercise)
            bench.type(exercise, answer)
            check = check_of(assignment, exercise)
            passes(bench, exercise, check)
            assert bench.faint(bench.output) == []

        said = names(bench, wrongs, check)
        for theme in reversed(THEMES):
            bench.theme(theme)
            bench.go(check)
            assert [words for words in said if words not in bench.said()] == []
            assert bench.faint(bench.output) == [], theme

        assert [alt for alt, loaded in bench.pictures() if not (alt.strip() and loaded)] == []

        if notebook == NOTEBOOKS[0] or not os.environ.get("BRIEF"):
            dialog = bench.validate()
            told = plain(dialog.inner_text())
            assert "failed" in told
            assert [words for words in said if words not in told] == []
            page.keyboard.press("Escape")
            dialog.wait_for(state="detached")
        assert bench.wrongs == []
    finally:
        bench.close()


def nameless(errors: list[str]) -> set[str]:
    """Errors without the names of files, as each letter of a formula may come from another."""
    return {re.sub(r"[0-9a-f]{16,}", "", error) for error in errors}


@pytest.mark.parametrize("notebook", NOTEBOOKS[:1], ids=short)
def test_jupyter_notebook_does_the_same(lab: str, page: Any, notebook: Path) -> None:
    """In Jupyter Notebook 7 a right answer passes, and a wrong one is named.

    The console shows no error of a kind that it does not show for a formula in any notebook.
    """
    assignment = notebook.parent.name
    right, wrongs = exercises(assignment)
    foreign = Bench(page, lab, f"notebooks/{FOREIGN}", TOKEN)
    page.locator("mjx-container").first.wait_for()
    page.wait_for_load_state("networkidle")
    its_own = nameless(foreign.wrongs)
    foreign.close()
    bench = Bench(page, lab, f"notebooks/{notebook.as_posix()}", TOKEN)
    try:
        assert page.evaluate("jupyterapp.name") == "Jupyter Notebook"
        for exercise, answer in right.items():
            bench.run_all_above(exercise)
            assert bench.errors_above(exercise) == []
            bench.type(exercise, answer)
            check = check_of(assignment, exercise)
            passes(bench, exercise, check)
        names(bench, wrongs, check)
        assert [alt for alt, loaded in bench.pictures() if not (alt.strip() and loaded)] == []
        assert nameless(bench.wrongs) <= its_own
    finally:
        bench.close()
