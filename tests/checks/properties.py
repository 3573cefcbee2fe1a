"""How a property is tried: on a few examples by default, on many in the slow run."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradelib as gl


def examples(few, many):
    """Run a test with `count` at `few` examples, and in the slow run at `many`."""
    slow = pytest.param(many, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(3000)])
    return pytest.mark.parametrize("count", [pytest.param(few, id="few"), slow])


def hold(count, *strategies):
    """Decorate a property: it is tried on `count` examples at once, the same ones on every run."""

    def tried(claim):
        options = settings(
            max_examples=count,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        options(given(*strategies)(claim))()

    return tried


def checked(program, backward=None, **options):
    """The report on a program, every input differentiated."""
    wrt = range(len(program.inputs))
    return gl.check_backward(
        program.forward,
        backward or program.backward,
        *program.inputs,
        wrt=wrt,
        **{"names": [f"x{k}" for k in wrt], **options},
    )


def upstream(program, seed=0):
    """A random upstream gradient of the shape of the output."""
    out, _ = program.forward(*program.inputs)
    return np.asarray(np.random.default_rng(seed).normal(size=out.shape))
