"""A cell's text as Python, with IPython's magics taken out.

parsed(source)   its syntax tree
bound(source)    the names that it binds, each with what is imported if it is that
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gradelib.exam.texts.bodies import pattern_names

LONGEST = 500_000
"""Characters of a cell beyond which it is not looked into."""

KEPT = 20_000
"""Characters of a cell up to which what is found in it is kept in memory."""

RUN_CODE = ("time", "timeit", "prun", "capture")
"""Magics whose text is Python that runs in the notebook's namespace."""

CELL_MAGIC = re.compile(r"\s*%%(\w+)[ \t]*([^\n]*)(?:\n|\Z)")
LINE_MAGIC = re.compile(r"(\s*)(?:([\w, ]+?)\s*=\s*)?(?:%(?!%)|!)(\w*)[ \t]*(.*)")
HELP = re.compile(r"(\s*)(\?{1,2}\s*[\w.*]+|[\w.*]+\s*\?{1,2})\s*$")


def parsed(source: str) -> ast.Module:
    """The cell without magics; an empty one where it is not Python."""
    if len(source) <= LONGEST:
        for text in (source, _without_magics(source)):
            try:
                return ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return ast.Module([], [])


def _without_magics(source: str) -> str:
    """The text with each magic's line replaced; line numbers stay."""
    if match := CELL_MAGIC.match(source):
        magic, argument = match.groups()
        if magic not in RUN_CODE:
            return ""
        name = argument.split()[-1] if magic == "capture" and argument.split() else ""
        first = f"{name} = None" if name.isidentifier() else "pass"
        blank = "\n" * source[: match.end()].count("\n")
        return first + blank + _without_magics(source[match.end() :])
    lines, going_on = [], False
    for line in source.split("\n"):
        if going_on:
            going_on, line = line.endswith("\\"), ""
        elif match := LINE_MAGIC.fullmatch(line):
            indent, target, magic, text = match.groups()
            going_on = line.endswith("\\")
            if target:
                line = f"{indent}{target} = None"
            elif magic == "pylab":
                line = f"{indent}import numpy as np; from pylab import *"
            else:
                code = text if magic in RUN_CODE and not text.startswith("-") else ""
                line = indent + (code or "pass")
        elif match := HELP.fullmatch(line):
            line = f"{match[1]}pass"
        lines.append(line)
    return "\n".join(lines)


def bound(source: str) -> Iterable[tuple[str, str]]:
    """The names that a cell binds at its top level, each with what is imported, if it is that."""
    return _kept(source) if len(source) <= KEPT else tuple(_bound(source))


@lru_cache(maxsize=4096)
def _kept(source: str) -> tuple[tuple[str, str], ...]:
    return tuple(_bound(source))


def _bound(source: str) -> Iterator[tuple[str, str]]:
    waiting: list[ast.AST] = [parsed(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            place = getattr(node, "module", None) or ""
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                yield name, f"{place}:{alias.name if alias.asname or place else name}"
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, ""
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, ""
        elif not isinstance(node, (ast.Lambda, ast.comprehension)):
            waiting += [
                *ast.iter_child_nodes(node),
                *(ast.Name(name, ast.Store()) for name in pattern_names(node)),
            ]
