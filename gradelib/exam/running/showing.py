"""The parts of IPython's shell through which a cell shows something, and is compiled.

Hook        the value of the last expression      Publisher   what display() shows
Formatter   from an object to its mimebundle      Compiler    from a text to code, some of it once
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.compilerop import CachingCompiler, code_name
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter


class Compiler(CachingCompiler):
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


class Hook(DisplayHook):
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


class Publisher(DisplayPublisher):
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


class Formatter(DisplayFormatter):
    """Asks nothing but its repr of an object that is foreign to this process."""

    foreign: Callable[[Any], bool] | None = None

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        if self.foreign is None or not self.foreign(obj):
            return super().format(obj, include, exclude)  # type: ignore[no-untyped-call]
        try:
            return {"text/plain": str(repr(obj))}, {}
        except Exception as error:
            return {"text/plain": f"<{type(error).__name__} in __repr__>"}, {}
