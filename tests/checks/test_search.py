"""The search for wrong entries, on residuals that are known."""

import numpy as np
import pytest

from gradelib.checks.slopes import locate as module
from gradelib.checks.slopes.locate import Measured, Search
from gradelib.checks.slopes.numeric import Probe

SOME = {  # id: (value, slack, whether it is something)
    "nothing": (0.0, 0.0, False),
    "within": (0.9, 1.0, False),
    "just": (1.0, 1.0, False),
    "beyond": (1.1, 1.0, True),
    "below": (-1.1, 1.0, True),
}


@pytest.mark.parametrize(("value", "slack", "some"), SOME.values(), ids=SOME)
def test_residual_is_something_beyond_its_slack(value, slack, some):
    """Either way."""
    assert Measured(value, slack).is_some is some


@pytest.mark.parametrize(
    ("value", "other", "all_of_it"),
    [(1.0, 1.0, True), (1.0, 1.29, True), (1.0, 1.31, False), (1.31, 1.0, False)],
)
def test_residual_is_all_of_another_within_both_slacks(value, other, all_of_it):
    """A tenth and two tenths here."""
    assert Measured(value, 0.1).is_all_of(Measured(other, 0.2)) is all_of_it


def test_residual_is_all_of_itself():
    """Where it is known exactly, too."""
    assert Measured(1.0, 0.0).is_all_of(Measured(1.0, 0.0))
    assert not Measured(1.0, 0.0).is_all_of(Measured(2.0, 0.0))


def test_residual_without_a_part():
    """What is left is known less well than either."""
    left = Measured(3.0, 0.1).without(Measured(1.0, 0.2))
    assert (left.value, left.slack) == (2.0, pytest.approx(0.3))


class Residuals:
    """Weights times known residuals; counts how often it is asked."""

    def __init__(self, residuals, slack=1e-9):
        self.residuals, self.slack, self.asked = np.array(residuals, dtype=float), slack, 0

    def __call__(self, weights):
        self.asked += 1
        return Measured(float(np.sum(self.residuals * weights)), self.slack)

    def whole(self, low=0, high=None):
        return Measured(float(np.sum(self.residuals[low:high])), self.slack)


def with_residual(n, **places):
    values = np.zeros(n)
    for name, value in places.items():
        values[int(name[1:])] = value
    return values


# id: (residuals, slack, where they may be, the lone place)
LONES = {
    "first": (with_residual(100, _0=2.0), 1e-9, (0, 100), 0),
    "last": (with_residual(100, _99=2.0), 1e-9, (0, 100), 99),
    "negative": (with_residual(100, _42=-0.5), 1e-9, (0, 100), 42),
    "within": (with_residual(100, _42=-0.5), 1e-9, (40, 44), 42),
    "at the low end": (with_residual(100, _40=-0.5), 1e-9, (40, 44), 40),
    "at the high end": (with_residual(100, _43=-0.5), 1e-9, (40, 44), 43),
    "known roughly": (with_residual(1000, _421=1.0), 1e-3, (0, 1000), 421),
    "known more roughly": (with_residual(1000, _421=1.0), 1e-2, (0, 1000), 421),
    "hardly known": (with_residual(1000, _421=1.0), 0.3, (0, 1000), None),
    "of a large residual": (with_residual(1000, _421=1000.0), 1.0, (0, 1000), 421),
    "of a small residual": (with_residual(1000, _421=1e-3), 1e-6, (0, 1000), 421),
    "two": (with_residual(100, _3=1.0, _42=1.0), 1e-9, (0, 100), None),
    "two that cancel in part": (with_residual(100, _3=1.0, _42=-0.7), 1e-9, (0, 100), None),
    "two about a third": (with_residual(100, _41=1.0, _43=1.0), 1e-9, (0, 100), None),
    "beside a tiny one": (with_residual(100, _3=1.0, _42=1e-6), 1e-9, (0, 100), None),
    "all alike": (np.ones(100), 1e-9, (0, 100), None),
    "only place": (with_residual(100, _7=1.0), 1e-9, (7, 8), 7),
    "of two": (with_residual(2, _1=1.0), 1e-9, (0, 2), 1),
    "of three": (with_residual(3, _1=1.0), 1e-9, (0, 3), 1),
}


@pytest.mark.parametrize(("values", "slack", "where", "place"), LONES.values(), ids=LONES)
def test_lone_place(values, slack, where, place):
    """A ramp says where it is, and the rest is then measured to hold nothing."""
    residuals = Residuals(values, slack)
    low, high = where
    found = module._lone(residuals, len(values), low, high, residuals.whole(low, high))
    assert found == place
    assert residuals.asked <= 12
    if slack == 1e-9 and place is not None:
        assert residuals.asked == (0 if high - low == 1 else 2)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 100])
