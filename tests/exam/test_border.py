"""Two processes feel like one: values, changes in place, random numbers, exceptions, prints."""

import random
import sys
import time
import traceback
import warnings

import numpy as np
import pytest
from both import bordering

from gradelib.exam.crossing.wire import GoneError, LateError

CELL = """
import os, random, sys, time, warnings
import numpy as np

def forward(x, w):
    return x @ w, (x, w)
def backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout
class Net:
    def __init__(self):
        self.params = {"W1": np.ones((2, 3)), "layers": [np.zeros(2), {"b": np.zeros(1)}]}
        self.history = []
    def loss(self):
        first, second = self.params["layers"]
        return float(self.params["W1"].sum() + first.sum() + second["b"].sum())
    def step(self, by):
        self.params["W1"] -= by
        self.params["layers"][1]["b"] += 1
        self.params["new"] = [len(self.params)]
    def replace(self):
        self.params["W1"] = np.full((2, 3), 7.0)
net = Net()
def sgd(params, grads, rate=0.5):
    for name in params:
        params[name] -= rate * grads[name]
def spoil(dout, items, table, chosen, data):
    dout *= 0
    items[0].append("spoilt")
    items.insert(0, None)
    table["a"]["b"] = 1
    table.pop("old")
    chosen.add(9)
    chosen.discard(1)
    data.extend(b"!")
kept = []
def keep(value):
    kept.append(value)
def kept_sum():
    return float(sum(np.sum(v) for v in kept))
def change_kept():
    kept[-1][...] = 5
def again():
    return kept[-1]
def echo(value): return value
def kind(value): return type(value).__name__
def contiguous(x): return bool(x.flags.c_contiguous), bool(x.flags.f_contiguous)
def write(x): x[0] = 1
def draw(): return np.random.rand(), random.random()
def gauss(): return np.random.randn()
def reseed(): np.random.seed(3); random.seed(3)
def from_rng(rng, n): return rng.normal(size=n)
def fail(which):
    if which == "value": raise ValueError("no good", 3)
    if which == "key": return {}["missing"]
    if which == "zero": return 1 / 0
    if which == "file": open("/nowhere/at/all")
    if which == "own": raise Own("mine", 7)
    if which == "deep": return fail("deep")
    if which == "assert": assert 1 == 2, "not equal"
    if which == "todo": raise NotImplementedError
    if which == "exit": sys.exit(3)
    if which == "interrupt": raise KeyboardInterrupt
    if which == "long": raise ValueError("x" * 10**6)
    if which == "base": raise Worst("bad")
    if which == "unicode": "é".encode("ascii")
    if which == "text": raise Silent()
class Own(LookupError):
    def __init__(self, text, code):
        super().__init__(text)
        self.code = code
    def __str__(self): return f"own {self.code}"
class Derived(Own): pass
class Worst(BaseException): pass
class Silent(Exception):
    def __str__(self): raise RuntimeError
def raise_derived(): raise Derived("x", 8)
def show(*words): print(*words)
def shout(): print("out"); print("err", file=sys.stderr)
def warn(): warnings.warn("look here"); return np.log(np.zeros(2))
def ratio(): return np.ones(1) / np.zeros(1)
def chatter(): print("y" * 10**6)
constant = 0.25
table = {"a": np.arange(3)}
def die(): os._exit(3)
def hang(): time.sleep(100)
def deep(n):
    v = 1
    for _ in range(n): v = [v]
    return v
def cyclic():
    v = [1]
    v.append(v)
    return v
def huge(): return np.zeros(2**26)
def odd(): return {float("nan"): 1, (1, 2): 2, None: 3, True: 4}
def keyed(): return {Own: 1, echo: 2}
def uses_global(): return helper
values = [1, 2]
"""


@pytest.fixture
def border():
    """A border to a process that has run the cell."""
    with bordering(CELL) as found:
        yield found


