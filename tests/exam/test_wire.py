"""Messages are exact, bounded, and never a surprise to who receives them."""

import random
import resource
import socket
import struct
import threading
import time

import msgpack
import numpy as np
import pytest

from gradelib.exam.crossing.wire import HEAD, Channel, GoneError, LateError, WireError


@pytest.fixture
def ends():
    """Both ends of a channel."""
    a, b = socket.socketpair()
    one, other = Channel(a), Channel(b)
    yield one, other
    one.close()
    other.close()


@pytest.fixture
def raw():
    """A bare socket, and a channel that listens to it."""
    a, b = socket.socketpair()
    channel = Channel(b)
    yield a, channel
    a.close()
    channel.close()


def frame(tree, region=b""):
    """A well-formed frame of any tree."""
    packed = msgpack.packb(tree, unicode_errors="surrogatepass")
    return HEAD.pack(len(packed), len(region)) + packed + region


def test_messages_cross_in_order(ends):
    """What is sent is received, one by one, in whatever pieces it arrives."""
    one, other = ends
    messages = [{"op": "run", "fields": [1, (2, {3})]}, np.arange(5), "x" * 10_000, None]
    for message in messages:
        one.send(message)
    assert other.receive() == messages[0]
    assert np.array_equal(other.receive(), messages[1])
    assert other.receive() == messages[2]
    assert other.receive(time.monotonic() + 1) is None


def test_large_messages_cross(ends):
    """More than a socket holds at a time: the sender waits for the receiver."""
    one, other = ends
    arrays = [np.random.default_rng(0).normal(size=n) for n in (10**6, 3, 700_000)]
    sender = threading.Thread(target=one.send, args=(arrays,))
    sender.start()
    found = other.receive(time.monotonic() + 20)
    sender.join()
    assert all(np.array_equal(a, b) for a, b in zip(found, arrays, strict=True))
    many = [np.full(2, i) for i in range(2000)]
    sender = threading.Thread(target=one.send, args=(many,))
    sender.start()
    assert sum(a[0] for a in other.receive(time.monotonic() + 20)) == sum(range(2000))
    sender.join()


class Odd:
    """No plain data."""


class Lying(Odd):
    """Says that it is a list."""

    __class__ = list


@pytest.mark.parametrize(
    "value",
    [Odd(), Lying(), [Odd()], lambda: 1, np.zeros(2, dtype="i4,f8"), 2**600_000, {(Odd(),): 1}],
    ids=lambda v: type(v).__name__,
)
def test_what_is_not_plain_is_refused_by_the_sender(ends, value):
    """Nothing of it is sent, and the channel goes on."""
    one, other = ends
    with pytest.raises(WireError):
        one.send(value)
    one.send("next")
    assert other.receive() == "next"


def test_depth_and_size_are_bounded_for_the_sender():
    """A message that is too deep or too large is not sent."""
    a, b = socket.socketpair()
    one, other = Channel(a, max_bytes=10_000, max_depth=5), Channel(b)
    for value in ([[[[[[1]]]]]], np.zeros(2000), "x" * 20_000):
        with pytest.raises(WireError):
            one.send(value)
    endless = []
    endless.append(endless)
    with pytest.raises(WireError):
        one.send(endless)
    one.send([[[1]]])
    assert other.receive() == [[[1]]]
    one.close()
    other.close()


def test_deadlines_end_waiting_on_both_ways():
    """A silent sender and a receiver that takes nothing are late."""
    a, b = socket.socketpair()
    one = Channel(a)
    started = time.monotonic()
    with pytest.raises(LateError):
        one.receive(started + 0.05)
    with pytest.raises(LateError):
        one.send(np.zeros(10**7), time.monotonic() + 0.05)
    b.close()
    one.close()


def test_a_peer_that_hangs_up_is_gone(raw):
    """Before, in and after a message."""
    a, channel = raw
    a.sendall(HEAD.pack(100, 0) + b"abc")
    a.shutdown(socket.SHUT_WR)
    with pytest.raises(GoneError):
        channel.receive()
    with pytest.raises(GoneError):
        channel.receive()
    a.close()
    with pytest.raises(GoneError):
        channel.send("x" * 10**7)


