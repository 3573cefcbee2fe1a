"""Every right backward passes, no mutant does, and the commonest mistakes are named."""

import numpy as np
import pytest
from zoo import Case, LossCase, affine_backward, affine_forward, drawn
from zoo_cases import CORRECT, TOLERATED, XWB
from zoo_mutants_affine import AFFINE_MUTANTS
from zoo_mutants_layers import LAYER_MUTANTS
from zoo_mutants_nets import NET_MUTANTS
from zoo_mutants_numbers import NUMBER_MUTANTS

import gradelib as gl

MUTANTS = [*AFFINE_MUTANTS, *LAYER_MUTANTS, *NET_MUTANTS, *NUMBER_MUTANTS]


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


def report_of(case: Case | LossCase):
    return case.check(np.random.default_rng(7))


@pytest.mark.parametrize("case", named(CORRECT))
def test_right_backward_passes(case):
    """A right backward passes, without a warning or a diagnosis."""
    report = report_of(case)
    assert report.passed is True, str(report)
    assert report.verdict == "passed"
    assert report.outcome == "passed"
    assert report.diagnoses == ()


@pytest.mark.parametrize("case", named(TOLERATED))
def test_right_backward_that_is_hard_to_differentiate_never_fails(case):
    """Where differences can say little, a right backward may be inconclusive but not wrong."""
    assert report_of(case).verdict != "failed"


@pytest.mark.parametrize("case", named(MUTANTS))
def test_mutant_does_not_pass(case):
    """A wrong backward fails; it is not left undecided."""
    report = report_of(case)
    assert report.passed is False
    assert report.verdict == "failed", str(report)
    assert report.outcome in ("wrong value", "contract", "not attempted")


@pytest.mark.parametrize("case", named(c for c in MUTANTS if c.mistakes))
def test_common_mistake_is_named(case):
    """One of the identifiers that fit the mistake is named, and none that does not fit."""
    named_mistakes = [d.mistake for d in report_of(case).diagnoses]
    assert set(named_mistakes) & set(case.mistakes), named_mistakes
    assert set(named_mistakes) <= set(case.mistakes)


@pytest.mark.parametrize("case", named(c for c in MUTANTS if c.mistakes))
def test_explanation_is_a_sentence(case):
    """An explanation is a sentence for the student, and it stands in the report's text."""
    report = report_of(case)
    words = " ".join(str(report).split())
    for diagnosis in report.diagnoses:
        assert diagnosis.explanation.endswith((".", "?"))
        assert " ".join(diagnosis.explanation.split()) in words


def random_gradients(seed, keep):
    """An affine backward whose gradients, but for those in keep, mean nothing at all."""

    def wrong(dout, cache):
        rng = np.random.default_rng(seed)
        right = affine_backward(dout, cache)
        return tuple(g if i in keep else rng.normal(size=g.shape) for i, g in enumerate(right))

    return Case("nonsense", affine_forward, wrong, drawn((5, 7), (7, 3), (3,)), XWB)


@pytest.mark.parametrize("keep", [(), (0,), (1, 2)], ids=["all", "dW and db", "dx"])
@pytest.mark.parametrize("seed", range(5))
def test_nonsense_is_not_given_a_name(seed, keep):
    """Random gradients are wrong, and no mistake is named: a wrong name is worse than none."""
    report = report_of(random_gradients(seed, keep))
    assert report.verdict == "failed"
    assert report.diagnoses == ()


FALSE_NAMES = {  # mutant: identifiers that must not be given to it
    "two-layer net: signal summed away": {"factor", "averaged", "not-averaged", "sign"},
    "circuit: y keeps the sum's branch only": {"wrong-order", "sign", "factor"},
    "circuit: y overwritten by the max branch": {"wrong-order", "sign", "factor"},
    "affine: sign of one entry of dW": {"sign"},
    "affine: db of one sample": {"not-summed", "wrong-axis"},
    "sigmoid: without 1 - s": {"factor", "missing-penalty", "penalty-too-small"},
    "embedding: repeats overwritten": {"mask-missing", "mask-inverted", "factor"},
}


@pytest.mark.parametrize("name", FALSE_NAMES)
def test_false_name_is_not_given(name):
    """Accidents, such as one number equal to another, are not taken for a mistake."""
    case = next(c for c in MUTANTS if c.name == name)
    assert {d.mistake for d in report_of(case).diagnoses}.isdisjoint(FALSE_NAMES[name])


PENALTIES = [c for c in NET_MUTANTS if "penalty" in c.name and isinstance(c, Case) and c.mistakes]


@pytest.mark.parametrize("case", named(PENALTIES))
@pytest.mark.parametrize("dout", [0.7, -0.7])
def test_penalty_is_named_whatever_the_sign_of_dout(case, dout):
    """What is missing from a penalty is told from what is too much, also for dout < 0."""
    inputs = case.make_inputs(np.random.default_rng(7))
    report = gl.check_backward(case.forward, case.backward, *inputs, names=case.names, dout=dout)
    assert {d.mistake for d in report.diagnoses} == set(case.mistakes)


def test_right_gradients_beside_a_wrong_one_are_said_to_be_right():
    """Each gradient has its own comparison: one wrong, the others passed."""
    case = next(c for c in MUTANTS if c.name == "affine: sign of dW")
    report = report_of(case)
    assert [c.name for c in report.comparisons] == ["dx", "dW", "db"] or [
        c.name for c in report.comparisons
    ] == ["x", "W", "b"]
    assert [c.outcome for c in report.comparisons] == ["passed", "wrong value", "passed"]
    wrong = report.comparisons[1]
    assert wrong.wrong == wrong.size == 21


def test_worst_entry_is_where_the_lone_error_is():
    """One wrong entry is found: its index, the student's value and the numerical one."""
    at = (4, 2)

    def wrong(dout, cache):
        dx, dW, db = affine_backward(dout, cache)
        dW[at] += 0.5
        return dx, dW, db

    case = Case("lone", affine_forward, wrong, drawn((5, 7), (7, 3), (3,)), XWB)
    comparison = report_of(case).comparisons[1]
    assert comparison.wrong == 1
    assert tuple(comparison.worst_index) == at
    assert comparison.yours - comparison.numeric == pytest.approx(0.5, rel=1e-6)
