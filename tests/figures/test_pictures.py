"""A picture is a PNG in an `<img>` with alternative text, shown once and on its own paper."""

import base64
import html
import io
import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from gradelib.figures import STYLE, Picture, picture, subplots
from gradelib.figures.style import luminance, number, symbol


def plot(facecolor: object = "white") -> Figure:
    """Return a small figure, 200 by 100 CSS pixels."""
    figure = Figure(figsize=(200 / 96, 100 / 96), facecolor=facecolor)  # type: ignore[arg-type]
    figure.subplots().plot([1, 3, 2])
    return figure


def opened(shown: Picture) -> Image.Image:
    """Return a picture's pixels, after a check of the file."""
    Image.open(io.BytesIO(shown.png)).verify()
    return Image.open(io.BytesIO(shown.png)).convert("RGBA")


def test_bundle_holds_an_image_and_its_text() -> None:
    """What is displayed is an img with escaped alternative text, and the text alone."""
    shown = picture(plot(), 'A "curve" with 1 < 3 & more')
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == 'A "curve" with 1 < 3 & more'
    tag = re.fullmatch(
        r'<img alt="([^"<>]*)" src="data:image/png;base64,([^"]*)" width="(\d+)" style="[^"]*">',
        bundle["text/html"],
    )
    assert tag is not None
    assert html.unescape(tag[1]) == shown.alt
    assert base64.b64decode(tag[2]) == shown.png
    assert int(tag[3]) == shown.width


def test_two_pixels_for_each_css_pixel() -> None:
    """The width attribute is half the number of pixels, so that the picture is crisp."""
    shown = picture(plot(), "A curve")
    assert abs(opened(shown).width - 2 * shown.width) <= 1
    assert 150 < shown.width < 260


@pytest.mark.parametrize("facecolor", ["white", "none", (1, 1, 1, 0), (0, 0, 1, 0.5)], ids=str)
def test_paper_is_opaque_white(facecolor: object) -> None:
    """Every edge of a picture is white and opaque, whatever the figure's own background."""
    pixels = np.asarray(opened(picture(plot(facecolor), "A curve")))
    for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
        assert np.all(edge == 255)


def test_a_dark_figure_keeps_its_paper() -> None:
    """A figure drawn light on dark is not put on white paper, where it could not be seen."""
    assert opened(picture(plot("black"), "A curve")).getpixel((0, 0)) == (0, 0, 0, 255)


@pytest.mark.parametrize("alt", ["", "  \n", None, 3], ids=repr)
def test_alternative_text_is_required(alt: object) -> None:
    """A picture without words is refused, with advice."""
    with pytest.raises(ValueError, match="say in a sentence or two"):
        picture(plot(), alt)  # type: ignore[arg-type]


def test_something_else_than_a_figure_is_refused() -> None:
    """Handing over the axes is a common slip and gets an answer."""
    with pytest.raises(TypeError, match="got Axes"):
        picture(plot().axes[0], "A curve")  # type: ignore[arg-type]


def test_figure_is_closed_in_pyplot() -> None:
    """A figure made with pyplot is not left there to be shown a second time."""
    figure, ax = plt.subplots()
    ax.plot([1, 2])
    picture(figure, "A line")
    assert not plt.fignum_exists(figure.number)  # type: ignore[attr-defined]


def test_our_own_figures_never_enter_pyplot() -> None:
    """`subplots` makes a figure that pyplot does not know."""
    before = plt.get_fignums()
    figure, axes = subplots(1, 2, width=400, height=200, sharey=True)
    assert plt.get_fignums() == before
    assert len(axes) == 2
    assert 380 < picture(figure, "Two empty axes").width < 440


def test_settings_of_matplotlib_are_left_alone() -> None:
    """Neither the backend nor any setting of the user changes."""
    before, backend = dict(matplotlib.rcParams), matplotlib.get_backend()
    figure, ax = subplots()
    ax.plot([1, 2])
    picture(figure, "A line")
    assert dict(matplotlib.rcParams) == before
    assert matplotlib.get_backend() == backend


def test_import_is_light() -> None:
    """Importing the figures brings neither nbgrader nor IPython nor pyplot."""
    code = (
        "import sys, gradelib.figures; "
        "print([m for m in ('nbgrader', 'IPython', 'matplotlib.pyplot') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_photographs_keep_their_colours() -> None:
    """A picture of many colours is not squeezed into a palette that would show."""
    figure = Figure(figsize=(2, 2))
    pixels = np.random.default_rng(0).random((60, 60, 3))
    figure.add_axes((0, 0, 1, 1)).imshow(pixels)
    shown = np.asarray(Image.open(io.BytesIO(picture(figure, "Noise").png)).convert("RGB"))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 1000


@pytest.mark.parametrize("colour", STYLE.text_colours)
def test_text_can_be_read_on_white(colour: str) -> None:
    """Every colour used for text has a contrast of at least 4.5 to 1 on white."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_luminance_of_black_and_white() -> None:
    """The measure of contrast gives 21 to 1 for black on white."""
    assert luminance("black") == 0
    assert luminance("white") == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"), (-4.0, "−4"), (0.0, "0"), (-0.0, "0"), (0.5, "0.5"), (0.1966, "0.20"),
        (-0.0125, "−0.013"), (-0.00071, "−7.1e−4"), (1.5e-8, "1.5e−8"), (123456.789, "123456.79"),
        (2.5e7, "2.5e7"), (None, "?"), ("(N, D)", "(N, D)"), (np.zeros((5, 7)), "(5, 7)"),
        (np.float32(0.25), "0.25"), (float("nan"), "nan"), (float("-inf"), "−inf"),
        (1 - 1e-9, "1.00"),
    ],
    ids=str,
)  # fmt: skip
def test_numbers_are_short(value: object, text: str) -> None:
    """Numbers are written as short as they can be without pretending to be exact."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x", "$x$"), ("w0", "$w_{0}$"), ("w_0", "$w_{0}$"), ("W1", "$W_{1}$"), ("λ", "$λ$"),
        ("loss", r"$\mathrm{loss}$"), ("dW1", r"$\mathrm{dW}_{1}$"), ("my loss", "my loss"),
        (r"$\bar{w}$", r"$\bar{w}$"),
    ],
    ids=str,
)  # fmt: skip
def test_names_are_mathematics(name: str, text: str) -> None:
    """A digit at the end of a name is a subscript, and words stand upright."""
    assert symbol(name) == text
