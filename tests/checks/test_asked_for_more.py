"""How a result that agrees is asked for more: where, with which dout, and what is then said."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import compare, scrutiny
from gradelib.checks.calls import Heard
from gradelib.checks.mistakes.explain import unexplained
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.run import Run

X = np.linspace(-1.1, 1.3, 6).reshape(2, 3)
PASSED = Report("backward", (Comparison("dx", "passed"),))


def square(x):
    return x**2, x


def run_of(forward, backward, *point):
    """A check under way, the numbers of which were found right."""
    labels = ["x", "y", "z"][: len(point)]
    point = [np.array(x, dtype=float) for x in point]
    run = Run(forward, backward, point, range(len(point)), labels, point, None)
    out, cache = run.forwards(point)
    run.base = np.array(out, dtype=float)
    run.upstream = np.linspace(-1, 2, run.base.size).reshape(run.base.shape)
    run.gradients = run.backwards(backward, run.upstream.copy(), cache)
    run.evaluations = 0
    return run


def scrutinised(run, *, drawn=True, numerical=False):
    rng = np.random.default_rng(3)
    return scrutiny.scrutinised(run, PASSED, rng, drawn=drawn, numerical=numerical, heard=Heard())


EMPTY = {  # what: (forward, backward, point)
    "an output without entries": (lambda x: (x[:0], x), lambda d, x: np.zeros_like(x), X),
    "inputs without entries": (lambda x: (np.ones(3), x), lambda d, x: np.zeros((0, 2)), X[:0, :2]),
}


@pytest.mark.parametrize(("forward", "backward", "point"), EMPTY.values(), ids=EMPTY)
def test_nothing_is_asked_where_there_is_nothing(forward, backward, point):
    """No function is called once more."""
    run = run_of(forward, backward, point)
    assert scrutinised(run) is PASSED
    assert run.evaluations == 0


@pytest.mark.parametrize("x", [3.0, np.array([3.0])], ids=["number", "one entry"])
def test_a_single_number_is_asked_for_more_as_well(x):
    """6 is the slope of the square at 3 alone."""
    report = gl.check_backward(square, lambda dout, x: 6 * dout, x)
    assert report.verdict == "failed"


def told(run):
    """Each dout that the backward pass of a run is handed from now on."""
    seen, backward = [], run.backward

    def listening(dout, cache):
        seen.append(np.array(dout))
        return backward(dout, cache)

    run.backward = listening
    return seen


def test_another_dout_has_other_signs_and_sizes():
    """Every entry of it, where the first was drawn; its sizes are not all alike."""
    run = run_of(square, lambda dout, x: 2 * dout * x, X)
    seen = told(run)
    assert scrutinised(run) is PASSED
    assert seen
    for dout in seen:
        assert np.all(np.sign(dout) == -np.sign(run.upstream))
        assert np.unique(np.abs(dout)).size == 6


def test_given_dout_is_the_only_one():
    """Also for a result that is a constant beside the inputs, which is seen by it."""
    run = run_of(square, lambda d, x: 2 * d * x if np.array_equal(x, X) else 7 * d, X)
    seen = told(run)
    report = scrutinised(run, drawn=False)
    assert all(np.array_equal(dout, run.upstream) for dout in seen)
    assert [(d.mistake, d.name) for d in report.diagnoses] == [("hard-coded", "dx")]


def test_first_dout_is_put_back():
    """Whatever was found with another."""
    for factor in (2, 3):
        run = run_of(square, lambda d, x, f=factor: (2 if np.array_equal(x, X) else f) * d * x, X)
        first = run.upstream
        assert scrutinised(run).passed is (factor == 2)
        assert run.upstream is first


def test_output_that_stays_at_rest_is_noted():
    """It does not move by the inputs' last digits, where its gradient says that it should."""
    fine = run_of(lambda x: (np.round(x**2, 11), x), lambda dout, x: 2 * dout * x, X)
    assert scrutinised(fine).passed
    assert fine.still
    smooth = run_of(square, lambda dout, x: 2 * dout * x, X)
    assert scrutinised(smooth).passed
    assert not smooth.still


def test_output_at_rest_is_noted_at_the_point_itself():
    """Where the function is not defined a little farther away."""

    def fine(x):
        if np.max(np.abs(x - X)) > 1e-6:
            raise ValueError("too far")
        return np.round(x**2, 11), x

    run = run_of(fine, lambda dout, x: 2 * dout * x, X)
    assert scrutinised(run) is PASSED
    assert run.still


def by_turns(*actions):
    """A backward pass of the square: right at X, and at each point beside it the next action."""
    turns = iter(actions)

    def backward(dout, x):
        if np.array_equal(x, X):
            return 2 * dout * x
        return next(turns, actions[-1])(dout, x)

    return backward


def no_key(dout, x):
    raise KeyError("x")


def no_value(dout, x):
    raise ValueError("x")


def right(dout, x):
    return 2 * dout * x


