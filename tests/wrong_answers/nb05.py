"""Wrong answers to the exercises of 05_bug_hunt."""

import json

from .table import SOLUTIONS, Wrong

CELLS = json.loads((SOLUTIONS / "05_bug_hunt" / "bug_hunt.ipynb").read_text(encoding="utf-8"))
RIGHT = {
    cell["id"]: "".join(line for line in cell["source"] if "### " not in line)
    for cell in CELLS["cells"]
    if cell["cell_type"] == "code"
}


def wrong(exercise: str, what: str, named: str | None, *edits: tuple[str, str]) -> Wrong:
    """The right answer with each `(old, new)` made; every `old` must occur exactly once."""
    source = RIGHT[exercise]
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{exercise}: {old!r} occurs {source.count(old)} times")
        source = source.replace(old, new)
    return Wrong(exercise, what, source, named)


def lot(exercise: str, what: str, **answers: object) -> Wrong:
    """Find and name: the right answer with some lines or names replaced."""
    added = "".join(f"{name} = {value!r}\n" for name, value in answers.items())
    return Wrong(exercise, what, f"{RIGHT[exercise]}\n{added}", None)


def whole(exercise: str, what: str, named: str | None, source: str) -> Wrong:
    """An answer of its own."""
    return Wrong(exercise, what, source, named)


PREDICTED = [
    wrong(
        "five-gradients-prediction",
        "all signs taken for plus",
        None,
        ("(28, 5, 6, 1, -14)", "(28, 5, 6, 5, 14)"),
    ),
    wrong("five-gradients-prediction", "only exact multiples fall", None, ("fall = 4", "fall = 1")),
    wrong("five-gradients-prediction", "all of them fall", None, ("fall = 4", "fall = 5")),
    lot("lot-one-prediction", "the line above", line_A=2),
    lot("lot-one-prediction", "a transpose is an order", name_A="wrong order"),
    lot("lot-one-prediction", "the last line of the sum", line_B=2, name_B="lost transpose"),
    lot("lot-two-prediction", "the sign of the second gradient", line_D=3, name_D="lost sign"),
    lot("lot-two-prediction", "the half of the loss", name_D="factor two"),
    lot("lot-two-prediction", "the line that uses the mask", line_E=3),
    lot("lot-three-prediction", "the line that is lost", line_G=3),
    lot("lot-three-prediction", "a missing path for all", name_H="missing path"),
    lot("lot-three-prediction", "softmax and direction exchanged", name_I="diagonal only"),
    lot("lot-four-prediction", "the line before", line_J=2),
    lot("lot-four-prediction", "a square, so a two", name_K="factor two"),
    lot("lot-four-prediction", "the name, not the array", line_L=2),
    wrong("hiding-places-prediction", "only the upstream", None, ('"AJ"', '"J"')),
    wrong("hiding-places-prediction", "the batch axis too", None, ('"ADF"', '"ABDF"')),
    wrong("hiding-places-prediction", "tanh at 1 is 1", None, ('"DL"', '"DK"')),
    wrong("across-the-kink-prediction", "the left slope is 0", None, ("= 0.4", "= 0")),
    wrong("across-the-kink-prediction", "the central slope is 1", None, ("= 0.7", "= 1")),
    wrong("across-the-kink-prediction", "divided by 2h", None, ("= 0.4", "= 0.2")),
    wrong("blind-judge-prediction", "multiplied", None, ("1e-7 / 1e-5", "1e-7 * 1e-5")),
    wrong("blind-judge-prediction", "upside down", None, ("1e-7 / 1e-5", "1e-5 / 1e-7")),
    wrong("blind-judge-prediction", "the square root", None, ("** (1 / 3)", "** (1 / 2)")),
]

