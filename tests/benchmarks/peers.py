"""The checkers that are compared, each at its own default tolerance.

A `Peer` accepts a `Question` or not; whatever it raises is a rejection. The tools are made to
check derivatives of their own; here each is handed a backward written by hand, in the way that
the tool has for that: torch.autograd.Function, jax.custom_vjp, autograd's defvjp, and for scipy,
numdifftools and the loop one vector that holds all inputs, or the arrays themselves.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from two_layer import Array, Question

LOOP_STEP = 1e-5


@dataclass(frozen=True)
class Peer:
    """A tool; `entrywise` where its cost makes it useless on an array of 100,000 entries."""

    name: str
    package: str
    tolerance: str
    accepts: Callable[[Question], bool]
    entrywise: bool = False

    @property
    def installed(self) -> bool:
        return not self.package or importlib.util.find_spec(self.package) is not None

    def verdict(self, question: Question) -> bool:
        """Whether the tool accepts the backward; an exception is a rejection."""
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return bool(self.accepts(question))
        except KeyboardInterrupt:
            raise
        except BaseException:  # SystemExit too: a backward may raise anything
            return False


def loop_slopes(f: Callable[[], Any], x: Array, dout: Any, most: int | None = None) -> Array:
    """The central difference of <dout, f()> by each entry of x, which f reads, in place.

    As courses have it: h = 1e-5, two forwards for each entry; `most` ends it earlier.
    """
    slopes = np.zeros(x.shape)
    for count, index in enumerate(np.ndindex(x.shape)):
        if count == most:
            break
        old = x[index]
        x[index] = old + LOOP_STEP
        above = np.array(f())
        x[index] = old - LOOP_STEP
        below = np.array(f())
        x[index] = old
        slopes[index] = np.sum((above - below) * dout) / (2 * LOOP_STEP)
    return slopes


def relative(g: Array, slopes: Array) -> Array:
    """The relative error as courses have it, |a - b| / max(1e-8, |a| + |b|), by entries."""
    return np.asarray(np.abs(g - slopes) / np.maximum(1e-8, np.abs(g) + np.abs(slopes)))


def loop(bound: float) -> Callable[[Question], bool]:
    """The loop, and the largest relative error of an entry held against a bound."""

    def accepts(question: Question) -> bool:
        arrays = question.inputs()
        grads = question.gradients(arrays, np.array(question.dout))
        for x, g in zip(arrays, grads, strict=True):
            slopes = loop_slopes(lambda: question.forward(*arrays)[0], x, question.dout)
            if not np.max(relative(g, slopes)) < bound:
                return False
        return True

    return accepts


def as_torch_function(question: Question) -> Any:
    """The passes as a torch.autograd.Function, numpy inside."""
    import torch

    class Asked(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            out, ctx.cache = question.forward(*(t.detach().numpy() for t in tensors))
            return torch.from_numpy(np.array(out))

        @staticmethod
        def backward(ctx: Any, dout: Any) -> Any:
            result = question.backward(dout.numpy(), ctx.cache)
            parts = result if isinstance(result, tuple | list) else (result,)
            return tuple(None if g is None else torch.from_numpy(np.array(g)) for g in parts)

    return Asked.apply


def torch_gradcheck(fast: bool) -> Callable[[Question], bool]:
    def accepts(question: Question) -> bool:
        import torch

        torch.manual_seed(0)
        inputs = [torch.from_numpy(x).requires_grad_() for x in question.inputs()]
        return bool(torch.autograd.gradcheck(as_torch_function(question), inputs, fast_mode=fast))

    return accepts


def as_jax_function(question: Question) -> Any:
    """The passes as a jax.custom_vjp, numpy inside."""
    import jax

    caches: list[Any] = []  # jax hands numbers on to the backward pass, not Python's objects

    def forward(*arrays: Any) -> Any:
        out, cache = question.forward(*(np.array(a) for a in arrays))
        caches.append(cache)
        return jax.numpy.asarray(np.array(out))

    def pull_back(which: Any, dout: Any) -> tuple[Any, ...]:
        grads = question.unpacked(question.backward(np.array(dout), caches[int(which)]))
        return tuple(jax.numpy.asarray(np.array(g)) for g in grads)

    asked = jax.custom_vjp(forward)
    asked.defvjp(lambda *arrays: (forward(*arrays), len(caches) - 1), pull_back)
    return asked


def jax_check_grads(question: Question) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    asked, inputs = as_jax_function(question), [jax.numpy.asarray(x) for x in question.inputs()]
    check_grads(asked, inputs, order=1, modes=["rev"])
    return True


def hips_check_grads(question: Question) -> bool:
    """Input by input, as its argument `argnum` has it."""
    from autograd.extend import defvjp_argnums, primitive
    from autograd.test_util import check_grads

    caches: list[Any] = []

    @primitive
    def asked(*arrays: Any) -> Any:
        out, cache = question.forward(*arrays)
        caches[:] = [cache]
        return np.array(out)

    def pull_back(argnums: Any, ans: Any, args: Any, kwargs: Any) -> Any:
        (cache,) = caches

        def pulled(dout: Any) -> Any:
            grads = question.unpacked(question.backward(dout, cache))
            return tuple(grads[i] for i in argnums)

        return pulled

    defvjp_argnums(asked, pull_back)
    np.random.seed(0)
    for k in range(len(question.point)):
        check_grads(asked, k, modes=["rev"], order=1)(*question.inputs())
    return True


def scipy_approx_fprime(question: Question) -> bool:
    from scipy.optimize import approx_fprime

    flat = question.flat()
    return np.allclose(question.flat_gradient(flat), approx_fprime(flat, question.value))


def scipy_check_grad(question: Question) -> bool:
    from scipy.optimize import check_grad

    return bool(check_grad(question.value, question.flat_gradient, question.flat()) < 1e-5)


def numdifftools_gradient(question: Question) -> bool:
    import numdifftools

    flat = question.flat()
    return np.allclose(question.flat_gradient(flat), numdifftools.Gradient(question.value)(flat))


ALLCLOSE = "np.allclose: rtol 1e-5, atol 1e-8"
PEERS = (
    Peer(
        "torch gradcheck, slow",
        "torch",
        "its own: rtol 1e-3, atol 1e-5",
        torch_gradcheck(fast=False),
        entrywise=True,
    ),
    Peer(
        "torch gradcheck, fast_mode",
        "torch",
        "its own: rtol 1e-3, atol 1e-5",
        torch_gradcheck(fast=True),
    ),
    Peer("jax check_grads", "jax", "its own: rtol and atol 1e-5", jax_check_grads),
    Peer("HIPS autograd check_grads", "autograd", "its own: 1e-6", hips_check_grads),
    Peer("scipy approx_fprime", "scipy", ALLCLOSE, scipy_approx_fprime, entrywise=True),
    Peer("scipy check_grad", "scipy", "norm of the error < 1e-5", scipy_check_grad, entrywise=True),
    Peer("numdifftools Gradient", "numdifftools", ALLCLOSE, numdifftools_gradient, entrywise=True),
    Peer("loop as in CS231n, 1e-7", "", "relative error < 1e-7", loop(1e-7), entrywise=True),
    Peer("loop as in CS231n, 1e-4", "", "relative error < 1e-4", loop(1e-4), entrywise=True),
)


def versions() -> str:
    """The versions of numpy and of what is installed of the peers, in one line."""
    packages = ["numpy", *sorted({p.package for p in PEERS if p.package and p.installed})]
    return ", ".join(f"{name} {metadata.version(name)}" for name in packages)
