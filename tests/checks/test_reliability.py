"""How often the checker errs: over thousands of seeds, and at what cost in forwards."""

import itertools

import numpy as np
import pytest
import zoo_nets as nets
from zoo import Case
from zoo_cases import FLOAT32, KINKS, LAYERS, SCALES
from zoo_mutants_affine import AFFINE_MUTANTS
from zoo_mutants_layers import LAYER_MUTANTS
from zoo_mutants_nets import NET_MUTANTS
from zoo_mutants_numbers import NUMBER_MUTANTS

import gradelib as gl

CHECKS = 2000


def test_at_most_one_right_backward_in_two_thousand_is_rejected():
    """2,000 checks of right layers and nets, precisions, scales, kinks: one may be rejected."""
    pool = itertools.cycle([*LAYERS, *FLOAT32, *SCALES, *KINKS])
    rejected = []
    for seed, case in zip(range(CHECKS), pool, strict=False):
        report = case.check(np.random.default_rng(10_000 + seed), seed=seed)
        if not report.passed:
            rejected.append((case.name, seed, report.verdict))
    assert len(rejected) <= 1, rejected


@pytest.fixture(scope="module")
def reports_on_mutants():
    """More than 60 mutants, three seeds each: (mutant, seed, report)."""
    every = [*AFFINE_MUTANTS, *LAYER_MUTANTS, *NET_MUTANTS, *NUMBER_MUTANTS]
    small = [mutant for mutant in every if not mutant.large]
    assert len(small) >= 60
    return [
        (mutant, seed, mutant.check(np.random.default_rng(20_000 + seed), seed=seed))
        for mutant in small
        for seed in range(3)
    ]


def test_no_mutant_is_accepted_over_several_seeds(reports_on_mutants):
    """None of the mutants is accepted with any seed."""
    accepted = [(m.name, seed) for m, seed, report in reports_on_mutants if report.passed]
    assert accepted == []


def test_no_mutant_is_misnamed_over_several_seeds(reports_on_mutants):
    """What is named is the mistake that was made, whatever the seed (and dout's sign)."""
    misnamed = {
        (mutant.name, diagnosis.mistake)
        for mutant, _, report in reports_on_mutants
        if mutant.mistakes
        for diagnosis in report.diagnoses
        if diagnosis.mistake not in mutant.mistakes
    }
    assert misnamed == set()


@pytest.mark.parametrize("mutant", [m for m in LAYER_MUTANTS if m.large], ids=lambda m: m.name)
def test_lone_small_error_in_a_large_array_is_not_accepted(mutant):
    """One entry in 100,000 that is off by a thousandth of the rms is never accepted."""
    accepted = [
        seed
        for seed in range(2)
        if mutant.check(np.random.default_rng(30_000 + seed), seed=seed).passed
    ]
    assert accepted == []


def net_of(n, d, h, c):
    return Case(
        "two-layer net",
        nets.net_forward,
        nets.net_backward,
        lambda rng: nets.net_inputs(rng, n, d, h, c),
        nets.NET_NAMES,
    )


@pytest.mark.parametrize(
    "sizes", [(5, 7, 11, 3), (13, 67, 53, 11), (13, 401, 311, 11)], ids=["165", "4k", "130k"]
)
def test_cost_of_a_pass_does_not_grow_with_the_parameters(sizes):
    """A right two-layer net costs at most 45 forwards, whatever its number of parameters."""
    report = net_of(*sizes).check(np.random.default_rng(3))
    assert report.passed is True
    assert 0 < report.evaluations <= 45


def test_evaluations_are_the_forwards_spent():
    """The report's number of evaluations is the number of times that forward was called."""
    calls = 0

    def counted(*inputs):
        nonlocal calls
        calls += 1
        return nets.net_forward(*inputs)

    inputs = nets.net_inputs(np.random.default_rng(3))
    report = Case("", counted, nets.net_backward, lambda rng: inputs).check(
        np.random.default_rng(0)
    )
    assert report.evaluations == calls


def test_same_seed_same_report():
    """A check with the same inputs and seed gives the same report, word for word."""
    case = AFFINE_MUTANTS[0]
    first, second = (str(case.check(np.random.default_rng(5), seed=4)) for _ in range(2))
    assert first == second


def upstream_gradient(seed):
    """The first dout that a check with this seed hands to backward."""
    seen = []

    def backward(dout, x):
        seen.append(np.array(dout))
        return 2 * dout * x

    x = np.linspace(-1, 1, 7)
    assert gl.check_backward(lambda x: (x**2, x), backward, x, seed=seed).passed
    return seen[0]


@pytest.mark.parametrize("seed", range(3))
def test_seed_draws_the_upstream_gradient(seed):
    """The upstream gradient has the output's shape, is not constant and differs between seeds."""
    first, second = upstream_gradient(seed), upstream_gradient(seed + 1)
    assert first.shape == (7,)
    assert np.ptp(first) > 0
    assert not np.array_equal(first, second)


def test_dout_of_the_author_is_used():
    """A dout that the author gives is the one that backward gets."""
    seen = []
    dout = np.arange(7.0)
    x = np.linspace(-1, 1, 7)
    gl.check_backward(
        lambda x: (x**2, x), lambda d, x: (seen.append(d.copy()), 2 * d * x)[1], x, dout=dout
    )
    assert np.array_equal(seen[0], dout)
