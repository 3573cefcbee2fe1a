"""The mistakes that have a name: a stable identifier, and what to look for without the answer.

`BREACHES` are about the form of what came back, `MISTAKES` about its numbers; braces are filled in
by the hypothesis that recognised the mistake.
"""

from __future__ import annotations

from gradelib.checks.mistakes.sentences_layers import LAYERS
from gradelib.checks.mistakes.sentences_sums import SUMS

__all__ = ["BREACHES", "MISTAKES"]

BREACHES = {
    "none": "Does every way through the function end in a return with all gradients?",
    "not-an-array": "Return numpy arrays, one gradient for each input, in the inputs' order.",
    "boolean": (
        "A mask says where; the gradient says how much. What should the mask be combined with?"
    ),
    "integer": (
        "Integer arrays cut off every fraction. Where is the array made, and with which dtype?"
    ),
    "dtype": "Somewhere the precision changes. Look for a dtype, an astype or a float32 constant.",
    "subclass": (
        "Matrices and masked arrays give * and indexing another meaning. Use plain numpy arrays."
    ),
    "not-finite": "Look for a division by zero, a log of zero or an exp of a large number.",
    "shape": (
        "A gradient has the shape of what it belongs to. Write the shape of each factor beside it."
    ),
    "dout-changed": "Work on a copy: the caller still needs its dout.",
    "input-changed": "Work on a copy: the caller still needs its inputs.",
    "cache-changed": "Work on a copy: what the forward pass kept must survive the backward pass.",
    "not-repeatable": (
        "The second call starts with something left over from the first. "
        "What is kept between the two?"
    ),
    "count": "One gradient for each input, in the inputs' order.",
}

MISTAKES = {**SUMS, **LAYERS}
