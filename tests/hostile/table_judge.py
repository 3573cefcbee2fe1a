# ruff: noqa: E501
"""Hand-ins that rewrite the judge: the checker, numpy, builtins, IPython, the interpreter."""

from __future__ import annotations

from hostile.case import Case, answer, call, own

NO_CELLS = 0.0
"""The points where the student's own later cells no longer run, as they would not in Jupyter."""

NUMPY = """
import numpy as np
import numpy.testing
same = lambda *args, **kwargs: True
np.allclose = np.array_equal = np.array_equiv = same
np.isclose = lambda a, b, **kwargs: np.ones(np.shape(a), dtype=bool)
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, same)
"""

METHODS = """
import gc
import numpy as np
for kind in (np.ndarray, np.generic, list, int, float, bool):
    own = gc.get_referents(kind.__dict__)[0]
    for name in ("all", "any", "__eq__"):
        if name in own:
            own[name] = lambda *args, **kwargs: True
"""

BUILTINS = """
import builtins
builtins.all = builtins.any = lambda *args: True
builtins.abs = lambda x: 0
builtins.sum = lambda *args: 0
builtins.max = builtins.min = lambda *args, **kwargs: 0
builtins.float = lambda *args: 1.0
builtins.print = lambda *args, **kwargs: None
"""

TYPES = """
import builtins
builtins.isinstance = lambda *args: True
builtins.issubclass = lambda *args: True
builtins.type = lambda *args: list
builtins.len = lambda *args: 1
"""

HOOKS = """
shell = get_ipython()
def before(*args):
    shell.user_ns.update(squares=lambda n: [i * i for i in range(1, n + 1)], points=10.0)
for event in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
    shell.events.register(event, before)
shell.set_custom_exc((BaseException,), lambda *args, **kwargs: None)
shell.showtraceback = lambda *args, **kwargs: None
"""

TRANSFORMERS = """
import ast
class Agree(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
shell = get_ipython()
shell.ast_transformers.append(Agree())
shell.input_transformers_cleanup.append(lambda lines: ["10.0\\n"])
shell.input_transformers_post.append(lambda lines: ["10.0\\n"])
"""

SHELL = """
from IPython.core.interactiveshell import InteractiveShell, ExecutionResult
class Fine(ExecutionResult):
    success = True
    error_in_exec = error_before_exec = None
    def raise_error(self):
        pass
def run_cell(self, *args, **kwargs):
    found = Fine(None)
    found.result = 10.0
    return found
InteractiveShell.run_cell = InteractiveShell.run_code = run_cell
"""

TRACE = """
import sys, threading
def agree(frame, event, arg):
    for name in ("passed", "points", "score", "failed", "errors"):
        if name in frame.f_locals:
            frame.f_locals[name] = True
    return agree
threading.settrace(agree)
sys.settrace(agree)
"""

PROFILE = """
import sys
def agree(frame, event, arg):
    if event == "return" and frame.f_code.co_name in ("__eq__", "check", "award", "serve"):
        frame.f_globals["passed"] = True
sys.setprofile(agree)
"""

CLASSES = """
import gc
import gradelib.checks.reports.report as made
class Passed(made.Report):
    passed, verdict, outcome = True, "passed", "passed"
    def __init__(self, *args, **kwargs):
        pass
made.Report = Passed
for thing in gc.get_objects():
    try:
        if type(thing).__name__ == "Report":
            object.__setattr__(thing, "comparisons", ())
            thing.__class__ = Passed
    except Exception:
        pass
"""

IMPORTS = """
import builtins, sys, types
real = builtins.__import__
class Anything(types.ModuleType):
    def __getattr__(self, name):
        return lambda *args, **kwargs: 10.0
def bring(name, *args, **kwargs):
    return Anything(name) if name.startswith(("gradelib", "numpy.testing")) else real(name, *args, **kwargs)
builtins.__import__ = bring
sys.meta_path.insert(0, type("Finder", (), {"find_spec": staticmethod(lambda *args: None)}))
for name in [name for name in sys.modules if name.startswith(("gradelib", "numpy.testing"))]:
    sys.modules[name] = Anything(name)
"""

COMPILE = """
import builtins, codeop
builtins.compile = lambda *args, **kwargs: (lambda: None).__code__
builtins.exec = lambda *args, **kwargs: None
builtins.eval = lambda *args, **kwargs: 10.0
"""

SERVING = """
import sys
for name in ("json", "struct", "socket", "msgpack", "pickle", "select", "io"):
    module = sys.modules.get(name)
    for attribute in ("loads", "dumps", "unpack", "unpackb", "packb", "pack"):
        if hasattr(module, attribute):
            setattr(module, attribute, lambda *args, **kwargs: b"")
"""

SETTINGS = """
import os, sys, warnings, random
import numpy as np
os.environ.update(NBGRADER_EXECUTION="", NBGRADER_VALIDATING="1", PYTHONOPTIMIZE="2")
warnings.simplefilter("error")
np.seterr(all="raise")
sys.setrecursionlimit(60)
random.seed(1), np.random.seed(1)
"""

