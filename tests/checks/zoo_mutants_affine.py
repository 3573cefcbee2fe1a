"""Wrong backward passes of the affine layer: none may pass.

Offers `AFFINE_MUTANTS`, and `edited`, `every`, `with_dout`, which change a right backward.
A mutant whose mistake has to be named lists the identifiers that will do.
"""

from __future__ import annotations

import numpy as np
import zoo as z
from zoo import Case, drawn
from zoo_cases import XWB

AFFINE = drawn((5, 7), (7, 3), (3,))
SQUARE = drawn((3, 3), (3, 3), (3,))
RESHAPED = "right-values-wrong-shape"


def edited(backward, index, change):
    """The right backward with gradient `index` replaced by change(gradient, dout, cache)."""

    def wrong(dout, cache):
        grads = backward(dout, cache)
        if not isinstance(grads, tuple | list):
            return change(grads, dout, cache)
        grads = list(grads)
        grads[index] = change(grads[index], dout, cache)
        return tuple(grads)

    return wrong


def every(backward, change):
    """The right backward with change applied to the tuple of all gradients."""
    return lambda dout, cache: change(tuple(backward(dout, cache)))


def with_dout(backward, change):
    """The right backward, fed change(dout)."""
    return lambda dout, cache: backward(change(dout), cache)


def affine(name, wrong, *mistakes, inputs=AFFINE):
    return Case(
        f"affine: {name}", z.affine_forward, wrong, inputs, XWB, mistakes, truth=z.affine_backward
    )


def affine_part(name, index, change, *mistakes, inputs=AFFINE):
    return affine(name, edited(z.affine_backward, index, change), *mistakes, inputs=inputs)


def destroys_dout(dout, cache):
    grads = z.affine_backward(dout, cache)
    dout *= 2
    return grads


def destroys_cache(dout, cache):
    grads = z.affine_backward(dout, cache)
    cache[0][...] = 0
    return grads


def with_nan(g, dout, cache):
    g = g.copy()
    g.flat[1] = np.nan
    return g


def lone_error(g, dout, cache):
    """One entry is off by a thousandth of the rms."""
    g = g.copy()
    g.flat[g.size // 3] += 1e-3 * np.sqrt((g**2).mean())
    return g


def lone_sign(g, dout, cache):
    g = g.copy()
    g.flat[np.abs(g).argmax()] *= -1
    return g


AFFINE_MUTANTS = [
    affine("sign of all", with_dout(z.affine_backward, np.negative), "sign"),
    affine_part("sign of dW", 1, lambda g, d, c: -g, "sign"),
    affine_part("sign of one entry of dW", 1, lone_sign),
    affine_part("dW times N", 1, lambda g, d, c: g * 5, "not-averaged"),
    affine_part("dW over N", 1, lambda g, d, c: g / 5, "averaged"),
    affine_part("dW doubled", 1, lambda g, d, c: 2 * g, "factor-2"),
    affine_part("dx halved", 0, lambda g, d, c: g / 2, "factor-half"),
    affine("all over N", with_dout(z.affine_backward, lambda d: d / len(d)), "averaged"),
    affine_part("dW 1.8 % too large", 1, lambda g, d, c: 1.018 * g, "factor"),
    affine_part("dW a millionth too large", 1, lambda g, d, c: (1 + 1e-6) * g),
    affine_part("dW transposed", 1, lambda g, d, c: g.T, "transpose"),
    affine_part("dW transposed, square", 1, lambda g, d, c: g.T, "transpose", inputs=SQUARE),
    affine_part("d @ W for d @ W.T", 0, lambda g, d, c: d @ c[1], inputs=SQUARE),
    affine_part("x @ d for x.T @ d", 1, lambda g, d, c: c[0] @ d, inputs=SQUARE),
    affine_part("dx transposed, square", 0, lambda g, d, c: g.T, "transpose", inputs=SQUARE),
    affine("upstream ignored", with_dout(z.affine_backward, np.ones_like), "ignored-upstream"),
    affine_part(
        "upstream ignored in dW",
        1,
        lambda g, d, c: c[0].T @ np.ones_like(d),
        "ignored-upstream",
    ),
    affine_part("upstream ignored in db", 2, lambda g, d, c: len(d) + 0 * g, "ignored-upstream"),
    affine_part("db not summed", 2, lambda g, d, c: 1 * d, "not-summed"),
    affine_part(
        "db summed over the wrong axis",
        2,
        lambda g, d, c: d.sum(axis=1),
        "wrong-axis",
        inputs=SQUARE,
    ),
    affine_part("db of shape (N,)", 2, lambda g, d, c: d.sum(axis=1), "wrong-axis"),
    affine_part("db averaged", 2, lambda g, d, c: d.mean(axis=0), "averaged"),
    affine_part("db of shape (1, M)", 2, lambda g, d, c: g[None], RESHAPED),
    affine_part("db of shape (M, 1)", 2, lambda g, d, c: g[:, None], RESHAPED),
    affine_part("db a scalar", 2, lambda g, d, c: d.sum(), "summed-to-scalar"),
    affine_part("db of one sample", 2, lambda g, d, c: d[0]),
    affine_part("db as a matrix product", 2, lambda g, d, c: d.T @ c[0][:, 0]),
    affine_part("dx broadcast from a row", 0, lambda g, d, c: g[:1]),
    affine("order reversed", every(z.affine_backward, lambda g: g[::-1]), "wrong-order"),
    affine(
        "dx and dW swapped, square",
        every(z.affine_backward, lambda g: (g[1], g[0], g[2])),
        "wrong-order",
        inputs=SQUARE,
    ),
    affine("db missing", every(z.affine_backward, lambda g: g[:2]), "count"),
    affine("one too many", every(z.affine_backward, lambda g: (*g, g[0])), "count"),
    affine_part("db None", 2, lambda g, d, c: None, "none"),
    affine_part("dx in float32", 0, lambda g, d, c: g.astype(np.float32), "dtype"),
    affine_part("dx rounded to integers", 0, lambda g, d, c: g.astype(int), "integer"),
    affine_part("dx rounded through float16", 0, lambda g, d, c: g.astype("f2").astype(float)),
    affine_part("NaN in dW", 1, with_nan, "not-finite"),
    affine_part("NaN throughout dW", 1, lambda g, d, c: g * np.nan, "not-finite"),
    affine_part("inf in db", 2, lambda g, d, c: g + np.inf, "not-finite"),
    affine_part("dW zero", 1, lambda g, d, c: 0 * g, "zero"),
    affine_part("dW random", 1, lambda g, d, c: np.cos(np.arange(g.size)).reshape(g.shape)),
    affine("dout changed in place", destroys_dout, "dout-changed"),
    affine("cache changed in place", destroys_cache, "input-changed", "cache-changed"),
    affine_part("dW plus a constant", 1, lambda g, d, c: g + 1e-3),
    affine_part("last row of dW zero", 1, lambda g, d, c: g * (np.arange(7) < 6)[:, None]),
]
