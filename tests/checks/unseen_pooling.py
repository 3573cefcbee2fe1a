"""More wrong backwards of max pooling; average pooling and dropout with theirs."""
# ruff: noqa: RUF059, B007 - students compute what they do not use

import numpy as np
from unseen import Operation, wrong
from unseen_images import MAX_POOLING, SIZE, STRIDE, places, windows


@wrong(MAX_POOLING, "the entry largest in absolute value gets the gradient")
def pool_largest_absolute(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        size = np.abs(cache[window])
        dx[window] += np.where(size == size.max(), dout[at], 0)
    return dx


@wrong(MAX_POOLING, "every positive entry of the window gets the gradient, as with ReLU")
def pool_as_relu(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        dx[window] += dout[at] * (cache[window] > 0)
    return dx


@wrong(MAX_POOLING, "the stride is forgotten when the gradient is put back")
def pool_no_stride(dout, cache):
    dx = np.zeros_like(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        window = cache[n, c, i : i + 3, j : j + 3]
        r, s = divmod(int(window.argmax()), 3)
        dx[n, c, i + r, j + s] += dout[n, c, i, j]
    return dx


@wrong(MAX_POOLING, "the maximum's place in the window is taken for its place in the image")
def pool_no_offset(dout, cache):
    dx = np.zeros_like(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        window = cache[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        r, s = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, r, s] += dout[n, c, i, j]
    return dx


@wrong(MAX_POOLING, "the first channel's maximum decides for all channels")
def pool_first_channel(dout, cache):
    dx = np.zeros_like(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        window = cache[n, 0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        r, s = divmod(int(window.argmax()), 3)
        dx[n, c, 2 * i + r, 2 * j + s] += dout[n, c, i, j]
    return dx


@wrong(MAX_POOLING, "the upstream gradient is forgotten: ones are routed")
def pool_no_upstream(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        dx[window] += cache[window] == cache[window].max()
    return dx


@wrong(MAX_POOLING, "the gradient is multiplied by the maximum itself")
def pool_times_value(dout, cache):
    dx = np.zeros_like(cache)
    for at, window in places(dout, cache):
        patch = cache[window]
        dx[window] += dout[at] * patch * (patch == patch.max())
    return dx


@wrong(MAX_POOLING, "the last row of windows is left out")
def pool_short_loop(dout, cache):
    dx = np.zeros_like(cache)
    N, C, rows, cols = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(rows - 1):
                for j in range(cols):
                    patch = cache[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
                    dx[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += dout[n, c, i, j] * (
                        patch == patch.max()
                    )
    return dx


def avgpool_forward(x):
    return windows(x).mean(axis=(4, 5)), x.shape


def avgpool_backward(dout, cache):
    dx = np.zeros(cache)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            r, c = i * STRIDE, j * STRIDE
            dx[:, :, r : r + SIZE, c : c + SIZE] += dout[:, :, i, j, None, None] / SIZE**2
    return dx


AVERAGE_POOLING = Operation(
    "average pooling",
    avgpool_forward,
    avgpool_backward,
    lambda r: (r.normal(size=(2, 3, 7, 5)),),
    ("x",),
)


@wrong(AVERAGE_POOLING, "not divided by the size of the window")
def avg_not_divided(dout, cache):
    dx = np.zeros(cache)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += dout[:, :, i, j, None, None]
    return dx


@wrong(AVERAGE_POOLING, "divided by the side of the window, not by its area")
def avg_divided_by_side(dout, cache):
    dx = np.zeros(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += dout[n, c, i, j] / 3
    return dx


@wrong(AVERAGE_POOLING, "overlapping windows overwrite one another")
def avg_overwritten(dout, cache):
    dx = np.zeros(cache)
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] = dout[n, c, i, j] / 9
    return dx


@wrong(AVERAGE_POOLING, "the stride is forgotten")
def avg_no_stride(dout, cache):
    dx = np.zeros(cache)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dx[:, :, i : i + 3, j : j + 3] += dout[:, :, i : i + 1, j : j + 1] / 9
    return dx


@wrong(AVERAGE_POOLING, "the gradient goes to the window's first entry only")
def avg_first_entry(dout, cache):
    dx = np.zeros(cache)
    dx[:, :, : 2 * dout.shape[2] : 2, : 2 * dout.shape[3] : 2] = dout / 9
    return dx


@wrong(AVERAGE_POOLING, "divided by the number of windows, not by the size of one")
def avg_divided_by_windows(dout, cache):
    dx = np.zeros(cache)
    windows = dout.shape[2] * dout.shape[3]
    for n, c, i, j in np.ndindex(dout.shape):
        dx[n, c, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += dout[n, c, i, j] / windows
    return dx


KEEP = 0.7


def dropout_forward(x, mask):
    return x * mask / KEEP, (x, mask)


def dropout_backward(dout, cache):
    x, mask = cache
    return dout * mask / KEEP


DROPOUT = Operation(
    "dropout with a given mask",
    dropout_forward,
    dropout_backward,
    lambda r: (r.normal(size=(5, 7)), r.random((5, 7)) < KEEP),
    ("x",),
)


@wrong(DROPOUT, "not divided by the keep probability")
def dropout_not_scaled(dout, cache):
    x, mask = cache
    return dout * mask


@wrong(DROPOUT, "multiplied by the keep probability in place of divided")
def dropout_scaled_inversely(dout, cache):
    x, mask = cache
    return dout * mask * KEEP


@wrong(DROPOUT, "divided by the drop probability")
def dropout_by_drop_probability(dout, cache):
    x, mask = cache
    return mask * dout / (1 - KEEP)


@wrong(DROPOUT, "the mask is forgotten")
def dropout_no_mask(dout, cache):
    return dout / KEEP


@wrong(DROPOUT, "the mask is inverted")
def dropout_inverted(dout, cache):
    x, mask = cache
    dx = dout / KEEP
    dx[mask] = 0
    return dx


@wrong(DROPOUT, "the mask is forgotten, and the scale too: the upstream gradient is handed through")
def dropout_identity(dout, cache):
    return dout.copy()


@wrong(DROPOUT, "the sign of the input is taken for the mask")
def dropout_mask_from_input(dout, cache):
    x, mask = cache
    return dout * (x > 0) / KEEP


@wrong(DROPOUT, "the input is multiplied in")
def dropout_times_input(dout, cache):
    x, mask = cache
    return dout * x * mask / KEEP
