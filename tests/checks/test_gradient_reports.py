"""The report on several gradients: what is measured, who names the mistakes, what is said once."""

from dataclasses import replace

import numpy as np
import pytest
from problems_by_hand import D, W, X, problem, product_backward

import gradelib as gl
from gradelib.checks import compare
from gradelib.checks.calls import CallFailed, Heard
from gradelib.checks.mistakes.explain import UNRECOGNISED, unexplained
from gradelib.checks.reports.findings import Diagnosis
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.judge import ON_KINKS, Verdict
from gradelib.checks.slopes.steps import Curve


def reported(asked, gradients, broken=(), heard=None, **options):
    rng = np.random.default_rng(5)
    return compare.gradient_report(asked, gradients, broken, heard or Heard(), rng, **options)


def on(asked, **options):
    """The report on what the backward pass of a question returns."""
    return reported(asked, asked.replayed(asked.backward), **options)


def test_error_without_a_line_of_its_own():
    """The words are the error's, and say nothing of a place."""
    report = compare.call_report("net", CallFailed("net", ValueError("no")), Heard())
    assert report.comparisons[0].message == "net raised ValueError: no"
    report = compare.call_report("net", CallFailed("net", KeyError()), Heard())
    assert report.comparisons[0].message == "net raised KeyError"


FAILING = {"raised": ValueError("no"), "not attempted": NotImplementedError("to do")}


def heard_a_word():
    heard = Heard()
    heard.stream.write("a word")
    return heard


@pytest.mark.parametrize(("outcome", "error"), FAILING.items(), ids=FAILING)
def test_function_that_fails_while_it_is_measured(outcome, error):
    """The report is about that, names whose gradients were asked for, and what was heard."""

    def outputs(arrays):
        raise CallFailed("forward", error)

    report = on(replace(problem(product_backward), outputs=outputs), heard=heard_a_word())
    assert (report.subject, report.outcome) == ("net", outcome)
    assert [c.name for c in report.comparisons] == ["forward"]
    assert report.warnings == ("printed: a word",)


@pytest.mark.parametrize("error", FAILING.values(), ids=FAILING)
def test_function_that_fails_beside_the_point_only(error, monkeypatch):
    """Nothing is known from beside then, and the gradients are judged where they are."""

    def outputs(arrays):
        raise CallFailed("forward", error)

    asked = problem(product_backward)
    torn = replace(asked, beside=lambda rng: replace(asked, outputs=outputs))
    rng = np.random.default_rng(5)
    assert compare._beside(torn, (), Heard(), rng, 2) is None
    assert compare._beside(asked, (), Heard(), rng, 2).passed
    rough, judge = Verdict(True, 1e-5, rough=True), compare.judge
    monkeypatch.setattr(
        compare,
        "judge",
        lambda *known, roughly=False: [rough] * 2 if roughly else judge(*known),
    )
    report = on(torn)
    assert report.passed
    assert all(c.resolution < 1e-5 for c in report.comparisons)


def test_what_is_known_exactly_beside_is_known_exactly(monkeypatch):
    """A gradient without an error beside the point is not taken for one that nothing is known of"""
    looks = [[Verdict(True, 1e-5, rough=True)] * 2, [Verdict(True, 0.0), Verdict(True, 1e-9)]]
    monkeypatch.setattr(compare, "judge", lambda *_, **__: looks.pop(0))
    report = on(problem(product_backward))
    assert [c.resolution for c in report.comparisons] == [0.0, 1e-9]


@pytest.fixture
def noises(monkeypatch):
    """How noisy a function is taken to be where its entries are looked at."""
    found, entrywise = [], compare.entrywise

    def listening(probe, block, gradient, verdict, rng):
        found.append(probe.noise)
        return entrywise(probe, block, gradient, verdict, rng)

    monkeypatch.setattr(compare, "entrywise", listening)
    return found


def rounded(x, w):
    return (x @ w).astype(np.float32).astype(float)


def test_noise_is_measured_where_no_gradient_has_a_form(noises):
    """As the judge of those that have one measures it: of float32 it is some 1e-8 of the output."""
    right = product_backward(D, X, W)
    reported(problem(product_backward, rounded), [Breach("no", "shape", g[0]) for g in right])
    assert len(noises) == 2
    assert all(1e-9 < noise < 1e-6 for noise in noises)


def test_noise_is_the_judges_where_a_gradient_has_a_form(noises, monkeypatch):
    """And is not measured anew."""
    right = product_backward(D, X, W)

    def judge(probe, gradients, rng, **_):
        probe.noise = 1e-7
        return [Verdict(False, 1e-9)]

    monkeypatch.setattr(compare, "judge", judge)
    reported(problem(product_backward), [2 * right[0], Breach("no", "shape", right[1][0])])
    assert noises == [1e-7, 1e-7]


