"""The drawing of a circuit: its words, its labels, and that nothing lies on anything else."""

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Polygon
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from gradelib.figures import Circuit
from gradelib.figures.graph import Node, read
from gradelib.figures.layout import increasing

PRODUCT = [("q", "+", "x", "y"), ("f", "*", "q", "z")]
AT = {"x": -2, "y": 5, "z": -4}
SUMS = [("a", "*", "w0", "x0"), ("b", "*", "w1", "x1"), ("c", "+", "a", "b"), ("d", "+", "c", "w2")]
NEURON = [*SUMS, ("e", "*-1", "d"), ("g", "exp", "e"), ("h", "+1", "g"), ("f", "1/x", "h")]
WEIGHTS = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
LOGISTIC = [
    ("u", "*", "w", "x"), ("z", "+", "u", "b"), ("y", "sigmoid", "z"), ("d", "-", "y", "t"),
    ("e", "square", "d"), ("L", "*", "e", 0.5), ("s", "square", "w"), ("R", "*", "s", 0.5),
    ("r", "*", "R", "λ"), ("J", "+", "L", "r"),
]  # fmt: skip
NET = [
    ("h", "affine", "X", "W1", "b1"), ("r", "relu", "h"), ("s", "affine", "r", "W2", "b2"),
    ("loss", "softmax loss", "s", "y"),
]  # fmt: skip
SHAPES = {"X": "(N, D)", "W1": "(D, H)", "h": np.zeros((5, 7)), "s": "(N, C)", "loss": 2.3}
DIAMOND = [
    ("a", "*", "x", "x", "x"),
    ("b", "/", "y", "x"),
    ("c", "+", "a", "b"),
    ("f", "-", "c", "y"),
]
CIRCUITS = {
    "product": Circuit.evaluate(PRODUCT, AT),
    "neuron": Circuit.evaluate(NEURON, WEIGHTS),
    "sigmoid gate": Circuit.evaluate([*SUMS, ("f", "sigmoid", "d")], WEIGHTS),
    "routed": Circuit.evaluate(
        [("a", "+", "x", "y"), ("b", "max", "y", "z"), ("f", "*", "a", "b")],
        {"x": 1, "y": 2, "z": 0},
    ),
    "logistic": Circuit.evaluate(
        LOGISTIC, {"w": 1.5, "x": 2, "b": -1, "t": 1, "λ": 0.1}, constants=("x", "t", "λ")
    ),
    "shapes": Circuit(NET, SHAPES, SHAPES, constants=("y",)),
    "bare": Circuit(NET),
    "many branches": Circuit.evaluate(DIAMOND, {"x": 0.03125, "y": -12345.678}),
    "long names": Circuit(
        [("probabilities", "a very long operation", "some input", "x")],
        {"some input": "a long text, too", "x": 1e-9},
        {"x": -123456.789},
    ),
    "names wider than gates": Circuit.evaluate(
        [("summation", "+", "a", "b"), ("multiplication", "*", "summation", "c")],
        {"a": 3, "b": -1, "c": 4},
    ),
}
EVERY = pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS.keys())


def boxes(circuit: Circuit) -> tuple[Axes, list[tuple[str, Bbox]], list[PathPatch]]:
    """Return the axes, the boxes of texts and of gates (without their signs), and the wires."""
    figure = circuit.figure()
    (ax,) = figure.axes
    texts = [t for t in ax.findobj(Text) if t.get_text() and t.get_visible()]
    extents = [(t.get_text(), t.get_window_extent()) for t in texts]
    patches = [p for p in ax.patches if isinstance(p, PathPatch)]
    gates = [("gate", p.get_window_extent()) for p in patches if p.get_fill()]
    assert len(gates) == len(circuit.graph.gates)
    inside = {text for text, box in extents for _, gate in gates if within(box, gate)}
    signs = [(t, b) for t, b in extents if any(within(b, gate) for _, gate in gates)]
    assert len(signs) == len(gates), inside
    labels = [item for item in extents if item not in signs]
    return ax, labels + gates, [p for p in patches if not p.get_fill()]


def within(inner: Bbox, outer: Bbox) -> bool:
    """Say whether a box lies in another."""
    return outer.contains(inner.x0, inner.y0) and outer.contains(inner.x1, inner.y1)


def overlap(a: Bbox, b: Bbox) -> float:
    """Return the area that two boxes share, in square CSS pixels."""
    shared = Bbox.intersection(a, b)
    return 0.0 if shared is None else shared.width * shared.height


@EVERY
def test_no_label_lies_on_another_or_on_a_gate(circuit: Circuit) -> None:
    """The boxes of all labels and gates are apart."""
    _, found, _ = boxes(circuit)
    touching = [(s, t) for (s, a), (t, b) in combinations(found, 2) if overlap(a, b) > 0]
    assert touching == []


