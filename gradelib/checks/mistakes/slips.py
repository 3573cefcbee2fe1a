"""The slips of one place: for an expression or a statement, what may stand there by mistake.

`expression_slips` and `statement_slips` yield (kind of mistake, what takes the place); the kinds
are the keys of `edits.EDITS`.  Nothing is changed here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

__all__ = ["Place", "expression_slips", "statement_slips"]

Node = TypeVar("Node", bound=ast.AST)
Slips = Iterator[tuple[str, ast.expr]]

FUNCTIONS = (
    {"sin", "cos", "tan"},
    {"exp", "log", "log10", "log2"},
    {"tanh", "sigmoid"},
    {"maximum", "minimum"},
    {"argmax", "argmin"},
    {"zeros", "ones"},
    {"zeros_like", "ones_like"},
)
REDUCTIONS = {"sum", "mean", "max", "min", "amax", "amin", "var", "std"}
FLIPPED: dict[type[ast.cmpop], list[type[ast.cmpop]]] = {
    ast.Gt: [ast.Lt, ast.GtE, ast.LtE],
    ast.GtE: [ast.LtE, ast.Gt, ast.Lt],
    ast.Lt: [ast.Gt, ast.LtE, ast.GtE],
    ast.LtE: [ast.GtE, ast.Lt, ast.Gt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
}


@dataclass
class Place:
    """Where a statement stands: its list, its index there, and the function around it."""

    body: list[ast.stmt]
    index: int
    function: ast.AST

    def names(self, before: int) -> list[str]:
        """The names that the function has bound above a line, its parameters first."""
        found: dict[str, None] = {}
        for node in ast.walk(self.function):
            if isinstance(node, ast.arg):
                found[node.arg] = None
            elif (
                isinstance(node, ast.Name)
                and isinstance(node.ctx, ast.Store)
                and node.lineno < before
            ):
                found[node.id] = None
        return [name for name in found if name not in ("self", "_")]

    def texts(self) -> list[str]:
        """The texts that the function uses as keys."""
        found: dict[str, None] = {}
        for node in ast.walk(self.function):
            for key in [node.slice] if isinstance(node, ast.Subscript) else []:
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    found[key.value] = None
        return list(found)


def statement_slips(statement: ast.stmt, place: Place) -> Iterator[tuple[str, list[ast.stmt]]]:
    """What may stand in a statement's place, and the mistake that this is."""
    nothing: list[ast.stmt] = [] if len(place.body) > 1 else [ast.Pass(lineno=statement.lineno)]
    if isinstance(statement, ast.AugAssign):
        kind = {ast.Add: "missing-term", ast.Sub: "missing-term"}
        yield kind.get(type(statement.op), "missing-factor"), nothing
        plain = ast.Assign(targets=[statement.target], value=statement.value)
        if isinstance(statement.op, ast.Add):
            yield "overwritten-branch", [_at(plain, statement)]
        others: dict[type[ast.operator], tuple[str, ast.operator]] = {
            ast.Add: ("inner-sign", ast.Sub()),
            ast.Sub: ("inner-sign", ast.Add()),
            ast.Mult: ("upside-down", ast.Div()),
            ast.Div: ("upside-down", ast.Mult()),
        }
        if type(statement.op) in others:
            kind_, op = others[type(statement.op)]
            other = ast.AugAssign(target=statement.target, op=op, value=statement.value)
            yield kind_, [_at(other, statement)]
    elif isinstance(statement, (ast.Assign, ast.Expr)):
        yield "missing-step", nothing
    elif isinstance(statement, ast.If):
        yield "missing-case", statement.body
        yield "missing-case", statement.orelse or nothing
    function = place.function
    first = place.index == 0 or isinstance(place.body[place.index - 1], ast.Expr)
    if first and isinstance(function, ast.FunctionDef) and place.body is function.body:
        if "dout" not in [n.arg for n in ast.walk(function) if isinstance(n, ast.arg)]:
            return
        ones = ast.parse("dout = dout * 0.0 + 1.0").body[0]
        yield "ignored-upstream", [_at(ones, statement), statement]


