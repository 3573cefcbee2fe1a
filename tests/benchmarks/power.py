"""What each checker catches of the mutants, and what it rejects of the right passes.

The mutants and the right passes are those of `tests/checks/zoo*`, each at one seed.  A tool that
works entry by entry is not asked about the few with 30,000 entries and more.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zoo
import zoo_cases
from peers import PEERS, Peer
from two_layer import Question

from gradelib.checks import given

SEED = 7
CHECKS = Path(__file__).resolve().parents[1] / "checks"
AnyCase = zoo.Case | zoo.LossCase


def mutants() -> list[AnyCase]:
    """Every mutant in a list *_MUTANTS of a module zoo_mutants_*; each name once."""
    found: dict[str, AnyCase] = {}
    for path in sorted(CHECKS.glob("zoo_mutants_*.py")):
        module = __import__(path.stem)
        for name, cases in sorted(vars(module).items()):
            if name.endswith("_MUTANTS"):
                found.update((case.name, case) for case in cases if isinstance(case, AnyCase))
    return list(found.values())


def right() -> list[AnyCase]:
    return list(zoo_cases.CORRECT)


def as_question(case: AnyCase) -> Question | None:
    """The case with inputs of its own, in the form in which the peers take it.

    None where that form has no place for the mistake: a gradient for a parameter that is none.
    """
    rng = np.random.default_rng(SEED)
    if isinstance(case, zoo.LossCase):
        return _of_loss(case, rng)
    inputs = case.make_inputs(rng)
    places = given.places(inputs, case.wrt)

    def forward(*arrays):
        values = [np.array(v) if isinstance(v, np.ndarray) else v for v in inputs]
        for i, x in zip(places, arrays, strict=True):
            values[i] = given.in_form_of(inputs[i], x)
        out, cache = case.forward(*values)
        formed[:] = [out]
        return out, cache

    formed = []

    def backward(dout, cache):
        return case.backward(given.in_form_of(formed[0], dout), cache)

    point = tuple(np.asarray(inputs[i]) for i in places)
    out = forward(*(np.array(x) for x in point))[0]
    dout = np.asarray(rng.normal(size=np.shape(out))).astype(np.asarray(out).dtype)
    return Question(forward, backward, point, dout, case.large)


def _of_loss(case: zoo.LossCase, rng: zoo.Rng) -> Question | None:
    loss, params = case.make(rng)
    keys = [key for key, value in params.items() if given.is_float(value)]
    grads = loss({key: np.array(value) for key, value in params.items()})[1]
    if isinstance(grads, dict) and not grads.keys() <= params.keys():
        return None

    def forward(*arrays):
        return loss({**params, **dict(zip(keys, arrays, strict=True))})

    def backward(dout, grads):
        return tuple(float(dout) * grads[key] for key in keys)

    point = tuple(np.asarray(params[key]) for key in keys)
    return Question(forward, backward, point, np.ones(()), case.large)


@dataclass
class Score:
    """The names of the cases that a tool accepted, rejected and could not be asked about."""

    name: str
    tolerance: str
    accepted: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def ours(cases: Iterable[AnyCase]) -> Score:
    """check_backward and check_loss; a mutant is caught where the report says that it is wrong."""
    score = Score("gradelib", "6 x its own estimated error")
    for case in cases:
        passed = case.check(np.random.default_rng(SEED)).passed
        (score.accepted if passed else score.rejected).append(case.name)
    return score


def of_peer(peer: Peer, cases: Iterable[AnyCase]) -> Score:
    score = Score(peer.name, peer.tolerance)
    for case in cases:
        question = as_question(case)
        if question is None or (peer.entrywise and case.large):
            score.skipped.append(case.name)
            continue
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            accepted = peer.verdict(question)
        (score.accepted if accepted else score.rejected).append(case.name)
    return score


def scores(cases: list[AnyCase], every: int = 1) -> list[Score]:
    """Ours and every installed peer's, over each `every`-th of the cases."""
    chosen = cases[::every]
    return [ours(cases), *(of_peer(peer, chosen) for peer in PEERS if peer.installed)]
