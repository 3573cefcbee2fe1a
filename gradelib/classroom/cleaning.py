"""What a student wrote, made safe for a page: no script, no style that reaches out, no loads.

shown_text(text)      plain text as one reads it in a terminal: no escapes, no hidden characters
cleaned(html)         an output's HTML, with what cannot be harmful
written(markdown)     a Markdown cell as HTML; formulas stay as they were written
picture(mime, data)   an image of an output as an <img>
Headings              heading levels of a page whose parts were written apart
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

LONGEST = 100_000
"""Characters of one text that a page shows; the rest is cut."""

LONGEST_HTML = 1_000_000
DEEPEST = 200
"""Tags that may stand open at once; a browser's limit is 512."""

LARGEST_PICTURE = 5_000_000

PICTURES = {
    "image/png": b"\x89PNG\r\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/svg+xml": b"<",
}
"""Images that are shown, and how their data begins. In an <img> an SVG runs and loads nothing."""

SUFFIXES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif"}

TAGS = set(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption"
        " figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub"
        " summary sup table tbody td tfoot th thead tr tt u ul var",
    )
)
ATTRIBUTES = {
    "*": {"style", "title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
}
STYLES = re.compile(
    r"(color|background-color|(border|padding|margin)(-(left|right|top|bottom))?|text-align"
    r"|white-space|overflow-wrap|font-weight|font-style|text-decoration|vertical-align)"
)
VALUE = re.compile(r"[-\w#%., ]{1,80}|rgba?\([\d., ]+\)")

HEAVY = re.compile(r"(> ?){50}|[\[*_`(]{200}")
"""What takes the Markdown parser long, or too deep."""

TERMINAL = re.compile(r"\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|\x1b.?", re.DOTALL)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that change the direction of the text around them, to make code look otherwise."""


def shown_text(text: str) -> str:
    """The text without a terminal's escapes; characters that turn its direction become visible."""
    cut = len(text) - LONGEST
    text = TERMINAL.sub("", text[:LONGEST])
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    text = UNSEEN.sub("", "\n".join(lines))
    text = text.encode("utf-8", "replace").decode()
    text = TURNING.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)
    return text + (f"\n… ({cut:,} more characters)" if cut > 0 else "")


def cleaned(html: str, *, local: Callable[[str], str | None] = lambda source: None) -> str:
    """The HTML without what runs, loads or reaches over its place.

    `local` gives the data of an image that is named by a path, or None.
    """
    if len(html) > LONGEST_HTML or _deep(html):
        return f"<pre>{escape(shown_text(html))}</pre>"

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return _style(value)
        if name == "src":
            return value if _is_picture(value) else local(value)
        if name == "href":
            return value if re.match(r"(https?|mailto):", value) else None
        return value

    return nh3.clean(
        html.encode("utf-8", "replace").decode(),
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        url_schemes={"http", "https", "mailto", "data"},
    )


def _deep(html: str) -> bool:
    """Whether more tags may stand open at once than are safe to parse."""
    if html.count("<") <= DEEPEST:
        return False
    depth = deepest = 0
    for closing, name in re.findall(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)", html):
        if name.lower() not in ("br", "img", "hr", "col", "input", "meta", "link", "p", "li"):
            depth += -1 if closing and depth else 0 if closing else 1
            deepest = max(deepest, depth)
    return deepest > DEEPEST or html.count("<p") + html.count("<li") > 50_000


def _style(text: str) -> str | None:
    """The declarations that only colour and space; colours only where both are set.

    A colour alone is unreadable in one theme or the other.
    """
    kept = {}
    for declaration in text.split(";"):
        name, _, value = (part.strip().lower() for part in declaration.partition(":"))
        if STYLES.fullmatch(name) and VALUE.fullmatch(value):
            kept[name] = value
    if "background-color" not in kept and kept.get("color") != "inherit":
        kept.pop("color", None)
    if "color" not in kept:
        kept.pop("background-color", None)
    return "; ".join(f"{name}: {value}" for name, value in kept.items()) or None


def _is_picture(address: str) -> bool:
    head, _, data = address.partition(";base64,")
    return head.removeprefix("data:") in PICTURES and bool(re.fullmatch(r"[\w+/=\s]*", data))


def address(mime: str, data: bytes) -> str | None:
    """An image as the address of an <img>; None where it is not what it is said to be."""
    begins = PICTURES.get(mime)
    if begins is None or not data.lstrip().startswith(begins) or len(data) > LARGEST_PICTURE:
        return None
    return f"data:{mime};base64,{b64encode(data).decode()}"


def picture(mime: str, data: Any, alt: str) -> str | None:
    """An image of an output as an <img>; None where it is none."""
    text = "".join(data) if isinstance(data, list) else str(data)
    try:
        raw = text.encode() if mime == "image/svg+xml" else b64decode("".join(text.split()))
    except ValueError:
        return None
    found = address(mime, raw)
    return f'<img src="{found}" alt="{escape(shown_text(alt)[:200])}">' if found else None


def written(
    markdown: str, attachments: Mapping[str, Any] | None = None, folder: Path | None = None
) -> str:
    """A Markdown cell as clean HTML; its images come from its attachments and from `folder`."""
    text = TURNING.sub("", markdown)
    try:
        if len(text) > LONGEST or HEAVY.search(text) or text.count("\\begin{") > 300:
            raise RecursionError
        renderer = IPythonRenderer(
            escape=False, exclude_anchor_links=True, attachments=_attached(attachments)
        )
        html = MarkdownWithMath(renderer=renderer).render(text)
    except Exception:  # whatever a student's text does to the parser: it is shown as it is
        return f"<pre>{escape(shown_text(text))}</pre>"
    return cleaned(html, local=lambda source: _embedded(source, folder))


def _attached(attachments: Any) -> dict[str, Any]:
    found = attachments if isinstance(attachments, dict) else {}
    return {str(name): parts for name, parts in found.items() if isinstance(parts, dict)}


def _embedded(source: str, folder: Path | None) -> str | None:
    """The image file of that name in the folder or below it, as an address; None without one."""
    if folder is None or "\0" in source:
        return None
    try:
        path, root = (folder / source).resolve(), folder.resolve()
        mime = SUFFIXES.get(path.suffix.lower())
        if not mime or root not in path.parents or not path.is_file():
            return None
        if path.stat().st_size > LARGEST_PICTURE:
            return None
        return address(mime, path.read_bytes())
    except (OSError, ValueError):
        return None


class Headings:
    """Levels of headings in their order: below the page's own, and none left out."""

    def __init__(self, above: int) -> None:
        self.above = above
        self.open: list[int] = []

    def ordered(self, html: str) -> str:
        """The clean HTML with its headings at levels that follow from those before them."""
        return re.sub(r"<(/?)h([1-6])\b", self._level, html)

    def _level(self, found: re.Match[str]) -> str:
        if not found[1]:
            level = int(found[2])
            while self.open and self.open[-1] >= level:
                self.open.pop()
            self.open.append(level)
        return f"<{found[1]}h{min(6, self.above + len(self.open))}"


def without_headings(html: str) -> str:
    """The clean HTML of an output with paragraphs in the place of headings."""
    return re.sub(r"<(/?)h[1-6]\b", r"<\1p", html)
