"""A notebook from bytes: what is read, what is refused and why, and at what cost."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from gradelib.exam.texts import notebook
from gradelib.exam.texts.notebook import UnreadableError, plain, read_notebook

PLAIN = nbformat.writes(new_notebook(cells=[new_code_cell("1", id="a")]))


def old(version: int) -> dict[str, Any]:
    """A notebook of format 2 or 3, with an output."""
    outputs = [{"output_type": "stream", "text": "hello"}]
    cells = [{"cell_type": "code", "input": "1", "outputs": outputs, "language": "python"}]
    names = {"nbformat": version, "nbformat_minor": 0, "metadata": {"name": "old"}}
    return {**names, "worksheets": [{"cells": cells}]}


def of(*cells: Any, **parts: Any) -> bytes:
    """A notebook's bytes, of format 4.5 unless `parts` say otherwise."""
    frame = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells)}
    return json.dumps({**frame, **parts}).encode()


def code(source: Any = "1", **parts: Any) -> dict[str, Any]:
    """A code cell as JSON."""
    start = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "id": "a"}
    return {**start, "execution_count": None, **parts}


READABLE = {
    "plain": PLAIN.encode(),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without its mark": PLAIN.encode("utf-16-be"),
    "UTF-32": PLAIN.encode("utf-32"),
    "nbformat 3": json.dumps(old(3)).encode(),
    "nbformat 2": json.dumps(old(2)).encode(),
    "nbformat 99": of(code(), nbformat=99),
    "no nbformat": json.dumps({"cells": [code()]}).encode(),
    "lines": of(code(["1"])),
    "no id": of({k: v for k, v in code().items() if k != "id"}),
    "an id that is none": of(code(id="\u202e x y")),
    "outputs that are no outputs": of(code(outputs=[7, {"a": [1]}], execution_count="many")),
    "no outputs at all": of({"cell_type": "code", "source": "1"}),
    "metadata that are none": of(code(metadata=3), metadata=[1]),
    "a second of each key": PLAIN.replace('"source"', '"source": "2", "source"').encode(),
    "outputs of bytes that are no text": PLAIN.replace('"outputs": []', '"outputs": ["@"]')
    .encode()
    .replace(b"@", b"\xff"),
    "a number too large for a float": of(code(), metadata={"a": 0.5}).replace(b"0.5", b"1e999"),
    "deep outputs": PLAIN.replace(
        '"outputs": []', '"outputs": [' + "[" * 5000 + "]" * 5000 + "]"
    ).encode(),
}

UNREADABLE = {
    "empty": (b" \n", "the file is empty"),
    "picture": (b"\x89PNG\r\n\x1a\n\xff", "the file is not text"),
    "half of UTF-16": (PLAIN.encode("utf-16")[:41], "the file is not text"),
    "cut off": (PLAIN.encode()[:40], r"broken JSON at line \d+ \("),
    "cut off in an output": (PLAIN.encode().split(b'"outputs": [')[0] + b'"outputs": [', "broken"),
    "list": (b"[1]", "JSON, but no notebook"),
    "other JSON": (b'{"a": 1}', "JSON, but no notebook"),
    "the future": (b'{"nbformat": 99, "cells": []}', "JSON, but no notebook"),
    "cells are no list": (of(cells=5), "JSON, but no notebook"),
    "a cell is no cell": (of(7), "JSON, but no notebook"),
    "old, and no notebook": (b'{"nbformat": 3, "worksheets": 7}', "JSON, but no notebook"),
    "deep": (b"[" * 100_000, "JSON nested too deeply"),
    "deep metadata": (
        of(code()).replace(
            b'"source"', b'"attachments": ' + b"[" * 5000 + b"]" * 5000 + b', "source"'
        ),
        "JSON nested too deeply",
    ),
    "a number of 5,000 digits": (
        of(code(), x=1).replace(b'"x": 1', b'"x": ' + b"1" * 5000),
        "JSON",
    ),
}


@pytest.mark.parametrize("data", READABLE.values(), ids=READABLE.keys())
def test_readable(data: bytes) -> None:
    """Encodings, old formats and untidy cells are read, into a valid notebook without outputs."""
    nb = read_notebook(data)
    assert [cell.source for cell in nb.cells] == ["1"]
    assert (nb.nbformat, nb.nbformat_minor) == (4, 5)
    assert nb.cells[0].outputs == []
    nbformat.validate(nb)
    json.dumps(nb, allow_nan=False)


