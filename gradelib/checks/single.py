"""Single precision: the same code once more, on the float32 inputs as they were given."""

from __future__ import annotations

import numpy as np

from gradelib.checks import given
from gradelib.checks.calls import CallFailed, attempt, safe_str
from gradelib.checks.reports.findings import Comparison
from gradelib.checks.reports.report import Report
from gradelib.checks.run import Run

__all__ = ["in_single_precision"]

SINGLE = 1e-3  # relative: what float32 may do to a gradient


def in_single_precision(run: Run, report: Report) -> Report:
    """The report, unless float32 inputs make the gradients break, or differ from float64's."""
    try:
        values = [given.private(value) for value in run.inputs]
        out, cache = attempt(run.forward_name, run.forward, *values)
        dout = given.in_form_of(out, run.upstream.astype(np.asarray(out).dtype))
        result = attempt(run.backward_name, run.backward, dout, cache)
        returned = list(result) if isinstance(result, (tuple, list)) else [result]
        for value, exact, label in zip(returned, run.gradients, run.labels, strict=True):
            rough, exact = np.asarray(value, dtype=np.float64), np.asarray(exact)
            allowed = SINGLE * float(np.linalg.norm(exact)) + 1e-30
            if not float(np.linalg.norm(rough - exact)) <= allowed:
                message = (
                    f"d{label} is right in float64 but not for float32 inputs; "
                    "look for an overflow or a lost digit"
                )
                failed = Comparison(f"d{label}", "contract", message=message)
                return Report(run.subject, (failed,), warnings=report.warnings)
    except Exception as error:
        cause = error.error if isinstance(error, CallFailed) else error
        what = f"{type(cause).__name__}: {safe_str(cause)}"
        message = f"right in float64, but float32 inputs raise {what}"
        failed = Comparison(run.backward_name, "raised", message=message)
        return Report(run.subject, (failed,), warnings=report.warnings)
    return report
