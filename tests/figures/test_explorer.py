"""A circuit to step through: what its steps say, other inputs, and a picture without widgets."""

import doctest
import html
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from gradelib.figures import Circuit, explorer, rules, walk
from gradelib.figures.explorer import can_show_widgets
from gradelib.figures.graph import Node, evaluate, read
from gradelib.figures.style import DARK, STYLE, luminance

PRODUCT: list[Node] = [("q", "+", "x", "y"), ("f", "*", "q", "z")]
AT = {"x": -2, "y": 5, "z": -4}
BRANCH: list[Node] = [("a", "+", "x", "y"), ("b", "max", "y", "z"), ("f", "*", "a", "b")]
LOSS: list[Node] = [
    ("p", "*", "w0", "x"), ("y", "sigmoid", "p"), ("e", "-", "y", "t"), ("$e^2$", "square", "e"),
    ("L", "*0.5", "$e^2$"),
]  # fmt: skip


def words(circuit: Circuit) -> list[str]:
    """The text of every step."""
    return [step.words for step in circuit.explore().steps()]


def test_both_passes_gate_by_gate() -> None:
    """Each gate is visited once on each way, with its local derivatives and the products."""
    assert words(Circuit.evaluate(PRODUCT, AT)) == [
        "The inputs: x = −2, y = 5, z = −4.",
        "Forward. q = x + y = −2 + 5 = 3.",
        "Forward. f = q × z = 3 × (−4) = −12.",
        "Backward. It starts at the output: the gradient of f by itself is 1.",
        "Backward. Gate f receives the gradient 1 and sends back gradient × local derivative. "
        "To q: local derivative ∂f/∂q = z = −4; upstream times local 1 × (−4) = −4. "
        "To z: local derivative ∂f/∂z = q = 3; upstream times local 1 × 3 = 3.",
        "Backward. Gate q receives the gradient −4 and sends back gradient × local derivative. "
        "To x: local derivative ∂q/∂x = 1; upstream times local −4 × 1 = −4. "
        "To y: local derivative ∂q/∂y = 1; upstream times local −4 × 1 = −4.",
        "Both passes are done: values above the wires, gradients below.",
    ]


def test_branches_add_when_the_last_has_arrived() -> None:
    """The gradient of a value that is used twice appears with the second message."""
    steps = Circuit.evaluate(BRANCH, {"x": 1, "y": 2, "z": 0}).explore().steps()
    through_max, through_sum = steps[-3], steps[-2]
    assert "y" not in through_max.gradients
    assert "y" in through_sum.gradients
    assert through_sum.adds == "At y the branches add: 3 + 2 = 5."


def test_a_constant_gets_no_message() -> None:
    """What has no gradient is not sent one, and names are written as they are drawn."""
    told = words(Circuit.evaluate(LOSS, {"w0": 1, "x": 2, "t": 1}, constants=("x", "t")))
    assert "Forward. p = w₀ × x = 1 × 2 = 2." in told
    assert "Forward. e² = (−0.12)² = 0.014." in told
    assert told[-2].endswith(
        "To w₀: local derivative ∂p/∂w₀ = x = 2; upstream times local −0.013 × 2 = −0.025."
    )
    assert not any("∂e/∂t" in text for text in told)


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", "max", "min"])
def test_products_are_the_gradients(operation: str) -> None:
    """Every message of every step carries what the circuit's own backward pass sends."""
    nodes: list[Node] = [("u", operation, "a", "b"), ("v", "tanh", "u"), ("f", "*", "v", "a")]
    circuit = Circuit.evaluate(nodes, {"a": 0.7, "b": -1.3}, decimals=6)
    _, slopes = evaluate(read(nodes), {"a": 0.7, "b": -1.3})
    for step in circuit.explore().steps():
        for message in step.messages:
            keys = ((message.wire.source, message.wire.gate), message.wire.source)
            expected = next(slopes[key] for key in keys if key in slopes)
            product = message.product.split("= ")[-1].replace("−", "-")
            assert float(product) == pytest.approx(expected, abs=1e-5)


