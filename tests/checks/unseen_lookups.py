"""Embedding and bilinear scores, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong


def embedding_forward(table, tokens):
    return table[tokens], (table.shape, tokens)


def embedding_backward(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, tokens, dout)
    return dtable


EMBEDDING = Operation(
    "embedding",
    embedding_forward,
    embedding_backward,
    lambda r: (r.normal(size=(7, 3)), np.append(r.integers(0, 7, 8), [0, 6]).reshape(2, 5)),
    ("table",),
)


@wrong(EMBEDDING, "repeated tokens: each row gets the last one's gradient only (+= with an index)")
def emb_plus_equals(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    dtable[tokens] += dout
    return dtable


@wrong(EMBEDDING, "repeated tokens are overwritten in a loop")
def emb_loop_overwrites(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    for n in range(tokens.shape[0]):
        for t in range(tokens.shape[1]):
            dtable[tokens[n, t]] = dout[n, t]
    return dtable


@wrong(EMBEDDING, "repeats within a sequence are overwritten, those of different sequences added")
def emb_row_by_row(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    for n in range(len(tokens)):
        dtable[tokens[n]] += dout[n]
    return dtable


@wrong(EMBEDDING, "repeated tokens' gradients are averaged")
def emb_averaged_by_count(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    for v in np.unique(tokens):
        dtable[v] = dout[tokens == v].mean(axis=0)
    return dtable


@wrong(EMBEDDING, "the first occurrence of a token alone counts")
def emb_first_only(dout, cache):
    shape, tokens = cache
    flat = dout.reshape(-1, shape[1])
    dtable = np.zeros(shape)
    which, first = np.unique(tokens, return_index=True)
    dtable[which] = flat[first]
    return dtable


@wrong(EMBEDDING, "divided by the batch size")
def emb_divided(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, tokens.ravel(), dout.reshape(-1, shape[1]))
    return dtable / tokens.shape[0]


@wrong(EMBEDDING, "rows off by one: tokens counted from 1")
def emb_off_by_one(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, tokens - 1, dout)
    return dtable


@wrong(EMBEDDING, "tokens and gradients are flattened in different orders")
def emb_flatten_order(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, tokens.T.ravel(), dout.reshape(-1, shape[1]))
    return dtable


@wrong(EMBEDDING, "the last token of each sequence is left out")
def emb_short_loop(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    for n in range(tokens.shape[0]):
        for t in range(tokens.shape[1] - 1):
            dtable[tokens[n, t]] += dout[n, t]
    return dtable


@wrong(EMBEDDING, "only the last token of each sequence counts")
def emb_last_token(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    np.add.at(dtable, tokens[:, -1], dout[:, -1])
    return dtable


@wrong(EMBEDDING, "the upstream gradient is forgotten: tokens are counted")
def emb_counts(dout, cache):
    shape, tokens = cache
    return np.bincount(tokens.ravel(), minlength=shape[0])[:, None] * np.ones(shape)


@wrong(EMBEDDING, "the gradient is not put back into the table: one row for each token")
def emb_not_scattered(dout, cache):
    return dout.copy()


@wrong(EMBEDDING, "token 0 is treated as padding, though the forward does not")
def emb_padding(dout, cache):
    shape, tokens = cache
    onehot = np.eye(shape[0])[tokens]
    dtable = np.einsum("ntv,ntd->vd", onehot, dout)
    dtable[0] = 0
    return dtable


@wrong(EMBEDDING, "each token gets the gradient of its whole sequence")
def emb_sequence_sum(dout, cache):
    shape, tokens = cache
    dtable = np.zeros(shape)
    for n, sequence in enumerate(tokens):
        for token in sequence:
            dtable[token] += dout[n].sum(axis=0)
    return dtable


def bilinear_forward(x, W, z):
    return np.einsum("ni,kij,nj->nk", x, W, z), (x, W, z)


def bilinear_backward(dout, cache):
    x, W, z = cache
    dx = np.einsum("nk,kij,nj->ni", dout, W, z)
    dW = np.einsum("nk,ni,nj->kij", dout, x, z)
    dz = np.einsum("nk,kij,ni->nj", dout, W, x)
    return dx, dW, dz


BILINEAR = Operation(
    "bilinear scores",
    bilinear_forward,
    bilinear_backward,
    lambda r: (r.normal(size=(7, 5)), r.normal(size=(3, 5, 5)), r.normal(size=(7, 5))),
    ("x", "W", "z"),
)


@wrong(BILINEAR, "dW has its last two axes swapped")
def bilinear_dw_swapped(dout, cache):
    x, W, z = cache
    dx, _, dz = bilinear_backward(dout, cache)
    return dx, np.einsum("nk,nj,ni->kij", dout, x, z), dz


@wrong(BILINEAR, "dx and dz use W with its last two axes swapped")
def bilinear_not_transposed(dout, cache):
    x, W, z = cache
    dx, dz = np.zeros_like(x), np.zeros_like(z)
    for k in range(len(W)):
        dx += dout[:, k : k + 1] * (z @ W[k])
        dz += dout[:, k : k + 1] * (x @ W[k].T)
    return dx, bilinear_backward(dout, cache)[1], dz


@wrong(BILINEAR, "dx and dz are returned in each other's place")
def bilinear_exchanged(dout, cache):
    dx, dW, dz = bilinear_backward(dout, cache)
    return dz, dW, dx


@wrong(BILINEAR, "dx is overwritten for each output k: the last one alone is left")
def bilinear_overwritten(dout, cache):
    x, W, z = cache
    _, dW, dz = bilinear_backward(dout, cache)
    for k in range(dout.shape[1]):
        dx = dout[:, [k]] * (z @ W[k].T)
    return dx, dW, dz


@wrong(BILINEAR, "dW is averaged over the batch")
def bilinear_averaged(dout, cache):
    x, W, z = cache
    dx, dW, dz = bilinear_backward(dout, cache)
    dW = np.stack([(dout[:, k] * x.T) @ z for k in range(len(W))]) / len(x)
    return dx, dW, dz


@wrong(BILINEAR, "W is left out of dx")
def bilinear_no_weights(dout, cache):
    x, W, z = cache
    _, dW, dz = bilinear_backward(dout, cache)
    return dout.sum(axis=1, keepdims=True) * z, dW, dz


@wrong(BILINEAR, "dx and dz are taken at ones for the upstream gradient")
def bilinear_upstream(dout, cache):
    x, W, z = cache
    V = W.sum(axis=0)
    return z @ V.T, bilinear_backward(dout, cache)[1], x @ V
