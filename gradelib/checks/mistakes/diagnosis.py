"""Which mistake of the catalogue explains a wrong gradient exactly?

The hypotheses are tried from the simplest to the most special, and the first that gives the
student's array to rounding is named; when none does, nothing is: a wrong name is worse than none.
A hypothesis that the right gradient satisfies as well (a transpose of a symmetric matrix) does not
count.

To add a mistake: write its sentence in the catalogue and its function in one of the
`hypotheses_*` modules, put that into HYPOTHESES, and add a row to the tests' table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from gradelib.checks.mistakes import hypotheses_arrays as arrays
from gradelib.checks.mistakes import hypotheses_elsewhere as measured
from gradelib.checks.mistakes import hypotheses_losses as losses
from gradelib.checks.mistakes import hypotheses_numbers as numbers
from gradelib.checks.mistakes import hypotheses_signals as signals
from gradelib.checks.mistakes import hypotheses_terms as terms
from gradelib.checks.mistakes.case import Case, Hypothesis
from gradelib.checks.mistakes.catalogue import MISTAKES
from gradelib.checks.reports.findings import Diagnosis
from gradelib.checks.slopes.numeric import Array

__all__ = ["GENERAL", "HYPOTHESES", "diagnose", "diagnose_numbers", "diagnoses"]

HYPOTHESES: tuple[Hypothesis, ...] = (
    # The numbers alone.
    numbers.zero,
    numbers.sign,
    numbers.transpose,
    numbers.same_numbers,
    terms.not_summed,
    numbers.broadcast,
    terms.wrong_axis,
    numbers.other_gradient,
    terms.ignored_upstream,
    # The arrays at hand.
    arrays.activation,
    arrays.mask,
    numbers.factor,
    terms.added_upstream,
    losses.penalty,
    losses.branch,
    losses.at_labels,
    losses.one_term,
    arrays.matrix_product,
    numbers.sign_in_part,
    numbers.unreached,
    arrays.factor_at_hand,
    signals.hidden_signal,
    # The whole Jacobian.
    terms.diagonal,
    terms.pushed_forward,
    arrays.local_slope,
    terms.overwritten_terms,
    # Slice by slice, and the numbers in other places.
    numbers.moved,
    numbers.scattered,
    terms.changed_upstream,
    numbers.factor_by_slice,
    numbers.offset,
    losses.extra_multiple,
    losses.statistics,
    terms.samples,
    # The function measured elsewhere.
    measured.elsewhere,
    measured.other_input,
    measured.other_labels,
    terms.other_signal,
    signals.other_hidden_signal,
    measured.crude_difference,
)
# What holds of many mistakes: an edit of the right answer that gives the same says more.
GENERAL = frozenset(
    (
        "sign-in-part",
        "factor-by-slice",
        "factor-at-hand",
        "offset",
        "scattered",
        "places",
        "unreached",
        "overreached",
        "upstream-changed",
        "other-signal",
        "signal-unchanged",
        "samples-left-out",
        "samples-weighed",
        "matrix-product",
        "other-factor",
        "input-forgotten",
        "turned-over",
        "mask-from-other",
        "local-slope",
        "extra-multiple",
        "mean-term",
        "spread-term",
        "shared-term",
        "at-labels",
        "row-factor-at-labels",
    )
)
FROM_NUMBERS = (numbers.zero, numbers.sign, numbers.transpose)
FROM_MANY = (
    numbers.diagonal_matrix,
    numbers.moved,
    numbers.sign_in_part,
    numbers.unreached,
    numbers.approximate,
)


def diagnoses(case: Case, hypotheses: Sequence[Hypothesis] | None = None) -> Iterator[Diagnosis]:
    """Yield every mistake that gives the student's gradient exactly, the simplest first."""
    if case.right.size == 0 or case.yours.size == 0:
        return
    for hypothesis in HYPOTHESES if hypotheses is None else hypotheses:
        try:
            with np.errstate(all="ignore"):
                found = hypothesis(case)
        except np.linalg.LinAlgError:  # numbers that no system of equations can be solved for
            continue
        if found is not None:
            mistake, values = found
            yield Diagnosis(mistake, MISTAKES[mistake].format(**values), case.name)


def diagnose(case: Case, hypotheses: Sequence[Hypothesis] | None = None) -> Diagnosis | None:
    """Return the simplest mistake that gives the student's gradient exactly, or None."""
    return next(diagnoses(case, hypotheses), None)


def diagnose_numbers(
    name: str, yours: Array, right: Array, precision: float = 0.0, sizes: Iterable[int] = ()
) -> Diagnosis | None:
    """Return the mistake that shows in the numbers alone, whatever they are: zero, sign, factor...

    `sizes` are the lengths of axes over which something may have been averaged.
    """
    case = Case(name, yours, right, precision, sizes=frozenset(sizes))
    tried: tuple[Hypothesis, ...] = FROM_NUMBERS
    tried += (numbers.factor,) if case.sizes else (numbers.multiple, *FROM_MANY)
    return diagnose(case, tried)
