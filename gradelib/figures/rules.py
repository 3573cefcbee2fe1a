"""A gate's arithmetic in words: `spoken(name)`, `calculation(...)` and `local_rules(...)`.

`local_rules` gives the expression of each local derivative, such as "z" for the gate f = q z by q;
`calculation` gives the forward pass with names or with numbers, such as "x + y" or "−2 + 5".
"""

import re
from collections.abc import Callable, Sequence

from gradelib.figures.gates import WITH_CONSTANT, formula

__all__ = ["bracketed", "calculation", "local_rules", "spoken"]

MINUS = "\N{MINUS SIGN}"
ACCENTS = {"bar": "\N{COMBINING MACRON}", "hat": "\N{COMBINING CIRCUMFLEX ACCENT}"}
BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
Names = Sequence[str]


def spoken(name: str) -> str:
    r"""Write a name as text, as near to its picture as letters allow.

    >>> spoken("$e^2$"), spoken(r"$\bar{w}$"), spoken("w0"), spoken("x_1"), spoken("W_ij")
    ('e²', 'w̄', 'w₀', 'x₁', 'W_ij')
    """
    if "$" not in name:
        parts = re.fullmatch(r"([^\W\d_]+)_?(\d+)", name)
        return f"{parts[1]}{parts[2].translate(BELOW)}" if parts else name
    text = re.sub(
        r"\\(bar|hat)\{(\w)\}", lambda found: found[2] + ACCENTS[found[1]], name.strip("$")
    )
    return re.sub(r"[\\{}]", "", text).replace("^2", "²").replace("^3", "³")


def bracketed(text: str) -> str:
    """Put a negative number in brackets, to stand behind a sign.

    >>> bracketed("−4"), bracketed("4")
    ('(−4)', '4')
    """
    return f"({text})" if text.startswith(MINUS) else text


def calculation(operation: str, inputs: Names) -> str:
    """Return what a gate calculates, with signs as on paper.

    >>> calculation("*", ["q", "z"]), calculation("*-1", ["z"]), calculation("square", ["−3"])
    ('q × z', 'z × (−1)', '(−3)²')
    """
    if operation == "square":
        return f"{bracketed(inputs[0])}²"
    if operation == "-" and len(inputs) == 1:
        return f"{MINUS}{bracketed(inputs[0])}"
    if operation in ("+", "-", "*", "/") and len(inputs) > 1:
        inputs = [inputs[0], *map(bracketed, inputs[1:])]
    text = formula(operation, inputs)
    parts = WITH_CONSTANT.fullmatch(operation)
    if parts is not None and len(inputs) == 1:
        text = f"{inputs[0]} {parts[1]} {bracketed(parts[2].replace('-', MINUS))}"
    return re.sub(r" ([*/-]) ", lambda sign: f" {SIGNS[sign[1]]} ", text)


SIGNS = {"*": "×", "/": "÷", "-": MINUS}


def product_of_others(x: Names, _: str) -> list[str]:
    return [" × ".join((*x[:i], *x[i + 1 :])) for i in range(len(x))]


RULES: dict[str, Callable[[Names, str], list[str]]] = {
    "+": lambda x, y: ["1"] * len(x),
    "-": lambda x, y: [f"{MINUS}1"] if len(x) == 1 else ["1", f"{MINUS}1"],
    "*": product_of_others,
    "/": lambda x, y: [f"1 ÷ {x[1]}", f"{MINUS}{x[0]} ÷ {x[1]}²"],
    "exp": lambda x, y: [y],
    "log": lambda x, y: [f"1 ÷ {x[0]}"],
    "1/x": lambda x, y: [f"{MINUS}1 ÷ {x[0]}²"],
    "square": lambda x, y: [f"2 × {x[0]}"],
    "sqrt": lambda x, y: [f"1 ÷ (2 × {y})"],
    "sigmoid": lambda x, y: [f"{y} × (1 {MINUS} {y})"],
    "tanh": lambda x, y: [f"1 {MINUS} {y}²"],
}


def local_rules(operation: str, inputs: Names, output: str) -> list[str]:
    """Return the expression of each local derivative, or "" where there is none to write.

    The names of the inputs and of the gate itself are written as they are given.  A gate that
    chooses (max, min, relu) has no expression: its derivative is 1 or 0.

    >>> local_rules("*", ["q", "z"], "f"), local_rules("sigmoid", ["z"], "y")
    (['z', 'q'], ['y × (1 − y)'])
    """
    if operation in RULES:
        return RULES[operation](inputs, output)
    parts = WITH_CONSTANT.fullmatch(operation)
    if parts is None:
        return [""] * len(inputs)
    constant = parts[2].replace("-", MINUS)
    return {"*": [constant], "/": [f"1 ÷ {bracketed(constant)}"]}.get(parts[1], ["1"])
