"""A forward that cannot be trusted, a backward that is no function, and what they print or warn."""

import sys
import warnings

import numpy as np
import pytest
from strange import HUGE, Counter, Liar, Proud, X, check, raising, recursive, with_entry
from zoo import affine_backward, affine_forward


def random_forward():
    luck = np.random.default_rng(0)
    return lambda x, W, b: (affine_forward(x, W, b)[0] + luck.normal(), (x, W))


def drifting_forward():
    """A little more at each call."""
    count = Counter()
    return lambda x, W, b: (affine_forward(x, W, b)[0] * (1 + 1e-3 * count()), (x, W))


def mutating_forward(x, W, b):
    out, cache = affine_forward(x.copy(), W, b)
    x += 1
    return out, cache


def nan_forward(x, W, b):
    out, cache = affine_forward(x, W, b)
    return out * np.nan, cache


def partly_nan_forward(x, W, b):
    out, cache = affine_forward(x, W, b)
    return with_entry(out, np.nan), cache


def growing_forward():
    """Another shape at each call."""
    count = Counter()
    return lambda x, W, b: (np.tile(affine_forward(x, W, b)[0], (count(), 1)), (x, W))


def fails_later():
    """Raises from the third call on."""
    count = Counter()

    def forward(x, W, b):
        if count() > 2:
            raise RuntimeError("tired")
        return affine_forward(x, W, b)

    return forward


FORWARDS = {
    "raises": lambda: raising(ValueError("lost")),
    "raises SystemExit": lambda: raising(SystemExit(3)),
    "not implemented": lambda: raising(NotImplementedError("write it")),
    "recurses for ever": lambda: recursive,
    "raises from the third call on": fails_later,
    "random": random_forward,
    "drifts": drifting_forward,
    "changes its inputs": lambda: mutating_forward,
    "NaN": lambda: nan_forward,
    "NaN in one entry": lambda: partly_nan_forward,
    "inf": lambda: lambda x, W, b: (affine_forward(x, W, b)[0] + np.inf, (x, W)),
    "not a pair": lambda: lambda x, W, b: x @ W + b,
    "three": lambda: lambda x, W, b: (x @ W + b, x, W),
    "a list": lambda: lambda x, W, b: [1.0, 2.0, 3.0],
    "None": lambda: lambda x, W, b: None,
    "a pair of None": lambda: lambda x, W, b: (None, None),
    "a string": lambda: lambda x, W, b: "ab",
    "a list for an output": lambda: lambda x, W, b: ((x @ W + b).tolist(), (x, W)),
    "strings in an array": lambda: lambda x, W, b: ((x @ W + b).astype(str), (x, W)),
    "an object array": lambda: lambda x, W, b: ((x @ W + b).astype(object), (x, W)),
    "complex": lambda: lambda x, W, b: (x @ W + b + 1j, (x, W)),
    "booleans": lambda: lambda x, W, b: (x @ W + b > 0, (x, W)),
    "huge": lambda: lambda x, W, b: (HUGE, (x, W)),
    "a liar": lambda: lambda x, W, b: ((-(x @ W + b)).view(Liar), (x, W)),
    "an object that raises": lambda: lambda x, W, b: (Proud(), (x, W)),
    "another shape each time": growing_forward,
    "takes too few": lambda: lambda x: (x, x),
}


@pytest.mark.parametrize("make", [pytest.param(f, id=k) for k, f in FORWARDS.items()])
def test_forward_that_is_unfit(make, capfd):
    """A forward that cannot be differentiated never lets a backward pass, and nothing is raised."""
    report = check(affine_backward, make())
    assert report.passed is False
    assert report.verdict in ("failed", "inconclusive")
    assert str(report)
    assert capfd.readouterr() == ("", "")


def twice_different():
    count = Counter()

    def backward(dout, cache):
        dx, dW, db = affine_backward(dout, cache)
        return dx * (1 if count() == 1 else 1.5), dW, db

    return backward


def accumulating():
    """Gradients that are not zeroed between two calls."""
    store = np.zeros((7, 3))

    def backward(dout, cache):
        dx, dW, db = affine_backward(dout, cache)
        np.add(store, dW, out=store)
        return dx, store, db

    return backward


def spoils(which):
    """The right answer, but an argument is changed in place by the way."""

    def backward(dout, cache):
        grads = affine_backward(dout, cache)
        target = (dout, *cache)[which]
        target += 1e-3
        return grads

    return backward


