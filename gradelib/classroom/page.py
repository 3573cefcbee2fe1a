"""A graded notebook as one page of HTML that needs nothing but itself.

render(nb, ...)   the page of a notebook with its points
refusal(...)      the page of a notebook that could not be graded
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from nbformat import NotebookNode
from pygments import highlight  # type: ignore[import-untyped,unused-ignore]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped,unused-ignore]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped,unused-ignore]

from gradelib.checks.reports.report import DATA
from gradelib.exam.texts.notebook import role

from .cleaning import Headings, cleaned, picture, shown_text, without_headings, written
from .hiding import ALREADY_SHOWN, stopped, told_once
from .marks import NO_RESPONSE

LANGUAGE = "en"
TEMPLATE = "feedback.html.j2"

WAITING = (
    "One answer is not graded yet; it counts 0 until then.",
    "{} answers are not graded yet; they count 0 until then.",
)

EMPTY = Markup()

NUMBER = re.compile(r"(?:np\.\w+\()?(\d+(?:\.\d*)?(?:e[-+]?\d+)?)\)?")
"""How a number of points is written, in Python and in numpy."""

MOST_OUTPUTS = 200
"""Outputs of one cell that a page shows."""


@dataclass
class Block:
    """One cell on the page. `points` is empty where the cell has none.

    `lost` are the points that were not given, empty where none were, or a person has yet to look;
    `why` says what kept it from being run to its end.
    """

    kind: str
    anchor: str
    name: str = ""
    what: str = ""
    points: str = ""
    full: bool = False
    lost: str = ""
    waiting: bool = False
    why: str = ""
    source: Markup = EMPTY
    prompt: str = ""
    outputs: list[Markup] = field(default_factory=list)
    comment: Markup = EMPTY


def render(
    nb: NotebookNode,
    *,
    title: str,
    notebook: str = "",
    score: float,
    max_score: float,
    late_penalty: float = 0.0,
    waiting: Set[str] = frozenset(),
    why: dict[str, str] | None = None,
    cause: str | None = None,
    notes: Sequence[str] = (),
    folder: Path | None = None,
) -> str:
    """Return the page of a graded notebook whose hidden tests were taken out.

    `title` says whose page it is. The cells hold their points as nbgrader's GetGrades puts them
    there. `waiting` are the grade_ids that a person has yet to grade, `why` says by grade_id why a
    cell was not run to its end, `cause` why not all of the hand-in could be graded, and `notes`
    are what was put right; a note that a cell tells as well is left out. Images of Markdown cells
    are taken from `folder`.
    """
    headings = Headings(2)
    blocks = [
        _block(cell, index, headings, folder, waiting, why or {})
        for index, cell in enumerate(nb.cells, start=1)
    ]
    told = {text for block in blocks for text in (block.why, f"cell {block.name!r}: {block.why}")}
    count = len(waiting & {block.name for block in blocks})
    return _template().render(  # type: ignore[no-any-return]
        language=LANGUAGE,
        title=shown_text(title),
        notebook=shown_text(notebook),
        cause=shown_text(cause or ""),
        score=_points(score),
        max_score=_points(max_score),
        late_penalty=_points(late_penalty) if late_penalty else "",
        waiting=WAITING[count > 1].format(count) if count else "",
        notes=[note for note in map(shown_text, notes) if note not in told],
        blocks=blocks,
        light=_colours("default"),
        dark=_colours("github-dark"),
    )


def refusal(title: str, why: str) -> str:
    """Return the page of a notebook that could not be graded, and why."""
    return _template().render(  # type: ignore[no-any-return]
        language=LANGUAGE, title=shown_text(title), refused=shown_text(why), light="", dark=""
    )


@cache
def _template() -> Any:
    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE)


@cache
def _colours(style: str) -> str:
    return str(HtmlFormatter(style=style, nobackground=True).get_style_defs(".code"))


def _points(value: float) -> str:
    return f"{round(float(value), 2):g}"


def _block(
    cell: Any,
    index: int,
    headings: Headings,
    folder: Path | None,
    waiting: Set[str],
    why: dict[str, str],
) -> Block:
    meta = role(cell)
    block = Block(cell.cell_type, f"cell-{index}", str(meta.get("grade_id", "")))
    graded, answered = meta.get("grade"), meta.get("solution")
    if meta.get("task") or graded:
        block.what = "test" if graded and not answered else "answer that a person grades"
        earned, most = float(meta.get("score") or 0), float(meta.get("points") or 0)
        block.points = f"{_points(earned)} of {_points(most)} points"
        block.full = earned >= most
        block.waiting = block.name in waiting
        block.lost = "" if block.full or block.waiting else _points(most - earned)
    elif answered:
        block.what = "your answer"
    if meta.get("comment") == NO_RESPONSE:  # nbgrader's own comment, not a person's
        block.what += ", left as it was given"
    elif meta.get("comment"):
        text = written(str(meta["comment"]), folder=folder)
        block.comment = Markup(without_headings(text))
    if cell.cell_type == "markdown":
        html = written(cell.source, cell.get("attachments"), folder)
        block.source = Markup(headings.ordered(html))
    elif cell.cell_type == "code":
        block.source = _coloured(shown_text(cell.source))
        block.prompt = f"[{cell.execution_count}]" if cell.get("execution_count") else "[ ]"
        outputs = told_once(cell.outputs)
        ended = why.get(block.name) or stopped(cell.outputs) or ""
        block.why = shown_text(ended.removeprefix("not run: "))
        if graded and not answered:
            outputs = [one for one in outputs if not _repeats(one, float(meta.get("points") or 0))]
        block.outputs = list(_outputs(outputs))
    else:
        block.source = Markup(escape(shown_text(cell.source)))
    return block


def _coloured(source: str) -> Markup:
    if len(source) > 20_000:
        return Markup(escape(source))
    return Markup(highlight(source, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)))


def _repeats(output: Any, most: float) -> bool:
    """Whether an output is but the points that a test's last line gave."""
    if output.output_type != "execute_result":
        return False
    found = NUMBER.fullmatch(str(output.data.get("text/plain", "")))
    return found is not None and 0 <= float(found[1]) <= most


