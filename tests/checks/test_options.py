"""What the options of the checks do: exercise, seed, names, other inputs."""

import numpy as np
import pytest

import gradelib as gl

X = np.linspace(-1.0, 2.0, 11)


def loss(p):
    return float(p["n"] * np.sum(p["w"] ** 3)), {"w": 3.1 * p["n"] * p["w"] ** 2}


def right_loss(p):
    return float(p["n"] * np.sum(p["w"] ** 3)), {"w": 3 * p["n"] * p["w"] ** 2}


def checked_loss(**options):
    return gl.check_loss(loss, {"w": X, "n": 2}, **options)


def checked_backward(**options):
    return gl.check_backward(lambda x: (x**3, x), lambda d, x: 3.1 * d * x**2, X, **options)


CHECKS = [
    pytest.param(checked_loss, id="check_loss"),
    pytest.param(checked_backward, id="check_backward"),
]


@pytest.mark.parametrize("check", CHECKS)
def test_exercise_is_named_in_the_report(check):
    """The exercise that a check belongs to is handed on, and is None unless it was given."""
    assert check(exercise="cubes").exercise == "cubes"
    assert check().exercise is None
    assert check(exercise="cubes").to_json()["exercise"] == "cubes"


@pytest.mark.parametrize("check", CHECKS)
def test_seed_is_nought_unless_given(check):
    """Without a seed the check draws as with seed 0, and another seed draws otherwise."""
    first, second, other = check(), check(seed=0), check(seed=1)
    assert first.to_json() == second.to_json()
    assert first.comparisons[0].resolution != other.comparisons[0].resolution


def test_loss_is_handed_its_other_parameters():
    """A parameter that is not differentiated reaches the loss as it is."""
    assert gl.check_loss(right_loss, {"w": X, "n": 2}).passed
    assert gl.check_loss(right_loss, {"n": np.int64(3), "w": 1.5}).passed


def test_names_of_missing_and_unknown_gradients_are_listed():
    """All names that are missing or unknown are told, with a comma between them."""
    report = gl.check_loss(lambda p: (p["a"] * p["b"], {"c": 1.0, "d": 1.0}), {"a": 1.0, "b": 2.0})
    assert report.comparisons[0].message == (
        "the gradients have other names than the parameters; missing: a, b; unknown: c, d"
    )


def product(a, b, *more):
    return a * b, (a, b)


def swapped(dout, cache):
    return dout * cache[0], dout * cache[1]


@pytest.mark.parametrize(
    ("names", "shown"), [(None, ["da", "db"]), (["u", "v"], ["du", "dv"])], ids=["own", "given"]
)
def test_gradients_are_called_after_parameters_or_names(names, shown):
    """Comparisons are named after forward's parameters unless names are given."""
    report = gl.check_backward(product, swapped, X, X + 1, names=names)
    assert [comparison.name for comparison in report.comparisons] == shown


def test_inputs_beyond_the_named_parameters_are_counted():
    """An input that *args takes is called after its position."""
    report = gl.check_backward(
        lambda a, *rest: (a * rest[0], (a, rest[0])),
        lambda d, c: (d * c[1], d * c[0]),
        X,
        X + 1,
    )
    assert report.passed
    assert [comparison.name for comparison in report.comparisons] == ["da", "dx1"]


def test_loss_that_takes_differences_is_seen_at_it():
    """check_loss watches the loss itself, which computes value and gradients at once."""

    def value(w):
        return float(np.sum(w**2))

    def stepping(p):
        w = p["w"]
        steps = 1e-3 * np.eye(w.size)
        return value(w), {"w": np.array([(value(w + h) - value(w - h)) / 2e-3 for h in steps])}

    report = gl.check_loss(stepping, {"w": np.linspace(0.1, 1.0, 4)})
    assert [d.mistake for d in report.diagnoses] == ["numerical-differentiation"]
    assert "evaluates the function at inputs a small step away" in " ".join(str(report).split())