def test_every_label_is_revealed_once_and_all_in_the_end() -> None:
    """Values appear in the forward pass, gradients in the backward pass, none twice."""
    circuit = Circuit.evaluate(LOSS, {"w0": 1, "x": 2, "t": 1}, constants=("x", "t"))
    steps = circuit.explore().steps()
    for shown, wanted in (
        ([n for s in steps[:-1] for n in s.values], circuit.values),
        ([n for s in steps[:-1] for n in s.gradients], circuit.gradients),
    ):
        assert sorted(shown) == sorted(wanted)
    assert {*steps[-1].values} >= {*circuit.values}


def test_values_alone_have_no_way_back() -> None:
    """Without gradients there is the forward pass only, and nothing tells a gradient."""
    told = words(Circuit.evaluate(PRODUCT, AT, gradients=False))
    assert len(told) == 4
    assert not any("gradient" in text or "Backward" in text for text in told)


def test_other_inputs() -> None:
    """A drag calculates everything anew; one input may be given alone."""
    explored = Circuit.evaluate(PRODUCT, AT).explore()
    assert explored.inputs == {"x": -2.0, "y": 5.0, "z": -4.0}
    moved = explored.at({"x": 4.0})
    assert moved.values["f"] == -36
    assert moved.gradients["z"] == 9
    assert "f = q * z, value -36, gradient 1" in moved.alt
    assert "gradient" not in Circuit.evaluate(PRODUCT, AT, gradients=False).explore().at(AT).alt


def test_an_engine_of_ones_own() -> None:
    """With `compute`, the numbers come from whoever calculates them."""

    def engine(inputs: dict[str, float]) -> tuple[dict, dict]:
        return {**inputs, "f": 2 * inputs["x"]}, {"x": 2.0, "f": 1.0}

    circuit = Circuit([("f", "double", "x")], *engine({"x": 3.0}))
    assert circuit.explore().inputs == {}  # nobody could calculate
    explored = circuit.explore(engine)
    assert explored.at({"x": 5.0}).values == {"x": 5.0, "f": 10.0}
    assert "To x: local derivative ∂f/∂x; upstream times local 2." in explored.steps()[-2].words


def test_an_engine_of_arrays() -> None:
    """Arrays without axes are numbers, and `compute` may give a circuit drawn anew."""

    def drawn(x: float) -> Circuit:
        here = np.array(x)
        values = {"x": here, "u": here * here, "f": here * here + here}
        slopes = {("x", "u", 0): here, ("x", "u", 1): here, ("x", "f"): np.array(1.0)}
        return Circuit(
            [("u", "*", "x", "x"), ("f", "+", "u", "x")],
            values,
            {"x": 2 * here + 1, "u": np.array(1.0), "f": np.array(1.0), **slopes},
        )

    explored = drawn(3.0).explore(lambda inputs: drawn(inputs["x"]))
    assert explored.inputs == {"x": 3.0}
    steps = explored.steps(explored.at({"x": 5.0}))
    assert "Forward. u = x × x = 5 × 5 = 25." in [step.words for step in steps]
    assert steps[-2].adds == "At x the branches add: 1 + 5 + 5 = 11."
    assert steps[-2].messages[0].local == "∂u/∂x = x = 5"


def test_a_wrong_gradient_is_noticed() -> None:
    """Where what arrives does not add up to what stands there, the step says so."""
    values = {"x": 1, "y": 2, "z": 0, "a": 3, "b": 2, "f": 6}
    wrong = {"x": 2, "y": 2, "z": 0, "a": 2, "b": 3, "f": 1}
    told = words(Circuit(BRANCH, values, wrong))
    assert "What arrives at y adds up to 5, but 2 stands there." in told[-2]
    right = Circuit(BRANCH, values, {**wrong, "y": 5 + 1e-9})
    assert not any("stands there" in text for text in words(right))


def test_shapes_and_words_have_steps_too() -> None:
    """Without numbers a step still says who sends what to whom."""
    net: list[Node] = [("h", "affine", "X", "W"), ("L", "loss", "h", "y")]
    circuit = Circuit(
        net, {"h": np.zeros((5, 7))}, {"h": "dh", "W": "dW", "L": 1}, constants=("X", "y")
    )
    told = words(circuit)
    assert told[1] == "Forward. h = affine(X, W) = (5, 7)."
    assert "Gate h receives the gradient dh" in told[-2]
    assert "To W: local derivative ∂h/∂W; upstream times local dW." in told[-2]


