# ruff: noqa: E501
"""Hand-ins that fall: bombs, deaths, loops and locks, in a cell, in a call and at the exit."""

from __future__ import annotations

from hostile.case import Case, answer, call, own

FORKS = """
import os
def bomb():
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""

MEMORY = """
def bomb():
    kept = []
    while True:
        kept.append(bytearray(50_000_000))
"""

QUIET_MEMORY = """
def bomb():
    kept = []
    while True:
        try:
            kept.append(bytearray(1_000_000))
        except MemoryError:
            pass
"""

DISK = """
def bomb():
    piece = b"x" * 10_000_000
    number = 0
    while True:
        number += 1
        try:
            with open(f"bomb{number}", "wb") as file:
                while True:
                    file.write(piece)
        except OSError:
            if number > 500:
                break
"""

FILES = """
import os
def bomb():
    for number in range(1_000_000):
        try:
            if number % 100 == 0:
                os.mkdir(f"d{number}"); os.chdir(f"d{number}")
            open(f"f{number}", "w").close()
        except OSError:
            break
"""

OUTPUT = """
import sys
def bomb():
    while True:
        print("x" * 100_000)
        print("y" * 100_000, file=sys.stderr)
"""

DISPLAYS = """
from IPython.display import HTML, display
def bomb():
    for _ in range(30_000):
        display(HTML("<b>z</b>" * 100))
"""

RAW = """
import os
def bomb():
    while True:
        os.write(1, b"x" * 100_000)
        os.write(2, b"x" * 100_000)
"""

THREADS = """
import threading, time
def bomb():
    kept = []
    while True:
        try:
            kept.append(threading.Thread(target=time.sleep, args=(600,), daemon=True))
            kept[-1].start()
        except RuntimeError:
            break
"""

STUBBORN = """
import signal, time
def bomb():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    except (OSError, ValueError):
        pass
    while True:
        try:
            while True:
                time.sleep(1)
        except BaseException:
            pass
"""

LOOPS = {
    "loop": "while True: pass",
    "loop-in-c": "9 ** 9 ** 9",
    "loop-regex": "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "wait": "import os; r, w = os.pipe(); os.read(r, 1)",
    "input": "import sys; sys.__stdin__.read() if sys.__stdin__ else None; import time; time.sleep(600)",
}

DEATHS = {
    "exit": "import os; os._exit(0)",
    "exit-7": "import os; os._exit(7)",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "abort": "import os; os.abort()",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "exec": "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(10.0)'])",
    "stack": "import sys; sys.setrecursionlimit(10**9); f = lambda: f(); f()",
    "codes": "(lambda: 0).__code__; import types; exec((lambda: 0).__code__.replace(co_code=b'\\x00\\xff' * 40))",
}

RAISES = {
    "system-exit": "raise SystemExit(0)",
    "interrupt": "raise KeyboardInterrupt",
    "generator-exit": "raise GeneratorExit",
    "group": "raise BaseExceptionGroup('many', [SystemExit(0), KeyboardInterrupt()])",
    "recursion": "f = lambda: f(); f()",
    "long-message": "raise ValueError('x' * 20_000_000)",
    "chain": "raise_many(3000)",
}

HELP = """
def raise_many(n):
    error = ValueError("end")
    for i in range(n):
        link = ValueError("link " * 50)
        link.__cause__ = error
        error = link
    raise error
"""

CLOSED = """
import os
os.closerange(0, 4096)
"""

TWO = """
import os
def relu_backward(dout, cache):
    os.fork()
    return dout * 3
"""

TWO_IN_CELL = """
import os
for _ in range(3):
    os.fork()
"""

AT_EXIT = """
import atexit, os, time
atexit.register(time.sleep, 600)
class Last:
    def __del__(self):
        os._exit(0)
last = Last()
"""

SLOW = """
import time
class Slow:
    def __eq__(self, other): time.sleep(600)
    def __iter__(self): time.sleep(600)
    def __repr__(self): time.sleep(600)
    def __len__(self): time.sleep(600)
    def __getattr__(self, name): time.sleep(600)
def squares(n):
    return Slow()
"""

LIMITS = """
import resource, os
for name in [name for name in dir(resource) if name.startswith("RLIMIT_")]:
    for limits in ((resource.RLIM_INFINITY,) * 2, (2**40, 2**40)):
        try:
            resource.setrlimit(getattr(resource, name), limits)
            resource.prlimit(os.getppid(), getattr(resource, name), (0, 0))
        except (OSError, ValueError):
            pass
try:
    os.nice(-20)
except OSError:
    pass
"""


def in_call(code: str) -> str:
    """The code, run when relu_backward is called."""
    body = code.replace("; ", "\n    ")
    return f"{HELP}\ndef relu_backward(dout, cache):\n    {body}\n    return dout * 3"


def bomb(name: str, tries: str, code: str, *, calls: bool = True) -> list[Case]:
    """A bomb in a cell and in a call."""
    found = [answer(f"{name}-in-a-cell", f"{tries} in a cell", code + "\nbomb()")]
    if calls:
        body = code + "\ndef relu_backward(dout, cache):\n    bomb()\n    return dout * 3"
        found.append(call(f"{name}-in-a-call", f"{tries} in a call", body))
    return found


CASES: list[Case] = [
    *bomb("fork-bomb", "processes without end", FORKS),
    *bomb("memory-bomb", "memory without end", MEMORY),
    *bomb("quiet-memory-bomb", "memory in small pieces, errors ignored", QUIET_MEMORY, calls=False),
    *bomb("disk-bomb", "a full disk", DISK, calls=False),
    *bomb("file-bomb", "a million files in deep folders", FILES, calls=False),
    *bomb("output-bomb", "prints without end", OUTPUT),
    *bomb("display-bomb", "30,000 displays", DISPLAYS, calls=False),
    *bomb("raw-output-bomb", "output past Python", RAW, calls=False),
    *bomb("thread-bomb", "threads without end", THREADS, calls=False),
    *bomb("stubborn", "ignores every signal", STUBBORN),
    *(answer(f"{name}-in-a-cell", f"{name} in a cell", code) for name, code in LOOPS.items()),
    *(
        call(f"{name}-in-a-call", f"{name} in a call", in_call(code))
        for name, code in LOOPS.items()
    ),
    *(answer(f"{name}-in-a-cell", f"{name} in a cell", code) for name, code in DEATHS.items()),
    *(
        call(f"{name}-in-a-call", f"{name} in a call", in_call(code))
        for name, code in DEATHS.items()
    ),
    *(
        answer(f"{name}-in-a-cell", f"{name} in a cell", HELP + code)
        for name, code in RAISES.items()
    ),
    *(
        call(f"{name}-in-a-call", f"{name} in a call", in_call(code))
        for name, code in RAISES.items()
    ),
    own("closed-descriptors", "every descriptor is closed", CLOSED),
    call("two-answers", "a call returns in two processes", TWO),
    answer("two-processes", "the cell ends in eight processes", TWO_IN_CELL),
    answer("at-exit", "sleeps and dies at the exit", AT_EXIT),
    answer("slow-object", "an object whose every question takes ten minutes", SLOW),
    answer("limits", "lifts its limits and lowers its parent's", LIMITS),
]
