"""A course that knows nothing of gradelib: classes, dicts, exceptions, closures, files, a module.

make_course(root)   its folder with its own nbgrader_config.py, not released
MISTAKES            by exercise, what a hand-in may get wrong
class_()            the hand-ins
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ASSIGNMENT, NOTEBOOK = "ps2", "shapes"

CONFIG = """\
import os

c = get_config()
c.CourseDirectory.course_id = "other101"
c.CourseDirectory.source_directory = "masters"
c.CourseDirectory.release_directory = "for_students"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError('yours')"}
c.ClearSolutions.begin_solution_delimeter = "# >>> answer"
c.ClearSolutions.end_solution_delimeter = "# <<< answer"
c.ClearHiddenTests.begin_test_delimeter = "# >>> unseen"
c.ClearHiddenTests.end_test_delimeter = "# <<< unseen"
c.Execute.timeout = int(os.environ.get("NO_SUCH_VARIABLE", "30"))
"""

GEOMETRY = '''\
"""Shapes for ps2."""


class Shape:
    """Something that has an area."""

    sides = 0

    def area(self):
        raise NotImplementedError

    def describe(self):
        return f"{type(self).__name__} of area {self.area():g}"


def load(path="points.csv"):
    """The points in a file."""
    with open(path) as file:
        return [tuple(map(float, line.split(","))) for line in file if line.strip()]
'''

POINTS = "1,2\n3.5,-1\n0,0\n-2,4\n"

IMPORTS = """\
import contextlib
import inspect
import io
import itertools
from collections import Counter, namedtuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_raises

import geometry

Pair = namedtuple("Pair", "left right")"""

# grade_id: answer, test, points
EXERCISES = {
    "stack": (
        '''class EmptyStackError(IndexError):
    """Nothing is left."""


class Stack:
    """Last in, first out."""

    def __init__(self, items=()):
        # >>> answer
        self.items = list(items)
        # <<< answer

    def push(self, item):
        # >>> answer
        self.items.append(item)
        return self
        # <<< answer

    def pop(self):
        # >>> answer
        if not self.items:
            raise EmptyStackError("the stack is empty")
        return self.items.pop()
        # <<< answer

    def __len__(self):
        # >>> answer
        return len(self.items)
        # <<< answer

    def __iter__(self):
        # >>> answer
        return reversed(self.items)
        # <<< answer''',
        """\
s = Stack()
assert isinstance(s, Stack)
assert len(s) == 0 and not s
s.push(1).push("two").push([3])
assert len(s) == 3
assert list(s) == [[3], "two", 1]
assert s.pop() == [3]
# >>> unseen
assert_raises(IndexError, Stack().pop)
with pytest.raises(EmptyStackError, match="empty"):
    Stack().pop()
