"""Hypotheses on the terms of a sum: overwritten ones, samples left out, signals from elsewhere."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_terms as terms

V = np.array([1.0, -2, 3, 4])
# Six outputs look up four rows: 1 twice, 3 three times, 0 never, 2 once.
WHERE = np.array([1, 3, 2, 3, 1, 3])
LOOK_UP = np.eye(4)[WHERE]
UP = drawn(6, seed=2)
GRADIENT = UP @ LOOK_UP


def looked_up(yours, **known):
    return case(yours, GRADIENT, **({"dout": UP, "J": LOOK_UP} | known))


LAST_OF, FIRST_OF = UP[[0, 4, 2, 5]] * [0, 1, 1, 1], UP[[0, 0, 2, 1]] * [0, 1, 1, 1]
COUNT = np.array([1, 2, 1, 3])


def which(what):
    return ("overwritten-terms", {"which": what})


# Two outputs: the second entry of three is shared.
PAIR, D_PAIR = np.array([[1.0, 2, 0], [0, 3, 4]]), np.array([5.0, 7])
# Two entries and outputs (2, 3): what goes into the last two columns cancels, but for rounding.
CANCELLING = np.array([[1.0, 2, 3, 1, -2, -3], [2, 1, 5, 3, -1, -5]]).T
D_ROWS = np.array([[2.0, 1, 1], [3, 1, 1]])
J2 = drawn(12, 5)
D2 = drawn(4, 3, seed=3)
BY_ROW = [D2[k] @ J2.reshape(4, 3, 5)[k] for k in range(4)]
OVERWRITTEN = {
    "the last": (looked_up(LAST_OF), which("last")),
    "the first": (looked_up(FIRST_OF), which("first")),
    "the mean": (looked_up(GRADIENT / COUNT), ("averaged-terms", {})),
    "the last, in small units": (
        case(1e-5 * LAST_OF, 1e-5 * GRADIENT, dout=1e-5 * UP, J=LOOK_UP),
        which("last"),
    ),
    "the first, of a matrix": (
        case(FIRST_OF.reshape(2, 2), GRADIENT.reshape(2, 2), dout=UP, J=LOOK_UP),
        which("first"),
    ),
    "the last, of two entries": (
        case(UP[[0, 2]], [UP[0], UP[1] + UP[2]], dout=UP[:3], J=np.eye(2)[[0, 1, 1]]),
        which("last"),
    ),
    "the last, of two outputs": (
        case([5.0, 21, 28], [5, 31, 28], dout=D_PAIR, J=PAIR),
        which("last"),
    ),
    "the last row, where columns cancel": (
        case([-2, 3], D_ROWS.ravel() @ CANCELLING, dout=D_ROWS, J=CANCELLING),
        which("last"),
    ),
    "right": (looked_up(GRADIENT), None),
    "too costly": (looked_up(LAST_OF, J=None), None),
    "no entry shared": (case(2 * UP, UP, dout=UP, J=np.eye(6)), None),
    "the last row": (case(BY_ROW[-1], sum(BY_ROW), dout=D2, J=J2), which("last")),
    "the first row": (case(BY_ROW[0], sum(BY_ROW), dout=D2, J=J2), which("first")),
    "the mean where all are shared": (case(sum(BY_ROW) / 4, sum(BY_ROW), dout=D2, J=J2), None),
    "of a number": (case(V, 2 * V, dout=np.array(2.0), J=V[None]), None),
    "one entry": (case([4.0], [6.0], dout=V, J=np.ones((4, 1))), None),
    "one output": (case(V, 2 * V, dout=np.ones(1), J=V[None]), None),
    "another shape": (looked_up(LAST_OF[None]), None),
}
D4, J4, DENSE = drawn(4, 2, seed=4), drawn(8, 9), drawn(4, 9)
PARTS = np.stack([D4[k] @ J4.reshape(4, 2, 9)[k] for k in range(4)])
COLUMNS = np.stack([D4[:, k] @ J4.reshape(4, 2, 9)[:, k] for k in range(2)])


def weighed(c, parts=PARTS, **known):
    return case(np.array(c) @ parts, PARTS.sum(axis=0), **({"dout": D4, "J": J4} | known))


def samples(kind, axis=0):
    return (f"samples-{kind}", {"axis": axis})


APART = np.kron(np.eye(2), drawn(3, 6))
SAMPLES = {
    "one left out": (weighed([1, 0, 1, 1]), samples("left-out")),
    "two left out": (weighed([1, 0, 0, 1]), samples("left-out")),
    "one twice": (weighed([1, 2, 1, 1]), samples("weighed")),
    "hardly weighed": (weighed([1, 1 + 9e-6, 1, 1]), samples("left-out")),
    "a little weighed": (weighed([1, 1.0001, 1, 1]), samples("weighed")),
    "a column left out": (weighed([1, 0], COLUMNS), samples("left-out", 1)),
    "a number of a vector left out": (
        case(UP[[0, 1, 3]] @ DENSE[[0, 1, 3]], UP[:4] @ DENSE, dout=UP[:4], J=DENSE),
        samples("left-out"),
    ),
    "all": (weighed([1, 1, 1, 1]), None),
    "too costly": (weighed([1, 0, 1, 1], J=None), None),
    "something else": (case(drawn(9), PARTS.sum(0), dout=D4, J=J4), None),
    "six numbers": (
        case(PARTS[0, :6], PARTS.sum(0)[:6], dout=D4, J=J4[:, :6]),
        None,
    ),
    "seven numbers": (
        case(PARTS[0, :7], PARTS.sum(0)[:7], dout=D4, J=J4[:, :7]),
        samples("left-out"),
    ),
    "samples that share nothing": (
        case(UP * [1, 1, 0, 0, 1, 1], UP, dout=UP.reshape(3, 2), J=np.eye(6)),
        None,
    ),
    "a column of samples that share nothing": (
        case(UP * [1, 0, 1, 1, 0, 1] @ APART, UP @ APART, dout=UP.reshape(2, 3), J=APART),
        samples("left-out", 1),
    ),
    "of a number": (case(V, 2 * V, dout=np.array(2.0), J=V[None]), None),
    "another shape": (weighed([[1, 0, 1, 1]]), None),
}  # fmt: skip
D3, J3 = drawn(3, seed=5), drawn(3, 9)
# Eight outputs of which one is hardly felt: seven singular values are 1, the last is 0.0002.
WEAK = np.linalg.qr(drawn(10, 8))[0].T * np.where(np.arange(8) < 7, 1, 2e-4)[:, None]


def signalled(signal, J=J3, d=D3, **known):
    return case(np.array(signal) @ J, d @ J, dout=d, J=J, **known)


SIGNALS = {
    "another": (signalled([5.0, 6, 7]), "other-signal"),
    "the same in all": (signalled(D3), None),
    "the same in one of three": (signalled([*D3[:1], 6, 7]), None),
    "the same in one of four": (
        signalled([D4[0, 0], 6, 7, 8], drawn(4, 9), D4.ravel()[:4]),
        "other-signal",
    ),
    "no signal": (case(drawn(9), D3 @ J3, dout=D3, J=J3), None),
    "too costly": (case(V, 2 * V, dout=D3), None),
    "one output": (signalled([5.0], J3[:1], D3[:1]), None),
    "two outputs, four entries": (signalled([5.0, 6], J3[:2, :4], D3[:2]), None),
    "two outputs, five entries": (signalled([5.0, 6], J3[:2, :5], D3[:2]), "other-signal"),
    "entries that nothing reaches": (
        signalled([5.0, 6], J3[:2] * (np.arange(9) < 4), D3[:2]),
        None,
    ),
    "outputs that depend on each other": (
        signalled([5.0, 6, 7], J3[[0, 0, 0]], D3),
        None,
    ),
    "hardly two of them": (signalled([5.0, 600], J3[:2] * [[1], [1e-5]], D3[:2]), None),
    "two of them": (signalled([5.0, 600], J3[:2] * [[1], [1e-3]], D3[:2]), "other-signal"),
    "hardly two of them, and one signal": (
        signalled([5.0, 0], J3[:2] * [[100], [1e-3]], D3[:2]),
        None,
    ),
    "hardly three of them": (signalled([5.0, 6, 600], J3 * [[1], [1], [1e-5]]), None),
    "eight of them, ten entries, one hardly felt": (
        signalled([*drawn(7), 0], WEAK, D4.ravel()),
        None,
    ),
    "another, of a matrix": (
        case(
            (np.array([5.0, 6, 7]) @ J3).reshape(3, 3), (D3 @ J3).reshape(3, 3), dout=D3, J=J3
        ),
        "other-signal",
    ),
    "another, in small units": (
        signalled([5e-5, 6e-5, 7e-5], d=1e-5 * D3),
        "other-signal",
    ),
    "the same in one of three, in large units": (
        signalled([1e6 * D3[0], 6e6, 7e6], d=1e6 * D3),
        None,
    ),
    "eight outputs, eleven": (signalled(drawn(8), drawn(8, 11), D4.ravel()), "other-signal"),
    "eight outputs, ten entries": (signalled(drawn(8), drawn(8, 10), D4.ravel()), None),
    "sixteen outputs, nineteen entries": (
        signalled(drawn(16), drawn(16, 19), drawn(16, seed=1)),
        None,
    ),
    "another shape": (signalled([[5.0, 6, 7]]), None),
}  # fmt: skip
WITH_A_JACOBIAN = (
    terms.changed_upstream,
    terms.diagonal,
    terms.pushed_forward,
    terms.overwritten_terms,
    terms.samples,
    terms.other_signal,
)
GROUPS = {
    terms.overwritten_terms: OVERWRITTEN,
    terms.samples: SAMPLES,
    terms.other_signal: SIGNALS,
}


@pytest.mark.parametrize(
    ("hypothesis", "given", "expected"),
    rows(GROUPS),
)
def test_what_a_hypothesis_names(hypothesis, given, expected):
    """Its mistake where the numbers prove it, nothing where they do not."""
    with np.errstate(all="ignore"):
        found = hypothesis(given)
    assert found == ((expected, {}) if isinstance(expected, str) else expected)


@pytest.mark.parametrize("hypothesis", WITH_A_JACOBIAN, ids=lambda hypothesis: hypothesis.__name__)
def test_nothing_is_measured_where_yours_has_another_shape(hypothesis):
    """A Jacobian costs many calls, and these compare arrays of one shape."""
    asked = []
    given = case(
        drawn(4, 1), drawn(4), dout=drawn(4), out=drawn(4), jacobian=lambda: asked.append(1)
    )
    assert hypothesis(given) is None
    assert not asked
