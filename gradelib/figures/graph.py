"""A circuit as data: `Graph` from a list of gates, and `evaluate` with values and gradients.

A gate is written `(name, operation, input, ...)`.  An input that no gate computes is an input of
the circuit, and a number among the inputs is a constant.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Real
from typing import NamedTuple

from gradelib.figures.gates import MANY, arity, gate

__all__ = ["Gate", "Graph", "Key", "Node", "Wire", "evaluate", "read", "suggestion"]

Node = Sequence[str | float]
Key = str | tuple[str, str] | tuple[str, str, int]


class Wire(NamedTuple):
    """The wire from `source` to input number `slot` of `gate`."""

    source: str
    gate: str
    slot: int


class Gate(NamedTuple):
    """A gate and the names that it reads."""

    operation: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """Gates by name in an order in which each follows its inputs; inputs; constants by name."""

    gates: dict[str, Gate]
    inputs: tuple[str, ...]
    constants: dict[str, float]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that has a place in the picture."""
        return (*self.inputs, *self.constants, *self.gates)

    @property
    def wires(self) -> list[Wire]:
        """Every wire, gate by gate."""
        return [
            Wire(source, name, slot)
            for name, gate in self.gates.items()
            for slot, source in enumerate(gate.inputs)
        ]

    @property
    def outputs(self) -> list[str]:
        """The gates that no other gate reads."""
        read = {wire.source for wire in self.wires}
        return [name for name in self.gates if name not in read]


def suggestion(name: object, known: Iterable[str]) -> str:
    """Return what to try instead of an unknown name."""
    known = list(known)
    near = get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(map(repr, known))}"


def read(nodes: Iterable[Node]) -> Graph:
    """Read a list of gates.  Raises ValueError for cycles, names used twice and empty circuits."""
    gates: dict[str, Gate] = {}
    constants: dict[str, float] = {}
    for node in nodes:
        if not well_formed(node):
            raise ValueError(
                f"a gate is written (name, operation, input, ...) and got {node!r}; "
                'try ("q", "+", "x", "y")'
            )
        name, operation = str(node[0]), str(node[1])
        if name in gates:
            raise ValueError(
                f"two gates are called {name!r}: {gates[name].operation!r} and {operation!r}; "
                "expected each name once, so give one of them another name"
            )
        inputs = []
        for slot, source in enumerate(node[2:]):
            if not isinstance(source, str):
                constants[f"{name}[{slot}]"] = float(source)
                source = f"{name}[{slot}]"
            inputs.append(source)
        gates[name] = Gate(operation, tuple(inputs))
    if not gates:
        raise ValueError('a circuit needs a gate and got none; try [("q", "+", "x", "y")]')
    used = dict.fromkeys(source for gate in gates.values() for source in gate.inputs)
    free = tuple(name for name in used if name not in gates and name not in constants)
    return Graph({name: gates[name] for name in sort(gates)}, free, constants)


def well_formed(node: object) -> bool:
    """Say whether a gate is a name, an operation, and one or more names or numbers."""
    return (
        isinstance(node, tuple | list)
        and len(node) > 2
        and all(isinstance(part, str) and part for part in node[:2])
        and all(isinstance(part, str | Real) for part in node[2:])
    )


def sort(gates: Mapping[str, Gate]) -> list[str]:
    """Return the names, each after the gates that it reads.  Raises ValueError on a cycle."""
    done: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name not in gates or name in done:
            return
        if name in open_:
            circle = [*open_[open_.index(name) :], name]
            raise ValueError(
                f"the circuit has a cycle: {' reads '.join(map(repr, circle))}; expected gates "
                "that read only what comes before them, so look for a wrong name in one of these"
            )
        open_.append(name)
        for source in gates[name].inputs:
            visit(source)
        done.append(open_.pop())

    for name in gates:
        visit(name)
    return done


