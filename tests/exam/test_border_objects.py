"""Objects of the student's feel like one's own to the author of a test."""

import collections
import copy
import datetime
import doctest
import functools
import inspect
import pathlib
import types
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from both import bordering

from gradelib.exam.crossing.border import Proxy
from gradelib.exam.texts import believed
from gradelib.exam.texts.believed import classes_in

CELL = '''
from collections import namedtuple, Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from fractions import Fraction
import contextlib, functools
import numpy as np

class Value:
    """A number that knows its gradient."""
    made = 0
    def __init__(self, data, children=(), op=""):
        self.data, self.grad, self.op = data, 0.0, op
        self._prev = set(children)
        self._backward = lambda: None
        Value.made += 1
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")
        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")
        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out
    def __pow__(self, k):
        if not isinstance(k, (int, float)):
            return NotImplemented
        return Value(self.data ** k, (self,))
    __radd__, __rmul__ = __add__, __mul__
    def __neg__(self): return self * -1
    def __sub__(self, other): return self + (-other if isinstance(other, Value) else -other)
    def __rsub__(self, other): return Value(other) - self
    def __matmul__(self, other): return Value(self.data * other.data)
    def __abs__(self): return Value(abs(self.data))
    def __float__(self): return float(self.data)
    def __repr__(self): return f"Value(data={self.data})"
    def __format__(self, form): return format(self.data, form)
    def exp(self): return Value(np.exp(self.data))
    def backward(self):
        order, seen = [], set()
        def build(v):
            if v not in seen:
                seen.add(v)
                for child in v._prev: build(child)
                order.append(v)
        build(self)
        self.grad = 1.0
        for v in reversed(order): v._backward()

@dataclass
class Point:
    x: float
    y: float = 0.0
    tags: list = field(default_factory=list)

@dataclass(frozen=True, order=True)
class Card:
    rank: int

Pair = namedtuple("Pair", "left right")
class Base:
    kind = "base"
    def who(self): return "base"
    @property
    def size(self): return 3
    @size.setter
    def size(self, value): raise ValueError("fixed")
    @staticmethod
    def twice(x): return 2 * x
    @classmethod
    def named(cls): return cls.__name__
class Derived(Base):
    def who(self): return "derived of " + super().who()

class Bag:
    def __init__(self, items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __getitem__(self, i): return self.items[i]
    def __setitem__(self, i, v): self.items[i] = v
    def __delitem__(self, i): del self.items[i]
    def __contains__(self, v): return v in self.items
    def __iter__(self): return iter(self.items)
    def __bool__(self): return bool(self.items)
    def __call__(self, *args, scale=1): return scale * sum(args)
    def __eq__(self, other): return isinstance(other, Bag) and self.items == other.items
    def __hash__(self): return hash(tuple(self.items))
    def __lt__(self, other): return len(self.items) < len(other.items)
    def __enter__(self): self.items.append("in"); return self
    def __exit__(self, kind, value, tb): self.items.append(kind and kind.__name__); return True
    def __reversed__(self): return reversed(self.items)
    def __copy__(self): return Bag(self.items)

class Falsy:
    def __len__(self): return 0
class Colour(Enum):
    RED = 1
    BLUE = 2
class Level(IntEnum):
    LOW = 1
class Meter:
    def __index__(self): return 2
    def __array__(self, dtype=None, copy=None): return np.arange(3.0)

def fib(n):
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b
def counter():
    n = 0
    def step(by=1):
        "One more."
        nonlocal n
        n += by
        return n
    return step
def greet(name, *rest, loud=False, sep=np.sin, **more) -> str: "Says hello."; return f"hi {name}"
def make(kind, *args): return globals()[kind](*args)
def counts(text): return Counter(text)
def ordered(): return OrderedDict(a=1)
def grouped(): d = defaultdict(list); d["a"].append(1); return d
def half(): return Fraction(1, 2)
def queue(): return deque([1, 2, 3])
def names_of(d): return d.keys()
@contextlib.contextmanager
def opened(): yield 5
def echo(v): return v
def same(a, b): return a is b
p = Value(2.0)
class Text(str): pass
class Number(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
class Units(np.ndarray):
    def __eq__(self, other): return True
def matrix(): return np.array([[1, 2]]).view(Units)
def objects(): return np.array([Value(1.0), Value(2.0)])
def none(): pass
'''


