"""The system calls that a candidate may not make: a seccomp filter, assembled here.

program(own=None)   the filter as bytes; `own`: the process's number where it is not in a namespace
install(program)    for this process and all that it starts, for good

Refused calls fail with EPERM, as on a machine where the account lacks the right, so that Python
raises PermissionError and goes on; calls newer than this list do not exist (ENOSYS).
"""

from __future__ import annotations

import ctypes
import errno
import struct

from gradelib.exam.sandbox.kernel import MACHINE, NUMBERS, PR_SET_NO_NEW_PRIVS, call, prctl

_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEWEST = 462
"""Calls after this one were not known when the list was written."""

_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_ABSENT = 0x00050000 | errno.ENOSYS

REFUSED = """
socket connect bind listen accept accept4
io_uring_setup io_uring_enter io_uring_register io_setup io_submit
ptrace process_vm_readv process_vm_writev process_madvise process_mrelease kcmp pidfd_getfd
bpf perf_event_open userfaultfd keyctl add_key request_key
mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree mount_setattr
setns unshare name_to_handle_at open_by_handle_at fanotify_init fanotify_mark
kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct
quotactl quotactl_fd nfsservctl settimeofday clock_settime clock_adjtime adjtimex
sethostname setdomainname iopl ioperm modify_ldt syslog vhangup lookup_dcookie uselib personality
memfd_create memfd_secret shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl
semget semop semctl semtimedop mq_open mq_unlink mq_notify
migrate_pages move_pages mbind set_mempolicy
setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr
"""
"""Always: networks, other processes' memory, the kernel's own doors, what outlives a process."""

ALONE = "fork vfork tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal"
"""Also where a candidate has no process room of its own: it may neither start nor signal others."""

_SELF_ONLY = "kill tgkill prlimit64 sched_setaffinity"
_CLONE_NEW = 0x7E020000
_CLONE_THREAD = 0x00010000
_SOCK_STREAM, _SOCK_TYPE, _AF_UNIX = 1, 0xF, 1
_TIOCSTI, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x8901, 0x8902
_F_SETOWN, _F_SETOWN_EX = 8, 15

# Classic BPF: load a word of the call's data, compare, mask, return.
_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_NUMBER, _ARCH = 0, 4

Step = tuple[int, int, int, int]


def _argument(index: int) -> int:
    """Where the low half of an argument lies; both machines are little-endian."""
    return 16 + 8 * index


def _unless(index: int, *allowed: int) -> list[Step]:
    """Refuse unless the argument is one of these."""
    steps = [(_LOAD, 0, 0, _argument(index))]
    steps += [(_EQUAL, len(allowed) - at, 0, value) for at, value in enumerate(allowed)]
    return [*steps, (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]


def _if(index: int, *refused: int) -> list[Step]:
    """Refuse if the argument is one of these."""
    steps = [(_LOAD, 0, 0, _argument(index))]
    steps += [(_EQUAL, len(refused) - at, 0, value) for at, value in enumerate(refused)]
    return [*steps, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]


def _clone(threads_only: bool) -> list[Step]:
    """Refuse new namespaces; without a room of its own also whatever is not a thread."""
    steps = [(_LOAD, 0, 0, _argument(0)), (_ANY_BIT, 0, 1, _CLONE_NEW), (_RETURN, 0, 0, _REFUSE)]
    if threads_only:
        steps += [(_ANY_BIT, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _REFUSE)]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _pair() -> list[Step]:
    """Only connected Unix streams: a datagram socket of a pair could still send to any address."""
    return [
        (_LOAD, 0, 0, _argument(0)),
        (_EQUAL, 1, 0, _AF_UNIX),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _argument(1)),
        (_AND, 0, 0, _SOCK_TYPE),
        (_EQUAL, 1, 0, _SOCK_STREAM),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]


def program(own: int | None = None) -> bytes:
    """The filter. With `own`, the caller's process number, it may not start or signal others."""
    steps: list[Step] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _ARCHITECTURE[MACHINE]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_ABOVE, 0, 1, _NEWEST),  # also x86_64's second table (x32), whose numbers start at 2^30
        (_RETURN, 0, 0, _ABSENT),
    ]
    cases: dict[str, list[Step]] = {"clone3": [(_RETURN, 0, 0, _ABSENT)]}  # falls back to clone
    cases["clone"] = _clone(own is not None)
    cases["socketpair"] = _pair()
    cases["ioctl"] = _if(1, _TIOCSTI, _FIOSETOWN, _SIOCSPGRP)
    if own is not None:
        cases |= {name: _unless(0, 0, own) for name in _SELF_ONLY.split()}
        cases["fcntl"] = _if(1, _F_SETOWN, _F_SETOWN_EX)
        cases["prctl"] = _if(0, 1)  # PR_SET_PDEATHSIG: it dies with the nursery
    refused = REFUSED.split() + (ALONE.split() if own is not None else [])
    cases |= {name: [(_RETURN, 0, 0, _REFUSE)] for name in refused}
    for name, body in cases.items():
        if name in NUMBERS:  # every body ends in a return, so the next case finds the number loaded
            steps += [(_EQUAL, 0, len(body), NUMBERS[name]), *body]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def install(code: bytes) -> None:
    """Put the filter on this process, its threads to come and its children; OSError if refused."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    steps = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(steps))
    call("seccomp", 1, 0, ctypes.create_string_buffer(head, len(head)))
