"""Finite differences inside a backward are recognised, and honest code is not accused."""

import sys

import numpy as np
import pytest
import zoo as z
import zoo_nets as nets
from zoo import drawn
from zoo_cases import CORRECT

import gradelib as gl

AFFINE = drawn((5, 7), (7, 3), (3,))
STEP = 1e-5


def differences(forward, step=STEP, central=True):
    """A backward that moves one entry after the other and calls `forward` again."""

    def keeps_inputs(*inputs):
        return forward(*inputs)[0], inputs

    def backward(dout, cache):
        def value(k, x):
            moved = [*cache[:k], x, *cache[k + 1 :]]
            return np.sum(forward(*moved)[0] * dout)

        grads = []
        for k, x in enumerate(cache):
            if x.dtype.kind != "f":
                continue
            grad = np.zeros_like(x)
            for i in np.ndindex(x.shape):
                above, below = x.copy(), x.copy()
                above[i] += step
                below[i] -= step * central
                grad[i] = (value(k, above) - value(k, below)) / (step * (1 + central))
            grads.append(grad)
        return tuple(grads)

    return keeps_inputs, backward


def differences_inline(dout, cache):
    """The product written out once more, in place of a call."""
    x, W = cache
    dx, dW = np.zeros_like(x), np.zeros_like(W)
    for grad, which in ((dx, 0), (dW, 1)):
        for i in np.ndindex(grad.shape):
            above, below = [x.copy(), W.copy()], [x.copy(), W.copy()]
            above[which][i] += STEP
            below[which][i] -= STEP
            change = above[0] @ above[1] - below[0] @ below[1]
            grad[i] = np.sum(change * dout) / (2 * STEP)
    return dx, dW, dout.sum(axis=0)


def library_differences(dout, cache):
    x, W = cache
    b = np.zeros(W.shape[1])
    return tuple(
        gl.numerical_gradient(lambda x, W, b: x @ W + b, x, W, b, wrt=k, dout=dout)
        for k in range(3)
    )


def complex_step(dout, cache):
    x, W = cache

    def product(x, W):
        return x @ W

    grads = []
    for which in (0, 1):
        grad = np.zeros_like(cache[which])
        for i in np.ndindex(grad.shape):
            moved = [x.astype(complex), W.astype(complex)]
            moved[which][i] += 1e-30j
            grad[i] = np.sum(product(*moved).imag * dout) / 1e-30
        grads.append(grad)
    return (*grads, dout.sum(axis=0))


def sigmoid_of(x):
    return 1 / (1 + np.exp(-x))


def whole_array(dout, x):
    """All entries at once, as an elementwise function allows."""
    return dout * (sigmoid_of(x + STEP) - sigmoid_of(x - STEP)) / (2 * STEP)


def whole_array_inline(dout, x):
    above, below = 1 / (1 + np.exp(-x - STEP)), 1 / (1 + np.exp(-x + STEP))
    return dout * (above - below) / (2 * STEP)


def check_affine(backward):
    return lambda rng: gl.check_backward(z.affine_forward, backward, *AFFINE(rng))


def check_differences(forward, make, **options):
    return lambda rng: gl.check_backward(*differences(forward, **options), *make(rng))


def check_sigmoid(backward):
    return lambda rng: gl.check_backward(
        lambda x: (sigmoid_of(x), x), backward, rng.normal(size=(5, 7))
    )


def loss_in_place(params):
    """A loss whose parameters are moved in place and put back."""

    def value():
        return float(np.sum(np.tanh(params["W"] @ params["v"]) ** 2))

    def again(p):
        return value()

    grads = {}
    for name, array in params.items():
        grads[name] = np.zeros_like(array)
        for i in np.ndindex(array.shape):
            kept = array[i]
            array[i] = kept + STEP
            above = again(params)
            array[i] = kept - STEP
            below = again(params)
            array[i] = kept
            grads[name][i] = (above - below) / (2 * STEP)
    return value(), grads


def numbers_of(rng):
    return {"W": rng.normal(size=(5, 3)), "v": rng.normal(size=3)}


def jacobian_of_sum(x):
    """d tanh(A x) by differences."""
    steps = STEP * np.eye(len(x))
    return np.array([(tall(x + s) - tall(x - s)) / (2 * STEP) for s in steps]).T


