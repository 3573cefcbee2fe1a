"""The README's picture: a wrong gradient as JupyterLab shows its report, in both themes.

    make picture

Writes wrong_gradient_light.png and wrong_gradient_dark.png beside this file.

CELL      what the student has written, and the check
report()  what the check says
FILES     the pictures by theme; each carries the words that it shows
"""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from browser.bench import EXPOSED, THEMES, Bench
from browser.served import TOKEN, browsing, serving
from PIL import Image, PngImagePlugin

from gradelib.figures.picture import compressed

HERE = Path(__file__).resolve().parent
CELL = """\
import numpy as np

import gradelib as gl


def loss_forward(scores, y):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(y)), y]).mean(), (p, y)


def loss_backward(dout, cache):
    p, y = cache
    dscores = p.copy()
    dscores[np.arange(len(y)), y - 1] -= 1
    return dout * dscores / len(y)


g = np.random.default_rng(3)
scores, y = g.normal(size=(6, 5)), g.integers(0, 5, size=6)
gl.check_backward(loss_forward, loss_backward, scores, y, names=("scores",))"""
FILES = {theme: HERE / f"wrong_gradient_{theme.split()[-1].lower()}.png" for theme in THEMES}
SAYS = "Says"  # the name of a PNG's text


def report() -> Any:
    """The check's report."""
    *steps, check = CELL.split("\n")
    names: dict[str, Any] = {}
    exec("\n".join(steps), names)
    return eval(check, names)


def with_words(png: bytes) -> bytes:
    """The picture as a small file, with the report's text in it."""
    words = PngImagePlugin.PngInfo()
    words.add_itxt(SAYS, str(report()))
    file = io.BytesIO()
    with Image.open(io.BytesIO(compressed(png))) as image:
        image.save(file, format="png", optimize=True, pnginfo=words)
    return file.getvalue()


def main() -> None:
    """Run the cell in JupyterLab and take a picture of its output in each theme."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "course"
        folder.mkdir()
        cell = nbformat.v4.new_code_cell(CELL, id="check")
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nb = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
        nbformat.write(nb, folder / "one.ipynb")
        with (
            serving(folder, Path(name) / "home", *EXPOSED) as address,
            browsing(Path(name) / "chromium", width=760, scale=2) as page,
        ):
            bench = Bench(page, address, "doc/tree/one.ipynb", TOKEN)
            bench.run("check")
            for theme, path in FILES.items():
                bench.theme(theme)
                bench.output.first.scroll_into_view_if_needed()
                shot = bench.output.first.screenshot(style=".Toastify { display: none }")
                path.write_bytes(with_words(shot))
                print(os.path.relpath(path), path.stat().st_size, "bytes")
            bench.close()


if __name__ == "__main__":
    main()
