"""The curve of a slope over its steps, and the words for places in an array."""

from math import inf

import numpy as np
import pytest

from gradelib.checks.slopes.ladder import Slope, slope
from gradelib.checks.slopes.numeric import Probe
from gradelib.checks.slopes.steps import Curve, curve_of
from gradelib.checks.slopes.where import block_in_words, one_slice, pattern

ROWS = ((0.25, 3.1, 0.1), (1.0, 4.0, 1.0), (0.0625, 3.01, 0.01), (0.25, 3.2, 0.05))


def found_with(table, value=3.0, rung=2):
    return Slope(value, 0.01, value, value, False, rung, table)


def cubic_probe():
    return Probe(lambda p: p[0] ** 3, [np.array(1.0)], np.ones(()), np.array(1.0))


CURVES = {  # id: (rows, value, norm, (steps, chosen, size))
    "best of each step": (ROWS, 3.0, 2.0, ((1.0, 0.25, 0.0625), 0.0625, 3.0)),
    "negative slope": (ROWS, -3.0, 2.0, ((1.0, 0.25, 0.0625), 0.0625, 3.0)),
    "larger norm": (ROWS[:2], 3.0, 5.0, ((1.0, 0.25), 0.25, 5.0)),
    "no rows": ((), 3.0, 2.0, ((), 1 / 16, 3.0)),
    "not finite": ((), inf, 2.0, ((), 1 / 16, 2.0)),
    "no size": (ROWS[:1], 0.0, 0.0, ((0.25,), 0.25, 1.0)),
}


@pytest.mark.parametrize(("rows", "value", "norm", "expected"), CURVES.values(), ids=CURVES)
def test_curve_of_a_slope(rows, value, norm, expected):
    """One row for each step, the longest first, and the step of the least error chosen."""
    probe, way = cubic_probe(), [np.array(1.0)]
    curve = curve_of(probe, way, found_with(rows, value), 3.5, 0.2, norm)
    assert (tuple(row[0] for row in curve.table), curve.chosen, curve.size) == expected
    assert (curve.yours, curve.tolerance) == (3.5, 0.2)
    for row in curve.table:
        assert row[2] == min(r[2] for r in rows if r[0] == row[0])


def test_every_step_fills_the_valley():
    """From steps of the input's own size down to where rounding is all, each once."""
    probe, way = cubic_probe(), [np.array(1.0)]
    found = slope(probe, way, rtol=1e-3)
    curve = curve_of(probe, way, found, 3.0, 1e-9, 3.0)
    whole = curve.every_step()
    steps = [row[0] for row in whole.table]
    assert steps == sorted(set(steps), reverse=True)
    assert len(steps) > len(curve.table)
    assert max(steps) >= 1 / 4
    assert min(steps) <= 4.0**-12
    assert whole.measure is None
    assert whole.every_step() is whole
    assert set(curve.table) <= set(whole.table)
    assert (whole.chosen, whole.yours, whole.size) == (curve.chosen, 3.0, 3.0)
    errors = [row[2] for row in whole.table]
    least = errors.index(min(errors))
    assert errors[0] > 1e3 * min(errors) < errors[-1]
    assert 0 < least < len(errors) - 1
    for _, value, error in whole.table:
        assert abs(value - 3) <= 6 * error + 1e-12


def test_every_step_measures_the_noise_anew():
    """Also where the check, which had it easy, did not: the error is never below rounding."""
    probe, way = cubic_probe(), [np.array(1.0)]
    assert probe.noise == 0
    curve = curve_of(probe, way, found_with(()), 3.0, 1e-9, 3.0)
    for step, _, error in curve.every_step().table:
        assert error >= 0.25 * 2.0**-52 / step
    assert probe.noise == 0


@pytest.mark.filterwarnings("error")
def test_every_step_is_quiet_and_does_without_a_function_that_is_gone():
    """What the forward pass says is not heard; where it raises the curve stays as it was."""

    def measure(fail):
        print("a word")
        np.float64(1) / np.float64(0)
        if fail:
            raise KeyError("gone")
        return ((0.5, 3.0, 0.1), (0.25, 7.0, 0.001))

    for fail in (True, False):
        curve = Curve(((0.25, 3.1, 0.1),), 0.25, 3.0, 0.1, 3.0, lambda fail=fail: measure(fail))
        more = curve.every_step()
        if fail:
            assert more is curve
        else:
            assert more.table == ((0.5, 3.0, 0.1), (0.25, 3.1, 0.1))


