"""Gradient size by depth: `gradient_by_depth(sizes)`, how an error signal fares on its way back.

A line for each net, from its last layer to its first, on a logarithmic axis.  Two zones say where a
signal has all but vanished and where it has exploded.
"""

from collections.abc import Mapping
from math import isfinite

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy
from numpy.typing import ArrayLike, NDArray

from gradelib.figures.picture import Picture, picture, subplots
from gradelib.figures.plots import legend_above, series, with_looks
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["gradient_by_depth"]

FADED = 1e-3  # of the last layer's size; one over it counts as exploded
LOWEST, HIGHEST = 1e-30, 1e30  # what lies beyond is drawn here
ROOM = 30.0  # times the largest and the smallest size, above and below them


@drawing()
def gradient_by_depth(
    sizes: Mapping[str, ArrayLike], *, unit: str = "layer", alt: str | None = None
) -> Picture:
    """Draw the size of the error signal in each layer, relative to the last layer's.

    Each of `sizes` has shape (L,), one number for each layer from the first to the last, none
    below zero; nets may differ in depth.  The signal travels from right to left, and the legend
    says by what factor it changes from one layer to the one before, as the geometric mean.  A size
    of zero, and one that is not finite, is drawn at the edge with a marker of its own.  `unit` is
    what is counted: layers, or the steps of a recurrent net.  Raises ValueError for other shapes,
    for a size below zero, for a single layer, and where the last layer's size is zero or not
    finite.

    >>> gradient_by_depth({"sigmoid": [0.01, 0.1, 1.0]}).alt.split(". ")[1]
    'sigmoid: from layer 3 back to layer 1 the size is multiplied by 0.01, 0.1 for each layer.'
    """
    fig, ax = subplots(height=380)
    shares = {label: _shares(label, values, unit) for label, values in sizes.items()}
    deepest = max((len(share) for share in shares.values()), default=2)
    low, high = _reach(shares)
    said = []
    for label, values, look in with_looks(shares):
        share = np.asarray(values)
        at = np.arange(1, share.size + 1)
        seen = np.clip(np.nan_to_num(share, nan=np.inf), low, high)
        every = max(1, share.size // 8)
        factor = _factor(share)
        ax.plot(at, seen, label=f"{label}  {_times(factor)}", markevery=every, **look)
        _draw_lost(ax, at, share, seen, str(look["color"]))
        said.append(_in_words(label, share, factor, unit))
    ax.set(
        yscale="log",
        xlabel=f"{unit}, from first to last",
        ylabel="size of the signal, last = 1",
        xlim=(1 - 0.02 * deepest, deepest * 1.02),
        ylim=(low, high),
    )
    ax.xaxis.get_major_locator().set_params(integer=True)
    _draw_zones(ax, low, high)
    _draw_arrow(ax)
    legend_above(ax)
    words = (
        f"Plot of the size of the error signal by {unit}, relative to the last one, on a "
        f"logarithmic axis. {'; '.join(said)}."
    )
    return picture(fig, alt or words)


def _shares(label: str, values: ArrayLike, unit: str) -> NDArray[np.float64]:
    """Return the sizes, divided by the last one."""
    found = series(label, values, None)
    if found.size < 2 or np.any(found < 0):
        raise ValueError(
            f"{label!r} is {found.tolist()!r:.60}; expected the sizes of two or more {unit}s, none "
            "below zero, such as np.sqrt(np.mean(dz**2)) for each"
        )
    if not (isfinite(found[-1]) and found[-1] > 0):
        raise ValueError(
            f"{label!r} begins its way back with the size {found[-1]}; expected a finite number "
            "above zero for the last one, so look at the loss first"
        )
    return np.asarray(found / found[-1])


def _reach(shares: Mapping[str, NDArray[np.float64]]) -> tuple[float, float]:
    """Return the ends of the vertical axis: all sizes, and a part of at least one zone."""
    every = np.concatenate([*shares.values(), np.ones(1)])
    seen = every[np.isfinite(every) & (every > 0)]
    low, high = seen.min() / ROOM, seen.max() * ROOM
    if np.any(every == 0):
        low = min(low, FADED / ROOM)
    if not np.all(np.isfinite(every)):
        high = max(high, ROOM / FADED)
    return float(max(low, LOWEST)), float(min(high, HIGHEST))


def _factor(share: NDArray[np.float64]) -> float:
    """Return the geometric mean of the factors on the way back; 0, inf or nan where it is lost."""
    if not np.all(np.isfinite(share)):
        return float("inf")
    return float(share[0] ** (1 / (share.size - 1)))


def _brief(value: float, digits: int = 2) -> str:
    return number(float(f"{value:.{digits}g}"))


def _times(factor: float) -> str:
    return f"× {_brief(factor, 3)}" if isfinite(factor) else "overflows"


def _in_words(label: str, share: NDArray[np.float64], factor: float, unit: str) -> str:
    """Say what becomes of one signal."""
    way = f"{label}: from {unit} {share.size} back to {unit} 1 the size"
    if not isfinite(factor):
        return f"{way} becomes too large for a number"
    if share[0] == 0:
        place = int(np.flatnonzero(share == 0)[-1]) + 1
        return f"{way} falls to zero, in {unit} {place}"
    return f"{way} is multiplied by {_brief(share[0])}, {_brief(factor, 3)} for each {unit}"


def _draw_lost(
    ax: Axes,
    at: NDArray[np.int64],
    share: NDArray[np.float64],
    seen: NDArray[np.float64],
    colour: str,
) -> None:
    """Mark the first size on the way back that is zero, or no finite number."""
    for lost, word, below in ((share == 0, "0", True), (~np.isfinite(share), "overflow", False)):
        if np.any(lost):
            place = int(np.flatnonzero(lost)[-1])
            ax.plot(at[place], seen[place], "X", color=colour, markersize=px(11), clip_on=False)
            ax.annotate(
                word,
                (at[place], seen[place]),
                (px(8), px(12)) if below else (px(12), 0),
                textcoords="offset points",
                va="center",
                color=colour,
                size=px(12),
            )


def _draw_zones(ax: Axes, low: float, high: float) -> None:
    """Tint where a signal has vanished or exploded, as far as the axis shows it."""
    for start, end, colour, word in (
        (low, FADED, STYLE.fill_blue, "vanished"),
        (1 / FADED, high, STYLE.fill_orange, "exploded"),
    ):
        if start < end:
            ax.axhspan(start, end, color=colour, alpha=0.55, linewidth=0, zorder=0)
            edge = FADED if word == "vanished" else 1 / FADED
            ax.annotate(
                word,
                (1, edge),
                xycoords=("axes fraction", "data"),
                xytext=(-px(6), -px(4) if word == "vanished" else px(4)),
                textcoords="offset points",
                ha="right",
                va="top" if word == "vanished" else "bottom",
                color=STYLE.quiet,
                size=px(12),
            )


def _draw_arrow(ax: Axes) -> None:
    """Say which way the signal travels, beside the name of the axis."""
    ax.annotate(
        "the way back",
        (1, 0),
        (0, -px(32)),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        color=STYLE.gradient,
        size=px(12),
    )
    tip, tail = (
        offset_copy(ax.transAxes, ax.figure.figure, x, -px(32), units="points")
        for x in (-px(150), -px(92))
    )
    ax.annotate(
        "",
        (1, 0),
        (1, 0),
        xycoords=tip,
        textcoords=tail,
        arrowprops={"arrowstyle": "-|>", "color": STYLE.gradient, "linewidth": px(1.6)},
    )
