"""What of a report a rough function leaves as it is, and what it takes back."""

from dataclasses import replace

import numpy as np
import pytest

from gradelib.checks import remark
from gradelib.checks.calls import listening
from gradelib.checks.nature import Nature
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report
from gradelib.checks.run import Run
from gradelib.checks.slopes.numeric import Probe

X = np.linspace(-1.1, 1.3, 6).reshape(2, 3)
EXACT = X.astype(np.float32).astype(float)  # float32's numbers


def f(x):
    return x**2, x


def a_run(x=X, base=None):
    run = Run(f, f, [x], [0], ["x"], [x], None)
    run.base = x**2 if base is None else base
    run.upstream, run.gradients = np.ones(run.base.shape), [-2 * x]
    return run


def compared(outcome="inconclusive", resolution=0.5):
    return Comparison("dx", outcome, 6, (2, 3), "before", resolution=resolution)


@pytest.fixture
def asked(monkeypatch):
    """How often a function was to be called again, each time that its nature was asked for."""
    found = []

    def nature(probe, name, rng, *, repeats):
        found.append(repeats)
        return Nature("jump", "it jumps")

    monkeypatch.setattr(remark, "nature", nature)
    return found


def remarked(run, *comparisons, diagnoses=()):
    with listening() as heard:
        return remark.remarked(run, Report("f", comparisons, diagnoses), heard)


RIGHT = {  # id: (resolution, the run's base, whether it is still, whether the nature is asked for)
    "known exactly": (0.0, X, False, False),
    "known by other ways": (None, X, False, False),
    "still": (0.0, X, True, True),
    "in single precision": (0.0, EXACT, False, True),
    "still, in single precision": (0.0, EXACT, True, True),
}


@pytest.mark.parametrize(("resolution", "base", "still", "looked"), RIGHT.values(), ids=RIGHT)
def test_nature_behind_a_right_gradient(asked, resolution, base, still, looked):
    """It is asked for where the output did not move, or holds float32's numbers only."""
    run = a_run(base=base)
    run.still = still
    remarked(run, compared("passed", resolution))
    assert asked == ([1] if looked else [])


EMPTY = {
    "no output": a_run(base=np.zeros((0, 3))),
    "no input": a_run(np.zeros((0, 3)), base=np.zeros(())),
    "neither": a_run(np.zeros((0, 3))),
}


@pytest.mark.parametrize("run", EMPTY.values(), ids=EMPTY)
def test_nature_of_nothing(asked, run):
    """Where there is nothing to move, or nothing that moves, the report stays."""
    found = remarked(run, compared())
    assert (found.comparisons[0].message, asked) == ("before", [])


@pytest.mark.parametrize(("small", "repeats"), [(6, 6), (5, 1)])
def test_small_functions_are_called_more_often(asked, monkeypatch, small, repeats):
    """Up to so many entries, here of six."""
    monkeypatch.setattr(remark, "SMALL", small)
    remarked(a_run(), compared())
    assert asked == [repeats]


def test_draws_are_the_same_each_time(monkeypatch):
    """Today and tomorrow."""
    draws = []
    monkeypatch.setattr(
        remark, "nature", lambda probe, name, rng, repeats: draws.append(rng.random())
    )
    for _ in range(2):
        remarked(a_run(), compared())
    assert len(draws) == 2
    assert draws[0] == draws[1]


def test_diagnoses_of_what_is_told_no_more_are_dropped(asked):
    """Those of other gradients, and of none in particular, stay."""
    broken = Comparison("db", "contract", 6, (2, 3), "no array")
    diagnoses = tuple(Diagnosis("sign", "because", name) for name in ("dx", "db", ""))
    found = remarked(a_run(), compared("wrong value"), broken, diagnoses=diagnoses)
    assert [c.outcome for c in found.comparisons] == ["inconclusive", "contract"]
    assert [d.name for d in found.diagnoses] == ["db", ""]


def test_comparison_that_is_told_no_more(asked):
    """Its name, size and what was measured are as they were; its errors are not shown."""
    before = replace(compared("wrong value"), wrong=6, errors=np.ones((2, 3)), curve=object())
    (found,) = remarked(a_run(), before).comparisons
    assert found.message == "dx cannot be told right from wrong: it jumps"
    assert (found.name, found.size, found.shape) == ("dx", 6, (2, 3))
    assert (found.resolution, found.curve) == (0.5, before.curve)
    assert (found.wrong, found.errors) == (None, None)


SLOPES = {  # id: (f of x, gradient, whether the slopes over long steps bear it out)
    "linear": (lambda x: 3 * x, 3.0, True),
    "linear, of the other sign": (lambda x: 3 * x, -3.0, False),
    "linear, hardly off": (lambda x: 3 * x, 3 * (1 + 3e-6), True),
    "linear, off": (lambda x: 3 * x, 3 * (1 + 2e-4), False),
    "in steps": (lambda x: np.round(3 * x, 2), 3.0, True),
    "in steps, of twice the size": (lambda x: np.round(3 * x, 2), 6.0, False),
    "at rest": (lambda x: 0 * x, 0.0, True),
    "at rest, handed on": (lambda x: 0 * x, 1.0, False),
}


@pytest.mark.parametrize(("f", "slope", "explained"), SLOPES.values(), ids=SLOPES)
def test_gradient_that_long_steps_bear_out(f, slope, explained):
    """To as many digits as they agree in; a sign or a factor is no rounding."""
    probe = Probe(lambda p: f(p[1]), [np.ones(2), X], np.ones(X.shape), f(X))
    gradient = np.full(X.shape, slope)
    assert remark._explained(probe, 1, gradient, np.random.default_rng(2)) is explained
