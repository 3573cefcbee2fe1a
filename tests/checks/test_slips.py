"""What may stand in a place by mistake: for each form of expression or statement, all of it.

A slip that is not offered is never recognised, and one of the wrong kind gets a false sentence.
"""

import ast

import pytest

from gradelib.checks.mistakes.edits import edits


def slips(source, line):
    """{kind: what a line of a source becomes} by single slips."""
    found = {}
    for edit in edits(source, {line}):
        found.setdefault(edit.mistake, []).append(edit.after)
    return found


def of_expression(text):
    """The same for one expression; capital letters are no names of the function."""
    found = slips(f"def f(d):\n    a: int = {text}\n    return a\n", 2)
    assert all(after.startswith("a: int = ") for many in found.values() for after in many)
    return {kind: [after[9:] for after in many] for kind, many in found.items()}


def comparisons(*afters):
    return {"wrong-comparison": list(afters)}


EXPRESSIONS = {
    "X * Y": {
        "missing-factor": ["X", "Y"],
        "upside-down": ["X / Y"],
        "added-factor": ["X + Y"],
        "matrix-product": ["X @ Y"],
        "transposed-factor": ["X.T * Y", "X * Y.T"],
    },
    "X / Y": {
        "missing-factor": ["X", "1.0 / Y"],
        "upside-down": ["X * Y", "Y / X"],
        "transposed-factor": ["X.T / Y", "X / Y.T"],
    },
    "X @ Y": {
        "missing-factor": ["X", "Y"],
        "transposed-factor": ["Y @ X", "(X @ Y).T", "X.T @ Y", "X @ Y.T"],
        "matrix-product": ["X * Y"],
    },
    "X + Y": {
        "missing-term": ["X", "Y"],
        "inner-sign": ["X - Y", "Y - X"],
        "added-factor": ["X * Y"],
        "transpose": ["X.T + Y", "X + Y.T"],
    },
    "X - Y": {
        "missing-term": ["X", "-Y"],
        "inner-sign": ["X + Y", "Y - X"],
        "transpose": ["X.T - Y", "X - Y.T"],
    },
    "X ** Y": {"constant": ["X"], "transposed-factor": ["X.T ** Y", "X ** Y.T"]},
    "X // Y": {"transposed-factor": ["X.T // Y", "X // Y.T"]},
    "X ** 2": {
        "constant": ["X", "X ** 0", "X ** 1", "X ** 0.5", "X ** 3", "X ** 4"],
        "transposed-factor": ["X.T ** 2"],
    },
    "-X": {"inner-sign": ["X"]},
    "~X": {},
    "not X": {},
    "X.T": {"transposed-factor": ["X"]},
    "X.size": {},
    "2.0": {"constant": ["0.0", "1.0", "0.5", "3.0", "4.0"]},
    "3": {"constant": ["0", "1", "2", "0.5", "4", "6", "1.5"]},
    "0.5": {"constant": ["0.0", "1.0", "2.0", "1.5", "-0.5", "0.25"]},
    "True": {},
    "'t'": {},
    "None": {},
    "X > 0": comparisons("X < 0", "X >= 0", "X <= 0", "X > 1", "X > 2", "X > 0.5", "X > -1"),
    "X >= Y": comparisons("X <= Y", "X > Y", "X < Y"),
    "X < Y": comparisons("X > Y", "X <= Y", "X >= Y"),
    "X <= Y": comparisons("X >= Y", "X < Y", "X > Y"),
    "X == Y": comparisons("X != Y"),
    "X != Y": comparisons("X == Y"),
    "X in Y": {},
    "Z < X < Y": {},
    "X.sum(axis=0)": {
        "averaging": ["X.mean(axis=0)"],
        "missing-sum": ["X"],
        "axis": ["X.sum()", "X.sum(axis=1)", "X.sum(axis=-1)", "X.sum(axis=0, keepdims=True)"],
    },
    "np.mean(X, axis=A, keepdims=True)": {
        "averaging": ["np.sum(X, axis=A, keepdims=True)", "X"],
        "axis": ["np.mean(X, keepdims=True)", "np.mean(X, axis=A)"],
    },
    "X.mean(axis=1, dtype=2)": {
        "averaging": ["X.sum(axis=1, dtype=2)", "X"],
        "axis": [
            "X.mean(dtype=2)",
            "X.mean(dtype=2, axis=0)",
            "X.mean(dtype=2, axis=-1)",
            "X.mean(axis=1)",
            "X.mean(axis=1, dtype=2, keepdims=True)",
        ],
    },
    "X.sum()": {"averaging": ["X.mean()"], "missing-sum": ["X"]},
    "np.max(X)": {},
    **{
        f"X.{name}(axis=0)": {
            "axis": [
                f"X.{name}()",
                f"X.{name}(axis=1)",
                f"X.{name}(axis=-1)",
                f"X.{name}(axis=0, keepdims=True)",
            ]
        }
        for name in ("max", "min", "amax", "amin", "var", "std")
    },
    "sum(X)": {"averaging": ["mean(X)"], "missing-sum": ["X"]},
    "sum()": {},
    "np.sin(X)": {"wrong-function": ["np.cos(X)", "np.tan(X)"], "missing-function": ["X"]},
    "np.exp(X)": {
        "wrong-function": ["np.log(X)", "np.log10(X)", "np.log2(X)"],
        "missing-function": ["X"],
    },
    "X.exp()": {"wrong-function": ["X.log()", "X.log10()", "X.log2()"]},
    "tanh(X)": {"wrong-function": ["sigmoid(X)"], "missing-function": ["X"]},
    "X.argmax(axis=1)": {"wrong-function": ["X.argmin(axis=1)"]},
    "np.zeros(X)": {"wrong-function": ["np.ones(X)"], "missing-function": ["X"]},
    "np.ones_like(X, dtype=D)": {"wrong-function": ["np.zeros_like(X, dtype=D)"]},
    "np.maximum(X, Y)": {
        "wrong-function": ["np.minimum(X, Y)"],
        "wrong-array": ["np.maximum(Y, X)"],
        "missing-function": ["X", "Y"],
    },
    "X.dot(Y)": {"missing-function": ["Y"]},
    **{
        f"{name}(X, Y)": {
            "transposed-factor": [f"{name}(Y, X)"],
            "missing-function": ["X", "Y"],
        }
        for name in ("np.outer", "np.dot", "np.matmul")
    },
    "F(X)": {"missing-function": ["X"]},
    "F(X, Y, k=Z)": {"wrong-array": ["F(Y, X, k=Z)"], "missing-function": ["X", "Y"]},
    "F(X, k=Z)": {},
    "F(X, Y, Z)": {},
    "F()": {},
    "X['u'] + Y['v']": {
        "missing-term": ["X['u']", "Y['v']"],
        "inner-sign": ["X['u'] - Y['v']", "Y['v'] - X['u']"],
        "added-factor": ["X['u'] * Y['v']"],
        "transpose": ["X['u'].T + Y['v']", "X['u'] + Y['v'].T"],
        "wrong-array": ["X['v'] + Y['v']", "X['u'] + Y['u']"],
    },
    "X['u']": {},
    "X[1]": {},
    "X[Y]": {},
    "[X, Y]": {},
    "X if Y else Z": {},
    "[X for X in Y]": {},
    "X * (Y + 2)": {
        "missing-factor": ["X", "Y + 2"],
        "upside-down": ["X / (Y + 2)"],
        "added-factor": ["X + (Y + 2)", "X * (Y * 2)"],
        "matrix-product": ["X @ (Y + 2)"],
        "transposed-factor": ["X.T * (Y + 2)"],
        "missing-term": ["X * Y", "X * 2"],
        "inner-sign": ["X * (Y - 2)", "X * (2 - Y)"],
        "transpose": ["X * (Y.T + 2)"],
        "constant": ["X * (Y + 0)", "X * (Y + 1)", "X * (Y + 0.5)", "X * (Y + 3)", "X * (Y + 4)"],
    },
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items(), ids=EXPRESSIONS)
def test_all_slips_of_an_expression(text, expected):
    """These and no others, in this order."""
    found = of_expression(text)
    # Redundant brackets of ast.unparse do not count.
    plain = {k: [ast.unparse(ast.parse(after)) for after in many] for k, many in found.items()}
    wanted = {k: [ast.unparse(ast.parse(after)) for after in many] for k, many in expected.items()}
    assert plain == wanted


@pytest.mark.parametrize("index", ["1", "W", "1:", "1, W", "None"])
def test_other_keys_are_those_that_are_texts(index):
    """A number, a name or a slice that indexes is no key."""
    source = f"def f(p):\n    a: int = X['u'] * Y['v']\n    return Z[{index}]\n"
    assert slips(source, 2)["wrong-array"] == [
        "a: int = X['v'] * Y['v']",
        "a: int = X['u'] * Y['u']",
    ]


def test_other_arrays_stand_before_an_index_and_not_in_it():
    """A name may stand for another where it is indexed."""
    source = "def f(p, q):\n    a: int = p[0]\n    b: int = X[p]\n"
    assert slips(source, 2) == {"wrong-array": ["a: int = q[0]"]}
    assert slips(source, 3) == {}


@pytest.mark.parametrize("called", ["X[0](Y)", "X()(Y)", "(X or Z)(Y)"])
def test_what_is_called_need_not_have_a_name(called):
    """It may be left out as any function; no other function stands for it."""
    found = of_expression(called)
    assert found["missing-function"][0] == "Y"
    assert "wrong-function" not in found
