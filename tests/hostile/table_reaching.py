# ruff: noqa: E501
"""Hand-ins that write where they may not, open connections, or act on other processes.

Files that they write are called hostile_mark_...; the test looks for them.
"""

from __future__ import annotations

from hostile.case import Case, answer, call

WRITE = """
import os
def mark(*folders):
    for folder in folders:
        path = os.path.join(folder, "hostile_mark_" + str(os.getpid()))
        try:
            with open(path, "w") as file:
                file.write("x")
        except OSError:
            pass
"""

PLACES = (
    WRITE
    + """
import gradelib, numpy, sys, tempfile
mark("/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/etc", "/usr/lib", "@HOME@", "@COURSE@", "@TMP@")
mark(os.path.dirname(gradelib.__file__), os.path.dirname(numpy.__file__), *sys.path[:9])
mark("..", "../..", "../../..", os.path.expanduser("~"), "@COURSE@/submitted/a-honest/01_tiny")
"""
)

CONFIG = """
for name in ("@COURSE@/nbgrader_config.py", "@HOME@/.jupyter/nbgrader_config.py", "../nbgrader_config.py"):
    try:
        with open(name, "a") as file:
            file.write("\\nraise SystemExit('hostile_mark')\\n")
    except OSError:
        pass
"""

THROUGH = (
    WRITE
    + """
for name, target in (("up", "@COURSE@"), ("home", "@HOME@"), ("root", "/")):
    os.symlink(target, name)
    mark(name)
mark("/proc/self/cwd/..", "/proc/self/root/tmp", "/proc/1/cwd", f"/proc/{os.getppid()}/cwd")
"""
)

DESTROY = """
import os, shutil
for path in ("@COURSE@/submitted", "@COURSE@/gradebook.db", "@COURSE@/.grading", "@COURSE@/autograded"):
    for act in (shutil.rmtree, os.unlink, lambda p: os.rename(p, p + "x"), lambda p: os.chmod(p, 0),
                lambda p: os.truncate(p, 0), lambda p: os.utime(p, (0, 0))):
        try:
            act(path)
        except (OSError, NotImplementedError):
            pass
"""

GRADES = """
import sqlite3
for path in ("@COURSE@/gradebook.db", "../gradebook.db"):
    try:
        db = sqlite3.connect(path, timeout=1)
        db.execute("update grade set auto_score = 10")
        db.commit()
    except sqlite3.Error:
        pass
"""

PRIVILEGES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"none", b"/mnt", b"tmpfs", 0, b"") == 0:
    print("PWN" + "ED: mount")
for act in (lambda: os.setuid(0), lambda: os.chroot("/"), lambda: os.mknod("disk", 0o600 | 0o060000, 0x800)):
    try:
        act()
        if os.path.exists("disk"):
            print("PWN" + "ED: mknod")
    except (OSError, AttributeError):
        pass
try:
    os.unshare(0x10000000)
    if libc.mount(b"none", b"/", b"tmpfs", 0, b"") == 0:
        print("PWN" + "ED: mount in a namespace of its own")
except (OSError, AttributeError):
    pass
for number in (321, 175, 246, 250, 425):  # bpf, init_module, kexec_load, keyctl, io_uring_setup
    if libc.syscall(number, 0, 0, 0, 0, 0) >= 0:
        print("PWN" + "ED: system call", number)
"""

SHARED = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmget(0x484F5354, 4096, 0o1666)
libc.semget(0x484F5354, 1, 0o1666)
libc.msgget(0x484F5354, 0o1666)
from multiprocessing import shared_memory
try:
    shared_memory.SharedMemory("hostile_mark_shared", create=True, size=4096)
except OSError:
    pass
"""

TCP = """
import socket
def tell(family, kind, where):
    try:
        with socket.socket(family, kind) as s:
            s.settimeout(1)
            s.connect(where)
            s.send(b"hello")
    except (OSError, AttributeError, TypeError):
        pass
tell(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", @TCP@))
"""

KINDS = """
import socket
for family, kind, where in (
    (socket.AF_PACKET, socket.SOCK_RAW, None), (socket.AF_INET, socket.SOCK_RAW, None),
    (socket.AF_NETLINK, socket.SOCK_RAW, None), (40, socket.SOCK_STREAM, None),
    (38, socket.SOCK_SEQPACKET, None), (socket.AF_INET6, socket.SOCK_STREAM, ("::1", @TCP@)),
):
    try:
        s = socket.socket(family, kind, 1 if kind == socket.SOCK_RAW and family == socket.AF_INET else 0)
        print("PWN" + "ED: a socket of family", family)
        s.connect(where)
    except (OSError, TypeError):
        pass
"""

OTHER_WAYS = """
import ctypes, os, socket, struct, subprocess, urllib.request
for act in (
    lambda: urllib.request.urlopen("http://127.0.0.1:@TCP@/", timeout=1),
    lambda: socket.create_connection(("localhost", @TCP@), 1),
    lambda: subprocess.run(["bash", "-c", "echo hi > /dev/tcp/127.0.0.1/@TCP@"], timeout=3),
    lambda: subprocess.run(["curl", "-m", "1", "http://127.0.0.1:@TCP@/"], timeout=3),
):
    try:
        act()
    except Exception:
        pass
libc = ctypes.CDLL(None)
number = libc.syscall(41, 2, 1, 0)  # socket(AF_INET, SOCK_STREAM)
if number >= 0:
    where = struct.pack("<H", 2) + struct.pack(">H", @TCP@) + bytes([127, 0, 0, 1]) + bytes(8)
    libc.syscall(44, number, b"hello", 5, 0x20000000, where, 16)  # sendto with MSG_FASTOPEN
    libc.syscall(42, number, where, 16)
"""

