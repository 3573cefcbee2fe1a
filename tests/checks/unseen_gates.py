"""A gated step (as in a GRU), group norm and L2 normalisation, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong

EPS = 1e-5


def gate_forward(h, c, U, b):
    z = 1 / (1 + np.exp(-(h @ U + b)))
    new = np.tanh(c)
    return (1 - z) * h + z * new, (h, U, z, new)


def gate_backward(dout, cache):
    h, U, z, new = cache
    dz = dout * (new - h)
    ds = dz * z * (1 - z)
    dc = dout * z * (1 - new**2)
    dh = dout * (1 - z) + ds @ U.T
    dU = h.T @ ds
    db = ds.sum(axis=0)
    return dh, dc, dU, db


GATE = Operation(
    "gated step",
    gate_forward,
    gate_backward,
    lambda r: tuple(r.normal(size=s) for s in [(5, 3), (5, 3), (3, 3), (3,)]),
    ("h", "c", "U", "b"),
)


@wrong(GATE, "dh lacks the way through the gate")
def gate_direct_only(dout, cache):
    h, U, z, new = cache
    ds = dout * (new - h) * z * (1 - z)
    return dout * (1 - z), dout * z * (1 - new**2), h.T @ ds, ds.sum(0)


@wrong(GATE, "dh lacks the direct way: it is overwritten by the gate's")
def gate_overwritten(dout, cache):
    h, U, z, new = cache
    dh = dout * (1 - z)
    dc = dout * z * (1 - new**2)
    ds = dout * (new - h) * z * (1 - z)
    dh = ds @ U.T
    return dh, dc, h.T @ ds, ds.sum(0)


@wrong(GATE, "z and 1 - z are mixed up")
def gate_mixed_up(dout, cache):
    h, U, z, new = cache
    ds = dout * (new - h) * z * (1 - z)
    return dout * z + ds @ U.T, dout * (1 - z) * (1 - new**2), h.T @ ds, ds.sum(0)


@wrong(GATE, "the gate's gradient has the wrong sign: h - new for new - h")
def gate_sign(dout, cache):
    h, U, z, new = cache
    ds = dout * (h - new) * z * (1 - z)
    return dout * (1 - z) + ds @ U.T, dout * z * (1 - new**2), h.T @ ds, ds.sum(0)


@wrong(GATE, "the gate's derivative is missing in ds")
def gate_no_sigmoid(dout, cache):
    h, U, z, new = cache
    dz = dout * (new - h)
    return dout * (1 - z) + dz @ U.T, dout * z * (1 - new**2), h.T @ dz, dz.sum(0)


@wrong(GATE, "tanh's derivative is used for the gate")
def gate_tanh_for_sigmoid(dout, cache):
    h, U, z, new = cache
    ds = dout * (new - h) * (1 - z**2)
    return dout * (1 - z) + ds @ U.T, dout * z * (1 - new**2), h.T @ ds, ds.sum(0)


@wrong(GATE, "the gate's gradient leaves out the old state")
def gate_no_old_state(dout, cache):
    h, U, z, new = cache
    ds = dout * new * z * (1 - z)
    return dout * (1 - z) + ds @ U.T, dout * z * (1 - new**2), h.T @ ds, ds.sum(0)


@wrong(GATE, "dc lacks tanh's derivative")
def gate_dc_linear(dout, cache):
    dh, dc, dU, db = gate_backward(dout, cache)
    return dh, dout * cache[2], dU, db


@wrong(GATE, "U is not transposed")
def gate_not_transposed(dout, cache):
    h, U, z, new = cache
    ds = dout * (new - h) * z * (1 - z)
    return dout * (1 - z) + ds @ U, dout * z * (1 - new**2), h.T @ ds, ds.sum(0)


GROUPS = 3


def groupnorm_forward(x, gamma, beta):
    N, C, H, W = x.shape
    g = x.reshape(N, GROUPS, -1)
    std = np.sqrt(g.var(axis=2, keepdims=True) + EPS)
    xhat = ((g - g.mean(axis=2, keepdims=True)) / std).reshape(x.shape)
    return xhat * gamma[:, None, None] + beta[:, None, None], (xhat, std, gamma)


def groupnorm_backward(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dgamma = (dout * xhat).sum(axis=(0, 2, 3))
    dbeta = dout.sum(axis=(0, 2, 3))
    d = (dout * gamma[:, None, None]).reshape(N, GROUPS, -1)
    n = xhat.reshape(N, GROUPS, -1)
    d = d - d.mean(axis=2, keepdims=True) - n * np.mean(d * n, axis=2, keepdims=True)
    return (d / std).reshape(dout.shape), dgamma, dbeta


GROUP_NORM = Operation(
    "group norm",
    groupnorm_forward,
    groupnorm_backward,
    lambda r: (r.normal(size=(2, 6, 5, 2)), r.normal(1, 0.5, size=6), r.normal(size=6)),
    ("x", "gamma", "beta"),
)


@wrong(GROUP_NORM, "mean and standard deviation are treated as constants")
def group_constants(dout, cache):
    xhat, std, gamma = cache
    _, dgamma, dbeta = groupnorm_backward(dout, cache)
    d = (dout * gamma[:, None, None]).reshape(len(dout), GROUPS, -1) / std
    return d.reshape(dout.shape), dgamma, dbeta


@wrong(GROUP_NORM, "the means are over each channel in place of its group")
def group_by_channel(dout, cache):
    xhat, std, gamma = cache
    _, dgamma, dbeta = groupnorm_backward(dout, cache)
    d = dout * gamma[:, None, None]
    d = d - d.mean((2, 3), keepdims=True) - xhat * (d * xhat).mean((2, 3), keepdims=True)
    return d / np.repeat(std, 2, axis=1)[:, :, :, None], dgamma, dbeta


@wrong(GROUP_NORM, "dgamma and dbeta are averaged over the positions where they should be summed")
def group_positions_averaged(dout, cache):
    dx, _, _ = groupnorm_backward(dout, cache)
    return dx, (dout * cache[0]).mean(axis=(2, 3)).sum(axis=0), dout.mean(axis=(2, 3)).sum(axis=0)


@wrong(GROUP_NORM, "dgamma and dbeta are not summed over the positions")
def group_positions_kept(dout, cache):
    dx, _, _ = groupnorm_backward(dout, cache)
    return dx, (dout * cache[0]).sum(axis=0), dout.sum(axis=0)


@wrong(GROUP_NORM, "gamma is left out of dx")
def group_no_gamma(dout, cache):
    xhat, std, gamma = cache
    dx, _, _ = groupnorm_backward(dout, (xhat, std, np.ones_like(gamma)))
    return dx, np.einsum("ncij,ncij->c", dout, xhat), dout.sum(axis=(0, 2, 3))


@wrong(GROUP_NORM, "the mean's part is forgotten")
def group_no_mean(dout, cache):
    xhat, std, gamma = cache
    _, dgamma, dbeta = groupnorm_backward(dout, cache)
    d = (dout * gamma[:, None, None]).reshape(len(dout), GROUPS, -1)
    n = xhat.reshape(d.shape)
    d = (d - n * (d * n).mean(axis=2, keepdims=True)) / std
    return d.reshape(dout.shape), dgamma, dbeta


def unit_forward(x):
    length = np.sqrt((x * x).sum(axis=1, keepdims=True))
    return x / length, (x / length, length)


def unit_backward(dout, cache):
    u, length = cache
    return (dout - u * np.sum(u * dout, axis=1, keepdims=True)) / length


L2_NORMALISATION = Operation(
    "L2 normalisation",
    unit_forward,
    unit_backward,
    lambda r: (r.normal(size=(5, 3)) + 0.3,),
    ("x",),
)


@wrong(L2_NORMALISATION, "the length is treated as a constant")
def unit_length_constant(dout, cache):
    u, length = cache
    return dout / length


@wrong(L2_NORMALISATION, "not divided by the length")
def unit_not_divided(dout, cache):
    u, length = cache
    inner = np.sum(u * dout, axis=1, keepdims=True)
    return dout - inner * u


@wrong(L2_NORMALISATION, "the inner product has the wrong sign")
def unit_sign(dout, cache):
    u, length = cache
    return (dout + u * (u * dout).sum(axis=1, keepdims=True)) / length


@wrong(L2_NORMALISATION, "the Jacobian's diagonal only")
def unit_diagonal(dout, cache):
    u, length = cache
    return dout * (1 - u**2) / length


@wrong(L2_NORMALISATION, "the inner product is over the batch in place of the row")
def unit_axis(dout, cache):
    u, length = cache
    return (dout - u * np.sum(u * dout, axis=0)) / length


@wrong(L2_NORMALISATION, "divided by the squared length")
def unit_squared(dout, cache):
    u, length = cache
    dx = np.zeros_like(dout)
    for n, (g, v) in enumerate(zip(dout, u, strict=True)):
        dx[n] = (np.eye(len(v)) - np.outer(v, v)) @ g / length[n] ** 2
    return dx
