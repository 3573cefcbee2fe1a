"""What may stand in a statement's place by mistake, and where other names are known.

The tables are whole: these slips and no others, in this order.
"""

import ast

import pytest

from gradelib.checks.mistakes.edits import edits


def slips(source, line):
    """{kind: what a line of a source becomes} by single slips."""
    found = {}
    for edit in edits(source, {line}):
        found.setdefault(edit.mistake, []).append(edit.after)
    return found


WHOLE = (
    ("inner-sign", "-{}"),
    ("constant", "2 * {}"),
    ("constant", "0.5 * {}"),
    ("transpose", "{}.T"),
    ("averaging", "{} / len({})"),
    ("averaging", "{} * len({})"),
)


def whole(shown, text):
    """The slips of a whole value within what is shown of its line."""
    return [(kind, shown.replace("_", made.replace("{}", text))) for kind, made in WHOLE]


def after_each(line, parameters="d", before="", number=2):
    source = f"def f({parameters}):\n{before}    {line}\n    return Z\n"
    return [(edit.mistake, edit.after) for edit in edits(source, {number})]


STATEMENTS = {
    "a = X": [("missing-step", ""), *whole("a = _", "X")],
    "a: int = X": [],
    "a += X": [("missing-term", ""), ("overwritten-branch", "a = X"), ("inner-sign", "a -= X")],
    "a -= X": [("missing-term", ""), ("inner-sign", "a += X")],
    "a *= X": [("missing-factor", ""), ("upside-down", "a /= X")],
    "a /= X": [("missing-factor", ""), ("upside-down", "a *= X")],
    "a @= X": [("missing-factor", "")],
    "X()": [("missing-step", "")],
    "return X": whole("return _", "X"),
    "del X, Y": [],
    "pass": [],
    "if X: Y()": [("missing-case", "Y()"), ("missing-case", ""), ("missing-step", "pass")],
    "for i in X: Y()": [("missing-step", "pass")],
    "while X: Y()": [("missing-step", "pass")],
    "'''A text.'''": [],
    "a = X, Y": [
        ("missing-step", ""),
        ("wrong-order", "a = (Y, X)"),
        *whole("a = (_, Y)", "X"),
        *whole("a = (X, _)", "Y"),
    ],
    "return X, Y, Z": [
        ("wrong-order", "return (Y, X, Z)"),
        ("wrong-order", "return (Z, Y, X)"),
        ("wrong-order", "return (X, Z, Y)"),
        *whole("return (_, Y, Z)", "X"),
        *whole("return (X, _, Z)", "Y"),
        *whole("return (X, Y, _)", "Z"),
    ],
    "a = {'u': X, 'v': Y}": [
        ("missing-step", ""),
        ("wrong-order", "a = {'u': Y, 'v': X}"),
        *whole("a = {'u': _, 'v': Y}", "X"),
        *whole("a = {'u': X, 'v': _}", "Y"),
    ],
    "a[X, Y] += Z": [
        ("missing-term", ""),
        ("overwritten-branch", "a[X, Y] = Z"),
        ("inner-sign", "a[X, Y] -= Z"),
        ("wrong-index", "a[Y, X] += Z"),
        ("wrong-index", "a[X + 1, Y] += Z"),
        ("wrong-index", "a[X - 1, Y] += Z"),
        ("wrong-index", "a[X, Y + 1] += Z"),
        ("wrong-index", "a[X, Y - 1] += Z"),
        *whole("a[_, Y] += Z", "X"),
        *whole("a[X, _] += Z", "Y"),
    ],
    "a[:, Y] += Z": [
        ("missing-term", ""),
        ("overwritten-branch", "a[:, Y] = Z"),
        ("inner-sign", "a[:, Y] -= Z"),
        ("wrong-index", "a[Y, :] += Z"),
        ("wrong-index", "a[:, Y + 1] += Z"),
        ("wrong-index", "a[:, Y - 1] += Z"),
        *whole("a[:, _] += Z", "Y"),
    ],
}


@pytest.mark.parametrize(("line", "expected"), STATEMENTS.items(), ids=STATEMENTS)
def test_all_slips_of_a_statement(line, expected):
    """These and no others, in this order."""
    assert after_each(line) == expected


def test_every_edit_is_python():
    """Also where a slice stands in an index."""
    source = "def f(d):\n    a = d[:, 1:2] + d[X, :, Y]\n    return a\n"
    for edit in edits(source):
        ast.parse(edit.source)


