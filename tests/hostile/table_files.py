"""Hand-ins whose files are not what they should be; the answers in them are right."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from hostile.case import Case, files
from hostile.course import ASSIGNMENT, NOTEBOOK

FILE = f"{NOTEBOOK}.ipynb"
Write = Callable[[Path, bytes], object]


def as_bytes(change: Callable[[bytes], bytes]) -> Write:
    """The notebook's bytes changed."""
    return lambda folder, data: (folder / FILE).write_bytes(change(data))


def as_json(change: Callable[[dict], object]) -> Write:  # type: ignore[type-arg]
    """The notebook's JSON changed."""

    def write(folder: Path, data: bytes) -> None:
        nb = json.loads(data)
        found = change(nb)
        (folder / FILE).write_text(json.dumps(nb if found is None else found))

    return write


def beside(**texts: str) -> Write:
    """The notebook with other files; __ in a name stands for a dot, and ___ for a slash."""

    def write(folder: Path, data: bytes) -> None:
        (folder / FILE).write_bytes(data)
        for name, text in texts.items():
            path = folder / name.replace("___", "/").replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


def named(name: str) -> Write:
    """The notebook under another name."""
    return lambda folder, data: (folder / name).write_bytes(data)


def in_place(make: Callable[[Path], object]) -> Write:
    """Something else in the notebook's place."""
    return lambda folder, data: make(folder / FILE)


def old_format(nb: dict) -> dict:  # type: ignore[type-arg]
    """The notebook as nbformat 3 had it."""
    cells = []
    for cell in nb["cells"]:
        text = cell.pop("source")
        cell.pop("id", None)
        if cell["cell_type"] == "code":
            cell |= {"input": text, "language": "python", "prompt_number": 1}
            cell.pop("execution_count", None)
            cell["outputs"] = []
        else:
            cell["source"] = text
        cells.append(cell)
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def outputs(nb: dict) -> None:  # type: ignore[type-arg]
    """50 MB of outputs."""
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 10_000_000}
    nb["cells"][2]["outputs"] = [text] * 5


def deep(folder: Path, data: bytes) -> None:
    """Lists 100,000 deep in the metadata."""
    nb = data.replace(
        b'"metadata": {"kernelspec"',
        b'"metadata": {"deep": ' + b"[" * 100_000 + b"]" * 100_000 + b', "kernelspec"',
        1,
    )
    (folder / FILE).write_bytes(nb)


def many(folder: Path, data: bytes) -> None:
    """Three thousand other files."""
    (folder / FILE).write_bytes(data)
    for number in range(3000):
        (folder / f"file{number}.txt").write_text("x")


def large(folder: Path, data: bytes) -> None:
    """A file of 3 GB that takes no space."""
    (folder / FILE).write_bytes(data)
    with open(folder / "large.bin", "wb") as file:
        file.truncate(3 << 30)


def names(folder: Path, data: bytes) -> None:
    """File names that are hard on programs."""
    (folder / FILE).write_bytes(data)
    for name in (
        "a\nb.txt",
        "\u202egnp.txt",
        "x" * 250,
        "-rf",
        "$(touch hostile_mark_shell)",
        "a b",
        ";",
        "caf\u00e9.txt",
    ):
        (folder / name).write_text("x")
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "w"):
        pass


def climbing(folder: Path, data: bytes) -> None:
    """Links out of the folder, and one that leads back into it."""
    (folder / FILE).write_bytes(data)
    (folder / "above").symlink_to("../../..")
    (folder / "loop").symlink_to(".")
    (folder / "key").symlink_to("../../../.grading/secret")
    (folder / "solution.ipynb").symlink_to(f"../../../solutions/{ASSIGNMENT}/{FILE}")


def pipes(folder: Path, data: bytes) -> None:
    """A FIFO and a socket beside the notebook."""
    (folder / FILE).write_bytes(data)
    os.mkfifo(folder / "pipe.txt")


def linked(path: Path) -> None:
    """A link to the solution."""
    path.symlink_to(f"../../../solutions/{ASSIGNMENT}/{FILE}")


def whole_folder(folder: Path, data: bytes) -> None:
    """The hand-in's folder is a link to the solution's."""
    folder.rmdir()
    folder.symlink_to(f"../../solutions/{ASSIGNMENT}")


def private(path: Path) -> None:
    """A file that nobody may read."""
    path.write_text("{}")
    path.chmod(0)


FAKE = "def __getattr__(name):\n    return lambda *args, **kwargs: 10.0\n"
PATH = "import os, sys\nopen('/tmp/hostile_mark_site', 'w').close()\n"

