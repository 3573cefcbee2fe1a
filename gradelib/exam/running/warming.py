"""A process with IPython's shell and what cells commonly need, ready to be forked.

warm()   make the process's one shell, or return it
"""

from __future__ import annotations

import builtins
import functools
import gc
import getpass
import shutil
import sys
import tempfile
import warnings
from types import ModuleType
from typing import Any

from IPython.core.error import StdinNotImplementedError
from traitlets.config import Config

from gradelib.exam.running.outputs import Outputs
from gradelib.exam.running.shell import Shell

INLINE = "module://matplotlib_inline.backend_inline"


def _no_input(*args: Any, **kwargs: Any) -> str:
    raise StdinNotImplementedError(
        "raw_input was called, but this frontend does not support input requests."
    )


WARMTH = """
from io import BytesIO as _file
import matplotlib.pyplot as _plt
_figure, _axes = _plt.subplots()
_axes.plot([1, 2], [3, 4], label="$x_0^2$")
_axes.legend()
_figure.savefig(_file(), format="png")
_plt.close("all")
[1, {"a": 2.0}]
"""


def warm() -> Shell:
    """Return this process's shell, made at the first call, with what cells commonly need in memory.

    After a fork each child has its own. Writes nothing outside a temporary folder, which is gone
    when it returns.
    """
    if Shell.initialized():
        return Shell.instance()
    config = Config()
    config.HistoryManager.enabled = False
    folder = tempfile.mkdtemp(prefix="gradelib_")
    try:
        shell = Shell.instance(config=config, ipython_dir=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    builtins.input = getpass.getpass = _no_input
    shell.outputs, shell.value = Outputs(), None
    with warnings.catch_warnings(), shell.speaking():
        warnings.simplefilter("ignore")
        _warm_matplotlib(shell)
        names = set(shell.user_ns)
        shell.run(WARMTH)
        shell.run("def _f(n):\n    return 1 / n\n_f(0)")
        shell.run("%%time\nimport numpy\nnumpy.ones(3) @ numpy.ones(3)")
    for name in set(shell.user_ns) - names:
        del shell.user_ns[name]
    _close_fonts()
    shell.begin_anew()
    gc.collect()
    gc.freeze()
    return shell


def _warm_matplotlib(shell: Shell) -> None:
    """Figures are shown below their cell, as in a notebook."""
    import matplotlib

    matplotlib.use(INLINE)
    import matplotlib.pyplot
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(shell, INLINE)  # type: ignore[no-untyped-call]


def _close_fonts() -> None:
    """Forget the fonts that matplotlib keeps open: forks close or share their files."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "matplotlib":
            found = [value for value in vars(module).values() if not isinstance(value, ModuleType)]
            classes = [value for value in found if isinstance(value, type)]
            for value in [*found, *(part for kind in classes for part in vars(kind).values())]:
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
