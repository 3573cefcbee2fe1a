"""Wrong answers to the exercises of 08_when_gradients_fail."""

from .table import Wrong


def guesses(
    exercise: str, right: dict[str, str], *wrong: tuple[str, dict[str, str], str | None]
) -> list[Wrong]:
    """Predictions: the right ones with some others in their places."""
    rows = []
    for what, changed, named in wrong:
        assert changed.keys() <= right.keys(), what
        lines = [f"{name} = {value}" for name, value in (right | changed).items()]
        rows.append(Wrong(exercise, what, "\n".join(lines) + "\n", named))
    return rows


def edits(exercise: str, right: str, *wrong: tuple[str, str, str, str | None]) -> list[Wrong]:
    """Functions: the right one with a piece replaced, which must occur exactly once."""
    rows = []
    for what, old, new, named in wrong:
        assert right.count(old) == 1, (exercise, what, right.count(old))
        rows.append(Wrong(exercise, what, right.replace(old, new), named))
    return rows


CHAIN = {
    "steepest_sigmoid": "0.25",
    "most_after_ten": "0.25**10",
    "linear_after_twenty": "1.5**20",
    "weight_to_hold": "4",
}
FACTORS = {
    "linear_small": "0.1",
    "linear_large": "3",
    "layers_to_a_millionth": "6",
    "relu_standard_deviation": "np.sqrt(2 / 200)",
}
SURE = {
    "squared_undecided": "0.125",
    "squared_sure": "0.99 * 0.99 * 0.01",
    "entropy_undecided": "0.5",
    "entropy_sure": "0.99",
}
DEAD = {
    "largest_z": "-1",
    "slope_by_b": "0",
    "b_after_a_thousand_steps": "-6",
    "row_that_wakes_first": "3",
}
POWERS = {
    "by_start_large": "1.1**100",
    "by_start_small": "0.9**100",
    "by_weight": "100",
    "gradients_that_add": "50",
}
CLIPPED = {
    "clipped_by_norm": "(3, 4)",
    "clipped_by_entry": "(5, 5)",
    "ratio_by_entry": "1",
    "joint_norm": "6",
}
CUT = {"cut_near": "0.5", "cut_far": "0", "huber_far": "1", "huber_far_below": "-1"}
KINKS = {
    "measured_slope": "0.65",
    "w_after_101_steps": "-0.05",
    "masked_root": '"nan"',
    "units_with_slope_0": "0",
    "units_with_slope_1": "50",
}
FAILURES = {
    "failure_of_A": '"dead units"',
    "failure_of_B": '"healthy"',
    "failure_of_C": '"vanishing"',
    "failure_of_D": '"small rate"',
    "failure_of_E": '"exploding"',
    "failure_of_F": '"saturated"',
}

DEEP = """def deep_backward(dout, cache):
    Ws, hs, zs, activation = cache
    dz = dout
    dzs, dWs = [dz], [hs[-1].T @ dz]
    for l in reversed(range(len(Ws) - 1)):
        dz = (dz @ Ws[l + 1].T) * slope(activation, zs[l])
        dzs.insert(0, dz)
        dWs.insert(0, hs[l].T @ dz)
    return dWs, dzs
"""
SIZES = """def signal_sizes(dzs):
    return np.array([np.sqrt(np.mean(dz**2)) for dz in dzs])
"""
WEIGHTS = """def initial_weights(sizes, activation, rng, gain=1.0):
    numerator = 2 if activation == "relu" else 1
    return [
        gain * np.sqrt(numerator / n_in) * rng.normal(size=(n_in, n_out))
        for n_in, n_out in zip(sizes, sizes[1:])
    ]
"""
LOGISTIC = """def logistic_loss(z, t):
    losses = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - t * z
    dz = (activate("sigmoid", z) - t) / len(z)
    return losses.mean(), dz
"""
UNITS = """def dead_units(Z):
    return np.all(Z <= 0, axis=0)
"""
LEAKY = """def leaky_relu_backward(dout, cache):
    x, a = cache
    return dout * np.where(x > 0, 1.0, a)
"""
RECURRENT = """def recurrent_backward(dout, cache):
    W, hs = cache
    dh = dout
    dW = np.zeros_like(W)
    dX = np.zeros_like(hs[1:])
    for t in range(len(hs) - 1, 0, -1):
        dz = dh * (1 - hs[t] ** 2)
        dX[t - 1] = dz
        dW += np.outer(hs[t - 1], dz)
        dh = W @ dz
    return dh, dW, dX
"""
CLIP = """def clip_by_norm(grads, limit):
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    factor = limit / norm if norm > limit else 1.0
    return [factor * grad for grad in grads], norm
"""
HUBER = """def huber_loss(y_hat, t):
    e = y_hat - t
    size = np.abs(e)
    losses = np.where(size <= 1, 0.5 * e**2, size - 0.5)
    return losses.mean(), np.clip(e, -1, 1) / len(e)
"""
NORMS = """def row_norms_backward(dout, cache):
    x, r = cache
    safe = np.where(r > 0, r, 1.0)
    return (dout / safe)[:, None] * x
"""
TRAIN = """def train_deep(Ws, X, y, activation, rng, *, rate, limit, steps):
    losses = []
    for _ in range(steps):
        rows = rng.integers(0, len(y), size=50)
        scores, cache = deep_forward(X[rows], Ws, activation)
        loss, dscores = softmax_loss(scores, y[rows])
        dWs, _ = deep_backward(dscores, cache)
        dWs, _ = clip_by_norm(dWs, limit)
        Ws = [W - rate * dW for W, dW in zip(Ws, dWs)]
        losses.append(loss)
    return Ws, losses
"""
RESCUE = 'rescue_settings = dict(activation="tanh", gain=1.0, rate=0.1, limit=1.0)\n'

