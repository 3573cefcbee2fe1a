"""Is a gradient that agrees with finite differences a derivative?  Two ways to agree without one.

A backward pass that takes finite differences itself: `shaky` sees the rounding that they blow up.
Moved by a few units in the last place, an analytic gradient changes by some 1e-16 of its size, and
a numerical one by the function's rounding divided by its step, 1e-12 and more. The scatter is
measured beside that of the forward pass, so that a function that is hard to evaluate, and has a
gradient that is, is not accused.

A result that holds for the given inputs only: `moved_point` is another point nearby, and `suspect`
asks cheaply whether the gradients there can be right; who suspects judges there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from gradelib.checks.slopes.judge import Claim, random_direction
from gradelib.checks.slopes.numeric import Array, Probe, parts, units

__all__ = ["DISHONEST", "Place", "glance", "moved_point", "numerical", "shaky", "suspect"]

DISHONEST = {
    "numerical-differentiation": (
        "The gradients come from small steps of the inputs. "
        "Which local derivative does each line of the forward pass have?"
    ),
    "hard-coded": (
        "The result fits these inputs only. "
        "Which of its factors come from dout, and which from the cache?"
    ),
}

ONE = np.ones(())
EPS = float(np.finfo(np.float64).eps)
SCATTER = 1e-13  # of a gradient's size: an analytic gradient has less, of its own
ABOVE = 300.0  # times the scatter that the forward pass has itself
ULPS = 1e-13  # relative: how far the inputs move between two looks
GLANCE = 2e-14  # the same, where one look must do
LOOKS = 4  # differences of few numbers may be exact in some
BESIDE = 1e-3  # of an entry's size: how far away the second point is
TRUSTED = 1e-6  # relative: what two gradients and a difference may disagree by


@dataclass(frozen=True)
class Place:
    """The output and the gradients at one point."""

    out: Array
    gradients: list[Array]


def shaky(
    places: Sequence[Place], far: Place, point: Sequence[Array], dout: Array, *, seen: bool
) -> bool:
    """Whether gradients at three points in a row scatter as only finite differences do.

    `far` is a place where every entry is BESIDE of its size away: a gradient that changes much on
    the way there changes with every rounding in its arguments too. `seen`: the code was seen to
    evaluate functions beside the point, so that less will do.
    """
    out = _second([place.out for place in places])
    level = float(np.linalg.norm(places[0].out))
    own = float(np.linalg.norm(out)) / level if level > 0 else 0.0
    base = 0.25 * EPS * float(np.linalg.norm(dout * places[0].out))
    rounding = max(base, float(np.linalg.norm(dout * out)))
    for k, x in enumerate(point):
        g = places[0].gradients[k]
        scatter = np.abs(_second([place.gradients[k] for place in places]))
        active = (g != 0) | (scatter != 0)
        if not np.any(active):
            continue
        bends = _rms(far.gradients[k][active] - g[active]) / BESIDE
        size, high = max(_rms(g[active]), bends), _rms(scatter[active])
        limit = SCATTER / 3 if seen else SCATTER
        above = ABOVE / 10 if seen else ABOVE
        blown_up = high * sqrt(np.count_nonzero(active)) * float(np.median(units(x)))
        if high > max(limit, above * own) * size > 0 and blown_up > above * rounding:
            return True
    return False


def _nudged(x: Array) -> Array:
    moved = np.asarray(x * (1 + GLANCE))
    np.maximum(moved, x * (1 + 0.15 * GLANCE), out=moved)  # those below 0 move less
    return moved


def _distance(a: Array, b: Array) -> float:
    first, second = a.ravel(), b.ravel()
    apart = (second[part] - first[part] for part in parts(first.size))
    return sqrt(sum(float(d.dot(d)) for d in apart))


def _norm(values: Array) -> float:
    return sqrt(float(np.vdot(values, values)))


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _second(values: Sequence[Array]) -> Array:
    """The scatter that the second difference of three values in a row shows."""
    return (values[0] - 2 * values[1] + values[2]) / sqrt(6)


def numerical(
    at: Callable[[list[Array]], Place],
    point: Sequence[Array],
    dout: Array,
    rng: np.random.Generator,
    *,
    seen: bool,
) -> bool:
    """Whether the gradients scatter like finite differences, seen twice in at most four looks."""
    times = 0
    for _ in range(LOOKS):
        ways = [rng.choice([-1.0, 1.0], x.shape) * rng.uniform(0.5, 1.5, x.shape) for x in point]
        places = [
            at([x * (1 + i * ULPS * way) for x, way in zip(point, ways, strict=True)])
            for i in (1, 2, 3)  # not the point itself, which may be a kink
        ]
        far = at([x * (1 + BESIDE * way) for x, way in zip(point, ways, strict=True)])
        times += shaky(places, far, point, dout, seen=seen)
        if times == (1 if seen else 2):
            return True
    return False


def glance(
    here: Place, at: Callable[[list[Array]], Place], point: Sequence[Array]
) -> tuple[bool, bool]:
    """A cheap look a tiny step away: (may the gradients scatter?, does the output stay at rest?).

    To be followed by `numerical` where they may, and by a look at the function where it rests.
    """
    there = at([_nudged(x) for x in point])
    unsteady = any(
        _distance(a, b) > 2 * SCATTER * _norm(a) > 0
        for a, b in zip(here.gradients, there.gradients, strict=True)
    )
    if not np.array_equal(here.out, there.out):
        return unsteady, False
    return unsteady, any(np.any(g * x) for g, x in zip(here.gradients, point, strict=True))


def moved_point(
    point: Sequence[Array], steps: Sequence[Array], rng: np.random.Generator
) -> list[Array]:
    """A point nearby: signs and zeros stay, so that a log or a blank sample stays what it is.

    `steps` are the units of the point.
    """
    moved = []
    for x, unit in zip(point, steps, strict=True):
        step = random_direction(x, rng, ONE)
        size = np.asarray(np.abs(x))
        np.minimum(size, unit, out=size)
        step *= size
        moved.append(step)
    if not any(np.any(step) for step in moved):
        moved = [random_direction(x, rng, unit) for x, unit in zip(point, steps, strict=True)]
    for step, x in zip(moved, point, strict=True):
        step *= BESIDE
        step += x
    return moved


def suspect(
    there: Place,
    moved: Sequence[Array],
    steps: Sequence[Array],
    dout: Array,
    outputs: Callable[[list[Array]], Array],
    rng: np.random.Generator,
) -> bool:
    """Whether the gradients at a point cannot be right, as far as a cheap look tells.

    A central difference; a kink or much curvature is told from a wrong gradient by a shorter one.
    """
    way = [random_direction(x, rng, unit) for x, unit in zip(moved, steps, strict=True)]
    claim = Claim.of(there.gradients, way)
    probe = Probe(outputs, list(moved), dout, there.out)
    for t in (4.0**-10, 4.0**-13):
        slope = (probe.change(way, t) - probe.change(way, -t)) / (2 * t)
        if _agree(claim, slope, there.out, dout, t):
            return False
    return True


def _agree(claim: Claim, change: float, out: Array, dout: Array, t: float) -> bool:
    rounding = 16 * EPS * _norm(dout * out) / t
    return abs(claim.along - change) <= TRUSTED * claim.norm + rounding
