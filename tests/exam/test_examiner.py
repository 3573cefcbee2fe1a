"""Examples of hand-ins, from the student's cells to the points, through the real processes."""

import json

import pytest
import toy
from toy import LIMITS, answer, given, graded, hand_in, outcomes, points, why

from gradelib.exam.hall import Hall
from gradelib.exam.sandbox.limits import Limits

SQUARES = """def squares(n):
    if n < 1:
        raise ValueError("n must be 1 or more")
    return [i ** 2 for i in range(1, n + 1)]"""

SUM = """def sum_of_squares(n):
    return sum(squares(n))"""

QUICKSTART = toy.paper(
    given("%matplotlib inline\nfrom matplotlib import pyplot as plt"),
    answer("squares", SQUARES),
    graded("squares-right", 1, "assert squares(1) == [1]\nassert squares(3) == [1, 4, 9]"),
    graded(
        "squares-invalid",
        1,
        "try:\n    squares(0)\nexcept ValueError:\n    pass\n"
        "else:\n    raise AssertionError('did not raise')",
    ),
    answer("sum-of-squares", SUM),
    graded("sum-right", 0.5, "assert sum_of_squares(2) == 5"),
    graded(
        "sum-uses-squares",
        0.5,
        "orig_squares = squares\ndel squares\ntry:\n    sum_of_squares(1)\n"
        "except NameError:\n    pass\n"
        "else:\n    raise AssertionError('does not use squares')\n"
        "finally:\n    squares = orig_squares",
    ),
    graded("squares-is-back", 1, "assert squares(2) == [1, 4]\nassert sum_of_squares(1) == 1"),
    graded(
        "squares-faked",
        1,
        "orig_squares = squares\nsquares = lambda n: [100]\n"
        "try:\n    assert sum_of_squares(3) == 100\nfinally:\n    squares = orig_squares",
    ),
)


@pytest.fixture(scope="module")
def hall():
    """One examiner for all."""
    with Hall() as one:
        yield one


def examine(hall, asked, handed_in, limits=LIMITS):
    """The verdict, which is plain JSON."""
    verdict = hall.examine(handed_in, asked, b"a secret for ada", limits)
    json.dumps(verdict, allow_nan=False)
    return verdict


def test_quickstart_of_nbgrader(hall):
    """Top-level del and rebinding of a student's name reach the student's own functions."""
    right = hand_in(QUICKSTART, squares=SQUARES, sum_of_squares=SUM)
    verdict = examine(hall, QUICKSTART, right)
    assert verdict["cause"] is None
    assert set(outcomes(verdict).values()) == {"passed"}
    assert sum(points(verdict).values()) == 5.0
    alone = "def sum_of_squares(n):\n    return sum(i ** 2 for i in range(1, n + 1))"
    verdict = examine(hall, QUICKSTART, hand_in(QUICKSTART, squares=SQUARES, sum_of_squares=alone))
    lost = [name for name, outcome in outcomes(verdict).items() if outcome != "passed"]
    assert lost == ["sum-uses-squares", "squares-faked"]
    assert why(verdict, "sum-uses-squares") == "AssertionError: does not use squares"


def test_stub_earns_nothing(hall):
    """Names that are not there are NameErrors in the tests."""
    verdict = examine(hall, QUICKSTART, hand_in(QUICKSTART))
    assert set(points(verdict).values()) == {0.0}
    assert why(verdict, "squares-right") == "NameError: name 'squares' is not defined"
    assert verdict["cause"] is None


