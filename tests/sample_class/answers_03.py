"""Wrong answers of a sample class to notebook 03: `ANSWERS`, `EXPECTED` and `MISTAKES`.

ANSWERS: student -> grade_id of a solution cell -> the text of the whole cell.  Every other cell of
the student holds the right answer.  EXPECTED: student -> automatic points, out of 42.
MISTAKES: student -> identifier of the mistake that a report names, "" where none is named.
"""

AFFINE = '''def affine_backward(dout, cache):
    """Backward pass of out = x @ W + b."""
    x, W, b = cache
    dx = {dx}
    dW = {dW}
    db = {db}
    return dx, dW, db
'''
RIGHT = {"dx": "dout @ W.T", "dW": "x.T @ dout", "db": "dout.sum(axis=0)"}

ANSWERS: dict[str, dict[str, str]] = {
    "bao": {"affine-backward": AFFINE.format(**RIGHT | {"dW": "dout.T @ x"})},
    "carla": {"affine-backward": AFFINE.format(**RIGHT | {"db": "dout"})},
    "goran": {
        "affine-backward": AFFINE.format(**RIGHT | {"db": "dout.sum(axis=0, keepdims=True)"})
    },
    "deniz": {
        "relu-backward": '''def relu_backward(dout, cache):
    """Backward pass of ReLU."""
    return dout * (dout > 0)
'''
    },
    "emeka": {
        "sigmoid-backward": '''def sigmoid_backward(dout, cache):
    """Backward pass of the sigmoid."""
    s = 1 / (1 + np.exp(-cache))
    return dout * s * (1 - s)
'''
    },
    "farah": {
        "tanh-backward": '''def tanh_backward(dout, cache):
    """Backward pass of tanh."""
    out = cache
    return 1 - out**2
'''
    },
    # The summed axes of size 1 are lost.
    "ines": {
        "unbroadcast": '''def unbroadcast(grad, shape):
    """Sum grad over every axis along which broadcasting has copied."""
    missing = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(missing)))
    return grad.sum(axis=tuple(i for i, size in enumerate(shape) if size == 1))
'''
    },
    "jonas": {
        "softmax-jacobian": '''def softmax_jacobian(z):
    """Return the Jacobian of softmax at z."""
    p = softmax(z)
    return np.diag(p * (1 - p))
''',
        "order-cost-prediction": """multiplications_from_left = 1_010_000
multiplications_from_right = 20_000
""",
    },
    "keiko": {
        "score-backward": '''def score_backward(dout, cache):
    """Backward pass of the score s = u . tanh(W @ x + b)."""
    W, x, u, h = cache
    delta = dout * u * (1 - h**2)
    return np.outer(x, delta), delta, W.T @ delta
'''
    },
    # Tried transposes until it ran: right unless W is square.
    "hana": {
        "affine-backward": AFFINE.format(
            **RIGHT | {"dx": "dout @ W if W.shape[0] == W.shape[1] else dout @ W.T"}
        )
    },
}

EXPECTED: dict[str, float] = {
    "bao": 42 - 5,
    "carla": 42 - 5,
    "goran": 42 - 5,
    "deniz": 42 - 2,
    "emeka": 42 - 2,
    "farah": 42 - 2,
    "ines": 42 - 3 * 8 / 12 - 2 * 4 / 6,  # multiply_backward calls the wrong unbroadcast
    "jonas": 42 - 3 - 1,
    "keiko": 42 - 4,
    "hana": 42 - 5 * 2 / 6,  # two of the six checks have a square W
}

MISTAKES: dict[str, str] = {
    "bao": "transpose",
    "carla": "not-summed",
    "goran": "right-values-wrong-shape",
    "deniz": "mask-from-gradient",
    "emeka": "derivative-of-activation",
    "farah": "ignored-upstream",
    "ines": "right-values-wrong-shape",
    "jonas": "diagonal-only",
    "keiko": "transpose",
    "hana": "factor-transposed",
}
