"""Devcontainer and Binder start what `make setup` makes: one Python, one list of pins."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEVCONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LOCKED = re.search(r"--python-version (\d+\.\d+)", MAKEFILE)[1]


def test_both_run_the_python_that_the_pins_were_made_for():
    """The lock's version, which is the oldest that gradelib wants."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={LOCKED}"
    assert re.search(r"python:([\d.]+)", DEVCONTAINER["image"])[1] == LOCKED
    runtime = (ROOT / ".binder/runtime.txt").read_text(encoding="utf-8")
    assert runtime == f"python-{LOCKED}\n"


def test_binder_installs_the_pins():
    """repo2docker reads .binder alone and runs pip in the repository's folder."""
    lines = (ROOT / ".binder/requirements.txt").read_text(encoding="utf-8").splitlines()
    (named,) = [line.removeprefix("-r ") for line in lines if line.startswith("-r ")]
    assert len(lines) == 1
    assert (ROOT / ".binder" / named).resolve() == ROOT / "requirements.txt"
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert pinned[-1] == "-e ."
    assert all("==" in line for line in pinned[:-1])
    packages = {line.split("==")[0] for line in pinned}
    assert {"jupyterlab", "notebook", "nbgrader", "anywidget", "numpy", "matplotlib"} <= packages


def test_the_devcontainer_installs_the_pins_where_it_looks_for_python():
    """Its command is a target of the Makefile, which reads requirements.txt and makes .venv."""
    command, target = DEVCONTAINER["postCreateCommand"].split()
    assert command == "make"
    (needs,) = re.findall(rf"^{target}: (\S+)", MAKEFILE, re.MULTILINE)
    assert needs == "$(READY)"
    assert re.search(r"^\$\(READY\): requirements.txt ", MAKEFILE, re.MULTILINE)
    venv = re.search(r"^VENV := (\S+)", MAKEFILE, re.MULTILINE)[1]
    python = DEVCONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == f"${{containerWorkspaceFolder}}/{venv}/bin/python"
