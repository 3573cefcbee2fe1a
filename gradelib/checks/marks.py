"""How a grade cell begins and ends: `rng` draws its inputs, `award` turns reports into points."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import isfinite
from typing import Any

import numpy as np

from gradelib.checks.reports.report import CheckFailed, Report

__all__ = ["award", "rng", "salted"]

_SALT: ContextVar[bytes] = ContextVar("salt", default=b"")


@contextmanager
def salted(salt: bytes) -> Iterator[None]:
    """Within this, `rng` draws from the tag and the salt: other inputs for each student's exam."""
    token = _SALT.set(bytes(salt))
    try:
        yield
    finally:
        _SALT.reset(token)


def rng(tag: str) -> np.random.Generator:
    """Return the random generator that draws the inputs of the check called `tag`.

    In a notebook it starts from the tag alone: the same numbers on every call and every machine.
    In an exam a secret of the course and the student's id join the tag.  Raises TypeError for a tag
    that is no text, or empty.

    >>> x = rng("affine").normal(size=(3, 2))
    >>> bool((x == rng("affine").normal(size=(3, 2))).all())
    True
    >>> bool((x == rng("relu").normal(size=(3, 2))).any())
    False
    """
    if not isinstance(tag, str) or not tag:
        raise TypeError(f"rng needs the check's tag, a text; got {tag!r}")
    salt = _SALT.get()
    seed = (
        hmac.digest(salt, tag.encode(), "sha256") if salt else hashlib.sha256(tag.encode()).digest()
    )
    return np.random.default_rng(np.frombuffer(seed, dtype="<u4"))


def award(points: float, *reports: Report) -> float:
    """Show the reports and return points * passed / all, a float in [0, points].

    In a student's notebook the float is the cell's result and Run All goes on.  Where nbgrader runs
    the notebook (it sets NBGRADER_EXECUTION) and points are lost, the float is published as the
    cell's result and then the reports' text is raised: nbgrader takes the first for the score, and
    Validate shows the second.  An inconclusive check earns nothing.

    Raises TypeError without a report or for something else in its place, ValueError for points that
    are negative or not finite.

    >>> from gradelib.checks import check_values
    >>> right = check_values(12, 12, name="product")
    >>> wrong = check_values(5, 7, name="sum")
    >>> award(3, right, wrong)
    ✓ product: right
    ✗ sum: not right yet
      sum is wrong
        yours     5
        expected  7
    1.5
    """
    if isinstance(points, bool) or not isinstance(points, (int, float, np.integer, np.floating)):
        raise TypeError(f"award needs the points as a number first; got {type(points).__name__}")
    points = float(points)
    if not isfinite(points) or points < 0:
        raise ValueError(f"award needs points that are finite and not negative; got {points}")
    if not reports:
        raise TypeError(
            "award needs at least one report; got none. Write award(points, check_...(...))"
        )
    for place, report in enumerate(reports, start=1):
        if type(report) is not Report:
            got = type(report).__name__
            raise TypeError(f"award needs reports of gradelib's checks; number {place} is a {got}")
    failed = [report for report in reports if not report.passed]
    earned = points * (1 - len(failed) / len(reports))
    _show(reports)
    if failed and os.environ.get("NBGRADER_EXECUTION"):
        _publish(earned)
        flagged = any(report.verdict == "inconclusive" for report in failed)
        last = f"{earned:g} of {points:g} points" + (
            "; a person should look at this" if flagged else ""
        )
        raise CheckFailed("\n\n".join([*dict.fromkeys(map(str, failed)), last]))
    return earned


def _shell() -> Any:
    try:
        from IPython import get_ipython  # the light half works without IPython
    except ImportError:
        return None
    return get_ipython()  # type: ignore[no-untyped-call,unused-ignore]


def _show(reports: tuple[Report, ...]) -> None:
    """Each report once: several checks of one function often find the same."""
    distinct = {str(report): report for report in reports}
    if _shell() is None:
        print("\n".join(distinct))
        return
    from IPython.display import display

    for report in distinct.values():
        display(report)  # type: ignore[no-untyped-call,unused-ignore]


def _publish(earned: float) -> None:
    shell = _shell()
    if shell is not None:
        shell.displayhook(earned)
