"""A report with everything in it: its whole text, its whole page and its whole data."""

import json

import numpy as np
import pytest

import gradelib as gl
from gradelib.checks.reports.findings import Comparison, Diagnosis, number
from gradelib.checks.reports.heatmap import heat_map
from gradelib.checks.reports.page import FRAME

MATRIX = Comparison(
    "dW",
    "wrong value",
    4,
    (2, 2),
    wrong=2,
    worst_index=(0, 1),
    yours=2.5,
    numeric=2.0,
    error=3e-9,
    errors=np.array([[0.0, 0.5], [-0.25, 0.0]]),
    note="known in few digits",
)
VECTOR = Comparison(
    "d<b>",
    "wrong value",
    2,
    (2,),
    wrong=1,
    worst_index=(1,),
    yours=-1.0,
    numeric=np.inf,
    errors=np.array([0.0, -2.0]),
    reference="expected",
)
COMPARISONS = (
    Comparison("dx", "passed", 6, (2, 3), yours=1.0, numeric=1.0, note="known in few digits"),
    MATRIX,
    VECTOR,
    Comparison("dc", "contract", message="dc has shape (3,),\n  expected <2>", note="beside it"),
    Comparison("de", "passed", 1),
    Comparison("df", "wrong value", 1, worst_index=(), yours=1.0, numeric=2.0, wrong=1),
    Comparison("dg", "wrong value"),
    Comparison("dh", "wrong value", message="dh is another word"),
)
DIAGNOSES = (
    Diagnosis("sign", "d<b> is turned over.", "d<b>", "e1"),
    Diagnosis("zero", "It holds of all & more."),
    Diagnosis("factor", "And a factor.", "d<b>"),
    Diagnosis("shape", "Write the shapes.", "dc"),
)
REPORT = gl.Report("net & loss", COMPARISONS, DIAGNOSES, ("note: a kink", "<printed>"), 7, "ex")
TEXT = """\
■ net & loss: not of the agreed form
  dW is wrong in 2 of 4 entries, one entry in each row, worst at [0, 1]
    yours     2.5
    numeric   2 ± 3e-09
    Yours is too high in 1 and too low in 1, by 0.25 to 0.5.
  d<b> is wrong in 1 of 2 entries, worst at [1]
    yours    -1
    expected  inf
    d<b> is turned over.
    And a factor.
  dc has shape (3,),
      expected <2>
    Write the shapes.
  df is wrong
    yours     1
    numeric   2
  dg is wrong
  dh is another word
  It holds of all & more.
  right: dx, de
  note: dx, dW: known in few digits
  note: dc: beside it
  note: a kink
  while it ran: <printed>"""


def test_whole_text():
    """Findings in their order, each with its numbers and its explanation; then what is right."""
    assert str(REPORT) == TEXT
    assert repr(REPORT) == "<Report net & loss: not of the agreed form>"


def line(text):
    return f'<p style="margin: 4px 0px; overflow-wrap: anywhere">{text}</p>'


def table(**rows):
    cells = "".join(
        f'<tr><th scope="row" style="text-align: left">{label}</th>'
        f'<td style="text-align: left"><code>{value}</code></td></tr>'
        for label, value in rows.items()
    )
    return f"<table><tbody>{cells}</tbody></table>"


SIGNS = "+ and orange are too high, − and blue too low, · is right."
PAGE = [
    line("<strong>■ net &amp; loss: not of the agreed form</strong>"),
    line("dW is wrong in 2 of 4 entries, one entry in each row, worst at [0, 1]"),
    table(yours=" 2.5", numeric=" 2 ± 3e-09"),
    line("Yours is too high in 1 and too low in 1, by 0.25 to 0.5."),
    line(f"Entry by entry: yours minus numeric; {SIGNS}"),
    heat_map(MATRIX)[1],
    line("d&lt;b&gt; is wrong in 1 of 2 entries, worst at [1]"),
    table(yours="-1", expected=" inf"),
    line("d&lt;b&gt; is turned over."),
    line("And a factor."),
    line(f"Entry by entry: yours minus expected; {SIGNS}"),
    heat_map(VECTOR)[1],
    line("dc has shape (3,),<br>  expected &lt;2&gt;"),
    line("Write the shapes."),
    line("df is wrong"),
    table(yours=" 1", numeric=" 2"),
    line("dg is wrong"),
    line("dh is another word"),
    line("It holds of all &amp; more."),
    line("right: dx, de"),
    line("note: dx, dW: known in few digits"),
    line("note: dc: beside it"),
    line("note: a kink"),
    line("while it ran: &lt;printed&gt;"),
]


def test_whole_page():
    """The page says the same as the text, in the frame of its outcome, with the heat maps."""
    bundle = REPORT._repr_mimebundle_()
    frame = f'<div style="{FRAME["contract"]}; padding: 2px 12px; margin: 4px 0px">'
    assert bundle["text/html"] == f"{frame}{''.join(PAGE)}</div>"
    assert bundle["text/plain"] == TEXT
    assert set(bundle) == {"text/plain", "text/html", "application/vnd.gradelib.report+json"}
    assert bundle["application/vnd.gradelib.report+json"] == REPORT.to_json()


