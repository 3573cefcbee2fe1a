"""From verdicts and entries to what a report holds of one gradient."""

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks import compare
from gradelib.checks.mistakes.explain import unexplained
from gradelib.checks.returned import Breach
from gradelib.checks.slopes.entries import ALL_ENTRIES, Entries
from gradelib.checks.slopes.judge import ON_KINKS, Verdict
from gradelib.checks.slopes.kinks import Interval
from gradelib.checks.slopes.numeric import Probe

SIDES = Interval(0.0, 1.0, 0.0)
BESIDE = "several kinks meet at this point; right at a random point beside it"
TIE = "entries that tie share one gradient: together they pass it on once"


def on(many):
    return f"{many} on a kink, where every slope between the two sides is right"


# id: (verdict, (outcome, message, note, resolution))
VERDICTS = {
    "right": (Verdict(True, 1e-9), ("passed", "", "", 1e-9)),
    "cannot be told": (
        Verdict(None, 0.3, "it is noisy"),
        ("inconclusive", "dx cannot be told right from wrong: it is noisy", "", 0.3),
    ),
    "right, one kink": (
        Verdict(True, 1e-9, kinks={3: SIDES}), ("passed", "", on("1 entry sits"), 1e-9)
    ),
    "right, two kinks": (
        Verdict(True, 1e-9, kinks={3: SIDES, 0: SIDES}), ("passed", "", on("2 entries sit"), 1e-9)
    ),
    "right beside": (
        Verdict(True, 1e-9, ON_KINKS, beside=True, kinks={3: SIDES}), ("passed", "", BESIDE, 1e-9)
    ),
    "right, a tie": (
        Verdict(True, 1e-9, broken_tie=True, kinks={3: SIDES}), ("passed", "", TIE, 1e-9)
    ),
    "wrong, seen in the sum": (
        Verdict(False, 1e-9, kinks={3: SIDES}),
        (
            "wrong value", "dx is wrong by very little, seen only in the sum over its entries",
            on("1 entry sits"), None,
        ),
    ),
}  # fmt: skip

GRADIENT = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]])


def entries(wrong, numeric=None, indices=range(6), **known):
    numbers = np.array(GRADIENT.ravel()[list(indices)] if numeric is None else numeric, dtype=float)
    errors = np.arange(1.0, 1 + len(numbers)) * 1e-6
    return Entries(np.array(indices), numbers, errors, np.array(wrong, dtype=bool), **known)


@pytest.mark.parametrize(("verdict", "expected"), VERDICTS.values(), ids=VERDICTS)
@pytest.mark.parametrize("seen", [None, entries([0] * 6)], ids=["no entries", "none wrong"])
def test_comparison_without_wrong_entries(verdict, expected, seen):
    """The outcome, what is said, a note on kinks, and what would have been noticed."""
    outcome, said, note, resolution = expected
    if seen is None and outcome == "wrong value":  # nobody has looked at its entries
        said = "dx is wrong"
    found = compare._comparison("dx", GRADIENT, verdict, seen)
    assert (found.outcome, found.message, found.note, found.resolution) == (
        outcome, said, note, resolution
    )  # fmt: skip
    assert (found.name, found.size, found.shape) == ("dx", 6, (2, 3))
    assert (found.wrong, found.worst_index, found.errors, found.places) == (None, None, None, ())


