"""Text that fits 80 columns, as Validate's dialog and a terminal count them.

A Chinese or Japanese character and most emoji take two columns, a combining accent none.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["WIDTH", "columns", "wrapped"]

WIDTH = 80
WORD = re.compile(r"\s+|(?:\[[-\d:, ]+\]|\S)+")  # an index such as [0, 1] is one word


def columns(text: str) -> int:
    """How many columns a text takes.

    >>> columns("dW"), columns("梯度")
    (2, 4)
    """
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(line: str, width: int = WIDTH) -> list[str]:
    """Break a line at spaces, further lines two columns in; a word that is too long is cut.

    Breaks in the line stay, with what follows them two columns in; blank lines go.
    """
    indent = " " * (len(line) - len(line.lstrip(" "))) + "  "
    first, *others = line.split("\n")
    parts = [first, *(indent + part for part in others)]
    return [piece for part in parts for piece in _filled(part, indent, width)]


def _filled(part: str, indent: str, width: int) -> list[str]:
    lines: list[str] = []
    current, taken = "", 0
    part = part.expandtabs().rstrip()
    if len(part) - len(part.lstrip()) > width / 2:
        part = part.lstrip()
    indent = indent[: width // 2]
    for word in WORD.findall(part):
        long = columns(word)
        if taken + long > width and current.strip():
            lines.append(current.rstrip())
            current, taken = indent, len(indent)
            if word.isspace():
                continue
        while taken + long > width:  # longer than a whole line
            head = _head(word, width - taken)
            lines.append(current + head)
            word, current, taken = word[len(head) :], indent, len(indent)
            long = columns(word)
        if word.isspace() and lines and not current.strip():
            continue
        current, taken = current + word, taken + long
    return [*lines, current] if current.strip() else lines


def _head(word: str, room: int) -> str:
    taken = 0
    for place, character in enumerate(word):
        taken += _columns(character)
        if taken > room:
            return word[: max(place, 1)]
    return word
