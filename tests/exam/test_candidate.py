"""The student's cells run as in a notebook, inside the sandbox, and what they show is kept."""

import base64

import pytest
import toy
from toy import LIMITS, hand_in

from gradelib.exam.hall import Hall


@pytest.fixture(scope="module")
def hall():
    """One examiner for all."""
    with Hall() as one:
        yield one


def ran(hall, *sources):
    """The outputs of cells that a student added, each a list."""
    asked = toy.paper(toy.given("1 + 1"))
    verdict = hall.examine(hand_in(asked, before=sources), asked, b"s", LIMITS)
    assert verdict["cause"] is None, verdict["cause"]
    cells = verdict["notebooks"]["n"]["notebook"]["cells"]
    return [cell["outputs"] for cell in cells[: len(sources)]]


def shown(hall, *sources):
    """All text that the last of the cells put out."""
    return toy.text_of({"outputs": ran(hall, *sources)[-1]})


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("3 * 14", "42"),
        ("x = 1", ""),
        ("5;", ""),
        ("None", ""),
        ("print('a')", "a\n"),
        ("import sys\nprint('b', file=sys.stderr)", "b\n"),
        ("__name__", "'__main__'"),
        ("type(get_ipython()).__mro__[1].__name__", "'InteractiveShell'"),
        ("%matplotlib inline", ""),
        ("!echo shell", "shell\n"),
        ("x = !echo words\nx", "['words']"),
        ("import asyncio\nawait asyncio.sleep(0, 'awaited')", "'awaited'"),
        ("display('shown')", "'shown'"),
        ("from IPython.display import HTML\nHTML('<b>bold</b>')", "<b>bold</b>"),
        ("import pickle\n\n\nclass A:\n    x = 3\n\n\npickle.loads(pickle.dumps(A())).x", "3"),
        ("class A:\n    def _repr_html_(self):\n        return '<i>i</i>'\n\n\nA()", "<i>i</i>"),
        ("exit()\n'goes on'", "'goes on'"),
        ("import os\nos.getcwd() == os.environ['HOME']", "True"),
        ("%%capture found\nprint('kept')", ""),
        ("import warnings\nwarnings.warn('careful')", "UserWarning: careful"),
    ],
)
def test_cell_shows_what_a_notebook_shows(hall, source, text):
    """Values, prints, magics, top-level await, rich displays."""
    found = shown(hall, source)
    assert text in found
    assert text or not found


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1 / 0", ["ZeroDivisionError", "division by zero", "Cell", "In[1]", "1 / 0"]),
        ("def f():\n    return g()\n\n\nf()", ["NameError", "'g' is not defined", "return g()"]),
        ("x = (", ["SyntaxError", "x = ("]),
        ("if True:\nx = 1", ["IndentationError"]),
        ("input('?')", ["StdinNotImplementedError", "does not support input"]),
        ("import getpass\ngetpass.getpass()", ["StdinNotImplementedError"]),
        ("import no_such_module", ["ModuleNotFoundError"]),
        ("import sys\nsys.exit('left')", ["SystemExit", "left"]),
        ("%no_such_magic", ["no_such_magic"]),
    ],
)
def test_error_is_shown_as_in_a_notebook(hall, source, words):
    """The traceback names the cell and its line, and nothing around it."""
    text = shown(hall, source)
    plain = "".join(
        part.partition("m")[2] if n else part for n, part in enumerate(text.split("\x1b"))
    )
    assert [word for word in words if word not in plain] == []
    assert "gradelib/exam" not in plain


def test_timing_magics_work(hall):
    """They print times; what they run is run."""
    first, second, third = ran(hall, "%%time\nx = 5", "%timeit -n1 -r1 x", "x")
    assert "Wall time" in first[0]["text"]
    assert "per loop" in second[0]["text"]
    assert third[0]["data"]["text/plain"] == "5"


def test_figures_are_shown_below_their_cell(hall):
    """As png, once, whether shown by plt.show() or left open; the next cell starts anew."""
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
    left, asked_for, after = ran(hall, draw, f"{draw}\nplt.show()", "plt.get_fignums()")
    for outputs in (left, asked_for):
        (picture,) = [one for one in outputs if one["output_type"] == "display_data"]
        assert base64.b64decode(picture["data"]["image/png"]).startswith(b"\x89PNG")
    assert after[0]["data"]["text/plain"] == "[]"


def test_history_and_counts_go_on_from_cell_to_cell(hall):
    """In, Out and _ are there; the counts are those of the notebook."""
    _, outputs, _ = ran(hall, "40 + 2", "_ + Out[1], In[1]", "")
    assert outputs[0]["data"]["text/plain"] == "(84, '40 + 2')"
    assert outputs[0]["execution_count"] == 2


def test_modules_beside_the_notebook_can_be_imported(hall):
    """A student's own module; one of an installed package's name is not taken for it."""
    asked = toy.paper(toy.given("1 + 1"))
    files = {"mine.py": b"value = 7", "data.csv": b"1,2"}
    source = "import mine\nmine.value, open('data.csv').read()"
    verdict = hall.examine(hand_in(asked, before=[source], files=files), asked, b"s", LIMITS)
    cells = verdict["notebooks"]["n"]["notebook"]["cells"]
    assert toy.text_of(cells[0]) == "(7, '1,2')"


def test_hooks_that_a_student_replaces_harm_the_student_only(hall):
    """Transformers, stdout and the shell itself."""
    asked = toy.paper(
        toy.answer("f", "def f():\n    return 1"),
        toy.graded("f-check", 1, "assert f() == 1"),
        toy.graded("wrong-check", 1, "assert f() == 2"),
    )
    hooks = [
        "get_ipython().ast_transformers.append(None)",
        "get_ipython().input_transformers_post.append(lambda lines: ['x = 1'])",
        "get_ipython().run_cell = None",
        "import sys\nsys.stdout = sys.stderr = None",
        "import numpy as np\nnp.testing.assert_allclose = lambda *a: None",
    ]
    for hook in hooks:
        answer = f"def f():\n    return 1\n\n\n{hook}"
        verdict = hall.examine(hand_in(asked, f=answer), asked, b"s", LIMITS)
        assert toy.points(verdict) == {"f-check": 1.0, "wrong-check": 0.0}, hook
