"""The table of topics in notebooks/README.md says where each topic is taught, and it is so."""

import re
import shutil

import pytest
from pages import RELEASED, ROOT, markdown

from gradelib.classroom.course import Course
from gradelib.classroom.release import release, stale

README = ROOT / "notebooks" / "README.md"
TOPICS = 30  # of the four lectures
SOURCES = {"CS231n section", "CS231n notes", "TU Delft", "CS224n"}
PLACE = re.compile(r"\[(\d\d)\]\(([\w/]+\.ipynb)\) (.+?)(?: · ([\d., ]+))?$")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
EXERCISE = re.compile(r"Exercise (\d+\.\d+):")


def rows():
    """(topic, sources, places) of each row of the table of topics."""
    table = README.read_text(encoding="utf-8").split("## Every topic of the sources")[1]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [(topic, source.split(", "), where.split("<br>")) for topic, source, where in lines[1:]]


def sections(path):
    """The sections of a notebook, each from a second-level heading to the next: the headings."""
    found = [[]]
    plain = re.sub(r"```.*?```", "", markdown(path), flags=re.DOTALL)
    for marks, heading in HEADING.findall(plain):
        if len(marks) == 2:
            found.append([])
        found[-1].append(heading.strip())
    return found


def test_every_topic_has_a_row_and_a_source():
    """Thirty topics, each once, of at least one of the four lectures."""
    found = rows()
    assert len({topic for topic, _, _ in found}) == len(found) == TOPICS
    assert all(set(sources) <= SOURCES for _, sources, _ in found)
    assert {source for _, sources, _ in found for source in sources} == SOURCES


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_topic_is_where_the_table_says(row):
    """Heading and exercises exist, in one section of the notebook; each topic has an exercise."""
    _, _, places = row
    practised = set()
    for place in places:
        found = PLACE.fullmatch(place)
        assert found, place
        number, file, heading, exercises = found.groups()
        assert file.startswith(f"{number}_")
        inside = [part for part in sections(ROOT / "notebooks" / file) if heading in part]
        assert len(inside) == 1, (heading, len(inside))
        there = set(EXERCISE.findall("\n".join(inside[0])))
        asked = set(exercises.split(", ")) if exercises else set()
        assert asked <= there, (heading, asked - there)
        practised |= asked
    assert practised


def test_every_notebook_is_listed_by_its_title():
    """The first table links each notebook, with the notebook's own title."""
    text = README.read_text(encoding="utf-8")
    for path in RELEASED:
        title = sections(path)[0][0]
        assert f"[{title}]({path.parent.name}/{path.name})" in text


def test_release_keeps_the_page(tmp_path):
    """A release of all assignments leaves what stands beside their folders as it is, and fresh."""
    name = RELEASED[0].parent.name  # it has no fingerprints, which take long
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "solutions" / name, tmp_path / "solutions" / name)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(README, tmp_path / "notebooks")
    course = Course(tmp_path)
    assert release(course)
    assert (tmp_path / "notebooks" / README.name).read_bytes() == README.read_bytes()
    assert not list(stale(course))
