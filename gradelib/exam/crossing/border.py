"""The examiner's end of the border: the student's names, as if they were here.

Border(channel, clock)    request(), names(), bind(), unbind(); `lost`, `before`
Proxy                     the base of every handle: issubclass(type(value), Proxy)

What a test gives the student is bounded here: functions may be called and nothing else, objects of
the test's own classes asked for their public attributes, and objects of any other class stay here.
So nothing that a callback gives leads to a frame, a module or a file of the examiner's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from typing import Any

from gradelib.checks.watch import Watch
from gradelib.exam.crossing import failures, given, handles, known
from gradelib.exam.crossing.handles import Proxy
from gradelib.exam.crossing.peers import Peer
from gradelib.exam.crossing.surroundings import Surroundings
from gradelib.exam.crossing.values import PeerWriter
from gradelib.exam.crossing.wire import Channel, GoneError, LateError, WireError

__all__ = ["Border", "Proxy"]

ROOM = 60  # calls within calls that a crossing takes
FATAL = (GoneError, LateError)


def room(n: int) -> None:
    """Raise RecursionError now rather than in the middle of a message."""
    if n:
        room(n - 1)


class GivingWriter(PeerWriter):
    """Writes the examiner's messages, which may name more of what both sides have."""

    names = known.TRUSTED_NAMES
    paths = True


