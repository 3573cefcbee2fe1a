"""Attention and causal self-attention, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attention_forward(q, k, v):
    a = softmax(q @ k.T / np.sqrt(q.shape[1]))
    return a @ v, (q, k, v, a)


def attention_backward(dout, cache):
    q, k, v, a = cache
    dv = a.T @ dout
    da = dout @ v.T
    ds = a * (da - np.sum(da * a, axis=1, keepdims=True))
    ds = ds / np.sqrt(q.shape[1])
    dq = ds @ k
    dk = ds.T @ q
    return dq, dk, dv


ATTENTION = Operation(
    "attention",
    attention_forward,
    attention_backward,
    lambda r: tuple(r.normal(size=s) for s in [(5, 3), (7, 3), (7, 2)]),
    ("q", "k", "v"),
)
SQUARE_ATTENTION = Operation(
    "attention",
    attention_forward,
    attention_backward,
    lambda r: tuple(r.normal(size=(5, 5)) for _ in range(3)),
    ("q", "k", "v"),
)


@wrong(ATTENTION, "the scale 1/sqrt(d) is missing from dq and dk")
def att_no_scale(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True))
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the scale is missing from dk alone")
def att_no_scale_dk(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True))
    return ds @ k / q.shape[1] ** 0.5, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "divided by d where it should be sqrt(d)")
def att_scale_not_rooted(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True)) / q.shape[1]
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the scale is taken from the number of keys in place of their length")
def att_scale_from_keys(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True)) / np.sqrt(len(k))
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the softmax's Jacobian is taken to be diagonal")
def att_diagonal(dout, cache):
    q, k, v, a = cache
    ds = (dout @ v.T) * a * (1 - a) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the sum in the softmax's derivative is left out")
def att_no_sum(dout, cache):
    q, k, v, a = cache
    ds = a * (dout @ v.T) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the sum in the softmax's derivative is over the queries in place of the keys")
def att_wrong_axis(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=0, keepdims=True)) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "the softmax is skipped on the way back")
def att_softmax_skipped(dout, cache):
    q, k, v, a = cache
    ds = dout @ v.T / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(ATTENTION, "dv uses the scores where the weights after the softmax belong")
def att_dv_from_scores(dout, cache):
    q, k, v, a = cache
    dq, dk, _ = attention_backward(dout, cache)
    scores = q @ k.T / np.sqrt(q.shape[1])
    return dq, dk, scores.T @ dout


@wrong(ATTENTION, "the softmax's mean is not weighted: da.mean in place of sum(a * da)")
def att_plain_mean(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - da.mean(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(SQUARE_ATTENTION, "a is not transposed in dv")
def att_dv_not_transposed(dout, cache):
    q, k, v, a = cache
    dq, dk, _ = attention_backward(dout, cache)
    return dq, dk, a @ dout


@wrong(SQUARE_ATTENTION, "keepdims is missing: the sums are subtracted from columns, not rows")
def att_no_keepdims(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1)) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


@wrong(SQUARE_ATTENTION, "ds is not transposed in dk")
def att_dk_not_transposed(dout, cache):
    q, k, v, a = cache
    da = dout @ v.T
    ds = a * (da - (da * a).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return ds @ k, ds @ q, a.T @ dout


@wrong(SQUARE_ATTENTION, "dq and dk are returned in each other's place")
def att_exchanged(dout, cache):
    dq, dk, dv = attention_backward(dout, cache)
    return dk, dq, dv


@wrong(SQUARE_ATTENTION, "v is not transposed in the gradient of the weights")
def att_v_not_transposed(dout, cache):
    q, k, v, a = cache
    da = dout @ v
    ds = a * (da - (da * a).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return ds @ k, ds.T @ q, a.T @ dout


def causal_forward(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    s = q @ k.T / np.sqrt(q.shape[1])
    a = softmax(np.where(np.tri(len(x)) > 0, s, -np.inf))
    return a @ v, (x, Wq, Wk, Wv, q, k, v, a)


def causal_backward(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dv = a.T @ dout
    da = dout @ v.T
    ds = a * (da - np.sum(da * a, axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    dq = ds @ k
    dk = ds.T @ q
    dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T
    return dx, x.T @ dq, x.T @ dk, x.T @ dv


CAUSAL = Operation(
    "causal self-attention",
    causal_forward,
    causal_backward,
    lambda r: tuple(r.normal(size=s) for s in [(7, 3), (3, 3), (3, 3), (3, 3)]),
    ("x", "Wq", "Wk", "Wv"),
)


def heads(dout, cache, a):
    """The gradients of query, key and value for the weights `a` after the softmax."""
    x, Wq, Wk, Wv, q, k, v, _ = cache
    return attention_backward(dout, (q, k, v, a))


@wrong(CAUSAL, "dx is overwritten by the last branch (value)")
def causal_overwritten(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dq, dk, dv = heads(dout, cache, a)
    dx = dq @ Wq.T
    dx = dk @ Wk.T
    dx = dv @ Wv.T
    return dx, x.T @ dq, x.T @ dk, x.T @ dv


@wrong(CAUSAL, "the key's branch is missing from dx")
def causal_no_key(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dq, dk, dv = heads(dout, cache, a)
    return dq @ Wq.T + dv @ Wv.T, x.T @ dq, x.T @ dk, x.T @ dv


@wrong(CAUSAL, "the weight matrices are not transposed in dx")
def causal_not_transposed(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dq, dk, dv = heads(dout, cache, a)
    return dq @ Wq + dk @ Wk + dv @ Wv, x.T @ dq, x.T @ dk, x.T @ dv


@wrong(CAUSAL, "the causal mask is forgotten in the backward")
def causal_no_mask(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    a = softmax(q @ k.T / np.sqrt(q.shape[1]))
    dq, dk, dv = heads(dout, cache, a)
    return dq @ Wq.T + dk @ Wk.T + dv @ Wv.T, x.T @ dq, x.T @ dk, x.T @ dv


@wrong(CAUSAL, "the weights' gradients are transposed")
def causal_transposed(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dq, dk, dv = heads(dout, cache, a)
    return dq @ Wq.T + dk @ Wk.T + dv @ Wv.T, dq.T @ x, dk.T @ x, dv.T @ x


@wrong(CAUSAL, "the gradients of the query's and the key's weights are exchanged")
def causal_exchanged(dout, cache):
    dx, dWq, dWk, dWv = causal_backward(dout, cache)
    return dx, dWk, dWq, dWv


@wrong(CAUSAL, "one branch uses another's weights: the query's with the key's matrix")
def causal_wrong_matrix(dout, cache):
    x, Wq, Wk, Wv, q, k, v, a = cache
    dq, dk, dv = heads(dout, cache, a)
    return dq @ Wk.T + dk @ Wk.T + dv @ Wv.T, x.T @ dq, x.T @ dk, x.T @ dv
