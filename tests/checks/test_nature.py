"""What kind of function it is, read off its outputs; and what that means for a verdict."""

import numpy as np
import pytest

from gradelib.checks import nature as module
from gradelib.checks.nature import in_single, nature
from gradelib.checks.slopes.numeric import Probe

X = np.random.default_rng(0).normal(size=40)
X *= 1 / np.std(X)


class Counted:
    def __init__(self, f, *point):
        self.calls, self.f = 0, f
        base = np.asarray(f(list(point)), dtype=float)
        self.probe = Probe(self, list(point), np.ones_like(base), base)

    def __call__(self, arrays):
        self.calls += 1
        return np.asarray(self.f(arrays), dtype=float)


def single(x):
    return np.asarray(x).astype(np.float32).astype(float)


def half(x):
    return np.asarray(x).astype(np.float16).astype(float)


FLAT = (
    "f does not change at all for small changes of its inputs, and then jumps: its derivative is "
    "zero where it has one; look for a round, a sign, an argmax or a comparison"
)


def low(dtype, step):
    return (
        f"f computes in {dtype} inside: its results move in steps of {step} of their size; look "
        f"for a dtype, an astype or a {dtype} constant"
    )


def steps(size):
    return (
        f"f moves in steps of {size}, which hide its derivative; look for a round, a floor or an "
        "astype"
    )


def jumps(size):
    return (
        f"f jumps at the given inputs, by {size}, and has no derivative there; look for a "
        "comparison, a floor or an argmax that an input sits on"
    )


CANCEL = "where float64 has 1e-16; look for float32 inside, or for large numbers that cancel"
ZERO = np.concatenate([[0.0], X])

