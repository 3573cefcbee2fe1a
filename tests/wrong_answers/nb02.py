"""Wrong answers to the exercises of 02_chain_rule."""

from .table import Wrong

WRONG = [
    # 2.1 to 2.4: slopes and the first circuit
    Wrong(
        "slopes-prediction",
        "slopes added",
        "predicted_change_of_z = 0.1\npredicted_dz_dx = 1\npredicted_du_dx = 1.5",
        None,
    ),
    Wrong(
        "slopes-prediction",
        "the constant counted as a slope",
        "predicted_change_of_z = 6.4\npredicted_dz_dx = 1\npredicted_du_dx = 0.5",
        None,
    ),
    Wrong(
        "slopes-prediction",
        "the minus lost",
        "predicted_change_of_z = 0.6\npredicted_dz_dx = 6\npredicted_du_dx = 3",
        None,
    ),
    Wrong(
        "wiggle",
        "not divided by the step",
        """def wiggle(f, inputs, which, step=0.1):
    moved = list(inputs)
    moved[which] += step
    return f(*moved) - f(*inputs)
""",
        "the change of the output, not divided by the step",
    ),
    Wrong(
        "wiggle",
        "the other way round",
        """def wiggle(f, inputs, which, step=0.1):
    moved = list(inputs)
    moved[which] += step
    return (f(*inputs) - f(*moved)) / step
""",
        "sign",
    ),
    Wrong(
        "wiggle",
        "moves the caller's list",
        """def wiggle(f, inputs, which, step=0.1):
    before = f(*inputs)
    inputs[which] += step
    return (f(*inputs) - before) / step
""",
        "changed",
    ),
    Wrong(
        "wiggle",
        "all inputs move",
        """def wiggle(f, inputs, which, step=0.1):
    moved = [value + step for value in inputs]
    return (f(*moved) - f(*inputs)) / step
""",
        "the slope when all inputs move together",
    ),
    Wrong(
        "sum-times-prediction",
        "the multiply gate hands each input its own value",
        "predicted_df_dq = 3\npredicted_df_dz = -4\npredicted_df_dx = 3\npredicted_df_dy = 3\n"
        "predicted_new_df_dz = -4\npredicted_new_df_dx = 9",
        None,
    ),
    Wrong(
        "sum-times-prediction",
        "df/dz with the sign of z, as printed",
        "predicted_df_dq = -4\npredicted_df_dz = -3\npredicted_df_dx = -4\npredicted_df_dy = -4\n"
        "predicted_new_df_dz = -9\npredicted_new_df_dx = -4",
        None,
    ),
    Wrong(
        "sum-times-prediction",
        "the number of the first run kept as if it were the rule",
        "predicted_df_dq = -4\npredicted_df_dz = 3\npredicted_df_dx = -4\npredicted_df_dy = -4\n"
        "predicted_new_df_dz = 3\npredicted_new_df_dx = -4",
        None,
    ),
    Wrong(
        "sum-times-backward",
        "dout forgotten",
        """def sum_times_backward(dout, cache):
    x, y, z = cache
    return z, z, x + y
""",
        "ignored-upstream",
    ),
    Wrong(
        "sum-times-backward",
        "the switcher does not switch",
        """def sum_times_backward(dout, cache):
    x, y, z = cache
    dq = dout * (x + y)
    dz = dout * z
    return dq, dq, dz
""",
        "wrong-order",
    ),
    Wrong(
        "sum-times-backward",
        "the numbers of the example",
        """def sum_times_backward(dout, cache):
    return -4.0 * dout, -4.0 * dout, 3.0 * dout
""",
        None,
    ),
    Wrong(
        "sum-times-backward",
        "z's gradient lacks y",
        """def sum_times_backward(dout, cache):
    x, y, z = cache
    return dout * z, dout * z, dout * x
""",
        "missing-term",
    ),
    # 2.5 and 2.6: gates
    Wrong(
        "gates-prediction",
        "no switch",
        "predicted_multiply = (6, -8)\npredicted_max = (-3, 0)\n"
        "predicted_max_of_negatives = (0, 2)",
        None,
    ),
    Wrong(
        "gates-prediction",
        "the max gate distributes",
        "predicted_multiply = (-8, 6)\npredicted_max = (-3, -3)\n"
        "predicted_max_of_negatives = (2, 2)",
        None,
    ),
    Wrong(
        "gates-prediction",
        "the max gate takes the larger size",
        "predicted_multiply = (-8, 6)\npredicted_max = (-3, 0)\n"
        "predicted_max_of_negatives = (2, 0)",
        None,
    ),
    Wrong(
        "multiply-backward",
        "dout forgotten",
        "def multiply_backward(dout, cache):\n    a, b = cache\n    return b, a\n",
        "ignored-upstream",
    ),
    Wrong(
        "multiply-backward",
        "not switched",
        "def multiply_backward(dout, cache):\n    a, b = cache\n    return dout * a, dout * b\n",
        "wrong-order",
    ),
    Wrong(
        "multiply-backward",
        "dout added",
        "def multiply_backward(dout, cache):\n    a, b = cache\n    return dout + b, dout + a\n",
        "added-upstream",
    ),
    Wrong(
        "max-backward",
        "to both",
        "def max_backward(dout, cache):\n    return dout, dout\n",
        "dout to both",
    ),
    Wrong(
        "max-backward",
        "chosen by the sign of the gradient",
        """def max_backward(dout, cache):
    return (dout, 0.0) if dout > 0 else (0.0, dout)
""",
        "dout to one or the other, by the sign of dout",
    ),
    Wrong(
        "max-backward",
        "passes the value on",
        """def max_backward(dout, cache):
    a, b = cache
    return (a, 0.0) if a > b else (0.0, b)
""",
        "the larger value itself, without dout",
    ),
    Wrong(
        "max-backward",
        "to the smaller",
        """def max_backward(dout, cache):
    a, b = cache
    return (dout, 0.0) if a < b else (0.0, dout)
""",
        "dout to the smaller value",
    ),
    Wrong(
        "max-backward",
        "both on a tie",
        """def max_backward(dout, cache):
    a, b = cache
    return dout * (a >= b), dout * (b >= a)
""",
        "two times dout",
    ),
    # 2.7 to 2.10: the neuron
    Wrong(
        "neuron-prediction",
        "the minus of the reciprocal lost",
        "predicted_into_reciprocal = 0.53\npredicted_into_exp = 0.20\npredicted_z = -0.20\n"
        "predicted_signs = (1, -1, 1, 1, -1)",
        None,
    ),
    Wrong(
        "neuron-prediction",
        "exp handed on unchanged",
        "predicted_into_reciprocal = -0.53\npredicted_into_exp = -0.53\npredicted_z = 0.53\n"
        "predicted_signs = (-1, 1, -1, -1, 1)",
        None,
    ),
    Wrong(
        "neuron-prediction",
        "the signs of the values",
        "predicted_into_reciprocal = -0.53\npredicted_into_exp = -0.20\npredicted_z = 0.20\n"
        "predicted_signs = (1, -1, -1, -1, -1)",
        None,
    ),
    Wrong(
        "neuron-backward",
        "the minus of the reciprocal lost",
        """def neuron_backward(dout, cache):
    w0, x0, w1, x1, e, q = cache
    dz = -dout / q**2 * e
    return dz * x0, dz * w0, dz * x1, dz * w1, dz
""",
        "sign",
    ),
    Wrong(
        "neuron-backward",
        "the exponential forgotten",
        """def neuron_backward(dout, cache):
    w0, x0, w1, x1, e, q = cache
    dz = dout / q**2
    return dz * x0, dz * w0, dz * x1, dz * w1, dz
""",
        "missing-factor",
    ),
    Wrong(
        "neuron-backward",
        "weights and inputs not switched",
        """def neuron_backward(dout, cache):
    w0, x0, w1, x1, e, q = cache
    dz = dout / q**2 * e
    return dz * w0, dz * x0, dz * w1, dz * x1, dz
""",
        "wrong-order",
    ),
    Wrong(
        "neuron-backward",
        "q not squared",
        """def neuron_backward(dout, cache):
    w0, x0, w1, x1, e, q = cache
    dz = dout / q * e
    return dz * x0, dz * w0, dz * x1, dz * w1, dz
""",
        "constant",
    ),
    Wrong(
        "sigmoid-backward",
        "sigmoid applied twice",
        """def sigmoid_backward(dout, cache):
    y = 1 / (1 + np.exp(-cache))
    return dout * y * (1 - y)
""",
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
        "sigmoid-backward",
        "only the first factor",
        "def sigmoid_backward(dout, cache):\n    return dout * (1 - cache)\n",
        "missing-factor",
    ),
    Wrong(
        "neuron-one-gate-backward",
        "the gate's gradient is not multiplied in",
        """def neuron_one_gate_backward(dout, cache):
    w0, x0, w1, x1, sigmoid_cache = cache
    return dout * x0, dout * w0, dout * x1, dout * w1, dout
""",
        "missing-function",
    ),
    Wrong(
        "neuron-one-gate-backward",
        "weights and inputs not switched",
        """def neuron_one_gate_backward(dout, cache):
    w0, x0, w1, x1, sigmoid_cache = cache
    dz = sigmoid_backward(dout, sigmoid_cache)
    return dz * w0, dz * x0, dz * w1, dz * x1, dz
""",
        "wrong-order",
    ),
    Wrong(
        "neuron-one-gate-backward",
        "dout twice",
        """def neuron_one_gate_backward(dout, cache):
    w0, x0, w1, x1, sigmoid_cache = cache
    dz = dout * sigmoid_backward(dout, sigmoid_cache)
    return dz * x0, dz * w0, dz * x1, dz * w1, dz
""",
        None,
    ),
    Wrong(
        "neuron-one-gate-backward",
        "all weights before all inputs",
        """def neuron_one_gate_backward(dout, cache):
    w0, x0, w1, x1, sigmoid_cache = cache
    dz = sigmoid_backward(dout, sigmoid_cache)
    return dz * x0, dz * x1, dz, dz * w0, dz * w1
""",
        "wrong-order",
    ),
    Wrong(
        "misprints-prediction",
        "the printed numbers believed",
        "right_gradients = (-4.00, -3.00, -0.20, 0.20, -0.59, -0.39)",
        None,
    ),
    Wrong(
        "misprints-prediction",
        "w1 and x1 exchanged",
        "right_gradients = (-4.00, 3.00, -0.20, -0.20, -0.59, -0.39)",
        None,
    ),
    Wrong(
        "misprints-prediction",
        "measured with the long step of 0.1",
        """def from_exp(n):
    return 1 / (1 + np.exp(n))


right_gradients = (
    wiggle(sum_times_value, [-2.0, 5.0, -4.0], 0),
    wiggle(sum_times_value, [-2.0, 5.0, -4.0], 2),
    wiggle(neuron_value, NEURON_AT, 0),
    wiggle(from_exp, [-1.0], 0),
    wiggle(neuron_value, NEURON_AT, 2),
    wiggle(neuron_value, NEURON_AT, 3),
)
""",
        None,
    ),
    # 2.11 to 2.13: branches
    Wrong(
        "branch-prediction",
        "the second branch overwrites the first",
        "predicted_da = 2\npredicted_db = 3\npredicted_dx = 2\npredicted_dz = 0\n"
        "predicted_dy_branches = (2, 3)\npredicted_dy = 3",
        None,
    ),
    Wrong(
        "branch-prediction",
        "branches multiplied",
        "predicted_da = 2\npredicted_db = 3\npredicted_dx = 2\npredicted_dz = 0\n"
        "predicted_dy_branches = (2, 3)\npredicted_dy = 6",
        None,
    ),
    Wrong(
        "branch-prediction",
        "the multiply gate not switched",
        "predicted_da = 3\npredicted_db = 2\npredicted_dx = 3\npredicted_dz = 0\n"
        "predicted_dy_branches = (3, 2)\npredicted_dy = 5",
        None,
    ),
    Wrong(
        "branch-backward",
        "overwritten",
        """def branch_backward(dout, cache):
    x, y, z = cache
    da = dout * max(y, z)
    db = dout * (x + y)
    dx, dy, dz = da, da, 0.0
    if y > z:
        dy = db
    else:
        dz = db
    return dx, dy, dz
""",
        "overwritten-branch",
    ),
    Wrong(
        "branch-backward",
        "the max only",
        """def branch_backward(dout, cache):
    x, y, z = cache
    da = dout * max(y, z)
    db = dout * (x + y)
    return da, db * (y > z), db * (z > y)
""",
        "overwritten-branch",
    ),
    Wrong(
        "branch-backward",
        "max routes to both",
        """def branch_backward(dout, cache):
    x, y, z = cache
    da = dout * max(y, z)
    db = dout * (x + y)
    return da, da + db, db
""",
        None,
    ),
    Wrong(
        "branch-backward",
        "y is thought to be the larger one always",
        """def branch_backward(dout, cache):
    x, y, z = cache
    return dout * y, dout * y + dout * (x + y), 0.0
""",
        "wrong-array",
    ),
    Wrong(
        "walker-backward",
        "one way only",
        """def walker_backward(dout, cache):
    t, x, y = cache
    return dout * 2 * x * y * np.cos(t)
""",
        "missing-term",
    ),
    Wrong(
        "walker-backward",
        "the half of t / 2 forgotten",
        """def walker_backward(dout, cache):
    t, x, y = cache
    return dout * (2 * x * y * np.cos(t) + x**2 * y)
""",
        "missing-factor",
    ),
    Wrong(
        "walker-backward",
        "the ways multiplied",
        """def walker_backward(dout, cache):
    t, x, y = cache
    return dout * (2 * x * y * np.cos(t)) * (x**2 * y / 2)
""",
        None,
    ),
    Wrong(
        "walker-backward",
        "the sign of the sine's derivative",
        """def walker_backward(dout, cache):
    t, x, y = cache
    return dout * (-2 * x * y * np.cos(t) + x**2 * y / 2)
""",
        "inner-sign",
    ),
    # 2.14 to 2.18: a loss by hand
    Wrong(
        "logistic-prediction",
        "the sign of x forgotten",
        "predicted_bar_signs = (-1, -1, -1, -1)\npredicted_different_slopes = 4\n"
        "predicted_slopes_apart = 303\npredicted_slopes_shared = 103",
        None,
    ),
    Wrong(
        "logistic-prediction",
        "y - t the wrong way round",
        "predicted_bar_signs = (1, 1, -1, 1)\npredicted_different_slopes = 4\n"
        "predicted_slopes_apart = 303\npredicted_slopes_shared = 103",
        None,
    ),
    Wrong(
        "logistic-prediction",
        "nothing shared",
        "predicted_bar_signs = (-1, -1, 1, -1)\npredicted_different_slopes = 6\n"
        "predicted_slopes_apart = 303\npredicted_slopes_shared = 303",
        None,
    ),
    Wrong(
        "least-squares-backward",
        "t - y",
        """def least_squares_backward(dout, cache):
    x, t, y = cache
    z_bar = dout * (t - y) * y * (1 - y)
    return z_bar * x, z_bar
""",
        "sign",
    ),
    Wrong(
        "least-squares-backward",
        "a 2 that the half has taken away",
        """def least_squares_backward(dout, cache):
    x, t, y = cache
    z_bar = dout * 2 * (y - t) * y * (1 - y)
    return z_bar * x, z_bar
""",
        "factor-2",
    ),
    Wrong(
        "least-squares-backward",
        "the sigmoid's slope forgotten",
        """def least_squares_backward(dout, cache):
    x, t, y = cache
    z_bar = dout * (y - t)
    return z_bar * x, z_bar
""",
        "wrong-array",
    ),
    Wrong(
        "least-squares-backward",
        "the bias with the input",
        """def least_squares_backward(dout, cache):
    x, t, y = cache
    z_bar = dout * (y - t) * y * (1 - y)
    return z_bar * x, z_bar * x
""",
        "wrong-array",
    ),
    Wrong(
        "penalty-prediction",
        "the lost plus: multiplied",
        "predicted_w_bar = 0.12\npredicted_b_bar = 0.1",
        None,
    ),
    Wrong(
        "penalty-prediction",
        "the penalty forgotten",
        "predicted_w_bar = 0.3\npredicted_b_bar = 0.1",
        None,
    ),
    Wrong(
        "penalty-prediction",
        "the bias penalised as well",
        "predicted_w_bar = 0.7\npredicted_b_bar = 0.5",
        None,
    ),
    Wrong(
        "regularised-forward",
        "the half of the penalty forgotten",
        """def regularised_forward(w, b, x, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return 0.5 * (y - t) ** 2 + lam * w**2, (w, x, t, lam, y)
""",
        "a penalty without its half",
    ),
    Wrong(
        "regularised-forward",
        "the penalty without its weight",
        """def regularised_forward(w, b, x, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return 0.5 * (y - t) ** 2 + 0.5 * w**2, (w, x, t, lam, y)
""",
        "a penalty without lam",
    ),
    Wrong(
        "regularised-forward",
        "the loss alone, the penalty left for the backward pass",
        """def regularised_forward(w, b, x, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return 0.5 * (y - t) ** 2, (w, x, t, lam, y)
""",
        "the loss alone, without the penalty",
    ),
    Wrong(
        "regularised-forward",
        "the bias penalised as well",
        """def regularised_forward(w, b, x, t, lam):
    y = 1 / (1 + np.exp(-(w * x + b)))
    return 0.5 * (y - t) ** 2 + 0.5 * lam * (w**2 + b**2), (w, x, t, lam, y)
""",
        "a penalty on the bias as well",
    ),
    Wrong(
        "regularised-backward",
        "the lost plus: multiplied",
        """def regularised_backward(dout, cache):
    w, x, t, lam, y = cache
    z_bar = dout * (y - t) * y * (1 - y)
    return z_bar * x * dout * lam * w, z_bar
""",
        "added-factor",
    ),
    Wrong(
        "regularised-backward",
        "the penalty forgotten",
        """def regularised_backward(dout, cache):
    w, x, t, lam, y = cache
    z_bar = dout * (y - t) * y * (1 - y)
    return z_bar * x, z_bar
""",
        "missing-term",
    ),
    Wrong(
        "regularised-backward",
        "2 lam w",
        """def regularised_backward(dout, cache):
    w, x, t, lam, y = cache
    z_bar = dout * (y - t) * y * (1 - y)
    return z_bar * x + 2 * dout * lam * w, z_bar
""",
        "constant",
    ),
    Wrong(
        "regularised-backward",
        "the bias penalised as well",
        """def regularised_backward(dout, cache):
    w, x, t, lam, y = cache
    z_bar = dout * (y - t) * y * (1 - y)
    return z_bar * x + dout * lam * w, z_bar + dout * lam * w
""",
        None,
    ),
    Wrong(
        "descent-step",
        "uphill",
        """def descent_step(params, grads, rate):
    return {name: params[name] + rate * grads[name] for name in params}
""",
        "a step along the gradient, uphill",
    ),
    Wrong(
        "descent-step",
        "in place",
        """def descent_step(params, grads, rate):
    for name in params:
        params[name] -= rate * grads[name]
    return params
""",
        "a step that moves the old parameters, too",
    ),
    Wrong(
        "descent-step",
        "paired by order, not by name",
        """def descent_step(params, grads, rate):
    return {
        name: value - rate * slope
        for (name, value), slope in zip(params.items(), grads.values())
    }
""",
        "a step by the gradient of another parameter",
    ),
    Wrong(
        "descent-step",
        "the rate forgotten",
        """def descent_step(params, grads, rate):
    return {name: params[name] - grads[name] for name in params}
""",
        "a step without the rate",
    ),
    # 2.19 to 2.23: graphs
    Wrong("order-prediction", "all three", "predicted_topological = (True, True, True)", None),
    Wrong(
        "order-prediction", "the first alone", "predicted_topological = (True, False, False)", None
    ),
    Wrong("order-prediction", "turned round", "predicted_topological = (False, True, False)", None),
    Wrong(
        "topological-order",
        "the order of the dictionary, turned round",
        "def topological_order(graph):\n    return list(graph)[::-1]\n",
        "does not come after its parent",
    ),
    Wrong(
        "topological-order",
        "a node placed before its parents",
        """def topological_order(graph):
    order = []

    def place(name):
        if name not in order:
            order.append(name)
            for parent in parents_of(graph, name):
                place(parent)

    for name in graph:
        place(name)
    return order
""",
        "does not come after its parent",
    ),
    Wrong(
        "topological-order",
        "placed once for each use",
        """def topological_order(graph):
    order = []

    def place(name):
        for parent in parents_of(graph, name):
            place(parent)
        order.append(name)

    place(next(iter(graph)))
    return order
""",
        "b is there 2 times",
    ),
    Wrong(
        "backprop",
        "overwritten",
        """def backprop(graph):
    order = topological_order(graph)
    values = {}
    for name in order:
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[p] for p in node[1]])
        else:
            values[name] = node
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for name in reversed(order):
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[p] for p in parents])
            for parent, slope in zip(parents, slopes):
                grads[parent] = grads[name] * slope
    return values, grads
""",
        "overwritten-branch",
    ),
    Wrong(
        "backprop",
        "a node sends on what arrives, without its own gradient",
        """def backprop(graph):
    order = topological_order(graph)
    values = {}
    for name in order:
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[p] for p in node[1]])
        else:
            values[name] = node
    grads = dict.fromkeys(order, 0.0)
    grads[order[-1]] = 1.0
    for name in reversed(order):
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[p] for p in parents])
            for parent, slope in zip(parents, slopes):
                grads[parent] += slope
    return values, grads
""",
        "missing-factor",
    ),
    Wrong(
        "backprop",
        "the output is not seeded",
        """def backprop(graph):
    order = topological_order(graph)
    values = {}
    for name in order:
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[p] for p in node[1]])
        else:
            values[name] = node
    grads = dict.fromkeys(order, 0.0)
    for name in reversed(order):
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[p] for p in parents])
            for parent, slope in zip(parents, slopes):
                grads[parent] += grads[name] * slope
    return values, grads
""",
        "zero",
    ),
    Wrong(
        "backprop",
        "messages as soon as one has arrived, path by path",
        """def backprop(graph):
    order = topological_order(graph)
    values = {}
    for name in order:
        node = graph[name]
        if isinstance(node, tuple):
            values[name] = VALUE[node[0]](*[values[p] for p in node[1]])
        else:
            values[name] = node
    grads = dict.fromkeys(order, 0.0)

    def send(name, gradient):
        grads[name] += gradient
        if isinstance(graph[name], tuple):
            operation, parents = graph[name]
            slopes = SLOPES[operation](*[values[p] for p in parents])
            for parent, slope in zip(parents, slopes):
                send(parent, grads[name] * slope)

    send(order[-1], 1.0)
    return values, grads
""",
        None,
    ),
    Wrong(
        "paths-prediction",
        "two ways and ten rungs make twenty",
        "predicted_paths = 20\npredicted_messages = 40",
        None,
    ),
    Wrong(
        "paths-prediction",
        "nodes counted, not wires",
        "predicted_paths = 1024\npredicted_messages = 31",
        None,
    ),
    Wrong(
        "paths-prediction",
        "messages one for each path",
        "predicted_paths = 1024\npredicted_messages = 1024",
        None,
    ),
    Wrong(
        "count-paths",
        "counts the children",
        """def count_paths(graph):
    order = topological_order(graph)
    paths = dict.fromkeys(order, 0)
    paths[order[-1]] = 1
    for name in order:
        for parent in parents_of(graph, name):
            paths[parent] += 1
    return paths
""",
        "uses, and one for the output",
    ),
    Wrong(
        "count-paths",
        "from the front",
        """def count_paths(graph):
    order = topological_order(graph)
    paths = dict.fromkeys(order, 0)
    paths[order[-1]] = 1
    for name in order:
        for parent in parents_of(graph, name):
            paths[parent] += paths[name]
    return paths
""",
        "unreached",
    ),
    Wrong(
        "count-paths",
        "a parent that is there twice counted once",
        """def count_paths(graph):
    order = topological_order(graph)
    paths = dict.fromkeys(order, 0)
    paths[order[-1]] = 1
    for name in reversed(order):
        for parent in set(parents_of(graph, name)):
            paths[parent] += paths[name]
    return paths
""",
        None,
    ),
]
