"""Whether a cell may read names that its text does not tell.

reaching(source)   true where only running it would show
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from gradelib.exam.texts.magics import parsed

WORD = re.compile(r"[^\W\d]\w*")

_WORDS = """
globals locals vars dir eval exec compile get_ipython In Out _ __ ___ _i _ii _iii _ih _oh _dh
__main__ __builtins__ builtins inspect _getframe modules gc user_ns __globals__ f_globals
__dict__ import_module __import__ pickle dill
"""
WORDS = frozenset(_WORDS.split())

NUMBERED = re.compile(r"_i?\d+")

HARMLESS = ("matplotlib", "load_ext", "autoreload", "config", "time", "timeit", "pip", "precision")
"""Magics that read no names but those written behind them."""


@lru_cache(maxsize=4096)
def reaching(source: str) -> bool:
    """Return whether a cell may read any name: by its text as data, by frames, or by a magic."""
    for line in source.split("\n"):
        text = line.strip()
        if text.startswith(("%", "!")) or (text.endswith("?") and not text.startswith("#")):
            words = WORD.findall(text)
            if not text.startswith("%") or not words or words[0] not in HARMLESS:
                return True
    tree = parsed(source)
    if not tree.body:
        return bool(source.strip()) and any(sign in source for sign in "%!?")
    return any(word in WORDS or NUMBERED.fullmatch(word) for word in _words(tree))


def _words(tree: ast.Module) -> Iterator[str]:
    """The names that are read, attributes, and parts of imports; `*` counts as one of WORDS."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (getattr(node, "module", None) or "").split(".")
            for alias in node.names:
                yield from ("globals" if alias.name == "*" else alias.name).split(".")
