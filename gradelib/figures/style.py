"""One look for every figure: `STYLE`, `DARK`, `drawing()`, `number()` and `symbol()`.

The colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with any
kind of colour vision tell apart.  Those used for text are darkened until their contrast on white is
at least 4.5:1 (WCAG 2.2, criterion 1.4.3).  A colour is never the only sign of anything.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.typing import ColorType

__all__ = ["DARK", "STYLE", "Style", "diverging", "drawing", "luminance", "number", "px", "symbol"]

CSS_PIXELS_PER_INCH = 96  # what browsers hold an inch to be; a point is 96 / 72 of them


@dataclass(frozen=True)
class Style:
    """Named colours.  Text and lines: the first group.  Areas only: the fills."""

    ink: str = "#1a1a1a"
    quiet: str = "#595959"  # constants, legends, axes
    value: str = "#00704f"  # forward: bluish green, darkened
    gradient: str = "#b34700"  # backward: vermilion, darkened
    blue: str = "#0072b2"
    purple: str = "#96497a"  # reddish purple, darkened
    brown: str = "#845600"  # orange, darkened
    fill: str = "#f2f2f2"
    fill_value: str = "#d5efe5"
    fill_gradient: str = "#fbe3d3"
    fill_blue: str = "#d6e9f5"
    fill_orange: str = "#fdebc2"
    rule: str = "#d0d0d0"  # grids and hairlines
    paper: str = "#ffffff"

    @property
    def text_colours(self) -> tuple[str, ...]:
        """The colours that are dark enough for text on white."""
        return (
            self.ink,
            self.quiet,
            self.value,
            self.gradient,
            self.blue,
            self.purple,
            self.brown,
        )


STYLE = Style()
DARK = Style(  # what can be shown on dark paper: not pictures, which carry their own, but widgets
    ink="#ededed",
    quiet="#b3b3b3",
    value="#4fd1a5",
    gradient="#ffa266",
    blue="#6cb8ee",
    purple="#e09cc8",
    brown="#e3b04f",
    fill="#2b2b2b",
    fill_value="#12392d",
    fill_gradient="#4a2a10",
    fill_blue="#173a52",
    fill_orange="#453511",
    rule="#4a4a4a",
    paper="#1c1c1c",
)


def px(pixels: float) -> float:
    """Convert CSS pixels to points, the unit of matplotlib's fonts and lines."""
    return pixels * 72 / CSS_PIXELS_PER_INCH


def luminance(colour: ColorType) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def diverging() -> LinearSegmentedColormap:
    """Return the colour map of signed numbers: blue below zero, white at zero, orange above."""
    return LinearSegmentedColormap.from_list(
        "signed",
        ["#00568a", "#0072b2", "#8cc3e3", "#ffffff", "#f5b383", "#d55e00", "#9c4200"],
        N=257,
    )


SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so a figure is the same everywhere
    "font.size": px(13),
    "font.weight": "normal",
    "mathtext.fontset": "dejavusans",
    "text.usetex": False,
    "text.color": STYLE.ink,
    "path.sketch": None,
    "figure.facecolor": STYLE.paper,
    "figure.dpi": CSS_PIXELS_PER_INCH,
    "axes.facecolor": STYLE.paper,
    "axes.edgecolor": STYLE.quiet,
    "axes.labelcolor": STYLE.ink,
    "axes.titlecolor": STYLE.ink,
    "axes.titlesize": px(14),
    "axes.titlelocation": "left",
    "axes.titlepad": px(10),
    "axes.labelsize": px(13),
    "axes.linewidth": px(1),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.prop_cycle": cycler(
        color=[STYLE.blue, STYLE.gradient, STYLE.value, STYLE.purple, STYLE.ink],
        linestyle=["-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)), "-"],
    ),
    "grid.color": STYLE.rule,
    "grid.linewidth": px(0.8),
    "grid.linestyle": "-",
    "grid.alpha": 1.0,
    "lines.linewidth": px(2.4),
    "lines.markersize": px(6),
    "xtick.color": STYLE.quiet,
    "ytick.color": STYLE.quiet,
    "xtick.labelcolor": STYLE.ink,
    "ytick.labelcolor": STYLE.ink,
    "xtick.labelsize": px(12),
    "ytick.labelsize": px(12),
    "legend.fontsize": px(12),
    "legend.frameon": False,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the house style inside the `with` block; the caller's settings come back after it."""
    settings: Any = SETTINGS  # matplotlib's type lists every key that there is
    with matplotlib.rc_context(settings):
        yield


def number(value: object, decimals: int = 2) -> str:
    """Write what stands beside a wire: a short number, a shape for an array, "?" for None.

    A number that has no more than `decimals` decimals is written as it is, others are rounded to
    them or to two digits.  Sizes below 0.001 and from a million on get an exponent.  Strings are
    left as they are.
    """
    if value is None:
        return "?"
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.ndim > 0:
        return str(array.shape)
    scalar = float(array)
    size = abs(scalar)
    if not np.isfinite(scalar):
        text = str(scalar)
    elif size >= 1e6 or 0 < size < 1e-3:
        text = re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{scalar:.1e}")
    elif abs(scalar - round(scalar, decimals)) <= 1e-12 * max(1.0, size):
        text = f"{round(scalar, decimals) + 0.0:.{decimals}f}".rstrip("0").rstrip(".")
    else:
        leading = max(0, -int(np.floor(np.log10(size))) - 1)
        text = f"{scalar:.{max(decimals, 2 + leading if leading else 0)}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def symbol(name: str) -> str:
    """Write a name as mathematics: `w0` and `w_0` get a subscript, `dW1` stays upright.

    >>> symbol("w0")
    '$w_{0}$'
    """
    if "$" in name:
        return name
    parts = re.fullmatch(r"([^\W\d_]+)_?(\w*)", name)
    if parts is None:
        return name
    stem, index = parts.groups()
    stem = stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    return f"${stem}_{{{index}}}$" if index else f"${stem}$"