BRANCHES = "if X:\n        Y()\n    elif Z:\n        W()\n    else:\n        V()"


def test_each_branch_is_treated_as_the_only_one():
    """Of two cases one is forgotten, whichever."""
    source = f"def f(d):\n    {BRANCHES}\n    return d\n"
    assert slips(source, 2) == {"missing-case": ["Y()", "if Z:"]}
    assert slips(source, 4) == {"missing-case": ["W()", "V()"]}
    assert slips(source, 3) == slips(source, 5) == {"missing-step": ["pass"]}


NAMES = {
    "parameters first, then what is bound above": (
        "def f(p, q):\n    u = v = X\n    for w in X: Y()\n    a = p\n    late = X\n    return Z\n",
        4,
        ["a = q", "a = u", "a = v", "a = w"],
    ),
    "neither self nor what is thrown away": (
        "def f(self, p, _):\n    a: int = p\n    b: int = self\n    return p\n",
        2,
        [],
    ),
    "not what the function itself does not bind": ("def f(p, q):\n    a: int = X\n", 2, []),
    "not where it is bound": ("def f(p, q):\n    p: int = X\n", 2, []),
}


@pytest.mark.parametrize(("source", "line", "expected"), NAMES.values(), ids=NAMES)
def test_other_names_are_those_known_there(source, line, expected):
    """A name may stand for another that the function knows by then."""
    assert slips(source, line).get("wrong-array", []) == expected


def test_keywords_and_functions_are_no_places():
    """What a keyword is given, and which function is called, has rules of its own."""
    source = "def f(p, q):\n    a: int = p(X, Y, k=q, j=2)\n    return a\n"
    assert slips(source, 2) == {
        "wrong-array": ["a: int = p(Y, X, k=q, j=2)"],
        "missing-function": ["a: int = X", "a: int = Y"],
    }


ONES = ("ignored-upstream", "dout = dout * 0.0 + 1.0; Z()")
FIRST = {
    "first": ("dout", "", 2, True),
    "after the docstring": ("dout, cache", "    '''A text.'''\n", 3, True),
    "later": ("dout", "    Z = X\n", 3, False),
    "without a dout": ("d", "", 2, False),
    "in a branch": ("dout", "    if X:\n    ", 3, False),
}


@pytest.mark.parametrize(("parameters", "before", "number", "there"), FIRST.values(), ids=FIRST)
def test_ones_in_place_of_the_upstream_gradient(parameters, before, number, there):
    """Before the first step of a function of dout, and nowhere else."""
    assert (ONES in after_each("Z()", parameters, before, number)) is there


def test_text_outside_a_function_has_no_upstream_gradient():
    """An import above a backward pass is a step, and knows no dout."""
    source = "import X\nZ()\ndef f(dout):\n    return dout\n"
    assert slips(source, 1) == {}
    assert slips(source, 2) == {"missing-step": [""]}


def test_edits_of_a_text_are_numbered_and_whole():
    """Numbers count from 0, whatever came of a place; each source is the whole text."""
    found = list(edits("def f(d, c):\n    a += X\n    return d\n", {2}))
    assert [edit.number for edit in found] == [0, 1, 2]
    assert [edit.line for edit in found] == [2, 2, 2]
    assert {edit.before for edit in found} == {"a += X"}
    head, tail = "def f(d, c):\n", "    return d"
    assert [edit.source for edit in found] == [
        head + tail,
        f"{head}    a = X\n{tail}",
        f"{head}    a -= X\n{tail}",
    ]
    lone = next(edits("def f(d):\n    a += X\n"))
    assert lone.source == "def f(d):\n    pass"


def test_classes_and_loops_have_edits_inside():
    """Methods count as functions, and what a loop runs over is a loop's mistake."""
    source = "class C:\n    def f(self, p, q):\n        for i in range(p):\n            Y(q)\n"
    assert slips(source, 3) == {"loop": ["for i in p:", "for i in range(q):"]}
    assert slips(source, 4) == {
        "missing-step": ["pass"],
        "missing-function": ["q"],
        "wrong-array": ["Y(p)", "Y(i)"],
    }


def test_names_of_a_text_outside_a_function():
    """A bare text knows what it has bound above."""
    source = "a = X\nb = Y\nc: int = a\nd = Z\n"
    assert slips(source, 3) == {"wrong-array": ["c: int = b"]}