def expression_slips(node: ast.expr, parent: ast.AST, field: str, place: Place) -> Slips:
    """What may stand in an expression's place, and the mistake that this is."""
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) or isinstance(node, ast.Slice):
        return
    if isinstance(parent, ast.keyword) or (isinstance(parent, ast.Call) and field == "func"):
        return
    if isinstance(parent, ast.Subscript) and field == "slice":
        yield from _index(node, place)
        return
    compared = isinstance(parent, ast.Compare) and isinstance(node, ast.Constant)
    rules: dict[type[ast.expr], Callable[[Any, Place], Slips]] = {
        ast.BinOp: _operation,
        ast.UnaryOp: _negative,
        ast.Constant: _constant,
        ast.Compare: _comparison,
        ast.Call: _call,
        ast.Attribute: _turned_back,
        ast.Name: _name,
    }
    for kind, rule in rules.items():
        if isinstance(node, kind):
            for mistake, new in rule(node, place):
                yield "wrong-comparison" if compared else mistake, _at(new, node)
    value = isinstance(parent, (ast.Assign, ast.Return)) and field == "value"
    listed = isinstance(parent, (ast.Tuple, ast.Dict)) and field in ("elts", "values")
    if isinstance(node, (ast.Tuple, ast.Dict)):
        yield from _order(node)
    elif value or listed:
        for mistake, new in _whole(node):
            yield mistake, _at(new, node)
    if isinstance(parent, ast.BinOp) and not isinstance(node, (ast.Constant, ast.BinOp)):
        product = not isinstance(parent.op, (ast.Add, ast.Sub))
        kind_ = "transposed-factor" if product else "transpose"
        yield kind_, _at(ast.Attribute(node, "T", ast.Load()), node)


def _operation(node: ast.BinOp, place: Place) -> Slips:
    left, op, right = node.left, node.op, node.right
    if isinstance(op, (ast.Mult, ast.MatMult)):
        yield "missing-factor", left
        yield "missing-factor", right
    if isinstance(op, ast.Mult):
        yield "upside-down", ast.BinOp(left, ast.Div(), right)
        yield "added-factor", ast.BinOp(left, ast.Add(), right)
        yield "matrix-product", ast.BinOp(left, ast.MatMult(), right)
    elif isinstance(op, ast.MatMult):
        yield "transposed-factor", ast.BinOp(right, op, left)
        yield "transposed-factor", ast.Attribute(node, "T", ast.Load())
        yield "matrix-product", ast.BinOp(left, ast.Mult(), right)
    elif isinstance(op, ast.Div):
        yield "missing-factor", left
        yield "missing-factor", ast.BinOp(ast.Constant(1.0), op, right)
        yield "upside-down", ast.BinOp(left, ast.Mult(), right)
        yield "upside-down", ast.BinOp(right, op, left)
    elif isinstance(op, ast.Add):
        yield "missing-term", left
        yield "missing-term", right
        yield "inner-sign", ast.BinOp(left, ast.Sub(), right)
        yield "inner-sign", ast.BinOp(right, ast.Sub(), left)
        yield "added-factor", ast.BinOp(left, ast.Mult(), right)
    elif isinstance(op, ast.Sub):
        yield "missing-term", left
        yield "missing-term", ast.UnaryOp(ast.USub(), right)
        yield "inner-sign", ast.BinOp(left, ast.Add(), right)
        yield "inner-sign", ast.BinOp(right, op, left)
    elif isinstance(op, ast.Pow):
        yield "constant", left


def _negative(node: ast.UnaryOp, place: Place) -> Slips:
    if isinstance(node.op, ast.USub):
        yield "inner-sign", node.operand


def _constant(node: ast.Constant, place: Place) -> Slips:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    for other in dict.fromkeys((0, 1, 2, 0.5, value + 1, value - 1, 2 * value, value / 2)):
        if other != value:
            yield "constant", ast.Constant(type(value)(other) if other == int(other) else other)


def _comparison(node: ast.Compare, place: Place) -> Slips:
    if len(node.ops) == 1:
        for op in FLIPPED.get(type(node.ops[0]), []):
            yield "wrong-comparison", ast.Compare(node.left, [op()], node.comparators)