WRONG = [
    *guesses(
        "chain-prediction",
        CHAIN,
        ("took the largest value for the largest slope", {"steepest_sigmoid": "1"}, None),
        ("added ten factors", {"most_after_ten": "10 * 0.25"}, None),
        ("multiplied the weight by the layers", {"linear_after_twenty": "1.5 * 20"}, None),
        ("a weight of 1 holds", {"weight_to_hold": "1"}, None),
    ),
    *edits(
        "deep-backward",
        DEEP,
        ("no slope of the activation", " * slope(activation, zs[l])", "", "missing-factor"),
        (
            "slope at the activation",
            "slope(activation, zs[l])",
            "slope(activation, hs[l + 1])",
            "factor-by-slice",
        ),
        (
            "the activation for its slope",
            "slope(activation, zs[l])",
            "hs[l + 1]",
            "factor-by-slice",
        ),
        (
            "weights by the pre-activation",
            "hs[l].T @ dz",
            "(zs[l - 1] if l else hs[0]).T @ dz",
            None,
        ),
        (
            "slope on the last layer, too",
            "    dz = dout\n",
            "    dz = dout * slope(activation, zs[-1])\n",
            "upstream-changed",
        ),
        (
            "every layer fed the last signal",
            "dz = (dz @ Ws[l + 1].T)",
            "dz = (dout @ Ws[-1].T)",
            None,
        ),
        (
            "gradients from last to first",
            "return dWs, dzs",
            "return dWs[::-1], dzs[::-1]",
            "wrong-order",
        ),
        ("averaged over the batch", "hs[l].T @ dz)", "hs[l].T @ dz / len(dz))", "averaged"),
        ("lost the minus", "hs[-1].T @ dz]", "-hs[-1].T @ dz]", "sign"),
        ("returned the signals alone", "return dWs, dzs", "return dzs, dWs", "shape"),
    ),
    *edits(
        "signal-sizes",
        SIZES,
        (
            "the norm",
            "np.mean(dz**2)",
            "np.sum(dz**2)",
            "norms: they grow with the number of entries",
        ),
        ("no root", "np.sqrt(np.mean(dz**2))", "np.mean(dz**2)", "mean squares, without the root"),
        ("the mean", "np.sqrt(np.mean(dz**2))", "np.mean(dz)", "means, in which signs cancel"),
        ("the mean size", "np.sqrt(np.mean(dz**2))", "np.mean(np.abs(dz))", "means of the sizes"),
        (
            "the standard deviation",
            "np.sqrt(np.mean(dz**2))",
            "np.std(dz)",
            "standard deviations, from which the mean is taken away",
        ),
        (
            "last layer first",
            "for dz in dzs",
            "for dz in dzs[::-1]",
            "root mean squares, last layer first",
        ),
    ),
    *guesses(
        "layer-factor-prediction",
        FACTORS,
        ("forgot the root of n", {"linear_small": "0.01 * 100"}, None),
        ("the standard deviation alone", {"linear_large": "0.3"}, None),
        ("counted powers of a hundredth", {"layers_to_a_millionth": "3"}, None),
        ("the variance for the standard deviation", {"relu_standard_deviation": "2 / 200"}, None),
    ),
    *edits(
        "initial-weights",
        WEIGHTS,
        (
            "the variance",
            "np.sqrt(numerator / n_in)",
            "(numerator / n_in)",
            "factor",
        ),
        (
            "the number of outputs",
            "numerator / n_in)",
            "numerator / n_out)",
            "factor",
        ),
        ("no 2 for ReLU", '2 if activation == "relu" else 1', "1", "factor"),
        ("a 2 for all", '2 if activation == "relu" else 1', "2", "factor"),
        (
            "the mean of inputs and outputs",
            "numerator / n_in)",
            "numerator / (n_in + n_out))",
            "factor",
        ),
        ("forgot the gain", "gain * ", "", "factor"),
        (
            "transposed",
            "size=(n_in, n_out)",
            "size=(n_out, n_in)",
            "reversed",
        ),
        ("a small number for all", "np.sqrt(numerator / n_in)", "0.01", "factor"),
    ),
    *guesses(
        "saturation-prediction",
        SURE,
        (
            "forgot the slope of the sigmoid",
            {"squared_undecided": "0.5", "squared_sure": "0.99"},
            None,
        ),
        (
            "kept the slope of the sigmoid",
            {"entropy_undecided": "0.125", "entropy_sure": "0.0098"},
            None,
        ),
        ("the wrong sign", {"entropy_sure": "-0.99"}, None),
    ),
    *edits(
        "logistic-loss",
        LOGISTIC,
        (
            "overflows",
            "np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))",
            "np.log(1 + np.exp(z))",
            "not-finite",
        ),
        (
            "by way of p",
            "np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - t * z",
            '-t * np.log(activate("sigmoid", z)) - (1 - t) * np.log(1 - activate("sigmoid", z))',
            "not-finite",
        ),
        ("gradient not averaged", " / len(z)", "", "not-averaged"),
        ("the wrong way round", 'activate("sigmoid", z) - t', 't - activate("sigmoid", z)', "sign"),
        (
            "slope of the sigmoid kept",
            '(activate("sigmoid", z) - t) / len(z)',
            '(activate("sigmoid", z) - t) * slope("sigmoid", z) / len(z)',
            "p - t, multiplied by the slope of the sigmoid, over N",
        ),
        (
            "a sigmoid that overflows",
            'activate("sigmoid", z)',
            "np.exp(z) / (1 + np.exp(z))",
            "not-finite",
        ),
        (
            "the target forgotten",
            '(activate("sigmoid", z) - t)',
            'activate("sigmoid", z)',
            "missing-term",
        ),
        ("summed loss", "losses.mean()", "losses.sum()", None),
    ),
    *guesses(
        "dead-unit-prediction",
        DEAD,
        ("forgot the bias", {"largest_z": "5"}, None),
        ("the gradient is the input", {"slope_by_b": "1"}, None),
        ("it recovers", {"b_after_a_thousand_steps": "94"}, None),
        ("the row with the largest entry", {"row_that_wakes_first": "2"}, None),
    ),
    *edits(
        "dead-units",
        UNITS,
        ("off once is dead", "np.all", "np.any", "off for at least one example"),
        ("the other axis", "axis=0", "axis=1", "one answer for each example, not for each unit"),
        ("zero counted as on", "Z <= 0", "Z < 0", "off for every example, but 0 counted as on"),
        (
            "those that live",
            "np.all(Z <= 0, axis=0)",
            "np.any(Z > 0, axis=0)",
            "on for at least one example",
        ),
        (
            "the mean is negative",
            "np.all(Z <= 0, axis=0)",
            "Z.mean(axis=0) <= 0",
            "negative on average",
        ),
        (
            "their numbers",
            "np.all(Z <= 0, axis=0)",
            "np.flatnonzero(np.all(Z <= 0, axis=0))",
            "the numbers of the dead units",
        ),
    ),
    *edits(
        "leaky-relu-backward",
        LEAKY,
        ("no leak", "np.where(x > 0, 1.0, a)", "(x > 0)", "unreached"),
        ("the other way round", "1.0, a)", "a, 1.0)", "mask-inverted"),
        ("the sign of the gradient", "x > 0", "dout > 0", "mask-from-gradient"),
        ("forgot dout", "dout * ", "", "ignored-upstream"),
        (
            "the forward pass",
            "dout * np.where(x > 0, 1.0, a)",
            "np.where(dout > 0, dout, a * dout)",
            "mask-from-gradient",
        ),
        ("the leak for the positive, too", "np.where(x > 0, 1.0, a)", "a", "local-slope"),
    ),
    *guesses(
        "recurrence-prediction",
        POWERS,
        ("one factor only", {"by_start_large": "1.1"}, None),
        ("multiplied instead of raising", {"by_start_small": "0.9 * 100"}, None),
        ("one use of the weight", {"by_weight": "2"}, None),
        ("forgot the start", {"by_weight": "50"}, None),
        ("it is one weight", {"gradients_that_add": "1"}, None),
    ),
    *edits(
        "recurrent-backward",
        RECURRENT,
        (
            "overwritten at each step",
            "dW += np.outer(hs[t - 1], dz)",
            "dW = np.outer(hs[t - 1], dz)",
            "overwritten-branch",
        ),
        ("W not transposed", "W @ dz", "W.T @ dz", "transposed-factor"),
        (
            "the outer product turned over",
            "np.outer(hs[t - 1], dz)",
            "np.outer(dz, hs[t - 1])",
            "transpose",
        ),
        (
            "the state after, not before",
            "np.outer(hs[t - 1], dz)",
            "np.outer(hs[t], dz)",
            "constant",
        ),
        ("no slope of tanh", "dz = dh * (1 - hs[t] ** 2)", "dz = dh", "missing-factor"),
        ("the slope of the sigmoid", "(1 - hs[t] ** 2)", "hs[t] * (1 - hs[t])", "factor-by-slice"),
        (
            "inputs in the order of the way back",
            "dX[t - 1] = dz",
            "dX[len(hs) - 1 - t] = dz",
            "reversed",
        ),
        (
            "every step gets dout",
            "dz = dh * (1",
            "dz = dout * (1",
            "a sum in which every step starts from dout",
        ),
        (
            "the first step left out",
            "range(len(hs) - 1, 0, -1)",
            "range(len(hs) - 1, 1, -1)",
            "loop",
        ),
        (
            "the signal before the tanh for the inputs",
            "dX[t - 1] = dz",
            "dX[t - 1] = dh",
            "wrong-array",
        ),
    ),
    *guesses(
        "clip-prediction",
        CLIPPED,
        (
            "the two ways exchanged",
            {"clipped_by_norm": "(5, 5)", "clipped_by_entry": "(3, 4)"},
            None,
        ),
        ("to length 1", {"clipped_by_norm": "(0.6, 0.8)"}, None),
        ("the direction stays", {"ratio_by_entry": "100"}, None),
        ("added two norms", {"joint_norm": "np.sqrt(20) + 4"}, None),
    ),
    *edits(
        "clip-by-norm",
        CLIP,
        (
            "no root",
            "np.sqrt(sum(np.sum(grad**2) for grad in grads))",
            "sum(np.sum(grad**2) for grad in grads)",
            "factor",
        ),
        (
            "each by its own norm",
            "factor * grad for",
            "min(1.0, limit / max(np.linalg.norm(grad), 1e-12)) * grad for",
            "factor",
        ),
        (
            "each entry",
            "factor * grad for",
            "np.clip(grad, -limit, limit) for",
            "each entry by itself",
        ),
        ("to length 1", "limit / norm if", "1 / norm if", "factor"),
        (
            "always to the limit",
            "limit / norm if norm > limit else 1.0",
            "limit / norm",
            "not-finite",
        ),
        (
            "the other way up",
            "limit / norm if",
            "norm / limit if",
            "factor",
        ),
        (
            "in place",
            "return [factor * grad for grad in grads], norm",
            "for grad in grads:\n        grad *= factor\n    return grads, norm",
            None,
        ),
        ("the norm after clipping", "grads], norm", "grads], min(norm, limit)", None),
    ),
    *guesses(
        "cut-loss-prediction",
        CUT,
        ("the clipped error is the slope", {"cut_far": "1"}, None),
        ("the whole error is the slope", {"huber_far": "100"}, None),
        ("the sign lost", {"huber_far_below": "1"}, None),
        ("the square for the slope", {"cut_near": "0.125"}, None),
    ),
    *edits(
        "huber-loss",
        HUBER,
        ("cut the loss", "np.clip(e, -1, 1)", "np.where(size <= 1, e, 0.0)", "unreached"),
        (
            "the gradient of the square",
            "np.clip(e, -1, 1)",
            "e",
            "e, over N: the slope of the squared error",
        ),
        ("gradient not averaged", " / len(e)", "", "not-averaged"),
        ("the wrong way round", "np.clip(e, -1, 1)", "np.clip(-e, -1, 1)", "sign"),
        ("tests the error, not its size", "np.where(size <= 1", "np.where(e <= 1", None),
        ("the half forgotten beyond 1", "size - 0.5", "size", None),
        (
            "only the sign",
            "np.clip(e, -1, 1)",
            "np.sign(e)",
            "the sign of e, over N: the slope of the absolute error",
        ),
    ),
    *guesses(
        "kink-prediction",
        KINKS,
        ("the true slope", {"measured_slope": "1"}, None),
        ("half", {"measured_slope": "0.5"}, None),
        ("it arrives at zero", {"w_after_101_steps": "0"}, None),
        ("after an even number of steps", {"w_after_101_steps": "0.05"}, None),
        ("zero times anything is zero", {"masked_root": '"0"'}, None),
        ("the infinite slope comes through", {"masked_root": '"inf"'}, None),
        ("all of them learn", {"units_with_slope_0": "50"}, None),
    ),
    *edits(
        "row-norms-backward",
        NORMS,
        ("divides by zero", "np.where(r > 0, r, 1.0)", "r", "not-finite"),
        (
            "masks the result",
            "    return (dout / safe)[:, None] * x",
            "    return np.where(r > 0, 1.0, 0.0)[:, None] * (dout / r)[:, None] * x",
            "not-finite",
        ),
        ("forgot dout", "(dout / safe)", "(1 / safe)", "ignored-upstream"),
        ("did not divide", "(dout / safe)", "dout", "missing-factor"),
        ("divided by the square", "dout / safe", "dout / safe**2", "factor-at-hand"),
        ("a 2 that cancels", "(dout / safe)", "(2 * dout / safe)", "factor-2"),
        ("a little added", "np.where(r > 0, r, 1.0)", "r + 1e-3", "other-signal"),
    ),
    *edits(
        "train-deep",
        TRAIN,
        ("uphill", "W - rate", "W + rate", "a step uphill"),
        (
            "never clipped",
            "        dWs, _ = clip_by_norm(dWs, limit)\n",
            "",
            "a step downhill that is not clipped",
        ),
        ("forgot the rate", "rate * dW", "dW", "a clipped step without the rate"),
        (
            "in place",
            "Ws = [W - rate * dW for W, dW in zip(Ws, dWs)]",
            "for W, dW in zip(Ws, dWs):\n            W -= rate * dW",
            "changed",
        ),
        ("new weights lost", "Ws = [W - rate", "new = [W - rate", "no step"),
        (
            "the whole data in each step",
            "rng.integers(0, len(y), size=50)",
            "np.arange(len(y))",
            None,
        ),
        ("the last loss only", "return Ws, losses", "return Ws, losses[-1:]", None),
    ),
    Wrong("rescue-settings", "sigmoids", RESCUE.replace("tanh", "sigmoid"), None),
    Wrong("rescue-settings", "half of the weights", RESCUE.replace("gain=1.0", "gain=0.5"), None),
    Wrong("rescue-settings", "a creeping rate", RESCUE.replace("rate=0.1", "rate=0.001"), None),
    Wrong("rescue-settings", "a tiny limit", RESCUE.replace("limit=1.0", "limit=0.001"), None),
    Wrong("rescue-settings", "not among the activations", RESCUE.replace("tanh", "selu"), None),
    *guesses(
        "failures-prediction",
        FAILURES,
        (
            "dead for vanished",
            {"failure_of_A": '"vanishing"', "failure_of_C": '"dead units"'},
            None,
        ),
        ("slow for well", {"failure_of_B": '"small rate"', "failure_of_D": '"healthy"'}, None),
        (
            "exploding for saturated",
            {"failure_of_F": '"exploding"', "failure_of_E": '"saturated"'},
            None,
        ),
        ("the loss is to blame", {"failure_of_D": '"wrong loss"'}, None),
    ),
]
