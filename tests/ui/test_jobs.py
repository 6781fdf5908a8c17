"""Jobs: threads below, values above, nothing late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from kidview.core.errors import ModelError
from kidview.core.task import Job, Task
from kidview.ui.jobs import Jobs, Line


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def until_stopped(task: Task) -> str:
    """Work that goes on until somebody cancels it."""
    while True:
        task.report(0.5, "waiting")
        time.sleep(0.005)


def test_a_value_comes_back_on_the_gui_thread(jobs: Jobs, qtbot: QtBot) -> None:
    came: list[tuple[int, threading.Thread]] = []
    worked: list[threading.Thread] = []

    def work(task: Task) -> int:
        worked.append(threading.current_thread())
        return 42

    jobs.start(Job("t", "k", work, lambda v: came.append((v, threading.current_thread()))))
    qtbot.waitUntil(lambda: bool(came))
    assert came == [(42, threading.main_thread())]
    assert worked[0] is not threading.main_thread()
    assert jobs.running == ()


def test_an_error_goes_to_the_jobs_own_handler(jobs: Jobs) -> None:
    errors: list[Exception] = []

    def work(task: Task) -> None:
        raise ModelError("no such model", "restore it")

    jobs.start(Job("t", "k", work, lambda v: None, errors.append))
    jobs.wait_all()
    assert isinstance(errors[0], ModelError)


def test_an_error_without_handler_is_told_to_the_window(jobs: Jobs, qtbot: QtBot) -> None:
    def work(task: Task) -> None:
        raise ValueError("a fault")

    with qtbot.waitSignal(jobs.failed) as told:
        jobs.start(Job("t", "k", work, lambda v: None))
    assert told.args is not None and isinstance(told.args[1], ValueError)


def test_what_cannot_take_the_value_fails_like_the_work(jobs: Jobs) -> None:
    errors: list[Exception] = []

    def done(value: int) -> None:
        raise ModelError("cannot take it", "try again")

    jobs.start(Job("t", "k", lambda task: 1, done, errors.append))
    jobs.wait_all()
    assert len(errors) == 1


def test_cancelling_is_silent(jobs: Jobs, qtbot: QtBot) -> None:
    told: list[object] = []
    jobs.start(Job("t", "k", until_stopped, told.append, told.append))
    assert jobs.is_running("k")
    jobs.cancel("k")
    assert jobs.running == ()
    qtbot.wait(50)
    assert told == []


def test_a_newer_job_with_the_same_key_silences_the_older(jobs: Jobs, qtbot: QtBot) -> None:
    release, told = threading.Event(), list[str]()

    def deaf(task: Task) -> str:
        release.wait(5)  # notices no cancel and returns late
        return "old"

    jobs.start(Job("t", "k", deaf, told.append))
    jobs.start(Job("t", "k", lambda task: "new", told.append))
    jobs.wait_all()
    release.set()
    qtbot.wait(50)
    assert told == ["new"]


def test_jobs_with_other_keys_run_side_by_side(jobs: Jobs) -> None:
    meeting = threading.Barrier(2, timeout=5)
    told: list[int] = []
    for key in ("a", "b"):
        jobs.start(Job("t", key, lambda task: meeting.wait(), told.append))
    jobs.wait_all()
    assert sorted(told) == [0, 1]


def test_done_may_start_the_next_job(jobs: Jobs) -> None:
    told: list[int] = []
    second = Job("t", "k", lambda task: 2, told.append)
    jobs.start(Job("t", "k", lambda task: 1, lambda v: (told.append(v), jobs.start(second))[0]))
    jobs.wait_all()
    assert told == [1, 2]


def test_progress_is_told_while_something_runs(jobs: Jobs, qtbot: QtBot) -> None:
    jobs.start(Job("Count", "k", until_stopped, lambda v: None))
    with qtbot.waitSignals([jobs.progressed, jobs.progressed], timeout=1000):
        pass
    running = jobs.running[0]
    assert (running.task.fraction, running.task.note) == (0.5, "waiting")
    assert running.remaining_s is None  # too early to tell
    jobs.cancel_all()


def test_closing_stops_and_joins_every_thread(qtbot: QtBot) -> None:
    jobs, told = Jobs(), list[object]()
    before = threading.active_count()
    for key in ("a", "b"):
        jobs.start(Job("t", key, until_stopped, told.append))
    assert threading.active_count() == before + 2
    jobs.close()
    assert threading.active_count() == before
    jobs.start(Job("t", "late", until_stopped, told.append))
    assert jobs.running == () and told == []


def test_waiting_too_long_is_an_error(jobs: Jobs) -> None:
    jobs.start(Job("Endless", "k", until_stopped, lambda v: None))
    with pytest.raises(TimeoutError, match="Endless"):
        jobs.wait_all(0.05)


# -- lines ------------------------------------------------------------------------------


def test_a_line_does_its_works_in_order_and_one_that_fails_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    line, done, threads = Line("test"), list[int](), set[str]()

    def work(number: int) -> None:
        threads.add(threading.current_thread().name)
        if number == 3:
            raise RuntimeError("a fault")
        time.sleep(0.001 * (number % 2))
        done.append(number)

    for number in range(20):
        line.put(lambda number=number: work(number))  # type: ignore[misc]
    line.close()
    assert done == [n for n in range(20) if n != 3] and threads == {"line test"}
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_a_line_without_works_starts_no_thread() -> None:
    before = threading.active_count()
    line = Line("idle")
    assert threading.active_count() == before
    line.close()
