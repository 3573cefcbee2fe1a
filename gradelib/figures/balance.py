"""Dimension balancing: `balance(a, b, want)` tries every order and transpose of two matrices."""

from itertools import product

from gradelib.figures.picture import Picture, canvas, picture
from gradelib.figures.shapes import (
    Factor,
    check_factors,
    draw_product,
    in_words,
    row_width,
    rows_columns,
    side_lengths,
    verdict,
)
from gradelib.figures.sketch import write
from gradelib.figures.style import STYLE, drawing

__all__ = ["balance", "candidates"]

SHRINK = 0.62  # the boxes are smaller than those of a single product
LINE, GAP, TITLE = 72.0, 34.0, 40.0  # texts around a row of boxes; between columns; the last line


def candidates(a: Factor, b: Factor) -> list[list[Factor]]:
    """Return the eight products of two matrices, each as it is or transposed, in both orders.

    >>> tried = candidates(("A", (2, 3)), ("B", (3, 4)))
    >>> [" @ ".join(name for name, _ in one) for one in tried[:3]]
    ['A @ B', 'A @ B.T', 'A.T @ B']
    """
    found = []
    for first, second in ((a, b), (b, a)):
        for turned in product((False, True), repeat=2):
            pair = zip((first, second), turned, strict=True)
            found.append([transposed(factor) if turn else factor for factor, turn in pair])
    return found


def transposed(factor: Factor) -> Factor:
    """Return a matrix turned over; one size counts as a row."""
    rows, columns = rows_columns(factor[1])
    name = factor[0].removesuffix(".T") if factor[0].endswith(".T") else f"{factor[0]}.T"
    return name, (columns, rows)


def balance(a: Factor, b: Factor, want: Factor, *, alt: str | None = None) -> Picture:
    """Draw the eight products of two matrices, and say which give the shape that is wanted.

    A factor is `(name, shape)` as for `shape_boxes`, such as `("dout", (5, 3))`.  Where a single
    product fits, the shapes decide; where several do, as for square matrices, they do not.
    Raises ValueError for a shape that has not one or two sizes.
    """
    check_factors([a, b, want])
    tried = candidates(a, b)
    sides = {size: SHRINK * side for size, side in side_lengths([a, b, want]).items()}
    tall = max(sides[size] for _, shape in (a, b, want) for size in rows_columns(shape))
    column = max(row_width(one, want, sides) for one in tried) + GAP
    row = tall + LINE
    good = sum(verdict(one, want)[0] for one in tried)
    with drawing():
        width, height = 2 * column - GAP, len(tried) / 2 * row + TITLE
        fig, ax = canvas(width, height)
        for i, one in enumerate(tried):
            at, line = divmod(i, len(tried) // 2)
            middle = line * row + 26 + tall / 2
            draw_product(ax, one, want, sides, middle, tall, 2 + at * column)
        colour = STYLE.value if good == 1 else STYLE.gradient
        write(ax, 2, height - TITLE / 2, summary(good), 15, colour, align="left")
    words = " ".join(in_words(one, want) for one in tried)
    return picture(fig, alt or f"Eight matrix products as boxes. {summary(good)} {words}")


def summary(good: int) -> str:
    """Say what the shapes tell."""
    if good == 1:
        return "1 of 8 fits: here the shapes decide."
    if good == 0:
        return "None of 8 fits: something else is missing, such as a sum over an axis."
    return f"{good} of 8 fit: the shapes alone do not decide. Check the numbers."
