"""Right backwards at hard points: ties, margins, constant rows, tiny and huge numbers, no samples.

Each is right by hand; to reject one is the worst that a checker can do.
"""

import numpy as np
import pytest
from unseen import OWN
from unseen_attention import ATTENTION, CAUSAL
from unseen_gates import GATE, GROUP_NORM
from unseen_images import CONVOLUTION, MAX_POOLING
from unseen_lookups import EMBEDDING
from unseen_losses import HINGE, NLL, REG
from unseen_norms import LAYER_NORM, RMS_NORM
from unseen_operations import OPERATIONS
from unseen_pooling import DROPOUT, places
from unseen_recurrent import RNN, STEP

import gradelib as gl


def check(operation, inputs, seed=0, backward=None, dout=None):
    return gl.check_backward(
        operation.forward, backward or operation.backward, *inputs, seed=seed, dout=dout
    )


def is_float(a):
    return isinstance(a, np.ndarray) and a.dtype.kind == "f"


def normal(*shapes, sizes=None):
    """Draw arrays of these shapes, each times its size."""
    return lambda r: tuple(
        s * r.normal(size=shape)
        for shape, s in zip(shapes, sizes or [1] * len(shapes), strict=True)
    )


def ints(r, *shape):
    return r.integers(-2, 3, size=shape).astype(float)


def split_evenly(dout, x):
    """Max pooling's gradient with ties sharing it: another right answer at a tie."""
    dx = np.zeros_like(x)
    for at, window in places(dout, x):
        mask = x[window] == x[window].max()
        dx[window] += dout[at] * mask / mask.sum()
    return dx


def at_the_margin_too(dout, cache):
    """The hinge's gradient with a margin of exactly 0 counted in: another right answer."""
    x, W, y, _ = cache
    rows = np.arange(len(y))
    scores = x @ W
    d = (scores - scores[rows, y][:, None] + 1 >= 0).astype(float)
    d[rows, y] = 0
    d[rows, y] = -d.sum(axis=1)
    return dout * (d @ W.T) / len(y), dout * (x.T @ d / len(y) + REG * W)


def some_rows(x, row):
    x[0] = row
    return x


HARD = {
    "layer norm, a constant row": (
        LAYER_NORM,
        lambda r: (some_rows(r.normal(size=(5, 7)), 3.0), r.normal(size=7), r.normal(size=7)),
    ),
    "layer norm, constant rows": (
        LAYER_NORM,
        lambda r: (np.tile(r.normal(size=(5, 1)), 7), r.normal(size=7), r.normal(size=7)),
    ),
    "layer norm, a nearly constant row": (
        LAYER_NORM,
        lambda r: (
            some_rows(r.normal(size=(5, 7)), 3 + 1e-3 * r.normal(size=7)),
            r.normal(size=7),
            r.normal(size=7),
        ),
    ),
    "layer norm, one sample": (LAYER_NORM, normal((1, 7), (7,), (7,))),
    "layer norm, one feature": (LAYER_NORM, normal((5, 1), (1,), (1,))),
    "layer norm, no samples": (LAYER_NORM, normal((0, 7), (7,), (7,))),
    "RMS norm, zeros": (RMS_NORM, normal((5, 3), (3,), sizes=(0, 1))),
    "group norm, zeros": (GROUP_NORM, normal((2, 6, 2, 2), (6,), (6,), sizes=(0, 1, 1))),
    "max pooling, ties": (MAX_POOLING, lambda r: (ints(r, 2, 3, 7, 5),)),
    "max pooling, ties shared": (MAX_POOLING, lambda r: (ints(r, 2, 3, 7, 5),), split_evenly),
    "max pooling, all equal": (MAX_POOLING, lambda r: (np.ones((2, 3, 7, 5)),)),
    "max pooling, after ReLU": (
        MAX_POOLING,
        lambda r: (np.maximum(0, r.normal(size=(2, 3, 7, 5))),),
    ),
    "convolution, zeros": (
        CONVOLUTION,
        normal((1, 2, 3, 3), (2, 2, 3, 3), (2,), sizes=(0, 0, 0)),
    ),
    "convolution, one pixel": (CONVOLUTION, normal((1, 1, 1, 1), (1, 1, 3, 3), (1,))),
    "hinge, at the margin": (
        HINGE,
        lambda r: (ints(r, 11, 7), np.sign(ints(r, 7, 5)), r.integers(0, 5, 11)),
    ),
    "hinge, the margin counted in": (
        HINGE,
        lambda r: (ints(r, 11, 7), np.sign(ints(r, 7, 5)), r.integers(0, 5, 11)),
        at_the_margin_too,
    ),
    "hinge, zero weights": (
        HINGE,
        lambda r: (r.normal(size=(11, 7)), np.zeros((7, 5)), r.integers(0, 5, 11)),
    ),
    "hinge, one sample": (
        HINGE,
        lambda r: (r.normal(size=(1, 7)), r.normal(size=(7, 5)), r.integers(0, 5, 1)),
    ),
    "embedding, one token over and over": (
        EMBEDDING,
        lambda r: (r.normal(size=(7, 3)), np.full((2, 5), 3)),
    ),
    "embedding, a lone token": (EMBEDDING, lambda r: (r.normal(size=(7, 3)), np.array(4))),
    "embedding, no tokens": (
        EMBEDDING,
        lambda r: (r.normal(size=(7, 3)), np.zeros((2, 0), dtype=int)),
    ),
    "log-softmax, equal logits": (NLL, lambda r: (np.zeros((7, 5)), r.integers(0, 5, 7))),
    "log-softmax, logits near 1e6": (
        NLL,
        lambda r: (1e6 + r.normal(size=(7, 5)), r.integers(0, 5, 7)),
    ),
    "attention, zero queries": (ATTENTION, normal((5, 3), (7, 3), (7, 2), sizes=(0, 1, 1))),
    "attention, equal keys": (
        ATTENTION,
        lambda r: (r.normal(size=(5, 3)), np.ones((7, 3)), r.normal(size=(7, 2))),
    ),
    "attention, one key": (ATTENTION, normal((5, 3), (1, 3), (1, 2))),
    "causal attention, one place": (CAUSAL, normal((1, 3), (3, 3), (3, 3), (3, 3))),
    "gated step, zero state and bias": (
        GATE,
        normal((5, 3), (5, 3), (3, 3), (3,), sizes=(0, 1, 1, 0)),
    ),
    "recurrent step, tiny bias": (
        STEP,
        normal((5, 7), (5, 3), (7, 3), (3, 3), (3,), sizes=(1, 1, 1, 1, 1e-8)),
    ),
    "recurrent sequence of 60": (
        RNN,
        normal((2, 60, 7), (2, 3), (7, 3), (3, 3), (3,), sizes=(0.6,) * 5),
    ),
    "recurrent sequence, zero state and bias": (
        RNN,
        normal((2, 5, 7), (2, 3), (7, 3), (3, 3), (3,), sizes=(1, 0, 0.5, 0.5, 0)),
    ),
    "dropout, all dropped": (
        DROPOUT,
        lambda r: (r.normal(size=(5, 7)), np.zeros((5, 7), dtype=bool)),
    ),
    "dropout, a number": (DROPOUT, lambda r: (np.array(r.normal()), np.array(True))),
    "dropout, four axes": (
        DROPOUT,
        lambda r: (r.normal(size=(2, 3, 5, 7)), r.random((2, 3, 5, 7)) < 0.7),
    ),
    "dropout, nothing": (DROPOUT, lambda r: (np.zeros((0, 3)), np.zeros((0, 3), dtype=bool))),
}