def test_whole_data():
    """Everything but the errors, plain; what is not finite is text."""
    data = REPORT.to_json()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    comparisons = data.pop("comparisons")
    assert data == {
        "subject": "net & loss",
        "exercise": "ex",
        "verdict": "failed",
        "outcome": "contract",
        "diagnoses": [
            {
                "mistake": "sign",
                "explanation": "d<b> is turned over.",
                "name": "d<b>",
                "edit": "e1",
            },
            {"mistake": "zero", "explanation": "It holds of all & more.", "name": "", "edit": ""},
            {"mistake": "factor", "explanation": "And a factor.", "name": "d<b>", "edit": ""},
            {"mistake": "shape", "explanation": "Write the shapes.", "name": "dc", "edit": ""},
        ],
        "warnings": ["note: a kink", "<printed>"],
        "evaluations": 7,
    }
    assert comparisons[2] == {
        "name": "d<b>",
        "outcome": "wrong value",
        "size": 2,
        "shape": [2],
        "message": "",
        "wrong": 1,
        "sampled": None,
        "worst_index": [1],
        "yours": -1.0,
        "numeric": "inf",
        "error": None,
        "reference": "expected",
        "resolution": None,
        "note": "",
        "pattern": "",
        "places": [],
    }


def test_a_right_report_is_one_line():
    """What passed is not listed where nothing else did."""
    report = gl.Report("net", (Comparison("dx", "passed", yours=1.0, numeric=1.0),))
    assert str(report) == "✓ net: right"
    assert report.to_json()["exercise"] is None


def test_a_report_of_nothing_is_refused():
    """No comparison would be a pass for nothing."""
    with pytest.raises(ValueError, match=r"^a Report needs at least one comparison; got none$"):
        gl.Report("net", ())


def test_truth_value_says_what_to_use():
    """The message names the two ways."""
    said = r"^a Report has no truth value; use report.passed, or award\(points, report\)$"
    with pytest.raises(TypeError, match=said):
        bool(REPORT)


def test_failure_shows_its_text_without_a_traceback():
    """raise_for_failure raises the report's text, which a notebook shows as it is."""
    with pytest.raises(AssertionError) as caught:
        REPORT.raise_for_failure()
    assert str(caught.value) == TEXT
    assert caught.value._render_traceback_() == TEXT.split("\n")


ORDER = ["not attempted", "raised", "contract", "wrong value", "inconclusive", "passed"]


@pytest.mark.parametrize("place", range(6))
def test_gravest_outcome_wins(place):
    """A stub hides an error, which hides a breach of the contract, and so on."""
    report = gl.Report("f", tuple(Comparison("dx", outcome) for outcome in ORDER[place:][::-1]))
    assert report.outcome == ORDER[place]
    assert report.verdict == {4: "inconclusive", 5: "passed"}.get(place, "failed")
    assert report.passed is (place == 5)


SIDES = {  # yours and numeric, as they are shown
    "far apart": (2.5, -2.0, " 2.5", "-2"),
    "six digits tell": (1.00002, 1.0, " 1.00002", " 1"),
    "nine digits tell": (1.00000021234, 1.0, " 1.00000021", " 1"),
    "twelve digits tell": (1.000000000021234, 1.0, " 1.00000000002", " 1"),
    "sixteen digits tell": (
        0.12345678901234567,
        0.12345678901234123,
        " 0.1234567890123457",
        " 0.1234567890123412",
    ),
}


@pytest.mark.parametrize(("yours", "right", "mine", "theirs"), SIDES.values(), ids=SIDES)
def test_two_numbers_in_as_many_digits_as_tell_them_apart(yours, right, mine, theirs):
    """No wrong number looks right for want of digits."""
    found = Comparison("dx", "wrong value", 1, yours=yours, numeric=right)
    assert found.sides() == [("yours", mine), ("numeric", theirs)]
    assert Comparison("dx", "wrong value", 1, yours=yours).sides() == []
    assert Comparison("dx", "wrong value", 1, numeric=right).sides() == []


def test_numbers_keep_the_column_of_the_sign():
    """Six digits, unless more are asked for."""
    assert (number(1 / 3), number(-1 / 3, 3)) == (" 0.333333", "-0.333")


def test_one_wrong_entry_of_two_is_counted():
    """An array of two has places, one of one has none."""
    two = Comparison("db", "wrong value", 2, (2,), wrong=1, worst_index=(1,))
    one = Comparison("db", "wrong value", 1, (1,), wrong=1, worst_index=(0,))
    assert two.lines() == ["db is wrong in 1 of 2 entries, worst at [1]"]
    assert one.lines() == ["db is wrong"]
    assert MATRIX.lines()[1:] == ["  yours     2.5", "  numeric   2 ± 3e-09"]


def test_five_more_places_are_shown():
    """The worst is shown above, and five others of a large array; none of what is right."""
    places = tuple(((k,), k + 0.5, -1.0) for k in range(8))
    found = Comparison("db", "wrong value", 10_000, worst_index=(2,), places=places)
    assert [label for label, _ in found.others()] == [f"at [{k}]" for k in (0, 1, 3, 4, 5)]
    assert found.others()[0][1] == " 0.5 (numeric -1)"
    assert Comparison("db", "passed", 10_000, places=places).others() == []
