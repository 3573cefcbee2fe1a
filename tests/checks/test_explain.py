"""What a diagnosis is given, and how a name is confirmed at random points nearby."""

from dataclasses import replace

import numpy as np
import pytest
from problems_by_hand import D, W, X, measured, problem, product_backward

from gradelib.checks.calls import CallFailed
from gradelib.checks.mistakes import explain as module
from gradelib.checks.mistakes.explain import explain
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import Entries


def explained(backward, k=0, *, settled=(), **known):
    """What explain names for gradient k, and for which gradient."""
    asked = problem(backward, **known)
    probe, entries = measured(asked, k)
    right = {j: measured(asked, j)[1].numeric.reshape(x.shape) for j, x in enumerate(asked.point)}
    gradient = asked.replayed(backward)[k]
    rng = np.random.default_rng(1)
    return named(explain(asked, probe, k, gradient, entries, right, settled, rng))


def named(found):
    return [(d.mistake, d.name) for d in found]


SIGN, SWAPPED = [("sign", "dx")], [("wrong-order", "dx")]


def overwriting(d, x, w):
    """Of two branches, the second overwrites the first."""
    dx = d @ w.T
    dx = 2 * x * d.sum()
    return dx, x.T @ d


def two_branches(x, w):
    return x @ w + (x**2).sum()


def test_each_gradient_is_explained_by_itself():
    """A sign in the one, a factor in the other."""

    def backward(d, x, w):
        return -d @ w.T, 2 * x.T @ d

    assert explained(backward) == SIGN
    assert explained(backward, 1) == [("factor-2", "dw")]
    assert explained(lambda d, x, w: (d @ w.T + np.cos(90 * x), x.T @ d)) == []


def test_what_another_branch_has_stored_is_overwritten():
    """The line stands in the sentence."""
    asked = problem(overwriting, two_branches)
    probe, entries = measured(asked, 0)
    right = {0: entries.numeric.reshape(X.shape)}
    gradient = asked.replayed(overwriting)[0]
    found = explain(asked, probe, 0, gradient, entries, right, [1], np.random.default_rng(1))
    assert named(found) == [("overwritten-branch", "dx")]
    assert found[0].explanation == (
        "`dx = 2 * x * d.sum()` overwrites what another branch has stored there. "
        "What happens to gradients that come back from two branches?"
    )


def three_variants(d, x, w):
    a, b = 1, 1
    a = b = 2
    a = 1
    b = 1
    a = 3
    b = 3
    dx = d @ w.T
    dx = 2 * x * d.sum()
    return dx, x.T @ d, a, b


def test_variants_that_fail_are_passed_over():
    """One raises, one breaks the contract; the third mends the gradient."""
    asked = problem(three_variants, two_branches)
    outcomes = iter([CallFailed("f", ValueError("no")), [Breach("no", "shape")]])

    def replayed(function):
        outcome = next(outcomes, None)
        if isinstance(outcome, CallFailed):
            raise outcome
        return outcome or asked.replayed(function)

    probe, entries = measured(asked, 0)
    right = {0: entries.numeric.reshape(X.shape)}
    case = module._case(asked, probe, 0, asked.replayed(three_variants)[0], right, (), 0.0)
    found = module._overwritten(replace(asked, replayed=replayed), 0, case)
    assert (found.mistake, found.name) == ("overwritten-branch", "dx")
    assert next(outcomes, None) is None


def of_product(d, x, w):
    return d * w, d * x


V, U = np.array([1.0, -2.0, 3.0, 5.0]), np.array([2.0, 1.0, -1.0, 4.0])
ENTRYWISE = {"forward": lambda x, w: x * w, "dout": U}


def test_random_points_decide_between_two_names():
    """For w = -x swapped gradients differ by a sign; elsewhere they do not."""

    def swapped(d, x, w):
        return of_product(d, x, w)[::-1]

    assert explained(swapped, point=(V, -V), **ENTRYWISE) == SWAPPED
    assert explained(swapped, point=(V, U), **ENTRYWISE) == SWAPPED
    # Where the other is returned rightly, it is not missing from its own place.
    assert explained(swapped, point=(V, -V), settled=[1], **ENTRYWISE) != SWAPPED


def test_a_name_that_does_not_hold_nearby_is_not_given():
    """A sign at the point alone is no sign, whatever it is elsewhere."""

    def at_the_point(d, x, w):
        return (-1 if np.array_equal(x, V) else 1) * (d * w), d * x

    def at_the_point_or_twice(d, x, w):
        return (-1 if np.array_equal(x, V) else 2) * (d * w), d * x

    for backward in (at_the_point, at_the_point_or_twice):
        assert explained(backward, point=(V, U), **ENTRYWISE) == []


def test_a_name_that_changes_from_point_to_point_is_not_given():
    """A sign here, a factor there, another the third time."""
    factors = iter([-1, 2, 3])

    def backward(d, x, w):
        return next(factors) * (d * w), d * x

    backward_once = replace(problem(backward, point=(V, U), **ENTRYWISE))
    probe, entries = measured(backward_once, 0)
    gradient = backward_once.replayed(backward)[0]
    found = explain(
        backward_once, probe, 0, gradient, entries, {0: U * U}, [1], np.random.default_rng(1)
    )
    assert found == []


def test_a_name_that_is_possible_here_must_hold_twice():
    """Swapped at w = -x and at one point nearby, but not at another."""
    swapped = iter([True, True, False])

    def backward(d, x, w):
        return (d * x if next(swapped) else 7 * d * w), 3 * d * x

    asked = problem(backward, point=(V, -V), **ENTRYWISE)
    probe, entries = measured(asked, 0)
    gradient, right = asked.replayed(backward)[0], {0: U * -V, 1: U * V}
    rng = np.random.default_rng(1)
    assert explain(asked, probe, 0, gradient, entries, right, (), rng) == []


