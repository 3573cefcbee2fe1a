"""Hand-ins for 04_two_layer_net: one mistake each, and three that are hard on a grader.

ANSWERS   student -> {grade_id of a solution cell: the source of the whole cell}
EXPECTED  student -> automatic score; cells that are not listed hold the right answers
MISTAKES  student -> the mistake that a report should name, "" where none is expected
"""

import json
from pathlib import Path

NOTEBOOK = Path(__file__).parents[2] / "solutions" / "04_two_layer_net" / "two_layer_net.ipynb"
RIGHT = {
    cell["id"]: "".join(cell["source"])
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    if cell["cell_type"] == "code"
}


def edited(grade_id: str, *edits: tuple[str, str]) -> dict[str, str]:
    """Return the right answer with each `(old, new)` made; every `old` must occur exactly once."""
    lines = RIGHT[grade_id].splitlines(keepends=True)
    source = "".join(
        line
        for line in lines
        if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    )
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(
                f"{grade_id}: expected {old!r} once, found it {source.count(old)} times"
            )
        source = source.replace(old, new)
    return {grade_id: source}


ANSWERS: dict[str, dict[str, str]] = {
    # The mean is in the loss, the sum in the gradient.
    "bao": edited("softmax-loss", ("    dscores /= len(y)\n", "")),
    # No shift: right for small scores, NaN for large ones.
    "carla": edited("softmax-loss", ("scores - scores.max(axis=1, keepdims=True)", "scores")),
    # Labels counted from 1, in the gradient only.
    "dmitri": edited("softmax-loss", ("dscores[rows, y] -= 1", "dscores[rows, y - 1] -= 1")),
    # The gradient of reg * W**2, where the loss has half of that.
    "esra": edited(
        "two-layer-net",
        ("X.T @ dz1 + reg * W1", "X.T @ dz1 + 2 * reg * W1"),
        ("h1.T @ dscores + reg * W2", "h1.T @ dscores + 2 * reg * W2"),
    ),
    # The penalty is in the loss and not in the gradients.
    "femi": edited(
        "two-layer-net",
        ("X.T @ dz1 + reg * W1", "X.T @ dz1"),
        ("h1.T @ dscores + reg * W2", "h1.T @ dscores"),
    ),
    # Loss and gradients agree with each other, but penalise W**2 instead of W**2 / 2.
    "greta": edited(
        "two-layer-net",
        ("loss += 0.5 * reg * ", "loss += reg * "),
        ("X.T @ dz1 + reg * W1", "X.T @ dz1 + 2 * reg * W1"),
        ("h1.T @ dscores + reg * W2", "h1.T @ dscores + 2 * reg * W2"),
    ),
    # The biases are penalised too, in the loss and in the gradients.
    "hugo": edited(
        "two-layer-net",
        ("(np.sum(W1**2) + np.sum(W2**2))", "sum(np.sum(p**2) for p in self.params.values())"),
        ("dz1.sum(axis=0)", 'dz1.sum(axis=0) + reg * self.params["b1"]'),
        ("dscores.sum(axis=0)", 'dscores.sum(axis=0) + reg * self.params["b2"]'),
    ),
    # The ReLU is forgotten on the way back.
    "ines": edited("two-layer-net", ("dz1 = dh1 * (z1 > 0)", "dz1 = dh1")),
    # The mask is taken from the error signal.
    "jonas": edited("matrix-example", ("dh_1 * (z_1 > 0)", "np.maximum(dh_1, 0)")),
    # dW_2 from what went into the ReLU instead of what came out.
    "kofi": edited("matrix-example", ("h_1.T @ dy_hat", "z_1.T @ dy_hat")),
    # Each parameter is moved before the gradient of the next one is asked for.
    "lena": edited(
        "train",
        (
            "                net.params[name] = ",
            "                grads = net.loss(X[rows], y[rows], reg)[1]\n"
            "                net.params[name] = ",
        ),
    ),
    # A colon is missing, so the cell defines nothing.
    "mei": edited("train", ("range(epochs):", "range(epochs)")),
    # Never comes back.
    "nils": edited(
        "matrix-example", ("    dy_hat = 2 * y_hat\n", "    while True:\n        pass\n")
    ),
    # Right, and noisy on stderr: a warning of its own, and a log of 0 that is thrown away.
    "oya": edited(
        "softmax-loss",
        ("def softmax_loss", "import warnings\n\n\ndef softmax_loss"),
        (
            "    rows = np.arange(len(y))\n",
            '    warnings.warn("remember to shift the scores")\n'
            "    np.log(np.zeros(2))\n    rows = np.arange(len(y))\n",
        ),
    ),
}

# Of 40 points; what is lost, cell by cell.
EXPECTED: dict[str, float] = {
    "bao": 40
    - 6 * 4 / 13
    - 6 * 3 / 13
    - 2
    - 3,  # softmax-loss, two-layer-net, overfit-settings, digit-settings
    "carla": 40 - 6 * 3 / 13,
    "dmitri": 40 - 6 * 5 / 13 - 6 * 5 / 13 - 2 - 3,  # the same four cells
    "esra": 40 - 6 * 3 / 13,
    "femi": 40 - 6 * 3 / 13,
    "greta": 40 - 6 * 8 / 13,
    "hugo": 40 - 6 * 8 / 13,
    "ines": 40 - 6 * 5 / 13,
    "jonas": 40 - 4 * 4 / 9,
    "kofi": 40 - 4 * 4 / 9,
    "lena": 40 - 1.0,
    "mei": 40 - 3 - 2 - 3,  # train, overfit-settings, digit-settings
    "nils": 40 - 4,
    "oya": 40,
}

MISTAKES: dict[str, str] = {
    "bao": "not-averaged",
    "carla": "not-finite",
    "dmitri": "wrong-index",
    "esra": "penalty-too-large",
    "femi": "penalty-too-small",
    "greta": "penalty-too-large",
    "hugo": "penalty-too-large",
    "ines": "mask-missing",
    "jonas": "wrong-array",
    "kofi": "wrong-array",
    "lena": "",
    "mei": "",
    "nils": "",
    "oya": "",
}
