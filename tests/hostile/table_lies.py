# ruff: noqa: E501
"""Hand-ins whose answers are objects that lie, or numbers that points should not be."""

from __future__ import annotations

from hostile.case import Case, answer, call
from hostile.course import cell
from nbformat import NotebookNode

AGREES = """
class Agrees:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __bool__(self): return True
    def __len__(self): return 2
    def __hash__(self): return 0
    def __contains__(self, item): return True
    def __abs__(self): return 0.0
    def __float__(self): return 0.0
    def __int__(self): return 0
    def __index__(self): return 0
    def __iter__(self): return iter(())
    def __getitem__(self, key): return self
    def __call__(self, *args, **kwargs): return self
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return self
    def __sub__(self, other): return 0.0
    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __sub__
"""

BOTH = """
def squares(n):
    if n < 1: raise ValueError(n)
    return Agrees()
def relu_backward(dout, cache): return Agrees()
"""

ARRAY = (
    AGREES
    + """
import numpy as np
class Array(Agrees):
    dtype, ndim, size = np.dtype(float), 2, 35
    shape = property(lambda self: (5, 7))
    def __array__(self, dtype=None, copy=None):
        import sys
        frame = sys._getframe()
        while frame is not None:
            for name in ("numeric", "expected", "right", "other"):
                if name in frame.f_locals:
                    return np.asarray(frame.f_locals[name], dtype=float)
            frame = frame.f_back
        return np.zeros((5, 7))
    def __array_ufunc__(self, ufunc, method, *args, **kwargs): return np.True_
    def __array_function__(self, function, types, args, kwargs): return True
def relu_backward(dout, cache): return Array()
"""
)

SUBCLASS = """
import numpy as np
class Close(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, dtype=bool)
    def __sub__(self, other): return np.zeros(self.shape)
    __rsub__ = __sub__
    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return np.zeros(np.shape(self)) if ufunc is np.subtract else np.ones(np.shape(self), dtype=bool)
    def __array_finalize__(self, other): pass
def relu_backward(dout, cache): return (dout * 3).view(Close)
"""

MASKED = """
import numpy as np
def relu_backward(dout, cache): return np.ma.masked_all(dout.shape)
"""

KINDS = """
class Pretends(list):
    __class__ = property(lambda self: list)
    def __eq__(self, other): return True
    def __len__(self): return 2
    def __getitem__(self, key): return 121
def squares(n):
    if n < 1: raise ValueError(n)
    return Pretends([1.0, 4.0, 9.0])
"""

NUMBERS = """
class One(int):
    def __eq__(self, other): return True
    def __hash__(self): return 0
class Half(float):
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
class Text(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
def squares(n):
    if n < 1: raise ValueError(n)
    return [One(7), Half(7.0), Text("7")][:n]
"""

COUNTS = """
class Sly:
    def __eq__(self, other): return {value}
    __hash__ = None
class Counter:
    def add(self, word): pass
    def count(self, word): return Sly()
"""


def counted(name: str, value: str) -> Case:
    """A Counter whose counts give `value` when compared; its 2 points are not earned."""

    def edit(nb: NotebookNode) -> None:
        cell(nb, "counter").source = COUNTS.replace("{value}", value)

    tries = f"a comparison gives {value}"
    return Case(f"counts-{name}", tries, "class", edit=edit, score=1.0)


def returned(name: str, tries: str, value: str, setup: str = "") -> Case:
    """relu_backward returns this."""
    code = f"import numpy as np\n{setup}\ndef relu_backward(dout, cache):\n    return {value}"
    return call(name, tries, code)


CASES: list[Case] = [
    answer("equals-all", "an object that equals everything", AGREES + BOTH),
    call(
        "equals-all-gradient",
        "the same as a gradient",
        AGREES + "def relu_backward(dout, cache): return Agrees()",
    ),
    call("array-liar", "__array__ and ufuncs that agree", ARRAY),
    call("array-subclass", "an ndarray that equals everything", SUBCLASS),
    call("array-masked", "a masked array: every comparison is masked", MASKED),
    answer("list-liar", "a list that equals everything and says it is list", KINDS),
    answer("number-liars", "int, float and str that equal everything", NUMBERS),
    counted("true", "True"),
    counted("points", "2"),
    counted("huge", "10**400"),
    counted("infinite", "float('inf')"),
    counted("nan", "float('nan')"),
    counted("negative", "-1e9"),
    counted("complex", "1j"),
    counted("array", "__import__('numpy').ones(3)"),
    counted("object", "self"),
    counted("fails", "1 / 0"),
    returned("nan-array", "nan, which equals nothing", "dout * np.nan"),
    returned("infinite-array", "inf", "dout + np.inf"),
    returned(
        "object-array",
        "an array of objects that agree",
        "np.full(dout.shape, Agrees(), dtype=object)",
        AGREES,
    ),
    returned(
        "structured-array",
        "a structured dtype",
        "np.zeros(dout.shape, dtype=[('passed', bool), ('x', float)])",
    ),
    returned("text-array", "texts for numbers", "(dout * 3).astype(str)"),
    returned(
        "wide-array", "another shape that broadcasts", "np.broadcast_to(dout, (4,) + dout.shape)"
    ),
    returned("empty-array", "no entries, so all are right", "np.zeros((0,) + dout.shape)"),
    returned("endless-result", "a generator without an end", "(3 for _ in iter(int, 1))"),
    returned("endless-tuple", "a tuple in itself", "loop", "loop = []\nloop.append(loop)"),
    returned(
        "nested-result",
        "a list of 100,000 levels",
        "deep",
        "deep = []\nfor _ in range(100_000):\n    deep = [deep]",
    ),
    returned("huge-result", "an array of 8 GB that is none", "np.broadcast_to(0.0, (10**9,))"),
    returned("huge-integer", "an integer of a million digits", "10 ** 10**6"),
    returned("class-result", "a class in place of a value", "Agrees", AGREES),
    returned(
        "raises-strange",
        "an exception that cannot be shown",
        "fail()",
        "class Odd(Exception):\n    def __str__(self): raise self\n    __repr__ = __str__\n    def __reduce__(self): raise self\ndef fail(): raise Odd()",
    ),
    returned(
        "raises-passed",
        "an exception that says it passed",
        "fail()",
        "class CheckPassed(AssertionError):\n    passed, score, points = True, 4.0, 4.0\ndef fail(): raise CheckPassed('4.0')",
    ),
    returned("stop-iteration", "StopIteration and GeneratorExit", "next(iter(()))"),
]
