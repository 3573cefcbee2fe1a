"""A notebook from bytes, whatever they are.

read_notebook(data)   a tidy notebook of format 4.5, or UnreadableError with the reason
UnreadableError       why the bytes cannot be read as a notebook
plain(value)          JSON without what other programs choke on
role(cell)            what nbgrader keeps in a cell's metadata
one_line(error)       an exception as one line of text

Of a large file outputs are cut out before the JSON is read, so that 200 MB of them cost their own
size and no more.
"""

from __future__ import annotations

import codecs
import contextlib
import itertools
import json
import math
import re
import warnings
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

MAX_BYTES = 200_000_000
"""A larger file is not read."""

SMALL = 3_000_000
"""Bytes up to which any JSON may be read as a whole."""

MAX_PARTS = 1_000_000
"""How many values a notebook may have without its outputs; each may take 200 bytes of memory."""

MAX_OUTPUT_BRACKETS = 2_000_000
"""How many brackets all outputs may have; numbers, and brackets in text, do not count."""

MAX_CELLS = 5_000
MAX_DEPTH = 60
"""How deep metadata may be nested. nbformat and copy.deepcopy recurse several times for each."""

TEXT = rb'"(?:[^"\\]++|\\.)*+"'
TOKEN = re.compile(TEXT + rb"|[\[{,]", re.DOTALL)
BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + TEXT + rb")*+([\[\]{}])", re.DOTALL)
LIST = re.compile(rb"\s*:\s*\[")
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
TYPES = ("code", "markdown", "raw")
FLAGS = ("collapsed", "deletable", "editable")


class UnreadableError(Exception):
    """A file that cannot be read as a notebook. The message says why, in one line."""


def read_notebook(data: bytes, notes: list[str] | None = None) -> NotebookNode:
    """Return the notebook in `data` as nbformat 4.5, without outputs, every cell with an id.

    Formats 1 to 3 are upgraded. A cell's text, type, tags, nbgrader's metadata and attachments
    stay; other metadata are left out, and so is what is no cell. What was put right is added to
    `notes`, one line each. Raises UnreadableError, whose message says why in one line.
    """
    notes = [] if notes is None else notes
    content = _content(_utf8(data))
    if not isinstance(content, dict):
        raise UnreadableError("JSON, but no notebook")
    cells = _cells(content, notes)
    if len(cells) > MAX_CELLS:
        raise UnreadableError(f"more than {MAX_CELLS:,} cells")
    nb: NotebookNode = new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nb.nbformat_minor = 5
    ids: set[str] = set()
    for number, cell in enumerate(cells, 1):
        made = _cell(cell)
        if made is None:
            notes.append(f"cell number {number} of the file is no cell: left out")
            continue
        if cell["cell_type"] not in TYPES:
            what = plain(cell["cell_type"])[:20]
            notes.append(f"cell number {number} of the file has the type {what!r}: read as raw")
        made["id"] = _unused_id(cell.get("id"), len(nb.cells), ids)
        nb.cells.append(made)
    if cells and not nb.cells:
        raise UnreadableError("JSON, but no notebook (its cells are no cells)")
    return nb


def _content(data: bytes) -> Any:
    """The JSON value, from the whole of a small file or else without the outputs."""
    if len(data) <= SMALL:
        with contextlib.suppress(UnreadableError):
            return _json(data)
    return _json(_without_outputs(data))


