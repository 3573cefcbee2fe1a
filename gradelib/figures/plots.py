"""Curves and bars: `error_against_step`, `curves` and `bars`, each with generated alternative text.

Curves differ in colour, dashes and markers, and a legend names them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from gradelib.figures.picture import Picture, picture, subplots
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["bars", "curves", "error_against_step"]

LOOKS = (
    (STYLE.blue, "-", "o"),
    (STYLE.gradient, "--", "s"),
    (STYLE.value, ":", "^"),
    (STYLE.purple, "-.", "D"),
    (STYLE.ink, (0, (8, 2)), "v"),
    (STYLE.brown, (0, (3, 1, 1, 1, 1, 1)), "P"),
)
COLUMNS = 3  # of a legend


@drawing()
def error_against_step(
    h: ArrayLike,
    errors: Mapping[str, ArrayLike],
    *,
    marks: Mapping[str, float] | None = None,
    alt: str | None = None,
) -> Picture:
    """Draw errors against the step h, both on logarithmic axes: the U-curve.

    `h` has shape (K,), all above zero; each of `errors` has shape (K,).  An error of exactly zero
    has no place on a logarithmic axis and is drawn as a gap.  `marks` are vertical lines, such as
    `{"eps^(1/2)": 1.5e-8}`.  Raises ValueError for other shapes and for steps not above zero.
    """
    steps = np.asarray(h, dtype=float)
    if steps.ndim != 1 or not steps.size or not np.all(steps > 0):
        raise ValueError(
            f"h must be a list of positive steps and is {h!r}; try h = 10.0 ** -np.arange(1, 16)"
        )
    fig, ax = subplots(height=360)
    ax.set(xscale="log", yscale="log", xlabel="step h", ylabel="error")
    said = []
    for label, values, look in with_looks(errors):
        error = series(label, values, steps.shape)
        seen = np.where(error > 0, error, np.nan)
        ax.plot(steps, seen, label=label, **look)
        best = int(np.argmin(np.where(error > 0, error, np.inf)))
        least = f"the smallest error is {number(error[best])} at h = {number(steps[best])}"
        said.append(f"{label}: {least if error[best] > 0 else 'every error is 0'}")
    draw_marks(ax, marks)
    legend_above(ax)
    span = f"from {number(steps.min())} to {number(steps.max())}"
    words = f"Log-log plot of the error against the step h, {span}. {'; '.join(said)}."
    return picture(fig, alt or words + marks_in_words(marks))


@drawing()
def curves(
    values: Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    *,
    xlabel: str = "step",
    ylabel: str = "loss",
    log: bool = False,
    marks: Mapping[str, float] | None = None,
    alt: str | None = None,
) -> Picture:
    """Draw one curve for each entry of `values`, of shape (K,).

    `x` has shape (K,) too, or is left out for 0, 1, ... (then curves may differ in length).
    `log=True` makes the vertical axis logarithmic, `marks` are vertical lines by name.  Raises
    ValueError for other shapes.
    """
    at = None if x is None else np.asarray(x, dtype=float)
    fig, ax = subplots()
    said = []
    for label, given, look in with_looks(values):
        y = series(label, given, None if at is None else at.shape)
        every = max(1, y.size // 8)
        ax.plot(np.arange(y.size) if at is None else at, y, label=label, markevery=every, **look)
        said.append(f"{label} goes from {number(y[0])} to {number(y[-1])}")
    ax.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    draw_marks(ax, marks)
    legend_above(ax)
    words = f"Plot of {ylabel} against {xlabel}. {'; '.join(said)}."
    return picture(fig, alt or words + marks_in_words(marks))


@drawing()
def bars(
    heights: Mapping[str, float], *, xlabel: str, log: bool = False, alt: str | None = None
) -> Picture:
    """Draw a horizontal bar for each entry, with its number at the end; `xlabel` is the unit."""
    if not heights:
        raise ValueError("bars got nothing to draw; try bars({'backward': 1}, xlabel='passes')")
    fig, ax = subplots(height=70 + 36 * len(heights), width=560)
    places = np.arange(len(heights))
    drawn = ax.barh(places, list(heights.values()), height=0.62, color=STYLE.blue)
    ax.bar_label(drawn, [f"{value:,g}" for value in heights.values()], padding=px(5))
    ax.set_yticks(places, list(heights))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.grid(False)
    ax.set_xlabel(xlabel)
    ax.margins(x=0.14)
    if log:
        ax.set_xscale("log")
    parts = "; ".join(f"{label}: {value:,g}" for label, value in heights.items())
    return picture(fig, alt or f"Bars of {xlabel}. {parts}.")


def series(label: str, values: ArrayLike, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    """Return a curve as floats, once it has one dimension and the length of the others."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or not array.size or shape not in (None, array.shape):
        raise ValueError(
            f"{label!r} has shape {array.shape} and expected {shape or '(K,)'}, one number for "
            "each place on the horizontal axis; try np.array([error(step) for step in h])"
        )
    return array


def with_looks(
    values: Mapping[str, ArrayLike],
) -> Iterator[tuple[str, ArrayLike, dict[str, Any]]]:
    """Give each curve a colour, dashes and a marker.  Raises ValueError for none or too many."""
    if not 1 <= len(values) <= len(LOOKS):
        raise ValueError(
            f"got {len(values) or 'no'} curves and expected 1 to {len(LOOKS)}, which can be told "
            "apart; try {'train': losses}"
        )
    for (label, given), (colour, dashes, marker) in zip(values.items(), LOOKS, strict=False):
        yield label, given, {"color": colour, "linestyle": dashes, "marker": marker}


def draw_marks(ax: Axes, marks: Mapping[str, float] | None) -> None:
    """Draw vertical lines with their names along them."""
    for label, place in (marks or {}).items():
        ax.axvline(place, color=STYLE.quiet, linewidth=px(1.2), linestyle=(0, (2, 2)))
        ax.annotate(
            label,
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(px(4), -px(2)),
            textcoords="offset points",
            va="top",
            color=STYLE.quiet,
            size=px(12),
        )


def marks_in_words(marks: Mapping[str, float] | None) -> str:
    """Return the sentence about the vertical lines."""
    if not marks:
        return ""
    return " Vertical lines: " + ", ".join(f"{k} at {number(v)}" for k, v in marks.items()) + "."


def legend_above(ax: Axes) -> None:
    """Put the legend over the axes, where it hides no curve, to be read row by row."""
    handles, names = ax.get_legend_handles_labels()
    by_rows = [i for column in range(COLUMNS) for i in range(column, len(names), COLUMNS)]
    ax.legend(
        [handles[i] for i in by_rows], [names[i] for i in by_rows],
        loc="lower left", bbox_to_anchor=(0, 1), ncols=COLUMNS, borderaxespad=0.3, handlelength=3,
        borderpad=0.2,
    )  # fmt: skip
