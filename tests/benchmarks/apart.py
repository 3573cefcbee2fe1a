"""Two tools beside each other, each in a process of its own, as their users have them.

In one process what a tool does to the memory allocator serves the others as well: our check has
malloc keep freed arrays. `python apart.py TOOL D H C` waits for lines that say how many checks of
the net to make, and answers each with the processor's seconds that one took.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

import cost
from two_layer import TwoLayer

TOOLS = {
    "check_backward": cost.ours,
    "check_loss": cost.ours_by_loss,
    "torch": lambda net: cost.torch_fast(net, net.size),
}
ROUND = 0.05  # seconds of one turn


class Worker:
    """A process that checks one net with one tool."""

    def __init__(self, tool: str, size: cost.Size) -> None:
        command = [sys.executable, __file__, tool, *map(str, size)]
        path = os.pathsep.join(sys.path)
        one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        self.tool = tool
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **one_thread, "PYTHONPATH": path},
        )  # fmt: skip
        self.seconds(3)  # what is loaded at the first call is no cost of the check
        self.times = max(1, round(ROUND / self.seconds(1)))

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def turn(self) -> float:
        return self.seconds(self.times)

    def seconds(self, times: int) -> float:
        with suppress(BrokenPipeError):
            print(times, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            self.process.communicate()
            raise RuntimeError(f"the process that checks with {self.tool} has ended")
        return float(answer)


def ratio(first: str, second: str, size: cost.Size, pairs: int) -> float:
    """The median of the first tool's time over the second's, in processes that take turns."""
    with ExitStack() as both:
        one, other = (both.enter_context(Worker(tool, size)) for tool in (first, second))
        return statistics.median(one.turn() / other.turn() for _ in range(pairs))


def serve(tool: str, size: cost.Size) -> None:
    run = TOOLS[tool](TwoLayer(*size))
    for line in sys.stdin:
        start = time.process_time()
        for _ in range(int(line)):
            if not run.check():
                raise RuntimeError(f"{tool} rejects the net")
        print((time.process_time() - start) / int(line), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1], (int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
