"""One trial for each mutant: the tests that reach it, in a fork, until one fails."""

from __future__ import annotations

import gc
import json
import os
import pickle
import signal
import time
from collections import Counter, defaultdict
from pathlib import Path

import coverage
import mutmut.mutation.trampoline
from written import WORK, dotted, function_of

REACH = WORK / "reach.pickle"
TRIED = WORK / "tried.jsonl"
PATIENCE = 3  # times what the tests take by themselves, and
AT_LEAST = 5  # seconds, all of the processor: then a mutant counts as hung

functions = []  # of ours that have mutants, each with the dict of them


def switchable(mutants, is_classmethod=False):
    """In place of mutmut's trampoline, which costs every call of every function two more."""

    def kept(function):
        functions.append((function, mutants))
        return function

    return kept


mutmut.mutation.trampoline.wrap_in_trampoline = switchable  # before gradelib is imported


def switch_to(mutant):
    """Let one mutant take its function's place; all other functions are as they were written."""
    module, _, name = mutant.rpartition(".")
    for function, mutants in functions:
        there = function.__module__ == module and name in mutants
        chosen = mutants[name if there else "_mutmut_orig"]
        chosen = getattr(chosen, "__func__", chosen)  # of a classmethod
        function.__code__ = chosen.__code__
        function.__defaults__, function.__kwdefaults__ = chosen.__defaults__, chosen.__kwdefaults__


def trials(start=0):
    """The mutant, its module's digest and what killed it, of every trial from a place on."""
    if TRIED.exists():
        with TRIED.open(encoding="utf-8") as stream:
            stream.seek(start)
            yield from map(json.loads, stream)


def tried_before(names, digests):
    """What came of the mutants that an earlier run tried, where their module is the same."""
    found = {}
    current = {
        (f"{dotted(module)}.{name}", digests[module]) for module in names for name in names[module]
    }
    for mutant, digest, killer in trials():
        if (mutant, digest) in current:
            found[mutant] = found.get(mutant) or killer
    return found


def killers_before():
    """The test that last killed each mutant, whatever has changed since."""
    return {mutant: killer for mutant, _, killer in trials() if killer}


class Runner:
    """A pytest plugin that runs the collected tests once for each mutant."""

    def __init__(self, mutants, code, digests, options, out):
        self.mutants, self.code, self.digests = mutants, code, digests
        self.options, self.out = options, out
        self.results, self.weights, self.killers = {}, {}, killers_before()
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
        self.took, self.lines, broken = self.known(items)
        for name in broken:
            print(f"left out, as it fails without a mutant: {name}", file=self.out)
        self.by_name = {item.nodeid: item for item in items}
        self.usable = [
            name for name in self.took
            if self.took[name] <= self.options.longest
            and name not in broken and name in self.by_name
        ]  # fmt: skip
        seconds = sum(self.took[name] for name in self.usable)
        print(
            f"{len(self.usable)} of {len(items)} tests in {seconds:.0f} s",
            file=self.out, flush=True,
        )  # fmt: skip
        self.stage(self.mutants, self.options.budget)
        # What nobody explained gets more time: a test that would notice may have come too late.
        left = [mutant for mutant in self.mutants if self.is_open(*mutant)]
        if left and self.options.last > self.options.budget:
            self.stage(left, self.options.last)
        return True

    def is_open(self, module, mutant):
        killer = self.results.get(f"{dotted(module)}.{mutant}")
        return not killer and not self.code.is_explained(module, mutant)

    def stage(self, mutants, budget):
        """Try the mutants, a worker for each processor."""
        by_function = defaultdict(list)
        for module, mutant in mutants:
            by_function[module, function_of(mutant)].append((module, mutant))
        chunks = list(by_function.values())
        before = TRIED.stat().st_size if TRIED.exists() else 0
        queue, fill = os.pipe()  # a read of four bytes takes a chunk's number, for one worker only
        workers = [self.worker(queue, fill, chunks, budget) for _ in range(self.options.jobs)]
        os.close(queue)
        for number in range(len(chunks)):
            os.write(fill, number.to_bytes(4, "big"))
        os.close(fill)
        for worker in workers:
            os.waitpid(worker, 0)
        self.results |= {mutant: killer for mutant, _, killer in trials(before)}

    def worker(self, queue, fill, chunks, budget):
        """Fork a process that tries the mutants of one function after the other; return its id."""
        child = os.fork()
        if child:
            return child
        try:
            os.close(fill)
            begun, count, alive = time.monotonic(), 0, 0
            with TRIED.open("a", encoding="utf-8") as journal:
                while number := os.read(queue, 4):
                    killers = Counter()
                    for module, mutant in chunks[int.from_bytes(number, "big")]:
                        killer = self.trial(module, mutant, killers, budget)
                        full = f"{dotted(module)}.{mutant}"
                        journal.write(json.dumps([full, self.digests[module], killer]) + "\n")
                        journal.flush()
                        count, alive = count + 1, alive + (not killer)
                        if count % 50 == 0:
                            rate = count / (time.monotonic() - begun)
                            of = f"of {sum(map(len, chunks))}, {alive} of these alive"
                            print(f"{count} {of}, {rate:.1f} a second", file=self.out, flush=True)
        except BaseException as error:
            print(f"a worker ended: {error!r}", file=self.out, flush=True)
        finally:
            os._exit(0)

    def trial(self, module, mutant, killers, budget):
        """Try one mutant: the test that killed it, "hung or died", or "" where it survives."""
        took, lines = self.took, self.lines
        full = f"{dotted(module)}.{mutant}"
        changed = self.code.changed(module, mutant)
        names = [name for name in self.usable if changed & lines[name].get(module, set())]
        if not names:  # what a profiler runs, as in watch, is not traced
            names = [name for name in self.usable if lines[name].get(module)]
        # What killed it before comes first, then what killed the neighbours, then what reaches
        # little else, then the cheap.
        before = self.killers.get(full)
        names.sort(key=lambda n: (n != before, -killers[n], self.weight(n) // 50, took[n]))
        spent = 0.0
        for place, name in enumerate(names):
            spent += took[name]
            if spent > budget:
                names = names[: place + 1]
                break
        chosen = [self.by_name[name] for name in names]
        patience = max(AT_LEAST, PATIENCE * sum(took[name] for name in names))

        def work():
            switch_to(full)
            for item, following in zip(chosen, [*chosen[1:], None], strict=True):
                if not self.run(item, following):
                    return item.nodeid
            return ""

        killer = self.in_fork(work, patience) if chosen else ""
        if killer:
            killers[killer] += 1
        return "hung or died" if killer is None else killer

    def weight(self, name):
        if name not in self.weights:
            self.weights[name] = sum(map(len, self.lines[name].values()))
        return self.weights[name]

    def known(self, items):
        """What the tests take and reach; only tests that are new are run, where some are known."""
        took, lines, broken = {}, {}, []
        if REACH.exists():
            took, lines, broken = pickle.loads(REACH.read_bytes())  # noqa: S301 - from our own run
        fresh = [item for item in items if item.nodeid not in took]
        if fresh:
            found = self.in_fork(lambda: self.reach(fresh), 3600)
            if found is None:
                raise RuntimeError("the tests did not finish without a mutant")
            took, lines, broken = took | found[0], lines | found[1], [*broken, *found[2]]
            REACH.write_bytes(pickle.dumps((took, lines, broken)))
        return took, lines, broken

    def reach(self, items):
        """Run every test once: its time, the lines of our code that it runs, those that fail."""
        switch_to("")
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
