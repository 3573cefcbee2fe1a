"""Products as heat maps and as boxes, the gradient of scores, and ways down a hill by cost."""

import doctest
import io
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from gradelib.figures import Picture, balance, product, race, score_gradient
from gradelib.figures.balance import candidates, summary
from gradelib.figures.product import agreement
from gradelib.figures.race import Run, span
from gradelib.figures.shapes import verdict

DOUT, X = np.array([-1.2, 0.7, 0.3]), np.array([1.5, -0.3, 2.0])
MASK = (X > 0).astype(float)
SCORES = np.array([[4.0, -4, 4], [-2, -1, 3]])
PULL = np.array([[-0.25, 0, 0.25], [0.00001, -0.49, 0.48999]])
DOWN = np.linspace([-2.0, 1.0], [0.0, 0.0], 21)


def bowl(w: np.ndarray) -> float:
    """A loss of two parameters."""
    return float(w[0] ** 2 + 3 * w[1] ** 2)


PICTURES: dict[str, tuple[Callable[[], Picture], str]] = {
    "jacobian": (
        lambda: product({"dout": DOUT, "J": np.diag(MASK)}, "dx", short={"mask": DOUT * MASK}),
        "Heat maps of the product dout (1, 3) @ J (3, 3) = dx (1, 3). Heat map of dout, shape (1,",
    ),
    "large jacobian": (
        lambda: product({"dout": np.ones(60), "J": np.eye(60)}, "dx"),
        "Heat maps of the product dout (1, 60) @ J (60, 60) = dx (1, 60).",
    ),
    "three factors": (
        lambda: product({"u": np.ones((2, 3)), "A": np.eye(3), "B": np.ones((3, 4))}, "all"),
        "Heat maps of the product u (2, 3) @ A (3, 3) @ B (3, 4) = all (2, 4).",
    ),
    "balance": (
        lambda: balance(("x", (5, 7)), ("dout", (5, 3)), ("dW", (7, 3))),
        "Eight matrix products as boxes. 1 of 8 fits: here the shapes decide. x (5, 7) @ dout",
    ),
    "balance of squares": (
        lambda: balance(("W", (4, 4)), ("dout", (4, 4)), ("dx", (4, 4))),
        "Eight matrix products as boxes. 8 of 8 fit: the shapes alone do not decide.",
    ),
    "balance of letters": (
        lambda: balance(("x", ("N", "D")), ("dout", ("N", "M")), ("db", ("M",))),
        "Eight matrix products as boxes. None of 8 fits: something else is missing",
    ),
    "scores": (
        lambda: score_gradient(SCORES, [0, 1], PULL),
        "Two heat maps of shape (2, 3), scores and dscores, with the right class of each row "
        "framed. In dscores 2 of 2 right classes are below zero. Row 1 is pulled most: -0.49 at "
        "its right class 1.",
    ),
    "many scores": (
        lambda: score_gradient(np.ones((60, 10)), np.zeros(60, dtype=int), np.ones((60, 10))),
        "Two heat maps of shape (60, 10), scores and dscores, with the right class of each row "
        "framed. In dscores 0 of 60",
    ),
    "race": (
        lambda: race(bowl, {"a": (DOWN, 1), "b": (DOWN[:11], 2)}, at=(4, 20)),
        "Contours of a loss of two parameters with arrows along the gradient, and the paths of a, "
        "b; below, the lowest loss against evaluations spent. After 4 evaluations the lowest "
        "losses are: a 5.06, b 6.32. After 20 evaluations the lowest losses are: a 0.017, b 2.12.",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("draw", "words"), PICTURES.values(), ids=PICTURES.keys())
def test_pictures_and_their_words(draw: Callable[[], Picture], words: str) -> None:
    """Each is a PNG that fits a notebook, says what it shows, and warns of nothing."""
    shown = draw()
    assert shown.alt.startswith(words)
    Image.open(io.BytesIO(shown.png)).verify()
    assert shown.width <= 900
    assert len(shown.png) < 300_000


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (DOUT * MASK, "✓ the same numbers"),
        (DOUT * MASK + 1e-12, "✓ the same numbers"),
        (DOUT * X, "✗ off by up to 0.6"),
        (np.outer(DOUT, MASK), "✗ another shape, (3, 3)"),
    ],
    ids=["same", "rounding", "other numbers", "other shape"],
)
def test_the_short_way_is_compared(other: np.ndarray, words: str) -> None:
    """Another way of writing a product is told right or wrong by its numbers."""
    result = np.atleast_2d(DOUT @ np.diag(MASK))
    assert agreement(np.atleast_2d(other), result) == words
    shown = product({"dout": DOUT, "J": np.diag(MASK)}, "dx", short={"other": other})
    assert shown.alt.endswith(f"other: {words}.")


