"""Fingerprints: which edit is recognised, what is not, and what a hostile file does."""

import inspect
import json
import os

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.mistakes import fingerprints, table
from gradelib.checks.mistakes.edits import EDITS

G = np.random.default_rng(7)
INPUTS = G.normal(size=(5, 7)), G.normal(size=(7, 3)), G.normal(size=3)


def forward(x, W, b):
    h = np.tanh(x @ W)
    return h + b, (x, W, h)


def right(dout, cache):
    x, W, h = cache
    dz = dout * (1 - h**2)
    dx = dz @ W.T
    dW = x.T @ dz
    db = dout.sum(axis=0)
    return dx, dW, db


def check(backward, inputs=INPUTS, exercise="layer"):
    return gl.check_backward(forward, backward, *inputs, exercise=exercise)


@pytest.fixture(scope="module")
def known():
    """The fingerprints of the right backward pass."""
    return fingerprints.of(inspect.getsource(right), "right", check)


def slipped(**lines):
    """The right backward pass with other right-hand sides."""
    steps = {
        "dz": "dout * (1 - h**2)",
        "dx": "dz @ W.T",
        "dW": "x.T @ dz",
        "db": "dout.sum(axis=0)",
    } | lines
    body = "".join(f"    {name} = {value}\n" for name, value in steps.items())
    text = f"def backward(dout, cache):\n    x, W, h = cache\n{body}    return dx, dW, db\n"
    names = {"np": np}
    exec(text, names)
    return names["backward"]


def named(report):
    """{gradient: mistake} of a report."""
    return {d.name: d.mistake for d in report.diagnoses}


ONE = {
    "a factor dropped": ({"dz": "dout"}, {"dx": "missing-factor", "dW": "missing-factor"}),
    "a power": ({"dz": "dout * (1 - h)"}, {"dx": "constant", "dW": "constant"}),
    "a sign inside": ({"dz": "dout * (1 + h**2)"}, {"dx": "inner-sign", "dW": "inner-sign"}),
    "another array": ({"db": "dz.sum(axis=0)"}, {"db": "wrong-array"}),
    "the same by another way": (
        {"dx": "np.stack([W @ row for row in dout])"},
        {"dx": "missing-factor"},
    ),
    "two mistakes in two gradients": (
        {"dx": "dout @ W.T", "db": "dz.sum(axis=0)"},
        {"dx": "missing-factor", "db": "wrong-array"},
    ),
    "two mistakes in one gradient": ({"dW": "-x.T @ (dout * (1 - h))"}, {"dW": "other-signal"}),
    "a mistake and a hypothesis": (
        {"dW": "x.T @ dout", "db": "2 * dout.sum(axis=0)"},
        {"dW": "missing-factor", "db": "factor-2"},
    ),
    "almost an edit": ({"db": "(1 + 1e-6) * dz.sum(axis=0)"}, {}),
    "nothing known": ({"dW": "np.sin(x.T @ dz)"}, {}),
    "a signal that nothing explains": ({"dW": "x.T @ np.sin(dz)"}, {"dW": "other-signal"}),
}


@pytest.mark.parametrize(("lines", "expected"), ONE.values(), ids=ONE)
def test_edit_is_recognised_by_what_it_returns(known, lines, expected):
    """A mistake is named where an edit gives exactly the same array, and only there."""
    with fingerprints.known(known):
        report = check(slipped(**lines))
    assert not report.passed
    assert named(report) == expected


def test_without_fingerprints_nothing_is_named():
    """The names above come from the fingerprints."""
    assert named(check(slipped(db="dz.sum(axis=0)"))) == {}


def test_diagnosis_names_the_edit_and_its_sentence(known):
    """One edit explains both gradients that it spoils; its name stands in the JSON."""
    with fingerprints.known(known):
        report = check(slipped(dz="dout * (1 - h)"))
    first, second = report.diagnoses
    assert first.edit == second.edit != ""
    assert first.explanation == EDITS["constant"]
    assert report.to_json()["diagnoses"][0]["edit"] == first.edit


def test_edit_stands_beside_the_name_of_a_hypothesis(known):
    """What a hypothesis names keeps its name; the edit that gives the same is for the teacher."""
    with fingerprints.known(known):
        (said,) = check(slipped(db="-dout.sum(axis=0)")).diagnoses
    (alone,) = check(slipped(db="-dout.sum(axis=0)")).diagnoses
    assert (said.mistake, said.explanation) == (alone.mistake, alone.explanation)
    assert (said.mistake, alone.edit) == ("sign", "")
    assert said.edit


OTHER = {
    "other inputs": lambda b: check(b, [x + 1e-3 for x in INPUTS]),
    "another exercise": lambda b: check(b, exercise="other"),
    "no exercise": lambda b: check(b, exercise=None),
    "another upstream gradient": lambda b: gl.check_backward(
        forward, b, *INPUTS, exercise="layer", seed=1
    ),
}


@pytest.mark.parametrize("call", OTHER.values(), ids=OTHER)
def test_another_check_does_not_match(known, call):
    """Fingerprints belong to one check: its inputs, its upstream gradient, its exercise."""
    with fingerprints.known(known):
        assert named(call(slipped(db="dz.sum(axis=0)"))) == {}


def test_right_answers_pass(known):
    """Fingerprints never fail a gradient."""
    with fingerprints.known(known):
        assert check(right).passed
        assert check(slipped(db="np.ones(5) @ dout")).passed


def square(x):
    return float(x) ** 3, x


