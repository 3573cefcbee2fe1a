"""A hostile class, graded by the command line: none gains a point, none is lost, nothing leaks.

Honest neighbours sit among them. The tables of hand-ins are in this folder; `slow` ones are those
that wait for a limit of time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from classroom.loads import Loads
from hostile.course import CANARIES
from hostile.grounds import NEIGHBOURS, Grounds, disguises
from hostile.tables import CASES

from gradelib.exam.sandbox import holding

pytestmark = pytest.mark.skipif(
    not holding.full(), reason="this machine cannot isolate hand-ins: see gradelib doctor"
)


@pytest.fixture(scope="class")
def grounds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grounds]:
    """The class, graded."""
    made = Grounds(tmp_path_factory.mktemp("hostile"))
    made.grade(case for case in CASES if request.cls.everyone or not case.slow)
    yield made
    made.close()


class TestQuickCases:
    everyone = False

    def test_each_score_is_what_the_honest_part_earns(self, grounds: Grounds) -> None:
        """None gains a point, none loses one, each has a row; neighbours' are right."""
        expected = {case.name: case.score for case in grounds.cases} | NEIGHBOURS
        found = grounds.scores()
        for case in grounds.cases:
            if case.racy and found[case.name] < case.score:
                found[case.name] = case.score
        assert found == expected

    def test_each_hand_in_has_a_verdict(self, grounds: Grounds) -> None:
        """Isolated fully; one that cannot be graded is listed, with its cause."""
        for case in grounds.cases:
            verdict = grounds.verdict(case.name)
            assert verdict["isolation"] == "full"
            if not case.graded:
                assert verdict["cause"], case.name
                assert case.name in grounds.graded["said"]
        for student in NEIGHBOURS:
            assert grounds.verdict(student)["cause"] is None
        assert grounds.graded["code"] == 1
        assert "Traceback" not in grounds.graded["said"]

    def test_nothing_leaks(self, grounds: Grounds) -> None:
        """No canary, and nothing of the course's secret, is in anything that grading wrote."""
        secrets = dict(CANARIES)
        secrets["secret"] = (grounds.course.root / ".grading" / "secret").read_bytes().hex()
        for student, text in grounds.written():
            for place, secret in secrets.items():
                if place == "neighbour" and student in NEIGHBOURS:
                    continue
                found = [form for form in disguises(secret) if form in text]
                assert not found, (student, place)

    def test_nothing_that_must_fail_succeeded(self, grounds: Grounds) -> None:
        """No hand-in reports that it opened, read or traced what it may not."""
        said = [student for student, text in grounds.written() if "PWNED:" in text]
        assert not said

    def test_nothing_survives(self, grounds: Grounds) -> None:
        """No process is alive when a command has ended, and nothing is left in /tmp or memory."""
        for verb in (grounds.graded, grounds.given, grounds.exported):
            assert verb["alive"] == []
        assert grounds.left() == []

    def test_nothing_outside_is_changed(self, grounds: Grounds) -> None:
        """No file of the course, home or system is written, removed or renamed."""
        assert grounds.changed == []
        assert grounds.marks() == []

    def test_nobody_knocks(self, grounds: Grounds) -> None:
        """No connection arrives."""
        assert grounds.knocks() == []

    def test_pages_run_and_load_nothing(self, grounds: Grounds) -> None:
        """Everyone has a page, in which no script runs and which asks nobody for anything."""
        pages = grounds.pages()
        assert set(pages) == {case.name for case in grounds.cases} | set(NEIGHBOURS)
        found = {student: Loads(page).found for student, page in pages.items()}
        assert not {student: loads for student, loads in found.items() if loads}
        for student in ("a-honest", "m-honest", "zz-honest"):
            assert "Points: 10 of 15" in pages[student]


@pytest.mark.slow
class TestAllCases(TestQuickCases):
    everyone = True


def test_the_tables_are_large_and_each_case_is_one() -> None:
    """At least 80 are tried in every run, over all eight tables; names are unique."""
    assert not [name for name, count in Counter(case.name for case in CASES).items() if count > 1]
    assert sum(not case.slow for case in CASES) >= 80
