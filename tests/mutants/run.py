"""Mutation testing of gradelib/checks: which small changes of our own code would no test notice?

mutmut writes the mutants, one module at a time, all of them into one file with a switch. The tests
are collected once; each mutant then runs in a fork, the tests that reach its function first in the
order of their cost, until one fails. That is some twenty times faster than a pytest of its own for
each mutant, and the tests are the same.

Run it with `make mutants`, or for some modules, or for a random sample of each:

    python tests/mutants/run.py --modules calls given --sample 100

What survives is written to mutants/survivors.txt as differences, and a table to standard output.
mutmut leaves decorated functions (properties) and constants of a module as they are.
"""

from __future__ import annotations

import argparse
import difflib
import gc
import hashlib
import json
import os
import pickle
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter, defaultdict
from math import inf, sqrt
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a fork has one thread

import coverage
import pytest
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "gradelib" / "checks"
PATHS = {  # a module's file; no two have the same name
    path.stem: path.relative_to(CHECKS) for path in sorted(CHECKS.rglob("[a-z]*.py"))
}
WORK = ROOT / "mutants"
REACH = WORK / "reach.pickle"
TESTS = ["tests/checks", "tests/test_house.py"]
SKIPPED = [  # whole suites that are too slow to be run for every mutant
    "--deselect=tests/checks/test_reliability.py",
    "--deselect=tests/test_house.py::test_light_half_imports_where_nothing_else_is_installed",
]
LONGEST = 1.0  # seconds: a slower test is left out
PATIENCE = 3  # times what the tests take by themselves, and
AT_LEAST = 5  # seconds, all of the processor: then a mutant counts as hung


def write_mutants(modules):
    """Write gradelib with all mutants into WORK; return their names by module."""
    shutil.rmtree(WORK / "gradelib", ignore_errors=True)
    shutil.copytree(
        ROOT / "gradelib", WORK / "gradelib", ignore=shutil.ignore_patterns("__pycache__")
    )
    (WORK / "written").mkdir(exist_ok=True)
    names = {}
    for module in modules:
        path = CHECKS / PATHS[module]
        source = path.read_text(encoding="utf-8")
        kept = WORK / "written" / f"{module}-{hashlib.sha256(source.encode()).hexdigest()}.json"
        if not kept.exists():  # it takes mutmut a second for each hundred lines
            mutated = mutate_file_contents(str(path), source)
            kept.write_text(json.dumps([mutated.code, list(mutated.mutant_names)]), "utf-8")
        code, names[module] = json.loads(kept.read_text(encoding="utf-8"))
        (WORK / "gradelib" / "checks" / PATHS[module]).write_text(code, encoding="utf-8")
    return names


def dotted(module):
    """The name under which a module is imported."""
    return ".".join(["gradelib", "checks", *PATHS[module].with_suffix("").parts])


def function_of(mutant):
    return mutant.rpartition("__mutmut_")[0]


