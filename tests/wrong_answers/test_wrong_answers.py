"""Wrong answers that students really give lose points, and are named as their table says."""

import pytest
from wrong_answers.running import Notebook
from wrong_answers.table import SOLUTIONS, counts, rows, tabulated

TABLES = tabulated()
LEAST = 3  # wrong answers to each exercise


def notebook(assignment):
    (path,) = (SOLUTIONS / assignment).glob("*.ipynb")
    return Notebook(path)


def faults(row, result):
    """What the table claims of a row, and what is not so."""
    if row is None:
        return [f"the right answer fails: {result.error or result.failed}"] if result.lost else []
    where, found = f"{row.exercise}, {row.what}:", sorted(result.mistakes)
    if not result.lost:
        return [f"{where} it loses nothing"]
    if row.named is None:
        return [f"{where} it is named {found}"] if found else []
    if row.named in found or result.says(row.named):
        return []
    return [f"{where} claimed {row.named!r}, named {found}, {result.failed} {result.error}"]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("assignment", TABLES)
def test_each_wrong_answer_loses_points_and_is_named_as_claimed(assignment, monkeypatch, capsys):
    """With one wrong answer in the solution its tests fail, and name what is claimed."""
    table = rows(assignment)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(SOLUTIONS / assignment)  # fingerprints.json lies there
    seen = list(notebook(assignment).results(table))
    wrong = [fault for row, result in seen for fault in faults(row, result)]
    assert not wrong, "\n".join(wrong)
    assert len(seen) == len(table) + len({row.exercise for row in table})
    exercises, answers, named = counts(table)
    with capsys.disabled():
        print(f"\n{assignment}: {answers} wrong answers to {exercises} exercises, {named} named")


@pytest.mark.parametrize("assignment", TABLES)
def test_every_exercise_has_three_wrong_answers(assignment):
    """No exercise is left out, no row is there twice, and each is of an exercise."""
    table = rows(assignment)
    many = dict.fromkeys(notebook(assignment).solutions, 0)
    for row in table:
        many[row.exercise] += 1
    assert {name: n for name, n in many.items() if n < LEAST} == {}
    assert len({row.source for row in table}) == len(table)
    assert len({(row.exercise, row.what) for row in table}) == len(table)


def test_every_notebook_has_a_table():
    """No assignment is left out."""
    assert sorted(path.name for path in SOLUTIONS.glob("[0-9][0-9]_*")) == TABLES
