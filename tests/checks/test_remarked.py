"""Where the word on a rough function stands in a report, and when a check is gone on with."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import remark
from gradelib.checks.calls import listening
from gradelib.checks.nature import Nature
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.run import Run
from gradelib.checks.slopes.ladder import Ladder

X = np.linspace(-1.1, 1.3, 6).reshape(2, 3)

# id: (outcome, resolution, kind, (outcome, warnings, calls with so many repeats))
ROUGH = ("note: it is rough",)
RANDOM = "f gave two results for the same inputs, so no derivative can be measured"
REMARKS = {
    "right": ("passed", 1e-9, "low precision", ("passed", (), [])),
    "right, in few digits": ("passed", 1.1e-7, "low precision", ("passed", ROUGH, [1])),
    "right, in enough": ("passed", 0.9e-7, "low precision", ("passed", (), [])),
    "unknown": ("inconclusive", 0.5, "low precision", ("inconclusive", (), [6])),
    "unknown, smooth": ("inconclusive", 0.5, None, ("inconclusive", (), [6])),
    "wrong": ("wrong value", 1e-9, "low precision", ("wrong value", ROUGH, [6])),
    "wrong, at a jump": ("wrong value", 1e-9, "jump", ("inconclusive", (), [6])),
    "unknown, random": ("inconclusive", 0.5, "random", ("inconclusive", (), [6])),
    "broken": ("contract", None, "jump", ("contract", (), [])),
}


@pytest.mark.parametrize("case", REMARKS.values(), ids=REMARKS)
def test_remark_in_a_report(case, monkeypatch):
    """As the reason where nothing can be told, else as a note; only where it bears on a result."""
    outcome, resolution, kind, expected = case
    asked = []

    def nature(probe, name, rng, *, repeats):
        asked.append(repeats)
        return kind and Nature(kind, "it is rough")

    def f(x):
        return x**2, x

    monkeypatch.setattr(remark, "nature", nature)
    run = Run(f, f, [X], [0], ["x"], [X], None)
    run.upstream, run.base, run.gradients = np.ones(X.shape), X**2, [-2 * X]
    report = Report("f", (Comparison("dx", outcome, 6, (2, 3), "before", resolution=resolution),))
    with listening() as heard:
        found = remark.remarked(run, report, heard)
    assert (found.outcome, found.warnings, asked) == expected
    message = found.comparisons[0].message
    if kind == "random":
        assert message.startswith(RANDOM)
    elif found.outcome == "inconclusive" and kind:
        assert message == "dx cannot be told right from wrong: it is rough"
    else:
        assert message == "before"


def test_warnings_are_kept_where_single_precision_fails():
    """What the functions said is in the report, whichever way they fail."""

    def wrong(dout, x):
        print("a word")
        return dout * (2 if x.dtype == np.float64 else 5)

    def raises(dout, x):
        print("a word")
        return {np.dtype(np.float64): 2 * dout}[x.dtype]

    for backward, outcome in ((wrong, "contract"), (raises, "raised")):
        report = gl.check_backward(lambda x: (2 * x, x), backward, X.astype(np.float32))
        assert report.outcome == outcome
        assert any("a word" in warning for warning in report.warnings)


def test_seed_is_zero_unless_it_is_given():
    """A check draws the same upstream gradient today and tomorrow."""
    seen = []

    def backward(dout, x):
        seen.append(dout.copy())
        return 2 * dout * x

    for options in ({}, {"seed": 0}, {"seed": 1}):
        seen.append(None)
        gl.check_backward(lambda x: (x**2, x), backward, X, **options)
    starts = [k + 1 for k, dout in enumerate(seen) if dout is None]
    first, again, other = (seen[k] for k in starts)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


class Jumps:
    """In place of a probe."""

    def __init__(self, noise):
        self.noise = noise


@pytest.mark.parametrize(("factor", "kink"), [(19.8, True), (20.2, False)])
def test_jumps_are_held_to_twenty_times_the_rounding(factor, kink):
    """Just above, they are kinks; just below, rounding."""
    ladder = Ladder(Jumps(4.0**-9 / factor), None)
    ladder.jump = {7: 1.0, 8: 1.0, 9: 1.0}
    assert ladder._has_settled_on_kink() is (not kink)