def evaluate(
    graph: Graph, inputs: Mapping[str, float], output: str | None = None
) -> tuple[dict[str, float], dict[Key, float]]:
    """Return the values and the gradients of `output` by every name and by every branching wire.

    Raises ValueError for missing or unknown inputs, unknown operations, the wrong number of inputs,
    several outputs of which none was chosen, and numbers outside an operation's domain.
    """
    values = {**known_inputs(graph, inputs), **graph.constants}
    local: dict[str, list[float]] = {}
    for name, (operation, sources) in graph.gates.items():
        values[name], local[name] = run(name, operation, [values[source] for source in sources])
    gradients: dict[Key, float] = dict.fromkeys(graph.names, 0.0)
    gradients[chosen_output(graph, output)] = 1.0
    arriving: dict[Wire, float] = {}
    for name in reversed(graph.gates):
        for slot, source in enumerate(graph.gates[name].inputs):
            arriving[Wire(source, name, slot)] = gradients[name] * local[name][slot]
            gradients[source] += arriving[Wire(source, name, slot)]
    for wire in graph.wires:
        siblings = [other for other in graph.wires if other.source == wire.source]
        if len(siblings) > 1:
            twice = sum(other.gate == wire.gate for other in siblings) > 1
            key = (*wire,) if twice else (wire.source, wire.gate)
            gradients[key] = arriving[wire]
    return values, gradients


def known_inputs(graph: Graph, inputs: Mapping[str, float]) -> dict[str, float]:
    """Return the inputs as floats, once they are exactly the circuit's."""
    for name in inputs:
        if name not in graph.inputs:
            what = "is computed by a gate" if name in graph.gates else "is read by no gate"
            raise ValueError(
                f"got a value for the input {name!r}, which {what}; "
                f"{suggestion(name, graph.inputs)}"
            )
    missing = [name for name in graph.inputs if name not in inputs]
    if missing:
        raise ValueError(
            f"no value for {', '.join(map(repr, missing))}: expected one for each of the circuit's "
            f"inputs {', '.join(map(repr, graph.inputs))}; add it, or correct the name in the gate"
        )
    for name in graph.inputs:
        if not isinstance(inputs[name], Real):
            raise ValueError(
                f"the input {name!r} is {inputs[name]!r}; expected one number, so draw arrays and "
                "shapes with Circuit(nodes, values=...)"
            )
    return {name: float(inputs[name]) for name in graph.inputs}


def chosen_output(graph: Graph, output: str | None) -> str:
    """Return the gate whose gradients are wanted."""
    if output is None:
        if len(graph.outputs) == 1:
            return graph.outputs[0]
        raise ValueError(
            f"the circuit has {len(graph.outputs)} outputs, {', '.join(map(repr, graph.outputs))}; "
            "expected one, so say output=... or mend a gate that should read the other"
        )
    if output not in graph.gates:
        raise ValueError(f"no gate is called {output!r}; {suggestion(output, graph.gates)}")
    return output


def run(name: str, operation: str, x: list[float]) -> tuple[float, list[float]]:
    """Run one gate and see that what comes out is finite."""
    function = gate(operation)
    if function is None:
        raise ValueError(
            f"gate {name!r} has the operation {operation!r}, which evaluate does not know; try one "
            "of + - * / max min exp log 1/x square sqrt sigmoid tanh relu, or +1 and *-1 with any "
            "number, or Circuit(nodes, values=..., gradients=...) with numbers of your own"
        )
    least, most = arity(operation)
    if not least <= len(x) <= most:
        wanted = f"{least}" if least == most else f"{least} or more" if most == MANY else "1 or 2"
        raise ValueError(
            f"gate {name!r} ({operation}) got {len(x)} inputs and expected {wanted}; "
            "name them after the operation"
        )
    try:
        value, local = function(x)
    except (ArithmeticError, ValueError):
        value, local = math.nan, []
    if not all(map(math.isfinite, (value, *local))):
        raise ValueError(
            f"gate {name!r} ({operation}) has no finite value and slope at "
            f"{', '.join(map(str, x))}; try other inputs"
        )
    return value, local
