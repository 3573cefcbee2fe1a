"""Hypotheses on the sum that a gradient is: which terms, weighed how, summed along which axis."""

import numpy as np
import pytest
from cases_by_hand import case, drawn, rows

from gradelib.checks.mistakes import hypotheses_terms as terms

D = drawn(5, 7)
LOCAL = drawn(5, 7, seed=1)
V = np.array([1.0, -2, 3, 4])


def upstream(yours, **known):
    """An elementwise step; `ones` is its gradient for ones."""
    return case(yours, D * LOCAL, **({"dout": D, "ones": LOCAL} | known))


IGNORED = {
    "forgotten": (upstream(LOCAL), "ignored-upstream"),
    "all ones": (upstream(LOCAL, dout=np.ones((5, 7))), None),
    "right": (upstream(D * LOCAL), None),
    "another shape": (upstream(LOCAL[None], ones=LOCAL[None]), None),
}
ADDED = {
    "added": (upstream(LOCAL + D), "added-upstream"),
    "all ones": (upstream(LOCAL + 1, dout=np.ones((5, 7))), None),
    "to hardly anything": (upstream(D, ones=1e-7 * LOCAL), None),
    "to little": (upstream(D + 1e-5 * LOCAL, ones=1e-5 * LOCAL), "added-upstream"),
    "right": (upstream(D * LOCAL), None),
    "another shape": (upstream((LOCAL + D)[None]), None),
    "another upstream gradient": (upstream(LOCAL + D[0], dout=D[0]), None),
}
EACH = np.kron(np.eye(4), np.ones((3, 1)))  # each of 4 entries goes into 3 of 12 outputs
FACTORS = drawn(4, 3)
J = EACH * FACTORS.reshape(-1, 1)
D12 = drawn(4, 3, seed=1)
G4 = (D12 * FACTORS).sum(axis=1)
SUMS = {
    "not summed": (case(D, D.sum(axis=0), dout=D), "not-summed"),
    "not summed along one axis": (case(drawn(3, 4), drawn(3, 4).sum(axis=0)), "not-summed"),
    "not summed along two axes": (case(drawn(2, 3, 4), drawn(2, 3, 4).sum((0, 1))), "not-summed"),
    "not summed, and wrong": (case(2 * D, D.sum(axis=0), dout=D), None),
    "summed along the other axis": (case(D.sum(axis=1), D.sum(axis=0), dout=D), None),
    "terms with factors": (case(D12 * FACTORS, G4, dout=D12, J=J), "not-summed"),
    "terms without their factors": (case(D12, G4, dout=D12, J=J), None),
    "terms of another shape": (case((D12 * FACTORS).reshape(2, 6), G4, dout=D12, J=J), None),
    "terms that are shared": (
        case(D12 * (J + EACH[::-1]).sum(1).reshape(4, 3), G4, dout=D12, J=J + EACH[::-1]),
        None,
    ),
    "terms that are shared, in small units": (
        case(
            1e-5 * D12 * (J + EACH[::-1]).sum(1).reshape(4, 3),
            1e-5 * G4,
            dout=D12,
            J=1e-5 * (J + EACH[::-1]),
        ),
        None,
    ),
    "terms that cost too much": (case(D12 * FACTORS, G4, dout=D12), None),
    "one axis for two": (case(D[0], D, dout=D), None),
    "of a number": (case(drawn(3), 3.0, dout=np.array(3.0)), None),
    "summed right": (case(D.sum(axis=0), D.sum(axis=0), dout=D), None),
}
CUBE = drawn(5, 4, 3)
AXES = {
    "the other": (case(D.sum(axis=1), D.sum(axis=0), dout=D), "wrong-axis"),
    "the other, kept as a column": (
        case(D.sum(axis=1, keepdims=True), D.sum(axis=0), dout=D),
        "wrong-axis",
    ),
    "two of three": (
        case(CUBE.sum((0, 2)), CUBE.sum((0, 1)), dout=CUBE, J=np.tile(np.eye(3), (20, 1))),
        "wrong-axis",
    ),
    "all": (case(D.sum(), D.sum(axis=0), dout=D), "summed-to-scalar"),
    "all, in each entry": (case(np.full(7, D.sum()), D.sum(axis=0), dout=D), "summed-to-scalar"),
    "all, in an array of another size": (case(np.full(5, D.sum()), D.sum(axis=0), dout=D), None),
    "all, of one number": (case(2 * D.sum(), D.sum(keepdims=True), dout=D), None),
    "all, of one number, in another shape": (
        case(D.sum(), [D.sum()], dout=D, J=np.ones((35, 1))),
        None,
    ),
    "all, of two numbers": (
        case(D[:, :2].sum(), D[:, :2].sum(axis=0), dout=D[:, :2]),
        "summed-to-scalar",
    ),
    "none, and folded": (case(D.reshape(7, 5), D.sum(axis=0), dout=D), None),
    "right": (case(D.sum(axis=0), D.sum(axis=0), dout=D), None),
    "terms with factors": (
        case((D12 * FACTORS).sum(axis=0), G4, dout=D12, J=J),
        "wrong-axis",
    ),
    "an upstream vector": (case(V.sum(), [-1, 7], dout=V, J=np.eye(2)[[0, 0, 1, 1]]), None),
    "no more outputs than entries": (case(D.sum(axis=1), D, dout=D, J=np.eye(35)), None),
    "terms that cost too much": (case(D.sum(axis=1), LOCAL.sum(axis=0), dout=D), None),
}  # fmt: skip
JM = drawn(20, 6)  # of x (2, 3) by out (5, 4)
DM, OM = drawn(5, 4, seed=2) * (np.arange(4) + np.arange(5)[:, None] > 0), drawn(5, 4, seed=3)