def test_entry_on_a_kink_that_is_wrong_is_shown():
    """|x| has slopes from -1 to 1 at 0: 5 is none, 0.3 is one; the other entries are right."""
    x = np.array([0.0, 1.5, -2.0, 0.0, 0.7])
    claimed = np.array([5.0, 1.0, -1.0, 0.3, 1.0])
    dout = np.array([1.0, 2.0, 3.0, 2.0, -1.0])
    report = gl.check_backward(lambda x: (np.abs(x), x), lambda d, x: d * claimed, x, dout=dout)
    (dx,) = report.comparisons
    assert (dx.outcome, dx.wrong, dx.worst_index) == ("wrong value", 1, (0,))
    assert dx.yours == 5.0
    assert dx.errors.nonzero()[0].tolist() == [0]


def turned(d, x, w):
    return -d @ w.T, -x.T @ d


def one_turned(d, x, w):
    return -d @ w.T, x.T @ d


def test_what_holds_of_all_gradients_is_said_once():
    """Unless the contract is broken besides: then each stands under its own name."""
    once = on(problem(turned))
    assert [(d.mistake, d.name) for d in once.diagnoses] == [("sign", "")]
    assert once.diagnoses[0].explanation.startswith("The same in both gradients. ")
    asked = problem(turned)
    broken = [("dout", Breach("changed", "no name"))]
    each = reported(asked, asked.replayed(turned), broken)
    assert [(d.mistake, d.name) for d in each.diagnoses] == [("sign", "dx"), ("sign", "dw")]


def test_gradient_that_no_mistake_explains_says_so():
    """And no other."""

    def backward(d, x, w):
        return d @ w.T + np.cos(90 * x), -x.T @ d

    dx, dw = on(problem(backward)).comparisons
    assert UNRECOGNISED in dx.note
    assert (dw.outcome, dw.note) == ("wrong value", "")


def test_curve_is_kept_for_a_figure():
    """Of a gradient that was looked at more than once: what each step gave."""
    dx, dw = on(problem(one_turned)).comparisons
    assert (dx.outcome, dw.outcome) == ("wrong value", "passed")
    assert isinstance(dx.curve, Curve)


def test_probe_serves_the_gradient_for_an_upstream_of_ones():
    """Where an input is too large for a whole Jacobian: 2 x in place of 1.5 times 2 x."""
    x = np.linspace(1, 2, 300)
    report = gl.check_backward(
        lambda x: (np.sum(x * x), x), lambda d, x: 2 * x, x, dout=np.array(1.5)
    )
    assert [d.mistake for d in report.diagnoses] == ["ignored-upstream"]


@pytest.fixture
def asked_for(monkeypatch):
    """What the fingerprints are asked; they know that dx has a sign lost, by a certain edit."""
    calls = []

    def recognised(*given):
        calls.append(given)
        return {0: Diagnosis("edited", "so it was edited", "dx", "a1b2")}

    monkeypatch.setattr(compare, "recognised", recognised)
    return calls


def test_fingerprints_are_asked_where_something_is_wrong(asked_for):
    """With the question, all gradients, and those that are wrong."""
    asked = problem(one_turned)
    gradients = asked.replayed(one_turned)
    reported(asked, gradients)
    ((question, returned, wrong),) = asked_for
    assert question is asked
    assert returned is gradients
    assert list(wrong) == [0]


def test_fingerprints_are_not_asked_without_need(asked_for):
    """Neither where all is right, nor where nobody looks for the mistake."""
    assert on(problem(product_backward)).passed
    with unexplained():
        assert on(problem(one_turned)).outcome == "wrong value"
        assert on(problem(product_backward)).passed
    assert asked_for == []


NAMED = {  # what: (backward, what is named, by which edit)
    "nothing else known": (lambda d, x, w: (d @ w.T + np.cos(90 * x), x.T @ d), "edited"),
    "the name is known": (one_turned, "sign"),
}


@pytest.mark.parametrize(("backward", "mistake"), NAMED.values(), ids=NAMED)
def test_edit_is_kept_with_the_name(backward, mistake, asked_for):
    """A precise name stays, and has the edit; where there is none, the edit's name counts."""
    report = on(problem(backward))
    assert [(d.mistake, d.name, d.edit) for d in report.diagnoses] == [(mistake, "dx", "a1b2")]
    assert UNRECOGNISED not in report.comparisons[0].note


def test_kinks_are_looked_at_beside_as_often_as_asked(monkeypatch):
    """So many points at most, and none where none may be looked at."""
    looks = []

    def judge(probe, gradients, rng, *, roughly=False):
        looks.append(roughly)
        return [Verdict(None, np.inf, ON_KINKS)] * 2

    monkeypatch.setattr(compare, "judge", judge)
    for nearby in (0, 1, 2):
        looks.clear()
        assert on(problem(product_backward), nearby=nearby).outcome == "inconclusive"
        assert len(looks) == 1 + nearby
