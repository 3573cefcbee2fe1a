"""Whose names are whose: what cells read and bind, and what the tests get as proxies."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from gradelib.exam.texts.magics import parsed
from gradelib.exam.texts.names import doubtful, exports, released_too, sides, warm
from gradelib.exam.texts.paper import Master, MasterCell, Paper
from gradelib.exam.texts.scopes import uses

READS = {
    "a name": ("x", "x"),
    "bound before": ("x = 1\nx", ""),
    "read before it is bound": ("x = x + 1", "x"),
    "augmented": ("x += 1", "x"),
    "an entry is set": ("x[0] = 1", "x"),
    "an attribute is set": ("x.a = 1", "x"),
    "annotated": ("x: y = 1\nz: w", "w y"),
    "walrus": ("(x := y)\nx", "y"),
    "deleted": ("del x", "x"),
    "bound, deleted, read": ("x = 1\ndel x\nx", "x"),
    "one branch": ("if a:\n    x = 1\nx", "a x"),
    "both branches": ("if a:\n    x = 1\nelse:\n    x = 2\nx", "a"),
    "loop": ("for i in a:\n    x = i\nx", "a x"),
    "loop's own name": ("for i in a:\n    pass\ni", "a i"),
    "while": ("while a:\n    x = 1\nx", "a x"),
    "with": ("with a as x:\n    y = x\ny", "a"),
    "import or else": ("try:\n    import x\nexcept ImportError:\n    x = None\nx", "ImportError"),
    "try without else": ("try:\n    x = a\nexcept E:\n    pass\nx", "E a x"),
    "finally": ("try:\n    a\nfinally:\n    x = 1\nx", "a"),
    "name of an exception": ("try:\n    a\nexcept E as x:\n    x", "E a"),
    "groups of exceptions": ("try:\n    a\nexcept* E as x:\n    x", "E a"),
    "match": ("match a:\n    case {'k': [x, *y], **z} if x > b:\n        y, z, x", "a b"),
    "match with a class": ("match a:\n    case C(p=x) | D(x):\n        x", "C D a"),
    "comprehension": ("[x + y for x in a for y in x if b]", "a b"),
    "first of a comprehension": ("[x for x in x]", "x"),
    "comprehension's walrus": ("[y := x for x in a]\ny", "a"),
    "dict comprehension": ("{k: v for k, v in a}", "a"),
    "nested comprehension": ("[[x for x in y] for y in a]", "a"),
    "f-string": ("f'{x:{y}} {z!r}'", "x y z"),
    "function alone": ("def f(a=x, *, b=y) -> z:\n    return q", "x y z"),
    "decorator": ("@d\ndef f(): q", "d"),
    "called": ("def f():\n    return q\nf()", "q"),
    "handed on": ("def f(): return q\nmap(f, [])", "map q"),
    "called through another": ("def f(): return q\ndef g(): return f()\ng()", "q"),
    "called before its name is bound": ("def f(): return q\nq = 1\nf()", ""),
    "lambda in place": ("sorted(a, key=lambda x: q[x])", "a q sorted"),
    "lambda with a name": ("f = lambda x: q[x]", ""),
    "lambda with a name, called": ("f = lambda x=y: q[x]\nf(1)", "q y"),
    "a name bound anew": ("def f(): return q\nf = 1\nf", ""),
    "class": ("class C(B, metaclass=M):\n    a = x\n    b = a\n    def m(self): return q", "B M x"),
    "class, made": ("class C:\n    def m(self): return q\nC()", "q"),
    "local names": (
        "def f(a, *b, c, **d):\n    e = a\n    import g\n    return a, b, c, d, e, g\nf()",
        "",
    ),
    "local in one branch": ("def f():\n    if 0:\n        q = 1\n    return q\nf()", ""),
    "nested function": (
        "def f(a):\n    def g(b):\n        return a + b + q\n    return g\nf(1)",
        "q",
    ),
    "nonlocal": (
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a += 1\n    g()\nf()",
        "",
    ),
    "global read": ("def f():\n    global q\n    q += 1\nf()", "q"),
    "async": ("async for x in a:\n    async with b as c:\n        await c(x)", "a b"),
    "top-level await": ("await x", "x"),
    "star": ("from math import *\nsin(x)", "x"),
    "star of nothing known": ("from no_such_module import *\nsin(x)", "sin x"),
    "no Python": ("x = = y", ""),
    "line magic": ("%matplotlib inline\nx", "x"),
    "timed line": ("%time y = f(x)\ny", "f x"),
    "assigned magic": ("y = %sql select x\ny", ""),
    "shell": ("!ls {x}\nfiles = !ls\nfiles", ""),
    "help": ("f?\n?g\nx", "x"),
    "continued magic": ("!pip install \\\n   numpy pandas\nx", "x"),
    "percent that is no magic": ("y = (x\n% 3)", "x"),
    "timed cell": ("%%time\ny = x\ny", "x"),
    "captured cell": ("%%capture out\nx\nout", "x"),
    "another language": ("%%bash\nx y z", ""),
    "written to a file": ("%%writefile a.py\nx = y", ""),
}


@pytest.mark.parametrize(("source", "names"), READS.values(), ids=READS.keys())
def test_reads(source: str, names: str) -> None:
    """What a cell reads while it runs, and has not bound itself before."""
    assert sorted(uses(source, exports).reads) == names.split()


BINDS = {
    "assignments": ("a, (b, *c) = x\nd: int = 1\ne: int\nf = g = 2", "a b c d f g"),
    "entries are no names": ("a[0] = 1\na.b = 2", ""),
    "definitions": ("def a(): b = 1\nclass c:\n    d = 1\nasync def e(): pass", "a c e"),
    "imports": ("import a.b\nimport c.d as e\nfrom f import g, h as i", "a e g i"),
    "star": ("from math import *", " ".join(sorted(exports("math")))),
    "blocks": (
        "for a in x:\n    b = 1\nwhile x:\n    c = 1\nif x:\n    d = 1\nwith x as e:\n    f = 1",
        "a b c d e f",
    ),
    "comprehensions keep theirs": (
        "[a for a in x]\n{b: c for b, c in x}\n[d := e for e in x]",
        "d",
    ),
    "walrus": ("f(a := 1)", "a"),
    "match": (
        "match x:\n    case [a, *b]:\n        pass\n    case {**c}:\n        d = 1",
        "a b c d",
    ),
    "deleted again": ("a = b = 1\ndel a", "b"),
    "global of a function that is called": ("def f():\n    global a\n    a = 1\nf()", "a f"),
    "global of one that is not": ("def f():\n    global a\n    a = 1", "f"),
    "magics": ("%time a = 1\nb = !ls\n%pylab\n", "a b"),
    "captured": ("%%capture c\na = 1", "a c"),
}


@pytest.mark.parametrize(("source", "names"), BINDS.values(), ids=BINDS.keys())
def test_binds(source: str, names: str) -> None:
    """What a cell leaves bound, or may."""
    found = uses(source, lambda module: exports(module) if module == "math" else ())
    assert sorted(found.binds - ({"np"} if "pylab" in source else set())) == names.split()


def test_magics_keep_line_numbers() -> None:
    """A cell's statements stand in the lines in which they are written."""
    body = parsed("%matplotlib inline\n!ls \\\n  -l\nx = 1").body
    assert body[-1].lineno == 4
    assert parsed("\n%%time\n\nx = 1").body[-1].lineno == 4


