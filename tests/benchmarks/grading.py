"""`make bench`, second half: grading a class, beside nbgrader unchanged; writes the README's table.

    grading.py                     # sizes 100, 300, 1,000, half an hour; rewrites the README
    grading.py --quick             # a class of 100, once; the README stays
    grading.py --sizes 100 300     # other sizes; --rounds N, --print as well

A class is the sample class's hand-ins, copied under other names; each run has a fresh course with
its own gradebook, and is one command, its start included. nbgrader grades one hand-in and then a
few: the difference gives what one more costs, so its own start counts once for a class too. What
is compared takes turns, and the median of the ratios of neighbours is the result. Every run must
give the scores that are known, or there is no table.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from run import ONE_THREAD, ROOT, replaced, say

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "checks")]
import graded  # noqa: E402
from sample_class.build import HandIn, hand_ins, make_course, write  # noqa: E402

BEGIN, END = "<!-- bench-grading:begin -->", "<!-- bench-grading:end -->"
MAIN, BESIDE = "03_jacobians_and_shapes", "04_two_layer_net"
UNFAIR = {"petra", "quentin", "rosa", "sami"}
"""Of 04: files that nbgrader cannot take: a test deleted or copied, a crash, a picture."""
TICK = 0.05
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Time:
    """Seconds that a command took: on the wall, and of the processor by all its processes."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Pair:
    """One turn: nbgrader's first hand-in, and each more; `ours` by workers, for `size` hand-ins."""

    first: Time
    more: Time
    ours: dict[int, Time]
    size: int

    def theirs(self, kind: str) -> float:
        """Seconds of nbgrader for as many, its start counted once."""
        return getattr(self.first, kind) + (self.size - 1) * getattr(self.more, kind)

    def ratio(self, jobs: int, kind: str) -> float:
        return self.theirs(kind) / getattr(self.ours[jobs], kind)


class Class:
    """A course of `assignment` in `folder` from which courses of any size are copied."""

    def __init__(self, folder: Path, assignment: str, distinct: int) -> None:
        self.folder, self.assignment = folder, assignment
        self.kinds = [
            one for one in hand_ins(assignment, everyone=True) if one.student not in UNFAIR
        ][:distinct]
        make_course(folder / "bare", [assignment])
        shutil.rmtree(folder / "bare" / "submitted")
        # tells the gradebook of the cells, which nbgrader needs and we would do by ourselves
        command(folder / "bare", "gradelib", "release", assignment)
        plain(folder / "bare", folder / "plain")

    def course(self, kind: str, size: int) -> tuple[Path, list[HandIn]]:
        """A fresh course, "bare" or "plain", with `size` hand-ins."""
        place = Path(tempfile.mkdtemp(dir=self.folder)) / "course"
        shutil.copytree(self.folder / kind, place)
        made = []
        for i in range(size):
            one = self.kinds[i % len(self.kinds)]
            made.append(HandIn(**{**vars(one), "student": f"{i:04d}-{one.student}"}))
            write(place, made[-1])
        return place, made

    def ours(self, size: int, jobs: int, watch: Callable[[int], None] | None = None) -> Time:
        """One `gradelib grade`."""
        place, made = self.course("bare", size)
        return self._graded(
            place, made, "gradelib", "grade", self.assignment, "--jobs", str(jobs), watch=watch
        )

    def theirs(self, size: int) -> Time:
        """One `nbgrader autograde`, with its own preprocessors."""
        place, made = self.course("plain", size)
        return self._graded(place, made, "nbgrader", "autograde", self.assignment)

    def _graded(
        self,
        place: Path,
        made: Sequence[HandIn],
        *words: str,
        watch: Callable[[int], None] | None = None,
    ) -> Time:
        took = command(place, *words, watch=watch)
        command(place, "gradelib", "export", "--to", "grades.csv")
        if wrong := different(made, place / "grades.csv"):
            raise SystemExit(f"bench: {' '.join(words)} gave other scores: {'; '.join(wrong[:5])}")
        shutil.rmtree(place.parent)
        say(f"{' '.join(words)}: {len(made)} in {took.wall:.1f} s, {took.cpu:.1f} s of processor")
        return took


def plain(course: Path, folder: Path) -> None:
    """A copy of the course whose autograde is nbgrader's own."""
    shutil.copytree(course, folder)
    settings = folder / "nbgrader_config.py"
    lines = settings.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "c.Autograde" not in line]
    settings.write_text("\n".join([*kept, "c.Execute.timeout = 600", ""]), encoding="utf-8")


def different(made: Sequence[HandIn], table: Path) -> list[str]:
    """A line for each hand-in whose automatic points are not the known ones."""
    with table.open(encoding="utf-8", newline="") as file:
        found = {row["student"]: float(row["automatic"]) for row in csv.DictReader(file)}
    return [
        f"{one.student} {found.get(one.student)} and not {one.score}"
        for one in made
        if abs(found.get(one.student, -1.0) - one.score) > 1e-5
    ]


