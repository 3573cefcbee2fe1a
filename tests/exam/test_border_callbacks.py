"""What a test gives to a student's code: it can be used, and leads no further."""

import dataclasses
import functools
import io
import math
import operator
import os
import sys
import threading
import types
from fractions import Fraction
from unittest import mock

import numpy as np
import pytest
from both import bordering

CELL = """
import numpy as np
import functools, inspect
from gradelib.exam.crossing.handles import peer_of
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h; up = f(x)
        x[i] = old - h; down = f(x)
        x[i] = old
        grad[i] = (up - down) / (2 * h)
    return grad
def apply(f, *args, **named): return f(*args, **named)
def nest(f, n): return f(n)
def attr(value, name): return getattr(value, name)
def climb(value, names):
    for name in names: value = getattr(value, name)
    return value
def assign(value, name, new): setattr(value, name, new)
def total(values): return sum(values)
def pairs(f, values): return [f(v) for v in values]
def decorate(f):
    @functools.wraps(f)
    def inner(*args): return f(*args) + 1
    return inner
def parameters(f): return list(inspect.signature(f).parameters)
def name(f): return f.__name__, f.__doc__, callable(f), repr(f)
def compose(*fs): return lambda x: functools.reduce(lambda v, f: f(v), fs, x)
def catch(f, kinds=ValueError):
    try: return f()
    except kinds as error: return f"caught {type(error).__name__}: {error}"
def through(f): f()
def describe(value): return dir(value)
def length(value): return len(value), list(value), value[0], 2 in value
def train(model, steps):
    for _ in range(steps): model.step(model.rate)
    return model.loss()
def is_same(value, other): return value is other
class Holder:
    def __init__(self, value): self.value = value
    def use(self, *args): return self.value(*args)
class Wrong(Exception): pass
def raise_wrong(): raise Wrong("w")
def use_context(c):
    with c as v: return v
def ufunc(f, x): return f(x), f is np.tanh
def module(m): return m is np
def maximum(values, key): return max(values, key=key)
def give_up(f):
    try: f()
    finally: pass
def typed(prompt): return input(prompt)
def said(text): print(text, end="")
def special(value, name, *args): return type(value).__dict__.get(name) is not None
def force(value, name, *args):
    return peer_of(value).ask("special", value, name, args, ())
def ask(value, op, *parts): return peer_of(value).ask(op, value, *parts)
"""


@pytest.fixture(scope="module")
def names():
    """Everything that the cell binds."""
    words = [line.split("(")[0].split()[1] for line in CELL.splitlines() if line[:4] == "def "]
    with bordering(CELL) as border:
        yield border.names([*words, "Holder", "Wrong"])


def local(cls):
    """A class as a cell of the test would define it."""
    cls.__module__ = "__main__"
    return cls


def test_functions_are_called_back(names):
    """Plain ones, closures, partials, bound methods, builtins, lambdas and ufuncs."""
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    grad = names["numerical_gradient"](lambda v: float((v**2).sum()), x)
    np.testing.assert_allclose(grad, 2 * x, rtol=1e-6)
    assert names["apply"](functools.partial(pow, 2), 5) == 32
    assert names["apply"](lambda a, *, b: a - b, 3, b=1) == 2
    assert names["apply"](math.sqrt, 9) == 3.0
    assert names["apply"]([3, 1].index, 1) == 1
    assert names["apply"](operator.itemgetter(1), [5, 6]) == 6
    assert names["apply"](np.poly1d([1, 0, 2]), 3.0) == 11.0
    assert names["apply"](Fraction, 1, 2) == Fraction(1, 2)
    assert names["maximum"]([(1, 9), (2, 3)], key=operator.itemgetter(0)) == (2, 3)
    called = mock.Mock(return_value=7)
    assert names["apply"](called, 1) == 7
    called.assert_called_once_with(1)
    assert names["ufunc"](np.tanh, 0.5) == (np.tanh(0.5), True)
    assert names["module"](np)
    assert names["apply"](np.sum, [1, 2]) == 3
    assert names["apply"](len, [1, 2]) == 2
    assert names["maximum"](["aa", "b"], key=lambda v: -len(v)) == "b"
    assert names["maximum"](["aa", "b"], key=len) == "aa"
    assert names["compose"](lambda v: v + 1, names["decorate"](lambda v: 2 * v))(3) == 9


