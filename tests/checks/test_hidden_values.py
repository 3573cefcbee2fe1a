"""check_values with reveal=False: a prediction is judged, and its answer stays hidden."""

import json

import numpy as np
import pytest

import gradelib as gl


def crash():
    raise ZeroDivisionError("there")


def everything_shown(report):
    """All that a report shows of itself, in one text."""
    shown = report._repr_mimebundle_()
    return " ".join(
        [str(report), repr(report), json.dumps(report.to_json()), *map(str, shown.values())]
    )


SECRETS = {  # id: (actual, expected, texts that would give it away)
    "float": (1.5, 83.0625, ["83.06", "81.56"]),
    "negative": (1.5, -83.0625, ["83.06", "84.56"]),
    "int": (3, 8306, ["8306", "8303"]),
    "int for a float": (3, 8306.5, ["8306", "8303"]),
    "right size, wrong sign": (-91.7, 83.0625, ["83.06", "174.7"]),
    "string": ("dx", "quagga", ["quagga"]),
    "tuple": ((1, 2), (8306, 4519), ["8306", "4519"]),
    "tuple too long": ((1, 2, 3), (8306, 4519), ["8306", "4519"]),
    "array": (np.zeros(3), np.array([83.0625, 45.1875, 67.3125]), ["83.0", "45.1", "67.3"]),
    "array of another shape": (np.zeros(2), np.array([83.0625, 45.1875, 6.5]), ["83.0", "45.1"]),
    "number for a string": (1.0, "quagga", ["quagga"]),
    "string for a number": ("1.5", 83.0625, ["83.06"]),
    "not attempted": (None, 83.0625, ["83.06"]),
    "raised": (crash, 83.0625, ["83.06"]),
    "NaN": (np.nan, 83.0625, ["83.06"]),
    "tiny": (0.0, 8.30625e-7, ["8.306", "8.31e"]),
}


@pytest.mark.parametrize("row", [pytest.param(r, id=k) for k, r in SECRETS.items()])
def test_hidden_value_is_nowhere_in_the_report(row):
    """With reveal=False neither the value nor its distance stands in text, HTML or JSON."""
    actual, expected, telltales = row
    report = gl.check_values(actual, expected, name="slope", reveal=False)
    assert report.passed is False
    shown = everything_shown(report)
    assert [t for t in telltales if t in shown] == []
    comparison = report.comparisons[0]
    assert comparison.numeric is None or comparison.numeric != comparison.numeric


def test_hidden_value_still_gets_a_hint():
    """Sign and size are told apart without the value."""
    sign = str(gl.check_values(-2.5, 2.5, name="slope", reveal=False))
    size = str(gl.check_values(250.0, 2.5, name="slope", reveal=False))
    assert "sign" in sign.lower()
    assert sign != size
    assert "slope" in size


def test_revealed_value_is_shown():
    """By default the report shows what was got and what was expected."""
    text = str(gl.check_values(1.25, 83.0625, name="slope"))
    assert "1.25" in text
    assert "83.06" in text
    assert "slope" in text
