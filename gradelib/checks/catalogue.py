"""The mistakes that have a name: a stable identifier, and what to look for without the answer.

`BREACHES` are about the form of what came back, `MISTAKES` about its numbers; braces are filled in
by the hypothesis that recognised the mistake.
"""

from __future__ import annotations

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

MISTAKES = {
    "zero": "Every entry is zero. Is the result ever stored in the array that you return?",
    "sign": (
        "Every entry has the right size and the opposite sign. "
        "Look for a minus sign lost or gained."
    ),
    "not-averaged": (
        "Every entry is {c} times what it should be, and {n} is the length of an axis. "
        "Is something averaged forwards and only summed backwards?"
    ),
    "averaged": (
        "Every entry is {c} times what it should be, one over {n}, the length of an axis. "
        "Is something averaged that is summed forwards, or averaged twice?"
    ),
    "factor-2": (
        "Every entry is twice what it should be. "
        "Which derivative brings a 2 down, and is there a 1/2 in front of it?"
    ),
    "factor-half": (
        "Every entry is half of what it should be. "
        "Does the forward pass have the 1/2 that your gradient has?"
    ),
    "factor-ln10": (
        "Every entry is {c} times what it should be, which is the natural logarithm of 10 or one "
        "over it. Which logarithm is meant?"
    ),
    "factor": "Every entry is {c} times what it should be. Look for a constant lost or gained.",
    "transpose": (
        "These are the right numbers in transposed order. "
        "Which factor comes first, and which one is turned over?"
    ),
    "ignored-upstream": (
        "This is the gradient for an upstream gradient of ones. Where does dout come in?"
    ),
    "added-upstream": (
        "dout was added to the local derivative. How do slopes along a chain combine?"
    ),
    "wrong-order": (
        "These are the numbers of {other}. Are the gradients returned in the order of the inputs?"
    ),
    "right-values-wrong-shape": (
        "The numbers are right, the shape is not: {got} for {expected}. "
        "Which operation keeps or adds an axis?"
    ),
    "not-summed": (
        "There is one gradient for each row, but one input for all rows. "
        "What happens to the gradients of a value that is used many times?"
    ),
    "wrong-axis": "dout was summed along the wrong axis. Which axis is the batch?",
    "summed-to-scalar": (
        "dout was summed to one number. Along which axis only should it be summed?"
    ),
    "penalty-too-small": (
        "What is missing is a multiple of the parameter itself. "
        "Which term of the loss depends on the parameter in that way?"
    ),
    "penalty-too-large": (
        "What is too much is a multiple of the parameter itself. "
        "Look at the penalty and its gradient, factor by factor."
    ),
    "mask-inverted": (
        "The gradient passes exactly where it should stop. Look at the comparison in the mask."
    ),
    "mask-missing": (
        "It is right wherever the gate is open, and not zero wherever it is shut. "
        "What does a gate that is shut pass on?"
    ),
    "mask-from-gradient": (
        "The gate was set by the sign of dout. Which array decided in the forward pass?"
    ),
    "derivative-of-activation": (
        "The derivative was taken at the output as if that were the input. "
        "Is the cached value already the activation?"
    ),
    "sigmoid-for-tanh": (
        "This is the derivative of another activation. Which function did the forward pass apply?"
    ),
    "softmax-diagonal": (
        "Only the diagonal of the Jacobian was used. "
        "Does one score change one probability, or all of its row?"
    ),
    "handed-through": (
        "This is dout itself, handed on as it came. What does this step do to a small change?"
    ),
    "overwritten-branch": (
        "One branch is missing from the sum. "
        "Where a value goes two ways, what happens to the gradients that come back?"
    ),
}
