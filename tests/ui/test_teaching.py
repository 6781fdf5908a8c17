"""Teaching from the window: start, curves, verdict, promotion, and the way back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox
from pytestqt.qtbot import QtBot

from kidview.core.errors import ModelError
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.demo import make_phantom
from kidview.learning import Teaching, own_models, registry, replay_folder, user_registry
from kidview.ui import jobs, opening
from kidview.ui.main_window import MainWindow
from kidview.ui.teaching import lessons
from kidview.ui.teaching.teach_page import TeachPage
from kidview.ui.teaching.verdict_page import VerdictPage
from tests.learning.test_registry import identity, make_model

SCORES = {"kidney_and_mass": 0.9, "mass": 0.5, "tumour": 0.4}


@pytest.fixture
def shop(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A window whose trainer is quick: torch and its networks are tested elsewhere."""
    shipped = tmp_path / "shipped"
    base = make_model(shipped, "kidview-small", b"base")

    def teach(teaching: Teaching, task: Task, told: Any) -> None:
        for step, left in ((10, 1.0), (20, 0.5)):
            row = {"event": "step", "step": step, "elapsed_s": 30.0 * step, "left_min": left}
            told(row | {"loss": 1.0 / step})
        told({"event": "done", "step": 20, "elapsed_s": 900.0, "left_min": 0.0, **SCORES})
        make_model(teaching.child.parent, teaching.child.name, b"child")

    def measure(old: Path, new: Path, out: Path, *rest: Any) -> None:
        task, told = rest[2], rest[3]
        task.check()
        told({"event": "case", "number": 1, "of": 1, "case": "phantom"})
        child = registry.read_card(new.with_name(f"{new.name}.json"))
        out.mkdir(parents=True)
        better = {hec: value + 0.05 for hec, value in SCORES.items()}
        table = {
            "old": identity(base),
            "new": identity(child),
            "allowed": "bad" not in new.name,
            "reasons": ["tumour on the regression set is worse by 0.05 in the mean"]
            if "bad" in new.name
            else [],
            "sets": {"regression": {hec: [0.05, 0.05, 0.05] for hec in SCORES}},
            "cases": [{"set": "regression", "case": "phantom", "old": SCORES, "new": better}],
        }
        (out / "judge.json").write_text(json.dumps(table))
        Image.new("RGB", (768, 192)).save(out / "worst-1.png")

    monkeypatch.setattr(registry, "models_dir", lambda: shipped)
    monkeypatch.setattr(lessons, "refuse_without_trainer", lambda: None)
    monkeypatch.setattr(lessons, "regression_set", lambda folder, task: folder)
    monkeypatch.setattr(lessons, "teach", teach)
    monkeypatch.setattr(lessons, "measure", measure)
    window.context.settings.set("reader.name", "Ann")
    return window


def page_of(window: MainWindow) -> TeachPage:
    window.commands["teach.start"].trigger()
    page = window.findChild(TeachPage)
    assert page is not None
    window.context.jobs.wait_all()
    page._count = 1  # the cases of a store are counted elsewhere
    page._show_state()
    return page


def verdict_of(window: MainWindow, qtbot: QtBot) -> VerdictPage:
    qtbot.waitUntil(lambda: window.findChild(VerdictPage) is not None, timeout=10000)
    page = window.findChild(VerdictPage)
    assert page is not None
    return page


def test_a_model_is_taught_measured_used_and_taken_back(shop: MainWindow, qtbot: QtBot) -> None:
    page = page_of(shop)
    assert page.begins_with.text() == "kidview-small 1.0, the model in use"
    assert page.name.text() == "mine-1" and not page.show_verdict.isVisible()
    drawn: list[Any] = []

    def look() -> None:
        drawn.append(page.curves.dice.listDataItems()[1].getData())

    shop.lessons.heard.connect(look)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    verdict = verdict_of(shop, qtbot)
    shop.lessons.heard.disconnect(look)
    assert [row["event"] for row in shop.lessons.rows] == ["step", "step", "done", "case"]
    assert page.curves.dice.isVisibleTo(page.curves)
    minutes, values = drawn[-1]
    assert list(minutes) == [15.0] and list(values) == [0.4]
    assert verdict.sets.item(0, 3).text() == "+0.050"
    assert verdict.cases.item(0, 3).text() == "0.400 \u2192 0.450"
    assert user_registry().in_use().name == "kidview-small"  # nothing is replaced by itself
    assert verdict.use.isVisible() and not verdict.use_anyway.isVisible()
    qtbot.mouseClick(verdict.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: user_registry().in_use().name == "mine-1", timeout=5000)
    assert user_registry().history()[-1].by == "Ann"
    shop.commands["teach.back"].trigger()
    qtbot.waitUntil(lambda: user_registry().in_use().name == "kidview-small", timeout=5000)