CHOSEN = {  # id: (rows, the step that was taken)
    "the longest": (((1.0, 3.0, 0.1), (0.25, 3.0, 0.2), (0.0625, 3.0, 0.3)), 1.0),
    "one between": (((1.0, 3.0, 0.2), (0.25, 3.0, 0.1), (0.0625, 3.0, 0.3)), 0.25),
    "the shortest": (((1.0, 3.0, 0.3), (0.25, 3.0, 0.2), (0.0625, 3.0, 0.1)), 0.0625),
}


@pytest.mark.parametrize(("rows", "step"), CHOSEN.values(), ids=CHOSEN)
def test_chosen_step_is_the_one_of_least_error(rows, step):
    """Wherever it stands."""
    curve = curve_of(cubic_probe(), [np.array(1.0)], found_with(rows), 3.0, 0.1, 1.0)
    assert curve.chosen == step


def test_every_step_has_no_gap():
    """Also of a straight line, of which the first two steps tell all that there is to know."""
    probe = Probe(lambda p: 3 * p[0], [np.array(1.0)], np.ones(()), np.array(3.0))
    whole = curve_of(probe, [np.array(1.0)], found_with(()), 3.0, 1e-9, 3.0).every_step()
    steps = [row[0] for row in whole.table]
    assert steps == [steps[0] / 4**k for k in range(len(steps))]
    assert steps[0] >= 1 / 4
    assert steps[-1] <= 4.0**-12


def mask(shape, *places):
    wrong = np.zeros(shape, dtype=np.bool_)
    for place in places:
        wrong[place] = True
    return wrong


MORE = {  # beside those in test_where
    "one whole row of two": (mask((2, 4), 1), "row 1"),
    "half of a block": (mask((9, 9), (2, 3), (2, 4), (5, 3), (5, 4)), "scattered"),
    "half of a box": (mask((9, 9), (2, 2), (2, 3), (3, 2)), "block [2:4, 2:4]"),
    "exactly half": (mask((9, 9, 9), (2, 2, 2), (2, 3, 3)), "block [2, 2:4, 2:4]"),
    "less than half": (mask((9, 9, 9), (2, 2, 2), (3, 3, 3)), "scattered"),
    "one entry of many axes": (mask((3, 3, 3), (1, 1, 1)), "one entry"),
    "nine tenths": (~mask((5, 2, 2), (0, 0, 0), (1, 1, 1)), "scattered"),
    "more than that": (~mask((5, 5, 2), (0, 0, 0), (1, 1, 1)), ""),
    "all entries of a vector but two": (mask(20, slice(1, 19)), "entries 1 to 18"),
    "first and last entry": (mask(20, 0, 1), "entries 0 and 1"),
    "four rows": (mask((9, 2), 0, 2, 4, 8), "rows 0, 2, 4 and 8"),
    "five rows": (mask((11, 2), 0, 2, 4, 8, 10), "5 rows"),
    "four columns": (mask((2, 9), np.s_[:, ::2]), "5 columns"),
    "four columns named": (mask((2, 9), np.s_[:, 1::2]), "columns 1, 3, 5 and 7"),
    "two columns": (mask((2, 9), np.s_[:, 1:3]), "columns 1 and 2"),
    "five entries": (mask(11, slice(0, 11, 2)), "6 entries"),
    "half the diagonal": (mask((4, 4), (0, 0), (3, 3)), "the diagonal"),
    "less of the diagonal": (mask((5, 5), (0, 0), (3, 3)), "scattered"),
    "diagonal of two": (mask((2, 2), (0, 0), (1, 1)), "one entry in each row"),
    "the other diagonal": (mask((3, 3), ([0, 1, 2], [2, 1, 0])), "one entry in each row"),
    "one in each row, one column": (mask((4, 3), np.s_[:, 1]), "column 1"),
    "one in each column, one row": (mask((3, 4), 1), "row 1"),
    "an axis of one": (mask((1, 4, 3), np.s_[:, 1]), "block [:, 1, :]"),
}


@pytest.mark.parametrize(("wrong", "found"), MORE.values(), ids=MORE)
def test_patterns_at_their_edges(wrong, found):
    """Half of the entries make a pattern; up to four places are named one by one."""
    assert pattern(wrong) == found


def test_places_in_words():
    """A box and a slice, as a search in a large array finds them."""
    assert block_in_words((slice(2, 5), slice(0, 4))) == "block [2:5, 0:4]"
    assert one_slice(0, 3, 2) == "row 3"
    assert one_slice(1, 3, 2) == "column 3"
    assert one_slice(1, 3, 3) == "index 3 of axis 1"
    assert one_slice(0, 3, 4) == "index 3 of axis 0"
