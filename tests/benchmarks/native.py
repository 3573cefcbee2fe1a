"""The two-layer net in torch's and in jax's own operations, at its best there.

Each function returns (check, forwards): a call that runs the tool's checker once on the net with
its backward written by hand and says whether it accepts, and one that says how many forwards were
called so far. What a checker raises is left to the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from two_layer import REG, N, TwoLayer

Check = tuple[Callable[[], bool], Callable[[], int]]


def in_torch(net: TwoLayer, fast: bool, leave_out: int = 0) -> Check:
    """torch.autograd.gradcheck; the first `leave_out` parameters' arrays are held fixed."""
    import torch

    X, y, rows = torch.from_numpy(net.X), torch.from_numpy(net.y), torch.arange(N)
    point = [
        torch.from_numpy(x.copy()).requires_grad_(k >= leave_out) for k, x in enumerate(net.point)
    ]
    calls = 0

    class Net(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
            nonlocal calls
            calls += 1
            h = torch.addmm(b1, X, W1).clamp_(min=0)
            logp = torch.log_softmax(torch.addmm(b2, h, W2), 1)
            ctx.save_for_backward(h, logp, W1, W2)
            flat = W1.view(-1), W2.view(-1)
            return -logp[rows, y].mean() + 0.5 * REG * sum(torch.dot(w, w) for w in flat)

        @staticmethod
        def backward(ctx: Any, dout: Any) -> Any:
            h, logp, W1, W2 = ctx.saved_tensors
            ds = logp.exp()
            ds[rows, y] -= 1
            ds *= dout / N
            dz = (ds @ W2.T) * (h > 0)
            of_penalty = float(dout) * REG
            dW1 = torch.addmm(W1, X.T, dz, beta=of_penalty)
            return dW1, dz.sum(0), torch.addmm(W2, h.T, ds, beta=of_penalty), ds.sum(0)

    def check() -> bool:
        return bool(torch.autograd.gradcheck(Net.apply, point, fast_mode=fast))

    return check, lambda: calls


def in_jax(net: TwoLayer) -> Check:
    """jax.test_util.check_grads by reverse mode; both passes are compiled."""
    import jax
    import jax.numpy as jnp
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    X, y, rows = jnp.asarray(net.X), jnp.asarray(net.y), jnp.arange(N)
    point = [jnp.asarray(x) for x in net.point]
    calls = 0

    @jax.jit
    def passed(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        h = jnp.maximum(X @ W1 + b1, 0)
        logp = jax.nn.log_softmax(h @ W2 + b2, axis=1)
        penalty = 0.5 * REG * (jnp.vdot(W1, W1) + jnp.vdot(W2, W2))
        return -jnp.mean(logp[rows, y]) + penalty, (h, logp, W1, W2)

    @jax.jit
    def back(cache: Any, dout: Any) -> Any:
        h, logp, W1, W2 = cache
        ds = jnp.exp(logp).at[rows, y].add(-1) * (dout / N)
        dz = (ds @ W2.T) * (h > 0)
        of_penalty = dout * REG
        dW1, dW2 = X.T @ dz + of_penalty * W1, h.T @ ds + of_penalty * W2
        return dW1, dz.sum(axis=0), dW2, ds.sum(axis=0)

    def counted(*arrays: Any) -> Any:
        nonlocal calls
        calls += 1
        return passed(*arrays)

    asked = jax.custom_vjp(lambda *arrays: counted(*arrays)[0])
    asked.defvjp(counted, back)

    def check() -> bool:
        check_grads(asked, point, order=1, modes=["rev"])
        return True

    return check, lambda: calls
