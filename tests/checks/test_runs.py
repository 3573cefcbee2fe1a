"""One check under way: what the two functions are handed, at the point and elsewhere."""

from functools import partial

import numpy as np
import pytest

from gradelib.checks.calls import CallFailed
from gradelib.checks.given import called
from gradelib.checks.nature import Nature
from gradelib.checks.remark import _explained, _reconsidered
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.returned import Breach, as_gradients
from gradelib.checks.run import Run, as_output_like
from gradelib.checks.slopes.numeric import Probe, units

X = np.linspace(-1, 1, 6).reshape(2, 3)


def scale(x, power, y):
    return x**power * y, (x, power, y)


def scale_backward(dout, cache):
    x, power, y = cache
    return dout * power * x ** (power - 1) * y, dout * x**power


def run_of(forward=scale, backward=scale_backward, inputs=(X, 2, X + 3), places=(0, 2)):
    labels = ["x", "y"][: len(places)]
    point = [np.array(inputs[i], dtype=float) for i in places]
    run = Run(forward, backward, inputs, places, labels, point, "03-2")
    run.upstream = np.ones(X.shape)
    return run


def test_run_knows_its_functions_and_inputs():
    """Names for the report, copies of what is handed on, and nothing found so far."""
    given = np.array([1, 2, 3])
    run = run_of(inputs=(X, given, X))
    assert (run.forward_name, run.backward_name, run.subject) == ("scale", *["scale_backward"] * 2)
    assert run.given == {"power": 1}
    assert run.exercise == "03-2"
    assert (run.evaluations, run.still, run.gradients) == (0, False, [])
    assert (run.upstream.shape, run.base.shape, run.base.item()) == (X.shape, (), 0.0)
    assert run.fixed[0] is None
    assert run.fixed[2] is None
    assert run.fixed[1] is not given
    assert run.fixed[1].tolist() == [1, 2, 3]


def test_forward_and_backward_are_called_and_counted():
    """With the differentiated inputs replaced, the others as they are."""
    run = run_of()
    out, cache = run.forwards([X, X + 1])
    assert np.array_equal(out, X**2 * (X + 1))
    assert run.evaluations == 1
    gradients = run.backwards(scale_backward, np.ones(X.shape), cache)
    assert np.array_equal(gradients[0], 2 * X * (X + 1))
    assert np.array_equal(gradients[1], X**2)
    assert run.fixed == [None, 2, None]
    run.forwards([X, X])
    assert run.evaluations == 2


def test_forward_that_raises_is_named():
    """In the words of the report."""

    def picky(x, power, y):
        raise ValueError("no")

    with pytest.raises(CallFailed, match=r"^picky raised ValueError: no$"):
        run_of(picky).forwards([X, X])


INPUTS = {  # id: (an input, the type of what forward is handed in its place)
    "Python float": (1.5, float),
    "numpy float": (np.float64(1.5), np.float64),
    "single": (np.float32(1.5), np.float64),
    "array": (np.array(1.5), np.ndarray),
}


@pytest.mark.parametrize(("value", "expected"), INPUTS.values(), ids=INPUTS)
def test_forward_is_handed_the_form_of_the_input(value, expected):
    """A number for a number, an array for an array, in double precision."""
    handed = []
    run = Run(lambda x: (handed.append(x), None), None, [value], [0], ["x"], [np.array(1.5)], None)
    run.forwards([np.array(2.5)])
    assert type(handed[0]) is expected
    assert handed == [2.5]


def test_gradients_are_copied_unless_they_are_no_use():
    """What the student's function does to its arrays later changes nothing."""
    kept = [X.copy(), X + 1]
    run = run_of(backward=lambda dout, cache: tuple(kept))
    for options, shared in (({}, False), ({"copy": True}, False), ({"copy": False}, True)):
        several = as_gradients(tuple(kept), run.labels, run.point, **options)
        for found in (several, run.backwards(run.backward, None, None, **options)):
            for mine, theirs in zip(found, kept, strict=True):
                assert np.shares_memory(mine, theirs) is shared
                assert np.array_equal(mine, theirs)


def test_units_are_those_of_the_point():
    """Of each point its own, at the run's point and at another."""
    run = run_of(inputs=(X, 2, 3 * X))
    base = 3 * X**3
    for point in (run.point, [1000 * X, X + 50]):
        steps = run.problem(point, base).steps()
        assert all(np.array_equal(a, units(x)) for a, x in zip(steps, point, strict=True))


FORMS = {  # id: (what forward makes of a number, the type of its upstream gradient)
    "Python float": (float, float),
    "numpy float": (np.float64, np.float64),
    "array": (np.array, np.ndarray),
}


