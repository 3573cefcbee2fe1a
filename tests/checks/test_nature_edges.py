"""Where the kinds of function border on each other, and what the words on them say."""

import random
import re
from types import SimpleNamespace

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import nature as module
from gradelib.checks.calls import CallFailed
from gradelib.checks.nature import nature
from gradelib.checks.slopes.judge import random_direction
from gradelib.checks.slopes.numeric import Probe

X = np.random.default_rng(0).normal(size=40)
X *= 1 / np.std(X)


def probe_of(f, x):
    base = np.asarray(f(x), dtype=float)
    return Probe(lambda p: np.asarray(f(p[0]), dtype=float), [x], np.ones_like(base), base)


def found(f, x=X):
    return nature(probe_of(f, x), "f", np.random.default_rng(1))


def single(x):
    return np.asarray(x).astype(np.float32).astype(float)


def beside_a_constant(x):
    return np.append(single(x), single(0.7))


def a_few_of_many(x):
    out = np.full(x.size, 0.5)
    out[:4] = np.floor(x[:4] / 0.003) * 0.003
    return out


def uneven(x):
    widths = 0.05 * np.sqrt(np.arange(2, 2 + x.size))
    return np.floor(x / widths) * widths


MANY = np.linspace(-1, 1, 400)
FAR = single(8000 + 0.01 * X)  # float32's numbers, all but whole ones
FARTHER = single(8000 + 0.003 * X)  # so much nearer to each other that the shortest steps are lost
ZEROS, ONE_ZERO = np.zeros(5), np.zeros(1)
EDGE = np.concatenate([[0.0999999], X[np.abs(5 * X - np.round(5 * X)) < 0.35]])
# id: (f, x, the kind, some of the words), or None where nothing is said
KINDS = {
    "a jump of tiny inputs": (lambda x: x + 1e-20 * (x >= 0), 1e-20 * np.append(0.0, X),
                              "jump", "by 1e-20,"),
    "a jump of two digits": (lambda x: x + 1.234 * (x >= 0), np.append(0.0, X), "jump",
                             "by 1.2,"),
    "kinks at zeros": (np.abs, ZEROS, None, ""),
    "float32 at zeros": (beside_a_constant, ZEROS, "low precision", "in float32 inside"),
    "float32 at a zero": (beside_a_constant, ONE_ZERO, "low precision", "in float32 inside"),
    "steps of three digits": (lambda x: np.floor(x / 0.0012345) * 0.0012345, X, "steps",
                              "steps of 0.00123,"),
    "steps of 64ths": (lambda x: np.floor(64 * x) / 64, X, "steps",
                       "look for a round, a floor or an astype"),
    "steps in a few of many outputs": (a_few_of_many, X, "steps", "steps of 0.003,"),
    "one input just below a step": (lambda x: np.round(5 * x), EDGE, "flat",
                                    "f does not change at all"),
    "steps of many sizes": (uneven, MANY, None, ""),
    "smooth, at float32's numbers": (lambda x: x, FAR, None, ""),
    "smooth, at float32's numbers far away": (lambda x: x, FARTHER, None, ""),
}  # fmt: skip


@pytest.mark.parametrize(("f", "x", "kind", "words"), KINDS.values(), ids=KINDS)
def test_kind_on_the_border(f, x, kind, words):
    """The right one of two that are alike, and its own words."""
    said = found(f, x)
    assert (said and said.kind) == kind
    assert words in (said.remark if said else "")


ROUNDED = {  # id: (f, size of the numbers, what rounding leaves of them at most)
    "numbers that cancel": (lambda x: (np.sin(x) + 1e8) - 1e8, 1.5e-8),
    "numbers that cancel, of a bent function": (lambda x: (np.sin(30 * x) + 1e7) - 1e7, 1.9e-9),
    "tiny numbers that cancel": (lambda x: (1e-11 * np.sin(x) + 1) - 1, 2.3e-5),
}


@pytest.mark.parametrize(("f", "grain"), ROUNDED.values(), ids=ROUNDED)
def test_size_of_the_rounding_is_said(f, grain):
    """The spacing of the numbers that cancel, to a factor of eight; its typical size is less."""
    said = re.search(r"rounded at about (\S+) of its size", found(f).remark)
    assert grain / 8 < float(said[1]) <= grain


