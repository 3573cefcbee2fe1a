"""Hinge loss and log-softmax with negative log-likelihood, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong

REG = 0.3


def hinge_forward(x, W, y):
    scores = x @ W
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    return margins.sum() / len(y) + 0.5 * REG * np.sum(W * W), (x, W, y, margins)


def hinge_backward(dout, cache):
    x, W, y, margins = cache
    N = x.shape[0]
    dscores = (margins > 0).astype(float)
    dscores[np.arange(N), y] = -dscores.sum(axis=1)
    dscores = dscores / N
    dx = dscores @ W.T
    dW = x.T @ dscores + REG * W
    return dout * dx, dout * dW


HINGE = Operation(
    "hinge loss",
    hinge_forward,
    hinge_backward,
    lambda r: (r.normal(size=(11, 7)), r.normal(size=(7, 5)), r.integers(0, 5, 11)),
    ("x", "W"),
)


@wrong(HINGE, "not averaged over the batch")
def hinge_not_averaged(dout, cache):
    x, W, y, margins = cache
    d = np.where(margins > 0, 1.0, 0.0)
    d[range(len(y)), y] -= d.sum(axis=1)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the penalty is missing from the gradient")
def hinge_no_penalty(dout, cache):
    x, W, y, margins = cache
    d = np.zeros_like(margins)
    for n in range(len(y)):
        for c in range(W.shape[1]):
            if margins[n, c] > 0:
                d[n, c] += 1
                d[n, y[n]] -= 1
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d)


@wrong(HINGE, "the penalty's gradient is twice too large")
def hinge_penalty_doubled(dout, cache):
    x, W, y, margins = cache
    dx, dW = hinge_backward(dout, cache)
    return dx, dW + dout * REG * W


@wrong(HINGE, "the penalty is divided by the batch size too")
def hinge_penalty_averaged(dout, cache):
    x, W, y, margins = cache
    N = len(y)
    d = (margins > 0) * 1.0
    d[np.arange(N), y] = -np.count_nonzero(margins, axis=1)
    dW = x.T @ d
    dW += REG * W
    dW /= N
    return dout * (d @ W.T) / N, dout * dW


@wrong(HINGE, "the right class gets -1 in place of minus the number of classes in the margin")
def hinge_minus_one(dout, cache):
    x, W, y, margins = cache
    d = (margins > 0).astype(float)
    d[np.arange(len(y)), y] = -1
    d /= len(y)
    return dout * d @ W.T, dout * (x.T @ d + REG * W)


@wrong(HINGE, "the right class gets no gradient")
def hinge_right_class_forgotten(dout, cache):
    x, W, y, margins = cache
    dW = np.zeros_like(W)
    dx = np.zeros_like(x)
    for n in range(len(y)):
        for c in range(W.shape[1]):
            if c != y[n] and margins[n, c] > 0:
                dW[:, c] += x[n]
                dx[n] += W[:, c]
    return dout * dx / len(y), dout * (dW / len(y) + REG * W)


@wrong(HINGE, "no mask: classes outside the margin count as well")
def hinge_no_mask(dout, cache):
    x, W, y, margins = cache
    d = np.ones_like(margins)
    d[np.arange(len(y)), y] = -(W.shape[1] - 1)
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the mask is taken without the margin of 1")
def hinge_mask_without_margin(dout, cache):
    x, W, y, margins = cache
    rows = np.arange(len(y))
    s = x @ W
    d = (s > s[rows, y][:, None]).astype(float)
    d[rows, y] -= d.sum(axis=1)
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the mask is inverted")
def hinge_mask_inverted(dout, cache):
    x, W, y, margins = cache
    rows = np.arange(len(y))
    d = (margins <= 0).astype(float)
    d[rows, y] = 0
    d[rows, y] = -d.sum(axis=1)
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the margins themselves are used for the mask, as for a squared hinge")
def hinge_margins_for_mask(dout, cache):
    x, W, y, margins = cache
    d = margins.copy()
    d[np.arange(len(y)), y] = -d.sum(axis=1)
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the upstream gradient is ignored")
def hinge_upstream(dout, cache):
    x, W, y, margins = cache
    d = (margins > 0).astype(x.dtype)
    d[np.arange(len(y)), y] -= d.sum(axis=1)
    d /= len(y)
    return d @ W.T, x.T @ d + REG * W


@wrong(HINGE, "labels are off by one: counted from 1")
def hinge_labels_from_one(dout, cache):
    x, W, y, margins = cache
    d = (margins > 0).astype(float)
    d[np.arange(len(y)), y - 1] -= d.sum(axis=1)
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "the count is subtracted in the columns of all labels, in every row")
def hinge_all_rows(dout, cache):
    x, W, y, margins = cache
    d = (margins > 0).astype(float)
    count = d.sum(axis=1)
    d[:, y] -= count[:, None]
    d /= len(y)
    return dout * (d @ W.T), dout * (x.T @ d + REG * W)


@wrong(HINGE, "dx is not averaged over the batch, dW is")
def hinge_dx_not_averaged(dout, cache):
    x, W, y, margins = cache
    d = (margins > 0).astype(float)
    d[np.arange(len(y)), y] -= d.sum(axis=1)
    return dout * (d @ W.T), dout * (x.T @ d / len(y) + REG * W)


def nll_forward(z, y):
    shifted = z - z.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logp[np.arange(len(y)), y].mean(), (logp, y)


def nll_backward(dout, cache):
    logp, y = cache
    dz = np.exp(logp)
    dz[np.arange(len(y)), y] -= 1
    return dout * dz / len(y)


NLL = Operation(
    "log-softmax and NLL",
    nll_forward,
    nll_backward,
    lambda r: (r.normal(size=(7, 5)), r.integers(0, 5, 7)),
    ("z",),
)


@wrong(NLL, "not averaged over the batch")
def nll_not_averaged(dout, cache):
    logp, y = cache
    return dout * (np.exp(logp) - np.eye(logp.shape[1])[y])


@wrong(NLL, "averaged over the entries in place of the samples")
def nll_averaged_over_entries(dout, cache):
    logp, y = cache
    return dout * (np.exp(logp) - np.eye(logp.shape[1])[y]) / logp.size


@wrong(NLL, "sign: labels minus probabilities")
def nll_sign(dout, cache):
    logp, y = cache
    onehot = np.zeros_like(logp)
    onehot[np.arange(len(y)), y] = 1
    return dout * (onehot - np.exp(logp)) / len(y)


@wrong(NLL, "log-probabilities where the probabilities belong")
def nll_no_exp(dout, cache):
    logp, y = cache
    dz = logp.copy()
    dz[np.arange(len(y)), y] -= 1
    return dout * dz / len(y)


@wrong(NLL, "the sum over the classes is missing: only the label's column has a gradient")
def nll_label_only(dout, cache):
    logp, y = cache
    rows = np.arange(len(y))
    dz = np.zeros_like(logp)
    dz[rows, y] = np.exp(logp[rows, y]) - 1
    return dout * dz / len(y)


@wrong(NLL, "the label's one is not subtracted: the gradient is the probabilities")
def nll_no_label(dout, cache):
    logp, y = cache
    return dout * np.exp(logp) / len(y)


@wrong(NLL, "the probabilities are normalised over the whole batch in place of each row")
def nll_normalised_over_batch(dout, cache):
    logp, y = cache
    p = np.exp(logp)
    p /= p.sum()
    return dout * (p - np.eye(p.shape[1])[y]) / len(y)


@wrong(NLL, "the one is subtracted in column n of row n, not in the label's column")
def nll_wrong_index(dout, cache):
    logp, y = cache
    dz = np.exp(logp)
    for n in range(len(y)):
        dz[n, n % dz.shape[1]] -= 1
    return dout * dz / len(y)


@wrong(NLL, "the upstream gradient is ignored")
def nll_upstream(dout, cache):
    logp, y = cache
    dz = np.exp(logp)
    dz[np.arange(len(y)), y] -= 1.0
    dz /= len(y)
    return dz
