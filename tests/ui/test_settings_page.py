"""The settings page offers what this machine can do."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QDialog

from kidview.segment import devices
from kidview.ui.dialogs.settings_page import show_settings
from kidview.ui.main_window import MainWindow


def offered(window: MainWindow) -> dict[str, bool]:
    """Words to choose from for "Segment on", and whether the button is down."""
    show_settings(window.context)
    dialog = window.findChild(QDialog)
    assert dialog is not None
    buttons = dialog.findChildren(QAbstractButton)
    found = {b.text(): b.isChecked() for b in buttons if "Segment on" in b.accessibleName()}
    dialog.close()
    return found


@pytest.mark.parametrize("is_installed", [True, False])
def test_openvino_is_a_choice_only_where_it_is_installed(
    is_installed: bool, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "openvino_is_installed", lambda: is_installed)
    assert ("openvino" in offered(window)) is is_installed


def test_a_choice_of_old_is_shown_even_where_it_is_gone(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "openvino_is_installed", lambda: False)
    window.context.settings.set("device", "openvino")
    assert offered(window) == {"auto": False, "cpu": False, "cuda": False, "openvino": True}
