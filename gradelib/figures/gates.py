"""The standard gates of a circuit: `gate(operation)` gives a value and its local gradients.

A gate is a function of numbers that returns `(value, locals)`: `locals[i]` is the derivative of the
value by input i, at these inputs.  `face(operation)` is the sign drawn on the gate, `formula` says
it in words, `arity` gives the number of inputs.
"""

import math
import re
from collections.abc import Callable, Sequence

__all__ = ["MANY", "arity", "face", "formula", "gate"]

Local = tuple[float, list[float]]
Gate = Callable[[Sequence[float]], Local]


def add(x: Sequence[float]) -> Local:
    return math.fsum(x), [1.0] * len(x)


def subtract(x: Sequence[float]) -> Local:
    return (-x[0], [-1.0]) if len(x) == 1 else (x[0] - x[1], [1.0, -1.0])


def multiply(x: Sequence[float]) -> Local:
    return math.prod(x), [math.prod((*x[:i], *x[i + 1 :])) for i in range(len(x))]


def divide(x: Sequence[float]) -> Local:
    return x[0] / x[1], [1 / x[1], -x[0] / x[1] ** 2]


def largest(x: Sequence[float]) -> Local:
    best = max(range(len(x)), key=lambda i: x[i])  # the first, where two are equal
    return x[best], [float(i == best) for i in range(len(x))]


def smallest(x: Sequence[float]) -> Local:
    best = min(range(len(x)), key=lambda i: x[i])
    return x[best], [float(i == best) for i in range(len(x))]


def exponential(x: Sequence[float]) -> Local:
    return math.exp(x[0]), [math.exp(x[0])]


def logarithm(x: Sequence[float]) -> Local:
    return math.log(x[0]), [1 / x[0]]


def reciprocal(x: Sequence[float]) -> Local:
    return 1 / x[0], [-1 / x[0] ** 2]


def square(x: Sequence[float]) -> Local:
    return x[0] ** 2, [2 * x[0]]


def root(x: Sequence[float]) -> Local:
    return math.sqrt(x[0]), [0.5 / math.sqrt(x[0])]


def sigmoid(x: Sequence[float]) -> Local:
    small = math.exp(-abs(x[0]))  # never overflows
    value = 1 / (1 + small) if x[0] >= 0 else small / (1 + small)
    return value, [value * (1 - value)]


def tanh(x: Sequence[float]) -> Local:
    value = math.tanh(x[0])
    return value, [1 - value**2]


def relu(x: Sequence[float]) -> Local:
    return max(x[0], 0.0), [float(x[0] > 0)]


MANY = 99
GATES: dict[str, tuple[Gate, tuple[int, int], str]] = {
    "+": (add, (2, MANY), "+"),
    "-": (subtract, (1, 2), "−"),
    "*": (multiply, (2, MANY), "×"),
    "/": (divide, (2, 2), "÷"),
    "max": (largest, (2, MANY), "max"),
    "min": (smallest, (2, MANY), "min"),
    "exp": (exponential, (1, 1), "exp"),
    "log": (logarithm, (1, 1), "log"),
    "1/x": (reciprocal, (1, 1), "1/x"),
    "square": (square, (1, 1), "x²"),
    "sqrt": (root, (1, 1), "√x"),
    "sigmoid": (sigmoid, (1, 1), "σ"),
    "tanh": (tanh, (1, 1), "tanh"),
    "relu": (relu, (1, 1), "relu"),
}
WITH_CONSTANT = re.compile(r"([-+*/])\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)")


def gate(operation: str) -> Gate | None:
    """Return the gate of an operation ("+", "exp", "+1", "*-1", ...), or None if unknown."""
    if operation in GATES:
        return GATES[operation][0]
    parts = WITH_CONSTANT.fullmatch(operation)
    if parts is None:
        return None
    function, constant = GATES[parts[1]][0], float(parts[2])

    def of_one(x: Sequence[float]) -> Local:
        value, local = function((x[0], constant))
        return value, local[:1]

    return of_one


def arity(operation: str) -> tuple[int, int]:
    """Return the smallest and largest number of inputs of a known operation."""
    return GATES[operation][1] if operation in GATES else (1, 1)


def face(operation: str) -> str:
    """Return the sign drawn on a gate; an unknown operation is written as it is."""
    if operation in GATES:
        return GATES[operation][2]
    parts = WITH_CONSTANT.fullmatch(operation)
    if parts is None:
        return operation
    constant = parts[2].replace("-", "−")
    return GATES[parts[1]][2] + constant


def formula(operation: str, inputs: Sequence[str]) -> str:
    """Return a gate in words for the alternative text, such as "x + y" or "exp(z)"."""
    if operation in ("+", "-", "*", "/", "@") and len(inputs) > 1:
        return f" {operation} ".join(inputs)
    if operation == "1/x":
        return f"1 / {inputs[0]}"
    parts = WITH_CONSTANT.fullmatch(operation)
    if parts is not None and len(inputs) == 1:
        return f"{inputs[0]} {parts[1]} {parts[2]}"
    return f"{operation}({', '.join(inputs)})"