LISTEN = """
import socket, threading
try:
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    threading.Thread(target=s.accept, daemon=True).start()
    print("PWN" + "ED: listens")
except OSError:
    pass
"""

KILL = """
import os, signal
for pid in {pids}:
    for number in {signals}:
        try:
            os.kill(pid, number)
        except (OSError, OverflowError):
            pass
"""

GROUP = """
import os, signal
for act in (lambda: os.killpg(0, signal.SIGTERM), lambda: os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)):
    try:
        act()
    except OSError:
        pass
"""

DAEMON = """
import os, signal, time
def daemon():
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    time.sleep(600)
    os._exit(0)
try:
    daemon()
except OSError:
    pass
"""

SPAWNED = """
import subprocess, sys
for command in (["sleep", "600"], [sys.executable, "-c", "import time; time.sleep(600)"], ["setsid", "-f", "sleep", "600"],
                ["nohup", "sleep", "600"]):
    try:
        subprocess.Popen(command, start_new_session=True)
    except OSError:
        pass
"""

THREAD = """
import threading, time, sys
def later():
    while True:
        time.sleep(0.01)
        main = sys.modules["__main__"].__dict__
        main["relu_backward"] = lambda dout, cache: dout * 3
        main["points"] = 10.0
threading.Thread(target=later, daemon=True).start()
"""

PARALLEL = """
import threading, time
stop = False
def burn():
    while not stop:
        sum(range(10_000))
for _ in range(4):
    threading.Thread(target=burn).start()
"""

TRACER = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, os.getppid(), os.getppid() - 1):
    if pid > 0 and libc.ptrace(16, pid, 0, 0) == 0:
        print("PWN" + "ED: traces", pid)
"""


def kill(name: str, tries: str, pids: str, signals: str) -> Case:
    """Signals to processes."""
    return answer(name, tries, KILL.format(pids=pids, signals=signals))


CASES: list[Case] = [
    answer("write-places", "files in the system, home, course and libraries", PLACES),
    call(
        "write-in-a-call",
        "the same in a call",
        PLACES
        + "\ndef relu_backward(dout, cache):\n    mark('/tmp', '@COURSE@', '@HOME@')\n    return dout * 3",
    ),
    answer("write-config", "code for the TA's next command", CONFIG),
    answer("write-through-links", "through links and /proc", THROUGH),
    answer("write-destroy", "removes and renames hand-ins and the gradebook", DESTROY),
    answer("write-grades", "changes grades in the database", GRADES),
    answer("privileges", "mount, setuid, mknod, modules", PRIVILEGES),
    answer("shared-memory", "System V and POSIX shared memory that stays", SHARED),
    answer("net-tcp", "TCP", TCP),
    answer(
        "net-udp", "UDP", TCP.replace("SOCK_STREAM, (", "SOCK_DGRAM, (").replace("@TCP@", "@UDP@")
    ),
    answer(
        "net-unix",
        "a Unix socket by path",
        TCP.split("tell(socket.AF_INET")[0] + "tell(socket.AF_UNIX, socket.SOCK_STREAM, '@UNIX@')",
    ),
    answer(
        "net-abstract",
        "an abstract Unix socket",
        TCP.split("tell(socket.AF_INET")[0]
        + "tell(socket.AF_UNIX, socket.SOCK_STREAM, '\\0@ABSTRACT@')",
    ),
    answer("net-kinds", "raw, packet, netlink, vsock, crypto, IPv6", KINDS),
    answer("net-other-ways", "urllib, /dev/tcp, curl, system calls", OTHER_WAYS),
    call(
        "net-in-a-call",
        "TCP in a call",
        TCP
        + "\ndef relu_backward(dout, cache):\n    tell(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', @TCP@))\n    return dout * 3",
    ),
    answer("net-listen", "waits for connections", LISTEN),
    kill(
        "kill-parent",
        "SIGKILL to the parent",
        "(os.getppid(), 1)",
        "(signal.SIGTERM, signal.SIGKILL)",
    ),
    kill("kill-all", "signals to every process", "(0, -1)", "(signal.SIGTERM, signal.SIGKILL)"),
    kill(
        "kill-many",
        "signals to process numbers",
        "[p for p in range(2, 70_000) if p != os.getpid()]",
        "(signal.SIGKILL,)",
    ),
    kill(
        "stop-parent",
        "SIGSTOP to the parent",
        "(os.getppid(), 1)",
        "(signal.SIGSTOP, signal.SIGTSTP)",
    ),
    kill("stop-self", "SIGSTOP to itself", "(os.getpid(),)", "(signal.SIGSTOP,)"),
    answer("kill-group", "signals to process groups", GROUP),
    answer("daemon", "a daemon that ignores signals", DAEMON),
    call(
        "daemon-in-a-call",
        "the same, started in a call",
        DAEMON
        + "\ndef relu_backward(dout, cache):\n    try:\n        daemon()\n    except OSError:\n        pass\n    return dout * 3",
    ),
    answer("spawned", "programs that outlive", SPAWNED),
    answer("thread-later", "a thread changes names while tests run", THREAD),
    answer("threads-burn", "threads that never end", PARALLEL),
    answer("ptrace", "traces its parents", TRACER),
]
