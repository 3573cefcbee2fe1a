"""What tells finite differences and memorised results from derivatives, taken one by one."""

from math import sqrt

import numpy as np
import pytest

from gradelib.checks import honesty
from gradelib.checks.honesty import Place, glance, moved_point, numerical, shaky, suspect
from gradelib.checks.slopes.judge import Claim
from gradelib.checks.slopes.numeric import units

X = np.array([1.0, -1.0, 1.0, -1.0])  # of unit spread
EPS = 2.0**-52


def places(outs, gradients):
    return [Place(np.array(o), [np.array(g)]) for o, g in zip(outs, gradients, strict=True)]


def wobbling(value, by):
    """Three values in a row of which the second differences show a scatter of `by`."""
    return [value, value - by * sqrt(6) / 2, value]


ONE = np.array([1.0, 1.0, 1.0, 1.0])

# id: (scatter of the gradient, of the output, change far off, seen, whether it is shaky)
SHAKY = {
    "steady": (0.0, 0.0, 0.0, False, False),
    "scatters": (1.1e-13, 0.0, 0.0, False, True),
    "hardly": (0.9e-13, 0.0, 0.0, False, False),
    "seen": (1.1e-13 / 3, 0.0, 0.0, True, True),
    "hardly seen": (0.9e-13 / 3, 0.0, 0.0, True, False),
    "bends": (1.1e-13, 0.0, 1.2e-3, False, False),
    "bends little": (1.1e-13, 0.0, 0.9e-3, False, True),
    "rough": (1.1e-12, 4e-15, 0.0, False, False),
    "less rough": (1.1e-12, 3e-15, 0.0, False, True),
    "rough, seen": (1.1e-12, 4e-14, 0.0, True, False),
    "less rough, seen": (1.1e-12, 3e-14, 0.0, True, True),
}


@pytest.mark.parametrize(("scatter", "rough", "far", "seen", "expected"), SHAKY.values(), ids=SHAKY)
@pytest.mark.parametrize("dout", [1e-3, -1e-3])
def test_gradients_that_scatter(scatter, rough, far, seen, expected, dout):
    """More than 1e-13 of their size and of their change, and 300 times what the outputs do."""
    row = places([ONE * w for w in wobbling(1.0, rough)], [ONE * w for w in wobbling(1.0, scatter)])
    there = Place(ONE, [ONE + far])
    assert shaky(row, there, [X], np.full(4, dout), seen=seen) is expected


ROUNDING = {  # id: (scatter of four entries, spread of the input, dout, output, seen, expected)
    "blown up": (1.1 * 300 * 0.25 * EPS, 1.0, 1.0, 1.0, False, True),
    "hardly": (0.9 * 300 * 0.25 * EPS, 1.0, 1.0, 1.0, False, False),
    "seen": (1.1 * 30 * 0.25 * EPS, 1.0, 1.0, 1.0, True, True),
    "hardly seen": (0.9 * 30 * 0.25 * EPS, 1.0, 1.0, 1.0, True, False),
    "in the input's units": (1.1 * 30 * EPS / 4, 10.0, 1.0, 1.0, False, True),
    "of a larger output": (1.1 * 300 * EPS / 4, 1.0, 1.0, 2.0, False, False),
    "weighted": (1.1 * 300 * EPS / 4, 1.0, -2.0, 1.0, False, False),
    "weighted less": (0.6 * 300 * EPS / 4, 1.0, -0.5, 1.0, False, True),
}


@pytest.mark.parametrize(
    ("scatter", "spread", "dout", "out", "seen", "expected"), ROUNDING.values(), ids=ROUNDING
)
def test_scatter_is_blown_up_rounding(scatter, spread, dout, out, seen, expected):
    """300 times the rounding of the output, for a step of the input's own size."""
    g = 1e-3 * np.ones(4)  # so small that its own rounding is less
    row = places([out * ONE] * 3, [g + w for w in wobbling(0.0, scatter)])
    assert shaky(row, row[0], [spread * X], np.full(4, dout), seen=seen) is expected


def test_outputs_that_scatter_explain_gradients_that_do():
    """The rounding of the function counts as it is, where it is more than the last place."""
    rough = 1e-14
    outs = [1e3 * ONE + w for w in wobbling(0.0, 1e3 * rough)]
    for factor, expected in ((290, False), (310, True)):
        gradients = [ONE * w for w in wobbling(1.0, factor * rough)]
        far = Place(outs[0], [ONE])
        assert shaky(places(outs, gradients), far, [1e6 * X], ONE, seen=False) is expected
        again = shaky(places(outs, gradients), far, [1e3 * X], ONE, seen=False)
        assert again is (factor == 310)
        assert shaky(places(outs, gradients), far, [9e2 * X], ONE, seen=False) is False


