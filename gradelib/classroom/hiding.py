"""Hidden tests taken out of a graded cell, and out of what the cell put out.

hide_tests(cell)   take out a code cell's hidden tests, in place
stopped(outputs)   why a cell was not run to its end, in a line; told_once(outputs): the others

A student may read that a hidden test failed and which mistake explains it, but neither the test's
text, nor its name, nor the values that it used. So of a cell with hidden tests are kept: reports of
the checks that the student sees; of the others the outcome and the explanation; the points; and of
an error its type and where in the student's own code it was raised. What was printed is left out,
as nobody can tell for which test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, get_args

from nbconvert.filters.ansi import strip_ansi
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output

from gradelib.checks.reports.findings import SIGN, WORDS, Outcome
from gradelib.checks.reports.page import FRAME
from gradelib.checks.reports.report import DATA
from gradelib.exam.crossing.wire import GoneError, LateError
from gradelib.exam.sitting import error_output
from gradelib.exam.testing import OutOfTime

from .regions import HIDDEN, Region, inside, line_numbers, without

UNSEEN = "(a test that you do not see)"
UNNAMED = "a check"
ALREADY_SHOWN = "CheckFailed"
"""The error in which `award` repeats the reports, where nbgrader runs the cell."""

IN_HIDDEN = "in a hidden test"
IN_SOME = "in a test of this cell"
"""Said where the error may come from a test that the student sees."""

OURS = tuple(kind.__name__ for kind in (LateError, GoneError, OutOfTime))
"""What ends a test when the student's process does not answer any more."""

ARROW = re.compile(r"-+> ?(\d+)")


def hide_tests(cell: NotebookNode, region: Region = HIDDEN) -> None:
    """Take hidden tests out of a code cell, in place: its lines, and what its outputs tell."""
    numbers = line_numbers(cell.source, region)
    if not numbers:
        return
    secret = [line.strip() for line in inside(cell.source, region)]
    secret = [line for line in secret if len(line) >= 8]  # `1.0,` stands in many a report
    secret += [region.begin, region.end]
    cell.outputs = list(_kept(cell, _Seen(cell.source, region), numbers, secret))
    cell.source = without(cell.source, region)


def stopped(outputs: Sequence[Any]) -> str | None:
    """Why a cell was not run, or not to its end, as the exam left it; None where it was.

    A student's own exception of that name has a traceback.
    """
    for output in outputs:
        if output.output_type == "error" and dict(output) == error_output(output.evalue):
            return str(output.evalue)
    return None


def told_once(outputs: Sequence[Any]) -> list[Any]:
    """The outputs of a cell without those that only tell, as ours, that it was `stopped`."""
    if stopped(outputs) is None:
        return list(outputs)
    return [one for one in outputs if one.output_type != "error" and not _of_the_end(one)]


def _of_the_end(output: Any) -> bool:
    """Whether this is a check's report of a call that the exam ended."""
    data = output.get("data", {})
    report = data.get(DATA)
    if not isinstance(report, dict) or report.get("outcome") != "raised":
        return False
    text = " ".join(str(data.get("text/plain")).split())
    return any(f"raised {name}" in text for name in OURS)


class _Seen:
    """What the part of a grade cell that students see says of its checks."""

    def __init__(self, source: str, region: Region) -> None:
        # A report counts as seen where its check stands above every hidden one: then it is shown
        # first. Of several with one subject only the first is sure to be it.
        above = without(source.split(region.begin)[0].rpartition("\n")[0] or "", region)
        text = without(source, region)
        checks = [
            node
            for node in _nodes(text)
            if isinstance(node, ast.Call) and _called(node).startswith("check_")
        ]
        above_lines = above.count("\n") + 1 if above else 0
        self.words = _words(checks)
        self.checked = _words([node for node in checks if node.lineno <= above_lines])

    def named(self, subject: str) -> bool:
        """Whether the student reads this name in a check."""
        return any(re.fullmatch(word, subject) for word in self.words)

    def first(self, subject: str) -> bool:
        """Whether this is the first report of a check that the student reads."""
        found = [word for word in self.checked if re.fullmatch(word, subject)]
        self.checked -= set(found)
        return bool(found)


def _nodes(text: str) -> Iterator[ast.AST]:
    try:
        return ast.walk(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return iter(())


def _called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "attr", "") or getattr(function, "id", "")


def _words(checks: list[ast.Call]) -> set[str]:
    """Patterns of the subjects that the checks may have: their names and their texts."""
    found = set()
    for check in checks:
        found.add(_called(check).removeprefix("check_"))  # of a lambda, which has no name
        for node in (part for argument in _arguments(check) for part in ast.walk(argument)):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                found.add("".join(".*" if p is None else re.escape(str(p)) for p in parts))
            elif isinstance(node, ast.Name):
                found.add(re.escape(node.id))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(re.escape(node.value))
    return found


