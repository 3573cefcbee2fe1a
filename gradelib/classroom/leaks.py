"""Whether what students get gives away what it should not.

secrets(nb)            the lines of a source notebook that students must not see
leaks(secrets, texts)  which of them stand in which text
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from nbformat import NotebookNode

from .regions import HIDDEN, SOLUTION, inside, without

SHORTEST = 6
"""A line with fewer characters, such as `else:`, says nothing by itself."""


def secrets(nb: NotebookNode) -> list[str]:
    """The lines of solutions, hidden tests and model answers that are not in plain sight as well.

    Lines are compared without their indentation and runs of spaces.
    """
    hidden: list[str] = []
    public: list[str] = []
    for cell in nb.cells:
        meta = cell.metadata.get("nbgrader", {})
        solution = inside(cell.source, SOLUTION)
        if meta.get("solution") and not solution:
            hidden += cell.source.split("\n")
            continue
        hidden += solution + inside(cell.source, HIDDEN)
        public.append(_plain(without(without(cell.source, SOLUTION), HIDDEN)))
    text = "\n".join(public)
    lines = dict.fromkeys(_plain(line) for line in hidden)
    return [line for line in lines if len(line) >= SHORTEST and line not in text]


def leaks(lines: Iterable[str], texts: Mapping[str, str]) -> list[str]:
    """For each secret line found in a text: the text's name and the line."""
    plain = {name: _plain(text) for name, text in texts.items()}
    return [f"{name}: {line}" for line in lines for name, text in plain.items() if line in text]


def visible_text(nb: NotebookNode) -> str:
    """All text that a notebook holds, outputs and metadata included."""
    return "\n".join(_strings(nb))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for item in value.items() for part in item for text in _strings(part)]
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _strings(item)]
    return []


def _plain(text: str) -> str:
    return "\n".join(re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
