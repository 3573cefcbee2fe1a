"""The glossary has what the README's notation speaks of, in both languages, and each word once."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "notebooks" / "GLOSSARY.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")

# The words of a lecture's notes in Chinese on gradients by hand.
OF_THE_NOTES = [
    "梯度",
    "偏导",
    "雅可比",
    "链式法则",
    "激活函数",
    "误差信号",
    "外积",
    "转置",
    "形状",
    "维度",
    "权重",
    "偏置",
    "分数",
    "隐层",
    "反向传播",
    "计算图",
    "源节点",
    "内部节点",
    "边",
    "后继",
    "拓扑排序",
    "前向",
    "上游",
    "下游",
    "局部梯度",
    "自动微分",
    "输入",
    "输出",
    "消失",
    "爆炸",
]


def rows(text):
    """The cells of each line of the tables, heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = [i - 1 for i, row in enumerate(table) if not "".join(row).strip("-: ")]
    return [row for i, row in enumerate(table) if i not in heads and i - 1 not in heads]


def symbols(text):
    """The symbols in a cell of mathematics: `$x$, $X, D$` are three."""
    return {part for found in re.findall(r"\$([^$]+)\$", text) for part in found.split(", ")}


def words(text):
    """The words of a text in lower case, plurals as their singulars."""
    return {word.rstrip("s") for word in re.findall(r"[a-z]+", text.lower())}


ENTRIES = rows(GLOSSARY.read_text(encoding="utf-8"))


def notation():
    """Symbol and meaning of each row of the README's table of notation."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Notation\n")[1]
    found = [(row[0], row[-1]) for row in rows(section.split("\n## ")[0])]
    assert len(found) >= 12
    return found


@pytest.mark.parametrize(("symbol", "meaning"), notation(), ids=lambda text: text[:24])
def test_what_the_notation_speaks_of_is_in_the_glossary(symbol, meaning):
    """Each symbol has an entry, and an entry of the row is called by a word of its meaning."""
    named = {english for english, _, sign, _ in ENTRIES if symbols(symbol) & symbols(sign)}
    missing = symbols(symbol) - {s for _, _, sign, _ in ENTRIES for s in symbols(sign)}
    assert missing == set()
    code = re.search(r"exp|@", meaning)  # a formula in place of a word
    assert code or words(meaning) & {word for english in named for word in words(english)}


def test_every_entry_is_whole():
    """Four cells, both languages, and a meaning; no term stands there twice."""
    assert len(ENTRIES) >= 60
    for entry in ENTRIES:
        english, chinese, _, meaning = entry
        assert english.isascii(), entry
        assert CHINESE.search(chinese), entry
        assert meaning, entry
    terms = [term for english, *_ in ENTRIES for term in english.split(", ")]
    assert len(terms) == len({*terms})


@pytest.mark.parametrize("word", OF_THE_NOTES)
def test_the_words_of_the_notes_are_there(word):
    """Who learned from lecture notes in Chinese finds their words."""
    assert any(word in chinese for _, chinese, _, _ in ENTRIES)


def test_the_readme_leads_to_the_glossary():
    """It is linked, and the link's target is there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(notebooks/GLOSSARY.md)" in readme
