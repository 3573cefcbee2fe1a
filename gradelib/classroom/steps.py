"""The steps of nbgrader's pipelines, as a course's settings name them.

classes(steps)   the classes of steps that are given as such, or by their dotted names
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from traitlets.utils.importstring import import_item


def classes(steps: Iterable[Any]) -> list[Any]:
    """The steps as classes."""
    return [import_item(step) if isinstance(step, str) else step for step in steps]
