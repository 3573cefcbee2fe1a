"""What a cell puts out becomes nbformat's outputs, within a limit and whatever it is."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from gradelib.exam.running.outputs import ERROR_LIMIT, MOST, Outputs, Stream, cleaned, scrubbed


def valid(outputs):
    """Whether nbformat takes the outputs in a notebook."""
    notebook = new_notebook(cells=[new_code_cell("")])
    notebook.cells[0].outputs = nbformat.from_dict(outputs)
    nbformat.validate(notebook)
    json.dumps(outputs, allow_nan=False)
    return True


def test_texts_of_one_stream_are_joined_and_order_is_kept():
    """Neighbouring texts are one output; another stream or a display comes between."""
    outputs = Outputs()
    out, err = Stream("stdout", lambda: outputs), Stream("stderr", lambda: outputs)
    print("a", 1, file=out)
    print("b", file=out)
    print("c", file=err)
    outputs.display({"text/plain": "d"}, {})
    print("e", file=out)
    found = outputs.take()
    assert [one.get("text") for one in found] == ["a 1\nb\n", "c\n", None, "e\n"]
    assert [one.get("name") for one in found] == ["stdout", "stderr", None, "stdout"]
    assert valid(found)


def test_what_is_over_the_limit_is_cut_and_said():
    """Text is cut at the limit; the result and the error stay, shortened."""
    outputs = Outputs(limit=10)
    outputs.stream("stdout", "12345678")
    assert not outputs.cut
    outputs.stream("stdout", "90abc")
    outputs.stream("stderr", "x")
    outputs.display({"image/png": "AAAA"}, {})
    outputs.result({"text/plain": "4.0", "text/html": "<b>" * 9}, {}, 1)
    outputs.error("E", "e" * 2 * ERROR_LIMIT, ["t" * 2 * ERROR_LIMIT])
    text, result, error = outputs.take()
    assert outputs.cut
    assert text["text"] == "1234567890"
    assert result["data"] == {"text/plain": "4.0"}
    assert len(error["evalue"]) == len(error["traceback"][0]) == ERROR_LIMIT


def test_number_of_outputs_is_limited():
    """A loop that displays ends in a bounded notebook."""
    outputs = Outputs()
    for _ in range(MOST + 10):
        outputs.display({"text/plain": ""}, {})
    assert outputs.cut
    assert len(outputs.take()) == MOST


def test_displays_are_updated_and_cleared():
    """update_display changes what was shown; clear_output forgets, at once or at the next."""
    outputs = Outputs()
    outputs.display({"text/plain": "1"}, {}, "bar")
    outputs.update({"text/plain": "2"}, {}, "bar")
    outputs.update({"text/plain": "3"}, {}, "another")
    assert outputs.take()[0]["data"] == {"text/plain": "2"}
    outputs.clear(wait=True)
    assert outputs.take()
    outputs.stream("stdout", "x")
    assert [one["output_type"] for one in outputs.take()] == ["stream"]
    outputs.clear()
    assert outputs.take() == []


@pytest.mark.parametrize(
    "found",
    [
        None,
        "text",
        [None, 3, [], {}, {"output_type": "stream"}],
        [{"output_type": "stream", "name": 3, "text": ["a"]}],
        [{"output_type": "display_data", "data": {"text/plain": "\ud800", 3: "a", "no": "mime"}}],
        [{"output_type": "display_data", "data": {"text/html": 3, "image/png": b"x"}}],
        [{"output_type": "display_data", "data": {"application/json": float("nan")}}],
        [{"output_type": "display_data", "data": {}, "metadata": {"a": {1, 2}}}],
        [{"output_type": "execute_result", "data": {"text/plain": "4"}, "execution_count": 10**30}],
        [{"output_type": "execute_result", "data": {"text/plain": "4"}, "execution_count": True}],
        [{"output_type": "error", "ename": 3, "evalue": None, "traceback": "x"}],
        [{"output_type": "error", "traceback": [3, "\udcff"]}],
        [{"output_type": "update_display_data", "data": {}}],
    ],
)
def test_whatever_a_candidate_sends_becomes_valid(found):
    """Outputs from the student's process may be anything at all."""
    assert valid(cleaned(found)[0])


def test_good_outputs_pass_unchanged():
    """What is right already stays, json parts included."""
    found = [
        {"output_type": "stream", "name": "stderr", "text": "w\n"},
        {
            "output_type": "display_data",
            "data": {"image/png": "iVBORw0=", "application/vnd.x+json": {"a": [1, None]}},
            "metadata": {"image/png": {"width": 3}},
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": "é"},
            "metadata": {},
            "execution_count": 3,
        },
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["t"]},
    ]
    assert cleaned(found) == (found, False)


def test_addresses_are_taken_out_and_other_numbers_left():
    """The address of an object differs from run to run; 0xff in a student's text does not."""
    assert scrubbed("<f at 0x7f6ea1e3a490>, 0x7f6ea1e3a490") == "<f at 0x...>, 0x7f6ea1e3a490"
    found, _ = cleaned([{"output_type": "error", "ename": "E", "evalue": "at 0x7f6ea1e3a490"}])
    assert found[0]["evalue"] == "at 0x7f6ea1e3a490"
    found, _ = cleaned([{"output_type": "stream", "name": "stdout", "text": "a at 0x7f6ea1e3a490"}])
    assert found[0]["text"] == "a at 0x..."