@pytest.mark.filterwarnings("error")
def test_large_numbers_in_single_precision():
    """Beyond float16, without a word from numpy."""
    assert "look for float32 inside" in found(lambda x: single(1e6 * x)).remark


SHORT = {-17, -14, 3, 5, 7, 9, 11, 14, 17, 19}
LOOKED = {  # id: (f, x, rungs of the steps; negative: to the left)
    "smooth": (np.sin, X, {-17, 7, 17}),
    "single precision": (single, X, SHORT),
    "steps": (lambda x: np.floor(x / 0.003), X, SHORT | {0}),
    "flat": (np.sign, X, SHORT | {0}),
    "a jump": (lambda x: x + (x >= 0), np.append(0.0, X), {-17, -14, 7, 14, 17}),
}


@pytest.mark.parametrize(("f", "x", "rungs"), LOOKED.values(), ids=LOOKED)
def test_steps_that_are_looked_at(f, x, rungs):
    """Of 4**-rung of the inputs' spread: the shortest to both sides, all of it where it must be."""
    v, asked = random_direction(x, np.random.default_rng(1)), []

    def watched(at):
        asked.append(np.sum((at - x) * v) / np.sum(v * v))
        return f(at)

    nature(probe_of(watched, x), "f", np.random.default_rng(1))
    steps = np.unique(np.round(np.log2(np.abs([t for t in asked if t])) / -2, 3))
    assert set(steps) == {abs(rung) for rung in rungs}
    left = np.unique(np.round(np.log2([-t for t in asked if t < 0]) / -2, 3))
    assert set(left) <= {-rung for rung in rungs if rung < 0}


def test_function_is_called_again_once():
    """Unless more is asked for."""
    calls = []
    probe = probe_of(lambda x: calls.append(0) or np.sin(x), X)
    calls.clear()
    assert nature(probe, "f", np.random.default_rng(1)) is None
    assert len(calls) == 5


@pytest.mark.parametrize(("off", "straight"), [(7.5, True), (8.5, False)])
def test_eight_last_places_are_rounding(off, straight):
    """Of an output of 1, where the steps themselves hardly move it."""
    fine, middle = np.array([off * 2.0**-52]), np.array([1e-30])
    assert module._straight(fine, middle, 1.0, 2) is straight


AGAIN = "fix its random draws, or what it keeps from one call to the next"
SEED = "fix its random draws, by a seed or a mask made once"
COUNTS = "it changes by the same at each call: what does it count or add up between calls?"


def stops():
    raise CallFailed("f", ValueError("no"))


SOURCES = {  # id: (what a call gives, or three of them give, what is said of two results)
    "np.random": (np.random.random, f"it draws from np.random: {SEED}"),
    "Python's random": (random.random, f"it draws from Python's random: {SEED}"),
    "counts": ((1.0, 1.5, 2.0), COUNTS),
    "counts down": ((1.0, 0.5, 0.0), COUNTS),
    "counts, but for rounding": ((0.0, 0.5, 1.0 + 2.5e-7), COUNTS),
    "nearly counts": ((0.0, 0.5, 1.0 + 2.5e-6), AGAIN),
    "takes back": ((1.0, 2.0, 1.0), AGAIN),
    "small draws": ((0.0, 1e-9, -3e-9), AGAIN),
    "the same": ((1.0, 1.0, 1.0), AGAIN),
    "stops": (stops, "fix its random draws"),
}


@pytest.mark.parametrize(("results", "said"), SOURCES.values(), ids=SOURCES)
def test_source_of_two_results(results, said):
    """As far as it shows in three calls."""
    call = results if callable(results) else iter(results).__next__
    asked = []

    def forwards(point):
        asked.append(point)
        return np.full(3, call()), None

    state = np.random.get_state(), random.getstate()
    run = SimpleNamespace(forwards=forwards, point=[np.ones(2)], upstream=np.ones(3))
    try:
        assert module._source(run) == said
    finally:
        np.random.set_state(state[0])
        random.setstate(state[1])
    assert len(asked) == (1 if call is stops else 3)


def test_what_a_random_forward_prints_is_kept():
    """Beside the reason why nothing can be told."""
    rng = np.random.default_rng(3)

    def forward(x):
        print("a word")
        return x + rng.normal(), x

    report = gl.check_backward(forward, lambda dout, x: dout, X)
    assert report.outcome == "inconclusive"
    assert any("a word" in warning for warning in report.warnings)