@pytest.fixture
def names(border):
    """Everything that the cell binds."""
    words = [line.split("(")[0].split()[1] for line in CELL.splitlines() if line[:4] == "def "]
    return border.names([*words, "net", "Own", "Derived", "constant", "table", "absent", "values"])


VALUES = [
    None,
    True,
    3,
    -(2**80),
    2.5,
    1 + 2j,
    "é\ud800",
    b"x",
    (1, (2, [3])),
    [1, [2.0, "x"]],
    {"a": {"b": (1,)}},
    {1, "x"},
    frozenset({1}),
    slice(1, None, 2),
    range(2, 9, 3),
    ...,
    int,
    ValueError,
    np.float32,
    np.tanh,
    np.float32(1.5),
    np.int8(-3),
    np.bool_(True),
    np.dtype("float32"),
    bytearray(b"ab"),
    float("inf"),
]


def name(value):
    """A name of a case that is the same in every process: a set has no order."""
    return "set" if isinstance(value, (set, frozenset)) else repr(value)


@pytest.mark.parametrize("value", VALUES, ids=name)
def test_plain_values_cross_exactly(names, value):
    """What goes there and back is equal, and of the same type."""
    back = names["echo"](value)
    assert back == value
    assert type(back) is type(value)
    assert names["kind"](value) == type(value).__name__


ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.arange(6).reshape(2, 3).T,
    np.zeros((0, 3)),
    np.array(2.0),
    np.arange(10)[::3],
    np.array([True, False]),
    np.array([1, 2], dtype=np.uint8),
    np.array([1 + 1j]),
    np.array(["ab", "c"]),
    np.array([b"ab"]),
    np.array(["2020-01-01"], dtype="datetime64[D]"),
    np.array([1, "x", None], dtype=object),
    np.arange(3, dtype=">f8"),
    np.ones(2, dtype=np.float16),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda a: f"{a.dtype}-{a.shape}")
def test_arrays_cross_exactly(names, value):
    """Shape, dtype, entries and order in memory."""
    back = names["echo"](value.copy("K"))
    assert type(back) is np.ndarray
    assert back.dtype == value.dtype
    assert back.shape == value.shape
    assert np.array_equal(back, value)
    if value.dtype.char != "O":
        expected = value.copy("K").flags
        assert names["contiguous"](value.copy("K")) == (
            expected.c_contiguous,
            expected.f_contiguous,
        )


def test_names_that_are_there_and_no_others(names):
    """Absent names are left out; plain values are values."""
    assert "absent" not in names
    assert names["constant"] == 0.25
    assert names["table"]["a"].sum() == 3


def test_forward_and_backward(names):
    """A cache goes there and back."""
    x, w = np.ones((2, 3)), np.ones((3, 4))
    out, cache = names["forward"](x, w)
    assert np.array_equal(out, x @ w)
    dx, dw = names["backward"](np.ones_like(out), cache)
    assert np.array_equal(dx, np.full((2, 3), 4.0))
    assert np.array_equal(dw, np.full((3, 4), 2.0))


def test_what_a_test_changes_is_changed_over_there(names):
    """Parameters can be moved entry by entry, however deep they lie, and moved back."""
    net = names["net"]
    assert net.loss() == 6.0
    net.params["W1"][0, 0] += 1
    assert net.loss() == 7.0
    net.params["W1"][0, 0] -= 1
    net.params["layers"][0][:] = 2
    net.params["layers"][1]["b"][0] = 3
    assert net.loss() == 13.0
    params = net.params
    params["W1"] = np.zeros((2, 3))
    params["layers"].reverse()
    params["layers"].reverse()
    assert net.loss() == 7.0
    W = params["W1"]
    W[...] = 1
    assert net.loss() == 13.0


def test_what_the_student_changes_is_changed_here(names):
    """Arrays that a test holds follow the student's, old and new."""
    net = names["net"]
    params = net.params
    W, b = params["W1"], params["layers"][1]["b"]
    net.step(0.5)
    assert W.tolist() == [[0.5] * 3] * 2
    assert b.tolist() == [1.0]
    assert params["new"] == [2]
    net.replace()
    assert W.tolist() == [[0.5] * 3] * 2
    assert params["W1"].tolist() == [[7.0] * 3] * 2
    params["W1"][:] = 1
    assert net.loss() == 7.0
    assert net.params is params


