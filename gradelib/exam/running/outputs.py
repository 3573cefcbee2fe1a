"""What a cell puts out, as nbformat's outputs, within a limit.

Outputs          collects one cell's outputs; what is over the limit is cut
Stream           a file for sys.stdout or sys.stderr that writes into the Outputs of the moment
cleaned(found)   outputs that came from a student's process, made valid whatever they are
scrubbed(text)   a text without the addresses of objects, which differ from run to run
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

LIMIT = 2_000_000
"""Characters that one cell may put out; an endless loop that prints would fill the memory."""

ERROR_LIMIT = 20_000
"""Characters kept of each part of an error, and of a result that came after too much output."""

MOST = 1_000
"""Outputs that one cell may have."""

ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")
MIME = re.compile(r"[a-zA-Z0-9!#$&^_.+-]{1,64}/[a-zA-Z0-9!#$&^_.+-]{1,64}")
PICTURE = "image/"

Output = dict[str, Any]


class Outputs:
    """The outputs of one cell; `cut` says whether something was left out."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.used = 0
        self.cut = False
        self._found: list[Output] = []
        self._text: list[str] = []
        self._shown: dict[str, list[Output]] = {}
        self._clear = False

    def stream(self, name: str, text: str) -> None:
        """Text for stdout or stderr."""
        self._make_room()
        if not text:
            return
        if len(text) > self.limit - self.used:
            text, self.cut = text[: max(0, self.limit - self.used)], True
            if not text:
                return
        self.used += len(text)
        last = self._found[-1] if self._found else None
        if last is None or last["output_type"] != "stream" or last["name"] != name:
            if not self._room():
                return
            self._close_stream()
            self._found.append({"output_type": "stream", "name": name, "text": ""})
        self._text.append(text)

    def display(self, data: Any, metadata: Any, display_id: Any = None) -> None:
        """Something shown by display()."""
        self._make_room()
        output = {"output_type": "display_data", "data": dict(data), "metadata": dict(metadata)}
        if self._spent(data) and self._add(output) and isinstance(display_id, str):
            self._shown.setdefault(display_id, []).append(output)

    def update(self, data: Any, metadata: Any, display_id: Any) -> None:
        """Something in place of what this cell showed earlier under this display_id."""
        if self._spent(data):
            for output in self._shown.get(display_id, []):
                output["data"], output["metadata"] = dict(data), dict(metadata)

    def result(self, data: Any, metadata: Any, count: int) -> None:
        """The value of the cell's last expression."""
        self._make_room()
        if not self._spent(data):
            data = {"text/plain": str(data.get("text/plain", ""))[:ERROR_LIMIT]}
        self._add(
            {
                "output_type": "execute_result",
                "data": dict(data),
                "metadata": dict(metadata),
                "execution_count": count,
            },
            always=True,
        )

    def error(self, name: str, text: str, traceback: Iterable[str]) -> None:
        """An exception that ended the cell."""
        self._make_room()
        lines = [str(line)[:ERROR_LIMIT] for line in list(traceback)[:200]]
        output = {"output_type": "error", "ename": str(name)[:200], "traceback": lines}
        self._add({**output, "evalue": str(text)[:ERROR_LIMIT]}, always=True)

    def clear(self, wait: bool = False) -> None:
        """Forget what was put out so far, at once or when the next comes."""
        self._clear = True
        if not wait:
            self._make_room()

    def take(self) -> list[Output]:
        """The outputs, in order."""
        self._close_stream()
        return self._found

    def _make_room(self) -> None:
        if self._clear:
            self._found, self._text, self._shown, self._clear = [], [], {}, False

    def _close_stream(self) -> None:
        if self._text:
            self._found[-1]["text"] = "".join(self._text)
            self._text = []

    def _room(self) -> bool:
        self.cut |= len(self._found) >= MOST
        return len(self._found) < MOST

    def _add(self, output: Output, always: bool = False) -> bool:
        if not self._room() and not always:
            return False
        self._close_stream()
        self._found.append(output)
        return True

    def _spent(self, data: Any) -> bool:
        size = sum(len(part) if isinstance(part, str) else len(str(part)) for part in data.values())
        if size > self.limit - self.used:
            self.cut = True
            return False
        self.used += size
        return True


class Stream(io.TextIOBase):
    """A text file that writes into the Outputs that `where` gives at the moment."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, where: Callable[[], Outputs]) -> None:
        super().__init__()
        self.name = f"<{name}>"
        self._stream = name
        self._where = where

    def write(self, text: str) -> int:
        """Take in a text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._where().stream(self._stream, text)
        return len(text)

    def writable(self) -> bool:
        """It is."""
        return True


def scrubbed(text: str) -> str:
    """The text with 0x7f... in place of an address."""
    return ADDRESS.sub("0x...", text) if " at 0x" in text else text


def cleaned(found: Any, limit: int = LIMIT) -> tuple[list[Output], bool]:
    """Return outputs as nbformat wants them, and whether something was cut or dropped.

    `found` came from a process that the student's code can have rewritten: anything may be in it.
    """
    outputs = Outputs(limit)
    if not isinstance(found, list):
        return [], True
    for output in found:
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            outputs.stream(name, _text(output.get("text")))
        elif kind == "display_data":
            outputs.display(_bundle(output.get("data")), _metadata(output.get("metadata")))
        elif kind == "execute_result":
            count = output.get("execution_count")
            outputs.result(
                _bundle(output.get("data")),
                _metadata(output.get("metadata")),
                count if type(count) is int and 0 <= count < 10**6 else 0,
            )
        elif kind == "error":
            lines = output.get("traceback")
            lines = [_text(line) for line in lines] if isinstance(lines, list) else []
            outputs.error(_text(output.get("ename")), _text(output.get("evalue")), lines)
        else:
            outputs.cut = True
    return outputs.take(), outputs.cut


def _text(value: Any) -> str:
    """A text that UTF-8 can hold, without addresses."""
    if not isinstance(value, str):
        return ""
    return scrubbed(value.encode("utf-8", "replace").decode("utf-8"))


def _bundle(data: Any) -> dict[str, Any]:
    """The parts of a mimebundle that are text, or JSON where that is allowed."""
    if not isinstance(data, dict):
        return {}
    bundle: dict[str, Any] = {}
    for mime, part in data.items():
        if not isinstance(mime, str) or not MIME.fullmatch(mime):
            continue
        if isinstance(part, str):
            bundle[mime] = _picture(part) if mime.startswith(PICTURE) else _text(part)
        elif mime.startswith("application/") and mime.endswith("json"):
            bundle[mime] = _json(part)
    return bundle


def _picture(part: str) -> str:
    return part if part.isascii() else _text(part)


def _metadata(value: Any) -> dict[str, Any]:
    found = _json(value)
    return found if isinstance(found, dict) else {}


def _json(value: Any) -> Any:
    """Plain JSON; null where it is none, or too deep."""
    try:
        text = json.dumps(value, allow_nan=False).encode("utf-8", "replace").decode()
        return json.loads(scrubbed(text))
    except (TypeError, ValueError, RecursionError):
        return None
