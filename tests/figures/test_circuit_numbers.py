"""The numbers of a circuit, against numbers found by hand and against finite differences."""

import math
from collections.abc import Sequence

import pytest

from gradelib.figures.gates import face, formula
from gradelib.figures.graph import Node, evaluate, read

PRODUCT = [("q", "+", "x", "y"), ("f", "*", "q", "z")]
NEURON = [
    ("a", "*", "w0", "x0"), ("b", "*", "w1", "x1"), ("c", "+", "a", "b"), ("d", "+", "c", "w2"),
    ("e", "*-1", "d"), ("g", "exp", "e"), ("h", "+1", "g"), ("f", "1/x", "h"),
]  # fmt: skip
GATED = [*NEURON[:4], ("f", "sigmoid", "d")]
WEIGHTS = {"w0": 2.0, "x0": -1.0, "w1": -3.0, "x1": -2.0, "w2": -3.0}
ROUTED = [("a", "+", "x", "y"), ("b", "max", "y", "z"), ("f", "*", "a", "b")]
LEAST_SQUARES = [
    ("u", "*", "w", "x"), ("z", "+", "u", "b"), ("y", "sigmoid", "z"), ("d", "-", "y", "t"),
    ("e", "square", "d"), ("L", "*", "e", 0.5), ("s", "square", "w"), ("R", "*", "s", 0.5),
    ("r", "*", "R", "λ"), ("J", "+", "L", "r"),
]  # fmt: skip
POINT = {"w": 1.5, "x": 2.0, "b": -1.0, "t": 1.0, "λ": 0.1}
SIGMOID = 1 / (1 + math.exp(-1))
SLOPE = SIGMOID * (1 - SIGMOID)


@pytest.mark.parametrize(
    ("nodes", "inputs", "values", "gradients"),
    [
        pytest.param(
            PRODUCT, {"x": -2, "y": 5, "z": -4}, {"q": 3, "f": -12},
            {"x": -4, "y": -4, "z": 3, "q": -4, "f": 1}, id="(x + y) z",
        ),
        pytest.param(
            NEURON, WEIGHTS,
            {"a": -2, "b": 6, "c": 4, "d": 1, "e": -1, "g": math.exp(-1), "f": SIGMOID},
            {
                "w0": -SLOPE, "x0": 2 * SLOPE, "w1": -2 * SLOPE, "x1": -3 * SLOPE, "w2": SLOPE,
                "e": -SLOPE, "g": -(SIGMOID**2), "h": -(SIGMOID**2),
            },
            id="the neuron gate by gate",
        ),
        pytest.param(
            GATED, WEIGHTS, {"f": SIGMOID},
            {"w0": -SLOPE, "x0": 2 * SLOPE, "w1": -2 * SLOPE, "x1": -3 * SLOPE, "w2": SLOPE},
            id="the neuron with a sigmoid gate",
        ),
        pytest.param(
            ROUTED, {"x": 1, "y": 2, "z": 0}, {"a": 3, "b": 2, "f": 6},
            {"x": 2, "y": 5, "z": 0, ("y", "a"): 2, ("y", "b"): 3}, id="(x + y) max(y, z)",
        ),
        pytest.param(
            [("q", "-", "x", "x"), ("f", "-", "q")], {"x": 3}, {"q": 0, "f": 0},
            {"x": 0, ("x", "q", 0): -1, ("x", "q", 1): 1}, id="twice in one gate",
        ),
        pytest.param(
            [("f", "*", "q", 3), ("q", "+", "x", 1)], {"x": 2}, {"q": 3, "f": 9}, {"x": 3, "q": 3},
            id="gates in any order, and constants",
        ),
    ],
)  # fmt: skip
def test_by_hand(nodes: list[Node], inputs: dict, values: dict, gradients: dict) -> None:
    """Values and gradients are those that one finds on paper."""
    found, slopes = evaluate(read(nodes), inputs)
    assert {name: found[name] for name in values} == pytest.approx(values)
    assert {key: slopes[key] for key in gradients} == pytest.approx(gradients)


ONE = ("exp", "log", "1/x", "square", "sqrt", "sigmoid", "tanh", "relu", "-", "+1", "*-1", "-2.5")
ONE += ("/4", "* -0.5")
MORE = ("+", "-", "*", "/", "max", "min")
CASES = [
    *(pytest.param([("f", name, "x")], {"x": 0.7}, id=name) for name in ONE),
    *(
        pytest.param([("f", name, "x", "y")], {"x": 0.7, "y": -1.3}, id=f"x {name} y")
        for name in MORE
    ),
    *(
        pytest.param(
            [("f", name, "x", "y", "z")], {"x": 0.7, "y": -1.3, "z": 2.1}, id=f"{name} of 3"
        )
        for name in ("+", "*", "max", "min")
    ),
    pytest.param(NEURON, WEIGHTS, id="neuron"),
    pytest.param(LEAST_SQUARES, POINT, id="logistic least squares"),
    pytest.param([("q", "*", "x", "x", "x"), ("f", "/", "q", "x")], {"x": 1.7}, id="branches"),
]


