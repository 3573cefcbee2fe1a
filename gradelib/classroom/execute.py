"""nbgrader's own execution of a notebook, for `verify`: it runs the course's solutions only.

QuietExecute   nbgrader's Execute, with a kernel whose own messages do not reach the terminal
"""

from __future__ import annotations

import subprocess
from typing import Any

from nbgrader.preprocessors import Execute


class QuietExecute(Execute):
    """nbgrader's Execute, with a kernel whose own messages do not reach the terminal."""

    def start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel."""
        silent = subprocess.DEVNULL
        super().start_new_kernel(stdout=silent, stderr=silent, **kwargs)
