"""A wrong name is worse than none: nonsense gets no name, and no mutant gets another's.

A name counts as false when it does not say what was done. Names of two mistakes in one gradient,
and of edits without a mistake of their own, are allowed where the sentence is true to the letter:
-5 times the gradient is "a factor".
"""

import numpy as np
import pytest
from zoo import Case
from zoo_cases import LAYERS, OTHER
from zoo_mutants_affine import AFFINE_MUTANTS
from zoo_mutants_layers import LAYER_MUTANTS
from zoo_mutants_nets import NET_MUTANTS
from zoo_mutants_numbers import NUMBER_MUTANTS

import gradelib as gl

MUTANTS = [*AFFINE_MUTANTS, *LAYER_MUTANTS, *NET_MUTANTS, *NUMBER_MUTANTS]
SMALL = [c for c in LAYERS + OTHER if isinstance(c, Case) and not c.large and "= 0" not in c.name]

# What is true of the mutants that have no mistake of their own listed; each was looked at.
TRUE_AS_WELL = {
    "affine: sign of one entry of dW": {"sign-in-part"},
    "affine: d @ W for d @ W.T": {"factor-transposed"},
    "affine: x @ d for x.T @ d": {"factor-transposed"},
    "affine: db of one sample": {"overwritten-terms"},
    "affine: db as a matrix product": {"matrix-product"},
    "affine: dx broadcast from a row": {"shape"},
    "affine: dW plus a constant": {"offset"},
    "affine: last row of dW zero": {"unreached"},
    "relu: mask from the gradient too": {"unreached"},
    "relu: output as gradient": {"factor-at-hand"},
    "relu: mask shifted": {"unreached"},
    "leaky: wrong slope": {"unreached"},
    "sigmoid: without 1 - s": {"factor-at-hand"},
    "sigmoid: 1 + s": {"local-slope"},
    "tanh: without the square": {"local-slope"},
    "tanh: 1 + t^2": {"local-slope"},
    "softmax: without the sum": {"shared-term"},
    "row_max: to every entry": {"mask-missing"},
    "row_max: to the minimum": {"places"},
    "mean: divided by N in the first row only": {"factor-by-slice"},
    "maximum: routes to both": {"mask-missing"},
    "maximum: routes to the smaller": {"wrong-order"},
    "batch norm: mean and variance constant": {"spread-term"},
    "batch norm: mean constant": {"mean-term"},
    "batch norm: variance constant": {"spread-term"},
    "batch norm: Bessel in the backward": {"spread-term"},
    "batch norm: sums for means": {"spread-term"},
    "batch norm: gamma forgotten": {"factor-at-hand"},
    "embedding: repeats overwritten": {"overwritten-terms"},
    "embedding: repeats added once": {"overwritten-terms"},
    "residual: mask forgotten": {"mask-missing"},
    "softmax cross-entropy: labels off by one": {"labels-shifted"},
    "softmax cross-entropy: wrong row index": {"label-rows"},
    "softmax cross-entropy: one-hot missing": {"at-labels"},
    "softmax cross-entropy: 1/N on one term only": {"one-term-at-labels"},
    "softmax cross-entropy: plus one": {"at-labels"},
    "softmax cross-entropy: every column of the label": {"label-rows"},
    "softmax cross-entropy: softmax twice": {"applied-twice"},
    "softmax cross-entropy: normalised over the batch": {"row-factor-at-labels"},
    "two-layer net: mask missing": {"mask-missing"},
    "two-layer net: mask from the gradient": {"mask-from-gradient"},
    "two-layer net: mask inverted": {"mask-inverted"},
    "two-layer net: updated weights used": {"other-signal"},
    "two-layer net: first layer fed the last signal": {"other-signal"},
    "two-layer net: signal summed away": {"other-signal", "input-forgotten"},
    "two-layer net: dW2 from the pre-activation": {"pre-activation"},
    "two-layer net: penalty on b1": {"offset"},
    "two-layer net: penalty of the other sign": {"penalty-too-small"},
    "two-layer net: penalty of the wrong layer's mean": {"offset"},
    "two-layer loss: penalty on b1": {"penalty-too-large"},
    "two-layer loss: b2 None": {"none"},
    "two-layer loss: float32": {"dtype"},
    "two-layer loss: NaN in W1": {"not-finite"},
    "two-layer loss: W1's penalty missing, scaled by 1e-8": {"penalty-too-small"},
    "two-layer loss: sign of b2, float32": {"sign"},
    "float32 inside: dW doubled": {"factor-2"},
    "float32 inside: db of the wrong sign": {"sign"},
    "large x and small W: dW doubled": {"factor-2"},
    "large and small product: dy halved": {"factor-half"},
    "sum of squares: wrong where x is tiny": {"sign-in-part"},
    "relu among kinks: doubled": {"factor-2"},
    "max with ties: x forgotten": {"zero"},
    "blank samples: penalty missing on W1": {"penalty-too-small"},
    "blank samples: db1 doubled": {"factor-2"},
    "two-layer loss: penalty on b1, times 1e-08": {"penalty-too-large"},
    "two-layer loss: penalty on b1, times 1e+08": {"penalty-too-large"},
    "two-layer loss: W2 over N, times 1e-08": {"factor-count"},
}


