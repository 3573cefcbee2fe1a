"""How a check chose its step: `error_curve(report)`, the U-curve behind a verdict."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gradelib.checks import Comparison, Report
from gradelib.checks.steps import Curve
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
    apart = np.maximum(np.abs(slopes - curve.yours) / curve.size, NOTHING)
    estimated = np.maximum(errors / curve.size, NOTHING)
    tolerance = curve.tolerance / curve.size
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
        ax.plot(steps, values, label=label, **look)
    _mark(ax, curve.chosen, tolerance)
    legend_above(ax)
    ax.set_title(_verdict(comparison), loc="right", size=px(13))
    return picture(fig, alt or _words(comparison, curve, apart, estimated, tolerance))


def _chosen(report: Report, name: str | None) -> tuple[Comparison, Curve]:
    if not isinstance(report, Report):
        kind = type(report).__name__
        raise TypeError(f"error_curve needs the report of a check; got a {kind}")
    drawn = [(c, c.curve) for c in report.comparisons if c.curve is not None and c.curve.table]
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


def _mark(ax: Axes, chosen: float, tolerance: float) -> None:
    """Draw the chosen step and the tolerance, with their names along them."""
    draw_marks(ax, {"chosen step": chosen})
    ax.axhline(tolerance, color=STYLE.value, linewidth=px(1.6), linestyle=(0, (6, 2, 1, 2)))
    ax.annotate(
        "passes below", (1, tolerance), xycoords=("axes fraction", "data"),
        xytext=(-px(2), px(3)), textcoords="offset points", ha="right", va="bottom",
        color=STYLE.value, size=px(12),
    )  # fmt: skip


def _verdict(comparison: Comparison) -> str:
    said = {"passed": "right", "inconclusive": "cannot be told"}
    return f"{comparison.name}: {said.get(comparison.outcome, 'not right')}"


def _words(
    comparison: Comparison,
    curve: Curve,
    apart: NDArray[np.float64],
    estimated: NDArray[np.float64],
    tolerance: float,
) -> str:
    steps = np.array([step for step, _, _ in curve.table])
    at = int(np.argmin(np.abs(np.log(steps / curve.chosen))))
    least = int(np.argmin(estimated))
    return (
        f"Log-log plot of the error of {comparison.name} against the step, from "
        f"{number(steps.min())} to {number(steps.max())} of the input's spread. The chosen step is "
        f"{number(curve.chosen)}: there yours and the finite difference are {number(apart[at])} "
        f"apart, relative to the gradient, with an estimated error of {number(estimated[at])}; "
        f"{number(tolerance)} or less passes. The estimated error is smallest, "
        f"{number(estimated[least])}, at {number(steps[least])}. "
        f"{_verdict(comparison)}."
    )
