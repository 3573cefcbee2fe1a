"""The sample class: hand-ins with known scores, built from the release and the solutions.

`hand_ins(assignment)` makes them and `write(course, ...)` puts them where nbgrader looks for them:
submitted/<student>/<assignment>/.  For every assignment there is one who has all right (ada), one
who has done nothing (ulla) and those of answers_NN.py, if it is there, with one named mistake each;
one assignment has those as well whose files make grading hard.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import shutil
import sys
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HARD = "04_two_layer_net"
LONG = ["06_autodiff_engine", "07_normalisation_and_attention", "08_when_gradients_fail"]
SOLUTIONS, RELEASE = ROOT / "solutions", ROOT / "notebooks"
sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1]))  # wrong_answers

Notebook = dict[str, Any]


@dataclass(frozen=True)
class HandIn:
    """One student's file for one assignment, the automatic score that it must get, and why.

    `graded` is False where the hand-in must be listed with a cause; `mistake` is the identifier
    that the feedback must name, where there is one.
    """

    student: str
    assignment: str
    file: str
    content: bytes
    score: float
    about: str
    graded: bool = True
    mistake: str = ""


def assignments() -> list[str]:
    """The folders of the solutions, in order."""
    return sorted(path.parent.name for path in SOLUTIONS.glob("*/*.ipynb"))


def source(assignment: str, folder: Path = SOLUTIONS) -> tuple[str, Notebook]:
    """Return the file name and the notebook of an assignment."""
    (path,) = (folder / assignment).glob("*.ipynb")
    return path.name, json.loads(path.read_text(encoding="utf-8"))


def role(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell, empty where it has none."""
    return dict(cell["metadata"].get("nbgrader", {}))


def automatic_points(notebook: Notebook) -> float:
    """The points that tests give: those of all locked grade cells."""
    return float(sum(role(c)["points"] for c in notebook["cells"] if is_test(c)))


def is_test(cell: dict[str, Any]) -> bool:
    """Whether a cell is graded by running it."""
    return bool(role(cell).get("grade")) and not role(cell).get("solution")


def answers(assignment: str) -> dict[str, str]:
    """The right answer of every solution cell by grade_id, without nbgrader's markers."""
    _, notebook = source(assignment)
    return {
        role(cell)["grade_id"]: "".join(
            line
            for line in "".join(cell["source"]).splitlines(keepends=True)
            if not line.strip().startswith("### ")
        )
        for cell in notebook["cells"]
        if role(cell).get("solution")
    }


def filled(assignment: str, changed: dict[str, str] | None = None) -> Notebook:
    """The released notebook with the right answers in it, but for those that are changed."""
    given = answers(assignment) | (changed or {})
    _, notebook = source(assignment, RELEASE)
    left = set(changed or {})
    for cell in notebook["cells"]:
        if role(cell).get("solution"):
            cell["source"] = given[role(cell)["grade_id"]]
            left.discard(role(cell)["grade_id"])
    if left:
        raise KeyError(f"{assignment} has no solution cell {sorted(left)}")
    return notebook


def hand_ins(assignment: str, *, everyone: bool = False) -> list[HandIn]:
    """Return the sample class's hand-ins for an assignment.

    Of the tables, HARD has all, others five, those with a named mistake first, and LONG ones those
    who are SHORT there; with `everyone`, all have all.
    """
    name, release = source(assignment, RELEASE)
    full = automatic_points(release)
    table = _table(f"answers_{assignment[:2]}")

    def handed(student: str, notebook: Notebook, score: float, about: str, **more: Any) -> HandIn:
        content = json.dumps(notebook, indent=1, ensure_ascii=False).encode()
        return HandIn(student, assignment, name, content, score, about, **more)

    found = [
        handed("ada", filled(assignment), full, "all right"),
        handed("ulla", release, 0.0, "untouched"),
    ]
    hard = assignment == HARD
    chosen = sorted(table.ANSWERS, key=lambda student: not table.MISTAKES[student])
    few = table.SHORT if assignment in LONG else chosen[:5]
    for student in chosen if everyone or hard else few:
        changed, mistake = table.ANSWERS[student], table.MISTAKES[student]
        about = f"wrong {', '.join(changed)}" if table.EXPECTED[student] < full else "unusual"
        notebook = filled(assignment, changed)
        score = table.EXPECTED[student]
        found.append(handed(student, notebook, score, about, mistake=mistake))
    if hard:
        found += [
            handed("petra", _without_a_test(assignment), full, "deleted a test cell"),
            handed("quentin", _with_a_test_twice(assignment), full, "copied a test cell"),
            _crashed(assignment, handed),
            HandIn(
                "sami",
                assignment,
                name,
                b"\x89PNG\r\n\x1a\n this is a picture of my homework",
                0.0,
                "not a notebook",
                graded=False,
            ),
        ]
    return found


def _table(module: str) -> Any:
    """The wrong hand-ins of an assignment; none where nobody has written any."""
    if importlib.util.find_spec(module) is None:
        return SimpleNamespace(ANSWERS={}, EXPECTED={}, MISTAKES={})
    return importlib.import_module(module)


def _without_a_test(assignment: str) -> Notebook:
    notebook = filled(assignment)
    tests = [cell for cell in notebook["cells"] if is_test(cell)]
    notebook["cells"].remove(tests[len(tests) // 2])
    return notebook


def _with_a_test_twice(assignment: str) -> Notebook:
    notebook = filled(assignment)
    place = next(i for i, cell in enumerate(notebook["cells"]) if is_test(cell))
    copy = deepcopy(notebook["cells"][place])
    copy["id"] = "a-copied-test-cell"
    notebook["cells"].insert(place + 1, copy)
    return notebook


def _crashed(assignment: str, handed: Any) -> HandIn:
    """Python dies in an answer in the middle of the notebook: that answer's points are lost."""
    solved = [c for c in filled(assignment)["cells"] if role(c).get("solution")]
    code = [cell for cell in solved if cell["cell_type"] == "code"]
    dies = role(code[len(code) // 2])["grade_id"]
    notebook = filled(assignment, {dies: "import os\nos._exit(1)\n"})
    place = next(i for i, c in enumerate(notebook["cells"]) if role(c).get("grade_id") == dies)
    after = notebook["cells"][place + 1 :]
    end = next((i for i, c in enumerate(after) if role(c).get("solution")), len(after))
    left = automatic_points(notebook) - automatic_points({"cells": after[:end]})
    return handed("rosa", notebook, left, f"crashes in {dies}", graded=False)


def write(course: Path, hand_in: HandIn) -> Path:
    """Put a hand-in where nbgrader looks for it, and return its file."""
    folder = course / "submitted" / hand_in.student / hand_in.assignment
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / hand_in.file
    file.write_bytes(hand_in.content)
    return file


def make_course(
    folder: Path, names: list[str] | None = None, *, everyone: bool = False
) -> list[HandIn]:
    """Write a course of its own, with the sample class's hand-ins, and return these.

    The folder gets copies of solutions/, notebooks/ and nbgrader_config.py, and a secret that is
    always the same, for points that hang on the inputs; a gradebook or hand-ins that are there from
    before are removed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".grading").mkdir(parents=True)
    (folder / ".grading" / "secret").write_bytes(bytes(range(32)))
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    class_: list[HandIn] = []
    for name in names or assignments():
        shutil.copytree(SOLUTIONS / name, folder / "solutions" / name)
        shutil.copytree(RELEASE / name, folder / "notebooks" / name)
        class_ += hand_ins(name, everyone=everyone)
    for hand_in in class_:
        write(folder, hand_in)
    return class_