class Runner:
    """A pytest plugin that runs the collected tests once for each mutant."""

    def __init__(self, mutants, code, budget, out):
        self.mutants, self.code, self.budget, self.out = mutants, code, budget, out
        self.results = {}
        self.failed = False

    def pytest_runtest_logreport(self, report):
        self.failed = self.failed or report.failed

    def run(self, item, following):
        self.failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self.failed

    def in_fork(self, work, seconds):
        """Return what `work` returns in a fork, or None where it died or took too long."""
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            try:
                signal.setitimer(signal.ITIMER_PROF, seconds)
                signal.setitimer(signal.ITIMER_REAL, 20 * seconds)  # it may wait for ever
                with os.fdopen(write, "wb") as stream:
                    pickle.dump(work(), stream)
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            found = stream.read()
        os.waitpid(child, 0)
        try:
            return pickle.loads(found)  # noqa: S301 - from our own fork
        except (EOFError, pickle.UnpicklingError):
            return None

    def pytest_runtestloop(self, session):
        items = session.items
        gc.collect()
        gc.freeze()
        if REACH.exists():
            known = pickle.loads(REACH.read_bytes())  # noqa: S301 - from our own run
        else:
            known = self.in_fork(lambda: self.reach(items), 3600)
            if known is None:
                raise RuntimeError("the tests did not finish without a mutant")
            REACH.write_bytes(pickle.dumps(known))
        took, lines, broken = known
        for name in broken:
            print(f"left out, as it fails without a mutant: {name}", file=self.out)
        by_name = {item.nodeid: item for item in items}
        usable = [n for n in took if took[n] <= LONGEST and n not in broken and n in by_name]
        print(
            f"{len(usable)} of {len(items)} tests in {sum(took[n] for n in usable):.0f} s",
            file=self.out, flush=True,
        )  # fmt: skip
        weight = {name: sum(map(len, lines[name].values())) for name in usable}
        killers = defaultdict(Counter)
        begun = time.monotonic()
        for count, (module, mutant) in enumerate(self.mutants, start=1):
            full = f"{dotted(module)}.{mutant}"
            function = function_of(full)
            changed = self.code.changed(module, mutant)
            names = [name for name in usable if changed & lines[name].get(module, set())]
            if not names:  # what a profiler runs, as in watch, is not traced
                names = [name for name in usable if lines[name].get(module)]
            # What killed the neighbours comes first, then what reaches little else, then the cheap.
            names.sort(key=lambda n: (-killers[function][n], weight[n] // 50, took[n]))
            spent = 0.0
            for place, name in enumerate(names):
                spent += took[name]
                if spent > self.budget:
                    names = names[: place + 1]
                    break
            chosen = [by_name[name] for name in names]
            patience = max(AT_LEAST, PATIENCE * sum(took[name] for name in names))

            def work(full=full, chosen=chosen):
                set_mutant_under_test(full)
                for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                    if not self.run(item, following):
                        return item.nodeid
                return ""

            killer = self.in_fork(work, patience) if chosen else ""
            if killer:
                killers[function][killer] += 1
            self.results[full] = "hung or died" if killer is None else killer
            if count % 50 == 0:
                alive = sum(not killer for killer in self.results.values())
                rate = count / (time.monotonic() - begun)
                print(
                    f"{count} of {len(self.mutants)}, {alive} alive, {rate:.1f} a second",
                    file=self.out, flush=True,
                )  # fmt: skip
        return True

    def reach(self, items):
        """Run every test once: its time, the lines of our code that it runs, those that fail."""
        set_mutant_under_test("")
        took, broken = {}, []
        checks = WORK / "gradelib" / "checks"
        cover = coverage.Coverage(data_file=None, include=[f"{checks}/*"], config_file=False)
        for item, following in zip(items, [*items[1:], None], strict=True):
            cover.start()
            cover.switch_context(item.nodeid)
            start = time.process_time()
            if not self.run(item, following):
                broken.append(item.nodeid)
            took[item.nodeid] = time.process_time() - start
            cover.stop()
        data = cover.get_data()
        lines = {item.nodeid: {} for item in items}
        for path in data.measured_files():
            for line, names in data.contexts_by_lineno(path).items():
                for name in names:
                    if name in lines:
                        lines[name].setdefault(Path(path).stem, set()).add(line)
        return took, lines, broken


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
        """What a mutant changes, as a difference."""
        _, before, after = self.pair(module, mutant)
        lines = list(difflib.unified_diff(before[1:], after[1:], n=0, lineterm=""))[2:]
        return f"{module}: {mutant}\n" + "\n".join(x for x in lines if not x.startswith("@@"))


def interval(killed, tried):
    """Wilson's 95 % interval for a rate."""
    z, p = 1.96, killed / tried
    centre = (p + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * sqrt(p * (1 - p) / tried + z * z / (4 * tried**2)) / (1 + z * z / tried)
    return centre - half, min(1.0, centre + half)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", nargs="*", default=None)
    parser.add_argument("--sample", type=int, default=None, help="so many mutants of each module")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=float, default=inf, help="seconds of tests a mutant")
    parser.add_argument("--reuse", action="store_true", help="what reaches what, as known")
    parser.add_argument("--only", nargs="*", default=None, help="these mutants, by name")
    options = parser.parse_args()
    os.chdir(ROOT)
    every = write_mutants(sorted(PATHS))
    mutants = []
    for module, names in every.items():
        if options.modules and module not in options.modules:
            continue
        chosen = names
        if options.sample is not None and len(names) > options.sample:
            rng = random.Random(f"{options.seed} {module}")
            chosen = sorted(rng.sample(names, options.sample), key=names.index)
        if options.only is not None:
            chosen = [name for name in names if name in options.only]
        mutants += [(module, name) for name in chosen]
    sys.path.insert(0, str(WORK))
    out = sys.stdout
    if not options.reuse:
        REACH.unlink(missing_ok=True)
    code = Code()
    runner = Runner(mutants, code, options.budget, out)
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - pytest's own report is of no use here
    ended = pytest.main(
        ["-q", "-m", "not slow", "-p", "no:cacheprovider", *SKIPPED, *TESTS], [runner]
    )
    sys.stdout = out
    if not runner.results:
        sys.exit(f"no mutant was tried; pytest ended with {ended}")
    (WORK / "results.json").write_text(json.dumps(runner.results, indent=1), encoding="utf-8")
    survivors = []
    print(f"{'module':<12}{'mutants':>9}{'tried':>7}{'killed':>8}{'rate':>7}   95 % interval")
    for module, names in every.items():
        tried = [f"{dotted(m)}.{name}" for m, name in mutants if m == module]
        if not tried:
            continue
        alive = [name for name in tried if not runner.results[name]]
        killed = len(tried) - len(alive)
        low, high = interval(killed, len(tried))
        said = f"{low:.0%} to {high:.0%}" if len(tried) < len(names) else ""
        rate = killed / len(tried)
        print(f"{module:<12}{len(names):>9}{len(tried):>7}{killed:>8}{rate:>7.1%}   {said}")
        survivors += [code.difference(module, name.rpartition(".")[2]) for name in alive]
    (WORK / "survivors.txt").write_text("\n\n".join(survivors) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
