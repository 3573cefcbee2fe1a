"""Report: its attributes, and what it shows of itself as text, HTML and JSON."""

import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from strange import HUGE, B, W, X, changed, check, raising
from zoo import affine_backward, affine_forward

import gradelib as gl
from gradelib.checks.reports.columns import columns

LONG = "a_name_that_goes_on_and_on_" * 5
WIDE = "重みの勾配" * 12


def mutant(change):
    return check(changed(change), names=("x", "W", "b"))


FEW = gl.Comparison(
    "dW",
    "wrong value",
    100_000,
    (250, 400),
    wrong=3,
    sampled=64,
    worst_index=(17, 2),
    yours=2.5,
    numeric=-2.5,
    error=1e-9,
    pattern="column 2",
    places=(((17, 2), 2.5, -2.5), ((3, 2), 0.125, 1.0), ((249, 2), 3e-7, 1e6)),
)
REPORTS = {
    "passed": lambda: check(affine_backward, names=("x", "W", "b")),
    "passed, unnamed": lambda: check(affine_backward),
    "sign": lambda: mutant(lambda dx, dW, db: (dx, -dW, db)),
    "all wrong": lambda: mutant(lambda dx, dW, db: (dx + 1, dW * 1e300, db * 1e-300)),
    "shape": lambda: mutant(lambda dx, dW, db: (dx, dW, db[None])),
    "NaN": lambda: mutant(lambda dx, dW, db: (dx, dW * np.nan, db)),
    "inf": lambda: mutant(lambda dx, dW, db: (dx, dW, db + np.inf)),
    "huge": lambda: mutant(lambda dx, dW, db: (HUGE, dW, db)),
    "raised": lambda: check(raising(ValueError("lost " * 100))),
    "raised, in many lines": lambda: check(raising(ValueError("lost\n" * 1000))),
    "raised, with markup": lambda: check(raising(ValueError("<script>alert(1)</script>"))),
    "raised, with escapes": lambda: check(raising(ValueError("\x1b[31mred\x00"))),
    "stub": lambda: check(raising(NotImplementedError("affine: write your answer here"))),
    "strings": lambda: check(lambda dout, cache: "<script>alert(1)</script>"),
    "long names": lambda: check(
        changed(lambda *g: tuple(-a for a in g)), names=(LONG, LONG + "2", LONG + "3")
    ),
    "wide names": lambda: check(
        changed(lambda *g: tuple(-a for a in g)), names=(WIDE, "é" * 90, "🙂 " * 60)
    ),
    "wide message": lambda: check(raising(ValueError("広い" * 90))),
    "printed far to the right": lambda: check(
        lambda d, c: (print(" " * 200 + "x\n\ty" * 40), affine_backward(d, c))[1]
    ),
    "a column": lambda: mutant(lambda dx, dW, db: (dx, dW + np.array([0, 0.25, 0]), db)),
    "a few of many": lambda: gl.Report("f", (FEW,)),
    "marked-up names": lambda: check(
        changed(lambda dx, dW, db: (dx, -dW, db)), names=("<b>x</b>", "<script>W</script>", '"b"')
    ),
    "printed markup": lambda: check(
        lambda d, c: (print("<script>alert(1)</script>"), affine_backward(d, c))[1]
    ),
    "large arrays": lambda: gl.check_backward(
        lambda x: (x**2, x), lambda d, x: 2 * d, np.linspace(-1, 1, 200 * 300).reshape(200, 300)
    ),
    "five axes": lambda: gl.check_backward(
        lambda x: (x**2, x), lambda d, x: -2 * d * x, np.linspace(1, 2, 96).reshape(2, 2, 2, 3, 4)
    ),
    "0-d": lambda: gl.check_backward(lambda x: (x**2, x), lambda d, x: -2 * d * x, 1.5),
    "values": lambda: gl.check_values((1, 2.5), (1, 3.5), name="<i>two</i>"),
    "hidden": lambda: gl.check_values(1, 2, name="hidden", reveal=False),
    "long string": lambda: gl.check_values("y" * 10_000, "z" * 10_000, name="string"),
}


@pytest.fixture(params=REPORTS, scope="module")
def report(request):
    return REPORTS[request.param]()


def test_attributes_have_the_promised_types(report):
    """Each attribute has its type, and the verdict agrees with the outcome."""
    assert type(report) is gl.Report
    assert type(report.passed) is bool
    assert report.verdict in ("passed", "failed", "inconclusive")
    outcomes = {"passed", "not attempted", "raised", "contract", "wrong value", "inconclusive"}
    assert report.outcome in outcomes
    assert report.passed is (report.verdict == "passed") is (report.outcome == "passed")
    assert (report.verdict == "inconclusive") is (report.outcome == "inconclusive")
    assert type(report.evaluations) is int
    assert report.evaluations >= 0
    for part in (report.comparisons, report.diagnoses, report.warnings):
        assert type(part) is tuple
    assert all(type(w) is str for w in report.warnings)
    for diagnosis in report.diagnoses:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", diagnosis.mistake)
        assert type(diagnosis.explanation) is str
        assert diagnosis.explanation
    for c in report.comparisons:
        assert type(c.name) is str
        assert c.outcome in outcomes
        assert c.wrong is None or (type(c.wrong) is int and 0 <= c.wrong <= c.size)
        for part in ("size", "worst_index", "yours", "numeric", "error"):
            assert hasattr(c, part)


def test_report_has_no_truth_value(report):
    """A report that is silently true would be a free pass."""
    with pytest.raises(TypeError):
        bool(report)
    with pytest.raises(TypeError):
        assert report