MENDED = [
    wrong(
        "similarity-backward", "as the suspect had it", "factor-transposed", ("dout.T @", "dout @")
    ),
    wrong("similarity-backward", "the other array", "other-factor", ("dout @ k", "dout @ q")),
    wrong("similarity-backward", "a lost sign", "sign", ("dk = dout.T", "dk = -dout.T")),
    wrong("gain-backward", "as the suspect had it", "wrong-axis", ("axis=0", "axis=1")),
    wrong("gain-backward", "not summed", "not-summed", ("np.sum(dout * x, axis=0)", "dout * x")),
    wrong("gain-backward", "averaged", "averaged", ("np.sum(dout * x", "np.mean(dout * x")),
    wrong("gain-backward", "without x", "missing-factor", ("np.sum(dout * x", "np.sum(dout")),
    wrong(
        "gated-backward",
        "as the suspect had it",
        "wrong-order",
        ("return da, dgate", "return dgate, da"),
    ),
    wrong("gated-backward", "the sigmoid's slope forgotten", "missing-factor", (" * (1 - s)", "")),
    wrong(
        "gated-backward", "a and not its upstream", "ignored-upstream", ("dout * a * s", "a * s")
    ),
    wrong("distance-backward", "as the suspect had it", "not-averaged", (" / len(diff)", "")),
    wrong("distance-backward", "divided by all entries", "averaged", ("len(diff)", "diff.size")),
    wrong(
        "distance-backward", "twice the difference", "factor-2", ("dout * diff", "2 * dout * diff")
    ),
    wrong("distance-backward", "one sign for both", "sign", ("-dpred", "dpred")),
    wrong(
        "leaky-backward", "as the suspect had it", "wrong-array", ("x > 0, dout", "dout > 0, dout")
    ),
    wrong("leaky-backward", "the leak forgotten", "unreached", ("0.1 * dout", "0 * dout")),
    wrong("leaky-backward", "the mask upside down", "turned-over", ("x > 0", "x < 0")),
    wrong(
        "lookup-backward",
        "as the suspect had it",
        "overwritten-terms",
        ("np.add.at(dtable, ids, dout)", "dtable[ids] += dout"),
    ),
    wrong(
        "lookup-backward",
        "set",
        "overwritten-terms",
        ("np.add.at(dtable, ids, dout)", "dtable[ids] = dout"),
    ),
    wrong(
        "lookup-backward",
        "looked up once more",
        "pushed-forward",
        ("np.add.at(dtable, ids, dout)", "dtable = dout[ids]"),
    ),
    wrong("lookup-backward", "ones added", "ignored-upstream", ("ids, dout)", "ids, 1)")),
    wrong(
        "swish-backward",
        "as the suspect had it",
        "missing-term",
        ("    dx = dx + ds * s * (1 - s)\n", ""),
    ),
    wrong("swish-backward", "only the gate", "missing-term", ("dx + ds * s", "ds * s")),
    wrong("swish-backward", "the slope of tanh", None, ("s * (1 - s)", "(1 - s**2)")),
    wrong(
        "softmax-backward",
        "as the suspect had it",
        "softmax-diagonal",
        ("dout - mean", "dout * (1 - p)"),
    ),
    wrong("softmax-backward", "the sum over the batch", "axis", ("axis=1", "axis=0")),
    wrong("softmax-backward", "a plain mean", "shared-term", ("np.sum(dout * p", "np.mean(dout")),
    wrong("softmax-backward", "a plus", "inner-sign", ("dout - mean", "dout + mean")),
    wrong("direction-backward", "as the suspect had it", "missing-term", (" + dlength * unit", "")),
    wrong(
        "direction-backward",
        "divided once too few",
        "missing-factor",
        ("keepdims=True) / length", "keepdims=True)"),
    ),
    wrong("direction-backward", "the sign of the second path", "inner-sign", ("-np.sum", "np.sum")),
    wrong(
        "softplus-backward", "as the suspect had it", "ignored-upstream", ("dout * slope", "slope")
    ),
    wrong(
        "softplus-backward",
        "the slope of the sigmoid",
        None,
        ("dout * slope", "dout * slope * (1 - slope)"),
    ),
    wrong("softplus-backward", "added", "added-upstream", ("dout * slope", "dout + slope")),
    wrong("tanh-backward", "as the suspect had it", "derivative-of-input", ("out**2", "x**2")),
    wrong(
        "tanh-backward",
        "the slope of the sigmoid",
        "sigmoid-for-tanh",
        ("1 - out**2", "out * (1 - out)"),
    ),
    wrong(
        "tanh-backward",
        "tanh once more",
        "derivative-of-activation",
        ("1 - out**2", "1 - np.tanh(out)**2"),
    ),
    wrong(
        "residual-backward",
        "as the suspect had it",
        "dout-changed",
        ("    drelu = dout * (x > 0)\n", "    dout *= x > 0\n    drelu = dout\n"),
    ),
    wrong(
        "residual-backward", "the wire forgotten", "overwritten-branch", ("dskip + drelu", "drelu")
    ),
    wrong("residual-backward", "the ReLU forgotten", "handed-through", ("dskip + drelu", "dskip")),
    wrong("residual-backward", "two wires", "missing-factor", ("dout * (x > 0)", "dout")),
]