def named(cases):
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.slow
@pytest.mark.parametrize("case", named(c for c in MUTANTS if not getattr(c, "large", False)))
def test_no_mutant_gets_the_name_of_another(case):
    """Over twelve draws, only the names that were found to be true."""
    allowed = set(case.mistakes) | TRUE_AS_WELL.get(case.name, set())
    for seed in range(12):
        report = case.check(np.random.default_rng(seed), seed=seed + 100)
        assert {d.mistake for d in report.diagnoses} <= allowed, seed


NONSENSE = {  # id: (numbers drawn once, x, the right gradient) -> a gradient that means nothing
    "drawn once": lambda a, x, g: a,
    "a wave of x": lambda a, x, g: np.cos(3 * x + a),
    "x times noise": lambda a, x, g: x * a,
    "whole numbers": lambda a, x, g: np.round(3 * a) + 0.0,
    "noise added": lambda a, x, g: g + a,
    "noise multiplied": lambda a, x, g: g * (1 + a),
    "noise in some places": lambda a, x, g: (
        g + a * (np.abs(a) > 1) + (np.abs(g) == np.abs(g).max())
    ),
    "sorted, with noise": lambda a, x, g: np.sort(g.ravel()).reshape(g.shape) + 0.01 * a,
    "powers": lambda a, x, g: np.abs(g) ** 0.7 + 0.3 * np.abs(x) ** 0.3,
}


def nonsensical(case, make, seed):
    """The report on the right backward of `case` with its largest gradient replaced."""
    rng = np.random.default_rng(seed)
    inputs = case.make_inputs(rng)
    floats = [i for i, x in enumerate(inputs) if np.asarray(x).dtype.kind == "f"]
    k = int(np.argmax([np.size(inputs[i]) for i in floats]))
    a = rng.normal(size=np.shape(inputs[floats[k]]))

    def forward(*values):
        out, cache = case.forward(*values)
        return out, (cache, np.array(values[floats[k]], dtype=float))

    def backward(dout, cache):
        grads = case.backward(dout, cache[0])
        grads = list(grads) if isinstance(grads, tuple | list) else [grads]
        grads[k] = np.asarray(make(a, cache[1], np.asarray(grads[k])), dtype=float)
        return tuple(grads)

    return gl.check_backward(forward, backward, *inputs, seed=seed + 100)


def assert_without_a_name(case, kind, seed):
    report = nonsensical(case, NONSENSE[kind], seed)
    assert report.verdict == "failed"
    assert report.diagnoses == (), (seed, report.diagnoses)


SIZED = [c for c in SMALL if c.name not in ("sigmoid, 0-d", "product, 0-d", "circuit")]


