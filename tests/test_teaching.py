"""Each notebook says what one will learn, helps in steps, and ends with what to take away."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))
CORE = SOURCES[:4]
HINT = re.compile(
    r"<details><summary>Hint(?: (\d+))?[^<\n]*</summary>\n\n(.+?)\n\n</details>", re.DOTALL
)


def short(path):
    return path.parent.name[:2]


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def text(path):
    """The Markdown of a notebook."""
    found = ("".join(c["source"]) for c in cells(path) if c["cell_type"] == "markdown")
    return "\n\n".join(found)


def exercises(path):
    """(heading, text, whether a person grades it) of each exercise."""
    found = cells(path)
    for place, cell in enumerate(found):
        said = "".join(cell["source"])
        if heading := re.search(r"^### (Exercise .+)", said, re.MULTILINE):
            roles = [c["metadata"].get("nbgrader", {}) for c in found[place:]]
            answer = next(role for role in roles if role.get("solution"))
            yield heading[1], said[heading.start() :], bool(answer.get("grade"))


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_begins_with_what_one_will_be_able_to_do(path):
    """A list of what one will be able to do stands before the first exercise."""
    before = text(path).split("### Exercise")[0]
    promise = before.split("**What you will be able to do**")[1]
    assert len(re.findall(r"^- ", promise.split("**Time")[0], re.MULTILINE)) >= 4


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_ends_with_a_summary_and_three_questions(path):
    """The summary comes last but for three questions, numbered."""
    summary, questions = (
        text(path).split("## Summary\n")[1].split("## Three questions to take away\n")
    )
    assert len(re.findall(r"^- ", summary, re.MULTILINE)) >= 5
    assert re.findall(r"^(\d+)\. ", questions, re.MULTILINE) == ["1", "2", "3"]
    assert "#" not in re.sub(r"`[^`]*`", "", questions)


@pytest.mark.parametrize("path", CORE, ids=short)
def test_every_exercise_has_hints_in_steps(path):
    """In the core, each answer that is checked by a program has two hints or more, numbered."""
    for heading, said, by_person in exercises(path):
        steps = [number for number, _ in HINT.findall(said)]
        assert by_person or len(steps) > 1, heading
        assert steps == [str(k) for k in range(1, len(steps) + 1)], heading


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_hints_are_folded_and_closed(path):
    """Each <details> is closed, has blank lines around its text, and holds no heading."""
    said = text(path)
    blocks = re.findall(
        r"<details>\s?<summary>[^\n]+</summary>\n\n(.+?)\n\n</details>", said, re.DOTALL
    )
    assert len(blocks) == said.count("<details") == said.count("</details>")
    assert not any(re.search(r"^#|<details", block, re.MULTILINE) for block in blocks)
