"""What to look for where products, gates, losses and labels went wrong: `LAYERS`.

Part of the catalogue. A sentence says what is seen and asks what to look at; it does not tell the
answer. Braces are filled in by the hypothesis that recognised the mistake.
"""

from __future__ import annotations

__all__ = ["LAYERS"]

LAYERS = {
    # Products of matrices.
    "factor-transposed": (
        "One factor of the product was turned over, or should have been. "
        "Which axis of it is summed over in the forward pass, and which one here?"
    ),
    "matrix-product": (
        "This is a matrix product of dout with another array. "
        "With what is this input multiplied in the forward pass, if with anything?"
    ),
    "other-factor": (
        "dout was multiplied with another array than the one that it met in the forward pass. "
        "What stood beside this input in its product?"
    ),
    "pre-activation": (
        "An array from one side of the activation stands in the place of the one from its other "
        "side. Which of the two went into the product in the forward pass?"
    ),
    "input-forgotten": (
        "This would be right if {other} were always 1, or always 0. What does {other} do in the "
        "forward pass?"
    ),
    "turned-over": (
        "This would be right for the opposite sign of {other}. Look at the signs and comparisons "
        "in which {other} takes part."
    ),
    "updated-input": (
        "This would be right after a step of gradient descent on {other}. "
        "When is {other} updated, and when is it read?"
    ),
    # Gates and activations.
    "mask-inverted": (
        "The gradient passes exactly where it should stop. Look at the comparison in the mask."
    ),
    "mask-missing": (
        "The gradient is passed on where the gate is open, and where it is shut as well. "
        "What does a gate that is shut pass on?"
    ),
    "overreached": (
        "All entries are right, except for some that should be zero. "
        "Which of them take no part in the result?"
    ),
    "mask-from-gradient": (
        "The gate was set by the sign of the gradient that comes in. "
        "Which array decided in the forward pass?"
    ),
    "mask-from-other": (
        "dout passes a gate, but not the one of the forward pass. "
        "Which array decided there, and by which comparison?"
    ),
    "derivative-of-activation": (
        "The derivative was taken at the output as if that were the input. "
        "Is the cached value already the activation?"
    ),
    "derivative-of-input": (
        "A derivative that is written in terms of the output was given the input. "
        "Which of the two is in the cache?"
    ),
    "sigmoid-for-tanh": (
        "This is the derivative of another activation. Which function did the forward pass apply?"
    ),
    "local-slope": (
        "Each entry is dout times a slope, and the slope is not the one of this function. "
        "Work it out for one number by hand, and compare."
    ),
    "applied-twice": (
        "This would be right if the input had been through an activation already. "
        "How often is that function applied before the derivative is taken?"
    ),
    "shift-missing": (
        "Each entry is off as if a constant were left out of a denominator. "
        "Compare what is divided by here with the forward pass."
    ),
    "diagonal-only": (
        "Only what each input does to the output in its own place is there. "
        "Which other outputs does an input change?"
    ),
    "softmax-diagonal": (
        "Only the diagonal of the Jacobian was used. "
        "Does one score change one probability, or all of its row?"
    ),
    # Terms that are missing or too much.
    "penalty-too-small": (
        "What is missing is a multiple of the parameter itself. "
        "Which term of the loss depends on the parameter in that way?"
    ),
    "penalty-too-large": (
        "What is too much is a multiple of the parameter itself. "
        "Look at the penalty and its gradient, factor by factor."
    ),
    "penalty-cross-terms": (
        "The difference mixes each entry of the parameter with others of its row or column. "
        "Which entries are multiplied with each other in the penalty?"
    ),
    "penalty-of-signs": (
        "The difference has one size and the signs of the parameter. "
        "Which penalty has such a slope, and which one is meant?"
    ),
    "extra-multiple": (
        "What is too much, or missing, is a multiple of {what}. "
        "Where does {what} itself come into the derivative?"
    ),
    "one-term-scaled": (
        "A part of the gradient is {c} times what it should be, the other part is right as it is. "
        "Which terms of the loss does that factor belong to?"
    ),
    "mean-term": (
        "Within each {what} the difference is one and the same number. "
        "Through what does every entry of a {what} act on all the others?"
    ),
    "spread-term": (
        "Within each {what} the difference is a straight line in the input. "
        "Which quantities depend on many entries at once, and what are their derivatives?"
    ),
    "shared-term": (
        "Within each {what} the difference is a multiple of the output. "
        "Through what does every entry of a {what} act on all the others?"
    ),
    # Labels.
    "at-labels": (
        "Only the entries that {other} points to are wrong. "
        "What is different about them in the forward pass?"
    ),
    "label-rows": (
        "The wrong entries are those that a label points to, but the label of another row. "
        "Which row belongs to which label?"
    ),
    "one-term-at-labels": (
        "All entries that {other} does not point to are {c} times what they should be. "
        "Does that factor stand before every term?"
    ),
    "row-factor-at-labels": (
        "The entries that {other} does not point to are off by one factor in each row. "
        "What is each row divided by?"
    ),
    "labels-shifted": (
        "This would be right for labels that are off by one. "
        "Does {other} count from 0, and from where does your index?"
    ),
    "labels-elsewhere": (
        "This would be right if {other} stood in another order. Which row belongs to which label?"
    ),
    # Numerical gradients.
    "approximate": (
        "Every entry is nearly right, and none is exact. "
        "What is approximated here, and how does its error depend on the step?"
    ),
    "one-sided": (
        "This is a difference quotient, and it leans to one side of x. "
        "How does its error shrink when the step does?"
    ),
    "long-step": (
        "This is a difference quotient with a step that shows. "
        "How does its error change when the step is made ten times shorter?"
    ),
    "not-restored": (
        "The first entry is right, the later ones drift away. "
        "Is x the same again when the next entry's turn comes?"
    ),
}
