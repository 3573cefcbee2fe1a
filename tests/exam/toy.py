"""Small papers and hand-ins, written as lists of cells.

given, answer, graded, written cells of a master; `paper(*cells)` makes a paper of one notebook "n"
hand_in(paper, **answers)      what a student hands in: the release with other answers in it
points(verdict)                {grade_id: score}
"""

import json
from dataclasses import replace

from gradelib.exam.sandbox.limits import Limits
from gradelib.exam.texts.handin import HandIn
from gradelib.exam.texts.magics import bound
from gradelib.exam.texts.paper import Master, MasterCell, Paper

LIMITS = Limits(wall=60.0, cell=10.0)


def given(source, *, grade_id=None, locked=False):
    """A cell that students are given."""
    return MasterCell(
        grade_id=grade_id, cell_type="code", source=source, released=source, locked=locked
    )


def answer(grade_id, solution, stub="raise NotImplementedError"):
    """A cell that students write; `solution` says which names it binds."""
    names = frozenset(name for name, _ in bound(solution))
    return MasterCell(
        grade_id=grade_id,
        cell_type="code",
        source=stub,
        released=stub,
        solution=True,
        binds=names,
    )


def graded(grade_id, points, source, released=None):
    """A grade cell; `released` is its text without hidden tests."""
    return MasterCell(
        grade_id=grade_id,
        cell_type="code",
        source=source,
        released=source if released is None else released,
        grade=True,
        locked=True,
        points=float(points),
    )


def written(grade_id, points):
    """An answer in words, which a person grades."""
    return MasterCell(
        grade_id=grade_id,
        cell_type="markdown",
        source="",
        released="",
        grade=True,
        solution=True,
        points=float(points),
    )


def paper(*cells, files=()):
    """A paper of one notebook."""
    return Paper("a", {"n": Master(tuple(cells))}, dict(files))


def hand_in(asked, *, student="ada", before=(), files=(), **answers):
    """The release with the given text in place of answers.

    A name's underscores stand for the hyphens of its grade_id. `before` are cells of the student's
    own, at the top.
    """
    (master,) = asked.notebooks.values()
    texts = {name.replace("_", "-"): text for name, text in answers.items()}
    cells = [replace(given(text), grade_id=None) for text in before]
    for cell in master.cells:
        text = texts.pop(cell.grade_id or "", cell.released)
        cells.append(replace(cell, released=text))
    assert not texts, f"no such answers: {list(texts)}"
    made = [
        {
            "cell_type": cell.cell_type,
            "source": cell.released,
            "metadata": {"nbgrader": {"grade_id": cell.grade_id}} if cell.grade_id else {},
            **({"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}),
        }
        for cell in cells
    ]
    nb = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made}
    return HandIn(student, "a", {"n.ipynb": json.dumps(nb).encode(), **dict(files)})


def points(verdict):
    """The scores by grade_id."""
    return {cell["grade_id"]: cell["score"] for cell in verdict["notebooks"]["n"]["cells"]}


def outcomes(verdict):
    """The outcomes by grade_id."""
    return {cell["grade_id"]: cell["outcome"] for cell in verdict["notebooks"]["n"]["cells"]}


def why(verdict, grade_id):
    """The reason for what a cell lost."""
    cells = verdict["notebooks"]["n"]["cells"]
    return next(cell["why"] for cell in cells if cell["grade_id"] == grade_id)


def cell(verdict, grade_id):
    """A cell of the executed notebook by its grade_id."""
    cells = verdict["notebooks"]["n"]["notebook"]["cells"]
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def text_of(cell):
    """All text that a cell put out."""
    parts = []
    for output in cell["outputs"]:
        parts += [output.get("text"), *output.get("data", {}).values()]
        parts += [output.get("evalue"), *output.get("traceback", [])]
    return "\n".join(part for part in parts if isinstance(part, str))