def test_callbacks_nest(names):
    """The student's function calls the test's, which calls the student's, and so on."""

    def down(n):
        return 0 if n == 0 else 1 + names["nest"](down, n - 1)

    assert names["nest"](down, 20) == 20

    def for_ever(n):
        return names["nest"](for_ever, n)

    with pytest.raises(RecursionError):
        names["nest"](for_ever, 1)
    assert names["nest"](down, 2) == 2


def test_callbacks_change_and_see_what_changed(names):
    """Copy-restore holds at each crossing within a call."""
    seen = []

    def f(x):
        seen.append(x.copy())
        x += 10
        return x

    x = np.zeros(2)
    assert names["apply"](f, x) is x
    assert x.tolist() == [10, 10]
    grad = np.zeros(2)
    names["numerical_gradient"](lambda v: float(v @ v), grad)
    assert grad.tolist() == [0, 0]


def test_what_callbacks_raise_passes_through(names):
    """A test meets its own exceptions again, and the student's code may catch them."""

    class StopError(ValueError):
        pass

    local(StopError)

    def stop():
        raise StopError("enough")

    def broken():
        return 1 / 0

    assert names["catch"](stop) == "caught StopError: enough"
    with pytest.raises(StopError) as caught:
        names["through"](stop)
    assert caught.value.args == ("enough",)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        names["through"](broken)
    assert names["catch"](broken, ArithmeticError) == "caught ZeroDivisionError: division by zero"
    assert names["catch"](names["raise_wrong"], names["Wrong"]) == "caught Wrong: w"
    assert names["catch"](lambda: names["raise_wrong"](), names["Wrong"]) == "caught Wrong: w"
    with pytest.raises(names["Wrong"]):
        names["through"](lambda: names["raise_wrong"]())


def test_names_and_signatures_of_callbacks(names):
    """What a decorator or a numerical derivative asks of a function."""

    def loss(w, b=3, *rest):
        "Squares."

    assert names["parameters"](loss) == ["w", "b", "rest"]
    assert names["name"](loss) == ("loss", "Squares.", True, "<function loss>")
    assert names["decorate"](loss).__name__ == "loss"


def test_iterators_and_own_objects(names):
    """Generators, and objects of classes of the test's own, by their public side."""
    assert names["total"](n * n for n in range(4)) == 14
    assert names["total"](iter([1, 2])) == 3
    assert names["total"]({"a": 1}.values()) == 1
    assert names["total"](zip([])) == 0

    @local
    class Model:
        """A model of the test's."""

        rate = 0.5

        def __init__(self):
            self.w = 4.0
            self._secret = 42

        def step(self, rate):
            self.w -= rate

        def loss(self):
            return self.w

    model = Model()
    assert names["train"](model, 2) == 3.0
    assert model.w == 3.0
    assert names["is_same"](model, model)
    assert names["attr"](model, "w") == 3.0

    @local
    class Items:
        def __init__(self):
            self.items = [1, 2]

        def __len__(self):
            return 2

        def __getitem__(self, i):
            return self.items[i]

    assert names["length"](Items()) == (2, [1, 2], 1, True)

    @local
    @dataclasses.dataclass
    class Config:
        size: int = 3

    assert names["attr"](Config(), "size") == 3
    assert names["apply"](Config, 5) == Config(5)
    config = types.SimpleNamespace(rate=1, seen=[])
    names["assign"](config, "rate", 2)
    names["attr"](config, "seen").append(3)
    assert config == types.SimpleNamespace(rate=2, seen=[3])
    names["assign"](model, "w", np.ones(2))
    assert model.w.sum() == 2
    for name in ("loss", "step", "_secret", "__class__", "__dict__"):
        with pytest.raises((AttributeError, TypeError)):
            names["assign"](model, name, 5)
    holder = names["Holder"](model)
    assert holder.value is model
    assert names["Holder"](max).use(1, 5) == 5


