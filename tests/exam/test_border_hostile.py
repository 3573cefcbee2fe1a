"""A candidate's process that is the student's own: it can only harm the student."""

import contextlib
import io
import linecache
import os
import signal
import socket
import threading
import time

import msgpack
import numpy as np
import pytest
from both import Clock, bordering

from gradelib.exam.crossing.border import Border, Proxy
from gradelib.exam.crossing.wire import HEAD, Channel, GoneError, LateError

ASK, ANSWER = 0, 1
FATAL = (GoneError, LateError)


def frame(kind, *body, released=(), dropped=(), changes=(), draws=None, news=None):
    """A message as a peer sends it, of any trees."""
    tree = [kind, list(released), list(dropped), list(changes), draws, news, *body]
    packed = msgpack.packb(tree, unicode_errors="surrogatepass")
    return HEAD.pack(len(packed), 0) + packed


def fine(tree, **more):
    """A good answer that holds any tree."""
    return frame(ANSWER, True, tree, **more)


@contextlib.contextmanager
def facing(*answers, seconds=5.0):
    """A border whose other end sends these bytes, one for each question, and then is silent."""
    ours, theirs = socket.socketpair()

    def play():
        for answer in answers:
            if not theirs.recv(2**20):
                return
            with contextlib.suppress(OSError):
                theirs.sendall(answer)

    player = threading.Thread(target=play)
    player.start()
    border = Border(Channel(ours), Clock(seconds))
    try:
        yield border
    finally:
        border.channel.close()
        player.join()
        theirs.close()


