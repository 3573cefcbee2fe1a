"""More measurements for a diagnosis: the difference quotients that begin as a gradient does."""

import numpy as np
import pytest
from cases_by_hand import drawn

from gradelib.checks.mistakes.measure import MOST_ENTRIES, Measure

P = np.array([0.7, -1.1, 0.4])


def cubes(point):
    return np.array(np.sum(point[0] ** 3) + np.prod(point[0]))


def quotient(h, up, down, drift=0.0, x=P):
    """The difference quotient by each entry, each entry left moved by drift."""
    x, found = x.copy(), []
    for i in range(x.size):
        ends = []
        for by in (up * h, -down * h):
            at = x.copy()
            at[i] += by
            ends.append(cubes([at]))
        found.append((ends[0] - ends[1]) / ((up + down) * h))
        x[i] += drift
    return np.array(found)


QUOTIENTS = {
    "forwards": (quotient(1e-4, 1, 0), "one-sided"),
    "backwards": (quotient(1e-3, 0, 1), "one-sided"),
    "both ways": (quotient(1e-2, 1, 1), "long-step"),
    "a long step": (quotient(0.1, 1, 1), "long-step"),
    "not put back": (quotient(1e-3, 1, 1, -1e-3), "not-restored"),
    "put back too far": (quotient(1e-3, 1, 0, 1e-3), "not-restored"),
}


def measured(yours, right, x, outputs):
    """A Measure of a function of one array, which gives one number."""
    return Measure(outputs, lambda changes: outputs, [x], ["x"], 0, np.array(1.0), yours, right)


def right_for(x):
    return 3 * x**2 + np.prod(x) / x


def differences(yours, x=P):
    return measured(yours, right_for(x), x, cubes)


@pytest.mark.parametrize(("yours", "mistake"), QUOTIENTS.values(), ids=QUOTIENTS)
def test_difference_quotients_that_begin_as_yours_does(yours, mistake):
    """Each is named by its kind, and whole."""
    exact = [
        name
        for name, found in differences(yours).steps()
        if found.shape == yours.shape and found == pytest.approx(yours, rel=1e-7, abs=1e-8)
    ]
    assert mistake in exact


def test_no_quotient_begins_like_another_gradient():
    """Two entries tell most; neither a shape that folds nor a single number is lost."""
    assert [*differences(P).steps()] == []
    matrix = np.abs(drawn(2, 2))
    off = quotient(1e-3, 1, 0, x=matrix.ravel()).reshape(2, 2)
    found = [a for name, a in differences(off, matrix).steps() if name == "one-sided"]
    assert any(a == pytest.approx(off, abs=1e-9) for a in found)
    one = np.array([0.7])
    found = [*differences(quotient(1e-3, 1, 0, x=one), one).steps()]
    assert "one-sided" in [name for name, _ in found]
    assert "not-restored" not in [name for name, _ in found]


@pytest.mark.parametrize("drift", [-1e-3, 1e-3])
def test_quotients_of_two_entries_begin_with_both(drift):
    """Whether an entry was put back shows in the second; the first alone says nothing."""
    pair = P[:2]
    whole = quotient(1e-3, 1, 0, drift, pair)
    found = [a for name, a in differences(whole, pair).steps() if name == "not-restored"]
    assert any(a == pytest.approx(whole, abs=1e-8) for a in found)
    assert [*differences(whole + np.array([0, 1]), pair).steps()] == []


def test_a_small_error_is_no_step():
    """Quotients are as close to yours as to a hundredth of what is wrong with it."""
    assert [*differences(right_for(P) + 1e-3).steps()] == []


def test_an_entry_that_does_nothing_begins_like_every_quotient():
    """Its gradient is 0 and so is its quotient: the others decide."""
    right = np.array([0, 3 * 0.7**2])
    yours = right + np.array([0, 3 * 0.7 * 0.01 + 0.01**2])  # (0.71**3 - 0.7**3) / 0.01
    of = measured(yours, right, np.array([2.0, 0.7]), lambda point: point[0][1] ** 3)
    found = [a for name, a in of.steps() if name == "one-sided"]
    assert any(a == pytest.approx(yours, abs=1e-9) for a in found)


@pytest.mark.parametrize(("size", "some"), [(MOST_ENTRIES, True), (MOST_ENTRIES + 1, False)])
def test_large_inputs_have_no_quotients(size, some):
    """Each entry costs two calls, for each step."""
    x = np.linspace(1, 2, size)
    of = measured(2 * x + 1e-3, 2 * x, x, lambda point: np.array(np.sum(point[0] ** 2)))
    assert bool([*of.steps()]) is some
