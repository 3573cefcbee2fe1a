"""Which of a student's classes are believed in what their objects say of themselves.

classes_in(sources)    the names that a course's own solutions bind to classes
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["classes_in"]

# By its text: a cell may hold magics, which are no Python.
_CLASS = re.compile(r"^[ ]{0,8}class[ ]+(\w+)", re.MULTILINE)
_MADE = re.compile(
    r"^(\w+)[ ]*=[ ]*(?:\w+\.)?(?:namedtuple|NamedTuple|make_dataclass|type|\w*Enum)\(",
    re.MULTILINE,
)


def classes_in(sources: Iterable[str]) -> frozenset[str]:
    """The names that these cells bind to classes.

    >>> sorted(classes_in(["class Value:\\n    pass", "Pair = namedtuple('Pair', 'a b')", "x = 1"]))
    ['Pair', 'Value']
    """
    found: set[str] = set()
    for source in sources:
        found |= {*_CLASS.findall(source), *_MADE.findall(source)}
    return frozenset(found)
