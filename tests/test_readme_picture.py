"""The README's picture shows what the check says today; `make picture` takes it anew."""

import re
from pathlib import Path

import pytest
from browser.picture import FILES, SAYS, report
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_BYTES, LEAST_PIXELS = 80_000, 1000


@pytest.mark.parametrize("path", FILES.values(), ids=lambda path: path.stem)
def test_the_picture_is_of_the_report_and_the_readme_shows_it(path):
    """The words in the file are the check's own, and the file is small and sharp."""
    with Image.open(path) as picture:
        picture.load()
        assert picture.text[SAYS] == str(report())
        assert picture.width > LEAST_PIXELS
    assert path.stat().st_size < MOST_BYTES
    assert str(path.relative_to(ROOT)) in README


def test_the_readme_says_what_the_picture_says():
    """The same report as text, its mistake named, and the map in words."""
    said = report()
    assert [found.mistake for found in said.diagnoses] == ["labels-shifted"]
    assert "\n".join(f"    {line}" for line in str(said).split("\n")) in README
    (alt,) = re.findall(r'<img[^>]* alt="([^"]+)"', README)
    assert "heat map" in alt
    rows, columns = said.comparisons[0].errors.shape
    assert (rows, columns) == (6, 5)
    assert "six rows by five columns" in alt
