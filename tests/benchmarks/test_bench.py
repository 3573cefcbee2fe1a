"""The benchmark asks what it says: forwards are counted, right and wrong are told apart."""

import re
import tomllib
from pathlib import Path

import apart
import cost
import lone
import numpy as np
import peers
import power
import pytest
import run
import tables
import targets
from two_layer import Question, TwoLayer

import gradelib as gl

ROOT = Path(__file__).resolve().parents[2]
SMALL = (6, 8, 3)


def smooth(factor=1.0):
    """Is factor times the derivative of x * sin(y) its derivative?"""
    rng = np.random.default_rng(0)

    def backward(dout, cache):
        x, y = cache
        return factor * dout * np.sin(y), factor * dout * x * np.cos(y)

    point = rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    dout = rng.normal(size=(3, 2))
    return Question(lambda x, y: (x * np.sin(y), (x, y)), backward, point, dout)


def test_forwards_of_our_check_are_those_of_its_report():
    """What the net counts is what the report says."""
    net = TwoLayer(*SMALL)
    report = gl.check_backward(net.forward, net.backward, *net.point)
    assert cost.counted(cost.ours(net)) == report.evaluations


def test_the_loop_takes_two_forwards_for_each_parameter():
    """And one more, for the cache of the backward pass; in part as in full."""
    net = TwoLayer(*SMALL)
    assert cost.counted(cost.loop_run(net, net.size)) == 2 * net.size + 1
    assert cost.counted(cost.loop_run(net, 10)) == 2 * 10 + 1


def test_tools_in_processes_of_their_own():
    """Both answer with the seconds of a check, until they are told to end."""
    assert 0 < apart.ratio("check_backward", "check_loss", SMALL, 2) < np.inf


def test_a_process_that_ends_is_told_of():
    with pytest.raises(RuntimeError, match="the process that checks with nothing has ended"):
        apart.Worker("nothing", SMALL)


@pytest.mark.parametrize("name", sorted(cost.TOOLS))
def test_tool_counts_forwards_of_the_net(name):
    """Every installed tool calls the net's forward, and accepts its backward."""
    peer = next((peer for peer in peers.PEERS if peer.name == name), None)
    if peer is not None and not peer.installed:
        pytest.skip(f"{peer.package} is not installed; make bench installs it")
    net = TwoLayer(*SMALL)
    tool = cost.TOOLS[name][0](net, net.size)
    assert cost.counted(tool) > 2
    assert tool.check()


def test_part_of_the_net_has_part_of_its_gradient():
    """The net as a function of its first parameters has the same value and first slopes."""
    net = TwoLayer(*SMALL)
    whole, part = net.question(), net.part(20)
    assert part.value(part.flat()) == whole.value(whole.flat())
    assert np.array_equal(part.flat_gradient(part.flat()), whole.flat_gradient(whole.flat())[:20])


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.name)
def test_peer_accepts_a_right_backward_and_no_wrong_one(peer):
    """On a smooth function of two arrays: right, two percent off, raising, one gradient short."""
    if not peer.installed:
        pytest.skip(f"{peer.package} is not installed; make bench installs it")
    right = smooth()
    assert peer.verdict(right)
    assert not peer.verdict(smooth(1.02))
    assert not peer.verdict(Question(right.forward, lambda d, c: 1 / 0, right.point, right.dout))
    short = Question(right.forward, lambda d, c: right.backward(d, c)[:1], right.point, right.dout)
    assert not peer.verdict(short)


@pytest.mark.parametrize("case", power.right(), ids=lambda case: case.name)
def test_right_passes_are_right_in_the_form_that_peers_get(case):
    """The gradients of a case's question have the shapes of its inputs and pass our own check."""
    question = power.as_question(case)
    if case.large or question.dout.size == 0:
        return
    inputs = question.inputs()
    grads = question.gradients(inputs, question.dout)
    assert [g.shape for g in grads] == [x.shape for x in inputs]
    assert gl.check_backward(
        question.forward, question.backward, *inputs, dout=question.dout
    ).passed


def test_every_mutant_is_asked_about():
    """All lists of mutants are found, each name once."""
    names = [case.name for case in power.mutants()]
    assert len(names) == len(set(names)) > 150


