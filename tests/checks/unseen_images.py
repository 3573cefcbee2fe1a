"""Convolution, max pooling and average pooling, with wrong backwards of each."""
# ruff: noqa: RUF059 - students compute what they do not use

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from unseen import Operation, wrong

STRIDE, PAD, SIZE = 2, 1, 3


def windows(x):
    """All windows of the images: (N, C, rows, columns, SIZE, SIZE)."""
    return sliding_window_view(x, (SIZE, SIZE), axis=(2, 3))[:, :, ::STRIDE, ::STRIDE]


def conv_forward(x, w, b):
    xp = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    out = np.tensordot(windows(xp), w, axes=([1, 4, 5], [1, 2, 3])) + b
    return out.transpose(0, 3, 1, 2), (x, w, b, xp)


def conv_backward(dout, cache):
    x, w, b, xp = cache
    K = w.shape[2]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            r, c = i * STRIDE, j * STRIDE
            d = dout[:, :, i, j]
            dw += np.tensordot(d, xp[:, :, r : r + K, c : c + K], axes=(0, 0))
            dxp[:, :, r : r + K, c : c + K] += np.tensordot(d, w, axes=(1, 0))
    dx = dxp[:, :, PAD:-PAD, PAD:-PAD]
    db = dout.sum(axis=(0, 2, 3))
    return dx, dw, db


CONVOLUTION = Operation(
    "convolution",
    conv_forward,
    conv_backward,
    lambda r: (r.normal(size=(2, 3, 5, 7)), r.normal(size=(5, 3, 3, 3)), r.normal(size=5)),
    ("x", "w", "b"),
)


@wrong(CONVOLUTION, "overlapping windows overwrite one another in dx")
def conv_dx_overwritten(dout, cache):
    x, w, b, xp = cache
    _, dw, db = conv_backward(dout, cache)
    dxp = np.zeros_like(xp)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            step = np.einsum("nf,fckl->nckl", dout[:, :, i, j], w)
            dxp[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] = step
    return dxp[:, :, 1:-1, 1:-1], dw, db