@pytest.mark.parametrize(
    "source",
    ["(" * 10_000, "-" * 100_000 + "1", "x = 1\n" * 200_000, "\0", "a." * 50_000 + "b", "\ud83d"],
    ids=["brackets", "signs", "long", "null", "dots", "half an emoji"],
)
def test_hostile_text_uses_nothing(source: str) -> None:
    """Text that Python cannot take, or only at great cost, is no error."""
    assert uses(source).binds == frozenset()


def test_exports_never_raise() -> None:
    """What a star import binds is known for installed modules; others bind nothing."""
    assert "allclose" in exports("numpy")
    assert "_ufunc" not in exports("math")
    assert exports("no.such.module") == exports("") == frozenset()


def solution(text: str, **parts: Any) -> MasterCell:
    """A solution cell whose text, solution in, is this."""
    return _cell(text, "answer", solution=True, binds=uses(text).binds, **parts)


def given(text: str, **parts: Any) -> MasterCell:
    """A locked given cell."""
    return _cell(text, "given", locked=True, **parts)


def ordinary(text: str) -> MasterCell:
    """A cell that nbgrader does not know."""
    return _cell(text, None)


def check(text: str, **parts: Any) -> MasterCell:
    """A test."""
    return _cell(text, "check", grade=True, locked=True, points=1.0, **parts)


