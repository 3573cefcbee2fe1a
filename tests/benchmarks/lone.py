"""One wrong entry among many: how often it is missed, and what it costs to find it.

A check of a right backward tells how wrong each gradient might have been without being noticed: it
says its `resolution`, and the points at which it calls forward show the direction u in which it
moved that gradient's input. It accepts where |g.u - D| <= tau, with
    tau = resolution max(||g u||, |g.u|) + RTOL ||g u||,
so an entry that is off by e changes g.u by e u[j], and can be missed along u only where
|e u[j]| <= 2 tau. One check decides so for all entries at once; the direction that all inputs share
is a second chance that is not counted here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from two_layer import NAMES, Array, TwoLayer

import gradelib as gl
from gradelib.checks.judge import RTOL

OFF = 1e-3  # of the rms of the gradient that holds the entry


@dataclass
class Missed:
    """Over `seeds` checks, every one of their entries made wrong by itself.

    `hidden` is how many of the `entries` could have been missed along their own direction, in
    `careless` of the seeds; `nearest` the largest 2 tau / |e u[j]| seen: nothing is missed below 1.
    """

    seeds: int = 0
    entries: int = 0
    hidden: int = 0
    careless: int = 0
    nearest: float = 0.0


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
        watched = Watched(net)
        report = gl.check_backward(watched.forward, net.backward, *net.point, seed=result.seeds)
        if not report.passed:
            raise AssertionError(str(report))
        grads = net.backward(1.0, net.forward(*net.point)[1])
        hidden = 0
        for k, found in enumerate(report.comparisons):
            room = 2 * tolerance(grads[k], watched.moved[k], found.resolution)
            change = OFF * np.sqrt(np.mean(grads[k] ** 2)) * np.abs(watched.moved[k])
            change = change[change > 0]  # an entry at rest on a kink is held to its own slopes
            hidden += int(np.count_nonzero(change <= room))
            result.entries += change.size
            result.nearest = max(result.nearest, room / float(np.min(change)))
        result.hidden += hidden
        result.careless += hidden > 0
        result.seeds += 1
    return result


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

    def backward(dout: float, cache: Any) -> tuple[Array, ...]:
        dW1, *others = net.backward(dout, cache)
        dW1 = dW1.copy()
        dW1.flat[places] += OFF * np.sqrt(np.mean(dW1**2)) * signs
        return (dW1, *others)

    signs = rng.choice([-1.0, 1.0], wrong)
    report = gl.check_backward(net.forward, backward, *net.point, seed=seed, names=NAMES)
    found = report.comparisons[0]
    if report.passed or found.outcome != "wrong value":
        return report.evaluations - right.evaluations, 0
    at = found.worst_index
    hit = at is not None and np.ravel_multi_index(at, net.point[0].shape) in places
    return report.evaluations - right.evaluations, min(found.wrong, wrong) if hit else 0
