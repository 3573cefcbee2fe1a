"""Where a gradient is wrong, in words: `pattern_of` a mask, `box_in_words`, `slice_in_words`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Booleans", "box_in_words", "pattern_of", "slice_in_words"]

Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
MOST_RUNS = 4  # that are named one by one


def pattern_of(wrong: Booleans) -> str:
    """Where the entries are that are wrong; "" where they are everywhere, or nowhere.

    "one entry", "row 3", "part of column 2", "columns 0, 4 to 6", "block [2:5, 0:4]", "scattered".

    >>> import numpy as np
    >>> wrong = np.zeros((3, 4), dtype=bool)
    >>> wrong[1] = True
    >>> pattern_of(wrong)
    'row 1'
    """
    count = int(np.count_nonzero(wrong))
    if count in (0, wrong.size):
        return ""
    if count == 1:
        return "one entry"
    for axis in range(wrong.ndim) if wrong.ndim > 1 else ():
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        touched = np.flatnonzero(wrong.any(axis=others)).tolist()
        full = np.flatnonzero(wrong.all(axis=others)).tolist()
        if touched == full or len(touched) == 1:
            part = "" if touched == full else "part of "
            return part + slice_in_words(axis, touched, wrong.ndim)
    box = tuple(slice(int(i.min()), int(i.max()) + 1) for i in np.nonzero(wrong))
    if count == wrong[box].size:
        return f"block {box_in_words(box)}"
    return "scattered" if 4 * count <= wrong.size else ""


def box_in_words(box: Sequence[slice]) -> str:
    """A box as numpy writes it: [2:5, 0:4]."""
    return f"[{', '.join(f'{part.start}:{part.stop}' for part in box)}]"


def slice_in_words(axis: int, indices: Sequence[int], ndim: int) -> str:
    """The slices at `indices`, in rising order, of an axis: "row 3", "columns 0, 4 to 6"."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    which = ", ".join(
        f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run))
        for run in runs[:MOST_RUNS]
    )
    if len(runs) > MOST_RUNS:
        which += f", ... ({len(indices)} of them)"
    one = len(indices) == 1
    if ndim == 2:
        return f"{('row', 'column')[axis]}{'' if one else 's'} {which}"
    return f"{'index' if one else 'indices'} {which} of axis {axis}"
