"""A cell run as IPython runs it, its outputs collected: for the student's cells and for the tests.

Shell            IPython's shell without a terminal, a history file, or threads
Shell.run(...)   run one cell and return what came of it, as a Ran
Shell.keep(...)  compile a cell beforehand
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

from gradelib.exam.running.outputs import LIMIT, Output, Outputs, Stream
from gradelib.exam.running.showing import Compiler, Formatter, Hook, Publisher

OWN = str(Path(__file__).parents[1])
"""Frames of files in here are no part of a traceback that people read."""


@dataclass
class Ran:
    """What came of running a cell. `value` is that of its last expression, where there is one."""

    outputs: list[Output] = field(default_factory=list)
    cut: bool = False
    error: BaseException | None = None
    value: Any = None


class Shell(InteractiveShell):
    """IPython's shell for one namespace, that of `__main__`."""

    compiler_class = Type(Compiler)
    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    outputs: Outputs
    value: Any
    formatter: Formatter
    compile: Compiler
    _only_compiles = False
    _used = False

    def init_display_formatter(self) -> None:
        self.display_formatter = self.formatter = Formatter(parent=self)
        configurables: list[Any] = self.configurables
        configurables.append(self.formatter)

    def init_virtualenv(self) -> None:
        """The process has the right paths already."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window."""

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing."""

    def system(self, cmd: str) -> None:
        """Run `!cmd` and show what it prints; there is no terminal for it."""
        with subprocess.Popen(
            self.var_expand(cmd, depth=1),  # type: ignore[no-untyped-call]
            shell=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                sys.stdout.write(line)
        self.user_ns["_exit_code"] = process.returncode

    def _tee(self, channel: str) -> Any:
        return contextlib.nullcontext()

    def _format_exception_for_storage(self, exception: Any, *args: Any, **kwargs: Any) -> Any:
        return {"ename": type(exception).__name__, "evalue": "", "traceback": []}

    def should_run_async(self, raw_cell: str, **kwargs: Any) -> bool:
        """Ask only where a word tells that the answer may be yes: it costs a compilation."""
        if "await" not in raw_cell and "async" not in raw_cell:
            return False
        return bool(super().should_run_async(raw_cell, **kwargs))

    def transform_cell(self, raw_cell: str) -> str:
        """The cell as Python, with what IPython's magics stand for."""
        kept = self.compile.kept.get(raw_cell)
        return kept or str(super().transform_cell(raw_cell))  # type: ignore[no-untyped-call]

    async def run_code(self, code_obj: Any, result: Any = None, *, async_: bool = False) -> Any:
        """Run a compiled part of a cell; whether it raised."""
        if self._only_compiles:
            return False
        return await super().run_code(code_obj, result, async_=async_)  # type: ignore[no-untyped-call]

    def keep(self, sources: Iterable[str]) -> None:
        """Compile cells now, for this process and its forks to run."""
        self._only_compiles = True
        try:
            for source in sources:
                if source not in self.compile.kept and "__future__" not in source:
                    with contextlib.suppress(SyntaxError):
                        self.compile.keep(source, self.transform_cell(source))
                        self.run(source)
        finally:
            self._only_compiles = False
            self.begin_anew()

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, value, trace = super()._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        if trace is not None:
            trace = without_own_frames(trace)
        return kind, value, trace

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            text = str(evalue)
        except Exception:
            text = f"<exception str() failed in {etype.__name__}>"
        self.outputs.error(etype.__name__, text, stb)

    def run(self, source: str, count: int | None = None, limit: int = LIMIT) -> Ran:
        """Run a cell. Whatever it raises is in the outputs and in the result; nothing leaves."""
        self.outputs, self.value, self._used = Outputs(limit), None, True
        outputs = self.outputs
        if count is not None:
            self.execution_count = count
        result: Any = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        error = result.error_before_exec or result.error_in_exec if result is not None else None
        return Ran(outputs.take(), outputs.cut, error, self.value)

    def begin_anew(self) -> None:
        """Forget every name and all that was run."""
        if self._used:
            self.reset(new_session=True)  # type: ignore[no-untyped-call]
            self._used = False

    @contextlib.contextmanager
    def speaking(self) -> Iterator[None]:
        """Within this, what is printed goes to the outputs of the running cell."""
        before = sys.stdout, sys.stderr
        sys.stdout = Stream("stdout", lambda: self.outputs)
        sys.stderr = Stream("stderr", lambda: self.outputs)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


def without_own_frames(trace: TracebackType) -> TracebackType | None:
    """The traceback without the frames of this package, but for its first frame."""
    kept: TracebackType | None = trace
    while kept is not None:
        while kept.tb_next is not None and _own(kept.tb_next):
            kept.tb_next = kept.tb_next.tb_next
        kept = kept.tb_next
    return trace


def _own(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(OWN)
