"""System calls that Python's standard library lacks, through the C library: Linux only.

call(name, *arguments)   a system call by name; OSError with what failed
NUMBERS                  name -> number, on this machine's processor
prctl, capabilities, ... the few that are used more than once

Everything here works without a compiler and without another package. On other systems
`available()` is False and nothing else may be called.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import Any

# name: (x86_64, aarch64); -1 where the processor's table lacks it.
_TABLE: dict[str, tuple[int, int]] = {
    "accept": (43, 202),
    "accept4": (288, 242),
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bind": (49, 200),
    "bpf": (321, 280),
    "capset": (126, 91),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close_range": (436, 436),
    "connect": (42, 203),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "fcntl": (72, 25),
    "finit_module": (313, 273),
    "fork": (57, -1),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_setup": (206, 0),
    "io_submit": (209, 2),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "kill": (62, 129),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "listen": (50, 201),
    "lookup_dcookie": (212, 18),
    "mbind": (237, 235),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_notify": (244, 184),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "seccomp": (317, 277),
    "semctl": (66, 191),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "set_mempolicy": (238, 237),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setpriority": (141, 140),
    "settimeofday": (164, 170),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmdt": (67, 197),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, -1),
    "userfaultfd": (323, 282),
    "vfork": (58, -1),
    "vhangup": (153, 58),
}
_MACHINES = {"x86_64": 0, "aarch64": 1}

MACHINE = platform.machine()
NUMBERS: dict[str, int] = {
    name: number
    for name, numbers in _TABLE.items()
    if (number := numbers[_MACHINES.get(MACHINE, 0)]) >= 0
}

# prctl(2)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4


def available() -> bool:
    """Whether this is a Linux machine with a processor whose table of calls is known."""
    return sys.platform == "linux" and MACHINE in _MACHINES and sys.maxsize > 2**32


_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall if available() else None
if _syscall is not None:
    _syscall.restype = ctypes.c_long


def call(name: str, *arguments: Any) -> int:
    """The system call of this name; integers, bytes, None and ctypes objects as arguments.

    Raises OSError with the kernel's cause and the call's name.
    """
    if _syscall is None:
        raise OSError(f"no system calls by number on {sys.platform} {MACHINE}")
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(_syscall(ctypes.c_long(NUMBERS[name]), *wide))
    if result < 0:
        cause = ctypes.get_errno()
        raise OSError(cause, f"{name}: {os.strerror(cause)}")
    return result


def prctl(option: int, *arguments: int) -> int:
    """prctl(2), whose further arguments are 0 unless given."""
    return call("prctl", option, *(arguments + (0,) * (4 - len(arguments))))


def drop_capabilities() -> None:
    """Give up every capability of this process for good; OSError where the kernel refuses."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # EINVAL: past the kernel's last; EPERM: holds none that it could drop
            break
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    call("capset", header, (ctypes.c_uint32 * 6)())


def close_from(first: int) -> None:
    """Close every descriptor from this number on."""
    try:
        call("close_range", first, 0xFFFFFFFF, 0)
    except (OSError, KeyError):  # before Linux 5.9, or not Linux
        os.closerange(first, max(os.sysconf("SC_OPEN_MAX"), 4096))