@pytest.mark.parametrize(("form", "expected"), FORMS.values(), ids=FORMS)
def test_upstream_gradient_has_the_form_of_the_output(form, expected):
    """At the point, at another one, and in a replay."""
    types = []

    def backward(dout, x):
        types.append(type(dout))
        return np.array(2 * dout * x)

    point = [np.array(1.5)]
    run = Run(lambda x: (form(x**2), x), backward, point, [0], ["x"], point, None)
    run.upstream = np.array(3.0)
    assert type(run.handed(form(2.25))) is expected
    run.at(point, run.upstream)
    (gradient,) = run.problem(point, np.array(2.25)).replayed(backward)
    assert types == [expected] * 2
    assert gradient == 9.0


def test_function_without_a_name_is_called_by_its_part():
    """Some callables have none, some no text for one, and a lambda none worth showing."""
    odd = partial(scale)
    odd.__name__ = 3
    for function in (partial(scale), odd, lambda: None):
        assert called(function, "forward") == "forward"
    assert called(scale, "forward") == "scale"


def test_place_elsewhere():
    """Its output and gradients there; a gradient that is none raises."""
    run = run_of()
    arrays = [X + 0.5, X]
    place = run.at(arrays, np.full(X.shape, 3.0))
    assert np.array_equal(place.out, (X + 0.5) ** 2 * X)
    assert np.allclose(place.gradients[0], 6 * (X + 0.5) * X)
    assert np.allclose(place.gradients[1], 3 * (X + 0.5) ** 2)
    assert np.array_equal(arrays[0], X + 0.5)
    broken = run_of(backward=lambda dout, cache: (dout, "text"))
    with pytest.raises(Breach):
        broken.at(arrays, np.ones(X.shape))
    reshaped = run_of(forward=lambda x, power, y: (x[0], (x, power, y)))
    with pytest.raises(Breach, match=r"changes shape with its input: \(2, 3\), then \(3,\)"):
        reshaped.at(arrays, np.ones(X.shape))


def test_code_that_changes_what_it_is_handed_elsewhere():
    """The upstream gradient is a copy every time, and so are the inputs of a replay."""

    def forward(x, power, y):
        out = x**power * y
        x[:] = 0
        return out, None

    def backward(dout, cache):
        dout[:] = 7
        return dout, dout

    run = run_of(forward, backward)
    arrays, dout = [X.copy(), X.copy()], np.ones(X.shape)
    run.at([X.copy(), X.copy()], dout)
    assert np.all(dout == 1)
    problem = run.problem(arrays, X**3)
    problem.replayed(backward)
    assert np.array_equal(arrays[0], X)
    assert np.all(run.upstream == 1)


def test_problem_of_a_run():
    """Outputs elsewhere, with other given values, not numbers where the function is undefined."""

    def forward(x, power, y):
        if x[0, 0] > 5:
            raise ValueError("too large")
        return x**power * y, (x, power, y)

    run = run_of(forward)
    base = X**2 * (X + 3)
    problem = run.problem(run.point, base)
    assert np.allclose(problem.outputs([X, X]), X**3)
    assert np.isnan(problem.outputs([X + 9, X])).all()
    assert problem.outputs([X + 9, X]).shape == base.shape
    assert np.allclose(problem.outputs_given({"power": 3})([X, X]), X**4)
    assert run.fixed[1] == 2
    assert np.isnan(problem.outputs_given({"power": 3})([X + 9, X])).all()
    assert run.fixed[1] == 2
    assert problem.given == {"power": 2}
    assert (problem.subject, problem.labels, problem.exercise) == (
        "scale_backward",
        ["x", "y"],
        "03-2",
    )
    first, second = problem.replayed(scale_backward)
    assert np.allclose(first, 2 * X * (X + 3))
    assert np.allclose(second, X**2)


@pytest.mark.parametrize("scale", [1.0, 1e5])
def test_problem_beside_a_point(scale):
    """A hundredth of the spread away, with the output there."""
    run = run_of(inputs=(scale * X, 2, X + 3))
    problem = run.problem(run.point, np.ones(X.shape))
    near = problem.beside(np.random.default_rng(0))
    step = (near.point[0] - scale * X) / (0.01 * scale * np.std(X))
    draw = np.random.default_rng(0).normal(size=X.shape)
    assert step == pytest.approx(draw, rel=1e-6)
    assert np.array_equal(near.base, near.point[0] ** 2 * near.point[1])
    assert np.array_equal(near.outputs(near.point), near.base)


REPEATS = {  # id: (first, second, whether it is the same)
    "the same": ([X, X], (X, X), True),
    "rounded": ([X, X], (X, X * (1 + 1e-16)), True),
    "another": ([X, X], (X, X + 1), False),
    "the first another": ([X, X], (X + 1, X), False),
    "both broken": ([X, Breach("no")], (X, None), True),
    "broken now": ([X, X], (X, None), False),
    "mended now": ([X, Breach("no")], (X, X), False),
    "broken, and another": ([Breach("no"), X], (None, X + 1), False),
}


