"""One backward pass, checked: contracts, then numbers, then the name of the mistake.

`check_backward` runs a student's code on copies, holds what it returns to the contract (one plain
float64 array for each input, finite, nothing changed in place, the same answer twice), compares it
with finite differences and explains what differs. A result that agrees is asked whether it is a
derivative: not taken by finite differences itself, and not true at these inputs alone. It returns
a `Report` whatever the student's code does; misuse by the author of a test raises TypeError or
ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np

from gradelib.checks import given
from gradelib.checks.calls import CallFailed, Heard, listening, snapshot, unchanged
from gradelib.checks.compare import breach_report, call_report, gradient_report
from gradelib.checks.mistakes.hypotheses_elsewhere import CRUDE
from gradelib.checks.mistakes.recording import is_recording, recorded
from gradelib.checks.nature import random_report
from gradelib.checks.remark import remarked
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach, as_output, close
from gradelib.checks.run import Run
from gradelib.checks.scrutiny import differentiated_numerically, scrutinised
from gradelib.checks.single import in_single_precision
from gradelib.checks.slopes.numeric import Array
from gradelib.checks.watch import Watch

STREAM = 20  # any number
HELD = 6  # arrays of each input's size that a check holds at once, and more

__all__ = ["check_backward", "run_check"]


def check_backward(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    wrt: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    dout: Array | None = None,
    seed: int = 0,
    exercise: str | None = None,
) -> Report:
    """Check that `backward` is the derivative of `forward` at `inputs`.

    `out, cache = forward(*inputs)` and `grads = backward(dout, cache)`, where out is an array of
    any shape or a number, cache is whatever backward needs, and dout, of the shape of out, is the
    gradient of a loss by out. `grads` holds the gradient of that loss by each differentiated input,
    in order, in a tuple or list; a single one may be bare. A gradient has its input's shape and
    dtype float64, and backward leaves dout, cache and the inputs as they were.

    Differentiated are the float arrays and floats among the inputs, or those that `wrt` names by
    position (an integer array only then; it is promoted). Everything is checked in float64, and
    float32 inputs are run once more as they are. `names` name the differentiated inputs (else the
    parameters of forward do), `dout` replaces the random upstream gradient, `seed` draws that and
    the directions of the check. `exercise` names the exercise in the report, and its fingerprints.

    The gradients are compared with finite differences of forward along random directions, about
    twenty forwards where all is right, however many entries there are. A difference counts where it
    is more than six times what the finite differences may be wrong by. On a kink every slope
    between the two sides is right. What the two functions raise, print or warn is in the report.

    A backward pass that takes finite differences breaks the contract, however good they are, and
    so does one that is right at these inputs and wrong beside them.

    Returns a Report.  Raises TypeError or ValueError where the call itself is wrong: something not
    callable, nothing to differentiate, a position or name too many, a dout of another shape, an
    input that is not finite.

    A layer of one's own, y = x g, and a gradient that averages over the rows instead of summing:

    >>> import numpy as np
    >>> def scale(x, g):
    ...     return x * g, (x, g)
    >>> def scale_backward(dout, cache):
    ...     x, g = cache
    ...     return dout * g, (dout * x).mean(axis=0)
    >>> x, g = np.array([[1.0, 2.0], [3.0, -4.0], [0.5, 1.0]]), np.array([2.0, -1.0])
    >>> dout = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> print(check_backward(scale, scale_backward, x, g, dout=dout))  # doctest: +ELLIPSIS
    ✗ scale_backward: not right yet
      dg is wrong in 2 of 2 entries, worst at [0]
        yours     4.16667
        numeric   12.5 ± ...
        Every entry is 0.3333 times what it should be, one over 3, ...
      right: dx

    >>> def mended(dout, cache):
    ...     x, g = cache
    ...     return dout * g, (dout * x).sum(axis=0)
    >>> check_backward(scale, mended, x, g).passed
    True
    """
    given.require_functions("check_backward", forward=forward, backward=backward)
    return run_check(
        forward,
        backward,
        inputs,
        wrt=wrt,
        names=names,
        dout=dout,
        seed=seed,
        exercise=exercise,
    )


def run_check(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    inputs: Sequence[Any],
    *,
    wrt: Sequence[int] | None = None,
    names: Sequence[str] | None = None,
    dout: Array | None = None,
    seed: int = 0,
    exercise: str | None = None,
    numerical: bool = False,
    at_once: bool = False,
) -> Report:
    """`check_backward`, for the checks that are made of it.

    `numerical`: finite differences are as good as any other way to the gradient. `at_once`: the
    forward pass computes the gradients as well, as a loss does that returns both.
    """
    places = given.places(inputs, wrt)
    labels = given.labels(forward, names, places)
    point = given.as_points(inputs, places, labels)
    run = Run(forward, backward, inputs, places, labels, point, exercise)
    # Freed at once: glibc's malloc lets those who gave a large block back keep twice as much (the
    # dynamic threshold of mallopt(3)); else each array comes from the system again, page by page.
    np.empty(HELD * sum(x.size for x in point))
    # Streams of their own: default_rng(seed) may have drawn the very inputs.
    rng = np.random.default_rng([seed, STREAM])
    with listening() as heard:
        report = _report(run, dout, rng, heard, numerical=numerical, at_once=at_once)
        if is_recording():
            return report
        if report.passed:
            apart = np.random.default_rng(
                [seed, STREAM, 1]
            )  # leaves the draws of the check as they are
            report = scrutinised(
                run, report, apart, drawn=dout is None, numerical=numerical, heard=heard
            )
            if report.passed:
                report = remarked(run, report, heard)
        single = any(getattr(inputs[i], "dtype", None) == np.float32 for i in places)
        if single and report.passed:
            report = in_single_precision(run, report)
    return replace(report, evaluations=run.evaluations, exercise=exercise)


def _report(
    run: Run, dout: Any, rng: np.random.Generator, heard: Heard, *, numerical: bool, at_once: bool
) -> Report:
    """Contracts first, then the numbers."""
    inputs = (run.fixed, run.point)
    before = snapshot(inputs)
    watch = nullcontext() if numerical else Watch(run.point)
    try:
        out, cache = run.forwards(run.point)
        base = as_output(out, run.forward_name)
        if not unchanged(inputs, before):
            message = f"{run.forward_name} changed its inputs in place"
            raise Breach(message, "input-changed")
        run.upstream = given.upstream(dout, base, rng)
        with watch if at_once else nullcontext():
            again = as_output(run.forwards(run.point)[0], run.forward_name)
        if not close(again, base):
            return random_report(run, heard)
        held = snapshot(cache)
        handed = run.handed(out)
        run.gradients = run.backwards(run.backward, handed, cache)
        broken = []
        if not unchanged(handed, run.upstream):
            broken = [
                ("dout", Breach(f"{run.backward_name} changed dout in place", "dout-changed"))
            ]
        elif not unchanged(inputs, before):
            message = f"{run.backward_name} changed the inputs in place"
            broken = [("inputs", Breach(message, "input-changed"))]
        elif not unchanged(cache, held):
            message = f"{run.backward_name} changed the cache in place"
            broken = [("cache", Breach(message, "cache-changed"))]
        else:
            with watch:
                repeated = run.repeats(run.handed(out), cache)
            if not repeated:
                message = f"{run.backward_name} gave another answer when called again"
                broken = [("second call", Breach(message, "not-repeatable"))]
        run.point[:] = before[1]
        run.fixed = run.untouched()
    except CallFailed as failure:
        return call_report(run.subject, failure, heard)
    except Breach as breach:
        return breach_report(run.subject, run.forward_name, breach, heard)

    if not broken:
        run.base = base
    problem = run.problem(run.point, base)
    if is_recording():
        return recorded(problem, run.gradients, not broken)
    with np.errstate(all="ignore"):  # what it is worth warning of was heard by now
        report = gradient_report(problem, run.gradients, broken, heard, rng)
        if not report.passed:
            report = remarked(run, report, heard)
        if isinstance(watch, Watch) and not broken:
            report = differentiated_numerically(run, report, watch, np.random.default_rng(0))
            if any(d.mistake == "numerical-differentiation" for d in report.diagnoses):
                kept = tuple(d for d in report.diagnoses if d.mistake not in CRUDE)
                report = replace(report, diagnoses=kept)  # said once is enough
    return report