def command(folder: Path, *words: str, watch: Callable[[int], None] | None = None) -> Time:
    """Run a module's command line in the folder; `watch` is called with its process's number."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    meter = Meter()
    with tempfile.TemporaryFile() as heard:  # a pipe that nobody empties would stop it
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-c", meter.START, str(meter.group), *words],
            cwd=folder,
            env={**os.environ, **ONE_THREAD, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=heard,
            stderr=subprocess.STDOUT,
        )
        if watch is not None:
            while process.poll() is None:
                watch(process.pid)
                time.sleep(TICK)
        process.wait()
        wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            heard.seek(0)
            said = heard.read().decode()[-2000:]
            raise SystemExit(f"bench: {' '.join(words)} failed:\n{said}")
    spent = [one.ru_utime + one.ru_stime for one in (before, after)]
    return Time(wall, meter.read(spent[1] - spent[0]))


class Meter:
    """The processor's time of a command and all that it starts, by a control group of Linux.

    Where none can be made it is that of the processes which were waited for; those that end with
    their process namespace, as candidates do, are missing then, and `whole` is False.
    """

    whole = True
    START = (
        "import runpy, sys; group, module = sys.argv[1:3]; del sys.argv[1:3]\n"
        "if group != 'None': open(group + '/cgroup.procs', 'w').write('0')\n"
        "runpy.run_module(module, run_name='__main__', alter_sys=True)"
    )

    def __init__(self) -> None:
        self.group: Path | None = None
        own = Path("/proc/self/cgroup").read_text().splitlines()[-1].removeprefix("0::/")
        for root in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
            group = root / own / f"gradelib-bench-{os.getpid()}"
            if (root / "cgroup.procs").exists() and self.group is None:
                with suppress(OSError):
                    group.mkdir(exist_ok=True)
                    self.group = group
        if self.group is None:
            Meter.whole = False

    def read(self, otherwise: float) -> float:
        """Seconds since the group was made, which ends here; `otherwise` where there is none."""
        if self.group is None:
            return otherwise
        (used,) = re.findall(r"usage_usec (\d+)", (self.group / "cpu.stat").read_text())
        with suppress(OSError):  # what lingers keeps it
            self.group.rmdir()
        return float(used) / 1e6


class Memory:
    """The most bytes that a process and all below it held at once, shared pages counted once."""

    def __init__(self) -> None:
        self.peak, self.looks, self.most = 0, 0, 0

    def __call__(self, pid: int) -> None:
        try:
            root = psutil.Process(pid)
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        held = sum(share(one.pid) for one in family)
        self.looks += 1
        self.peak, self.most = max(self.peak, held), max(self.most, len(family))


def share(pid: int) -> int:
    """A process's proportional share (PSS) in bytes; 0 when it has just ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def turns(group: Class, size: int, few: int, rounds: int, jobs: Sequence[int]) -> list[Pair]:
    """Ours and nbgrader's by turns, so often."""
    found = []
    for _ in range(rounds):
        first = group.theirs(1)
        ours = {n: group.ours(size, n) for n in jobs}
        rest = group.theirs(few)
        more = Time(
            (rest.wall - first.wall) / (few - 1),
            (rest.cpu - first.cpu) / (few - 1),
        )
        found.append(Pair(first, more, ours, size))
    return found


def busy() -> float:
    """Seconds that this machine's processors have worked so far, for anyone."""
    spent = psutil.cpu_times()
    return sum(spent) - spent.idle - getattr(spent, "iowait", 0.0)


def own() -> float:
    """Seconds of the processor that this process and its ended children have used."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, kinds))


def measured(sizes: Sequence[int], rounds: int, few: int, beside: int) -> str:
    """Run everything and return the README's table in Markdown; `beside` hand-ins of BESIDE."""
    before, start = busy() - own(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench_grading_") as folder:
        group = Class(Path(folder) / "main", MAIN, 12)
        pairs = {MAIN: turns(group, sizes[0], few, rounds, (1, 2))}
        memory = Memory()
        group.ours(sizes[-1], 2, memory)
        grown = [pairs[MAIN][-1].ours[2], *(group.ours(size, 2) for size in sizes[1:])]
        other = Class(Path(folder) / "beside", BESIDE, 6)
        pairs[BESIDE] = turns(other, beside, min(few, 7), 1, (1, 2))
    others = (busy() - own() - before) / (time.monotonic() - start)
    return graded.section(pairs, list(sizes), grown, memory, others, Meter.whole)


def main() -> None:
    """Measure, print and, unless told otherwise, write."""
    parser = argparse.ArgumentParser(description="Measure grading beside nbgrader.")
    parser.add_argument("--quick", action="store_true", help="100 only, once; the README stays")
    parser.add_argument("--print", action="store_true", help="the README stays")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--rounds", type=int, default=3, help="turns with nbgrader")
    chosen = parser.parse_args()
    sizes, rounds, few, beside = chosen.sizes, chosen.rounds, 13, 24
    if chosen.quick:
        sizes, rounds, few, beside = [100], 1, 5, 12
    section = measured(sizes, rounds, few, beside)
    print(section)
    if not (chosen.quick or chosen.print):
        readme = ROOT / "README.md"
        text = replaced(readme.read_text(encoding="utf-8"), section, BEGIN, END)
        readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