def _outputs(outputs: Sequence[Any]) -> Iterable[Markup]:
    for output in outputs[:MOST_OUTPUTS]:
        if output.output_type == "stream":
            kind = "stderr" if output.name == "stderr" else "stdout"
            yield _pre(output.text, kind)
        elif output.output_type == "error":
            lines = "\n".join(map(str, output.traceback)) or f"{output.ename}: {output.evalue}"
            yield _pre(output.evalue if output.ename == ALREADY_SHOWN else lines, "error")
        else:
            yield _shown(output.data)
    if len(outputs) > MOST_OUTPUTS:
        yield _pre(f"… ({len(outputs) - MOST_OUTPUTS:,} more outputs)", "stdout")


def _shown(data: Any) -> Markup:
    """The part of a bundle that says most and can be shown."""
    text = data.get("text/plain", "")
    text = "".join(map(str, text)) if isinstance(text, list) else str(text)
    if "text/html" in data:
        html = without_headings(cleaned("".join(map(str, data["text/html"]))))
        if html.strip():
            kind = "report" if DATA in data else "html"
            return Markup(f'<div class="output {kind}">{html}</div>')
    for mime in ("image/svg+xml", "image/png", "image/jpeg", "image/gif"):
        if mime in data and (image := picture(mime, data[mime], text or "an image")):
            return Markup(f'<div class="output">{image}</div>')
    if "text/markdown" in data:
        html = without_headings(written("".join(map(str, data["text/markdown"]))))
        return Markup(f'<div class="output html">{html}</div>')
    if "text/latex" in data and not text:
        text = "".join(map(str, data["text/latex"]))
    return _pre(text, "stdout")


def _pre(text: Any, kind: str) -> Markup:
    text = "".join(map(str, text)) if isinstance(text, list) else str(text)
    return Markup(f'<pre class="output {kind}" tabindex="0">{escape(shown_text(text))}</pre>')
