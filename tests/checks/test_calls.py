"""The guards around a student's code: what is copied, what counts as changed, what is close."""

import copy

import numpy as np
import pytest

from gradelib.checks.calls import CallFailed, attempt, safe_str, snapshot, unchanged
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.returned import LARGEST, Breach, as_array, as_output, close


class Own(np.ndarray):
    """An array of a class of its own."""


def nested(depth, kind=list):
    """A list in a list (or dict in a dict), so many deep, around an array; and that array."""
    inner = np.ones(2)
    value = inner
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value, inner


CHANGES = {  # id: (value, a change of it in place, whether it is noticed)
    "an entry": (lambda: np.zeros(3), lambda v: v.__setitem__(1, 1.0), True),
    "a sign of zero": (lambda: np.zeros(3), lambda v: v.__setitem__(1, -0.0), True),
    "nothing": (lambda: np.array([np.nan, 1.0]), lambda v: None, False),
    "an entry of a list": (lambda: [np.zeros(3), 2], lambda v: v[0].__setitem__(1, 1.0), True),
    "an array for a number": (lambda: [1, 2], lambda v: v.__setitem__(0, np.ones(1)), True),
    "the length of a list": (lambda: [np.zeros(1)], lambda v: v.append(1), True),
    "an entry in a dict": (lambda: {"a": np.zeros(3)}, lambda v: v["a"].fill(1), True),
    "a key": (lambda: {"a": np.zeros(3)}, lambda v: v.update(b=1), True),
    "a dict for a list": (lambda: [[1]], lambda v: v.__setitem__(0, {}), True),
    "a list for a dict": (lambda: {"a": {}}, lambda v: v.update(a=[]), True),
    "an object in an array": (
        lambda: np.array([np.zeros(2), None], dtype=object),
        lambda v: v.__setitem__(1, np.ones(1)),
        True,
    ),
    "deep enough to be watched": (lambda: nested(6)[0], lambda v: deepest(v).fill(3), True),
    "too deep to be watched": (lambda: nested(7)[0], lambda v: deepest(v).fill(3), False),
    "dicts deep enough": (lambda: nested(6, dict)[0], lambda v: deepest(v).fill(3), True),
    "dicts too deep": (lambda: nested(7, dict)[0], lambda v: deepest(v).fill(3), False),
    "single precision": (lambda: np.zeros(3, "f4"), lambda v: v.__setitem__(1, 1.0), True),
    "a truth value": (lambda: np.zeros((3, 3), bool), lambda v: v.__setitem__((1, 1), True), True),
    "in Fortran order": (lambda: np.zeros((2, 3)).T, lambda v: v.__setitem__((1, 1), 1.0), True),
    "in a view": (lambda: np.zeros((4, 3))[::2], lambda v: v.__setitem__((1, 1), -0.0), True),
}


def deepest(value):
    while isinstance(value, (list, dict)):
        value = value[0] if isinstance(value, list) else value["a"]
    return value


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in CHANGES.items()])
def test_changes_in_place_are_noticed(row):
    """A nest of arrays, lists and dicts is compared to the bit, six levels deep."""
    make, change, noticed = row
    value = make()
    before = snapshot(value)
    assert unchanged(value, before)
    change(value)
    assert unchanged(value, before) is not noticed


@pytest.mark.parametrize("kind", [list, dict])
def test_snapshot_goes_six_levels_deep(kind):
    """What lies deeper stands for itself, so that a nest that holds itself has an end."""
    for depth, copied in ((6, True), (7, False)):
        value, inner = nested(depth, kind)
        assert (deepest(snapshot(value)) is not inner) is copied


@pytest.mark.parametrize("kind", [list, dict])
def test_comparison_goes_as_deep_as_it_is_asked(kind):
    """What lies deeper cannot be told apart."""
    for depth in range(1, 5):
        before, value = nested(3, kind)[0], nested(3, kind)[0]
        deepest(value).fill(3)
        assert unchanged(value, before, depth) is (depth < 3)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(3), np.zeros(3, dtype=np.int64)),
        (np.zeros(3), [0.0, 0.0, 0.0]),
    ],
    ids=["shape", "dtype", "list"],
)
def test_another_form_with_the_same_bytes_is_a_change(now, then):
    """Shape and dtype count, not the bytes alone."""
    assert not unchanged(now, then)


def test_snapshot_is_plain_and_its_own():
    """A snapshot of an array is a plain copy, whatever the class."""
    value = np.ones(3).view(Own)
    kept = snapshot(value)
    assert type(kept) is np.ndarray
    assert not np.shares_memory(kept, value)


class Mute:
    def __str__(self):
        raise RuntimeError("no words")


WORDS = {  # id: (value, limit, text)
    "plain": ("abc", 200, "abc"),
    "lines": ("a\n b\tc", 200, "a b c"),
    "what cannot be printed": ("a\x07b\x1b[0m", 200, "a b [0m"),
    "at the limit": ("a" * 10, 10, "a" * 10),
    "beyond": ("a" * 11, 10, "a" * 6 + " ..."),
    "without words": (Mute(), 200, "<Mute>"),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in WORDS.items()])
