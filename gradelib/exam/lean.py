"""Imports jsonschema without its grammars of web addresses: nbformat needs it, and not those.

Where rfc3987-syntax is installed, each process would build 38 grammars at its start, which takes a
second; jsonschema takes it as absent, as it does where nobody has asked for its formats.
"""

import importlib
import sys

_GRAMMARS = "rfc3987_syntax"

if "jsonschema" not in sys.modules and _GRAMMARS not in sys.modules:
    sys.modules[_GRAMMARS] = None  # type: ignore[assignment] # an import of it fails
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMARS]