def _arguments(check: ast.Call) -> list[ast.AST]:
    return [*check.args, *(keyword.value for keyword in check.keywords)]


def _kept(cell: Any, seen: _Seen, numbers: set[int], secret: list[str]) -> Iterator[NotebookNode]:
    said: set[str] = set()
    failed = False  # in what the student sees
    end = stopped(cell.outputs)
    end = IN_SOME if end and any(quote in end for quote in secret) else end
    for output in told_once(cell.outputs):
        if output.output_type == "error":
            if output.ename != ALREADY_SHOWN or not said:
                yield _error(output, numbers, secret, cell.get("execution_count"), failed)
            continue
        report = output.get("data", {}).get(DATA)
        if isinstance(report, dict):
            subject = str(report.get("subject"))
            if seen.first(subject):
                said.add(subject)
                failed = failed or _outcome(report) != "passed"
                yield output
                continue
            name = subject if seen.named(subject) else UNNAMED
            text = "\n".join(_sentences(report, name, seen))
            if text not in said:
                said.add(text)
                yield _unseen(report, text)
        elif output.output_type == "execute_result" and _is_number(output):
            yield output
    if end is not None:
        yield from_dict(error_output(end))


def _is_number(output: Any) -> bool:
    text = str(output.data.get("text/plain", ""))
    if not re.fullmatch(r"[-+\d.e]{1,24}", text):
        return False
    output.data = {"text/plain": text}
    return True


def _outcome(report: dict[str, Any]) -> Outcome:
    said = report.get("outcome")
    return next((known for known in get_args(Outcome) if known == said), "inconclusive")


def _sentences(report: dict[str, Any], name: str, seen: _Seen) -> Iterator[str]:
    """What is told of a check that the student does not see."""
    outcome = _outcome(report)
    yield f"{SIGN[outcome]} {name}: {WORDS[outcome]} {UNSEEN}"
    compared = [one for one in report.get("comparisons") or [] if isinstance(one, dict)]
    names = [str(one.get("name")) for one in compared]
    if len(names) > 1 and all(map(seen.named, [name.removeprefix("d") for name in names])):
        wrong = [str(one["name"]) for one in compared if one.get("outcome") == "wrong value"]
        if wrong:
            yield f"  wrong: {', '.join(wrong)}"
    for found in report.get("diagnoses") or []:
        if isinstance(found, dict) and found.get("explanation"):
            yield f"  {found['explanation']}"


def _unseen(report: dict[str, Any], text: str) -> NotebookNode:
    first, *rest = text.split("\n")
    lines = "".join(f"<p>{escape(line.strip())}</p>" for line in rest)
    style = f"{FRAME[_outcome(report)]}; padding: 2px 12px; margin: 4px 0px"
    page = f'<div style="{style}"><p><strong>{escape(first)}</strong></p>{lines}</div>'
    return new_output(  # type: ignore[no-any-return]
        "display_data", data={"text/plain": text, "text/html": page}
    )


def _error(
    error: Any, numbers: set[int], secret: list[str], count: int | None, failed: bool
) -> NotebookNode:
    """An error without the lines of hidden tests; of one that a hidden test met, little is left.

    `failed` says whether a check that the student sees did not pass: its call may be the cause.
    """
    frames = [strip_ansi(str(frame)) for frame in error.traceback]
    own = re.compile(rf"Cell In\[{count}\], line (\d+)")
    raised_at = {int(line) for frame in frames for line in own.findall(frame)}
    quotes = [quote for quote in secret if quote in error.evalue]
    if raised_at and not raised_at & numbers and not quotes:
        kept = [_only_arrow(frame) if own.match(frame) else frame for frame in frames]
        kept = [frame for frame in kept if not any(quote in frame for quote in secret)]
        return new_output(  # type: ignore[no-any-return]
            "error", ename=error.ename, evalue=error.evalue, traceback=kept
        )
    if not raised_at and error.ename not in ("AssertionError", ALREADY_SHOWN) and not quotes:
        text = error.evalue  # the cell was stopped or not run
    else:
        others = re.findall(r"Cell In\[(\d+)\], line (\d+)", "\n".join(frames))
        places = [place for place in others if place[0] != str(count)]
        where = ", raised in line {1} of cell [{0}]".format(*places[-1]) if places else ""
        hidden = raised_at & numbers and not failed
        text = (IN_HIDDEN if hidden else IN_SOME) + where
    return new_output(  # type: ignore[no-any-return]
        "error", ename=error.ename, evalue=text, traceback=[f"{error.ename}: {text}"]
    )


def _only_arrow(frame: str) -> str:
    """A frame of the grade cell without the lines around the one that raised."""
    head, *lines = frame.split("\n")
    return "\n".join([head, *(line for line in lines if ARROW.match(line.strip()))])
