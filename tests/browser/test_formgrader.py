"""Formgrader in JupyterLab, in a real browser, on a gradebook that `gradelib grade` wrote.

A teaching assistant's walk: read the scores, give points and a comment, grade again in both ways.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser.served import TOKEN, browsing, in_a_browser, serving, surroundings
from sample_class.build import make_course

ASSIGNMENT, NOTEBOOK = "03_jacobians_and_shapes", "jacobians_and_shapes"
STUDENTS = {"ada": 42.0, "bao": 37.0, "deniz": 40.0, "emeka": 40.0, "ulla": 0.0}
ANSWER, COMMENT = "two-conventions", "Good: say also which of the two our code uses."

pytestmark = in_a_browser


def run(folder: Path, *arguments: str) -> str:
    """Run a module's command line in the course and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=surroundings(folder.parent / "home"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def kept(folder: Path) -> tuple[list[Any], list[Any]]:
    """Every cell's points and comments in the gradebook, in order."""
    where = (
        "JOIN base_cell ON base_cell.id = cell_id JOIN submitted_notebook AS book "
        "ON book.id = mark.notebook_id JOIN submitted_assignment AS hand_in "
        "ON hand_in.id = book.assignment_id ORDER BY 1, 2"
    )
    with closing(sqlite3.connect(folder / "gradebook.db")) as db:
        grades = db.execute(
            "SELECT student_id, base_cell.name, auto_score, manual_score, extra_credit "
            f"FROM grade AS mark {where}"
        ).fetchall()
        comments = db.execute(
            "SELECT student_id, base_cell.name, auto_comment, manual_comment "
            f"FROM comment AS mark {where}"
        ).fetchall()
    return grades, comments


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample class's course with five hand-ins, graded by `gradelib grade`."""
    folder = tmp_path_factory.mktemp("formgrader") / "course"
    (folder.parent / "home").mkdir()
    for hand_in in make_course(folder, [ASSIGNMENT]):
        if hand_in.student not in STUDENTS:
            shutil.rmtree(folder / "submitted" / hand_in.student)
    run(folder, "gradelib", "grade", ASSIGNMENT, "--jobs", "1")
    return folder


@pytest.fixture(scope="module")
def lab(course: Path) -> Iterator[str]:
    """The address of a JupyterLab in the course's folder."""
    with serving(course, course.parent / "home") as address:
        yield address


