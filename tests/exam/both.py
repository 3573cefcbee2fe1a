"""Both ends of a border: a forked process that has run a student's code serves this one."""

import contextlib
import linecache
import os
import signal
import socket
import time
import warnings

from gradelib.exam.crossing.border import Border
from gradelib.exam.crossing.serving import Server
from gradelib.exam.crossing.wire import Channel


class Clock:
    """Every answer has `seconds`."""

    def __init__(self, seconds=30.0):
        self.seconds = seconds

    def deadline(self):
        return time.monotonic() + self.seconds


class Printed:
    """A stream whose text is fetched."""

    def __init__(self):
        self.texts = []

    def write(self, text):
        self.texts.append(("stdout", text))

    def flush(self):
        pass

    def __call__(self):
        texts, self.texts = self.texts, []
        return texts


def serve(sock, source):
    """Run a student's code and serve the other end until it hangs up."""
    namespace = {"__name__": "__main__"}
    linecache.cache["cell.py"] = (1, None, source.splitlines(keepends=True), "cell.py")
    printed = Printed()
    warnings.resetwarnings()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "cell.py", "exec"), namespace)
        printed.texts.clear()
        run = {"run": lambda source: exec(source, namespace), "echo": lambda value: value}
        Server(Channel(sock), namespace, run, printed=printed).serve()


@contextlib.contextmanager
def bordering(source, seconds=30.0, serving=serve):
    """A border to a process that has run `source`."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if not child:
        try:
            ours.close()
            serving(theirs, source)
        finally:
            os._exit(0)
    theirs.close()
    border = Border(Channel(ours), Clock(seconds))
    border.child = child
    try:
        yield border
    finally:
        border.channel.close()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
