"""What is seen of the functions that a student's code calls beside the point."""

import sys
from contextlib import contextmanager

import numpy as np
import pytest

from gradelib.checks.watch import Watch

X = np.linspace(-1, 1, 20).reshape(4, 5)
STEP = 1e-5


def f(x):
    return x


def g(x):
    return x


def several(*args, scale=None, **options):
    return len(args)


def keyword(*, x):
    return x


def named(**options):
    return len(options)


def pair(x, y):
    return x, y


def rebound(x):
    x = [x.size]
    return x[0]


def generated(count):
    for k in range(count):
        y = moved(k)
        yield y.sum()


def nothing():
    return X


def moved(*places, by=STEP, x=X):
    y = x.copy()
    for place in places:
        y.flat[place] += by
    return y


def watched(calls, point=(X,)):
    watch = Watch(point)
    with watch:
        for call in calls:
            call()
    return watch


def each(function, places, x=X, **options):
    return [lambda k=k: function(moved(k, x=x, **options)) for k in places]


SMALL = np.array([0.5, -0.5, 2.0])
BIG = 1e4 * X

# id: (calls, the inputs, whether finite differences are seen)
SEEN = {
    "eight entries": (each(f, range(8)), (X,), True),
    "seven entries": (each(f, range(7)), (X,), False),
    "one entry eight times": (each(f, [3] * 8), (X,), False),
    "all of a small one": (each(f, range(3), x=SMALL), (SMALL,), True),
    "some of a small one": (each(f, range(2), x=SMALL), (SMALL,), False),
    "of two functions": ([*each(f, range(5)), *each(g, range(5, 9))], (X,), False),
    "of two inputs": ([*each(f, range(5)), *each(f, range(5), x=X + 5)], (X, X + 5), False),
    "one of two inputs": (each(f, range(8), x=X + 5), (X, X + 5), True),
    "two entries at once": ([lambda k=k: f(moved(k, k + 1)) for k in range(9)], (X,), False),
    "there and back": ([lambda: f(X + STEP), lambda: f(X - STEP)], (X,), True),
    "there and there": ([lambda: f(X + STEP), lambda: f(X + STEP)], (X,), False),
    "there and nearly back": ([lambda: f(X + STEP), lambda: f(X - 1.0009 * STEP)], (X,), True),
    "there and not quite back": ([lambda: f(X + STEP), lambda: f(X - 1.002 * STEP)], (X,), False),
    "back in another function": ([lambda: f(X + STEP), lambda: g(X - STEP)], (X,), False),
    "one entry there and back": (
        [lambda: f(moved(2)), lambda: f(moved(2, by=-STEP))], (X,), True
    ),
    "back after two others": (
        [lambda s=s: f(X + s * STEP) for s in (1, 3, 5, -5)], (X,), True
    ),
    "back after three others": (
        [lambda s=s: f(X + s * STEP) for s in (1, 3, 5, 7, -7)], (X,), False
    ),
    "back to the first": ([lambda s=s: f(X + s * STEP) for s in (1, 3, 5, 7, -1)], (X,), True),
    "the inputs themselves": ([lambda: f(X)] * 20, (X,), False),
    "far away": (each(f, range(8), by=1.1e-2), (X,), False),
    "hardly far": (each(f, range(8), by=0.9e-2), (X,), True),
    "far entries later on": (each(f, range(11, 20), by=0.02), (X,), False),
    "far for its size": (each(f, range(8), x=0.01 * X, by=0.9e-2), (0.01 * X,), True),
    "near for its size": (each(f, range(8), x=BIG, by=90.0), (BIG,), True),
    "far, though large": (each(f, range(8), x=BIG, by=110.0), (BIG,), False),
    "laid flat": ([lambda k=k: f(moved(k).ravel()) for k in range(8)], (X,), True),
    "near for its size, above": (each(f, range(8), x=BIG + 2e4, by=90.0), (BIG + 2e4,), True),
    "near for its size, below": (each(f, range(8), x=BIG - 2e4, by=90.0), (BIG - 2e4,), True),
    "as far as may be": (
        [lambda s=s: f(np.array([s])) for s in (0.01, -0.01)], (np.zeros(1),), True
    ),
    "back to a thousandth": (
        [lambda s=s: f(np.array(s)) for s in ([1e-5, 1e-3 * 1e-5], [-1e-5, 0])],
        (np.zeros(2),), True,
    ),
    "of another shape": ([lambda k=k: f(moved(k).T.copy()) for k in range(8)], (X,), False),
    "in a list": ([lambda k=k: f([1, moved(k)]) for k in range(8)], (X,), True),
    "in a tuple": ([lambda k=k: f((1, moved(k))) for k in range(8)], (X,), True),
    "in a dict": ([lambda k=k: f({"x": moved(k)}) for k in range(8)], (X,), True),
    "deeper": ([lambda k=k: several([[moved(k)]]) for k in range(8)], (X,), False),
    "a list in a list": ([lambda k=k: keyword(x=[[moved(k)]]) for k in range(8)], (X,), False),
    "in lists of two functions": (
        [*[lambda k=k: f([moved(k)]) for k in range(5)],
         *[lambda k=k: g([moved(k)]) for k in range(5, 9)]], (X,), False
    ),
    "in a long list": ([lambda k=k: several([moved(k)] * 33) for k in range(8)], (X,), False),
    "in a list of 32": ([lambda k=k: keyword(x=[moved(k)] * 32) for k in range(8)], (X,), True),
    "among many arguments": ([lambda k=k: several(1, moved(k)) for k in range(8)], (X,), True),
    "as a keyword": ([lambda k=k: keyword(x=moved(k)) for k in range(8)], (X,), True),
    "as the last keyword": ([lambda k=k: several(scale=moved(k)) for k in range(8)], (X,), True),
    "by a name of its own": ([lambda k=k: several(x=moved(k)) for k in range(8)], (X,), True),
    "by names alone": ([lambda k=k: named(x=moved(k)) for k in range(8)], (X,), True),
    "beside another": (
        [lambda k=k: pair(moved(k), moved(0, x=X + 5)) for k in range(8)], (X, X + 5), True
    ),
    "in what is bound anew": ([lambda k=k: rebound(moved(k)) for k in range(8)], (X,), True),
    "in a generator's own variable": ([lambda: list(generated(8))], (X,), False),
    "as integers": ([lambda s=s: f(np.array([s])) for s in (1, -1)], (np.zeros(1),), False),
    "as numbers": ([lambda s=s: keyword(x=0.5 + s) for s in (STEP, -STEP)], (np.array(0.5),), True),
    "as numpy's numbers": (
        [lambda s=s: keyword(x=np.float64(0.5 + s)) for s in (STEP, -STEP)], (np.array(0.5),), True
    ),
    "a number, one way": ([lambda: keyword(x=0.5 + STEP)] * 9, (np.array(0.5),), False),
    "in single precision": (
        [lambda s=s: f((X + s).astype(np.float32)) for s in (1e-3, -1e-3)], (X,), True
    ),
    "inside a function": ([lambda: [call() for call in each(f, range(8))]], (X,), True),
    "beside nothing": (each(f, range(8)), (np.zeros((0, 3)), X), True),
    "with nothing": ([nothing] * 9, (X,), False),
}  # fmt: skip


