"""One side of the border: asks the other side, and answers it meanwhile.

`Peer` holds what both ends share: the channel, the table of shared values, the handles given out
and those taken. One side works at a time; the other waits, and what it waits for may be a question
of its own (a callback), nested as deep as it comes. What each side answers to whom, and with what,
`border.py` and `serving.py` say.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

from gradelib.exam.crossing import classes, failures
from gradelib.exam.crossing.handles import COUNT, HID, RemoteClass
from gradelib.exam.crossing.shared import Table
from gradelib.exam.crossing.streams import Legacy
from gradelib.exam.crossing.values import AsHandle, PeerReader, PeerWriter
from gradelib.exam.crossing.wire import Channel, WireError

__all__ = ["AsHandle", "Peer"]

ASK, ANSWER = 0, 1
MOST_HANDLES = 200_000
MOST_CLASSES = 5_000
MOST_NESTED = 60  # questions within questions


class Peer:
    """One side; `first` is 1 for the examiner and 2 for the candidate."""

    writer: type[PeerWriter] = PeerWriter
    reader: type[PeerReader] = PeerReader

    def __init__(self, channel: Channel, first: int, keep: float = math.inf) -> None:
        self.channel = channel
        self.table = Table(first, keep)
        self.draws = Legacy()
        self.given: dict[int, Any] = {}  # number: object
        self.counts: dict[int, int] = {}  # number: how often the other side was told of it
        self.given_numbers: dict[int, int] = {}
        self.next_handle = 1
        self.told_classes: set[int] = set()
        self.taken: dict[int, weakref.ref[Any]] = {}
        self.classes: dict[int, RemoteClass] = {}
        self.live = 0
        self.released: list[tuple[int, int]] = []
        self.forgotten: list[int] = []
        self.nested = 0
        self.files: dict[str, str] = {}

    # What the two sides do differently.

    def deadline(self) -> float | None:
        """Until when the other side must have answered."""
        return None

    def trusts(self, handle: Any) -> bool:
        """Whether an object of the other side may be asked what it equals."""
        return True

    def may_give(self, value: Any) -> None:
        """Raise TypeError for an object that the other side may not have."""

    def specials(self, kind: type, found: list[str]) -> list[str]:
        """Those of a class's special methods that the other side may use."""
        return found

    def do(self, op: str, parts: tuple[Any, ...]) -> Any:
        """What the other side asks for."""
        raise NotImplementedError

    def news(self) -> Any:
        """What the other side must know besides: what was printed, or numpy's error state."""
        return None

    def hear(self, news: Any) -> None:
        """The other side's news."""

    # Asking.

    def ask(self, op: str, *parts: Any) -> Any:
        """Ask the other side and return its answer, or raise what it raised."""
        if self.nested >= MOST_NESTED:
            raise RecursionError("calls between a test and the hand-in are nested too deep")
        self.nested += 1
        try:
            self.send(ASK, (op, *parts))
            fine, value = self.listen()
        finally:
            self.nested -= 1
        if fine:
            return value
        raise self.failure(value)

    def listen(self) -> Any:
        """Answer questions until the answer to one's own arrives: whether it is one, and it."""
        while True:
            kind, body = self.receive()
            if kind == ANSWER:
                return body
            self.answer(body)

    def answer(self, body: Any) -> None:
        """Do what was asked for, and send what came of it."""
        try:
            op, *parts = body
            reply = (True, self.do(op, tuple(parts)))
        except Exception as error:
            reply = (False, self.tell(error))
        self.reply(reply)

    def reply(self, reply: tuple[bool, Any]) -> None:
        """Send an answer, or why there is none."""
        try:
            self.send(ANSWER, reply)
        except WireError as error:
            said = ValueError(f"the result cannot be handed over: {error}")
            self.send(ANSWER, (False, failures.told(said)))

    def tell(self, error: BaseException) -> Any:
        """What is said of an exception of this side."""
        return failures.told(error)

    def failure(self, said: Any) -> BaseException:
        """The exception that the other side told of."""
        if type(said) is not tuple or len(said) not in (5, 6):
            raise WireError("malformed: a failure")
        error: BaseException = failures.raised(self.files, *said)
        return error

    # Messages.

    def send(self, kind: int, body: tuple[Any, ...]) -> None:
        """Send what has changed, and a message; after a WireError nothing was sent."""
        changed, dropped = self.table.review()
        for number in dropped:
            self.table.forget(number)
        self.forgotten += dropped
        draws = self.draws.changed()
        news = self.news()
        released, self.released = self.released, []
        writer = self.writer(self)
        try:
            changes = [tree for number in changed if (tree := writer.change(number))]
            forgotten = self.forgotten + writer.apart
            tree = [kind, released, forgotten, changes, draws, news]
            tree += [writer.write(part) for part in body]
            self.channel.send_tree(tree, writer.pieces, self.deadline())
        except BaseException:
            writer.dropped()
            self.released += released
            raise
        writer.sent()
        self.forgotten = []

    def receive(self) -> tuple[int, Any]:
        """Take over what has changed, and return the kind and the parts of the next message."""
        tree, region = self.channel.receive_tree(self.deadline())
        reader = self.reader(self, region)
        try:
            kind, released, dropped, changes, draws, news, *body = tree
            for number, count in released:
                self.take_back(number, count)
            for number in dropped:
                self.table.forget(number)
            for change in changes:
                reader.change(change)
            values = tuple(reader.items(body))
            if draws is not None:
                self.draws.put(tuple(tuple(state) if state else None for state in draws))
            if news:
                self.hear(news)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise WireError(f"malformed: {type(error).__name__}") from error
        if kind not in (ASK, ANSWER) or type(kind) is not int:
            raise WireError("malformed: neither a question nor an answer")
        return kind, values

    # Handles that were given out.

    def give(self, value: Any) -> int:
        """The number of an object of this side."""
        number = self.given_numbers.get(id(value))
        if number is None:
            if len(self.given) >= MOST_HANDLES:
                raise WireError("too many objects are held by the other side")
            number = self.next_handle
            self.next_handle += 1
            self.given[number] = value
            self.counts[number] = 0
            self.given_numbers[id(value)] = number
        return number

    def take_back(self, number: Any, count: Any) -> None:
        """The other side has dropped what it was told of `count` times."""
        if type(count) is not int or count < 1 or number in self.told_classes:
            raise WireError("malformed: a release")
        self.counts[number] -= count
        if self.counts[number] <= 0:
            del self.counts[number]
            del self.given_numbers[id(self.given.pop(number))]

    # Handles that were taken.

    def take(self, number: Any, kind: Any, items: tuple[Any, ...] | None = None) -> Any:
        """The handle of an object of the other side."""
        found = self.taken.get(number)
        handle = found() if found is not None else None
        if handle is None:
            if type(number) is not int or type(kind) is not RemoteClass:
                raise WireError("malformed: a handle")
            if self.live >= MOST_HANDLES:
                raise WireError("too many objects are held at a time")
            new: Any = type.__getattribute__(kind, "__new__")
            handle = new(kind) if items is None else new(kind, items)
            object.__setattr__(handle, HID, number)
            object.__setattr__(handle, COUNT, 0)
            self.live += 1
            if items is None:
                self.taken[number] = weakref.ref(handle)
        object.__setattr__(handle, COUNT, object.__getattribute__(handle, COUNT) + 1)
        return handle

    def release(self, number: int, count: int) -> None:
        """A handle is gone."""
        self.live -= 1
        found = self.taken.get(number)
        if found is not None and found() is None:
            del self.taken[number]
        self.released.append((number, count))

    def take_class(self, number: Any, described: Any, bases: list[Any]) -> RemoteClass:
        """The class that is described, under its number."""
        if number in self.classes or len(self.classes) >= MOST_CLASSES or type(number) is not int:
            raise WireError("malformed: a class")
        made = classes.make(self, number, described, bases)
        self.classes[number] = made
        return made

    # What handles ask for.

    def labelled(self, value: Any, owner: Any, name: str) -> Any:
        """Remember how a test calls a value, to name it where it fails."""
        return value

    def signature(self, handle: Any) -> Any:
        from gradelib.exam.crossing.signatures import rebuilt

        return rebuilt(self.ask("signature", handle))

    def array(self, handle: Any, dtype: Any) -> Any:
        """An exact array of what an object makes of itself."""
        import numpy as np

        value = self.ask("array", handle)
        if type(value) is not np.ndarray:
            raise TypeError(f"a {type(handle).__name__} makes no array")
        return value if dtype is None else value.astype(dtype)
