"""Hand-ins for 07_normalisation_and_attention: what slips and gaps cost in later exercises.

ANSWERS   student -> {grade_id of a solution cell: the source of the whole cell}
EXPECTED  student -> automatic score, out of 67; cells that are not listed hold the right answers
MISTAKES  student -> the mistake that a report should name, "" where none is expected
SHORT     the students of the short class
"""

from texts import known, untouched, untouched_from
from wrong_answers.nb07 import edited

NORMS = "07_normalisation_and_attention"
SHORT = ("dmitri",)

ANSWERS: dict[str, dict[str, str]] = {
    "bao": known(
        NORMS,
        cross_entropy_backward="not divided by N",
        normalise_prediction="the direct path only",
    ),
    "carla": known(
        NORMS,
        attention="the root of d forgotten",
        projection_prediction="a shift comes through",
    ),
    # Has come to the end of the softmax loss, and has tried the embedding.
    "dmitri": untouched_from(NORMS, "normalise-prediction")
    | known(NORMS, embedding="each row number counts once"),
    # Forgets keepdims, so that rows raise, or are wrong where the batch is square.
    "esra": {
        "normalise-backward": edited(
            "normalise-backward",
            "",
            None,
            ("dxhat.mean(axis=axis, keepdims=True)", "dxhat.mean(axis=axis)"),
            ("(dxhat * xhat).mean(axis=axis, keepdims=True)", "(dxhat * xhat).mean(axis=axis)"),
        ).source
    },
    "femi": known(
        NORMS,
        normalise_atoms="one branch of xc",
        dropout="divided forwards only",
        attention_prediction="shares of the queries",
    ),
    # Never comes to the second row number, and to no net.
    "goran": {
        "embedding": """def embedding_backward(dout, cache):
    ids, V = cache
    dtable = np.zeros((V, dout.shape[-1]))
    numbers, rows = ids.ravel(), dout.reshape(-1, dout.shape[-1])
    i = 0
    while i < len(numbers):
        dtable[numbers[i]] += rows[i]
    return dtable
"""
    }
    | untouched(NORMS, "model"),
    # All right, and nothing as in the solution.
    "hana": {
        "cross-entropy-prediction": """p = np.array([1, 2, 5]) / 8
right = np.array([0, 1, 0])
predicted_dp = (-right / p).tolist()
predicted_dscores = (p - right).tolist()
predicted_dtop = 0.0
""",
        "cross-entropy-atoms": """def cross_entropy_atoms_backward(dout, cache):
    y, p, counts, inverse = (cache[name] for name in ("y", "p", "counts", "inverse"))
    right = np.eye(p.shape[1])[y]
    d = {"picked": -dout * np.ones(len(y)) / len(y)}
    d["logp"] = right * d["picked"][:, None]
    d["p"] = d["logp"] * (1 / p)
    d["inverse"] = np.einsum("nc,nc->n", d["p"], counts)[:, None]
    d["total"] = d["inverse"] * -(inverse**2)
    d["counts"] = d["p"] * inverse
    d["counts"] += d["total"]
    d["shifted"] = np.exp(cache["shifted"]) * d["counts"]
    d["top"] = np.sum(-d["shifted"], axis=1, keepdims=True)
    d["scores"] = d["shifted"].copy()
    d["scores"][np.arange(len(y)), cache["scores"].argmax(axis=1)] += d["top"][:, 0]
    return d
""",
        "softmax-backward": """def softmax_backward(dout, cache):
    p = cache
    jacobians = np.einsum("ni,ij->nij", p, np.eye(p.shape[1])) - p[:, :, None] * p[:, None, :]
    return (jacobians @ dout[:, :, None])[:, :, 0]
""",
        "cross-entropy-steps": """def cross_entropy_steps_backward(dout, cache):
    p, y = cache
    right = np.eye(p.shape[1])[y]
    return softmax_backward(right * (-dout / len(y)) / p, p)
""",
        "cross-entropy-backward": """def cross_entropy_backward(dout, cache):
    p, y = cache
    dscores = p.copy()
    for row, label in zip(dscores, y):
        row[label] -= 1
    return dscores * (dout / len(dscores))
""",
        "relative-gap": """def relative_gap(a, b):
    if np.shape(a) != np.shape(b):
        raise ValueError("two shapes")
    size = np.abs([a, b]).max()
    return float(np.abs(np.subtract(a, b)).max() / size) if size > 0 else 0.0
""",
        "normalise-prediction": """x = np.array([3.0, 7.0])
predicted_xhat = list((x - x.mean()) / x.std())
predicted_xhat_of_shifted = predicted_xhat
predicted_xhat_of_stretched = (-1, 1)
predicted_slope = 0.0
""",
        "normalise-atoms": """def normalise_atoms_backward(dxhat, cache):
    xc, inv = cache["xc"], cache["inv"]
    n = np.size(xc, cache["axis"])

    def total(a):
        return np.sum(a, axis=cache["axis"], keepdims=True)

    dinv = total(xc * dxhat)
    dstd = dinv * -(inv**2)
    dvar = dstd * 0.5 * (cache["var"] + EPS) ** -0.5
    dsq = np.repeat(dvar / n, n, axis=cache["axis"])
    dxc = 2 * dsq * xc
    dxc += inv * dxhat
    dmu = total(-dxc)
    dx = dxc + np.repeat(dmu, n, axis=cache["axis"]) / n
    return dict(x=dx, mu=dmu, xc=dxc, sq=dsq, var=dvar, std=dstd, inv=dinv)
""",
        "normalise-steps": """def normalise_steps_backward(dxhat, cache):
    x, mu, inv, xhat, axis = cache
    n = x.shape[axis]
    dvar = -0.5 * inv**2 * np.sum(dxhat * xhat, axis=axis, keepdims=True)
    dmu = -inv * np.sum(dxhat, axis=axis, keepdims=True)
    return (2 * dvar * (x - mu) + dmu) / n + inv * dxhat
""",
        "projection-prediction": """ones, stretch = np.ones(4), np.array([-1, -1, 1, 1])
predicted_dx_of_shift = 0 * ones
predicted_dx_of_stretch = 0 * stretch
predicted_dx_of_rest = np.array([1, -1, 1, -1]) / 2
predicted_dx_of_sum = list(predicted_dx_of_rest)
""",
        "normalise-backward": """def normalise_backward(dxhat, cache):
    _, _, inv, xhat, axis = cache
    n = xhat.shape[axis]
    shift = dxhat.sum(axis=axis, keepdims=True)
    stretch = (xhat * dxhat).sum(axis=axis, keepdims=True)
    return inv / n * (n * dxhat - shift - stretch * xhat)
""",
        "batch-norm": """def batchnorm_backward(dout, cache):
    xhat, gamma, inner = cache
    dx = normalise_backward(np.einsum("nd,d->nd", dout, gamma), inner)
    return dx, np.einsum("nd,nd->d", xhat, dout), np.ones(len(dout)) @ dout
""",
        "layer-norm-prediction": """N, D = 4, 6
mu_shape_batchnorm = [1, D]
mu_shape_layernorm = [N, 1]
rows_changed_batchnorm = float(N)
rows_changed_layernorm = 1.0
dgamma_axis_layernorm = 0
""",
        "layer-norm": """def layernorm_backward(dout, cache):
    return batchnorm_backward(dout, cache)  # only normalise_backward knows the axis
""",
        "dropout": """def dropout_forward(x, keep, rng):
    kept = rng.binomial(1, keep, size=x.shape)
    return np.where(kept == 1, x / keep, 0.0), {"kept": kept, "keep": keep}


def dropout_backward(dout, cache):
    return np.where(cache["kept"] == 1, dout / cache["keep"], 0.0)
""",
        "dropout-prediction": """mask = np.array([1, 0, 1, 1]) / 0.5
predicted_out = mask * [1, 2, 3, 4]
predicted_dx = mask * [10, 20, 30, 40]
predicted_mean_of_out_1 = 0.5 * 4 + 0.5 * 0
""",
        "embedding-prediction": """predicted_dtable = np.zeros((4, 2))
for row, dout in zip((2, 0, 2), ((1, 2), (3, 4), (5, 6))):
    predicted_dtable[row] += dout
""",
        "embedding": """def embedding_backward(dout, cache):
    ids, V = cache
    one_hot = np.eye(V)[ids.ravel()]
    return one_hot.T @ dout.reshape(len(one_hot), -1)
""",
        "attention-prediction": """T, S, M = 3, 5, 2
shape_of_A = (T, S)
shape_of_out = [T, M]
weight_of_equal_keys = 1 / S
slope_of_sure_row = 0.0
slope_by_q_of_equal_values = 0
""",
        "attention": """def attention_backward(dout, cache):
    q, k, v, A = cache
    dA = np.einsum("tm,sm->ts", dout, v)
    dS = A * (dA - np.einsum("ts,ts->t", A, dA)[:, None]) * q.shape[1] ** -0.5
    return np.einsum("ts,sd->td", dS, k), np.einsum("ts,td->sd", dS, q), (dout.T @ A).T
""",
        "head": """def head_backward(dout, cache):
    x, *matrices, inner = cache
    dx, grads = np.zeros_like(x), []
    for W, signal in zip(matrices, attention_backward(dout, inner)):
        dx += signal @ W.T
        grads.append(x.T @ signal)
    return [dx, *grads]
""",
        "model": """def model_loss(params, ids, y, keep, rng):
    left, right = ids.T
    e = params["table"][left] + params["table"][right]
    n, of_norm = layernorm_forward(e, params["gamma"], params["beta"])
    h, of_head = head_forward(n, *(params[name] for name in ("W_q", "W_k", "W_v")))
    m, of_dropout = dropout_forward(h, keep, rng)
    last = e[-1] + m[-1]
    loss, of_loss = cross_entropy_forward(last[None] @ params["W_o"], y)
    dscores = cross_entropy_backward(1.0, of_loss)[0]
    dr = np.zeros_like(e)
    dr[-1] = params["W_o"] @ dscores
    dn, dW_q, dW_k, dW_v = head_backward(dropout_backward(dr, of_dropout), of_head)
    de, dgamma, dbeta = layernorm_backward(dn, of_norm)
    dtable = np.zeros_like(params["table"])
    for rows in (left, right):
        np.add.at(dtable, rows, de + dr)
    grads = {"W_q": dW_q, "W_k": dW_k, "W_v": dW_v, "W_o": np.outer(last, dscores)}
    return loss, grads | {"table": dtable, "gamma": dgamma, "beta": dbeta}
""",
    },
}

