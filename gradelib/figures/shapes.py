"""Products of matrices as boxes that fit or do not: `shape_boxes(...)`, for dimension balancing."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from gradelib.figures.picture import Picture, canvas, picture
from gradelib.figures.sketch import width_of, write
from gradelib.figures.style import STYLE, drawing, px

__all__ = [
    "Factor",
    "check_factors",
    "draw_product",
    "in_words",
    "row_width",
    "rows_columns",
    "shape_boxes",
    "side_lengths",
    "verdict",
]

Size = int | str
Shape = tuple[Size, ...]
Factor = tuple[str, Shape]

TEXT, SIGN = 14, 18  # text sizes in CSS pixels
SIDES = (56.0, 84.0, 38.0, 70.0, 46.0, 76.0)  # of sizes that are letters, in order of appearance
LEAST, MOST = 16.0, 84.0  # sides of the smallest and the largest number
BETWEEN = 40.0  # room for a sign between two factors
NAMES, SHAPES, BRACKETS, APART = 26.0, 24.0, 22.0, 16.0  # heights of the lines of text


def shape_boxes(
    *products: Sequence[Factor], want: Factor | None = None, alt: str | None = None
) -> Picture:
    """Draw products of matrices, one under the other, and say which of them fit.

    A product is a list of factors `(name, shape)`, such as `[("x.T", (7, 5)), ("dout", (5, 3))]`.
    Sizes are numbers or letters; a shape of one size is drawn as a row.  A bracket joins the inner
    sizes of neighbours: blue with "=" where they agree, orange and dashed with "≠" where they do
    not.  `want` is what the product should be.  Raises ValueError for an empty product and for a
    shape that has not one or two sizes.
    """
    if not products or not all(products):
        raise ValueError(
            'shape_boxes got an empty product; try shape_boxes([("x", (5, 7)), ("W", (7, 3))])'
        )
    factors = [factor for product in products for factor in product]
    factors += [want] if want else []
    check_factors(factors)
    sides = side_lengths(factors)
    tall = max(sides[rows_columns(shape)[0]] for _, shape in factors)
    height = NAMES + tall + SHAPES + BRACKETS
    with drawing():
        width = max(row_width(product, want, sides) for product in products)
        total = len(products) * (height + APART) - APART
        fig, ax = canvas(width, total)
        for i, product in enumerate(products):
            draw_product(ax, product, want, sides, i * (height + APART) + NAMES + tall / 2, tall)
    words = " ".join(in_words(product, want) for product in products)
    return picture(fig, alt or f"Matrix products as boxes. {words}")


def check_factors(factors: Sequence[Factor]) -> None:
    """Raise ValueError for a shape that has not one or two sizes."""
    for name, shape in factors:
        if len(shape) not in (1, 2):
            raise ValueError(
                f"{name!r} has the shape {shape!r}; expected (rows, columns) or (columns,), so "
                "give the sizes of a matrix"
            )


def rows_columns(shape: Shape) -> tuple[Size, Size]:
    """Return rows and columns; one size is a row."""
    return (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])


def written(shape: Shape) -> str:
    """Write a shape as Python does, letters without quotes."""
    return f"({shape[0]},)" if len(shape) == 1 else f"({shape[0]}, {shape[1]})"


def side_lengths(factors: Sequence[Factor]) -> dict[Size, float]:
    """Give each size a length in CSS pixels: in proportion for numbers, any for letters."""
    sizes = list(dict.fromkeys(size for _, shape in factors for size in rows_columns(shape)))
    numbers = [size for size in sizes if isinstance(size, int)]
    letters = [size for size in sizes if not isinstance(size, int)]
    scale = MOST / max([*numbers, 4])
    found: dict[Size, float] = {n: max(LEAST, n * scale) for n in numbers}
    found.update((letter, SIDES[i % len(SIDES)]) for i, letter in enumerate(letters))
    return found


def fits(product: Sequence[Factor]) -> list[bool]:
    """Say for each pair of neighbours whether the inner sizes agree."""
    return [rows_columns(a)[1] == rows_columns(b)[0] for (_, a), (_, b) in pairwise(product)]


def verdict(product: Sequence[Factor], want: Factor | None) -> tuple[bool, str]:
    """Say whether the product exists and has the wanted shape, in a few words."""
    if not all(fits(product)):
        (_, a), (_, b) = list(pairwise(product))[fits(product).index(False)]
        return False, f"does not fit: {rows_columns(a)[1]} ≠ {rows_columns(b)[0]}"
    result = rows_columns(product[0][1])[0], rows_columns(product[-1][1])[1]
    if want is not None and result != rows_columns(want[1]):
        return False, f"fits, but gives {written(result)}"
    return True, "fits" if want else f"fits and gives {written(result)}"


def in_words(product: Sequence[Factor], want: Factor | None) -> str:
    """Return the sentence of one product for the alternative text."""
    factors = " @ ".join(f"{name} {written(shape)}" for name, shape in product)
    aim = f" for {want[0]} {written(want[1])}" if want else ""
    return f"{factors}{aim}: {verdict(product, want)[1]}."


def slot_width(factor: Factor, sides: Mapping[Size, float]) -> float:
    """Return the width of a factor: its box, its name or its shape."""
    name, shape = factor
    box = sides[rows_columns(shape)[1]]
    return max(box, width_of(name, TEXT), width_of(written(shape), TEXT))


def row_width(product: Sequence[Factor], want: Factor | None, sides: Mapping[Size, float]) -> float:
    """Return the width of a product with its verdict."""
    factors = [*product, want] if want else product
    boxes = sum(slot_width(factor, sides) + BETWEEN for factor in factors)
    return boxes + width_of("✓  " + verdict(product, want)[1], TEXT) + 8


def draw_product(
    ax: Axes,
    product: Sequence[Factor],
    want: Factor | None,
    sides: Mapping[Size, float],
    middle: float,
    tall: float,
    left: float = 2.0,
) -> None:
    """Draw one line of boxes around the height `middle`, from `left` on."""
    inner = fits(product)
    good, words = verdict(product, want)
    under = middle + tall / 2 + 13
    x, ends = left, []
    for i, factor in enumerate(product):
        if i:
            write(ax, x - BETWEEN / 2, middle, "@", TEXT, STYLE.ink)
        around = inner[max(i - 1, 0) : i + 1]
        ends.append(draw_factor(ax, factor, sides, (x, middle, under), all(around)))
        x += slot_width(factor, sides) + BETWEEN
    for (_, start), (end, _), agree in zip(ends[:-1], ends[1:], inner, strict=True):
        draw_bracket(ax, start, end, under + 10, agree)
    if want:
        colour = STYLE.ink if good else STYLE.gradient
        write(ax, x - BETWEEN / 2, middle, "=" if good else "≠", SIGN, colour)
        draw_factor(ax, want, sides, (x, middle, under), True)
        x += slot_width(want, sides) + BETWEEN
    mark, colour = ("✓", STYLE.value) if good else ("✗", STYLE.gradient)
    write(ax, x - BETWEEN / 3, middle, f"{mark}  {words}", TEXT, colour, align="left")


def draw_factor(
    ax: Axes,
    factor: Factor,
    sides: Mapping[Size, float],
    at: tuple[float, float, float],
    good: bool,
) -> tuple[float, float]:
    """Draw a box with its name above and its shape below; return where the sizes are written."""
    (name, shape), (x, middle, under) = factor, at
    centre = x + slot_width(factor, sides) / 2
    rows, columns = rows_columns(shape)
    wide, tall = sides[columns], sides[rows]
    ax.add_patch(
        Rectangle(
            (centre - wide / 2, middle - tall / 2),
            wide,
            tall,
            facecolor=STYLE.fill_blue if good else STYLE.fill_gradient,
            edgecolor=STYLE.blue if good else STYLE.gradient,
            linewidth=px(1.6),
            linestyle="-" if good else (0, (4, 2.5)),
        )
    )
    write(ax, centre, middle - tall / 2 - 13, name, TEXT, STYLE.ink)
    text = written(shape)
    write(ax, centre, under, text, TEXT, STYLE.quiet)
    left = centre - width_of(text, TEXT) / 2 + width_of("(", TEXT)
    right = centre + width_of(text, TEXT) / 2 - width_of(")", TEXT)
    first = left + width_of(str(shape[0]), TEXT) / 2
    return first, right - width_of(str(shape[-1]), TEXT) / 2 if len(shape) == 2 else first


def draw_bracket(ax: Axes, start: float, end: float, top: float, agree: bool) -> None:
    """Join two inner sizes from below, with the sign that stands between them."""
    colour = STYLE.blue if agree else STYLE.gradient
    ax.plot(
        [start, start, end, end],
        [top, top + 9, top + 9, top],
        color=colour,
        linewidth=px(1.6),
        linestyle="-" if agree else (0, (3, 2)),
        marker="",
    )
    ax.text(
        (start + end) / 2,
        top + 9,
        "=" if agree else "≠",
        size=px(TEXT),
        color=colour,
        ha="center",
        va="center",
        bbox={"facecolor": STYLE.paper, "edgecolor": "none", "pad": px(2)},
    )
