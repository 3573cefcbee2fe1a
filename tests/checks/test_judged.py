"""What the judge makes of several inputs, of parts of one, and of what lies on or near kinks."""

from math import inf

import numpy as np
import pytest

from gradelib.checks.slopes import judge as module
from gradelib.checks.slopes.judge import ON_KINKS, Verdict, judge
from gradelib.checks.slopes.kinks import Kinks
from gradelib.checks.slopes.ladder import Slope
from gradelib.checks.slopes.numeric import Probe

X = np.array([0.3, -1.2, 0.7, 2.1])
ZERO = np.array([0.3, 0.0, 0.7, -2.1])  # one entry sits where a ReLU bends
GATE = 1.0 * (ZERO > 0)


def probe_of(f, *point):
    base = np.asarray(f(list(point)), dtype=float)
    return Probe(
        lambda arrays: np.asarray(f(arrays), dtype=float), list(point), np.ones_like(base), base
    )


def judged(f, gradients, *point, rng=None, roughly=False):
    """The verdicts, and how often f was evaluated for them."""
    calls = []

    def counted(arrays):
        calls.append(None)
        return f(arrays)

    probe = probe_of(counted, *point)
    calls.clear()
    rng = np.random.default_rng(0) if rng is None else rng
    return judge(probe, gradients, rng, roughly=roughly), len(calls)


def relu(x):
    return np.maximum(x, 0)


SMALL = np.array([1.0, -2, 3, -1, 2, -3, 1, -2, 2, -1])
BOTH = np.concatenate([SMALL, 1e4 * SMALL])


@pytest.mark.parametrize("wrong", [slice(0, 10), slice(10, 20)], ids=["small", "large"])
def test_wrong_entries_of_one_size_are_seen_beside_right_ones_of_another(wrong):
    """An input whose entries are of two sizes is wrong where either part is."""
    gradient = 2 * BOTH
    assert [v.agrees for v in judged(lambda p: p[0] ** 2, [gradient], BOTH)[0]] == [True]
    gradient[wrong] *= 1.001
    assert [v.agrees for v in judged(lambda p: p[0] ** 2, [gradient], BOTH)[0]] == [False]


@pytest.mark.parametrize("wrong", [slice(0, 10), slice(10, 20)], ids=["small", "large"])
def test_wrong_entries_of_one_size_are_seen_beside_another_input_that_is_wrong(wrong):
    """The look at all inputs, which differs for both, does not stand in for each one's own."""
    gradients = [2 * BOTH, np.full(20, 1.001)]
    for right in (True, False):
        if not right:
            gradients[0][wrong] *= 1.001
        found, _ = judged(lambda p: p[0] ** 2 + p[1], gradients, BOTH, SMALL.repeat(2))
        assert [verdict.agrees for verdict in found] == [right, False]


class Bytes:
    """A generator of chosen bits, one array for each direction that is drawn."""

    def __init__(self, *draws):
        self.draws = [np.array(draw, dtype=np.uint16) for draw in draws]

    def bytes(self, count):
        draw = self.draws.pop(0)
        assert count == draw.nbytes
        return draw.tobytes()


DOWN, UP = 0, 65535  # by one and a half units


def test_errors_that_cancel_in_each_input_show_where_all_move():
    """1.1 and 0.9 are 2 along (1, 1), and differ along (1, -1): what agreed was an accident."""
    x, y = np.array([1.0, -1.0]), np.array([0.0, 1.0])
    gradients = [np.array([1.1, 0.9]), np.array([0.5, 1.0])]
    rng = Bytes([UP, UP], [UP, UP], [UP, DOWN], [UP, UP])
    found, _ = judged(lambda p: p[0] + relu(p[1]), gradients, x, y, rng=rng)
    assert rng.draws == []
    assert [verdict.agrees for verdict in found] == [False, False]
    rng = Bytes(*[[UP, UP]] * 4)
    found, _ = judged(lambda p: p[0] + relu(p[1]), gradients, x, y, rng=rng)
    assert [verdict.agrees for verdict in found] == [True, True]


