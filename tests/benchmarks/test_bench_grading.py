"""The benchmark of grading grades what it says, finds other scores, and reads its own figures."""

from pathlib import Path

import graded
import grading
import pytest
import run

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_class_is_graded_both_ways_with_known_scores(tmp_path):
    """Two hand-ins, by us watched for memory and by nbgrader: scores agree, or it would raise."""
    group = grading.Class(tmp_path, "01_numerical_gradients", 2)
    memory = grading.Memory()
    ours, theirs = group.ours(2, 1, memory), group.theirs(2)
    assert ours.cpu > 0
    assert theirs.cpu > 0
    # the command, its worker, the examiner and the nursery at least, each of some megabytes
    assert memory.most >= 4
    assert memory.peak > 100e6


def test_other_scores_are_named(tmp_path):
    """Points that differ from the known ones, and a student who is not there."""
    table = tmp_path / "grades.csv"
    table.write_text("student,automatic\na,3\nb,2\n", encoding="utf-8")
    made = [grading.HandIn(name, "x", "x.ipynb", b"", 3.0, "") for name in "abc"]
    assert grading.different(made, table) == ["b 2.0 and not 3.0", "c None and not 3.0"]


def pair(wall=1.0):
    """nbgrader takes 3 s for the first and 2 s for each more, ours 20 s for 100."""
    ours = {1: grading.Time(20.0 * wall, 16.0), 2: grading.Time(10.0 * wall, 16.0)}
    return grading.Pair(grading.Time(3, 3), grading.Time(2, 2), ours, 100)


def test_start_of_nbgrader_counts_once():
    """100 hand-ins: 3 + 99 x 2 seconds, over ours."""
    assert pair().theirs("wall") == 201
    assert pair().ratio(1, "wall") == pytest.approx(201 / 20)


def test_table_says_what_is_met():
    """Twice as slow misses a target; growth is the exponent; memory is in GB."""
    memory = grading.Memory()
    memory.peak, memory.looks, memory.most = 700_000_000, 9, 7
    grown = [grading.Time(1, 0.1 * n) for n in (100, 300, 1000)]
    text = graded.section({"03": [pair(), pair(), pair(9)]}, [100, 300, 1000], grown, memory, 1.25)
    assert "| 03, gradelib, 2 workers | 100 | 10.00 | 0.100 s | 20x | 0.160 s | 13x |" in text
    assert "1 worker | >= 12x | 10x; processor 13x | no |" in text
    assert "2 workers | >= 20x | 20x; processor 13x | yes |" in text
    assert "n^1.00" in text
    assert "| < 1 GB | 0.70 GB in at most 7 processes (9 looks) | yes |" in text
    assert "kept 1.2 of" in text
    assert "does not count" not in text


def test_table_says_what_was_not_counted():
    """Without a control group, the processor's time lacks the candidates'."""
    grown = [grading.Time(1, 0.1 * n) for n in (100, 300)]
    text = graded.section({"03": [pair()]}, [100, 300], grown, grading.Memory(), 0.0, whole=False)
    assert "but for the candidates', which this machine does not count" in text


def test_readme_has_the_marks_once():
    """And not within those of the other table."""
    text = README.read_text(encoding="utf-8")
    for mark in (grading.BEGIN, grading.END):
        assert text.count(mark) == 1
    assert grading.BEGIN not in text.split(run.BEGIN)[1].split(run.END)[0]
