"""In which form the functions under check are handed their inputs, and what they are called."""

import functools

import numpy as np
import pytest

import gradelib as gl


def seen_by_forward(x, **options):
    """The arguments that the calls of forward see."""
    seen = []

    def forward(x, *rest):
        seen.append((x, *rest))
        return np.asarray(2.0 * x), None

    rest = options.pop("rest", ())
    gl.check_backward(forward, lambda d, c: 2.0 * d, x, *rest, **options)
    return seen


FORMS = {  # id: (input, type in which forward sees it)
    "Python float": (1.5, float),
    "Python int": (2, float),
    "numpy float": (np.float64(1.5), np.float64),
    "numpy float32": (np.float32(1.5), np.float64),
    "numpy int": (np.int64(3), np.float64),
    "array without axes": (np.array(1.5), np.ndarray),
    "array of integers": (np.arange(3), np.ndarray),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in FORMS.items()])
def test_forward_sees_the_form_of_the_input_in_float64(row):
    """A number stays a number, an array an array; only the precision is raised."""
    given, form = row
    first = seen_by_forward(given, wrt=0)[0][0]
    assert type(first) is form
    assert np.asarray(first).dtype == np.float64


def test_other_things_are_handed_on_as_they_are():
    """Of arrays, lists, tuples, dicts and sets forward sees a copy, of other objects themselves."""
    thing, several = object(), [1, 2]
    for _, *rest in seen_by_forward(np.ones(3), rest=(thing, several)):
        assert rest[0] is thing
        assert rest[1] == several
        assert rest[1] is not several


@pytest.mark.parametrize("dout", [np.arange(3), np.ones(3, dtype=np.float32)], ids=["int", "f4"])
def test_backward_sees_dout_in_float64(dout):
    """A dout of another precision is promoted as inputs are."""
    seen = []

    def backward(d, x):
        seen.append(d.dtype)
        return 2 * d * x

    assert gl.check_backward(lambda x: (x**2, x), backward, np.ones(3), dout=dout).passed
    assert set(seen) == {np.dtype(np.float64)}


class Unsigned:
    """A callable whose parameters cannot be known, without a name."""

    __signature__ = "none"

    def __call__(self, x):
        return x**2, x


def test_forward_whose_parameters_cannot_be_known():
    """Inputs are called after their positions then, and the functions by their parts."""
    report = gl.check_backward(Unsigned(), functools.partial(lambda k, d, x: k * d * x, 3), 2.0)
    assert report.comparisons[0].name == "dx0"
    assert report.subject == "backward"


NAMES = {  # id: (name, subject)
    "lambda": ("<lambda>", "backward"),
    "no text": (3, "backward"),
    "short": ("mine", "mine"),
    "sixty letters": ("n" * 60, "n" * 60),
    "longer": ("n" * 61, "n" * 56 + " ..."),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in NAMES.items()])
def test_report_is_about_the_function_by_its_name(row):
    """The subject is the function's name where it has one, cut at sixty letters."""
    name, subject = row

    class Backward:
        def __call__(self, d, x):
            return 2 * d * x

    backward = Backward()
    backward.__name__ = name
    assert gl.check_backward(lambda x: (x**2, x), backward, 2.0).subject == subject


@pytest.mark.parametrize("kind", ["u4", "i2"])
def test_integers_named_in_wrt_are_differentiated(kind):
    """Signed or unsigned, an integer array is promoted where wrt names it."""
    x = np.arange(1, 4).astype(kind)
    assert gl.check_backward(lambda x: (x**2, x), lambda d, x: 2 * d * x, x, wrt=[0]).passed


@pytest.mark.parametrize("thing", [np.array(["a"]), 1j, np.zeros(2, dtype=object)], ids=str)
def test_what_is_no_number_cannot_be_named_in_wrt(thing):
    """Texts, complex numbers and objects are refused."""
    with pytest.raises(TypeError, match="expected an array of numbers"):
        gl.check_backward(lambda x: (x, x), lambda d, x: d, thing, wrt=[0])