# id: (entries, (wrong, sampled, worst, yours, numeric, error, errors, pattern, places))
WRONG = {
    "all looked at": (
        entries([0, 1, 0, 0, 1, 0], [1, -3, 3, 4, 5.5, 9], complete=True, exact=True),
        (2, None, (0, 1), -2.0, -3.0, 2e-6, [[0, 1, 0], [0, -0.5, 0]], "", ()),
    ),
    "the largest below": (
        entries([1, 0, 0, 0, 1, 0], [1.5, -2, 3, 4, 7.5, 6], complete=True, exact=True),
        (2, None, (1, 1), 5.0, 7.5, 5e-6, [[-0.5, 0, 0], [0, -2.5, 0]], "", ()),
    ),
    "a sample": (
        entries([1, 0, 1], [2.5, 4, 6.25], [1, 3, 5]),
        (2, 3, (0, 1), -2.0, 2.5, 1e-6, None, "", (((0, 1), -2.0, 2.5), ((1, 2), 6.0, 6.25))),
    ),
    "all that are wrong": (
        entries([1, 1], [2.5, 9], [1, 5], exact=True, pattern="scattered"),
        (2, None, (0, 1), -2.0, 2.5, 1e-6, None, "scattered",
         (((0, 1), -2.0, 2.5), ((1, 2), 6.0, 9.0))),
    ),
    "one": (
        entries([1], [9], [5], exact=True, pattern="one entry"),
        (1, None, (1, 2), 6.0, 9.0, 1e-6, None, "one entry", (((1, 2), 6.0, 9.0),)),
    ),
    "six of a sample": (
        entries([1] * 6, [0] * 6),
        (6, 6, (1, 2), 6.0, 0.0, 6e-6, None, "",
         tuple(((i // 3, i % 3), GRADIENT.flat[i], 0.0) for i in range(5))),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "expected"), WRONG.values(), ids=WRONG)
def test_comparison_with_wrong_entries(seen, expected):
    """How many are wrong of how many, where most, and by how much."""
    verdict = Verdict(False, 1e-9, kinks={3: SIDES})
    found = compare._comparison("dx", GRADIENT, verdict, seen)
    wrong, sampled, worst, yours, numeric, error, errors, pattern, places = expected
    assert (found.outcome, found.name, found.size, found.shape) == ("wrong value", "dx", 6, (2, 3))
    assert (found.wrong, found.sampled, found.worst_index) == (wrong, sampled, worst)
    assert (found.yours, found.numeric) == (yours, numeric)
    assert found.error == pytest.approx(error)
    assert found.pattern == (pattern or found.pattern)
    assert found.places == places
    assert all(type(i) is int for place in found.places for i in place[0])
    assert (found.note, found.resolution) == (on("1 entry sits"), 1e-9)
    if errors is None:
        assert found.errors is None
    else:
        assert found.errors.tolist() == errors


def probe_of(x, f=np.abs):
    return Probe(lambda arrays: f(arrays[0]), [x], np.ones_like(x), f(x))


SHAPED = {  # what: (mistake, entries, whether they are looked at)
    "a wrong shape": ("shape", 3, True),
    "a wrong shape of one entry": ("shape", 1, True),
    "a wrong shape of none": ("shape", 0, False),
    "a wrong shape of as many as may be": ("shape", ALL_ENTRIES, True),
    "a wrong shape of too many": ("shape", ALL_ENTRIES + 1, False),
    "no numbers": ("dtype", 3, False),
}


@pytest.mark.parametrize(("mistake", "size", "expected"), SHAPED.values(), ids=SHAPED)
def test_entries_of_a_gradient_that_breaks_the_contract(mistake, size, expected):
    """They are looked at where its numbers may be of use, and it is not too large for all."""
    probe = probe_of(np.linspace(1.0, 2.0, size))
    found = compare._entries(probe, 0, Breach("no", mistake), None, np.random.default_rng(0))
    assert (found is not None) is expected
    if found is not None:
        assert found.numeric == pytest.approx(np.ones(size))
        assert found.complete


def test_entries_on_kinks_are_held_to_the_verdict():
    """|x| has slopes from -1 to 1 at 0: what the verdict says of such an entry is kept."""
    x, yours = np.array([0.0, 1.5, -2.0, 0.0]), np.array([5.0, 1.0, -1.0, 0.3])
    verdict = Verdict(False, 1e-9, kinks={0: SIDES, 3: Interval(-1.0, 1.0, 0.0)}, unheld=(0,))
    found = compare._entries(probe_of(x), 0, yours, verdict, np.random.default_rng(0))
    assert found.wrong.tolist() == [True, False, False, False]
    assert found.numeric == pytest.approx([1.0, 1.0, -1.0, 0.3])
    with unexplained():
        assert compare._entries(probe_of(x), 0, yours, verdict, None) is None


def double(x):
    return 2 * x, x


X = np.linspace(-1, 1, 6).reshape(2, 3)


def todo(dout, x):
    raise NotImplementedError


def todo_with_words(dout, x):
    raise NotImplementedError("multiply by two")


def fails(dout, x):
    return dout[7]


CALLS = {  # id: (backward, outcome, name, words)
    "to do": (todo, "not attempted", "todo",
              "todo raises NotImplementedError; write your answer there"),
    "to do, with words": (todo_with_words, "not attempted", "todo_with_words", "multiply by two"),
    "raises": (fails, "raised", "fails", "IndexError"),
    "raises at": (fails, "raised", "fails", "return dout[7]"),
    "nothing": (lambda dout, x: None, "contract", "<lambda>", "None"),
    "shape": (lambda dout, x: 2 * dout[0], "contract", "dx", "(3,)"),
    "text": (lambda dout, x: "2", "contract", "dx", "str"),
}  # fmt: skip


@pytest.mark.parametrize(("backward", "outcome", "name", "words"), CALLS.values(), ids=CALLS)
def test_report_on_code_that_gives_no_gradient(backward, outcome, name, words):
    """The outcome, what it is about, and the words for it; warnings are handed on."""

    def warns(dout, x):
        print("a word")
        return backward(dout, x)

    warns.__name__ = backward.__name__
    report = gl.check_backward(double, warns, X)
    assert report.outcome == outcome
    assert report.verdict == "failed"
    (comparison,) = report.comparisons
    assert words in comparison.message
    if name != "<lambda>":
        assert comparison.name == name
    assert any("a word" in warning for warning in report.warnings)


def test_gradient_that_changes_dout_is_compared_all_the_same():
    """The breach stands first, then the gradients; the mistake is named for what was changed."""

    def backward(dout, x):
        dout *= 2
        return 1.5 * dout

    report = gl.check_backward(double, backward, X)
    assert [c.name for c in report.comparisons] == ["dout", "dx"]
    assert report.comparisons[0].outcome == "contract"
    assert report.comparisons[1].outcome == "wrong value"
    assert report.diagnoses[0].mistake == "dout-changed"
    assert report.diagnoses[0].name == "dout"


def test_inputs_of_other_gradients_are_held_where_they_are():
    """One gradient of three without its shape: the other two are compared, and it is explained."""
    W = np.arange(6.0).reshape(3, 2)

    def forward(x, W, b):
        return x @ W + b, (x, W)

    def backward(dout, cache):
        x, W = cache
        return 2 * dout @ W.T, dout.T @ x, dout.sum(axis=0)

    report = gl.check_backward(forward, backward, X, W, np.zeros(2))
    assert [c.outcome for c in report.comparisons] == ["wrong value", "contract", "passed"]
    assert report.comparisons[0].wrong > 0
    assert report.comparisons[1].size == 6
    assert {d.name for d in report.diagnoses} == {"dx", "dW"}
