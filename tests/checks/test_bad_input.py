"""Whatever a backward returns, a check answers with a report, in silence and at once."""

import types

import numpy as np
import pytest
from strange import HUGE, B, Proud, X, changed, check, liar, masked, raising, recursive, with_entry

RETURNS = {  # id: (backward, outcomes that will do)
    "raises": (raising(ValueError("lost")), {"raised"}),
    "raises KeyError": (raising(KeyError("x")), {"raised"}),
    "raises SystemExit": (raising(SystemExit(0)), {"raised"}),
    "raises GeneratorExit": (raising(GeneratorExit()), {"raised"}),
    "raises StopIteration": (raising(StopIteration()), {"raised"}),
    "raises a bare BaseException": (raising(BaseException("odd")), {"raised"}),
    "raises MemoryError": (raising(MemoryError()), {"raised"}),
    "recurses for ever": (recursive, {"raised"}),
    "not implemented": (raising(NotImplementedError("write it here")), {"not attempted"}),
    "takes one argument": (lambda dout: dout, {"raised"}),
    "takes three arguments": (lambda dout, cache, more: dout, {"raised"}),
    "None": (lambda dout, cache: None, {"not attempted", "contract"}),
    "Ellipsis": (lambda dout, cache: ..., {"not attempted", "contract"}),
    "an Ellipsis among them": (
        changed(lambda dx, dW, db: (dx, ..., db)),
        {"not attempted", "contract"},
    ),
    "too few": (changed(lambda dx, dW, db: (dx, dW)), {"contract"}),
    "too many": (changed(lambda dx, dW, db: (dx, dW, db, db)), {"contract"}),
    "none at all": (lambda dout, cache: (), {"contract"}),
    "bare": (changed(lambda dx, dW, db: dx), {"contract"}),
    "nested lists": (changed(lambda *g: tuple(a.tolist() for a in g)), {"contract"}),
    "object array": (changed(lambda dx, dW, db: (dx.astype(object), dW, db)), {"contract"}),
    "object array of nothing": (
        changed(lambda dx, dW, db: (np.full(dx.shape, None), dW, db)),
        {"contract"},
    ),
    "all in one object array": (
        changed(lambda *g: np.array([*g, None], dtype=object)[:3]),
        {"contract"},
    ),
    "one NaN": (changed(lambda dx, dW, db: (with_entry(dx, np.nan), dW, db)), {"contract"}),
    "one inf": (changed(lambda dx, dW, db: (dx, with_entry(dW, np.inf), db)), {"contract"}),
    "all NaN": (changed(lambda dx, dW, db: (dx, dW, db * np.nan)), {"contract"}),
    "its input": (lambda dout, cache: (*cache, B), {"wrong value", "contract"}),
    "a view of its input": (
        lambda dout, cache: (cache[0][:], cache[1][:], dout[0]),
        {"wrong value", "contract"},
    ),
    "transposed": (changed(lambda dx, dW, db: (dx, dW.T, db)), {"contract"}),
    "one axis too many": (changed(lambda dx, dW, db: (dx, dW, db[None])), {"contract"}),
    "flat": (changed(lambda dx, dW, db: (dx.ravel(), dW, db)), {"contract"}),
    "a number for an array": (changed(lambda dx, dW, db: (dx, dW, 0.0)), {"contract"}),
    "empty": (changed(lambda dx, dW, db: (dx[:0], dW, db)), {"contract"}),
    "float32": (changed(lambda *g: tuple(a.astype(np.float32) for a in g)), {"contract"}),
    "float16": (changed(lambda *g: tuple(a.astype(np.float16) for a in g)), {"contract"}),
    "integers": (changed(lambda *g: tuple(a.astype(int) for a in g)), {"contract"}),
    "booleans": (changed(lambda *g: tuple(a > 0 for a in g)), {"contract"}),
    "complex": (changed(lambda *g: tuple(a + 0j for a in g)), {"contract"}),
    "complex with a small part": (changed(lambda *g: tuple(a + 1j for a in g)), {"contract"}),
    "a record array": (
        changed(lambda dx, dW, db: (dx, dW, db.view([("v", float)]))),
        {"contract"},
    ),
    "an array of strings": (changed(lambda dx, dW, db: (dx, dW, db.astype(str))), {"contract"}),
    "an array of dates": (
        changed(lambda dx, dW, db: (dx, dW, db.astype("i8").view("M8[s]"))),
        {"contract"},
    ),
    "a huge array": (changed(lambda dx, dW, db: (HUGE, dW, db)), {"contract"}),
    "a huge array, bare": (lambda dout, cache: HUGE, {"contract"}),
    "a huge matrix": (
        changed(lambda dx, dW, db: (np.broadcast_to(0.0, (10**6, 10**6)), dW, db)),
        {"contract"},
    ),
    "a huge list": (lambda dout, cache: [0.0] * 10**6, {"contract"}),
    "a range": (lambda dout, cache: range(10**12), {"contract"}),
    "a liar": (changed(lambda *g: tuple(map(liar, g))), {"contract", "wrong value"}),
    "a lying list": (
        changed(lambda *g: type("Lying", (list,), {"__len__": lambda self: 3})()),
        {"contract"},
    ),
    "a matrix": (changed(lambda dx, dW, db: (dx, np.matrix(dW), db)), {"contract"}),
    "masked": (changed(lambda *g: tuple(map(masked, g))), {"contract", "wrong value"}),
    "a dict": (changed(lambda dx, dW, db: {"x": dx, "W": dW, "b": db}), {"contract"}),
    "a set": (lambda dout, cache: {1.0, 2.0, 3.0}, {"contract"}),
    "a generator": (changed(lambda *g: (a for a in g)), {"contract"}),
    "an endless generator": (lambda dout, cache: iter(int, 1), {"contract"}),
    "a string": (lambda dout, cache: "dxWdb", {"contract"}),
    "three letters": (lambda dout, cache: "abc", {"contract"}),
    "strings": (lambda dout, cache: ("dx", "dW", "db"), {"contract"}),
    "a function": (lambda dout, cache: np.sum, {"contract"}),
    "a class": (lambda dout, cache: np.ndarray, {"contract"}),
    "an object that raises": (lambda dout, cache: Proud(), {"contract"}),
    "objects that raise": (lambda dout, cache: (Proud(), Proud(), Proud()), {"contract"}),
    "a module": (lambda dout, cache: types, {"contract"}),
    "True": (lambda dout, cache: True, {"contract"}),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in RETURNS.items()])
