"""Each layer by itself, as where a machine refuses the others. Nothing here changes the machine."""

import os
import socket
from pathlib import Path

import pytest
from births import LIMITS, answer, ask, fate, nursery

from gradelib.exam.sandbox import kernel, landlock, seccomp
from gradelib.exam.sandbox.limits import LAYERS
from gradelib.exam.sandbox.nursery import Candidate, Nursery


def given(ward: Nursery, *names: str) -> None:
    """Skip the test where this machine lacks a layer."""
    for name in names:
        if not ward.ground[name]:
            pytest.skip(f"this machine gives no {name}")


def error(candidate: Candidate, source: str) -> str:
    """The type of the exception that the source must raise."""
    return (ask(candidate, source)["error"] or "nothing").split(":")[0]


def test_seccomp_alone(tmp_path: Path) -> None:
    """No sockets; and where there is no process namespace, no processes and no signals."""
    with nursery(layers=["seccomp"]) as ward:
        given(ward, "seccomp")
        with ward.start(tmp_path, LIMITS) as candidate:
            assert error(candidate, "import socket; socket.socket()") == "PermissionError"
            assert error(candidate, "import os; os.fork()") == "PermissionError"
            assert error(candidate, "os.system") == "nothing"
            assert answer(candidate, "answer = os.system('true')") != 0
            assert error(candidate, f"os.kill({os.getpid()}, 0)") == "PermissionError"
            assert error(candidate, "os.kill(os.getppid(), 0)") == "PermissionError"
            assert error(candidate, "os.kill(-1, 0)") == "PermissionError"
            assert error(candidate, "os.kill(os.getpid(), 0)") == "nothing"
            source = f"import resource as r; r.prlimit({os.getpid()}, r.RLIMIT_CORE, (0, 0))"
            assert error(candidate, source) == "PermissionError"
            assert error(candidate, "import fcntl; fcntl.fcntl(0, 8, os.getppid())") == (
                "PermissionError"
            )
            thread = "import threading; t = threading.Thread(target=print); t.start(); t.join()"
            assert error(candidate, thread) == "nothing"


def test_landlock_alone(tmp_path: Path) -> None:
    """Files of others and TCP are out of reach, its own folder and the libraries are not."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (tmp_path / "secret").write_text("secret")
    with nursery(layers=["landlock"]) as ward, socket.create_server(("127.0.0.1", 0)) as server:
        given(ward, "landlock")
        with ward.start(scratch, LIMITS) as candidate:
            for path in (tmp_path / "secret", "/etc/passwd", "/proc/self/environ"):
                assert error(candidate, f"open({str(path)!r})") == "PermissionError"
            assert error(candidate, f"open({str(tmp_path / 'new')!r}, 'w')") == "PermissionError"
            assert error(candidate, "import sqlite3; open('own', 'w').write('x')") == "nothing"
            assert (scratch / "own").read_text() == "x"
            if landlock.version() >= 4:
                port = server.getsockname()[1]
                source = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
                assert error(candidate, source) == "PermissionError"
            if landlock.version() >= 6:
                source = f"import os; os.kill({os.getpid()}, 0)"
                assert error(candidate, source) == "PermissionError"


def test_a_root_alone(tmp_path: Path) -> None:
    """What is not a library is not there."""
    with nursery(layers=["root"]) as ward:
        given(ward, "root")
        (tmp_path / "secret").write_text("secret")
        with ward.start(tmp_path, LIMITS) as candidate:
            for path in (tmp_path / "secret", "/etc/passwd", "/proc/1/environ", __file__):
                assert error(candidate, f"open({str(path)!r})") == "FileNotFoundError"
            assert error(candidate, "open('own', 'w'); open('/tmp/own', 'w')") == "nothing"
            assert error(candidate, "open('/usr/lib/own', 'w')") == "OSError"
            assert not (tmp_path / "own").exists()


def test_namespaces_alone(tmp_path: Path) -> None:
    """Nothing answers on the network, and our processes have no numbers there."""
    with nursery(layers=["namespaces"]) as ward, socket.create_server(("127.0.0.1", 0)) as server:
        given(ward, "net", "pid")
        with ward.start(tmp_path, LIMITS) as candidate:
            port = server.getsockname()[1]
            source = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
            assert error(candidate, source) == "OSError"
            assert answer(candidate, "import os; answer = [os.getpid(), os.getppid()]") == [2, 1]
            for number in (os.getpid(), ward._process.pid):
                assert error(candidate, f"os.kill({number + 100000}, 0)") == "ProcessLookupError"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take another user's number")
def test_a_number_of_its_own(tmp_path: Path) -> None:
    """With a root that shows it Python; two candidates never share a number."""
    with nursery(layers=["uid", "root"]) as ward:
        given(ward, "uid", "root")
        source = "import os; answer = [os.getuid(), os.geteuid(), os.getgid(), os.getgroups()]"
        with ward.start(tmp_path, LIMITS) as one, ward.start(tmp_path, LIMITS) as other:
            uid, effective, gid, groups = answer(one, source)
            assert uid == effective == gid >= 0x70000000
            assert groups in ([], [gid])
            assert answer(other, source)[0] != uid
            assert error(one, "os.setuid(0)") == "PermissionError"


def test_what_holds_without_root_and_mounts(tmp_path: Path) -> None:
    """Landlock and seccomp together, as most containers give them, are enough to grade."""
    with nursery(layers=["landlock", "seccomp"], strict=False) as ward:
        given(ward, "landlock", "seccomp")
        assert ward.missing == []
        with ward.start(tmp_path, LIMITS) as candidate:
            assert answer(candidate, "import os; answer = os.getcwd()") == str(tmp_path)
            source = """
import time
for n in range(6): open(f'part{n}', 'wb').write(bytes(7 << 20))
time.sleep(60)
"""
            assert fate(candidate, source) == "wrote more than 34 MB of files"


@pytest.mark.skipif(not kernel.available(), reason="not Linux")
def test_the_filter_is_well_formed() -> None:
    """Every jump stays inside and the last step returns."""
    for own in (None, 1234):
        code = seccomp.program(own)
        assert len(code) % 8 == 0
        steps = len(code) // 8
        assert steps < 4096
        for at in range(steps):
            kind, yes, no = code[8 * at], code[8 * at + 2], code[8 * at + 3]
            if kind in (0x15, 0x25, 0x45):
                assert at + 1 + max(yes, no) < steps
        assert code[8 * (steps - 1)] == 0x06


def test_the_layers_have_names() -> None:
    """What may be left out, and nothing else."""
    assert set(LAYERS) == {"namespaces", "root", "uid", "landlock", "seccomp"}
