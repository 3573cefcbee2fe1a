"""What a Case counts as the same, how numbers are solved for, and where the right numbers moved."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, says

from gradelib.checks.mistakes.case import Case, fit, groups, named
from gradelib.checks.mistakes.hypotheses_numbers import moved

V = np.array([1.0, -2.0, 3.0, 4.0])
LARGE = 1e6 * V

SAME = {  # a, b, precision
    "equal": (V, V, 0.0, True),
    "to rounding": (V, V + 3.9e-6, 0.0, True),
    "hardly more than rounding": (V, V + 4.1e-6, 0.0, False),
    "in one entry only": (V, np.array([1, -2, 3.00001, 4]), 0.0, False),
    "of large numbers, to rounding": (LARGE, LARGE + 3.9, 0.0, True),
    "of large numbers, hardly more": (LARGE, LARGE + 4.1, 0.0, False),
    "a larger and a smaller": (V, V * (1 - 0.9e-6), 0.0, True),
    "within twenty times the precision": (V, V + 2.002e-3, 1e-4, True),
    "beyond twenty times the precision": (V, V + 2.006e-3, 1e-4, False),
    "known to a thousandth": (V, V, 1.99e-4, True),
    "known to less than a thousandth": (V, V, 2.01e-4, False),
    "the larger decides what is known": (0.5 * V, V, 1.9e-4, False),
    "both zero": (0 * V, 0 * V, 0.0, False),
    "one zero": (V, 0 * V, 0.0, False),
    "another shape": (V, V[None], 0.0, False),
    "without entries": (V[:0], V[:0], 0.0, False),
    "not numbers": (V, V * np.nan, 0.0, False),
    "one infinite": (V, np.array([1, -2, np.inf, 4]), 0.0, False),
}


@pytest.mark.parametrize(("a", "b", "precision", "expected"), SAME.values(), ids=SAME)
def test_what_is_the_same(a, b, precision, expected):
    """To a millionth of the largest, and to what is known of it; zeros say nothing."""
    given = case(V, V, precision=precision)
    assert given.same(a, b) is given.same(b, a) is expected


EXPLAINED = {  # guess, yours, right
    "the very array": (2 * V, 2 * V, V, True),
    "to rounding": (2 * V + 1e-6, 2 * V, V, True),
    "another": (3 * V, 2 * V, V, False),
    "of another shape": ((2 * V)[None], 2 * V, V, False),
    "what is right as well": (V, V, V, False),
    "what is right to rounding": (V * (1 + 1e-7), V * (1 + 1e-7), V, False),
    "a mistake of a hundred thousandth": (V * (1 + 1e-5), V * (1 + 1e-5), V, True),
    "and all but a hundredth of it": (V * (1 + 1.009e-5), V * (1 + 1e-5), V, True),
    "and all but a fiftieth of it": (V * (1 + 1.02e-5), V * (1 + 1e-5), V, False),
    "the right numbers in a wrong shape": (V[None], V[None], V, True),
    "in a wrong shape, to rounding": (V[None] + 3e-6, V[None], V, True),
}


@pytest.mark.parametrize(("guess", "yours", "right", "expected"), EXPLAINED.values(), ids=EXPLAINED)
def test_what_explains_a_gradient(guess, yours, right, expected):
    """Yours to rounding, and to a hundredth of what is wrong with it; never what is right."""
    assert case(yours, right).explains(guess) is expected


def test_what_is_shut():
    """Zero to what is known, and to a trillionth of the largest."""
    right = np.array([1e3, 0.0, 1e-8, 1e-10, 0.1, -0.1])
    assert case(right, right).shut().tolist() == [False, True, False, True, False, False]
    given = case(right, right, precision=0.0051)
    assert given.shut().tolist() == [False, True, True, True, True, True]
    given = case(right, right, precision=0.0049)
    assert given.shut().tolist() == [False, True, True, True, False, False]
    assert case([], []).shut().size == 0


def test_what_is_shut_of_small_numbers():
    """The largest sets the scale, however small it is; where all are zero, all are shut."""
    right = np.array([1e-13, -2e-13, 0.0])
    assert case(right, right).shut().tolist() == [False, False, True]
    assert case(0 * right, 0 * right).shut().tolist() == [True, True, True]


def test_nothing_is_at_hand_unless_it_is_given():
    """Numbers alone are a case too: every array at hand is empty, every measurement void."""
    alone = Case("dx", 2 * V, V, 0.0)
    for array in (alone.x, alone.dout, alone.out, alone.right_with_ones()):
        assert array.size == 0
    assert (alone.jacobian(), alone.fits_at({}), [*alone.steps()]) == (None, False, [])
    empty = (alone.others, alone.settled, alone.sizes, alone.inputs, alone.labels)
    assert not any(map(len, empty))


def test_name_and_shape_of_a_case():
    """The input is what the gradient is named after."""
    given = case(V, V, name="dweights")
    assert given.label == "weights"
    assert given.alike
    assert not case(V[None], V).alike
    assert named("sign", c=3) == ("sign", {"c": 3})


A, B = drawn(3, 4), drawn(3, 4, seed=1)


def test_numbers_that_are_left_open_are_solved_for():
    """The coefficients, in the order of the parts."""
    assert fit(case(A, A), 2 * A - 3 * B, A, B) == pytest.approx([2, -3])
    assert fit(case(A, A), 2e-12 * A + 3 * B, 1e-12 * A, B) == pytest.approx([2, 3], rel=1e-3)


def cut(a, entries):
    """An array of which only the first entries are not zero."""
    return np.where(np.arange(a.size) < entries, a.ravel(), 0.0)


UNSOLVED = {
    "not a sum of these": (drawn(3, 4, seed=2), (A, B)),
    "a sum but for one entry": (A + B + np.diag([0, 1, 0, 0])[:3], (A, B)),
    "multiples of each other": (5 * A, (A, 2 * A)),
    "nearly multiples of each other": (5 * A, (A, 2 * A + 1e-10 * B)),
    "a part of zeros": (2 * A, (A, 0 * A)),
    "a part that is not finite": (2 * A, (A, A * np.inf)),
    "two parts in four entries": (cut(A + B, 4), (cut(A, 4), cut(B, 4))),
    "one part in three entries": (cut(A, 3), (cut(A, 3),)),
}
SOLVED = {
    "two parts in five entries": (cut(A + B, 5), (cut(A, 5), cut(B, 5)), [1, 1]),
    "one part in four entries": (cut(3 * A, 4), (cut(A, 4),), [3]),
    "entries of one part each": (cut(A, 5), (cut(A, 3), cut(A, 5) - cut(A, 3)), [1, 1]),
}


@pytest.mark.parametrize(("target", "parts"), UNSOLVED.values(), ids=UNSOLVED)
def test_too_little_proves_nothing(target, parts):
    """Three equations more than unknowns, parts that differ, and a sum that is exact."""
    with np.errstate(all="ignore"):
        assert fit(case(A, A), target, *parts) is None


@pytest.mark.parametrize(("target", "parts", "expected"), SOLVED.values(), ids=SOLVED)
def test_just_enough_is_a_proof(target, parts, expected):
    """Three equations more than unknowns are."""
    assert fit(case(A, A), target, *parts) == pytest.approx(expected)


def names(shape):
    return [*groups(np.zeros(shape))]


def test_groups_of_an_array():
    """Each way to cut an array into lines, blocks and slices, and what one of them is called."""
    assert names(4) == []
    assert names((2, 3)) == [("column", (0,)), ("row", (1,))]
    assert names((2, 3, 4)) == [
        ("line along axis 0", (0,)),
        ("line along axis 1", (1,)),
        ("line along axis 2", (2,)),
        ("slice along axis 2", (0, 1)),
        ("slice along axis 1", (0, 2)),
        ("slice along axis 0", (1, 2)),
    ]
    four = names((2, 3, 4, 5))
    assert ("block along axes 0 and 2", (0, 2)) in four
    assert ("slice along axis 3", (0, 1, 2)) in four
    assert len(four) == 4 + 6 + 4


M = drawn(3, 4, seed=3)
CUBE = drawn(2, 3, 4)
SEVERAL = np.array([1.0, 2.0, 2.0, 5.0, 7.0])
MOVED = {
    "rows turned round": (M[::-1], M, "reversed"),
    "columns turned round": (M[:, ::-1], M, "reversed"),
    "both turned round": (M[::-1, ::-1], M, "reversed"),
    "the last axis turned round": (CUBE[:, :, ::-1], CUBE, "reversed"),
    "two axes changed places": (drawn(3, 3, 2).swapaxes(0, 1), drawn(3, 3, 2), "transpose"),
    "filled in another order": (M.T.reshape(3, 4), M, "reshaped"),
    "read in another order": (M.reshape(4, 3).T, M, "reshaped"),
    "a square turned over": (drawn(4, 4).T, drawn(4, 4), "transpose"),
    "three axes read in another order": (
        CUBE.reshape(3, 2, 4).swapaxes(0, 1),
        CUBE,
        "reshaped",
    ),
    "rows moved down": (np.roll(M, 1, 0), M, "shifted"),
    "rows moved up": (np.roll(M, -1, 0), M, "shifted"),
    "columns moved on": (np.roll(M, 1, 1), M, "shifted"),
    "moved down, and cut": (np.vstack([0 * M[:1], M[:-1]]), M, "shifted"),
    "moved up, and cut": (np.vstack([M[1:], 0 * M[:1]]), M, "shifted"),
    "moved left, and cut": (np.hstack([M[:, 1:], 0 * M[:, :1]]), M, "shifted"),
    "moved by two of five": (np.roll(SEVERAL, 2), SEVERAL, "places"),
    "sorted": (np.sort(M), M, "places"),
    "small numbers sorted": (1e-4 * np.sort(M), 1e-4 * M, "places"),
    "four numbers turned round": (V[::-1], V, "reversed"),
    "three numbers": (V[2::-1], V[:3], None),
    "three numbers that are not zero": (np.array([4.0, 0, 2, 1]), np.array([1.0, 2, 0, 4]), None),
    "four different numbers": (np.array([3.0, 1, 4, 2, 2]), np.array([1.0, 2, 3, 4, 2]), "places"),
    "three different numbers": (np.array([3.0, 1, 3, 2, 2]), np.array([1.0, 2, 3, 3, 2]), None),
    "zero and three different numbers": (
        np.array([4.0, 2, 1, 0, 4]),
        np.array([0.0, 1, 2, 4, 4]),
        None,
    ),
    "one number more than once": (np.array([1.0, 1, 2, 5, 7]), SEVERAL, None),
    "other numbers": (M + 1, M, None),
    "right": (M, M, None),
    "another shape": (M[::-1][None], M, None),
    "five axes": (CUBE[None, None, ::-1], CUBE[None, None], None),
    "four axes": (CUBE[None, ::-1], CUBE[None], "reversed"),
}


@pytest.mark.parametrize(("yours", "right", "mistake"), MOVED.values(), ids=MOVED)
def test_right_numbers_in_other_places(yours, right, mistake):
    """Named by the slip that moves them so; "places" where none is known and enough differ."""
    assert says(moved, case(yours, right)) == mistake


@pytest.mark.parametrize(("precision", "mistake"), [(1.95e-4, "places"), (1.85e-4, "places")])
def test_small_numbers_count_where_they_are_known(precision, mistake):
    """Beyond twenty times the precision, a number differs from others."""
    right = np.array([0.00395, 2.0, 3.0, 4.0])
    given = case(right[[1, 3, 0, 2]], right, precision=precision)
    assert says(moved, given) == mistake
