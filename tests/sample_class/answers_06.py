"""Hand-ins for 06_autodiff_engine: several slips at once, half an engine, another engine.

ANSWERS   student -> {grade_id of a solution cell: the source of the whole cell}
EXPECTED  student -> automatic score, out of 49; cells that are not listed hold the right answers
MISTAKES  student -> the mistake that a report should name, "" where none is expected
SHORT     the students of the short class
"""

from texts import known, untouched_from
from wrong_answers.nb06 import slip

ENGINE = "06_autodiff_engine"
SHORT = ("dmitri",)


def changed(exercise: str, *edits: tuple[str, str]) -> dict[str, str]:
    """The right answer with each `(old, new)` made."""
    return {exercise: slip(exercise, "", None, *edits).source}


ANSWERS: dict[str, dict[str, str]] = {
    "bao": known(
        ENGINE,
        recorded_prediction="only the direct way from c to f",
        layer_affine="db averaged",
    ),
    "carla": known(
        ENGINE,
        operations_expand_sum="an axis of length 1 not summed",
        layer_softmax_loss="the upstream gradient forgotten",
        second_prediction="the third is 0",
    ),
    # Has come as far as Exercise 6.8.
    "dmitri": known(
        ENGINE,
        operations_multiply_tanh="the upstream gradient forgotten",
        accidents_prediction="the first gradients sent again",
    )
    | untouched_from(ENGINE, "operations-power-exp"),
    "esra": known(
        ENGINE,
        backpropagate="grad is replaced, and does not grow",
        shapes_prediction="the copies not added",
        engine_net="the penalty on one layer only",
    ),
    # numpy's sum asks the Value for a sum along an axis: a TypeError.
    "femi": changed(
        "engine-net", ("(W1 * W1).sum() + (W2 * W2).sum()", "np.sum(W1**2.0) + np.sum(W2**2.0)")
    ),
    # Never comes to the second batch.
    "goran": changed(
        "train",
        (
            "        for start in range(0, len(y), batch):\n",
            "        start = 0\n        while start < len(y):\n",
        ),
    ),
    # All right, and nothing as in the solution.
    "hana": {
        "recorded-prediction": """a, b = 3, -2
c = a * b
d = c + a
predicted_nodes = len((a, b, c, d, d * c))
predicted_f = d * c
predicted_df_dc = d + c
predicted_df_da = predicted_df_dc * b + c
predicted_df_db = predicted_df_dc * a
""",
        **changed(
            "operations-multiply-tanh",
            ("return dout * b, dout * a", "return [np.multiply(b, dout), np.multiply(a, dout)]"),
            (
                "        out = np.tanh(a)\n        return out, out\n",
                "        return np.tanh(a), a\n",
            ),
            (
                "        out = cache\n        return (dout * (1 - out**2),)\n",
                "        return (dout / np.cosh(cache) ** 2,)\n",
            ),
        ),
        **changed(
            "value",
            (
                "        values = tuple(x if isinstance(x, Value) else Value(x) for x in inputs)\n"
                "        data, cache = operation.forward(*[value.data for value in values], "
                "**settings)\n"
                "        out = Value(data)\n"
                "        out.operation, out.inputs, out.settings, out.cache = "
                "operation, values, settings, cache\n",
                "        values = []\n"
                "        for x in inputs:\n"
                "            values.append(x if isinstance(x, Value) else Value(x))\n"
                "        result = operation.forward(*(v.data for v in values), **settings)\n"
                "        out = Value(result[0])\n"
                "        out.cache = result[1]\n"
                "        out.operation = operation\n"
                "        out.inputs = tuple(values)\n"
                "        out.settings.update(settings)\n",
            ),
        ),
        "doublings-prediction": """predicted_y = 1
predicted_values = predicted_calls = 1
for _ in range(20):
    predicted_y += predicted_y
    predicted_values += 1
    predicted_calls = 1 + 2 * predicted_calls
""",
        "topological-order": """def topological_order(output):
    order, seen = [], {id(output)}
    stack = [(output, iter(output.inputs))]
    while stack:
        value, waiting = stack[-1]
        for one in waiting:
            if id(one) not in seen:
                seen.add(id(one))
                stack.append((one, iter(one.inputs)))
                break
        else:
            order.append(value)
            stack.pop()
    return order
""",
        "backpropagate": """def backpropagate(output, dout=1.0):
    order = topological_order(output)
    place = {id(value): i for i, value in enumerate(order)}
    arrived = [np.zeros_like(value.data) for value in order]
    arrived[-1] = arrived[-1] + dout
    for i in range(len(order) - 1, -1, -1):
        value = order[i]
        value.grad = arrived[i] + value.grad
        if value.inputs:
            messages = value.operation.backward(arrived[i], value.cache)
            for slot in range(len(value.inputs)):
                j = place[id(value.inputs[slot])]
                arrived[j] = arrived[j] + messages[slot]
""",
        "zero-gradients": """def zero_gradients(output):
    done, waiting = set(), [output]
    while waiting:
        value = waiting.pop()
        if value not in done:
            done.add(value)
            value.grad = np.zeros(value.data.shape)
            waiting.extend(value.inputs)
""",
        **changed(
            "operations-power-exp",
            ("return a**exponent, (a, exponent)", "return np.power(a, exponent), [exponent, a]"),
            (
                "        a, exponent = cache\n"
                "        return (dout * exponent * a ** (exponent - 1),)\n",
                "        exponent, a = cache\n"
                "        return (np.power(a, exponent - 1.0) * (exponent * dout),)\n",
            ),
            ("        out = np.exp(a)\n        return out, out\n", "        return np.exp(a), a\n"),
            (
                "        out = cache\n        return (dout * out,)\n",
                "        return (np.exp(cache) * dout,)\n",
            ),
        ),
        **changed(
            "operations-expand-sum",
            ("np.broadcast_to(a, shape).copy()", "np.zeros(shape) + a"),
            (
                "        da = dout.sum(axis=tuple(range(dout.ndim - len(shape))))\n"
                "        for axis, length in enumerate(shape):\n"
                "            if length == 1:\n"
                "                da = da.sum(axis=axis, keepdims=True)\n",
                "        da = dout\n"
                "        while np.ndim(da) > len(shape):\n"
                "            da = sum(da)\n"
                "        ones = tuple(axis for axis in range(len(shape)) if shape[axis] == 1)\n"
                "        if ones:\n"
                "            da = np.sum(da, axis=ones, keepdims=True)\n",
            ),
            ("return a.sum(), a.shape", "return np.ravel(a) @ np.ones(a.size), a"),
            (
                "        shape = cache\n        return (dout * np.ones(shape),)\n",
                "        return (np.full_like(cache, dout),)\n",
            ),
        ),
        **changed(
            "operations-matmul-relu",
            ("return a @ b, (a, b)", 'return np.dot(a, b), {"a": a, "b": b}'),
            (
                "        a, b = cache\n        return dout @ b.T, a.T @ dout\n",
                '        da = np.einsum("nm,dm->nd", dout, cache["b"])\n'
                '        return da, np.einsum("nd,nm->dm", cache["a"], dout)\n',
            ),
            ("return np.maximum(a, 0), a > 0", "return 0.5 * (a + np.abs(a)), np.sign(a)"),
            (
                "        positive = cache\n        return (dout * positive,)\n",
                "        return (np.where(cache == 1, dout, 0.0),)\n",
            ),
        ),
        **changed(
            "layer-affine",
            ("return x @ W + b, (x, W)", "return np.add(x.dot(W), b), (x, W)"),
            (
                "return dout @ W.T, x.T @ dout, dout.sum(axis=0)",
                "return (W @ dout.T).T, (dout.T @ x).T, np.ones(len(x)) @ dout",
            ),
        ),
        "layer-softmax-loss": """class SoftmaxLoss:
    sign = "softmax loss"

    @staticmethod
    def forward(scores, y):
        top = scores.max(axis=1)
        counts = np.exp(scores - top[:, None])
        total = counts.sum(axis=1)
        losses = np.log(total) + top - np.take_along_axis(scores, y[:, None], axis=1)[:, 0]
        return losses.sum() / len(losses), (counts / total[:, None], np.eye(scores.shape[1])[y])

    @staticmethod
    def backward(dout, cache):
        p, right = cache
        return ((p - right) * (dout / p.shape[0]),)
""",
        **changed(
            "engine-net",
            (
                '        h1 = Value.apply(Affine, X, p["W1"], p["b1"]).relu()\n'
                '        return Value.apply(Affine, h1, p["W2"], p["b2"])\n',
                '        h1 = (X @ p["W1"] + p["b1"]).relu()\n'
                '        return h1 @ p["W2"] + p["b2"]\n',
            ),
            ("(W1 * W1).sum() + (W2 * W2).sum()", "(W1**2.0).sum() + (W2**2.0).sum()"),
            ("data + 0.5 * reg * penalty", "penalty / 2.0 * reg + data"),
        ),
        **changed(
            "train",
            (
                "        for start in range(0, len(y), batch):\n"
                "            rows = order[start : start + batch]\n",
                "        while len(order) > 0:\n"
                "            rows, order = order[:batch], order[batch:]\n",
            ),
            (
                "            zero_gradients(J)\n",
                "            for value in net.params.values():\n"
                "                value.grad = np.zeros(value.data.shape)\n",
            ),
        ),
        **changed(
            "derivative",
            ("(dout * exponent * a ** (exponent - 1),)", "(dout * (exponent * a**exponent / a),)"),
            ("lambda dout, out, a: (dout * out,)", "lambda dout, out, a: (a.exp() * dout,)"),
            ("(dout * (1.0 - out * out),)", "(dout - dout * out**2.0,)"),
        ),
    },
}