ARRAY = 10
MALFORMED = {
    "no tree": HEAD.pack(0, 0),
    "two trees": HEAD.pack(2, 0) + b"\x01\x01",
    "half a tree": HEAD.pack(1, 0) + b"\x92",
    "a map": HEAD.pack(3, 0) + b"\x81\x01\x02",
    "an extension": HEAD.pack(3, 0) + b"\xd4\x05\x01",
    "a timestamp": HEAD.pack(6, 0) + b"\xd6\xff\x00\x00\x00\x00",
    "no text": HEAD.pack(3, 0) + b"\xa2\xff\xff",
    "a huge tree": HEAD.pack(2**31, 0),
    "a huge region": HEAD.pack(1, 2**32 - 1) + b"\x01",
    "a list that lies": HEAD.pack(5, 0) + b"\xdd\xff\xff\xff\xff",
    "a text that lies": HEAD.pack(5, 0) + b"\xdb\xff\xff\xff\xff",
    "many lists": HEAD.pack(3_000_005, 0)
    + b"\xdd"
    + struct.pack(">I", 3_000_000)
    + b"\x90" * 3_000_000,
    "deep lists": HEAD.pack(900, 0) + b"\x91" * 899 + b"\x01",
    "deeper lists": HEAD.pack(100_000, 0) + b"\x91" * 99_999 + b"\x01",
    "no tag": frame([]),
    "a tag that is none": frame([99]),
    "a tag that is a text": frame(["x"]),
    "a tag that is a list": frame([[1], 1]),
    "nested tuples": frame(eval("[2," * 80 + "1" + "]" * 80)),
    "a shared list": frame([3, 1, 1]),
    "a reference": frame([13, 1]),
    "a handle": frame([19, 1, [1]]),
    "my handle": frame([20, 1]),
    "a class": frame([21, 1]),
    "a key that is a list": frame([4, 0, [3, 0], 1]),
    "half a pair": frame([4, 0, 1]),
    "a list in a set": frame([5, 0, [3, 0]]),
    "a big integer of text": frame([0, "x"]),
    "a bigger integer": frame([0, b"x" * 70_000]),
    "a range of floats": frame([8, 1.0, 2.0, 1.0]),
    "a range by zero": frame([8, 1, 2, 0]),
    "unknown": frame([14, "builtins.eval"]),
    "trusted": frame([14, "builtins.open"]),
    "a module": frame([14, "numpy"]),
    "objects as bytes": frame([ARRAY, 0, "|O", [1], 0, 0], b"x" * 8),
    "records": frame([ARRAY, 0, "i4,f8", [1], 0, 0], b"x" * 12),
    "a dtype that is none": frame([ARRAY, 0, "boom", [1], 0, 0], b"x" * 8),
    "a dtype that is a number": frame([ARRAY, 0, 3, [1], 0, 0], b"x" * 8),
    "void": frame([ARRAY, 0, "|V8", [1], 0, 0], b"x" * 8),
    "wide text": frame([ARRAY, 0, "<U99999999", [0], 0, 0]),
    "a shape that is none": frame([ARRAY, 0, "<f8", "x", 0, 0], b"x" * 8),
    "a negative shape": frame([ARRAY, 0, "<f8", [-1], 0, 0], b"x" * 8),
    "two negative shapes": frame([ARRAY, 0, "<f8", [-1, -1], 0, 0], b"x" * 8),
    "a huge shape": frame([ARRAY, 0, "<f8", [2**40], 0, 0], b"x" * 8),
    "a huge shape of nothing": frame([ARRAY, 0, "<f8", [2**28, 2**28, 2**28, 0], 0, 0]),
    "a shape of texts": frame([ARRAY, 0, "<f8", ["1"], 0, 0], b"x" * 8),
    "a shape of truths": frame([ARRAY, 0, "<f8", [True], 0, 0], b"x" * 8),
    "many axes": frame([ARRAY, 0, "<f8", [1] * 70, 0, 0], b"x" * 8),
    "beyond the region": frame([ARRAY, 0, "<f8", [2], 0, 0], b"x" * 8),
    "before the region": frame([ARRAY, 0, "<f8", [1], 0, -8], b"x" * 8),
    "an offset of text": frame([ARRAY, 0, "<f8", [1], 0, "0"], b"x" * 8),
    "a form of text": frame([ARRAY, 0, "<f8", [1], "0", 0], b"x" * 8),
    "a short array": frame([ARRAY, 0, "<f8", [1]]),
    "a number of another size": frame([11, "<f8", b"xxx"]),
    "a number of texts": frame([11, "<f8", "xxxxxxxx"]),
    "an object's number": frame([11, "|O", b"xxxxxxxx"]),
    "objects of another shape": frame([12, 0, [3], 1]),
    "a random state": frame([15, 0, "PCG64", 1, 1, 0, 0]),
    "bytes of text": frame([16, 0, "x"]),
    "a complex of texts": frame([1, "1", "2"]),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_messages_are_failed_calls(raw, what):
    """Whatever arrives, it is a WireError, at once and without its size in memory."""
    a, channel = raw
    sender = threading.Thread(target=a.sendall, args=(MALFORMED[what],))
    sender.start()
    started = time.monotonic()
    with pytest.raises(WireError):
        channel.receive(started + 20)
    channel.close()
    a.close()
    sender.join()


def test_keys_of_one_hash_do_not_hang(raw):
    """Integers that all collide are refused."""
    a, channel = raw
    colliding = [4, 0]
    for i in range(1, 20_000):
        colliding += ([0, (i * (2**61 - 1) * 2**8).to_bytes(12, "little")], 1)
    sender = threading.Thread(target=a.sendall, args=(frame(colliding),))
    sender.start()
    with pytest.raises(WireError):
        channel.receive(time.monotonic() + 20)
    sender.join()


def test_random_bytes_never_do_anything_else():
    """A thousand frames of noise, and a thousand good ones with bytes exchanged."""
    rng = random.Random(0)
    good = frame(
        [2, [3, 0, 1, [4, 0, "a", [2]]], [10, 0, "<f8", [2], 0, 0], [0, b"abc"], [14, "int"]],
        b"y" * 16,
    )
    outcomes = set()
    for i in range(2000):
        if i % 2:
            body = rng.randbytes(rng.randrange(1, 60))
            data = HEAD.pack(len(body), 0) + body
        else:
            noisy = bytearray(good)
            for _ in range(3):
                noisy[rng.randrange(len(HEAD.pack(0, 0)), len(good))] = rng.randrange(256)
            data = bytes(noisy)
        a, b = socket.socketpair()
        channel = Channel(b)
        a.sendall(data)
        a.close()
        try:
            channel.receive(time.monotonic() + 10)
            outcomes.add("read")
        except WireError:
            outcomes.add("refused")
        channel.close()
    assert outcomes == {"read", "refused"}


def resident():
    """Bytes of memory that this process holds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_lengths_are_not_believed_before_the_bytes_are_there(raw):
    """A frame that promises much and brings little costs little."""
    a, channel = raw
    a.sendall(HEAD.pack(5, 200 * 2**20) + b"\x01" * 5)
    before = resident()
    with pytest.raises(LateError):
        channel.receive(time.monotonic() + 0.1)
    assert resident() - before < 50 * 2**20
