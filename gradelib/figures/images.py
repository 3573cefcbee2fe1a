"""Small images and what a loss says of them: `images(...)` and `score_gradient(...)`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradelib.figures.arrays import matrices, place
from gradelib.figures.picture import Picture, blank, picture
from gradelib.figures.style import STYLE, drawing, number, px

__all__ = ["images", "score_gradient"]


def images(
    arrays: ArrayLike,
    captions: Sequence[object] | NDArray[np.generic] = (),
    *,
    per_row: int = 10,
    size: float = 64,
    alt: str | None = None,
) -> Picture:
    """Draw grey images in rows, ink dark on paper, such as the handwritten digits.

    `arrays` has shape (N, H, W), or (N, H * H) for square images as `load_digits` gives them, from
    0 (paper) to the largest number (ink).  `captions`, one for each, stand under them.  `size` is
    in CSS pixels.  Raises ValueError for other shapes and for another number of captions.
    """
    pixels = np.asarray(arrays, dtype=float)
    side = round(pixels.shape[1] ** 0.5) if pixels.ndim == 2 else 0
    if pixels.ndim == 2 and side * side == pixels.shape[1]:
        pixels = pixels.reshape(-1, side, side)
    if pixels.ndim != 3 or pixels.size == 0:
        raise ValueError(
            f"images got shape {np.shape(arrays)}; expected (N, H, W), or (N, H * H) for square "
            "ones; try X[:20]"
        )
    if len(captions) not in (0, len(pixels)):
        raise ValueError(f"got {len(captions)} captions for {len(pixels)} images; give each one")
    across = min(per_row, len(pixels))
    row = size + (26 if len(captions) else 8)
    width, height = across * (size + 8), -(-len(pixels) // across) * row
    with drawing():
        fig = blank(width, height)
        for i, image in enumerate(pixels):
            box = (i % across * (size + 8) + 4, i // across * row + 4, size, size)
            ax = place(fig, box, width, height)
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=float(pixels.max()) or 1.0)
            ax.set(xticks=[], yticks=[])
            ax.grid(False)
            for spine in ax.spines.values():
                spine.set(visible=True, color=STYLE.rule)
            if len(captions):
                ax.set_xlabel(str(captions[i]), size=px(12), labelpad=px(3))
    count, tall, wide = pixels.shape
    said = f", with the captions {', '.join(map(str, captions))}" if len(captions) else ""
    return picture(fig, alt or f"{count} grey images of {tall} by {wide} pixels{said}.")


def score_gradient(
    scores: ArrayLike,
    labels: ArrayLike,
    dscores: ArrayLike,
    *,
    decimals: int = 2,
    alt: str | None = None,
) -> Picture:
    """Draw scores and the gradient by them as two heat maps, the entry of the right class framed.

    `scores` and `dscores` have shape (N, C), `labels` (N,), the number of the right class of each
    row.  Each has a scale of its own, blue below zero and orange above.  A gradient below zero asks
    for a higher score.  Raises ValueError where the shapes do not go together, and for a label
    that is no class.
    """
    of, pull, right = np.asarray(scores), np.asarray(dscores), np.asarray(labels)
    if of.ndim != 2 or pull.shape != of.shape or right.shape != of.shape[:1]:
        raise ValueError(
            f"scores have shape {of.shape}, dscores {pull.shape} and labels {right.shape}; "
            "expected (N, C), (N, C) and (N,)"
        )
    if not np.all((right >= 0) & (right < of.shape[1])):
        raise ValueError(
            f"the labels go from {right.min()} to {right.max()}; expected 0 to {of.shape[1] - 1}, "
            "the numbers of the columns"
        )
    rows = np.arange(len(right))
    strongest = int(np.argmax(np.abs(pull).max(axis=1)))
    words = (
        f"Two heat maps of shape {of.shape}, scores and dscores, with the right class of each row "
        f"framed. In dscores {np.sum(pull[rows, right] < 0)} of {len(right)} right classes are "
        f"below zero. Row {strongest} is pulled most: {number(pull[strongest, right[strongest]])} "
        f"at its right class {right[strongest]}."
    )
    return matrices(
        {"scores": of, "dscores": pull},
        rows="row",
        columns="class",
        decimals=decimals,
        shared=False,
        least=0.5 * 10.0**-decimals,
        framed=[(int(row), int(label)) for row, label in zip(rows, right, strict=True)],
        alt=alt or words,
    )
