"""The verdict of finite differences on analytic gradients, one by one.

`judge` compares each gradient with the slopes of the function along random directions and says
agrees, differs or cannot be told; `weigh` does so for one direction. It needs no rule of thumb for
tolerances: a difference counts when it exceeds six times what the finite differences may be wrong
by.

A direction moves every entry by its input's spread times a random sign times a number between 1/2
and 3/2, so that a lone wrong entry cannot hide behind a small component; several wrong entries
cancel along it with a probability of the order of tolerance / residual. What agrees here is looked
at along another direction at another point (`scrutiny`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, sqrt

import numpy as np

from gradelib.checks.slopes.kinks import Interval, Kinks, TooManyKinks, without
from gradelib.checks.slopes.ladder import FIRST_RUNG, RUNGS, Ladder, Slope
from gradelib.checks.slopes.noise import EPS, noise_floor, noise_level
from gradelib.checks.slopes.numeric import Array, Direction, Probe, moving_one, parts, units
from gradelib.checks.slopes.steps import Curve, curve_of

__all__ = ["ON_KINKS", "Claim", "Verdict", "judge", "random_direction", "weigh"]

RTOL = 1e-9  # rounding in the student's own gradient
LARGE = 1e150
ROUNDING = 1e-13  # of the output: a gradient below it is zero, as far as arithmetic goes
FINEST = 1e-8  # relative error of a slope that leaves a lone wrong entry nowhere to hide
GRAVITY = (False, None, True)
LENGTHS = np.linspace(2.0**-16 - 1.0, 1.0 - 2.0**-16, 2**16)  # of a direction's entries,
LENGTHS += np.copysign(0.5, LENGTHS)  # from 0.5 to 1.5, of either sign
QUIET = 100  # times the least noise that a function can have
FEW_RUNGS = 4  # steps after which another point is tried
CLOSER = 13  # a rung: a step of 1.5e-8, by which a difference is confirmed
ON_KINKS = "several kinks meet at this point"
AT_ONCE = 1e-7  # and one that is known this well needs no second look
COARSEST = 1e-4  # a gradient that is known only to a worse relative error is "inconclusive"


@dataclass(frozen=True)
class Verdict:
    """What can be said of one gradient: `agrees` is None where nothing can, with a `reason`.

    `resolution` is the relative error that would have been noticed; `kinks` maps the flat index of
    each entry on a kink to its slopes, and `unheld` are those entries whose gradient they rule out,
    with `broken_tie` because of what it is together with the entries that it is tied to; `beside`
    where the verdict is that of a random point beside the kinks, `rough` where such a point still
    has to be looked at.
    """

    agrees: bool | None
    resolution: float
    reason: str = ""
    kinks: Mapping[int, Interval] = field(default_factory=dict)
    unheld: tuple[int, ...] = ()
    broken_tie: bool = False
    beside: bool = False
    rough: bool = False
    rung: int = 7
    curve: Curve | None = None


def judge(
    probe: Probe, gradients: Sequence[Array], rng: np.random.Generator, *, roughly: bool = False
) -> list[Verdict]:
    """Return a verdict for each gradient; `gradients[k]` has the shape of `probe.point[k]`.

    One direction for each input, for three evaluations of the function where the gradient agrees
    at once. Where one does not, it matters how noisy the function is, and a direction of all inputs
    is looked at as well. Entries on kinks are kept at rest in the directions, and held to the
    slopes on their two sides.

    `roughly`: where kinks lie close to the point, and the gradient agrees to four digits, no more
    is asked here; the verdicts are `rough`, and the caller looks at another point.
    """
    if probe.dout.size == 0 or all(g.size == 0 for g in gradients):
        return [Verdict(not np.any(g), 0.0) for g in gradients]
    probe.noise = noise_floor(probe)
    full = [random_direction(x, rng, u) for x, u in zip(probe.point, probe.steps, strict=True)]
    looks = alone = [
        _Look(probe, gradients, moving_one(len(full), k, part), (k,))
        for k, v in enumerate(full)
        for part in _by_size(v, probe.steps[k])
    ]
    undecided = [look for look in looks if not look.agrees_at_once(roughly)]
    if undecided:
        # What is hard to tell of one input is asked of all together as well.
        full = [random_direction(x, rng, u) for x, u in zip(probe.point, probe.steps, strict=True)]
        together = _Look(probe, gradients, full, tuple(range(len(full))))
        together.start_at(max([FIRST_RUNG, *(look.verdict.rung - 1 for look in looks)]))
        looks = [*alone, together]
        if not together.agrees_at_once(roughly):
            undecided.append(together)
    kinks = Kinks(probe)
    if undecided:
        probe.noise = max(noise_level(probe, full), _places_noise(probe, gradients))
        try:
            known = -1
            while known < len(kinks.entries):  # kinks found late were still moving before
                known = len(kinks.entries)
                for look in looks if known else undecided:
                    look.settle(kinks)
        except TooManyKinks:
            return [Verdict(None, inf, ON_KINKS) for _ in gradients]
    judged: dict[int, Verdict] = {}
    for look in alone:
        k, verdict = look.inputs[0], look.verdict
        judged[k] = min(judged.get(k, verdict), verdict, key=lambda v: GRAVITY.index(v.agrees))
    if looks[-1].verdict.agrees is False and all(v.agrees for v in judged.values()):
        # Each alone agreed by accident; what they share does not.
        judged = {k: replace(v, agrees=False) for k, v in judged.items()}
    unheld = kinks.unheld(gradients)
    verdicts = []
    for k in range(len(gradients)):
        verdict = judged.get(k, Verdict(True, 0.0))
        intervals = {index: i for (block, index), i in kinks.intervals.items() if block == k}
        certain = tuple(sorted(e[1] for e, sure in unheld.items() if e[0] == k and sure))
        if certain:
            verdict = replace(verdict, agrees=False)
        elif verdict.agrees and any(e[0] == k for e in unheld):
            verdict = replace(verdict, agrees=None, reason=ON_KINKS)
        tie = any(block == k for block, _ in kinks.broken_ties)
        verdicts.append(replace(verdict, kinks=intervals, unheld=certain, broken_tie=tie))
    # What is known no better because of noise is no better known beside.
    quiet = roughly and probe.noise <= QUIET * noise_floor(probe)
    coarse = [v for v in (look.verdict for look in looks) if v.agrees and v.resolution > AT_ONCE]
    if any(v.rough for v in coarse) or (quiet and coarse):
        verdicts = [replace(verdict, rough=True) for verdict in verdicts]
    return verdicts


def random_direction(x: Array, rng: np.random.Generator, unit: Array | None = None) -> Array:
    """A direction that moves every entry of x, by half to one and a half times its unit."""
    # One of 65,536 numbers: many times faster than drawing floats.
    drawn = np.frombuffer(rng.bytes(2 * x.size), dtype=np.uint16)
    flat = np.empty(x.size)
    for part in parts(x.size):
        np.take(LENGTHS, drawn[part], out=flat[part], mode="clip")  # without a copy
    v = flat.reshape(x.shape)
    v *= units(x) if unit is None else unit
    return v


def _by_size(v: Array, unit: Array) -> list[Array]:
    """A direction in parts whose entries are of like size, so that none hides another."""
    if not v.size:
        return []
    if not any(unit.strides):  # one number for all
        return [v]
    size = np.abs(v)
    if np.max(size) < 100 * np.min(size):
        return [v]
    classes = np.floor(np.log10(size) / 1.5)
    return [np.where(classes == each, v, 0.0) for each in np.unique(classes)]


class _Look:
    """The gradients and the function along one direction, which moves the given inputs."""

    def __init__(
        self, probe: Probe, gradients: Sequence[Array], direction: Direction, inputs: Sequence[int]
    ) -> None:
        self.probe, self.gradients, self.inputs = probe, gradients, inputs
        self.verdict = Verdict(None, inf)
        self._aim(direction, FIRST_RUNG)

    def _aim(self, direction: Direction, start: int) -> None:
        self.direction = direction
        self.claim = Claim.of(self.gradients, direction)
        self.ladder = Ladder(self.probe, direction, start)

    def start_at(self, rung: int) -> None:
        self.ladder.start = rung

    def agrees_at_once(self, roughly: bool) -> bool:
        """Whether the gradients agree so closely that it does not matter how noisy f is."""
        most = FEW_RUNGS if roughly else RUNGS
        for look in (self.ladder.glance, lambda: self._settled(AT_ONCE / 7, most)):
            found = look()
            last = look != self.ladder.glance
            reach, size = 6 * found.error, max(self.claim.norm, abs(found.value))
            near = abs(self.claim.along - found.value) <= self.claim.slack(found.error)
            enough = COARSEST if roughly and last else AT_ONCE
            if near and reach <= enough * size < inf and not found.kink:
                resolution, curve = reach / size if size else 0.0, self._curve(found)
                rough = reach > AT_ONCE * size
                self.verdict = Verdict(True, resolution, rough=rough, rung=found.rung, curve=curve)
                return True
        return False

    def settle(self, kinks: Kinks) -> None:
        """Reach a verdict with every entry at rest that sits on a kink."""
        for _ in range(5):
            if any(block in self.inputs for block, _ in kinks.entries):
                self._aim(without(self.direction, kinks.entries), self.ladder.start)
            if not any(v is not None and np.any(v) for v in self.direction):
                self.verdict = Verdict(True, 0.0)
                return
            found = self._settled(FINEST)
            if not found.kink:
                verdict = weigh(self.probe, self.claim, self.direction, found)
                if verdict.agrees is False and not self._holds_closer(found):
                    self.ladder = Ladder(self.probe, self.direction, CLOSER)
                    found = self._settled(FINEST)
                    verdict = weigh(self.probe, self.claim, self.direction, found)
                self.verdict = replace(verdict, curve=self._curve(found))
                return
            kinks.find(self.direction, found.rung)
            self.ladder.start = min(max(found.rung - 1, 5), 10)
        raise TooManyKinks

    def _holds_closer(self, found: Slope) -> bool:
        """Whether a much shorter step shows the slope, too: a long one may leave all that moves."""
        t = 4.0**-CLOSER
        short = self.probe.change(self.direction, t) / t
        allowed = 0.3 * abs(self.claim.along - found.value) + 6 * found.error
        return abs(short - found.value) <= allowed + 6 * self.probe.noise / t

    def _settled(self, precision: float, most: int = RUNGS) -> Slope:
        return self.ladder.settle(precision * min(self.claim.norm, LARGE), precision, most)

    def _curve(self, found: Slope) -> Curve:
        along, norm = self.claim.along, self.claim.norm
        slack = self.claim.slack(found.error)
        return curve_of(self.probe, self.direction, found, along, slack, norm)


@dataclass(frozen=True)
class Claim:
    """What gradients say of a direction: the slope `along` it, and the norm of its parts."""

    along: float
    norm: float

    @classmethod
    def of(cls, gradients: Sequence[Array], direction: Direction) -> Claim:
        along = squares = 0.0
        for g, v in zip(gradients, direction, strict=True):
            if v is not None:
                flat, way = g.ravel(), v.ravel()
                for part in parts(flat.size):
                    product = flat[part] * way[part]
                    along += float(product.sum())
                    squares += float(product.dot(product))
        return cls(along, sqrt(squares))

    def slack(self, error: float) -> float:
        """How far a right claim may be from a slope that is known to +- error."""
        return 6 * error + RTOL * self.norm


def weigh(probe: Probe, claim: Claim, direction: Direction, found: Slope) -> Verdict:
    """Compare what gradients claim with the slope found: |g.v - D| <= 6 error + RTOL ||g v||."""
    norm, along = claim.norm, claim.along
    if not (np.isfinite(norm) and np.isfinite(along)):
        return Verdict(False, 0.0)  # too large to be squared
    reach = 6 * found.error
    size = max(norm, abs(found.value))
    resolution = reach / size if size > 0 else 0.0
    if not np.isfinite(found.error) or not np.isfinite(found.value):
        return Verdict(None, inf, "the function is not finite nearby", rung=found.rung)
    differs = abs(along - found.value) > claim.slack(found.error)
    if not differs and reach <= COARSEST * size:
        return Verdict(True, resolution, rung=found.rung)
    natural = _natural(probe, direction)
    if size <= ROUNDING * natural and reach <= 1e-8 * natural:
        return Verdict(True, resolution, rung=found.rung)  # zero, as far as arithmetic can tell
    if differs:
        return Verdict(False, resolution, rung=found.rung)
    return Verdict(None, resolution, "the function is too noisy or too rough here", rung=found.rung)


def _places_noise(probe: Probe, gradients: Sequence[Array]) -> float:
    """The noise of x + t v itself, which is rounded to x's own digits, as the gradients pass it on.

    It shows where x is large beside the distances between its entries.
    """
    parts = [float(np.linalg.norm(g * x)) for g, x in zip(gradients, probe.point, strict=True)]
    noise = 0.3 * EPS * float(np.linalg.norm(parts))
    return noise if isfinite(noise) else 0.0


def _natural(probe: Probe, direction: Direction) -> float:
    """The size of the output, or of its change for a step of the units; of dout where it is 0."""
    lengths = [float(np.linalg.norm(v)) for v in direction if v is not None]
    dout = float(np.linalg.norm(probe.dout)) * max(1.0, float(np.linalg.norm(lengths)))
    output = float(np.linalg.norm(probe.dout * probe.base))
    for t in (0.7, -0.7, 8.0):  # 1 would take many a number exactly to 0
        for way in (direction, probe.steps):
            change = float(np.linalg.norm(probe.dout * (probe.output(way, t) - probe.base)))
            natural = float(np.nanmax((output, change)))
            if natural > ROUNDING * dout:
                return natural
    return dout  # the function is 0 all around, but for what rounding leaves