OTHER = toy.paper(
    given("import numpy as np\nfrom numpy.testing import assert_allclose, assert_raises"),
    answer("scale", "def scale(x, by=2.0):\n    return x * by"),
    graded(
        "arrays",
        2,
        "assert_allclose(scale(np.arange(3.0)), [0, 2, 4])\n"
        "np.testing.assert_array_equal(scale(np.eye(2), by=3), 3 * np.eye(2))\n"
        "assert scale(np.ones(2)).dtype == np.float64",
    ),
    answer(
        "account",
        "class Account:\n"
        "    rate = 0.5\n"
        "    def __init__(self, owner, balance=0):\n"
        "        self.owner, self.balance = owner, balance\n"
        "    def deposit(self, amount):\n"
        "        if amount < 0:\n            raise ValueError('negative')\n"
        "        self.balance += amount\n        return self\n"
        "    def __eq__(self, other):\n"
        "        return isinstance(other, Account) and self.balance == other.balance\n"
        "    def __len__(self):\n        return self.balance\n"
        "    def __repr__(self):\n        return f'Account({self.owner!r}, {self.balance})'",
    ),
    graded(
        "classes",
        3,
        "one = Account('ada', 5)\nassert isinstance(one, Account)\n"
        "assert one.deposit(3) is one or one.deposit(0) == one\nassert one.balance == 8\n"
        "one.balance = 9\nassert len(one) == 9\nassert one == Account('bo', 9)\n"
        "assert repr(one) == \"Account('ada', 9)\"\nassert Account.rate == 0.5\n"
        "assert_raises(ValueError, one.deposit, -1)\nassert issubclass(Account, object)\n"
        "assert hasattr(one, 'owner') and not hasattr(one, 'other')",
    ),
    answer(
        "count",
        "def count(words):\n    found = {}\n    for w in words:\n"
        "        found[w] = found.get(w, 0) + 1\n    return found",
    ),
    graded("dicts", 1, "assert count('abca') == {'a': 2, 'b': 1, 'c': 1}\nassert count([]) == {}"),
    answer("apply", "def apply(f, values):\n    return [f(v) for v in values]"),
    graded(
        "functions",
        1,
        "calls = []\n\n\ndef f(v):\n    calls.append(v)\n    return v + 1\n\n\n"
        "assert apply(f, [1, 2]) == [2, 3]\nassert calls == [1, 2]\n"
        "assert apply(len, ['ab']) == [2]\nassert apply(scale, [3]) == [6]",
    ),
    answer("fill", "def fill(values):\n    values[0] = 7\n    values[-1] = 7"),
    graded(
        "in-place",
        1,
        "a, b = np.zeros(3), [0, 0, 0]\nassert fill(a) is None\nfill(b)\n"
        "assert b == [7, 0, 7] and list(a) == b",
    ),
    answer("draw", "def draw():\n    return np.random.normal(), np.random.randint(100)"),
    graded(
        "random",
        1,
        "np.random.seed(3)\nfirst = draw()\nnp.random.seed(3)\nassert draw() == first\n"
        "assert first == (np.random.RandomState(3).normal(),) + first[1:]",
    ),
    answer("evens", "def evens():\n    n = 0\n    while True:\n        yield n\n        n += 2"),
    graded(
        "generators",
        1,
        "found = evens()\nassert [next(found) for _ in range(3)] == [0, 2, 4]\n"
        "assert next(iter(found)) == 6",
    ),
)

RIGHT = {
    "scale": "def scale(x, by=2.0):\n    return x * by",
    "account": """class Account:
    rate = 0.5

    def __init__(self, owner, balance=0):
        self.owner, self.balance = owner, balance

    def deposit(self, amount):
        if amount < 0:
            raise ValueError("negative")
        self.balance += amount
        return self

    def __eq__(self, other):
        return isinstance(other, Account) and self.balance == other.balance

    def __len__(self):
        return self.balance

    def __repr__(self):
        return f"Account({self.owner!r}, {self.balance})"
""",
    "count": """from collections import Counter


def count(words):
    return dict(Counter(words))
""",
    "apply": "def apply(f, values):\n    return list(map(f, values))",
    "fill": "def fill(values):\n    values[0] = 7\n    values[-1] = 7",
    "draw": "def draw():\n    return np.random.normal(), np.random.randint(100)",
    "evens": "import itertools\n\n\ndef evens():\n    yield from itertools.count(0, 2)",
}


