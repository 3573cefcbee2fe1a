"""The zoo itself, judged by plain differences: the right ones are right, the mutants are wrong."""

import numpy as np
import pytest
from zoo import Case
from zoo_cases import CORRECT, KINKS
from zoo_mutants_affine import AFFINE_MUTANTS
from zoo_mutants_layers import LAYER_MUTANTS
from zoo_mutants_nets import NET_MUTANTS
from zoo_mutants_numbers import NUMBER_MUTANTS
from zoo_oracle import as_function, worst_deviation

MUTANTS = [*AFFINE_MUTANTS, *LAYER_MUTANTS, *NET_MUTANTS, *NUMBER_MUTANTS]
# Their forward or backward changes its arguments or answers by luck, which differences do not show.
IMPURE = {"affine: dout changed in place", "affine: cache changed in place"}


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", named(c for c in CORRECT if not c.large and c not in KINKS))
def test_right_case_agrees_with_differences(case):
    """A right backward agrees with central differences at every entry."""
    assert worst_deviation(case, seed=1) < 1e-5


@pytest.mark.parametrize("case", named(KINKS))
def test_right_case_on_kinks_lies_between_one_sided_slopes(case):
    """On a kink every entry of a right backward lies between the one-sided slopes."""
    assert worst_deviation(case, seed=1, at_kink=True) < 1e-4


@pytest.mark.parametrize("case", named(c for c in MUTANTS if c.name not in IMPURE))
def test_mutant_differs_from_the_truth(case):
    """A mutant's gradients differ from the right ones, in value or in form."""
    if not (isinstance(case, Case) and case.truth):
        assert worst_deviation(case, seed=1) > 1e-4
        return
    *_, wrong = as_function(case, np.random.default_rng(1))
    truth = Case(case.name, case.forward, case.truth, case.make_inputs)
    *_, right = as_function(truth, np.random.default_rng(1))
    assert len(wrong) != len(right) or any(
        not isinstance(w, np.ndarray | np.floating)
        or w.shape != r.shape
        or w.dtype != r.dtype
        or not np.allclose(w, r, rtol=1e-9, atol=0)
        for w, r in zip(wrong, right, strict=True)
    )


def test_names_are_unique_and_mutants_are_many():
    """Each name stands once, and there are at least 70 mutants."""
    names = [case.name for case in [*CORRECT, *MUTANTS]]
    assert len(set(names)) == len(names)
    assert len(MUTANTS) >= 70