@EVERY
def test_no_wire_runs_through_a_label_or_a_gate(circuit: Circuit) -> None:
    """Sampled every few pixels, wires keep clear of text and of gates that they do not enter."""
    _, found, wires = boxes(circuit)
    hits = []
    for wire in wires:
        outline = wire.get_path().interpolated(1).to_polygons(closed_only=False)
        curve = wire.get_transform().transform(np.concatenate(outline))
        steps = np.linspace(curve[:-1], curve[1:], 20).reshape(-1, 2)
        hits += [t for t, box in found if np.any(box.padded(-2.5).count_contains(steps))]
    assert hits == []


@EVERY
def test_everything_is_inside_the_picture(circuit: Circuit) -> None:
    """No label is cut off, and the picture fits a notebook."""
    ax, found, _ = boxes(circuit)
    canvas = ax.figure.bbox.padded(4)
    assert [text for text, box in found if not within(box, canvas)] == []
    assert circuit.picture.width <= 960


@EVERY
def test_text_is_large_enough(circuit: Circuit) -> None:
    """At 100 % no text is smaller than 12 CSS pixels, and the file is small."""
    ax, _, _ = boxes(circuit)
    assert min(t.get_fontsize() for t in ax.findobj(Text) if t.get_text()) * 96 / 72 >= 12
    assert len(circuit.png) < 100_000
    Image.open(io.BytesIO(circuit.png)).verify()


@pytest.mark.parametrize("name", ["product", "neuron", "sigmoid gate", "routed", "logistic"])
def test_wires_do_not_cross(name: str) -> None:
    """The circuits of the lectures can be drawn without a crossing, and are."""
    circuit = CIRCUITS[name]
    curves = [w.get_path().interpolated(1) for w in boxes(circuit)[2]]
    lines = [np.concatenate(c.to_polygons(closed_only=False)) for c in curves]
    sources = [wire.source for wire in circuit.graph.wires]
    for (a, s), (b, t) in combinations(zip(lines, sources, strict=False), 2):
        if s == t:
            continue
        at = np.linspace(max(a[0, 0], b[0, 0]), min(a[-1, 0], b[-1, 0]), 200)
        if at[0] < at[-1]:
            side = np.interp(at, *a.T) - np.interp(at, *b.T)
            assert np.all(side > 0) or np.all(side < 0), (s, t)


def test_values_stand_above_and_gradients_below() -> None:
    """Of two labels at one wire the value is the higher one, upright, the gradient in italics."""
    ax = CIRCUITS["product"].figure().axes[0]
    labels = {t.get_text(): t for t in ax.texts}
    value, gradient = labels["−12"], labels["1"]
    assert value.get_position()[0] == gradient.get_position()[0]
    assert value.get_position()[1] < gradient.get_position()[1]  # the axis points down
    assert (value.get_style(), gradient.get_style()) == ("normal", "italic")
    assert value.get_color() != gradient.get_color()


def test_inputs_stand_on_the_left_in_the_order_of_the_formula() -> None:
    """Inputs come first from left to right, and from top to bottom as they are named."""
    texts = {t.get_text(): t.get_position() for t in CIRCUITS["neuron"].figure().axes[0].texts}
    names = ["$w_{0}$", "$x_{0}$", "$w_{1}$", "$x_{1}$", "$w_{2}$"]
    heights = [texts[name][1] for name in names]
    assert heights == sorted(heights)
    assert (
        max(texts[name][0] for name in names) < texts["$a$"][0] < texts["$c$"][0] < texts["$f$"][0]
    )


def test_the_chain_of_the_neuron_is_level() -> None:
    """Gates that follow each other one by one stand in a line."""
    texts = {t.get_text(): t.get_position()[1] for t in CIRCUITS["neuron"].figure().axes[0].texts}
    assert np.ptp([texts[f"${name}$"] for name in "eghf"]) < 1


def test_each_wire_ends_in_an_arrow() -> None:
    """Direction is drawn: one head for each wire, and one for each output."""
    for circuit in CIRCUITS.values():
        heads = [p for p in circuit.figure().axes[0].patches if isinstance(p, Polygon)]
        assert len(heads) == len(circuit.graph.wires) + len(circuit.graph.outputs)


def test_alternative_text_names_everything() -> None:
    """A person who cannot see the circuit gets each name, formula, value and gradient."""
    assert CIRCUITS["product"].alt == (
        "Circuit: x, value -2, gradient -4; y, value 5, gradient -4; z, value -4, gradient 3; "
        "q = x + y, value 3, gradient -4; f = q * z, value -12, gradient 1."
    )
    assert (
        "branch from y to a, gradient 2; branch from y to b, gradient 3" in CIRCUITS["routed"].alt
    )
    assert "L = e * 0.5, value 0.0071" in CIRCUITS["logistic"].alt
    assert "h = affine(X, W1, b1), value (5, 7)" in CIRCUITS["shapes"].alt
    for circuit in CIRCUITS.values():
        assert circuit._repr_mimebundle_()["text/plain"] == circuit.alt == repr(circuit)
        assert circuit._repr_mimebundle_()["text/html"].startswith('<img alt="Circuit: ')


