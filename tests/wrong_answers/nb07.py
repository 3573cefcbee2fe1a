"""Wrong answers to the exercises of 07_normalisation_and_attention."""

import json
from pathlib import Path

from .table import Wrong

ASSIGNMENT = "07_normalisation_and_attention"
NOTEBOOK = (
    Path(__file__).parents[2] / "solutions" / ASSIGNMENT / "normalisation_and_attention.ipynb"
)
RIGHT = {
    cell["id"]: "".join(
        line for line in cell["source"] if not line.strip().startswith(("### BEGIN", "### END"))
    )
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    if cell["cell_type"] == "code"
}


def edited(exercise: str, what: str, named: str | None, *edits: tuple[str, str]) -> Wrong:
    """The right answer with each `(old, new)` made; every `old` stands in it once."""
    source = RIGHT[exercise]
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{exercise}: {old!r} stands there {source.count(old)} times")
        source = source.replace(old, new)
    return Wrong(exercise, what, source, named)


def predicted(exercise: str, what: str, **answers: object) -> Wrong:
    """The right predictions with some of them replaced."""
    source = RIGHT[exercise] + "\n"
    source += "".join(f"{name} = {answer!r}\n" for name, answer in answers.items())
    return Wrong(exercise, what, source, None)


WRONG = [
    # The softmax loss.
    predicted("cross-entropy-prediction", "the minus of the loss is lost", predicted_dp=[0, 4, 0]),
    predicted(
        "cross-entropy-prediction",
        "the probabilities themselves",
        predicted_dscores=[1 / 8, 2 / 8, 5 / 8],
    ),
    predicted("cross-entropy-prediction", "one branch of top only", predicted_dtop=-1),
    edited(
        "cross-entropy-atoms",
        "one branch of counts",
        "missing-term",
        ('d["p"] * inverse + d["total"]', 'd["p"] * inverse'),
    ),
    edited(
        "cross-entropy-atoms",
        "1/x without its minus",
        "sign",
        ('= -d["inverse"]', '= d["inverse"]'),
    ),
    edited(
        "cross-entropy-atoms",
        "a mean forwards, no mean backwards",
        "not-averaged",
        ("-dout / len(y)", "-dout"),
    ),
    edited(
        "cross-entropy-atoms",
        "inverse not summed over its row",
        "missing-sum",
        ('(d["p"] * counts).sum(axis=1, keepdims=True)', 'd["p"] * counts'),
    ),
    edited(
        "cross-entropy-atoms",
        "log's slope upside down",
        "upside-down",
        ('d["logp"] / p', 'd["logp"] * p'),
    ),
    edited(
        "softmax-backward",
        "the diagonal of the Jacobian only",
        "softmax-diagonal",
        ("p * (dout - (dout * p).sum(axis=1, keepdims=True))", "dout * p * (1 - p)"),
    ),
    edited(
        "softmax-backward",
        "the mean of the batch",
        "axis",
        ("axis=1", "axis=0"),
    ),
    edited(
        "softmax-backward",
        "p does not weigh the mean",
        "missing-factor",
        ("(dout * p).sum", "dout.sum"),
    ),
    edited(
        "softmax-backward",
        "p forgotten in front",
        "missing-factor",
        ("return p * (", "return ("),
    ),
    edited(
        "cross-entropy-steps",
        "not divided by N",
        "not-averaged",
        ("(len(y) * p[rows, y])", "p[rows, y]"),
    ),
    edited("cross-entropy-steps", "the minus is lost", "sign", ("-dout", "dout")),
    edited("cross-entropy-steps", "upstream forgotten", "ignored-upstream", ("-dout", "-1")),
    edited(
        "cross-entropy-steps",
        "the log is forgotten",
        "missing-factor",
        ("(len(y) * p[rows, y])", "len(y)"),
    ),
    edited("cross-entropy-backward", "not divided by N", "not-averaged", (" / len(y)", "")),
    edited("cross-entropy-backward", "upstream forgotten", "ignored-upstream", ("dout * (", "(")),
    edited(
        "cross-entropy-backward",
        "labels off by one",
        "labels-shifted",
        ("right[np.arange(len(y)), y]", "right[np.arange(len(y)), y - 1]"),
    ),
    Wrong(
        "cross-entropy-backward",
        "the cache is changed",
        """def cross_entropy_backward(dout, cache):
    p, y = cache
    p[np.arange(len(y)), y] -= 1
    return dout * p / len(y)
""",
        "cache-changed",
    ),
    Wrong(
        "relative-gap",
        "entry by entry",
        """def relative_gap(a, b):
    if a.shape != b.shape:
        raise ValueError("shapes")
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))
""",
        None,
    ),
    edited(
        "relative-gap",
        "shapes not looked at",
        "returned 0.0",
        ("if a.shape != b.shape:", "if False:"),
    ),
    edited("relative-gap", "0 / 0", "not-finite", ("if largest == 0:", "if False:")),
    edited("relative-gap", "not relative", None, (".max() / largest)", ".max())")),
    # Normalising.
    predicted(
        "normalise-prediction",
        "divided by the variance",
        predicted_xhat=[-0.5, 0.5],
        predicted_xhat_of_shifted=[-0.5, 0.5],
    ),
    predicted(
        "normalise-prediction",
        "the spread of a sample, with N - 1",
        predicted_xhat=[-0.7071, 0.7071],
        predicted_xhat_of_shifted=[-0.7071, 0.7071],
        predicted_xhat_of_stretched=[-0.7071, 0.7071],
    ),
    predicted("normalise-prediction", "the direct path only", predicted_slope=0.5),
    edited(
        "normalise-atoms",
        "the mean is a constant",
        "missing-term",
        ('d["xc"] + d["mu"] / n', 'd["xc"]'),
    ),
    edited(
        "normalise-atoms",
        "one branch of xc",
        "missing-term",
        ('dxhat * inv + d["sq"] * 2 * xc', "dxhat * inv"),
    ),
    edited(
        "normalise-atoms",
        "the mean of the squares taken for a sum",
        "not-averaged",
        ('d["var"] / n', 'd["var"]'),
    ),
    edited(
        "normalise-atoms",
        "sq left in the shape of var",
        "missing-factor",
        ('np.ones(xc.shape) * d["var"] / n', 'd["var"] / n'),
    ),
    edited(
        "normalise-atoms", "the 2 of the square is lost", "missing-factor", ("* 2 * xc", "* xc")
    ),
    edited(
        "normalise-steps",
        "the mean is a constant",
        "mean-term",
        (" + dmu / n", ""),
    ),
    edited(
        "normalise-steps",
        "the variance is a constant",
        "spread-term",
        (" + dvar * 2 * (x - mu) / n", ""),
    ),
    edited(
        "normalise-steps",
        "both are constants",
        "spread-term",
        (" + dvar * 2 * (x - mu) / n + dmu / n", ""),
    ),
    edited(
        "normalise-steps",
        "divided by n - 1 in the variance",
        "spread-term",
        ("2 * (x - mu) / n", "2 * (x - mu) / (n - 1)"),
    ),
    edited("normalise-steps", "the minus of -1/2 is lost", "spread-term", ("-0.5", "0.5")),
    predicted(
        "projection-prediction",
        "a shift comes through",
        predicted_dx_of_shift=[2.5, 2.5, 2.5, 2.5],
    ),
    predicted(
        "projection-prediction",
        "a stretch comes through",
        predicted_dx_of_stretch=[-1.5, -1.5, 1.5, 1.5],
    ),
    predicted(
        "projection-prediction",
        "inv forgotten",
        predicted_dx_of_rest=[1, -1, 1, -1],
        predicted_dx_of_sum=[1, -1, 1, -1],
    ),
    predicted(
        "projection-prediction",
        "the direct path only, for the sum",
        predicted_dx_of_sum=[1.5, 0.5, 4.5, 3.5],
    ),
    edited("normalise-backward", "the mean is a constant", "mean-term", (" - mean - ", " - ")),
    edited(
        "normalise-backward", "the variance is a constant", "spread-term", (" - xhat * along", "")
    ),
    edited("normalise-backward", "inv forgotten", "missing-factor", ("inv * (", "(")),
    edited(
        "normalise-backward",
        "a sum for the second mean",
        "averaging",
        ("(dxhat * xhat).mean", "(dxhat * xhat).sum"),
    ),
    edited(
        "normalise-backward",
        "the columns in either case",
        None,
        ("mean = dxhat.mean(axis=axis", "mean = dxhat.mean(axis=0"),
        ("(dxhat * xhat).mean(axis=axis", "(dxhat * xhat).mean(axis=0"),
    ),
    edited("batch-norm", "gamma left out of dx", "missing-factor", ("dout * gamma", "dout")),
    edited("batch-norm", "dgamma is dbeta", "missing-factor", ("(dout * xhat).sum", "dout.sum")),
    edited(
        "batch-norm",
        "parameters averaged over the batch",
        "averaged",
        ("(dout * xhat).sum", "(dout * xhat).mean"),
        ("dbeta = dout.sum", "dbeta = dout.mean"),
    ),
    edited(
        "batch-norm", "beta not summed over the batch", "not-summed", ("dout.sum(axis=0)", "dout")
    ),
    predicted(
        "layer-norm-prediction",
        "the two norms swapped",
        mu_shape_batchnorm=(4, 1),
        mu_shape_layernorm=(1, 6),
        rows_changed_batchnorm=1,
        rows_changed_layernorm=4,
    ),
    predicted("layer-norm-prediction", "keepdims forgotten", mu_shape_layernorm=(4,)),
    predicted("layer-norm-prediction", "dgamma along the rows", dgamma_axis_layernorm=1),
    edited("layer-norm", "gamma left out of dx", "missing-factor", ("dout * gamma", "dout")),
    edited(
        "layer-norm",
        "parameters summed along the rows",
        "wrong-axis",
        ("(dout * xhat).sum(axis=0)", "(dout * xhat).sum(axis=1)"),
        ("dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=1)"),
    ),
    edited(
        "layer-norm",
        "dgamma from the input",
        None,
        ("(dout * xhat).sum", "(dout * inner[0]).sum"),
    ),
    edited(
        "layer-norm",
        "gamma after the normalising",
        "pushed-forward",
        ("normalise_backward(dout * gamma, inner)", "gamma * normalise_backward(dout, inner)"),
    ),
    predicted(
        "three-ways-prediction",
        "exactly nothing",
        gap_of_atoms_and_formula="nothing",
    ),
    predicted(
        "three-ways-prediction",
        "differences are exact",
        gap_of_formula_and_differences="rounding",
    ),
    predicted("three-ways-prediction", "a small mistake", gap_of_constant_mean="step"),
    # Dropout and embedding.
    predicted(
        "dropout-prediction",
        "not divided by keep",
        predicted_out=[1, 0, 3, 4],
        predicted_dx=[10, 0, 30, 40],
        predicted_mean_of_out_1=1,
    ),
    predicted("dropout-prediction", "the mask forgotten", predicted_dx=[20, 40, 60, 80]),
    predicted("dropout-prediction", "upstream handed on", predicted_dx=[10, 20, 30, 40]),
    edited(
        "dropout",
        "not divided by keep",
        "kept entries are not divided by keep",
        ("(rng.random(x.shape) < keep) / keep", "1.0 * (rng.random(x.shape) < keep)"),
    ),
    edited(
        "dropout",
        "divided forwards only",
        "factor",
        ("return x * mask, mask", "return x * mask, mask > 0"),
    ),
    edited(
        "dropout",
        "dropped with the probability keep",
        "zero",
        ("rng.random(x.shape) < keep", "rng.random(x.shape) > keep"),
    ),
    edited(
        "dropout",
        "a new mask on the way back",
        "not-repeatable",
        ("return x * mask, mask", "return x * mask, (keep, rng)"),
        (
            "    mask = cache\n",
            "    keep, rng = cache\n    mask = (rng.random(dout.shape) < keep) / keep\n",
        ),
    ),
    edited(
        "dropout",
        "the mask read off the output",
        "unreached",
        ("return x * mask, mask", "return x * mask, (x * mask, keep)"),
        ("    mask = cache\n", "    out, keep = cache\n    mask = (out > 0) / keep\n"),
    ),
    predicted(
        "embedding-prediction",
        "the last one wins",
        predicted_dtable=[[3, 4], [0, 0], [5, 6], [0, 0]],
    ),
    predicted(
        "embedding-prediction",
        "the mean of the two",
        predicted_dtable=[[3, 4], [0, 0], [3, 4], [0, 0]],
    ),
    predicted(
        "embedding-prediction",
        "in the order of the text",
        predicted_dtable=[[1, 2], [3, 4], [5, 6], [0, 0]],
    ),
    edited(
        "embedding",
        "each row number counts once",
        "overwritten-terms",
        ("np.add.at(dtable, ids, dout)", "dtable[ids] += dout"),
    ),
    edited(
        "embedding",
        "only the first of equal row numbers counts",
        "overwritten-terms",
        (
            "np.add.at(dtable, ids, dout)",
            "rows, first = np.unique(ids, return_index=True)\n"
            "    dtable[rows] = dout.reshape(-1, dout.shape[-1])[first]",
        ),
    ),
    edited(
        "embedding",
        "averaged over the uses",
        "averaged-terms",
        (
            "    return dtable",
            "    uses = np.bincount(ids.ravel(), minlength=V)\n"
            "    return dtable / np.maximum(uses, 1)[:, None]",
        ),
    ),
    # Attention, and the net.
    predicted("attention-prediction", "the width for the length", shape_of_A=(3, 4)),
    predicted("attention-prediction", "shares of the queries", weight_of_equal_keys=1 / 3),
    predicted(
        "attention-prediction",
        "a sure row learns fastest",
        slope_of_sure_row=1,
        slope_by_q_of_equal_values=1,
    ),
    edited("attention", "the root of d forgotten", "factor-root", (" / np.sqrt(q.shape[1])", "")),
    edited(
        "attention",
        "divided by d, without the root",
        "factor-root",
        ("np.sqrt(q.shape[1])", "q.shape[1]"),
    ),
    edited(
        "attention",
        "the diagonal of the softmax only",
        "factor-by-slice",
        ("softmax_backward(dA, A)", "dA * A * (1 - A)"),
    ),
    edited(
        "attention",
        "the softmax forgotten on the way back",
        "missing-function",
        ("softmax_backward(dA, A)", "dA"),
    ),
    edited("attention", "dS not turned over for dk", None, ("dS.T @ q", "dS @ q")),
    edited(
        "head",
        "only the branch of the values",
        "missing-term",
        ("dq @ W_q.T + dk @ W_k.T + dv @ W_v.T", "dv @ W_v.T"),
    ),
    edited(
        "head",
        "queries and keys swapped",
        "wrong-order",
        ("x.T @ dq, x.T @ dk, x.T @ dv", "x.T @ dk, x.T @ dq, x.T @ dv"),
    ),
    edited(
        "head",
        "the values' branch forgotten",
        "missing-term",
        (" + dv @ W_v.T", ""),
    ),
    edited("model", "the residual forgotten on the way back", "missing-term", ("de + dr", "de")),
    edited(
        "model",
        "only the residual comes back to e",
        "missing-term",
        ("de = de + dr", "de = dr"),
    ),
    edited(
        "model",
        "every row of r reaches the loss",
        "constant",
        ("    dr[-1:] = dscores", "    dr[:] = dscores"),
    ),
    edited(
        "model",
        "the dropout forgotten on the way back",
        "missing-function",
        ("dropout_backward(dr, dropped)", "dr"),
    ),
    edited(
        "model",
        "the digits' rows get nothing",
        "unreached",
        (
            "np.repeat(de[:, None, :], 2, axis=1)",
            "np.stack([de, np.zeros(de.shape)], axis=1)",
        ),
    ),
]
