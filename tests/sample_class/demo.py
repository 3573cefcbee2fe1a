"""`make demo`: a sample class is built, graded, given feedback and exported, by the command line.

    python tests/sample_class/demo.py [FOLDER]

FOLDER is made anew: build/demo unless another is named.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from build import ROOT, HandIn, assignments, make_course

GRADELIB = [sys.executable, "-m", "gradelib"]
CELL_TIMEOUT = "20"  # seconds: one of the class hands in an endless loop


def main(folder: Path) -> int:
    class_ = make_course(folder)
    names = assignments()
    print(f"{len(class_)} hand-ins for {len(names)} assignments in {folder}/submitted/", flush=True)
    loose = []
    if subprocess.run([*GRADELIB, "doctor"], check=False, stdout=subprocess.DEVNULL).returncode:
        loose = ["--no-sandbox"]
        print("This machine cannot isolate them (gradelib doctor says why), so they run as they")
        print("are: they are our own. Never grade a class like that.\n", flush=True)
    gradelib("grade", *names, "--course", str(folder), "--cell-timeout", CELL_TIMEOUT, *loose)
    gradelib("feedback", *names, "--course", str(folder))
    gradelib("export", "--course", str(folder), "--to", str(folder / "grades.csv"))
    wrong = compare(class_, folder / "grades.csv")
    page = folder / "feedback" / "bao" / names[2]
    print(f"\ngradebook   {folder / 'gradebook.db'}")
    print(f"scores      {folder / 'grades.csv'}")
    print(f"feedback    {folder / 'feedback'}/STUDENT/ASSIGNMENT/, for example {page}/")
    print(f"\n{len(class_) - len(wrong)} of {len(class_)} scores are the expected ones")
    print("".join(f"  {line}\n" for line in wrong), end="")
    return 1 if wrong else 0


def gradelib(*arguments: str) -> None:
    """Run a verb. Exit code 1 is expected: the class has hand-ins that cannot be graded."""
    done = subprocess.run([*GRADELIB, *arguments], check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)


def compare(class_: list[HandIn], table: Path) -> list[str]:
    """Return a line for each hand-in whose automatic score is not the expected one."""
    with table.open(encoding="utf-8", newline="") as file:
        scores = {
            (row["student"], row["assignment"]): row["automatic"] for row in csv.DictReader(file)
        }
    wrong = []
    for hand_in in class_:
        score = scores.get((hand_in.student, hand_in.assignment))
        if score is None or abs(float(score) - hand_in.score) > 1e-5:
            wrong.append(
                f"{hand_in.student}, {hand_in.assignment} ({hand_in.about}): "
                f"got {score}, expected {hand_in.score}"
            )
    return wrong


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "demo"
    sys.exit(main(chosen))
