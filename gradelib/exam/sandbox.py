"""What a candidate cannot do.

Limits, IsolationError   what one candidate may use; there is not enough isolation here
"""

from __future__ import annotations

from .limits import LAYERS, IsolationError, Limits

__all__ = ["LAYERS", "IsolationError", "Limits"]
