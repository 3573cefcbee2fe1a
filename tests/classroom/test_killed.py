"""A class graded by a process that is killed again and again ends as if it never had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest
from class_of import command, left, make_class, verdicts

from gradelib.classroom import gradebook
from gradelib.classroom.course import Course

PATIENCE = 600


def graded(course: Course, *more: str) -> subprocess.CompletedProcess[str]:
    """Grade to the end; 1 is right, as the class has hand-ins that are no notebooks."""
    done = subprocess.run(
        command(course, "--jobs", "2", *more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done


def killed(course: Course, enough: int, dice: random.Random) -> None:
    """Grade, and kill the process a moment after `enough` hand-ins have a verdict."""
    running = subprocess.Popen(
        command(course, "--jobs", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    below = []
    deadline = time.monotonic() + PATIENCE
    while running.poll() is None and verdicts(course) < enough and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(dice.random() * 0.1)
    if running.poll() is None:
        below = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGKILL)
    running.wait()
    _, alive = psutil.wait_procs(below, timeout=30)
    assert alive == []  # workers and examiners end with the one that started them


def resumed_equals_undisturbed(template: Path, tmp_path: Path, size: int, kills: int) -> None:
    """Compare two classes that are the same, one of them killed `kills` times."""
    calm = make_class(template, tmp_path / "calm", size)
    subprocess.run(["cp", "-a", calm.root, tmp_path / "killed"], check=True)
    torn = Course(tmp_path / "killed")
    graded(calm)
    dice = random.Random(size)
    seen = []
    for enough in sorted(dice.sample(range(size), kills)):
        killed(torn, enough, dice)
        seen.append(len(gradebook.rows(torn)))
    assert any(0 < count < size for count in seen), seen
    said = graded(torn).stdout
    assert f"{size - size // 10} of {size} graded" in said
    first, second = left(calm), left(torn)
    assert first.pop("rows") == second.pop("rows")
    assert first == second
    assert not list(torn.root.glob(".grading/stage/*"))


def test_a_class_of_100(released_template: Path, tmp_path: Path) -> None:
    """Killed three times."""
    resumed_equals_undisturbed(released_template, tmp_path, 100, 3)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_class_of_1000(released_template: Path, tmp_path: Path) -> None:
    """Killed twenty times."""
    resumed_equals_undisturbed(released_template, tmp_path, 1000, 20)


def test_ctrl_c(released_template: Path, tmp_path: Path) -> None:
    """It stops after what is being written, says how to go on, and what it says is true."""
    course = make_class(released_template, tmp_path / "course", 40)
    running = subprocess.Popen(
        command(course, "--jobs", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + PATIENCE
    while verdicts(course) < 5 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of them
    said, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1, said + error
    count = len(gradebook.rows(course))
    assert 5 <= count < 40
    assert f"interrupted: {count} of 40 are in the gradebook; the same command goes on" in error
    assert "Traceback" not in said + error
    assert "36 of 40 graded" in graded(course).stdout
