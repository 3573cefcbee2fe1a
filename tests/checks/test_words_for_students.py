"""What a student reads who returns something of the wrong form: the reports, word for word.

The words stand in words.txt. Running this file writes it anew after a change that was meant; read
the difference. Explanations of mistakes are left out: the catalogue
holds them in one place.
"""

import re
from pathlib import Path

import pytest
from words_cases import CASES

WORDS = Path(__file__).with_name("words.txt")


def words(report):
    """The headline, each comparison, each mistake by its identifier, and what ran beside."""
    lines = [f"{report.headline} [{report.outcome}, {report.verdict}]"]
    for c in report.comparisons:
        place = f" {c.shape}" if c.shape else ""
        lines += [f"  {c.name}: {c.outcome}{place}"] + [f"    {line}" for line in c.lines()]
    lines += [f"  mistake: {d.mistake}, {d.name!r}" for d in report.diagnoses]
    lines += [f"  while it ran: {warning!r}" for warning in report.warnings]
    return re.sub(r"line \d+ of", "line N of", "\n".join(lines))


def read():
    """The words of each case."""
    parts = WORDS.read_text(encoding="utf-8").split("== ")[1:]
    return {name: text.strip("\n") for name, _, text in (p.partition("\n") for p in parts)}


@pytest.mark.parametrize("name", CASES)
def test_report_says_these_words(name):
    """Each report says what was got and what was expected, in the words of words.txt."""
    assert words(CASES[name]()) == read()[name]


def test_no_words_are_left_over():
    """Every case has its words, and all words have their case."""
    assert list(read()) == list(CASES)


if __name__ == "__main__":
    text = "\n".join(f"== {name}\n{words(call())}\n" for name, call in CASES.items())
    WORDS.write_text(text, encoding="utf-8")