def test_mathematics_is_read_as_words() -> None:
    """The marks of mathematics are for the picture, not for the ear."""
    alt = Circuit.evaluate([("$e^2$", "square", "e"), ("L", "*0.5", "$e^2$")], {"e": 3}).alt
    assert "$" not in alt
    assert "e² = square(e), value 9, gradient 0.5; L = e² * 0.5, value 4.5" in alt


def test_hidden_numbers_appear_nowhere() -> None:
    """What is to be predicted is a question mark, in the picture and in its words."""
    circuit = Circuit.evaluate(PRODUCT, AT, hide_values=("q", "f"), hide_gradients=("x", "y", "q"))
    drawn = [t.get_text() for t in circuit.figure().axes[0].texts]
    assert drawn.count("?") == 5
    assert "−12" not in drawn
    assert "q = x + y, value ?, gradient ?" in circuit.alt
    assert circuit.values["f"] is None


def test_hiding_a_node_hides_its_branches() -> None:
    """The gradients of the branches would give their sum away."""
    nodes: list[Node] = [("f", "*", "x", "x")]
    circuit = Circuit.evaluate(nodes, {"x": 3}, hide_gradients=("x",))
    assert circuit.gradients == {"x": None, ("x", "f", 0): None, ("x", "f", 1): None, "f": 1}
    assert circuit.alt.count("gradient ?") == 3
    one = Circuit.evaluate(nodes, {"x": 3}, hide_gradients=(("x", "f", 0),))
    assert one.gradients[("x", "f", 0)] is None
    assert one.gradients[("x", "f", 1)] == 3


def test_values_alone() -> None:
    """Before the backward pass there are no gradients, and the legend speaks of values only."""
    circuit = Circuit.evaluate(PRODUCT, AT, gradients=False)
    assert "gradient" not in circuit.alt
    texts = [t.get_text() for t in circuit.figure().axes[0].texts if t.get_text()]
    assert "above a wire: its value" in texts
    assert not any("gradient" in text for text in texts)


def test_constants_are_quiet() -> None:
    """A constant has a value, no gradient, and the colour of what is in the background."""
    circuit = CIRCUITS["logistic"]
    assert "t" not in circuit.gradients
    texts = {t.get_text(): t for t in circuit.figure().axes[0].texts}
    assert texts["$t$"].get_color() != texts["$w$"].get_color()


def test_numbers_of_the_author_are_drawn_as_given() -> None:
    """Without evaluate nothing is computed: wrong numbers can be shown, for a student to find."""
    circuit = Circuit(PRODUCT, {"x": 1, "q": 99}, {"x": 7, ("q", "f"): 8}, legend=False)
    drawn = [t.get_text() for t in circuit.figure().axes[0].texts if t.get_text()]
    assert sorted(drawn) == sorted(
        ["$x$", "$y$", "$z$", "$q$", "$f$", "+", "×", "1", "99", "7", "8"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": {"xx": 1}}, "values has the name 'xx'.*did you mean 'x'"),
        ({"gradients": {"w": 1}}, "gradients has the name 'w'.*known are 'x', 'y', 'z', 'q', 'f'"),
        ({"gradients": {("x", "f"): 1}}, "gradients has the name"),
        ({"constants": ("t",)}, "constants has the name 't'"),
    ],
    ids=["value", "gradient", "branch", "constant"],
)
def test_names_that_are_not_in_the_circuit(arguments: dict, message: str) -> None:
    """A number for an unknown name would be lost, so it is refused."""
    with pytest.raises(ValueError, match=message):
        Circuit(PRODUCT, **arguments)


@pytest.mark.parametrize("hidden", [{"hide_values": ("p",)}, {"hide_gradients": (("x", "f"),)}])
def test_hiding_what_is_not_there(hidden: dict) -> None:
    """A wrong name in hide_... would show the answer, so it is refused."""
    with pytest.raises(ValueError, match="cannot hide"):
        Circuit.evaluate(PRODUCT, AT, **hidden)


def test_the_same_circuit_is_the_same_picture() -> None:
    """Drawing is deterministic, so that notebooks do not change from run to run."""
    assert Circuit.evaluate(NEURON, WEIGHTS).png == CIRCUITS["neuron"].png


def test_nearest_increasing_sequence() -> None:
    """The heights in a column are the nearest ones that keep their order."""
    assert increasing([3.0, 1.0, 2.0, 5.0, 4.0]) == [2.0, 2.0, 2.0, 4.5, 4.5]
    assert increasing([]) == []


def test_constants_of_a_gate_stand_beside_it() -> None:
    """A number among the inputs is a node of its own, without a name."""
    graph = read([("q", "+", "x", 1), ("f", "*", "q", 2.5)])
    assert graph.constants == {"q[1]": 1.0, "f[1]": 2.5}
    assert graph.inputs == ("x",)
