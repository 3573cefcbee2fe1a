"""Wrong answers to the exercises of 06_autodiff_engine: right ones with a line or two changed."""

import json

from .table import SOLUTIONS, Wrong

NOTEBOOK = SOLUTIONS / "06_autodiff_engine" / "autodiff_engine.ipynb"
RIGHT = {
    cell["id"]: "".join(line for line in cell["source"] if not line.strip().startswith("###"))
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
}


def slip(exercise: str, what: str, named: str | None, *edits: tuple[str, str]) -> Wrong:
    """The right answer with each `(old, new)` made; every `old` must occur exactly once."""
    source = RIGHT[exercise]
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{exercise}: {old!r} occurs {source.count(old)} times, not once")
        source = source.replace(old, new)
    return Wrong(exercise, what, source, named)


def guess(exercise: str, what: str, **answers: str) -> Wrong:
    """The right prediction with some of its answers changed."""
    return Wrong(
        exercise, what, RIGHT[exercise] + "".join(f"\n{n} = {a}" for n, a in answers.items()), None
    )


WRONG = [
    # 6.1 to 6.3: what is remembered
    guess("recorded-prediction", "a Value counted for each use", predicted_nodes="7"),
    guess("recorded-prediction", "the operations counted, not the Values", predicted_nodes="3"),
    guess(
        "recorded-prediction",
        "only the direct way from c to f",
        predicted_df_dc="-3",
        predicted_df_da="0",
        predicted_df_db="-9",
    ),
    guess("recorded-prediction", "the last message overwrites", predicted_df_da="18"),
    slip(
        "operations-multiply-tanh",
        "each input gets its own value",
        "wrong-order",
        ("return dout * b, dout * a", "return dout * a, dout * b"),
    ),
    slip(
        "operations-multiply-tanh",
        "the upstream gradient forgotten",
        "ignored-upstream",
        ("(dout * (1 - out**2),)", "(1 - out**2,)"),
    ),
    slip(
        "operations-multiply-tanh",
        "tanh' with the input in the place of the result",
        "derivative-of-input",
        ("return out, out", "return out, a"),
    ),
    slip(
        "operations-multiply-tanh",
        "a bare gradient, no tuple",
        None,
        ("(dout * (1 - out**2),)", "dout * (1 - out**2)"),
    ),
    slip(
        "value",
        "the arrays remembered, not the Values",
        "inputs that are no Values",
        (
            "operation, values, settings, cache",
            "operation, tuple(v.data for v in values), settings, cache",
        ),
    ),
    slip(
        "value",
        "the inputs in the opposite order",
        None,
        ("operation, values, settings, cache", "operation, values[::-1], settings, cache"),
    ),
    slip(
        "value",
        "the settings not remembered",
        "* of [5.0]; settings: -",
        ("operation, values, settings, cache", "operation, values, {}, cache"),
    ),
    slip(
        "value",
        "the settings not handed on",
        None,
        ("for value in values], **settings)", "for value in values])"),
    ),
    slip(
        "value",
        "the cache not remembered",
        None,
        ("operation, values, settings, cache", "operation, values, settings, None"),
    ),
    # 6.4 to 6.8: back through the graph
    guess("doublings-prediction", "two Values for each line", predicted_values="41"),
    guess("doublings-prediction", "a call for each path only", predicted_calls="2**20"),
    guess("doublings-prediction", "twenty times two", predicted_y="40"),
    slip(
        "topological-order",
        "no look at what has been placed",
        "a is there 3 times",
        ("if value not in placed:", "if True:"),
    ),
    slip(
        "topological-order",
        "before its inputs",
        "d comes before its input c",
        ("            order.append(value)\n", ""),
        (
            "            placed.add(value)\n",
            "            placed.add(value)\n            order.append(value)\n",
        ),
    ),
    slip(
        "topological-order",
        "told apart by their numbers",
        "b is there 0 times",
        ("if value not in placed:", "if float(value.data) not in placed:"),
        ("placed.add(value)", "placed.add(float(value.data))"),
    ),
    slip(
        "topological-order",
        "the output left out",
        "d is there 0 times",
        ("    return order", "    return order[:-1]"),
    ),
    slip(
        "backpropagate",
        "the last message overwrites",
        "only the message from d",
        ("arriving.get(one, 0.0) + message", "message"),
    ),
    slip(
        "backpropagate",
        "the upstream gradient ignored",
        "ignored-upstream",
        ("dout * np.ones_like", "np.ones_like"),
    ),
    slip(
        "backpropagate",
        "grad is replaced, and does not grow",
        "the second gradient alone; the first is lost",
        ("value.grad = value.grad + arriving[value]", "value.grad = arriving[value]"),
    ),
    slip(
        "backpropagate",
        "grad itself sent through the graph",
        "60, though one call gives 12",
        ("backward(arriving[value], value.cache)", "backward(value.grad, value.cache)"),
    ),
    slip(
        "backpropagate",
        "a shared array changed in place",
        "b has got the message to a as well",
        (
            "                arriving[one] = arriving.get(one, 0.0) + message",
            "                if one in arriving:\n                    arriving[one] += message\n"
            "                else:\n                    arriving[one] = message",
        ),
    ),
    slip(
        "backpropagate",
        "forwards in the place of backwards",
        None,
        ("reversed(topological_order(output))", "topological_order(output)"),
    ),
    guess(
        "accidents-prediction",
        "backward replaces the gradients",
        predicted_a_after_two="12",
        predicted_c_after_two="-9",
    ),
    guess("accidents-prediction", "the first gradients sent again", predicted_a_after_two="60"),
    guess("accidents-prediction", "the cache keeps copies", predicted_b_old_array="2"),
    guess("accidents-prediction", "backward reads the new data", predicted_b_new_array="5"),
    slip(
        "zero-gradients",
        "only the output",
        "the gradient of a is still 4",
        ("    for value in topological_order(output):\n        value.grad", "    output.grad"),
        ("np.zeros_like(value.data)", "np.zeros_like(output.data)"),
    ),
    slip(
        "zero-gradients",
        "the data set to zero",
        "the data of a have changed to 0",
        ("        value.grad = ", "        value.data = "),
    ),
    slip(
        "zero-gradients",
        "None in the place of zeros",
        "the gradient of a is None",
        ("np.zeros_like(value.data)", "None"),
    ),
    # 6.9 to 6.14: operations and layers
    slip(
        "operations-power-exp",
        "the exponent not brought down",
        "factor-count",
        ("dout * exponent * a", "dout * a"),
    ),
    slip(
        "operations-power-exp",
        "the exponent not made smaller",
        "factor-at-hand",
        ("a ** (exponent - 1)", "a**exponent"),
    ),
    slip(
        "operations-power-exp",
        "exp taken twice",
        "derivative-of-activation",
        ("(dout * out,)", "(dout * np.exp(out),)"),
    ),
    slip(
        "operations-power-exp",
        "exp's upstream gradient forgotten",
        "ignored-upstream",
        ("(dout * out,)", "(out,)"),
    ),
    guess("shapes-prediction", "the shape that was copied to", predicted_shape_of_db="(5, 7)"),
    guess("shapes-prediction", "the copies not added", predicted_entry_of_db="0.5"),
    guess("shapes-prediction", "one entry in the place of all", predicted_ds="5"),
    guess(
        "shapes-prediction",
        "the factor s forgotten",
        predicted_entry_of_db="5",
        predicted_entry_of_dX="1",
    ),
    slip(
        "operations-expand-sum",
        "the copies averaged",
        "averaged",
        ("dout.sum(axis=tuple", "dout.mean(axis=tuple"),
    ),
    slip(
        "operations-expand-sum",
        "an axis of length 1 not summed",
        "not-summed",
        (
            "            if length == 1:\n                da = da.sum(axis=axis, keepdims=True)\n",
            "            pass\n",
        ),
    ),
    slip(
        "operations-expand-sum",
        "the first copy only",
        "overwritten-terms",
        (
            "dout.sum(axis=tuple(range(dout.ndim - len(shape))))",
            "dout[(0,) * (dout.ndim - len(shape))]",
        ),
    ),
    slip(
        "operations-expand-sum",
        "the sum's gradient shared out",
        "factor-size",
        ("(dout * np.ones(shape),)", "(dout * np.ones(shape) / np.prod(shape),)"),
    ),
    slip(
        "operations-expand-sum",
        "a number in the place of an array",
        "shape",
        ("(dout * np.ones(shape),)", "(dout,)"),
    ),
    slip(
        "operations-matmul-relu",
        "the factors' order exchanged",
        "transpose",
        ("a.T @ dout", "dout.T @ a"),
    ),
    slip(
        "operations-matmul-relu",
        "the mask forgotten",
        "mask-missing",
        ("(dout * positive,)", "(dout,)"),
    ),
    slip(
        "operations-matmul-relu",
        "the mask from the gradient",
        "mask-from-gradient",
        ("(dout * positive,)", "(np.maximum(dout, 0),)"),
    ),
    slip(
        "operations-matmul-relu",
        "the mask the other way round",
        "mask-inverted",
        ("a > 0", "a < 0"),
    ),
    slip(
        "layer-affine", "db not summed over the batch", "not-summed", ("dout.sum(axis=0)", "dout")
    ),
    slip("layer-affine", "db averaged", "averaged", ("dout.sum(axis=0)", "dout.mean(axis=0)")),
    slip("layer-affine", "dW transposed", "transpose", ("x.T @ dout", "dout.T @ x")),
    slip(
        "layer-affine",
        "gradients in another order",
        "wrong-order",
        ("dout @ W.T, x.T @ dout, dout.sum(axis=0)", "x.T @ dout, dout @ W.T, dout.sum(axis=0)"),
    ),
    slip(
        "layer-softmax-loss",
        "the upstream gradient forgotten",
        "ignored-upstream",
        ("dout * dscores / len(y)", "dscores / len(y)"),
    ),
    slip(
        "layer-softmax-loss",
        "the gradient not averaged",
        "not-averaged",
        ("dout * dscores / len(y)", "dout * dscores"),
    ),
    slip(
        "layer-softmax-loss",
        "no shift",
        "not-finite",
        ("scores - scores.max(axis=1, keepdims=True)", "scores"),
    ),
    slip(
        "layer-softmax-loss",
        "the cache changed in place",
        "cache-changed",
        ("mean(), (log_p, y)", "mean(), (np.exp(log_p), y)"),
        ("log_p, y = cache\n        dscores = np.exp(log_p)", "dscores, y = cache"),
    ),
    slip(
        "layer-softmax-loss",
        "the right classes not subtracted",
        "missing-term",
        ("        dscores[np.arange(len(y)), y] -= 1\n", ""),
    ),
    # 6.15 and 6.16: the net
    slip("engine-net", "the ReLU forgotten", None, ('p["b1"]).relu()', 'p["b1"])')),
    slip(
        "engine-net",
        "the penalty without its half",
        "penalty-too-large",
        ("0.5 * reg * penalty", "reg * penalty"),
    ),
    slip(
        "engine-net",
        "the penalty left the graph",
        "penalty-too-small",
        ("(W1 * W1).sum() + (W2 * W2).sum()", "float((W1.data**2).sum() + (W2.data**2).sum())"),
    ),
    slip(
        "engine-net",
        "the penalty on one layer only",
        "penalty-too-small",
        ("(W1 * W1).sum() + (W2 * W2).sum()", "(W1 * W1).sum()"),
    ),
    slip(
        "engine-net",
        "the weights taken out of the graph",
        "zero",
        ('h1, p["W2"], p["b2"]', 'h1, p["W2"].data, p["b2"]'),
    ),
    slip(
        "train",
        "zeroing forgotten",
        "step 2: W1 follows the sum of all gradients so far",
        ("            zero_gradients(J)\n", ""),
    ),
    slip(
        "train",
        "up the hill",
        "step 1: W1 goes up the hill",
        ("value.data - rate", "value.data + rate"),
    ),
    slip(
        "train",
        "the order drawn once",
        "the same twice",
        (
            "    for _ in range(epochs):\n        order = rng.permutation(len(y))\n",
            "    order = rng.permutation(len(y))\n    for _ in range(epochs):\n",
        ),
    ),
    slip(
        "train",
        "the last batch left out",
        None,
        ("range(0, len(y), batch)", "range(0, len(y) - batch + 1, batch)"),
    ),
    slip(
        "train",
        "zero after backward",
        "step 1: W1 stays where it is",
        (
            "            zero_gradients(J)\n            J.backward()\n",
            "            J.backward()\n            zero_gradients(J)\n",
        ),
    ),
    # 6.17 and 6.18: the extra
    guess("second-prediction", "the second derivative without its factor", predicted_second="6"),
    guess("second-prediction", "the third is 0", predicted_third="0"),
    guess("second-prediction", "a kink has curvature everywhere", predicted_relu_second="1"),
    slip(
        "derivative",
        "the last message overwrites",
        "one of three messages",
        ("arriving[one] + message if one in arriving else message", "message"),
    ),
    slip(
        "derivative",
        "the messages leave the graph",
        "12, 0, 0; the first one has left the graph",
        ("else message", "else Value(message.data)"),
    ),
    slip(
        "derivative",
        "the rule of tanh with the input",
        "factor",
        (
            "lambda dout, out, a: (dout * (1.0 - out * out),)",
            "lambda dout, out, a: (dout * (1.0 - a * a),)",
        ),
    ),
    slip(
        "derivative",
        "exp's rule forgets the upstream gradient",
        None,
        ("lambda dout, out, a: (dout * out,)", "lambda dout, out, a: (out,)"),
    ),
    slip(
        "derivative",
        "nothing for an input outside of the graph",
        None,
        ("arriving.get(value, Value(0.0))", "arriving[value]"),
    ),
]
