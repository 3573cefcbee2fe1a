"""`Circuit`: a computational graph with the value above and the gradient below each wire."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from matplotlib.figure import Figure

from gradelib.figures.explorer import Compute, Explorer
from gradelib.figures.gates import formula
from gradelib.figures.graph import Key, Node, Wire, evaluate, read, suggestion
from gradelib.figures.picture import Picture, picture
from gradelib.figures.rules import spoken
from gradelib.figures.sketch import Labels, sketch
from gradelib.figures.style import number

__all__ = ["Circuit"]


class Circuit:
    """A small computational graph, drawn from left to right; the last line of a cell shows it.

    `nodes` lists the gates as `(name, operation, input, ...)`.  What no gate computes is an input,
    and a number among the inputs is a constant.  Any operation is drawn; the standard ones get
    their usual sign.

    `values` and `gradients` say what stands above and below the wire that leaves a node: a number,
    a text such as "(N, D)", an array (its shape is written), or None for a question mark.  A name
    that is left out gets nothing.  Where a node is read by several gates, the gradient that comes
    back along one branch has the key `(name, gate)`, and `(name, gate, slot)` for the inputs of one
    gate that reads the name twice.  `gradients=None` draws values only.

    `constants` names inputs that are drawn quietly and have no gradient, such as a target.
    `decimals` applies to numbers that are not whole.  `legend=False` leaves out the last line.
    `output` is the name in the legend's "gradient of ...".

    Raises ValueError for a cycle, a name given twice, and a value or gradient of an unknown name.
    """

    def __init__(
        self,
        nodes: Iterable[Node],
        values: Mapping[str, object] | None = None,
        gradients: Mapping[Key, object] | None = None,
        *,
        constants: Collection[str] = (),
        decimals: int = 2,
        legend: bool = True,
        output: str | None = None,
    ) -> None:
        self.nodes = [*nodes]
        self.graph = read(self.nodes)
        self.values: dict[str, object] = {**self.graph.constants, **(values or {})}
        self.gradients: dict[Key, object] = dict(gradients or {})
        self.constants = frozenset({*constants, *self.graph.constants})
        self.decimals = decimals
        self.legend = legend
        self.output = output or self.graph.outputs[-1]
        self.compute: Compute | None = None
        wires = self.graph.wires
        known: set[object] = {*self.graph.names, *((w.source, w.gate) for w in wires), *wires}
        for what, names in (
            ("values", values or {}),
            ("gradients", gradients or {}),
            ("constants", constants),
        ):
            for name in names:
                if name not in (known if what == "gradients" else self.graph.names):
                    raise ValueError(
                        f"{what} has the name {name!r}, which is not in the circuit; "
                        f"{suggestion(name, self.graph.names)}"
                    )

    @classmethod
    def evaluate(
        cls,
        nodes: Iterable[Node],
        inputs: Mapping[str, float],
        *,
        output: str | None = None,
        gradients: bool = True,
        hide_values: Collection[str] = (),
        hide_gradients: Collection[Key] = (),
        constants: Collection[str] = (),
        decimals: int = 2,
        legend: bool = True,
    ) -> "Circuit":
        """Draw a circuit of standard operations with the values and gradients that it has.

        Operations: + - * / max min exp log 1/x square sqrt sigmoid tanh relu, and one with a
        constant such as "+1" or "*-1".  `hide_values` and `hide_gradients` name what is shown as a
        question mark, to be predicted; hiding a node's gradient hides its branches' too.

        Raises ValueError as `Circuit` does, and for missing inputs, unknown operations, a wrong
        number of inputs, and values that are not finite.
        """
        nodes = list(nodes)
        graph = read(nodes)
        found, slopes = evaluate(graph, inputs, output)
        for name in (*hide_values, *hide_gradients):
            if name not in found and name not in slopes:
                raise ValueError(
                    f"cannot hide {name!r}, which is not in the circuit; "
                    f"{suggestion(name, graph.names)}"
                )
        hidden = {key for key in slopes if {key, source(key)} & {*hide_gradients}}
        quiet = {*constants, *graph.constants}
        made = cls(
            nodes,
            {name: None if name in hide_values else value for name, value in found.items()},
            {
                key: None if key in hidden else slope
                for key, slope in slopes.items()
                if source(key) not in quiet
            }
            if gradients
            else None,
            constants=constants,
            decimals=decimals,
            legend=legend,
            output=output,
        )
        if not hide_values and not hide_gradients:
            made.compute = lambda inputs: evaluate(graph, inputs, output)
        return made

    def again(
        self, values: Mapping[str, object], gradients: Mapping[Key, object] | None
    ) -> "Circuit":
        """Return the same circuit with other numbers; constants keep having no gradient."""
        shown = {k: v for k, v in (gradients or {}).items() if source(k) not in self.constants}
        return Circuit(
            self.nodes,
            values,
            shown,
            constants=self.constants,
            decimals=self.decimals,
            legend=self.legend,
            output=self.output,
        )

    def explore(self, compute: Compute | None = None, *, by: float = 0.1) -> Explorer:
        """Return the circuit to step through, and to drag its inputs where it can calculate.

        A circuit of `evaluate` calculates by itself.  For numbers of your own, `compute(inputs)`
        gives values and gradients for other inputs, or a circuit that has them, such as those of
        an engine that you wrote.
        `by` is the smallest step of a drag.  Without widgets it is this picture, and the steps as
        text.  Raises ValueError where numbers are hidden: the steps would tell them.
        """
        if any(n is None for n in (*self.values.values(), *self.gradients.values())):
            raise ValueError(
                "this circuit hides numbers, and its steps would tell them; explore it without "
                "hide_values, hide_gradients and None"
            )
        return Explorer(self, compute or self.compute, by)

    @property
    def alt(self) -> str:
        """The circuit in words."""
        parts = [self._words(name) for name in self.graph.names if name not in self.graph.constants]
        for wire in self.graph.wires:
            if wire in self._branches:
                back = self._say(self._branches[wire])
                way = f"from {plain(wire.source)} to {plain(wire.gate)}"
                parts.append(f"branch {way}, gradient {back}")
        return f"Circuit: {'; '.join(parts)}."

    @cached_property
    def picture(self) -> Picture:
        """The drawing, made when it is first shown."""
        return picture(self.figure(), self.alt)

    @property
    def png(self) -> bytes:
        """The drawing's file."""
        return self.picture.png

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        return self.picture._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return self.alt

    @cached_property
    def _branches(self) -> dict[Wire, object]:
        """The gradient that is written on each labelled branch."""
        found: dict[Wire, object] = {}
        for wire in self.graph.wires:
            keys: tuple[Key, ...] = ((wire.source, wire.gate), (*wire,))
            found.update((wire, self.gradients[key]) for key in keys if key in self.gradients)
        return found

    def _say(self, value: object) -> str:
        return number(value, self.decimals).replace("\N{MINUS SIGN}", "-")

    def _words(self, name: str) -> str:
        gate = self.graph.gates.get(name)
        text = plain(name)
        if gate is not None:
            inputs = [
                self._say(self.values[i]) if i in self.graph.constants else plain(i)
                for i in gate.inputs
            ]
            text = f"{text} = {formula(gate.operation, inputs)}"
        if name in self.values:
            text += f", value {self._say(self.values[name])}"
        if name in self.gradients:
            text += f", gradient {self._say(self.gradients[name])}"
        return text

    def figure(self) -> Figure:
        """Return the drawing as a matplotlib figure whose data units are CSS pixels."""
        return sketch(self.graph, self.labels())

    def labels(self) -> Labels:
        """Turn the numbers into the texts that are drawn."""
        names = self.graph.names
        above = {n: number(self.values[n], self.decimals) for n in names if n in self.values}
        below = {n: number(self.gradients[n], self.decimals) for n in names if n in self.gradients}
        back = {wire: number(value, self.decimals) for wire, value in self._branches.items()}
        legend = (
            "above a wire: its value" if self.legend and above else "",
            f"below: the gradient of {self.output}" if self.legend and (below or back) else "",
        )
        return Labels(above, below, back, self.constants, legend)


def plain(name: str) -> str:
    """Return a name as it is, or, where it is written as mathematics, as it is read."""
    return spoken(name) if "$" in name else name


def source(key: Key) -> str:
    """Return the node of a gradient's key."""
    return key if isinstance(key, str) else key[0]
