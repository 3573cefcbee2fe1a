"""A master's given cells, run once beforehand: what they show, and which change nothing else.

rehearse(paper, shell)   run them in this process, and return a Rehearsal, plain JSON
Rehearsal                the outputs of the still cells of each notebook
"""

from __future__ import annotations

from gradelib.exam.clock import Clock
from gradelib.exam.running.outputs import Output, cleaned
from gradelib.exam.running.shell import Shell
from gradelib.exam.still import changed, opaque, state
from gradelib.exam.texts.paper import Paper
from gradelib.exam.texts.reaching import reaching
from gradelib.exam.texts.scopes import uses
from gradelib.exam.texts.script import Script

Rehearsal = dict[str, dict[str, list[Output]]]
"""The outputs of cells that may be left out, by the notebook's name and the cell's place in it."""

TIME = 120.0
"""Seconds that a rehearsal may take; what is not reached is run for each hand-in."""


def rehearse(paper: Paper, shell: Shell) -> Rehearsal:
    """Run the given cells of each notebook in the working directory and say which were still."""
    clock = Clock(TIME, TIME)
    found: Rehearsal = {}
    for name, master in paper.notebooks.items():
        script = Script(master)
        shell.begin_anew()
        still: dict[str, list[Output]] = {}
        for index, cell in enumerate(master.cells):
            if not cell.given or index in script.sides.candidate_only or clock.over:
                continue
            before = state(shell.user_ns)
            ran = shell.run(cell.source, 1)
            after = state(shell.user_ns)
            known = uses(cell.source)
            unseen = opaque(before) & (known.reads | known.reads_later)
            silent = not unseen and not changed(before, after, known.binds)
            if ran.error is None and not reaching(cell.source) and silent:
                outputs, cut = cleaned(ran.outputs)
                if not cut:
                    still[str(index)] = outputs
        found[name] = still
    return found