@pytest.fixture(scope="module")
def page(lab: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """JupyterLab with Formgrader open, as its menu opens it."""
    with browsing(tmp_path_factory.mktemp("chromium")) as shown:
        shown.goto(f"{lab}/lab?token={TOKEN}")  # straight to Formgrader would hang
        shown.get_by_role("menuitem", name="Nbgrader").click()
        shown.locator(".lm-Menu-item", has_text="Formgrader").first.click()
        yield shown


def go_to(page: Any, name: str) -> None:
    """Open a page of Formgrader in its frame, which may be loading its first page still."""
    address = page.url.split("/lab")[0] + f"/formgrader/{name}"
    try:
        page.frames[-1].goto(address)
    except Exception as error:
        if "interrupted by another navigation" not in str(error):
            raise
        page.frames[-1].wait_for_load_state()
        page.frames[-1].goto(address)


def listed(page: Any) -> dict[str, tuple[str, str]]:
    """Each student's status and score in the table of an assignment's submissions."""
    form = page.frame_locator("iframe")
    go_to(page, "manage_assignments")
    form.locator("td.num-submissions a").click()
    form.locator("#main-table .student-id", has_text="ulla").wait_for()
    rows = form.locator("#main-table tr").all()
    return {
        row.locator(".student-id").inner_text(): (
            row.locator(".status").inner_text(),
            row.locator(".score").inner_text(),
        )
        for row in rows
    }


def open_hand_in(page: Any, student: str) -> Any:
    """Open a student's notebook as one does by hand, and give the frame it is in."""
    form = page.frame_locator("iframe")
    go_to(page, "gradebook")
    form.get_by_role("link", name=ASSIGNMENT).click()
    form.get_by_role("link", name=NOTEBOOK, exact=True).click()
    form.locator("#main-table .name, .name").get_by_text("Submission #1", exact=True).wait_for()
    form.locator("#toggle_names").click()
    form.get_by_role("link", name=student, exact=True).click()
    # Points and comments have arrived when the empty inputs say what stands for them.
    form.locator(f"[id={ANSWER}-comment][placeholder]").wait_for()
    form.locator("[id=bytes-check][placeholder]").wait_for()
    return form


def saved(page: Any, element: Any, text: str, where: str) -> None:
    """Type into a field of Formgrader, leave it, and see that the server has taken it."""
    with page.expect_response(
        lambda answer: f"/api/{where}/" in answer.url and answer.request.method == "PUT"
    ) as answer:
        element.fill(text)
        element.blur()
    assert answer.value.ok


def autograde(page: Any, student: str) -> str:
    """Press the Autograde button of a student and give what the dialog then says."""
    form = page.frame_locator("iframe")
    row = form.locator("#main-table tr", has=page.locator(".student-id", has_text=student))
    row.locator(".autograde a").click()
    said: str = form.locator(".modal-body").inner_text()
    return said


def test_a_walk_through_formgrader(course: Path, page: Any) -> None:
    """Scores are seen; points and a comment given by hand stay, however one grades again."""
    seen = listed(page)
    assert {s: float(score.split(" / ")[0]) for s, (_, score) in seen.items()} == STUDENTS
    assert {score.split(" / ")[1] for _, score in seen.values()} == {"46"}
    assert {s for s, (status, _) in seen.items() if status == "graded"} == {"ulla"}

    form = open_hand_in(page, "bao")
    assert form.locator("[id=affine-backward-check]").get_attribute("placeholder") == "0"
    assert form.get_by_text("right numbers in transposed order").first.is_visible()
    saved(page, form.locator(f"[id={ANSWER}]"), "3", "grade")
    saved(page, form.locator(f"[id={ANSWER}-comment]"), COMMENT, "comment")
    given = kept(course)
    assert ("bao", ANSWER, None, 3.0, None) in given[0]
    assert ("bao", ANSWER, None, COMMENT) in given[1]

    run(course, "gradelib", "grade", ASSIGNMENT, "--force", "--jobs", "1")
    assert kept(course) == given
    assert listed(page)["bao"] == ("graded", "40 / 46")
    form = open_hand_in(page, "bao")
    assert form.locator(f"[id={ANSWER}]").input_value() == "3"
    assert form.locator(f"[id={ANSWER}-comment]").input_value() == COMMENT

    listed(page)
    assert "Successfully autograded" in autograde(page, "bao")
    assert kept(course) == given
    assert listed(page)["bao"][1] == "40 / 46"

    run(course, "nbgrader", "generate_feedback", ASSIGNMENT)
    (written,) = (course / "feedback" / "bao" / ASSIGNMENT).glob("*.html")
    assert COMMENT in written.read_text(encoding="utf-8")
    run(course, "nbgrader", "export", "--to", "grades.csv")
    lines = (course / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[-2:] for line in lines if ",bao," in line] == [["40.0", "46.0"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_feedback_page_needs_no_network(course: Path, page: Any, scheme: str) -> None:
    """It asks for nothing but itself, fits a phone, and its headings go down one by one."""
    run(course, "gradelib", "feedback", ASSIGNMENT)
    (written,) = (course / "feedback" / "bao" / ASSIGNMENT).glob("*.html")
    with page.context.new_page() as own:
        asked: list[str] = []
        own.on("request", lambda request: asked.append(request.url))
        own.emulate_media(color_scheme=scheme)
        own.set_viewport_size({"width": 380, "height": 800})
        own.goto(written.as_uri())
        own.wait_for_load_state("networkidle")
        assert {url for url in asked if not url.startswith("data:")} == {written.as_uri()}
        assert own.evaluate("document.documentElement.scrollWidth <= innerWidth")
        levels = own.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(e => Number(e.tagName[1]))"
        )
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(deeper <= level + 1 for level, deeper in pairwise(levels))
        ground = own.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        bright = sum(int(part) for part in ground.strip("rgba()").split(",")[:3]) > 3 * 128
        assert bright == (scheme == "light")