def three(dout, x):
    return 3 * dout * x


ANSWERS = {  # what it does at one point beside after the other: (actions, what is accused)
    "three that fail": (
        (no_key, lambda dout, x: None, no_key),
        ["backward is right at the given inputs; beside them it raises KeyError"],
    ),
    "two that fail": ((no_key, no_key, right), []),
    "one that fails": ((no_key, right, right), []),
    "one outside the domain": ((no_key, no_value, no_key), []),
    "right": ((right,), []),
}


@pytest.mark.parametrize(("actions", "accused"), ANSWERS.values(), ids=ANSWERS)
def test_table_is_accused_where_it_fails_three_times(actions, accused):
    """By the backward pass's name, in the words of the first."""
    report = scrutinised(run_of(square, by_turns(*actions), X))
    assert [c.message for c in report.comparisons if c.outcome == "contract"] == accused
    assert [(d.mistake, d.name) for d in report.diagnoses] == (
        [("hard-coded", "backward")] if accused else []
    )


def test_wrong_gradient_beside_needs_no_second_answer():
    """Wrong at one point and undefined at the next, it is still wrong, and no constant."""
    calls = []

    def backward(dout, x):
        if np.array_equal(x, X):
            return 2 * dout * x
        calls.append(x)
        if np.max(np.abs(x - calls[0])) > 1e-4:
            raise ValueError("not there")
        return 3 * dout * x

    report = scrutinised(run_of(square, backward, X))
    assert report.outcome == "wrong value"
    assert report.warnings[0].startswith(scrutiny.ELSEWHERE)
    assert "hard-coded" not in [d.mistake for d in report.diagnoses]


def test_one_point_beside_is_enough(monkeypatch):
    """The gradients are judged to all digits there, and at no other point."""
    looks, judge = [], compare.judge

    def listening(probe, gradients, rng, *, roughly=False):
        looks.append(roughly)
        return judge(probe, gradients, rng, roughly=roughly)

    monkeypatch.setattr(compare, "judge", listening)
    assert scrutinised(run_of(square, by_turns(three), X)).outcome == "wrong value"
    assert looks == [False]


def product(x, y):
    return x * y, (x, y)


def test_two_constants_are_said_once():
    """The same in both gradients, under no name of its own."""

    def backward(dout, cache):
        x, y = cache
        if np.array_equal(x, X):
            return dout * y, dout * x
        return np.full_like(x, 7.0), np.full_like(x, 5.0)

    report = scrutinised(run_of(product, backward, X, X + 3))
    assert [c.outcome for c in report.comparisons] == ["contract", "contract"]
    ((mistake, name, said),) = [(d.mistake, d.name, d.explanation) for d in report.diagnoses]
    assert (mistake, name) == ("hard-coded", "")
    assert said == "The same in both gradients. " + scrutiny.DISHONEST["hard-coded"]


def test_nobody_is_asked_which_input_was_held_where_nobody_looks():
    """That it is wrong beside is said all the same."""
    backward = by_turns(three)
    looked = scrutinised(run_of(square, backward, X))
    assert len(looked.warnings) == 2
    with unexplained():
        blind = scrutinised(run_of(square, backward, X))
    assert blind.outcome == "wrong value"
    assert blind.warnings == looked.warnings[:1]


def step(x, h=1e-7):
    return ((x + h) ** 2 - (x - h) ** 2) / (2 * h)


def test_scatter_alone_has_to_be_seen_twice(monkeypatch):
    """Where nobody saw the code evaluate functions beside the point."""
    known = []

    def numerical(at, point, dout, rng, *, seen):
        known.append(seen)
        return True

    monkeypatch.setattr(scrutiny, "numerical", numerical)
    report = scrutinised(run_of(square, lambda dout, x: dout * step(x), X))
    assert [d.mistake for d in report.diagnoses] == ["numerical-differentiation"]
    assert [bool(seen) for seen in known] == [False]


P = np.array([1.0, -2.0, 0.5])
LOSSES = {  # what: (the gradients of a sum of squares beside P, what is accused)
    "no dict": (lambda w: [2 * w], "the gradients are a list, expected a dict"),
    "nothing": (lambda w: None, "the gradients are None, expected a dict"),
    "other names": (lambda w: {"v": 2 * w}, None),
    "the right ones": (lambda w: {"w": 2 * w}, None),
}


@pytest.mark.parametrize(("beside", "accused"), LOSSES.values(), ids=LOSSES)
def test_loss_that_gives_no_dict_beside_is_accused(beside, accused):
    """It looks its gradients up; one that gives other names may have a reason."""

    def loss(p):
        w = p["w"]
        grads = {"w": 2 * w} if np.array_equal(w, P) else beside(w)
        return float(np.sum(w**2)), grads

    report = gl.check_loss(loss, {"w": P})
    assert report.passed is (accused is None)
    if accused:
        start = "loss is right at the given inputs; beside them it gives none: "
        assert report.comparisons[0].message.startswith(start + accused)
