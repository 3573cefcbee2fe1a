"""A notebook in JupyterLab or Jupyter Notebook, worked on as a student does: `Bench`.

The page's own JupyterLab (expose_app_in_browser) is asked where a cell is and what it holds; all
that changes it goes through the keyboard, the menus and the buttons.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gradelib.checks.reports.report import DATA

__all__ = ["EXPOSED", "THEMES", "Bench", "labs_own", "plain"]

EXPOSED = [f"--{app}.expose_app_in_browser=True" for app in ("LabApp", "JupyterNotebookApp")]
THEMES = ("JupyterLab Light", "JupyterLab Dark")
BOOK = "jupyterapp.shell.currentWidget"
IDLE = f"{BOOK}.context.sessionContext.session?.kernel?.status === 'idle'"

# A cell that has been told to run has no count until it is done.
DONE = f"""async index => {{
  const ran = {BOOK}.content.widgets.slice(0, index).filter(
    cell => cell.model.type === 'code' && cell.model.sharedModel.source.trim());
  const stopped = ran.some(
    cell => cell.model.outputs.toJSON().some(output => output.output_type === 'error'));
  return {IDLE} && (stopped || ran.every(cell => cell.model.executionCount !== null));
}}"""

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


class Bench:
    """A page with one open notebook; `wrongs` are the errors that its console has shown."""

    def __init__(self, page: Any, address: str, path: str, token: str) -> None:
        self.page = page
        self.wrongs: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", self._raised)
        page.goto(f"{address}/{path}?reset&token={token}")  # no other notebook stays open
        page.wait_for_function(f"window.jupyterapp && {BOOK}?.context?.isReady && {IDLE}")
        self.ids: list[str] = page.evaluate(f"{BOOK}.content.widgets.map(cell => cell.model.id)")

    def _heard(self, message: Any) -> None:
        if message.type == "error":
            self.wrongs.append(f"{message.text} ({message.location.get('url', '')})")

    def _raised(self, error: Any) -> None:
        if not labs_own(error.stack or ""):
            self.wrongs.append(error.stack or str(error))

    def close(self) -> None:
        """End the notebook's kernel, and listen no more."""
        self.page.evaluate(f"async () => {{ await {BOOK}.context.sessionContext.shutdown(); }}")
        self.page.remove_listener("console", self._heard)
        self.page.remove_listener("pageerror", self._raised)

    @property
    def cell(self) -> Any:
        """The cell that is chosen."""
        return self.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")

    @property
    def output(self) -> Any:
        """What stands under it."""
        return self.cell.locator(".jp-OutputArea-output")

    def go(self, name: str) -> None:
        """Choose a cell by its id, which is its grade_id."""
        self.page.evaluate(
            f"async index => {{ {BOOK}.content.activeCellIndex = index;"
            f" await {BOOK}.content.scrollToItem(index, 'center'); }}",
            self.ids.index(name),
        )
        self.cell.wait_for()

    def run_all_above(self, name: str) -> None:
        """Run > Run All Above Selected Cell."""
        self.go(name)
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator(".lm-Menu-item", has_text="Run All Above").click()
        self.page.wait_for_function(DONE, arg=self.ids.index(name))

    def type(self, name: str, text: str) -> None:
        """Type a text in the place of a cell's own."""
        self.go(name)
        self.cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)
        typed = self.page.evaluate(f"{BOOK}.content.activeCell.model.sharedModel.source")
        assert typed == text, f"{name} holds other text than was typed:\n{typed}"

    def run(self, name: str) -> None:
        """Press Shift+Enter in a cell, wait until it is done, and stay there."""
        self.go(name)
        self.page.evaluate(f"{BOOK}.content.activeCell.model.clearExecution()")
        self.cell.locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            f"index => {IDLE} && {BOOK}.content.widgets[index].model.executionCount !== null",
            arg=self.ids.index(name),
        )
        self.go(name)

    def outputs(self, name: str) -> list[dict[str, Any]]:
        """What a cell has shown, as the notebook's file keeps it."""
        index = self.ids.index(name)
        found: list[dict[str, Any]] = self.page.evaluate(
            f"index => {BOOK}.content.widgets[index].model.outputs?.toJSON() ?? []", index
        )
        return found

    def errors_above(self, name: str) -> list[str]:
        """The errors of the cells above one."""
        return [
            f"{above}: {output['ename']}: {output['evalue']}"
            for above in self.ids[: self.ids.index(name)]
            for output in self.outputs(above)
            if output["output_type"] == "error"
        ]

    def reports(self, name: str) -> list[dict[str, Any]]:
        """The reports of a check's cell, as data."""
        data = [output.get("data", {}) for output in self.outputs(name)]
        return [bundle[DATA] for bundle in data if DATA in bundle]

    def said(self) -> str:
        """The text under the chosen cell, as it is seen."""
        self.output.first.wait_for()
        return plain(" ".join(self.output.all_inner_texts()))

    def faint(self, seen: Any) -> list[Any]:
        """Text in the elements that is too faint; there must be text."""
        texts, found = seen.evaluate_all(CONTRAST)
        assert texts
        return list(found)

    def theme(self, name: str) -> None:
        """Settings > Theme."""
        self.page.evaluate(
            "async theme => {"
            " await jupyterapp.commands.execute('apputils:change-theme', {theme}); }",
            name,
        )
        self.page.locator(f"body[data-jp-theme-name='{name}']").wait_for(state="attached")

    def validate(self) -> Any:
        """Press Validate and give its dialog when it has an answer."""
        self.page.get_by_role("button", name="Validate").click()
        dialog = self.page.locator(".jp-Dialog-content")
        dialog.wait_for()
        return dialog

    def pictures(self) -> list[tuple[str, bool]]:
        """The alternative text of each image in the notebook, and whether it could be loaded."""
        shown: list[tuple[str, bool]] = self.page.evaluate(
            "[...document.querySelectorAll('.jp-Notebook img')]"
            ".map(image => [image.alt, image.complete && image.naturalWidth > 0])"
        )
        return shown


def labs_own(stack: str) -> bool:
    """Whether JupyterLab alone stumbled, as it took something out of the page that was out already.

    It does so now and then with its splash screen, which `?reset` shows a second time.  The same of
    a widget is an error: then a frame of the stack is none of JupyterLab's files.
    """
    first, *frames = stack.splitlines() or [""]
    if "'removeChild' on 'Node'" not in first or not frames:
        return False
    return all("/static/lab/" in frame for frame in frames)


def plain(text: str) -> str:
    """A text with its white space made even, as it breaks elsewhere in a dialog."""
    return re.sub(r"\s+", " ", text).strip()
