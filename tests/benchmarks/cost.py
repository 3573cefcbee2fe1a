"""What a check of the two-layer net costs: forwards, time beside ours, growth, memory.

A tool and ours take turns in one process, and the median of the ratios of neighbours is the result.
Time is the processor's, to which others' work adds little; with one thread each it is also what one
waits for where nothing else runs. Ours spends more forwards with some seeds than with others: what
is counted is the median over seeds, which draw the net and the check's directions.

A tool that would take minutes is run on a part of the parameters and scaled (`Cost.scaled`); its
forwards are counted on two parts and extended in a straight line, its time goes with its forwards.
The net's backward is right; `Cost.accepts` says whether the tool thinks so.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import native
import numpy as np
import peers
from two_layer import NAMES, TwoLayer

import gradelib as gl

Check = Callable[[], bool]
Size = tuple[int, int, int]
PART = 100  # parameters
PATIENCE = 1.5  # seconds that one run in full may take


@dataclass(frozen=True)
class Run:
    """A call that checks `entries` of the net's parameters once, and the forwards so far."""

    check: Check
    forwards: Callable[[], int]
    entries: int


@dataclass(frozen=True)
class Cost:
    """Of one check: forwards, time as a multiple of ours, peak bytes (NaN: unseen)."""

    forwards: int
    ratio: float
    scaled: bool = False
    accepts: bool = True
    memory: float = float("nan")


def ours(net: TwoLayer, seed: int = 0) -> Run:
    def check() -> bool:
        return gl.check_backward(net.forward, net.backward, *net.point, seed=seed).passed

    return Run(check, lambda: net.forwards, net.size)


def ours_by_loss(net: TwoLayer, seed: int = 0) -> Run:
    params = dict(zip(NAMES, net.point, strict=True))

    def check() -> bool:
        return gl.check_loss(net.loss, params, seed=seed).passed

    return Run(check, lambda: net.forwards, net.size)


def whole(check: Check, forwards: Callable[[], int], entries: int) -> Run:
    """A run of a check that may raise, which is a rejection."""

    def accepts() -> bool:
        try:
            return check()
        except (AssertionError, RuntimeError):
            return False

    return Run(accepts, forwards, entries)


def numpy_run(name: str) -> Callable[[TwoLayer, int], Run]:
    """The peer of that name on the net in numpy, or on a part of its parameters."""
    peer = next(peer for peer in peers.PEERS if peer.name == name)

    def run(net: TwoLayer, entries: int) -> Run:
        question = net.question() if entries == net.size else net.part(entries)
        return Run(lambda: peer.verdict(question), lambda: net.forwards, entries)

    return run


def loop_run(net: TwoLayer, entries: int) -> Run:
    """The loop perturbs the arrays in place, so a part of it needs no copies."""
    question = net.question()

    def check() -> bool:
        arrays, left = question.inputs(), entries
        grads = question.gradients(arrays, question.dout)
        close = True
        for x, g in zip(arrays, grads, strict=True):
            most = min(left, x.size)
            slopes = peers.loop_slopes(lambda: question.forward(*arrays)[0], x, question.dout, most)
            close &= bool(np.max(peers.relative(g, slopes).ravel()[:most], initial=0.0) < 1e-4)
            left -= most
        return close

    return Run(check, lambda: net.forwards, entries)


def torch_slow(net: TwoLayer, entries: int) -> Run:
    """A part is b2 alone for up to PART entries, and W2 too for more."""
    held = 0 if entries == net.size else 3 if entries <= PART else 2
    taken = sum(x.size for x in net.point[held:])
    check, forwards = native.in_torch(net, fast=False, leave_out=held)
    return whole(check, forwards, taken)


def torch_fast(net: TwoLayer, entries: int) -> Run:
    return whole(*native.in_torch(net, fast=True), net.size)


def jax_run(net: TwoLayer, entries: int) -> Run:
    return whole(*native.in_jax(net), net.size)


