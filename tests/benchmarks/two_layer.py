"""The two-layer net that every tool is asked to check, and the form in which it is asked.

`Question` is a forward pass, a backward pass written by hand and the arrays to check them at;
`TwoLayer` is affine, ReLU, affine, softmax cross-entropy and penalty, in numpy, and counts its
forwards. X (N, D), W1 (D, H), b1 (H,), W2 (H, C), b2 (C,); the data X and y are no parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray
N, REG = 37, 0.1
NAMES = ("W1", "b1", "W2", "b2")
# D, H, C: 83, 2,850, 18,670 and 308,310 parameters
SIZES = ((6, 8, 3), (60, 40, 10), (300, 60, 10), (3072, 100, 10))


@dataclass(frozen=True)
class Question:
    """Is `backward(dout, cache)` the derivative of `forward(*point) -> (out, cache)`?

    A tool gets arrays of its own from `inputs()`. `dout` is a Gaussian upstream gradient, for the
    tools that know functions with one number as their result only.
    """

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[[Any, Any], Any]
    point: tuple[Array, ...]
    dout: Array
    large: bool = False

    def inputs(self) -> list[Array]:
        return [np.array(x) for x in self.point]

    def gradients(self, arrays: Sequence[Array], dout: Array) -> list[Array]:
        """One array for each input; ValueError for another number of them."""
        _, cache = self.forward(*arrays)
        return self.unpacked(self.backward(dout, cache))

    def unpacked(self, result: Any) -> list[Array]:
        """What backward returned, as one array for each input."""
        parts = result if isinstance(result, tuple | list) else (result,)
        return [np.asarray(g) for g, _ in zip(parts, self.point, strict=True)]

    def split(self, flat: Array) -> list[Array]:
        """The inputs, as views of one vector that holds them all."""
        ends = np.cumsum([x.size for x in self.point])[:-1]
        return [
            part.reshape(x.shape) for part, x in zip(np.split(flat, ends), self.point, strict=True)
        ]

    def flat(self) -> Array:
        return np.concatenate([np.ravel(x) for x in self.point])

    def value(self, flat: Array) -> float:
        """<dout, forward>, a number."""
        return float(np.sum(self.forward(*self.split(flat))[0] * self.dout))

    def flat_gradient(self, flat: Array) -> Array:
        grads = self.gradients(self.split(flat), np.array(self.dout))
        return np.concatenate([np.ravel(g) for g in grads])


class TwoLayer:
    """The net at fixed parameters; `forwards` counts the calls of `forward`."""

    def __init__(self, D: int, H: int, C: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.X, self.y = rng.normal(size=(N, D)), rng.integers(0, C, N)
        self.rows = np.arange(N)
        self.point = (
            rng.normal(size=(D, H)) / np.sqrt(D),
            rng.normal(size=H) / 10,
            rng.normal(size=(H, C)) / np.sqrt(H),
            rng.normal(size=C) / 10,
        )
        self.size = sum(x.size for x in self.point)
        self.forwards = 0

    def forward(self, W1: Array, b1: Array, W2: Array, b2: Array) -> tuple[float, tuple[Any, ...]]:
        self.forwards += 1
        h = np.maximum(self.X @ W1 + b1, 0)
        s = h @ W2 + b2
        s = s - s.max(axis=1, keepdims=True)
        e = np.exp(s)
        total = e.sum(axis=1)
        loss = np.mean(np.log(total) - s[self.rows, self.y])
        penalty = 0.5 * REG * (np.vdot(W1, W1) + np.vdot(W2, W2))
        return float(loss + penalty), (h, e / total[:, None], W1, W2)

    def backward(self, dout: float, cache: tuple[Any, ...]) -> tuple[Array, ...]:
        h, p, W1, W2 = cache
        ds = p.copy()
        ds[self.rows, self.y] -= 1
        ds *= dout / N
        dz = (ds @ W2.T) * (h > 0)
        dW1 = self.X.T @ dz + dout * REG * W1
        return dW1, dz.sum(axis=0), h.T @ ds + dout * REG * W2, ds.sum(axis=0)

    def loss(self, params: dict[str, Array]) -> tuple[float, dict[str, Array]]:
        """The same as `loss(params) -> (value, grads)`, which does both passes each time."""
        value, cache = self.forward(*(params[name] for name in NAMES))
        return value, dict(zip(NAMES, self.backward(1.0, cache), strict=True))

    def question(self) -> Question:
        return Question(self.forward, self.backward, self.point, np.ones(()))

    def part(self, entries: int) -> Question:
        """The same net as a function of its first `entries` parameters only."""
        whole = self.question()
        start = whole.flat()

        def forward(v: Array) -> tuple[float, tuple[Any, ...]]:
            flat = start.copy()
            flat[:entries] = v
            return self.forward(*whole.split(flat))

        def backward(dout: float, cache: tuple[Any, ...]) -> Array:
            grads = self.backward(dout, cache)
            return np.concatenate([g.ravel() for g in grads])[:entries]

        return Question(forward, backward, (start[:entries].copy(),), np.ones(()))