# id: (f, x, (kind, what is said)), or None where nothing is
KINDS = {
    "linear": (lambda x: 3 * x, X, None),
    "smooth": (np.sin, X, None),
    "fast": (lambda x: np.sin(1e3 * x), X, None),
    "large": (lambda x: 1e9 * np.sin(x), X, None),
    "tiny": (lambda x: 1e-9 * np.sin(x), X, None),
    "a number": (lambda x: np.sum(x**2), X, None),
    "kinks": (lambda x: np.maximum(x, 0), X, None),
    "on a kink": (np.abs, ZERO, None),
    "constant": (lambda x: 0 * x + 3, X, None),
    "zero": (lambda x: 0 * x, X, None),
    "nothing": (lambda x: x[:0], X, None),
    "undefined farther off": (lambda x: np.where(np.abs(x - X) > 1e-3, np.nan, 0 * x), X, None),
    "float32": (single, X, ("low precision", low("float32", "6e-08"))),
    "float32 of a product": (lambda x: single(x) * single(x), X, ("low precision", None)),
    "float32, in the end": (
        lambda x: single(np.sin(x)), X, ("low precision", low("float32", "6e-08"))
    ),
    "float16": (half, X, ("low precision", low("float16", "5e-04"))),
    "rounded": (lambda x: np.round(x, 3), X, ("steps", steps("0.001"))),
    "rounded finely": (lambda x: np.round(x, 6), X, ("steps", steps("1e-06"))),
    "a floor": (lambda x: np.floor(x / 0.003) * 0.003, X, ("steps", steps("0.003"))),
    "rounded to whole numbers": (np.round, X, ("flat", FLAT)),
    "a sign": (np.sign, X, ("flat", FLAT)),
    "a comparison": (lambda x: (x > 0.3) * 1.0, X, ("flat", FLAT)),
    "a jump": (lambda x: x + (x >= 0), ZERO, ("jump", jumps("1"))),
    "a jump down": (lambda x: x - 2.5 * (x > 0), ZERO, ("jump", jumps("2.5"))),
    "a jump of all": (lambda x: x.sum() + 0.25 * (x[0] > 0), ZERO, ("jump", jumps("0.25"))),
    "a small jump": (lambda x: x + 1e-5 * (x > 0), ZERO, ("jump", jumps("1e-05"))),
    "a smaller jump": (lambda x: x + 1e-7 * (x > 0), ZERO, None),
    "numbers that cancel": (lambda x: (np.sin(x) + 1e8) - 1e8, X, ("low precision", CANCEL)),
    "more that cancel": (
        lambda x: (1e-11 * np.sin(x) + 1) - 1, X, ("low precision", CANCEL.replace("32", "16"))
    ),
    "all but cancelled": (
        lambda x: (1e-14 * np.sin(x) + 1) - 1, X, ("steps", "what is 1 but for rounding")
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", ["alone", "after another"])
@pytest.mark.parametrize(("f", "x", "said"), KINDS.values(), ids=KINDS)
def test_kind_of_a_function(f, x, said, way):
    """The word for it and the sentence for students, whichever input the function is rough in."""
    if way == "alone":
        probe = Counted(lambda p: f(p[0]), x).probe
    else:
        probe = Counted(lambda p: f(p[1]), np.ones(2), x).probe
    found = nature(probe, "f", np.random.default_rng(1))
    if said is None:
        assert found is None
    else:
        assert found is not None
        assert found.kind == said[0]
        assert said[1] is None or found.remark.endswith(said[1])


def test_input_that_is_rounded_is_found_among_others():
    """One of three is taken to float32 inside."""
    probe = Counted(lambda p: p[0] + single(p[1]) * 0.37 + p[2], X, X[::-1] / 3, X**2).probe
    found = nature(probe, "f", np.random.default_rng(1))
    assert found is not None
    assert found.kind in ("low precision", "steps")


def test_input_without_entries_is_no_matter():
    """Beside one that is rough."""
    probe = Counted(lambda p: single(p[1]), np.zeros((0, 3)), X).probe
    assert nature(probe, "f", np.random.default_rng(1)).kind == "low precision"


@pytest.mark.filterwarnings("error")
def test_function_that_is_infinite_all_around():
    """No warning, and no word on it."""
    probe = Counted(lambda p: np.where(p[0] == X, 1.0, np.inf), X).probe
    assert nature(probe, "f", np.random.default_rng(1)) is None


@pytest.mark.parametrize(("repeats", "calls"), [(1, 5), (6, 10)])
def test_smooth_function_costs_four_calls_and_the_repeats(repeats, calls):
    """No more is looked at where two small steps move the output in proportion."""
    counted = Counted(lambda p: np.sin(p[0]), X)
    counted.calls = 0
    assert nature(counted.probe, "f", np.random.default_rng(1), repeats=repeats) is None
    assert counted.calls == calls


# id: (the call that is off, by how much of its size, repeats, whether that is random)
DRAWS = {
    "the second": (2, 1e-3, 1, True),
    "the third": (3, 1e-3, 1, True),
    "the fourth": (4, 1e-3, 1, True),
    "by more than rounding": (3, 1.1e-12, 1, True),
    "by rounding": (3, 0.9e-12, 1, False),
    "down": (3, -1e-3, 1, True),
    "the eighth": (8, 1e-3, 6, True),
    "the ninth, moved": (9, 1e-3, 6, True),
    "the eighth, not called": (8, 1e-3, 1, False),
}


@pytest.mark.parametrize(("off", "size", "repeats", "expected"), DRAWS.values(), ids=DRAWS)
def test_two_results_for_the_same_inputs(off, size, repeats, expected):
    """At the point, or at another that was tried before, in any of the outputs."""
    counted = Counted(lambda p: 2.0 + 1e-9 * p[0] ** 2 + 0 * p[0], X)
    counted.calls, smooth = 0, counted.f

    def f(p):
        out = smooth(p)
        out[3] += 2 * size * (counted.calls == off)
        return out

    counted.f = f
    found = nature(counted.probe, "f", np.random.default_rng(1), repeats=repeats)
    assert (found is not None and found.kind == "random") is expected
    if expected:
        assert found.remark == "f gave two results for the same inputs"


def test_random_function_is_said_to_be_so():
    """Whatever it is random in."""
    rng = np.random.default_rng(5)
    probe = Counted(lambda p: p[0] + 1e-9 * rng.normal(size=40), X).probe
    found = nature(probe, "f", np.random.default_rng(1))
    assert (found.kind, found.remark) == ("random", "f gave two results for the same inputs")


SINGLES = {  # id: (numbers, whether they are float32's)
    "float32": (single(X), True),
    "float64": (X, False),
    "one of them is not": (np.append(single(X), 0.1), False),
    "whole numbers": (np.arange(5.0), False),
    "eighths": (np.arange(5.0) / 8, False),
    "1024ths": (np.arange(5.0) / 1024, False),
    "2048ths": (np.arange(5.0) / 2048, True),
    "too large": (np.array([1e300]), False),
    "nothing": (np.zeros(0), False),
}


@pytest.mark.parametrize(("numbers", "expected"), SINGLES.values(), ids=SINGLES)
def test_numbers_in_single_precision(numbers, expected):
    """All float32's numbers, and not all of them multiples of 1/1024."""
    with np.errstate(all="raise"):
        assert in_single(numbers) is expected


# id: (fine, middle, level, straight); the fine step is a sixteenth of the middle one
STRAIGHT = {
    "exactly": ([1.0, 2.0], [16.0, 32.0], 0.0, True),
    "nearly": ([1.0, 2.019], [16.0, 32.0], 0.0, True),
    "not nearly": ([1.0, 2.021], [16.0, 32.0], 0.0, False),
    "less": ([1.0, 1.979], [16.0, 32.0], 0.0, False),
    "in another entry": ([1.021, 2.0], [16.0, 32.0], 0.0, False),
    "rounding": ([1.0 + 0.01 + 7 * 2.0**-52], [16.0], 1.0, True),
    "more than rounding": ([1.0 + 0.01 + 9 * 2.0**-52], [16.0], 1.0, False),
    "of a larger output": ([0.0], [1e-14], 10.0, True),
    "at rest": ([0.0], [0.0], 1.0, False),
}


@pytest.mark.parametrize(("fine", "middle", "level", "expected"), STRAIGHT.values(), ids=STRAIGHT)
def test_two_steps_in_proportion(fine, middle, level, expected):
    """A hundredth of the largest, and eight last places of the output."""
    assert module._straight(np.array(fine), np.array(middle), level, 2) is expected


JUMPS = {  # id: (change at a fine step, at a longer one, jump); the output is 1
    "none": ([0.0], [0.0], 0.0),
    "stays": ([0.5], [0.5], 0.5),
    "down": ([-0.5], [-0.5], 0.5),
    "within a thousandth": ([0.5], [0.50049], 0.5),
    "not within": ([0.5], [0.50051], 0.0),
    "grows": ([0.5], [32.0], 0.0),
    "little": ([0.9e-6], [0.9e-6], 0.0),
    "enough": ([1.1e-6], [1.1e-6], 1.1e-6),
    "the largest": ([0.5, -0.7, 0.9], [0.5, -0.7, 0.8], 0.7),
    "of nothing": ([], [], 0.0),
}


@pytest.mark.parametrize(("near", "far", "jump"), JUMPS.values(), ids=JUMPS)
def test_step_that_is_taken_at_once(near, far, jump):
    """It is the same at a step 64 times as long, and not within single precision."""
    assert module._jump(np.array(near), np.array(far), 1.0) == jump
