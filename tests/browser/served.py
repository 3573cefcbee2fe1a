"""JupyterLab served from a folder, and Debian's Chromium to look at it; what the tests here share.

in_a_browser          marks of a module that needs both
with_chromium         marks of a module that needs a browser only
with_widgets          mark of a module that needs anywidget too
serving(folder, home) a JupyterLab in a folder; gives its address
surroundings(home)    the environment of a program that finds ours, and nobody's settings
browsing(profile)     a page of Chromium
TOKEN, PATIENCE       the server's password, and the seconds that one thing may take
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
TOKEN = "for-this-test-only"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 300.0
"""Seconds that one thing may take; a busy machine needs a few."""

with_chromium = [
    pytest.mark.skipif(
        find_spec("playwright") is None,
        reason="playwright is not installed: pip install playwright",
    ),
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
    ),
]
in_a_browser = [pytest.mark.slow, pytest.mark.timeout(2400), *with_chromium]
with_widgets = pytest.mark.skipif(
    find_spec("anywidget") is None, reason="anywidget is not installed: pip install anywidget"
)


def surroundings(home: Path) -> dict[str, str]:
    """Our programs first in the path, and nobody's settings of Jupyter."""
    bin_ = os.path.dirname(sys.executable)
    own = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    path = os.pathsep.join([bin_, os.environ["PATH"]])
    return {**os.environ, **own, "HOME": str(home), "PATH": path}


@contextmanager
def serving(folder: Path, home: Path, *options: str) -> Iterator[str]:
    """The address of a JupyterLab in a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    home.mkdir(exist_ok=True)
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
                *("--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
                *(f"--ServerApp.root_dir={folder}", *options),
            ],
            cwd=folder,
            env=surroundings(home),
            stdout=log,
            stderr=log,
        )
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=10).close()
                break
            except (urllib.error.URLError, OSError):
                told = (home / "lab.log").read_text()
                assert server.poll() is None, told
                assert time.monotonic() < until, told
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def browsing(profile: Path, *, width: int = 1400, scale: int = 1) -> Iterator[Any]:
    """A page of Chromium, as large as a laptop's; `scale` is of pixels to CSS pixels."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(profile),
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
            viewport={"width": width, "height": 1000},
            device_scale_factor=scale,
        )
        context.set_default_timeout(PATIENCE * 1000)
        yield context.pages[0]
        context.close()
