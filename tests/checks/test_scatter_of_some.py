"""Gradients of which some entries scatter, or are zero, and the ways in which entries are moved."""

from math import sqrt

import numpy as np
import pytest

from gradelib.checks.honesty import Place, glance, moved_point, numerical, shaky, suspect
from gradelib.checks.slopes.numeric import units

ONES = np.ones(8)
X = np.array([1.0, -1.0] * 4)  # of unit spread
HALF = np.array([1.0] * 4 + [0.0] * 4)
REST = 1 - HALF
LAST = np.array([0.0] * 7 + [1.0])

# id: (gradient, entries that scatter, by how much, gradient far off, whether it is shaky)
SOME = {
    "every entry": (ONES, ONES, 1.2e-13, ONES, True),
    "one of eight, by much": (ONES, LAST, 3e-13, ONES, True),
    "one of eight, by little": (ONES, LAST, 2.6e-13, ONES, False),
    "those that are zero": (HALF, REST, 1.2e-13, HALF, True),
    "those that are zero, hardly": (HALF, REST, 0.8e-13, HALF, False),
    "those that are not": (HALF, HALF, 1.2e-13, HALF, True),
    "those that are not, hardly": (HALF, HALF, 0.8e-13, HALF, False),
    "beside a gate that opens far off": (HALF, HALF, 1.2e-13, HALF + 5 * REST, True),
    "beside entries that bend": (HALF, HALF, 1.2e-13, 1.01 * HALF, False),
    "of a gradient that is zero": (0 * ONES, ONES, 1e-9, 0 * ONES, False),
}


def wobbling(gradient, scatters, by):
    """Gradients in a row of which some entries show a scatter of `by`, and the first none."""
    return [gradient, gradient - by * sqrt(6) / 2 * scatters, gradient]


@pytest.mark.parametrize(("gradient", "scatters", "by", "far", "expected"), SOME.values(), ids=SOME)
def test_scatter_counts_beside_the_size_of_all_entries_that_are_something(
    gradient, scatters, by, far, expected
):
    """In the mean of squares, steady ones too; those that stay zero say nothing of bends."""
    out = np.array(1e-3)
    row = [Place(out, [g]) for g in wobbling(gradient, scatters, by)]
    assert shaky(row, Place(out, [far]), [X], np.ones(()), seen=False) is expected
    blank = [Place(out, [0 * ONES, *place.gradients]) for place in row]
    there = Place(out, [0 * ONES, far])
    assert shaky(blank, there, [X, X], np.ones(()), seen=False) is expected


def test_gradient_that_is_zero_has_no_size_to_scatter_by():
    """A glance asks nothing more where a gradient only begins to be something."""
    here, there = Place(ONES, [0 * ONES]), Place(2 * ONES, [1e-20 * ONES])
    assert glance(here, lambda _: there, [X]) == (False, False)


def test_each_entry_is_moved_by_a_length_and_a_sign_of_its_own():
    """Two that move alike may hide each other's rounding."""
    x, points = np.array([[1.0, 2.0, 4.0, 8.0]] * 3), []

    def at(arrays):
        points.append(arrays[0])
        return Place(np.ones(()), [np.ones((3, 4))])

    assert numerical(at, [x], np.ones(()), np.random.default_rng(0), seen=False) is False
    for point in points[3::4]:
        way = (point / x - 1) / 1e-3
        assert {-1.0, 1.0} == set(np.sign(way).flat)
        assert np.unique(np.abs(way).round(6)).size == 12
    signs = np.sign([(point / x - 1)[0] for point in points[3::4]])
    assert not np.all(signs == signs[0])


def test_point_nearby_lies_above_in_some_entries_and_below_in_others():
    """By half to one and a half thousandths, each its own."""
    x = np.full(20, 3.0)
    (moved,) = moved_point([x], [units(x)], np.random.default_rng(0))
    steps = (moved - x) / 3e-3
    assert {-1.0, 1.0} == set(np.sign(steps))
    assert np.unique(np.abs(steps).round(6)).size == 20


@pytest.mark.parametrize("unit", [0.1, 1.0, 50.0])
def test_steps_are_measured_in_the_units_that_are_given(unit):
    """A blank input is moved by a thousandth of them, and a slope is taken over fewer still."""
    blank, steps, seen = np.zeros(4), [np.full(4, unit)], []
    (moved,) = moved_point([blank], steps, np.random.default_rng(0))
    assert np.all((np.abs(moved) >= 0.5e-3 * unit) & (np.abs(moved) <= 1.5e-3 * unit))

    def outputs(arrays):
        seen.append(arrays[0] - blank)
        return arrays[0]

    there = Place(blank, [np.zeros(4)])
    assert suspect(there, [blank], steps, np.ones(4), outputs, np.random.default_rng(0))
    assert len(seen) == 4
    for way, t in zip(seen, np.repeat([4.0**-10, 4.0**-13], 2), strict=True):
        size = np.abs(way) / t
        assert np.all((size >= 0.5 * unit) & (size <= 1.5 * unit))


def test_nothing_is_suspected_of_a_function_that_is_zero():
    """Its gradient is zero, exactly."""
    there, calls = Place(0 * X, [0 * X]), []

    def outputs(arrays):
        calls.append(arrays)
        return 0 * arrays[0]

    assert not suspect(there, [X], [units(X)], ONES, outputs, np.random.default_rng(0))
    assert len(calls) == 2


def nowhere(arrays):
    return Place(ONES, [ONES])


UNEQUAL = {  # id: what is asked of lists of unequal length
    "units of a point nearby": lambda rng: moved_point([X, X], [ONES], rng),
    "units of a suspect": lambda rng: suspect(
        Place(X, [ONES, ONES]), [X, X], [ONES], ONES, lambda p: p[0], rng
    ),
    "gradients of a suspect": lambda rng: suspect(
        Place(X, [ONES]), [X, X], [ONES, ONES], ONES, lambda p: p[0], rng
    ),
    "gradients a step away": lambda rng: glance(Place(X, [ONES, ONES]), nowhere, [X, X]),
    "gradients of inputs at rest": lambda rng: glance(Place(ONES, [ONES]), nowhere, [0 * X, X]),
}


@pytest.mark.parametrize("ask", UNEQUAL.values(), ids=UNEQUAL)
def test_every_input_has_its_unit_and_its_gradient(ask):
    """None is left out without a word."""
    with pytest.raises(ValueError, match="zip"):
        ask(np.random.default_rng(0))