PIECES = [
    wrong(
        "one-sided-slopes",
        "right and left exchanged",
        "reversed",
        ("return left, right", "return right, left"),
    ),
    wrong(
        "one-sided-slopes",
        "divided by 2h",
        "factor",
        ("(here - moved()) / h", "(here - moved()) / (2 * h)"),
        ("(moved() - here) / h", "(moved() - here) / (2 * h)"),
    ),
    wrong(
        "one-sided-slopes",
        "dout forgotten",
        "factor",
        ("np.sum(dout * out)", "np.sum(out)"),
    ),
    wrong(
        "one-sided-slopes",
        "the sign on the left",
        "sign-in-part",
        ("(here - moved())", "(moved() - here)"),
    ),
    wrong("one-sided-slopes", "not put back", None, ("        x[index] = old\n", "")),
    wrong(
        "one-sided-slopes",
        "the caller's arrays are moved",
        "changed",
        ("    inputs = [np.array(x) for x in inputs]\n", ""),
        ("        x[index] = old\n", "        x[index] = x[index] - h\n"),
    ),
    wrong("one-sided-slopes", "only vectors", None, ("np.ndindex(x.shape)", "range(len(x))")),
    wrong("step-and-rounding", "always float64", None, ("np.asarray(out).dtype", "np.float64")),
    wrong("step-and-rounding", "the square root", "factor", ("eps ** (1 / 3)", "eps ** (1 / 2)")),
    wrong(
        "step-and-rounding",
        "the dtype of the product",
        None,
        ("np.asarray(out).dtype", "np.asarray(dout * out).dtype"),
    ),
    wrong("step-and-rounding", "not divided by h", None, ("out))) / h", "out)))")),
    wrong(
        "step-and-rounding",
        "terms may cancel",
        None,
        ("np.sum(np.abs(dout * out))", "np.abs(np.sum(dout * out))"),
    ),
    wrong(
        "compare",
        "NaN slips through",
        "no complaint",
        (
            '    if not np.all(np.isfinite(claimed)):\n        return "it holds NaN or infinity"\n',
            "",
        ),
    ),
    wrong(
        "compare",
        "shapes that broadcast",
        "no complaint",
        ("np.shape(claimed) != left.shape", "False"),
    ),
    wrong(
        "compare",
        "left is always the lower one",
        "a complaint",
        (
            "np.minimum(left, right) - slack, np.maximum(left, right) + slack",
            "left - slack, right + slack",
        ),
    ),
    wrong(
        "compare",
        "the mean in the place of both slopes",
        "a complaint",
        (
            "np.minimum(left, right) - slack, np.maximum(left, right) + slack",
            "(left + right) / 2 - slack, (left + right) / 2 + slack",
        ),
    ),
    wrong(
        "compare",
        "one fixed tolerance",
        None,
        ("h * max(np.max(np.abs(left)), np.max(np.abs(right))) + rounding", "1e-7"),
    ),
    wrong(
        "compare",
        "relative entry by entry",
        "a complaint",
        (
            "max(np.max(np.abs(left)), np.max(np.abs(right)))",
            "np.maximum(np.abs(left), np.abs(right))",
        ),
    ),
    wrong(
        "compare",
        "the mean error",
        "no complaint",
        ("not np.any(outside)", "not np.any(outside) or abs(np.mean(claimed - left)) < slack"),
    ),
    wrong(
        "compare",
        "True in the place of a text",
        "no text, but bool",
        ('        return ""\n', "        return True\n"),
    ),
    wrong(
        "side-effects",
        "dout is not looked at",
        "no complaints",
        ("not np.array_equal(handed, dout)", "False"),
    ),
    wrong(
        "side-effects",
        "only one call",
        "no complaints",
        ("    _, second = gradients()\n", "    second = first\n"),
    ),
    wrong(
        "side-effects",
        "inputs are not looked at",
        None,
        ("not all(np.array_equal(now, before) for now, before in zip(given, inputs))", "False"),
        ("len(first) != len(second) or not all(same)", "False"),
    ),
    wrong(
        "side-effects",
        "the caller's dout is handed on",
        "side_effects has changed its own inputs or dout",
        ("handed = np.array(dout)", "handed = dout"),
    ),
    wrong(
        "side-effects",
        "first gradients not copied",
        "no complaints",
        ("[np.array(grad) for grad in grads]", "list(grads)"),
    ),
    wrong(
        "side-effects",
        "a truth value",
        "no list, but bool",
        ("return complaints\n", "return bool(complaints)\n"),
    ),
]