def test_entries_that_are_exactly_zero_do_not_dilute_the_scatter():
    """Only entries that are something, or scatter, count; every input by itself."""
    zeros = np.zeros(400)
    x = np.concatenate([X, zeros])
    x[5::2] = 0.1
    for size, expected in ((1.2e-13, True), (0.8e-13, False)):
        gradients = [np.concatenate([ONE * w, zeros]) for w in wobbling(1.0, size)]
        row = [Place(1e-9 * ONE, [ONE, g]) for g in gradients]
        assert shaky(row, row[0], [X, x], ONE, seen=False) is expected
    still = [Place(ONE, [np.zeros(4)])] * 3
    assert shaky(still, still[0], [X], ONE, seen=False) is False


def test_no_output_at_all_has_no_scatter():
    """A function that is zero is not divided by."""
    row = places([0 * ONE] * 3, [ONE * w for w in wobbling(1.0, 1e-12)])
    assert shaky(row, row[0], [X], ONE, seen=False) is True


def test_second_difference_of_noise_has_its_size():
    """Three independent values of one size scatter by as much."""
    values = [np.array([3.0, 1.0]), np.array([1.0, 0.0]), np.array([5.0, 1.0])]
    assert honesty._second(values) == pytest.approx(np.array([6.0, 2.0]) / sqrt(6))


class Answers:
    """Gradients at the points they are asked for, some of them shaky."""

    def __init__(self, monkeypatch, *shakes):
        self.points, self.shakes, self.seen = [], list(shakes), []
        monkeypatch.setattr(honesty, "shaky", self.shaky)

    def at(self, arrays):
        self.points.append(arrays[0])
        return Place(ONE, [ONE])

    def shaky(self, near, far, point, dout, *, seen):
        self.seen.append((len(near), seen))
        return self.shakes.pop(0)


LOOKS = {  # id: (what the looks show, seen, expected, looks)
    "twice": ([True, True], False, True, 2),
    "once is not enough": ([True, False, False, False], False, False, 4),
    "twice in four": ([False, True, False, True], False, True, 4),
    "not in four": ([False, False, False, False, True, True], False, False, 4),
    "once, seen": ([False, True], True, True, 2),
    "never, seen": ([False] * 4, True, False, 4),
}


@pytest.mark.parametrize(("shakes", "seen", "expected", "looks"), LOOKS.values(), ids=LOOKS)
def test_looks_at_the_scatter(shakes, seen, expected, looks, monkeypatch):
    """Twice in four looks, once where the code was seen to evaluate beside the point."""
    answers = Answers(monkeypatch, *shakes)
    x = np.array([1.0, -2.0, 4.0, 8.0])
    rng = np.random.default_rng(0)
    assert numerical(answers.at, [x], ONE, rng, seen=seen) is expected
    assert answers.seen == [(3, seen)] * looks
    assert len(answers.points) == 4 * looks
    for k in range(looks):
        steps = [point / x - 1 for point in answers.points[4 * k : 4 * k + 4]]
        way = steps[3] / 1e-3
        assert np.all((np.abs(way) >= 0.5) & (np.abs(way) <= 1.5))
        for i in (1, 2, 3):
            assert steps[i - 1] == pytest.approx(i * 1e-13 * way, abs=3e-16)
    ways = np.array([p / x - 1 for p in answers.points[3::4]])
    assert np.unique(np.abs(ways)).size > 2


# id: (gradient there, output there, (unsteady, at rest)); here they are 1 and 1
GLANCES = {
    "smooth": (1 + 1e-14, 1 + 1e-14, (False, False)),
    "unsteady": (1 + 2.2e-13, 1 + 1e-14, (True, False)),
    "hardly": (1 + 1.8e-13, 1 + 1e-14, (False, False)),
    "at rest": (1.0, 1.0, (False, True)),
    "unsteady and at rest": (1 + 1e-12, 1.0, (True, True)),
}


@pytest.mark.parametrize(("gradient", "out", "expected"), GLANCES.values(), ids=GLANCES)
def test_glance_a_tiny_step_away(gradient, out, expected):
    """Positive entries move up by 2e-14, others towards zero by less."""
    seen = []

    def at(arrays):
        seen.append(arrays)
        return Place(out * ONE, [gradient * ONE])

    found = glance(Place(ONE, [ONE]), at, [1e3 * X])
    assert (bool(found[0]), bool(found[1])) == expected
    ((moved,),) = seen
    steps = [2e-14, 0.3e-14, 2e-14, 0.3e-14]
    assert moved / (1e3 * X) - 1 == pytest.approx(steps, abs=2.3e-16)