# Of 49 points; what is lost, cell by cell.
EXPECTED: dict[str, float] = {
    # recorded-prediction, layer-affine (N = 1 is right), engine-net (also), train.
    "bao": 49 - 2 * 3 / 5 - 2 * 3 / 6 - 4 * 3 / 12 - 4 * 3 / 8,
    # operations-expand-sum, layer-softmax-loss, second-prediction.
    "carla": 49 - 3 * 3 / 15 - 4 * 4 / 8 - 1 / 4,
    # Eight cells, of which operations-multiply-tanh, backpropagate and accidents-prediction lose.
    "dmitri": 2 + 3 + 3 + 1 + 3 + 5 + 2 + 1 - 3 * 3 / 8 - 5 * 4 / 13 - 2 / 4,
    # backpropagate, shapes-prediction, engine-net, train.
    "esra": 49 - 5 * 3 / 13 - 2 / 4 - 4 * 7 / 12 - 4 * 5 / 8,
    # engine-net, where the scores are right, and train.
    "femi": 49 - 4 * 10 / 12 - 4,
    "goran": 49 - 4,
    "hana": 49,
}

MISTAKES: dict[str, str] = {
    "bao": "averaged",
    "carla": "not-summed",
    "dmitri": "ignored-upstream",
    "esra": "penalty-too-small",
    "femi": "",
    "goran": "",
    "hana": "",
}
