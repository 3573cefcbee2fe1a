"""What to look for where factors, signs, places and sums went wrong: `SUMS`.

Part of the catalogue. A sentence says what is seen and asks what to look at; it does not tell the
answer. Braces are filled in by the hypothesis that recognised the mistake.
"""

from __future__ import annotations

__all__ = ["SUMS"]

SUMS = {
    # Factors and signs.
    "zero": "Every entry is zero. Is the result ever stored in the array that you return?",
    "sign": (
        "Every entry has the right size and the opposite sign. "
        "Look for a minus sign lost or gained."
    ),
    "sign-in-part": (
        "Every entry has the right size, and some have the wrong sign. "
        "What do those have in common?"
    ),
    "not-averaged": (
        "Every entry is {c} times what it should be, and {n} is the length of an axis. "
        "Is something averaged forwards and only summed backwards?"
    ),
    "averaged": (
        "Every entry is {c} times what it should be, one over {n}, the length of an axis. "
        "Is something averaged that is summed forwards, or averaged twice?"
    ),
    "factor-size": (
        "Every entry is {c} times what it should be, and an array at hand has {n} entries. "
        "What is summed forwards, what is averaged, and over how many numbers?"
    ),
    "factor-count": (
        "Every entry is {c} times what it should be. What is there {n} of, "
        "and is it summed or averaged in the forward pass?"
    ),
    "wrong-count": (
        "Every entry is {c} times what it should be, which is {n} over {m}, both lengths of axes. "
        "How many numbers does the forward pass take its mean of?"
    ),
    "factor-root": (
        "Every entry is {c} times what it should be, where a root of {n} comes in. "
        "Where does the forward pass take a root?"
    ),
    "factor-2": (
        "Every entry is twice what it should be{axis}. Which derivative brings a 2 down, "
        "and does the forward pass have a 1/2 in front of it, or a mean?"
    ),
    "factor-half": (
        "Every entry is half of what it should be{axis}. "
        "Does the forward pass have the 1/2, or the mean, that your gradient has?"
    ),
    "factor-ln10": (
        "Every entry is {c} times what it should be, which is the natural logarithm of 10 or one "
        "over it. Which logarithm is meant?"
    ),
    "factor": "Every entry is {c} times what it should be. Look for a constant lost or gained.",
    "factor-by-slice": (
        "Within each {what} all entries are off by one factor, and another {what} has another. "
        "Which number of the forward pass belongs to each {what}?"
    ),
    "factor-at-hand": (
        "Each entry is off by a factor that {what} alone decides. "
        "Where does {what} come into the derivative, and how often?"
    ),
    "offset": (
        "Every entry is off by the same amount. Which constant is added, or left out, everywhere?"
    ),
    # Right numbers in the wrong place.
    "transpose": (
        "These are the right numbers in transposed order. "
        "Which index comes first in the result, and in a product, which factor is turned over?"
    ),
    "reversed": (
        "These are the right numbers in reversed order, along one axis or several. "
        "Which index runs forwards here, and which one backwards?"
    ),
    "shifted": (
        "These are the right numbers, moved by one place. "
        "At which index does your loop, or your slice, begin?"
    ),
    "reshaped": (
        "These are the right numbers, reshaped with their axes in another order. "
        "Which axis runs fastest before the reshape, and which after it?"
    ),
    "scattered": (
        "Every {what} holds numbers that are right for some {what}, not always this one. "
        "Which index says where they go?"
    ),
    "places": (
        "These are the right numbers, not all in their places. Which index says where each goes?"
    ),
    "unreached": (
        "Some entries are zero that should not be; all the others are right. "
        "What decides which entries your code reaches?"
    ),
    "broadcast": (
        "{n} numbers against {n} numbers gave a table of {n} by {n}. "
        "Which of the two arrays has an axis of length 1?"
    ),
    "wrong-order": (
        "These are the numbers of {other}. Are the gradients returned in the order of the inputs?"
    ),
    "right-values-wrong-shape": (
        "The numbers are right, the shape is not: {got} for {expected}. "
        "Which operation keeps or adds an axis?"
    ),
    # The upstream gradient, and the sum over all outputs.
    "ignored-upstream": (
        "This is the gradient for an upstream gradient of ones. Where does dout come in?"
    ),
    "added-upstream": (
        "dout was added to the local derivative. How do slopes along a chain combine?"
    ),
    "upstream-changed": (
        "This would be right if dout were {how}. What happens to dout before it is used?"
    ),
    "other-signal": (
        "This would be right if another signal than dout arrived here. "
        "Which array plays the part of dout, and what was done to it on its way?"
    ),
    "signal-unchanged": (
        "dout itself was used in this sum. "
        "Which steps of the forward pass lie between this input and the output?"
    ),
    "pushed-forward": (
        "Effects were summed the way the forward pass runs. "
        "From which outputs does one input collect its gradient?"
    ),
    "not-summed": (
        "There is a gradient here for each use of this input, and they are not put together. "
        "What happens to the gradients of a value that is used many times?"
    ),
    "wrong-axis": (
        "The right terms were summed along other axes than they should be. "
        "Which axes tell one use of this input from the next?"
    ),
    "summed-to-scalar": (
        "All terms were summed to one number. Which of them belong to the same entry?"
    ),
    "samples-left-out": (
        "Some positions along axis {axis} of dout add nothing to this gradient. "
        "Does the sum reach all of them?"
    ),
    "samples-weighed": (
        "The positions along axis {axis} of dout do not count as much as they should. "
        "Which number does the forward pass multiply each of them with, if any?"
    ),
    "overwritten-terms": (
        "Where one entry reaches several outputs, only the {which} of them counts. "
        "What happens to the gradients that come back from the others?"
    ),
    "averaged-terms": (
        "Where one entry is used several times, the mean over its uses was taken. "
        "How do the effects of all uses combine?"
    ),
    "overwritten-branch": (
        "One branch is missing from the sum. "
        "Where a value goes two ways, what happens to the gradients that come back?"
    ),
    "counted-twice": (
        "What is too much is a gradient that is at hand already. "
        "Does it come back on a way that the forward pass has, and only once?"
    ),
    "handed-through": (
        "This is dout itself, handed on as it came. What does this step do to a small change?"
    ),
}