@pytest.mark.parametrize("first", [True, False])
def test_slope_that_a_kink_rules_out_is_no_other_inputs_fault(first):
    """The entry is named for its own input; the gradient of the other agrees."""
    wrong, right = np.array([1.0, 1.2, 1.0, 0.0]), np.ones(4)
    if first:
        (bad, good), _ = judged(lambda p: relu(p[0]) + p[1], [wrong, right], ZERO, X)
    else:
        (good, bad), _ = judged(lambda p: p[0] + relu(p[1]), [right, wrong], X, ZERO)
    assert (bad.agrees, bad.unheld, set(bad.kinks)) == (False, (1,), {1})
    assert (good.agrees, good.unheld, good.kinks) == (True, (), {})
    assert good.reason == ""


def test_kinks_of_several_outputs_leave_one_input_open():
    """Where kinks meet in an entry, a slope beyond them may be right: no verdict on that input."""

    def f(p):
        return np.array([1.0, 2.0]) * np.sum(relu(p[0])) + p[1]

    gradients = [np.array([3.0, 3.6, 3.0, 0.0]), np.ones(2)]
    (unknown, right), _ = judged(f, gradients, ZERO, X[:2])
    assert (unknown.agrees, unknown.reason) == (None, ON_KINKS)
    assert (unknown.unheld, set(unknown.kinks)) == ((), {1})
    assert (right.agrees, right.reason) == (True, "")


def test_kinks_that_are_too_many_leave_every_input_open(monkeypatch):
    """No relative error is known to be noticed then, of whichever input."""
    monkeypatch.setattr("gradelib.checks.slopes.kinks.MOST_TESTS", 30)
    x = np.zeros(20)
    found, _ = judged(lambda p: np.sum(np.abs(p[0])) + p[1], [x + 0.3, np.ones(4)], x, X)
    assert found == [Verdict(None, inf, ON_KINKS)] * 2


def test_nothing_left_to_move_needs_no_slope():
    """Entries that all sit on kinks are at rest: there is no curve, and nothing was missed."""
    (verdict,), _ = judged(lambda p: relu(p[0]), [np.full(4, 0.5)], np.zeros(4))
    assert (verdict.agrees, verdict.resolution, verdict.curve) == (True, 0.0, None)


def test_nothing_to_differentiate_leaves_nothing_unnoticed():
    """No error can hide where there is no output, or no entry."""
    (verdict,), _ = judged(lambda p: p[0][:0], [np.zeros(4)], X)
    assert (verdict.agrees, verdict.resolution) == (True, 0.0)
    empty = np.zeros((0, 3))
    (_, verdict), _ = judged(lambda p: p[0] ** 2, [2 * X, empty], X, empty)
    assert (verdict.agrees, verdict.resolution) == (True, 0.0)


ONCE = {  # id: (function, gradient)
    "right": (lambda p: np.sin(p[0]), np.cos(X)),
    "nothing": (lambda p: 0 * p[0], 0 * X),
}


@pytest.mark.parametrize(("f", "gradient"), ONCE.values(), ids=ONCE)
def test_three_evaluations_prove_a_gradient(f, gradient):
    """Where it agrees at once, to seven digits; a zero one of a function that is zero, exactly."""
    (verdict,), count = judged(f, [gradient], X)
    assert verdict.agrees is True
    assert verdict.resolution < 1e-7 if np.any(gradient) else verdict.resolution == 0
    assert count == 3


@pytest.mark.filterwarnings("ignore:overflow")
def test_wrong_gradient_too_large_to_be_squared_does_not_agree():
    """An infinite tolerance would let anything pass."""
    (verdict,), _ = judged(lambda p: 1e200 * p[0], [np.full(4, 2e200)], X)
    assert verdict.agrees is False


CURVES = {  # id: (function, gradient, agrees)
    "right": (lambda p: np.sin(p[0]), np.cos(X), True),
    "wrong": (lambda p: np.sin(p[0]), 1.1 * np.cos(X), False),
    "right, beside a kink": (lambda p: relu(p[0]) + p[0] ** 2, GATE + 2 * ZERO, True),
}


