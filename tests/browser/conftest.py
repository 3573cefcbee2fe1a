"""A page of Chromium for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser.served import browsing


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page; a module that wants another has its own."""
    with browsing(tmp_path_factory.mktemp("chromium")) as shown:
        yield shown
