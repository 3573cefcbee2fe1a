"""The sample class, graded by the command line: every score is the one that it must be.

One class of tests for each assignment, so that two workers share them. Those of 04, 05 and the
LONG ones are slow; one of each is graded in tests/exam/test_examiner_course.py, too.
"""

import csv
import os
import re
import subprocess
import sys
from html import unescape

import pytest
from sample_class.build import LONG, ROOT, automatic_points, make_course, source

from gradelib.checks.mistakes.catalogue import BREACHES, MISTAKES
from gradelib.checks.mistakes.edits import EDITS

CELL_TIMEOUT = "20"  # of wall time: a busy machine trains slowly
LONG_TIMEOUT = "60"  # a wrong gradient of a net is looked at closely


def gradelib(*arguments):
    """Run a verb of the command line, in a terminal wide enough for its table."""
    return subprocess.run(
        [sys.executable, "-m", "gradelib", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )


def words(identifier):
    """The fixed parts of a mistake's sentences, as an edit or by its numbers."""
    sentences = [known[identifier] for known in (EDITS, BREACHES, MISTAKES) if identifier in known]
    return [max(re.split(r"\{.*?\}", said), key=len).strip() for said in sentences]


@pytest.fixture(scope="class")
def course(request, tmp_path_factory):
    """The class, graded, with feedback and scores: (folder, hand-ins, result of grade)."""
    cls = request.cls
    folder = tmp_path_factory.mktemp("course")
    class_ = make_course(folder, [cls.assignment], everyone=cls.everyone)
    at = ("--course", str(folder))
    limit = LONG_TIMEOUT if cls.assignment in LONG else CELL_TIMEOUT
    graded = gradelib("grade", cls.assignment, *at, "--cell-timeout", limit)
    assert graded.returncode in (0, 1), graded.stdout + graded.stderr
    given = gradelib("feedback", cls.assignment, *at)
    assert given.returncode == 0, given.stdout + given.stderr
    exported = gradelib("export", *at, "--to", str(folder / "grades.csv"))
    assert exported.returncode == 0, exported.stdout + exported.stderr
    return folder, class_, graded


class Graded:
    """What holds of every assignment's class; `assignment` names it."""

    assignment = ""
    everyone = False

    def pages(self, folder, student):
        """The text of a student's feedback page."""
        (page,) = (folder / "feedback" / student / self.assignment).glob("*.html")
        html = page.read_text(encoding="utf-8")
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())

    def test_scores_are_the_expected_ones(self, course):
        """Every hand-in has a row, and its automatic score is the one of the table."""
        folder, class_, _ = course
        with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = {r["student"]: float(r["automatic"]) for r in csv.DictReader(file)}
        expected = {h.student: pytest.approx(h.score, abs=1e-5) for h in class_}
        assert rows == expected

    def test_exit_code_says_whether_all_were_graded(self, course):
        """1 when a hand-in could not be graded to its end, which is then listed; 0 otherwise."""
        _, class_, graded = course
        left = [h for h in class_ if not h.graded]
        assert graded.returncode == bool(left)
        assert f"{len(class_) - len(left)} of {len(class_)} graded" in graded.stdout

    def test_named_mistakes_stand_on_the_feedback_page(self, course):
        """The page says what the check said, in the same words."""
        folder, class_, _ = course
        named = [h for h in class_ if h.mistake]
        for hand_in in named:
            page = self.pages(folder, hand_in.student)
            assert any(said in page for said in words(hand_in.mistake)), hand_in.student

    def test_feedback_keeps_hidden_tests(self, course):
        """No line that only the hidden tests hold is on any page."""
        folder, class_, _ = course
        _, notebook = source(self.assignment)
        shown, hidden = set(), set()
        for cell in notebook["cells"]:
            inside = False
            for line in "".join(cell["source"]).splitlines():
                inside = inside or "BEGIN HIDDEN TESTS" in line
                (hidden if inside else shown).add(" ".join(line.split()))
                inside = inside and "END HIDDEN TESTS" not in line
        secret = {line for line in hidden - shown if len(line) > 25}
        assert secret
        for student in ("ada", "ulla", class_[2].student):
            text = self.pages(folder, student)
            assert not [line for line in secret if line in text]

    def test_all_right_and_untouched_are_at_the_ends(self, course):
        """ada has all automatic points and ulla none: the table itself is not off."""
        _, class_, _ = course
        scores = {h.student: h.score for h in class_}
        _, notebook = source(self.assignment)
        assert scores["ada"] == automatic_points(notebook)
        assert scores["ulla"] == 0
        assert sum(0 < score < scores["ada"] for score in scores.values()) >= 5


class TestNumericalGradients(Graded):
    assignment = "01_numerical_gradients"


class TestChainRule(Graded):
    assignment = "02_chain_rule"


class TestJacobiansAndShapes(Graded):
    assignment = "03_jacobians_and_shapes"


@pytest.mark.slow
class TestEveryoneInNumericalGradients(TestNumericalGradients):
    everyone = True


@pytest.mark.slow
class TestEveryoneInChainRule(TestChainRule):
    everyone = True


@pytest.mark.slow
class TestEveryoneInJacobiansAndShapes(TestJacobiansAndShapes):
    everyone = True


@pytest.mark.slow
class TestEveryoneInTwoLayerNet(Graded):
    assignment = "04_two_layer_net"
    everyone = True

    def test_class_is_large_and_odd(self, course):
        """At least twelve hand-ins, two of which cannot be graded to the end, with their causes."""
        _, class_, graded = course
        assert len(class_) >= 12
        assert {h.student for h in class_ if not h.graded} == {"rosa", "sami"}
        for words in ("left with os._exit(1) in cell", "not a notebook", "did not end in time"):
            assert words in " ".join(graded.stdout.split())


@pytest.mark.slow
class TestEveryoneInBugHunt(Graded):
    assignment = "05_bug_hunt"
    everyone = True


@pytest.mark.slow
class TestEveryoneInAutodiffEngine(Graded):
    assignment = LONG[0]
    everyone = True


@pytest.mark.slow
class TestEveryoneInNormalisationAndAttention(Graded):
    assignment = LONG[1]
    everyone = True


@pytest.mark.slow
class TestEveryoneInWhenGradientsFail(Graded):
    assignment = LONG[2]
    everyone = True


def test_demo_is_the_sample_class():
    """`make demo` shows this class: the target calls the script that builds it."""
    assert "tests/sample_class/demo.py" in (ROOT / "Makefile").read_text(encoding="utf-8")
