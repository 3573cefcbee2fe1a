"""The widget of a circuit in a real browser: stepped through, dragged, by keys, and read aloud.

The page holds the widget's JavaScript and a model that asks Python, as a kernel would.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser.served import browsing, with_chromium, with_widgets

from gradelib.figures import Circuit
from gradelib.figures.graph import Node
from gradelib.figures.style import DARK, STYLE

BRANCH: list[Node] = [("a", "+", "x", "y"), ("b", "max", "y", "z"), ("f", "*", "a", "b")]
LOGARITHM: list[Node] = [("u", "log", "x"), ("f", "square", "u")]
AT = {"x": 1.0, "y": 2.0, "z": 0.0}
SHOW = """async ([code, data]) => {
  const made = new Blob([code], {type: "text/javascript"});
  const {default: widget} = await import(URL.createObjectURL(made));
  const heard = {};
  const tell = (name) => (heard[`change:${name}`] ?? []).forEach((f) => f());
  const model = {
    get: (name) => data[name],
    set(name, value) { data[name] = value; if (name !== "inputs") tell(name); },
    async save_changes() { model.set("state", await window.kernel(data.inputs)); },
    on: (event, f) => (heard[event] ??= []).push(f),
    off: (event, f) => { heard[event] = heard[event].filter((one) => one !== f); },
  };
  window.close_widget = widget.render({model, el: document.querySelector("main")});
  window.heard = heard;
}"""

pytestmark = [*with_chromium, with_widgets]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The browser for all tests of this module."""
    with browsing(tmp_path_factory.mktemp("chromium"), width=1100) as page:
        yield page.context


@pytest.fixture
def show(browser: Any) -> Iterator[Any]:
    """Show a circuit's widget on a page of its own; errors of the page fail the test."""
    from gradelib.figures.widget import CircuitWidget

    errors: list[str] = []
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def shown(circuit: Circuit, theme: str = "true") -> Any:
        widget = CircuitWidget(circuit.explore())

        def kernel(inputs: dict[str, float]) -> dict[str, Any]:
            widget.inputs = inputs
            return widget.state

        page.expose_function("kernel", kernel)
        page.set_content(
            f"<style>{widget._css}</style><body data-jp-theme-light={theme}><main></main></body>"
        )
        names = ("scene", "state", "inputs", "step")
        page.evaluate(SHOW, [widget._esm, {name: getattr(widget, name) for name in names}])
        return page

    yield shown
    page.close()
    assert errors == []


def labels(page: Any, kind: str) -> list[str]:
    """The numbers on the wires that can be seen."""
    texts: list[str] = page.locator(f"svg text.{kind}").all_text_contents()
    return [text for text in texts if text]


def test_it_opens_with_both_passes_done(show: Any) -> None:
    """All numbers of the static picture are there, at the same wires."""
    page = show(Circuit.evaluate(BRANCH, AT))
    assert labels(page, "value") == ["1", "2", "0", "3", "2", "6"]
    assert sorted(labels(page, "gradient")) == sorted(["2", "3", "2", "5", "0", "2", "3", "1"])


def test_step_by_step(show: Any) -> None:
    """Numbers appear gate by gate; a backward step shows local derivatives and products."""
    page = show(Circuit.evaluate(BRANCH, AT))
    page.get_by_role("button", name="Start").click()
    assert labels(page, "value") == ["1", "2", "0"]
    assert page.get_by_role("button", name="Back").is_disabled()
    forward = page.get_by_role("button", name="Next")
    for wanted in (["1", "2", "0", "3"], ["1", "2", "0", "3", "2"]):
        forward.click()
        assert labels(page, "value") == wanted
        assert labels(page, "gradient") == []
    for _ in range(3):
        forward.click()
    rows = page.get_by_role("row").all_text_contents()
    assert rows[1:] == ["a∂f/∂a = b = 21 × 2 = 2", "b∂f/∂b = a = 31 × 3 = 3"]
    assert sorted(labels(page, "gradient")) == ["1", "2", "3"]
    assert page.locator("[aria-live]").text_content().startswith("Backward. Gate f receives")
    page.get_by_role("button", name="End").click()
    assert forward.is_disabled()
    assert forward.evaluate("e => !e.disabled"), "a disabled button would lose the focus"


def test_the_keyboard_is_enough(show: Any) -> None:
    """Tab reaches every input and button; arrows and page keys change an input, Enter resets."""
    page = show(Circuit.evaluate(BRANCH, AT))
    page.keyboard.press("Tab")
    x = page.get_by_role("spinbutton", name="input x")
    assert x.evaluate("node => node === document.activeElement")
    for key, value in (("ArrowUp", 1.1), ("ArrowLeft", 1.0), ("PageDown", 0.0)):
        page.keyboard.press(key)
        page.wait_for_function(
            "v => Number(document.activeElement.getAttribute('aria-valuenow')) === v", arg=value
        )
    assert "4" in labels(page, "value")  # (0 + 2) max(2, 0)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The inputs: x = 0, y = 2, z = 0.").first.wait_for()
    page.get_by_role("button", name="Reset inputs").focus()
    page.keyboard.press("Enter")
    page.get_by_text("The inputs: x = 1, y = 2, z = 0.").first.wait_for()


