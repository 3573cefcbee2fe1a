"""`make bench`: what a check costs beside the loop that courses use, in one run, as ratios.

The loop is the central difference at h = 1e-5, entry by entry, as in CS231n's assignments: two
forwards for each parameter.  Beyond 3,000 parameters it is timed on 200 of them and scaled.  Both
look at the same two-layer net (affine, ReLU, affine, softmax cross-entropy, penalty).  Times are
the median of several runs in one process; on a busy machine trust the ratios, not the times.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable

import numpy as np

import gradelib as gl

Array = np.ndarray
# D, H, C: 83, 2,850, 18,670 and 308,310 parameters
SIZES = ((6, 8, 3), (60, 40, 10), (300, 60, 10), (3072, 100, 10))
N, REG = 37, 0.1
TIMED_ENTRIES = 200
HEADS = ("parameters", "forwards", "loop", "check, ms", "loop, ms", "loop / check", "peak / params")


def net(D: int, H: int, C: int) -> tuple[Callable[[dict[str, Array]], object], dict[str, Array]]:
    """Return the net's loss(params) -> (value, grads), and parameters to check it at."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(N, D)), rng.integers(0, C, N)
    params = {
        "W1": rng.normal(size=(D, H)) / np.sqrt(D),
        "b1": rng.normal(size=H) / 10,
        "W2": rng.normal(size=(H, C)) / np.sqrt(H),
        "b2": rng.normal(size=C) / 10,
    }

    def loss(p: dict[str, Array]) -> tuple[float, dict[str, Array]]:
        h = np.maximum(X @ p["W1"] + p["b1"], 0)
        s = h @ p["W2"] + p["b2"]
        s = s - s.max(axis=1, keepdims=True)
        logsum = np.log(np.exp(s).sum(axis=1))
        penalty = 0.5 * REG * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
        ds = np.exp(s - logsum[:, None])
        ds[np.arange(N), y] -= 1
        ds /= N
        dz = (ds @ p["W2"].T) * (h > 0)
        grads = {
            "W1": X.T @ dz + REG * p["W1"],
            "b1": dz.sum(axis=0),
            "W2": h.T @ ds + REG * p["W2"],
            "b2": ds.sum(axis=0),
        }
        return float(np.mean(logsum - s[np.arange(N), y]) + penalty), grads

    return loss, params


def loop(f: Callable[[dict[str, Array]], object], params: dict[str, Array], most: int) -> int:
    """The entrywise central difference on at most `most` entries; returns how many it did."""
    done, h = 0, 1e-5
    for value in params.values():
        gradient = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            if done == most:
                return done
            old = value[index]
            value[index] = old + h
            above = f(params)[0]  # type: ignore[index]
            value[index] = old - h
            below = f(params)[0]  # type: ignore[index]
            value[index] = old
            gradient[index] = (above - below) / (2 * h)
            done += 1
    return done


def median(run: Callable[[], object], times: int = 5) -> float:
    """The median time of a call in seconds, after one that is not counted."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def peak(run: Callable[[], object]) -> int:
    """The most memory that a call holds at once, in bytes."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def row(D: int, H: int, C: int) -> tuple[str, ...]:
    loss, params = net(D, H, C)
    count = sum(p.size for p in params.values())
    report = gl.check_loss(loss, params)
    assert report.passed, report
    check = median(lambda: gl.check_loss(loss, params))
    entries = count if count < 3000 else TIMED_ENTRIES
    slow = median(lambda: loop(loss, params, entries), times=3) * count / entries
    memory = peak(lambda: gl.check_loss(loss, params)) / (8 * count)
    return (
        f"{count:,}",
        f"{report.evaluations}",
        f"{2 * count:,}",
        f"{1000 * check:.1f}",
        f"{1000 * slow:,.0f}",
        f"{slow / check:,.1f}x",
        f"{memory:.1f}x",
    )


if __name__ == "__main__":
    print("| " + " | ".join(HEADS) + " |")
    print("|" + " ---: |" * len(HEADS))
    for sizes in SIZES:
        print("| " + " | ".join(row(*sizes)) + " |", flush=True)
    print("\nforwards: of the check and of the loop; peak memory over that of the parameters.")