def test_what_backward_returns(row, capfd):
    """Each bad answer of a backward becomes a report of the right kind, in silence."""
    backward, outcomes = row
    report = check(backward, names=("x", "W", "b"))
    assert report.passed is False
    assert report.verdict == "failed"
    assert report.outcome in outcomes
    assert str(report)
    assert report._repr_mimebundle_()["text/html"]
    assert capfd.readouterr() == ("", "")


SINGLE = {
    "a list of rows": lambda dout, x: (2 * x * dout).tolist(),
    "a tuple of rows": lambda dout, x: tuple(2 * x * dout),
    "a view of x": lambda dout, x: x[:],
    "x itself": lambda dout, x: x,
    "dout itself": lambda dout, x: dout,
    "a lying right answer turned": lambda dout, x: liar(2 * x * dout),
    "a number": lambda dout, x: 1.0,
    "huge": lambda dout, x: HUGE,
    "None": lambda dout, x: None,
}


@pytest.mark.parametrize("backward", [pytest.param(b, id=k) for k, b in SINGLE.items()])
def test_single_gradient_of_a_wrong_kind(backward, capfd):
    """The same for a layer with one input, where the gradient may come bare."""
    report = check(backward, lambda x: (x**2, x), (X.copy(),))
    assert report.passed is False
    assert report.verdict == "failed"
    assert capfd.readouterr() == ("", "")