def test_course_with_classes_dicts_exceptions_and_functions(hall):
    """Ordinary tests of any kind work unchanged."""
    verdict = examine(hall, OTHER, hand_in(OTHER, **RIGHT))
    reasons = {name: why(verdict, name) for name in points(verdict)}
    assert set(outcomes(verdict).values()) == {"passed"}, reasons


@pytest.mark.parametrize(
    ("name", "text", "lost"),
    [
        ("scale", "def scale(x, by=2.0):\n    return x * 2", {"arrays"}),
        ("scale", "def scale(x, by=2.0):\n    return str(x)", {"arrays", "functions"}),
        ("account", "Account = dict", {"classes"}),
        ("account", "class Account:\n    pass", {"classes"}),
        ("count", "def count(words):\n    return list(words)", {"dicts"}),
        ("apply", "def apply(f, values):\n    return values", {"functions"}),
        ("apply", "apply = 3", {"functions"}),
        ("fill", "def fill(values):\n    values = [7] * 3", {"in-place"}),
        ("draw", "import os\ndraw = lambda: (os.urandom(3), 1)", {"random"}),
        ("evens", "def evens():\n    return [0, 2, 4]", {"generators"}),
        ("evens", "this is no Python", {"generators"}),
    ],
)
def test_wrong_answer_loses_its_own_points(hall, name, text, lost):
    """And no others."""
    verdict = examine(hall, OTHER, hand_in(OTHER, **RIGHT | {name: text}))
    assert {n for n, outcome in outcomes(verdict).items() if outcome != "passed"} == lost


