"""How a check chose its step: `error_curve(report)`, the U-curve behind a verdict."""

from dataclasses import replace
from math import isfinite

import numpy as np
from matplotlib.axes import Axes

from gradelib.checks import Comparison, Report
from gradelib.checks.slopes.steps import Curve
from gradelib.figures.picture import Picture, picture, subplots
from gradelib.figures.plots import draw_marks, legend_above, with_looks
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["error_curve"]

NOTHING = 1e-17  # relative; what is smaller is drawn as this
MOST = 100.0  # relative; steps whose error is larger are not drawn


@drawing()
def error_curve(report: Report, *, name: str | None = None, alt: str | None = None) -> Picture:
    """Draw how far one gradient of a report is from its finite difference, for each step.

    The check moves an input along a random direction. Both axes are logarithmic: the step in
    units of the input's spread, and, relative to the size of the gradient along that direction, the
    difference between yours and the finite difference, the error that the finite difference
    may have by its own estimate, the step that was chosen, and the difference that still passes
    there. A right gradient is in a valley, between truncation at long steps and rounding at short
    ones; a wrong one stays on a plateau above the tolerance.

    `name` is the gradient, such as "dW"; without it, the first that did not pass, or else the
    first. Calls the forward pass again for the steps that the check did not need. Raises ValueError
    for a report without finite differences (values, not attempted, raised) and for another name.

    >>> import numpy as np
    >>> from gradelib import check_gradient
    >>> report = check_gradient(lambda x: np.sum(x**3), lambda x: 3 * x**2, np.array([1.0, 2.0]))
    >>> error_curve(report).alt.startswith("Log-log plot of the error of dx against the step")
    True
    """
    comparison, curve = _chosen(report, name)
    curve = _drawable(curve.every_step())
    steps, slopes, errors = np.array(curve.table).T
    apart, estimated = np.abs(slopes - curve.yours) / curve.size, errors / curve.size
    fig, ax = subplots(height=380)
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="step, in units of the input's spread",
        ylabel="relative to the gradient",
        ylim=(NOTHING / 3, 30 * MOST),
    )
    lines = {"yours minus finite difference": apart, "estimated error": estimated}
    for label, values, look in with_looks(lines):
        ax.plot(steps, np.maximum(values, NOTHING), label=label, **look)
    told = comparison.outcome != "inconclusive"
    draw_marks(ax, {"chosen step": curve.chosen})
    tolerance = curve.tolerance / curve.size
    _line(ax, max(tolerance, NOTHING), "passes below" if told else "not seen below")
    legend_above(ax)
    at = int(np.argmin(np.abs(np.log(steps / curve.chosen))))
    verdict = _verdict(comparison, apart[at] <= tolerance)
    ax.set_title(verdict, loc="left", size=px(13), pad=px(32))  # above the legend
    least = int(np.argmin(estimated))
    words = (
        f"Log-log plot of the error of {comparison.name} against the step, from "
        f"{number(steps.min())} to {number(steps.max())} of the input's spread. The chosen step is "
        f"{number(curve.chosen)}: there yours and the finite difference are {number(apart[at])} "
        f"apart, relative to the gradient, with an estimated error of {number(estimated[at])}; "
        f"{number(tolerance)} or less {'passes' if told else 'is not seen'}. The estimated error "
        f"is smallest, {number(estimated[least])}, at {number(steps[least])}. {verdict}."
    )
    return picture(fig, alt or words)


def _chosen(report: Report, name: str | None) -> tuple[Comparison, Curve]:
    if not isinstance(report, Report):
        kind = type(report).__name__
        raise TypeError(f"error_curve needs the report of a check; got a {kind}")
    drawn = [(c, c.curve) for c in report.comparisons if c.curve is not None]
    drawn = [found for found in drawn if found[1].table and isfinite(found[1].size)]
    if not drawn:
        raise ValueError(
            f"there is no error curve for {report.headline!r}: nothing was compared with finite "
            "differences; try a check of a gradient that returns numbers"
        )
    if name is None:
        return next((found for found in drawn if found[0].outcome != "passed"), drawn[0])
    for found in drawn:
        if found[0].name == name:
            return found
    have = ", ".join(c.name for c, _ in drawn)
    raise ValueError(f"the report has no error curve of {name!r}; it has {have}")


def _drawable(curve: Curve) -> Curve:
    """The curve without the steps that tell nothing, unless none is left."""
    said = [row for row in curve.table if row[2] <= MOST * curve.size or row[0] == curve.chosen]
    return replace(curve, table=tuple(said) or curve.table)


def _line(ax: Axes, tolerance: float, label: str) -> None:
    """Draw the tolerance, with its name along it."""
    ax.axhline(tolerance, color=STYLE.value, linewidth=px(1.6), linestyle=(0, (6, 2, 1, 2)))
    ax.annotate(
        label, (1, tolerance), xycoords=("axes fraction", "data"), xytext=(-px(2), px(4)),
        textcoords="offset points", ha="right", va="bottom", color=STYLE.value, size=px(12),
        bbox={"facecolor": STYLE.paper, "edgecolor": "none", "pad": 0.5, "alpha": 0.9},
    )  # fmt: skip


def _verdict(comparison: Comparison, near: bool) -> str:
    said = "not right"
    if comparison.outcome == "passed":
        said = "right"
    elif comparison.outcome == "inconclusive":
        said = "cannot be told"
    elif near:  # wrong on a kink, or in what it shares with another gradient
        said = "right along this line, and not elsewhere"
    return f"{comparison.name}: {said}"
