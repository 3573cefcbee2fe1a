"""What both sides have and name rather than send: builtin types, numpy's types and functions.

NAMES       {id of an object: its name}
HARMLESS    {name: object}: types and ufuncs, whichever side they come from
TRUSTED     HARMLESS, and what the examiner alone may name: functions of Python and numpy, modules
"""

from __future__ import annotations

import builtins
import cmath
import collections
import copy
import datetime
import decimal
import fractions
import functools
import itertools
import math
import operator
import random
import re
import statistics
import string
import time
import types
from typing import Any

import numpy as np

__all__ = ["EXCEPTIONS", "HARMLESS", "NAMES", "TRUSTED", "TRUSTED_NAMES"]

EXCEPTIONS: dict[str, type[BaseException]] = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and value.__name__ == name
}

_TYPES = (
    *(object, type, int, float, bool, complex, str, bytes, bytearray, list, dict, tuple),
    *(set, frozenset, slice, range, type(None), type(...), type(NotImplemented)),
)


def _harmless() -> dict[str, Any]:
    found: dict[str, Any] = {kind.__name__: kind for kind in _TYPES}
    found |= EXCEPTIONS
    found["NotImplemented"] = NotImplemented
    for name in np.__all__:
        value = getattr(np, name, None)
        if isinstance(value, np.ufunc) or (
            isinstance(value, type) and issubclass(value, np.generic)
        ):
            found[f"numpy.{name}"] = value
    found["numpy.ndarray"] = np.ndarray
    found["numpy.random.Generator"] = np.random.Generator
    found["numpy.linalg.LinAlgError"] = np.linalg.LinAlgError
    return found


MODULES = (
    *(builtins, cmath, collections, copy, datetime, decimal, fractions, functools, itertools),
    *(math, operator, random, re, statistics, string, time, np, np.fft, np.linalg, np.random),
)


def _trusted() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            plain = isinstance(value, (types.BuiltinFunctionType, types.FunctionType, type))
            if not name.startswith("_") and (plain or callable(value)) and value is not None:
                found[f"{module.__name__}.{name}"] = value
        found[module.__name__] = module
    return found


HARMLESS = _harmless()
TRUSTED = _trusted() | HARMLESS
NAMES = {id(value): name for name, value in HARMLESS.items()}
TRUSTED_NAMES = {id(value): name for name, value in TRUSTED.items()}