@pytest.mark.parametrize(("f", "gradient", "agrees"), CURVES.values(), ids=CURVES)
def test_verdict_keeps_the_curve_that_it_rests_on(f, gradient, agrees):
    """The slopes by step, with what the gradient says and how far it may be off; to be gone on."""
    x = ZERO if np.array_equal(gradient, GATE + 2 * ZERO) else X
    (verdict,), _ = judged(f, [gradient], x)
    assert verdict.agrees is agrees
    curve = verdict.curve
    steps = {step: slope for step, slope, _ in curve.table}
    off = abs(curve.yours - steps[curve.chosen])
    assert 0 < curve.tolerance < 1e-6 * curve.size
    assert curve.tolerance >= 1e-9 * curve.size / 1.2
    assert (off <= curve.tolerance) is agrees
    more = curve.every_step().table
    assert len(more) > 2 * len(steps)
    assert max(step for step, *_ in more) >= 1 / 4
    best = min(more, key=lambda row: row[2])[1]
    assert steps[curve.chosen] == pytest.approx(best, rel=1e-6)


def near_kinks(p):
    """Bent a little, a millionth and more of the inputs' spread away from X."""
    return p[0] ** 2 + 1e-4 * np.abs(p[0] - X - 3e-6 * np.array([1, 10, 30, 100]))


def test_kinks_near_the_point_are_looked_into_unless_a_rough_look_will_do():
    """Steps shrink until they stay on one side of them, or it is said that they have not."""
    gradient = 2 * X - 1e-4
    (fine,), _ = judged(near_kinks, [gradient], X)
    assert (fine.agrees, fine.rough) == (True, False)
    assert fine.resolution < 1e-7
    (rough,), _ = judged(near_kinks, [gradient], X, roughly=True)
    assert (rough.agrees, rough.rough) == (True, True)
    assert 1e-7 < rough.resolution < 1e-4
    probe = probe_of(near_kinks, X)
    (plain,) = judge(probe, [gradient], np.random.default_rng(0))
    assert (plain.rough, plain.resolution) == (False, fine.resolution)


@pytest.mark.parametrize("roughly", [True, False])
def test_every_look_may_be_as_rough_as_the_caller_says(roughly, monkeypatch):
    """Those at single inputs, and that at all of them."""
    asked = []

    def agrees_at_once(look, roughly):
        asked.append((look.inputs, roughly))
        look.verdict = Verdict(True, 0.0)
        return look.inputs != (1,)

    monkeypatch.setattr(module._Look, "agrees_at_once", agrees_at_once)
    judged(lambda p: p[0] + p[1], [np.ones(4)] * 2, X, X, roughly=roughly)
    assert asked == [((0,), roughly), ((1,), roughly), ((0, 1), roughly)]


# id: (rungs at which the inputs were settled, the rung at which the look at all of them starts)
STARTS = {"at a glance": ((8, 8), 7), "one farther": ((8, 12), 11), "longer steps": ((3, 2), 7)}


@pytest.mark.parametrize(("rungs", "start"), STARTS.values(), ids=STARTS)
def test_look_at_all_inputs_starts_where_the_last_of_them_was_settled(rungs, start, monkeypatch):
    """At the longer of the two steps that its slope came from, if it is shorter than the first."""
    started = {}

    def agrees_at_once(look, roughly):
        started[look.inputs] = look.ladder.start
        if len(look.inputs) == 1:
            look.verdict = Verdict(True, 0.0, rung=rungs[look.inputs[0]])
        return look.inputs != (1,)

    monkeypatch.setattr(module._Look, "agrees_at_once", agrees_at_once)
    judged(lambda p: p[0] + p[1], [np.ones(4)] * 2, X, X)
    assert started == {(0,): 7, (1,): 7, (0, 1): start}


def test_entries_on_kinks_rest_and_the_steps_go_on_beside_them(monkeypatch):
    """What was learnt of the steps is kept when the direction changes."""
    probe = probe_of(lambda p: relu(p[0]), ZERO)
    look = module._Look(probe, [GATE], [np.array([1.0, -1.0, 1.0, 1.0])], (0,))
    kinks = Kinks(probe)
    monkeypatch.setattr(kinks, "find", lambda direction, rung: kinks.entries.append((0, 1)))
    starts = []

    def settled(look, *_):
        starts.append(look.ladder.start)
        return Slope(2.0, 0.0, 2.0, 2.0, len(starts) == 1, 10)

    monkeypatch.setattr(module._Look, "_settled", settled)
    look.settle(kinks)
    assert starts == [7, 9]
    assert [v.tolist() for v in look.direction] == [[1.0, 0.0, 1.0, 1.0]]
    assert look.verdict.agrees is True