assert issubclass(EmptyStackError, IndexError)
assert [item for item in Stack("abc")] == ["c", "b", "a"]
assert "two" in s and 7 not in s
other = Stack([1])
other.push(2)
assert len(s) == 2
# <<< unseen""",
        3,
    ),
    "count": (
        '''def count(text):
    """How often each word occurs, in lower case."""
    # >>> answer
    found = {}
    for word in text.lower().split():
        found[word] = found.get(word, 0) + 1
    return found
    # <<< answer


def merge(into, other):
    """Add the counts of `other` to `into`, in place."""
    # >>> answer
    for word, number in other.items():
        into[word] = into.get(word, 0) + number
    # <<< answer''',
        """\
assert count("a b A") == {"a": 2, "b": 1}
assert type(count("")) is dict
# >>> unseen
assert sorted(count("x y z y").items(), key=lambda kv: (-kv[1], kv[0]))[0] == ("y", 2)
counts = {"a": 1}
assert merge(counts, {"a": 2, "b": 5}) is None
assert counts == {"a": 3, "b": 5}
assert merge.__doc__.startswith("Add the counts")
text = "to be or not to be"
assert count(text) == Counter(text.split())
# <<< unseen""",
        2,
    ),
    "functions": (
        '''def compose(*functions):
    """The last function first."""
    # >>> answer
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x

    return composed
    # <<< answer


def remember(function):
    """The function, called once for each argument."""
    # >>> answer
    known = {}

    def remembered(x):
        if x not in known:
            known[x] = function(x)
        return known[x]

    return remembered
    # <<< answer''',
        """\
assert compose(lambda x: x + 1, lambda x: 2 * x)(5) == 11
assert compose()("same") == "same"
# >>> unseen
calls = []


def slow(x):
    calls.append(x)
    return x**2


quick = remember(slow)
assert [quick(3), quick(4), quick(3)] == [9, 16, 9]
assert calls == [3, 4]
assert compose(sum, sorted, list)((3, 1, 2)) == 6


def fails(x):
    raise KeyError(x)


with pytest.raises(KeyError):
    compose(fails)("key")
assert list(inspect.signature(remember).parameters) == ["function"]
assert callable(quick) and remember.__name__ == "remember"
# <<< unseen""",
        3,
    ),
    "generators": (
        '''def fibonacci():
    """0, 1, 1, 2, 3 and so on, without an end."""
    # >>> answer
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
    # <<< answer


def pairs(items):
    """Neighbours, as Pair(left, right)."""
    # >>> answer
    items = list(items)
    for left, right in zip(items, items[1:]):
        yield Pair(left, right)
    # <<< answer''',
        """\
assert list(itertools.islice(fibonacci(), 8)) == [0, 1, 1, 2, 3, 5, 8, 13]
numbers = fibonacci()
assert next(numbers) == 0 and next(numbers) == 1
# >>> unseen
assert next(x for x in fibonacci() if x > 10**20) == 135301852344706746049
first, second = itertools.tee(itertools.islice(fibonacci(), 5))
assert sum(first) == max(second) + 4
assert [pair.left + pair.right for pair in pairs([1, 2, 3])] == [3, 5]
assert list(pairs(x for x in "ab")) == [("a", "b")]
assert_raises(StopIteration, next, pairs([]))
# <<< unseen""",
        2,
    ),
    "shapes": (
        '''class Square(geometry.Shape):
    """A square of a given side."""

    sides = 4

    # >>> answer
    def __init__(self, side):
        if side < 0:
            raise ValueError(f"a side of {side} is too short")
        self.side = side

    def area(self):
        return self.side**2

    def __eq__(self, other):
        return isinstance(other, Square) and self.side == other.side

    def __hash__(self):
        return hash(self.side)

    def __lt__(self, other):
        return self.side < other.side

    def __add__(self, other):
        return Square((self.area() + other.area()) ** 0.5)

    def __repr__(self):
        return f"Square({self.side})"
    # <<< answer


def farthest(path="points.csv"):
    """The point of the file that is farthest from 0."""
    # >>> answer
    return max(geometry.load(path), key=lambda p: p[0] ** 2 + p[1] ** 2)
    # <<< answer''',
        """\
square = Square(3)
assert square.area() == 9 and square.sides == 4
assert square.describe() == "Square of area 9"
assert farthest() == (-2.0, 4.0)
# >>> unseen
assert Square(3) == square and Square(4) != square and square != 3
assert Square(3) + Square(4) == Square(5.0)
assert repr(min(Square(2), Square(1))) == "Square(1)"
assert len({Square(1), Square(1), Square(2)}) == 2
with pytest.raises(ValueError, match="too short"):
    Square(-1)
square.side = 10
assert square.area() == 100
assert farthest() in geometry.load()
# <<< unseen""",
        3,
    ),
    "arrays": (
        '''def walk(steps):
    """Where a random walk of `steps` steps of -1 or 1 stands after each, by np.random."""
    # >>> answer
    return np.cumsum(np.random.choice([-1, 1], size=steps))
    # <<< answer


def scale(table):
    """Divide each row by its sum, in place, and say how many there were."""
    # >>> answer
    table /= table.sum(axis=1, keepdims=True)
    print(f"{len(table)} rows")
    # <<< answer''',
        """\
np.random.seed(3)
assert walk(5).shape == (5,)
table = np.array([[1.0, 3.0], [2.0, 2.0]])
scale(table)
assert_allclose(table, [[0.25, 0.75], [0.5, 0.5]])
# >>> unseen
np.random.seed(7)
expected = np.cumsum(np.random.choice([-1, 1], size=50))
np.random.seed(7)
assert_allclose(walk(50), expected)
said = io.StringIO()
with contextlib.redirect_stdout(said):
    scale(np.ones((3, 2)))
assert said.getvalue() == "3 rows\\n"
points = 0
points += 0.5 * (walk(1)[0] in (-1, 1))
points += 1.5 * (len(walk(100)) == 100)
points
# <<< unseen""",
        2,
    ),
}

