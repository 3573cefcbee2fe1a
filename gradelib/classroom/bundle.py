"""What students get: one zip with the notebooks and the half of gradelib that they need.

bundle(course, path)   write the zip; the same course gives the same bytes
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from .course import Course, notebook_folders

TOP = "backpropagation"
"""The folder that the zip unpacks to."""

LIGHT = ("__init__.py", "digits.py", "*.npz", "*.md", "py.typed", "checks/**/*", "figures/**/*")
"""The students' half of the package, as glob patterns within it."""

NEEDED = ("numpy", "matplotlib", "jupyterlab", "anywidget")
"""What a student installs beside gradelib."""

PYPROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "gradelib"
version = "{version}"
description = "{summary}"
requires-python = "{python}"
license = "MIT"
dependencies = [{dependencies}]

[tool.setuptools.packages.find]
include = ["gradelib*"]

[tool.setuptools.package-data]
"*" = ["*.npz", "*.md", "*.json", "py.typed"]
"""


def bundle(course: Course, path: Path) -> list[str]:
    """Write the students' zip to `path` and return the names in it, sorted.

    The release is taken as it is; `release` brings it up to date. Times and order in the zip are
    fixed.
    """
    files = dict(_release_files(course)) | dict(_package_files()) | _project_files(course)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{TOP}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return [f"{TOP}/{name}" for name in sorted(files)]


def _release_files(course: Course) -> Iterator[tuple[str, bytes]]:
    """The release's assignment folders, and the plain files beside them such as a README."""
    root = course.release(".")
    found = [path for path in root.glob("*") if path.is_file()]
    for name in notebook_folders(root):
        found += [path for path in (root / name).rglob("*") if path.is_file()]
    for path in found:
        inner = path.relative_to(root)
        if _wanted(inner):
            yield f"notebooks/{inner.as_posix()}", path.read_bytes()


def _wanted(path: Path) -> bool:
    """Whether a file is more than what tools leave behind: caches, checkpoints and the like."""
    return not any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _package_files() -> Iterator[tuple[str, bytes]]:
    root = Path(__file__).parents[1]
    for pattern in LIGHT:
        for path in root.glob(pattern):
            inner = path.relative_to(root)
            if path.is_file() and _wanted(inner):
                yield f"gradelib/{inner.as_posix()}", path.read_bytes()


def _project_files(course: Course) -> dict[str, bytes]:
    about = metadata.metadata("gradelib")
    needs = [line for line in metadata.requires("gradelib") or [] if "extra ==" not in line]
    pyproject = PYPROJECT.format(
        version=about["Version"],
        summary=about["Summary"],
        python=about["Requires-Python"],
        dependencies=", ".join(f'"{line}"' for line in sorted(needs)),
    )
    files = {
        "pyproject.toml": pyproject.encode(),
        "requirements.txt": "\n".join([*_requirements(course), ".", ""]).encode(),
    }
    licence = course.root / "LICENSE"
    if licence.is_file():
        files["LICENSE"] = licence.read_bytes()
    return files


def _requirements(course: Course) -> list[str]:
    """The needed packages, pinned where the course's own requirements.txt pins them."""
    pins = {}
    file = course.root / "requirements.txt"
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
        if match := re.match(r"([A-Za-z0-9._-]+)\s*==\s*[^\s;]+", line.strip()):
            pins[match[1].lower()] = match[0]
    return [pins.get(name, name) for name in NEEDED]
