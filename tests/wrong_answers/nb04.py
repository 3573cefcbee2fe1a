"""Wrong answers to the exercises of 04_two_layer_net."""

from .table import Wrong

MATRIX = """def matrix_example(X, W_1, W_2):
    z_1 = X @ W_1
    h_1 = np.maximum(z_1, 0)
    y_hat = h_1 @ W_2
    L = {L}
    dy_hat = {dy_hat}
    dW_2 = {dW_2}
    dh_1 = dy_hat @ W_2.T
    dz_1 = {dz_1}
    dW_1 = X.T @ dz_1
    return L, dW_1, dW_2
"""
MATRIX_RIGHT = {
    "L": "np.sum(y_hat**2)",
    "dy_hat": "2 * y_hat",
    "dW_2": "h_1.T @ dy_hat",
    "dz_1": "dh_1 * (z_1 > 0)",
}
SOFTMAX = """def softmax_loss(scores, y):
    rows = np.arange(len(y))
    shifted = {shifted}
    log_p = shifted - np.log(np.exp(shifted).sum(axis={axis}, keepdims=True))
    loss = {loss}
    dscores = np.exp(log_p)
    {labels}
    dscores = {averaged}
    return loss, dscores
"""
SOFTMAX_RIGHT = {
    "shifted": "scores - scores.max(axis=1, keepdims=True)",
    "axis": "1",
    "loss": "-log_p[rows, y].mean()",
    "labels": "dscores[rows, y] -= 1",
    "averaged": "dscores / len(y)",
}
NET = """class TwoLayerNet:
    def __init__(self, D, H, C, scale, rng):
        self.params = {{
            "W1": scale * rng.normal(size=(D, H)),
            "b1": np.zeros(H),
            "W2": scale * rng.normal(size=(H, C)),
            "b2": np.zeros(C),
        }}

    def forward(self, X):
        z1 = X @ self.params["W1"] + self.params["b1"]
        h1 = {h1}
        scores = h1 @ self.params["W2"] + self.params["b2"]
        return scores, (z1, h1)

    def loss(self, X, y, reg):
        W1, W2 = self.params["W1"], self.params["W2"]
        scores, (z1, h1) = self.forward(X)
        loss, dscores = softmax_loss(scores, y)
        loss += {penalty}
        dh1 = {dh1}
        dz1 = {dz1}
        grads = {{
            "W1": {dW1},
            "b1": {db1},
            "W2": {dW2},
            "b2": dscores.sum(axis=0),
        }}
        return loss, grads

    def predict(self, X):
        scores, _ = self.forward(X)
        return np.argmax(scores, axis=1)
"""
NET_RIGHT = {
    "h1": "np.maximum(z1, 0)",
    "penalty": "0.5 * reg * (np.sum(W1**2) + np.sum(W2**2))",
    "dh1": "dscores @ W2.T",
    "dz1": "dh1 * (z1 > 0)",
    "dW1": "X.T @ dz1 + reg * W1",
    "db1": "dz1.sum(axis=0)",
    "dW2": "h1.T @ dscores + reg * W2",
}
TRAIN = """def train(net, X, y, *, rate, reg, batch, epochs, rng):
    losses = []
    {before}
    for _ in range(epochs):
        {order}
        for start in {starts}:
            rows = order[start : start + batch]
            loss, grads = net.loss(X[rows], y[rows], {reg})
            for name in {names}:
                net.params[name] = net.params[name] {sign} rate * grads[name]
            losses.append(loss)
    return losses
"""
TRAIN_RIGHT = {
    "before": "",
    "order": "order = rng.permutation(len(y))",
    "starts": "range(0, len(y), batch)",
    "reg": "reg",
    "names": "net.params",
    "sign": "-",
}


def matrix(**changed):
    """matrix_example, right but for what is changed."""
    return MATRIX.format(**MATRIX_RIGHT | changed)


def softmax(**changed):
    """softmax_loss, right but for what is changed."""
    return SOFTMAX.format(**SOFTMAX_RIGHT | changed)