@pytest.mark.parametrize(("nodes", "inputs"), CASES)
def test_by_finite_differences(nodes: list[Node], inputs: dict[str, float]) -> None:
    """Every gradient by an input is the central difference."""
    graph = read(nodes)
    _, slopes = evaluate(graph, inputs)
    (output,) = graph.outputs
    h = 1e-5
    for name, value in inputs.items():
        ahead, _ = evaluate(graph, {**inputs, name: value + h})
        behind, _ = evaluate(graph, {**inputs, name: value - h})
        assert slopes[name] == pytest.approx((ahead[output] - behind[output]) / (2 * h), abs=1e-8)


def test_large_numbers_do_not_overflow_a_sigmoid() -> None:
    """The sigmoid is right far to the left and to the right."""
    for x, expected in ((-800.0, 0.0), (800.0, 1.0)):
        assert evaluate(read([("f", "sigmoid", "x")]), {"x": x})[0]["f"] == expected


def test_equal_inputs_of_max_choose_the_first() -> None:
    """Where two are equal, one branch gets the whole gradient."""
    _, slopes = evaluate(read([("f", "max", "x", "y")]), {"x": 2, "y": 2})
    assert (slopes["x"], slopes["y"]) == (1, 0)


def test_one_of_several_outputs() -> None:
    """With `output`, gates that do not lead to it have the gradient zero."""
    _, slopes = evaluate(read([("f", "square", "x"), ("g", "+", "x", "y")]), {"x": 3, "y": 1}, "f")
    assert (slopes["x"], slopes["y"], slopes["g"]) == (6, 0, 0)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        pytest.param(
            [("a", "+", "x", "b"), ("b", "*", "a", "y")], "'a' reads 'b' reads 'a'", id="cycle"
        ),
        pytest.param([("a", "+", "a", "x")], "'a' reads 'a'", id="a gate that reads itself"),
        pytest.param([*PRODUCT, ("q", "*", "x", "y")], "two gates are called 'q'", id="twice"),
        pytest.param([], "needs a gate", id="empty"),
        pytest.param([("q", "+")], "a gate is written", id="no inputs"),
        pytest.param(["q+x"], "a gate is written", id="a text"),
        pytest.param([("q", 1, "x")], "a gate is written", id="no operation"),
        pytest.param([("q", "+", "x", None)], "a gate is written", id="neither name nor number"),
        pytest.param([3], "a gate is written", id="a number"),
    ],
)  # fmt: skip
def test_a_wrong_circuit(nodes: list[Node], message: str) -> None:
    """What is no circuit is refused with what was got and what was expected."""
    with pytest.raises(ValueError, match=message):
        read(nodes)


@pytest.mark.parametrize(
    ("nodes", "inputs", "message"),
    [
        pytest.param(PRODUCT, {"x": 1, "y": 2}, "no value for 'z'", id="missing"),
        pytest.param(PRODUCT, {"x": 1, "y": 2, "zz": 3, "z": 3}, "did you mean 'z'", id="unknown"),
        pytest.param(PRODUCT, {"x": 1, "y": 2, "z": 3, "q": 3}, "computed by a gate", id="a gate"),
        pytest.param(PRODUCT, {"x": 1, "y": 2, "z": "(N,)"}, "expected one number", id="a text"),
        pytest.param([("f", "softmax", "x")], {"x": 1}, "does not know", id="operation"),
        pytest.param([("f", "exp", "x", "y")], {"x": 1, "y": 1}, "got 2 inputs", id="too many"),
        pytest.param([("f", "+", "x")], {"x": 1}, "expected 2 or more", id="too few"),
        pytest.param([("f", "-", "x", "x", "x")], {"x": 1}, "expected 1 or 2", id="minus of 3"),
        pytest.param([("f", "log", "x")], {"x": -1}, "no finite value", id="log of a negative"),
        pytest.param([("f", "1/x", "x")], {"x": 0}, "no finite value", id="division by zero"),
        pytest.param([("f", "sqrt", "x")], {"x": 0}, "no finite value", id="infinite slope"),
        pytest.param([("f", "exp", "x")], {"x": 1e4}, "no finite value", id="overflow"),
        pytest.param([("f", "+1", "x")], {"x": math.nan}, "no finite value", id="nan"),
        pytest.param([("f", "+1", "x"), ("g", "+2", "x")], {"x": 1}, "2 outputs", id="two outputs"),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated(nodes: list[Node], inputs: dict, message: str) -> None:
    """Each reason has its own message."""
    with pytest.raises(ValueError, match=message):
        evaluate(read(nodes), inputs)


def test_an_output_that_does_not_exist() -> None:
    """An unknown output is answered with the nearest name."""
    with pytest.raises(ValueError, match="no gate is called 'x'"):
        evaluate(read(PRODUCT), {"x": 1, "y": 2, "z": 3}, "x")


@pytest.mark.parametrize(
    ("operation", "inputs", "sign", "words"),
    [
        ("*", ["a", "b"], "×", "a * b"),
        ("-", ["a"], "−", "-(a)"),
        ("*-1", ["a"], "×−1", "a * -1"),
        ("+1", ["a"], "+1", "a + 1"),
        ("1/x", ["a"], "1/x", "1 / a"),
        ("sigmoid", ["a"], "σ", "sigmoid(a)"),
        ("affine", ["x", "W", "b"], "affine", "affine(x, W, b)"),
    ],
    ids=str,
)
def test_faces_and_words(operation: str, inputs: Sequence[str], sign: str, words: str) -> None:
    """A gate's sign and its words are the usual ones."""
    assert face(operation) == sign
    assert formula(operation, inputs) == words