TALL = np.random.default_rng(9).normal(size=(11, 5))


def tall(x):
    return np.tanh(TALL @ x)


NUMERICAL = {
    "calls forward": check_differences(z.affine_forward, AFFINE),
    "one-sided": check_differences(z.affine_forward, AFFINE, step=1e-7, central=False),
    "long steps": check_differences(z.affine_forward, AFFINE, step=1e-3),
    "relu": check_differences(z.relu_forward, drawn((5, 7))),
    "batch norm": check_differences(z.batchnorm_forward, drawn((11, 3), (3,), (3,))),
    "two-layer net": check_differences(nets.net_forward, nets.net_inputs),
    "cross-entropy": check_differences(nets.softmax_ce_forward, nets.scores_and_labels),
    "inline": check_affine(differences_inline),
    "numerical_gradient": check_affine(library_differences),
    "complex step": check_affine(complex_step),
    "whole array": check_sigmoid(whole_array),
    "whole array, inline": check_sigmoid(whole_array_inline),
    "loss, moved in place": lambda rng: gl.check_loss(loss_in_place, numbers_of(rng)),
    "Jacobian": lambda rng: gl.check_jacobian(tall, jacobian_of_sum, rng.normal(size=5)),
}


@pytest.mark.parametrize("check", [pytest.param(c, id=k) for k, c in NUMERICAL.items()])
@pytest.mark.parametrize("seed", range(3))
def test_finite_differences_in_a_backward_are_named(check, seed):
    """However the differences are taken and however good they are, they break the contract."""
    report = check(np.random.default_rng(seed))
    assert report.outcome == "contract", str(report)
    assert [d.mistake for d in report.diagnoses] == ["numerical-differentiation"]


def recomputes(dout, cache):
    """Memory saved by calling the forward pass once more."""
    out, again = z.affine_forward(*cache)
    assert out.shape == dout.shape
    return z.affine_backward(dout, again)


def recomputes_rows(dout, cache):
    """The forward pass once more for each row: many calls, none of them moved."""
    x, W, b = cache
    rows = [z.affine_forward(row[None], W, b)[1][0] for row in x]
    return z.affine_backward(dout, (np.concatenate(rows), W))


def checks_itself(dout, cache):
    """The formula's result, after a look at finite differences of one entry."""
    x, W, b = cache
    grads = z.affine_backward(dout, (x, W))
    for i in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[i] += STEP
        below[i] -= STEP
        change = z.affine_forward(above, W, b)[0] - z.affine_forward(below, W, b)[0]
        assert abs(np.sum(change * dout) / (2 * STEP) - grads[0][i]) < 1e-6
    return grads


@pytest.mark.parametrize("backward", [recomputes, recomputes_rows, checks_itself])
def test_honest_backward_may_call_the_forward_pass(backward):
    """Calling forward again is no finite difference, and checking oneself is none in the result."""

    def forward(x, W, b):
        return x @ W + b, (x, W, b)

    report = gl.check_backward(forward, backward, *AFFINE(np.random.default_rng(2)))
    assert report.passed, str(report)


def test_check_gradient_takes_a_numerical_gradient():
    """The gradient of a plain function may come from wherever it comes."""

    def f(x):
        return np.sum(np.sin(x))

    def grad(x):
        return gl.numerical_gradient(f, x)

    assert gl.check_gradient(f, grad, np.linspace(-1, 1, 7)).passed


@pytest.mark.parametrize("seed", range(2))
def test_no_right_backward_is_accused(seed):
    """Neither mistake is named, and no remark made, for a right backward of the zoo."""
    accused = []
    for case in CORRECT:
        if not case.large:
            report = case.check(np.random.default_rng(500 + seed), seed=seed)
            accused += [(case.name, d.mistake) for d in report.diagnoses]
            accused += [(case.name, w) for w in report.warnings]
    assert accused == []


def test_profiler_of_the_caller_is_left_in_place():
    """A profiler that was set before a check is set afterwards."""

    def profiler(frame, event, arg):
        return None

    sys.setprofile(profiler)
    try:
        check_affine(z.affine_backward)(np.random.default_rng(0))
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