@pytest.mark.parametrize("case", HARD.values(), ids=HARD)
def test_right_backward_passes_at_a_hard_point(case):
    """A right backward passes where the function is flat, tied, on a kink, tiny or empty."""
    operation, draw, *other = case
    for seed in range(4):
        report = check(operation, draw(np.random.default_rng([seed, OWN])), seed, *other)
        assert report.passed, f"seed {seed}: {report}"


@pytest.mark.parametrize("size", [1e-8, 1e-3, 1e3, 1e8])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.names[0] + " of " + o.name)
def test_size_of_the_numbers_makes_no_right_backward_wrong(operation, size):
    """Inputs of any one size are never rejected; saturated ones may be too flat to tell."""
    for seed in range(2):
        inputs = operation.inputs(np.random.default_rng([seed, OWN]))
        with np.errstate(over="ignore"):
            report = check(operation, [a * size if is_float(a) else a for a in inputs], seed)
        assert report.verdict != "failed", f"seed {seed}: {report}"


@pytest.mark.parametrize("size", [0.0, 1e-8, 1e8])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.names[0] + " of " + o.name)
def test_size_of_the_upstream_gradient_makes_no_difference(operation, size):
    """A right backward passes with an upstream gradient of any size."""
    rng = np.random.default_rng([1, OWN])
    inputs = operation.inputs(rng)
    dout = size * rng.normal(size=np.shape(operation.forward(*inputs)[0]))
    assert check(operation, inputs, dout=dout).passed


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.names[0] + " of " + o.name)
def test_right_backward_passes_in_single_precision(operation):
    """float32 inputs are no reason to reject a right backward."""
    inputs = operation.inputs(np.random.default_rng([3, OWN]))
    report = check(operation, [a.astype(np.float32) if is_float(a) else a for a in inputs])
    assert report.passed, str(report)


def test_tanh_beside_an_entry_of_a_million_is_not_rejected():
    """Entries of size 1 are not called wrong because others of the same array are of size 1e6."""
    x = np.random.default_rng([0, OWN]).normal(size=(5, 7))
    x[2:] *= 1e6
    report = gl.check_backward(
        lambda x: (np.tanh(x), np.tanh(x)), lambda dout, h: dout * (1 - h * h), x
    )
    assert report.verdict != "failed"


def test_layer_norm_far_from_zero_is_not_rejected():
    """Rows of 1e6 ± 1 are no reason to reject layer norm's right gradient."""
    rng = np.random.default_rng([1, OWN])
    inputs = (1e6 + rng.normal(size=(5, 7)), rng.normal(size=7), rng.normal(size=7))
    assert check(LAYER_NORM, inputs, 1).verdict != "failed"


@pytest.mark.parametrize(
    "wrong",
    [lambda dout, x: dout * (dout > 0), lambda dout, x: x * (x > 0)],
    ids=["mask from dout", "x for dout"],
)
def test_inputs_from_the_seed_of_the_check_hide_no_mistake(wrong):
    """The upstream gradient is not the input, even where both come from the same seed."""
    x = np.random.default_rng(0).normal(size=(5, 7))
    assert not gl.check_backward(lambda x: (np.maximum(x, 0), x), wrong, x, seed=0).passed
