"""The same class on a Dask cluster, one of whose workers is killed: the same gradebook."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_of import command, left, make_class, verdicts

from gradelib.classroom import gradebook
from gradelib.classroom.course import Course

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'gradelib[cluster]'")

PATIENCE = 300
DASK = [sys.executable, "-m", "dask"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address and its two workers, processes of one thread each."""
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    scheduler = subprocess.Popen([*DASK, "scheduler", "--port", "0", *here], **quiet)
    deadline = time.monotonic() + PATIENCE
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    one = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]
    workers = [subprocess.Popen([*DASK, "worker", address, *one], **quiet) for _ in range(2)]
    try:
        _wait_for_workers(address, 2, deadline)
        yield address, workers
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def _wait_for_workers(address: str, count: int, deadline: float) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=deadline - time.monotonic())


def test_a_worker_is_killed(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], released_template: Path, tmp_path: Path
) -> None:
    """Verdicts and rows are those of one machine, to the byte."""
    address, workers = cluster
    local = make_class(released_template, tmp_path / "local", 40)
    subprocess.run(["cp", "-a", local.root, tmp_path / "far"], check=True)
    far = Course(tmp_path / "far")
    done = subprocess.run(command(local, "--jobs", "2"), capture_output=True, timeout=PATIENCE)
    assert done.returncode == 1, done.stderr
    running = subprocess.Popen(
        command(far, "--cluster", address), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + PATIENCE
    while verdicts(far) < 5 and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    workers[0].send_signal(signal.SIGKILL)
    assert len(gradebook.rows(far)) < 40
    said, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1, error
    assert b"36 of 40 graded" in said
    first, second = left(local), left(far)
    assert first.pop("rows") == second.pop("rows")
    assert first == second