def test_safe_str_is_one_short_line(row):
    """Whatever the value, one line of printable text."""
    value, limit, text = row
    assert safe_str(value, limit) == text


def test_error_without_a_frame_of_its_own_names_no_line():
    """An error that comes from no line of the student's has no place to point to."""
    error = CallFailed("f", ValueError("lost"))
    assert error.where == ""
    assert str(error) == "f raised ValueError: lost"
    assert copy.copy(error.not_attempted) is False


def test_interrupt_is_handed_on():
    """Whoever presses stop, stops the check."""

    def stopped():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt("f", stopped)


def test_arrays_too_large_are_refused_in_these_words():
    """An array beyond 67,108,864 entries is not looked at."""
    large = np.broadcast_to(np.float64(0), (LARGEST + 1,))
    with pytest.raises(
        Breach, match=r"^dx has 67,108,865 entries, which is too large to be checked$"
    ) as found:
        as_array(large, "dx")
    assert found.value.mistake == "huge"
    with pytest.raises(Breach):
        as_output(large, "f")


def test_arrays_just_small_enough_are_looked_at(monkeypatch):
    """The bound itself is allowed, for a gradient and for an output in single precision."""
    monkeypatch.setattr("gradelib.checks.returned.LARGEST", 4)
    assert as_array(np.ones(4), "dx").shape == (4,)
    assert as_output(np.ones(4, dtype="f4"), "f").shape == (4,)
    with pytest.raises(Breach):
        as_array(np.ones(5), "dx")


@pytest.mark.parametrize("out", [np.full(2, 0.5, "f4"), np.full(2, 0.5, "f2"), np.float32(0.5)])
def test_output_of_lower_precision_is_raised_to_float64(out):
    """It is no breach of the contract inside a forward pass; of a gradient it is."""
    found = as_output(out, "f")
    assert found.dtype == np.float64
    assert np.all(found == 0.5)
    with pytest.raises(Breach, match="expected float64 like the input"):
        as_array(out, "dx")


def test_breach_has_no_mistake_unless_it_is_named():
    """A breach of the contract need not be a mistake that has a name."""
    assert (Breach("odd").mistake, Breach("odd").value) == ("", None)


def test_number_becomes_an_array_of_its_own():
    """A gradient is copied, so that nothing can change it later."""
    given = np.ones(3)
    assert not np.shares_memory(as_array(given, "dx"), given)
    assert as_array(2, "dx").shape == ()


CLOSE = {  # id: (a, b, whether they are the same but for rounding)
    "the same": (np.ones(3), np.ones(3), True),
    "rounding": (np.ones(3), np.ones(3) + 0.9e-9, True),
    "more": (np.ones(3), np.ones(3) + 1.1e-9, False),
    "beside a large entry": (np.array([1e9, 1.0]), np.array([1e9, 1.5]), True),
    "a billionth": (np.array([0.0, 1.0]), np.array([1e-9, 1.0]), True),
    "shapes": (np.ones(3), np.ones((1, 3)), False),
    "empty": (np.zeros((0, 2)), np.zeros((0, 2)), True),
    "empty, shapes": (np.zeros((0, 2)), np.zeros((0, 3)), False),
    "zeros": (np.zeros(2), np.zeros(2), True),
    "zero and little": (np.zeros(2), np.full(2, 1e-300), False),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in CLOSE.items()])
def test_two_results_are_close_within_a_billionth_of_the_largest(row):
    """Two calls may differ by rounding, not more, either way round."""
    a, b, same = row
    assert close(a, b) is same
    assert close(b, a) is same


SIDES = {  # id: (yours, right, the two numbers as they are shown)
    "six digits": (1.5, 2.5, (" 1.5", " 2.5")),
    "nine digits": (1.0, 1.0000001, (" 1", " 1.0000001")),
    "ten digits": (1.0, 1.000000001, (" 1", " 1.000000001")),
    "twelve digits": (1.0, 1.00000000001, (" 1", " 1.00000000001")),
    "thirteen digits": (1.0, 1.000000000001, (" 1", " 1.000000000001")),
    "all digits": (1.0, 1.00000000000001, (" 1", " 1.00000000000001")),
    "the same": (1.0, 1.0, (" 1", " 1")),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in SIDES.items()])
def test_two_numbers_are_shown_in_as_many_digits_as_tell_them_apart(row):
    """Six digits, or nine, twelve, sixteen."""
    yours, right, shown = row
    worst = Comparison("dx", "wrong value", 1, (), worst_index=(), yours=yours, numeric=right)
    assert tuple(text for _, text in worst.sides()) == shown


@pytest.mark.parametrize("known", [{"yours": 1.0}, {"numeric": 1.0}, {}], ids=str)
def test_one_number_alone_is_not_shown(known):
    """Both sides or none."""
    assert Comparison("dx", "wrong value", **known).sides() == []
