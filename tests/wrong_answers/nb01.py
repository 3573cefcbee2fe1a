"""Wrong answers to the exercises of 01_numerical_gradients."""

from .table import Wrong

WRONG = [
    # 1.1 to 1.5: walking downhill, and averages
    Wrong("slope-signs-prediction", "the way w has to go", "slope_signs = (1, -1, 1, -1)", None),
    Wrong("slope-signs-prediction", "every wall rises", "slope_signs = (1, 1, 1, 1)", None),
    Wrong(
        "slope-signs-prediction",
        "by the sign of w in the place of the slope",
        "slope_signs = (-1, -1, 1, 1)",
        None,
    ),
    Wrong(
        "one-step-prediction",
        "steps along the slope",
        "after_small_step = 1.2\nafter_large_step = 3.0",
        None,
    ),
    Wrong(
        "one-step-prediction",
        "the slope is w, not 2w",
        "after_small_step = 0.9\nafter_large_step = 0.0",
        None,
    ),
    Wrong(
        "one-step-prediction",
        "the step in the place of where it leads",
        "after_small_step = -0.2\nafter_large_step = -2.0",
        None,
    ),
    Wrong(
        "gradient-descent",
        "uphill",
        """def gradient_descent(grad, w0, lr, steps):
    w, path = w0, [w0]
    for _ in range(steps):
        w = w + lr * grad(w)
        path.append(w)
    return np.array(path)
""",
        "a walk uphill",
    ),
    Wrong(
        "gradient-descent",
        "without the start",
        """def gradient_descent(grad, w0, lr, steps):
    w, path = w0, []
    for _ in range(steps):
        w = w - lr * grad(w)
        path.append(w)
    return np.array(path)
""",
        "a walk without its start",
    ),
    Wrong(
        "gradient-descent",
        "the slope at the start for every step",
        """def gradient_descent(grad, w0, lr, steps):
    path = [w0]
    slope = grad(w0)
    for _ in range(steps):
        path.append(path[-1] - lr * slope)
    return np.array(path)
""",
        "a walk that uses the slope at w0 for every step",
    ),
    Wrong(
        "gradient-descent",
        "w -= moves the caller's array, and every entry of the path",
        """def gradient_descent(grad, w0, lr, steps):
    w, path = w0, [w0]
    for _ in range(steps):
        w -= lr * grad(w)
        path.append(w)
    return np.array(path)
""",
        "w0 changed",
    ),
    Wrong(
        "twice-the-data-prediction",
        "the average doubles, too",
        "factor_for_average = 2\nfactor_for_sum = 2",
        None,
    ),
    Wrong(
        "twice-the-data-prediction",
        "the average is halved",
        "factor_for_average = 0.5\nfactor_for_sum = 1",
        None,
    ),
    Wrong(
        "twice-the-data-prediction",
        "average and sum exchanged",
        "factor_for_average = 2\nfactor_for_sum = 1",
        None,
    ),
    Wrong(
        "mean-loss",
        "the sum, not the average",
        "def mean_loss(w, X, t):\n    return 0.5 * np.sum((X @ w - t) ** 2)\n",
        "the sum of half the squares",
    ),
    Wrong(
        "mean-loss",
        "the half forgotten",
        "def mean_loss(w, X, t):\n    return np.mean((X @ w - t) ** 2)\n",
        "the average of the squares, without the half",
    ),
    Wrong(
        "mean-loss",
        "(N, 1) against (N,)",
        "def mean_loss(w, X, t):\n"
        "    outputs = X @ w.reshape(-1, 1)\n"
        "    return 0.5 * np.mean((outputs - t) ** 2)\n",
        "an average over pairs: each output with the target of every example",
    ),
    Wrong(
        "mean-loss",
        "averaged before it is squared",
        "def mean_loss(w, X, t):\n    return 0.5 * np.mean(X @ w - t) ** 2\n",
        "half the square of the average error",
    ),
    # 1.6 and 1.7: random search
    Wrong("chance-of-downhill-prediction", "one way of four", "chance_of_downhill = 0.25", None),
    Wrong("chance-of-downhill-prediction", "nearly never", "chance_of_downhill = 0", None),
    Wrong("chance-of-downhill-prediction", "in percent", "chance_of_downhill = 50", None),
    Wrong(
        "random-search",
        "every try begins at W0",
        """def random_search(loss, W0, steps, rng):
    W, lowest = W0, loss(W0)
    history = [lowest]
    for _ in range(steps):
        candidate = W0 + 0.1 * rng.normal(size=W0.shape)
        if loss(candidate) < lowest:
            W, lowest = candidate, loss(candidate)
        history.append(lowest)
    return W, np.array(history)
""",
        "steps that all begin at W0",
    ),
    Wrong(
        "random-search",
        "keeps every try",
        """def random_search(loss, W0, steps, rng):
    W = W0
    history = [loss(W)]
    for _ in range(steps):
        W = W + 0.1 * rng.normal(size=W0.shape)
        history.append(loss(W))
    return W, np.array(history)
""",
        "it rises somewhere",
    ),
    Wrong(
        "random-search",
        "history without the tries that did not help",
        """def random_search(loss, W0, steps, rng):
    W, lowest = W0, loss(W0)
    history = [lowest]
    for _ in range(steps):
        candidate = W + 0.1 * rng.normal(size=W0.shape)
        if loss(candidate) < lowest:
            W, lowest = candidate, loss(candidate)
            history.append(lowest)
    return W, np.array(history)
""",
        "in place of (62,)",
    ),
    Wrong(
        "random-search",
        "W += moves the caller's array",
        """def random_search(loss, W0, steps, rng):
    W, lowest = W0, loss(W0)
    history = [lowest]
    for _ in range(steps):
        step = 0.1 * rng.normal(size=W0.shape)
        W += step
        if loss(W) < lowest:
            lowest = loss(W)
        else:
            W -= step
        history.append(lowest)
    return W, np.array(history)
""",
        "changed",
    ),
    # 1.8 to 1.12: finite differences
    Wrong(
        "two-slopes-prediction",
        "the true slope twice",
        "forward_slope = 6.0\ncentral_slope = 6.0",
        None,
    ),
    Wrong(
        "two-slopes-prediction",
        "divided by h, not by 2h",
        "forward_slope = 6.1\ncentral_slope = 12.0",
        None,
    ),
    Wrong(
        "two-slopes-prediction",
        "not divided by h",
        "forward_slope = 0.61\ncentral_slope = 0.6",
        None,
    ),
    Wrong(
        "forward-difference",
        "a missing pair of brackets",
        "def forward_difference(f, x, h):\n    return f(x + h) - f(x) / h\n",
        "f(x + h), minus f(x) divided by h",
    ),
    Wrong(
        "forward-difference",
        "the other way round",
        "def forward_difference(f, x, h):\n    return (f(x) - f(x + h)) / h\n",
        "sign",
    ),
    Wrong(
        "forward-difference",
        "the backward difference",
        "def forward_difference(f, x, h):\n    return (f(x) - f(x - h)) / h\n",
        "the backward difference",
    ),
    Wrong(
        "central-difference",
        "divided by h",
        "def central_difference(f, x, h):\n    return (f(x + h) - f(x - h)) / h\n",
        "the central difference, divided by half the distance",
    ),
    Wrong(
        "central-difference",
        "/ 2 * h multiplies by h",
        "def central_difference(f, x, h):\n    return (f(x + h) - f(x - h)) / 2 * h\n",
        "the difference, halved and then multiplied by h",
    ),
    Wrong(
        "central-difference",
        "one-sided",
        "def central_difference(f, x, h):\n    return (f(x + h) - f(x)) / h\n",
        "the forward difference",
    ),
    Wrong(
        "shapes-and-traps-prediction",
        "one evaluation for each entry; integers are rounded",
        "gradient_shape = (3, 4)\nloss_evaluations = 12\nstored_above = 1\nstored_below = 1",
        None,
    ),
    Wrong(
        "shapes-and-traps-prediction",
        "the gradient of a number is a number",
        "gradient_shape = ()\nloss_evaluations = 2\nstored_above = 1\nstored_below = 0",
        None,
    ),
    Wrong(
        "shapes-and-traps-prediction",
        "integers keep the fraction",
        "gradient_shape = (3, 4)\nloss_evaluations = 24\n"
        "stored_above = 1.00001\nstored_below = 0.99999",
        None,
    ),
    Wrong(
        "numerical-gradient",
        "entries not put back",
        """def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        gradient[index] = (above - below) / (2 * h)
    return gradient
""",
        "not-restored",
    ),
    Wrong(
        "numerical-gradient",
        "one-sided",
        """def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros(x.shape)
    here = f(x)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] += h
        gradient[index] = (f(moved) - here) / h
    return gradient
""",
        "forward differences",
    ),
    Wrong(
        "numerical-gradient",
        "all entries move together",
        """def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))
""",
        "the slope when all entries move together",
    ),
    Wrong(
        "numerical-gradient",
        "integers are not promoted",
        """def numerical_gradient(f, x, h=1e-5):
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
""",
        "integer",
    ),
    Wrong(
        "numerical-gradient",
        "moves the caller's array, and adds h back",
        """def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        x[index] += h
        gradient[index] = (above - below) / (2 * h)
    return gradient
""",
        "x changed",
    ),
    # 1.13 to 1.16: vector-Jacobian products, and the relative error
    Wrong("pulled-back-prediction", "dout forgotten", "pulled_back = (2, 4, 6)", None),
    Wrong(
        "pulled-back-prediction",
        "dout added, not multiplied",
        "pulled_back = (12, 4, 5)",
        None,
    ),
    Wrong(
        "pulled-back-prediction",
        "dout times the output, not its slope",
        "pulled_back = (10, 0, -9)",
        None,
    ),
    Wrong(
        "numerical-vjp",
        "dout forgotten",
        "def numerical_vjp(f, x, dout):\n"
        "    return numerical_gradient(lambda z: np.sum(f(z)), x)\n",
        "the sum of the outputs' slopes, without dout",
    ),
    Wrong(
        "numerical-vjp",
        "the output is not made one number",
        "def numerical_vjp(f, x, dout):\n    return numerical_gradient(lambda z: dout * f(z), x)\n",
        None,
    ),
    Wrong(
        "numerical-vjp",
        "the gradient of the sum, then times dout",
        "def numerical_vjp(f, x, dout):\n"
        "    return dout * numerical_gradient(lambda z: np.sum(f(z)), x)\n",
        None,
    ),
    Wrong(
        "two-errors-prediction",
        "divided by the true one",
        "error_of_double = 1\nerror_of_opposite = 2",
        None,
    ),
    Wrong(
        "two-errors-prediction",
        "divided by the larger one",
        "error_of_double = 1 / 2\nerror_of_opposite = 2",
        None,
    ),
    Wrong(
        "two-errors-prediction",
        "opposites cancel",
        "error_of_double = 1 / 3\nerror_of_opposite = 0",
        None,
    ),
    Wrong(
        "relative-error",
        "the one line that is found in many places",
        "def relative_error(a, b):\n"
        "    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))\n",
        None,
    ),
    Wrong(
        "relative-error",
        "the average in the place of the largest",
        """def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes")
    if not np.isfinite(a).all() or not np.isfinite(b).all():
        return np.inf
    return np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
""",
        "the average of the errors",
    ),
    Wrong(
        "relative-error",
        "the largest difference by the largest size",
        """def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes")
    if not np.isfinite(a).all() or not np.isfinite(b).all():
        return np.inf
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))
""",
        "the largest difference, by the largest size",
    ),
    Wrong(
        "relative-error",
        "NaN is compared with a tolerance",
        """def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.shape != b.shape:
        raise ValueError("shapes")
    error = np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
    return np.inf if error > 1 else error
""",
        None,
    ),
    # 1.17 to 1.22: steps, kinks and costs
    Wrong(
        "best-steps-prediction",
        "the exponents of the errors",
        "forward_exponent = 1\ncentral_exponent = 2",
        None,
    ),
    Wrong(
        "best-steps-prediction",
        "the same for both",
        "forward_exponent = 1 / 2\ncentral_exponent = 1 / 2",
        None,
    ),
    Wrong(
        "best-steps-prediction",
        "the exponent of the best error",
        "forward_exponent = 1 / 2\ncentral_exponent = 2 / 3",
        None,
    ),
    Wrong(
        "error-curve",
        "the absolute error",
        "def error_curve(method, f, slope, x, steps):\n"
        "    return np.array([abs(method(f, x, h) - slope) for h in steps])\n",
        "the absolute error of each step",
    ),
    Wrong(
        "error-curve",
        "the slopes, not their errors",
        "def error_curve(method, f, slope, x, steps):\n"
        "    return np.array([method(f, x, h) for h in steps])\n",
        "the estimated slopes themselves",
    ),
    Wrong(
        "error-curve",
        "a list",
        "def error_curve(method, f, slope, x, steps):\n"
        "    return [relative_error(method(f, x, h), slope) for h in steps]\n",
        None,
    ),
    Wrong(
        "error-curve",
        "one error for all steps",
        "def error_curve(method, f, slope, x, steps):\n"
        "    slopes = np.array([method(f, x, h) for h in steps])\n"
        "    return relative_error(slopes, np.full(len(steps), slope))\n",
        "the worst of all relative errors",
    ),
    Wrong(
        "at-the-kink-prediction",
        "the derivative beside the kink",
        "at_the_kink = 0\nbeside_the_kink = 1",
        None,
    ),
    Wrong(
        "at-the-kink-prediction",
        "the same on the kink and beside it",
        "at_the_kink = 0.5\nbeside_the_kink = 0.5",
        None,
    ),
    Wrong(
        "at-the-kink-prediction",
        "divided by h",
        "at_the_kink = 1\nbeside_the_kink = 1.5",
        None,
    ),
    Wrong(
        "one-sided-slopes",
        "left and right exchanged",
        "def one_sided_slopes(f, x, h):\n"
        "    return forward_difference(f, x, h), forward_difference(f, x, -h)\n",
        "the slopes (right, left)",
    ),
    Wrong(
        "one-sided-slopes",
        "a sign too many on the left",
        "def one_sided_slopes(f, x, h):\n"
        "    return -forward_difference(f, x, -h), forward_difference(f, x, h)\n",
        "slopes of which the left one has the wrong sign",
    ),
    Wrong(
        "one-sided-slopes",
        "the right slope twice",
        "def one_sided_slopes(f, x, h):\n"
        "    slope = forward_difference(f, x, h)\n"
        "    return slope, slope\n",
        "twice the right slope",
    ),
    Wrong(
        "the-bill-prediction",
        "the biases forgotten",
        "parameters = 64 * 50 + 50 * 10\nevaluations = 2 * parameters\nbackward_passes = 1",
        None,
    ),
    Wrong(
        "the-bill-prediction",
        "one evaluation for each parameter",
        "parameters = 3760\nevaluations = 3760\nbackward_passes = 1",
        None,
    ),
    Wrong(
        "the-bill-prediction",
        "a backward pass for each layer",
        "parameters = 3760\nevaluations = 7520\nbackward_passes = 2",
        None,
    ),
    Wrong(
        "wrong-suspects-prediction",
        "misses what is off by less than a percent",
        'wrong_suspects = "B"',
        None,
    ),
    Wrong("wrong-suspects-prediction", "the right ones", 'wrong_suspects = "AD"', None),
    Wrong(
        "wrong-suspects-prediction",
        "checked at zero weights with a loose tolerance",
        "zeros = np.zeros(64)\n"
        "found = numerical_gradient(lambda w: mean_loss(w, X, t), zeros)\n"
        'wrong_suspects = "".join(\n'
        "    letter\n"
        "    for letter, suspect in suspects.items()\n"
        "    if relative_error(suspect(zeros, X, t), found) > 0.01\n"
        ")\n",
        None,
    ),
]
