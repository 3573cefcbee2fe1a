"""The hall: one warm examiner for many hand-ins, whatever becomes of it."""

import contextlib
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import toy
from toy import LIMITS, answer, given, graded, hand_in, outcomes, points

from gradelib.exam.hall import Hall, HallError, halls
from gradelib.exam.texts.handin import HandIn

ASKED = toy.paper(
    given("print('given')\nunused = 3", grade_id="shown", locked=True),
    answer("f", "def f():\n    return 1"),
    graded("f-check", 2, "assert f() == 1"),
)
RIGHT = "def f():\n    return 1"


def family(pid):
    """A process and all that it started, as long as they live."""
    found, waiting = set(), [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
            found.add(one)
    return found


def alive(pids):
    """Those of the processes that run, zombies left out."""
    states = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            states[pid] = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return {pid for pid, state in states.items() if state != "Z"}


def soon(condition):
    """Whether it becomes true within some seconds."""
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_verdict_has_the_agreed_form():
    """Every key, for a graded, a missing and an unreadable notebook."""
    with Hall() as hall:
        master = ASKED.notebooks["n"]
        asked = replace(ASKED, notebooks={"n": master, "other": master, "third": master})
        files = {**hand_in(ASKED, f=RIGHT).files, "third.ipynb": b"{"}
        verdict = hall.examine(HandIn("ada", "a", files), asked, b"s", LIMITS)
    assert (verdict["format"], verdict["student"], verdict["assignment"]) == (1, "ada", "a")
    assert verdict["isolation"] == "full"
    assert "other.ipynb is missing" in verdict["cause"]
    books = verdict["notebooks"]
    assert {name: book["status"] for name, book in books.items()} == {
        "n": "graded",
        "other": "missing",
        "third": "unreadable",
    }
    assert "third.ipynb is not a notebook" in books["third"]["why"]
    assert (books["other"]["notebook"], books["other"]["cells"]) == (None, [])
    assert books["n"]["cells"] == [
        {"grade_id": "f-check", "points": 2.0, "score": 2.0, "outcome": "passed", "why": None}
    ]
    counts = [cell["execution_count"] for cell in books["n"]["notebook"]["cells"]]
    assert counts == [1, 2, 3]


def test_given_cells_are_rehearsed_once_and_show_the_same():
    """What a given cell printed at the rehearsal stands in every hand-in that leaves it alone."""
    with Hall() as hall:
        rehearsal = hall.rehearse(ASKED)
        assert rehearsal["n"]["0"][0]["text"] == "given\n"
        rehearsal["n"]["0"][0]["text"] = "rehearsed\n"
        told = hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS, rehearsal)
        used = "def f():\n    return unused - 2"
        run = hall.examine(hand_in(ASKED, f=used), ASKED, b"s", LIMITS, rehearsal)
    assert toy.text_of(toy.cell(told, "shown")) == "rehearsed\n"
    assert toy.text_of(toy.cell(run, "shown")) == "given\n"
    assert outcomes(told) == outcomes(run) == {"f-check": "passed"}


def test_open_hall_says_so_in_the_verdict():
    """Without isolation the same grading, and the verdict tells."""
    with Hall(sandboxed=False) as hall:
        verdict = hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        died = hall.examine(hand_in(ASKED, f="import os\nos._exit(1)"), ASKED, b"s", LIMITS)
    assert verdict["isolation"] == "none"
    assert points(verdict) == {"f-check": 2.0}
    assert outcomes(died) == {"f-check": "failed"}
    assert "'f'" in died["cause"]


def test_examiner_that_is_killed_is_named_and_replaced():
    """An error for the exam that was under way; the next has a new examiner."""
    with Hall() as hall:
        hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        pid = hall.pid
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(HallError, match="examiner"):
            hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        verdict = hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        assert points(verdict) == {"f-check": 2.0}
        assert hall.pid != pid


def test_nothing_is_alive_afterwards():
    """A closed hall leaves no process, nor does one whose examiner was killed during an exam."""
    with Hall() as hall:
        hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        closed = family(hall.pid)
        assert len(closed) >= 2
    assert soon(lambda: not alive(closed))
    seen = set()
    with Hall() as hall:
        hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)

        before = set(family(hall.pid))  # now: a busy machine starts the thread late

        def strike():
            assert soon(lambda: len(set(family(hall.pid)) - before) >= 3)
            seen.update(family(hall.pid))
            os.kill(hall.pid, signal.SIGKILL)

        thread = threading.Thread(target=strike)
        thread.start()
        with pytest.raises(HallError):
            hall.examine(hand_in(ASKED, f="while True: pass"), ASKED, b"s", LIMITS)
        thread.join()
    assert len(seen) >= 5
    assert soon(lambda: not alive(seen))


