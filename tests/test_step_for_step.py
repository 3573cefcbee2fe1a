"""Notebook 06 compares its engine with the net of notebook 04, step for step.

The losses by hand that 06 holds must be those of 04's own solution.
"""

from pathlib import Path

import nbformat
import numpy as np
import pytest

import gradelib as gl

SOLUTIONS = Path(__file__).resolve().parents[1] / "solutions"


def names_of(assignment: str, *cells: str) -> dict[str, object]:
    """What these cells of a source notebook bind, run in their order."""
    (path,) = (SOLUTIONS / assignment).glob("*.ipynb")
    sources = {cell["id"]: cell.source for cell in nbformat.read(path, as_version=4).cells}
    names: dict[str, object] = {"np": np, "gl": gl}
    for cell in cells:
        exec(sources[cell], names)
    return names


def test_notebook_06_holds_the_losses_of_notebook_04():
    """The net of 04, trained by 04's own `train` with 06's settings, has the sealed losses."""
    four = names_of("04_two_layer_net", "softmax-loss", "two-layer-net", "train")
    six = names_of("06_autodiff_engine", "digits")
    g = np.random.default_rng(4)
    net = four["TwoLayerNet"](64, 50, 10, 0.2, g)
    X, y = six["X_train"][:1000], six["y_train"][:1000]
    losses = four["train"](net, X, y, **six["RUN"], rng=g)
    assert losses == pytest.approx(six["LOSSES_BY_HAND"].value, rel=1e-10)
    assert len(losses) == 100


def test_both_nets_start_from_the_same_weights():
    """`start_params` of 06 draws what the net of 04 draws."""
    four = names_of("04_two_layer_net", "softmax-loss", "two-layer-net")
    six = names_of("06_autodiff_engine", "digits")
    theirs = four["TwoLayerNet"](3, 5, 4, 0.7, np.random.default_rng(0)).params
    ours = six["start_params"](3, 5, 4, 0.7, np.random.default_rng(0))
    assert list(ours) == list(theirs)
    for name in ours:
        assert np.array_equal(ours[name], theirs[name])
