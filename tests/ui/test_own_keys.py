"""Keys of one's own: chosen by pressing them, kept, shown everywhere, and never on two actions."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

import kidview
from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.edit.draft import Draft
from kidview.session.settings import config_dir, read_settings
from kidview.ui import opening
from kidview.ui.actions import ACTIONS, SCHEMES, own_keys
from kidview.ui.actions.own_keys import keys_in_use, read_own, usable, written
from kidview.ui.dialogs.key_sheet import KeySheet
from kidview.ui.dialogs.keys_page import KeysPage
from kidview.ui.dialogs.palette import CommandPalette
from kidview.ui.main_window import MainWindow
from kidview.ui.proposal_bar import ProposalBar

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEYS = ["A", "D", "Ctrl+A", "Ctrl+Alt+F9", "F1", "PgUp", "?", "Return"]
IDS = [row.id for row in ACTIONS]
OWN = st.dictionaries(st.sampled_from(IDS), st.sampled_from(KEYS), max_size=4)


@pytest.fixture
def page(window: MainWindow, qtbot: QtBot) -> KeysPage:
    """The page as the Help menu opens it."""
    window.commands["help.change_keys"].trigger()
    made = window.findChild(KeysPage)
    assert made is not None
    qtbot.waitExposed(made)
    return made


def choose(page: KeysPage, title: str) -> None:
    """Find an action by typing, and go to the field for its key."""
    page.filter.setFocus()
    page.filter.clear()
    QTest.keyClicks(page.filter, title)
    assert page.chosen.text() == title
    page.key.setFocus()


def press(page: KeysPage, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    QTest.keyClick(page.key, key, held)


def shortcut(window: MainWindow, id: str) -> str:
    return window.commands[id].shortcut().toString()


def test_a_free_key_is_given_at_once(page: KeysPage, window: MainWindow) -> None:
    choose(page, "Brush")
    press(page, Qt.Key.Key_F9, CTRL)
    assert shortcut(window, "tool.brush") == "Ctrl+F9"
    assert page.words.text() == "Brush: Ctrl+F9"
    assert page.table.item(0, 2).text() == "Ctrl+F9"
    assert "(Ctrl+F9)" in window.commands["tool.brush"].toolTip()


def test_the_new_key_works_and_the_old_one_no_longer(
    page: KeysPage, window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    window.context.session.open(tiny_scan)
    choose(page, "Brush")
    press(page, Qt.Key.Key_F9, SHIFT)
    QTest.keyClick(page, Qt.Key.Key_Escape)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_B)
    assert window.context.session.view.tool == "navigate"
    QTest.keyClick(window, Qt.Key.Key_F9, SHIFT)
    assert window.context.session.view.tool == "brush"


def test_a_conflict_is_named_and_taken_only_on_a_yes(page: KeysPage, window: MainWindow) -> None:
    choose(page, "Brush")
    press(page, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert page.words.text() == "A is Less fill: take it from there?"
    assert shortcut(window, "tool.brush") == "B" and shortcut(window, "view.opacity_less") == "A"
    QTest.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert not page.take.isVisible() and shortcut(window, "tool.brush") == "B"
    press(page, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    QTest.mouseClick(page.take, Qt.MouseButton.LeftButton)
    assert shortcut(window, "tool.brush") == "A" and shortcut(window, "view.opacity_less") == ""
    assert page.words.text() == "Brush: A. Less fill has no key now"


def test_reset_gives_the_first_keys_back(page: KeysPage, window: MainWindow) -> None:
    choose(page, "Brush")
    press(page, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    page.take.click()
    QTest.mouseClick(page.reset, Qt.MouseButton.LeftButton)
    assert shortcut(window, "tool.brush") == "B" and shortcut(window, "view.opacity_less") == "A"
    choose(page, "Eraser")
    press(page, Qt.Key.Key_F9, CTRL)
    QTest.mouseClick(page.reset_all, Qt.MouseButton.LeftButton)
    assert shortcut(window, "tool.eraser") == "E"
    assert window.context.settings["own_keys"] == ""


def test_a_taken_own_key_gives_its_holder_the_first_one_back(
    page: KeysPage, window: MainWindow
) -> None:
    for title in ("Brush", "Eraser"):
        choose(page, title)
        press(page, Qt.Key.Key_F9, CTRL)
    page.take.click()
    assert shortcut(window, "tool.brush") == "B" and shortcut(window, "tool.eraser") == "Ctrl+F9"
    assert page.words.text() == "Eraser: Ctrl+F9. Brush has B now"


def test_a_key_finds_its_action(page: KeysPage) -> None:
    QTest.keyClicks(page.filter, "ctrl+k")
    assert page.table.item(0, 0).text() == "Find an action…"


def test_palette_sheet_and_rail_show_own_keys(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    window.context.session.open(tiny_scan)
    window.context.settings.set("own_keys", '{"tool.brush": ["Ctrl+Alt+F9"]}')
    window.commands["help.keys"].trigger()
    sheet = window.findChild(KeySheet)
    assert sheet is not None
    assert "Ctrl+Alt+F9" in {label.text() for label in sheet.findChildren(QLabel)}
    sheet.close()
    window.commands["help.palette"].trigger()
    palette = window.findChild(CommandPalette)
    assert palette is not None
    qtbot.keyClicks(palette.line, "brush")
    assert window.commands.shown_key("tool.brush") == "Ctrl+Alt+F9"
    shown = [palette.list.item(n) for n in range(palette.list.count())]
    keys = {item.text(): item.data(Qt.ItemDataRole.UserRole + 1) for item in shown}
    assert keys["Brush"] == "Ctrl+Alt+F9"


def test_own_keys_are_kept(page: KeysPage, window: MainWindow) -> None:
    choose(page, "Brush")
    press(page, Qt.Key.Key_F9, CTRL)
    page.close()
    window.close()
    assert read_settings(config_dir())["own_keys"] == '{"tool.brush": ["Ctrl+F9"]}'


def test_own_keys_win_over_either_scheme(window: MainWindow) -> None:
    window.context.settings.set("own_keys", '{"view.fit": ["4"]}')
    window.context.settings.set("keys", "ITK-SNAP")
    assert shortcut(window, "view.fit") == "4" and shortcut(window, "tool.brush") == ""


def test_held_h_on_another_key_shows_labels_again(window: MainWindow, tiny_scan: Volume) -> None:
    window.context.session.open(tiny_scan)
    window.context.settings.set("own_keys", '{"view.peek": ["F9"]}')
    QTest.keyPress(window, Qt.Key.Key_F9)
    assert window.context.session.view.are_labels_hidden
    QTest.keyRelease(window, Qt.Key.Key_F9)
    assert not window.context.session.view.are_labels_hidden


def test_settings_lead_to_the_page(window: MainWindow) -> None:
    window.commands["file.settings"].trigger()
    dialog = window.findChild(QDialog)
    assert dialog is not None
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Change keys…")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.findChild(KeysPage) is not None


@pytest.mark.parametrize("width", [1000, 1280, 1920])
def test_the_sheet_fits_the_window(width: int, window: MainWindow) -> None:
    window.resize(width, 720)
    window.commands["help.keys"].trigger()
    sheet = window.findChild(KeySheet)
    assert sheet is not None
    assert sheet.width() <= width and sheet.geometry().bottom() < 720
    assert sheet.area.horizontalScrollBar().maximum() == 0
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert {row.title.rstrip("…") for row in ACTIONS} <= words  # in every arrangement


@pytest.mark.parametrize("key", ["", "Tab", "Shift", "Ctrl", "Nonsense+X", "Ctrl+K, Ctrl+B"])
def test_what_is_no_key(key: str) -> None:
    assert usable(key) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "is no table of keys"),
        ("[1]", "is no table of keys"),
        ('{"tool.none": ["B"]}', "no action is called 'tool.none'"),
        ('{"tool.brush": "B"}', "'tool.brush' cannot have the keys"),
        ('{"tool.brush": ["Tab"]}', "'tool.brush' cannot have the keys"),
        ('{"tool.brush": ["F9"], "tool.eraser": ["f9"]}', "'F9' is for 'tool.brush'"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(text: str, told: str) -> None:
    own, remarks = read_own(text, ACTIONS)
    assert len(remarks) == 1 and told in remarks[0]
    assert set(own) <= {"tool.brush"} and "tool.eraser" not in own


def test_the_window_tells_of_unusable_own_keys(
    tmp_path: Path, qtbot: QtBot, window: MainWindow
) -> None:
    from kidview.ui.app import make_app, make_window

    config_dir().mkdir(exist_ok=True)
    (config_dir() / "settings.json").write_text(json.dumps({"own_keys": '{"tool.none": ["B"]}'}))
    second = make_window(make_app())
    assert second.status.message.text() == "setting 'own_keys': no action is called 'tool.none'"
    second.close()
    second.deleteLater()


@settings(max_examples=60)
@given(OWN, st.sampled_from(SCHEMES), st.sampled_from(IDS), st.sampled_from(KEYS))
def test_no_key_ever_means_two_things(
    chosen: dict[str, str], scheme: str, id: str, key: str
) -> None:
    own: own_keys.Keys = {}
    for action, its in (*chosen.items(), (id, key)):
        own = own_keys.given(own, action, QKeySequence(its).toString())
    assert read_own(written(own), ACTIONS) == (own, ())
    keys = keys_in_use(ACTIONS, scheme, own)
    every = [one for held in keys.values() for one in held]
    assert len(every) == len(set(every))
    assert keys[id] == (QKeySequence(key).toString(),)


def test_buttons_name_own_keys(window: MainWindow, tiny_scan: Volume) -> None:
    window.context.settings.set(
        "own_keys", '{"segment.accept": ["Ctrl+F9"], "view.panel": ["Ctrl+F8"], "file.save": []}'
    )
    window.context.session.open(tiny_scan)
    bar = window.findChild(ProposalBar)
    assert bar is not None
    box = Box((1, 1, 1), (3, 3, 3))
    voxels = np.full(box.shape, 2, np.uint8)
    window.context.session.suggest(Draft("Smooth", "smooth", Edit(box, voxels > 0, 2), voxels))
    assert bar.accept.text() == "Apply  Ctrl+F9"
    assert bar.accept.toolTip().endswith("stay (Ctrl+F9)")
    assert bar.discard.text() == "Discard  Esc"
    tips = [button.toolTip() for button in window.right.findChildren(QToolButton)]
    assert "Labels, history and file of the open scan (Ctrl+F8)" in tips
    assert window.right.card.save.toolTip() == "Save in the case"


def test_what_to_do_next_names_the_keys_in_use(window: MainWindow, tiny_scan: Volume) -> None:
    opening.show(window.context, tiny_scan)
    commands, kept = window.commands, window.context.settings
    hint = "accept it with [segment.accept] or discard it with [segment.discard]"
    assert commands.with_keys(hint) == "accept it with Return or discard it with Esc"
    kept.set("own_keys", written({"segment.accept": ("F12",), "segment.discard": ()}))
    commands.choose_scheme(kept["keys"])
    discard = next(row.title for row in commands.rows if row.id == "segment.discard")
    assert commands.with_keys(hint) == f'accept it with F12 or discard it with "{discard}"'
    window.show_error(EditRefused("a proposal waits", hint))
    words = window.notices.shown[-1].text
    assert "F12" in words and "[" not in words


def test_every_key_a_hint_asks_for_belongs_to_an_action() -> None:
    ids = {row.id for row in ACTIONS}
    folder = Path(kidview.__file__).parent
    for path in folder.rglob("*.py"):
        for id in re.findall(r"with \[([a-z_]+\.[a-z_]+)\]", path.read_text(encoding="utf-8")):
            assert id in ids, f"{path.name} names {id}"