def test_glance_at_inputs_that_rest_by_themselves():
    """An output at rest is no wonder where the gradient, or the input, is zero."""
    half = np.array([1.0, 0.0])
    rests = {(0, 0): False, (1, 0): False, (1, 1): True}
    for (first, second), expected in rests.items():
        g, x = first * half, np.array([second, 5.0])
        found = glance(Place(ONE, [g]), lambda _, g=g: Place(ONE, [g]), [x])
        assert (bool(found[0]), bool(found[1])) == (False, expected)


def moved_near(point):
    return moved_point(point, [units(x) for x in point], np.random.default_rng(0))


def test_point_nearby_keeps_signs_and_zeros():
    """A thousandth of each entry, or of the spread where that is less; of a blank input, of one."""
    x = np.array([3.0, -1e-3, 0.0, 1e4, -5.0, 2.0] * 3)
    moved = moved_near([x, np.zeros(3)])
    sizes = np.abs(moved[0] - x)[x != 0] / np.minimum(np.abs(x), 1e4)[x != 0]
    assert np.all((sizes >= 0.49e-3) & (sizes <= 1.51e-3))
    assert np.all(moved[0][x == 0] == 0)
    assert moved[1].tolist() == [0.0] * 3
    offset = 1e3 + X
    (moved,) = moved_near([offset])
    assert np.all(np.abs(moved - offset) <= 1.51e-3)
    blank = moved_near([np.zeros(3), np.zeros(())])
    for moved in blank:
        assert type(moved) is np.ndarray
        assert np.all((np.abs(moved) >= 0.5e-3) & (np.abs(moved) <= 1.5e-3))


def square(p):
    return p[0] ** 2


MOVED = X * (1 + 1e-3 * np.array([1.0, -1.0, 0.7, 0.6]))


def suspected(gradient, f=square, dout=ONE):
    calls = []

    def outputs(arrays):
        calls.append(arrays[0].copy())
        return f(arrays)

    place, rng = Place(f([MOVED]), [gradient]), np.random.default_rng(0)
    return suspect(place, [MOVED], [units(MOVED)], dout, outputs, rng), len(calls)


DOUT = np.array([1.0, 3.0, -2.0, 0.5])
# id: (gradient, f, (suspect, evaluations))
SUSPECTS = {
    "right": (2 * DOUT * MOVED, square, (False, 2)),
    "right elsewhere": (2 * DOUT * X, square, (True, 4)),
    "wrong by a factor": (2.001 * DOUT * MOVED, square, (True, 4)),
    "wrong by less than a millionth": (2 * DOUT * MOVED * (1 + 1e-7), square, (False, 2)),
    "bent fast": (3e3 * DOUT * np.cos(3e3 * MOVED), lambda p: np.sin(3e3 * p[0]), (False, 4)),
    "all rounding": (1e-15 * X, lambda p: 0 * p[0] + 1.0, (False, 2)),
    "more than rounding": (1e-6 * DOUT, lambda p: 0 * p[0] + 1.0, (True, 4)),
}


@pytest.mark.parametrize(("gradient", "f", "expected"), SUSPECTS.values(), ids=SUSPECTS)
def test_gradient_that_cannot_be_right_nearby(gradient, f, expected):
    """By a central difference, and where that does not fit by a shorter one."""
    assert suspected(gradient, f, DOUT) == expected


# id: (along, change, size of the output, t, agrees); gradient and way have the norm 2
AGREEMENTS = {
    "exact": (2.0, 2.0, 0.0, 1.0, True),
    "within a millionth": (2.0, 2.0 + 1.9e-6, 0.0, 1.0, True),
    "beyond": (2.0, 2.0 + 2.1e-6, 0.0, 1.0, False),
    "below": (2.0, 2.0 - 2.1e-6, 0.0, 1.0, False),
    "within rounding": (2.0, 2.0 + 2e-6 + 15 * EPS * 3e9, 1.5e9, 1.0, True),
    "beyond rounding": (2.0, 2.0 + 2e-6 + 17 * EPS * 3e9, 1.5e9, 1.0, False),
    "of a short step": (2.0, 2.0 + 2e-6 + 15 * EPS * 3e5, 15.0, 1e-4, True),
    "beyond that": (2.0, 2.0 + 2e-6 + 17 * EPS * 3e5, 15.0, 1e-4, False),
}


@pytest.mark.parametrize(
    ("along", "change", "out", "t", "agrees"), AGREEMENTS.values(), ids=AGREEMENTS
)
def test_agreement_with_a_change(along, change, out, t, agrees):
    """A millionth of the parts, and the rounding of the output over the step."""
    gradients, ways = [np.ones(2), np.ones(2)], [np.array([1.0, -1.0]), np.ones(2)]
    dout, outs = np.array([1.0, 1, -1, 1]), np.full(4, out)
    assert honesty._agree(Claim.of(gradients, ways), change, outs, dout, t) == agrees
    assert along == sum(float(np.sum(g * v)) for g, v in zip(gradients, ways, strict=True))