def _call(node: ast.Call, place: Place) -> Slips:
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    module = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "np"
    of = (
        function.value
        if isinstance(function, ast.Attribute) and not module
        else (node.args[0] if node.args else None)
    )

    def called(other: str, keywords: list[ast.keyword] | None = None) -> ast.expr:
        new: ast.expr = ast.Name(other, ast.Load())
        if isinstance(function, ast.Attribute):
            new = ast.Attribute(function.value, other, ast.Load())
        return ast.Call(new, node.args, node.keywords if keywords is None else keywords)

    if name in REDUCTIONS and of is not None:
        if name in ("sum", "mean"):
            yield "averaging", called("mean" if name == "sum" else "sum")
            yield "missing-sum" if name == "sum" else "averaging", of
        yield from ((kind, called(name, new)) for kind, new in _axes(node.keywords))
        return
    for family in FUNCTIONS:
        for other in sorted(family - {name}) if name in family else ():
            yield "wrong-function", called(other)
    if len(node.args) == 1 and not node.keywords:
        yield "missing-function", node.args[0]
    if len(node.args) == 2:
        first, second = node.args
        swapped = ast.Call(function, [second, first], node.keywords)
        yield "transposed-factor" if name in ("outer", "dot", "matmul") else "wrong-array", swapped
        yield "missing-function", first
        yield "missing-function", second


def _axes(keywords: list[ast.keyword]) -> Iterator[tuple[str, list[ast.keyword]]]:
    """The keywords of a reduction with another axis, or without one of them."""
    for index, keyword in enumerate(keywords):
        rest = keywords[:index] + keywords[index + 1 :]
        yield "axis", rest
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            for axis in (0, 1, -1):
                if axis != keyword.value.value:
                    yield "axis", [*rest, ast.keyword("axis", ast.Constant(axis))]
    if keywords and all(keyword.arg != "keepdims" for keyword in keywords):
        yield "axis", [*keywords, ast.keyword("keepdims", ast.Constant(True))]


def _turned_back(node: ast.Attribute, place: Place) -> Slips:
    if node.attr == "T":
        yield "transposed-factor", node.value


def _name(node: ast.Name, place: Place) -> Slips:
    known = place.names(node.lineno)
    if node.id in known:
        for other in known:
            if other != node.id:
                yield "wrong-array", ast.Name(other, ast.Load())


def _index(node: ast.expr, place: Place) -> Slips:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for key in place.texts():
            if key != node.value:
                yield "wrong-array", _at(ast.Constant(key), node)
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
        yield "wrong-index", _at(ast.Tuple(node.elts[::-1], ast.Load()), node)
        for place_ in (0, 1):
            for op in (ast.Add(), ast.Sub()):
                elts = list(node.elts)
                if not isinstance(elts[place_], ast.Slice):
                    elts[place_] = ast.BinOp(elts[place_], op, ast.Constant(1))
                    yield "wrong-index", _at(ast.Tuple(elts, ast.Load()), node)


def _order(node: ast.Tuple | ast.Dict) -> Slips:
    """Two of several results in each other's place."""
    if isinstance(node.ctx if isinstance(node, ast.Tuple) else None, ast.Store):
        return
    values = list(node.elts) if isinstance(node, ast.Tuple) else list(node.values)
    for i in range(len(values)):
        for j in range(i):
            swapped = list(values)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            new: ast.expr = ast.Tuple(swapped, ast.Load())
            if isinstance(node, ast.Dict):
                new = ast.Dict(node.keys, swapped)
            yield "wrong-order", _at(new, node)


def _whole(node: ast.expr) -> Slips:
    """A whole right-hand side with a factor too many, turned over or of the other sign."""
    yield "inner-sign", ast.UnaryOp(ast.USub(), node)
    yield "constant", ast.BinOp(ast.Constant(2), ast.Mult(), node)
    yield "constant", ast.BinOp(ast.Constant(0.5), ast.Mult(), node)
    yield "transpose", ast.Attribute(node, "T", ast.Load())
    length = ast.Call(ast.Name("len", ast.Load()), [node], [])
    yield "averaging", ast.BinOp(node, ast.Div(), length)
    yield "averaging", ast.BinOp(node, ast.Mult(), length)


def _at(new: Node, old: ast.AST) -> Node:
    """The new node, on the old one's line."""
    return ast.fix_missing_locations(ast.copy_location(new, old))