@pytest.mark.parametrize(("data", "reason"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable(data: bytes, reason: str) -> None:
    """What is no notebook is refused with its reason in one line."""
    with pytest.raises(UnreadableError, match=reason) as caught:
        read_notebook(data)
    assert "\n" not in str(caught.value)


def test_equal_bytes_give_equal_notebooks() -> None:
    """Ids that are missing, invalid or taken are made from the cell's place, not at random."""
    cells = [code(id=name) for name in ("a", "a", 7, "cell-2", "no good", "x" * 65)]
    one, two = read_notebook(of(*cells)), read_notebook(of(*cells))
    assert one == two
    assert [cell.id for cell in one.cells] == [
        "a",
        "cell-2",
        "cell-3",
        "cell-4",
        "cell-5",
        "cell-6",
    ]
    nbformat.validate(one)


def test_notes_say_what_was_put_right() -> None:
    """A format that is not known, and what is no cell among cells, are noted."""
    notes: list[str] = []
    heading = {"cell_type": "heading", "source": "my answer"}
    nb = read_notebook(of(code(), 7, heading, code(["a", 1]), nbformat=99), notes)
    assert [(cell.cell_type, cell.source) for cell in nb.cells] == [
        ("code", "1"),
        ("raw", "my answer"),
    ]
    assert notes == [
        "the notebook says nbformat 99: read as 4",
        "cell number 2 of the file is no cell: left out",
        "cell number 3 of the file has the type 'heading': read as raw",
        "cell number 4 of the file is no cell: left out",
    ]


def test_only_what_counts_is_kept() -> None:
    """Tags, nbgrader's metadata and attachments stay, made tidy; other metadata do not."""
    meta = {
        "tags": ["a,b", "a b", "\ud83d", ""],
        "nbgrader": {"grade_id": "x\ud83d", "points": float("nan")},
        "collapsed": 1,
        "editable": False,
        "format": 7,
        "other": {"a": 1},
    }
    text = {"cell_type": "markdown", "source": "\ud83d", "id": "m", "metadata": []}
    picture = {"a.png": {"image/png": ["i", "VB"], "x": 3}, "b.png": 7}
    nb = read_notebook(of(code(metadata=meta), {**text, "attachments": picture}))
    assert nb.cells[0].metadata == {
        "tags": ["a b", "?"],
        "nbgrader": {"grade_id": "x?", "points": None},
        "editable": False,
    }
    assert nb.cells[1].source == "?"
    assert nb.cells[1].attachments == {"a.png": {"image/png": "iVB"}, "b.png": {}}
    nbformat.validate(nb)


@pytest.mark.parametrize(
    "output",
    [
        pytest.param({"output_type": "stream", "text": "y" * 50_000_000}, id="one long text"),
        pytest.param({"output_type": "stream", "text": ["a, [b] \n"] * 4_000_000}, id="lines"),
        pytest.param({"data": {"application/json": [0.5] * 10_000_000}}, id="numbers"),
        pytest.param({"text": "\U0001f600" + "é" * 24_000_000}, id="an emoji"),
    ],
)
def test_outputs_cost_their_own_size_and_no_more(output: Any) -> None:
    """50 MB of outputs are cut out with less than twice their size in memory."""
    data = json.dumps(
        {"cells": [code(outputs=[output, '"outputs": [']), code("2")]}, ensure_ascii=False
    ).encode()
    assert len(data) > 45_000_000
    tracemalloc.start()
    nb = read_notebook(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [cell.source for cell in nb.cells] == ["1", "2"]
    assert peak < len(data)


def test_error_in_a_large_file_names_its_line() -> None:
    """Where outputs were cut out, the line of broken JSON is that of the file."""
    lines = json.dumps({"cells": [code(outputs=["y" * 80] * 100_000), 0]}, indent=1)
    broken = lines.rstrip("}\n ]0") + "oops"
    assert len(broken) > notebook.SMALL
    with pytest.raises(UnreadableError, match=f"broken JSON at line {broken.count(chr(10)) + 1} "):
        read_notebook(broken.encode())


BOMBS = {
    "brackets": b"[" + b"[]," * 1_500_000,
    "brackets in outputs": b'{"cells":[{"outputs":[' + b"[]," * 1_500_000 + b"1]}]}",
    "deep in outputs": b'{"cells":[{"outputs":[' + b"[" * 4_000_000,
    "outputs that never end": b'{"outputs":[' * 300_000,
    "quotes": b'"' * 4_000_000,
    "backslashes": b'"' + b"\\" * 4_000_000,
    "cells": of(*[{"cell_type": "raw", "source": ""}] * 6_000),
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_are_refused(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON that would take much memory or time is refused before it does."""
    monkeypatch.setattr(notebook, "MAX_PARTS", notebook.MAX_PARTS // 20)
    monkeypatch.setattr(notebook, "MAX_OUTPUT_BRACKETS", notebook.MAX_OUTPUT_BRACKETS // 20)
    tracemalloc.start()
    with pytest.raises(UnreadableError, match=r"too many parts|broken JSON|more than 5,000 cells"):
        read_notebook(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond 200 MB the reason says what to do."""
    assert notebook.MAX_BYTES == 200_000_000
    monkeypatch.setattr(notebook, "MAX_BYTES", 1_000_000)
    with pytest.raises(UnreadableError, match="larger than 1 MB; clear outputs and save"):
        read_notebook(b" " * 1_000_001)


def test_plain_has_a_limit_of_depth() -> None:
    """What is nested deeper than other programs can follow is refused."""
    value: Any = []
    for _ in range(notebook.MAX_DEPTH):
        value = [value]
    assert plain(value) == value
    with pytest.raises(UnreadableError, match="too deeply"):
        plain([value])