def test_arguments_changed_in_place(names):
    """sgd in place, a destroyed dout, lists, dicts, sets and bytes within each other."""
    params = {"W": np.ones(2), "b": np.zeros(1)}
    W = params["W"]
    names["sgd"](params, {"W": np.ones(2), "b": np.ones(1)})
    assert W.tolist() == [0.5, 0.5]
    assert params["b"].tolist() == [-0.5]
    inner, dout = [], np.ones(2)
    items, table, chosen, data = [inner], {"a": {}, "old": 1}, {1, 2}, bytearray(b"x")
    names["spoil"](dout, items, table, chosen, data)
    assert dout.tolist() == [0.0, 0.0]
    assert items == [None, inner]
    assert inner == ["spoilt"]
    assert table == {"a": {"b": 1}}
    assert chosen == {2, 9}
    assert data == b"x!"


def test_what_both_hold_stays_one(names):
    """An array that the student keeps follows the test's, and the other way round."""
    x = np.ones(3)
    names["keep"](x)
    x += 1
    assert names["kept_sum"]() == 6.0
    names["change_kept"]()
    assert x.tolist() == [5.0] * 3
    assert names["again"]() is x
    view = x[:2]
    del x
    view[0] = 0
    assert names["kept_sum"]() == 10.0
    mixed = np.array([1, [2]], dtype=object)
    names["keep"](mixed)
    mixed[1].append(3)
    mixed[0] = 7
    back = names["again"]()
    assert back is mixed
    assert back.tolist() == [7, [2, 3]]


def test_arrays_that_may_not_be_written(names):
    """A test that locks its array sees the student's ValueError."""
    x = np.zeros(2)
    x.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        names["write"](x)
    assert x.tolist() == [0, 0]


def test_what_is_dropped_is_forgotten(border, names):
    """Fresh arrays and objects leave nothing behind, on either side."""
    held, weight = len(border.table.entries), border.table.weight
    for _ in range(20):
        names["forward"](np.ones((2, 3)), np.ones((3, 4)))
        names["echo"]({"a": [np.ones(2), {}]})
        list(names["echo"](names["net"].history))
    names["echo"](1)
    names["echo"](1)
    names["echo"](1)
    assert len(border.table.entries) <= held
    assert border.table.weight <= weight
    live = border.live
    for _ in range(20):
        names["net"].loss()
    assert border.live <= live + 1


def test_large_arrays_are_sent_once(border, names):
    """What the test still holds is not sent again, and follows what either side does to it."""
    sent = []
    send = border.channel.send_tree

    def counted(tree, pieces, deadline):
        sent.append(sum(map(len, pieces)))
        send(tree, pieces, deadline)

    border.channel.send_tree = counted
    x = np.zeros(100_000)
    for _ in range(3):
        names["kind"](x)
    assert sent == [x.nbytes, 0, 0]
    names["write"](x)
    assert x[0] == 1
    x[1] = 2
    names["keep"](x)
    assert names["kept_sum"]() == 3
    del x
    names["kind"](1)
    assert border.table.weight < 1000