@pytest.mark.parametrize("case", named(SIZED))
def test_nonsense_gets_no_name(case):
    """One kind of nonsense for each layer, another for the next."""
    kind = list(NONSENSE)[SIZED.index(case) % len(NONSENSE)]
    assert_without_a_name(case, kind, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", NONSENSE)
@pytest.mark.parametrize("case", named(SIZED))
def test_no_nonsense_gets_a_name(case, kind):
    """All kinds for all layers, three draws each."""
    for seed in range(2, 5):
        assert_without_a_name(case, kind, seed)


EDITS = {  # id: (gradient, x) -> the gradient with one mistake in it
    "sign": lambda g, x: -g,
    "factor": lambda g, x: 0.7 * g,
    "penalty": lambda g, x: g + 0.3 * x,
    "offset": lambda g, x: g + 0.1,
    "mask": lambda g, x: g * (x > 0),
    "reversed": lambda g, x: g[::-1],
    "shifted": lambda g, x: np.roll(g, 1, axis=-1),
    "first row lost": lambda g, x: np.concatenate([0 * g[:1], g[1:]]),
    "size only": lambda g, x: np.abs(g),
    "squared": lambda g, x: g * g,
    "rows with factors": lambda g, x: g * np.arange(1, len(g) + 1)[:, None],
}
# Pairs of which a sentence of the catalogue is true to the letter, whichever comes first.
TRUE_OF_BOTH = {
    frozenset(("sign", "factor")): {"factor"},
    frozenset(("sign", "size only")): {"sign-in-part"},
    frozenset(("mask", "first row lost")): {"unreached"},
    frozenset(("sign", "rows with factors")): {"factor-by-slice", "other-signal"},
    frozenset(("factor", "rows with factors")): {"factor-by-slice", "other-signal"},
    frozenset(("sign", "first row lost")): {"factor-by-slice", "other-signal"},
    frozenset(("factor", "first row lost")): {"factor-by-slice", "other-signal"},
    frozenset(("rows with factors", "first row lost")): {"factor-by-slice", "other-signal"},
    frozenset(("sign", "reversed")): {"other-signal"},
    frozenset(("factor", "reversed")): {"other-signal"},
    frozenset(("rows with factors", "reversed")): {"other-signal"},
    frozenset(("first row lost", "reversed")): {"other-signal"},
    frozenset(("reversed", "shifted")): {"places"},
    frozenset(("squared", "size only")): {"factor-at-hand"},
}
PAIRS = [(a, b) for a in EDITS for b in EDITS if a != b]


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "name",
    ["sigmoid", "affine", *(pytest.param(n, marks=SLOW) for n in ("softmax", "batch norm"))],
)
def test_two_mistakes_in_one_gradient_get_no_false_name(name):
    """Where two mistakes meet in one gradient, no sentence is given that is true of neither."""
    case = next(c for c in SMALL if c.name == name)
    for count, (first, second) in enumerate(PAIRS):
        report = nonsensical(
            case, lambda a, x, g, e=first, f=second: EDITS[f](EDITS[e](g, x), x), count
        )
        allowed = TRUE_OF_BOTH.get(frozenset((first, second)), set())
        assert {d.mistake for d in report.diagnoses} <= allowed, (first, second)


@pytest.mark.parametrize("shape", [(30_000, 2), (2, 30_000), (60_000,), (10, 20, 30, 8)], ids=str)
def test_large_arrays_are_explained_without_large_tables(shape):
    """No hypothesis compares all entries of a large array with all others."""
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=shape), rng.normal(size=shape)
    report = gl.check_backward(lambda x: (np.sin(x), x), lambda dout, x: noise * dout, x)
    assert report.verdict == "failed"
    assert report.diagnoses == ()


TABLES = {
    "random": lambda x, dout: np.random.default_rng(3).normal(size=(x.size, x.size)),
    "a Jacobian": lambda x, dout: np.diag(dout * np.cos(x)),
}


@pytest.mark.parametrize("n", [2, 3, 7])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_square_table_of_other_numbers_is_no_broadcast(table, n):
    """A shape (n, n) for (n,) has many causes; only numbers of a broadcast are called one."""
    x = np.random.default_rng(n).normal(size=n)
    report = gl.check_backward(lambda x: (np.sin(x), x), lambda dout, x: table(x, dout), x)
    assert "broadcast" not in {d.mistake for d in report.diagnoses}


@pytest.mark.parametrize("n", [2, 3, 7])
def test_unsummed_gradient_of_a_square_batch_is_no_broadcast(n):
    """One row for each sample: as many samples as entries make it a square, and no broadcast."""
    inputs = [np.random.default_rng(n).normal(size=s) for s in ((n, 5), (5, n), (n,))]
    report = gl.check_backward(
        lambda x, W, b: (x @ W + b, (x, W)),
        lambda dout, cache: (dout @ cache[1].T, cache[0].T @ dout, dout),
        *inputs,
    )
    assert [d.mistake for d in report.diagnoses] == ["not-summed"]
