"""Questions about backward passes made by hand, as a check puts them to its diagnosis.

`problem` is a question at a point, `measured` its probe and the numerical gradient of one input.
"""

from __future__ import annotations

import numpy as np
from cases_by_hand import drawn

from gradelib.checks.mistakes.explain import Problem
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import entrywise
from gradelib.checks.slopes.judge import Verdict
from gradelib.checks.slopes.numeric import Probe, units

X, W = drawn(3, 4), drawn(4, 2)
D = drawn(3, 2)


def product(x, w):
    return x @ w


def product_backward(d, x, w):
    return d @ w.T, x.T @ d


def problem(backward, forward=product, point=(X, W), dout=D, given=(), labels=("x", "w")):
    """A question about backward(dout, *point), made by hand."""
    point = [np.array(x) for x in point]

    def replayed(function):
        return [
            g if isinstance(g, Breach) else np.array(g, dtype=float)
            for g in function(dout.copy(), *(x.copy() for x in point))
        ]

    def beside(rng):
        near = [x + 0.01 * rng.normal(size=x.shape) for x in point]
        return problem(backward, forward, near, dout, given, labels)

    return Problem(
        "net",
        lambda arrays: np.asarray(forward(*arrays)),
        point,
        labels,
        np.asarray(forward(*point)),
        dout,
        backward,
        replayed,
        beside,
        dict(given),
        lambda changes: lambda arrays: np.asarray(forward(*arrays)),
        lambda: [units(x) for x in point],
    )


def measured(asked, k):
    probe = Probe(asked.outputs, asked.point, asked.dout, asked.base)
    return probe, entrywise(probe, k, None, Verdict(None, 0.0), np.random.default_rng(3))