def net(**changed):
    """TwoLayerNet, right but for what is changed."""
    return NET.format(**NET_RIGHT | changed)


def training(**changed):
    """train, right but for what is changed."""
    return TRAIN.format(**TRAIN_RIGHT | changed)


WRONG = [
    # 4.1 to 4.3: the menu
    Wrong(
        "matrix-shapes-prediction",
        "the shape of the transposed matrix",
        "shape_dy_hat = (5, 3)\nshape_dW_2 = (3, 11)\nshape_dz_1 = (5, 11)\nshape_dW_1 = (11, 7)",
        None,
    ),
    Wrong(
        "matrix-shapes-prediction",
        "one gradient for each example",
        "shape_dy_hat = (5, 3)\nshape_dW_2 = (5, 11, 3)\nshape_dz_1 = (5, 11)\n"
        "shape_dW_1 = (5, 7, 11)",
        None,
    ),
    Wrong(
        "matrix-shapes-prediction",
        "the error signal of z_1 with as many columns as the outputs",
        "shape_dy_hat = (5, 3)\nshape_dW_2 = (11, 3)\nshape_dz_1 = (5, 3)\nshape_dW_1 = (7, 11)",
        None,
    ),
    Wrong(
        "matrix-by-hand-prediction",
        "the 2 of the square forgotten",
        "hand_loss = 9\nhand_dW_2 = [[9], [0]]\nhand_dW_1 = [[3, 0], [6, 0]]",
        None,
    ),
    Wrong(
        "matrix-by-hand-prediction",
        "the unit that is off lets through",
        "hand_loss = 9\nhand_dW_2 = [[18], [0]]\nhand_dW_1 = [[6, 30], [12, 60]]",
        None,
    ),
    Wrong(
        "matrix-by-hand-prediction",
        "dW_2 from before the ReLU",
        "hand_loss = 9\nhand_dW_2 = [[18], [-18]]\nhand_dW_1 = [[6, 0], [12, 0]]",
        None,
    ),
    Wrong("matrix-example", "the 2 of the square forgotten", matrix(dy_hat="y_hat"), "factor-half"),
    Wrong(
        "matrix-example",
        "mask from the sign of the gradient",
        matrix(dz_1="dh_1 * (dh_1 > 0)"),
        "wrong-array",
    ),
    Wrong(
        "matrix-example",
        "dW_2 from before the ReLU",
        matrix(dW_2="z_1.T @ dy_hat"),
        "wrong-array",
    ),
    Wrong(
        "matrix-example", "the ReLU left out on the way back", matrix(dz_1="dh_1"), "mask-missing"
    ),
    Wrong(
        "matrix-example",
        "np.max for np.maximum",
        MATRIX.format(**MATRIX_RIGHT).replace("np.maximum", "np.max"),
        "shape",
    ),
    Wrong(
        "matrix-example",
        "the mean in the loss",
        matrix(L="np.mean(y_hat**2)"),
        "half of the sum of the squares, or their mean",
    ),
    # 4.4 to 4.6: the softmax loss
    Wrong(
        "equal-scores-prediction",
        "not divided by N",
        "equal_loss = np.log(4)\nequal_right = -3 / 4\nequal_other = 1 / 4\nequal_row_sum = 0",
        None,
    ),
    Wrong(
        "equal-scores-prediction",
        "log 10 for the natural logarithm",
        "equal_loss = np.log10(4)\nequal_right = -3 / 20\nequal_other = 1 / 20\nequal_row_sum = 0",
        None,
    ),
    Wrong(
        "equal-scores-prediction",
        "the loss of knowing nothing is 0",
        "equal_loss = 0\nequal_right = -3 / 20\nequal_other = 1 / 20\nequal_row_sum = 1",
        None,
    ),
    Wrong("softmax-loss", "no 1/N in the gradient", softmax(averaged="dscores"), "not-averaged"),
    Wrong(
        "softmax-loss",
        "the loss summed, too",
        softmax(averaged="dscores", loss="-log_p[rows, y].sum()"),
        "not-averaged",
    ),
    Wrong("softmax-loss", "no shift", softmax(shifted="scores"), "not-finite"),
    Wrong(
        "softmax-loss",
        "normalised over the whole batch",
        softmax(axis="None", shifted="scores - scores.max()"),
        "a softmax over the whole batch",
    ),
    Wrong(
        "softmax-loss",
        "1/N on the labels' term only",
        softmax(labels="dscores[rows, y] -= 1 / len(y)", averaged="dscores"),
        "averaging",
    ),
    Wrong(
        "softmax-loss",
        "1 subtracted from whole columns",
        softmax(labels="dscores[:, y] -= 1"),
        None,
    ),
    Wrong("softmax-loss", "1 added", softmax(labels="dscores[rows, y] += 1"), "inner-sign"),
    Wrong(
        "softmax-loss",
        "changes the scores in place",
        softmax(shifted="scores").replace(
            "    rows", "    scores -= scores.max(axis=1, keepdims=True)\n    rows", 1
        ),
        "input-changed",
    ),
    Wrong(
        "picture-prediction",
        "the largest score is the loudest",
        "quiet_row = 3\nloud_row = 4\ntorn_row = 0\neven_row = 3",
        None,
    ),
    Wrong(
        "picture-prediction",
        "sure and wrong taken for sure and right",
        "quiet_row = 1\nloud_row = 4\ntorn_row = 0\neven_row = 3",
        None,
    ),
    Wrong(
        "picture-prediction",
        "two large scores that are not alike",
        "quiet_row = 4\nloud_row = 1\ntorn_row = 5\neven_row = 3",
        None,
    ),
    # 4.7 to 4.9: the net and the ladder
    Wrong(
        "net-graph-prediction",
        "the penalty's branch forgotten",
        'readers_of_W1 = ("z1",)\nreaders_of_b1 = ("z1",)\n'
        'readers_of_h1 = ("s",)\nreaders_of_W2 = ("s",)',
        None,
    ),
    Wrong(
        "net-graph-prediction",
        "all that is downstream",
        'readers_of_W1 = ("z1", "h1", "s", "L", "R", "J")\n'
        'readers_of_b1 = ("z1", "h1", "s", "L", "J")\n'
        'readers_of_h1 = ("s", "L", "J")\nreaders_of_W2 = ("s", "L", "R", "J")',
        None,
    ),
    Wrong(
        "net-graph-prediction",
        "the bias penalised",
        'readers_of_W1 = ("z1", "R")\nreaders_of_b1 = ("z1", "R")\n'
        'readers_of_h1 = ("s",)\nreaders_of_W2 = ("s", "R")',
        None,
    ),
    Wrong("two-layer-net", "2 reg W", net(dW1="X.T @ dz1 + 2 * reg * W1"), "penalty-too-large"),
    Wrong(
        "two-layer-net",
        "the penalty on one layer only",
        net(dW2="h1.T @ dscores"),
        "penalty-too-small",
    ),
    Wrong(
        "two-layer-net",
        "the lost plus: multiplied",
        net(dW1="X.T @ dz1 * reg * W1"),
        "added-factor",
    ),
    Wrong(
        "two-layer-net",
        "the bias penalised",
        net(db1='dz1.sum(axis=0) + reg * self.params["b1"]'),
        "penalty-too-large",
    ),
    Wrong("two-layer-net", "the ReLU left out on the way back", net(dz1="dh1"), "mask-missing"),
    Wrong(
        "two-layer-net",
        "the penalty without its half",
        net(penalty="reg * (np.sum(W1**2) + np.sum(W2**2))"),
        "a penalty without its half, or without reg",
    ),
    Wrong(
        "two-layer-net",
        "sum(W.T @ W) in the penalty",
        net(penalty="0.5 * reg * (np.sum(W1.T @ W1) + np.sum(W2.T @ W2))"),
        "a penalty of matrix products, where entries should be squared",
    ),
    Wrong(
        "two-layer-net",
        "divided by N once more",
        net(dW1="X.T @ dz1 / len(y) + reg * W1", dW2="h1.T @ dscores / len(y) + reg * W2"),
        "one-term-scaled",
    ),
    Wrong(
        "two-layer-net",
        "dW2 from before the ReLU",
        net(dW2="z1.T @ dscores + reg * W2"),
        "mask-missing",
    ),
    Wrong(
        "two-layer-net",
        "db1 from the signal before the ReLU",
        net(db1="dh1.sum(axis=0)"),
        "mask-missing",
    ),
    Wrong(
        "ladder-prediction",
        "the half of the penalty forgotten",
        "start_loss = np.log(10)\npenalty_loss = 0.5\npenalty_dW1 = 0.1\npenalty_db1 = 0",
        None,
    ),
    Wrong(
        "ladder-prediction",
        "the biases penalised",
        "start_loss = np.log(10)\npenalty_loss = 0.25 + 0.05 * 6 * 49\n"
        "penalty_dW1 = 0.05\npenalty_db1 = 0.7",
        None,
    ),
    Wrong(
        "ladder-prediction",
        "one in ten is the probability, not the loss",
        "start_loss = 0.1\npenalty_loss = 0.25\npenalty_dW1 = 0.05\npenalty_db1 = 0",
        None,
    ),
    # 4.10 to 4.13: training
    Wrong("train", "uphill", training(sign="+"), "W1, b1, W2, b2"),
    Wrong("train", "the weights only", training(names='("W1", "W2")'), "b1, b2"),
    Wrong(
        "train",
        "one order for all epochs",
        training(before="order = rng.permutation(len(y))", order="pass"),
        "the same twice",
    ),
    Wrong(
        "train",
        "examples drawn with replacement",
        training(order="order = rng.integers(0, len(y), size=len(y))"),
        "not each example once",
    ),
    Wrong(
        "train",
        "the last, smaller batch left out",
        training(starts="range(0, len(y) - batch + 1, batch)"),
        None,
    ),
    Wrong("train", "reg not handed on", training(reg="0.0"), "W1, W2"),
    Wrong("overfit-settings", "creeps", "overfit_settings = dict(rate=0.001, epochs=400)", None),
    Wrong(
        "overfit-settings", "too few epochs", "overfit_settings = dict(rate=0.5, epochs=20)", None
    ),
    Wrong(
        "overfit-settings", "too long steps", "overfit_settings = dict(rate=50, epochs=400)", None
    ),
    Wrong(
        "digit-settings",
        "a rate that creeps",
        "digit_settings = dict(H=50, scale=0.2, rate=0.001, reg=1e-4, batch=100, epochs=10)",
        None,
    ),
    Wrong(
        "digit-settings",
        "weights of zero",
        "digit_settings = dict(H=50, scale=0.0, rate=0.5, reg=1e-4, batch=100, epochs=10)",
        None,
    ),
    Wrong(
        "digit-settings",
        "a strong penalty",
        "digit_settings = dict(H=50, scale=0.2, rate=0.5, reg=1.0, batch=100, epochs=10)",
        None,
    ),
    Wrong(
        "faults-prediction",
        "too long and too short steps exchanged",
        'fault_of_A = "strong penalty"\nfault_of_B = "shuffled labels"\nfault_of_C = "large rate"\n'
        'fault_of_D = "zero weights"\nfault_of_E = "small rate"\nfault_of_F = "wrong sign"',
        None,
    ),
    Wrong(
        "faults-prediction",
        "shuffled labels taken for few examples",
        'fault_of_A = "strong penalty"\nfault_of_B = "few examples"\nfault_of_C = "small rate"\n'
        'fault_of_D = "zero weights"\nfault_of_E = "large rate"\nfault_of_F = "wrong sign"',
        None,
    ),
    Wrong(
        "faults-prediction",
        "a penalty taken for zero weights",
        'fault_of_A = "zero weights"\nfault_of_B = "shuffled labels"\nfault_of_C = "small rate"\n'
        'fault_of_D = "strong penalty"\nfault_of_E = "large rate"\nfault_of_F = "wrong sign"',
        None,
    ),
]
