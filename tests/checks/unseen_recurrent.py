"""A recurrent step and a sequence of them, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong


def step_forward(x, h, Wx, Wh, b):
    new = np.tanh(x @ Wx + h @ Wh + b)
    return new, (x, h, Wx, Wh, b, new)


def step_backward(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dz = dout * (1 - new**2)
    dx = dz @ Wx.T
    dh = dz @ Wh.T
    dWx = x.T @ dz
    dWh = h.T @ dz
    db = dz.sum(axis=0)
    return dx, dh, dWx, dWh, db


STEP = Operation(
    "recurrent step",
    step_forward,
    step_backward,
    lambda r: tuple(r.normal(0, 0.6, size=s) for s in [(5, 7), (5, 3), (7, 3), (3, 3), (3,)]),
    ("x", "h", "Wx", "Wh", "b"),
)


def step_with(dz, cache):
    """The five gradients from the gradient before the activation."""
    x, h, Wx, Wh, b, new = cache
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)


@wrong(STEP, "the sigmoid's derivative is used for tanh")
def step_sigmoid(dout, cache):
    new = cache[-1]
    return step_with(dout * new * (1 - new), cache)


@wrong(STEP, "tanh is applied twice: its derivative is taken at the output")
def step_tanh_twice(dout, cache):
    x, h, Wx, Wh, b, new = cache
    return step_with(dout * (1 - np.tanh(new) ** 2), cache)


@wrong(STEP, "the square is missing in the derivative of tanh")
def step_no_square(dout, cache):
    return step_with(dout * (1 - cache[-1]), cache)


@wrong(STEP, "the derivative of tanh is forgotten")
def step_no_activation(dout, cache):
    x, h, Wx, Wh, b, new = cache
    return dout @ Wx.T, dout @ Wh.T, x.T @ dout, h.T @ dout, np.sum(dout, axis=0)


@wrong(STEP, "the derivative of tanh uses z where it should be tanh(z)")
def step_derivative_at_z(dout, cache):
    x, h, Wx, Wh, b, new = cache
    z = x @ Wx + h @ Wh + b
    return step_with(dout * (1 - z * z), cache)


@wrong(STEP, "Wh is not transposed in dh")
def step_not_transposed(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dz = (1 - new * new) * dout
    return dz @ Wx.T, dz @ Wh, x.T @ dz, h.T @ dz, dz.sum(0)


@wrong(STEP, "dWh is taken with the new state in place of the old one")
def step_new_state(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dz = dout * (1 - new**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, new.T @ dz, dz.sum(axis=0)


@wrong(STEP, "dWh is transposed")
def step_dwh_transposed(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dz = dout * (1 - new**2)
    return dz @ Wx.T, dz @ Wh.T, (dz.T @ x).T, dz.T @ h, dz.sum(axis=0)


@wrong(STEP, "db is averaged over the batch")
def step_db_mean(dout, cache):
    dx, dh, dWx, dWh, db = step_backward(dout, cache)
    return dx, dh, dWx, dWh, db / len(dx)


@wrong(STEP, "db is taken before the activation's derivative")
def step_db_from_dout(dout, cache):
    *grads, db = step_backward(dout, cache)
    return (*grads, dout.sum(axis=0))


@wrong(STEP, "db is not summed over the batch")
def step_db_not_summed(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dz = dout * (1 - new**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, h.T @ dz, dz


@wrong(STEP, "dh and dx skip the derivative of tanh")
def step_dh_from_dout(dout, cache):
    x, h, Wx, Wh, b, new = cache
    dx, dh, dWx, dWh, db = step_backward(dout, cache)
    return dout @ Wx.T, dout @ Wh.T, dWx, dWh, db


@wrong(STEP, "the derivative of tanh has the wrong sign inside: 1 + tanh^2")
def step_plus(dout, cache):
    return step_with(dout * (1 + cache[-1] ** 2), cache)


@wrong(STEP, "dh gets the upstream gradient added, as if there were a skip connection")
def step_skip(dout, cache):
    dx, dh, *weights = step_backward(dout, cache)
    return (dx, dh + dout, *weights)


def rnn_forward(x, h0, Wx, Wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ Wx + hs[-1] @ Wh + b))
    return np.stack(hs[1:], axis=1), (x, hs, Wx, Wh)


def rnn_backward(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(Wh.shape[0])
    dh = np.zeros_like(hs[0])
    for t in reversed(range(x.shape[1])):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


RNN = Operation(
    "recurrent sequence",
    rnn_forward,
    rnn_backward,
    lambda r: tuple(r.normal(0, 0.6, size=s) for s in [(2, 5, 7), (2, 3), (7, 3), (3, 3), (3,)]),
    ("x", "h0", "Wx", "Wh", "b"),
)


def empty(cache):
    x, hs, Wx, Wh = cache
    zeros = (np.zeros_like(a) for a in (x, hs[0], Wx, Wh))
    return (*zeros, np.zeros(Wh.shape[0]))


@wrong(RNN, "nothing flows back through time")
def rnn_no_time(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in range(x.shape[1]):
        dz = dout[:, t] * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T if t == 0 else dh
    return dx, dh, dWx, dWh, db


@wrong(RNN, "the weights' gradients are overwritten at each step: the first step's alone is left")
def rnn_overwritten(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in reversed(range(x.shape[1])):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t], dWx, dWh, db = dz @ Wx.T, x[:, t].T @ dz, hs[t].T @ dz, dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


@wrong(RNN, "dWh uses the state after the step in place of the one before it")
def rnn_state_off_by_one(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in reversed(range(x.shape[1])):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t + 1].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


@wrong(RNN, "the first time step is left out")
def rnn_first_step_missing(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in range(x.shape[1] - 1, 0, -1):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


@wrong(RNN, "the gradient from later steps is added after tanh's derivative, which it skips")
def rnn_added_too_late(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in reversed(range(x.shape[1])):
        dz = dout[:, t] * (1 - hs[t + 1] ** 2) + dh
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


@wrong(RNN, "the loop runs forwards in time")
def rnn_forwards(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in range(x.shape[1]):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh.T
    return dx, dh, dWx, dWh, db


@wrong(RNN, "Wh is not transposed on the way back through time")
def rnn_not_transposed(dout, cache):
    x, hs, Wx, Wh = cache
    dx, dh, dWx, dWh, db = empty(cache)
    for t in reversed(range(x.shape[1])):
        dz = (dout[:, t] + dh) * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ Wx.T
        dWx += x[:, t].T @ dz
        dWh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ Wh
    return dx, dh, dWx, dWh, db


@wrong(RNN, "the weights' gradients are averaged over time where they should be summed")
def rnn_averaged_over_time(dout, cache):
    dx, dh, dWx, dWh, db = rnn_backward(dout, cache)
    T = dout.shape[1]
    return dx, dh, dWx / T, dWh / T, db / T


@wrong(RNN, "dh0 is left at zero")
def rnn_no_dh0(dout, cache):
    dx, dh, *weights = rnn_backward(dout, cache)
    return (dx, np.zeros_like(dh), *weights)