def test_halls_work_in_threads():
    """A Dask worker grades in a thread that is not the main one."""
    verdicts = []

    def grade():
        with Hall() as hall:
            verdicts.append(hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS))

    threads = [threading.Thread(target=grade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 2
    assert verdicts[0] == verdicts[1]


def test_examiners_own_death_keeps_what_was_earned():
    """A test that crashes Python on the examiner's side ends that exam, not the hall."""
    asked = toy.paper(
        answer("f", "def f():\n    return 1"),
        graded("first", 1, "assert f() == 1"),
        graded("crash", 1, "import ctypes\nif f() == 1:\n    ctypes.string_at(0)"),
        graded("last", 1, "assert f() == 1"),
    )
    with Hall() as hall:
        verdict = hall.examine(hand_in(asked, f=RIGHT), asked, b"s", LIMITS)
        again = hall.examine(hand_in(asked, f="def f():\n    return 2"), asked, b"s", LIMITS)
    assert points(verdict) == {"first": 1.0, "crash": 0.0, "last": 0.0}
    assert outcomes(verdict)["last"] == "not run"
    assert "SIGSEGV" in verdict["cause"]
    assert "'crash'" in verdict["cause"]
    assert points(again) == {"first": 0.0, "crash": 1.0, "last": 0.0}


def test_notebooks_of_one_hand_in_are_apart():
    """Each begins with nothing of the other's, as with a kernel of its own."""
    one = toy.paper(
        answer("f", "def f():\n    return 1"),
        graded("f-check", 1, "assert f() == 1\nassert 'left' not in globals()\nleft = 1"),
    )
    asked = replace(one, notebooks={"n": one.notebooks["n"], "second": one.notebooks["n"]})
    first = hand_in(one, f=RIGHT).files["n.ipynb"]
    second = hand_in(one, f="").files["n.ipynb"]
    with Hall() as hall:
        files = {"n.ipynb": first, "second.ipynb": second}
        verdict = hall.examine(HandIn("ada", "a", files), asked, b"s", LIMITS)
        files = {"n.ipynb": first, "second.ipynb": first}
        both = hall.examine(HandIn("ada", "a", files), asked, b"s", LIMITS)
    scores = {name: book["cells"][0]["score"] for name, book in verdict["notebooks"].items()}
    assert scores == {"n": 1.0, "second": 0.0}
    assert {book["cells"][0]["score"] for book in both["notebooks"].values()} == {1.0}


def test_halls_share_what_is_warm():
    """Two halls from one start: each grades, neither ends the other's candidates, both end."""
    together = halls(2)
    verdicts = []

    def grade(hall, source):
        verdicts.append(hall.examine(hand_in(ASKED, f=source), ASKED, b"s", LIMITS))

    slow = "import time\ntime.sleep(1.5)\n" + RIGHT
    threads = [threading.Thread(target=grade, args=(together[0], slow))]
    threads.append(threading.Thread(target=lambda: [grade(together[1], RIGHT) for _ in range(4)]))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everyone = family(together[0].pid)
    for hall in together:
        hall.close()
    assert [points(verdict) for verdict in verdicts] == [{"f-check": 2.0}] * 5
    assert soon(lambda: not alive(everyone))


def test_hall_of_a_pair_whose_examiner_died_has_one_of_its_own():
    """The fork dies with the first; its hall says so, and starts another."""
    first, second = halls(2)
    with first, second:
        second.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        os.kill(first.pid, signal.SIGKILL)
        with pytest.raises(HallError, match="examiner"):
            second.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        verdict = second.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        assert points(verdict) == {"f-check": 2.0}


def test_exam_is_ended_by_another_thread():
    """`end` does not wait for a cell without end, and nothing is started afterwards."""
    with Hall() as hall:
        hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        timer = threading.Timer(0.5, hall.end)
        timer.start()
        for _ in range(2):
            with pytest.raises(HallError):
                hall.examine(hand_in(ASKED, f="while True: pass"), ASKED, b"s", LIMITS)
        timer.join()


def test_death_of_the_nursery_is_no_verdict():
    """The hand-in that was examined then is not judged by it."""
    with Hall() as hall:
        hall.examine(hand_in(ASKED, f=RIGHT), ASKED, b"s", LIMITS)
        nursery = next(pid for pid in family(hall.pid) if pid != hall.pid)
        threading.Timer(0.5, os.kill, (nursery, signal.SIGKILL)).start()
        with pytest.raises(HallError, match="nursery"):
            hall.examine(hand_in(ASKED, f="while True: pass"), ASKED, b"s", LIMITS)
