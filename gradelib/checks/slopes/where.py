"""Where an array is wrong, in words: `pattern` finds what is regular, `in_words` says it.

The patterns are "one entry", "row 3", "rows 3 to 5", "column 2", "block [2:5, 0:4]",
"the diagonal", "one entry in each row", "scattered", and "" where every entry is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["block_in_words", "in_words", "one_slice", "pattern"]

DENSE = 0.5  # of the entries of a row or a block must be wrong for it to be called so
MOST_NAMED = 4  # rows or columns that are named one by one

Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def pattern(wrong: Booleans) -> str:
    """The smallest regular part of an array that holds all entries that are `wrong`.

    >>> pattern(np.array([[False, True, False], [False, True, False]]))
    'column 1'
    """
    count = int(np.count_nonzero(wrong))
    if count in (0, wrong.size):
        return ""
    if count == 1:
        return "one entry"
    if wrong.ndim == 2 and (said := _one_by_one(wrong, count)):
        return said
    held = [np.unique(indices).tolist() for indices in np.nonzero(wrong)]
    room = int(np.prod([len(indices) for indices in held]))
    if count < DENSE * room:
        return "scattered"
    if room == wrong.size:
        return "" if count > 0.9 * wrong.size else "scattered"
    if wrong.ndim == 1:
        return _some("entries", held[0])
    narrow = [axis for axis in range(wrong.ndim) if len(held[axis]) < wrong.shape[axis]]
    if wrong.ndim == 2 and len(held[0]) == 1:
        return f"row {held[0][0]}"
    if wrong.ndim == 2 and len(held[1]) == 1:
        return f"column {held[1][0]}"
    if wrong.ndim == 2 and len(narrow) == 1:
        return _some(("rows", "columns")[narrow[0]], held[narrow[0]])
    if not all(_adjoining(held[axis]) for axis in narrow):
        return "scattered"
    slices = [_slice(indices) if axis in narrow else ":" for axis, indices in enumerate(held)]
    return f"block [{', '.join(slices)}]"


def block_in_words(box: Sequence[slice]) -> str:
    """A box of an array: "block [2:5, 0:4]"."""
    return f"block [{', '.join(f'{part.start}:{part.stop}' for part in box)}]"


def one_slice(axis: int, index: int, ndim: int) -> str:
    """One slice of an array: "row 3" or "column 2" of a matrix."""
    return f"{('row', 'column')[axis]} {index}" if ndim == 2 else f"index {index} of axis {axis}"


def in_words(found: str) -> str:
    """A pattern as it goes on after "is wrong in 3 of 12 entries": ", all in column 2".

    >>> in_words("column 2")
    ', all in column 2'
    """
    if not found or found == "one entry":
        return ""
    if found.startswith(("scattered", "one entry")):
        return f", {found}"
    if found.startswith("the diagonal"):
        return f", all on {found}"
    return f", all in {'the ' if found.startswith('block') else ''}{found}"


def _one_by_one(wrong: Booleans, count: int) -> str:
    """Patterns that run across a matrix: its diagonal, or one entry in each row or column."""
    rows, columns = wrong.shape
    if rows == columns > 2 and not np.any(wrong & ~np.eye(rows, dtype=np.bool_)):
        return "the diagonal" if count >= DENSE * rows else "scattered"
    for axis, each in ((1, "row"), (0, "column")):
        across = wrong.any(axis=1 - axis)
        if np.all(wrong.sum(axis=axis) == 1) and np.count_nonzero(across) > 1:
            return f"one entry in each {each}"
    return ""


def _some(many: str, indices: list[int]) -> str:
    """Two or more slices: "rows 3 to 5", "entries 0 and 2", "7 columns"."""
    if _adjoining(indices) and len(indices) > 2:
        return f"{many} {indices[0]} to {indices[-1]}"
    if len(indices) <= MOST_NAMED:
        return f"{many} {', '.join(map(str, indices[:-1]))} and {indices[-1]}"
    return f"{len(indices)} {many}"


def _adjoining(indices: list[int]) -> bool:
    return indices[-1] - indices[0] + 1 == len(indices)


def _slice(indices: list[int]) -> str:
    return f"{indices[0]}:{indices[-1] + 1}" if len(indices) > 1 else str(indices[0])
