"""check_loss: a dictionary of parameters in, a number and a dictionary of gradients out."""

import numpy as np
import pytest
import zoo_nets as nets
from strange import raising

import gradelib as gl


def returned(change):
    """The net's loss with change(value, grads, params) returned."""
    loss, params = nets.net_loss()(np.random.default_rng(5))
    return lambda p: change(*loss(p), p), params


def spoils_params(value, grads, params):
    params["W1"] -= 0.1 * grads["W1"]
    return value, grads


def rebinds_params(value, grads, params):
    params["W1"] = params["W1"] - 0.1 * grads["W1"]
    return value, grads


def adds_to_params(value, grads, params):
    params["W3"] = np.zeros(3)
    return value, grads


LOSSES = {  # id: (change of the returned value, outcomes)
    "right": (lambda v, g, p: (v, g), {"passed"}),
    "in a list": (lambda v, g, p: [v, g], {"passed"}),
    "value 0-d": (lambda v, g, p: (np.array(v), g), {"passed"}),
    "value a Python float": (lambda v, g, p: (float(v), g), {"passed"}),
    "keys in another order": (lambda v, g, p: (v, dict(reversed(g.items()))), {"passed"}),
    "key missing": (lambda v, g, p: (v, {k: g[k] for k in g if k != "b1"}), {"contract"}),
    "key too many": (lambda v, g, p: (v, {**g, "W9": g["W1"]}), {"contract"}),
    "key of another case": (
        lambda v, g, p: (v, {k.lower(): a for k, a in g.items()}),
        {"contract"},
    ),
    "keys that are numbers": (
        lambda v, g, p: (v, dict(enumerate(g.values()))),
        {"contract"},
    ),
    "no gradients": (lambda v, g, p: (v, {}), {"contract"}),
    "one None": (lambda v, g, p: (v, {**g, "b1": None}), {"not attempted", "contract"}),
    "gradients None": (lambda v, g, p: (v, None), {"not attempted", "contract"}),
    "gradients in a tuple": (lambda v, g, p: (v, tuple(g.values())), {"contract"}),
    "gradients as lists": (
        lambda v, g, p: (v, {k: a.tolist() for k, a in g.items()}),
        {"contract"},
    ),
    "gradients first": (lambda v, g, p: (g, v), {"contract"}),
    "the params": (lambda v, g, p: (v, p), {"contract", "wrong value"}),
    "value only": (lambda v, g, p: v, {"contract"}),
    "nothing": (lambda v, g, p: None, {"not attempted", "contract"}),
    "three": (lambda v, g, p: (v, g, p), {"contract"}),
    "value an array": (lambda v, g, p: (np.array([v, v]), g), {"contract"}),
    "value of one entry": (lambda v, g, p: (np.array([v]), g), {"contract"}),
    "value NaN": (lambda v, g, p: (np.nan, g), {"contract", "inconclusive"}),
    "value a string": (lambda v, g, p: (str(v), g), {"contract"}),
    "value complex": (lambda v, g, p: (v + 0j, g), {"contract"}),
    "value None": (lambda v, g, p: (None, g), {"contract", "not attempted"}),
    "params updated in place": (spoils_params, {"contract"}),
    "params rebound": (rebinds_params, {"contract"}),
    "params added to": (adds_to_params, {"contract"}),
    "sign": (lambda v, g, p: (v, {k: -a for k, a in g.items()}), {"wrong value"}),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in LOSSES.items()])
def test_check_loss(row, capfd):
    """check_loss passes the right loss and names each breach; params are left alone."""
    change, outcomes = row
    loss, params = returned(change)
    before = {k: v.copy() for k, v in params.items()}
    report = gl.check_loss(loss, params)
    assert report.outcome in outcomes, str(report)
    assert report.passed is (outcomes == {"passed"})
    assert params.keys() == before.keys()
    assert all(np.array_equal(params[k], before[k]) for k in before)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [ValueError("lost"), SystemExit(0), RecursionError("deep")])
def test_check_loss_that_raises(error):
    """A loss that raises is reported."""
    assert gl.check_loss(raising(error), {"W": np.ones((2, 3))}).outcome == "raised"


def test_check_loss_names_the_keys():
    """The comparisons carry the parameters' names."""
    loss, params = returned(lambda v, g, p: (v, {**g, "W2": -g["W2"]}))
    report = gl.check_loss(loss, params)
    wrong = [c for c in report.comparisons if c.outcome == "wrong value"]
    assert len(wrong) == 1
    assert "W2" in wrong[0].name
    assert len(report.comparisons) == len(params)


@pytest.mark.parametrize(
    "params", [{}, None, [np.ones(3)], {"W": "no"}, {"W": np.arange(3)}],
    ids=["empty", "None", "a list", "a string", "integers"],
)  # fmt: skip
def test_check_loss_misused(params):
    """params must be a dict with float arrays."""
    with pytest.raises((TypeError, ValueError)):
        gl.check_loss(lambda p: (0.0, {}), params)
