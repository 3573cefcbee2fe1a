"""Why a candidate ended, in words that a teaching assistant understands.

cause(status, cpu, limits)   from the status that the kernel gives; None: it ended by itself
"""

from __future__ import annotations

import os
import signal

from gradelib.exam.sandbox.limits import Limits

FAILED = 254
"""Left with this by the nursery's child when the candidate's own program raised."""

_SIGNALS = {
    signal.SIGSEGV: "Python died of a segmentation fault",
    signal.SIGBUS: "Python died of a bus error",
    signal.SIGILL: "Python died of an illegal instruction",
    signal.SIGFPE: "Python died of an arithmetic fault",
    signal.SIGABRT: "Python aborted",
    signal.SIGSYS: "called what the sandbox forbids",
}


def cause(status: int, cpu: float, limits: Limits) -> str | None:
    """One line without a full stop. `status` as os.waitpid gives it, `cpu` in seconds."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return None
    if code == FAILED:
        return "Python ended with an error outside of any cell"
    if code > 0:
        return f"left with os._exit({code})"
    # The kernel's two counts of processor time differ by some ticks of its clock.
    if -code in (signal.SIGXCPU, signal.SIGKILL) and cpu >= 0.8 * int(limits.cpu):
        return f"used more than {limits.cpu:g} s of processor time"
    try:
        number = signal.Signals(-code)
    except ValueError:
        return f"was ended by signal {-code}"
    return _SIGNALS.get(number, f"was ended by the signal {number.name}")


def too_long(limits: Limits) -> str:
    """It ran past its wall clock."""
    return f"ran longer than {limits.wall:g} s"


def too_much_memory(limits: Limits) -> str:
    """Its processes together held more than it may."""
    amount = limits.memory / 2**30
    size = f"{round(amount, 1):g} GB" if amount >= 1 else f"{limits.memory / 2**20:.0f} MB"
    return f"used more than {size} of memory"


def too_much_disk(limits: Limits) -> str:
    """Its files together take more than they may."""
    return f"wrote more than {limits.disk / 1e6:.0f} MB of files"


def too_many(limits: Limits) -> str:
    """It kept as many processes as it may."""
    return f"started too many processes (more than {limits.processes})"
