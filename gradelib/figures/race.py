"""Ways down a hill, compared by what they cost: `race(loss, runs, ...)`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from gradelib.checks import numerical_gradient
from gradelib.figures.picture import Picture, blank, picture
from gradelib.figures.plots import legend_above, with_looks
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["race"]

Point = NDArray[np.float64]
Loss = Callable[[Point], float]
Range = tuple[float, float]

GRID, ARROWS = 90, (9, 8)  # points of the contours and of the arrows, by axis
WIDTH, HEIGHT = 840.0, 620.0  # CSS pixels
LEVELS = 11


@dataclass(frozen=True)
class Run:
    """One way down: the points (K, 2), the loss at each, and the evaluations spent by then."""

    path: Point
    losses: Point
    spent: Point

    def after(self, budget: float) -> int:
        """Return the number of points that are reached with this many evaluations."""
        return int(np.searchsorted(self.spent, budget, side="right"))


def race(
    loss: Loss,
    runs: Mapping[str, tuple[ArrayLike, float]],
    *,
    at: Sequence[float] = (8, 40, 200),
    x: Range | None = None,
    y: Range | None = None,
    gradient: Callable[[Point], ArrayLike] | None = None,
    names: tuple[str, str] = ("w_0", "w_1"),
    alt: str | None = None,
) -> Picture:
    """Draw how far each way down a loss of two parameters comes with the same evaluations.

    `loss` maps an array (2,) to a number.  `runs` maps a name to `(path, price)`: the points that
    were visited, shape (K, 2), and the evaluations of the loss that each step cost, such as 1 for a
    random try, 4 for a numerical gradient by central differences, and 2 for a forward and a
    backward pass.  Above, the paths on the contours of the loss after `at` evaluations, with arrows
    along the gradient, which is uphill (`gradient`, or the numerical one).  Below, the lowest loss
    so far against the evaluations spent.  `x` and `y` are the ranges of the two parameters.  Raises
    ValueError for paths of another shape, prices not above zero, and no moments.
    """
    made = {name: run(loss, name, path, price) for name, (path, price) in runs.items()}
    if not at or not made:
        raise ValueError(
            "race needs runs and moments; try race(loss, {'analytic': (path, 2)}, at=(8, 40))"
        )
    with drawing():
        fig = blank(WIDTH, HEIGHT, layout="constrained")
        above, below = fig.subfigures(2, 1, height_ratios=(1.0, 0.85)).flat  # type: ignore[union-attr]
        maps = above.subplots(1, len(at), sharex=True, sharey=True, squeeze=False)[0]
        every = np.concatenate([one.path for one in made.values()])
        spans = (x or span(every[:, 0]), y or span(every[:, 1]))
        for ax, budget in zip(maps, at, strict=True):
            draw_hill(ax, loss, gradient, spans)
            draw_paths(ax, made, budget)
            ax.set_title(f"after {budget:g} evaluations")
            ax.set_xlabel(f"${names[0]}$")
        maps[0].set_ylabel(f"${names[1]}$")
        note = "×: start.  Arrows: the gradient, which is uphill.  Lines: equal loss."
        above.supxlabel(note, size=px(12), color=STYLE.quiet)
        draw_losses(below.subplots(), made, at)
        fig.get_layout_engine().set(hspace=0.03)  # type: ignore[union-attr, call-arg]
    return picture(fig, alt or in_words(made, at))


def run(loss: Loss, name: str, path: ArrayLike, price: float) -> Run:
    """Measure a path."""
    points = np.asarray(path, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"the path of {name!r} has shape {points.shape}; expected (K, 2), a row for each point"
        )
    if not price > 0:
        raise ValueError(f"each step of {name!r} costs {price!r}; expected 1 evaluation or more")
    losses = np.array([float(loss(point)) for point in points], dtype=np.float64)
    return Run(points, losses, 1.0 + np.arange(len(points), dtype=np.float64) * float(price))


def span(values: Point) -> Range:
    """Return a range with room around the values."""
    low, high = float(values.min()), float(values.max())
    room = 0.25 * (high - low) or 1.0
    return low - room, high + room


def draw_hill(ax: Axes, loss: Loss, gradient: Any, spans: tuple[Range, Range]) -> None:
    """Draw the contours of the loss, and arrows along its gradient."""
    across, up = (np.linspace(*one, GRID) for one in spans)
    height = np.array([[float(loss(np.array([a, b]))) for a in across] for b in up])
    levels = np.quantile(height, np.linspace(0.01, 0.97, LEVELS))
    ax.contour(
        across,
        up,
        height,
        np.unique(levels),
        colors="#a0a0a0",
        linewidths=px(0.9),
        linestyles="solid",
    )
    places = [np.linspace(*one, count + 2)[1:-1] for one, count in zip(spans, ARROWS, strict=True)]
    points = np.array([[a, b] for b in places[1] for a in places[0]])
    slopes = np.array([slope(loss, gradient, point) for point in points])
    sizes = np.hypot(*slopes.T)
    shown = slopes / np.maximum(sizes, 1e-300)[:, None]
    shown *= (0.35 + 0.65 * np.sqrt(sizes / max(float(sizes.max()), 1e-300)))[:, None]
    ax.quiver(
        *points.T, *shown.T, color="#bf8c26", angles="xy", pivot="mid",
        scale=15, width=0.008, headwidth=4.5, headlength=4.5, headaxislength=4,
    )  # fmt: skip
    ax.set(xlim=spans[0], ylim=spans[1])
    ax.grid(False)


def slope(loss: Loss, gradient: Any, point: Point) -> Point:
    """Return the gradient at a point, measured where nobody gives it."""
    found = gradient(point.copy()) if gradient else numerical_gradient(loss, point)
    return np.asarray(found, dtype=float)


def draw_paths(ax: Axes, made: Mapping[str, Run], budget: float) -> None:
    """Draw each path as far as it comes with a budget."""
    for _, one, look in looks(made):
        count = one.after(budget)
        ends = {"markevery": [count - 1], "markersize": px(9), "markeredgecolor": STYLE.paper}
        ax.plot(*one.path[:count].T, **{**look, **ends}, zorder=4)
    start = next(iter(made.values())).path[0]
    ax.plot(*start, marker="x", color=STYLE.ink, markersize=px(9), markeredgewidth=px(2), zorder=5)


def draw_losses(ax: Axes, made: Mapping[str, Run], at: Sequence[float]) -> None:
    """Draw the lowest loss so far against the evaluations spent."""
    end = max(float(one.spent[-1]) for one in made.values())
    for name, one, look in looks(made):
        best = np.minimum.accumulate(one.losses)
        every = np.unique(np.geomspace(1, len(best), 7).astype(int) - 1)
        ax.plot(one.spent, best, label=name, markevery=[*every], **look)
    for moment in at:
        ax.axvline(moment, color=STYLE.quiet, linewidth=px(1.2), linestyle=(0, (2, 2)))
    ax.set(xscale="log", xlim=(0.9, 1.15 * end), xlabel="evaluations of the loss spent")
    ax.set_ylabel("lowest loss so far")
    ax.set_xticks([*at], [f"{moment:g}" for moment in at])
    ax.minorticks_off()
    legend_above(ax)


def looks(made: Mapping[str, Run]) -> list[tuple[str, Run, dict[str, Any]]]:
    """Give each run its colour, dashes and marker."""
    given: dict[str, ArrayLike] = {name: one.losses for name, one in made.items()}
    return [(name, made[name], look) for name, _, look in with_looks(given)]


def in_words(made: Mapping[str, Run], at: Sequence[float]) -> str:
    """Say who is where, and when."""
    parts = []
    for moment in at:
        lows = (
            f"{name} {number(float(one.losses[: one.after(moment)].min()))}"
            for name, one in made.items()
        )
        parts.append(f"After {moment:g} evaluations the lowest losses are: {', '.join(lows)}.")
    return (
        "Contours of a loss of two parameters with arrows along the gradient, and the paths of "
        f"{', '.join(made)}; below, the lowest loss against evaluations spent. {' '.join(parts)}"
    )
