"""The widget of an `Explorer`: `CircuitWidget`.  Imported only where anywidget is there.

Python calculates and writes every number and every sentence; explorer.js draws them.
"""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from gradelib.figures.style import DARK, STYLE, Style

if TYPE_CHECKING:
    from gradelib.figures.explorer import Explorer

__all__ = ["CircuitWidget"]

HERE = Path(__file__).parent


def colours(of: Style) -> str:
    """Return a style as CSS variables."""
    return " ".join(f"--{f.name.replace('_', '-')}: {getattr(of, f.name)};" for f in fields(of))


def sheet() -> str:
    """Return the widget's style sheet, with the house's colours."""
    rules = (HERE / "explorer.css").read_text(encoding="utf-8")
    return f".gl-circuit {{ {colours(STYLE)} }}\n.gl-circuit.dark {{ {colours(DARK)} }}\n{rules}"


class CircuitWidget(anywidget.AnyWidget):
    """What the browser shows of an explorer, and the inputs and the step that it sends back."""

    _esm = (HERE / "explorer.js").read_text(encoding="utf-8")
    _css = sheet()
    scene = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    inputs = traitlets.Dict().tag(sync=True)
    step = traitlets.Int().tag(sync=True)

    def __init__(self, explorer: "Explorer") -> None:
        self.explorer = explorer
        self.answers = 0
        state = {**explorer.state(explorer.circuit), "error": "", "answer": 0}
        last = len(state["steps"]) - 1
        super().__init__(scene=explorer.scene, state=state, inputs=explorer.inputs, step=last)
        self.observe(self.recalculate, "inputs")

    def recalculate(self, change: dict[str, Any]) -> None:
        """Calculate with the inputs that were dragged to, or say why that cannot be."""
        try:
            inputs = {name: float(value) for name, value in change["new"].items()}
            state = {**self.explorer.state(self.explorer.at(inputs)), "error": ""}
        except Exception as error:  # a student's engine may raise anything
            state = {**self.state, "error": f"{type(error).__name__}: {error}"}
        self.answers += 1
        self.state = {**state, "answer": self.answers}
