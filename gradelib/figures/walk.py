"""A circuit step by step: `walk(graph, numbers)` gives the `Step`s of both passes, in words.

A step is one gate.  Forward, it calculates its value.  Backward, it multiplies the gradient that it
receives by each of its local derivatives and sends the products to its inputs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from gradelib.figures.gates import gate
from gradelib.figures.graph import Gate, Graph, Key, Wire
from gradelib.figures.rules import bracketed, calculation, local_rules, spoken
from gradelib.figures.style import number

__all__ = ["Message", "Numbers", "Step", "scalar", "walk"]


@dataclass(frozen=True)
class Message:
    """What a gate sends back along one wire: to whom, the local derivative, and the product."""

    wire: Wire
    local: str
    product: str


@dataclass(frozen=True)
class Step:
    """One step: what it says, the gate at work, the messages sent, and the labels it reveals."""

    phase: str  # "inputs", "forward", "output", "backward" or "all"
    says: str
    gate: str | None = None
    messages: tuple[Message, ...] = ()
    values: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    adds: str = ""  # what the branches add up to

    @property
    def words(self) -> str:
        """The whole step as text."""
        rows = (
            f"To {spoken(m.wire.source)}: local derivative {m.local}; upstream times local "
            f"{m.product}."
            for m in self.messages
        )
        return " ".join(filter(None, (self.says, *rows, self.adds)))


@dataclass(frozen=True)
class Numbers:
    """What stands on the wires.  `gradients` is None where there is no backward pass."""

    values: Mapping[str, object]
    gradients: Mapping[Key, object] | None
    output: str
    quiet: frozenset[str]
    decimals: int

    def say(self, value: object) -> str:
        """Write a number as it stands on a wire."""
        return number(value, self.decimals)


def scalar(value: object) -> float | None:
    """Return a number, or an array of one number without axes, as a float; None for all else.

    >>> scalar(2), scalar(np.array(0.5)), scalar(np.ones(3)), scalar("(N, D)")
    (2.0, 0.5, None, None)
    """
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "fiu":
        return float(value)
    return None


def walk(graph: Graph, on: Numbers) -> list[Step]:
    """Return the steps of the forward pass, of the backward pass if there is one, and the whole."""
    steps = [inputs_step(graph, on)]
    steps += [forward_step(graph, on, name, of) for name, of in graph.gates.items()]
    whole = "The forward pass is done: every value stands above its wire."
    if on.gradients is not None:
        seed = f"Backward. It starts at the output: the gradient of {spoken(on.output)} by itself"
        steps.append(Step("output", f"{seed} is 1.", on.output, gradients=(on.output,)))
        steps += backward_steps(graph, on)
        whole = "Both passes are done: values above the wires, gradients below."
    return [*steps, Step("all", whole, values=graph.names, gradients=graph.names)]


def inputs_step(graph: Graph, on: Numbers) -> Step:
    """Return the step before the first gate."""
    given = [f"{spoken(n)} = {on.say(on.values[n])}" for n in graph.inputs if n in on.values]
    says = f"The inputs: {', '.join(given)}." if given else "The inputs are on the left."
    return Step("inputs", says, values=(*graph.inputs, *graph.constants))


def forward_step(graph: Graph, on: Numbers, name: str, of: Gate) -> Step:
    """Return the step in which a gate calculates its value."""
    texts = [on.say(on.values[s]) if s in graph.constants else spoken(s) for s in of.inputs]
    parts = [*dict.fromkeys((spoken(name), calculation(of.operation, texts)))]
    if all(scalar(on.values.get(source)) is not None for source in of.inputs):
        filled = calculation(of.operation, [on.say(on.values[s]) for s in of.inputs])
        parts += [filled] if filled != parts[-1] else []
    if name in on.values:
        parts.append(on.say(on.values[name]))
    return Step("forward", f"Forward. {' = '.join(parts)}.", name, values=(name,))


def backward_steps(graph: Graph, on: Numbers) -> Iterator[Step]:
    """Yield a step for each gate, from the last to the first."""
    waiting = {name: sum(w.source == name for w in graph.wires) for name in graph.names}
    arrived: dict[str, list[object]] = {name: [] for name in graph.names}
    for name in reversed(graph.gates):
        operation, sources = of = graph.gates[name]
        slopes = locals_of(on, of)
        rules = local_rules(operation, [spoken(s) for s in sources], spoken(name))
        upstream = gradient(on, name)
        messages, complete, sums = [], [], []
        for slot, source in enumerate(sources):
            if source in on.quiet:
                continue
            wire = Wire(source, name, slot)
            sent = message(graph, on, wire, upstream, slopes[slot])
            messages.append(told(on, wire, upstream, slopes[slot], rules[slot], sent))
            arrived[source].append(sent)
            waiting[source] -= 1
            if waiting[source] == 0:
                complete.append(source)
                sums.append(sum_in_words(on, source, arrived[source]))
        says = f"Backward. Gate {spoken(name)} receives the gradient {on.say(upstream)}"
        says += " and sends back gradient × local derivative." if messages else "."
        adds = " ".join(filter(None, sums))
        yield Step("backward", says, name, tuple(messages), (), tuple(complete), adds)


def locals_of(on: Numbers, of: Gate) -> list[float | None]:
    """Return a gate's local derivatives, None where its operation or its inputs are unknown."""
    function, x = gate(of.operation), [scalar(on.values.get(source)) for source in of.inputs]
    numbers = [value for value in x if value is not None]
    try:
        slopes = function(numbers)[1] if function and len(numbers) == len(x) else []
    except (ArithmeticError, ValueError, IndexError):
        slopes = []
    return [*slopes] if len(slopes) == len(x) else [None] * len(x)