def test_first_slices_that_hold_nothing(length):
    """As many as there are, found by halving; at least one slice is left."""
    for first in range(length):
        asked = []

        def some(m, first=first, asked=asked):
            asked.append(m)
            return m > first

        assert module._first(some, length) == first
        assert all(0 < m < length for m in asked)
        assert len(asked) <= length.bit_length()


def test_ends_of_slices():
    """The first or the last so many of them hold something or nothing."""
    residuals = Residuals(with_residual(9, _2=1.0, _5=1.0))
    first = [module._some(residuals, 9, 0, count) for count in range(10)]
    last = [module._some(residuals, 9, -1, count) for count in range(10)]
    assert first == [False] * 3 + [True] * 7
    assert last == [False] * 4 + [True] * 6


def test_weights_of_a_part():
    """One inside, zero outside."""
    assert module._ones(5, 1, 3).tolist() == [0, 1, 1, 0, 0]


X = np.random.default_rng(0).normal(size=(12, 10))
W = np.random.default_rng(1).normal(size=(12, 10))


def search(wrong, *, f=None, df=None, noise=0.0, rung=7, at_rest=(), x=X, seed=0):
    """A search where the gradient is off by `wrong`."""
    calls = []

    def outputs(arrays):
        calls.append(arrays[1].copy())
        return np.asarray(f(arrays[1]) if f else np.sum(W * arrays[1] ** 2))

    right = df(x) if df else 2 * W * x
    base = np.asarray(f(x) if f else np.sum(W * x**2))
    probe = Probe(outputs, [np.ones(3), x], np.ones_like(base), base)
    probe.noise = noise
    rng = np.random.default_rng(seed)
    made = Search(probe, 1, right + wrong, rng, rung, at_rest)
    return made, calls


def off(*places, size=0.1, shape=X.shape):
    wrong = np.zeros(shape)
    for place in places:
        wrong[place] = size
    return wrong


def test_search_begins_with_the_whole():
    """One residual, of three calls; it is the sum of what is wrong times the direction."""
    made, calls = search(off((3, 4), (5, 6)), noise=1e-14)
    assert (made.measured, len(calls)) == (1, 3)
    v = made.direction
    assert made.whole.value == pytest.approx(0.1 * (v[3, 4] + v[5, 6]), rel=1e-6)
    assert made.whole.is_some
    assert made.enough == max(made.whole.slack, 1e-4 * abs(made.whole.value)) / 6
    assert made.length == pytest.approx(np.linalg.norm(v))
    unit = np.std(X)
    assert np.all((np.abs(v) >= 0.49 * unit) & (np.abs(v) <= 1.51 * unit))
    assert not search(off())[0].whole.is_some


def test_error_of_a_lone_entry():
    """The whole over the direction there."""
    made, _ = search(off((3, 4)))
    assert made.error_at(34) == pytest.approx(0.1, rel=1e-6)
    assert made.lone_entry() == 34
    assert made.measured == 3


def test_entries_at_rest_do_not_move():
    """What is wrong there is not seen."""
    made, calls = search(off((3, 4), (5, 6)), at_rest=[34, 0])
    assert made.direction.flat[[34, 0]].tolist() == [0.0, 0.0]
    assert made.whole.value == pytest.approx(0.1 * made.direction[5, 6], rel=1e-6)
    assert all(x.flat[34] == X.flat[34] for x in calls)


PLACES = {  # id: (wrong, lone slice, box, scattered)
    "a row": (off(np.s_[7]), (0, 7), np.s_[7:8, 0:10], range(70, 80)),
    "a column": (off(np.s_[:, 3]), (1, 3), np.s_[0:12, 3:4], range(3, 120, 10)),
    "a block": (
        off(np.s_[2:5, 4:9]), None, np.s_[2:5, 4:9],
        [10 * i + j for i in (2, 3, 4) for j in range(4, 9)],
    ),
    "two": (off((2, 3), (9, 1)), None, np.s_[2:10, 1:4], [23, 91]),
    "one": (off((2, 3)), (0, 2), np.s_[2:3, 3:4], [23]),
    "the corners": (off((0, 0), (11, 9)), None, np.s_[0:12, 0:10], [0, 119]),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "lone", "box", "entries"), PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_found(wrong, lone, box, entries, seed):
    """One slice, a box around all, and every entry of them."""
    made, _ = search(wrong, seed=seed)
    assert made.lone_slice() == lone
    assert made.box() == box
    assert made.scattered() == list(entries)


def test_slices_of_length_one_or_of_everything_are_none():
    """An axis of one index holds all that there is."""
    x = X[:, :1]
    made, _ = search(off((7, 0), shape=x.shape), f=lambda x: np.sum(x**2), df=lambda x: 2 * x, x=x)
    assert made.lone_slice() is None
    assert made.lone_entry() == 7