@pytest.mark.parametrize(("calls", "point", "expected"), SEEN.values(), ids=SEEN)
def test_steps_beside_the_point(calls, point, expected):
    """Eight entries one after the other, or one way and back, count; other calls do not."""
    watch = watched(calls, point)
    assert watch.moved is expected
    assert watch.complex is False


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (X + 1e-20j, True),
        (X.ravel() + 1e-20j, True),
        ((X + 1e-20j).astype(np.complex128)[0], False),
        (X + 0j, False),
        (X + 1e-5 + 1e-20j, False),
        (moved(3) + 1e-20j, False),
    ],
)
def test_complex_steps(value, seen):
    """The input itself with something imaginary beside it."""
    watch = watched([lambda: f(value)])
    assert watch.complex is seen
    assert watch.moved is False


@pytest.mark.parametrize("value", [0.5 + 1e-20j, np.complex128(0.5 + 1e-20j)])
def test_complex_step_of_a_number(value):
    """Python's complex numbers and numpy's."""
    assert watched([lambda: keyword(x=value)], [np.array(0.5)]).complex is True


def test_only_so_many_calls_are_looked_at(monkeypatch):
    """Those with an argument that is like an input; others are passed over."""
    monkeypatch.setattr("gradelib.checks.watch.MOST_CALLS", 7)
    assert watched([lambda: f(X + 5)] * 20 + each(f, range(8))).moved is False
    monkeypatch.setattr("gradelib.checks.watch.MOST_CALLS", 9)
    assert watched([lambda: f(X[0])] * 20 + each(f, range(8))).moved is True
    assert watched([lambda: f("x")] * 20 + each(f, range(8))).moved is True


def test_calls_of_libraries_are_passed_over():
    """What numpy and the checks hand on among themselves is none of the student's."""
    for name, expected in (
        ("numpy.linalg", False),
        ("gradelib.checks.x", False),
        ("numbers", True),
    ):
        space = {"__name__": name, "np": np}
        exec("def h(x):\n    return np.sum(x)", space)
        assert watched(each(space["h"], range(8))).moved is expected


PASSED_OVER = {  # id: (an argument, whether a call with it is one of those that are looked at)
    "another array of the shape": (X + 5, False),
    "integers of the shape": (np.zeros(X.shape, int), False),
    "complex numbers of the shape": (X + 0j, True),
    "the same beginning": (moved(17, by=5.0), True),
    "the input itself": (X, False),
}


@pytest.mark.parametrize(("value", "counts"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_calls_that_tell_nothing_leave_room_for_others(value, counts, monkeypatch):
    """Of so many calls that are looked at, those with another argument are none."""
    monkeypatch.setattr("gradelib.checks.watch.MOST_CALLS", 8)
    assert watched([lambda: f(value)] * 20 + each(f, range(8))).moved is not counts


def test_complex_step_is_not_forgotten():
    """Whatever is called after it."""
    assert watched([lambda: f(X + 1e-20j), lambda: f(X + 0j)]).complex is True


class Strange:
    """An array that cannot be looked at."""

    @property
    def shape(self):
        raise RuntimeError("no")


def test_strange_arguments_do_no_harm():
    """An object that raises, arrays of objects and of nothing."""
    odd = [Strange(), np.array([None, "x"]), np.full(X.shape, None), np.zeros((0,)), {}, [], None]
    calls = [lambda value=value: keyword(x=value) for value in odd]
    assert watched([*calls, *each(f, range(8))]).moved is True


@contextmanager
def profiler(function):
    kept = sys.getprofile()
    sys.setprofile(function)
    try:
        yield
    finally:
        sys.setprofile(kept)


def test_the_profiler_of_the_caller_is_put_back():
    """After the watch, also where the code that was watched raised."""

    def own(frame, event, arg):
        return None

    with profiler(own):
        with Watch([X]):
            assert sys.getprofile() is not own
        assert sys.getprofile() is own
        with pytest.raises(KeyError), Watch([X]):
            raise KeyError
        assert sys.getprofile() is own
    with profiler(None):
        with Watch([X]):
            assert sys.getprofile() is not None
        assert sys.getprofile() is None