# tool: how to run it, whether it goes entry by entry, whether numpy holds its memory
TOOLS: dict[str, tuple[Callable[[TwoLayer, int], Run], bool, bool]] = {
    "torch gradcheck, slow": (torch_slow, True, False),
    "torch gradcheck, fast_mode": (torch_fast, False, False),
    "jax check_grads": (jax_run, False, False),
    "HIPS autograd check_grads": (numpy_run("HIPS autograd check_grads"), False, True),
    "scipy approx_fprime": (numpy_run("scipy approx_fprime"), True, True),
    "scipy check_grad": (numpy_run("scipy check_grad"), True, True),
    "numdifftools Gradient": (numpy_run("numdifftools Gradient"), True, True),
    "loop as in CS231n": (loop_run, True, True),
}


def counted(run: Run) -> int:
    """The forwards of one check."""
    before = run.forwards()
    run.check()
    return run.forwards() - before


def paired(first: Check, second: Check, times: int) -> float:
    """The median of first / second in processor time, over calls that take turns."""
    ratios = []
    for _ in range(times):
        start = time.process_time()
        first()
        middle = time.process_time()
        second()
        ratios.append((middle - start) / (time.process_time() - middle))
    return statistics.median(ratios)


def peak(check: Check) -> int:
    """The most bytes that a call holds at once, as far as Python and numpy allocate them."""
    tracemalloc.start()
    check()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def beside_ours(run: Run, net: TwoLayer, seconds: float = 2.0) -> float:
    """The time of a run as a multiple of ours: 5 to 101 pairs, some `seconds` of the tool's."""
    own = ours(net)
    own.check()
    start = time.process_time()
    run.check()
    once = max(time.process_time() - start, 1e-4)
    return paired(run.check, own.check, int(np.clip(seconds / once, 5, 101)))


def of_tool(name: str, net: TwoLayer) -> Cost:
    """The cost of a peer's check of the net, in full, or scaled up from a part."""
    make, entrywise, in_numpy = TOOLS[name]
    memory = float("nan")
    part = make(net, min(2 * PART, net.size))
    scaled = False
    if entrywise and part.entries < net.size:
        start = time.process_time()
        most = counted(part)
        scaled = (time.process_time() - start) * net.size / part.entries > PATIENCE
    if scaled:
        small = make(net, PART)
        each = (most - counted(small)) / (part.entries - small.entries)
        forwards = round(most + each * (net.size - part.entries))
        run, ratio = part, beside_ours(part, net) * forwards / most
    else:
        run = make(net, net.size)
        run.check()  # what is compiled or loaded at the first call is no cost of the check
        forwards, ratio = counted(run), beside_ours(run, net)
    accepts = run.check()
    if in_numpy and not (scaled and name.startswith("numdifftools")):
        memory = peak(run.check)
    return Cost(forwards, ratio, scaled, accepts, memory)


def of_ours(size: Size, make: Callable[[TwoLayer, int], Run], seeds: int) -> Cost:
    net = TwoLayer(*size)
    run = make(net, 0)
    forwards = round(statistics.median(over_seeds(size, make, seeds)))
    return Cost(forwards, beside_ours(run, net), accepts=bool(run.check()), memory=peak(run.check))


def over_seeds(size: Size, make: Callable[[TwoLayer, int], Run], seeds: int) -> list[int]:
    """The forwards of our check of a net and directions drawn with each seed."""
    return [counted(make(TwoLayer(*size, seed=seed), seed)) for seed in range(seeds)]


def growth(sizes: list[int], forwards: list[int]) -> float:
    """The exponent p of forwards ~ n**p, by least squares in the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(forwards), 1)[0])


def costs(sizes: tuple[Size, ...], seeds: int) -> dict[str, list[Cost]]:
    """Every installed tool's cost at every size, ours first."""
    found = {
        "gradelib check_backward": [of_ours(size, ours, seeds) for size in sizes],
        "gradelib check_loss": [of_ours(size, ours_by_loss, seeds) for size in sizes],
    }
    missing = {peer.name for peer in peers.PEERS if not peer.installed}
    for name in TOOLS:
        if name not in missing:
            found[name] = [of_tool(name, TwoLayer(*size)) for size in sizes]
    return found
