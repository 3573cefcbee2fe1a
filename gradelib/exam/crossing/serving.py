"""The candidate's end of the border: answers what the examiner asks.

Server(channel, namespace, operations, printed=None)    serve() until the examiner hangs up

The examiner may ask for everything here. `operations` are functions of the candidate's own that it
calls by name with `Border.request`; `printed` says what was printed since it was last asked.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradelib.checks.watch import Watch
from gradelib.exam.crossing import failures, known, signatures
from gradelib.exam.crossing.peers import ASK, Peer
from gradelib.exam.crossing.values import AsHandle, PeerReader
from gradelib.exam.crossing.wire import Channel, GoneError, LateError, WireError

__all__ = ["Server"]

MOST_PRINTED = 50_000  # characters in one message
MOST_WARNINGS = 50
KEPT = 2**15  # bytes of an array that costs more to send again than to compare


class TrustingReader(PeerReader):
    """Reads the examiner's messages, which may name more of what both sides have."""

    known = known.TRUSTED
    paths = True


class Server(Peer):
    """Serves one examiner."""

    reader = TrustingReader

    def __init__(
        self,
        channel: Channel,
        namespace: dict[str, Any],
        operations: Mapping[str, Callable[..., Any]],
        *,
        printed: Callable[[], list[tuple[str, str]]] | None = None,
    ) -> None:
        super().__init__(channel, 2, KEPT)
        self.namespace = namespace
        self.operations = operations
        self.take_printed = printed
        self.operating = 0  # operations and calls under way
        self.calling = 0
        self.heard: list[list[Any]] = []
        self.watch: Watch | None = None
        self.patched: dict[str, Any] = {}

    def serve(self) -> None:
        """Answer until the other side hangs up."""
        try:
            while True:
                kind, body = self.receive()
                if kind != ASK:
                    raise WireError("malformed: an answer to nothing")
                self.answer(body)
        except GoneError:
            return

    def answer(self, body: Any) -> None:
        op, *parts = body
        try:
            if op == "do":
                self.operating += 1
                try:
                    reply = (True, self.do(op, tuple(parts)))
                finally:
                    self.operating -= 1
            else:
                with self._listening():
                    reply = (True, self.do(op, tuple(parts)))
        except (GoneError, LateError):
            raise
        except BaseException as error:
            reply = (False, self.tell(error))
            error.__traceback__ = None
            del error
        del parts, body
        self.reply(reply)

    def _listening(self) -> Any:
        return _Listening(self)

    def tell(self, error: BaseException) -> Any:
        told = failures.told(error)
        return told if type(error) in known.EXCEPTIONS.values() else (*told, AsHandle(error))

    def hear(self, news: Any) -> None:
        np.seterr(**dict(news))

    def news(self) -> Any:
        if self.operating:
            return None
        heard, self.heard = self.heard, []
        if self.watch is not None:
            heard += [["watched", "", w] for w in ("moved", "complex") if getattr(self.watch, w)]
        if self.take_printed is not None and (texts := self.take_printed()):
            left = MOST_PRINTED
            for stream, text in texts:
                if left > 0:
                    heard.append([stream, text[:left]])
                left -= len(text)
        return heard or None

    def do(self, op: str, parts: tuple[Any, ...]) -> Any:
        return DOING[op](self, *parts)

    def operate(self, name: str, fields: tuple[Any, ...]) -> Any:
        return self.operations[name](**dict(fields))

    def names(self, wanted: tuple[str, ...], wrapped: bool) -> Any:
        found = ((n, self.namespace[n]) for n in wanted if n in self.namespace)
        return tuple((n, AsHandle(value) if wrapped else value) for n, value in found)

    def bind(self, name: str, value: Any) -> None:
        self.namespace[name] = value

    def unbind(self, name: str) -> None:
        self.namespace.pop(name, None)

    def patch(self, name: str, function: Any) -> None:
        """A test has put a function in the place of a builtin one; None: it has taken it away."""
        if name not in self.patched:
            self.patched[name] = getattr(builtins, name)
        setattr(builtins, name, self.patched[name] if function is None else function)

    def begin_watch(self, point: tuple[Any, ...]) -> None:
        self.watch = Watch(point)

    def watched(self, op: str, parts: tuple[Any, ...]) -> Any:
        """Do what is asked for, and look at the calls meanwhile."""
        with self.watch or contextlib.nullcontext():
            return self.do(op, parts)


class _Listening:
    """Warnings of a call are kept, to be given again on the other side."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        self.server.calling += 1
        self.caught.__enter__()
        warnings.simplefilter("always", append=True)
        warnings.showwarning = self.heard

    def __exit__(self, *found: Any) -> None:
        self.server.calling -= 1
        self.caught.__exit__(*found)

    def heard(
        self,
        message: Any,
        category: Any,
        filename: str,
        lineno: int,
        file: Any = None,
        line: Any = None,
    ) -> None:
        """Keep a warning: its text, the nearest builtin class, and where."""
        if len(self.server.heard) < MOST_WARNINGS:
            nearest = next(k.__name__ for k in category.__mro__ if known.NAMES.get(id(k)))
            text = failures.shortened(str(message))
            self.server.heard.append(["warning", text, nearest, str(filename)[-100:], lineno])


def _call(server: Server, function: Any, args: tuple[Any, ...], named: Any) -> Any:
    return function(*args, **dict(named))


def _special(server: Server, value: Any, name: str, args: tuple[Any, ...], named: Any) -> Any:
    if isinstance(value, type) and name == "__getitem__":
        return value[args[0]]  # type: ignore[index]
    if name == "__hash__":
        return hash(value)
    return getattr(type(value), name)(value, *args, **dict(named))


def _array(server: Server, value: Any) -> Any:
    found = np.asarray(value)
    return np.array(found, subok=False) if found.dtype.char != "O" else None


DOING: dict[str, Callable[..., Any]] = {
    "do": Server.operate,
    "names": Server.names,
    "bind": Server.bind,
    "unbind": Server.unbind,
    "patch": Server.patch,
    "watch": Server.begin_watch,
    "watched": Server.watched,
    "call": _call,
    "special": _special,
    "get": lambda server, value, name: getattr(value, name),
    "set": lambda server, value, name, new: setattr(value, name, new),
    "del": lambda server, value, name: delattr(value, name),
    "dir": lambda server, value: [str(name) for name in dir(value)],
    "repr": lambda server, value: failures.shortened(repr(value), 100_000),
    "list": lambda server, value: list(value),
    "copy": lambda server, value, deep: copy.deepcopy(value) if deep else copy.copy(value),
    "signature": lambda server, value: signatures.described(value),
    "array": _array,
    "source": lambda server, code: failures.source_told(code),
}
