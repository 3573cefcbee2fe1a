"""Random numbers that both sides draw from one stream.

crosses(value)       whether a value is a random generator whose state can be sent
state_of, made, put  its state, a generator of that state, and giving one another state
Legacy()             the states of `np.random` and `random`, sent only when they changed
"""

from __future__ import annotations

import ctypes
import random
from typing import Any

import numpy as np

from gradelib.exam.crossing.wire import WireError

__all__ = ["Legacy", "crosses", "made", "put", "state_of"]

PCG = ("PCG64", "PCG64DXSM")
WORDS = 624
PEEKED = 4 * WORDS + 4  # bytes of a Mersenne twister: its words and its position


def crosses(value: Any) -> bool:
    """Whether a value is a random generator whose state can be sent."""
    kind = type(value)
    if kind is np.random.Generator:
        return type(value.bit_generator).__name__ in (*PCG, "MT19937")
    if kind is np.random.RandomState:
        return type(value._bit_generator) is np.random.MT19937
    return kind is random.Random


def state_of(value: Any) -> tuple[Any, ...]:
    """A generator's state: builtins in a tuple, its kind first."""
    if type(value) is random.Random:
        _, words, gauss = value.getstate()
        return ("random", _packed(words[:-1]), words[-1], gauss)
    if type(value) is np.random.RandomState:
        state = value.get_state(legacy=False)
        inner = state["state"]
        key = inner["key"].astype("<u4").tobytes()
        return ("legacy", key, int(inner["pos"]), int(state["has_gauss"]), float(state["gauss"]))
    state = value.bit_generator.state
    inner, name = state["state"], state["bit_generator"]
    if name == "MT19937":
        return (name, inner["key"].astype("<u4").tobytes(), int(inner["pos"]))
    return (name, inner["state"], inner["inc"], state["has_uint32"], state["uinteger"])


def made(state: tuple[Any, ...]) -> Any:
    """A generator of that state; WireError where it is none."""
    kind = state[0]
    value: Any
    if kind == "random":
        value = random.Random()
    elif kind == "legacy":
        value = np.random.RandomState(0)
    elif kind == "MT19937":
        value = np.random.Generator(np.random.MT19937(0))
    elif kind in PCG:
        value = np.random.Generator(getattr(np.random, kind)(0))
    else:
        raise WireError("malformed: a random generator")
    put(value, state)
    return value


def put(value: Any, state: tuple[Any, ...]) -> None:
    """Give a generator another state; WireError where it is none: numpy trusts what it is given."""
    kind, *rest = state
    if kind in PCG:
        number, inc, has, kept = (_whole(n, 2**128) for n in rest)
        value.bit_generator.state = {
            "bit_generator": kind,
            "state": {"state": number, "inc": inc | 1},
            "has_uint32": has & 1,
            "uinteger": kept % 2**32,
        }
        return
    key, pos = _words(rest[0]), _whole(rest[1], WORDS + 1)
    if kind == "MT19937":
        value.bit_generator.state = {"bit_generator": kind, "state": {"key": key, "pos": pos}}
    elif kind == "legacy":
        has, gauss = _whole(rest[2], 2), rest[3]
        if type(gauss) is not float:
            raise WireError("malformed: a random state")
        value.set_state(("MT19937", key, pos, has, gauss))
    else:
        if type(rest[2]) not in (float, type(None)):
            raise WireError("malformed: a random state")
        value.setstate((3, (*map(int, key), pos), rest[2]))


def _whole(value: Any, end: int) -> int:
    if type(value) is not int or not 0 <= value < end:
        raise WireError("malformed: a random state")
    return value


def _words(value: Any) -> Any:
    if type(value) is not bytes or len(value) != 4 * WORDS:
        raise WireError("malformed: a random state")
    return np.frombuffer(value, "<u4").astype(np.uint32)


def _packed(words: Any) -> bytes:
    return np.array(words, dtype="<u4").tobytes()


class Legacy:
    """The states of `np.random` and `random`, and what they were when they last crossed.

    Reading them takes 80 µs, longer than a call, so their memory is compared first.
    """

    def __init__(self) -> None:
        self.numpy: Any = np.random.mtrand._rand
        self.python: Any = random._inst
        self.seen: list[Any] = [None, None]

    def changed(self) -> tuple[Any, ...] | None:
        """The two states, None for one that is as it was; None where both are."""
        glance = self._glances()
        if glance == self.seen:
            return None
        states = [
            state_of(value) if now != seen else None
            for value, now, seen in zip((self.numpy, self.python), glance, self.seen, strict=True)
        ]
        self.seen = glance
        return tuple(states)

    def put(self, states: Any) -> None:
        """Take over the other side's states."""
        if type(states) is not tuple or len(states) != 2:
            raise WireError("malformed: random states")
        for value, state, kind in zip(
            (self.numpy, self.python), states, ("legacy", "random"), strict=True
        ):
            if state is not None:
                if type(state) is not tuple or len(state) < 4 or state[0] != kind:
                    raise WireError("malformed: a random state")
                put(value, state)
        self.seen = self._glances()

    def _glances(self) -> list[Any]:
        """What is compared; a state that cannot be read so is compared as a whole."""
        if not PEEKS:
            return [state_of(self.numpy), self.python.getstate()]
        try:
            address = self.numpy._bit_generator.ctypes.state_address
            legacy: Any = ctypes.string_at(address, PEEKED), _memory(self.numpy)
        except Exception:  # replaced by the student's own
            legacy = state_of(self.numpy)
        return [legacy, (_memory(self.python, PEEKED), self.python.gauss_next)]


def _memory(value: Any, size: int | None = None) -> bytes:
    """What an object of C holds, behind its head."""
    head = object.__basicsize__
    return ctypes.string_at(id(value) + head, size or type(value).__basicsize__ - head)


def _peeks() -> bool:
    """Whether generators of this Python and numpy keep their states in their own memory.

    Python's keeps its words, numpy's the second number of a Gaussian pair.
    """
    python, legacy = random.Random(1), np.random.RandomState(1)
    if not random.Random.__basicsize__ > object.__basicsize__ + PEEKED:
        return False
    state = python.getstate()
    seen = [_memory(python, PEEKED)]
    for change in (python.random, lambda: python.seed(2), lambda: python.setstate(state)):
        change()
        seen.append(_memory(python, PEEKED))
    pairs = [_memory(legacy)]
    for _ in range(2):
        legacy.standard_normal()
        pairs.append(_memory(legacy))
    return seen[0] == seen[3] and len(set(seen)) == 3 and pairs[0] != pairs[1] != pairs[2]


PEEKS = _peeks()
