"""What the judge asks of the function along one direction, and when it is content."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.slopes import judge as module
from gradelib.checks.slopes.judge import Claim, Verdict, judge
from gradelib.checks.slopes.kinks import Kinks, TooManyKinks
from gradelib.checks.slopes.ladder import Slope
from gradelib.checks.slopes.numeric import Probe

X = np.array([0.3, -1.2, 0.7, 2.1])


def probe_of(f, *point):
    base = np.asarray(f(point), dtype=float)
    return Probe(
        lambda arrays: np.asarray(f(arrays), dtype=float), list(point), np.ones_like(base), base
    )


def found(value, error, rung=9, *, kink=False):
    return Slope(value, error, value, value, kink, rung)


def looking(f, gradient, x=X, noise=0.0):
    probe = probe_of(f, x)
    probe.noise = noise
    return module._Look(probe, [gradient], [np.array([1.0, -1.0, 1.0, 1.0])], (0,))


class Ladder:
    """In place of a ladder: what is found at a glance, and with more steps."""

    def __init__(self, glance, settled):
        self.start, self.asked = 7, []
        self.glanced, self.settled = glance, settled

    def glance(self):
        return self.glanced

    def settle(self, target, rtol, most=22):
        self.asked.append((target, rtol, most))
        return self.settled


OFF = found(9.0, 0.0)
# id: (at a glance, with more steps, roughly, (agrees, resolution, rough)); the claim is 3, norm 2
LOOKS = {
    "at a glance": (found(3.0, 0.0), OFF, False, (True, 0.0, False)),
    "well enough": (found(3.0, 4.9e-8), OFF, False, (True, 9.8e-8, False)),
    "not well enough": (found(3.0, 5.1e-8), OFF, False, None),
    "with more steps": (found(3.0, 5.1e-8), found(3.0, 4.9e-8), False, (True, 9.8e-8, False)),
    "not even so": (found(3.0, 5.1e-8), found(3.0, 5.1e-8), False, None),
    "roughly": (found(3.0, 5.1e-8), found(3.0, 5.1e-8), True, (True, 1.02e-7, True)),
    "roughly, four digits": (OFF, found(3.0, 4.9e-5), True, (True, 9.8e-5, True)),
    "not even roughly": (OFF, found(3.0, 5.1e-5), True, None),
    "roughly, and well": (OFF, found(3.0, 4.9e-8), True, (True, 9.8e-8, False)),
    "off at a glance": (OFF, found(3.0, 0.0), False, (True, 0.0, False)),
    "off": (OFF, OFF, True, None),
    "off by more than its error": (OFF, found(3.0 + 6.3e-7, 1e-7), True, None),
    "off by less": (OFF, found(3.0 + 5.9e-7, 1e-7), True, (True, 2e-7, True)),
    "on a kink": (found(3.0, 0.0, kink=True), found(3.0, 0.0, kink=True), True, None),
}  # fmt: skip


@pytest.mark.parametrize(("glance", "settled", "roughly", "expected"), LOOKS.values(), ids=LOOKS)
def test_gradients_that_agree_at_once(glance, settled, roughly, expected):
    """To seven digits, at a glance or with more steps; roughly, to four and with few of them."""
    look = looking(lambda p: p[0], np.ones(4))
    look.claim = Claim(3.0, 2.0)
    look.ladder = ladder = Ladder(replace(glance, rung=8), replace(settled, rung=11))
    error = 6 if expected else 0
    assert look.agrees_at_once(roughly) is bool(expected)
    if expected is None:
        assert look.verdict == Verdict(None, inf)
    else:
        verdict = look.verdict
        assert (verdict.agrees, verdict.rough) == (expected[0], expected[2])
        scale = 3.0 if error else 1.0
        assert verdict.resolution * scale / 6 == pytest.approx(
            (glance if verdict.rung == 8 else settled).error
        )
        assert verdict.curve.yours == 3.0
    for target, rtol, most in ladder.asked:
        assert rtol == pytest.approx(1e-7 / 7, rel=1e-6, abs=0)
        assert target == pytest.approx(2e-7 / 7, rel=1e-6, abs=0)
        assert most == (4 if roughly else 22)


CLOSER = {  # id: (claim less slope, error, noise, slope at the short step less the long one, holds)
    "the same": (1.0, 0.0, 0.0, 0.0, True),
    "nearly": (1.0, 0.0, 0.0, 0.29, True),
    "not so": (1.0, 0.0, 0.0, 0.31, False),
    "not so, below": (1.0, 0.0, 0.0, -0.31, False),
    "nearly, of little": (0.5, 0.0, 0.0, 0.14, True),
    "not so, of little": (0.5, 0.0, 0.0, 0.16, False),
    "within the error": (1.0, 0.1, 0.0, 0.89, True),
    "beyond the error": (1.0, 0.1, 0.0, 0.91, False),
    "within the noise": (-1.0, 0.0, 0.1 * 4.0**-13, 0.89, True),
    "beyond the noise": (-1.0, 0.0, 0.1 * 4.0**-13, 0.91, False),
}


@pytest.mark.parametrize(("off", "error", "noise", "short", "holds"), CLOSER.values(), ids=CLOSER)
def test_difference_is_confirmed_by_a_much_shorter_step(off, error, noise, short, holds):
    """A step of 1.5e-8 has to show the slope to a third of the difference, errors and noise."""
    look = looking(lambda p: p[0], np.ones(4), noise=noise)
    look.claim = Claim(5.0 + off, 1.0)
    steps = []

    def change(direction, t):
        steps.append(t)
        return (5.0 + short) * t

    look.probe.change = change
    assert look._holds_closer(found(5.0, error)) is holds
    assert steps == [4.0**-13]


# id: (slope found, its error, whether a short step shows it; asked, first step; the claim is 3)
SECONDS = {
    "agrees": (3.0, 0.0, False, False, 7),
    "cannot be told": (3.0, 9.0, False, False, 7),
    "differs, shown": (4.0, 0.0, True, True, 7),
    "differs, not shown": (4.0, 0.0, False, True, 13),
}


@pytest.mark.parametrize(
    ("value", "error", "shown", "asked", "start"), SECONDS.values(), ids=SECONDS
)
def test_only_a_difference_that_is_not_confirmed_is_looked_at_again(
    value, error, shown, asked, start, monkeypatch
):
    """With short steps, which rounding disturbs more; what agrees needs no confirmation."""
    look = looking(lambda p: p[0], np.ones(4))
    look.claim = Claim(3.0, 2.0)
    heard = []
    monkeypatch.setattr(look, "_settled", lambda *_: found(value, error))
    monkeypatch.setattr(look, "_holds_closer", lambda slope: heard.append(slope) or shown)
    look.settle(Kinks(look.probe))
    assert (bool(heard), look.ladder.start) == (asked, start)


def test_difference_that_a_short_step_does_not_show_is_none():
    """A right gradient where longer steps leave all that moves the function."""
    x = np.array([1.0, -1.0, 2.0, -2.0])

    def narrow(p):  # a slope of one, as far as 1e-6 to either side
        return np.clip(p[0] - x, -1e-6, 1e-6) + 1.0

    (verdict,) = judge(probe_of(narrow, x), [np.ones(4)], np.random.default_rng(0))
    assert verdict.agrees is True
    (verdict,) = judge(probe_of(narrow, x), [np.full(4, 1.5)], np.random.default_rng(0))
    assert verdict.agrees is False


def test_kinks_that_turn_up_again_and_again_are_too_many(monkeypatch):
    """Five looks, each with the kinks found so far at rest, then no more."""
    look = looking(lambda p: p[0], np.ones(4))
    kinks = Kinks(look.probe)
    rungs = []
    monkeypatch.setattr(kinks, "find", lambda direction, rung: rungs.append(rung))
    monkeypatch.setattr(look, "_settled", lambda *_: found(1.0, 0.0, 3 + 4 * len(rungs), kink=True))
    with pytest.raises(TooManyKinks):
        look.settle(kinks)
    assert rungs == [3, 7, 11, 15, 19]
    assert look.ladder.start == 10


def test_step_after_a_kink_begins_beside_it(monkeypatch):
    """At the rung before, and within the fifth and the tenth."""
    for rung, start in ((3, 5), (8, 7), (20, 10)):
        look = looking(lambda p: p[0], np.ones(4))
        kinks = Kinks(look.probe)
        monkeypatch.setattr(kinks, "find", lambda direction, rung: None)
        answers = [found(1.0, 0.0, rung, kink=True), found(look.claim.along, 0.0)]
        monkeypatch.setattr(look, "_settled", lambda *_, answers=answers: answers.pop(0))
        look.settle(kinks)
        assert look.ladder.start == start
        assert look.verdict.agrees is True


def test_nothing_left_to_move_agrees():
    """Where every entry sits on a kink, their sides say all there is."""
    x = np.zeros(4)
    (verdict,) = judge(probe_of(lambda p: np.abs(p[0]), x), [0.5 + x], np.random.default_rng(0))
    assert (verdict.agrees, set(verdict.kinks), verdict.resolution) == (True, {0, 1, 2, 3}, 0.0)


def test_errors_that_cancel_along_one_direction_show_at_another_point(monkeypatch):
    """The judge draws the one direction along which 1.1 and 0.9 are 2; the point beside tells."""
    draws = [np.ones(4)]
    real = module.random_direction
    monkeypatch.setattr(
        module, "random_direction", lambda *given: draws.pop() if draws else real(*given)
    )
    report = gl.check_gradient(np.sum, lambda x: np.array([1.1, 0.9, 1.0, 1.0]), X)
    assert not draws
    assert not report.passed


# id: (resolution, rough at once, how rough the judge may be, noise, whether the verdicts are)
COARSE = {
    "well known": (0.9e-7, False, True, 0.0, False),
    "coarse": (1.1e-7, False, True, 0.0, True),
    "coarse, and asked for all": (1.1e-7, False, False, 0.0, False),
    "coarse by noise": (1.1e-7, False, True, 101.0, False),
    "coarse by little noise": (1.1e-7, False, True, 99.0, True),
    "rough": (1.1e-7, True, True, 101.0, True),
}


@pytest.mark.parametrize(
    ("resolution", "rough", "roughly", "noise", "expected"), COARSE.values(), ids=COARSE
)
def test_verdicts_are_rough_where_kinks_make_them_coarse(
    resolution, rough, roughly, noise, expected, monkeypatch
):
    """What is known no better because of noise is no better known at another point."""
    probe = probe_of(lambda p: p[0], X)
    monkeypatch.setattr(module, "noise_level", lambda *_: noise * module.noise_floor(probe))

    def settle(look, kinks):
        look.verdict = Verdict(True, resolution, rough=rough)

    monkeypatch.setattr(module._Look, "agrees_at_once", lambda look, roughly: False)
    monkeypatch.setattr(module._Look, "settle", settle)
    found = judge(probe, [np.ones(4)], np.random.default_rng(0), roughly=roughly)
    assert [verdict.rough for verdict in found] == [expected]


@pytest.mark.parametrize("late", [False, True])
def test_looks_are_taken_again_where_kinks_are_found_late(late, monkeypatch):
    """All of them: one that agreed may have moved over a kink that another found."""
    probe = probe_of(lambda p: p[0] + p[1], X, X)
    taken = []

    def settle(look, kinks):
        taken.append(look.inputs)
        if late and not kinks.entries:
            kinks.entries.append((0, 1))
        look.verdict = Verdict(True, 0.0)

    answers = [True, False, True]
    monkeypatch.setattr(module._Look, "agrees_at_once", lambda look, roughly: answers.pop(0))
    monkeypatch.setattr(module._Look, "settle", settle)
    judge(probe, [np.ones(4), np.ones(4)], np.random.default_rng(0))
    assert taken == [(1,), (0,), (1,), (0, 1)][: 4 if late else 1]
