"""The longest parts run first, so that no processor waits for the other at the end."""

from __future__ import annotations

import pytest

LONGEST = (
    "test_sample_class.py::TestEveryoneInTwoLayerNet",
    "test_sample_class.py::TestNumericalGradients",
    "hostile/",
    "wrong_answers/",
    "test_notebooks.py",
    "exam/test_examiner_course.py",
    "foreign/",
    "test_sample_class.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by the first of LONGEST that a test belongs to; what belongs to none keeps its order."""

    def rank(item: pytest.Item) -> int:
        found = (n for n, part in enumerate(LONGEST) if part in item.nodeid)
        return next(found, len(LONGEST))

    items.sort(key=rank)
