"""gradelib: check, explain and grade backpropagation by hand.

Students and authors write `import gradelib as gl`; what stands in `__all__` is for them.
"""

from gradelib import figures
from gradelib.checks import (
    Comparison,
    Diagnosis,
    Report,
    award,
    check_backward,
    check_gradient,
    check_jacobian,
    check_loss,
    check_values,
    numerical_gradient,
    rng,
    seal,
    sealed,
)
from gradelib.digits import load_digits

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
    "figures",
    "load_digits",
    "numerical_gradient",
    "rng",
    "seal",
    "sealed",
]
