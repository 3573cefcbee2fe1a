"""A result that holds for the given inputs only is recognised, by a second point beside them."""

import numpy as np
import pytest
import zoo as z
from zoo import drawn

import gradelib as gl

AFFINE = drawn((5, 7), (7, 3), (3,))


def constant(*which):
    """The right gradients; some are those of the first call for ever."""
    first = {}

    def backward(dout, cache):
        grads = list(z.affine_backward(dout, cache))
        for k in which:
            grads[k] = first.setdefault(k, grads[k]).copy()
        return tuple(grads)

    return backward


def looked_up(otherwise):
    """The right gradients for the inputs of the first call, and `otherwise` for all others."""
    known = []

    def backward(dout, cache):
        key = cache[0].tobytes()
        if not known:
            known.append(key)
        return z.affine_backward(dout, cache) if key in known else otherwise(dout, cache)

    return backward


def missing(dout, cache):
    return {}[dout.tobytes()]


def unassigned(dout, cache):
    if dout is None:
        grads = cache
    return grads


def nothing(dout, cache):
    return None


def all_of(value):
    return lambda dout, cache: tuple(
        np.full(shape, value) for shape in (cache[0].shape, cache[1].shape, dout.shape[1:])
    )


HARD_CODED = {
    "dx": lambda: constant(0),
    "dW": lambda: constant(1),
    "db": lambda: constant(2),
    "all": lambda: constant(0, 1, 2),
    "looked up, zeros": lambda: looked_up(all_of(0.0)),
    "looked up, ones": lambda: looked_up(all_of(1.0)),
    "looked up, None": lambda: looked_up(nothing),
    "looked up, KeyError": lambda: looked_up(missing),
    "looked up, nothing assigned": lambda: looked_up(unassigned),
}


@pytest.mark.parametrize("make", [pytest.param(m, id=k) for k, m in HARD_CODED.items()])
def test_result_for_the_given_inputs_only_is_named(make):
    """A result that is right at the given inputs and fixed elsewhere breaks the contract."""
    report = gl.check_backward(z.affine_forward, make(), *AFFINE(np.random.default_rng(1)))
    assert report.outcome == "contract", str(report)
    assert {d.mistake for d in report.diagnoses} == {"hard-coded"}


def test_hard_coded_gradients_of_a_loss_are_named():
    """A loss has no upstream gradient to vary; another point tells."""
    first = {}

    def loss(p):
        t = np.tanh(p["W"] @ p["v"])
        d = 2 * t * (1 - t**2)
        grads = {"W": np.outer(d, p["v"]), "v": p["W"].T @ d}
        return float(np.sum(t**2)), {k: first.setdefault(k, g).copy() for k, g in grads.items()}

    g = np.random.default_rng(0)
    report = gl.check_loss(loss, {"W": g.normal(size=(5, 3)), "v": g.normal(size=3)})
    assert report.outcome == "contract"
    assert {d.mistake for d in report.diagnoses} == {"hard-coded"}


def test_gradient_that_is_wrong_beside_the_inputs_is_wrong():
    """A penalty forgotten at zero weights shows beside them, and is not called hard-coded."""

    def forward(w):
        return np.sum(w + w**2), w

    def backward(dout, w):
        return dout * np.ones_like(w) if not np.any(w) else dout * (1 + w)

    report = gl.check_backward(forward, backward, np.zeros(5))
    assert report.outcome == "wrong value"
    assert all(d.mistake != "hard-coded" for d in report.diagnoses)
    assert any("beside" in words for words in report.warnings)


def in_domain_only(error):
    """The logarithm, whose passes refuse whatever is not exactly in a set."""

    def forward(x):
        return np.log(x), x

    def backward(dout, x):
        if not np.array_equal(x * 8, np.round(x * 8)):
            raise error
        return dout / x

    return forward, backward


@pytest.mark.parametrize("error", [ValueError("eighths only"), FloatingPointError("lost")])
def test_backward_that_raises_beside_the_inputs_is_not_accused(error):
    """A domain may end beside the inputs."""
    report = gl.check_backward(*in_domain_only(error), np.array([0.5, 1.25, 3.0]))
    assert report.passed, str(report)


def test_forward_without_a_domain_beside_the_inputs_is_not_accused():
    """Where the forward pass raises at another point, nothing is said."""
    calls = []

    def forward(x):
        calls.append(x)
        if np.max(np.abs(x - 1.5)) > 1e-3:
            raise ValueError("too far")
        return x**2, x

    report = gl.check_backward(forward, lambda dout, x: 2 * dout * x, np.full(3, 1.5))
    assert report.verdict != "failed", str(report)
    assert report.diagnoses == ()


def by_the_sign(dout, cache):
    return (dout, 0.0) if dout > 0 else (0.0, dout)


def shut_by_the_sign(dout, cache):
    return dout if dout > 0 else 0.0


GATES = {
    "max": (lambda a, b: (max(a, b), None), by_the_sign, (3.0, -1.0)),
    "max, the other": (lambda a, b: (max(a, b), None), by_the_sign, (-1.0, 3.0)),
    "relu": (lambda x: (max(x, 0.0), None), shut_by_the_sign, (2.0,)),
}


@pytest.mark.parametrize(("forward", "backward", "inputs"), GATES.values(), ids=GATES)
def test_gate_that_the_sign_of_dout_sets_is_not_hard_coded(forward, backward, inputs):
    """Such a gate is right at the given inputs by luck; its zeros are no result kept in store."""
    outcomes = {gl.check_backward(forward, backward, *inputs, seed=s).outcome for s in range(8)}
    assert outcomes == {"wrong value"}
