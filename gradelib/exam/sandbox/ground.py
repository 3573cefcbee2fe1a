"""The layers of the sandbox that this machine gives, found once in the nursery.

Ground.found(layers)   early, while there is one thread: the right to make rooms of one's own
ground.settle()        after the warm-up: the nursery itself leaves network and files behind
ground.prepare(...)    in a candidate's keeper, still privileged: rooms of its own
ground.confine(...)    in the candidate: every other layer, for good

What was found is demanded of each candidate: a layer that fails then is an OSError, never a
weaker sandbox.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from gradelib.exam.sandbox import kernel, landlock, namespaces, seccomp
from gradelib.exam.sandbox.libraries import DEVICES, readable
from gradelib.exam.sandbox.limits import Limits

FIRST_UID = 0x70000000
"""Above every account's number; each candidate has its own: this plus its process number."""


@dataclass
class Ground:
    """What was found. Only `layers` (of limits.LAYERS) were tried."""

    layers: Collection[str]
    user: bool = False
    net: bool = False
    pid: bool = False
    ipc: bool = False
    root: bool = False
    uid: bool = False
    landlock: int = 0
    seccomp: bool = False
    paths: list[str] = field(default_factory=list)
    space: int = 0
    """Bytes of address space that the nursery takes, Python and the libraries; 0: not known."""
    filter: bytes = b""
    proc: int = -1
    """The nursery's /proc, opened: its numbers of processes are the nursery's everywhere."""

    @classmethod
    def found(cls, layers: Collection[str]) -> Ground:
        """Where the account may not make rooms, make it a user namespace, in which it may.

        Where process namespaces are given the caller becomes the first process of one, so that
        whatever it starts dies with it; the process that was there waits for it.
        """
        ground = cls(layers)
        if kernel.available() and {"namespaces", "root"} & set(layers):
            ground.user = not namespaces.try_room(namespaces.NEWUTS) and namespaces.own_user()
        if kernel.available() and "namespaces" in layers:
            ground.pid = namespaces.try_room(namespaces.NEWPID)
            if ground.pid and (child := os.fork()):
                kernel.close_from(3)
                os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
        if kernel.available():
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        return ground

    def settle(self) -> None:
        """Find every layer; where roots are given this process then sees `readable()` alone."""
        self.paths = readable()
        if not kernel.available():
            return
        self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        with open("/proc/self/statm") as file:
            self.space = int(file.read().split()[0]) * resource.getpagesize()
        if "namespaces" in self.layers:
            if namespaces.try_room(namespaces.NEWUTS):
                kernel.call("sethostname", b"gradelib", len("gradelib"))
            self._home = os.open("/proc/self/ns/pid", os.O_RDONLY)
            self.pid = self.pid and self._gives_process_rooms()
            self.net = namespaces.try_room(namespaces.NEWNET)
            self.ipc = namespaces.try_room(namespaces.NEWIPC)
        # Some systems give a user namespace and none within it.
        self.user = self.user and _works(lambda: kernel.call("unshare", namespaces.NEWUSER))
        if "root" in self.layers:
            self.root = namespaces.own_root(self.paths)
        if "landlock" in self.layers:
            self.landlock = landlock.version()
        if "seccomp" in self.layers:
            self.filter = seccomp.program()
            self.seccomp = _works(lambda: seccomp.install(self.filter))
        if "uid" in self.layers and os.geteuid() == 0:
            # Elsewhere Python, or the candidate's folder, may lie where only root may enter.
            self.uid = self.root and _works(lambda: _become(FIRST_UID))

    def missing(self) -> list[str]:
        """What grading needs and this machine does not give, in words."""
        needed = {
            "no network": self.net or self.seccomp,
            "no files of others": self.root or self.landlock > 0,
            "no other processes": self.pid or (self.seccomp and self.landlock > 0),
            "nothing alive afterwards": self.pid or self.seccomp,
        }
        return [what for what, holds in needed.items() if not holds]

    def told(self) -> dict[str, object]:
        """Everything that was found, plain."""
        names = ("user", "net", "pid", "ipc", "root", "uid", "landlock", "seccomp", "paths")
        return {name: getattr(self, name) for name in names} | {"missing": self.missing()}

    def fork(self) -> int:
        """Fork: 0 in the child, which is alone in a process namespace where that is given."""
        return namespaces.fork_in_new_room(self._home) if self.pid else os.fork()

    def number(self) -> int:
        """This process's number as the nursery sees it."""
        return int(os.readlink("self", dir_fd=self.proc)) if self.proc >= 0 else os.getpid()

    def prepare(self, scratch: str, files: int, limits: Limits, owner: int) -> str:
        """Make the rooms; returns the working folder. `owner`: the uid to be, if it can be."""
        if self.ipc:
            kernel.call("unshare", namespaces.NEWIPC)
        who = (owner, owner) if self.uid else (os.geteuid(), os.getegid())
        if self.root:
            kernel.call("unshare", namespaces.NEWNS)
            namespaces.private_scratch(files, limits.disk, who)
            return namespaces.SCRATCH
        return scratch

    def confine(self, scratch: str, limits: Limits, owner: int) -> None:
        """Put this process behind every layer that was found; the working folder is `scratch`."""
        os.chdir(scratch)
        if self.uid:
            _become(owner)
        elif self.user:
            kernel.call("unshare", namespaces.NEWUSER)  # in which its processes are counted alone
        self._limit(limits)
        if not kernel.available() or not self.layers:
            return
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        if not self.pid:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if self.landlock:
            private = [scratch, "/tmp", "/dev/shm"] if self.root else [scratch]
            landlock.restrict(self.paths, [*private, *DEVICES], self.landlock)
        if self.seccomp:
            seccomp.install(self.filter if self.pid else seccomp.program(os.getpid()))

    def _gives_process_rooms(self) -> bool:
        try:
            child = namespaces.fork_in_new_room(self._home)
        except OSError:
            return False
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return True

    def _limit(self, limits: Limits) -> None:
        cpu = max(1, int(limits.cpu))
        wanted = {
            resource.RLIMIT_CPU: (cpu, cpu + 1),
            resource.RLIMIT_FSIZE: (limits.file_size, limits.file_size),
            resource.RLIMIT_CORE: (0, 0),
            resource.RLIMIT_NOFILE: (256, 256),
        }
        if self.space:
            wanted[resource.RLIMIT_AS] = (self.space + limits.memory, self.space + limits.memory)
        if self.uid or self.user:
            wanted[resource.RLIMIT_NPROC] = (limits.processes, limits.processes)
        for what, (soft, hard) in wanted.items():
            most = resource.getrlimit(what)[1]
            if most != resource.RLIM_INFINITY:
                soft, hard = min(soft, most), min(hard, most)
            resource.setrlimit(what, (soft, hard))


def _become(number: int) -> None:
    """Take a user number that no account has, and no group; OSError where it cannot."""
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)


def _works(attempt: Callable[[], object]) -> bool:
    """Whether this can be done, tried in a child."""
    child = os.fork()
    if child == 0:
        try:
            attempt()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0
