"""What is said of the wrong entries of an array too large to be looked at one by one."""

import numpy as np
import pytest

from gradelib.checks.slopes import entries
from gradelib.checks.slopes.entries import Entries, entrywise
from gradelib.checks.slopes.judge import Verdict
from gradelib.checks.slopes.kinks import Interval
from gradelib.checks.slopes.numeric import Probe


def look(f, x, gradient, **verdict):
    base = np.asarray(f([x]))
    probe = Probe(lambda arrays: np.asarray(f(arrays)), [x], np.ones_like(base), base)
    return entrywise(probe, 0, gradient, Verdict(False, 0.0, **verdict), np.random.default_rng(0))


LARGE = np.random.default_rng(5).normal(size=(47, 51))
M = np.random.default_rng(6).normal(size=(47, 51))


def mixed(p):
    """One number made of all entries, so that none can be moved with another."""
    return np.sin(0.05 * np.sum(M * p[0])) + 0.01 * np.sum(p[0] ** 2)


RIGHT = 0.05 * np.cos(0.05 * np.sum(M * LARGE)) * M + 0.02 * LARGE


def at(*places):
    wrong = np.zeros(LARGE.shape, dtype=bool)
    for place in places:
        wrong[place] = True
    return wrong


# id: (wrong entries, pattern, whether all of them are known, how many are shown)
DAMAGES = {
    "one": (at((3, 4)), "one entry", True, 1),
    "the last": (at((46, 50)), "one entry", True, 1),
    "a row": (at(31), "row 31", False, 16),
    "a column": (at(np.s_[:, 50]), "column 50", False, 16),
    "a block": (at(np.s_[10:40, 3:9]), "block [10:40, 3:9]", False, 64),
    "two": (at((3, 4), (40, 9)), "scattered", True, 2),
    "nearly all": (~at((3, 4)), "", False, 64),
    "all": (at(np.s_[:]), "", False, 64),
}


@pytest.mark.parametrize(("wrong", "pattern", "exact", "shown"), DAMAGES.values(), ids=DAMAGES)
def test_what_is_wrong_in_a_large_array(wrong, pattern, exact, shown):
    """The simplest pattern that holds, the entries that show it, and whether they are all."""
    found = look(mixed, LARGE, RIGHT + 0.01 * wrong)
    assert isinstance(found, Entries)
    assert (found.pattern, found.exact, found.complete) == (pattern, exact, False)
    assert found.indices.size == shown
    assert found.wrong.tolist() == wrong.ravel()[found.indices].tolist()
    assert found.wrong.any()
    assert found.numeric == pytest.approx(RIGHT.ravel()[found.indices], abs=2e-5)
    assert np.all(found.error < 2e-5)


def test_a_large_array_without_a_visible_error_is_sampled():
    """Where the whole shows nothing, 64 entries say what the gradient is."""
    found = look(mixed, LARGE, RIGHT)
    assert found.indices.size == 64
    assert not found.wrong.any()
    assert (found.exact, found.pattern) == (False, "")


def test_a_large_array_of_three_axes():
    """A slice is named by its axis where there are more than two."""
    x = np.random.default_rng(5).normal(size=(13, 17, 11))
    wrong = np.full(x.shape, 2 * x.sum())
    wrong[:, 5] += 0.1
    found = look(lambda p: np.sum(p[0]) ** 2, x, wrong)
    assert found.pattern == "index 5 of axis 1"
    assert found.indices.size == 16
    assert set(np.unravel_index(found.indices, x.shape)[1]) == {5}


def test_entries_on_kinks_are_at_rest_in_the_search():
    """One wrong entry beside kinks that the verdict knows."""
    x = LARGE.copy()
    x[0, :3] = 0.0

    def f(p):
        return np.sum(np.maximum(p[0], 0.0)) + 0.1 * np.sum(p[0]) ** 2

    right = (x > 0) + 0.2 * np.sum(x)
    wrong = right.copy()
    wrong[20, 20] += 0.1
    known = {k: Interval(0.2 * np.sum(x), 1 + 0.2 * np.sum(x), 0.0) for k in range(3)}
    found = look(f, x, wrong, kinks=known)
    assert (found.pattern, found.indices.tolist()) == ("one entry", [20 * 51 + 20])


@pytest.mark.parametrize("size", [0.01, -0.3])
def test_a_lone_entry_is_measured_to_a_thousandth_of_its_error(size, monkeypatch):
    """No better than it takes to tell what is wrong with it."""
    targets, entry_slopes = [], entries.entry_slopes

    def listening(*args, target, **options):
        targets.append(target)
        return entry_slopes(*args, target=target, **options)

    monkeypatch.setattr(entries, "entry_slopes", listening)
    look(mixed, LARGE, RIGHT + size * at((3, 4)))
    assert targets == [pytest.approx(1e-3 * abs(size), rel=1e-2)]
