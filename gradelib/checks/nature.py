"""What kind of function is it, where finite differences stumble?  `nature`, `random_report`.

A forward pass in float32, rounded, with a jump at the given inputs or with random draws inside has
no derivative that can be seen, or one in few digits. `nature` looks at outputs along one direction,
at steps from 4e-12 of the inputs' spread to all of it, and says in words what it sees; nothing
where the function is smooth or has kinks only.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gradelib.checks.calls import CallFailed, Heard
from gradelib.checks.reports.findings import Comparison, number
from gradelib.checks.reports.report import Report
from gradelib.checks.returned import Breach
from gradelib.checks.run import Run, as_output_like
from gradelib.checks.slopes.judge import random_direction
from gradelib.checks.slopes.numeric import Array, Direction, Probe, moving_one

__all__ = ["Nature", "in_single", "nature", "random_report"]

RUNGS = (17, 14, 11, 9, 7, 5, 3)  # steps of 4**-rung of the inputs' spread
FINE, MIDDLE = 17, 7
REPEATED = 1e-12  # relative: what two calls at the same inputs may differ by
LOW_PRECISION = 3e-10  # of the output: rounding that float64 does not have
ROUNDING = 1e-14  # of the largest input: what numbers that cancel may leave
LAST_BIT = 2.0**-45  # a step that no one chooses, but rounding leaves
COARSE = 1e-6  # of the output: a jump that float32 does not explain


@dataclass(frozen=True)
class Nature:
    """The kind of function, and a sentence about it for students."""

    kind: Literal["random", "low precision", "steps", "flat", "jump"]
    remark: str


def in_single(out: Array) -> bool:
    """Whether all numbers are float32 numbers, as those of a float64 function are not by chance."""
    with np.errstate(over="ignore"):
        short = np.all(out.astype(np.float32) == out)
    return bool(short and np.any(out * 1024 != np.round(out * 1024)))


def nature(probe: Probe, name: str, rng: np.random.Generator, *, repeats: int = 1) -> Nature | None:
    """Say what disturbs the derivative of the function in `probe`, named `name`; None if nothing.

    A smooth function costs `repeats` + 4 evaluations, another one some ten more.
    """
    base = probe.base
    level = float(np.max(np.abs(base), initial=0.0))
    largest = max(float(np.max(np.abs(x), initial=0.0)) for x in probe.point)
    way = [random_direction(x, rng) for x in probe.point]
    still = [np.zeros_like(x) for x in probe.point]
    with np.errstate(all="ignore"):
        fine, middle = (probe.output(way, 4.0**-rung) - base for rung in (FINE, MIDDLE))
        again = [probe.output(still, 0.0) - base for _ in range(repeats)]
        again.append(probe.output(way, 4.0**-MIDDLE) - base - middle)
        if any(float(np.max(np.abs(d), initial=0.0)) > REPEATED * level for d in again):
            return Nature("random", f"{name} gave two results for the same inputs")
        left = probe.output(way, -(4.0**-FINE)) - base
        torn = float(np.max(np.abs(left), initial=0.0)) > COARSE * level
        if _straight(fine, middle, level, FINE - MIDDLE) and not torn and not in_single(base):
            return None
        for sign in (1, -1):
            near, far = (probe.output(way, sign * 4.0**-rung) - base for rung in (FINE, FINE - 3))
            jump = _jump(near, far, level)
            if jump > ROUNDING * largest:
                text = (
                    f"{name} jumps at the given inputs, by{number(jump, 2)}, and has no derivative "
                    "there; look for a comparison, a floor or an argmax that an input sits on"
                )
                return Nature("jump", text)
        for k, v in enumerate(way):  # one input may be rounded and the others not
            found = _grain(probe, moving_one(len(way), k, v), level, name)
            if found is not None:
                return found
    return None


def _straight(fine: Array, middle: Array, level: float, rungs: int) -> bool:
    """Whether two small steps, so many rungs apart, move the output in proportion."""
    expected = middle * 4.0**-rungs
    rounding = 8 * float(np.finfo(np.float64).eps) * level
    if not np.any(middle):
        return False
    allowed = 0.01 * np.max(np.abs(expected)) + rounding
    return bool(np.all(np.abs(fine - expected) <= allowed))


def _jump(near: Array, far: Array, level: float) -> float:
    """The largest step that the output takes at once, and does not take back; 0.0 if none."""
    same = np.abs(near - far) <= 1e-3 * np.abs(near)
    jumps = np.where(same & (np.abs(near) > COARSE * level), np.abs(near), 0.0)
    return float(np.max(jumps, initial=0.0))


def _grain(probe: Probe, way: Direction, level: float, name: str) -> Nature | None:
    """Low precision, or equal steps, by which outputs move; None where they move smoothly."""
    base = probe.base

    def moved(t: float) -> Array:
        return probe.output(way, t) - base

    steps = {rung: moved(4.0**-rung) for rung in RUNGS}
    if not all(np.all(np.isfinite(d)) for d in steps.values()):
        return None
    if _straight(moved(4.0 ** -(FINE + 2)), steps[FINE], level, 2) and not in_single(base):
        return None  # what bends in longer steps is smooth in the shortest
    widest = steps[min(RUNGS)]
    if not np.any(widest):
        far = moved(1.0)
        if not np.any(far):
            return None  # a constant, and smooth
        return _flat(name)
    alive = widest != 0
    size = np.maximum(np.abs(base)[alive], 1e-3 * level)

    def rough(rung: int, wider: int) -> float:
        """How far two steps are from moving the output in proportion, of its size."""
        apart = steps[rung][alive] - steps[wider][alive] * 4.0 ** (wider - rung)
        return float(np.median(np.abs(apart) / size))

    at_rest = float(np.mean(steps[FINE][alive] == 0))
    scatter = max(rough(FINE, MIDDLE), rough(11, 9))
    outputs = np.concatenate([(base + d).ravel() for d in steps.values()])
    single = in_single(outputs)
    if at_rest < 0.5 and scatter < LOW_PRECISION and rough(9, 7) < COARSE and not single:
        return None
    changes = np.concatenate([np.abs(d)[alive].ravel() for d in steps.values()])
    quantum = float(np.min(changes[changes > 0]))
    whole = np.abs(changes / quantum - np.round(changes / quantum))
    counted = float(np.max(changes)) / quantum
    binary = np.log2(quantum) == np.round(np.log2(quantum))
    if bool(np.all(whole < 1e-3)) and (not binary or level / quantum < 1000) and counted < 1e5:
        if float(np.mean(alive)) < 0.3 * float(np.mean(moved(1.0) != 0)):
            return _flat(name)
        cause = "a round, a floor or an astype"
        if binary and quantum < LAST_BIT:
            cause = "numbers that cancel, as in the log of what is 1 but for rounding"
        text = (
            f"{name} moves in steps of{number(quantum, 3)}, which hide its derivative; "
            f"look for {cause}"
        )
        return Nature("steps", text)
    moving = [float(np.mean(steps[rung][alive] != 0)) for rung in (MIDDLE, 5)]
    if np.all(outputs.astype(np.float16) == outputs):
        return _low(name, "float16", 2.0**-11)
    coarse = rough(9, 7) > COARSE and moving[1] > 0.6
    if single and not coarse:
        return _low(name, "float32", 2.0**-24)
    if coarse or (moving[0] > 0.8 and LOW_PRECISION < scatter < COARSE):
        inside = "float16" if coarse else "float32"
        grain = max(scatter, rough(9, 7) if coarse else 0.0)
        text = (
            f"{name} is rounded at about {grain:.0e} of its size, where float64 has 1e-16; "
            f"look for {inside} inside, or for large numbers that cancel"
        )
        return Nature("low precision", text)
    return None


def _low(name: str, dtype: str, step: float) -> Nature:
    text = (
        f"{name} computes in {dtype} inside: its results move in steps of {step:.0e} of their "
        f"size; look for a dtype, an astype or a {dtype} constant"
    )
    return Nature("low precision", text)


def _flat(name: str) -> Nature:
    text = (
        f"{name} does not change at all for small changes of its inputs, and then jumps: its "
        "derivative is zero where it has one; look for a round, a sign, an argmax or a comparison"
    )
    return Nature("flat", text)


def random_report(run: Run, heard: Heard) -> Report:
    """The report on a forward pass that gave two results for the same inputs, and why."""
    message = (
        f"{run.forward_name} gave two results for the same inputs, so no derivative can be "
        f"measured; {_source(run)}"
    )
    unknown = Comparison(run.forward_name, "inconclusive", message=message)
    return Report(run.subject, (unknown,), warnings=heard.lines())


def _source(run: Run) -> str:
    """Where two results come from, as far as it shows."""
    before = _draws(), random.getstate()
    try:
        outs = [as_output_like(run.forwards(run.point)[0], run.upstream) for _ in range(3)]
    except (CallFailed, Breach, TypeError, ValueError):
        return "fix its random draws"
    after = _draws(), random.getstate()
    if before[0] != after[0]:
        return "it draws from np.random: fix its random draws, by a seed or a mask made once"
    if before[1] != after[1]:
        return "it draws from Python's random: fix its random draws, by a seed or a mask made once"
    first, second = outs[1] - outs[0], outs[2] - outs[1]
    if np.any(first) and np.allclose(first, second, rtol=1e-6, atol=0.0):
        return "it changes by the same at each call: what does it count or add up between calls?"
    return "fix its random draws, or what it keeps from one call to the next"


def _draws() -> str:
    """The state of numpy's global generator, which is not touched."""
    state = np.random.get_state(legacy=False)
    return f"{state['state']['pos']} {state['state']['key'].tobytes().hex()}"