def gradient(on: Numbers, name: str) -> object:
    """Return the gradient of a node, 1 for the output, None where it is not said."""
    known = on.gradients or {}
    return known.get(name, 1.0 if name == on.output else None)


def message(graph: Graph, on: Numbers, wire: Wire, upstream: object, local: float | None) -> object:
    """Return what travels back along a wire: what the circuit says of it, or else the product."""
    known = on.gradients or {}
    for key in ((*wire,), (wire.source, wire.gate)):
        if key in known:
            return known[key]
    number = scalar(upstream)
    if number is not None and local is not None:
        return number * local
    readers = sum(other.source == wire.source for other in graph.wires)
    return known.get(wire.source) if readers == 1 else None


def told(
    on: Numbers, wire: Wire, upstream: object, local: float | None, rule: str, sent: object
) -> Message:
    """Write a message."""
    slope = f"∂{spoken(wire.gate)}/∂{spoken(wire.source)}"
    if local is None:
        return Message(wire, slope, on.say(sent))
    value = on.say(local)
    parts = [slope, rule, value] if rule and rule != value else [slope, value]
    product = f"{on.say(upstream)} × {bracketed(value)} = {on.say(sent)}"
    return Message(wire, " = ".join(parts), product)


def sum_in_words(on: Numbers, name: str, arrived: list[object]) -> str:
    """Say what the messages add up to, where there are several or the circuit says otherwise."""
    stands = gradient(on, name)
    texts = [on.say(sent) for sent in arrived]
    numbers = [scalar(sent) for sent in arrived]
    known = [number for number in numbers if number is not None]
    there = scalar(stands)
    if len(known) == len(numbers) and there is not None:
        total = sum(known)
        if abs(total - there) > 1e-6 * max(1.0, *map(abs, known)):
            return (
                f"What arrives at {spoken(name)} adds up to {on.say(total)}, "
                f"but {on.say(stands)} stands there."
            )
    if len(arrived) < 2:
        return ""
    plus = " + ".join((texts[0], *map(bracketed, texts[1:])))
    return f"At {spoken(name)} the branches add: {plus} = {on.say(stands)}."
