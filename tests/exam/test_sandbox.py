"""Attacks from within a candidate that has every layer which this machine gives."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from births import LIMITS, answer, ask, family, fate, nursery

from gradelib.exam.sandbox import holding, kernel, seccomp
from gradelib.exam.sandbox.keeper import SOCK
from gradelib.exam.sandbox.nursery import VARIABLES, Candidate, Nursery

pytestmark = pytest.mark.skipif(not holding.full(), reason="this machine gives no full isolation")


@pytest.fixture(scope="module")
def ward() -> Iterator[Nursery]:
    """One nursery for all: what a candidate does must not touch the next."""
    with nursery(strict=True) as one:
        yield one


@pytest.fixture
def candidate(ward: Nursery, tmp_path: Path) -> Iterator[Candidate]:
    """A candidate with one file of its own."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "own.txt").write_text("mine")
    with ward.start(scratch, LIMITS) as one:
        yield one


def refused(candidate: Candidate, source: str) -> None:
    """The source must fail for lack of rights, or because nothing is there."""
    error = ask(candidate, source)["error"] or "nothing was refused"
    assert error.split(":")[0] in ("PermissionError", "FileNotFoundError", "ProcessLookupError")


def test_what_it_needs_is_there(candidate: Candidate) -> None:
    """Late imports, plots, asyncio, its folder and temporary files work as in Jupyter."""
    assert answer(candidate, "answer = open('own.txt').read()") == "mine"
    source = """
import asyncio, difflib, os, sqlite3, subprocess, tempfile
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.savefig('figure.png')
async def wait(): await asyncio.sleep(0); return 5
with tempfile.NamedTemporaryFile() as file: file.write(b'x')
open('/dev/null', 'w').write('x'); open('/dev/urandom', 'rb').read(2)
answer = [asyncio.run(wait()), os.path.getsize('figure.png') > 1000]
"""
    assert answer(candidate, source) == [5, True]


def test_no_network(candidate: Candidate, tmp_path: Path) -> None:
    """Servers of ours hear nothing, and no family of sockets can be opened."""
    path = str(tmp_path / "socket")
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(path)
        unix.listen()
        port = tcp.getsockname()[1]
        refused(candidate, f"import socket; socket.create_connection(('127.0.0.1', {port}))")
        refused(candidate, f"socket.socket(socket.AF_UNIX).connect({path!r})")
        for server in (tcp, unix):
            server.setblocking(False)
            with pytest.raises(BlockingIOError):
                server.accept()
    source = """
import socket
answer = []
for family in range(46):
    for kind in (1, 2, 3, 5):
        try: answer.append([family, kind, socket.socket(family, kind).fileno()])
        except PermissionError: pass
"""
    assert answer(candidate, source) == []
    refused(candidate, "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)")
    refused(candidate, "sock.connect('/run/any')")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/proc/1/environ", "/proc/self/environ", "/proc/2/fd", "/sys/kernel/notes"],
)
def test_no_files_of_the_system(candidate: Candidate, path: str) -> None:
    """Not even those that every account may read."""
    refused(candidate, f"open({path!r}).read()")


def test_no_files_of_others(candidate: Candidate, tmp_path: Path) -> None:
    """The course, the grader's home, this test: by path, by listing, through links."""
    (tmp_path / "gradebook.db").write_text("secret")
    course = tmp_path / "gradebook.db"
    refused(candidate, f"open({str(course)!r}).read()")
    refused(candidate, f"import os; os.listdir({str(tmp_path)!r})")
    refused(candidate, f"os.listdir({str(Path.home())!r})")
    refused(candidate, f"open({__file__!r}).read()")
    refused(candidate, f"os.symlink({str(course)!r}, 'link'); open('link').read()")
    refused(candidate, f"os.link({str(course)!r}, 'hard')")


def test_links_in_the_folder_are_not_followed(ward: Nursery, tmp_path: Path) -> None:
    """A hand-in whose file is a link gets no copy of what it points at."""
    (tmp_path / "secret").write_text("secret")
    scratch = tmp_path / "scratch"
    (scratch / "deep" / "er").mkdir(parents=True)
    (scratch / "deep" / "er" / "file").write_text("mine")
    (scratch / "link").symlink_to(tmp_path / "secret")
    (scratch / "folder").symlink_to(tmp_path)
    os.mkfifo(scratch / "fifo")
    with ward.start(scratch, LIMITS) as candidate:
        assert answer(candidate, "answer = open('deep/er/file').read()") == "mine"
        refused(candidate, "open('link').read()")
        refused(candidate, "import os; os.listdir('folder')")


