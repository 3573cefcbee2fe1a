"""Operations for which no hypothesis was written, and the wrong backwards of each, as a registry.

`Operation` is a right forward and backward with its inputs; `wrong` enters a student's wrong
backward beside it. What the mistake is was written down before the checker saw the code.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import gradelib as gl
from gradelib.checks.mistakes import fingerprints

__all__ = ["OWN", "Mutant", "Operation", "wrong"]

OWN = 1234  # inputs come from a stream that the check does not draw from


@dataclass(frozen=True)
class Operation:
    """A right forward and backward, and inputs for them drawn from a generator."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    names: tuple[str, ...]
    mutants: list[Mutant] = field(default_factory=list, repr=False, compare=False)

    def report(self, backward=None, seed=0, context=nullcontext):
        """Check a backward, the right one by default; `context()` is open while it runs."""
        inputs = self.inputs(np.random.default_rng([seed, OWN]))
        with context():
            return gl.check_backward(
                self.forward,
                backward or self.backward,
                *inputs,
                names=self.names,
                seed=seed,
                exercise=self.name,
            )

    def fingerprints(self, seed=0):
        """What each single edit of the right backward returns in the check of this seed."""
        right = self.backward
        source = inspect.getsource(right)
        return fingerprints.of(
            source, right.__name__, lambda b: self.report(b, seed), right.__globals__
        )


@dataclass(frozen=True)
class Mutant:
    """A wrong backward, and in a person's words what is wrong with it."""

    operation: Operation
    backward: Callable[..., Any]
    mistake: str

    @property
    def name(self) -> str:
        return self.backward.__name__

    def report(self, seed=0, context=nullcontext):
        return self.operation.report(self.backward, seed, context)


def wrong(operation: Operation, mistake: str):
    """Enter the decorated function as a wrong backward of the operation."""

    def enter(backward):
        operation.mutants.append(Mutant(operation, backward, mistake))
        return backward

    return enter
