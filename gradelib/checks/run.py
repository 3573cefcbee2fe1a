"""One check under way: the student's two functions, called on copies and counted.

`Run` holds them with the inputs. It runs the forward and the backward pass at any point, and makes
the `Problem` that the numbers are judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from gradelib.checks import given
from gradelib.checks.calls import CallFailed, attempt
from gradelib.checks.compare import Problem
from gradelib.checks.honesty import Place
from gradelib.checks.returned import Breach, as_gradients, as_pair, close
from gradelib.checks.slopes.numeric import Array, units

__all__ = ["Run", "as_output_like"]


class Run:
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
        self.inputs = list(inputs)
        self.places, self.labels, self.point = places, labels, point
        others = [i for i in range(len(inputs)) if i not in places]
        names = given.labels(forward, None, others) if others else []
        self.given = dict(zip(names, others, strict=True))
        self.exercise = exercise
        self.fixed = self.untouched()
        self.upstream = np.zeros(())
        self.gradients: list[Array | Breach] = []
        self.base = np.zeros(())
        self.evaluations = 0
        self.still = False  # the output did not move where it should

    @cached_property
    def steps(self) -> list[Array]:
        """The units of the point."""
        return [units(x) for x in self.point]

    def untouched(self) -> list[Any]:
        """Copies of the inputs that are handed on as they are; the others are set by `forwards`."""
        return [
            None if i in self.places else given.private(value)
            for i, value in enumerate(self.inputs)
        ]

    def forwards(self, arrays: Sequence[Array]) -> tuple[Any, Any]:
        """Return (out, cache) of the forward pass with the differentiated inputs replaced."""
        self.evaluations += 1
        values = list(self.fixed)
        for i, x in zip(self.places, arrays, strict=True):
            values[i] = given.in_form_of(self.inputs[i], x)
        return as_pair(attempt(self.forward_name, self.forward, *values), self.forward_name)

    def backwards(
        self, function: Callable[..., Any], dout: Any, cache: Any, *, copy: bool = True
    ) -> list[Array | Breach]:
        result = attempt(self.backward_name, function, dout, cache)
        return as_gradients(result, self.labels, self.point, copy=copy)

    def at(self, arrays: Sequence[Array], dout: Array) -> Place:
        """The output and the gradients at another point; raises CallFailed or Breach.

        The arrays are handed over: what the passes do to them is their own affair.
        """
        out, cache = self.forwards(arrays)
        plain = np.array(as_output_like(out, self.upstream))
        gradients = self.backwards(self.backward, given.in_form_of(out, dout.copy()), cache)
        for gradient in gradients:
            if isinstance(gradient, Breach):
                raise gradient
        return Place(plain, [g for g in gradients if not isinstance(g, Breach)])

    def problem(self, point: list[Array], base: Array) -> Problem:
        """The question whether the backward pass is right at a point, where the output is base."""

        def outputs_given(changes: Mapping[str, Any]) -> Callable[[list[Array]], Array]:
            def outputs(arrays: list[Array]) -> Array:
                kept = list(self.fixed)
                try:
                    for name, value in changes.items():
                        self.fixed[self.given[name]] = value
                    return as_output_like(self.forwards(arrays)[0], base)
                except CallFailed:  # the check went where the function is not defined
                    return np.full_like(base, np.nan)
                finally:
                    self.fixed[:] = kept

            return outputs

        def replayed(function: Callable[..., Any]) -> list[Array | Breach]:
            out, cache = self.forwards([x.copy() for x in point])
            return self.backwards(function, self.handed(out), cache)

        def beside(rng: np.random.Generator) -> Problem:
            near = [x + 0.01 * units(x) * rng.normal(size=x.shape) for x in point]
            return self.problem(near, as_output_like(self.forwards(near)[0], base).copy())

        return Problem(
            self.subject,
            outputs_given({}),
            point,
            self.labels,
            base,
            self.upstream,
            self.backward,
            replayed,
            beside,
            {name: self.fixed[i] for name, i in self.given.items()},
            outputs_given,
            (lambda: self.steps) if point is self.point else lambda: [units(x) for x in point],
            self.exercise,
        )

    def handed(self, out: Any) -> Any:
        """A fresh copy of the upstream gradient in the form of the output."""
        return given.in_form_of(out, self.upstream.copy())

    def repeats(self, dout: Any, cache: Any) -> bool:
        """Whether a second call of the backward pass gives the same gradients."""
        second = self.backwards(self.backward, dout, cache, copy=False)
        for a, b in zip(self.gradients, second, strict=True):
            if isinstance(a, Breach) or isinstance(b, Breach):
                if not (isinstance(a, Breach) and isinstance(b, Breach)):
                    return False
            elif not close(a, b):
                return False
        return True


def as_output_like(out: Any, base: Array) -> Array:
    """An output away from the point: NaN is allowed there, another shape is not."""
    plain = np.asarray(out, dtype=np.float64)
    if plain.shape != base.shape:
        raise Breach(f"the result changes shape with its input: {base.shape}, then {plain.shape}")
    return plain