def test_writes_stay_in_its_folder(candidate: Candidate, tmp_path: Path) -> None:
    """Nothing else can be written, and the requester's folder stays as it was."""
    assert answer(candidate, "open('own.txt', 'w').write('changed'); answer = 1") == 1
    assert (tmp_path / "scratch" / "own.txt").read_text() == "mine"
    refused(candidate, f"open({str(tmp_path / 'new')!r}, 'w')")
    source = """
import os, sys, numpy
answer = []
for folder in ('/', '/usr', '/usr/lib', '/etc', '/dev', '/root', sys.prefix,
               os.path.dirname(os.__file__), os.path.dirname(numpy.__file__)):
    try: open(folder + '/gradelib-was-here', 'w'); answer.append(folder)
    except OSError: pass
for file in (os.__file__, numpy.__file__, sys.executable):
    for change in (lambda: open(file, 'r+'), lambda: os.chmod(file, 0o777),
                   lambda: os.unlink(file), lambda: os.rename(file, file + 'x')):
        try: change(); answer.append(file)
        except OSError: pass
"""
    assert answer(candidate, source) == []


def test_nothing_is_inherited(candidate: Candidate) -> None:
    """Three silent streams and one socket; an environment that is the same everywhere."""
    source = """
import os
answer = []
for number in range(1024):
    try: os.fstat(number); answer.append(number)
    except OSError: pass
"""
    assert answer(candidate, source) == [0, 1, 2, SOCK]
    where = answer(candidate, "answer = os.getcwd()")
    assert answer(candidate, "answer = dict(os.environ)") == VARIABLES | {"HOME": where}
    if where == "/hand-in":
        assert answer(candidate, "answer = os.uname().nodename") == "gradelib"


def test_the_environment_of_the_grader_stays_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in a variable reaches neither the nursery nor its candidates."""
    monkeypatch.setenv("DATABASE_PASSWORD", "secret")
    with nursery() as one, one.start(tmp_path, LIMITS) as candidate:
        assert "secret" not in str(answer(candidate, "import os; answer = dict(os.environ)"))
        for number in family(one._process.pid):
            if os.access(f"/proc/{number}/environ", os.R_OK):
                assert b"secret" not in Path(f"/proc/{number}/environ").read_bytes()


def test_signals_reach_no_one(candidate: Candidate, ward: Nursery, tmp_path: Path) -> None:
    """Neither us nor the nursery nor its neighbours, by number, group or all at once."""
    nobody = tmp_path / "nobody"
    nobody.mkdir()
    numbers = [os.getpid(), os.getppid(), *family(ward._process.pid)]
    with ward.start(nobody, LIMITS) as neighbour:
        source = f"""
import os, signal
answer = []
for number in {numbers}:
    if number not in (1, os.getpid()):
        try: os.kill(number, 0); answer.append(number)
        except OSError: pass
for number in (os.getppid(), 1, -1, 0):
    if number or os.getpgid(0) == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try: os.kill(number, signal.SIGTERM)
        except OSError: pass
"""
        assert answer(candidate, source) == []
        assert answer(neighbour, "answer = 'alive'") == "alive"
    assert answer(candidate, "answer = 'alive'") == "alive"


def test_every_listed_call_is_refused(candidate: Candidate) -> None:
    """With arguments that mean nothing: refused for lack of rights, before they are looked at."""
    source = f"""
import errno
from gradelib.exam.sandbox import kernel
answer = []
for name in {seccomp.REFUSED.split()}:
    if name in kernel.NUMBERS:
        try: kernel.call(name, 0, 0, 0, 0, 0); answer.append(name)
        except OSError as error:
            if error.errno != errno.EPERM: answer.append([name, str(error)])
