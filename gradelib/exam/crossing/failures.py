"""Exceptions that cross: of builtin types as themselves, others below the nearest builtin.

told(error)        what is said of an exception: its class, arguments, text and own lines
raised(...)        the exception again, with frames that name those lines
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import traceback
from types import CodeType, TracebackType
from typing import Any

from gradelib.exam.crossing import known
from gradelib.exam.crossing.handles import TEXT, is_handle

__all__ = ["raised", "told"]

MOST_TEXT = 4000  # characters of a message
MOST_FRAMES = 20
MOST_LINE = 200  # characters of one
MOST_LINES = 20_000  # of a file
MOST_FILES = 50
MOST_SOURCE = 2**20  # characters
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
LIBRARIES = (
    HERE,
    *(sysconfig.get_paths()[name] + os.sep for name in ("stdlib", "purelib", "platlib")),
)
# A hand-in cannot interrupt the examiner, nor close its generators.
TAMED = {KeyboardInterrupt: RuntimeError, GeneratorExit: RuntimeError, BaseException: Exception}
SIMPLE = (type(None), bool, int, float, complex, str)
_BUILTIN = frozenset(known.EXCEPTIONS.values())


def shortened(text: str, limit: int = MOST_TEXT) -> str:
    """A text of at most `limit` characters and a word that something is missing."""
    return text if len(text) <= limit else text[: limit - 5] + " ... "


def told(error: BaseException) -> tuple[Any, ...]:
    """Class, arguments, text, notes and frames of an exception that a student's code raised."""
    try:
        text = shortened(str(error))
    except BaseException:
        text = f"<{type(error).__name__}>"
    args = plain_args(error)
    notes = getattr(error, "__notes__", None)
    notes = notes if type(notes) is list else []
    said = tuple(shortened(note, 1000) for note in notes[:5] if type(note) is str)
    return type(error), args, text, said, _frames(error)


def plain_args(error: BaseException) -> tuple[Any, ...]:
    """An exception's arguments; those that are no plain numbers and texts as texts."""
    return tuple(_short(arg) for arg in BaseException.__getattribute__(error, "args")[:20])


def _short(value: Any) -> Any:
    if type(value) in SIMPLE:
        return shortened(value) if type(value) is str else value
    try:
        return shortened(repr(value))
    except BaseException:
        return f"<{type(value).__name__}>"


def _frames(error: BaseException) -> tuple[tuple[Any, ...], ...]:
    """File, line number, function and text of the student's own lines."""
    try:
        frames = [
            (f.filename, f.lineno or 1, f.name, f.line or "")
            for f in traceback.extract_tb(error.__traceback__)
            if not f.filename.startswith(LIBRARIES)
        ]
    except Exception:  # a traceback made by hand
        return ()
    if len(frames) > MOST_FRAMES:
        frames = frames[: MOST_FRAMES // 2] + frames[-MOST_FRAMES // 2 :]
    return tuple(
        (str(file)[-100:], line, str(name)[:100], str(text)[:MOST_LINE])
        for file, line, name, text in frames
    )


def raised(
    files: dict[str, str],
    kind: Any,
    args: Any,
    text: Any,
    notes: Any,
    frames: Any,
    whole: Any = None,
) -> Any:
    """The exception that was told of, ready to be raised; `whole` is its handle, if it has one."""
    args = args if type(args) is tuple else ()
    text = shortened(text) if type(text) is str else ""
    if issubclass(type(whole), Exception):
        if is_handle(whole):
            whole.args = args
            object.__setattr__(whole, TEXT, text)
        return whole.with_traceback(_traced(frames, files))
    known_kind = type(kind) is type and kind in _BUILTIN
    error = built(kind if known_kind else Exception, args, text)
    if type(notes) is tuple:
        for note in notes[:5]:
            if type(note) is str:
                error.add_note(shortened(note, 1000))
    return error.with_traceback(_traced(frames, files))


def built(kind: Any, args: tuple[Any, ...], text: str = "") -> BaseException:
    """An exception of a builtin type, with plain arguments."""
    args = tuple(arg if type(arg) in SIMPLE else "..." for arg in args[:20])
    if issubclass(kind, SyntaxError):
        args = args[:1]  # the others name a file, which would be opened to show a line of it
    if kind in TAMED:
        kind = type(kind.__name__, (TAMED[kind],), {"__module__": "builtins"})
    try:
        return kind(*args)  # type: ignore[no-any-return]
    except Exception:  # it wants other arguments
        return kind.__new__(kind, text)  # type: ignore[no-any-return]


def _traced(frames: Any, files: dict[str, str]) -> TracebackType | None:
    """A traceback of those lines. No file is opened for them, whatever a frame calls itself."""
    found: TracebackType | None = None
    if type(frames) is not tuple:
        return None
    for frame in reversed(frames[:MOST_FRAMES]):
        if type(frame) is not tuple or tuple(map(type, frame)) != (str, int, str, str):
            continue
        file, line, name, text = frame
        if not 1 <= line <= MOST_LINES or len(file) > 100:
            continue
        label = labelled(files, file)
        kept = linecache.cache.get(label)
        lines = list(kept[2]) if kept and len(kept) == 4 else []
        lines += ["\n"] * (line - len(lines))
        lines[line - 1] = text[:MOST_LINE].replace("\n", " ") + "\n"
        linecache.cache[label] = (1, None, lines, label)
        shown = _frame(label, line, name[:100])
        if shown is not None:
            found = TracebackType(found, shown.tb_frame, shown.tb_lasti, line)
    return found


def labelled(files: dict[str, str], file: Any) -> str:
    """What one of the student's files is called here."""
    if type(file) is not str or (file not in files and len(files) >= MOST_FILES):
        return "<hand-in>"
    return files.setdefault(file, f"<hand-in {len(files) + 1}>")


def source_told(code: Any) -> tuple[str, str]:
    """The file that a code object comes from, and its text."""
    file = str(code.co_filename)
    return file[-100:], "".join(linecache.getlines(file))[:MOST_SOURCE]


def source_label(files: dict[str, str], file: Any, text: Any) -> str:
    """What one of the student's files is called here; its text is where `inspect` looks for it."""
    label = labelled(files, file)
    if type(text) is str and len(text) <= MOST_SOURCE:
        lines = text.splitlines(keepends=True)
        linecache.cache[label] = (len(text), None, lines, label)
    return label


_RAISE = compile("raise ValueError", "<hand-in>", "exec")
_CODES: dict[tuple[str, int, str], CodeType] = {}


def _frame(label: str, line: int, name: str) -> TracebackType | None:
    """The traceback of a frame of that name, made by raising in one."""
    if len(_CODES) > 1000:
        _CODES.clear()
    code = _CODES.get((label, line, name))
    if code is None:
        code = _RAISE.replace(
            co_filename=label, co_firstlineno=line, co_name=name, co_qualname=name
        )
        _CODES[label, line, name] = code
    try:
        exec(code, {"__builtins__": {"ValueError": ValueError}})  # noqa: S102 - our own line
    except ValueError:
        found = sys.exc_info()[2]
        return found.tb_next if found else None
    return None