@pytest.fixture(scope="module")
def names():
    """Everything that the cell binds."""
    with bordering(CELL) as border:
        words = (
            "Value Point Card Pair Base Derived Bag Falsy Colour Level Meter fib counter greet "
            "make counts ordered grouped half queue names_of opened echo same p Text "
            "Number matrix objects none"
        )
        border.believed = classes_in([CELL])
        yield border.names(words.split())


def test_which_classes_a_solution_defines():
    """Class statements and the makers of classes, in cells that may hold magics as well."""
    assert doctest.testmod(believed).attempted == 1
    cells = [
        "%matplotlib inline\nif True:\n    class Inner(A): ...",
        "Kind = enum.IntEnum('Kind', 'A')",
    ]
    assert classes_in([*cells, "f = g(1)\ndef h(): ..."]) == {"Inner", "Kind"}
    assert "Bag" in classes_in([CELL])
    assert "fib" not in classes_in([CELL])


def test_value_class_of_a_small_autograd_works(names):
    """Arithmetic with numbers on both sides, gradients, sums and powers."""
    Value = names["Value"]
    a, b = Value(2.0), Value(-3.0)
    c = a * b + 10 - 2 * a + (-b) ** 2
    c.backward()
    assert c.data == 2 * -3 + 10 - 4 + 9
    assert (a.grad, b.grad) == (-5.0, 2.0)
    assert sum([a, b]).data == -1
    assert (1 - a).data == -1.0
    assert (a @ b).data == -6
    assert abs(b).data == 3
    assert float(a) == 2.0
    assert f"{a:.2f}" == "2.00"
    assert repr(a) == str(a) == "Value(data=2.0)"
    with pytest.raises(TypeError, match="unsupported operand"):
        a ** "x"
    with pytest.raises(TypeError, match="unsupported operand"):
        a / 2
    assert np.exp(a).data == pytest.approx(np.exp(2.0))
    assert [v.data for v in np.array([1.0, 2.0]) * a] == [2.0, 4.0]
    assert len(c._prev) == 2
    assert names["p"].data == 2.0


def test_classes_are_classes(names):
    """isinstance, issubclass, type, bases, class attributes and documentation."""
    Base, Derived, Value = names["Base"], names["Derived"], names["Value"]
    d = Derived()
    assert isinstance(d, Derived)
    assert isinstance(d, Base)
    assert not isinstance(d, Value)
    assert not isinstance(3, Base)
    assert issubclass(Derived, Base)
    assert not issubclass(Base, Derived)
    assert type(d) is Derived
    assert type(d).__name__ == "Derived"
    assert Derived.__bases__ == (Base,)
    assert d.who() == Derived.who(d) == "derived of base"
    assert d.twice(3) == Base.twice(3) == 6
    assert d.named() == "Derived"
    assert Base.kind == d.kind == "base"
    Base.kind = "other"
    assert d.kind == "other"
    del Derived.who
    assert d.who() == "base"
    assert "knows its gradient" in Value.__doc__
    assert inspect.isclass(Value)
    assert callable(Value)
    assert callable(names["fib"])
    assert not callable(d)
    assert issubclass(type(d), Proxy)
    with pytest.raises(AttributeError):
        _ = d.nothing
    assert hasattr(d, "size")
    assert not hasattr(d, "nothing")
    with pytest.raises(ValueError, match="fixed"):
        d.size = 4
    d.extra = [1]
    d.extra.append(2)
    assert d.extra == [1, 2]
    assert vars(d) == {"extra": [1, 2]}
    assert "who" in dir(d)
    assert "twice" in dir(Base)
    del d.extra
    assert not hasattr(d, "extra")
    with pytest.raises(TypeError, match="derive"):
        type("Own", (Base,), {})