def _cell(text: str, name: str | None, **parts: Any) -> MasterCell:
    known = {"grade_id": name, "cell_type": "code", "source": text, "released": text}
    return MasterCell(**{**known, **parts})


def at_the_end(*cells: MasterCell) -> set[str]:
    """The student's names after these cells."""
    return set(sides(Master(cells)).at[-1])


F = solution("def f(x): return x")

STUDENTS = {
    "a solution's": ([F], "f"),
    "given before it": ([given("f = None"), F], "f"),
    "given after it": ([F, given("f = None")], ""),
    "given by an ordinary cell": ([F, ordinary("f = None")], ""),
    "deleted by a given cell": ([F, given("del f")], "f"),
    "deleted by a test": ([F, check("del f")], "f"),
    "bound by a test": ([F, check("g = f\nf = 1")], "f"),
    "a figure's, bound by a test": ([F, given("y = f(1)"), check("y = 2\nf = 3")], "f"),
    "given only": ([given("import numpy as np\ndef g(): pass")], ""),
    "a figure's": ([F, given("y = f(1)\nz = y")], "f y z"),
    "a figure's, used by another": ([F, ordinary("y = f(1)"), ordinary("z = y")], "f y z"),
    "a figure's, given later": ([F, given("y = f(1)"), given("y = 2")], "f"),
    "a function's that calls it": ([F, given("def g(): return f(1)")], "f"),
    "a call of that function": ([F, given("def g(): return f(1)"), given("y = g()")], "f y"),
    "in the cell itself": ([F, given("def g(): return f(1)\ny = g()")], "f g y"),
    "through two functions": (
        [F, given("def g(): return f(1)\ndef h(): return g()"), given("y = [h]")],
        "f y",
    ),
    "through a method": (
        [F, given("class C:\n    def m(self): return f(1)"), given("c = C()")],
        "f c",
    ),
    "a function defined before the solution": (
        [given("def g(): return f(1)"), F, given("y = g()")],
        "f y",
    ),
    "a function given anew": (
        [F, given("def g(): return f(1)"), given("def g(): return 1"), given("y = g()")],
        "f",
    ),
    "a test's function": ([F, check("def g(): return f(1)"), given("y = g()")], "f y"),
    "a local of the same name": ([F, given("def g(f): return f(1)\ny = g(len)")], "f"),
    "one that the cell binds first": ([F, given("f = len\ny = f([])")], ""),
    "a module": ([solution("import numpy as np", modules={"np": "import numpy as np"})], ""),
    "graded by a person": ([solution("a = 1", grade=True, points=2.0)], "a"),
}


@pytest.mark.parametrize(("cells", "names"), STUDENTS.values(), ids=STUDENTS.keys())
def test_students_names(cells: list[MasterCell], names: str) -> None:
    """The names that a test below these cells gets as proxies."""
    assert at_the_end(*cells) == set(names.split())


def test_names_belong_to_a_place() -> None:
    """Each cell has the names that are the student's when it begins."""
    plan = sides(Master((F, check("f"), given("f = len"), check("f"), solution("g = 1"))))
    assert [sorted(names) for names in plan.at] == [[], ["f"], ["f"], [], [], ["g"]]
    assert plan.names == {"f", "g"}


def test_markdown_is_no_code() -> None:
    """A text binds nothing, whatever it says."""
    text = MasterCell(grade_id=None, cell_type="markdown", source="f = 1", released="f = 1")
    assert at_the_end(F, text) == {"f"}


def test_modules_are_the_examiners_own() -> None:
    """A module that a solution imports is known with its statement, until it means another."""
    imports = solution("import numpy as np\nx = 1", modules={"np": "import numpy as np"})
    plan = sides(Master((imports, check(""), solution("np = 3"), check(""))))
    assert plan.modules == ({}, {"np": "import numpy as np"}, {"np": "import numpy as np"}, {})
    assert [sorted(names) for names in plan.at] == [[], ["x"], ["x"], ["np", "x"], ["np", "x"]]
    plan = sides(Master((given("import numpy as np"), imports, check("np"))))
    assert plan.modules[-1] == {}
    assert plan.at[-1] == {"x"}


