"""What `gradelib doctor` says."""

import pytest

from gradelib.exam.sandbox import doctor, holding
from gradelib.exam.sandbox.holding import Row


def test_every_protection_has_a_row() -> None:
    """Measured, not assumed: each row says by what it holds, or what got through."""
    rows = doctor.rows()
    assert [row.what for row in rows] == [
        "no network",
        "no files but libraries and its own",
        "no other process in sight",
        "nothing inherited",
        "limits of memory, time and file size",
        "no further rights",
        "nothing alive afterwards",
        "a limit of all files together",
    ]
    assert holding.full() == all(row.holds for row in rows if row.needed)


def test_without_any_layer_the_trials_get_out() -> None:
    """So a row that holds has been tried by something that can fail."""
    out = {row.what: row for row in holding.holds([])}
    for what in ("no network", "no files but libraries and its own", "no other process in sight"):
        assert not out[what].holds
        assert "got through" in out[what].how
    assert "TCP" in out["no network"].how
    assert not out["nothing alive afterwards"].holds
    assert out["nothing inherited"].holds


def test_the_text_says_what_follows() -> None:
    """For people: one line each, then whether one can grade here."""
    good = Row("no network", True, "seccomp")
    assert doctor.text([good]).splitlines()[1:] == [
        "  no network: yes  (seccomp)",
        "Students' code is isolated here: `gradelib grade` runs.",
    ]
    bad = Row("no files", False, "a candidate got through: reading /etc/passwd")
    last = doctor.text([good, bad]).splitlines()[-1]
    assert "refuses" in last
    assert "no files" in last
    assert "--no-sandbox" in last
    spare = Row("a limit of all files together", False, "", needed=False)
    assert "runs" in doctor.text([good, spare]).splitlines()[-1]


def test_a_machine_that_cannot_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a row, not a traceback."""

    def broken(*_: object, **__: object) -> None:
        raise OSError("no such thing here")

    monkeypatch.setattr(holding, "Nursery", broken)
    (row,) = holding.holds()
    assert not row.holds
    assert "no such thing here" in row.how
