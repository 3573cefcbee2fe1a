"""Lines of a report: how wide each character is, and where a line is broken."""

import pytest

from gradelib.checks.reports.columns import columns, wrapped

TEXTS = {
    "letters": ("dW is wrong", 11),
    "an accent of its own": ("e\u0301", 1),
    "a vowel sign without a class": ("\u0915\u0941\u0902", 1),
    "a circle around a letter": ("a\u20dd", 1),
    "a joiner that is not seen": ("a\u200db", 2),
    "ideographs": ("梯度", 4),
    "full width": ("ＡＢ", 4),
    "half width": ("ｱｲ", 2),
    "emoji": ("🎉", 2),
    "Greek": ("∂λ", 2),
}


@pytest.mark.parametrize(("text", "wide"), TEXTS.values(), ids=TEXTS)
def test_columns_of_a_text(text, wide):
    """A text is as wide as a terminal shows it."""
    assert columns(text) == wide


LINES = {  # (text, width): its lines
    "it fits": ("one two", 7, ["one two"]),
    "one column too long": ("one two", 6, ["one", "  two"]),
    "further lines go two columns in": ("one two three", 7, ["one two", "  three"]),
    "more than a line set in": ("  one two three", 9, ["  one two", "    three"]),
    "many spaces at the break": ("one    two", 5, ["one", "  two"]),
    "many spaces elsewhere": ("one  two three", 8, ["one  two", "  three"]),
    "spaces at the end": ("one two   ", 7, ["one two"]),
    "an index is one word": ("at [0, 1] of", 9, ["at [0, 1]", "  of"]),
    "an index goes to the next line": ("at [0, 1] of", 8, ["at", "  [0, 1]", "  of"]),
    "a block is one word": ("in [2:5, -1:4] only", 14, ["in [2:5, -1:4]", "  only"]),
    "a long word is cut": ("abcdefghij", 4, ["abcd", "  ef", "  gh", "  ij"]),
    "a long word among others": (
        "one abcdefghij two",
        6,
        ["one", "  abcd", "  efgh", "  ij", "  two"],
    ),
    "a space after a long word": ("abcdef gh", 6, ["abcdef", "  gh"]),
    "a cut leaves one letter at least": ("abcd", 2, ["ab", " c", " d"]),
    "a wide character where there is one column": ("梯度梯", 2, ["梯", " 度", " 梯"]),
    "wide characters are not cut in two": ("梯度梯", 5, ["梯度", "  梯"]),
    "accents take no room": ("e\u0301e\u0301 e\u0301", 4, ["e\u0301e\u0301 e\u0301"]),
    "breaks stay and blank lines go": ("one\n\n two\n  ", 20, ["one", "   two"]),
    "tabs are spaces": ("a\tb", 20, ["a       b"]),
    "half the width set in": ("      deep text", 12, ["      deep", "      text"]),
    "set in too far": ("       deep text", 12, ["deep text"]),
    "nothing": ("", 10, []),
    "nothing but spaces": ("   ", 10, []),
}


@pytest.mark.parametrize(("text", "width", "lines"), LINES.values(), ids=LINES)
def test_lines_are_broken_at_spaces(text, width, lines):
    """Each line fits, nothing is lost, and an index stays whole."""
    assert wrapped(text, width) == lines
    assert all(columns(line) <= max(width, 3) for line in lines)


def test_width_is_eighty():
    """Validate's dialog and a terminal have 80 columns."""
    assert wrapped("x" * 81) == ["x" * 80, "  x"]


ENDS = {  # (text, width): its lines
    "a space after a full line": ("one two five", 8, ["one two", "  five"]),
    "a space after a line that a wide character made full": ("梯度 梯", 2, ["梯", " 度", " 梯"]),
}


@pytest.mark.parametrize(("text", "width", "lines"), ENDS.values(), ids=ENDS)
def test_space_at_the_end_of_a_line_goes(text, width, lines):
    """A line ends in no space, and what follows the space is not lost."""
    assert wrapped(text, width) == lines
