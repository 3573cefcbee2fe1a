"""The numerical gradient entry by entry: at the bounds, and which look at a large array counts."""

import numpy as np
import pytest

from gradelib.checks.slopes import entries as module
from gradelib.checks.slopes.entries import Entries
from gradelib.checks.slopes.judge import Verdict
from gradelib.checks.slopes.ladder import Slopes
from gradelib.checks.slopes.locate import Measured
from gradelib.checks.slopes.numeric import Probe


def slopes(*numeric):
    zeros = np.zeros(len(numeric))
    return Slopes(np.array(numeric), zeros, zeros, zeros, np.zeros(len(numeric), dtype=bool))


HELD = {  # id: (yours, numeric, the largest beside it, whether it is wrong)
    "zero, and nothing but zeros": (0.0, 0.0, 0.0, False),
    "twice a tiny one among tiny ones": (2e-12, 1e-12, 1e-12, True),
    "nothing among tiny ones": (0.0, 1e-12, 1e-12, True),
    "dust among large ones": (0.9e-8, 0.0, 100.0, False),
    "more than dust": (1.1e-8, 0.0, 100.0, True),
    "dust among small ones": (0.9e-12, 0.0, 0.01, False),
    "more than dust among small ones": (1.1e-12, 0.0, 0.01, True),
}


@pytest.mark.parametrize(("yours", "numeric", "largest", "wrong"), HELD.values(), ids=HELD)
def test_entries_are_held_to_the_size_of_the_largest(yours, numeric, largest, wrong):
    """A ten-thousandth of a millionth of it may be rounding, however large or small it is."""
    found = module._compared(
        slopes(numeric, largest), np.array([0, 1]), np.array([yours, largest]), Verdict(None, 0.0)
    )
    assert found.wrong.tolist() == [wrong, False]


@pytest.mark.parametrize("gradient", [None, np.ones(3)], ids=["without", "with"])
@pytest.mark.parametrize("count", [0, 2])
def test_what_is_wrong_is_a_mask(gradient, count):
    """With or without a gradient, and where no entry is asked for."""
    found = module._compared(
        slopes(*np.ones(count)), np.arange(count), gradient, Verdict(None, 0.0)
    )
    assert found.wrong.dtype == np.bool_
    assert found.wrong.tolist() == [False] * count


def of_number(f, x, noise=0.0):
    probe = Probe(lambda p: np.asarray(f(p[0])), [x], np.ones(()), np.asarray(f(x)))
    probe.noise = noise
    return probe


@pytest.fixture
def started(monkeypatch):
    """The rungs at which the slopes of entries begin; they are not measured."""
    seen = []

    def entry_slopes(probe, block, indices, *, target, start):
        seen.append(start)
        return slopes(*np.zeros(len(indices)))

    monkeypatch.setattr(module, "entry_slopes", entry_slopes)
    return seen


@pytest.mark.parametrize(("noise", "rung"), [(4**-6.5, 6), (4**-5.01, 5), (4**-4.99, 4)])
@pytest.mark.parametrize("unit", [1 / 64, 1.0, 64.0])
def test_first_step_does_not_depend_on_the_unit_of_the_input(noise, rung, unit, started):
    """An error of a gradient, times the unit, is one along the direction, where noise is."""
    probe = of_number(np.sum, unit * np.array([1.0, -1.0]), noise * 1e-7 * unit)
    module._at(probe, 0, None, Verdict(None, 0.0, rung=20), [0], 4e-7)
    assert started == [rung]


# id: (how much faster than its input the function changes, steps on each side)
WHOLE = {"straight": (1e-3, 2), "bent, by a part in 1e5": (400.0, 2), "more bent": (12e3, 3)}


@pytest.mark.parametrize(("speed", "steps"), WHOLE.values(), ids=WHOLE)
def test_slope_that_sets_the_target_is_a_rough_one(speed, steps, started):
    """A thousandth of it may be wrong: what suffices for an entry need not be exact."""
    calls = []

    def f(x):
        calls.append(1)
        return np.sin(speed * x).sum()

    probe = of_number(f, np.array([1.0, -1.0]))
    calls.clear()
    module._at(probe, 0, None, Verdict(None, 0.0, rung=8), [0])
    assert len(calls) == 2 * steps


SHAPE = (60, 50)


class Stub:
    """In place of a search that sees something and finds no lone entry or slice."""

    some = True
    several = None

    def __init__(self, probe, block, gradient, rng, rung, at_rest):
        self.whole = Measured(1.0, 0.1 if self.some else 2.0)
        Stub.rung, Stub.at_rest = rung, at_rest

    def lone_entry(self):
        return None

    def lone_slice(self):
        return None

    def box(self):
        return (slice(0, 10), slice(0, 20))

    def scattered(self):
        return self.several


def looked(monkeypatch, counts, some=True, several=None, verdict=None):
    """What comes of a search where each look finds so many wrong: (the look taken, its entries)."""
    monkeypatch.setattr(
        module, "Search", type("Found", (Stub,), {"some": some, "several": several})
    )
    looks = []

    def at(probe, block, gradient, verdict, indices, target=None):
        places = np.array(indices)
        wrong = np.arange(len(places)) < counts[len(looks)]
        looks.append(places)
        return Entries(places, np.full(len(places), float(len(looks))), np.zeros(1), wrong)

    monkeypatch.setattr(module, "_at", at)
    x = np.ones(SHAPE)
    found = module._large(
        of_number(np.sum, x), 0, x, verdict or Verdict(False, 0.0), np.random.default_rng(0)
    )
    assert len(looks) == len(counts)
    return int(found.numeric[0]), len(found.indices), found.exact, found.pattern


BOX = "block [0:10, 0:20]"
LOOKS = {  # id: (wrong ones in each look, the few found, (look taken, entries, exact, pattern))
    "none of a few, all of the box": ([0, 64], None, (2, 64, False, BOX)),
    "one of a few, all of the box": ([1, 64], None, (2, 64, False, BOX)),
    "two of a few": ([2, 64], None, (2, 64, False, "")),
    "many of a few": ([16, 64], None, (2, 64, False, "")),
    "some of the box, and few": ([1, 9, 3], [7, 70, 700], (3, 3, True, "scattered")),
    "some of the box, too many": ([1, 9], None, (2, 64, False, "")),
    "none of the box": ([1, 0], None, (1, 16, False, "")),
}


@pytest.mark.parametrize(("counts", "several", "taken"), LOOKS.values(), ids=LOOKS)
def test_look_that_is_taken_of_a_large_array(counts, several, taken, monkeypatch):
    """More than one of the few: a sample. Else a look into the box that holds what is wrong: all
    of it, or scattered entries, or what is wrong there; and where that is nothing, the few."""
    assert looked(monkeypatch, counts, several=several) == taken


def test_look_where_the_search_sees_nothing(monkeypatch):
    """A sample of all entries."""
    assert looked(monkeypatch, [0, 0], some=False) == (2, 64, False, "")


@pytest.mark.parametrize(("given", "rung"), [(5, 4), (8, 7), (9, 8), (10, 8), (12, 8)])
def test_search_begins_where_the_verdict_ended(given, rung, monkeypatch):
    """At the rung before the verdict's, the eighth at most; entries on kinks stay at rest."""
    verdict = Verdict(False, 0.0, rung=given, kinks={3: None})
    looked(monkeypatch, [0, 0], some=False, verdict=verdict)
    assert (Stub.rung, Stub.at_rest) == (rung, [3])
