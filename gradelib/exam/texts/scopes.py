"""What a cell's text reads, binds and deletes, seen without running it.

uses(source)   a Uses: what running the cell reads before it binds it itself, and what it leaves
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gradelib.exam.texts.bodies import Names, free, names_of, pattern_names
from gradelib.exam.texts.magics import KEPT, parsed

Exports = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class Uses:
    """What running a cell does to the notebook's names.

    `reads`: read while it runs, before it has bound them for certain. `binds`: bound, or may be.
    `surely`: bound when it ends without an error. `deletes`: deleted, and not bound again.
    `later`: for each function or class that it defines, the names that calling it reads.
    """

    reads: frozenset[str]
    binds: frozenset[str]
    surely: frozenset[str]
    deletes: frozenset[str]
    later: Mapping[str, frozenset[str]]

    @property
    def reads_later(self) -> frozenset[str]:
        """What its functions read when they are called."""
        return frozenset().union(*self.later.values())


def uses(source: str, exports: Exports | None = None) -> Uses:
    """Return what a cell does to names. `exports` says what `from module import *` binds.

    A cell that is no Python uses nothing. A function written in place, and one whose name is read,
    count as called there and then.
    """
    return _uses(source, exports) if len(source) > KEPT else _kept(source, exports)


@lru_cache(maxsize=4096)
def _kept(source: str, exports: Exports | None) -> Uses:
    return _uses(source, exports)


def _uses(source: str, exports: Exports | None) -> Uses:
    walk = _Walk(exports or (lambda module: ()))
    try:
        for statement in parsed(source).body:
            walk.visit(statement)
    except RecursionError:
        return uses("")
    later = {name: frozenset(names.reads) for name, names in walk.later.items()}
    return Uses(
        reads=frozenset(walk.reads),
        binds=frozenset(walk.binds),
        surely=frozenset(walk.surely),
        deletes=frozenset(walk.deletes),
        later=later,
    )


class _Walk(ast.NodeVisitor):
    """Goes through a cell's statements in the order in which they run."""

    def __init__(self, exports: Exports) -> None:
        self.exports = exports
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self.surely: set[str] = set()
        self.deletes: set[str] = set()
        self.later: dict[str, Names] = {}

    def read(self, names: Iterable[str]) -> None:
        """Names that are read now, and what the cell's own functions among them read in turn."""
        waiting, seen = list(names), set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if name not in self.surely:
                self.reads.add(name)
            if name in self.later:
                waiting += self.later[name].reads
                self.binds |= self.later[name].binds

    def bind(self, name: str, later: Names | None = None) -> None:
        """A name is bound, to a function with what it reads if `later` is given."""
        self.binds.add(name)
        self.surely.add(name)
        self.deletes.discard(name)
        self.later.pop(name, None)
        if later is not None:
            self.later[name] = later

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read([node.id])
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        else:
            self.read([node.id])
            self.surely.discard(node.id)
            self.binds.discard(node.id)
            self.deletes.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(target, ast.Name):
            self._defaults(node.value.args)
            self.bind(target.id, free(node.value))
            return
        self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.read([node.target.id])
        self.visit(node.value)
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value:
            self.visit(node.value)
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default:
                self.visit(default)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._defaults(node.args)
        every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for note in [node.returns, *(argument.annotation for argument in every)]:
            if note:
                self.visit(note)
        self.bind(node.name, free(node))

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *(word.value for word in node.keywords)]:
            self.visit(part)
        body = names_of(node.body, called=False)
        self.read(body.reads - body.binds)
        self.bind(node.name, free(node))

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self.read(free(node).reads)

    def _comprehension(self, node: ast.expr) -> None:
        names = names_of([node])
        self.read(names.reads)
        for name in names.binds:
            self.bind(name)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.bind(alias.asname or alias.name.split(".")[0])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            star = self.exports(node.module or "") if alias.name == "*" else ()
            for name in star if alias.name == "*" else [alias.asname or alias.name]:
                self.bind(name)

    def _block(self, statements: Iterable[ast.AST]) -> set[str]:
        """Go through statements that may not run; return what they bind for certain if they do."""
        before = set(self.surely)
        for statement in statements:
            self.visit(statement)
        after, self.surely = self.surely, before
        return after

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        ends = self._block(node.body) & self._block(node.orelse)
        self.surely |= ends

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._block([*node.body, *node.orelse])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._block([node.target, *node.body, *node.orelse])

    visit_AsyncFor = visit_For  # noqa: N815

    def visit_Try(self, node: ast.Try) -> None:
        ends = self._block([*node.body, *node.orelse])
        for handler in node.handlers:
            ends &= self._block([handler])
        self.surely |= ends
        for statement in node.finalbody:
            self.visit(statement)

    visit_TryStar: Any = visit_Try  # noqa: N815

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type:
            self.visit(node.type)
        if node.name:
            self.bind(node.name)
        for statement in node.body:
            self.visit(statement)
        if node.name:
            self.surely.discard(node.name)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self._block([case])

    def visit_match_case(self, node: ast.match_case) -> None:
        self.visit(node.pattern)
        for part in ast.walk(node.pattern):
            for name in pattern_names(part):
                self.bind(name)
        if node.guard:
            self.visit(node.guard)
        for statement in node.body:
            self.visit(statement)