def test_a_name_that_is_confirmed_is_asked_for_once():
    """A second point nearby is looked at only where the first says something else."""
    calls = []

    def backward(d, x, w):
        calls.append(x)
        return -d @ w.T, x.T @ d

    assert explained(backward) == SIGN
    assert len(calls) == 2


@pytest.mark.parametrize(
    "error", [CallFailed("f", ValueError("no")), Breach("no", "count")], ids=["raises", "breaks"]
)
def test_a_backward_pass_that_fails_nearby_gives_no_name(error):
    """Only what can be confirmed is named."""

    def backward(d, x, w):
        if not np.array_equal(x, X):
            raise error
        return -d @ w.T, x.T @ d

    assert explained(backward) == []


def test_a_breach_nearby_gives_no_name():
    """Numbers that come back nearby are needed; a wrong shape has some."""

    def nearby(breach):
        def backward(d, x, w):
            return (-d @ w.T if np.array_equal(x, X) else breach(d @ w.T)), x.T @ d

        return backward

    assert explained(nearby(lambda g: Breach("no", "dtype", -g))) == []
    assert explained(nearby(lambda g: Breach("no", "shape", -g))) == SIGN


def wide(n):
    return np.linspace(1, 2, n), np.linspace(3, 4, n)


def test_a_large_input_in_question_is_measured_nearby():
    """But not the other inputs, unless the mistake is seen beside them."""
    point = wide(260)
    known = {"forward": lambda x, w: np.sum(x * w), "point": point, "dout": np.array(1.5)}

    def turned(d, x, w):
        return -d * w, d * x

    assert explained(turned, **known) == SIGN
    assert explained(lambda d, x, w: of_product(d, x, w)[::-1], **known) == SWAPPED


def test_a_large_gradient_for_ones_is_recognised():
    """It is measured, where the Jacobian would be too large."""
    point = wide(260)
    known = {"forward": lambda x, w: np.sum(x * w), "point": point, "dout": np.array(1.5)}
    assert explained(lambda d, x, w: (1 * w, d * x), **known) == [("ignored-upstream", "dx")]


def entries_of(a, **known):
    places = np.arange(a.size)
    return Entries(places, a.ravel(), 0 * a.ravel(), np.ones(a.size, bool), **known)


SAMPLED = {
    "a sign": (-1.0, {}, [("sign", "dx")]),
    "a length": (3.0, {}, [("not-averaged", "dx")]),
    "a length, in a slice only": (3.0, {"pattern": "row 1"}, []),
    "something else": (np.arange(12.0).reshape(3, 4), {}, []),
}


@pytest.mark.parametrize(("factor", "known", "expected"), SAMPLED.values(), ids=SAMPLED)
def test_a_sample_shows_what_is_true_of_every_entry(factor, known, expected):
    """Of a large array that was looked at in some places."""
    asked = problem(product_backward)
    probe, _ = measured(asked, 0)
    right = D @ W.T
    found = explain(
        asked,
        probe,
        0,
        factor * right,
        entries_of(right, **known),
        {},
        (),
        np.random.default_rng(1),
    )
    assert named(found) == expected


def test_without_numbers_nothing_is_explained():
    """Neither without entries nor where none came back."""
    asked = problem(product_backward)
    probe, entries = measured(asked, 0)
    right, rng = {0: D @ W.T}, np.random.default_rng(1)
    assert explain(asked, probe, 0, -D @ W.T, None, right, (), rng) == []
    assert explain(asked, probe, 0, Breach("no", "dtype"), entries, right, (), rng) == []


def test_what_a_case_is_made_of():
    """Each array where a hypothesis looks for it."""
    scale, labels, pixels = np.array(2.0), np.array([0, 2]), np.array([1, 3], dtype=np.uint8)
    given = {"scale": scale, "y": labels, "image": pixels, "mode": "fast", "flag": np.array([True])}
    asked = problem(product_backward, given=given, labels=("a", "b"))
    probe, _ = measured(asked, 0)
    right = {0: D @ W.T, 1: X.T @ D}
    case = module._case(asked, probe, 0, -right[0], right, {1}, 1e-9)
    assert (case.name, case.label, case.precision) == ("da", "a", 1e-9)
    for mine, expected in ((case.yours, -right[0]), (case.right, right[0]), (case.x, X)):
        np.testing.assert_array_equal(mine, expected)
    np.testing.assert_array_equal(case.dout, D)
    np.testing.assert_array_equal(case.out, X @ W)
    assert set(case.others) == {"db"}
    assert case.settled == {"db"}
    assert case.sizes == {2, 3, 4}
    assert set(case.inputs) == {"scale", "b"}
    assert set(case.labels) == {"y", "image"}
    assert case.jacobian().shape == (6, 12)
    assert case.right_with_ones() == pytest.approx(np.ones((3, 2)) @ W.T)
    assert [*case.steps()] == []
    assert not case.fits_at({"a": 2 * X})


def test_gradient_for_ones_of_a_large_input():
    """Measured by itself where the Jacobian is too large."""
    x, w = wide(300)
    known = {"point": (x, w), "dout": np.array([1.5]), "forward": lambda x, w: np.sum(x * w)[None]}
    asked = problem(of_product, **known)
    probe, _ = measured(asked, 0)
    case = module._case(asked, probe, 0, -1.5 * w, {0: 1.5 * w}, (), 0.0)
    assert case.jacobian() is None
    assert case.right_with_ones() == pytest.approx(w)