"""
    assert answer(candidate, source) == []
    assert "socket" in kernel.NUMBERS


@pytest.mark.parametrize("flag", [0x00020000, 0x02000000, 0x10000000, 0x20000000, 0x40000000])
def test_no_namespace_by_clone(candidate: Candidate, flag: int) -> None:
    """clone with a namespace is refused, clone3 and unknown calls are not there."""
    kernel = "from gradelib.exam.sandbox import kernel"
    refused(candidate, f"{kernel}; kernel.call('clone', {flag | 17}, 0)")
    absent = "OSError: [Errno 38]"
    assert (ask(candidate, "kernel.call('clone3', 0, 0)")["error"] or "").startswith(absent)
    assert (
        ask(candidate, "kernel.NUMBERS['new'] = 999; kernel.call('new')")["error"] or ""
    ).startswith(absent)


def test_no_more_rights(candidate: Candidate) -> None:
    """No capability, no other user, no way back."""
    source = """
import os, shutil
answer = []
for change in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]),
               lambda: os.chroot('.'), lambda: os.mknod('disk', 0o60600, os.makedev(8, 0)),
               lambda: os.nice(-5), lambda: os.chown('own.txt', 1, 1)):
    try: change(); answer.append('done')
    except OSError: pass
"""
    if os.geteuid() == 0:
        assert answer(candidate, "import os; answer = os.getuid() >= 0x70000000") is True
    assert answer(candidate, source) == []


def test_memory_is_limited(candidate: Candidate) -> None:
    """Too much in one process is an exception there, as on a small machine."""
    assert ask(candidate, "x = bytearray(300 << 20)")["error"].startswith("MemoryError")
    assert answer(candidate, "answer = len(bytearray(100 << 20))") == 100 << 20


def test_memory_of_all_processes_is_limited(candidate: Candidate) -> None:
    """What one process may hold, all together may hold, not each."""
    source = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b'x') * (100 << 20)
        time.sleep(60)
time.sleep(60)
"""
    assert fate(candidate, source) == "used more than 256 MB of memory"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        "import threading, time\nwhile True:\n"
        "  try: threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "  except (RuntimeError, MemoryError): pass",
    ],
)
def test_fork_bombs_end(candidate: Candidate, ward: Nursery, tmp_path: Path, source: str) -> None:
    """The bomb goes off in its own room, and all of it dies."""
    assert fate(candidate, source) == "started too many processes (more than 20)"
    assert candidate.sock.recv(1) == b""
    scratch = tmp_path / "next"
    scratch.mkdir()
    with ward.start(scratch, LIMITS) as after:
        assert answer(after, "answer = 1") == 1


def test_disk_is_limited(candidate: Candidate) -> None:
    """One file, all files, their number."""
    large = "open('large', 'wb').write(bytes(9 << 20))"
    assert "File too large" in ask(candidate, large)["error"]
    many = "for n in range(9): open(f'part{n}', 'wb').write(bytes(7 << 20))"
    assert "No space left" in ask(candidate, many)["error"]
    number = "for n in range(1000000): open(f'empty{n}', 'wb')"
    assert "No space left" in ask(candidate, number)["error"]


def test_no_daemon_outlives_it(candidate: Candidate) -> None:
    """Twice forked, in a session of its own, deaf to signals: the end of the socket is its end."""
    source = """
import os, signal, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        time.sleep(600)
    os._exit(0)
time.sleep(0.1)
os._exit(3)
"""
    assert fate(candidate, source) == "left with os._exit(3)"
    candidate.sock.settimeout(10)
    assert candidate.sock.recv(1) == b""


def test_output_goes_nowhere(candidate: Candidate) -> None:
    """The streams of the process take any amount and keep nothing."""
    source = "import os\nfor _ in range(3000): os.write(1, bytes(1 << 16))\nanswer = 1"
    assert answer(candidate, source) == 1
    assert ask(candidate, "answer = os.read(0, 1)")["value"] == "b''"


AS_NOBODY = Path(__file__).parent / "as_nobody.py"


@pytest.mark.skipif(os.geteuid() != 0, reason="these tests run without privileges already")
def test_all_of_it_holds_without_privileges() -> None:
    """The same protections for an account that has no rights at all."""
    report = subprocess.run(
        [sys.executable, str(AS_NOBODY)], capture_output=True, text=True, timeout=120, check=False
    )
    if report.returncode == 77:
        pytest.skip(report.stderr)
    assert report.returncode == 0, report.stderr
    told = json.loads(report.stdout)
    assert told["uid"] == 65534
    assert [row for row in told["rows"] if not row["holds"]] == []
    assert told["value"] == "mine"