JUDGE = [
    whole(
        "check-gradient",
        "accepts everybody",
        "miss: 2 x**2 as the slope of a cube; miss: a forgotten dout",
        "def check_gradient(forward, backward, inputs, rng):\n    return []\n",
    ),
    whole(
        "check-gradient",
        "rejects everybody",
        "false alarm: cube",
        """def check_gradient(forward, backward, inputs, rng):
    return ["something is always wrong"]
""",
    ),
    whole(
        "check-gradient",
        "asks the other judge",
        "0 of 16 entries are moved by themselves",
        """def check_gradient(forward, backward, inputs, rng):
    report = gl.check_backward(forward, backward, *inputs)
    return [] if report.passed else [str(report)]
""",
    ),
    whole(
        "check-gradient",
        "a truth value",
        "returns bool, not a list",
        "def check_gradient(forward, backward, inputs, rng):\n    return True\n",
    ),
    wrong(
        "check-gradient",
        "an upstream of ones",
        "miss: suspect J",
        ("np.array(rng.normal(size=np.shape(out)))", "np.ones(np.shape(out))"),
    ),
    wrong(
        "check-gradient",
        "looks at the first gradient only",
        "miss: suspect A; miss: suspect B",
        ("zip(places, grads)", "list(zip(places, grads))[:1]"),
    ),
    wrong(
        "check-gradient",
        "exceptions end the judge",
        None,
        ("except Exception as error", "except KeyError as error"),
    ),
    wrong(
        "check-gradient",
        "gradients are not counted",
        "miss: one of two; miss: one too many",
        ("len(grads) != len(places)", "False"),
    ),
    wrong(
        "check-gradient",
        "harm is not looked for",
        "miss: dout is overwritten; miss: gradients add up",
        ("complaints = side_effects(forward, backward, arrays, dout)", "complaints = []"),
    ),
    wrong(
        "check-gradient",
        "the step of notebook 01",
        "miss: factor two; miss: zeros",
        (
            "one_sided_slopes(forward, arrays, place, dout, h)",
            "one_sided_slopes(forward, arrays, place, dout, 1e-5)",
        ),
        ("compare(claimed, left, right, h, rounding)", "compare(claimed, left, right, 1e-5, 1e-7)"),
    ),
    wrong(
        "check-gradient",
        "inputs are not promoted",
        "miss: off by a fifth of a percent",
        ('x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays', "x for x in arrays"),
    ),
    wrong(
        "check-gradient",
        "a central difference",
        "false alarm: slope 0 at the kink; false alarm: slope 1 at the kink",
        (
            "compare(claimed, left, right, h, rounding)",
            "compare(claimed, (left + right) / 2, (left + right) / 2, h, rounding)",
        ),
    ),
    wrong(
        "check-gradient",
        "one percent is close enough",
        "miss: off by a third of a percent",
        (
            "compare(claimed, left, right, h, rounding)",
            "compare(claimed, left, right, 1e-2, rounding)",
        ),
    ),
    wrong(
        "check-gradient",
        "a fixed tolerance",
        "miss: factor two; miss: zeros",
        ("compare(claimed, left, right, h, rounding)", "compare(claimed, left, right, 0, 1e-6)"),
    ),
]

WRONG = [*PREDICTED, *MENDED, *PIECES, *JUDGE]