def flips_dout_and_restores_the_sum(dout, cache):
    grads = affine_backward(dout, cache)
    dout[...] = dout[::-1].copy()
    return grads


def spoils_a_dict_cache(dout, cache):
    dx, dW, db = affine_backward(dout, (cache["x"], cache["W"]))
    cache["x"] = cache["x"] + 1
    return dx, dW, db


IMPURE = {
    "another answer the second time": twice_different,
    "gradients not zeroed": accumulating,
    "changes dout": lambda: spoils(0),
    "changes x through the cache": lambda: spoils(1),
    "changes W through the cache": lambda: spoils(2),
    "reorders dout": lambda: flips_dout_and_restores_the_sum,
}


@pytest.mark.parametrize("make", [pytest.param(f, id=k) for k, f in IMPURE.items()])
def test_backward_that_is_not_a_function_of_its_arguments(make):
    """A right answer that changes its arguments, or the next answer, breaks the contract."""
    report = check(make())
    assert report.passed is False
    assert report.outcome == "contract"


def test_backward_that_rewrites_a_cache_in_a_dict():
    """A cache that is a dict is watched too."""

    def forward(x, W, b):
        return x @ W + b, {"x": x, "W": W}

    assert check(spoils_a_dict_cache, forward).outcome == "contract"


def changes_an_input_it_was_not_told_of(dout, cache):
    """The right gradient, and the labels of the forward are changed by the way."""
    x, labels = cache
    labels[...] = 0
    return dout * 2 * x


def test_backward_that_changes_an_integer_input():
    """Integer inputs are watched as well."""

    def forward(x, labels):
        return x**2, (x, labels)

    report = check(changes_an_input_it_was_not_told_of, forward, (X.copy(), np.arange(1, 6)))
    assert report.outcome == "contract"


def loud(function, speak):
    def noisy(*args):
        speak()
        return function(*args)

    return noisy


SOUNDS = {
    "prints": (lambda: print("look at me"), "look at me"),
    "prints to stderr": (lambda: print("look at me", file=sys.stderr), "look at me"),
    "warns": (lambda: warnings.warn("look at me", stacklevel=2), "look at me"),
    "divides by zero": (lambda: np.float64(1) / np.float64(0), "divide by zero"),
    "overflows": (lambda: np.exp(np.array([1000.0])), "overflow"),
}


@pytest.mark.parametrize("where", ["forward", "backward"])
@pytest.mark.parametrize("sound", [pytest.param(s, id=k) for k, s in SOUNDS.items()])
def test_prints_and_warnings_are_kept_for_the_report(where, sound, capfd):
    """What student code prints or warns goes to the report's warnings, and nowhere else."""
    speak, words = sound
    passes = {"forward": affine_forward, "backward": affine_backward}
    passes[where] = loud(passes[where], speak)
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        report = check(passes["backward"], passes["forward"])
    assert report.passed is True
    assert isinstance(report.warnings, tuple)
    assert any(words in w for w in report.warnings)
    assert len(report.warnings) <= 5
    assert words in str(report)
    assert leaked == []
    assert capfd.readouterr() == ("", "")


def test_a_flood_of_prints_is_cut():
    """A megabyte of prints at each call leaves a report of sane size."""
    report = check(loud(affine_backward, lambda: print("x" * 10**6)))
    assert report.passed is True
    assert sum(map(len, report.warnings)) < 10_000
    assert len(str(report)) < 10_000


def test_warnings_that_are_errors_outside_do_not_decide():
    """A filter that makes errors of warnings outside does not fail a right backward."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = check(loud(affine_backward, lambda: warnings.warn("hm", stacklevel=2)))
    assert report.passed is True
    assert any("hm" in w for w in report.warnings)


def test_numpy_error_state_is_left_alone():
    """np.seterr outside neither changes the verdict nor is changed by the check."""
    with np.errstate(all="raise"):
        before = np.geterr()
        report = check(loud(affine_backward, lambda: np.float64(1) / np.float64(0)))
        assert np.geterr() == before
    assert report.verdict in ("passed", "failed")


def test_students_who_redirect_stdout_do_not_disturb():
    """A student who replaces sys.stdout does not silence what comes after the check."""
    before = sys.stdout

    def backward(dout, cache):
        sys.stdout = None
        return affine_backward(dout, cache)

    check(backward)
    assert sys.stdout is before


def test_global_random_state_is_left_alone():
    """A check neither seeds nor advances numpy's global generator."""
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    check(affine_backward)
    assert np.array_equal(np.random.random(3), expected)