def test_score_tells_caught_from_accepted():
    """The loop at 1e-4 catches a sign and accepts what is right."""
    loop = next(peer for peer in peers.PEERS if peer.name.endswith("1e-4"))
    sign = [case for case in power.mutants() if case.name == "affine: sign of dW"]
    right = [case for case in power.right() if case.name == "affine"]
    score = power.of_peer(loop, sign + right)
    assert (score.rejected, score.accepted) == (["affine: sign of dW"], ["affine"])


def test_lone_entry_that_cannot_be_missed_is_found():
    """On a small net nothing hides; planted errors are found where they are."""
    missed = lone.missed(SMALL, seconds=60, most=2)
    assert (missed.seeds, missed.entries, missed.hidden) == (2, 166, 0)
    assert 0 < missed.nearest < 1
    assert lone.cost_of_finding(SMALL, 3, seed=0)[1] == 3


@pytest.mark.parametrize(
    ("counts", "bound"),
    [
        ({"seeds": 300, "entries": 1000}, 1e-4),
        ({"seeds": 300, "entries": 1000, "hidden": 10, "careless": 2, "asked": 30}, 1e-3),
        (
            {"seeds": 9, "entries": 1000, "hidden": 10, "careless": 1, "asked": 30, "passed": 9},
            5e-3,
        ),
    ],
    ids=["nothing hides", "all were caught", "some passed"],
)
def test_bound_of_misses_follows_from_the_counts(counts, bound):
    """Few seeds, many hidden entries and accepted ones all raise what may be missed."""
    assert lone.Missed(**counts).bound == pytest.approx(bound)


def test_tolerance_is_the_one_that_hides_an_error():
    """A gradient that is off along the direction by more than the tolerance is not accepted."""
    net = TwoLayer(*SMALL)
    watched = lone.Watched(net)
    report = gl.check_backward(watched.forward, net.backward, *net.point)
    grads = net.backward(1.0, net.forward(*net.point)[1])
    moved = watched.moved[0]
    room = 2 * lone.tolerance(grads[0], moved, report.comparisons[0].resolution)
    place = np.unravel_index(np.argmin(np.abs(moved)), moved.shape)

    def backward(dout, cache):
        dW1, *others = net.backward(dout, cache)
        dW1[place] += 1.01 * dout * room / moved[place]
        return (dW1, *others)

    assert not gl.check_backward(net.forward, backward, *net.point).passed


@pytest.mark.parametrize(("forwards", "p"), [([7, 7, 7], 0.0), ([20, 200, 2000], 1.0)], ids=str)
def test_growth_is_the_exponent(forwards, p):
    """Constant is 0, in proportion is 1."""
    assert cost.growth([10, 100, 1000], forwards) == pytest.approx(p, abs=1e-12)


def test_tables_are_written_between_the_marks_only():
    """The rest of the README stays, and the README has the marks."""
    text = f"before\n{run.BEGIN}\nold\n{run.END}\nafter\n"
    assert run.replaced(text, "new") == f"before\n{run.BEGIN}\nnew\n{run.END}\nafter\n"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(run.BEGIN) == readme.count(run.END) == 1


def test_table_shows_what_was_scaled_rejected_and_met():
    """A scaled time has a ~, a rejection a cross, a target missed a no."""
    found = {"tool": [cost.Cost(9, 2.0), cost.Cost(90, 30.0, scaled=True, accepts=False)]}
    assert "| tool | 9 · 2.00x | 90 · ~30x ✗ | n^1.00 | – |" in tables.of_cost(found, [10, 100])
    assert "| w | <= 1 | 2 | no |" in tables.of_targets([targets.Target("w", "<= 1", "2", False)])


def test_pins_hold_every_peer_and_the_numpy_of_the_project():
    """What is compared is pinned, with the numpy that the project is tested with."""
    pins = (Path(__file__).parent / "requirements.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", pins, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["peers"]
    assert {re.split("[=>]", item)[0] for item in extra} <= pinned.keys()
    assert {peer.package for peer in peers.PEERS if peer.package} <= pinned.keys()
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert f"\nnumpy=={pinned['numpy']}\n" in locked
    assert pinned["torch"] == "2.13.0"