@pytest.mark.parametrize("hidden", [{"hide_values": ("q",)}, {"hide_gradients": ("x",)}])
def test_hidden_numbers_are_not_told(hidden: dict) -> None:
    """The steps of a circuit with question marks would give its answers away."""
    with pytest.raises(ValueError, match="its steps would tell them"):
        Circuit.evaluate(PRODUCT, AT, **hidden).explore()


def test_without_a_widget_there_is_a_picture_and_the_steps_as_text() -> None:
    """Outside a kernel the bundle is the circuit's img, and a list that opens with the keyboard."""
    circuit = Circuit.evaluate(PRODUCT, AT)
    bundle = circuit.explore()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/plain"] == circuit.alt == repr(circuit.explore())
    picture, steps = bundle["text/html"].split("<details>")
    assert picture == circuit._repr_mimebundle_()["text/html"]
    items = re.findall("<li>(.*?)</li>", steps)
    assert [html.unescape(item) for item in items] == words(circuit)[:-1]


def test_widgets_need_a_kernel_that_serves_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a plain Python nor the validation of a hand-in makes widgets."""
    assert not can_show_widgets()
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(explorer.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(explorer, "find_spec", lambda name: object())
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert can_show_widgets()
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert not can_show_widgets()
    monkeypatch.delenv("NBGRADER_EXECUTION")
    monkeypatch.setattr(explorer, "find_spec", lambda name: None)
    assert not can_show_widgets()


def test_what_a_browser_gets_is_plain_and_whole() -> None:
    """Scene and state are JSON; every label of a step has its text, every branch its place."""
    explored = Circuit.evaluate([*BRANCH, ("g", "+", "f", 1)], {"x": 1, "y": 2, "z": 0}).explore()
    scene = json.loads(json.dumps(explored.scene))
    state = json.loads(json.dumps(explored.state(explored.circuit)))
    assert scene["first"] == {"x": 1, "y": 2, "z": 0}
    names = {node["name"]: node for node in scene["nodes"]}
    for step in state["steps"]:
        assert {*step["values"]} <= {*names}
        assert all(0 <= wire < len(scene["wires"]) for wire in step["wires"])
    assert {i for i, wire in enumerate(scene["wires"]) if "branch" in wire} == {
        int(i) for i in state["branches"]
    }
    assert names["g[1]"]["kind"] == "constant"
    assert all(0 < n["x"] < scene["width"] and 0 < n["y"] < scene["height"] for n in names.values())
    assert len(json.dumps(scene)) < 20_000


def test_room_for_other_numbers() -> None:
    """A circuit that can be dragged leaves room for longer numbers than it begins with."""
    explored = Circuit.evaluate(PRODUCT, {"x": 1, "y": 1, "z": 1}).explore()
    still = Circuit(PRODUCT, {"x": 1, "y": 1, "z": 1}, {"x": 1}).explore()
    rooms = [min(n["room"] for n in e.scene["nodes"]) for e in (explored, still)]
    assert rooms[0] > 40 > rooms[1]


@pytest.mark.parametrize("name", ["ink", "quiet", "value", "gradient", "blue", "purple", "brown"])
@pytest.mark.parametrize("paper", ["paper", "fill", "fill_value", "fill_gradient", "fill_blue"])
def test_dark_colours_can_be_read(name: str, paper: str) -> None:
    """On dark paper and on every dark fill, text has a contrast of at least 4.5 to 1."""
    front, back = luminance(getattr(DARK, name)), luminance(getattr(DARK, paper))
    assert (front + 0.05) / (back + 0.05) >= 4.5


def test_light_colours_can_be_read_where_the_widget_puts_them() -> None:
    """Values on their handles, text on buttons and gates."""
    pairs = [("value", "fill_value"), ("ink", "fill"), ("ink", "fill_blue"), ("quiet", "fill")]
    for front, back in pairs:
        ratio = (luminance(getattr(STYLE, back)) + 0.05) / (luminance(getattr(STYLE, front)) + 0.05)
        assert ratio >= 4.5, (front, back)


def test_examples_in_docstrings_are_true() -> None:
    """The doctests of the rules and of the walk pass."""
    for module in (rules, walk):
        failed, tried = doctest.testmod(module)
        assert tried > 0
        assert not failed
