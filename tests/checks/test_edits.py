"""Single edits of a right answer: each kind, and which sentence is true of several."""

import ast
import re

import pytest

from gradelib.checks.mistakes.edits import EDITS, common, edits

BEFORE = """\
def backward(dout, cache):
    x, W, y, z = cache
    {}
    return a, b
"""


def after(line, mistake):
    """What edits of a kind make of a line of a function."""
    found = edits(BEFORE.format(line), {3})
    return [edit.after for edit in found if edit.mistake == mistake]


KINDS = {
    "a factor dropped": ("a = dout * y", "missing-factor", ["a = dout", "a = y"]),
    "a divisor dropped": ("a = dout / y", "missing-factor", ["a = dout"]),
    "a divisor dropped in place": ("a /= y", "missing-factor", [""]),
    "a mask dropped": ("a = dout * (y > 0)", "missing-factor", ["a = dout"]),
    "a term dropped": ("a = x + y", "missing-term", ["a = x", "a = y"]),
    "a term dropped from a difference": ("a = 1 - y", "missing-term", ["a = 1", "a = -y"]),
    "an addition in place dropped": ("a += y", "missing-term", [""]),
    "a branch overwritten": ("a += y", "overwritten-branch", ["a = y"]),
    "a statement dropped": ("a = x", "missing-step", [""]),
    "a sum dropped": ("a = dout.sum(axis=0)", "missing-sum", ["a = dout"]),
    "a function dropped": ("a = np.tanh(y)", "missing-function", ["a = y"]),
    "a case dropped": ("if y > z: a = y", "missing-case", ["a = y"]),
    "a plus for a minus": ("a = x - y", "inner-sign", ["a = x + y", "a = y - x"]),
    "a minus lost": ("a = -y", "inner-sign", ["a = y"]),
    "a minus gained": ("a = y", "inner-sign", ["a = -y"]),
    "a half for a one": ("a = 0.5 * y", "constant", ["a = 1.0 * y", "a = 2.0 * y"]),
    "a power one lower": ("a = y ** 3", "constant", ["a = y ** 2"]),
    "a factor of two gained": ("a = y", "constant", ["a = 2 * y", "a = 0.5 * y"]),
    "a mean for a sum": ("a = dout.sum(axis=0)", "averaging", ["a = dout.mean(axis=0)"]),
    "a sum for a mean": ("a = np.mean(y)", "averaging", ["a = np.sum(y)"]),
    "the batch divided by once more": ("a = y", "averaging", ["a = y / len(y)"]),
    "a product for a quotient": ("a = x / y", "upside-down", ["a = x * y", "a = y / x"]),
    "a sum for a product": ("a = x * y", "added-factor", ["a = x + y"]),
    "an entrywise product": ("a = x @ W", "matrix-product", ["a = x * W"]),
    "a transpose dropped": ("a = dout @ W.T", "transposed-factor", ["a = dout @ W"]),
    "a transpose gained": ("a = dout @ W", "transposed-factor", ["a = dout @ W.T"]),
    "factors swapped": ("a = x @ W", "transposed-factor", ["a = W @ x"]),
    "arguments of outer swapped": (
        "a = np.outer(x, y)",
        "transposed-factor",
        ["a = np.outer(y, x)"],
    ),
    "another axis": ("a = y.sum(axis=0)", "axis", ["a = y.sum(axis=1)", "a = y.sum()"]),
    "keepdims gained": ("a = y.sum(axis=0)", "axis", ["a = y.sum(axis=0, keepdims=True)"]),
    "another array": ("a = x.T @ dout", "wrong-array", ["a = W.T @ dout", "a = x.T @ y"]),
    "another key": ('a = x["u"] + x["v"]', "wrong-array", ["a = x['v'] + x['v']"]),
    "another result": ("a = b = x", "wrong-array", ["a = b = y"]),
    "another function": ("a = np.cos(y)", "wrong-function", ["a = np.sin(y)"]),
    "a max within for one between": (
        "a = np.maximum(x, y)",
        "wrong-function",
        ["a = np.minimum(x, y)"],
    ),
    "a comparison flipped": ("a = x > 0", "wrong-comparison", ["a = x < 0", "a = x >= 0"]),
    "a comparison with another number": ("a = x > 0", "wrong-comparison", ["a = x > 1"]),
    "a sum turned over": ("a = x + y", "transpose", ["a = x.T + y"]),
    "a result turned over": ("a = np.cos(y)", "transpose", ["a = np.cos(y).T"]),
    "a loop the other way": ("for i in reversed(x): a = i", "loop", ["for i in x:"]),
    "an index off by one": ("a[z, y] -= 1", "wrong-index", ["a[z, y - 1] -= 1"]),
}


@pytest.mark.parametrize(("line", "mistake", "expected"), KINDS.values(), ids=KINDS)
def test_kind_of_edit(line, mistake, expected):
    """Each slip is among the edits of its kind."""
    assert set(expected) <= set(after(line, mistake))


def test_results_in_another_order_and_no_upstream():
    """Results are swapped, and dout may be ones."""
    found = list(edits(BEFORE.format("a = b = dout")))
    assert [e.after for e in found if e.mistake == "wrong-order"] == ["return (b, a)"]
    (ones,) = [e for e in found if e.mistake == "ignored-upstream"]
    assert "dout = dout * 0.0 + 1.0" in ones.source


def test_edits_are_single_and_say_where():
    """Every edit is Python, differs from the source and all others, and knows its line."""
    source = BEFORE.format("a = dout @ W.T; b = dout.sum(axis=0)")
    lines = source.splitlines()
    found = list(edits(source))
    assert len(found) > 50
    assert len({ast.unparse(ast.parse(e.source)) for e in found}) == len(found)
    assert ast.unparse(ast.parse(source)) not in {e.source for e in found}
    assert all(lines[e.line - 1].strip() == e.before for e in found)
    assert {e.mistake for e in found} <= set(EDITS)


def test_only_the_lines_asked_for_are_edited():
    """What the course gives, above and below the solution, stays."""
    found = list(edits(BEFORE.format("a = b = dout"), {3}))
    assert {e.line for e in found} == {3}


COMMON = {
    "one kind": ({"axis"}, "axis"),
    "ones in place of dout": ({"ignored-upstream", "missing-factor"}, "ignored-upstream"),
    "what is missing, however": ({"missing-factor", "wrong-array"}, "missing-factor"),
    "a branch": ({"overwritten-branch", "missing-term", "wrong-array"}, "overwritten-branch"),
    "two places": ({"wrong-order", "wrong-array"}, "wrong-array"),
    "a factor turned over": ({"transpose", "transposed-factor"}, "transposed-factor"),
    "nothing in common": ({"axis", "constant"}, None),
    "two things missing": ({"missing-sum", "missing-factor"}, None),
}


@pytest.mark.parametrize(("kinds", "expected"), COMMON.values(), ids=COMMON)
def test_one_sentence_for_several_edits(kinds, expected):
    """Edits that give the same array keep a name only if its sentence is true of all."""
    assert common(kinds) == expected


def test_sentences_have_no_gaps_and_no_answers():
    """A sentence ends, has no braces, and shows no code."""
    for sentence in EDITS.values():
        assert re.search(r"[.?]$", sentence)
        assert not re.search(r"[{}@*/=`\[\]()]|\.T\b|np\.", sentence)
