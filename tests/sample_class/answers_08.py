"""Hand-ins for 08_when_gradients_fail: slips beside which a net still trains, and others.

ANSWERS   student -> {grade_id of a solution cell: the source of the whole cell}
EXPECTED  student -> automatic score, out of 57; cells that are not listed hold the right answers
MISTAKES  student -> the mistake that a report should name, "" where none is expected
SHORT     the students of the short class
"""

from texts import known, untouched_from

DEEP = "08_when_gradients_fail"
SHORT = ("dmitri",)

ANSWERS: dict[str, dict[str, str]] = {
    "bao": known(
        DEEP,
        recurrence_prediction="one use of the weight",
        recurrent_backward="W not transposed",
        huber_loss="gradient not averaged",
    ),
    "carla": known(DEEP, signal_sizes="the norm", initial_weights="the variance"),
    # Has come as far as Exercise 8.7.
    "dmitri": known(DEEP, logistic_loss="by way of p")
    | untouched_from(DEEP, "dead-unit-prediction"),
    "esra": known(
        DEEP,
        leaky_relu_backward="no leak",
        clip_by_norm="in place",
        kink_prediction="half",
        failures_prediction="dead for vanished",
    ),
    # The lengths do not fit the rows, which raises but for square x, and each step goes uphill.
    "femi": {
        "row-norms-backward": """def row_norms_backward(dout, cache):
    x, r = cache
    return dout / np.where(r > 0, r, 1.0) * x
"""
    }
    | known(
        DEEP,
        saturation_prediction="forgot the slope of the sigmoid",
        train_deep="uphill",
    ),
    # Stays at the first row that is all zeros.
    "goran": {
        "row-norms-backward": """def row_norms_backward(dout, cache):
    x, r = cache
    dx = np.zeros_like(x)
    i = 0
    while i < len(x):
        if r[i] == 0:
            continue
        dx[i] = dout[i] / r[i] * x[i]
        i += 1
    return dx
"""
    },
    # All right, and nothing as in the solution.
    "hana": {
        "chain-prediction": """steepest_sigmoid = 0.5 * (1 - 0.5)
most_after_ten = 2.0**-20
linear_after_twenty = (3 / 2) ** 20
weight_to_hold = 1 / steepest_sigmoid
""",
        "deep-backward": """def deep_backward(dout, cache):
    Ws, hs, zs, activation = cache
    dzs = [dout for _ in Ws]
    for l in range(len(Ws) - 2, -1, -1):
        dzs[l] = slope(activation, zs[l]) * np.dot(Ws[l + 1], dzs[l + 1].T).T
    return [(dz.T @ h).T for h, dz in zip(hs, dzs)], dzs
""",
        "signal-sizes": """def signal_sizes(dzs):
    sizes = np.empty(len(dzs))
    for l, dz in enumerate(dzs):
        sizes[l] = np.linalg.norm(dz) / dz.size**0.5
    return sizes
""",
        "layer-factor-prediction": """linear_small = 0.01 * 100**0.5
linear_large = 0.3 * 100**0.5
layers_to_a_millionth = round(np.log(1e-6) / np.log(linear_small))
relu_standard_deviation = 200**-0.5 * 2**0.5
""",
        "initial-weights": """def initial_weights(sizes, activation, rng, gain=1.0):
    Ws = []
    for l in range(len(sizes) - 1):
        spread = (sizes[l] / 2) ** -0.5 if activation == "relu" else sizes[l] ** -0.5
        Ws.append(rng.normal(0.0, gain * spread, size=(sizes[l], sizes[l + 1])))
    return Ws
""",
        "saturation-prediction": """def by_z(p):
    return p**2 - p**3, p


squared_undecided, entropy_undecided = by_z(0.5)
squared_sure, entropy_sure = by_z(0.99)
""",
        "logistic-loss": """def logistic_loss(z, t):
    small = np.exp(-np.abs(z))
    p = np.where(z < 0, small, 1.0) / (1 + small)
    signed = np.where(t == 1, -z, z)
    return np.logaddexp(0.0, signed).sum() / len(z), p / len(z) - t / len(z)
""",
        "dead-unit-prediction": """largest_z = -1.0
slope_by_b = 0.0
b_after_a_thousand_steps = -6 - 1000 * 0.1 * slope_by_b
row_that_wakes_first = 3
""",
        "dead-units": """def dead_units(Z):
    return np.max(Z, axis=0) <= 0
""",
        "leaky-relu-backward": """def leaky_relu_backward(dout, cache):
    x, a = cache
    dx = dout.copy()
    dx[x <= 0] *= a
    return dx
""",
        "recurrence-prediction": """by_start_large = np.prod(np.full(100, 1.1))
by_start_small = np.prod(np.full(100, 0.9))
gradients_that_add = 50
by_weight = sum(2 for _ in range(gradients_that_add))
""",
        "recurrent-backward": """def recurrent_backward(dout, cache):
    W, hs = cache
    dh, signals = dout, []
    for h in hs[:0:-1]:
        signals.append(dh - dh * h * h)
        dh = signals[-1] @ W.T
    dX = np.array(signals[::-1])
    return [dh, hs[:-1].T @ dX, dX]
""",
        "clip-prediction": """clipped_by_norm = np.array([6, 8]) * 5 / 10
clipped_by_entry = np.minimum([6, 8], 5)
ratio_by_entry = min(100, 1) / min(1, 1)
joint_norm = np.linalg.norm([2, 4, 4])
""",
        "clip-by-norm": """def clip_by_norm(grads, limit):
    norm = np.linalg.norm(np.concatenate([np.ravel(grad) for grad in grads]))
    if norm <= limit:
        return [grad.copy() for grad in grads], norm
    return [grad / (norm / limit) for grad in grads], norm
""",
        "cut-loss-prediction": """cut_near, cut_far = 1 / 2, 0.0
huber_far, huber_far_below = np.sign([100, -3])
""",
        "huber-loss": """def huber_loss(y_hat, t):
    e = y_hat - t
    inside = np.minimum(np.abs(e), 1.0)
    loss = np.mean(inside * (np.abs(e) - inside / 2))
    return loss, np.sign(e) * inside / len(e)
""",
        "kink-prediction": """measured_slope = 13 / 20
w_after_101_steps = 0.05 - 0.1
masked_root = "nan"
units_with_slope_0, units_with_slope_1 = 0, 50.0
""",
        "row-norms-backward": """def row_norms_backward(dout, cache):
    x, r = cache
    lengths = r[:, None]
    directions = np.divide(x, lengths, out=np.zeros(x.shape), where=lengths > 0)
    return dout[:, None] * directions
""",
        "train-deep": """def train_deep(Ws, X, y, activation, rng, *, rate, limit, steps):
    weights, losses = [W.copy() for W in Ws], []
    while len(losses) < steps:
        rows = rng.integers(0, len(y), size=50)
        scores, cache = deep_forward(X[rows], weights, activation)
        loss, dscores = softmax_loss(scores, y[rows])
        grads = clip_by_norm(deep_backward(dscores, cache)[0], limit)[0]
        for W, dW in zip(weights, grads):
            W -= rate * dW
        losses.append(loss)
    return weights, losses
""",
        "rescue-settings": """rescue_settings = {"activation": "tanh", "gain": 1.2}
rescue_settings |= {"rate": 0.05, "limit": 2.0}
""",
        "failures-prediction": """(
    failure_of_A,
    failure_of_B,
    failure_of_C,
    failure_of_D,
    failure_of_E,
    failure_of_F,
) = "dead units, healthy, vanishing, small rate, exploding, saturated".split(", ")
""",
    },
}

