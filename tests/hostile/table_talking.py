# ruff: noqa: E501
"""Hand-ins that speak on the examiner's socket themselves: garbage, fakes, floods and silence."""

from __future__ import annotations

from hostile.case import Case, answer, call
from hostile.course import cell
from nbformat import NotebookNode

SOCKETS = """
import gc, os, select, stat, struct, sys, threading, time
def sockets():
    for number in range(4096):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass
def speak(data, most=2):
    for number in sockets():
        os.set_blocking(number, False)
        try:
            for _ in range(most):
                os.write(number, data)
        except OSError:
            pass
def channels():
    return [thing for thing in gc.get_objects() if type(thing).__name__ in ("Channel", "Server")]
def frame(value):
    import msgpack
    packed = msgpack.packb(value)
    return struct.pack("<II", len(packed), 0) + packed
"""

FAKES = """
fakes = (
    {"outputs": [], "error": None, "score": 10.0, "passed": True, "value": True, "result": 10.0},
    {"outputs": [{"output_type": "execute_result", "data": {"text/plain": "10.0"}}], "error": None},
    [0, True], ["ok", True], ["value", 10.0], True, 10.0, [1, 4, 9],
)
"""

SPIES = """
def spy():
    for thing in channels():
        for name, value in list(vars(thing).items()) if hasattr(thing, "__dict__") else []:
            if callable(value) or isinstance(value, dict):
                print(type(thing).__name__, name, str(value)[:2000])
"""

PATCHED = """
def patch():
    for kind in {type(thing) for thing in channels()}:
        for name in list(vars(kind)):
            if name in ("send", "send_tree"):
                real = getattr(kind, name)
                def lie(self, message, *rest, real=real, **more):
                    if isinstance(message, dict):
                        message = {key: (True if value is False else value) for key, value in message.items()}
                    return real(self, message, *rest, **more)
                setattr(kind, name, lie)
"""

CALLBACKS = """
def unknown():
    for thing in channels():
        for message in ({"op": "callback", "id": 10**9, "args": []}, {"op": "call", "handle": -1},
                        ["callback", 10**9, [], {}], ["call", "award", [10.0]], ["get", 0, "__globals__"],
                        {"op": "eval", "source": "1"}, {"op": "names", "wanted": ["award"]}):
            try:
                thing.send(message)
            except Exception:
                pass
"""

SERVED = """
def relu_backward(dout, cache):
    import inspect
    frame = sys._getframe()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if type(value).__name__ in ("Server", "Channel", "dict") and hasattr(value, "clear"):
                pass
        if "self" in frame.f_locals and type(frame.f_locals["self"]).__name__ == "Server":
            server = frame.f_locals["self"]
            for name in dir(server):
                if callable(getattr(server, name)) and not name.startswith("__"):
                    try:
                        setattr(server, name, lambda *args, **kwargs: True)
                    except Exception:
                        pass
        frame = frame.f_back
    return dout * 3
"""

LATER = """
def flood():
    while True:
        time.sleep(0.002)
        speak(data, 1)
threading.Thread(target=flood, daemon=True).start()
"""


def spoken(name: str, tries: str, data: str) -> list[Case]:
    """Bytes on the socket, from a cell and from a call."""
    body = f"def relu_backward(dout, cache):\n    speak({data})\n    return dout * 3"
    return [
        answer(f"wire-{name}", f"{tries}, from a cell", f"{SOCKETS}{FAKES}speak({data})"),
        call(f"wire-{name}-in-a-call", f"{tries}, from a call", SOCKETS + FAKES + body),
    ]


def endless(nb: NotebookNode) -> None:
    """A function that calls back for ever."""
    cell(nb, "twice").source = "def twice(f, x):\n    while True:\n        f(x)"


def nested(nb: NotebookNode) -> None:
    """Callbacks within callbacks."""
    cell(nb, "twice").source = "def twice(f, x):\n    return f(twice(f, x))"


CASES: list[Case] = [
    *spoken("garbage", "random bytes", "os.urandom(5000)"),
    *spoken("zeros", "frames of nothing", "bytes(80)"),
    *spoken("huge-frame", "a frame of 8 GB is announced", "b'\\xff' * 8"),
    *spoken("half-frame", "a frame without its end", "struct.pack('<II', 1000, 0) + b'x'"),
    *spoken("fakes", "replies that say passed", "b''.join(map(frame, fakes))"),
    *spoken(
        "deep",
        "a frame of 100,000 levels",
        "struct.pack('<II', 100_001, 0) + b'\\x91' * 100_000 + b'\\xc0'",
    ),
    *spoken(
        "swollen",
        "lists of millions of entries",
        "struct.pack('<II', 5, 0) + b'\\xdd\\xff\\xff\\xff\\xff'",
    ),
    *spoken(
        "odd-tags",
        "tagged values of every kind",
        "b''.join(frame([tag, [tag, {}], b'x']) for tag in range(64))",
    ),
    answer(
        "wire-flood",
        "a thread writes while tests run",
        SOCKETS + FAKES + "data = b''.join(map(frame, fakes))\n" + LATER,
        racy=True,
    ),
    answer(
        "wire-steal",
        "a thread reads what the examiner sends",
        SOCKETS
        + "def steal():\n    while True:\n        for number in sockets():\n            try:\n                os.read(number, 65536)\n            except OSError:\n                pass\nthreading.Thread(target=steal, daemon=True).start()",
    ),
    answer(
        "wire-closed",
        "closes the socket",
        SOCKETS + "for number in list(sockets()):\n    os.close(number)",
    ),
    call(
        "wire-closed-in-a-call",
        "closes the socket in a call",
        SOCKETS
        + "def relu_backward(dout, cache):\n    for number in list(sockets()):\n        os.close(number)\n    return dout * 3",
    ),
    answer(
        "wire-replaced",
        "puts a pipe in the socket's place",
        SOCKETS + "r, w = os.pipe()\nfor number in list(sockets()):\n    os.dup2(w, number)",
    ),
    answer(
        "wire-spy",
        "looks into the serving objects",
        SOCKETS + SPIES + "spy()\ndef squares(n):\n    spy()\n    return [7]",
    ),
    answer("wire-patched", "patches what sends", SOCKETS + PATCHED + "patch()"),
    answer(
        "wire-callbacks", "calls back what was never passed in", SOCKETS + CALLBACKS + "unknown()"
    ),
    call(
        "wire-callbacks-in-a-call",
        "the same in a call",
        SOCKETS + CALLBACKS + "def relu_backward(dout, cache):\n    unknown()\n    return dout * 3",
    ),
    call("wire-server", "rewrites the server that called", SOCKETS + SERVED),
    call(
        "wire-silence",
        "answers after ten minutes",
        "import time\ndef relu_backward(dout, cache):\n    time.sleep(600)\n    return dout * 3",
    ),
    call(
        "wire-descriptors",
        "passes descriptors along",
        SOCKETS
        + "import socket\ndef relu_backward(dout, cache):\n    for number in sockets():\n        try:\n            s = socket.socket(fileno=number)\n            socket.send_fds(s, [b'x'], [0, 1, 2])\n            s.detach()\n        except (OSError, ValueError):\n            pass\n    return dout * 3",
    ),
    Case(
        "wire-endless-callbacks",
        "calls back without end",
        "call",
        edit=endless,
        score=2.0,
    ),
    Case(
        "wire-nested-callbacks",
        "callbacks within callbacks",
        "call",
        edit=nested,
        score=2.0,
    ),
]
