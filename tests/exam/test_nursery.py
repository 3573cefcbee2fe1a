"""Births, deaths and their causes; the nursery outlives candidates, and never its owner."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from births import HERE, LIMITS, answer, ask, family, fate, nursery

from gradelib.exam.sandbox.limits import LAYERS, IsolationError
from gradelib.exam.sandbox.nursery import Candidate, Nursery


@pytest.fixture(scope="module")
def ward() -> Iterator[Nursery]:
    """One nursery for all, with what this machine gives."""
    with nursery() as one:
        yield one


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import os; os._exit(3)", "left with os._exit(3)"),
        ("raise SystemExit", None),
        ("import ctypes; ctypes.string_at(0)", "Python died of a segmentation fault"),
        ("import os; os.abort()", "Python aborted"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by the signal SIGKILL"),
        ("import os; os.kill(os.getpid(), 15)", "was ended by the signal SIGTERM"),
        ("raise KeyboardInterrupt", "Python ended with an error outside of any cell"),
        ("sock.detach(); import os; os.closerange(3, 256); os._exit(0)", None),
    ],
)
def test_causes(ward: Nursery, tmp_path: Path, source: str, cause: str | None) -> None:
    """What is told is what a person would say, and None where it ended by itself."""
    with ward.start(tmp_path, LIMITS) as candidate:
        assert fate(candidate, source) == cause
        assert candidate.wait(0) == cause


def test_one_wall_clock_for_the_whole(ward: Nursery, tmp_path: Path) -> None:
    """It ends whatever runs, even what is deaf to signals."""
    deaf = """
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1)
"""
    with ward.start(tmp_path, replace(LIMITS, wall=0.5)) as candidate:
        assert fate(candidate, deaf) == "ran longer than 0.5 s"


@pytest.mark.parametrize("deaf", ["", "import signal; signal.signal(signal.SIGXCPU, 1)\n"])
def test_processor_time(ward: Nursery, tmp_path: Path, deaf: str) -> None:
    """A second of work is over after a second, whoever looks away."""
    with ward.start(tmp_path, replace(LIMITS, cpu=1)) as candidate:
        assert fate(candidate, deaf + "while True: pass") == "used more than 1 s of processor time"


def test_waiting_for_one_that_lives(ward: Nursery, tmp_path: Path) -> None:
    """A wait ends by its own time, and may be repeated."""
    with ward.start(tmp_path, LIMITS) as candidate:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                candidate.wait(0.01)
        assert answer(candidate, "answer = 1") == 1


def test_many_at_a_time(ward: Nursery, tmp_path: Path) -> None:
    """Each has its own folder and its own memory; deaths are told to those who asked."""
    candidates = []
    for number in range(12):
        scratch = tmp_path / str(number)
        scratch.mkdir()
        (scratch / "number").write_text(str(number))
        candidates.append(ward.start(scratch, LIMITS))
    codes = range(1, 13)
    for candidate, code in zip(candidates, codes, strict=True):
        assert answer(candidate, "answer = open('number').read()") == str(code - 1)
        candidate.sock.sendall(json.dumps(f"import os; os._exit({code})").encode() + b"\n")
    for candidate, code in zip(candidates, codes, strict=True):
        assert candidate.wait(30) == f"left with os._exit({code})"
        candidate.kill()


def test_killing_one(ward: Nursery, tmp_path: Path) -> None:
    """After kill() it is dead, and killing again does nothing."""
    candidate = ward.start(tmp_path, LIMITS)
    assert answer(candidate, "answer = 1") == 1
    before = len(list(family(ward._process.pid)))
    candidate.kill()
    candidate.kill()
    assert len(list(family(ward._process.pid))) < before


def test_forks_of_the_owner_use_it_too(ward: Nursery, tmp_path: Path) -> None:
    """A child of the owner has candidates of its own; they die with it, however it dies."""
    mine = ward.start(tmp_path, LIMITS)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, str(answer(ward.start(tmp_path, LIMITS), "answer = 5")).encode())
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(write)
    with open(read, "rb") as told:
        assert told.read() == b"5"
    assert answer(mine, "answer = 1") == 1
    mine.kill()
    until = time.monotonic() + 30
    while len(list(family(ward._process.pid))) > 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(list(family(ward._process.pid))) <= 2  # the nursery, and who waits for it


def test_clear_kills_all(ward: Nursery, tmp_path: Path) -> None:
    """Also those whose owner will never ask."""
    candidates = [ward.start(tmp_path, LIMITS) for _ in range(3)]
    ward.clear()
    for candidate in candidates:
        candidate.wait(30)
        with pytest.raises(EOFError):
            ask(candidate, "answer = 1")
        candidate.kill()


def test_the_same_every_time(ward: Nursery, tmp_path: Path) -> None:
    """Hashes, and so the order of sets, are those of every other run."""
    source = "answer = [hash('a'), list({'a', 'b', 'c', 'd', 'e'})]"
    with (
        nursery() as other,
        other.start(tmp_path, LIMITS) as there,
        ward.start(tmp_path, LIMITS) as here,
    ):
        assert answer(here, source) == answer(there, source)


OWNER = f"""
import sys, time
sys.path.insert(0, {HERE!r})
from pathlib import Path
from births import nursery, ask, LIMITS, family
ward = nursery()
candidate = ward.start(Path(sys.argv[1]), LIMITS)
ask(candidate, "answer = 1")
print(*family(ward._process.pid), flush=True)
time.sleep(600)
"""


def test_it_dies_with_its_owner(tmp_path: Path) -> None:
    """Killed without a chance to clean up, an owner leaves no process."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        numbers = [int(number) for number in owner.stdout.readline().split()]
        assert len(numbers) >= 2
        owner.kill()
    until = time.monotonic() + 30
    alive = numbers
    while alive and time.monotonic() < until:
        time.sleep(0.01)
        alive = [number for number in alive if _lives(number)]
    assert alive == []