def _utf8(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise UnreadableError(f"larger than {MAX_BYTES // 1_000_000} MB; clear outputs and save")
    if not data.strip():
        raise UnreadableError("the file is empty")
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        return data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode(encoding).encode()
    except UnicodeError:
        raise UnreadableError("the file is not text") from None


def _without_outputs(data: bytes) -> bytes:
    """The JSON text with every list of outputs emptied; its line breaks stay for error messages.

    Raises UnreadableError where the text would take too much memory as objects.
    """
    kept, begin, parts = [], 0, 0
    brackets = iter(range(MAX_OUTPUT_BRACKETS))
    cut: tuple[int, int] | None = (0, 0)
    while cut:
        cut = None
        for match in TOKEN.finditer(data, begin):
            parts += 1
            if parts > MAX_PARTS:
                raise UnreadableError("JSON of too many parts")
            if match.group() == b'"outputs"' and (found := LIST.match(data, match.end())):
                cut = found.end(), _end(data, found.end(), brackets)
                break
        if cut:
            start, end = cut
            kept += [data[begin:start], b"\n" * data.count(b"\n", start, end)]
            begin = end
    return b"".join([*kept, data[begin:]])


def _end(data: bytes, start: int, brackets: Iterator[int]) -> int:
    """Where the list closes whose first value starts at `start`; the text's end if it does not."""
    depth, place = 1, start
    for _ in brackets:
        match = BRACKET.match(data, place)
        if not match:
            return len(data)
        depth += 1 if match[1] in b"[{" else -1
        place = match.end()
        if depth == 0:
            return place - 1
    raise UnreadableError("JSON of too many parts; clear outputs and save")


def _json(data: bytes) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnreadableError("the file is not text") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(f"broken JSON at line {error.lineno} ({error.msg})") from None
    except RecursionError:
        raise UnreadableError("JSON nested too deeply") from None
    except Exception as error:  # a number of 5,000 digits, for one
        raise UnreadableError(f"JSON, but no notebook ({one_line(error, 80)})") from None


def _cells(content: dict[str, Any], notes: list[str]) -> list[Any]:
    """The list of cells, of an old format after its upgrade."""
    version = content.get("nbformat")
    if not isinstance(content.get("cells"), list) and version in (1, 2, 3):
        content = _upgraded(content)
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise UnreadableError("JSON, but no notebook (no list of cells)")
    if version != 4:
        if not cells:
            raise UnreadableError(f"JSON, but no notebook (nbformat {str(version)[:20]!r})")
        if version not in (1, 2, 3):
            notes.append(f"the notebook says nbformat {str(version)[:20]}: read as 4")
    return cells


def _upgraded(content: dict[str, Any]) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            old = nbformat.from_dict(plain(content))
            return dict(nbformat.convert(old, 4))
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"JSON, but no notebook ({one_line(error, 80)})") from None


def _cell(cell: Any) -> NotebookNode | None:
    """A new cell with what counts of the old one; None where that is no cell."""
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    made = NotebookNode(
        cell_type=cell["cell_type"] if cell["cell_type"] in TYPES else "raw",
        metadata=nbformat.from_dict(_metadata(cell.get("metadata"))),
        source=plain(source),
    )
    attached = cell.get("attachments")
    if made.cell_type == "code":
        made |= {"execution_count": None, "outputs": []}
    elif isinstance(attached, dict) and attached:
        made["attachments"] = nbformat.from_dict(
            {plain(name): _bundle(data) for name, data in attached.items()}
        )
    return made


def _metadata(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        return {}
    kept: dict[str, Any] = {name: found[name] for name in FLAGS if type(found.get(name)) is bool}
    tags = found.get("tags")
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        tidy = dict.fromkeys(plain(tag).replace(",", " ") for tag in tags if tag)
        kept["tags"] = list(tidy)
    if isinstance(found.get("nbgrader"), dict):
        kept["nbgrader"] = plain(found["nbgrader"])
    return kept


def _bundle(data: Any) -> dict[str, str]:
    """An attachment: its text by type."""
    if not isinstance(data, dict):
        return {}
    texts = {
        kind: "".join(text) if isinstance(text, list) and all(map(_is_text, text)) else text
        for kind, text in data.items()
    }
    return {plain(kind): plain(text) for kind, text in texts.items() if _is_text(text)}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _unused_id(found: Any, index: int, ids: set[str]) -> str:
    """The cell's id if it is valid and its own, else one from its place: equal bytes, equal ids."""
    name = found if isinstance(found, str) and ID.fullmatch(found) else ""
    for again in itertools.count():
        if name and name not in ids:
            break
        name = f"cell-{index + 1}" + (f"-{again}" if again else "")
    ids.add(name)
    return name


def plain(value: Any, depth: int = 0) -> Any:
    """A copy of a JSON value that every program can read.

    Half an emoji becomes a question mark, a number that is not finite null. Raises UnreadableError
    where it is nested deeper than MAX_DEPTH.
    """
    if depth > MAX_DEPTH:
        raise UnreadableError("JSON nested too deeply")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {plain(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def role(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader keeps in a cell's metadata; an empty dict where it keeps nothing."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def one_line(error: BaseException, width: int = 160) -> str:
    """An exception as one line of text: its type and the first line of its message.

    A student's exception may fail to say anything; then it is its type.
    """
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    text = type(error).__name__ + (f": {lines[0]}" if lines else "")
    return text if len(text) <= width else text[: width - 1] + "…"