CLASS = [7, ["K", "K", "m", None, 0, ["__eq__", "__len__"], 2], []]
OBJECT = [19, 9, CLASS]
ANSWERS = {
    "nothing of a message": HEAD.pack(1, 0) + b"\x01",
    "an empty list": HEAD.pack(1, 0) + b"\x90",
    "noise": b"\xff" * 100,
    "a huge length": HEAD.pack(2**32 - 1, 2**32 - 1),
    "an answer of nothing": frame(ANSWER),
    "an answer that is neither": frame(ANSWER, 1, 1),
    "an answer of three": frame(ANSWER, True, 1, 1),
    "another kind": frame(7, True, 1),
    "an unknown handle of mine": fine([20, 1]),
    "a handle of an unknown class": fine([19, 1, [5]]),
    "a class without a name": fine([21, 1, [3, 3, 3, None, 0, [], 0], []]),
    "a class with a null in it": fine([21, 1, ["a\0", "a", "a", None, 0, [], 0], []]),
    "a class that is long": fine([21, 1, ["a" * 1000, "a", "a", None, 0, [], 0], []]),
    "a class with a long text": fine([21, 1, ["a", "a", "a", "x" * 10**6, 0, [], 0], []]),
    "a class of odd methods": fine([21, 1, ["a", "a", "a", None, 0, ["__class__"], 0], []]),
    "a class of __getattribute__": fine(
        [21, 1, ["a", "a", "a", None, 0, ["__getattribute__"], 0], []]
    ),
    "a class below a number": fine([21, 1, ["a", "a", "a", None, 0, [], 0], [3]]),
    "a class below itself": fine([21, 1, ["a", "a", "a", None, 0, [], 0], [[21, 1]]]),
    "a class again": fine([2, [21, *CLASS], [21, *CLASS]]),
    "a class of text": fine([21, "1", ["a", "a", "a", None, 0, [], 0], []]),
    "a handle of a handle": fine([19, [1], CLASS]),
    "a key that must be asked": fine([4, 0, OBJECT, 1]),
    "a key within a key": fine([5, 0, [2, OBJECT]]),
    "a number of mine": fine([3, 1, 1]),
    "a number twice": fine([2, [3, 2], [3, 2]]),
    "a number below zero": fine([3, -2]),
    "a reference to nothing": fine([13, 2]),
    "a release of nothing": fine(1, released=[[1, 1]]),
    "a release of less": fine(1, released=[[1, -1]]),
    "a release that is none": fine(1, released=[1]),
    "a change of nothing": fine(1, changes=[[3, 2, 1]]),
    "a change that is none": fine(1, changes=[7]),
    "dropping nothing": fine(1, dropped=[4]),
    "dropping text": fine(1, dropped=["x"]),
    "draws of nothing": fine(1, draws=[]),
    "draws of text": fine(1, draws=["x", "y"]),
    "draws beyond the end": fine(1, draws=[["legacy", b"x" * 2496, 10**6, 0, 0.0], None]),
    "draws of few words": fine(1, draws=[["legacy", b"x" * 8, 0, 0, 0.0], None]),
    "draws of another": fine(1, draws=[None, ["legacy", b"x" * 2496, 1, 0, 0.0]]),
    "a twister beyond the end": fine([15, 2, "MT19937", b"x" * 2496, 10**6]),
    "a generator of texts": fine([15, 2, "PCG64", "1", "2", "3", "4"]),
    "another generator": fine([15, 2, "SFC64", 1, 1, 1, 1]),
    "news of a number": fine(1, news=5),
    "news of numbers": fine(1, news=[5]),
    "news of a print of numbers": fine(1, news=[["stdout", 5]]),
    "a failure of nothing": frame(ANSWER, False, 5),
    "a failure of few": frame(ANSWER, False, [2, 1, 2]),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_a_malformed_answer_ends_the_border(what):
    """The call fails, the reason is kept, and everything after it fails at once."""
    with facing(ANSWERS[what]) as border:
        with pytest.raises(GoneError, match="malformed"):
            border.request("run", source="1")
        assert "malformed" in border.lost
        started = time.monotonic()
        with pytest.raises(GoneError):
            border.names(["f"])
        assert time.monotonic() - started < 1


def test_random_trees_never_do_anything_else():
    """Answers made of any tags and values at all end in a value, an exception or the end."""
    rng = np.random.default_rng(0)

    def tree(depth):
        kind = rng.integers(0, 8 if depth else 4)
        if kind == 0:
            return int(rng.integers(-2, 30))
        if kind == 1:
            return ["<f8", "int", "PCG64", "a", b"xxxxxxxx", b""][rng.integers(6)]
        if kind == 2:
            return [None, True, 1.5, 2**63 - 1][rng.integers(4)]
        if kind == 3:
            return CLASS[1] if rng.integers(2) else []
        return [int(rng.integers(0, 24)), *(tree(depth - 1) for _ in range(rng.integers(0, 5)))]

    seen = set()
    for _ in range(400):
        fields = {
            name: [tree(2) for _ in range(rng.integers(0, 2))] for name in ("released", "changes")
        }
        with facing(fine(tree(4), **fields)) as border:
            try:
                border.request("run", source=[1, np.ones(2)])
                seen.add("value")
            except GoneError:
                seen.add("gone")
    assert seen == {"value", "gone"}


def failing(kind, args=(), text="", notes=(), frames=(), *more):
    """An answer that says that something was raised."""
    trees = [kind, [2, *args], text, [2, *notes], [2, *frames], *more]
    return frame(ANSWER, False, [2, *trees])


FAILURES = {
    "a class that is none": (failing(5), Exception),
    "a class of the wrong kind": (failing([14, "int"]), Exception),
    "an object for a class": (failing(OBJECT), Exception),
    "a list for a class": (failing([3, 0]), GoneError),
    "an interrupt": (failing([14, "KeyboardInterrupt"]), RuntimeError),
    "an exit of a generator": (failing([14, "GeneratorExit"]), RuntimeError),
    "the base of all": (failing([14, "BaseException"]), Exception),
    "arguments that it does not want": (
        failing([14, "UnicodeDecodeError"], [1]),
        UnicodeDecodeError,
    ),
    "objects for arguments": (failing([14, "ValueError"], [OBJECT]), ValueError),
    "a group of none": (failing([14, "ExceptionGroup"], ["x", [2]]), Exception),
    "notes of numbers": (failing([14, "ValueError"], [], "", [1, 2]), ValueError),
    "frames of numbers": (
        failing([14, "ValueError"], [], "", [], [1, [2, "a", "b", 1, 2]]),
        ValueError,
    ),
    "a frame of a huge file": (
        failing([14, "ValueError"], [], "", [], [[2, "f", 2**62, "g", "x"]]),
        ValueError,
    ),
    "text of numbers": (failing([14, "ValueError"], [], 5), ValueError),
    "an object for a whole": (failing([14, "ValueError"], [], "", [], [], OBJECT), ValueError),
}


@pytest.mark.parametrize("what", FAILURES)
def test_odd_failures_are_exceptions_all_the_same(what):
    """Whatever is said to have been raised, an exception is."""
    answer, kind = FAILURES[what]
    with facing(answer) as border, pytest.raises(kind):
        border.request("run", source="1")


@pytest.mark.parametrize("name", ["SyntaxError", "ValueError"])
def test_no_file_is_opened_for_a_traceback(name, tmp_path):
    """A file that the student names is not read to show a line of it."""
    secret = tmp_path / "solutions.py"
    secret.write_text("the hidden line\n" * 3)
    frames = [[2, str(secret)[-100:], 2, "f", ""]]
    answer = failing([14, name], ["x", [2, str(secret), 2, 1, None]], "x", [], frames)
    import traceback

    with facing(answer) as border:
        with pytest.raises((SyntaxError, ValueError)) as caught:
            border.request("run", source="1")
        shown = "".join(traceback.format_exception(caught.value))
    assert "hidden line" not in shown
    assert str(secret) not in shown
    assert not any(str(secret) == file for file in linecache.cache)
    assert getattr(caught.value, "filename", None) is None


def test_questions_without_end_are_late():
    """A candidate that only ever asks back is stopped at the deadline."""
    ours, theirs = socket.socketpair()
    done = threading.Event()

    def play():
        theirs.recv(2**20)
        with contextlib.suppress(OSError):
            while not done.is_set():
                theirs.sendall(frame(ASK, "call", [20, 1], [2], [2]))
                theirs.recv(2**20)

    player = threading.Thread(target=play)
    player.start()
    border = Border(Channel(ours), Clock())
    end = time.monotonic() + 0.5
    border.clock.deadline = lambda: end
    with pytest.raises(LateError):
        border.request("run", source=callback)
    assert time.monotonic() < end + 5
    done.set()
    border.channel.close()
    player.join()
    theirs.close()


def test_a_silent_candidate_is_late_and_one_that_takes_nothing_too():
    """Each request ends at its deadline."""
    with facing(seconds=0.2) as border:
        with pytest.raises(LateError):
            border.request("run", source="1")
        assert border.lost == "run did not end in time"
    ours, theirs = socket.socketpair()
    border = Border(Channel(ours), Clock(0.2))
    with pytest.raises(LateError):
        border.request("run", source=np.zeros(10**6))
    theirs.close()


SECRET = "hidden"
BOUND = [].append


def callback(*args):
    """The test's."""
    return SECRET if args == ("please",) else None


@pytest.mark.parametrize(
    "question",
    [
        ("call", [20, 2], [2], [2]),
        ("call", [14, "numpy.exp"], [2, 1], [2]),
        ("call", [14, "type"], [2, 1], [2]),
        ("call", "print", [2], [2]),
        ("call", [3, 0], [2], [2]),
        ("call", [20, 1], 5, 5),
        ("call", [20, 1]),
        ("get", [20, 1], "__globals__"),
        ("get", [20, 1], "__code__"),
        ("get", [20, 1], [3, 0]),
        ("get", [20, 1], 5),
        ("set", [20, 1], "__code__", 5),
        ("do", "run", [2]),
        ("names", [2, "callback"], False),
        ("bind", "callback", 1),
        ("special", [20, 1], "__getattribute__", [2, "__globals__"], [2]),
        ("special", [20, 1], "__init__", [2], [2]),
        ("special", [20, 1], [3, 0], [2], [2]),
        ("copy", [20, 1], True),
        ("list", [20, 1]),
        ("dir", [20, 1]),
        ("nothing", [20, 1]),
        (5, 5),
        ([3, 0], 5),
    ],
    ids=str,
)
def test_questions_that_a_test_does_not_answer(question):
    """Callbacks that were never given, and everything but calling those that were."""
    received = []
    ours, theirs = socket.socketpair()

    def play():
        theirs.recv(2**20)
        theirs.sendall(frame(ASK, *question))
        received.append(theirs.recv(2**20))
        with contextlib.suppress(OSError):
            theirs.sendall(fine(1))

    player = threading.Thread(target=play)
    player.start()
    border = Border(Channel(ours), Clock(5))
    with contextlib.suppress(GoneError):
        border.request("run", source=callback)
    border.channel.close()
    theirs.shutdown(socket.SHUT_RDWR)
    player.join()
    theirs.close()
    assert SECRET.encode() not in received[0]
    if received[0]:
        answer = msgpack.unpackb(received[0][HEAD.size :], unicode_errors="surrogatepass")
        assert answer[0] == ANSWER
        assert answer[6] is False
    else:
        assert "malformed" in border.lost


def test_classes_that_are_merely_described_are_not_called():
    """The class of an object that was given, or a base of it, opens no file."""
    opened = type("Log", (io.FileIO,), {"__module__": "__main__"})
    cell = """
from gradelib.exam.crossing.handles import peer_of
def climb(value, path):
    kind = type(value)
    for k in kind.__mro__[:-2]:
        try: peer_of(value).ask("call", k, (path, "w"), ())
        except TypeError as error: found = str(error)
        else: return "opened"
    return found
"""
    with bordering(cell) as border, opened(os.devnull) as log:
        path = f"/tmp/border-{os.getpid()}"
        assert "cannot be called" in border.names(["climb"])["climb"](log, path)
        assert not os.path.exists(path)
        assert "cannot be called" in border.names(["climb"])["climb"](lambda: 1, path)


def test_many_handles_are_too_many(monkeypatch):
    """What a candidate can make the examiner hold is bounded."""
    from gradelib.exam.crossing import peers, restoring, shared

    monkeypatch.setattr(peers, "MOST_HANDLES", 100)
    monkeypatch.setattr(shared, "MOST_SHARED", 100)
    monkeypatch.setattr(restoring, "MOST_WEIGHT", 10_000)
    cell = """
import numpy as np
def handles(n): return [object() for _ in range(n)]
def lists(n): return [[] for _ in range(n)]
def arrays(n): return [np.zeros(1000) for _ in range(n)]
"""
    with bordering(cell) as border:
        names = border.names(["handles", "lists"])
        assert len(names["handles"](50)) == 50
        assert len(names["lists"](50)) == 50
    for which in ("handles", "lists", "arrays"):
        with bordering(cell) as border, pytest.raises((GoneError, ValueError)):
            border.names([which])[which](500)


def test_a_candidate_that_is_killed_is_gone():
    """At whatever moment."""
    with bordering("def f(x): return x") as border:
        f = border.names(["f"])["f"]
        assert issubclass(type(f), Proxy)
        os.kill(border.child, signal.SIGKILL)
        with pytest.raises(GoneError, match=r"Python died in f\(\.\.\.\)"):
            f(1)


def test_an_interrupted_call_is_not_answered_later():
    """An answer that a test did not wait for is never taken for another's."""
    cell = """
import time
def slow(): time.sleep(0.5); return "slow"
def fast(): return "fast"
"""

    def interrupt(number, where):
        raise RuntimeError("enough")

    with bordering(cell) as border:
        names = border.names(["slow", "fast"])
        previous = signal.signal(signal.SIGALRM, interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(RuntimeError, match="enough"):
                names["slow"]()
        finally:
            signal.signal(signal.SIGALRM, previous)
        with pytest.raises(GoneError, match="interrupted"):
            names["fast"]()
