"""The course's notebooks as text.

ROOT                       the project
SOURCES, RELEASED          the solutions' notebooks, and the students'
cells(path, kind=None)     cells, of one kind or all, each with its source as one text
markdown(path)             the Markdown of a notebook or a page
short(path)                "03", the number of a notebook's folder
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))
RELEASED = sorted((ROOT / "notebooks").glob("*/*.ipynb"))


def short(path: Path) -> str:
    """The number of a notebook's folder."""
    return path.parent.name[:2]


def cells(path: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """The cells of a kind, or all, with their source as one text."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        {**cell, "source": "".join(cell["source"])}
        for cell in found
        if kind in (None, cell["cell_type"])
    ]


def markdown(path: Path) -> str:
    """The Markdown of a notebook or a page."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    return "\n\n".join(cell["source"] for cell in cells(path, "markdown"))
