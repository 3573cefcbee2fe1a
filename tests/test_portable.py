"""The notebooks need no JupyterLab: any front end does, with the students' half and a kernel.

What the text asks for is read; what the code shows is seen where a bare kernel runs it, as VS Code
starts one, in an environment with `pip install .`, ipykernel and nothing else of ours.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbclient import NotebookClient
from pages import ROOT, SOURCES, cells, short

from gradelib.checks.reports.report import DATA
from gradelib.exam.texts.magics import parsed

INSTALLED = {"numpy", "matplotlib", "gradelib", *sys.stdlib_module_names}
SHOWN_EVERYWHERE = {"text/plain", "text/html", DATA}
KERNEL = "light-half"

every = pytest.mark.parametrize("path", SOURCES, ids=short)


@every
def test_code_asks_for_nothing_of_one_front_end(path: Path) -> None:
    """Only what the students' half brings is imported, and no cell speaks to a front end."""
    for cell in cells(path, "code"):
        for node in ast.walk(parsed(cell["source"])):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Name):
                assert node.id not in ("get_ipython", "HTML", "Javascript"), cell["id"]
            assert {name.split(".")[0] for name in names} <= INSTALLED, cell["id"]
        assert not re.search(r"^\s*[%!]", cell["source"], re.MULTILINE), cell["id"]


@every
def test_text_asks_for_nothing_of_one_front_end(path: Path) -> None:
    """No attachments, diagrams or boxes that only some front ends draw; no tags that hide cells."""
    for cell in cells(path, "markdown"):
        assert "attachments" not in cell, cell["id"]
        for only in ("```mermaid", "```{", ":::", 'class="alert', "<script", "<style", "<iframe"):
            assert only not in cell["source"], cell["id"]
        assert not re.search(r"\\(require|newcommand|label|ref|eqref)\b", cell["source"])
    for kind in ("code", "markdown"):
        for cell in cells(path, kind):
            assert set(cell["metadata"]) <= {"nbgrader", "gradelib"}, cell["id"]


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for JUPYTER_PATH that has one kernel: Python with the students' half alone."""
    folder = tmp_path_factory.mktemp("light")
    package = folder / "package"
    shutil.copytree(ROOT / "gradelib", package / "gradelib")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, package)
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", str(package), "ipykernel"], capture_output=True, text=True, check=False
    )
    if "No matching distribution" in done.stderr:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    for absent in ("nbgrader", "jupyterlab", "anywidget", "nbformat"):
        code = f"import importlib.util as u, sys; sys.exit(u.find_spec({absent!r}) is not None)"
        assert subprocess.run([python, "-c", code], check=False).returncode == 0, absent
    kernel = folder / "data" / "kernels" / KERNEL
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": argv, "display_name": "light half", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(about), encoding="utf-8")
    return folder / "data"


def unheard(output: Any) -> Iterator[str]:
    """What an output shows that cannot be seen everywhere, or not be heard."""
    kinds = set(output.get("data", {}))
    yield from kinds - SHOWN_EVERYWHERE
    page = BeautifulSoup(output.get("data", {}).get("text/html", ""), "html.parser")
    for image in page.find_all("img"):
        if len(image.get("alt", "").split()) < 5 or not image["src"].startswith("data:image/png"):
            yield str(image)[:200]
    yield from (str(found)[:200] for found in page.find_all(["svg", "script", "style", "iframe"]))
    for table in page.find_all("table"):
        if not any(head.get_text(strip=True) for head in table.find_all("th", scope=True)):
            yield str(table)[:200]


@pytest.mark.slow
@pytest.mark.timeout(900)
@every
def test_a_bare_kernel_runs_the_solutions_and_what_they_show_can_be_heard(
    path: Path, light: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full points with the students' half alone; pictures have words, and tables heads."""
    monkeypatch.setenv("JUPYTER_PATH", str(light))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / path.parent.name
    shutil.copytree(path.parent, folder)
    nb = nbformat.read(path, 4)
    NotebookClient(
        nb, kernel_name=KERNEL, timeout=300, resources={"metadata": {"path": str(folder)}}
    ).execute()
    ran = [cell for cell in nb.cells if cell.cell_type == "code"]
    outputs = [output for cell in ran for output in cell.outputs]
    graded = [o for c in ran if c.metadata.get("nbgrader", {}).get("grade") for o in c.outputs]
    reports = [output.data[DATA] for output in graded if DATA in output.get("data", {})]
    assert len(reports) > 10
    assert [report["subject"] for report in reports if report["verdict"] != "passed"] == []
    assert any("<img" in output.get("data", {}).get("text/html", "") for output in outputs)
    assert [fault for output in outputs for fault in unheard(output)] == []