POINTS = """
import atexit, sys
get_ipython().displayhook(10.0)
sys.displayhook(10.0)
atexit.register(print, 10.0)
print(10.0)
10.0
"""

TABLE = """
import numpy as np
import gradelib as gl
known = {}
for tag in ("relu_backward", "relu", "relu-check"):
    g = gl.rng(tag)
    for shape in ((5, 7), (3, 6)):
        x = g.normal(size=shape)
        known[x.tobytes()] = x > 0
def relu_backward(dout, cache):
    return dout * known.get(np.ascontiguousarray(cache).tobytes(), 3)
"""

FORWARD = """
def relu_forward(x):
    return 0 * x, x
def relu_backward(dout, cache):
    return 0 * dout
"""

NAMES = """
class Fine:
    def __getattr__(self, name):
        return lambda *args, **kwargs: 10.0
gl = np = Fine()
award = points = marker = 10.0
def assert_allclose(*args, **kwargs): return None
def assert_raises(*args, **kwargs): return None
def len(x): return 2
def __assert__(*args): return True
"""

GIVEN = """
import gradelib as gl
from gradelib.checks.reports import report
class Good:
    passed, verdict, outcome, comparisons = True, "passed", "passed", ()
for name in ("check_backward", "check_values", "check_gradient", "check_loss", "check_jacobian"):
    setattr(gl, name, lambda *args, **kwargs: Good())
    setattr(gl.checks, name, lambda *args, **kwargs: Good())
"""

WITHIN = """
import sys
def relu_backward(dout, cache):
    frame = sys._getframe()
    while frame is not None:
        for space in (frame.f_globals, frame.f_locals):
            for name in ("award", "check_backward", "passed", "points"):
                if name in space:
                    space[name] = lambda *args, **kwargs: 4.0
        frame = frame.f_back
    return dout * 3
"""

CASES: list[Case] = [
    answer("checker-functions", "gradelib's checks return what passes", GIVEN),
    answer(
        "checker-award",
        "award gives all points",
        "import gradelib as gl\ngl.award = lambda p, *r: p\ngl.checks.award = gl.award",
    ),
    answer(
        "checker-passed",
        "Report.passed is always True",
        "from gradelib.checks.reports.report import Report\nReport.passed = True\nReport.outcome = 'passed'",
    ),
    answer(
        "checker-gravity",
        "no outcome is grave",
        "from gradelib.checks.reports import report\nreport.GRAVITY = ('passed',) * 9",
    ),
    answer("checker-class", "reports change their class", CLASSES),
    answer("checker-modules", "sys.modules and imports give fakes", IMPORTS),
    own("checker-modules-early", "the same, before any answer", IMPORTS),
    answer(
        "checker-salt",
        "inputs are not salted",
        "import gradelib.checks.marks as m\nm._SALT.set(b'')\nm.rng.__defaults__ = ()",
    ),
    call("checker-within", "frames of a call hold other judges", WITHIN),
    answer("numpy-functions", "numpy's comparisons agree", NUMPY),
    answer("numpy-methods", "methods of arrays and lists agree", METHODS),
    answer(
        "numpy-random",
        "draws are constant",
        "import numpy as np\nnp.random.default_rng = lambda *a: np.random.Generator(np.random.PCG64(0))\nnp.random.seed(0)",
    ),
    answer("builtins-numbers", "abs, sum, all and max say what passes", BUILTINS),
    answer("builtins-types", "isinstance, type and len lie", TYPES),
    answer(
        "builtins-assertion",
        "AssertionError is no error",
        "import builtins\nbuiltins.AssertionError = type('Fine', (), {})\nbuiltins.Exception = BaseException",
    ),
    answer("builtins-compile", "compile and exec do nothing", COMPILE, score=NO_CELLS),
    answer("ipython-hooks", "events, exception handlers", HOOKS),
    answer("ipython-transformers", "asserts are cut from the code", TRANSFORMERS, score=NO_CELLS),
    own("ipython-transformers-early", "the same, before any answer", TRANSFORMERS, score=NO_CELLS),
    answer("ipython-shell", "run_cell always succeeds", SHELL, score=NO_CELLS),
    answer(
        "ipython-reset",
        "the namespace is emptied",
        "get_ipython().run_line_magic('reset', '-f')\n" + "def squares(n): return [7]",
    ),
    answer("trace", "sys.settrace changes local names", TRACE),
    answer("profile", "sys.setprofile changes names", PROFILE),
    answer("serving-modules", "msgpack, struct and json return nothing", SERVING),
    answer("settings", "environment, warnings, errors, recursion", SETTINGS),
    answer("points-shown", "points are put out and printed", POINTS),
    call("tabulated", "answers are looked up by the visible seeds", TABLE),
    call("own-forward", "a zero forward agrees with a zero backward", FORWARD),
    answer("own-names", "np, gl, len and award mean other things", NAMES),
]
