"""One wrong entry among many: how often it is missed, and what it costs to find it.

Whether an entry is missed hangs on the slopes that the check measures, not on where the entry is,
so one check of a right backward decides for all of its entries at once (`misses`). `judge.weigh` is
listened to while `check_backward` runs; what it says is
    |g.v - D| <= 6 error + RTOL ||g v||,
and an entry that is off by e adds e v[j] to g.v. The entry is missed where every direction that
moves it still agrees. For the most hidden entry `weigh` itself is asked again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from two_layer import NAMES, Array, TwoLayer

import gradelib as gl
from gradelib.checks import judge

OFF = 1e-3  # of the rms of the gradient that holds the entry


@dataclass
class Missed:
    """Over `seeds` checks, every entry of each made wrong by itself, in both signs.

    `in_one` and `in_all` count the wrong entries that one direction missed, and that all missed;
    `closest` is the largest ratio seen of what a direction tolerates to the least that a wrong
    entry changes in it: below 1 nothing can be missed.
    """

    seeds: int = 0
    entries: int = 0
    in_one: int = 0
    in_all: int = 0
    seeds_with_a_miss_in_one: int = 0
    closest: float = 0.0


@contextmanager
def listened() -> Iterator[list[tuple[Any, ...]]]:
    """The arguments of `judge.weigh` while a check runs."""
    heard: list[tuple[Any, ...]] = []
    weigh = judge.weigh

    def listening(probe: Any, gradients: Any, direction: Any, found: Any) -> Any:
        copied = [None if v is None else np.array(v) for v in direction]
        heard.append((probe, list(gradients), copied, found))
        return weigh(probe, gradients, direction, found)

    judge.weigh = listening
    try:
        yield heard
    finally:
        judge.weigh = weigh


def missed(size: tuple[int, int, int], seconds: float, most: int = 10**9) -> Missed:
    """Checks of right nets, a seed each, for so many seconds or seeds."""
    result, start = Missed(), time.perf_counter()
    while result.seeds < most and time.perf_counter() - start < seconds:
        net = TwoLayer(*size, seed=result.seeds)
        with listened() as heard:
            report = gl.check_backward(net.forward, net.backward, *net.point, seed=result.seeds)
        if not report.passed:
            raise AssertionError(str(report))
        _count(heard, result)
        result.seeds += 1
    return result


def _count(heard: list[tuple[Any, ...]], result: Missed) -> None:
    """Add one check's misses to the result."""
    last = {tuple(v is not None for v in call[2]): call for call in heard}  # of repeated rounds
    blocks = len(heard[0][1])
    any_missed = False
    for k in range(blocks):
        seeing = [call for moved, call in last.items() if moved[k]]
        size = seeing[0][1][k].size
        error = OFF * float(np.sqrt(np.mean(seeing[0][1][k] ** 2)))
        result.entries += size
        for sign in (1, -1):
            hidden = np.ones(size, dtype=bool)
            for call in seeing:
                own, ratio = _agreeing(call, k, sign * error)
                result.in_one += int(np.count_nonzero(own))
                result.closest = max(result.closest, ratio)
                any_missed |= bool(np.any(own))
                hidden &= own
            result.in_all += int(np.count_nonzero(hidden))
    result.seeds_with_a_miss_in_one += any_missed


def _agreeing(call: tuple[Any, ...], k: int, error: float) -> tuple[Array, float]:
    """Which entries of gradient k a direction misses when off by `error`, and how near that is."""
    probe, gradients, direction, found = call
    parts = [(g * v) for g, v in zip(gradients, direction, strict=True) if v is not None]
    norm = float(np.sqrt(sum(np.sum(p**2) for p in parts)))
    off = sum(float(np.sum(p)) for p in parts) - found.value
    allowed = 6 * found.error + judge.RTOL * norm
    v = direction[k].ravel()
    agrees = np.abs(off + error * v) <= allowed
    least = int(np.argmin(np.abs(v)))
    changed = list(gradients)
    changed[k] = changed[k].copy()
    changed[k].flat[least] += error
    verdict = judge.weigh(probe, changed, direction, found).agrees
    if (verdict is False) == bool(agrees[least]):
        raise AssertionError("judge.weigh no longer says what its docstring says")
    still = v != 0  # an entry at rest on a kink is held to its one-sided slopes
    return agrees & still, (allowed + abs(off)) / (abs(error) * float(np.min(np.abs(v[still]))))


def cost_of_finding(size: tuple[int, int, int], wrong: int, seed: int) -> tuple[int, int]:
    """The forwards that `wrong` wrong entries of W1 cost beyond a right check, and how many of them
    the report points to: it shows one index, and a number.
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