@pytest.mark.parametrize(("first", "second", "same"), REPEATS.values(), ids=REPEATS)
def test_second_call_of_the_backward_pass(first, second, same):
    """It gives the same gradients, or is broken in the same places."""
    run = run_of(backward=lambda dout, cache: second)
    run.gradients = first
    assert run.repeats(np.ones(X.shape), None) is same


def test_output_elsewhere_has_the_same_shape():
    """Numbers that are not finite are allowed, and integers are made floats."""
    found = as_output_like(np.array([1, 2]), np.zeros(2))
    assert found.dtype == np.float64
    assert np.isnan(as_output_like([np.nan, 1.0], np.zeros(2))[0])
    with pytest.raises(Breach):
        as_output_like(1.0, np.zeros(2))


def probe_of(f, x):
    return Probe(lambda p: np.asarray(f(p[-1])), [np.ones(2), x], np.ones(()), np.asarray(f(x)))


class Slopes:
    """In place of a probe: a slope of its own for each of four long steps, for one number."""

    def __init__(self, *slopes):
        self.point = [np.ones(2), np.array([2.0])]
        self.slopes = dict(zip((4.0**-5, 4.0**-4, 4.0**-3, 4.0**-2), slopes, strict=True))

    def change(self, way, t):
        assert way[0] is None
        return self.slopes[abs(t)] * way[1].item() * t + 5.0  # and what both sides share


# id: (slopes by four steps, the gradient, whether they bear it out)
LONG = {
    "right": ((3, 3, 3, 3), 3.0, True),
    "off by a little": ((3, 3, 3, 3), 3 / (1 + 0.9e-5), True),
    "off by more": ((3, 3, 3, 3), 3 / (1 + 1.1e-5), False),
    "too much": ((3, 3, 3, 3), 3 / (1 - 1.1e-5), False),
    "rough": ((2.5, 3.5, 2.9, 3.1), 4.49, True),
    "too rough": ((2.5, 3.5, 2.9, 3.1), 4.51, False),
    "rough, below": ((2.5, 3.5, 2.9, 3.1), 1.51, True),
    "too rough, below": ((2.5, 3.5, 2.9, 3.1), 1.49, False),
    "negative": ((-2.5, -3.5, -2.9, -3.1), -1.51, True),
    "not a number": ((3, 3, 3, 3), np.nan, False),
    "no slope": ((3, 3, np.nan, 3), 3.0, False),
}


@pytest.mark.parametrize(("slopes", "gradient", "expected"), LONG.values(), ids=LONG)
def test_gradient_is_borne_out_by_long_steps(slopes, gradient, expected):
    """To five digits, or half as far again as four long steps disagree among themselves."""
    found = _explained(Slopes(*slopes), 1, np.array([gradient]), np.random.default_rng(0))
    assert found is expected


def test_gradient_has_to_be_borne_out_twice():
    """Along two directions, each at four steps to both sides; the first that does not is enough."""
    for gradient, calls in ((3.0, 16), (4.0, 8)):
        probe, steps = Slopes(3, 3, 3, 3), []
        change = probe.change
        probe.change = lambda way, t, change=change, steps=steps: steps.append(t) or change(way, t)
        _explained(probe, 1, np.array([gradient]), np.random.default_rng(0))
        assert len(steps) == calls


# id: (outcome, nature, gradient, (outcome, message))
TOLD = "dy cannot be told right from wrong: "
WORDS = {
    "wrong, and explained": ("wrong value", "low precision", 3.0, "inconclusive"),
    "wrong, not explained": ("wrong value", "low precision", -3.0, "wrong value"),
    "wrong, at a jump": ("wrong value", "jump", -3.0, "inconclusive"),
    "wrong, of no form": ("wrong value", "jump", None, "wrong value"),
    "right": ("passed", "low precision", 3.0, "passed"),
    "right, and flat": ("passed", "flat", 3.0, "inconclusive"),
    "zero, and flat": ("passed", "flat", 0.0, "passed"),
    "unknown": ("inconclusive", "low precision", 3.0, "inconclusive"),
    "contract": ("contract", "flat", 3.0, "contract"),
}


@pytest.mark.parametrize(("outcome", "kind", "factor", "expected"), WORDS.values(), ids=WORDS)
def test_comparison_in_the_light_of_the_functions_nature(outcome, kind, factor, expected):
    """What rests on the function's own steps cannot be told, and why."""
    x = np.linspace(-1, 1, 40)
    run = run_of()
    gradient = Breach("no") if factor is None else np.full(40, factor)
    run.gradients = [np.full(2, 9.0), gradient]
    before = Comparison("dy", outcome, 40, (40,), "before", resolution=0.25)
    nature = Nature(kind, "it is rough")
    probe = probe_of(lambda x: np.sum(3 * x), x)
    after = _reconsidered(run, probe, before, nature, np.random.default_rng(0))
    assert after.outcome == expected
    if expected == "inconclusive":
        assert after.message == TOLD + "it is rough"
        assert (after.size, after.shape, after.resolution) == (40, (40,), 0.25)
    else:
        assert after is before
