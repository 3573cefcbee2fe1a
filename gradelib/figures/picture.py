"""A picture with alternative text: `Picture`, `picture(fig, alt)` and `subplots(...)`.

JupyterLab's untrusted notebooks keep `<img alt src="data:...">` and drop inline SVG, `<style>` and
`aria-*`, so a picture is a PNG in an `<img>`.  It carries its own white paper and is therefore
readable in the dark theme too, and has two pixels for each CSS pixel.
"""

import base64
import io
import struct
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from gradelib.figures.style import CSS_PIXELS_PER_INCH, STYLE, drawing, px

__all__ = ["Picture", "picture", "subplots"]

SCALE = 2  # pixels per CSS pixel, for screens of high density
MARGIN = 12  # CSS pixels of paper around the drawing
UNSEEN = 8  # of 255, the largest error of a colour
ROUNDED = "border-radius: 6px"  # one of the few properties that untrusted notebooks keep


@dataclass(frozen=True)
class Picture:
    """A PNG and its alternative text; the last line of a cell shows it.

    `png` is the file's bytes, `alt` says in words what is seen, `width` is in CSS pixels.
    """

    png: bytes = field(repr=False)
    alt: str
    width: int

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        source = base64.b64encode(self.png).decode("ascii")
        alt = escape(self.alt, quote=True)
        return {
            "text/html": (
                f'<img alt="{alt}" src="data:image/png;base64,{source}" '
                f'width="{self.width}" style="{ROUNDED}">'
            ),
            "text/plain": self.alt,
        }


def blank(width: float, height: float, **options: Any) -> Figure:
    """Return an empty figure of a size in CSS pixels, which pyplot does not know of."""
    figure = Figure((width / CSS_PIXELS_PER_INCH, height / CSS_PIXELS_PER_INCH), **options)
    FigureCanvasAgg(figure)
    return figure


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure to draw on in CSS pixels from its upper left corner."""
    figure = blank(width, height)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return figure, axes


def subplots(
    rows: int = 1, columns: int = 1, *, width: float = 620, height: float = 340, **options: Any
) -> tuple[Figure, Any]:
    """Return a figure and its axes in the house style, like `plt.subplots`.

    `width` and `height` are in CSS pixels.  The figure is unknown to pyplot, so it is shown only
    where `picture(fig, alt)` puts it.  Lines drawn on the axes differ in colour and in dashes.
    """
    with drawing():
        figure = blank(width, height, layout="constrained")
        return figure, figure.subplots(rows, columns, **options)


def picture(fig: Figure, alt: str) -> Picture:
    """Render a matplotlib figure once, as a `Picture`, and close it in pyplot.

    Raises TypeError when `fig` is no figure and ValueError when `alt` says nothing.
    """
    if not isinstance(fig, Figure):
        raise TypeError(
            f"picture(fig, alt) expects a matplotlib Figure and got {type(fig).__name__}; "
            "give it the first of `fig, ax = plt.subplots()`"
        )
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"picture(fig, alt) expects a text and got alt={alt!r}; "
            "say in a sentence or two what the picture shows, for people who cannot see it"
        )
    with drawing():
        png = render(fig)
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:  # not imported here: that would choose a backend for the user
        pyplot.close(fig)
    (pixels,) = struct.unpack(">I", png[16:20])  # the width in the PNG's header
    plain = " ".join(alt.split()).replace("\N{MINUS SIGN}", "-")
    return Picture(png, plain, round(pixels / SCALE))


def render(fig: Figure) -> bytes:
    """Return the figure as PNG bytes, on opaque paper, cut to what is drawn."""
    paper = fig.get_facecolor() if to_rgba(fig.get_facecolor())[3] == 1 else STYLE.paper
    file = io.BytesIO()
    fig.savefig(
        file,
        format="png",
        dpi=SCALE * CSS_PIXELS_PER_INCH,
        facecolor=paper,
        edgecolor="none",
        bbox_inches="tight",
        pad_inches=px(MARGIN) / 72,
        transparent=False,
        pil_kwargs={"compress_level": 1},  # compressed below
    )
    return compressed(file.getvalue())


def compressed(png: bytes) -> bytes:
    """Compress a picture, to a palette and a third of the size where nobody sees the difference."""
    with Image.open(io.BytesIO(png)) as image:
        full = image.convert("RGB")
    small = full.quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    strayed = np.asarray(ImageChops.difference(full, small.convert("RGB")))
    file = io.BytesIO()
    (full if strayed.max() > UNSEEN else small).save(file, format="png", optimize=True)
    return file.getvalue()
