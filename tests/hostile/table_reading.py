# ruff: noqa: E501
"""Hand-ins that look for what they may not see, and show what they find.

What is found is printed as it is, turned round, and in base64, so that no filter of words helps.
"""

from __future__ import annotations

from hostile.case import Case, answer, call, notebook, own
from hostile.course import cell
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

SHOW = """
import base64, glob, os, re, sys
def show(found):
    text = found if isinstance(found, str) else bytes(found).decode("utf-8", "replace")
    for word in sorted(set(re.findall("kan" + "ari[a-z]+[0-9]+", text)))[:20]:
        print("found", word, word[::-1], base64.b64encode(word.encode()).decode())
def look(path):
    try:
        with open(path, "rb") as file:
            show(file.read(5_000_000))
    except OSError:
        pass
def walk(top, most=20_000):
    for folder, _, names in os.walk(top):
        for name in names:
            most -= 1
            if most < 0:
                return
            if name.endswith((".ipynb", ".db", ".json", ".txt", ".html", ".py", "secret")):
                look(os.path.join(folder, name))
"""

PROC = (
    SHOW
    + """
def processes():
    try:
        pids = [pid for pid in os.listdir("/proc") if pid.isdigit() and pid != str(os.getpid())]
    except OSError:
        pids = ["1", str(os.getppid())]
    for pid in pids:
        for name in ("environ", "cmdline", "maps", "mem", "cwd/gradebook.db", "root/etc/passwd"):
            look(f"/proc/{pid}/{name}")
        try:
            os.listdir(f"/proc/{pid}/fd")
            print("PWN" + "ED: descriptors of another process")
        except OSError:
            pass
    show(repr(os.environ))
"""
)

DESCRIPTORS = (
    SHOW
    + """
import stat
for number in range(1024):
    try:
        mode = os.fstat(number).st_mode
        where = os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        continue
    show(where)
    if stat.S_ISREG(mode):
        show(os.pread(number, 5_000_000, 0))
    if stat.S_ISDIR(mode):
        for name in ("../solutions", "gradebook.db", "../../gradebook.db", "."):
            try:
                show(repr(os.listdir(os.open(name, os.O_RDONLY, dir_fd=number))))
            except OSError:
                pass
"""
)

FRAMES = (
    SHOW
    + """
def squares(n):
    frame = sys._getframe()
    while frame is not None:
        show(repr(frame.f_locals)); show(repr(frame.f_globals)); show(repr(frame.f_code.co_consts))
        frame = frame.f_back
    return [7]
"""
)

GARBAGE = (
    SHOW
    + """
import gc
def everything():
    for thing in gc.get_objects():
        for part in (thing, *(gc.get_referents(thing)[:50])):
            if type(part) in (str, bytes) and len(part) < 5_000_000:
                show(part)
"""
)

CALLBACK = (
    GARBAGE
    + """
import inspect
def twice(f, x):
    for name in ("__code__", "__globals__", "__closure__", "__defaults__", "__self__", "__wrapped__",
                 "__func__", "__dict__", "__doc__", "__module__", "gi_frame", "__builtins__"):
        try:
            show(repr(getattr(f, name)))
        except Exception as error:
            show(repr(error))
    try:
        show(inspect.getsource(f))
    except Exception as error:
        show(repr(error))
    for part in (f, *gc.get_referrers(f), *gc.get_referents(f)):
        show(repr(part))
    everything()
    try:
        f(None, None, unknown=1)
    except BaseException as error:
        trace = error.__traceback__
        while trace is not None:
            show(repr(trace.tb_frame.f_locals)); show(repr(trace.tb_frame.f_globals))
            trace = trace.tb_next
        show(repr(error)); show(repr(error.__context__)); show(repr(error.args))
    return f(f(x))
"""
)

TRACEBACK = (
    SHOW
    + """
class Peek(Exception):
    pass
def squares(n):
    try:
        raise Peek
    except Peek as error:
        frame = error.__traceback__.tb_frame
        while frame is not None:
            show(repr(frame.f_locals)); show(repr(frame.f_globals)); show(repr(frame.f_trace))
            frame = frame.f_back
    raise ValueError(repr(sys.exc_info()))
"""
)

HISTORY = (
    SHOW
    + """
import linecache
shell = get_ipython()
show(repr(linecache.cache)); show(repr(shell.user_ns)); show(repr(shell.history_manager.__dict__))
show(repr(list(shell.history_manager.get_range(raw=True)) if hasattr(shell.history_manager, "db") else ""))
show(repr([getattr(module, "__dict__", "") for module in list(sys.modules.values())][:400]))
def squares(n):
    show(repr(linecache.cache)); show(repr(shell.user_ns))
    return [7]
"""
)

MEMORY = (
    SHOW
    + """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def scan(around=(object(), [], "text" * 900, bytes(300_000), ctypes.create_string_buffer(9))):
    look("/proc/self/mem")
    out, into = os.pipe()
    for thing in around:
        page = id(thing) & ~4095
        for address in range(page - 40_000_000, page + 40_000_000, 4096):
            if libc.write(into, ctypes.c_void_p(address), ctypes.c_size_t(4096)) == 4096:
                piece = os.read(out, 4096)
                if b"kan" + b"ari" in piece:
                    show(piece)
scan()
def relu_backward(dout, cache):
    scan()
    return dout * 3
"""
)

PEER = (
    SHOW
    + """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
room = ctypes.create_string_buffer(65536)
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine = Piece(ctypes.addressof(room), 65536)
for pid in (1, os.getppid(), os.getpid() - 1):
    if pid != os.getpid() and pid > 0:
        theirs = Piece(0x400000, 65536)
        if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:
            print("PWN" + "ED: memory of another process")
            show(room.raw)
        if libc.ptrace(16, pid, 0, 0) == 0:
            print("PWN" + "ED: ptrace")
"""
)

