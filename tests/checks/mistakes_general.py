"""What a gradient can look like whatever the operation: rows for the general hypotheses.

Offers `GENERAL_ROWS`, rows of `mistakes_sums.Row`, one for each identifier that no other table has.
"""

from __future__ import annotations

import numpy as np
import zoo as z
from mistakes_sums import Row, look_up, wrong_affine
from zoo import drawn

FAMILY = "any operation"


def cumulated(x):
    """Sums from the first row on: each x counts for itself and for all rows after it."""
    return np.cumsum(x, axis=0), None


def attended(q, k):
    """Scores between two sets of rows, over the root of their length."""
    return q @ k.T / np.sqrt(k.shape[1]), (q, k)


def pooled(x):
    """The mean of each row."""
    return x.mean(axis=1), x


def gated(x, g):
    """x times a gate between 0 and 1."""
    s = 1 / (1 + np.exp(-g))
    return x * s, (x, s)


def lasso(w, x):
    return (x @ w).sum() + 0.3 * np.abs(w).sum(), (w, x)


def cubed(x):
    return x**3, x


def general(what, forward, wrong, inputs, expected):
    """A row; `wrong` is the backward pass."""
    return Row(FAMILY, what, forward, lambda d, cache: wrong(d, cache), inputs, expected)


def at_random_places(d, cache):
    """Every sample lands in the row of the next label."""
    shape, index = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, (index + 1) % shape[0], d)
    return dtable


def averaged_uses(d, cache):
    shape, index = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, index, d)
    return dtable / np.maximum(np.bincount(index, minlength=shape[0]), 1)[:, None]


def some_indices(rng):
    return rng.normal(size=(5, 3)), np.array([3, 1, 1, 0, 4, 1, 2])


