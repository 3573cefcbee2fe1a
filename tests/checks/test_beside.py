"""When a point beside the given one is looked at, and whose word counts then."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import compare
from gradelib.checks.slopes.judge import ON_KINKS, Verdict
from gradelib.checks.slopes.kinks import Interval

X = np.linspace(-1, 1, 6).reshape(2, 3)
Y = X + 3
KINKS = {3: Interval(0.0, 9.0, 0.0)}

RIGHT = Verdict(True, 1e-9)
WRONG = Verdict(False, 2e-9)
ROUGH = Verdict(True, 1e-5, rough=True)
ROUGHLY_WRONG = Verdict(False, 1e-5, rough=True)
UNKNOWN = Verdict(None, 0.2, "it is noisy")
SITS = Verdict(True, 3e-9, kinks=KINKS)
SITS_WRONG = Verdict(False, 3e-9, kinks=KINKS)
MEET = Verdict(None, np.inf, ON_KINKS)
CLOSE = "note: kinks lie close to the point; the numbers are from a random point beside it"
ON = "note: the point is on kinks; the numbers are from a random point beside it"
BESIDE = "several kinks meet at this point; right at a random point beside it"

# id: (verdicts on two gradients at each look, (how rough each look may be, outcomes,
#      resolutions, warnings))
COURSES = {
    "right": ([(RIGHT, RIGHT)], ([True], ["passed"] * 2, [1e-9] * 2, ())),
    "one wrong": ([(RIGHT, WRONG)], ([True], ["passed", "wrong value"], [1e-9, 2e-9], ())),
    "unknown": ([(RIGHT, UNKNOWN)], ([True], ["passed", "inconclusive"], [1e-9, 0.2], ())),
    "rough, right beside": (
        [(ROUGH, ROUGH), (RIGHT, RIGHT)], ([True, True], ["passed"] * 2, [1e-9] * 2, ())
    ),
    "rough twice, right beside": (
        [(ROUGH, ROUGH), (ROUGH, ROUGH), (RIGHT, RIGHT)],
        ([True] * 3, ["passed"] * 2, [1e-9] * 2, ()),
    ),
    "rough to the end": (
        [(ROUGH, ROUGH)] * 3 + [(RIGHT, RIGHT)],
        ([True] * 3 + [False], ["passed"] * 2, [1e-9] * 2, ()),
    ),
    "rough, wrong beside": (
        [(ROUGH, ROUGH), (RIGHT, WRONG)],
        ([True, True], ["passed", "wrong value"], [1e-9, 2e-9], (CLOSE,)),
    ),
    "rough, unknown beside": (
        [(ROUGH, ROUGH), (RIGHT, UNKNOWN), (RIGHT, RIGHT)],
        ([True, True, False], ["passed"] * 2, [1e-9] * 2, ()),
    ),
    "rough and wrong": (
        [(ROUGH, ROUGHLY_WRONG), (RIGHT, WRONG)],
        ([True, False], ["passed", "wrong value"], [1e-9, 2e-9], ()),
    ),
    "on kinks, right beside": (
        [(RIGHT, SITS), (RIGHT, RIGHT)], ([True, True], ["passed"] * 2, [1e-9, 3e-9], ())
    ),
    "on kinks, wrong beside": (
        [(RIGHT, SITS), (RIGHT, WRONG)],
        ([True, True], ["passed", "wrong value"], [1e-9, 2e-9], (ON,)),
    ),
    "on kinks, unknown beside": (
        [(RIGHT, SITS), (RIGHT, UNKNOWN)], ([True, True], ["passed"] * 2, [1e-9, 3e-9], ())
    ),
    "wrong on kinks": (
        [(RIGHT, SITS_WRONG), (RIGHT, WRONG)],
        ([True, True], ["passed", "wrong value"], [1e-9, 3e-9], ()),
    ),
    "kinks that meet, right beside": (
        [(RIGHT, MEET), (RIGHT, RIGHT)], ([True, True], ["passed"] * 2, [1e-9, np.inf], ())
    ),
    "kinks that meet, unknown beside": (
        [(RIGHT, MEET), (RIGHT, UNKNOWN)],
        ([True, True], ["passed", "inconclusive"], [1e-9, np.inf], ()),
    ),
    "kinks that meet, wrong beside": (
        [(RIGHT, MEET), (RIGHT, WRONG)],
        ([True, True], ["passed", "wrong value"], [1e-9, 2e-9], (ON,)),
    ),
    "kinks that meet beside a wrong gradient": (
        [(WRONG, MEET), (WRONG, RIGHT)],
        ([True, True], ["wrong value", "inconclusive"], [2e-9, np.inf], ()),
    ),
    "kinks at every point": (
        [(RIGHT, SITS)] * 4, ([True] * 3 + [False], ["passed"] * 2, [1e-9, 3e-9], ())
    ),
}  # fmt: skip


def product(x, y):
    return x * y, (x, y)


@pytest.mark.parametrize(("looks", "expected"), COURSES.values(), ids=COURSES)
def test_course_of_a_check(looks, expected, monkeypatch):
    """Up to three points beside; right there counts, wrong there counts where none was here."""
    looks = list(looks)
    wrong = [any(pair[k].agrees is False for pair in looks) for k in (0, 1)]
    seen, points = [], []

    def judge(probe, gradients, rng, *, roughly=False):
        seen.append(roughly)
        points.append([x.copy() for x in probe.point])
        return list(looks.pop(0))

    def backward(dout, cache):
        x, y = cache
        return dout * y * (1 + 0.1 * wrong[0]), dout * x * (1 + 0.1 * wrong[1])

    monkeypatch.setattr(compare, "judge", judge)
    monkeypatch.setattr("gradelib.checks.check.remarked", lambda run, report, heard: report)
    report = gl.check_backward(product, backward, X, Y)
    roughly, outcomes, resolutions, warnings = expected
    assert seen == roughly
    assert looks == []
    assert [c.outcome for c in report.comparisons] == outcomes
    assert [c.resolution for c in report.comparisons] == resolutions
    assert report.warnings == warnings
    if expected[1] == ["passed"] * 2 and resolutions[1] == np.inf:
        assert report.comparisons[1].note == BESIDE
    assert np.array_equal(points[0], [X, Y])
    for near in points[1:]:
        steps = [np.abs(a - b) for a, b in zip(near, (X, Y), strict=True)]
        assert all(np.max(step) < 0.1 for step in steps)


@pytest.mark.parametrize("error", [ValueError, NotImplementedError])
@pytest.mark.parametrize(("verdict", "outcome"), [(MEET, "inconclusive"), (SITS, "passed")])
def test_functions_that_are_not_defined_beside(verdict, outcome, error, monkeypatch):
    """The word of the point itself counts, where there is no other."""

    def forward(x):
        if not np.array_equal(x, X):
            raise error
        return x**2, x

    monkeypatch.setattr(compare, "judge", lambda *_, **__: [verdict])
    monkeypatch.setattr("gradelib.checks.check.remarked", lambda run, report, heard: report)
    report = gl.check_backward(forward, lambda dout, x: 2 * dout * x, X)
    assert report.outcome == outcome
    assert report.warnings == ()
