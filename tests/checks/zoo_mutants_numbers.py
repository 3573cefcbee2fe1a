"""Wrong gradients where the numbers are difficult: scales, float32, kinks. None may pass.

Offers `NUMBER_MUTANTS`: the mistakes are gross, so that none may hide behind what is hard to tell.
"""

from __future__ import annotations

import numpy as np
import zoo as z
import zoo_nets as nets
from zoo import Case, LossCase, drawn
from zoo_cases import XWB, float32_inside_forward, on_grid, scaled_inputs
from zoo_mutants_affine import AFFINE, edited
from zoo_mutants_nets import LOSS_MUTANTS, with_changed_grads
from zoo_nets import REG


def doubled(g, dout, cache):
    return 2 * g


def blank_sample_loss(change):
    """The two-layer loss with hidden units on the kink, its gradients changed."""
    return with_changed_grads(nets.net_loss(inputs=nets.blank_sample_inputs), change)


def scaled_mutant(name, factor):
    """A loss mutant of that name, with value and gradients times factor."""
    mutant = next(m for m in LOSS_MUTANTS if m.name == f"two-layer loss: {name}")
    return LossCase(f"{mutant.name}, times {factor:g}", nets.loss_scaled(factor, mutant.make))


NUMBER_MUTANTS: list[Case | LossCase] = [
    Case(
        "float32 inside: dW doubled",
        float32_inside_forward,
        edited(z.affine_backward, 1, doubled),
        AFFINE,
        XWB,
    ),
    Case(
        "float32 inside: db of the wrong sign",
        float32_inside_forward,
        edited(z.affine_backward, 2, lambda g, d, c: -g),
        AFFINE,
        XWB,
    ),
    Case(
        "large x and small W: dW doubled",
        z.affine_forward,
        edited(z.affine_backward, 1, doubled),
        scaled_inputs(AFFINE, 1e6, 1e-6, 1.0),
        XWB,
    ),
    Case(
        "large and small product: dy halved",
        z.product_forward,
        edited(z.product_backward, 1, lambda g, d, c: g / 2),
        scaled_inputs(drawn((5, 7), (5, 7)), 1e6, 1e-6),
    ),
    Case(
        "sum of squares: wrong where x is tiny",
        nets.sum_squares_forward,
        lambda d, x: 2 * d * x * np.where(np.abs(x) < 0.1, -1, 1),
        lambda rng: (rng.normal(size=11) * np.repeat([1e2, 1e-2], [5, 6]),),
        truth=nets.sum_squares_backward,
    ),
    Case(
        "relu among kinks: doubled",
        z.relu_forward,
        lambda d, x: 2 * d * (x > 0),
        on_grid((5, 7)),
    ),
    Case(
        "relu among kinks: one entry off",
        z.relu_forward,
        lambda d, x: d * (x > 0) + 1e-3 * (np.cumsum(x.ravel() > 0).reshape(x.shape) == 1),
        on_grid((5, 7)),
    ),
    Case(
        "max with ties: signs",
        z.maximum_forward,
        lambda d, c: tuple(-g for g in z.maximum_backward(d, c)),
        on_grid((5, 7), (5, 7)),
    ),
    Case(
        "max with ties: x forgotten",
        z.maximum_forward,
        edited(z.maximum_backward, 0, lambda g, d, c: 0 * g),
        on_grid((5, 7), (5, 7)),
    ),
    Case(
        "leaky relu at 0: slope beyond both sides",
        z.leaky_forward,
        lambda d, x: d * np.where(x > 0, 1.0, np.where(x < 0, 0.1, 3.0)),
        on_grid((5, 7)),
    ),
    LossCase(
        "blank samples: penalty missing on W1",
        blank_sample_loss(lambda g, p: {**g, "W1": g["W1"] - REG * p["W1"]}),
    ),
    LossCase(
        "blank samples: db1 doubled",
        blank_sample_loss(lambda g, p: {**g, "b1": 2 * g["b1"]}),
    ),
    scaled_mutant("penalty on b1", 1e-8),
    scaled_mutant("penalty on b1", 1e8),
    scaled_mutant("W2 over N", 1e-8),
    scaled_mutant("W1 from last time", 1e8),
]
