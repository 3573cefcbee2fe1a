"""Wrong answers to notebook 01, numerical_gradients: one realistic mistake for each student.

ANSWERS: {student: {grade_id of a solution cell: text of the whole cell}}; other cells are right.
EXPECTED: {student: automatic points}.
MISTAKES: {student: the identifier that the check must name, or ""}.
"""

ANSWERS: dict[str, dict[str, str]] = {
    # The two neighbours are 2h apart, and the difference is divided by h: every slope is doubled.
    "bao": {
        "numerical-gradient": '''\
def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of f at x with central differences, one entry at a time."""
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / h
    return gradient
'''
    },
    # One-sided: the forward difference where the central one was asked for.
    "carla": {
        "numerical-gradient": '''\
def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of f at x with central differences, one entry at a time."""
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    here = f(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        gradient[index] = (f(x) - here) / h
        x[index] = old
    return gradient
'''
    },
    # An entry that was moved stays where it is, so that the next slope is taken at another place.
    "dewi": {
        "numerical-gradient": '''\
def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of f at x with central differences, one entry at a time."""
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        gradient[index] = (above - below) / (2 * h)
    return gradient
'''
    },
    # Integers are copied as integers: they cannot move by h, and the slopes are cut off too.
    "emeka": {
        "numerical-gradient": '''\
def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of f at x with central differences, one entry at a time."""
    x = x.copy()
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        x[index] = old
        gradient[index] = (above - below) / (2 * h)
    return gradient
'''
    },
    # The value below minus the value above: every slope has the wrong sign.
    "farah": {
        "numerical-gradient": '''\
def numerical_gradient(f, x, h=1e-5):
    """Estimate the gradient of f at x with central differences, one entry at a time."""
    x = np.array(x, dtype=float)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        x[index] = old + h
        above = f(x)
        x[index] = old - h
        below = f(x)
        x[index] = old
        gradient[index] = (below - above) / (2 * h)
    return gradient
'''
    },
    # The upstream gradient is ignored: the outputs are added up as if dout were ones.
    "goran": {
        "numerical-vjp": '''\
def numerical_vjp(f, x, dout):
    """Estimate dL/dx, where dout = dL/df(x), with central differences."""
    return numerical_gradient(lambda z: np.sum(f(z)), x)
'''
    },
    # The one line that is found everywhere: it broadcasts, and a NaN comes back as NaN.
    "hana": {
        "relative-error": '''\
def relative_error(a, b):
    """Return the largest entry of |a - b| / max(1e-8, |a| + |b|)."""
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
'''
    },
    # The sum over the examples, where the average was asked for.
    "ivo": {
        "mean-loss": '''\
def mean_loss(w, X, t):
    """Return the average over the examples of half the squared error."""
    return 0.5 * np.sum((X @ w - t) ** 2)
'''
    },
    # Every random step is taken, whether it helps or not.
    "jana": {
        "random-search": '''\
def random_search(loss, W0, steps, rng):
    """Lower a loss by trying random steps and keeping those that help."""
    W = W0.copy()
    history = [loss(W)]
    for _ in range(steps):
        W = W + 0.1 * rng.normal(size=W.shape)
        history.append(min(history[-1], loss(W)))
    return W, np.array(history)
'''
    },
}

# 36 automatic points; a grade cell gives points * passed checks / all checks, hidden ones included.
EXPECTED: dict[str, float] = {
    "bao": 36 - 5 - 3,  # numerical_vjp stands on numerical_gradient
    "carla": 36 - 5 - 3 * 3 / 8,
    "dewi": 36 - 5 * 9 / 14,
    "emeka": 36 - 5 * 2 / 14 - 3 * 1 / 8,
    "farah": 36 - 5 - 3,
    "goran": 36 - 3,
    "hana": 36 - 4 * 5 / 10,
    "ivo": 36 - 2 * 4 / 5,
    "jana": 36 - 3 * 9 / 12,
}

# Most mistakes are named by the grade cells' own words, such as "central differences, entries not
# put back"; the checker's catalogue names these two.
MISTAKES: dict[str, str] = {
    "bao": "",
    "carla": "",
    "dewi": "",
    "emeka": "integer",
    "farah": "sign",
    "goran": "",
    "hana": "",
    "ivo": "",
    "jana": "",
}
