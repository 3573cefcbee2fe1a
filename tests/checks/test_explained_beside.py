"""What is measured to name a mistake: at the point, and at random points beside it."""

from dataclasses import replace

import numpy as np
import pytest
from problems_by_hand import D, W, X, measured, problem, product_backward

from gradelib.checks.mistakes import explain as module
from gradelib.checks.mistakes.explain import explain
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import Entries


def explained(asked, k=0, settled=()):
    """The mistakes that are named for gradient k of a question."""
    probe, entries = measured(asked, k)
    right = {k: entries.numeric.reshape(asked.point[k].shape)}
    gradient = asked.replayed(asked.backward)[k]
    found = explain(asked, probe, k, gradient, entries, right, settled, np.random.default_rng(1))
    return [d.mistake for d in found]


@pytest.fixture
def looked_at(monkeypatch):
    """The inputs that are differentiated by entries, one after the other."""
    blocks, entrywise = [], module.entrywise

    def listening(probe, block, gradient, verdict, rng):
        blocks.append(block)
        return entrywise(probe, block, gradient, verdict, rng)

    monkeypatch.setattr(module, "entrywise", listening)
    return blocks


def many(*sizes):
    return [np.linspace(1 + k, 2 + k, n) for k, n in enumerate(sizes)]


def dot(x, w):
    return np.asarray(np.sum(x) * np.sum(w))


def turned(d, x, w):
    return -d * np.sum(w) * np.ones_like(x), d * np.sum(x) * np.ones_like(w)


MEASURED = {  # what: (sizes of x and w, those returned rightly, what is differentiated beside)
    "both of few entries": ((3, 4), (), [0, 1]),
    "not what was returned rightly": ((3, 4), (1,), [0]),
    "not another of many entries": ((3, 2500), (), [0]),
    "not another where both are many": ((256, 257), (), [0]),
}


@pytest.mark.parametrize(("sizes", "settled", "expected"), MEASURED.values(), ids=MEASURED)
def test_what_is_differentiated_beside(sizes, settled, expected, looked_at):
    """The input in question, and another one where it is cheap and its gradient is not known."""
    asked = problem(turned, dot, many(*sizes), np.array(1.5))
    assert explained(asked, settled=settled) == ["sign"]
    assert looked_at == expected


def test_gradient_that_was_right_may_break_the_contract_beside():
    """It is measured there instead; the mistake of the other is named all the same."""

    def backward(d, x, w):
        right = x.T @ d
        return -d @ w.T, right if np.array_equal(x, X) else Breach("no", "shape", right[0])

    assert explained(problem(backward), settled=[1]) == ["sign"]


def test_input_without_entries_is_no_hindrance():
    """Its gradient of a wrong shape is not settled, and has nothing to be measured."""

    def backward(d, x, w):
        return -2 * d * x, np.zeros(3)

    asked = problem(backward, lambda x, w: x**2, (X, np.zeros((0, 2))), X + 2)
    assert explained(asked) == ["sign"]
    nothing = np.zeros((0, 2))
    none = Entries(np.zeros(0, np.intp), nothing.ravel(), nothing.ravel(), nothing.ravel() > 0)
    probe, _ = measured(asked, 0)
    rng = np.random.default_rng(1)
    assert explain(asked, probe, 1, nothing, none, {1: nothing}, (), rng) == []


def test_name_of_many_entries_that_holds_beside_only_is_not_given():
    """Nearby it is a factor, twice; here it is a sign, which a factor of 2 cannot be."""
    x, w = many(260, 260)

    def backward(d, a, b):
        return (-1 if np.array_equal(a, x) else 2) * d * b, d * a

    assert explained(problem(backward, lambda a, b: a * b, (x, w), np.cos(9 * x))) == []


def case_of(asked, yours, right):
    probe, _ = measured(asked, 0)
    return module._case(asked, probe, 0, yours, {0: right}, (), 0.0)


def test_inputs_of_a_case_are_the_arrays_themselves():
    """Floats and integers of either kind, under their names; the other inputs as well."""
    scale, labels, pixels = np.array(2.0), np.array([0, 2]), np.array([1, 3], dtype=np.uint8)
    given = {"scale": scale, "y": labels, "image": pixels, "mode": "fast", "flag": np.array([True])}
    case = case_of(problem(product_backward, given=given), -D @ W.T, D @ W.T)
    assert case.inputs["scale"] is scale
    assert case.labels["y"] is labels
    assert case.labels["image"] is pixels
    np.testing.assert_array_equal(case.inputs["w"], W)


def test_case_measures_what_the_other_inputs_make_of_it():
    """The gradient with an input replaced, and difference quotients that begin as yours does."""

    def scaled(changes):
        return lambda arrays: changes["scale"] * (arrays[0] @ arrays[1])

    asked = replace(problem(product_backward, given={"scale": np.array(1.0)}), outputs_given=scaled)
    case = case_of(asked, 3 * D @ W.T, D @ W.T)
    assert case.fits_at({"scale": np.array(3.0)})
    assert not case.fits_at({"scale": np.array(2.0)})
    h = 1e-2
    squares = problem(product_backward, lambda x, w: x**2, (X, W), np.ones_like(X))
    case = case_of(squares, ((X + h) ** 2 - X**2) / h, 2 * X)
    mistake, quotient = next(iter(case.steps()))
    assert mistake == "one-sided"
    np.testing.assert_allclose(quotient, 2 * X + h)


def test_gradient_for_ones_of_many_outputs():
    """Of an input too large for a Jacobian: what each output gets by the input, added up."""
    x, w = many(300, 300)
    asked = problem(product_backward, lambda a, b: a * b, (x, w), np.cos(9 * x))
    case = case_of(asked, w, np.cos(9 * x) * w)
    assert case.jacobian() is None
    np.testing.assert_allclose(case.right_with_ones(), w, rtol=1e-7)