CASES: list[Case] = [
    files("file-bom", "a byte order mark", as_bytes(lambda data: b"\xef\xbb\xbf" + data)),
    files("file-utf16", "UTF-16", as_bytes(lambda data: data.decode().encode("utf-16"))),
    files(
        "file-latin",
        "Latin-1",
        as_bytes(lambda data: data.replace(b"Because derivatives", b"caf\xe9")),
        score=0.0,
        graded=False,
    ),
    files(
        "file-nul",
        "zeros at the end",
        as_bytes(lambda data: data + b"\0" * 1000),
        score=0.0,
        graded=False,
    ),
    files("file-old", "nbformat 3", as_json(old_format)),
    files("file-future", "nbformat 99", as_json(lambda nb: nb.update(nbformat=99))),
    files("file-format-text", "nbformat is a text", as_json(lambda nb: nb.update(nbformat="4"))),
    files("file-no-format", "no nbformat", as_json(lambda nb: nb.pop("nbformat") and None)),
    files(
        "file-cells-object",
        "cells is no list",
        as_json(lambda nb: nb.update(cells={"a": 1})),
        score=0.0,
        graded=False,
    ),
    files(
        "file-cells-mixed",
        "cells of other kinds",
        as_json(lambda nb: nb["cells"].extend([None, 7, [], {}, {"cell_type": 3}])),
    ),
    files(
        "file-sources-lists",
        "sources as lists",
        as_json(
            lambda nb: (
                [c.update(source=c["source"].splitlines(keepends=True)) for c in nb["cells"]]
                and None
            )
        ),
    ),
    files(
        "file-sources-numbers",
        "written answer is a number",
        as_json(lambda nb: nb["cells"][-1].update(source=7)),
    ),
    files("file-outputs", "50 MB of outputs", as_json(outputs)),
    files("file-deep", "100,000 levels", deep, score=0.0, graded=False),
    files(
        "file-broken",
        "half a notebook",
        as_bytes(lambda data: data[: len(data) // 2]),
        score=0.0,
        graded=False,
    ),
    files("file-empty", "an empty file", as_bytes(lambda data: b""), score=0.0, graded=False),
    files(
        "file-binary",
        "no text at all",
        as_bytes(lambda data: bytes(range(256)) * 100),
        score=0.0,
        graded=False,
    ),
    files(
        "file-number",
        "JSON that is a number",
        as_bytes(lambda data: b"1" * 5000),
        score=0.0,
        graded=False,
    ),
    files(
        "file-html",
        "a page of a login form",
        as_bytes(lambda data: b"<html><form>"),
        score=0.0,
        graded=False,
    ),
    files("file-case", "another letter case", named("Tiny.IPYNB")),
    files("file-name", "another name", named("tiny (1) final.ipynb")),
    files("file-missing", "no notebook", named("tiny.txt"), score=0.0, graded=False),
    files("file-nothing", "an empty folder", lambda folder, data: None, score=0.0, graded=False),
    files("file-link", "a link to the solution", in_place(linked), score=0.0, graded=False),
    files(
        "file-link-nowhere",
        "a link to nothing",
        in_place(lambda path: path.symlink_to("/nowhere")),
        score=0.0,
        graded=False,
    ),
    files(
        "file-link-device",
        "a link to /dev/zero",
        in_place(lambda path: path.symlink_to("/dev/zero")),
        score=0.0,
        graded=False,
    ),
    files("file-fifo", "a FIFO in its place", in_place(os.mkfifo), score=0.0, graded=False),
    files("file-folder", "a folder in its place", in_place(Path.mkdir), score=0.0, graded=False),
    files(
        "file-folder-link",
        "the folder is a link to the solution's",
        whole_folder,
        score=0.0,
        graded=False,
    ),
    files(
        "file-private", "a file that nobody may read", in_place(private), score=0.0, graded=False
    ),
    files("files-many", "3,000 other files", many),
    files("files-large", "a file of 3 GB", large),
    files("files-names", "names that are hard on programs", names),
    files("files-links", "links out of the folder", climbing),
    files("files-fifo", "a FIFO beside the notebook", pipes),
    files(
        "shadow-gradelib",
        "gradelib.py",
        beside(gradelib__py=FAKE, gradelib___checks___init____py=FAKE),
    ),
    files(
        "shadow-numpy",
        "a folder numpy",
        beside(numpy_____init____py=FAKE, numpy___testing__py=FAKE),
    ),
    files(
        "shadow-standard",
        "json.py, struct.py, socket.py, random.py",
        beside(
            json__py=FAKE,
            struct__py=FAKE,
            socket__py=FAKE,
            random__py=FAKE,
            colorsys__py=FAKE,
            msgpack__py=FAKE,
        ),
    ),
    files(
        "shadow-site",
        "sitecustomize.py and usercustomize.py",
        beside(
            sitecustomize__py=PATH,
            usercustomize__py=PATH,
            x__pth="import os; open('/tmp/hostile_mark_pth', 'w')",
        ),
    ),
    files(
        "shadow-pytest",
        "conftest.py, pytest.ini",
        beside(conftest__py=PATH, pytest__ini="[pytest]\naddopts = --version", setup__cfg="x"),
    ),
    files(
        "shadow-config",
        "nbgrader_config.py, .ipython, .jupyter",
        beside(
            nbgrader_config__py="raise SystemExit('hostile_mark')",
            ___ipython="",
            jupyter_config__py=PATH,
        ),
    ),
    files(
        "shadow-compiled",
        "a compiled module and a cache",
        beside(_socket__so="x", __pycache_____gradelib__cpython_311__pyc="x"),
    ),
]