def test_one_random_state(names):
    """Either side's seed governs both, and draws interleave."""
    np.random.seed(1)
    random.seed(1)
    expected = [(np.random.rand(), random.random()) for _ in range(3)]
    np.random.seed(1)
    random.seed(1)
    first = names["draw"]()
    second = (np.random.rand(), random.random())
    assert [first, second, names["draw"]()] == expected
    names["reseed"]()
    mine = np.random.rand(), random.random()
    np.random.seed(3)
    random.seed(3)
    assert mine == (np.random.rand(), random.random())
    np.random.seed(5)
    expected = [np.random.randn() for _ in range(4)]
    np.random.seed(5)
    assert [np.random.randn(), names["gauss"](), names["gauss"](), np.random.randn()] == expected
    random.seed(4)
    expected = [random.gauss(0, 1) for _ in range(3)]
    random.seed(4)
    found = [random.gauss(0, 1), (names["echo"](1), random.gauss(0, 1))[1], random.gauss(0, 1)]
    assert found == expected


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "PCG64DXSM"])
def test_generators_as_arguments(names, kind):
    """A Generator draws the same numbers there, and goes on here where it ended there."""
    rng, twin = (np.random.Generator(getattr(np.random, kind)(7)) for _ in range(2))
    first = names["from_rng"](rng, 3)
    assert np.array_equal(np.concatenate([first, rng.normal(size=2)]), twin.normal(size=5))
    assert names["echo"](rng) is rng
    old, twin = np.random.RandomState(3), np.random.RandomState(3)
    assert np.array_equal(names["from_rng"](old, 3), twin.normal(size=3))
    assert old.rand() == twin.rand()


@pytest.mark.parametrize(
    ("which", "kind", "text"),
    [
        ("value", ValueError, "no good"),
        ("key", KeyError, "missing"),
        ("zero", ZeroDivisionError, "division by zero"),
        ("file", FileNotFoundError, "No such file"),
        ("own", LookupError, "own 7"),
        ("deep", RecursionError, "maximum recursion"),
        ("assert", AssertionError, "not equal"),
        ("todo", NotImplementedError, ""),
        ("exit", SystemExit, "3"),
        ("interrupt", RuntimeError, ""),
        ("long", ValueError, "xxx"),
        ("base", Exception, "bad"),
        ("unicode", UnicodeEncodeError, "ascii"),
        ("text", Exception, "Silent"),
    ],
)
def test_exceptions_arrive_as_what_they_are(names, which, kind, text):
    """Builtin ones as themselves, others below the nearest builtin, with bounded text."""
    with pytest.raises(kind) as caught:
        names["fail"](which)
    assert text in str(caught.value)
    assert len(str(caught.value)) < 5000
    if which not in ("own", "base", "text", "interrupt"):
        assert type(caught.value) is kind
    assert names["echo"](1) == 1


def test_exceptions_of_the_students_own(names):
    """They are caught by name and by base, and keep their attributes."""
    Own, Derived = names["Own"], names["Derived"]
    with pytest.raises(Own) as caught:
        names["raise_derived"]()
    error = caught.value
    assert type(error) is Derived
    assert error.code == 8
    assert error.args == ("x",)
    assert str(error) == "own 8"
    assert isinstance(error, LookupError)
    with pytest.raises(LookupError):
        names["raise_derived"]()
    with pytest.raises(ValueError, match="no good") as caught:
        names["fail"]("value")
    assert caught.value.args == ("no good", 3)
    assert not isinstance(caught.value, Own)


def test_tracebacks_show_the_students_lines(names):
    """Function, line and text, and no file is read for them."""
    with pytest.raises(ZeroDivisionError) as caught:
        names["fail"]("zero")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.name == "fail"
    assert last.filename == "<hand-in 1>"
    assert CELL.splitlines()[last.lineno - 1].strip() == 'if which == "zero": return 1 / 0'


def test_prints_come_with_the_answer(names, capsys):
    """Standard output and error appear where the test's own would, within a limit."""
    names["show"]("hello", 3)
    assert capsys.readouterr().out == "hello 3\n"
    with pytest.raises(ZeroDivisionError):
        names["fail"]("zero")
    names["chatter"]()
    assert 1000 < len(capsys.readouterr().out) <= 200_000
    print("a")
    names["show"]("b")
    print("c")
    assert capsys.readouterr().out == "a\nb\nc\n"


def test_warnings_are_heard_here(names):
    """A test may expect, record or silence the student's warnings."""
    with pytest.warns(UserWarning, match="look here"), pytest.warns(RuntimeWarning, match="zero"):
        names["warn"]()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            names["warn"]()
    assert len(caught) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(UserWarning, match="look here"):
            names["warn"]()


