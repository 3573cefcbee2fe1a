"""Where a large gradient is wrong is found, in few evaluations, and said."""

import numpy as np
import pytest
import zoo_nets as nets

import gradelib as gl

SIZES = (13, 67, 53, 11)  # W1 has 3,551 entries: too many to be looked at one by one
ROWS, COLUMNS = 67, 53


def checked(damage, sizes=SIZES, seed=0):
    """The report on the net with dW1 changed by damage(dW1, its rms)."""

    def wrong(dout, cache):
        grads = list(nets.net_backward(dout, cache))
        k = nets.NET_NAMES.index("W1")
        grads[k] = grads[k].copy()
        damage(grads[k], np.sqrt(np.mean(grads[k] ** 2)))
        return tuple(grads)

    inputs = nets.net_inputs(np.random.default_rng([seed, 5]), *sizes)
    return gl.check_backward(nets.net_forward, wrong, *inputs, names=nets.NET_NAMES, seed=seed)


def wrong_one(report):
    (found,) = [c for c in report.comparisons if c.outcome == "wrong value"]
    assert found.name == "dW1"
    return found


def add(where, size):
    """A change of the entries `where`, by so many times the rms."""

    def damage(dW, rms):
        dW[where] += size * rms

    return damage


def scattered(count, size, seed=0):
    at = np.random.default_rng(seed).choice(ROWS * COLUMNS, count, replace=False)

    def damage(dW, rms):
        dW.flat[at] += size * rms

    return at, damage


PATTERNS = {
    "one row": (add(np.s_[31], 0.1), "row 31"),
    "the first row": (add(np.s_[0], 0.1), "row 0"),
    "one column": (add(np.s_[:, 50], 0.1), "column 50"),
    "half a row": (add(np.s_[31, :26], 0.1), "row 31"),
    "a block": (add(np.s_[10:40, 3:9], 0.5), "block [10:40, 3:9]"),
    "everything": (add(np.s_[:], 0.5), ""),
}


@pytest.mark.parametrize(("damage", "pattern"), PATTERNS.values(), ids=PATTERNS)
def test_pattern_of_the_wrong_entries_is_found(damage, pattern):
    """Rows, columns and blocks are named, and the entries shown are wrong ones."""
    found = wrong_one(checked(damage))
    assert found.pattern == pattern
    assert found.sampled is not None
    assert found.wrong > 0
    assert found.places
    for _, yours, numeric in found.places:
        assert abs(yours - numeric) > 0


@pytest.mark.parametrize("size", [1e-3, 1e-1, 10.0])
@pytest.mark.parametrize("at", [(0, 0), (66, 52), (31, 17)], ids=str)
def test_lone_wrong_entry_is_found(at, size):
    """Its index, and that it is the only one."""
    found = wrong_one(checked(add(at, size)))
    assert found.pattern == "one entry"
    assert found.wrong == 1
    assert found.sampled is None
    assert found.worst_index == at


@pytest.mark.parametrize("seed", range(3))
def test_finding_a_lone_wrong_entry_is_cheap(seed):
    """At most seventy forwards, those of the check included."""
    assert checked(add((31, 17), 0.1), seed=seed).evaluations <= 70


@pytest.mark.parametrize("size", [0.1, -3.0])
@pytest.mark.parametrize("count", [2, 5, 20])
def test_a_few_scattered_entries_are_all_found(count, size):
    """All of them, within two thousand forwards."""
    at, damage = scattered(count, size)
    report = checked(damage)
    found = wrong_one(report)
    assert found.pattern == "scattered"
    assert found.wrong == count
    assert found.sampled is None
    assert np.ravel_multi_index(found.worst_index, (ROWS, COLUMNS)) in at
    assert report.evaluations <= 2000


def test_wrong_entries_of_two_sizes_are_both_found():
    """A large error does not hide one a hundred times smaller."""

    def damage(dW, rms):
        dW[3, 4] += 10 * rms
        dW[50, 20] -= 0.1 * rms

    found = wrong_one(checked(damage))
    assert {place for place, _, _ in found.places} == {(3, 4), (50, 20)}


def test_nothing_is_said_of_every_entry_where_one_is_wrong():
    """A lone flipped sign is not "the opposite sign in every entry"."""

    def damage(dW, rms):
        dW[31, 17] *= -1

    assert checked(damage).diagnoses == ()


def test_entries_on_kinks_do_not_disturb_the_search():
    """A ReLU at exactly 0 in a large array, and one wrong entry elsewhere."""
    x = np.random.default_rng(3).normal(size=(61, 47))
    x[:3, :2] = 0.0
    W = np.random.default_rng(4).normal(size=(47, 5))

    def forward(x):
        return np.maximum(x, 0) @ W, x

    def backward(dout, x):
        dx = (dout @ W.T) * (x > 0)
        dx[20, 20] += 0.1
        return dx

    (found,) = gl.check_backward(forward, backward, x).comparisons
    assert found.outcome == "wrong value"
    assert found.wrong == 1
    assert found.worst_index == (20, 20)


ELEMENTWISE = {
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "square": (np.square, lambda x: 2 * x),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0) * 1.0),
}


@pytest.mark.parametrize(("f", "df"), ELEMENTWISE.values(), ids=ELEMENTWISE)
@pytest.mark.parametrize("shape", [(7, 5), (101, 103), (3, 5, 7, 31)], ids=str)
def test_every_entry_of_an_elementwise_operation_is_looked_at_together(f, df, shape):
    """However large the array: its wrong entries are known one by one, for a few forwards."""
    x = np.random.default_rng(2).normal(size=shape)
    bad = np.random.default_rng(3).random(shape) < 0.1
    report = gl.check_backward(
        lambda x: (f(x), x), lambda dout, x: dout * (df(x) + 0.5 * bad), x, seed=1
    )
    (found,) = report.comparisons
    assert found.wrong == np.count_nonzero(bad)
    assert found.errors is not None
    assert np.array_equal(found.errors != 0, bad)


def test_operation_by_rows_needs_one_forward_a_column():
    """A softmax over rows: all rows at once, so a thousand rows cost as much as one."""
    x = np.random.default_rng(2).normal(size=(1009, 3))

    def softmax(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return p, p

    (found,) = gl.check_backward(softmax, lambda dout, p: dout * p * (1 - p), x).comparisons
    assert found.errors is not None
    assert found.wrong > 3000


def neighbours(x):
    """Each output depends on two entries, so that no two neighbours may be moved at once."""
    return x + 0.5 * np.roll(x, 1) ** 2, x


def test_entries_that_share_outputs_are_not_moved_together():
    """What looks like an elementwise operation, and is not, is looked at entry by entry."""
    x = np.random.default_rng(2).normal(size=37)

    def backward(dout, x):
        dx = dout + np.roll(dout, -1) * x
        dx[5] += 1.0
        return dx

    (found,) = gl.check_backward(neighbours, backward, x).comparisons
    assert found.wrong == 1
    assert found.worst_index == (5,)
