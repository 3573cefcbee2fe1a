"""What a reader hears is whole: headings, alternative text, table heads, links and hints.

Looks at the text of all notebooks and pages; what the notebooks' code shows is looked at where it
is run (test_portable.py).
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import mistune
import pytest
from bs4 import BeautifulSoup
from pages import RELEASED, ROOT, SOURCES, markdown

NOTEBOOKS = SOURCES + RELEASED
PAGES = [ROOT / "README.md", *sorted((ROOT / "notebooks").glob("*.md"))]
EMPTY_WORDS = {"here", "link", "this", "this page", "click here", "more"}

everywhere = pytest.mark.parametrize(
    "path", NOTEBOOKS + PAGES, ids=lambda path: str(path.relative_to(ROOT))
)


def shown(path: Path) -> BeautifulSoup:
    """The Markdown as HTML, the HTML in it as it is."""
    page = mistune.create_markdown(escape=False, plugins=["table", "math"])
    return BeautifulSoup(str(page(markdown(path))), "html.parser")


def faults(page: BeautifulSoup) -> Iterator[Any]:
    """What somebody who hears the page, or goes through it by keys, would miss."""
    levels = [int(h.name[1]) for h in page.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"one H1, at the top: {levels}"
    yield from (f"H{a} is followed by H{b}" for a, b in pairwise(levels) if b > a + 1)
    yield from (image for image in page.find_all("img") if len(image.get("alt", "").split()) < 3)
    yield from page.find_all("svg")
    for table in page.find_all("table"):
        heads = [head.get_text(strip=True) for head in table.find_all("th")]
        if not any(heads):
            yield table
    for link in page.find_all("a"):
        if link.get_text(" ", strip=True).lower() in {"", *EMPTY_WORDS}:
            yield link
    for hint in page.find_all("details"):
        summary = hint.find("summary")
        if summary is None or not summary.get_text(strip=True):
            yield hint


@everywhere
def test_text_can_be_heard_and_walked_through(path: Path) -> None:
    """One H1, headings in order, alternative text, tables with heads, links that say where to."""
    assert list(faults(shown(path))) == []


@pytest.mark.parametrize(
    "text",
    [
        "## No title",
        "# One\n\n# Two",
        "# One\n\n### Three",
        "# One\n\n![](a.png)",
        "# One\n\n![a curve](a.png)",
        '# One\n\n<img src="a.png">',
        "# One\n\n|  |  |\n|---|---|\n| 1 | 2 |",
        "# One\n\n<table><tr><td>1</td></tr></table>",
        "# One\n\nSee [here](b.md).",
        "# One\n\n<details>No summary</details>",
    ],
)
def test_each_fault_is_found(text: str) -> None:
    """The test above can fail, for each of its reasons."""
    page = mistune.create_markdown(escape=False, plugins=["table", "math"])
    assert list(faults(BeautifulSoup(str(page(text)), "html.parser")))
