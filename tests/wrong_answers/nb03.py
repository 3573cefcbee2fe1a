"""Wrong answers to the exercises of 03_jacobians_and_shapes."""

from .table import Wrong

AFFINE = """def affine_backward(dout, cache):
    x, W, b = cache
    dx = {dx}
    dW = {dW}
    db = {db}
    return dx, dW, db
"""
RIGHT = {"dx": "dout @ W.T", "dW": "x.T @ dout", "db": "dout.sum(axis=0)"}
SCORE = """def score_backward(dout, cache):
    W, x, u, h = cache
    delta = {delta}
    return {dW}, {db}, {dx}
"""
SCORE_RIGHT = {
    "delta": "dout * u * (1 - h**2)",
    "dW": "np.outer(delta, x)",
    "db": "delta",
    "dx": "W.T @ delta",
}


def affine(**changed):
    """affine_backward, right but for what is changed."""
    return AFFINE.format(**RIGHT | changed)


def score(**changed):
    """score_backward, right but for what is changed."""
    return SCORE.format(**SCORE_RIGHT | changed)


WRONG = [
    # 3.1 to 3.5: tables of slopes
    Wrong(
        "small-jacobian-prediction",
        "rows and columns exchanged",
        "predicted_jacobian = [[-1, 1], [2, 0], [0, 3]]",
        None,
    ),
    Wrong(
        "small-jacobian-prediction",
        "x0 and x1 not switched",
        "predicted_jacobian = [[2, -1, 0], [1, 0, 3]]",
        None,
    ),
    Wrong(
        "small-jacobian-prediction",
        "values in the place of slopes",
        "predicted_jacobian = [[-2, -2, 0], [2, 0, 15]]",
        None,
    ),
    Wrong(
        "jacobian-shapes-prediction",
        "the input's shape first",
        "shape_dL_dx = (7,)\nshape_dz_dx = (7, 5)\nshape_dL_dW = (5, 7)\nshape_dz_dW = (5, 7, 5)",
        None,
    ),
    Wrong(
        "jacobian-shapes-prediction",
        "the gradient of a number is a number",
        "shape_dL_dx = ()\nshape_dz_dx = (5, 7)\nshape_dL_dW = ()\nshape_dz_dW = (5, 5, 7)",
        None,
    ),
    Wrong(
        "jacobian-shapes-prediction",
        "the shape rule of losses for a vector by a matrix",
        "shape_dL_dx = (7,)\nshape_dz_dx = (5, 7)\nshape_dL_dW = (5, 7)\nshape_dz_dW = (5, 7)",
        None,
    ),
    Wrong(
        "numerical-jacobian",
        "inputs as rows",
        """def numerical_jacobian(f, x):
    h = 1e-5
    jacobian = np.zeros(x.shape + np.shape(f(x)))
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        jacobian[index] = (f(up) - f(down)) / (2 * h)
    return jacobian
""",
        "transpose",
    ),
    Wrong(
        "numerical-jacobian",
        "divided by h",
        """def numerical_jacobian(f, x):
    h = 1e-5
    jacobian = np.zeros(np.shape(f(x)) + x.shape)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        jacobian[(..., *index)] = (f(up) - f(down)) / h
    return jacobian
""",
        "factor",
    ),
    Wrong(
        "numerical-jacobian",
        "the step not taken back",
        """def numerical_jacobian(f, x):
    h = 1e-5
    jacobian = np.zeros(np.shape(f(x)) + x.shape)
    for index in np.ndindex(x.shape):
        before = f(x)
        x[index] += h
        jacobian[(..., *index)] = (f(x) - before) / h
    return jacobian
""",
        "approximate",
    ),
    Wrong(
        "numerical-jacobian",
        "vectors only",
        """def numerical_jacobian(f, x):
    h = 1e-5
    columns = []
    for j in range(len(x)):
        step = np.zeros_like(x)
        step[j] = h
        columns.append((f(x + step) - f(x - step)) / (2 * h))
    return np.stack(columns, axis=-1)
""",
        None,
    ),
    Wrong(
        "chained-jacobian",
        "the order in which the functions run",
        """def chained_jacobian(g, f, x):
    return numerical_jacobian(f, x) @ numerical_jacobian(g, f(x))
""",
        "the two Jacobians in the other order",
    ),
    Wrong(
        "chained-jacobian",
        "g's slope at x",
        """def chained_jacobian(g, f, x):
    return numerical_jacobian(g, x) @ numerical_jacobian(f, x)
""",
        "the outer Jacobian taken at x, times the inner one",
    ),
    Wrong(
        "chained-jacobian",
        "entry by entry",
        """def chained_jacobian(g, f, x):
    return numerical_jacobian(g, f(x)) * numerical_jacobian(f, x)
""",
        "a product entry by entry",
    ),
    Wrong(
        "order-cost-prediction",
        "the same from both ends",
        "multiplications_from_left = 1_010_000\nmultiplications_from_right = 1_010_000",
        None,
    ),
    Wrong(
        "order-cost-prediction",
        "left and right exchanged",
        "multiplications_from_left = 1_010_000\nmultiplications_from_right = 20_000",
        None,
    ),
    Wrong(
        "order-cost-prediction",
        "entries of the results counted",
        "multiplications_from_left = 200\nmultiplications_from_right = 10_100",
        None,
    ),
    # 3.6 to 3.8: three Jacobians
    Wrong(
        "affine-jacobian-prediction",
        "transposed",
        "predicted_dz_dx = [[1, 0], [2, -1], [0, 3]]\npredicted_dz_db = [[1, 0], [0, 1]]",
        None,
    ),
    Wrong(
        "affine-jacobian-prediction",
        "each slope times its input",
        "predicted_dz_dx = [[7, 16, 0], [0, -8, 27]]\npredicted_dz_db = [[4, 0], [0, 5]]",
        None,
    ),
    Wrong(
        "affine-jacobian-prediction",
        "every bias moves every output",
        "predicted_dz_dx = [[1, 2, 0], [0, -1, 3]]\npredicted_dz_db = [[1, 1], [1, 1]]",
        None,
    ),
    Wrong(
        "sigmoid-jacobian",
        "the diagonal alone, as a vector",
        "def sigmoid_jacobian(z):\n    s = sigmoid(z)\n    return s * (1 - s)\n",
        "shape",
    ),
    Wrong(
        "sigmoid-jacobian",
        "the sigmoid, not its slope",
        "def sigmoid_jacobian(z):\n    return np.diag(sigmoid(z))\n",
        "missing-factor",
    ),
    Wrong(
        "sigmoid-jacobian",
        "in every column",
        "def sigmoid_jacobian(z):\n"
        "    s = sigmoid(z)\n"
        "    return np.tile(s * (1 - s), (len(z), 1))\n",
        None,
    ),
    Wrong(
        "sigmoid-jacobian",
        "sigmoid applied twice",
        "def sigmoid_jacobian(z):\n    s = sigmoid(sigmoid(z))\n    return np.diag(s * (1 - s))\n",
        None,
    ),
    Wrong(
        "softmax-jacobian",
        "the diagonal alone",
        "def softmax_jacobian(z):\n    p = softmax(z)\n    return np.diag(p * (1 - p))\n",
        "diagonal-only",
    ),
    Wrong(
        "softmax-jacobian",
        "the sign of the products",
        "def softmax_jacobian(z):\n    p = softmax(z)\n    return np.diag(p) + np.outer(p, p)\n",
        "inner-sign",
    ),
    Wrong(
        "softmax-jacobian",
        "p @ p in the place of the outer product",
        "def softmax_jacobian(z):\n    p = softmax(z)\n    return np.diag(p) - p @ p\n",
        None,
    ),
    Wrong(
        "softmax-jacobian",
        "columns by p_i alone",
        "def softmax_jacobian(z):\n    p = softmax(z)\n    return np.diag(p) - p[:, None]\n",
        None,
    ),
    # 3.9 to 3.11: activations
    Wrong(
        "relu-backward",
        "mask from the sign of the gradient",
        "def relu_backward(dout, cache):\n    return dout * (dout > 0)\n",
        "mask-from-gradient",
    ),
    Wrong(
        "relu-backward",
        "the mask as the answer",
        "def relu_backward(dout, cache):\n    return cache > 0\n",
        "boolean",
    ),
    Wrong(
        "relu-backward",
        "ReLU of the gradient, where it is open",
        "def relu_backward(dout, cache):\n    return np.maximum(dout, 0)\n",
        "mask-from-gradient",
    ),
    Wrong(
        "relu-backward",
        "in place",
        "def relu_backward(dout, cache):\n    dout[cache <= 0] = 0\n    return dout\n",
        "dout-changed",
    ),
    Wrong(
        "relu-backward",
        "inverted",
        "def relu_backward(dout, cache):\n    return dout * (cache < 0)\n",
        "mask-inverted",
    ),
    Wrong(
        "sigmoid-backward",
        "sigmoid applied twice",
        "def sigmoid_backward(dout, cache):\n"
        "    s = 1 / (1 + np.exp(-cache))\n"
        "    return dout * s * (1 - s)\n",
        "derivative-of-activation",
    ),
    Wrong(
        "sigmoid-backward",
        "dout forgotten",
        "def sigmoid_backward(dout, cache):\n    return cache * (1 - cache)\n",
        "ignored-upstream",
    ),
    Wrong(
        "sigmoid-backward",
        "the slope of tanh",
        "def sigmoid_backward(dout, cache):\n    return dout * (1 - cache**2)\n",
        "sigmoid-for-tanh",
    ),
    Wrong(
        "tanh-backward",
        "the slope of the sigmoid",
        "def tanh_backward(dout, cache):\n    return dout * cache * (1 - cache)\n",
        "sigmoid-for-tanh",
    ),
    Wrong(
        "tanh-backward",
        "tanh applied twice",
        "def tanh_backward(dout, cache):\n    return dout * (1 - np.tanh(cache) ** 2)\n",
        "derivative-of-activation",
    ),
    Wrong(
        "tanh-backward",
        "not squared",
        "def tanh_backward(dout, cache):\n    return dout * (1 - cache)\n",
        "local-slope",
    ),
    Wrong(
        "tanh-backward",
        "dout added",
        "def tanh_backward(dout, cache):\n    return dout + (1 - cache**2)\n",
        "added-upstream",
    ),
    # 3.12 to 3.14: one weight, and a score
    Wrong(
        "one-weight-prediction",
        "the input of the row, not of the column",
        "predicted_dz0_dW01 = 5\npredicted_dz1_dW01 = 0\npredicted_dz1_dW12 = 7",
        None,
    ),
    Wrong(
        "one-weight-prediction",
        "every weight moves every output",
        "predicted_dz0_dW01 = 7\npredicted_dz1_dW01 = 7\npredicted_dz1_dW12 = -2",
        None,
    ),
    Wrong(
        "one-weight-prediction",
        "counted from 1",
        "predicted_dz0_dW01 = 5\npredicted_dz1_dW01 = 5\npredicted_dz1_dW12 = 7",
        None,
    ),
    Wrong(
        "weight-jacobian",
        "x in every row",
        """def weight_jacobian(W, b, x):
    m, n = W.shape
    return np.broadcast_to(x, (m, m, n)).copy()
""",
        "x_j for every k and i",
    ),
    Wrong(
        "weight-jacobian",
        "(m, n): what is not zero",
        "def weight_jacobian(W, b, x):\n    return np.tile(x, (len(W), 1))\n",
        "what is not zero, as a matrix (m, n)",
    ),
    Wrong(
        "weight-jacobian",
        "the Jacobian by x",
        """def weight_jacobian(W, b, x):
    m, n = W.shape
    jacobian = np.zeros((m, m, n))
    for i in range(m):
        jacobian[i, i, :] = W[i]
    return jacobian
""",
        "the weights in the place of the inputs",
    ),
    Wrong(
        "weight-jacobian",
        "the first diagonal entry only",
        """def weight_jacobian(W, b, x):
    m, n = W.shape
    jacobian = np.zeros((m, m, n))
    jacobian[0, 0, :] = x
    return jacobian
""",
        "x_j where k = 0 and i = 0 only",
    ),
    Wrong(
        "score-backward", "dout not handed down", score(delta="u * (1 - h**2)"), "ignored-upstream"
    ),
    Wrong(
        "score-backward", "the slope of tanh forgotten", score(delta="dout * u"), "missing-factor"
    ),
    Wrong(
        "score-backward",
        "the outer product turned over",
        score(dW="np.outer(x, delta)"),
        "transpose",
    ),
    Wrong(
        "score-backward",
        "W not transposed",
        score(dx="W @ delta"),
        None,
    ),
    Wrong(
        "score-backward",
        "u in the place of delta for x",
        score(dx="W.T @ (dout * u)"),
        "missing-factor",
    ),
    Wrong(
        "score-backward",
        "tanh applied twice",
        score(delta="dout * u * (1 - np.tanh(h)**2)"),
        "factor-by-slice",
    ),
    # 3.15 to 3.17: balancing, and the affine layer
    Wrong(
        "balancing-prediction",
        "every product can be computed",
        'can_be_computed = "ABCD"\nhas_the_shape_of_x = "B"',
        None,
    ),
    Wrong(
        "balancing-prediction",
        "the turned one as well",
        'can_be_computed = "BC"\nhas_the_shape_of_x = "BC"',
        None,
    ),
    Wrong(
        "balancing-prediction",
        "the product of the forward pass",
        'can_be_computed = "A"\nhas_the_shape_of_x = "A"',
        None,
    ),
    Wrong(
        "square-prediction",
        "without the transpose",
        "how_many_fit = 2\nslopes_by_hand = [1, 2]",
        None,
    ),
    Wrong(
        "square-prediction", "one fits as before", "how_many_fit = 1\nslopes_by_hand = [1, 0]", None
    ),
    Wrong("square-prediction", "all four fit", "how_many_fit = 4\nslopes_by_hand = [1, 0]", None),
    Wrong("affine-backward", "dW transposed", affine(dW="dout.T @ x"), "transpose"),
    Wrong(
        "affine-backward",
        "d @ W, where it runs",
        affine(dx="dout @ W if W.shape[0] == W.shape[1] else dout @ W.T"),
        "factor-transposed",
    ),
    Wrong("affine-backward", "db not summed", affine(db="dout"), "not-summed"),
    Wrong("affine-backward", "db over the wrong axis", affine(db="dout.sum(axis=1)"), "wrong-axis"),
    Wrong("affine-backward", "db averaged", affine(db="dout.mean(axis=0)"), "averaged"),
    Wrong(
        "affine-backward",
        "db of shape (1, M)",
        affine(db="dout.sum(axis=0, keepdims=True)"),
        "right-values-wrong-shape",
    ),
    Wrong("affine-backward", "db one number", affine(db="dout.sum()"), "summed-to-scalar"),
    Wrong(
        "affine-backward",
        "the gradients in another order",
        AFFINE.format(**RIGHT).replace("return dx, dW, db", "return dW, dx, db"),
        "wrong-order",
    ),
    Wrong(
        "affine-backward", "averaged over the batch", affine(dW="x.T @ dout / len(x)"), "averaged"
    ),
    # 3.18 to 3.20: broadcasting, and memory
    Wrong(
        "unbroadcast",
        "missing axes only",
        """def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad
""",
        "not-summed",
    ),
    Wrong(
        "unbroadcast",
        "axes of size 1 lost",
        """def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in reversed(list(enumerate(shape))):
        if size == 1:
            grad = grad.sum(axis=axis)
    return grad
""",
        "right-values-wrong-shape",
    ),
    Wrong(
        "unbroadcast",
        "averaged",
        """def unbroadcast(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.mean(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad
""",
        "averaged",
    ),
    Wrong(
        "unbroadcast",
        "always over axis 0",
        "def unbroadcast(grad, shape):\n    return grad.sum(axis=0)\n",
        "wrong-axis",
    ),
    Wrong(
        "multiply-backward",
        "not summed over the copies",
        """def multiply_backward(dout, cache):
    a, b = cache
    return dout * b, dout * a
""",
        "not-summed",
    ),
    Wrong(
        "multiply-backward",
        "not switched",
        """def multiply_backward(dout, cache):
    a, b = cache
    return unbroadcast(dout * a, a.shape), unbroadcast(dout * b, b.shape)
""",
        "local-slope",
    ),
    Wrong(
        "multiply-backward",
        "summed before it is multiplied",
        """def multiply_backward(dout, cache):
    a, b = cache
    return unbroadcast(dout, a.shape) * b, unbroadcast(dout, b.shape) * a
""",
        "shape",
    ),
    Wrong(
        "multiply-backward",
        "dout forgotten",
        """def multiply_backward(dout, cache):
    a, b = cache
    ones = np.ones_like(dout)
    return unbroadcast(ones * b, a.shape), unbroadcast(ones * a, b.shape)
""",
        "ignored-upstream",
    ),
    Wrong(
        "bytes-prediction",
        "numbers, not bytes",
        "bytes_of_jacobian = 512 * 512 * 512\nbytes_of_gradient = 512 * 512",
        None,
    ),
    Wrong(
        "bytes-prediction",
        "the Jacobian by x",
        "bytes_of_jacobian = 512 * 512 * 8\nbytes_of_gradient = 512 * 512 * 8",
        None,
    ),
    Wrong(
        "bytes-prediction",
        "a square of the weights",
        "bytes_of_jacobian = 512**4 * 8\nbytes_of_gradient = 512 * 512 * 8",
        None,
    ),
]
