"""Values, gradients of plain functions and Jacobians, checked; and the numerical gradient itself.

`check_values` compares a result with what it should be, `check_gradient` and `check_jacobian` compare the derivative of a function of
one array with finite differences, `numerical_gradient` gives those differences.  `rng` draws a check's inputs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from gradelib.checks.calls import Breach, CallFailed, as_array, attempt, kind_of, listening
from gradelib.checks.check import check_backward
from gradelib.checks.compare import breach, failed_call
from gradelib.checks.numeric import Array, Probe, entry_slopes, noise_level, slope, spread
from gradelib.checks.report import Comparison, Diagnosis, Report

__all__ = ["check_gradient", "check_jacobian", "check_values", "numerical_gradient", "rng"]


def rng(tag: str) -> np.random.Generator:
    """Return the random generator that draws the inputs of the check called `tag`: the same on every call."""
    if not isinstance(tag, str) or not tag:
        raise TypeError(f"rng needs the check's tag, a text; got {kind_of(tag)}")
    return np.random.default_rng(np.frombuffer(hashlib.sha256(tag.encode()).digest(), dtype=np.uint32))


def numerical_gradient(
    f: Callable[..., Any], *inputs: Any, wrt: int = 0, dout: Array | None = None
) -> Array:
    """Return d<dout, f(*inputs)> / d inputs[wrt], an array of the shape of that input.

    Extrapolated central differences, about five evaluations of f for each entry; on a kink the mean of both slopes.
    `f` returns a number, or an array of the shape of `dout`, which is then required.  An integer input is promoted;
    the inputs are left as they are.

    Raises TypeError or ValueError for an f that is not a function, a `wrt` out of range, a missing or misshapen dout, and an f that
    returns no finite numbers; whatever f raises passes through.

    >>> numerical_gradient(lambda x: x ** 3, 2.0).round(6)
    array(12.)
    """
    if not callable(f):
        raise TypeError(f"numerical_gradient: f must be a function, got {kind_of(f)}")
    if not 0 <= wrt < len(inputs):
        raise ValueError(f"numerical_gradient: wrt is {wrt}, but there are {len(inputs)} inputs, counted from 0")
    x = np.array(inputs[wrt], dtype=np.float64)
    arrayed = isinstance(inputs[wrt], np.ndarray)

    def outputs(arrays: list[Array]) -> Array:
        values = [v.copy() if isinstance(v, np.ndarray) else v for v in inputs]
        values[wrt] = arrays[0].copy() if arrayed else float(arrays[0])
        return np.array(f(*values), dtype=np.float64)

    base = outputs([x])
    if dout is None and base.shape != ():
        raise ValueError(f"numerical_gradient: f returns an array of shape {base.shape}; give dout, of the same shape")
    upstream = np.ones(()) if dout is None else np.array(dout, dtype=np.float64)
    if upstream.shape != base.shape:
        raise ValueError(f"numerical_gradient: dout has shape {upstream.shape}, f returns shape {base.shape}")
    if not np.all(np.isfinite(base)):
        raise ValueError("numerical_gradient: f is not finite at the inputs")
    if x.size == 0:
        return np.zeros_like(x)
    probe = Probe(outputs, [x], upstream, base)
    everywhere = [np.full_like(x, spread(x))]
    probe.noise = noise_level(probe, everywhere)
    typical = abs(slope(probe, everywhere, rtol=1e-3).value) / spread(x) / x.size
    slopes = entry_slopes(probe, 0, range(x.size), target=1e-11 * typical)
    return np.array([s.value for s in slopes]).reshape(x.shape)


def check_gradient(f: Callable[[Array], Any], grad: Callable[[Array], Any], x: Any) -> Report:
    """Check that `grad(x)` is the gradient of `f(x)`, a number, at the array (or number) x.

    Returns a Report; raises TypeError where f or grad is not callable and ValueError where x holds no numbers.

    >>> import numpy as np
    >>> check_gradient(lambda x: float(np.sum(x ** 2)), lambda x: 2 * x, np.array([1.0, 2.0])).passed
    True
    """
    for what, function in (("f", f), ("grad", grad)):
        if not callable(function):
            raise TypeError(f"check_gradient: {what} must be a function, got {kind_of(function)}")
    x = _numbers("check_gradient", x)

    def forward(x: Any) -> tuple[Any, Any]:
        value = f(x)
        if np.ndim(value) != 0:
            raise Breach(f"f returned {kind_of(value)}, expected a single number")
        return value, x

    def backward(dout: Any, x: Any) -> Any:
        return grad(x)

    backward.__name__ = getattr(grad, "__name__", "gradient").replace("<lambda>", "gradient")
    forward.__name__ = "f"
    return check_backward(forward, backward, x, names=["x"], dout=np.ones(()))


def check_jacobian(f: Callable[[Array], Any], jacobian: Callable[[Array], Any], x: Any) -> Report:
    """Check that `jacobian(x)`, shape (m, n), is the derivative of `f`: (n,) -> (m,) at x, shape (n,).

    Entry [i, j] is df_i / dx_j.  Returns a Report; raises TypeError or ValueError where the call itself is wrong.

    >>> import numpy as np
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> check_jacobian(lambda x: A @ x, lambda x: A, np.array([1.0, -1.0])).passed
    True
    """
    for what, function in (("f", f), ("jacobian", jacobian)):
        if not callable(function):
            raise TypeError(f"check_jacobian: {what} must be a function, got {kind_of(function)}")
    x = np.asarray(_numbers("check_jacobian", x), dtype=np.float64)
    if x.ndim != 1 or not x.size:
        raise ValueError(f"check_jacobian: x must have shape (n,), got {x.shape}")
    subject = getattr(jacobian, "__name__", "jacobian").replace("<lambda>", "jacobian")

    with listening() as heard:
        try:
            base = as_array(attempt("f", f, x.copy()), "the result of f")
            if base.ndim != 1:
                raise Breach(f"f returned shape {base.shape}, expected (m,)")
            handed = x.copy()
            raw = attempt(subject, jacobian, handed)
            J = as_array(raw, "the Jacobian", (base.size, x.size))
            if not np.array_equal(handed, x):
                raise Breach(f"{subject} changed x in place", "input-changed")
        except CallFailed as failure:
            return failed_call(subject, failure, heard)
        except Breach as found:
            if found.mistake == "shape" and np.shape(raw) == (x.size, base.size) and x.size != base.size:
                hint = "One row for each output, one column for each input."
                contract = Comparison("the Jacobian", "contract", message=str(found))
                return Report(subject, (contract,), (Diagnosis("transpose", hint, "the Jacobian"),), heard.lines())
            return breach(subject, "the Jacobian", found, heard)

    # A Jacobian is a backward pass: dout @ J.  One row is one upstream gradient.
    def forward(x: Array) -> tuple[Any, None]:
        return f(x), None

    def backward(dout: Array, cache: None) -> Array:
        return np.asarray(dout @ J)

    backward.__name__ = subject
    forward.__name__ = "f"
    whole = check_backward(forward, backward, x, names=["x"])
    if whole.outcome != "wrong value":
        return whole
    rows = [numerical_gradient(f, x, dout=row) for row in np.eye(base.size)] if J.size <= 4096 else []
    if not rows:
        return whole
    return _values(subject, "the Jacobian", J, np.array(rows), 1e-7, True, heard.lines(), "numeric")


def _numbers(where: str, x: Any) -> Any:
    if isinstance(x, (int, float)) and not isinstance(x, bool):
        return float(x)
    plain = np.asarray(x)
    if plain.dtype.kind not in "iuf":
        raise ValueError(f"{where}: x must be an array of numbers, got {kind_of(x)}")
    return plain.astype(np.float64)


def check_values(
    actual: Any, expected: Any, *, name: str, reveal: bool = True, rtol: float = 1e-7
) -> Report:
    """Check that `actual` equals `expected` in shape, kind and, to `rtol`, in value.

    `actual` is a value, or a function of no arguments that returns it: then what it raises, prints and warns goes into the report.
    None and Ellipsis mean "not attempted".  `expected` is a number, truth value, text, an array or a nest of
    lists and tuples of them; for single numbers int and float are one.  An entry may differ by rtol times itself plus rtol / 100 times the
    largest.  With `reveal=False` the report does not say what was expected (for predictions).

    >>> check_values(lambda: 3 * 4, 12, name="product").passed
    True
    """
    if not isinstance(name, str) or not name:
        raise TypeError(f"check_values: name must be a text, got {kind_of(name)}")
    want = expected.copy() if isinstance(expected, np.ndarray) else np.asarray(expected)
    if want.dtype.kind not in "biufU" or (want.dtype.kind == "f" and not np.all(np.isfinite(want))):
        raise ValueError(f"check_values: expected must hold finite numbers, truth values or texts; got {expected!r:.80}")
    with listening() as heard:
        try:
            value = attempt(name, actual) if callable(actual) else actual
            if value is None and callable(actual):
                raise Breach(f"{name} is None; is there a return at the end of the function?", "none")
            if value is None or value is Ellipsis:
                todo = Comparison(name, "not attempted", message=f"{name} has no answer yet")
                return Report(name, (todo,), warnings=heard.lines())
            got = _comparable(value, want, name)
        except CallFailed as failure:
            return failed_call(name, failure, heard)
        except Breach as found:
            return breach(name, name, found, heard)
    if want.dtype.kind in "bU":
        right = bool(np.array_equal(got, want))
        tail = f", expected {want.tolist()!r}" if reveal else ""
        message = "" if right else f"{name} is {got.tolist()!r:.100}{tail}"
        return Report(
            name, (Comparison(name, "passed" if right else "wrong value", got.size, message=message),), warnings=heard.lines()
        )
    return _values(name, name, got, want.astype(np.float64), rtol, reveal, heard.lines(), "expected")


def _comparable(value: Any, want: Any, name: str) -> Any:
    """`value` as an array of the kind and shape of `want`; raise Breach where it is not."""
    kind = want.dtype.kind
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        raise Breach(f"{name} is {kind_of(value)} ({type(value).__name__}), expected a plain numpy array", "subclass")
    if want.ndim and isinstance(value, (list, tuple)) and isinstance(want, np.ndarray):
        try:
            value = np.asarray(value)
        except Exception as error:
            raise Breach(f"{name} is a {type(value).__name__} that makes no array; expected shape {want.shape}") from error
    got = np.asarray(value) if isinstance(value, (str, bool, int, float, np.generic, np.ndarray)) else None
    if got is None or got.dtype.kind not in "biufU":
        raise Breach(f"{name} is {kind_of(value)}, expected {_wanted(want)}")
    same_kind = got.dtype.kind == kind or (got.dtype.kind in "iuf" and kind in "iuf" and want.ndim == 0)
    if got.dtype.kind in "iu" and kind in "iu":
        same_kind = True
    if not same_kind or (got.ndim and kind == "f" and got.dtype != np.float64 and want.dtype == np.float64):
        mistake = {"b": "boolean", "i": "integer", "u": "integer", "f": "dtype"}.get(got.dtype.kind, "")
        raise Breach(f"{name} has dtype {got.dtype}, expected {_wanted(want)}", mistake)
    if got.shape != want.shape:
        raise Breach(f"{name} has shape {got.shape}, expected {want.shape}")
    if kind in "iuf":
        return as_array(np.asarray(got, dtype=np.float64), name, want.shape)
    return got


def _wanted(want: Any) -> str:
    words = {"b": "truth value", "i": "integer", "u": "integer", "f": "float64 number", "U": "text"}
    word = words[want.dtype.kind]
    return f"an array of {word}s of shape {want.shape}" if want.ndim else f"a {word}".replace("a i", "an i")


def _values(
    subject: str, name: str, got: Array, want: Array, rtol: float, reveal: bool, said: tuple[str, ...], reference: str
) -> Report:
    if got.size == 0:
        return Report(subject, (Comparison(name, "passed", 0, got.shape),), warnings=said)
    difference = got - want
    largest = float(np.max(np.abs(want)))
    tolerance = rtol * np.abs(want) + rtol / 100 * largest + (1e-12 if largest == 0 else 0.0)
    wrong = np.abs(difference) > tolerance
    if not np.any(wrong):
        return Report(subject, (Comparison(name, "passed", got.size, got.shape),), warnings=said)
    worst = int(np.argmax(np.where(wrong, np.abs(difference), -1.0)))
    count = int(np.count_nonzero(wrong))
    yours, right = float(got.flat[worst]), float(want.flat[worst])
    if not reveal:
        message = f"{name} is not {'there yet' if got.ndim else f'{yours:.6g}'}: {_hint(got, want, wrong)}"
        hidden = Comparison(name, "wrong value", got.size, got.shape, message, wrong=count)
        return Report(subject, (hidden,), warnings=said)
    comparison = Comparison(
        name,
        "wrong value",
        got.size,
        got.shape,
        wrong=count,
        worst_index=tuple(int(i) for i in np.unravel_index(worst, got.shape)),
        yours=yours,
        numeric=right,
        reference=reference,
        errors=np.where(wrong, difference, 0.0) if got.ndim else None,
    )
    diagnoses = ()
    if count == got.size and np.all(np.abs(got + want) <= tolerance):
        diagnoses = (Diagnosis("sign", "Right size, opposite sign. Look for a minus sign lost or gained.", name),)
    elif got.ndim == 2 and got.shape == got.T.shape and np.all(np.abs(got.T - want) <= tolerance):
        diagnoses = (Diagnosis("transpose", "These are the right numbers in transposed order.", name),)
    return Report(subject, (comparison,), diagnoses, said)


def _hint(got: Array, want: Array, wrong: Any) -> str:
    """What is off about a prediction, without saying what it should be."""
    many = "" if got.ndim == 0 else f"{int(np.count_nonzero(wrong))} of {got.size} are off, the first at {list(_first(wrong))}; "
    place = _first(wrong)
    yours, right = float(got[place]), float(want[place])
    if yours * right < 0:
        return many + "think again about its sign"
    if yours == 0 or right == 0:
        return many + ("it is not zero" if yours == 0 else "think again about its size")
    return many + f"the sign is right, it should be {'larger' if abs(right) > abs(yours) else 'smaller'} in size"


def _first(wrong: Any) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])
