"""One gradient, checked against finite differences.  Needs numpy alone.

`check_backward` is the heart; `check_loss`, `check_gradient`, `check_jacobian` and `check_values`
are its kin.  Each returns a `Report`, and `award` turns reports into points.
"""

from gradelib.checks.check import check_backward
from gradelib.checks.functions import check_gradient, check_jacobian, numerical_gradient
from gradelib.checks.loss import check_loss
from gradelib.checks.marks import award, rng
from gradelib.checks.reports.findings import Comparison, Diagnosis
from gradelib.checks.reports.report import Report
from gradelib.checks.sealed import seal, sealed
from gradelib.checks.values import check_values

__all__ = [
    "Comparison",
    "Diagnosis",
    "Report",
    "award",
    "check_backward",
    "check_gradient",
    "check_jacobian",
    "check_loss",
    "check_values",
    "numerical_gradient",
    "rng",
    "seal",
    "sealed",
]
