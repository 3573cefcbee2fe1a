"""Names that cells bind, and those of them that a hand-in gives another meaning, such as `sum = 0`.

rebound(nb, master)   a note for each: the tests' failure alone would not say why
bound(source)         the names that a cell binds
parsed(source)        a cell's syntax tree
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nbformat import NotebookNode

if TYPE_CHECKING:
    from .rebuild import MasterCell


def rebound(nb: NotebookNode, master: Sequence[MasterCell]) -> list[str]:
    """One note for each such name and cell.

    Tests rely on the built-in names that they use, and on those that a given cell binds.
    """
    locked = [cell for cell in master if cell.locked and cell.cell_type == "code"]
    given = {name: what for cell in locked if not cell.grade for name, what in bound(cell.source)}
    relied = set().union(*(_used(cell.source) for cell in locked if cell.grade))
    relied &= given.keys() | set(dir(builtins))
    own = {cell.grade_id for cell in locked}
    notes = []
    for index, cell in enumerate(nb.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if cell.cell_type != "code" or grade_id in own:
            continue
        where = f"cell {grade_id!r}" if grade_id else f"the notebook's cell number {index + 1}"
        other = {name for name, what in bound(cell.source) if what == "" or what != given.get(name)}
        notes += [
            f"{where} gives {name!r} another meaning: tests that use it may fail"
            for name in sorted(other & relied)
        ]
    return notes


def parsed(source: str) -> ast.Module:
    """The cell without magics; an empty one where it is not Python."""
    lines = ("pass" if line.startswith(("%", "!")) else line for line in source.split("\n"))
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _used(source: str) -> set[str]:
    """The names that a cell reads and does not bind itself."""
    names = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return read - {name for name, _ in bound(source)}


def bound(source: str) -> Iterator[tuple[str, str]]:
    """The names that a cell binds at its top level, each with what is imported, if it is that."""
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
            waiting += ast.iter_child_nodes(node)
