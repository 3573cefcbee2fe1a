"""What the console shows counts, but for one stumble of JupyterLab's own."""

import pytest
from browser.bench import labs_own

REMOVED = (
    "NotFoundError: Failed to execute 'removeChild' on 'Node': it is not a child of this node."
)
LAB = "    at http://127.0.0.1:8888/static/lab/jlab_core.8811.js?v=8811:13173:720"
WIDGET = "    at render (blob:http://127.0.0.1:8888/5f0c:12:8)"


@pytest.mark.parametrize(
    ("stack", "own"),
    [
        ([REMOVED, LAB, LAB], True),
        ([REMOVED, LAB, WIDGET], False),
        ([REMOVED, WIDGET, LAB], False),
        ([REMOVED], False),
        (["TypeError: t is null", LAB], False),
        ([], False),
    ],
)
def test_only_labs_own_stumble_is_let_pass(stack: list[str], own: bool) -> None:
    """A widget's frame, another error, or no stack at all: it counts."""
    assert labs_own("\n".join(stack)) is own
