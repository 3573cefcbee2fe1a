"""Wrong answers of a sample class to notebook 02: `ANSWERS`, `EXPECTED` and `MISTAKES`.

ANSWERS: student -> grade_id of a solution cell -> the text of the whole cell.  Every other cell of
the student holds the right answer.  EXPECTED: student -> automatic points, out of 43.
MISTAKES: student -> identifier of the mistake that a report names, "" where none is promised.
"""

ANSWERS: dict[str, dict[str, str]] = {
    # The max gate looks at the gradient, as some lecture notes say, and not at the values.
    "amina": {
        "max-backward": '''\
def max_backward(dout, cache):
    """The router."""
    a, b = cache
    if dout > 0:
        return dout, 0.0
    return 0.0, dout
'''
    },
    # The minus of exp(-z) is lost on the way back: +0.20 where -0.20 is right.
    "bruno": {
        "neuron-backward": '''\
def neuron_backward(dout, cache):
    """Backward pass of neuron_forward, gate by gate."""
    w0, x0, w1, x1, e, q = cache
    dq = dout * (-1.0 / q**2)
    de = dq
    dn = de * e
    dz = dn
    dw2 = dz
    return dz * x0, dz * w0, dz * x1, dz * w1, dw2
'''
    },
    # The gradients of w1 and x1 are swapped.
    "chidi": {
        "neuron-one-gate-backward": '''\
def neuron_one_gate_backward(dout, cache):
    """Backward pass of neuron_one_gate_forward."""
    w0, x0, w1, x1, sigmoid_cache = cache
    dz = sigmoid_backward(dout, sigmoid_cache)
    return dz * x0, dz * w0, dz * w1, dz * x1, dz
'''
    },
    # The switcher multiplies by the other value and forgets what came from upstream.
    "dalia": {
        "multiply-backward": '''\
def multiply_backward(dout, cache):
    """The switcher."""
    a, b = cache
    return b, a
'''
    },
    # The derivative of the sigmoid is taken at its output as if it were the input.
    "edo": {
        "sigmoid-backward": '''\
def sigmoid_backward(dout, cache):
    """Backward pass of sigmoid_forward."""
    y = 1.0 / (1.0 + np.exp(-cache))
    return dout * y * (1.0 - y)
''',
        # Works without sigmoid_backward, so that only one cell is wrong.
        "neuron-one-gate-backward": '''\
def neuron_one_gate_backward(dout, cache):
    """Backward pass of neuron_one_gate_forward."""
    w0, x0, w1, x1, y = cache
    dz = dout * y * (1.0 - y)
    return dz * x0, dz * w0, dz * x1, dz * w1, dz
''',
    },
    # The second branch of y overwrites the first.
    "farah": {
        "branch-backward": '''\
def branch_backward(dout, cache):
    """Backward pass of branch_forward."""
    x, y, z = cache
    da = dout * max(y, z)
    db = dout * (x + y)
    dx, dy, dz = da, da, 0.0
    if y > z:
        dy = db
    else:
        dz = db
    return dx, dy, dz
'''
    },
    # The plus sign of the penalty's part is lost, as in a printed lecture: a product.
    "goran": {
        "regularised-backward": '''\
def regularised_backward(dout, cache):
    """Backward pass of regularised_forward, for the parameters."""
    w, x, t, lam, y = cache
    R_bar = dout * lam
    z_bar = dout * (y - t) * y * (1.0 - y)
    return z_bar * x * R_bar * w, z_bar
'''
    },
    # The penalty is in the loss and not in the gradient.
    "hana": {
        "regularised-backward": '''\
def regularised_backward(dout, cache):
    """Backward pass of regularised_forward, for the parameters."""
    w, x, t, lam, y = cache
    z_bar = dout * (y - t) * y * (1.0 - y)
    return z_bar * x, z_bar
'''
    },
    # Messages overwrite each other instead of adding.
    "ivo": {
        "backprop": '''\
def backprop(graph):
    """Run a graph forwards and backwards."""
    order = topological_order(graph)
    values = {}
    for name in order:
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[parent] for parent in node[1]])
        else:
            values[name] = node
    grads = {order[-1]: 1.0}
    for name in reversed(order):
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[parent] for parent in parents])
            for parent, slope in zip(parents, slopes):
                grads[parent] = grads[name] * slope
    return values, grads
'''
    },
    # Plain recursion: a shared node is visited once per path and sends all it has each time.
    "jun": {
        "backprop": '''\
def backprop(graph):
    """Run a graph forwards and backwards."""
    values = {}
    for name in topological_order(graph):
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[parent] for parent in node[1]])
        else:
            values[name] = node
    output = topological_order(graph)[-1]
    grads = {name: 0.0 for name in graph}
    grads[output] = 1.0

    def visit(name):
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[parent] for parent in parents])
            for parent, slope in zip(parents, slopes):
                grads[parent] += grads[name] * slope
                visit(parent)

    visit(output)
    return values, grads
'''
    },
    # Two where the half of the loss has used the two up.
    "kai": {
        "least-squares-backward": '''\
def least_squares_backward(dout, cache):
    """Backward pass of least_squares_forward, for the parameters."""
    x, t, y = cache
    z_bar = dout * 2 * (y - t) * y * (1.0 - y)
    return z_bar * x, z_bar
'''
    },
    # The bias is forgotten: four gradients for five inputs.
    "lena": {
        "neuron-backward": '''\
def neuron_backward(dout, cache):
    """Backward pass of neuron_forward, gate by gate."""
    w0, x0, w1, x1, e, q = cache
    dz = dout * e / q**2
    return dz * x0, dz * w0, dz * x1, dz * w1
'''
    },
}

AUTOMATIC = 43  # the points of the notebook without its written answer

# Lost: points of the cell x failed checks / checks of the cell.
EXPECTED: dict[str, float] = {
    "amina": AUTOMATIC - 2 * 6 / 10,  # right where a given dout and the larger input agree
    "bruno": AUTOMATIC - 3,
    "chidi": AUTOMATIC - 1,
    "dalia": AUTOMATIC - 1,
    "edo": AUTOMATIC - 2,
    "farah": AUTOMATIC - 2 * 3 / 5,  # right where z is larger and y has one branch only
    "goran": AUTOMATIC - 3,
    "hana": AUTOMATIC - 3,
    "ivo": AUTOMATIC - 5 * 12 / 19,  # the forward pass is right, and graphs without a shared node
    "jun": AUTOMATIC - 5 * 10 / 19,
    "kai": AUTOMATIC - 2,
    "lena": AUTOMATIC - 3,
}

# One number is always a multiple of another, so not every mistake can be told from one number.
MISTAKES: dict[str, str] = {
    "amina": "",
    "bruno": "sign",
    "chidi": "wrong-order",
    "dalia": "ignored-upstream",
    "edo": "derivative-of-activation",
    "farah": "overwritten-branch",
    "goran": "added-factor",
    "hana": "missing-term",
    "ivo": "overwritten-branch",
    "jun": "",
    "kai": "factor-2",
    "lena": "count",
}