PARTS = toy.paper(
    answer("first", "def first(x):\n    return x + 1"),
    graded("first-check", 2, "assert first(1) == 2\nassert first(5) == 6"),
    answer("second", "def second(x):\n    return 2 * x"),
    graded("second-check", 3, "assert second(2) == 4"),
    graded("both-check", 4, "assert second(first(1)) == 4"),
)
FIRST = "def first(x):\n    return x + 1"
SECOND = "def second(x):\n    return 2 * x"
DEATHS = {
    "exit": "import os; os._exit(3)",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "kill": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "abort": "import os; os.abort()",
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_call_that_kills_python_costs_its_own_cell(hall, death):
    """What was earned stays, the rest is tried in a fresh process, the verdict names the call."""
    second = f"def second(x):\n    if x == 2:\n        {death}\n    return 2 * x"
    asked = hand_in(PARTS, first=FIRST, second=second)
    verdict = examine(hall, PARTS, asked)
    assert outcomes(verdict) == {
        "first-check": "passed",
        "second-check": "died",
        "both-check": "died",
    }
    assert "second(...)" in why(verdict, "second-check")
    assert "second(...)" in verdict["cause"]
    verdict = examine(hall, PARTS, hand_in(PARTS, first=FIRST, second=SECOND))
    assert verdict["cause"] is None


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_cell_that_kills_python_is_left_out(hall, death):
    """The cells above it are run again, the cells below it as if it had not been there."""
    verdict = examine(hall, PARTS, hand_in(PARTS, first=FIRST, second=SECOND, before=[death]))
    assert set(outcomes(verdict).values()) == {"passed"}
    assert "cell number 1" in verdict["cause"]
    broken = f"{SECOND}\n{death}"
    verdict = examine(hall, PARTS, hand_in(PARTS, first=FIRST, second=broken))
    assert points(verdict) == {"first-check": 2.0, "second-check": 0.0, "both-check": 0.0}
    assert "'second'" in verdict["cause"]


SHORT = Limits(wall=40.0, cell=1.5)


def test_endless_call_ends_with_its_cell(hall):
    """The tests that do not need it go on."""
    second = "def second(x):\n    while True:\n        pass"
    verdict = examine(hall, PARTS, hand_in(PARTS, first=FIRST, second=second), SHORT)
    assert outcomes(verdict) == {
        "first-check": "passed",
        "second-check": "late",
        "both-check": "late",
    }
    assert "second(...)" in why(verdict, "second-check")
    assert verdict["cause"] is None
    assert any("second-check" in note for note in verdict["notes"])


def test_endless_cell_is_interrupted_and_keeps_what_it_had_done(hall):
    """As nbgrader interrupts the kernel."""
    endless = f"{FIRST}\nwhile True:\n    pass"
    verdict = examine(hall, PARTS, hand_in(PARTS, first=endless, second=SECOND), SHORT)
    assert set(outcomes(verdict).values()) == {"passed"}
    assert verdict["notes"] == ["cell 'first' ran longer than 1.5 s and was stopped"]
    assert "KeyboardInterrupt" in toy.text_of(toy.cell(verdict, "first"))


def test_cell_that_will_not_be_interrupted_is_left_out(hall):
    """It is killed; the rest goes on without it."""
    stubborn = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    pass"
    verdict = examine(
        hall, PARTS, hand_in(PARTS, first=FIRST, second=SECOND, before=[stubborn]), SHORT
    )
    assert set(outcomes(verdict).values()) == {"passed"}
    assert "cell number 1" in verdict["notes"][0]


def test_whole_hand_in_has_one_clock(hall):
    """Each call is in time, all together are not: what is left is not run, and listed."""
    slow = "import time\n\n\ndef first(x):\n    time.sleep(2)\n    return x + 1"
    limits = Limits(wall=5.0, cell=4.5)
    verdict = examine(hall, PARTS, hand_in(PARTS, first=slow, second="time.sleep(9)"), limits)
    assert outcomes(verdict)["first-check"] == "passed"
    assert {outcomes(verdict)[name] for name in ("second-check", "both-check")} == {"not run"}
    assert verdict["cause"] == "the hand-in took longer than 5 s"


ENDLESS = toy.paper(
    answer("numbers", "def numbers():\n    return [1, 2]"),
    graded(
        "sum-check",
        1,
        "total = 0\nfor n in numbers():\n    total += n\nassert total == 3",
    ),
    graded("loop-check", 1, "n = numbers()[0]\nwhile n != 0:\n    n -= 1"),
    graded("last-check", 1, "assert numbers()[1] == 2"),
)


def test_test_that_loops_because_of_an_answer_is_stopped(hall):
    """An endless iterator, and a number from which the test's own loop never ends."""
    endless = "import itertools\n\n\ndef numbers():\n    return itertools.repeat(1)"
    verdict = examine(hall, ENDLESS, hand_in(ENDLESS, numbers=endless), SHORT)
    assert outcomes(verdict)["sum-check"] == "late"
    fraction = "def numbers():\n    return [0.5, 2]"
    verdict = examine(hall, ENDLESS, hand_in(ENDLESS, numbers=fraction), SHORT)
    assert outcomes(verdict) == {
        "sum-check": "failed",
        "loop-check": "late",
        "last-check": "passed",
    }


def test_output_is_cut_and_costs_nothing(hall):
    """100 MB from a cell, and from a call."""
    loud = 'for _ in range(100):\n    print("x" * 1_000_000)'
    first = f'{loud}\n\n\ndef first(x):\n    print("y" * 10_000_000)\n    return x + 1'
    verdict = examine(hall, PARTS, hand_in(PARTS, first=first, second=SECOND))
    assert set(outcomes(verdict).values()) == {"passed"}
    assert "cell 'first' put out over 2 MB: the rest is cut" in verdict["notes"]
    assert len(json.dumps(verdict)) < 5_000_000


def test_output_of_a_call_stands_below_the_test(hall):
    """Prints of a student's function, and the test's own, in order."""
    asked = toy.paper(
        answer("say", "def say(x):\n    return x"),
        graded("say-check", 1, "print('before')\nsay('hello')\nprint('after')\n1.0"),
    )
    verdict = examine(hall, asked, hand_in(asked, say="def say(x):\n    print(x)"))
    stream, result = toy.cell(verdict, "say-check")["outputs"]
    assert stream["text"] == "before\nhello\nafter\n"
    assert result["data"]["text/plain"] == "1.0"


def test_points_are_what_the_examiner_says(hall):
    """Partial credit by the last value; text on stderr costs nothing; a raise gives 0."""
    asked = toy.paper(
        given("import sys"),
        answer("f", "def f():\n    return 1"),
        graded("half", 2, "f()\n1.0"),
        graded("hidden-value", 2, "f()\n1.5;"),
        graded("stderr", 2, "print('warning', file=sys.stderr)\nf()\nNone"),
        graded("too-much", 2, "2.5"),
        graded("from-student", 2, "f()"),
        graded("raises", 2, "2.0\nraise RuntimeError('no')"),
        graded("exits", 2, "sys.exit(0)"),
        toy.written("words", 5),
    )
    verdict = examine(hall, asked, hand_in(asked, f="def f():\n    return 99"))
    assert points(verdict) == {
        "half": 1.0,
        "hidden-value": 1.5,
        "stderr": 2.0,
        "too-much": 0.0,
        "from-student": 0.0,
        "raises": 0.0,
        "exits": 0.0,
        "words": None,
    }
    assert outcomes(verdict)["words"] == "by person"
    assert "2.5" in why(verdict, "too-much")
    assert why(verdict, "raises") == "RuntimeError: no"


def test_reports_are_shown_and_decide(hall):
    """gl.award's reports stand in the outputs with their data, and their share of the points."""
    asked = toy.paper(
        given("import gradelib as gl", locked=True),
        answer("f", "def f(x):\n    return x"),
        graded(
            "f-check",
            4,
            "gl.award(4, gl.check_values(lambda: f(2), 2, name='f of 2'), "
            "gl.check_values(lambda: f(3), 3, name='f of 3'))",
        ),
    )
    verdict = examine(hall, asked, hand_in(asked, f="def f(x):\n    return 2"))
    assert points(verdict) == {"f-check": 2.0}
    assert outcomes(verdict) == {"f-check": "partial"}
    first, second, result = toy.cell(verdict, "f-check")["outputs"]
    assert first["data"]["application/vnd.gradelib.report+json"]["verdict"] == "passed"
    assert second["data"]["application/vnd.gradelib.report+json"]["verdict"] == "failed"
    assert "<" in second["data"]["text/html"]
    assert result["data"]["text/plain"] == "2.0"


def test_equal_input_gives_equal_verdicts(hall):
    """Random numbers, sets, addresses and dictionaries included; another seed, other numbers."""
    asked = toy.paper(
        given("import numpy as np, random\nimport gradelib as gl"),
        answer("f", "def f():\n    return 1"),
        graded("f-check", 1, "print(f(), gl.rng('t').normal(), np.random.normal())\nf"),
    )
    answers = {
        "f": "print({'a', 'b', 'c'}, object(), random.random(), np.random.normal())\n\n\n"
        "def f():\n    return random.random()"
    }
    first = examine(hall, asked, hand_in(asked, **answers))
    assert examine(hall, asked, hand_in(asked, **answers)) == first
    assert " at 0x..." in toy.text_of(toy.cell(first, "f"))
    other = hall.examine(hand_in(asked, **answers), asked, b"another", LIMITS)
    for name in ("f", "f-check"):
        assert toy.text_of(toy.cell(other, name)) != toy.text_of(toy.cell(first, name))


def test_candidate_sees_the_release_only(hall):
    """Hidden tests run here; over there the released text of a test, where its names are read."""
    asked = toy.paper(
        answer("f", "def f():\n    return 1"),
        graded("f-check", 1, "helper = 5\nsecret = f() == 1\nassert secret", released="helper = 5"),
        answer("g", "def g():\n    return helper"),
        graded("g-check", 1, "assert g() == 5"),
    )
    spy = "seen = sorted(globals())\nprint('secret' in seen, 'helper' in seen)\n\n\ndef g():\n"
    verdict = examine(
        hall, asked, hand_in(asked, f="def f():\n    return 1", g=f"{spy}    return helper")
    )
    assert set(outcomes(verdict).values()) == {"passed"}
    assert toy.text_of(toy.cell(verdict, "g")).strip() == "False True"


def test_courses_files_and_modules_lie_beside_the_notebook(hall):
    """On both sides; a student's file of a package's name shadows nothing."""
    asked = toy.paper(
        given("import helper\ndata = open('data.txt').read()"),
        answer("f", "def f():\n    return 1"),
        graded("f-check", 1, "assert f() == helper.ANSWER and data == 'given'"),
        files={"helper.py": b"ANSWER = 42", "data.txt": b"given"},
    )
    handed_in = hand_in(
        asked,
        f="import numpy, json\n\n\ndef f():\n    return helper.ANSWER if data == 'given' else 0",
        files={"json.py": b"1/0", "helper.py": b"ANSWER = 1", "data.txt": b"mine"},
    )
    verdict = examine(hall, asked, handed_in)
    assert outcomes(verdict) == {"f-check": "passed"}


def test_traceback_of_a_test_shows_the_cell_and_no_examiner(hall):
    """An error's traceback holds the test's line and the student's, as in a notebook."""
    asked = toy.paper(
        answer("f", "def f():\n    return 1"),
        graded("f-check", 1, "x = 1\nassert f() == 7"),
    )
    failing = "def f():\n    inner = {}\n    return inner['key']"
    verdict = examine(hall, asked, hand_in(asked, f=failing))
    (error,) = toy.cell(verdict, "f-check")["outputs"]
    text = "\n".join(error["traceback"])
    assert error["ename"] == "KeyError"
    assert "In[2]" in text
    assert "inner" in text
    assert "gradelib/exam" not in text
    assert why(verdict, "f-check") == "KeyError: 'key'"


def test_given_cells_of_the_master_count_for_the_tests(hall):
    """A student who edits or deletes a given cell does not change what the tests stand on."""
    asked = toy.paper(
        given("LIMIT = 3", grade_id="limit", locked=True),
        given("def check(x):\n    assert x == LIMIT"),
        answer("f", "def f():\n    return 3"),
        graded("f-check", 1, "check(f())"),
    )
    cheat = hand_in(asked, f="LIMIT = 8\ncheck = print\n\n\ndef f():\n    return 8")
    assert outcomes(examine(hall, asked, cheat)) == {"f-check": "failed"}


@pytest.mark.parametrize(
    "break_it",
    [
        "import builtins\nbuiltins.len = builtins.isinstance = builtins.tuple = 3",
        "import msgpack\nmsgpack.Packer = msgpack.packb = None\nmsgpack.unpackb = None",
        "import os\nos.close(240)\nfor n in range(3, 1024):\n"
        "    try:\n        os.close(n)\n    except OSError:\n        pass",
        "import struct, socket\nsocket.socket.recv = None\nstruct.Struct = None",
    ],
)
def test_cell_that_breaks_its_own_process_is_left_out(hall, break_it):
    """Answers in other cells count, as they would in a kernel that goes on."""
    verdict = examine(hall, PARTS, hand_in(PARTS, first=FIRST, second=SECOND, before=[break_it]))
    assert set(outcomes(verdict).values()) == {"passed"}


def test_memory_that_an_answer_makes_a_test_ask_for_is_refused(hall):
    """A MemoryError in the test, and no harm to the examiner."""
    asked = toy.paper(
        given("import numpy as np"),
        answer("size", "def size():\n    return 3"),
        graded("size-check", 1, "assert np.ones(size()).sum() == 3"),
        graded("other-check", 1, "assert size()"),
    )
    verdict = examine(hall, asked, hand_in(asked, size="def size():\n    return 10 ** 11"))
    assert outcomes(verdict) == {"size-check": "failed", "other-check": "passed"}
    assert "MemoryError" in why(verdict, "size-check")
