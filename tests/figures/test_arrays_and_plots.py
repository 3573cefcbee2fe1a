"""Heat maps, images, boxes and curves: what they show, what they say, and what they refuse."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from gradelib.digits import load_digits
from gradelib.figures import (
    Picture,
    bars,
    curves,
    error_against_step,
    heat_map,
    images,
    matrices,
    picture,
    shape_boxes,
    subplots,
)
from gradelib.figures.arrays import step
from gradelib.figures.plots import legend_above
from gradelib.figures.shapes import verdict

H = 10.0 ** -np.arange(1, 16)
RANDOM = np.random.default_rng(0)
PICTURES: dict[str, tuple[Callable[[], Picture], str]] = {
    "small matrix": (
        lambda: matrices({"W": [[1.5, 0], [0, -2]]}),
        "Heat map of W, shape (2, 2): zero off the diagonal; smallest -2 at [1, 1]; "
        "largest 1.5 at [0, 0].",
    ),
    "two matrices": (
        lambda: matrices({"A": np.eye(3)[:2], "b": [0.0, 0.0]}, rows="i", columns="j"),
        "Heat map of A, shape (2, 3): 4 of 6 entries are zero; smallest 0 at [0, 1]; "
        "largest 1 at [0, 0]. Heat map of b, shape (2,): all entries are zero.",
    ),
    "not finite": (
        lambda: matrices({"x": [1.0, np.nan, np.inf]}),
        "Heat map of x, shape (3,): 2 of 3 entries are not finite.",
    ),
    "large matrix": (
        lambda: matrices({"dscores": RANDOM.normal(size=(60, 10))}),
        "Heat map of dscores, shape (60, 10): 0 of 600 entries are zero; smallest",
    ),
    "very large matrix": (
        lambda: matrices({"J": np.eye(300)}, numbers=False),
        "Heat map of J, shape (300, 300): zero off the diagonal",
    ),
    "digits": (
        lambda: images(load_digits()[0][:12], load_digits()[1][:12]),
        "12 grey images of 8 by 8 pixels, with the captions 0, 1, 2, 3,",
    ),
    "one image": (lambda: images(np.zeros((1, 3, 5))), "1 grey images of 3 by 5 pixels."),
    "boxes": (
        lambda: shape_boxes([("x.T", (7, 5)), ("dout", (5, 3))], want=("dW", (7, 3))),
        "Matrix products as boxes. x.T (7, 5) @ dout (5, 3) for dW (7, 3): fits.",
    ),
    "boxes of letters": (
        lambda: shape_boxes([("u", ("n",)), ("W", ("n", "m"))], [("x", ("N", "D"))]),
        "Matrix products as boxes. u (n,) @ W (n, m): fits and gives (1, m). x (N, D): fits",
    ),
    "error": (
        lambda: error_against_step(H, {"forward": H, "central": 1e-12 / H}, marks={"eps": 1e-8}),
        "Log-log plot of the error against the step h, from 1.0e-15 to 0.1. forward: the smallest "
        "error is 1.0e-15 at h = 1.0e-15; central: the smallest error is 1.0e-11 at h = 0.1. "
        "Vertical lines: eps at 1.0e-8.",
    ),
    "errors of zero": (
        lambda: error_against_step([0.1, 0.01], {"exact": [0.0, 0.0]}),
        "Log-log plot of the error against the step h, from 0.01 to 0.1. exact: every error is 0.",
    ),
    "an error of zero": (
        lambda: error_against_step([0.1, 0.01], {"a": [0.0, 0.5]}),
        "Log-log plot of the error against the step h, from 0.01 to 0.1. a: the smallest error is "
        "0.5 at h = 0.01.",
    ),
    "curves": (
        lambda: curves({"train": [2.5, 1, 0.5], "test": [3, 2]}, log=True),
        "Plot of loss against step. train goes from 2.5 to 0.5; test goes from 3 to 2.",
    ),
    "curve over x": (
        lambda: curves({"f": [0, 1, 4]}, [0, 1, 2], xlabel="x", ylabel="f(x)"),
        "Plot of f(x) against x. f goes from 0 to 4.",
    ),
    "bars": (
        lambda: bars({"forward": 4811, "backward": 1}, xlabel="passes", log=True),
        "Bars of passes. forward: 4,811; backward: 1.",
    ),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("draw", "words"), PICTURES.values(), ids=PICTURES.keys())
def test_pictures_and_their_words(draw: Callable[[], Picture], words: str) -> None:
    """Each is a small PNG that fits a notebook, says what it shows, and warns of nothing."""
    shown = draw()
    assert shown.alt.startswith(words)
    Image.open(io.BytesIO(shown.png)).verify()
    assert shown.width <= 900
    assert len(shown.png) < 100_000


def test_words_of_the_author_win() -> None:
    """A better alternative text replaces the generated one."""
    assert matrices({"W": [[1.0]]}, alt="One weight").alt == "One weight"
    assert curves({"a": [1.0, 2.0]}, alt="It doubles").alt == "It doubles"


def colours(shown: Picture) -> set[tuple[int, int, int]]:
    """Return the colours of at least 1 % of the pixels."""
    image = Image.open(io.BytesIO(shown.png)).convert("RGB")
    pixels, counts = np.unique(np.asarray(image).reshape(-1, 3), axis=0, return_counts=True)
    return {tuple(p) for p in pixels[counts > 0.01 * counts.sum()].tolist()}


def test_a_heat_map_of_ones_own() -> None:
    """On axes of the author's, numbers, frames and the house's colours are those of `matrices`."""
    figure, (left, right) = subplots(1, 2, width=400, height=200)
    heat_map(left, [[1.0, -2.0]], "W", rows="i", columns="j", framed=[(0, 1)])
    heat_map(right, [[1.0, -2.0]], numbers=False, limit=8.0)
    assert [text.get_text() for text in left.texts] == ["1", "−2"]
    assert len(right.texts) == 0
    assert (left.get_title("left"), left.get_xlabel(), left.get_ylabel()) == ("W", "j", "i")
    assert [image.get_clim() for ax in (left, right) for image in ax.images] == [(-2, 2), (-8, 8)]
    assert [len(ax.patches) for ax in (left, right)] == [1, 0]
    assert picture(figure, "Two heat maps").width < 460


def test_signs_have_their_colours() -> None:
    """Below zero is blue, above is orange, zero is white; the scale is shared unless limited."""

    def tint(value: float, **options: float) -> int:
        extreme = max(colours(matrices({"a": [[value]]}, numbers=False, **options)), key=np.ptp)
        return extreme[0] - extreme[2]  # red minus blue

    assert tint(1.0) > 100
    assert tint(-1.0) < -100
    assert abs(tint(0.0)) < 20
    assert 0 < tint(1.0, limit=10.0) < tint(1.0)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        pytest.param(lambda: matrices({}), "nothing to draw", id="no matrix"),
        pytest.param(lambda: matrices({"x": np.zeros((2, 3, 4))}), "'x' has shape", id="3-d"),
        pytest.param(lambda: matrices({"x": []}), "'x' has shape", id="empty"),
        pytest.param(lambda: matrices({"x": 3.0}), "'x' has shape", id="a number"),
        pytest.param(lambda: images(np.zeros((4, 7))), r"shape \(4, 7\)", id="no square"),
        pytest.param(lambda: images(np.zeros((0, 64))), r"shape \(0, 64\)", id="no image"),
        pytest.param(lambda: images(np.zeros((2, 4)), [1]), "1 captions for 2", id="captions"),
        pytest.param(lambda: shape_boxes(), "empty product", id="no product"),
        pytest.param(lambda: shape_boxes([]), "empty product", id="no factor"),
        pytest.param(lambda: shape_boxes([("x", (1, 2, 3))]), "'x' has the shape", id="3-d box"),
        pytest.param(lambda: shape_boxes([("x", ())]), "'x' has the shape", id="0-d box"),
        pytest.param(lambda: error_against_step([0.1, 0.0], {}), "positive steps", id="h = 0"),
        pytest.param(lambda: error_against_step(H, {}), "got no", id="no errors"),
        pytest.param(lambda: error_against_step(H, {"a": [1]}), r"expected \(15,\)", id="length"),
        pytest.param(lambda: curves({}), "got no", id="no series"),
        pytest.param(lambda: curves({"a": [1, 2]}, [1]), r"expected \(1,\)", id="other length"),
        pytest.param(lambda: curves({"a": [[1, 2]]}), r"shape \(1, 2\)", id="2-d series"),
        pytest.param(lambda: curves({str(i): [1] for i in range(9)}), "9 curves", id="too many"),
        pytest.param(lambda: bars({}, xlabel="n"), "nothing to draw", id="no bars"),
    ],
)
def test_what_cannot_be_drawn(draw: Callable[[], Picture], message: str) -> None:
    """Each misuse has a message with what was got and what was expected."""
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(
    ("product", "want", "good", "words"),
    [
        ([("x.T", (7, 5)), ("dout", (5, 3))], (7, 3), True, "fits"),
        ([("dout", (5, 3)), ("x", (5, 7))], (7, 3), False, "does not fit: 3 ≠ 5"),
        ([("dout.T", (3, 5)), ("x", (5, 7))], (7, 3), False, "fits, but gives (3, 7)"),
        ([("a", (2, 3)), ("b", (3, 4)), ("c", (5, 2))], (2, 2), False, "does not fit: 4 ≠ 5"),
        ([("x", ("N", "D")), ("W", ("D", "M"))], ("N", "M"), True, "fits"),
        ([("u", (3,)), ("W", (3, 4))], (4,), True, "fits"),
    ],
    ids=["fits", "inner", "outer", "the second pair", "letters", "a row"],
)
def test_verdicts(product: list, want: tuple, good: bool, words: str) -> None:
    """A product is judged by its inner sizes first, and then by its shape."""
    assert verdict(product, ("dW", want)) == (good, words)


@pytest.mark.parametrize(("count", "distance"), [(1, 1), (12, 1), (13, 2), (60, 5), (1797, 10**9)])
def test_indices_are_not_crowded(count: int, distance: int) -> None:
    """At most a dozen indices are written on an axis."""
    assert step(count) == distance


@pytest.mark.parametrize("count", [1, 3, 4, 5, 6])
def test_legend_is_read_row_by_row(count):
    """matplotlib fills columns; the first three names stand in the first row all the same."""
    fig, ax = subplots()
    names = [f"rate {k}" for k in range(count)]
    for name in names:
        ax.plot([0, 1], label=name)
    legend_above(ax)
    fig.canvas.draw()
    boxes = {text.get_text(): text.get_window_extent() for text in ax.get_legend().get_texts()}
    assert sorted(names, key=lambda name: (-round(boxes[name].y0), boxes[name].x0)) == names
