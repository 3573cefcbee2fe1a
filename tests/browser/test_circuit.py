"""The circuit of the notebooks in a real browser: stepped through, dragged, in both themes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pages
import pytest
from browser.bench import EXPOSED, THEMES, Bench
from browser.served import TOKEN, in_a_browser, serving, with_widgets
from pages import ROOT, SOURCES

SOLVED = ROOT / "solutions"  # some circuits are the student's
CIRCUIT = """\
import gradelib as gl

gl.figures.Circuit.evaluate(
    [("q", "+", "x", "y"), ("f", "*", "q", "z")], {"x": -2, "y": 5, "z": -4}
).explore()"""
PIXELS = 6  # of a drag for one step of 0.1

pytestmark = [*in_a_browser, with_widgets]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on the solved notebooks, and one with a single circuit."""
    folder = tmp_path_factory.mktemp("circuits")
    shutil.copytree(SOLVED, folder / "notebooks")
    cell = nbformat.v4.new_code_cell(CIRCUIT, id="circuit")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(nb, folder / "notebooks" / "one.ipynb")
    with serving(folder / "notebooks", folder / "home", *EXPOSED) as address:
        yield address


@pytest.fixture
def widget(lab: str, page: Any) -> Iterator[tuple[Bench, Any]]:
    """A notebook with the circuit (x + y) z, run, and the circuit in it."""
    bench = Bench(page, lab, "lab/tree/one.ipynb", TOKEN)
    bench.theme(THEMES[0])
    bench.run("circuit")
    shown = bench.cell.locator(".gl-circuit")
    shown.wait_for()
    yield bench, shown
    assert bench.wrongs == []
    bench.close()


def labels(shown: Any, kind: str) -> list[str]:
    """The numbers that stand at the wires: values, or gradients."""
    texts = shown.locator(f"svg text.{kind}").all_text_contents()
    return sorted(text for text in texts if text)


def press(shown: Any, name: str) -> None:
    """Press one of the buttons under the circuit."""
    shown.get_by_role("button", name=name, exact=True).click()


def test_the_circuit_is_stepped_through(widget: tuple[Bench, Any]) -> None:
    """Values come one by one, then gradients; each step says its derivative and its product."""
    _, shown = widget
    assert labels(shown, "value") == sorted(["−2", "5", "−4", "3", "−12"])
    press(shown, "Start")
    assert labels(shown, "value") == sorted(["−2", "5", "−4"])
    assert labels(shown, "gradient") == []
    press(shown, "Next")
    assert "3" in labels(shown, "value")
    press(shown, "Next")
    assert "−12" in labels(shown, "value")
    assert labels(shown, "gradient") == []
    press(shown, "Next")
    assert labels(shown, "gradient") == ["1"]
    press(shown, "Next")
    assert labels(shown, "gradient") == sorted(["1", "−4", "3"])
    rows = [row.all_inner_texts() for row in map(cells, shown.locator("table tr").all())]
    assert rows[0] == ["to", "local derivative", "gradient × local derivative"]
    assert [row[0] for row in rows[1:]] == ["q", "z"]
    press(shown, "Back")
    assert labels(shown, "gradient") == ["1"]
    press(shown, "End")
    assert labels(shown, "gradient") == sorted(["1", "−4", "−4", "−4", "3"])


def cells(row: Any) -> Any:
    """The cells of a row."""
    return row.locator("th, td")


def test_an_input_is_dragged_and_moved_by_keys(widget: tuple[Bench, Any]) -> None:
    """The kernel calculates anew: x from -2 to 1 makes f = (1 + 5)(-4)."""
    _, shown = widget
    x = shown.get_by_role("spinbutton", name=re.compile("input x"))
    x.scroll_into_view_if_needed()
    box = x.locator(".handle").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.move(*middle)
    shown.page.mouse.down()
    shown.page.mouse.move(middle[0] + 30 * PIXELS, middle[1], steps=10)
    shown.page.mouse.up()
    shown.locator("svg text.value", has_text="−24").wait_for(state="attached")
    assert x.get_attribute("aria-valuenow") == "1"
    assert labels(shown, "gradient") == sorted(["1", "−4", "−4", "−4", "6"])
    x.press("ArrowUp")
    shown.locator("svg text.value", has_text="−24.4").wait_for(state="attached")
    press(shown, "Reset inputs")
    shown.locator("svg text.value", has_text="−12").wait_for(state="attached")
    assert shown.locator(".trouble").inner_text() == ""


@pytest.mark.parametrize("theme", THEMES)
def test_the_circuit_follows_the_theme(widget: tuple[Bench, Any], theme: str) -> None:
    """All that is written is legible, at every step, in the light theme and the dark one."""
    bench, shown = widget
    bench.theme(theme)
    for name in ("Back", "Start", "Next", "End"):
        press(shown, name)
        assert bench.faint(shown) == []
    ground = shown.evaluate("element => getComputedStyle(element).backgroundColor")
    bright = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) > 3 * 128
    assert bright == (theme == THEMES[0])


def with_a_circuit() -> list[tuple[Path, str]]:
    """The notebooks that have a circuit to step through, and its cell."""
    found = []
    for path in SOURCES:
        having = [cell["id"] for cell in pages.cells(path) if ".explore(" in cell["source"]]
        found += [(path.relative_to(SOLVED), name) for name in having[:1]]
    return found


@pytest.mark.parametrize(
    ("notebook", "cell"), with_a_circuit(), ids=lambda value: str(value).split("_")[0]
)
def test_a_circuit_of_the_course_is_stepped_through(
    lab: str, page: Any, notebook: Path, cell: str
) -> None:
    """Start hides what comes later, End shows it again."""
    bench = Bench(page, lab, f"lab/tree/{notebook.as_posix()}", TOKEN)
    try:
        bench.run_all_above(cell)
        bench.run(cell)
        shown = bench.cell.locator(".gl-circuit").first
        whole = [*labels(shown, "value"), *labels(shown, "gradient")]
        press(shown, "Start")
        assert len([*labels(shown, "value"), *labels(shown, "gradient")]) < len(whole)
        press(shown, "End")
        assert [*labels(shown, "value"), *labels(shown, "gradient")] == whole
        assert bench.wrongs == []
    finally:
        bench.close()