def test_containers_behave(names):
    """len, items, iteration, membership, truth, calls, hashing, order, copies."""
    Bag = names["Bag"]
    bag = Bag([3, 1, 2])
    assert len(bag) == 3
    assert bag[0] == 3
    assert bag[1:] == [1, 2]
    bag[0] = 9
    del bag[2]
    assert list(bag) == [9, 1]
    assert 9 in bag
    assert 4 not in bag
    assert bag(1, 2, scale=2) == 6
    assert bool(Bag([])) is False
    assert not names["Falsy"]()
    assert Bag([1]) == Bag([1])
    assert Bag([1]) != Bag([2])
    assert len({Bag([1]), Bag([1]), Bag([2])}) == 2
    assert [len(b) for b in sorted([Bag([1, 2]), Bag([])])] == [0, 2]
    assert [b[0] for b in sorted([Bag([2]), Bag([1])], key=lambda b: b[0])] == [1, 2]
    assert list(reversed(bag)) == [1, 9]
    assert copy.copy(bag) == bag
    assert copy.copy(bag) is not bag
    deep = copy.deepcopy(bag)
    deep[0] = 0
    assert bag[0] == 9
    with pytest.raises(IndexError):
        bag[7]
    with bag as inside:
        assert inside is bag
        raise KeyError("swallowed")
    assert list(bag)[-2:] == ["in", "KeyError"]
    with pytest.raises(TypeError, match="has no len"):
        len(names["Base"]())
    with pytest.raises(TypeError, match="not subscriptable"):
        names["Base"]()[0]
    with pytest.raises(TypeError, match="not iterable"):
        iter(names["Base"]())
    with pytest.raises(TypeError, match="pickle"):
        __import__("pickle").dumps(bag)


def test_dataclasses_tuples_and_enums(names):
    """Fields, equality and representations are the student's."""
    Point, Pair, Card = names["Point"], names["Pair"], names["Card"]
    a = Point(1.0)
    assert a == Point(1.0, 0.0)
    assert a != Point(2.0)
    assert repr(a) == "Point(x=1.0, y=0.0, tags=[])"
    a.tags.append("x")
    assert a.tags == ["x"]
    assert Card(1) < Card(2)
    assert {Card(1): "one"}[Card(1)] == "one"
    pair = Pair(1, np.ones(2))
    assert pair.left == 1
    left, right = pair
    assert left == 1
    assert right.sum() == 2
    assert isinstance(pair, tuple)
    assert isinstance(pair, Pair)
    assert Pair(1, 2) == (1, 2)
    assert Pair(1, 2) != (1, 3)
    assert Pair(1, 2)._replace(left=5).left == 5
    assert Pair(1, 2) + Pair(3, 4) == (1, 2, 3, 4)
    assert Pair(1, 2) < (1, 3)
    assert len({Pair(1, 2), (1, 2), Pair(1, 3)}) == 2
    assert repr(Pair(1, 2)) == "Pair(left=1, right=2)"
    assert names["same"](pair, pair)
    Colour, Level = names["Colour"], names["Level"]
    assert Colour.RED is Colour.RED
    assert Colour.RED != Colour.BLUE
    assert Colour(1) is Colour.RED
    assert Colour["BLUE"].value == 2
    assert [c.name for c in Colour] == ["RED", "BLUE"]
    assert Level.LOW == 1


def test_functions_closures_and_generators(names):
    """Signatures, names, documentation, state and iteration."""
    greet = names["greet"]
    assert greet.__name__ == "greet"
    assert greet.__doc__ == "Says hello."
    signature = inspect.signature(greet)
    assert list(signature.parameters) == ["name", "rest", "loud", "sep", "more"]
    assert signature.parameters["loud"].default is False
    assert signature.parameters["rest"].kind is inspect.Parameter.VAR_POSITIONAL
    assert str(inspect.signature(names["Point"])).startswith("(x: float, y: float = 0.0")
    assert list(inspect.signature(names["Base"]().who).parameters) == []
    assert functools.partial(greet, "x")() == "hi x"
    assert functools.wraps(greet)(lambda: None).__name__ == "greet"
    assert list(map(greet, ["a", "b"])) == ["hi a", "hi b"]
    step, other = names["counter"](), names["counter"]()
    assert [step(), step(), step(by=5), other()] == [1, 2, 7, 1]
    assert list(names["fib"](6)) == [0, 1, 1, 2, 3, 5]
    running = names["fib"](3)
    assert next(running) == 0
    assert iter(running) is running
    assert list(running) == [1, 1]
    with pytest.raises(StopIteration):
        next(running)
    assert next(running, "end") == "end"
    with names["opened"]() as five:
        assert five == 5
    with pytest.raises(TypeError, match="positional argument"):
        greet()
    assert names["none"]() is None