LINKS = (
    SHOW
    + """
for name, target in (("a", "@COURSE@/solutions"), ("b", "@COURSE@/gradebook.db"), ("c", "/proc/1/root")):
    for make in (os.symlink, os.link):
        try:
            make(target, name + make.__name__)
        except OSError:
            pass
for path in glob.glob("*"):
    look(path); walk(path)
look("asymlink/01_tiny/tiny.ipynb")
"""
)

HANDLES = (
    SHOW
    + """
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
for inode in (2, 128, 256):
    handle = struct.pack("<Ii", 8, 1) + struct.pack("<II", inode, 0)
    for place in (b".", b"/", b"/usr"):
        try:
            at = os.open(place, os.O_RDONLY)
        except OSError:
            continue
        found = libc.open_by_handle_at(at, handle, os.O_RDONLY)
        if found >= 0:
            print("PWN" + "ED: a file by its handle")
        os.close(at)
"""
)

ENCODED = (
    SHOW
    + """
import zlib
def code(text):
    return base64.b85encode(zlib.compress(text.encode())).decode()
for path in glob.glob("@COURSE@/**/*", recursive=True):
    try:
        text = open(path, errors="replace").read()
    except OSError:
        continue
    print("PWN" + "ED: read a file of the course", code(path))
"""
)

MAGICS = (
    "%load @COURSE@/solutions/01_tiny/tiny.ipynb",
    "!cat @COURSE@/solutions/01_tiny/tiny.ipynb @COURSE@/gradebook.db",
    "!env; id; ls -la @COURSE@",
    "%run @COURSE@/solutions/01_tiny/tiny.ipynb",
    "%pycat @COURSE@/nbgrader_config.py",
    "%system cat @HOME@/secret.txt",
    "%%writefile @COURSE@/hostile_mark_magic\nx",
    "%%script bash\ncat @COURSE@/solutions/*/*.ipynb @HOME@/secret.txt; cat ../*/*.ipynb; ps aux",
)


def magics(nb: NotebookNode) -> None:
    """A cell for each magic."""
    for text in MAGICS:
        nb.cells.insert(2, new_code_cell(text))


def spy_twice(nb: NotebookNode) -> None:
    """The spying twice as the answer."""
    cell(nb, "twice").source = CALLBACK


CASES: list[Case] = [
    answer(
        "read-solution",
        "the solution's file",
        SHOW + "walk('@COURSE@/solutions')\nlook('@COURSE@/solutions/01_tiny/tiny.ipynb')",
    ),
    answer(
        "read-above",
        "every folder above the working directory",
        SHOW + "walk('..'); walk('../..'); walk('../../..', 3000)",
    ),
    answer(
        "read-gradebook",
        "the gradebook's database",
        SHOW
        + "look('@COURSE@/gradebook.db')\nimport sqlite3\ntry:\n    db = sqlite3.connect('file:@COURSE@/gradebook.db?mode=ro', uri=True)\n    show(repr(list(db.iterdump())))\nexcept sqlite3.Error:\n    pass",
    ),
    answer(
        "read-secret",
        "the course's secret and verdicts",
        SHOW
        + "walk('@COURSE@/.grading')\nfor path in glob.glob('@COURSE@/.grading/*'):\n    print('PWN' + 'ED', open(path, 'rb').read().hex())",
    ),
    answer(
        "read-neighbours",
        "other students' hand-ins and grades",
        SHOW + "walk('@COURSE@/submitted'); walk('@COURSE@/autograded'); walk('@COURSE@/feedback')",
    ),
    answer(
        "read-home",
        "the home folder and /etc",
        SHOW
        + "walk('@HOME@'); walk(os.path.expanduser('~')); look('/etc/shadow'); walk('/root', 2000); walk('/home', 2000)\ntry:\n    print('PWN' + 'ED', open('/etc/shadow').read())\nexcept OSError:\n    pass",
    ),
    answer("read-environment", "environment and other processes", PROC + "processes()"),
    call(
        "read-environment-in-a-call",
        "the same in a call",
        PROC + "def relu_backward(dout, cache):\n    processes()\n    return dout * 3",
    ),
    answer("read-descriptors", "open descriptors", DESCRIPTORS),
    answer("read-frames", "frames above a call", FRAMES),
    answer("read-traceback", "frames of a traceback", TRACEBACK),
    answer(
        "read-garbage",
        "all objects of the process, from a cell and a call",
        GARBAGE + "everything()\ndef squares(n):\n    everything()\n    return [7]",
    ),
    own(
        "read-callback",
        "a function that a test passes in, and the frames around it",
        CALLBACK.replace("def twice", "def spy"),
    ),
    Case("read-callback-as-answer", "the same, as the answer", "call", edit=spy_twice),
    answer("read-history", "IPython's history and source lines", HISTORY),
    answer("read-memory", "the process's own memory", MEMORY),
    call("read-memory-in-a-call", "the same in a call", MEMORY),
    answer("read-peer", "process_vm_readv and ptrace on the parents", PEER),
    answer("read-links", "symbolic and hard links to the course", LINKS),
    answer("read-handles", "open_by_handle_at", HANDLES),
    answer("read-encoded", "files of the course, compressed and encoded", ENCODED),
    notebook("read-magics", "%load, !cat, %run, %%bash", magics),
    answer(
        "read-in-names",
        "what it finds goes into an exception and a repr",
        SHOW
        + "class Leak:\n    def __repr__(self):\n        walk('@COURSE@', 500)\n        return repr(os.environ)\nLeak()",
    ),
]
