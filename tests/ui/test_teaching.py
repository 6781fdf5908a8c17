"""Teaching from the window: start, curves, verdict, promotion, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.core.errors import ModelError
from kidview.core.task import Task
from kidview.demo import make_phantom
from kidview.learning import Teaching, own_models, registry, user_registry
from kidview.ui import opening
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