def test_identity_is_kept(names):
    """One object has one handle, and is itself again when it comes back."""
    Base = names["Base"]
    b = Base()
    assert names["echo"](b) is b
    assert names["same"](b, b)
    assert not names["same"](b, Base())
    assert names["echo"](Base) is Base
    assert b == b
    assert b != Base()
    assert len({b, b, Base()}) == 2


def test_builtins_arrive_exactly(names):
    """Subclasses of builtin types and of ndarray arrive as what they extend."""
    make = names["make"]
    assert type(make("Text", "x")) is str
    assert type(make("Number", 2.0)) is float
    assert make("Number", 2.0) != 3.0
    assert type(names["counts"]("abca")) is dict
    assert names["counts"]("abca") == {"a": 2, "b": 1, "c": 1}
    assert names["ordered"]() == {"a": 1}
    assert names["grouped"]() == {"a": [1]}
    assert type(names["matrix"]()) is np.ndarray
    assert names["matrix"]().shape == (1, 2)
    objects = names["objects"]()
    assert type(objects) is np.ndarray
    assert [v.data for v in objects * 2] == [2.0, 4.0]
    assert (objects @ objects).data == 5.0


def test_objects_that_make_arrays_and_numbers(names):
    """numpy's functions take what an object makes of itself."""
    meter = names["Meter"]()
    np.testing.assert_array_equal(np.asarray(meter), np.arange(3.0))
    np.testing.assert_allclose(meter, [0.0, 1.0, 2.0])
    assert [5, 6, 7][meter] == 7


LIBRARY = [
    Fraction(1, 3),
    Decimal("1.10"),
    datetime.date(2026, 1, 2),
    datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
    datetime.timedelta(days=-1, seconds=5),
    datetime.time(1, 2),
]


@pytest.mark.parametrize("value", LIBRARY, ids=repr)
def test_values_of_the_standard_library_cross(names, value):
    """Fractions, decimals and dates, as values and as keys."""
    back = names["echo"]({value: [value]})
    assert back == {value: [value]}
    assert type(back[value][0]) is type(value)


def test_paths_stay_where_their_files_are(names):
    """A path is the student's on the other side, and a handle here."""
    path = names["echo"](pathlib.Path("a/b.txt"))
    assert path.name == "b.txt"
    assert str(path) == "a/b.txt"
    assert not isinstance(path, pathlib.Path)
    assert not path.exists()


def test_functions_and_generators_are_known_as_such(names):
    """isinstance and inspect tell what a handle is."""
    assert inspect.isfunction(names["greet"])
    assert isinstance(names["greet"], types.FunctionType)
    assert inspect.isgenerator(names["fib"](3))
    assert inspect.ismethod(names["Base"]().named)
    assert not inspect.isfunction(names["Base"])
    assert isinstance(names["fib"](3), collections.abc.Iterator)
    assert next(iter(inspect.signature(names["greet"]).parameters)) == "name"


def test_the_source_of_a_function_can_be_read(names):
    """`inspect.getsource` gives the student's text, and opens no file here."""
    assert inspect.getsource(names["fib"]).startswith("def fib(n):")
    assert "a, b = b, a + b" in inspect.getsource(names["fib"])
    assert "return 'base'" in inspect.getsource(names["Base"]().who).replace('"', "'")
    assert names["fib"].__code__.co_argcount == 1
    assert names["fib"].__code__.co_filename == "<hand-in 1>"


def test_library_objects_are_handles(names):
    """What neither side defines can be read."""
    assert names["half"]() == Fraction(1, 2)
    queue = names["queue"]()
    assert list(queue) == [1, 2, 3]
    assert 2 in queue
    assert queue.popleft() == 1
    assert len(queue) == 2
    assert sorted(names["names_of"]({"b": 1, "a": 2})) == ["a", "b"]
    assert isinstance(queue, collections.abc.Sized)
