"""Hand-ins for 05_bug_hunt: suspects handed in as they were, and judges that judge badly.

ANSWERS   student -> {grade_id of a solution cell: the source of the whole cell}
EXPECTED  student -> automatic score, out of 74; cells that are not listed hold the right answers
MISTAKES  student -> the mistake that a report should name, "" where none is expected
"""

ANSWERS: dict[str, dict[str, str]] = {
    "bao": {
        "similarity-backward": '''def similarity_backward(dout, cache):
    """Suspect A, as it was."""
    q, k = cache
    return dout @ k, dout @ q
'''
    },
    "carla": {
        "gain-backward": '''def gain_backward(dout, cache):
    """Suspect B, as it was."""
    x, gain = cache
    dx = dout * gain
    dgain = np.sum(dout * x, axis=1)
    return dx, dgain
'''
    },
    "dmitri": {
        "distance-backward": '''def distance_backward(dout, cache):
    """Suspect D, as it was: right where there is one row."""
    diff = cache
    dpred = dout * diff
    return dpred, -dpred
'''
    },
    "esra": {
        "lookup-backward": '''def lookup_backward(dout, cache):
    """Suspect F, as it was: right where no row is looked up twice."""
    ids, shape = cache
    dtable = np.zeros(shape)
    dtable[ids] += dout
    return dtable
'''
    },
    "femi": {
        "softplus-backward": '''def softplus_backward(dout, cache):
    """Suspect J, as it was."""
    return 1 / (1 + np.exp(-cache))
'''
    },
    "goran": {
        "check-gradient": '''def check_gradient(forward, backward, inputs, rng):
    """Accept everybody."""
    return []
'''
    },
    "hana": {
        "check-gradient": '''def check_gradient(forward, backward, inputs, rng):
    """Judge with an upstream gradient of ones."""
    arrays = [np.array(x) for x in inputs]
    arrays = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in arrays]
    places = [place for place, x in enumerate(arrays) if x.dtype.kind == "f"]
    out, cache = forward(*[np.array(x) for x in arrays])
    dout = np.ones(np.shape(out))
    h, rounding = step_and_rounding(out, dout)
    try:
        grads = backward(dout.copy(), cache)
        grads = grads if isinstance(grads, (tuple, list)) else (grads,)
        if len(grads) != len(places):
            return ["another number of gradients"]
        complaints = side_effects(forward, backward, arrays, dout)
    except Exception as error:
        return [str(error)]
    for place, claimed in zip(places, grads):
        left, right = one_sided_slopes(forward, arrays, place, dout, h)
        said = compare(claimed, left, right, h, rounding)
        complaints += [said] if said else []
    return complaints
'''
    },
}

EXPECTED: dict[str, float] = {
    "bao": 74 - 2,
    "carla": 74 - 2,
    "dmitri": 74 - 2 * 4 / 5,
    "esra": 74 - 2 * 3 / 5,
    "femi": 74 - 1,
    "goran": 74 - 19,
    "hana": 74 - 4 * 3 / 5 - 4 / 11 - 6 * 5 / 11,
}

MISTAKES: dict[str, str] = {
    "bao": "factor-transposed",
    "carla": "wrong-axis",
    "dmitri": "not-averaged",
    "esra": "overwritten-terms",
    "femi": "ignored-upstream",
    "goran": "",
    "hana": "",
}
