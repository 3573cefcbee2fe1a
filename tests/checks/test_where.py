"""Where an array is wrong, in words, and text that fits 80 columns."""

import numpy as np
import pytest

from gradelib.checks.reports.columns import columns, wrapped
from gradelib.checks.slopes.where import in_words, pattern


def mask(shape, *places):
    """An array of truth values, True at some places."""
    wrong = np.zeros(shape, dtype=np.bool_)
    for place in places:
        wrong[place] = True
    return wrong


PATTERNS = {
    "none": (mask((3, 4)), ""),
    "all": (~mask((3, 4)), ""),
    "a number": (mask((), ()), ""),
    "one entry": (mask((3, 4), (1, 2)), "one entry"),
    "row": (mask((3, 4), 2), "row 2"),
    "most of a row": (mask((3, 4), (2, slice(1, 4))), "row 2"),
    "two far apart in a row": (mask((3, 9), (2, 0), (2, 8)), "row 2"),
    "rows": (mask((7, 4), slice(3, 6)), "rows 3 to 5"),
    "two rows": (mask((7, 4), 0, 5), "rows 0 and 5"),
    "three rows": (mask((7, 4), 0, 3, 5), "rows 0, 3 and 5"),
    "many rows": (mask((19, 4), slice(0, 19, 2)), "10 rows"),
    "column": (mask((3, 4), np.s_[:, 0]), "column 0"),
    "columns": (mask((3, 9), np.s_[:, 4:8]), "columns 4 to 7"),
    "block": (mask((9, 9), np.s_[2:5, 0:4]), "block [2:5, 0:4]"),
    "diagonal": (mask((4, 4), np.diag_indices(4)), "the diagonal"),
    "diagonal of nine": (mask((3, 3), np.diag_indices(3)), "the diagonal"),
    "most of a diagonal": (mask((4, 4), (0, 0), (3, 3)), "the diagonal"),
    "diagonal of four": (mask((2, 2), np.diag_indices(2)), "one entry in each row"),
    "one in each row": (mask((4, 3), (range(4), [0, 2, 2, 1])), "one entry in each row"),
    "one in each column": (mask((3, 4), ([0, 2, 2, 1], range(4))), "one entry in each column"),
    "scattered": (mask((9, 9), (0, 1), (3, 8), (8, 2), (4, 4)), "scattered"),
    "two corners": (mask((9, 9), (0, 0), (8, 8)), "scattered"),
    "a chequerboard": (np.indices((6, 6)).sum(axis=0) % 2 == 0, "scattered"),
    "all but two": (~mask((9, 9), (0, 0), (3, 4)), ""),
    "entries": (mask(9, slice(3, 6)), "entries 3 to 5"),
    "two entries": (mask(9, 3, 5), "entries 3 and 5"),
    "one axis of four": (mask((2, 3, 4, 5), np.s_[:, 1]), "block [:, 1, :, :]"),
    "two axes of four": (mask((2, 3, 4, 5), np.s_[:, 1, :, 2:4]), "block [:, 1, :, 2:4]"),
    "slices far apart": (mask((4, 3, 5), 0, 2), "scattered"),
}


@pytest.mark.parametrize(("wrong", "found"), PATTERNS.values(), ids=PATTERNS.keys())
def test_pattern(wrong, found):
    """The smallest regular part that holds what is wrong is named, and nothing is made up."""
    assert pattern(wrong) == found


WORDS = {
    "": "",
    "one entry": "",
    "row 3": ", all in row 3",
    "entries 3 to 5": ", all in entries 3 to 5",
    "block [2:5, 0:4]": ", all in the block [2:5, 0:4]",
    "the diagonal": ", all on the diagonal",
    "one entry in each row": ", one entry in each row",
    "scattered": ", scattered",
}


@pytest.mark.parametrize(("found", "said"), WORDS.items())
def test_pattern_in_words(found, said):
    """A pattern goes on from "is wrong in 3 of 12 entries"."""
    assert in_words(found) == said


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("dW = 1", 6), ("梯度", 4), ("e\u0301te\u0301", 3), ("🙂", 2), ("✓ ± ·", 5)],
    ids=["empty", "letters", "Chinese", "accents apart", "a face", "signs"],
)
def test_columns(text, count):
    """Wide characters take two columns, accents none."""
    assert columns(text) == count


LINES = {
    "short": ("  dW is wrong", ["  dW is wrong"]),
    "at spaces": ("  " + "word " * 17, ["  " + " ".join(["word"] * 15), "    word word"]),
    "an index stays whole": ("x" * 76 + " [0, 1]", ["x" * 76, "  [0, 1]"]),
    "long word": ("x" * 100, ["x" * 80, "  " + "x" * 20]),
    "exactly 80": ("x" * 80, ["x" * 80]),
    "wide word": ("度" * 50, ["度" * 40, "  " + "度" * 10]),
    "own breaks": ("a\n\n  b", ["a", "    b"]),
    "far to the right": (" " * 90 + "x", ["x"]),
    "tab": ("a\tb", ["a       b"]),
    "columns of numbers stay": ("    yours     0.5", ["    yours     0.5"]),
    "nothing": ("   ", []),
}


@pytest.mark.parametrize(("line", "lines"), LINES.values(), ids=LINES.keys())
def test_wrapped(line, lines):
    """A long line is broken at spaces and goes on two columns in."""
    assert wrapped(line) == lines


def test_no_character_is_lost():
    """Random words of all widths come back in order, in lines of at most the width."""
    rng = np.random.default_rng(0)
    letters = np.array(list("ab[],: 12度🙂e\u0301-"))
    for _ in range(300):
        line = "".join(rng.choice(letters, size=rng.integers(1, 200)))
        for width in (11, 80):
            lines = wrapped(line, width)
            assert all(columns(piece) <= width for piece in lines)
            assert "".join("".join(lines).split()) == "".join(line.split())
