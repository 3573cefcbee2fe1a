"""gradient_by_depth: what it shows of a signal on its way back, what it says, what it refuses."""

import doctest
import io

import numpy as np
import pytest
from PIL import Image

from gradelib.figures import depth, gradient_by_depth

BACK = np.arange(19, -1, -1)  # steps from the last of twenty layers to each
PICTURES = {
    "vanishing": (
        {"sigmoid": 0.1 * 0.25**BACK},
        "sigmoid: from layer 20 back to layer 1 the size is multiplied by 3.6e-12, 0.25 for each",
    ),
    "exploding": (
        {"relu": 2.0**BACK},
        "relu: from layer 20 back to layer 1 the size is multiplied by 520000, 2 for each layer",
    ),
    "kept": ({"tanh": np.ones(20)}, "is multiplied by 1, 1 for each layer"),
    "several depths": (
        {"five": 0.5 ** np.arange(4, -1, -1), "two": [0.5, 1.0]},
        "five: from layer 5 back to layer 1 the size is multiplied by 0.062, 0.5 for each layer; "
        "two: from layer 2 back to layer 1 the size is multiplied by 0.5, 0.5 for each layer.",
    ),
    "dead": (
        {"relu": [0.0, 0.0, 0.5, 1.0]},
        "relu: from layer 4 back to layer 1 the size falls to zero, in layer 2",
    ),
    "overflow": (
        {"relu": [np.nan, np.inf, 1e9, 1.0]},
        "relu: from layer 4 back to layer 1 the size becomes too large for a number",
    ),
    "beyond the axis": ({"sigmoid": [1e-300, 1e-200, 1.0]}, "multiplied by 1.0e-300"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("sizes", "words"), PICTURES.values(), ids=PICTURES.keys())
def test_pictures_and_their_words(sizes, words):
    """Each is a small PNG, says what becomes of the signal, and warns of nothing."""
    shown = gradient_by_depth(sizes)
    assert shown.alt.startswith("Plot of the size of the error signal by layer")
    assert words in shown.alt
    Image.open(io.BytesIO(shown.png)).verify()
    assert shown.width <= 900
    assert len(shown.png) < 100_000


def test_size_of_the_last_layer_does_not_matter():
    """The sizes are relative to the last one, where the way back begins."""
    one = gradient_by_depth({"tanh": [0.5, 1.0, 2.0]})
    assert gradient_by_depth({"tanh": [5e-9, 1e-8, 2e-8]}) == one


def test_unit_and_words_of_the_author():
    """A recurrent net has steps, and better words replace the generated ones."""
    assert "from step 2 back to step 1" in gradient_by_depth({"w": [1.0, 2.0]}, unit="step").alt
    assert gradient_by_depth({"w": [1.0, 2.0]}, alt="It halves").alt == "It halves"


def test_zones_show_where_a_signal_has_vanished_or_exploded():
    """The paper is tinted below a thousandth and above a thousandfold, and only there."""

    def tinted(share):
        image = Image.open(io.BytesIO(gradient_by_depth({"a": [share, 1.0]}).png)).convert("RGB")
        red, _, blue = np.moveaxis(np.asarray(image, dtype=int), -1, 0)
        bright = np.asarray(image).min(axis=2) > 200
        return (
            np.mean(bright & (blue - red > 5)) > 0.05,
            np.mean(bright & (red - blue > 5)) > 0.05,
        )

    assert tinted(1e-6) == (True, False)
    assert tinted(1e6) == (False, True)
    assert tinted(0.5) == (False, False)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        pytest.param({}, "got no curves", id="none"),
        pytest.param({"a": [[1.0, 2.0]]}, r"'a' has shape \(1, 2\)", id="2-d"),
        pytest.param({"a": [1.0]}, "two or more layers", id="one layer"),
        pytest.param({"a": [-1.0, 1.0]}, "none below zero", id="negative"),
        pytest.param({"a": [1.0, 0.0]}, "begins its way back with the size 0.0", id="last is zero"),
        pytest.param({"a": [1.0, np.inf]}, "with the size inf", id="last is infinite"),
        pytest.param({str(i): [1.0, 2.0] for i in range(9)}, "9 curves", id="too many"),
    ],
)
def test_what_cannot_be_drawn(sizes, message):
    """Each misuse has a message with what was got and what was expected."""
    with pytest.raises(ValueError, match=message):
        gradient_by_depth(sizes)


def test_example_of_the_docstring():
    """The doctest passes."""
    result = doctest.testmod(depth)
    assert result.attempted > 0
    assert result.failed == 0