# Of 67 points; what is lost, cell by cell.
EXPECTED: dict[str, float] = {
    # cross-entropy-backward and three-ways (the net has N = 1, which is right), a prediction.
    "bao": 67 - 2 * 3 / 4 - 3 * 2 / 6 - 2 / 4,
    # attention (right where S or d is 1), head (where T is 1), model (where T is 1), a prediction.
    "carla": 67 - 5 * 5 / 7 - 3 * 4 / 5 - 6 * 4 / 6 - 2 / 4,
    # Six cells, of three-ways the softmax loss, and the embedding of a single word.
    "dmitri": 2 + 5 + 3 + 2 + 2 + 2 + 3 * 2 / 6 + 2 * 1 / 5,
    # normalise-backward, layer-norm, three-ways, model: right along columns and for one row.
    "esra": 67 - 4 * 2 / 7 - 3 * 4 / 5 - 3 * 2 / 6 - 6 * 5 / 6,
    # normalise-atoms (mu's line is right at the mean, but the check looks beside it, too),
    # three-ways, dropout, attention-prediction, model (right with keep = 1).
    "femi": 67 - 5 * 10 / 18 - 3 * 4 / 6 - 3 * 4 / 8 - 2 / 5 - 6 * 4 / 6,
    "goran": 67 - 2 - 6,
    "hana": 67,
}

MISTAKES: dict[str, str] = {
    "bao": "not-averaged",
    "carla": "factor-root",
    "dmitri": "overwritten-terms",
    "esra": "",
    "femi": "missing-term",
    "goran": "",
    "hana": "",
}
