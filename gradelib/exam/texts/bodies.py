"""The names of a scope inside a cell: a function's body, a class's, a comprehension's.

free(node)             what a function, lambda or class reads and binds of the notebook's names
                       when it is called
names_of(statements)   the same for statements that run, without regard to their order
pattern_names(node)    the names that a part of a match pattern binds
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass
class Names:
    """Names of the scope around that are read, and that are bound."""

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)

    def add(self, other: Names) -> None:
        """Both together."""
        self.reads |= other.reads
        self.binds |= other.binds


def free(node: Function | ast.ClassDef) -> Names:
    """The notebook's names that a function reads when called, or a class's methods do."""
    if isinstance(node, ast.ClassDef):
        found = Names()
        for part in ast.walk(ast.Module(node.body, [])):
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found.add(free(part))
        return found
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    own = {argument.arg for argument in [*every, arguments.vararg, arguments.kwarg] if argument}
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    inside = names_of(body)
    shared = {
        name
        for part in _same_scope(body)
        if isinstance(part, ast.Global | ast.Nonlocal)
        for name in part.names
    }
    own |= inside.binds - shared
    return Names(inside.reads - own, inside.binds & shared)


def names_of(nodes: Iterable[ast.AST], *, called: bool = True) -> Names:
    """The names that statements or expressions read and bind, nested scopes resolved.

    Functions that they define count as `called` or not.
    """
    nodes = list(nodes)
    found = Names()
    for node in _same_scope(nodes):
        if isinstance(node, ast.Name):
            (found.reads if isinstance(node.ctx, ast.Load) else found.binds).add(node.id)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found.reads.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.binds |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.binds.add(node.name)
        elif isinstance(node, Function):
            if called or isinstance(node, ast.Lambda):
                found.add(free(node))
            if not isinstance(node, ast.Lambda):
                found.binds.add(node.name)
        elif isinstance(node, ast.ClassDef):
            body = names_of(node.body)
            found.reads |= (body.reads - body.binds) | free(node).reads
            found.binds.add(node.name)
        elif isinstance(node, Comprehension):
            found.add(_comprehension(node))
        else:
            found.binds |= set(pattern_names(node))
    return found


def _comprehension(node: Comprehension) -> Names:
    """Its targets are its own; an assignment expression inside binds a name around it."""
    targets = names_of(part.target for part in node.generators).binds
    inside = names_of(
        [
            *([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]),
            *(condition for part in node.generators for condition in part.ifs),
            *(part.iter for part in node.generators[1:]),
        ]
    )
    first = names_of([node.generators[0].iter])
    return Names((inside.reads - targets) | first.reads, inside.binds | first.binds)


def _same_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes and those inside them. Of a nested scope only what runs in this one."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Function):
            waiting += [*node.args.defaults, *(part for part in node.args.kw_defaults if part)]
            waiting += getattr(node, "decorator_list", [])
        elif isinstance(node, ast.ClassDef):
            waiting += [*node.decorator_list, *node.bases]
            waiting += [word.value for word in node.keywords]
        elif not isinstance(node, Comprehension):
            waiting += ast.iter_child_nodes(node)


def pattern_names(node: ast.AST) -> Iterator[str]:
    """The name that a part of a match pattern binds, if it is one and does."""
    name = None
    if isinstance(node, ast.MatchAs | ast.MatchStar):
        name = node.name
    elif isinstance(node, ast.MatchMapping):
        name = node.rest
    if name is not None:
        yield name