def test_candidate_only() -> None:
    """Given cells that use a student's name while they run are for the student's side alone."""
    cells = (given("import x"), F, given("y = f(1)"), given("def g(): f(1)"), ordinary("print(y)"))
    plan = sides(Master(cells))
    assert plan.candidate_only == {2, 4}
    assert plan.computed == {"y": 2}


DOUBTS = {
    "none": ([given("import numpy as np"), F, check("assert f(1) == 1")], []),
    "an ordinary figure": ([F, ordinary("y = f(1)"), check("assert f(1) == 1")], []),
    "a function": ([F, given("def g(): return f(1)"), check("assert g() == 1")], []),
    "a locked figure": (
        [F, given("y = f(1)", grade_id="see")],
        [
            "locked cell 'see' uses 'f', which students write: it runs with their code, "
            "and what it defines is theirs"
        ],
    ),
    "an ordinary result": (
        [F, ordinary("y = f(1)"), check("assert y == 1")],
        [
            "test cell 'check' reads 'y', which the master's cell number 2 computes with a "
            "student's code"
        ],
    ),
    "through a function of a test": (
        [F, ordinary("y = f(1)"), check("def g(): return y\nassert g() == 1")],
        [
            "test cell 'check' reads 'y', which the master's cell number 2 computes with a "
            "student's code"
        ],
    ),
    "a name of a figure, bound by the test": (
        [F, ordinary("fig = f(1)"), check("fig = 1\nassert fig")],
        [],
    ),
}


@pytest.mark.parametrize(("cells", "lines"), DOUBTS.values(), ids=DOUBTS.keys())
def test_doubtful(cells: list[MasterCell], lines: list[str]) -> None:
    """Locked cells that use a student's name, and tests of what such cells compute, are named."""
    assert list(doubtful(Master(tuple(cells)))) == lines


CHECK = check("n = 3\n### hidden\nassert f(n)", released="n = 3")


def rebuilt(*cells: str | MasterCell) -> NotebookNode:
    """A rebuilt hand-in: texts are cells of the student's."""
    nb = new_notebook()
    for cell in cells:
        if isinstance(cell, str):
            nb.cells.append(new_code_cell(cell))
        else:
            nb.cells.append(new_code_cell(cell.source, metadata={"nbgrader": cell.metadata()}))
    return nb


OTHER = check("assert m", released="m = n", grade_id="other")

RETOLD = {
    "nobody reads it": ([CHECK, "x = 1"], "", ""),
    "a later cell reads it": ([CHECK, "print(n)"], "", "check"),
    "a later function reads it": ([CHECK, "def g(): return n"], "", "check"),
    "a later cell binds it first": ([CHECK, "n = 4\nprint(n)"], "", ""),
    "an earlier cell binds it too": (["def g(): return n", "n = 1", CHECK, "g()"], "", ""),
    "an earlier function reads it": (["def g(): return n", CHECK], "check", ""),
    "an earlier cell reads it": (["print(n)", CHECK], "", ""),
    "a local of the same name": ([CHECK, "def g(n): return n\n[n for n in []]"], "", ""),
    "another test reads it": ([CHECK, OTHER], "", ""),
    "through another test": ([CHECK, OTHER, "print(m)"], "", "check other"),
    "hidden names are not told": ([CHECK, "print(hidden)"], "", ""),
    "no Python": ([CHECK, "n = = n"], "", ""),
}


@pytest.mark.parametrize(("cells", "before", "after"), RETOLD.values(), ids=RETOLD.keys())
def test_released_text_that_runs_too(
    cells: list[str | MasterCell], before: str, after: str
) -> None:
    """Tests whose names a student's code reads are told to the candidate, as they were released."""
    master = Master((F, CHECK, OTHER))
    warm(Paper("hw", {"one": master}))
    found = released_too(rebuilt(*cells), master)
    assert sorted(found.before) == before.split()
    assert sorted(found.after) == after.split()