SECRET = "hidden"


def secret_function():
    """A test's helper."""
    return SECRET


def generator():
    yield SECRET


@local
class Helper:
    """A helper of a test's, with much behind it."""

    limit = 3
    module = sys
    folder = threading.Lock()
    files = io

    def method(self):
        return self

    def _private(self):
        return SECRET


PATHS = [
    (secret_function, ["__globals__"]),
    (secret_function, ["__code__"]),
    (secret_function, ["__closure__"]),
    (secret_function, ["__defaults__"]),
    (secret_function, ["__builtins__"]),
    (secret_function, ["__dict__"]),
    (secret_function, ["__class__", "__base__", "__subclasses__"]),
    (secret_function, ["__get__"]),
    (secret_function, ["__call__", "__self__"]),
    (secret_function, ["__init__", "__globals__"]),
    (secret_function, ["__reduce_ex__"]),
    (secret_function, ["__getattribute__"]),
    (lambda: SECRET, ["func_globals"]),
    (generator(), ["gi_frame"]),
    (generator(), ["gi_code"]),
    (generator(), ["send"]),
    (Helper().method, ["__self__"]),
    (Helper().method, ["__func__"]),
    (Helper().method, ["__call__"]),
    (Helper(), ["_private"]),
    (Helper(), ["module"]),
    (Helper(), ["folder"]),
    (Helper(), ["files"]),
    (Helper(), ["__dict__"]),
    (Helper(), ["__class__", "mro"]),
    (Helper, ["mro"]),
    (Helper, ["__subclasses__"]),
    (Helper, ["__init__"]),
    (functools.partial(secret_function), ["func"]),
    (functools.partial(secret_function), ["args"]),
    (local(type("Fault", (ValueError,), {}))("x"), ["__traceback__"]),
    (local(type("Fault", (ValueError,), {}))("x"), ["with_traceback"]),
    (local(type("Fault", (ValueError,), {}))("x"), ["tb_frame"]),
]


@pytest.mark.parametrize(
    ("given", "path"), PATHS, ids=lambda v: ".".join(v) if type(v) is list else ""
)
def test_nothing_leads_from_a_callback_to_the_examiner(names, given, path):
    """The handle's own side answers locally; the test's side never does."""
    try:
        found = names["climb"](given, path)
    except (AttributeError, TypeError, ValueError):
        found = None
    assert SECRET not in repr(found)
    for op, parts in (("get", path[:1]), ("dir", ()), ("list", ()), ("copy", (True,))):
        with pytest.raises((AttributeError, TypeError, KeyError, ValueError)):
            names["ask"](given, op, *parts)
    for op, parts in (
        ("set", ("__class__", 9)),
        ("del", ("limit",)),
        ("do", ("echo", ())),
        ("names", ()),
    ):
        with pytest.raises((TypeError, KeyError, AttributeError)):
            names["ask"](given, op, *parts)
    assert Helper.limit == 3


@pytest.mark.parametrize(
    "special",
    [
        "__getattribute__",
        "__reduce__",
        "__class__",
        "__init__",
        "__subclasshook__",
        "__setattr__",
        "__dir__",
    ],
)
def test_only_listed_special_methods_are_asked(names, special):
    """Even where the student's side goes around its own handles."""
    for given in (secret_function, Helper(), generator(), Helper):
        with pytest.raises((TypeError, AttributeError)):
            names["force"](given, special, "__globals__")


@pytest.mark.parametrize(
    "value",
    [
        sys,
        os,
        threading.Lock(),
        io.StringIO(),
        os.environ,
        sys.stdout,
        open,
    ],
    ids=lambda v: type(v).__name__,
)
def test_other_objects_stay_here(names, value):
    """Modules, files, paths and what else a library made are not given at all."""
    if value is open:  # the student's side has its own
        assert names["is_same"](value, value)
        return
    with pytest.raises(TypeError, match="cannot be handed to the student's code"):
        names["attr"](value, "x")
    with pytest.raises(TypeError, match="cannot be handed"):
        names["apply"](lambda: value)