SCALARS = {
    "a factor dropped, at a point where numbers coincide": (
        "3 * x**2 * dout",
        lambda dout, x: 3 * x * dout,
        "constant",
    ),
    "a constant that happens to fit": ("3 * x**2 * dout", lambda dout, x: 6 * dout, ""),
}


@pytest.mark.parametrize(("source", "wrong", "mistake"), SCALARS.values(), ids=SCALARS)
def test_single_numbers_must_fit_at_a_second_point(source, wrong, mistake):
    """At x = 2 many formulas give the same number; beside it they do not."""
    text = f"def cube(dout, x):\n    return {source}\n"

    def cubed(backward):
        return gl.check_backward(square, backward, 2.0, names=("x",), exercise="cube")

    found = fingerprints.of(text, "cube", cubed)
    with fingerprints.known(found):
        diagnoses = [d.mistake for d in cubed(wrong).diagnoses if d.edit]
    assert diagnoses == [mistake] * bool(mistake)


def test_vacuous_results_have_no_fingerprint(known):
    """Neither zeros nor ones, nor what is right, is evidence of a mistake."""
    with fingerprints.known(known):
        for wrong in (np.zeros(3), np.ones(3)):
            report = check(lambda dout, cache, wrong=wrong: (*right(dout, cache)[:2], wrong))
            assert not [d for d in report.diagnoses if d.edit]


def test_table_survives_its_file(known):
    """A table that is written and read holds the same records; another does not."""
    again = table.read(known.text())
    assert known.same(again)
    assert again.same(known)
    assert len(known.text()) < 20_000
    (one,) = known.checks
    label = min(one.rows)
    fewer = table.Check(
        one.exercise, one.salt, one.size, one.inputs, {**one.rows, label: one.rows[label][1:]}
    )
    assert not known.same(table.Table((fewer,)))


def test_rounding_is_no_difference(known):
    """Machines differ in the last digits."""
    data = json.loads(known.text())
    row = data["checks"][0]["rows"][0]
    row[-1] = [x * (1 + 1e-10) for x in row[-1]]
    assert known.same(table.read(json.dumps(data)))
    row[-1] = [x * (1 + 1e-5) for x in row[-1]]
    assert not known.same(table.read(json.dumps(data)))


HOSTILE = {
    "empty": "",
    "not JSON": "import os",
    "a list": "[]",
    "null": "null",
    "no checks": '{"version": 1}',
    "checks of another kind": '{"checks": 5}',
    "a check of another kind": '{"checks": [5]}',
    "infinite numbers": '{"checks": [{"exercise": "layer", "salt": "", "size": 3, '
    '"inputs": [1e999, 0, 0], "rows": []}]}',
    "a row without numbers": '{"checks": [{"exercise": "layer", "salt": "", "size": 3, '
    '"inputs": [0, 0, 0], "rows": [["b", ["x"], "sign", [3], []]]}]}',
    "a row without a name": '{"checks": [{"exercise": "layer", "salt": "", "size": 3, '
    '"inputs": [0, 0, 0], "rows": [["b", [], "sign", [3], [0, 0, 0]]]}]}',
    "deep": "[" * 100_000,
    "huge": " " * 3_000_000,
    "not text": b"\xff\xfe\x00\x01",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_gives_no_diagnosis(content, tmp_path, monkeypatch):
    """Whatever stands in fingerprints.json, the check says what it says without it."""
    monkeypatch.chdir(tmp_path)
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / table.FILE).write_bytes(data)
    report = check(slipped(db="dz.sum(axis=0)"))
    assert report.outcome == "wrong value"
    assert named(report) == {}


def test_file_is_a_folder_or_a_pipe(tmp_path, monkeypatch):
    """What is no file is not waited for."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo(table.FILE)
    assert table.here().checks == ()
    os.remove(table.FILE)
    os.mkdir(table.FILE)
    assert table.here().checks == ()


def test_unknown_mistake_has_no_name(known, tmp_path, monkeypatch):
    """A file cannot put words into a report."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / table.FILE).write_text(known.text().replace("wrong-array", "<b>hello</b>"))
    assert named(check(slipped(db="dz.sum(axis=0)"))) == {}
    (tmp_path / table.FILE).write_text(known.text())
    assert named(check(slipped(db="dz.sum(axis=0)"))) == {"db": "wrong-array"}


def test_jacobian_has_fingerprints():
    """A wrong Jacobian is recognised by what it makes of an upstream gradient."""
    source = "def jacobian(x):\n    p = np.exp(x) / np.exp(x).sum()\n"
    source += "    return np.diag(p) - np.outer(p, p)\n"
    x = np.array([0.3, -1.0, 0.7, 0.1])

    def softmax(x):
        return np.exp(x) / np.exp(x).sum()

    def judged(jacobian):
        return gl.check_jacobian(softmax, jacobian, x, exercise="jacobian")

    found = fingerprints.of(source, "jacobian", judged)

    def plus(x):
        return np.diag(softmax(x)) + np.outer(softmax(x), softmax(x))

    with fingerprints.known(found):
        report = judged(plus)
    assert named(report) == {"the Jacobian": "inner-sign"}
    assert report.exercise == "jacobian"


def test_no_table_without_an_exercise():
    """A check that names no exercise, or a wrong reference, leaves nothing to compare with."""
    source = inspect.getsource(right)
    with pytest.raises(ValueError, match="has no exercise"):
        fingerprints.of(source, "right", lambda b: check(b, exercise=None))
    with pytest.raises(ValueError, match="fails it"):
        fingerprints.of("def right(dout, cache): raise KeyError", "right", check)