def through(d, right=DM, **known):
    """The gradient for another upstream gradient."""
    yours = (np.broadcast_to(d, DM.shape).ravel() @ JM).reshape(2, 3)
    gradient = (right.ravel() @ JM).reshape(2, 3)
    return case(yours, gradient, **({"dout": right, "out": OM, "J": JM} | known))


def changed(how):
    return ("upstream-changed", {"how": how})


def of_vector(d, J):
    return case(np.abs(d) @ J, d @ J, dout=d, out=d, J=J)


CHANGED = {
    "its positive part": (through(np.maximum(DM, 0)), ("mask-from-gradient", {"how": ""})),
    "sizes": (through(np.abs(DM)), changed("stripped of its sign")),
    "signs": (through(np.sign(DM)), changed("reduced to its sign")),
    "squares": (through(DM**2), changed("squared")),
    "the sum": (through(DM.sum()), changed("summed over all its entries")),
    "the mean": (through(DM.mean()), changed("averaged over all its entries")),
    **{
        f"{what} along {axis}": (through(d), changed(f"{how} along axis {axis}"))
        for axis in (0, 1)
        for what, d, how in (
            ("the sum", DM.sum(axis, keepdims=True), "summed"),
            ("the mean", DM.mean(axis, keepdims=True), "averaged"),
            ("the first", DM.take([0], axis), "cut to its first entries"),
            ("the last", DM.take([-1], axis), "cut to its last entries"),
            ("one on", np.roll(DM, 1, axis), "shifted"),
            ("one back", np.roll(DM, -1, axis), "shifted"),
            ("the reverse", np.flip(DM, axis), "reversed"),
        )
    },
    "times the output": (through(DM * OM), changed("multiplied with the output")),
    "plus the output": (through(DM + OM), changed("increased by the output")),
    "plus one": (through(DM + 1), changed("increased by one")),
    "where the output is positive": (
        through(DM * (OM > 0)),
        changed("kept only where the output is positive"),
    ),
    "where the output is positive, not only not negative": (
        through(DM * (OM > 0), out=np.maximum(OM, 0)),
        changed("kept only where the output is positive"),
    ),
    "turned over and folded": (through(DM.T.reshape(5, 4)), None),
    "twice": (through(2 * DM), None),
    "right": (through(DM), None),
    "too costly": (through(np.abs(DM), J=None), None),
    "two outputs": (of_vector(V[:2], drawn(2, 4)), None),
    "three outputs": (of_vector(V[:3], drawn(3, 4)), changed("stripped of its sign")),
    "one entry": (of_vector(V, drawn(4, 1)), None),
    "two entries": (of_vector(V, drawn(4, 2)), changed("stripped of its sign")),
}
SQUARE, JS = drawn(3, 3), drawn(9, 6)
CHANGED["turned over"] = (
    case(
        SQUARE.T.ravel() @ JS, SQUARE.ravel() @ JS, dout=SQUARE, out=drawn(3, 3, seed=1), J=JS
    ),
    changed("transposed"),
)  # fmt: skip
D6, J6 = drawn(6), drawn(6, 6)
O6 = drawn(6, seed=1)
SHARES = np.array([[0.5, 0.2, 0.3], [0.1, 0.8, 0.1]])


def square(yours, **known):
    """As many outputs as inputs."""
    return case(yours, D6 @ J6, **({"dout": D6, "out": O6, "J": J6} | known))


DIAGONAL = {
    "the diagonal": (square(np.diag(J6) * D6), "diagonal-only"),
    "the diagonal of shares": (square(np.diag(J6) * D6, out=O6 / O6.sum()), "softmax-diagonal"),
    "the diagonal of shares in each row": (
        case(
            (np.diag(J6) * D6).reshape(2, 3),
            (D6 @ J6).reshape(2, 3),
            dout=D6.reshape(2, 3),
            out=SHARES,
            J=J6,
        ),
        "softmax-diagonal",
    ),
    "three numbers": (
        case(np.diag(J6)[:3] * D6[:3], D6[:3] @ J6[:3, :3], dout=D6[:3], out=O6[:3], J=J6[:3, :3]),
        "diagonal-only",
    ),
    "right": (square(D6 @ J6), None),
    "too costly": (square(np.diag(J6) * D6, J=None), None),
    "two numbers": (case([2, 3], [5, 1], dout=np.ones(2), out=O6[:2], J=np.diag([2, 3])), None),
    "other outputs": (square(np.diag(J6) * D6, dout=D6[None]), None),
    "another shape": (square((np.diag(J6) * D6)[None]), None),
}
FORWARD = {
    "forwards": (square(J6 @ D6), "pushed-forward"),
    "forwards, folded": (
        case((J6 @ D6).reshape(2, 3), (D6 @ J6).reshape(2, 3), dout=D6, J=J6),
        "pushed-forward",
    ),
    "three numbers": (
        case(J6[:3, :3] @ D6[:3], D6[:3] @ J6[:3, :3], dout=D6[:3], J=J6[:3, :3]),
        "pushed-forward",
    ),
    "right": (square(D6 @ J6), None),
    "too costly": (square(J6 @ D6, J=None), None),
    "two numbers": (case([2, 3], [5, 1], dout=np.ones(2), J=np.diag([2, 3])), None),
    "other outputs": (square(J6 @ D6, dout=V), None),
    "another shape": (square((J6 @ D6)[None]), None),
}
GROUPS = {
    terms.ignored_upstream: IGNORED,
    terms.added_upstream: ADDED,
    terms.not_summed: SUMS,
    terms.wrong_axis: AXES,
    terms.changed_upstream: CHANGED,
    terms.diagonal: DIAGONAL,
    terms.pushed_forward: FORWARD,
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
