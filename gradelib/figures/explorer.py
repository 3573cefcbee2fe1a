"""A circuit to step through and to drag: `Explorer`, which `Circuit.explore()` returns.

Where the notebook can show widgets (anywidget, and a kernel that lives) it is one.  Elsewhere, as
in feedback pages, it is the circuit's picture, with the steps as text under it.
"""

import os
import sys
from collections.abc import Callable, Collection, Mapping
from functools import cached_property
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from gradelib.figures.graph import Key
from gradelib.figures.rules import spoken
from gradelib.figures.scene import scene
from gradelib.figures.sketch import NUMBER, Labels, width_of
from gradelib.figures.walk import Numbers, Step, scalar, walk

if TYPE_CHECKING:
    from gradelib.figures.circuit import Circuit

__all__ = ["Compute", "Explorer"]

Calculated = tuple[Mapping[str, object], Mapping[Key, object]]
Compute = Callable[[dict[str, float]], "Calculated | Circuit"]

WIDE = "\N{MINUS SIGN}88.88"  # room for the numbers that may come
GRIPS = "000"  # and for the handles at an input's value


class Explorer:
    """A circuit step by step, node by node; its inputs can be dragged where it can calculate.

    `compute` maps the inputs to values and gradients, as `Circuit` takes them, or to a circuit that
    has them; without it the numbers stay as they are.  `by` is the smallest step of a drag.
    """

    def __init__(self, circuit: "Circuit", compute: Compute | None = None, by: float = 0.1) -> None:
        self.circuit = circuit
        self.compute = compute
        self.by = by

    @property
    def inputs(self) -> dict[str, float]:
        """The inputs that can be dragged, and where they stand."""
        values, free = self.circuit.values, self.circuit.graph.inputs
        if self.compute is None:
            return {}
        return {n: v for n in free if (v := scalar(values.get(n))) is not None}

    def steps(self, circuit: "Circuit | None" = None) -> list[Step]:
        """Return both passes, gate by gate."""
        on = circuit or self.circuit
        gradients = on.gradients or None
        return walk(on.graph, Numbers(on.values, gradients, on.output, on.constants, on.decimals))

    def at(self, inputs: Mapping[str, float]) -> "Circuit":
        """Return the circuit with other inputs.  Raises what `compute` raises."""
        if self.compute is None:
            return self.circuit
        found = self.compute({**self.inputs, **inputs})
        values, gradients = found if isinstance(found, tuple) else (found.values, found.gradients)
        kept = {**self.circuit.values, **values}
        return self.circuit.again(kept, gradients if self.circuit.gradients else None)

    @cached_property
    def scene(self) -> dict[str, Any]:
        """The drawing, for a browser, with room for other numbers."""
        labels = self.circuit.labels()
        roomy = Labels(
            {name: self._wide(name, text) for name, text in labels.above.items()},
            {name: self._wide("", text) for name, text in labels.below.items()},
            {wire: self._wide("", text) for wire, text in labels.branches.items()},
            labels.quiet,
            ("", ""),
        )
        return {**scene(self.circuit.graph, roomy), "first": self.inputs, "by": self.by}

    def _wide(self, name: str, text: str) -> str:
        """Return the widest text that may come to the place of this one."""
        if self.compute is None or name in self.circuit.graph.constants:
            return text
        wide = max(text, WIDE, key=lambda t: width_of(t, NUMBER))
        return wide + GRIPS if name in self.inputs else wide

    def state(self, circuit: "Circuit") -> dict[str, Any]:
        """Return every text of the drawing, and the steps, for a browser."""
        labels = circuit.labels()
        wires = circuit.graph.wires
        return {
            "above": dict(labels.above),
            "below": dict(labels.below),
            "branches": {str(wires.index(wire)): text for wire, text in labels.branches.items()},
            "steps": [self._plain(step) for step in self.steps(circuit)],
            "alt": circuit.alt,
        }

    def _plain(self, step: Step) -> dict[str, Any]:
        """Return a step as plain data; wires by their number."""
        place = {wire: i for i, wire in enumerate(self.circuit.graph.wires)}
        at_work = [i for wire, i in place.items() if wire.gate == step.gate]
        return {
            "phase": step.phase,
            "says": step.says,
            "words": step.words,
            "gate": step.gate,
            "wires": at_work if step.phase == "forward" else [place[m.wire] for m in step.messages],
            "rows": [[spoken(m.wire.source), m.local, m.product] for m in step.messages],
            "adds": step.adds,
            "values": step.values,
            "gradients": step.gradients,
        }

    @cached_property
    def widget(self) -> Any:
        """The widget.  Raises ModuleNotFoundError without anywidget."""
        from gradelib.figures.widget import CircuitWidget

        return CircuitWidget(self)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {**self.circuit._repr_mimebundle_(include, exclude)}
        items = "".join(f"<li>{escape(step.words)}</li>" for step in self.steps()[:-1])
        shown["text/html"] += (
            f"<details><summary>The circuit step by step</summary><ol>{items}</ol></details>"
        )
        if can_show_widgets():
            shown["application/vnd.jupyter.widget-view+json"] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.widget.model_id,
            }
        return shown

    def __repr__(self) -> str:
        return self.circuit.alt


def can_show_widgets() -> bool:
    """Say whether there is a kernel with a person before it, and anywidget."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return (
        getattr(shell, "kernel", None) is not None
        and "NBGRADER_EXECUTION" not in os.environ
        and find_spec("anywidget") is not None
    )