# Of 57 points; what is lost, cell by cell.
EXPECTED: dict[str, float] = {
    # recurrence-prediction, recurrent-backward (right where H is 1), huber-loss (where N is 1).
    "bao": 57 - 2 / 4 - 5 * 5 / 7 - 3 * 4 / 10,
    # signal-sizes, initial-weights (right for 1 and for 2 inputs), and a net that is not rescued.
    "carla": 57 - 2 * 4 / 5 - 3 * 7 / 10 - 3,
    # Seven cells, of which logistic-loss overflows twice.
    "dmitri": 2 + 5 + 2 + 2 + 3 + 2 + 4 - 4 * 2 / 14,
    # leaky-relu-backward (right for a = 0), clip-by-norm, kink-prediction, failures-prediction.
    "esra": 57 - 2 * 4 / 5 - 3 / 22 - 2 / 5 - 3 * 2 / 6,
    # row-norms-backward (right for one row and for zeros that fit), a prediction, train, rescue.
    "femi": 57 - 3 * 5 / 8 - 2 * 2 / 4 - 3 * 6 / 9 - 3,
    "goran": 57 - 3,
    "hana": 57,
}

MISTAKES: dict[str, str] = {
    "bao": "transposed-factor",
    "carla": "factor",
    "dmitri": "not-finite",
    "esra": "unreached",
    "femi": "",
    "goran": "",
    "hana": "",
}