def test_numpys_error_state_crosses(names):
    """np.errstate around a call governs the student's arithmetic."""
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        names["ratio"]()
    with np.errstate(divide="ignore"):
        assert names["ratio"]()[0] == np.inf
    with pytest.warns(RuntimeWarning, match="divide"):
        names["ratio"]()


def test_names_are_bound_and_unbound(border, names):
    """What a grade cell binds, rebinds or deletes is so over there as well."""
    border.bind("helper", [1])
    assert names["uses_global"]() == [1]
    border.unbind("helper")
    with pytest.raises(NameError):
        names["uses_global"]()
    border.unbind("helper")
    border.bind("constant", lambda: 3)
    assert border.names(["constant"])["constant"]() == 3


def test_operations_of_the_candidates(border):
    """Requests go to the functions that the server was given, and what they raise comes back."""
    border.request("run", source="answer = 6 * 7")
    assert border.names(["answer"]) == {"answer": 42}
    assert border.request("echo", value={"a": (1, np.ones(1))})["a"][0] == 1
    with pytest.raises(SyntaxError):
        border.request("run", source="1 +")
    with pytest.raises(KeyError):
        border.request("absent")


def test_something_is_done_before_each_crossing_of_a_test(border, names):
    """`before` may itself bind names."""
    border.before = lambda: border.bind("helper", 5)
    assert names["uses_global"]() == 5
    border.request("echo", value=1)
    assert border.lost is None


def test_strange_shapes_of_data(border, names):
    """Depth, cycles, strange keys and what is too large end in a value or in a clear error."""
    assert names["deep"](50) == eval("[" * 50 + "1" + "]" * 50)
    with pytest.raises(ValueError, match="nested deeper"):
        names["deep"](100)
    cyclic = names["cyclic"]()
    assert cyclic[1] is cyclic
    with pytest.raises(ValueError, match="cannot be handed over"):
        names["huge"]()
    odd = names["odd"]()
    assert list(odd.values()) == [1, 2, 3, 4]
    assert sorted(names["keyed"]().values()) == [1, 2]
    own = []
    for _ in range(100):
        own = [own]
    with pytest.raises(TypeError, match="cannot be handed"):
        names["echo"](own)
    with pytest.raises(TypeError, match="cannot be handed"):
        names["echo"](sys)
    border.request("run", source="nest = 1\nfor i in range(200): nest = [nest]")
    assert names["echo"](2) == 2
    found = border.names(["nest", "constant"])
    assert found["constant"] == 0.25
    assert len(found["nest"]) == 1


def test_recursion_of_a_test_ends_in_its_own_error(names, border):
    """A test that calls itself for ever, by way of the student's code or not, fails alone."""

    def for_ever(n):
        return for_ever(names["echo"](n))

    for _ in range(3):
        with pytest.raises(RecursionError):
            for_ever(1)
    assert border.lost is None
    assert names["echo"](2) == 2


def test_prints_of_odd_texts(names, capsys):
    """Half a surrogate pair is no reason to end."""
    names["show"]("a\ud800b")
    assert capsys.readouterr().out == "a?b\n"


def test_death_is_told_apart_from_failure(border, names):
    """Whatever is asked of a dead candidate says which call it died in."""
    with pytest.raises(GoneError, match=r"Python died in die\(\.\.\.\)"):
        names["die"]()
    assert border.lost == "Python died in die(...)"
    started = time.monotonic()
    for use in (names["echo"], lambda v: border.request("echo", value=v), border.names):
        with pytest.raises(GoneError, match="die"):
            use([1])
    assert time.monotonic() - started < 5


def test_a_call_that_does_not_end_is_late():
    """The deadline ends a call, and with it the border."""
    with bordering(CELL, seconds=0.3) as border:
        hang = border.names(["hang"])["hang"]
        with pytest.raises(LateError, match=r"hang\(\.\.\.\) did not end in time"):
            hang()
        with pytest.raises(LateError):
            hang()
        assert "hang" in border.lost