def test_candidates_are_the_eight_products() -> None:
    """Two orders, each factor as it is or transposed, and numpy agrees on which exist."""
    sizes = {"A": (2, 3), "B": (3, 2)}
    arrays = {name: np.ones(shape) for name, shape in sizes.items()}
    arrays |= {f"{name}.T": array.T for name, array in arrays.items()}
    tried = candidates(*sizes.items())
    assert len({tuple(name for name, _ in one) for one in tried}) == 8
    for one in tried:
        (a, b) = (arrays[name] for name, _ in one)
        assert [x.shape for x in (a, b)] == [shape for _, shape in one]
        fits = a.shape[1] == b.shape[0]
        assert verdict(one, None)[0] == fits
    assert candidates(("x.T", (7, 5)), ("d", (5, 3)))[2][0] == ("x", (5, 7))


@pytest.mark.parametrize(("good", "part"), [(0, "None"), (1, "1 of 8 fits"), (2, "2 of 8 fit:")])
def test_what_the_shapes_tell(good: int, part: str) -> None:
    """One is an answer; none and several are warnings."""
    assert summary(good).startswith(part)


def test_a_budget_buys_as_many_steps_as_it_pays_for() -> None:
    """The start costs one evaluation, each step its price."""
    one = Run(DOWN, np.zeros(21), 1 + 4.0 * np.arange(21))
    assert [one.after(budget) for budget in (1, 4, 5, 8, 9, 1000)] == [1, 1, 2, 2, 3, 21]


def test_a_path_that_stands_still_has_room() -> None:
    """A range is never empty."""
    low, high = span(np.array([2.0, 2.0]))
    assert low < 2 < high


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: product({}, "dx"), "no factors"),
        (lambda: product({"a": np.ones(3), "b": np.ones((2, 2))}, "c"), "'a' has 3 columns"),
        (lambda: product({"a": np.ones((2, 2, 2))}, "c"), "'a' has shape"),
        (lambda: balance(("x", (1, 2, 3)), ("y", (1, 2)), ("z", (1, 2))), "'x' has the shape"),
        (lambda: score_gradient(SCORES, [0], PULL), r"labels \(1,\)"),
        (lambda: score_gradient(SCORES, [0, 1], PULL.T), r"dscores \(3, 2\)"),
        (lambda: score_gradient(SCORES, [0, 3], PULL), "the labels go from 0 to 3"),
        (lambda: race(bowl, {}), "needs runs and moments"),
        (lambda: race(bowl, {"a": (DOWN, 1)}, at=()), "needs runs and moments"),
        (lambda: race(bowl, {"a": (DOWN[0], 1)}), r"path of 'a' has shape \(2,\)"),
        (lambda: race(bowl, {"a": (DOWN, 0)}), "each step of 'a' costs 0"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_cannot_be_drawn(draw: Callable[[], Picture], message: str) -> None:
    """Each misuse has a message with what was got and what was expected."""
    with pytest.raises(ValueError, match=message):
        draw()


def test_examples_in_docstrings_are_true() -> None:
    """The doctests pass."""
    failed, tried = doctest.testmod(sys.modules["gradelib.figures.balance"])
    assert tried > 0
    assert not failed
