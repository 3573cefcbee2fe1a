"""Marked regions of a cell: the lines between BEGIN and END markers, as nbgrader counts them.

HIDDEN, SOLUTION        the two kinds of region
without(source, region) the source with the regions and their markers taken out
inside(source, region)  the lines between the markers
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """A pair of markers; a line that contains one of them is a marker line."""

    begin: str
    end: str


HIDDEN = Region("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
SOLUTION = Region("BEGIN SOLUTION", "END SOLUTION")


def without(source: str, region: Region) -> str:
    """The source without the region's lines and markers; a missing END hides the rest."""
    return "\n".join(line for line, where in _walk(source, region) if where == "outside")


def inside(source: str, region: Region) -> list[str]:
    """The lines between the markers."""
    return [line for line, where in _walk(source, region) if where == "inside"]


def line_numbers(source: str, region: Region) -> set[int]:
    """The numbers (from 1) of the region's lines, markers included."""
    walk = enumerate(_walk(source, region), start=1)
    return {number for number, (_, where) in walk if where != "outside"}


def _walk(source: str, region: Region) -> list[tuple[str, str]]:
    lines, within = [], False
    for line in source.split("\n"):
        if region.begin in line:
            within = True
            lines.append((line, "marker"))
        elif region.end in line:
            within = False
            lines.append((line, "marker"))
        else:
            lines.append((line, "inside" if within else "outside"))
    return lines
