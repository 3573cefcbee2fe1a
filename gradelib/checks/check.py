"""One backward pass, checked: contracts, then numbers, then the name of the mistake.

`check_backward` runs a student's code on copies, holds what it returns to the contract (one plain
float64 array for each input, finite, nothing changed in place, the same answer twice), compares it
with finite differences and explains what differs. It returns a `Report` whatever the student's
code does; misuse by the author of a test raises TypeError or ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradelib.checks import given
from gradelib.checks.calls import (
    CallFailed,
    Heard,
    attempt,
    listening,
    safe_str,
    snapshot,
    unchanged,
)
from gradelib.checks.compare import Problem, breach_report, call_report, gradient_report
from gradelib.checks.findings import Comparison
from gradelib.checks.numeric import Array, units
from gradelib.checks.recording import is_recording, recorded
from gradelib.checks.report import Report
from gradelib.checks.returned import Breach, as_gradients, as_output, as_pair, close

__all__ = ["check_backward"]

STREAM = 20  # any number
SINGLE = 1e-3  # relative: what float32 may do to a gradient


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

    `out, cache = forward(*inputs)` and `grads = backward(dout, cache)`: one gradient for each
    differentiated input, in order, in a tuple or list; a single one may be bare. A gradient has
    its input's shape.

    Differentiated are the float arrays and floats among the inputs, or those that `wrt` names by
    position (an integer array only then; it is promoted). Everything is checked in float64, and
    float32 inputs are run once more as they are. `names` name the differentiated inputs, `dout`
    (of the shape of out) replaces the random upstream gradient, `seed` draws that and the
    directions of the check. `exercise` names the exercise in the report, and its fingerprints.

    Returns a Report.  Raises TypeError or ValueError where the call itself is wrong: something not
    callable, nothing to differentiate, a position or name too many, a dout of another shape.

    >>> import numpy as np
    >>> def double(x): return 2 * x, None
    >>> def double_backward(dout, cache): return 2 * dout
    >>> check_backward(double, double_backward, np.array([1.0, 2.0])).passed
    True
    """
    given.require_functions("check_backward", forward=forward, backward=backward)
    places = given.places(inputs, wrt)
    labels = given.labels(forward, names, places)
    point = given.as_points(inputs, places, labels)
    run = _Run(forward, backward, inputs, places, labels, point, exercise)
    # A stream of its own: default_rng(seed) may have drawn the very inputs.
    rng = np.random.default_rng([seed, STREAM])
    with listening() as heard:
        report = run.report(dout, rng, heard)
        single = any(getattr(inputs[i], "dtype", None) == np.float32 for i in places)
        if single and report.passed:
            report = run.in_single_precision(report)
    return replace(report, evaluations=run.evaluations, exercise=exercise)