def test_lone_slice_of_two():
    """A row of two rows is named, too."""
    made, _ = search(off(np.s_[1], shape=(2, 10)), f=lambda x: np.sum(x**2), df=lambda x: 2 * x,
                     x=X[:2])  # fmt: skip
    assert made.lone_slice() == (0, 1)


def test_box_holds_one_entry_at_least():
    """Also where nothing is wrong, or what is wrong cancels."""
    assert search(off())[0].box() == np.s_[11:12, 9:10]


def test_search_for_scattered_entries_ends(monkeypatch):
    """After so many residuals, with no answer."""
    made, _ = search(off(np.s_[:]))
    monkeypatch.setattr(module, "MOST_MEASURED", 50)
    assert made.scattered() is None
    assert made.measured in (51, 52, 53, 54)


@pytest.mark.parametrize(("most", "found"), [(5, [23, 91]), (4, None)])
def test_search_for_two_entries_measures_one_half(monkeypatch, most, found):
    """The whole and a ramp, one half, whose lone place takes two; the rest is in the other half."""
    made, _ = search(off((2, 3), (9, 1)))
    monkeypatch.setattr(module, "MOST_MEASURED", most)
    assert made.scattered() == found
    assert made.measured == (7 if found else 5)


def test_right_gradient_has_no_wrong_entries():
    """Nothing is measured for nothing."""
    made, _ = search(off())
    assert made.scattered() == []
    assert made.measured == 1


@pytest.mark.parametrize("count", [1, 4, 16, 64])
@pytest.mark.parametrize("rung", [2, 3, 5, 7])
def test_parts_move_by_longer_steps(count, rung):
    """As far as the whole did, where a rung allows it; never beyond the third, or the first."""
    x = np.full(64, 1.0)
    x[::2] = -1
    made, calls = search(np.zeros(64), f=np.sum, df=np.ones_like, x=x, rung=rung)
    made.direction = np.ones(64)
    made.length = 8.0
    calls.clear()
    made.weigh(np.arange(64) < count)
    step = np.max(np.abs(calls[0] - x))
    longer = {64: 0, 16: 0, 4: 1, 1: 1}[count]  # by the root of 64 / count, in powers of four
    assert step == pytest.approx(4.0 ** -max(rung - longer, min(rung, 3)))


def test_kinks_that_are_crossed_ask_for_shorter_steps():
    """A residual is known as well as the whole, whatever the first steps cross."""

    def f(x):
        return np.sum(np.abs(x - X - 1e-5))

    made, calls = search(off((3, 4)), f=f, df=lambda x: -np.ones_like(x))
    assert made.whole.value == pytest.approx(0.1 * made.direction[3, 4], rel=1e-4)
    assert len(calls) > 3


@pytest.mark.parametrize(("noise", "more"), [(0.0, True), (1e-3, False)])
def test_noise_is_not_fought(noise, more):
    """Where rounding is all that is left, three calls do."""
    fast = {"f": lambda x: np.sum(np.sin(9 * x)), "df": lambda x: 9 * np.cos(9 * x)}
    _, calls = search(off((3, 4)), **fast, noise=noise)
    assert (len(calls) > 3) is more


# id: (truncation beside the rounding of the slope from three calls, calls)
GLANCES = {
    "exact": (0.0, range(3, 4)),
    "known as well as rounding lets it": (1.9, range(3, 4)),
    "not known as well": (2.1, range(5, 20)),  # the fourth leaves more than two roundings
}


@pytest.mark.parametrize(("share", "calls"), GLANCES.values(), ids=GLANCES)
def test_residual_is_known_to_a_few_roundings(share, calls):
    """Three calls do for an error of less than three; otherwise it has to be two."""
    x, t = np.zeros(64), 4.0**-5
    cubic = {"f": lambda x: np.sum(x + bool(share) * x**3), "df": np.ones_like}
    made, asked = search(np.zeros(64), **cubic, x=x, rung=5)
    made.direction, made.length, made.enough = np.ones(64), 8.0, 0.0
    truncation = 64 * t**2 / 8  # f is 64 (t + t**3) along the direction
    made.probe.noise = truncation / share / 1.5 / 4.0**6 if share else 0.0
    asked.clear()
    residual = made.weigh(np.ones(()))
    assert len(asked) in calls
    assert abs(residual.value) <= residual.slack


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_steps_are_measured_in_the_inputs(scale):
    """However large or small the gradient is beside them."""
    x = scale * X
    made, calls = search(off((3, 4), size=1e-3 / scale), f=lambda x: np.sum(W * np.sin(x / scale)),
                         df=lambda x: W * np.cos(x / scale) / scale, x=x, noise=1e-14)  # fmt: skip
    assert made.lone_entry() == 34
    moves = [np.max(np.abs(moved - x)) for moved in calls]
    assert max(moves) <= 1.5 * np.std(x) * 4.0**-3
