"""The actions table: complete, without clashes, and true in every place it serves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.edit import TOOLS
from kidview.session import PRESETS
from kidview.ui.actions import ACTIONS, SCHEMES
from kidview.ui.dialogs.key_sheet import KeySheet, keys_markdown
from kidview.ui.dialogs.palette import CommandPalette, matches
from kidview.ui.header import MENUS
from kidview.ui.main_window import MainWindow

DOCS = Path(__file__).parents[2] / "docs"


def test_every_row_has_title_tip_key_and_menu() -> None:
    for row in ACTIONS:
        assert row.title and row.tip and row.keys, row.id
        assert row.menu.split("/")[0] in MENUS, row.id
        assert re.fullmatch(r"[a-z_]+\.[a-z0-9_]+", row.id), row.id
        assert not row.tip.endswith("."), row.id


def test_ids_are_unique() -> None:
    ids = [row.id for row in ACTIONS]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_key_means_two_things(scheme: str) -> None:
    taken: dict[str, str] = {}
    for row in ACTIONS:
        for key in row.keys_of(scheme):
            written = QKeySequence(key).toString()
            assert written, f"{row.id}: Qt cannot read the key {key}"
            assert written not in taken, f"{row.id} and {taken.get(written)} share {key}"
            taken[written] = row.id


def test_tools_and_presets_are_actions_with_their_keys() -> None:
    keys = {row.title: row.keys for row in ACTIONS}
    for tool in TOOLS:
        assert keys[tool.title] == (tool.key,)
    for preset in PRESETS:
        assert keys[preset.name] == (preset.key,)


def test_every_action_that_cannot_run_says_why(window: MainWindow) -> None:
    for row in ACTIONS:
        action, reason = window.commands[row.id], window.commands.reason(row)
        assert action.isEnabled() == (reason is None)
        if reason is not None:
            assert reason and window.commands.with_keys(reason) in action.toolTip(), row.id
    assert not window.commands["tool.brush"].isEnabled()
    assert "open a CT first" in window.commands["tool.brush"].toolTip()


def test_a_refused_action_is_explained_when_asked_for(window: MainWindow) -> None:
    row = next(row for row in ACTIONS if row.id == "edit.undo")
    window.commands.trigger(row)
    assert window.status.message.text() == "Undo: nothing to undo"


def test_every_action_is_in_a_menu(window: MainWindow) -> None:
    shown = {action for menu in window.header.menus.values() for action in menu.actions()}
    assert all(window.commands[row.id] in shown for row in ACTIONS)


def test_the_scheme_changes_the_keys(window: MainWindow) -> None:
    assert window.commands["tool.brush"].shortcut().toString() == "B"
    window.context.settings.set("keys", "ITK-SNAP")
    assert window.commands["tool.brush"].shortcut().toString() == "4"
    assert window.commands["view.fit"].shortcut().toString() == "Ctrl+F"


def test_the_undo_entry_names_the_step(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    window.context.session.open(tiny_scan)
    paint(window.context.session, "Brush, tumour")
    assert window.commands["edit.undo"].text() == "Undo Brush, tumour"


def test_the_key_table_in_the_manual_is_up_to_date() -> None:
    assert (DOCS / "keys.md").read_text(encoding="utf-8") == keys_markdown(ACTIONS)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("undo", "edit.undo"),
        ("brush", "tool.brush"),
        ("larger", "brush.larger"),
        ("save as", "file.save_as"),
        ("lck", "label.lock"),
        ("dicom", "file.open_folder"),
    ],
)
def test_a_few_letters_find_the_action(typed: str, first: str) -> None:
    assert matches(ACTIONS, typed)[0].id == first


def test_nonsense_finds_nothing() -> None:
    assert matches(ACTIONS, "xyzzy") == []


def test_the_sheet_shows_every_action(window: MainWindow) -> None:
    window.commands["help.keys"].trigger()
    sheet = window.findChild(KeySheet)
    assert sheet is not None
    words = {label.text() for label in sheet.findChildren(QLabel)}
    assert {row.title.rstrip("…") for row in ACTIONS} <= words
    assert {"VIEW › SLAB", "CASES"} <= words


def test_the_palette_runs_what_is_chosen(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    window.context.session.open(tiny_scan)
    window.commands["help.palette"].trigger()
    palette = window.findChild(CommandPalette)
    assert palette is not None
    qtbot.keyClicks(palette.line, "eraser")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.context.session.view.tool == "eraser"


def test_the_sheet_of_keys_opens(window: MainWindow) -> None:
    window.commands["help.keys"].trigger()
    assert window.findChild(KeySheet) is not None
