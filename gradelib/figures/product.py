"""A product of matrices as heat maps: `product({"dout": dout, "J": J}, "dx")`.

It shows what a Jacobian does to an upstream gradient, beside the short way that needs no Jacobian.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from gradelib.figures.arrays import (
    Box,
    Matrix,
    draw_matrix,
    draw_scale,
    in_words,
    matrix,
    place,
    scales,
    widest_number,
    write_numbers,
)
from gradelib.figures.picture import Picture, blank, picture
from gradelib.figures.sketch import width_of
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["product"]

WIDEST, TALLEST = 880.0, 420.0
BARE, CELL_HEIGHT = 18.0, 28.0
LEFT, TOP, SIGN, ROW, BAR = 4.0, 28.0, 42.0, 66.0, 70.0
NEAR = 1e-6  # relative; another way may have been measured


def product(
    factors: Mapping[str, ArrayLike],
    result: str,
    *,
    short: Mapping[str, ArrayLike] | None = None,
    decimals: int = 2,
    alt: str | None = None,
) -> Picture:
    """Draw a product of matrices as heat maps on one scale, with what it gives.

    `factors` maps names to arrays of shape (m, n), or (n,), which is a row; their product is named
    `result`.  Under each stand its shape and how many of its entries are zero.  `short` maps
    another way of writing the result, such as `{"dout * mask": dout * mask}`, to what it gave: it
    stands under the result, with a verdict.  Small arrays show their numbers, with `decimals`.
    Raises ValueError for arrays that do not fit, as numpy's `@` does, for more than two dimensions
    and for empty arrays.
    """
    if not factors:
        raise ValueError('product got no factors; try product({"dout": dout, "J": J}, "dx")')
    found = {name: matrix(name, array) for name, array in factors.items()}
    found[result] = chain(found)
    others = {name: matrix(name, array) for name, array in (short or {}).items()}
    every = [*found.values(), *others.values()]
    wanted = widest_number({str(i): m for i, m in enumerate(every)}, decimals) + 12
    across, down = sum(m.shape[1] for m in found.values()), max(m.shape[0] for m in every)
    room = WIDEST - LEFT - SIGN * len(found)
    with_numbers = down <= 10 and across * wanted <= room
    cell, tall = wanted, CELL_HEIGHT
    if not with_numbers:
        cell = tall = min(BARE, (room - BAR) / across, TALLEST / down)
    top = scales(every, None, True)[0]
    boxes = boxes_of(found, others, cell, tall)
    verdicts = [""] * len(found) + [agreement(m, found[result]) for m in others.values()]
    names = [*found, *others]
    end = max(
        box[0] + max(box[2], width_under(name, m), width_of(said, 12))
        for name, m, box, said in zip(names, every, boxes, verdicts, strict=True)
    )
    width = end + 6 + BAR * (not with_numbers)
    height = max(upper + high for _, upper, _, high in boxes) + (44 if others else 26)
    with drawing():
        fig = blank(width, height)
        for i, (name, m, box) in enumerate(zip(names, every, boxes, strict=True)):
            ax = place(fig, box, width, height)
            draw_matrix(ax, m, top)
            ax.set(xticks=[], yticks=[])
            if with_numbers:
                write_numbers(ax, m, top, decimals)
            ax.set_title(name, pad=px(6))
            under(ax, f"{np.shape(m)}  {zeros(m)}", 0)
            if verdicts[i]:
                good = verdicts[i] == SAME
                under(ax, verdicts[i], 1, STYLE.value if good else STYLE.gradient)
            sign = signs(len(found), len(others))[i]
            if sign:
                middle = 1 - (box[1] + box[3] / 2) / height
                fig.text(
                    (box[0] - SIGN / 2) / width, middle, sign, size=px(20), ha="center", va="center"
                )
        if not with_numbers:
            draw_scale(
                place(
                    fig, (width - BAR, TOP, 12.0, min(max(boxes[0][3], 90.0), 200.0)), width, height
                ),
                top,
                decimals,
            )
    line = " @ ".join(f"{name} {np.shape(m)}" for name, m in [*found.items()][:-1])
    words = [f"Heat maps of the product {line} = {result} {found[result].shape}."]
    words += [in_words(name, m, m.shape, decimals) for name, m in found.items()]
    words += [f"{name}: {agreement(m, found[result])}." for name, m in others.items()]
    return picture(fig, alt or " ".join(words))


SAME = "✓ the same numbers"


def chain(found: Mapping[str, Matrix]) -> Matrix:
    """Multiply the factors from left to right."""
    names, arrays = [*found], [*found.values()]
    made = arrays[0]
    for before, name, array in zip(names, names[1:], arrays[1:], strict=False):
        if made.shape[1] != array.shape[0]:
            raise ValueError(
                f"{before!r} has {made.shape[1]} columns and {name!r} has {array.shape[0]} rows; "
                "they must agree, so transpose one of them"
            )
        made = made @ array
    return made


def boxes_of(
    found: Mapping[str, Matrix], others: Mapping[str, Matrix], cell: float, tall: float
) -> list[Box]:
    """Return the place of each array: the factors and the result in a row, others below it."""
    middle = TOP + max(m.shape[0] for m in found.values()) * tall / 2
    boxes: list[Box] = []
    x = LEFT
    for name, m in found.items():
        wide, high = m.shape[1] * cell, m.shape[0] * tall
        boxes.append((x, middle - high / 2, wide, high))
        x += max(wide, width_under(name, m)) + SIGN
    for m in others.values():
        left, up, _, high = boxes[-1]
        boxes.append((left, up + high + ROW, m.shape[1] * cell, m.shape[0] * tall))
    return boxes


def width_under(name: str, m: Matrix) -> float:
    """Return the width of the texts over and under an array."""
    return max(width_of(name, 14), width_of(f"{m.shape}  {zeros(m)}", 12))


def signs(count: int, others: int) -> list[str]:
    """Return what stands before each array."""
    return ["", *["@"] * (count - 2), "=", *[""] * others]


def zeros(m: Matrix) -> str:
    """Say how many entries are zero."""
    none = int(np.sum(m == 0))
    return f"{none} of {m.size} zero" if none else ""


def agreement(m: Matrix, result: Matrix) -> str:
    """Compare another way of writing the result with it."""
    if m.shape != result.shape:
        return f"✗ another shape, {m.shape}"
    gap = float(np.abs(m - result).max())
    if gap <= NEAR * max(1.0, float(np.abs(result).max())):
        return SAME
    return f"✗ off by up to {number(gap)}"


def under(ax: object, text: str, line: int, colour: str = STYLE.quiet) -> None:
    """Write a line under an array."""
    ax.annotate(  # type: ignore[attr-defined]
        text.strip(), (0, 0), (0, -px(8 + 17 * line)), xycoords="axes fraction",
        textcoords="offset points", va="top", size=px(12), color=colour,
    )  # fmt: skip