def test_plain_keys_do_not_reach_the_notebook(show: Any) -> None:
    """While the focus is here, the document hears keys with Ctrl, and Escape, and no others."""
    page = show(Circuit.evaluate(BRANCH, AT))
    page.evaluate(
        """window.reached = [];
        document.addEventListener("keydown", (e) => window.reached.push(e.key), true)"""
    )
    for name in ("spinbutton", "button", "slider"):
        page.get_by_role(name).first.focus()
        for key in ("ArrowUp", "Enter", "d", "Control+s", "Escape"):
            page.keyboard.press(key)
    heard = page.evaluate("window.reached.filter(key => key !== 'Control')")
    assert heard == ["s", "Escape"] * 3
    page.evaluate("window.close_widget()")
    page.keyboard.press("d")
    assert page.evaluate("window.reached").count("d") == 1


def test_a_drag_calculates_anew(show: Any) -> None:
    """Sixty pixels to the right are ten steps of 0.1, and every number follows."""
    page = show(Circuit.evaluate(BRANCH, AT))
    box = page.get_by_role("spinbutton", name="input z").locator("rect").bounding_box()
    x, y = box["x"] + 10, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 180, y, steps=10)
    page.mouse.up()
    page.get_by_role("spinbutton", name="input z").and_(
        page.locator("[aria-valuenow='3']")
    ).wait_for()
    assert labels(page, "value") == ["1", "2", "3", "3", "3", "9"]
    page.mouse.move(x, y)  # the button is up
    assert labels(page, "value") == ["1", "2", "3", "3", "3", "9"]


def test_where_there_is_no_value_it_says_so(show: Any) -> None:
    """A logarithm of zero is refused in words, and the way back is open."""
    page = show(Circuit.evaluate(LOGARITHM, {"x": 0.1}))
    page.get_by_role("spinbutton").focus()
    page.keyboard.press("ArrowDown")
    alert = page.get_by_role("alert")
    alert.get_by_text("gate 'u' (log) has no finite value and slope at 0.0").wait_for()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("() => document.querySelector('[role=alert]').textContent === ''")


def test_what_a_screen_reader_finds(show: Any) -> None:
    """The circuit is described, its inputs are named with their values, the drawing is silent."""
    circuit = Circuit.evaluate(BRANCH, AT)
    page = show(circuit)
    found = page.locator(".gl-circuit").aria_snapshot()
    for part in ('spinbutton "input y"', 'button "Next"', 'slider "Step"', circuit.alt[:60]):
        assert part in found
    described = page.locator("svg").get_attribute("aria-describedby")
    assert page.locator(f"[id={described}]").text_content() == circuit.alt
    assert page.get_by_role("spinbutton", name="input y").get_attribute("aria-valuetext") == "2"


@pytest.mark.parametrize(
    ("theme", "style"), [("true", STYLE), ("false", DARK)], ids=["light", "dark"]
)
def test_it_follows_the_theme(show: Any, theme: str, style: Any) -> None:
    """Paper and ink are those of the theme, also when it is switched afterwards."""
    page = show(Circuit.evaluate(BRANCH, AT), theme)

    def paper() -> str:
        return str(page.locator(".gl-circuit").evaluate("e => getComputedStyle(e).backgroundColor"))

    def rgb(colour: str) -> str:
        return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"

    assert paper() == rgb(style.paper)
    other, switched = ("false", DARK) if style is STYLE else ("true", STYLE)
    page.evaluate("to => document.body.dataset.jpThemeLight = to", other)
    page.wait_for_function(
        "c => getComputedStyle(document.querySelector('.gl-circuit')).backgroundColor === c",
        arg=rgb(switched.paper),
    )


def test_nothing_is_cut_off(show: Any) -> None:
    """Every number and handle lies inside the drawing, and text is at least 12 pixels high."""
    page = show(Circuit.evaluate([*BRANCH, ("g", "*", "f", "x")], {"x": -12.34, "y": 2, "z": 0}))
    outside = page.evaluate(
        """() => { const room = document.querySelector('svg').getBoundingClientRect();
        return [...document.querySelectorAll('svg text, svg rect, svg path')].filter((e) => {
          const b = e.getBoundingClientRect();
          return b.width && (b.left < room.left - 1 || b.right > room.right + 1 ||
                             b.top < room.top - 1 || b.bottom > room.bottom + 1);
        }).map((e) => e.outerHTML); }"""
    )
    assert outside == []
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('.gl-circuit *')].filter((e) => e.textContent.trim())
        .map((e) => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert min(sizes) >= 12


def test_closing_leaves_nothing_behind(show: Any) -> None:
    """A view that is closed no longer listens."""
    page = show(Circuit.evaluate(BRANCH, AT))
    page.evaluate("window.close_widget()")
    assert page.evaluate("Object.values(window.heard).flat().length") == 0