def _lives(number: int) -> bool:
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_nursery_that_is_gone(tmp_path: Path) -> None:
    """Candidates die with it; who waits is told, and so is who asks for another."""
    ward = nursery()
    with ward, ward.start(tmp_path, LIMITS) as candidate:
        assert answer(candidate, "answer = 1") == 1
        for number in list(family(ward._process.pid))[:2]:
            os.kill(number, signal.SIGKILL)
        with pytest.raises(IsolationError, match="the nursery ended"):
            candidate.wait(30)
        candidate.sock.settimeout(30)
        assert candidate.sock.recv(1) == b""
        with pytest.raises(IsolationError, match="the nursery ended"):
            ward.start(tmp_path, LIMITS)


def test_too_little_isolation_is_refused(tmp_path: Path) -> None:
    """Grading asks for all that it needs; without isolation only where that is said."""
    with nursery(layers=[], strict=True) as one:
        with pytest.raises(IsolationError, match="no network, no files of others"):
            one.start(tmp_path, LIMITS)
        with pytest.raises(IsolationError, match="--no-sandbox"):
            _ = one.isolation
    with nursery(layers=["seccomp"]) as one:
        assert one.isolation.startswith("partly: no files of others")
    with Nursery(False, module="standin", path=HERE) as one:
        assert one.isolation == "none"
        with one.start(tmp_path, LIMITS) as candidate:
            assert answer(candidate, "answer = 1") == 1
            assert fate(candidate, "import os; os._exit(3)") == "left with os._exit(3)"


def test_a_nursery_that_cannot_start(capfd: pytest.CaptureFixture[str]) -> None:
    """The cause is on the error stream, and the exception says what happened."""
    with (
        Nursery(module="no_such_module", strict=False) as one,
        pytest.raises(IsolationError, match="while it was started"),
    ):
        _ = one.isolation
    assert "no_such_module" in capfd.readouterr().err


def test_what_fails_while_isolating(ward: Nursery, tmp_path: Path) -> None:
    """A candidate that cannot be put behind every layer runs nothing."""
    if not ward.ground["root"]:
        pytest.skip("this machine gives no root of its own")
    (tmp_path / "large").write_bytes(bytes(2 << 20))
    with ward.start(tmp_path, replace(LIMITS, disk=1 << 20)) as candidate:
        with pytest.raises(EOFError):
            ask(candidate, "answer = 1")
        with pytest.raises(IsolationError, match="No space left"):
            candidate.wait(30)


@pytest.mark.parametrize("module", ["gradelib.exam.running.candidate"])
def test_the_nursery_holds_nothing_but_its_socket(module: str, tmp_path: Path) -> None:
    """Open descriptors: streams, its control socket, /proc, its own bookkeeping."""
    secret = (tmp_path / "secret").open("w")
    os.set_inheritable(secret.fileno(), True)
    with secret, nursery(layers=LAYERS) as one:
        assert one.ground
        for number in family(one._process.pid):
            for entry in os.listdir(f"/proc/{number}/fd"):
                assert str(tmp_path) not in os.readlink(f"/proc/{number}/fd/{entry}")


def test_the_candidates_type_is_closed(ward: Nursery, tmp_path: Path) -> None:
    """Leaving the context ends it."""
    with ward.start(tmp_path, LIMITS) as candidate:
        assert isinstance(candidate, Candidate)
    assert candidate.sock.fileno() == -1
