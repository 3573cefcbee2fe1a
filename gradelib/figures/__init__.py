"""What people look at rather than read: circuits, heat maps, boxes and curves.

    import gradelib as gl

    gl.figures.Circuit.evaluate(
        [("q", "+", "x", "y"), ("f", "*", "q", "z")], {"x": -2, "y": 5, "z": -4}
    )

Everything here returns a `Picture` (or a `Circuit`, which shows itself as one): the last line of a
cell shows it, as an `<img>` with alternative text on its own white paper.  The alternative text is
generated unless `alt=` gives a better one; `picture(fig, alt)` always needs yours.

Circuits, with the value above and the gradient below each wire:

    Circuit(nodes, values, gradients)     numbers, shapes or texts of your own; None shows "?"
    Circuit.evaluate(nodes, inputs)       numbers of standard operations; hide_gradients=("x", "y")
    circuit.explore()                     to step through, gate by gate, and to drag its inputs:
                                          a widget where there is anywidget, else text and picture
    circuit.explore(compute)              the same with numbers of your own: compute(inputs) gives
                                          values and gradients

Arrays:

    matrices({"J": J, "expected": E})     heat maps on one scale: Jacobians, errors
    product({"dout": dout, "J": J}, "dx", short={"dout * mask": dout * mask})
                                          a Jacobian beside the product, and the way without it
    score_gradient(scores, y, dscores)    what a loss asks of the scores, right classes framed
    images(X[:20], captions=y[:20])       handwritten digits
    shape_boxes([("x.T", (7, 5)), ("dout", (5, 3))], want=("dW", (7, 3)))
                                          products that fit or do not
    balance(("x", (5, 7)), ("dout", (5, 3)), want=("dW", (7, 3)))
                                          dimension balancing: all eight products of two matrices

Curves and bars:

    error_against_step(h, {"forward": e}) the U-curve, on logarithmic axes
    error_curve(report, name="dW")        how a check chose its step, and what it saw there
    curves({"train": losses})             training curves
    race(loss, {"analytic": (path, 2)})   ways down a loss of two parameters, by evaluations spent
    gradient_by_depth({"tanh": sizes})    what is left of an error signal in each layer
    bars({"backward": 1}, xlabel="passes")   counts and costs

Anything else:

    fig, ax = subplots()                  a figure in the same style; width and height in pixels
    heat_map(ax, J, "Jacobian")           one array as `matrices` draws it, on axes of yours
    picture(fig, alt="...")               any matplotlib figure, closed so that it shows only once
    STYLE                                 colours: STYLE.value, STYLE.gradient, STYLE.blue, ...
"""

from gradelib.figures.arrays import heat_map, matrices
from gradelib.figures.balance import balance
from gradelib.figures.circuit import Circuit
from gradelib.figures.depth import gradient_by_depth
from gradelib.figures.images import images, score_gradient
from gradelib.figures.picture import Picture, picture, subplots
from gradelib.figures.plots import bars, curves, error_against_step
from gradelib.figures.product import product
from gradelib.figures.race import race
from gradelib.figures.shapes import shape_boxes
from gradelib.figures.steps import error_curve
from gradelib.figures.style import STYLE

__all__ = [
    "STYLE",
    "Circuit",
    "Picture",
    "balance",
    "bars",
    "curves",
    "error_against_step",
    "error_curve",
    "gradient_by_depth",
    "heat_map",
    "images",
    "matrices",
    "picture",
    "product",
    "race",
    "score_gradient",
    "shape_boxes",
    "subplots",
]
