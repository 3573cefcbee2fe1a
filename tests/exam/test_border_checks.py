"""The kit's checks judge a student's functions through the border as they do beside them."""

import numpy as np
import pytest
from both import bordering

import gradelib as gl

CELL = '''
import numpy as np
def affine(x, w, b):
    """A layer."""
    return x @ w + b, (x, w)
def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def flipped(dout, cache):
    x, w = cache
    return dout @ w.T, -x.T @ dout, dout.sum(axis=0)
def spoiling(dout, cache):
    x, w = cache
    dout *= 2
    return dout @ w.T / 2, x.T @ dout / 2, dout.sum(axis=0) / 2
def raising(dout, cache):
    x, w = cache
    return dout @ w, x.T @ dout, dout.sum(axis=0)
def noisy(dout, cache):
    x, w = cache
    print("here")
    np.log(np.zeros(1))
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
def listed(dout, cache):
    return affine_backward(dout, cache)[0].tolist(), 1, None
def numeric(dout, cache, h=1e-6):
    x, w = cache
    grads = []
    for k, a in enumerate((x, w)):
        g = np.zeros_like(a)
        for i in np.ndindex(a.shape):
            up, down = [x.copy(), w.copy()], [x.copy(), w.copy()]
            up[k][i] += h; down[k][i] -= h
            high, low = (affine(*p, np.zeros(w.shape[1]))[0] for p in (up, down))
            g[i] = ((high - low) * dout).sum() / (2 * h)
        grads.append(g)
    return grads[0], grads[1], dout.sum(axis=0)
def relu(x): return np.maximum(x, 0), {"mask": x > 0}
def relu_backward(dout, cache): return dout * cache["mask"]
class Layer:
    def forward(self, x):
        self.x = x
        return x ** 2, self
    def backward(self, dout, cache):
        return 2 * cache.x * dout
layer = Layer()
def loss(params):
    W = params["W"]
    return float((W ** 2).sum()), {"W": 2 * W}
def square(x): return float((x ** 2).sum())
def gradient(x): return 2 * x
def jacobian(x): return np.diag(2 * x)
def squares(x): return x ** 2
'''
CHECKS = {
    "right": lambda n, x, w, b: gl.check_backward(n["affine"], n["affine_backward"], x, w, b),
    "flipped": lambda n, x, w, b: gl.check_backward(n["affine"], n["flipped"], x, w, b),
    "spoiling": lambda n, x, w, b: gl.check_backward(n["affine"], n["spoiling"], x, w, b),
    "raising": lambda n, x, w, b: gl.check_backward(n["affine"], n["raising"], x, w, b),
    "noisy": lambda n, x, w, b: gl.check_backward(n["affine"], n["noisy"], x, w, b),
    "numeric": lambda n, x, w, b: gl.check_backward(n["affine"], n["numeric"], x, w, b),
    "listed": lambda n, x, w, b: gl.check_backward(n["affine"], n["listed"], x, w, b),
    "relu": lambda n, x, w, b: gl.check_backward(n["relu"], n["relu_backward"], x),
    "object": lambda n, x, w, b: gl.check_backward(n["layer"].forward, n["layer"].backward, x),
    "loss": lambda n, x, w, b: gl.check_loss(n["loss"], {"W": w}),
    "gradient": lambda n, x, w, b: gl.check_gradient(n["square"], n["gradient"], x),
    "jacobian": lambda n, x, w, b: gl.check_jacobian(n["squares"], n["jacobian"], b),
    "values": lambda n, x, w, b: gl.check_values(n["affine"](x, w, b)[0], x @ w + b, name="affine"),
    "called": lambda n, x, w, b: gl.check_values(
        lambda: n["raising"](x, (x, w))[0], x, name="raising"
    ),
    "slopes": lambda n, x, w, b: gl.check_values(
        gl.numerical_gradient(n["square"], x), 2 * x, name="dx"
    ),
}
WRONG = ("flipped", "spoiling", "raising", "listed", "called", "numeric")


@pytest.fixture(scope="module")
def both():
    """The cell's names across a border, and in this process."""
    words = [line.split("(")[0].split()[1] for line in CELL.splitlines() if line[:4] == "def "]
    here = {"__name__": "__main__"}
    exec(compile(CELL, "<hand-in 1>", "exec"), here)
    with bordering(CELL) as border:
        yield border.names([*words, "layer"]), here


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_says_the_same_on_both_sides(both, check, monkeypatch):
    """To the letter, and with as many forwards."""
    import linecache

    lines = CELL.splitlines(keepends=True)
    x, w, b = (np.random.default_rng(0).normal(size=s) for s in ((5, 3), (3, 4), (4,)))
    across = CHECKS[check](both[0], x, w, b)
    monkeypatch.setitem(linecache.cache, "<hand-in 1>", (1, None, lines, "<hand-in 1>"))
    beside = CHECKS[check](both[1], x, w, b)
    assert str(across) == str(beside)
    assert across.evaluations == beside.evaluations
    assert across.passed == (check not in WRONG)