class Border(Peer):
    """One examiner's side; `clock.deadline()` says until when an answer may take.

    `lost` is None, or says in a line what became of the candidate; everything then raises GoneError
    or LateError at once; `late` says whether the deadline was why. `before` is called before each
    crossing that a test's code starts. `believed` are the names that the course's own solution
    binds to classes: their objects are asked what they equal. (A function's name may be bound to a
    class whose objects equal everything.)
    """

    writer = GivingWriter

    def __init__(self, channel: Channel, clock: Any) -> None:
        super().__init__(channel, 1)
        self.clock = clock
        self.lost: str | None = None
        self.late = False
        self.before: Callable[[], None] | None = None
        self.labels: dict[int, str] = {}
        self.believed: Collection[str] = ()
        self.expected: set[type] = set()
        self.around = Surroundings(self.files)
        self._end: type[BaseException] = GoneError
        self._preparing = False

    def request(self, op: str, **fields: Any) -> Any:
        """Ask for an operation of the candidate's; return its reply, or raise what it raised."""
        self._patch()
        return self._cross("do", op, tuple(fields.items()))

    def names(self, wanted: Iterable[str]) -> dict[str, Any]:
        """{name: value or handle} of those that the student's namespace has."""
        asked = tuple(sorted(set(wanted)))
        try:
            found = self._named(asked, False)
        except ValueError:  # something that cannot cross by value
            found = {}
            for name in asked:
                try:
                    found |= self._named((name,), False)
                except ValueError:
                    found |= self._named((name,), True)
        for name, value in found.items():
            if handles.is_handle(value):
                self.labels[handles.number_of(value)] = name
            if name in self.believed and handles.is_remote_class(value):
                self.expected.add(value)
        return found

    def bind(self, name: str, value: Any) -> None:
        """Give a name of the student's namespace a value."""
        self._cross("bind", name, value)

    def unbind(self, name: str) -> None:
        """Delete a name of the student's namespace, if it is there."""
        self._cross("unbind", name)

    def _named(self, asked: tuple[str, ...], wrapped: bool) -> dict[str, Any]:
        found = self._cross("names", asked, wrapped)
        if type(found) is not tuple:
            self._lose("sent something malformed")
        return {n: v for n, v in found if type(n) is str and n in asked}

    # Crossing.

    def ask(self, op: str, *parts: Any) -> Any:
        """What a handle asks for, in a test's code."""
        if self.before is not None and not self._preparing and self.lost is None:
            self._preparing = True
            try:
                self.before()
            finally:
                self._preparing = False
        self._patch()
        listener = getattr(sys.getprofile(), "__self__", None)
        if type(listener) is Watch and op in ("call", "special"):
            return self._watched(listener, op, parts)
        return self._cross(op, *parts)

    def _patch(self) -> None:
        """What a test has put in the place of input or print is used over there as well."""
        for name, instead in self.around.patches():
            self._cross("patch", name, instead)

    def _watched(self, watch: Watch, op: str, parts: tuple[Any, ...]) -> Any:
        """Let the other side look at the calls that a check watches: they happen there."""
        profile = sys.getprofile()
        sys.setprofile(None)
        try:
            if watch is not self.around.watch:
                self.around.watch = watch
                self._cross("watch", tuple(watch.point))
            return self._cross("watched", op, parts)
        finally:
            sys.setprofile(profile)

    def _cross(self, op: str, *parts: Any) -> Any:
        if self.lost is not None:
            raise self._end(self.lost)
        try:
            return super().ask(op, *parts)
        except LateError:
            self._lose(f"{self._called(op, parts)} did not end in time", LateError)
        except WireError as error:
            self._lose(f"the hand-in's process sent something malformed ({error})")
        except GoneError:
            self._lose(f"Python died in {self._called(op, parts)}")
        finally:
            if self.around.heard:
                self.around.warn()

    def send(self, kind: int, body: tuple[Any, ...]) -> None:
        room(ROOM)
        try:
            super().send(kind, body)
        except WireError as error:
            raise TypeError(f"this cannot be handed to the student's code: {error}") from None
        except (*FATAL, RecursionError, TypeError):
            raise
        except BaseException:
            self._interrupted()
            raise

    def listen(self) -> Any:
        if self.lost is not None:
            raise self._end(self.lost)
        try:
            return super().listen()
        except (*FATAL, WireError):
            raise
        except BaseException:
            self._interrupted()
            raise

    def _interrupted(self) -> None:
        """The answer that is still to come would be taken for another's."""
        self.lost = self.lost or "a call was interrupted"

    def _lose(self, why: str, end: type[BaseException] = GoneError) -> Any:
        if self.lost is None:
            self.lost, self.late, self._end = why, end is LateError, end
            self.channel.close()
        raise self._end(self.lost) from None

    def deadline(self) -> float | None:
        return float(self.clock.deadline())

    def reply(self, reply: tuple[bool, Any]) -> None:
        try:
            super().reply(reply)
        except TypeError as error:
            super().reply((False, self.tell(error)))

    def receive(self) -> tuple[int, Any]:
        kind, body = super().receive()
        if len(body) < 2 or (kind == 1 and (len(body) != 2 or type(body[0]) is not bool)):
            raise WireError("malformed: neither a question nor an answer")
        return kind, body

    # What the student's code may ask of a test.

    def do(self, op: str, parts: tuple[Any, ...]) -> Any:
        if not parts or self.given_numbers.get(id(parts[0])) is None:
            raise TypeError("a test has not given this")
        return given.do(op, *parts)

    def may_give(self, value: Any) -> None:
        given.require(value)

    def specials(self, kind: type, found: list[str]) -> list[str]:
        return given.specials(kind, found)

    def tell(self, error: BaseException) -> Any:
        return given.told(error)

    # What comes with an answer.

    def trusts(self, handle: Any) -> bool:
        return not self.expected.isdisjoint(type.mro(type(handle)))

    def news(self) -> Any:
        return self.around.error_state()

    def hear(self, news: Any) -> None:
        self.around.hear(news)

    # How calls are named where they fail.

    def labelled(self, value: Any, owner: Any, name: str) -> Any:
        if handles.is_handle(value):
            self.labels[handles.number_of(value)] = f"{self._label(owner)}.{name}"
        elif name == "co_filename":  # inspect.getsource would open it
            return failures.source_label(self.files, *self._cross("source", owner))
        return value

    def release(self, number: int, count: int) -> None:
        super().release(number, count)
        self.labels.pop(number, None)

    def _label(self, handle: Any) -> str:
        try:
            return self.labels[handles.number_of(handle)]
        except (KeyError, AttributeError):
            kind = handle if handles.is_remote_class(handle) else type(handle)
            return f"a {type.__getattribute__(kind, '__name__')}"

    def _called(self, op: str, parts: tuple[Any, ...]) -> str:
        """The call that died, in words."""
        if op == "watched":
            op, parts = parts
        if op == "do":
            return str(parts[0])
        if not parts or not handles.is_handle(parts[0]):
            return op
        name = self._label(parts[0])
        if op == "call":
            return f"{name}(...)"
        if op in ("get", "set", "del"):
            return f"{name}.{parts[1]}"
        return f"{parts[1]} of {name}" if op == "special" else f"{op} of {name}"