def test_report_is_frozen(report):
    """Nothing of a report can be set or deleted."""
    for name in ("passed", "verdict", "outcome", "comparisons", "diagnoses", "warnings"):
        with pytest.raises((AttributeError, TypeError)):
            setattr(report, name, True)
        with pytest.raises((AttributeError, TypeError)):
            delattr(report, name)
    for part in (*report.comparisons, *report.diagnoses):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, dataclasses.fields(part)[0].name, "x")


def test_text_fits_eighty_columns(report):
    """The text has no line beyond 80 columns, no control characters, and is no novel."""
    text = str(report)
    assert text.strip()
    assert all(columns(line) <= 80 for line in text.splitlines())
    assert len(text.splitlines()) <= 60
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)


def test_json_can_be_dumped(report):
    """to_json holds plain data, with the verdict."""
    text = json.dumps(report.to_json())
    assert report.verdict in text
    assert len(text) < 200_000


def test_raise_for_failure(report):
    """raise_for_failure raises the message unless the report passed."""
    if report.passed:
        assert report.raise_for_failure() is None
        return
    with pytest.raises(Exception, match=r"\S"):
        report.raise_for_failure()


class Balance(HTMLParser):
    """Collects tags, attributes and text, and the tags that were left open."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = set(), {}, [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)
        if tag not in ("br", "hr", "img", "col", "wbr", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.text += " "

    def handle_data(self, data):
        self.text += data


def parsed(report):
    html = Balance()
    html.feed(report._repr_mimebundle_()["text/html"])
    html.close()
    return html


def test_mimebundle_has_text_and_html(report):
    """Jupyter gets the text and the HTML; include and exclude are accepted."""
    bundle = report._repr_mimebundle_(include=None, exclude=None)
    assert {"text/plain", "text/html"} <= set(bundle)
    assert bundle["text/plain"] == str(report)
    assert len(bundle["text/html"]) < 200_000


def test_html_survives_an_untrusted_notebook(report):
    """No element or attribute that a sanitiser strips, and every element is closed."""
    html = parsed(report)
    assert html.open == []
    assert not html.tags & {"style", "svg", "script", "iframe", "object", "form", "input", "link"}
    assert not any(a.startswith(("aria", "on")) for a in html.attributes)


def test_names_and_messages_are_escaped():
    """Markup in a name, a message, a print or a returned string is shown, not run."""
    for key in ("marked-up names", "raised, with markup", "strings", "printed markup", "values"):
        html = parsed(REPORTS[key]())
        assert not html.tags & {"script", "i"}
    assert "<script>W</script>" in parsed(REPORTS["marked-up names"]()).text


def test_html_and_text_say_the_same(report):
    """All words of the text stand in the HTML, in their order; the HTML adds the heat map."""
    text, page = str(report).split(), " ".join(parsed(report).text.split())
    place = 0
    for word in text:
        found = page.find(word, place)
        assert found >= 0, word
        place = found + len(word)


def test_few_wrong_entries_of_a_large_array_are_shown():
    """A large array that was sampled says where it is wrong, in text and HTML."""
    report = gl.Report("f", (FEW,))
    assert str(report) == (
        "✗ f: not right yet\n"
        "  dW is wrong in 3 of the 64 entries looked at (of 100,000), all in column 2,\n"
        "    worst at [17, 2]\n"
        "    yours     2.5\n"
        "    numeric  -2.5 ± 1e-09\n"
        "    at [3, 2]    0.125 (numeric 1)\n"
        "    at [249, 2]  3e-07 (numeric 1e+06)"
    )
    assert "at [249, 2]" in parsed(report).text
    lone = dataclasses.replace(FEW, wrong=1, pattern="one entry", places=())
    assert "dW is wrong in one entry of 100,000, at [17, 2]\n" in str(gl.Report("f", (lone,)))
    assert json.dumps(report.to_json()["comparisons"][0]["places"][1]) == "[[3, 2], 0.125, 1.0]"


def test_text_has_the_four_parts():
    """What was got, what was expected, where, and what to try."""
    report = REPORTS["sign"]()
    text = str(report)
    worst = report.comparisons[1]
    assert "dW" in text
    assert "21 of 21" in text
    assert str(list(worst.worst_index)) in text
    assert f"{worst.yours:.6g}" in text
    assert f"{worst.numeric:.6g}" in text


def test_heat_map_is_there_for_a_wrong_matrix():
    """A wrong matrix has one coloured cell per entry, or at least one per entry of a small one."""
    html = REPORTS["sign"]()._repr_mimebundle_()["text/html"]
    cells = re.findall(r"<td[^>]*(?:bgcolor|background)[^>]*>", html)
    assert len(cells) >= W.size


def test_name_of_the_function_is_in_the_text():
    """The text names the student's function."""

    def my_backward(dout, cache):
        return tuple(-g for g in affine_backward(dout, cache))

    assert "my_backward" in str(gl.check_backward(affine_forward, my_backward, X, W, B))


def test_report_cannot_be_forged_by_a_dict():
    """The instance has no dictionary to write into, or writing there changes no verdict."""
    report = REPORTS["sign"]()
    if hasattr(report, "__dict__"):
        vars(report)["extra"] = True
    assert report.passed is False


def test_what_a_student_prints_keeps_its_lines_under_the_report():
    """An array printed over two lines stands in the report's column, its rows below each other."""

    def backward(dout, x):
        print(np.arange(4.0).reshape(2, 2))
        return dout * x

    text = str(gl.check_backward(lambda x: (x**2, x), backward, np.ones(2)))
    assert text.endswith("  while it ran: printed:\n    [[0. 1.]\n     [2. 3.]]")
