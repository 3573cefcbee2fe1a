"""Single edits of a right answer: what it becomes by one slip, and which slip that is.

`edits(source)` yields every change of one place of the syntax tree that a student may well make.
`EDITS` has a sentence for each kind, true of all edits of the kind and silent about the answer.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Container, Iterator
from dataclasses import dataclass
from typing import Any

from gradelib.checks.mistakes.slips import Place, expression_slips, statement_slips

__all__ = ["EDITS", "Edit", "common", "edits"]

EDITS = {
    "missing-factor": (
        "A factor or a divisor is missing on the way to this gradient. "
        "Name the local derivative of every step between it and the output."
    ),
    "missing-term": (
        "A sum on the way to this gradient lacks a term, or more than one. "
        "Is it a way on which the value reaches the output, or a part of a step's own formula?"
    ),
    "missing-part": (
        "A factor or a term is missing on the way to this gradient. "
        "Write down the local derivative of each step, and all ways to the output."
    ),
    "missing-step": (
        "A step is missing on the way to this gradient. "
        "Which step of the forward pass has no counterpart on the way back?"
    ),
    "missing-sum": (
        "A sum over an axis is missing on the way to this gradient. "
        "Which value was used many times in the forward pass?"
    ),
    "missing-function": (
        "A function is left out on the way to this gradient. "
        "Follow the calculation from the cache on: which step is missing?"
    ),
    "missing-case": (
        "Two cases are treated alike. When does the forward pass go the one way, when the other?"
    ),
    "inner-sign": (
        "A sign is wrong on the way to this gradient: of a term, of a factor, or of a difference "
        "taken the wrong way round."
    ),
    "constant": (
        "A constant is wrong on the way to this gradient: a number in a factor, a term or a power. "
        "Differentiate that step once more."
    ),
    "averaging": (
        "A sum is averaged on the way to this gradient, or a mean is not. "
        "Where does the forward pass divide by a number of entries?"
    ),
    "upside-down": (
        "A factor stands where a divisor belongs, or a divisor where a factor does. "
        "Which way up is each local derivative?"
    ),
    "added-factor": (
        "Two values are added that should be multiplied, or multiplied that should be added. "
        "How do slopes along one way combine, and how do slopes of two ways?"
    ),
    "matrix-product": (
        "A product goes entry by entry where a matrix product belongs, or the other way round. "
        "Write the shapes beside each product."
    ),
    "transposed-factor": (
        "In a product of arrays two factors have changed places, or one is transposed and should "
        "not be, or the reverse. Write the shape of each factor beside it."
    ),
    "transpose": (
        "Rows and columns have changed places on the way to this gradient: an array is turned "
        "over that should not be, or one is not that should. Which index comes first?"
    ),
    "axis": (
        "A sum, a mean or a maximum runs along the wrong axis, or along one too many. "
        "Which axis should be gone afterwards?"
    ),
    "wrong-array": (
        "One value stands where another belongs on the way to this gradient: a different one, or "
        "the same before a step that it should have gone through, or after it. "
        "At each place ask which value is meant."
    ),
    "wrong-order": (
        "Two results have changed places. Are they handed back in the order that was asked for?"
    ),
    "wrong-function": (
        "A function stands where another belongs on the way to this gradient. "
        "What is the derivative of the one in the forward pass?"
    ),
    "wrong-comparison": (
        "A comparison goes the wrong way, or is made with the wrong number. "
        "Which values does the forward pass let through?"
    ),
    "wrong-index": (
        "An index picks other entries than it should. Which entry of each row is meant?"
    ),
    "loop": (
        "A loop does not run over what it should: over too little or too much, over something "
        "else, or in the wrong order. Where must it begin, and where end?"
    ),
    "overwritten-branch": (
        "Not every branch is in the sum: some are left out, or overwritten. "
        "Where a value goes several ways, what happens to the gradients that come back?"
    ),
    "ignored-upstream": (
        "This is the gradient for an upstream gradient of ones. Where does dout come in?"
    ),
}

LACKING = (
    "ignored-upstream",
    "overwritten-branch",
    "missing-factor",
    "missing-term",
    "missing-sum",
    "missing-function",
)
"""The kinds whose sentence says what an array lacks, however it came to that."""

BOTH = (
    ["overwritten-branch", "missing-term"],
    ["missing-factor", "missing-term"],  # y in place of y * (1 - y) lacks a factor, and a term
)
"""Such kinds of which the first is true where an edit of the second gives the same."""


def common(kinds: Collection[str]) -> str | None:
    """The kind whose sentence is true of an array that edits of all these kinds give, if one is."""
    if len(set(kinds)) == 1:
        return next(iter(kinds))
    lacking = [kind for kind in LACKING if kind in kinds]
    if len(lacking) == 1 or lacking[:1] == ["ignored-upstream"] or lacking in BOTH:
        return lacking[0]
    # Two results in each other's place: one stands where another belongs.  An array that is turned
    # over before a product is a factor turned over.
    pairs = {"wrong-order": "wrong-array", "transpose": "transposed-factor"}
    return next((b for a, b in pairs.items() if set(kinds) == {a, b}), None)


@dataclass(frozen=True)
class Edit:
    """One slip: the line of the source that it changes, that line after it, and the whole text."""

    number: int
    mistake: str
    line: int
    before: str
    after: str
    source: str


def edits(source: str, lines: Container[int] | None = None) -> Iterator[Edit]:
    """Yield the single edits of a text of Python, those on the given lines (from 1) or all.

    Edits that give the same text are one.  Raises SyntaxError where the text is not Python.
    """
    tree = ast.parse(source)
    shown = source.splitlines()
    seen = {ast.unparse(tree)}
    number = 0
    for statement, place in _statements(tree):
        if lines is not None and statement.lineno not in lines:
            continue
        for mistake, line, after in _tried(statement, place):
            text = ast.unparse(tree)
            if text in seen:
                continue
            seen.add(text)
            yield Edit(number, mistake, line, shown[line - 1].strip(), after, text)
            number += 1


def _statements(tree: ast.Module) -> list[tuple[ast.stmt, Place]]:
    """Every statement within a function (or of a bare text), but docstrings, and where it is."""
    found: list[tuple[ast.stmt, Place]] = []

    def within(body: list[Any], function: ast.AST) -> None:
        for index, statement in enumerate(body):
            inner = statement if isinstance(statement, ast.FunctionDef) else function
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not text and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                found.append((statement, Place(body, index, function)))
            for name in ("body", "orelse"):
                within(getattr(statement, name, []), inner)

    within(tree.body, tree)
    return found


def _tried(statement: ast.stmt, place: Place) -> Iterator[tuple[str, int, str]]:
    """Make one change after the other, taking each back: (mistake, its line, what is there)."""
    for mistake, new in statement_slips(statement, place):
        place.body[place.index : place.index + 1] = new
        shown = "; ".join(ast.unparse(one).splitlines()[0] for one in new)
        yield mistake, statement.lineno, shown
        place.body[place.index : place.index + len(new)] = [statement]
    for parent, name, index, node in _expressions(statement):
        for mistake, other in expression_slips(node, parent, name, place):
            if index is None:
                setattr(parent, name, other)
            else:
                getattr(parent, name)[index] = other
            kind = "loop" if isinstance(statement, ast.For) else mistake
            yield kind, node.lineno, ast.unparse(statement).splitlines()[0]
            if index is None:
                setattr(parent, name, node)
            else:
                getattr(parent, name)[index] = node


Slot = tuple[ast.AST, str, int | None, ast.expr]


def _expressions(statement: ast.stmt) -> list[Slot]:
    """The expressions of one statement, without those of statements inside it."""
    found: list[Slot] = []

    def within(node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            many = value if isinstance(value, list) else [value]
            for index, child in enumerate(many):
                if isinstance(child, ast.expr):
                    found.append((node, name, index if isinstance(value, list) else None, child))
                    within(child)
                elif isinstance(child, (ast.keyword, ast.comprehension)):
                    within(child)

    within(statement)
    return found