def test_a_model_that_got_worse_is_used_only_against_the_measure(
    shop: MainWindow, qtbot: QtBot
) -> None:
    page = page_of(shop)
    page.name.setText("bad-1")
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    verdict = verdict_of(shop, qtbot)
    assert not verdict.use.isVisible() and verdict.use_anyway.isVisible()
    qtbot.mouseClick(verdict.keep, Qt.MouseButton.LeftButton)
    assert user_registry().in_use().name == "kidview-small"
    shop.commands["teach.decide"].trigger()
    again = [page for page in shop.findChildren(VerdictPage) if page.isVisible()][0]
    qtbot.mouseClick(again.use_anyway, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: user_registry().in_use().name == "bad-1", timeout=5000)
    assert user_registry().history()[-1].kind == "against the measure"


def test_a_fault_of_the_trainer_is_told_and_nothing_is_decided(
    shop: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ModelError("no corrected case may train", "correct scans of more patients")

    monkeypatch.setattr(lessons, "teach", broken)
    page = page_of(shop)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    shop.context.jobs.wait_all()
    assert shop.lessons.verdict is None and page.start.isVisible()
    assert page.state.text().startswith("No corrected case may train.")
    assert any("no corrected case may train" in one.text.lower() for one in shop.notices.shown)


def test_names_that_are_none_for_a_file_cannot_start(shop: MainWindow) -> None:
    page = page_of(shop)
    page._count = 1
    names = ("", "a/b", ".x", "küche", "x.json", "-x", "a" * 61, "kidview-small")
    for name, fits in (*((name, False) for name in names), ("a-2", True)):
        page.name.setText(name)
        assert page.start.isEnabled() is fits, name
        assert bool(page.state.text()) is not fits
    page._count = 0
    page.name.setText("a-3")
    assert not page.start.isEnabled() and "Correct a case" in page.state.text()


@pytest.fixture
def slow(shop: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A trainer that takes its time to end: until the event is set."""
    end = threading.Event()
    monkeypatch.setattr(jobs, "FAREWELL_S", 1000.0)

    def teach(teaching: Teaching, task: Task, told: Any) -> None:
        told({"event": "step", "step": 10, "elapsed_s": 30.0, "left_min": 6.2, "loss": 0.1})
        end.wait(40)
        end.set()
        task.check()

    monkeypatch.setattr(lessons, "teach", teach)
    yield end
    end.set()


def closing(window: MainWindow) -> tuple[QMessageBox, QAbstractButton, QAbstractButton]:
    """What closing the window asks, and its two buttons: stop, stay."""
    window.close()
    box = next(one for one in window.findChildren(QMessageBox) if one.isVisible())
    stop, stay = (
        next(button for button in box.buttons() if button.text() == words)
        for words in ("Stop and close", "Keep KidView open")
    )
    return box, stop, stay


def test_closing_the_window_asks_once_and_waits_for_nobody(
    shop: MainWindow, slow: threading.Event, qtbot: QtBot
) -> None:
    page = page_of(shop)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shop.lessons.rows), timeout=10000)
    page.close()
    box, _, stay = closing(shop)
    assert box.text() == "mine-1 is learning: 7 minutes are left."
    assert "What it has learned is kept" in box.informativeText()
    qtbot.mouseClick(stay, Qt.MouseButton.LeftButton)
    assert shop.isVisible() and shop.lessons.is_running
    _, stop, _ = closing(shop)
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert not shop.isVisible() and not slow.is_set(), "the trainer is still at its checkpoint"


def test_unsaved_labels_are_asked_about_first(
    shop: MainWindow, slow: threading.Event, qtbot: QtBot, tiny_scan: Volume, paint: Any
) -> None:
    page = page_of(shop)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shop.lessons.rows), timeout=10000)
    page.close()
    opening.show(shop.context, tiny_scan)
    paint(shop.context.session)
    shop.close()
    (box,) = (one for one in shop.findChildren(QMessageBox) if one.isVisible())
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Discard), Qt.MouseButton.LeftButton)
    assert shop.isVisible() and shop.lessons.is_running
    _, stop, _ = closing(shop)
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    assert not shop.isVisible()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({}, "mine-1 is about to learn."),
        ({"event": "step", "left_min": 0.4}, "mine-1 is learning: 1 minute is left."),
        ({"event": "step", "left_min": 1.5}, "mine-1 is learning: 2 minutes are left."),
        ({"event": "done", "left_min": 0.0}, "mine-1 has learned and is being measured."),
        ({"event": "case", "number": 1}, "mine-1 has learned and is being measured."),
    ],
)
def test_how_far_a_lesson_is(
    shop: MainWindow, slow: threading.Event, qtbot: QtBot, row: dict[str, Any], words: str
) -> None:
    assert shop.lessons.in_words() == ""
    shop.lessons.start("mine-1", 9)
    qtbot.waitUntil(lambda: bool(shop.lessons.rows), timeout=10000)
    shop.lessons.rows[:] = [row] if row else []
    assert shop.lessons.in_words() == words
    shop.lessons.stop()


def test_without_replay_the_page_says_how_to_add_some(
    shop: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Teaching] = []
    teach = lessons.teach
    monkeypatch.setattr(
        lessons, "teach", lambda lesson, *rest: told.append(lesson) or teach(lesson, *rest)
    )
    page = page_of(shop)
    assert page.replays.text().startswith("nothing, so a little of what the model knew may be")
    assert page.replays.text().endswith(str(replay_folder())) and not page.percent.isVisible()
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    verdict_of(shop, qtbot).close()
    assert told[0].replay is None and told[0].regression == replay_folder().with_name("regression")
    for number in range(2):
        replay_folder().mkdir(parents=True, exist_ok=True)
        (replay_folder() / f"sample_{number:06d}.npz").touch()
    shop.commands["teach.start"].trigger()
    shop.context.jobs.wait_all()
    page = shop.findChildren(TeachPage)[-1]
    page._count = 1
    page._show_state()
    assert page.percent.isVisible() and page.percent.value() == 50
    assert page.replays.text() == "of what it is shown, from 2 drawn samples"
    page.name.setText("mine-2")
    page.percent.setValue(30)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    verdict_of(shop, qtbot)
    assert (told[1].replay, told[1].replay_share) == (replay_folder(), 0.3)


def test_a_folder_of_replay_that_is_wrong_is_told_on_the_page_and_stops_teaching(
    shop: MainWindow, qtbot: QtBot
) -> None:
    replay_folder().mkdir(parents=True)
    for name in ("a.nii.gz", "a.nii", "a_seg.nii"):
        (replay_folder() / name).touch()
    page = page_of(shop)
    assert "two files are called a" in page.replays.text()
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    shop.context.jobs.wait_all()
    assert page.state.text().startswith("Two files are called a")


def test_a_lesson_that_was_stopped_is_recognised_by_its_name(shop: MainWindow) -> None:
    page = page_of(shop)
    assert page.state.text() == ""
    (own_models() / "mine-4.run").mkdir(parents=True)
    (own_models() / "mine-4.run" / "last.pt").touch()
    page.name.setText("mine-4")
    assert page.state.text() == "mine-4 was stopped earlier and goes on from there"
    assert page.start.isEnabled()


def test_curves_appear_with_the_lesson_and_span_its_time(
    shop: MainWindow, slow: threading.Event, qtbot: QtBot
) -> None:
    page = page_of(shop)
    assert not page.curves.isVisible()
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shop.lessons.rows), timeout=10000)
    assert page.curves.loss.isVisible() and not page.curves.dice.isVisible()  # none is held back
    low, high = page.curves.loss.viewRange()[0]
    assert low <= 0 and 6.7 <= high < 7.5  # half a minute gone, 6.2 left
    shop.lessons.stop()


def test_deciding_needs_a_model_that_has_learned(shop: MainWindow) -> None:
    assert not shop.commands["teach.decide"].isEnabled()


def test_a_closed_page_is_told_by_a_notice_and_a_new_window_finds_the_verdict(
    shop: MainWindow, qtbot: QtBot
) -> None:
    page = page_of(shop)
    page.start.click()
    page.close()
    qtbot.waitUntil(lambda: shop.lessons.verdict is not None, timeout=10000)
    (notice,) = (one for one in shop.notices.shown if "has learned" in one.text)
    assert notice.buttons[0][0] == "Compare and decide"
    again = lessons.find_open_verdict(Task())
    assert again is not None and again[0].name == "mine-1"
    notice.buttons[0][1]()
    verdict = verdict_of(shop, qtbot)
    qtbot.mouseClick(verdict.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: user_registry().in_use().name == "mine-1", timeout=5000)
    shop.context.jobs.wait_all()
    assert lessons.find_open_verdict(Task()) is None  # it was about the model before
    assert not shop.commands["teach.decide"].isEnabled()


def test_what_has_learned_and_was_not_measured_is_measured(
    shop: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_model(own_models(), "mine-7", b"child")
    monkeypatch.setattr(lessons, "teach", None)  # never called
    page = page_of(shop)
    page.name.setText("mine-7")
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    assert verdict_of(shop, qtbot).use.isVisible()


def test_a_broken_model_in_use_offers_the_way_back(shop: MainWindow, qtbot: QtBot) -> None:
    page = page_of(shop)
    qtbot.mouseClick(page.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(verdict_of(shop, qtbot).use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: user_registry().in_use().name == "mine-1", timeout=5000)
    (own_models() / "mine-1.json").unlink()
    opening.show(shop.context, make_phantom()[0])
    shop.commands["segment.run"].trigger()
    shop.context.jobs.wait_all()
    (notice,) = (one for one in shop.notices.shown if one.level == "error")
    assert notice.buttons[0][0] == "Go back to the model before"
    notice.buttons[0][1]()
    qtbot.waitUntil(lambda: user_registry().history()[-1].kind == "rolled back", timeout=5000)
    assert user_registry().in_use().name == "kidview-small"
