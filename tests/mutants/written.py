"""The mutants that mutmut writes: their code, their lines, and what of them is explained."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import shutil
from functools import cache
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "gradelib" / "checks"
PATHS = {  # a module's file; no two have the same name
    path.stem: path.relative_to(CHECKS) for path in sorted(CHECKS.rglob("[a-z]*.py"))
}
WORK = ROOT / "mutants"
EXPLAINED = Path(__file__).with_name("survivors")


def write_mutants(modules):
    """Write gradelib with all mutants into WORK; return their names by module."""
    shutil.rmtree(WORK / "gradelib", ignore_errors=True)
    shutil.copytree(
        ROOT / "gradelib", WORK / "gradelib", ignore=shutil.ignore_patterns("__pycache__")
    )
    (WORK / "written").mkdir(exist_ok=True)
    names, digests = {}, {}
    for module in modules:
        path = CHECKS / PATHS[module]
        source = path.read_text(encoding="utf-8")
        digests[module] = hashlib.sha256(source.encode()).hexdigest()
        kept = WORK / "written" / f"{module}-{digests[module]}.json"
        if not kept.exists():  # it takes mutmut a second for each hundred lines
            mutated = mutate_file_contents(str(path), source)
            kept.write_text(json.dumps([mutated.code, list(mutated.mutant_names)]), "utf-8")
        code, names[module] = json.loads(kept.read_text(encoding="utf-8"))
        (WORK / "gradelib" / "checks" / PATHS[module]).write_text(code, encoding="utf-8")
    return names, digests


def dotted(module):
    """The name under which a module is imported."""
    return ".".join(["gradelib", "checks", *PATHS[module].with_suffix("").parts])


def function_of(mutant):
    return mutant.rpartition("__mutmut_")[0]


class Code:
    """The files that mutmut wrote, by module."""

    def __init__(self):
        checks = WORK / "gradelib" / "checks"
        self.lines = {
            path.stem: path.read_text("utf-8").splitlines() for path in checks.rglob("*.py")
        }
        self.starts = {
            module: {
                found[1]: number
                for number, line in enumerate(lines)
                if (found := re.match(r"\s*def (\S+__mutmut_\w+)\(", line))
            }
            for module, lines in self.lines.items()
        }

    def block(self, module, name):
        """The first line, from 0, of one generated function, and its lines."""
        lines, start = self.lines[module], self.starts[module][name]
        depth = len(lines[start]) - len(lines[start].lstrip())
        end = start + 1
        while end < len(lines) and (
            not lines[end].strip()
            or len(lines[end]) - len(lines[end].lstrip()) > depth
            or lines[end].lstrip().startswith(")")
        ):
            end += 1
        while not lines[end - 1].strip():
            end -= 1
        return start, lines[start:end]

    def pair(self, module, mutant):
        """The original's first line, its lines and the mutant's."""
        start, before = self.block(module, f"{function_of(mutant)}__mutmut_orig")
        _, after = self.block(module, mutant)
        return start, before, after

    def changed(self, module, mutant):
        """The lines of the original, from 1, whose statements a mutant changes."""
        start, before, after = self.pair(module, mutant)
        matcher = difflib.SequenceMatcher(a=before[1:], b=after[1:], autojunk=False)
        found = set()
        for tag, low, high, _, _ in matcher.get_opcodes():
            if tag != "equal":
                found |= set(range(low, max(high, low + 1)))
        if not found:  # the line of the function's name
            found = {0}
        # A statement of many lines is run by its first; coverage knows where it begins.
        first, last = min(found), max(found)
        while first > 0 and not self.begins(before, first + 1):
            first -= 1
        return set(range(start + 2 + first, start + 2 + last + 1)) | (
            set() if first > 0 else set(range(start + 1, start + 1 + len(before)))
        )

    def begins(self, lines, place):
        """Whether a statement begins on a line, as far as brackets tell."""
        before = "".join(lines[:place])
        return before.count("(") + before.count("[") + before.count("{") == (
            before.count(")") + before.count("]") + before.count("}")
        )

    def difference(self, module, mutant):
        """What a mutant changes, as a difference under the name of its function."""
        _, before, after = self.pair(module, mutant)
        lines = list(difflib.unified_diff(before[1:], after[1:], n=0, lineterm=""))[2:]
        name = function_of(mutant).removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        return "\n".join([f"{module}.{name}", *(x for x in lines if not x.startswith("@@"))])

    def is_explained(self, module, mutant):
        return self.difference(module, mutant) in explained(module)


@cache
def explained(module):
    """The differences that survivors/<module>.md explains."""
    path = EXPLAINED / f"{module}.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    blocks = re.findall(r"^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {part.strip() for block in blocks for part in block.split("\n\n")}
