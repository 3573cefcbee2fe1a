"""The house keeps its order: floors, small modules, pinned names, a light half that is light."""

import ast
import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import gradelib as gl
import gradelib.checks

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gradelib"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Each may import itself and what stands in its row; `gradelib/__init__.py` hands names on.
FLOORS = {
    "checks": set(),
    "digits": set(),
    "figures": {"checks", "digits"},
    "exam": {"checks", "digits"},
    "classroom": {"checks", "figures", "digits", "exam"},
    "cli": {"checks", "figures", "digits", "exam", "classroom"},
    "__main__": {"cli"},
}
# Within checks, in the order in which one stands on another; what is not named here is above all.
WITHIN_CHECKS = ["calls", "slopes", "returned", "reports", "mistakes"]
# Within exam, whom each part may use; what is not named here is above all.
WITHIN_EXAM = {"texts": set(), "crossing": set(), "sandbox": set(), "running": {"crossing"}}
LIGHT = {"numpy", "matplotlib", "gradelib"}
LIGHT |= {"PIL", "cycler"}  # come with matplotlib
LIGHT |= {"IPython", "anywidget", "traitlets"}  # used where they are there
API = {
    "Comparison",
    "Diagnosis",
    "Report",
    "award",
    "check_backward",
    "check_gradient",
    "check_jacobian",
    "check_loss",
    "check_values",
    "figures",
    "load_digits",
    "numerical_gradient",
    "rng",
    "seal",
    "sealed",
}


def floor(path: Path) -> str:
    """The part of gradelib that a module belongs to."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """The full names of the modules that a file imports, relative ones resolved."""
    found = set()
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            found.add(".".join(base))
            if base == ["gradelib"]:
                found |= {f"gradelib.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_imports_only_from_floors_below(path):
    """Checks know nothing of the classroom, and nothing knows of the command line."""
    own = floor(path)
    if own == "__init__":
        return
    used = {name.split(".")[1] for name in imported(path) if name.startswith("gradelib.")}
    assert used - {own} <= FLOORS[own]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("checks/**/*.py")), ids=lambda p: p.stem)
def test_checks_stand_on_each_other_in_order(path):
    """Slopes know nothing of reports, reports nothing of mistakes, those nothing of the checks."""
    part = path.relative_to(PACKAGE / "checks").with_suffix("").parts[0]
    if part in WITHIN_CHECKS:
        used = {name.split(".")[2] for name in imported(path) if name.count(".") > 1}
        assert used <= set(WITHIN_CHECKS[: WITHIN_CHECKS.index(part) + 1])


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("exam/**/*.py")), ids=lambda p: p.stem)
def test_the_exams_parts_stand_on_each_other_in_order(path):
    """Texts are never run; the sandbox and what crosses know of neither; the examiner is above."""
    part = path.relative_to(PACKAGE / "exam").with_suffix("").parts[0]
    if part in WITHIN_EXAM:
        used = {name.split(".")[2] for name in imported(path) if name.startswith("gradelib.exam.")}
        assert used - {part} <= WITHIN_EXAM[part]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_module_is_small_and_says_what_it_offers(path):
    """A module stays under 300 lines and opens with a docstring."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 300
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if floor(p) in ("checks", "figures", "digits")],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_light_half_needs_numpy_and_matplotlib_only(path):
    """What students install imports nothing beyond the standard library, numpy and matplotlib."""
    roots = {name.split(".")[0] for name in imported(path)}
    assert roots - set(sys.stdlib_module_names) <= LIGHT


def test_light_half_imports_where_nothing_else_is_installed():
    """Without IPython, nbgrader and the rest, a check still runs and shows itself."""
    blocked = ["IPython", "nbgrader", "nbformat", "nbclient", "typer", "rich"]
    blocked += ["traitlets", "anywidget", "ipywidgets"]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked}))\n"
        "import numpy as np, gradelib as gl\n"
        "r = gl.check_gradient(lambda x: (x**2).sum(), lambda x: x, np.ones(3))\n"
        "assert gl.award(2, r) == 0.0 and gl.load_digits()[0].shape == (1438, 64)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "half of what it should be" in done.stdout


def test_public_names_are_pinned():
    """A name joins or leaves the public API on purpose only."""
    assert set(gl.__all__) == API
    assert all(hasattr(gl, name) for name in API)


@pytest.mark.parametrize("name", gradelib.checks.__all__)
def test_every_public_name_says_what_it_does_and_shows_it(name):
    """Each public docstring explains, names the errors of a function, and holds an example."""
    public = getattr(gradelib.checks, name)
    text = inspect.getdoc(public)
    shown = [example.source for example in doctest.DocTestParser().get_examples(text)]
    assert shown
    if inspect.isfunction(public):
        assert any(f"{name}(" in source for source in shown)
        said = " ".join(text.split()).lower()
        assert "return" in said
        assert "raises typeerror" in said or "raises valueerror" in said
        assert all(parameter in text for parameter in inspect.signature(public).parameters)


@pytest.mark.parametrize(
    "name", sorted({getattr(gl, n).__module__ for n in gradelib.checks.__all__})
)
def test_examples_in_docstrings_are_true(name):
    """The doctests of the public functions pass."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_digits_are_the_ones_that_are_described():
    """1,797 images of 64 pixels in [0, 1], every digit in both parts, the same on every call."""
    X_train, y_train, X_test, y_test = gl.load_digits()
    assert X_train.shape == (1438, 64)
    assert X_test.shape == (359, 64)
    assert X_train.min() == 0.0
    assert X_train.max() == 1.0
    assert set(y_train) == set(y_test) == set(range(10))
    X_train[:] = 7
    assert gl.load_digits()[0].max() == 1.0


@pytest.mark.parametrize("name", ["MIT License", "CC BY 4.0", "10.24432/C50P49"])
def test_licence_names_all_three_works(name):
    """The licence says what holds for the code, the notebooks and the digits."""
    assert name in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_readme_names_every_make_target_that_matters():
    """The README's first screen holds the two commands, and every target that it names exists."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    top = "\n".join(readme.splitlines()[:20])
    assert "make demo" in top
    assert "make test" in top
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in readme.splitlines():
        for word in line.split("`"):
            if word.strip().startswith("make ") and len(word.split()) == 2:
                assert f"\n{word.split()[1]}:" in makefile, line


def test_example_of_the_readme_passes():
    """The README's Python runs, and its check passes."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = readme.split("```python\n")[1].split("```")[0]
    *steps, last = ast.parse(code).body
    names = {}
    exec(compile(ast.Module(steps, []), "README.md", "exec"), names)
    assert eval(ast.unparse(last.value), names).passed
