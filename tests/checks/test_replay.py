# ruff: noqa: RET504, SIM108, F841 - these functions are written as students write them
"""Which assignments overwrite an earlier one, and what becomes of them when they add."""

import functools
import types

import numpy as np
import pytest

from gradelib.checks.mistakes.replay import accumulating

SCALE = 10.0


def twice(d):
    dx = d
    dx = 2 * d
    return dx


def item_in_a_loop(d):
    dx = np.zeros(3)
    for i, k in enumerate([2, 0, 2, 2]):
        dx[k] = d[i]
    return dx


def item_twice(d):
    grads = {}
    grads["x"] = d
    grads["y"] = d
    grads["x"] = 3 * d
    return grads["x"]


def attribute_twice(d):
    kept = types.SimpleNamespace()
    kept.dx = d
    kept.dx = 5 * d
    return kept.dx


def three_times(d):
    dx = d
    if d.size:
        dx = SCALE * d
    else:
        dx = 0 * d
    return dx


def pair_first(d):
    a, b = d, d
    a, b = b, a
    dx = a
    dx = b
    return dx


def builds_on_it(d):
    dx = d
    dx = dx + d
    dx += d
    grads = [0]
    for _ in range(2):
        grads[0] = grads[0] + d
    return dx


def builds_first(d):
    dx = d
    dx = dx + d
    dx = 3 * d
    return dx


def chained(d):
    a = b = d
    a = b = d
    return a


def name_in_a_loop(d):
    for part in d:
        dx = part
    return dx


def item_once(d):
    dx = np.zeros(3)
    dx[0] = d[0]
    return dx


def with_default(d, scale=SCALE):
    dx = d
    dx = scale * d
    return dx


def loops(d):
    dx = d
    while d.size > 10:
        d = d[1:]
    dx = d
    return dx


def decorator(function):
    return functools.wraps(function)(lambda d: function(d))


@functools.lru_cache
def cached(d):
    dx = d
    dx = d
    return dx


@decorator
def decorated(d):
    dx = d
    dx = d
    return dx


def enclosing(scale):
    def closed(d):
        dx = d
        dx = scale * d
        return dx

    return closed


def inner():
    def open_(d):
        dx = d
        dx = 2 * d
        return dx

    return open_


class Layer:
    def backward(self, d):
        dx = d
        dx = 2 * d
        return dx


def gone_default():
    """A function whose default is a name that is gone."""
    kept = 3.0

    def open_(d, scale=kept):
        dx = d
        dx = scale * d
        return dx

    return open_


# fmt: off
anonymous = lambda d: [dx := d, dx := 2 * d][1]  # noqa: E731
# fmt: on
namespace = {}
exec("def without_text(d):\n    dx = d\n    dx = 2 * d\n    return dx\n", namespace)

D = np.array([1.0, -2.0, 3.0, 5.0])
FOUND = {
    "a name assigned twice": (twice, [("dx = 2 * d", 3 * D)]),
    "an item in a loop": (item_in_a_loop, [("dx[k] = d[i]", np.array([-2.0, 0.0, 9.0]))]),
    "an item assigned twice": (item_twice, [('grads["x"] = 3 * d', 4 * D)]),
    "an attribute assigned twice": (attribute_twice, [("kept.dx = 5 * d", 6 * D)]),
    "two ways": (three_times, [("dx = SCALE * d", 11 * D), ("dx = 0 * d", 10 * D)]),
    "after a pair": (pair_first, [("dx = b", 2 * D)]),
    "with a default": (with_default, [("dx = scale * d", 11 * D)]),
    "within a function": (inner(), [("dx = 2 * d", 3 * D)]),
    "what builds on what is there": (builds_on_it, []),
    "after what builds on it": (builds_first, [("dx = 3 * d", 5 * D)]),
    "two names at once": (chained, []),
    "a name in a loop": (name_in_a_loop, []),
    "an item once": (item_once, []),
    "a loop that may never end": (loops, []),
    "a function of its surroundings": (enclosing(2.0), []),
    "a method": (Layer().backward, []),
    "a decorated function": (decorated, []),
    "a cached function": (cached, []),
    "a default that is gone": (gone_default(), []),
    "a lambda": (anonymous, []),
    "a function without a text": (namespace["without_text"], []),
    "a builtin": (len, []),
    "no function": (3, []),
}


@pytest.mark.parametrize(("function", "expected"), FOUND.values(), ids=FOUND)
def test_variants_that_add_rather_than_overwrite(function, expected):
    """Each with its line; none where the text or its surroundings are out of reach."""
    found = [(line, variant(D)) for variant, line in accumulating(function)]
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, mine), (_, wanted) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, wanted)


class StandIn:
    """Says that it is a function, as an exam's stand-in for one does."""

    __class__ = property(lambda self: type(lambda: None))

    def __call__(self, d):
        return 2 * d


def test_a_stand_in_for_a_function_has_no_variants():
    """It has no code to look at."""
    assert isinstance(StandIn(), type(lambda: None))
    assert list(accumulating(StandIn())) == []


def test_the_function_itself_stays_as_it_is():
    """A variant is a function of its own, with the same name, and copies what it adds to."""
    [(variant, _)] = accumulating(twice)
    assert variant is not twice
    assert variant.__name__ == "twice"
    d = D.copy()
    variant(d)
    np.testing.assert_array_equal(d, D)
    np.testing.assert_array_equal(twice(D), 2 * D)
