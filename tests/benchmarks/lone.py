"""One wrong entry among many: how often it is missed, and what it costs to find it.

A check of a right backward tells how wrong each gradient might have been without being noticed: it
says its `resolution`, and the points at which it calls forward show the direction u in which it
moved that gradient's input. It accepts where |g.u - D| <= tau, with
    tau = resolution max(||g u||, |g.u|) + RTOL ||g u||,
so an entry that is off by e changes g.u by e u[j], and can be missed along u only where
|e u[j]| <= 2 tau. One check decides so for all entries at once. Where some can be missed, some of
them are made wrong, and the whole check is run again: it has a second direction, which all inputs
share, and 2 tau is the worst case.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from two_layer import NAMES, Array, TwoLayer

import gradelib as gl
from gradelib.checks.slopes.judge import RTOL

OFF = 1e-3  # of the rms of the gradient that holds the entry
TRIES = 20  # whole checks for a gradient in which an entry can hide


@dataclass
class Missed:
    """Over `seeds` checks, every one of their entries made wrong by itself.

    `hidden` is how many of the `entries` could have been missed along their own direction, in
    `careless` of the seeds; `nearest` the largest 2 tau / |e u[j]| seen: nothing is missed below 1.
    `passed` of `asked` whole checks accepted a gradient that was wrong in such an entry; `bound` is
    how often a wrong entry is missed, at most, by these counts (95 %, were all cases independent).
    """

    seeds: int = 0
    entries: int = 0
    hidden: int = 0
    careless: int = 0
    nearest: float = 0.0
    asked: int = 0
    passed: int = 0

    @property
    def bound(self) -> float:
        if not self.careless:
            # Rule of three: none in S seeds bounds the rate at 3 / S. The entry's own direction
            # and the one that all inputs share are drawn independently; both have to miss.
            return (3 / self.seeds) ** 2
        cases = self.passed + 2 * np.sqrt(self.passed) if self.passed else 3
        return float(self.hidden / self.entries * min(cases / self.asked, 1))


class Watched:
    """The net, and for each input how it differed when it was moved by itself."""

    def __init__(self, net: TwoLayer) -> None:
        self.net = net
        self.moved: dict[int, Array] = {}

    def forward(self, *arrays: Array) -> tuple[float, Any]:
        if len(self.moved) < len(arrays):
            pairs = list(zip(arrays, self.net.point, strict=True))
            differ = [k for k, (x, at) in enumerate(pairs) if not np.array_equal(x, at)]
            if len(differ) == 1 and differ[0] not in self.moved:
                x, at = pairs[differ[0]]
                self.moved[differ[0]] = x - at
        return self.net.forward(*arrays)


def missed(size: tuple[int, int, int], seconds: float, most: int = 10**9) -> Missed:
    """Checks of right nets, a seed each, for so many seconds or seeds."""
    result, start = Missed(), time.perf_counter()
    while result.seeds < most and time.perf_counter() - start < seconds:
        net = TwoLayer(*size, seed=result.seeds)
        _look(net, result.seeds, result)
        result.entries += net.size
        result.seeds += 1
    return result


def _look(net: TwoLayer, seed: int, result: Missed) -> None:
    """Add to the result how many of a net's entries might be missed, each wrong alone."""
    watched = Watched(net)
    report = gl.check_backward(watched.forward, net.backward, *net.point, seed=seed)
    if not report.passed:
        raise AssertionError(str(report))
    grads = net.backward(1.0, net.forward(*net.point)[1])
    careless = False
    for k, found in enumerate(report.comparisons):
        room = 2 * tolerance(grads[k], watched.moved[k], found.resolution)
        error = OFF * float(np.sqrt(np.mean(grads[k] ** 2)))
        change = error * np.abs(watched.moved[k].ravel())
        # An entry at rest on a kink is held to its own one-sided slopes.
        places = np.flatnonzero((change <= room) & (change > 0))
        result.nearest = max(result.nearest, room / float(np.min(change[change > 0])))
        if places.size:
            careless = True
            result.hidden += places.size
            result.asked += TRIES
            result.passed += _accepted(net, seed, k, places)
    result.careless += careless


def _accepted(net: TwoLayer, seed: int, block: int, places: Array) -> int:
    """How many of a few whole checks accept a gradient that is off in one of these places."""
    rng = np.random.default_rng(seed)
    accepted = 0
    for place in rng.choice(places, TRIES):
        wrong = spoiled(net, block, np.array([place]), rng.choice([-1.0, 1.0], 1))
        accepted += gl.check_backward(net.forward, wrong, *net.point, seed=seed).passed
    return accepted


def spoiled(net: TwoLayer, block: int, places: Array, signs: Array) -> Any:
    """The net's backward with a gradient off by OFF of its rms in some places."""

    def backward(dout: float, cache: Any) -> tuple[Array, ...]:
        grads = list(net.backward(dout, cache))
        g = grads[block].copy()
        g.flat[places] += OFF * np.sqrt(np.mean(g**2)) * signs
        grads[block] = g
        return tuple(grads)

    return backward


def tolerance(g: Array, u: Array, resolution: float | None) -> float:
    """What may be between g.u and the slope along u without being noticed."""
    if resolution is None:
        raise AssertionError("a comparison that passed has a resolution")
    norm = float(np.linalg.norm(g * u))
    return resolution * max(norm, abs(float(np.sum(g * u)))) + RTOL * norm


def cost_of_finding(size: tuple[int, int, int], wrong: int, seed: int) -> tuple[int, int]:
    """The forwards that wrong entries of W1 cost beyond a right check, and how many are reported.

    The report gives the index of the worst and the number of those that it found.
    """
    net = TwoLayer(*size, seed=seed)
    right = gl.check_backward(net.forward, net.backward, *net.point, seed=seed, names=NAMES)
    rng = np.random.default_rng(seed)
    places = rng.choice(net.point[0].size, wrong, replace=False)

    backward = spoiled(net, 0, places, rng.choice([-1.0, 1.0], wrong))
    report = gl.check_backward(net.forward, backward, *net.point, seed=seed, names=NAMES)
    found = report.comparisons[0]
    if report.passed or found.outcome != "wrong value":
        return report.evaluations - right.evaluations, 0
    at = found.worst_index
    hit = at is not None and np.ravel_multi_index(at, net.point[0].shape) in places
    return report.evaluations - right.evaluations, min(found.wrong, wrong) if hit else 0