MISTAKES = {
    "stack": {
        "pops-none": ('raise EmptyStackError("the stack is empty")', "return None"),
        "wrong-way": ("return reversed(self.items)", "return iter(self.items)"),
        "shared": (
            "self.items = list(items)",
            "self.items = self.__class__.__dict__.get('all') or []\n        Stack.all = self.items",
        ),
        "other-error": ('raise EmptyStackError("the stack is empty")', "raise KeyError('empty')"),
    },
    "count": {
        "upper": ("text.lower().split()", "text.split()"),
        "not-in-place": (
            "into[word] = into.get(word, 0) + number",
            "into = dict(into)\n        into[word] = number",
        ),
        "returns": (
            "        into[word] = into.get(word, 0) + number",
            "        into[word] = into.get(word, 0) + number\n    return into",
        ),
    },
    "functions": {
        "first-first": ("reversed(functions)", "functions"),
        "forgets": ("if x not in known:", "if True:"),
        "swallows": (
            "            x = function(x)",
            "            try:\n                x = function(x)\n"
            "            except Exception:\n                pass",
        ),
    },
    "generators": {
        "ends": ("    while True:", "    while a < 100:"),
        "tuples": ("yield Pair(left, right)", "yield (left, right)"),
        "list": ("        yield Pair(left, right)", "        return [Pair(left, right)]"),
    },
    "shapes": {
        "perimeter": ("return self.side**2", "return 4 * self.side"),
        "no-hash": ("return hash(self.side)", "return id(self)"),
        "always-equal": ("isinstance(other, Square) and self.side == other.side", "True"),
        "no-check": ("if side < 0:", "if False:"),
        "nearest": ("return max(", "return min("),
    },
    "arrays": {
        "own-generator": ("np.random.choice(", "np.random.default_rng(0).choice("),
        "copy": (
            "table /= table.sum(axis=1, keepdims=True)",
            "table = table / table.sum(axis=1, keepdims=True)",
        ),
        "silent": ('print(f"{len(table)} rows")', "pass"),
        "short": ("size=steps", "size=min(steps, 60)"),
    },
}
"""By exercise and hand-in: a part of the answer, and what stands there instead."""


def source_notebook() -> nbformat.NotebookNode:
    """The master."""
    nb = new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        }
    )
    nb.cells.append(new_markdown_cell("# Shapes and other things"))
    nb.cells.append(_cell("imports", IMPORTS, locked=True))
    for name, (answer, test, points) in EXERCISES.items():
        nb.cells.append(_cell(name, answer, solution=True))
        nb.cells.append(new_code_cell(f"# try {name} here"))
        nb.cells.append(_cell(f"test_{name}", test, grade=True, locked=True, points=points))
    return nb


def _cell(name: str, source: str, **role: object) -> nbformat.NotebookNode:
    meta = {"grade": False, "solution": False, "locked": False, "task": False}
    cell = new_code_cell(source, id=name)
    cell.metadata["nbgrader"] = {**meta, **role, "grade_id": name, "schema_version": 3}
    return cell


def make_course(root: Path) -> Path:
    """The course in a new folder."""
    folder = root / "masters" / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(source_notebook(), folder / f"{NOTEBOOK}.ipynb")
    (folder / "geometry.py").write_text(GEOMETRY)
    (folder / "points.csv").write_text(POINTS)
    (root / "nbgrader_config.py").write_text(CONFIG)
    return root


def answers(**changes: tuple[str, str]) -> dict[str, str]:
    """The right answers by grade_id, with parts of them replaced."""
    found = {}
    for name, (text, _, _) in EXERCISES.items():
        lines = [line for line in text.split("\n") if "answer" not in line]
        found[name] = "\n".join(lines)
        if name in changes:
            old, new = changes[name]
            assert old in found[name], (name, old)
            found[name] = found[name].replace(old, new)
    return found


def class_() -> dict[str, dict[str, str]]:
    """Each hand-in's answers by grade_id: all right, none at all, and one mistake in each exercise.

    Exercises are independent, so that a hand-in can make a mistake in each.
    """
    found = {"all-right": answers(), "nothing": {}}
    for number in range(max(map(len, MISTAKES.values()))):
        changes = {
            name: list(mistakes.values())[number]
            for name, mistakes in MISTAKES.items()
            if number < len(mistakes)
        }
        found[f"mistakes-{number}"] = answers(**changes)
    return found
