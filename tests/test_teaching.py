"""Each notebook says what one will learn, helps in steps, and ends with what to take away."""

import re

import pytest
from pages import SOURCES, cells, markdown, short

HINT = re.compile(
    r"<details><summary>Hint(?: (\d+))?[^<\n]*</summary>\n\n(.+?)\n\n</details>", re.DOTALL
)


def exercises(path):
    """(heading, text, whether a person grades it) of each exercise."""
    found = cells(path)
    for place, cell in enumerate(found):
        said = cell["source"]
        if heading := re.search(r"^### (Exercise .+)", said, re.MULTILINE):
            roles = [c["metadata"].get("nbgrader", {}) for c in found[place:]]
            answer = next(role for role in roles if role.get("solution"))
            yield heading[1], said[heading.start() :], bool(answer.get("grade"))


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_begins_with_what_one_will_be_able_to_do(path):
    """A list of what one will be able to do stands before the first exercise."""
    before = markdown(path).split("### Exercise")[0]
    promise = before.split("**What you will be able to do**")[1]
    assert len(re.findall(r"^- ", promise.split("**Time")[0], re.MULTILINE)) >= 4


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_ends_with_a_summary_and_three_questions(path):
    """The summary comes last but for three questions, numbered."""
    summary, questions = (
        markdown(path).split("## Summary\n")[1].split("## Three questions to take away\n")
    )
    assert len(re.findall(r"^- ", summary, re.MULTILINE)) >= 5
    assert re.findall(r"^(\d+)\. ", questions, re.MULTILINE) == ["1", "2", "3"]
    assert "#" not in re.sub(r"`[^`]*`", "", questions)


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_every_exercise_has_hints_in_steps(path):
    """Each answer that is checked by a program has two hints or more, numbered."""
    for heading, said, by_person in exercises(path):
        steps = [number for number, _ in HINT.findall(said)]
        assert by_person or len(steps) > 1, heading
        assert steps == [str(k) for k in range(1, len(steps) + 1)], heading


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_hints_are_folded_and_closed(path):
    """Each <details> is closed, has blank lines around its text, and holds no heading."""
    said = markdown(path)
    blocks = re.findall(
        r"<details>\s?<summary>[^\n]+</summary>\n\n(.+?)\n\n</details>", said, re.DOTALL
    )
    assert len(blocks) == said.count("<details") == said.count("</details>")
    assert not any(re.search(r"^#|<details", block, re.MULTILINE) for block in blocks)