GENERAL_ROWS = [
    wrong_affine(
        FAMILY, "W itself added", {"dW": "extra-multiple"}, dW=lambda d, x, W: x.T @ d + 0.3 * W
    ),
    Row(
        FAMILY,
        "dout of a loss used twice",
        lambda x: ((x**3).sum(), x),
        lambda d, x: 3 * d * d * x**2,
        drawn((5, 7)),
        {"dx": "factor-at-hand"},
    ),
    wrong_affine(FAMILY, "every sign turned", {"dW": "sign"}, dW=lambda d, x, W: -x.T @ d),
    wrong_affine(
        FAMILY,
        "one row's sign",
        {"dx": "sign-in-part"},
        dx=lambda d, x, W: np.vstack([-d[:1], d[1:]]) @ W.T,
    ),
    wrong_affine(FAMILY, "a factor", {"dW": "factor"}, dW=lambda d, x, W: 0.7 * x.T @ d),
    wrong_affine(FAMILY, "twice", {"dW": "factor-2"}, dW=lambda d, x, W: 2 * x.T @ d),
    wrong_affine(FAMILY, "half", {"dW": "factor-half"}, dW=lambda d, x, W: x.T @ d / 2),
    wrong_affine(FAMILY, "a constant too much", {"dW": "offset"}, dW=lambda d, x, W: x.T @ d + 0.1),
    wrong_affine(
        FAMILY,
        "the last sample missing",
        {"dW": "samples-left-out"},
        dW=lambda d, x, W: x[:-1].T @ d[:-1],
    ),
    wrong_affine(
        FAMILY,
        "only the last sample",
        {"dW": "overwritten-terms"},
        dW=lambda d, x, W: x[-1:].T @ d[-1:],
    ),
    wrong_affine(
        FAMILY,
        "one row never filled",
        {"dx": "unreached"},
        dx=lambda d, x, W: np.vstack([d[:-1] @ W.T, np.zeros(7)]),
    ),
    wrong_affine(
        FAMILY,
        "samples weighed",
        {"dW": "samples-weighed"},
        dW=lambda d, x, W: x.T @ (d * np.array([[1], [1], [2], [1], [3]])),
    ),
    wrong_affine(
        FAMILY,
        "each row with a factor",
        {"dx": "factor-by-slice"},
        dx=lambda d, x, W: (d * np.arange(1, 6)[:, None]) @ W.T,
    ),
    wrong_affine(
        FAMILY,
        "dout without its sign",
        {"dW": "upstream-changed"},
        dW=lambda d, x, W: x.T @ np.abs(d),
    ),
    wrong_affine(
        FAMILY,
        "dout averaged",
        {"dW": "upstream-changed"},
        dW=lambda d, x, W: x.T @ (d.mean(axis=0) + 0 * d),
    ),
    wrong_affine(FAMILY, "dout cubed", {"dW": "other-signal"}, dW=lambda d, x, W: x.T @ d**3),
    wrong_affine(FAMILY, "rows reversed", {"dx": "reversed"}, dx=lambda d, x, W: (d @ W.T)[::-1]),
    wrong_affine(
        FAMILY, "rows moved on by one", {"dx": "shifted"}, dx=lambda d, x, W: np.roll(d @ W.T, 1, 0)
    ),
    wrong_affine(
        FAMILY,
        "reshaped in another order",
        {"dx": "reshaped"},
        dx=lambda d, x, W: (d @ W.T).T.reshape(5, 7),
    ),
    wrong_affine(
        FAMILY, "rows mixed", {"dx": "scattered"}, dx=lambda d, x, W: (d @ W.T)[[2, 0, 0, 4, 1]]
    ),
    wrong_affine(
        FAMILY, "entries sorted", {"dx": "places"}, dx=lambda d, x, W: np.sort(d @ W.T, axis=1)
    ),
    general(
        "x handed through", cumulated, lambda d, c: 1 * d, drawn((5, 3)), {"dx": "handed-through"}
    ),
    general(
        "sums from the wrong end",
        cumulated,
        lambda d, c: np.cumsum(d, axis=0),
        drawn((5, 3)),
        {"dx": "pushed-forward"},
    ),
    general(
        "root forgotten",
        attended,
        lambda d, c: (d @ c[1], d.T @ c[0]),
        drawn((5, 7), (3, 7)),
        {"": "factor-root"},
    ),
    general(
        "mean over the other axis",
        pooled,
        lambda d, x: np.repeat(d[:, None], 7, 1) / 5,
        drawn((5, 7)),
        {"dx": "wrong-count"},
    ),
    general(
        "gate forgotten",
        gated,
        lambda d, c: (1 * d, d * c[0] * c[1] * (1 - c[1])),
        drawn((5, 7), (5, 7)),
        {"dx": "handed-through"},
    ),
    general("wrong power", cubed, lambda d, x: 3 * d * x, drawn((5, 7)), {"dx": "factor-at-hand"}),
    general(
        "wrong polynomial",
        cubed,
        lambda d, x: d * (x + x * x),
        drawn((5, 7)),
        {"dx": "local-slope"},
    ),
    general(
        "x forgotten",
        lambda x, y: (np.sin(x * y), (x, y)),
        lambda d, c: (d * np.cos(c[0]), d * c[0] * np.cos(c[0] * c[1])),
        drawn((5, 7), (5, 7)),
        {"dx": "input-forgotten"},
    ),
    general(
        "side of an input",
        lambda x: (np.exp(x) + np.sin(x), x),
        lambda d, x: d * (np.exp(-x) + np.cos(x)),
        drawn((5, 7)),
        {"dx": "turned-over"},
    ),
    general(
        "signs of the parameter left out",
        lasso,
        lambda d, c: (d * c[1].sum(axis=0), d * np.tile(c[0], (5, 1))),
        drawn((13,), (5, 13)),
        {"dw": "penalty-of-signs"},
    ),
    general(
        "softmax without the shared sum",
        z.softmax_forward,
        lambda d, p: d * p,
        drawn((5, 7)),
        {"dx": "shared-term"},
    ),
    general(
        "ties routed to both",
        z.row_max_forward,
        lambda d, x: d[:, None] * (x >= x.max(axis=1, keepdims=True) - 0.5),
        drawn((5, 7)),
        {"dx": "overreached"},
    ),
    general(
        "mean over the uses", look_up, averaged_uses, some_indices, {"dtable": "averaged-terms"}
    ),
    general(
        "rows of the next index", look_up, at_random_places, some_indices, {"dtable": "shifted"}
    ),
    general(
        "the other factor",
        lambda x, y, w: (x @ w + 0 * y.sum(), (x, y, w)),
        lambda d, c: (d @ c[2].T, 0 * c[1], c[1].T @ d),
        drawn((5, 7), (5, 7), (7, 3)),
        {"dw": "other-factor"},
    ),
]
