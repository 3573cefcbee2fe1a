"""A cell run as IPython runs it, its outputs collected: for the student's cells and for the tests.

Shell            IPython's shell without a terminal, a history file, or threads
Shell.run(...)   run one cell and return what came of it, as a Ran
Shell.keep(...)  compile a cell beforehand
warm()           make the process's one shell, and have used what a cell commonly uses
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import getpass
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.compilerop import CachingCompiler, code_name
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from .outputs import LIMIT, Output, Outputs, Stream

OWN = str(Path(__file__).parent)
"""Frames of files in here are no part of a traceback that people read."""

INLINE = "module://matplotlib_inline.backend_inline"


@dataclass
class Ran:
    """What came of running a cell. `value` is that of its last expression, where there is one."""

    outputs: list[Output] = field(default_factory=list)
    cut: bool = False
    error: BaseException | None = None
    value: Any = None


class _Compiler(CachingCompiler):
    """Compiles a kept cell once. `kept` are its transformed text, by its own."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[str, str] = {}
        self._names: set[str] = set()
        self._trees: dict[Any, Any] = {}
        self._codes: dict[Any, Any] = {}

    def keep(self, source: str, transformed: str) -> None:
        """Keep what is made of a cell from now on."""
        self.kept[source] = transformed
        self._names.add(code_name(transformed, 0))

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return code_name(transformed_code, 0 if raw_code in self.kept else number)

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> Any:
        if filename not in self._names:
            return super().ast_parse(source, filename, symbol)
        key = filename, symbol, self.flags
        if key not in self._trees:
            self._trees[key] = super().ast_parse(source, filename, symbol)
        return self._trees[key]

    def __call__(self, source: Any, filename: str, symbol: str, **kwargs: Any) -> Any:
        if filename not in self._names:
            return super().__call__(source, filename, symbol, **kwargs)
        key = filename, symbol, self.flags, tuple(map(id, source.body))
        if key not in self._codes:
            self._codes[key] = super().__call__(source, filename, symbol, **kwargs)
        return self._codes[key]


class _Hook(DisplayHook):
    """Shows a cell's last value in its outputs. The value counts also where `;` hides it."""

    shell: Any

    def __call__(self, result: Any = None) -> None:
        self.shell.value = result
        super().__call__(result)  # type: ignore[no-untyped-call]

    def quiet(self) -> Any:
        """Whether the cell ends in `;`, looked at closely only where its last line has one."""
        text = self.shell.history_manager.input_hist_parsed[-1].rstrip()
        return ";" in text[text.rfind("\n") + 1 :] and super().quiet()  # type: ignore[no-untyped-call]

    def write_output_prompt(self) -> None:
        """No prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.outputs.result(format_dict, md_dict or {}, self.shell.execution_count - 1)

    def log_output(self, format_dict: Any) -> None:
        """No log."""

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Publisher(DisplayPublisher):
    """Puts what display() shows into the cell's outputs."""

    shell: Any

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        display_id = (transient or {}).get("display_id")
        show = self.shell.outputs.update if update else self.shell.outputs.display
        show(data, metadata or {}, display_id)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear(wait)


class _Formatter(DisplayFormatter):
    """Asks nothing but its repr of an object that is foreign to this process."""

    foreign: Callable[[Any], bool] | None = None

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        if self.foreign is None or not self.foreign(obj):
            return super().format(obj, include, exclude)  # type: ignore[no-untyped-call]
        try:
            return {"text/plain": str(repr(obj))}, {}
        except Exception as error:
            return {"text/plain": f"<{type(error).__name__} in __repr__>"}, {}


class Shell(InteractiveShell):
    """IPython's shell for one namespace, that of `__main__`."""

    compiler_class = Type(_Compiler)
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs: Outputs
    value: Any
    formatter: _Formatter
    compile: _Compiler
    hides_own_frames = False
    _only_compiles = False
    _used = False

    def init_display_formatter(self) -> None:
        self.display_formatter = self.formatter = _Formatter(parent=self)
        configurables: list[Any] = self.configurables
        configurables.append(self.formatter)

    def init_virtualenv(self) -> None:
        """The process has the right paths already."""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window."""

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing."""

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

    def keep(self, source: str) -> None:
        """Compile a cell now, for this process and its forks to run."""
        if source in self.compile.kept or "__future__" in source:
            return
        try:
            self.compile.keep(source, self.transform_cell(source))
        except SyntaxError:
            return
        self._only_compiles = True
        try:
            self.run(source)
        finally:
            self._only_compiles = False
            self.begin_anew()

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, value, trace = super()._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        if self.hides_own_frames and trace is not None:
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


def _no_input(*args: Any, **kwargs: Any) -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


WARMTH = """
from io import BytesIO as _file
import matplotlib.pyplot as _plt
_figure, _axes = _plt.subplots()
_axes.plot([1, 2], [3, 4], label="$x_0^2$")
_axes.legend()
_figure.savefig(_file(), format="png")
_plt.close("all")
[1, {"a": 2.0}]
"""


def warm() -> Shell:
    """Return this process's shell, made at the first call, with what cells commonly need in memory.

    After a fork each child has its own. Writes nothing outside a temporary folder, which is gone
    when it returns.
    """
    if Shell.initialized():
        return Shell.instance()
    config = Config()
    config.HistoryManager.enabled = False
    folder = tempfile.mkdtemp(prefix="gradelib_")
    try:
        shell = Shell.instance(config=config, ipython_dir=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    builtins.input = getpass.getpass = _no_input
    shell.outputs, shell.value = Outputs(), None
    with warnings.catch_warnings(), shell.speaking():
        warnings.simplefilter("ignore")
        _warm_matplotlib(shell)
        names = set(shell.user_ns)
        shell.run(WARMTH)
        shell.run("def _f(n):\n    return 1 / n\n_f(0)")
        shell.run("%%time\nimport numpy\nnumpy.ones(3) @ numpy.ones(3)")
    for name in set(shell.user_ns) - names:
        del shell.user_ns[name]
    shell.begin_anew()
    gc.collect()
    gc.freeze()
    return shell


def _warm_matplotlib(shell: Shell) -> None:
    """Figures are shown below their cell, as in a notebook."""
    import matplotlib

    matplotlib.use(INLINE)
    import matplotlib.pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(shell, INLINE)  # type: ignore[no-untyped-call]
