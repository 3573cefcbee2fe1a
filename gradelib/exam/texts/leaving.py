"""Given cells that need not be run for each hand-in, because they show the same to everyone.

left_out(parts)   the cells of a hand-in that the candidate need not run
unneeded(steps)   the given cells of a master that the examiner need not run
Part              a cell of a notebook, for both

The figures of a course are the same for every student, and cost more than all of the student's
code. A rehearsal shows which given cells change nothing but the names that they bind. Such a cell
is left out where nobody reads those names, and where nothing that it reads is the student's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gradelib.exam.texts.reaching import reaching
from gradelib.exam.texts.scopes import Uses, uses


@dataclass(frozen=True)
class Part:
    """A code cell. `still`: the rehearsal showed that it changes nothing but its names.

    `students`: its text is the student's, so that what it binds is too.
    """

    source: str
    still: bool
    students: bool = False


def left_out(parts: Mapping[int, Part]) -> frozenset[int]:
    """Return the places of the cells that a candidate need not run.

    `parts` are the cells of a notebook, by their place, that would all be run.
    """
    known = {place: uses(part.source) for place, part in parts.items()}
    if any(reaching(part.source) for part in parts.values() if not part.still):
        return frozenset()
    through = _through(known.values())
    reached = {place: _reached(_reads(one), through) for place, one in known.items()}
    students = {place for place, part in parts.items() if part.students}
    while True:
        foreign = {name for at in students for name in known[at].binds | known[at].deletes}
        more = {place for place in parts if reached[place] & foreign} - students
        if not more:
            break
        students |= more
    out = {place for place, part in parts.items() if part.still} - students
    while out:
        read = set[str]().union(*(_reads(known[place]) for place in parts if place not in out))
        needed = {place for place in out if known[place].binds & read}
        if not needed:
            break
        out -= needed
    return frozenset(out)


def unneeded(steps: Sequence[Part]) -> frozenset[int]:
    """Return the numbers of the steps that need not be taken: still ones whose names none reads.

    The steps are taken in this order, all of them the master's own text.
    """
    if any(reaching(step.source) for step in steps):
        return frozenset()
    known = [uses(step.source) for step in steps]
    reads = [
        one.reads | _reached(one.reads, _through(known[: number + 1]))
        for number, one in enumerate(known)
    ]
    live: set[str] = set()
    out = set()
    for number in reversed(range(len(steps))):
        if steps[number].still and not known[number].binds & live:
            out.add(number)
        else:
            live = (live - known[number].surely) | reads[number]
    return frozenset(out)


def _reads(one: Uses) -> frozenset[str]:
    """What a cell reads, at whatever time."""
    return one.reads | one.reads_later


def _through(known: Iterable[Uses]) -> dict[str, set[str]]:
    """For each function, by its name, what it reads when it is called."""
    found: dict[str, set[str]] = {}
    for one in known:
        for name, read in one.later.items():
            found.setdefault(name, set()).update(read)
    return found


def _reached(names: Iterable[str], through: Mapping[str, set[str]]) -> set[str]:
    """The names, what the functions among them read, and the functions that those read."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += through.get(name, ())
    return found
