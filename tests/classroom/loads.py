"""What in a page of HTML could run, or make a browser ask somebody for something."""

from __future__ import annotations

import re
from html.parser import HTMLParser

LOADS = {"link", "iframe", "object", "embed", "video", "audio", "source", "base", "form", "input"}
LOADS |= {"frame", "frameset", "applet", "track", "portal", "svg", "math", "script", "use", "image"}


class Loads(HTMLParser):
    """What in a page could run, or make a browser ask for something."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.headings: list[int] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LOADS:
            self.found.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            value = value or ""
            if name == "href" and not re.match(r"#|https?://|mailto:", value):
                self.found.append(f"href={value}")
            elif name in ("src", "srcset", "poster", "background", "data", "action", "xlink:href"):
                if not value.startswith("data:image/"):
                    self.found.append(f"{name}={value}")
            elif name.startswith("on") or (
                name == "style" and re.search(r"url|@|\\|import", value)
            ):
                self.found.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and re.search(r"url\(|@import|expression", data):
            self.found.append("style sheet")