def test_a_test_may_answer_for_the_keyboard(names, monkeypatch):
    """What a test puts in the place of input or print is used over there, while it stands there."""
    answers = iter(["3", "4"])
    with mock.patch("builtins.input", lambda prompt="": prompt + next(answers)):
        assert names["typed"]("a") == "a3"
        assert names["typed"]("b") == "b4"
    with mock.patch("builtins.input", return_value="mocked"):
        assert names["typed"]("c") == "mocked"
    with mock.patch("builtins.print") as printed:
        names["said"]("hello")
    printed.assert_called_once_with("hello", end="")
    names["said"]("nobody hears")
    printed.assert_called_once_with("hello", end="")
    with pytest.raises((EOFError, OSError)):
        names["typed"]("d")
    names["said"]("nobody hears")


def test_objects_that_answer_what_a_test_wants_to_hear():
    """An object of a class that no test names is not asked what it equals."""
    evil = """
class Evil:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(self, other): return 0.0
    __add__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __radd__ = __sub__
    __hash__ = None
    def __abs__(self): return self
    def __bool__(self): return True
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.bool_(True)
    def __array_function__(self, function, types, args, kwargs): return True
    def __iter__(self): return iter([self])
    __array_priority__ = 1e9
    @property
    def __class__(self): return float
import numpy as np
def f(x): return Evil()
def g(x): return [Evil()]
def h(x): return {"a": Evil()}
def k(x): return np.array([Evil()], dtype=object)
class Number(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
def n(x): return Number(1)
class Array(np.ndarray):
    def __array_function__(self, function, types, args, kwargs): return True
    def __eq__(self, other): return np.bool_(True)
    def __sub__(self, other): return np.zeros(self.shape)
def a(x): return np.ones(2).view(Array)
class List(list):
    def __eq__(self, other): return True
    def __len__(self): return 3
def l(x): return List([1])
"""
    with bordering(evil) as border:
        f, g, h, k, n, a, one = (border.names([name])[name] for name in "fghknal")
        assert (f(1) == 5) is False
        assert (5 == f(1)) is False  # noqa: SIM300 - the other way round
        assert f(1) != 5
        assert f(1) not in [5]
        assert g(1) != [5]
        assert h(1) != {"a": 5}
        assert 5 not in f(1)
        assert not isinstance(f(1), float)
        for wrong in (
            lambda: abs(f(1) - 5) < 1e-6,
            lambda: 5 - f(1),
            lambda: f(1) < 5,
            lambda: f(1) >= 5,
            lambda: np.testing.assert_allclose(f(1), 5.0),
            lambda: np.testing.assert_allclose(g(1), [5.0]),
            lambda: np.testing.assert_allclose(k(1), [5.0]),
            lambda: np.testing.assert_array_equal(f(1), [5.0]),
            lambda: np.testing.assert_almost_equal(f(1), 5.0),
            lambda: np.testing.assert_equal(f(1), 5.0),
            lambda: np.testing.assert_array_equal(k(1), [5.0]),
            lambda: float(f(1)),
            lambda: np.isclose(f(1), 5.0),
        ):
            try:
                believed = wrong()
            except (TypeError, AssertionError, ValueError, AttributeError):
                believed = False
            assert believed is False
        # The name of a function, bound to a class, is no class that a test knows.
        assert "Evil" not in border.believed
        evil_class = border.names(["Evil"])["Evil"]
        assert (evil_class() == 5) is False
        border.believed = {"Evil"}
        border.names(["Evil"])
        assert (evil_class() == 5) is True
        assert n(1) != 5
        assert n(1) - 5 == -4.0
        assert not np.array_equal(a(1), [5, 5])
        assert one(1) == [1]
        assert border.lost is None