@wrong(CONVOLUTION, "dw is overwritten at each position: the last one alone is left")
def conv_dw_overwritten(dout, cache):
    x, w, b, xp = cache
    dx, _, db = conv_backward(dout, cache)
    dw = np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            patch = xp[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            dw = np.einsum("nf,nckl->fckl", dout[:, :, i, j], patch)
    return dx, dw, db


@wrong(CONVOLUTION, "the padding is cut off on one side only, so dx is shifted")
def conv_shifted(dout, cache):
    x, w, b, xp = cache
    N, C, H, W = x.shape
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    for n in range(N):
        for f in range(len(w)):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, cols = slice(2 * i, 2 * i + 3), slice(2 * j, 2 * j + 3)
                    dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
                    dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
    return dxp[:, :, :H, :W], dw, dout.sum(axis=(0, 2, 3))


@wrong(CONVOLUTION, "dx is returned with its padding")
def conv_padding_left(dout, cache):
    x, w, b, xp = cache
    dxp = np.zeros_like(xp)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dxp[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += np.einsum(
                "nf,fckl->nckl", dout[:, :, i, j], w
            )
    return dxp, *conv_backward(dout, cache)[1:]


@wrong(
    CONVOLUTION, "the kernel is turned by 180 degrees in dx, though the window is already placed"
)
def conv_flipped(dout, cache):
    x, w, b, xp = cache
    _, dw, db = conv_backward(dout, cache)
    dxp = np.zeros_like(xp)
    turned = w[:, :, ::-1, ::-1]
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            step = np.einsum("nf,fckl->nckl", dout[:, :, i, j], turned)
            dxp[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += step
    return dxp[:, :, 1:-1, 1:-1], dw, db


@wrong(CONVOLUTION, "dw comes out turned by 180 degrees")
def conv_dw_turned(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx, np.rot90(dw, 2, axes=(2, 3)), db


@wrong(CONVOLUTION, "the two axes of the kernel are swapped in dw")
def conv_dw_transposed(dout, cache):
    x, w, b, xp = cache
    dx, _, db = conv_backward(dout, cache)
    dw = np.zeros_like(w)
    for k in range(3):
        for m in range(3):
            seen = xp[:, :, m : m + 2 * dout.shape[2] : 2, k : k + 2 * dout.shape[3] : 2]
            dw[:, :, k, m] = np.einsum("nfij,ncij->fc", dout, seen)
    return dx, dw, db


@wrong(CONVOLUTION, "db is averaged over samples and positions where it should be summed")
def conv_db_mean(dout, cache):
    dx, dw, _ = conv_backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@wrong(CONVOLUTION, "db is summed over the positions but averaged over the batch")
def conv_db_batch_mean(dout, cache):
    dx, dw, _ = conv_backward(dout, cache)
    return dx, dw, dout.sum(axis=(2, 3)).mean(axis=0)


@wrong(CONVOLUTION, "db is not summed over the positions")
def conv_db_by_position(dout, cache):
    dx, dw, _ = conv_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


@wrong(CONVOLUTION, "dw is divided by the batch size")
def conv_dw_averaged(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    N = cache[0].shape[0]
    return dx, dw / N, db


@wrong(CONVOLUTION, "the stride is forgotten: the windows are taken one step apart")
def conv_no_stride(dout, cache):
    x, w, b, xp = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            d = dout[:, :, i, j]
            dw += np.einsum("nf,nckl->fckl", d, xp[:, :, i : i + 3, j : j + 3])
            dxp[:, :, i : i + 3, j : j + 3] += np.einsum("nf,fckl->nckl", d, w)
    return dxp[:, :, 1:-1, 1:-1], dw, dout.sum((0, 2, 3))


@wrong(CONVOLUTION, "the last row and column of positions are left out (a loop ends too early)")
def conv_short_loop(dout, cache):
    x, w, b, xp = cache
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2] - 1):
        for j in range(dout.shape[3] - 1):
            d = dout[:, :, i, j]
            window = np.s_[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
            dw += np.einsum("nf,nckl->fckl", d, xp[window])
            dxp[window] += np.einsum("nf,fckl->nckl", d, w)
    return dxp[:, :, 1:-1, 1:-1], dw, np.einsum("nfij->f", dout)


@wrong(CONVOLUTION, "dw uses the last sample only")
def conv_last_sample(dout, cache):
    x, w, b, xp = cache
    dx, _, db = conv_backward(dout, cache)
    for n in range(len(x)):
        dw = np.zeros_like(w)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                patch = xp[n, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
                dw += dout[n, :, i, j][:, None, None, None] * patch
    return dx, dw, db


def maxpool_forward(x):
    return windows(x).max(axis=(4, 5)), x


def maxpool_backward(dout, cache):
    x = cache
    dx = np.zeros_like(x)
    N, C, I, J = dout.shape  # noqa: E741
    for n in range(N):
        for c in range(C):
            for i in range(I):
                for j in range(J):
                    window = x[n, c, i * STRIDE : i * STRIDE + SIZE, j * STRIDE : j * STRIDE + SIZE]
                    r, s = np.unravel_index(np.argmax(window), window.shape)
                    dx[n, c, i * STRIDE + r, j * STRIDE + s] += dout[n, c, i, j]
    return dx


MAX_POOLING = Operation(
    "max pooling",
    maxpool_forward,
    maxpool_backward,
    lambda r: (r.normal(size=(2, 3, 7, 5)),),
    ("x",),
)


def places(dout, cache):
    """The windows of the pooling, one by one: index in dout, the window's slice."""
    for n, c, i, j in np.ndindex(dout.shape):
        yield (n, c, i, j), np.s_[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]


@wrong(MAX_POOLING, "overlapping windows overwrite one another")
def pool_overwritten(dout, cache):
    dx = np.zeros_like(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        window = cache[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        r, s = divmod(int(window.argmax()), 3)
        dx[n, c, 2 * i + r, 2 * j + s] = dout[n, c, i, j]
    return dx


@wrong(MAX_POOLING, "a later window writes zeros over what an earlier one put there")
def pool_assigned_mask(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        mask = cache[window] == cache[window].max()
        dx[window] = mask * dout[at]
    return dx


@wrong(MAX_POOLING, "the gradient is spread evenly over the window, as in average pooling")
def pool_spread(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        dx[window] += dout[at] / 9
    return dx


@wrong(MAX_POOLING, "every entry of the window gets the whole gradient")
def pool_everyone(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        dx[window] += dout[at]
    return dx


@wrong(MAX_POOLING, "row and column of the maximum are swapped")
def pool_row_column(dout, cache):
    dx = np.zeros_like(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        window = cache[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        s, r = np.unravel_index(window.argmax(), (3, 3))
        dx[n, c, 2 * i + r, 2 * j + s] += dout[n, c, i, j]
    return dx


@wrong(MAX_POOLING, "the maximum of the whole image, not of the window, gets the gradient")
def pool_global_maximum(dout, cache):
    top = cache.max(axis=(2, 3), keepdims=True)
    return (cache == top) * dout.sum(axis=(2, 3), keepdims=True)


@wrong(MAX_POOLING, "the smallest entry of the window gets the gradient")
def pool_minimum(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        dx[window] += (cache[window] == cache[window].min()) * dout[at]
    return dx
