"""Cases made by hand: a wrong gradient beside the right one, and what a hypothesis may ask for.

`case` fills in what a test says nothing of; `rows` turns tables into parameters, and `says` asks
one hypothesis.
"""

from __future__ import annotations

import numpy as np
import pytest

from gradelib.checks.mistakes.case import Case

EMPTY = np.zeros(0)


def drawn(*shape, seed=0):
    """An array of numbers without a pattern."""
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def case(yours, right, **known):
    """A Case; `J` is the whole Jacobian, `ones` the right gradient for ones, `fits` a function."""
    yours, right = np.asarray(yours, dtype=float), np.asarray(right, dtype=float)
    J, ones = known.pop("J", None), known.pop("ones", EMPTY)
    fits, steps = known.pop("fits", lambda changes: False), known.pop("steps", ())
    return Case(
        **{
            "name": "dx",
            "yours": yours,
            "right": right,
            "precision": 0.0,
            "x": EMPTY,
            "dout": EMPTY,
            "out": EMPTY,
            "others": {},
            "settled": frozenset(),
            "sizes": frozenset(),
            "right_with_ones": lambda: ones,
            "jacobian": lambda: J,
            "fits_at": fits,
            "steps": lambda: steps,
        }
        | known
    )


def rows(groups):
    """Parameters of tables by hypothesis {hypothesis: {what: (case, expected)}}."""
    return [
        pytest.param(hypothesis, *row, id=f"{hypothesis.__name__}: {what}")
        for hypothesis, table in groups.items()
        for what, row in table.items()
    ]


def says(hypothesis, given):
    """The mistake that a hypothesis names, as the diagnosis asks it."""
    with np.errstate(all="ignore"):
        found = hypothesis(given)
    return found and found[0]