class _Run:
    """One check under way: the student's functions, the inputs and what was found so far."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: Sequence[Any],
        places: Sequence[int],
        labels: Sequence[str],
        point: list[Array],
        exercise: str | None,
    ) -> None:
        self.forward, self.backward = forward, backward
        self.forward_name = given.called(forward, "forward")
        self.subject = self.backward_name = given.called(backward, "backward")
        self.inputs = [given.private(value) for value in inputs]
        self.places, self.labels, self.point = places, labels, point
        self.exercise = exercise
        self.fixed = [given.private(value) for value in inputs]
        self.upstream = np.zeros(())
        self.gradients: list[Array | Breach] = []
        self.evaluations = 0

    def forwards(self, arrays: Sequence[Array]) -> tuple[Any, Any]:
        """Return (out, cache) of the forward pass with the differentiated inputs replaced."""
        self.evaluations += 1
        values = list(self.fixed)
        for i, x in zip(self.places, arrays, strict=True):
            values[i] = given.in_form_of(self.inputs[i], x)
        return as_pair(attempt(self.forward_name, self.forward, *values), self.forward_name)

    def backwards(
        self, function: Callable[..., Any], dout: Any, cache: Any
    ) -> list[Array | Breach]:
        result = attempt(self.backward_name, function, dout, cache)
        return as_gradients(result, self.labels, self.point)

    def report(self, dout: Any, rng: np.random.Generator, heard: Heard) -> Report:
        """Contracts first, then the numbers."""
        inputs = (self.fixed, self.point)
        before = snapshot(inputs)
        try:
            out, cache = self.forwards(self.point)
            base = as_output(out, self.forward_name)
            if not unchanged(inputs, before):
                message = f"{self.forward_name} changed its inputs in place"
                raise Breach(message, "input-changed")
            self.upstream = given.upstream(dout, base, rng)
            again = as_output(self.forwards(self.point)[0], self.forward_name)
            if not close(again, base):
                return self._random(heard)
            held = snapshot(cache)
            handed = self._dout(out)
            self.gradients = self.backwards(self.backward, handed, cache)
            broken = []
            if not unchanged(handed, self.upstream):
                broken = [
                    ("dout", Breach(f"{self.backward_name} changed dout in place", "dout-changed"))
                ]
            elif not unchanged(inputs, before):
                message = f"{self.backward_name} changed the inputs in place"
                broken = [("inputs", Breach(message, "input-changed"))]
            elif not unchanged(cache, held):
                message = f"{self.backward_name} changed the cache in place"
                broken = [("cache", Breach(message, "cache-changed"))]
            elif not self._repeats(self._dout(out), cache):
                message = f"{self.backward_name} gave another answer when called again"
                broken = [("second call", Breach(message, "not-repeatable"))]
            self.point[:] = before[1]
            self.fixed = [given.private(value) for value in self.inputs]
        except CallFailed as failure:
            return call_report(self.subject, failure, heard)
        except Breach as breach:
            return breach_report(self.subject, self.forward_name, breach, heard)

        problem = self._problem(self.point, base)
        if is_recording():
            return recorded(problem, self.gradients, not broken)
        with np.errstate(all="ignore"):  # what it is worth warning of was heard by now
            return gradient_report(problem, self.gradients, broken, heard, rng)

    def _problem(self, point: list[Array], base: Array) -> Problem:
        """The question whether the backward pass is right at a point, where the output is base."""

        def outputs(arrays: list[Array]) -> Array:
            try:
                return as_output_like(self.forwards(arrays)[0], base)
            except CallFailed:  # the check went where the function is not defined
                return np.full_like(base, np.nan)

        def replayed(function: Callable[..., Any]) -> list[Array | Breach]:
            out, cache = self.forwards([x.copy() for x in point])
            return self.backwards(function, self._dout(out), cache)

        def beside(rng: np.random.Generator) -> Problem:
            near = [x + 0.01 * units(x) * rng.normal(size=x.shape) for x in point]
            return self._problem(near, as_output_like(self.forwards(near)[0], base).copy())

        return Problem(
            self.subject,
            outputs,
            point,
            self.labels,
            base,
            self.upstream,
            self.backward,
            replayed,
            beside,
            self.exercise,
        )

    def _dout(self, out: Any) -> Any:
        """A fresh copy of the upstream gradient in the form of the output."""
        return given.in_form_of(out, self.upstream.copy())

    def _repeats(self, dout: Any, cache: Any) -> bool:
        second = self.backwards(self.backward, dout, cache)
        for a, b in zip(self.gradients, second, strict=True):
            if isinstance(a, Breach) or isinstance(b, Breach):
                if not (isinstance(a, Breach) and isinstance(b, Breach)):
                    return False
            elif not close(a, b):
                return False
        return True

    def _random(self, heard: Heard) -> Report:
        message = (
            f"{self.forward_name} gave two results for the same inputs, "
            "so no derivative can be measured; fix its random draws"
        )
        unknown = Comparison(self.forward_name, "inconclusive", message=message)
        return Report(self.subject, (unknown,), warnings=heard.lines())

    def in_single_precision(self, report: Report) -> Report:
        """The same code on the float32 inputs as they were given: finite and close to float64's."""
        try:
            values = [given.private(value) for value in self.inputs]
            out, cache = attempt(self.forward_name, self.forward, *values)
            dout = given.in_form_of(out, self.upstream.astype(np.asarray(out).dtype))
            result = attempt(self.backward_name, self.backward, dout, cache)
            returned = list(result) if isinstance(result, (tuple, list)) else [result]
            for value, exact, label in zip(returned, self.gradients, self.labels, strict=True):
                rough, exact = np.asarray(value, dtype=np.float64), np.asarray(exact)
                allowed = SINGLE * float(np.linalg.norm(exact)) + 1e-30
                if not float(np.linalg.norm(rough - exact)) <= allowed:
                    message = (
                        f"d{label} is right in float64 but not for float32 inputs; "
                        "look for an overflow or a lost digit"
                    )
                    failed = Comparison(f"d{label}", "contract", message=message)
                    return Report(self.subject, (failed,), warnings=report.warnings)
        except Exception as error:
            cause = error.error if isinstance(error, CallFailed) else error
            what = f"{type(cause).__name__}: {safe_str(cause)}"
            message = f"right in float64, but float32 inputs raise {what}"
            failed = Comparison(self.backward_name, "raised", message=message)
            return Report(self.subject, (failed,), warnings=report.warnings)
        return report


def as_output_like(out: Any, base: Array) -> Array:
    """An output away from the point: NaN is allowed there, another shape is not."""
    plain = np.asarray(out, dtype=np.float64)
    if plain.shape != base.shape:
        raise Breach(f"the result changes shape with its input: {base.shape}, then {plain.shape}")
    return plain
