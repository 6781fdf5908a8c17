"""The right panel's two pages, the scan and the cases, and the open case at their foot."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.panels.side_panel import PANEL_PX, SidePanel
from kidview.ui.pieces import icon_button, line, role
from kidview.ui.worklist.card import CaseCard
from kidview.ui.worklist.case_list import CaseList
from kidview.ui.worklist.casework import Casework
from kidview.ui.worklist.reading_card import ReadingCard

_TABS_PX = 36


class RightPanel(QWidget):
    """One page at a time, so that the cases take no room from the slices that labels had not."""

    def __init__(self, context: Context, commands: Commands, casework: Casework) -> None:
        super().__init__()
        self._settings = context.settings
        self.scan = SidePanel(context)
        self.cases = CaseList(context, commands, casework)
        self.card = CaseCard(context, commands)
        self.reading = ReadingCard(context, commands)
        self._has_scan = False
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.scan)
        self._pages.addWidget(self.cases)
        inside = QWidget()
        role(inside, "panel")
        inside.setFixedWidth(PANEL_PX)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tabs(context, commands))
        column.addWidget(line())
        column.addWidget(pages, 1)
        column.addWidget(self.card)
        column.addWidget(self.reading)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(line(vertical=True))
        row.addWidget(inside)

    def show_page(self, *, has_scan: bool) -> None:
        """Show what the settings want; without a scan there are only the cases."""
        is_cases = bool(self._settings["has_cases"])
        self._scan_tab.setVisible(has_scan)
        self._scan_tab.setChecked(not is_cases)
        self._cases_tab.setChecked(is_cases)
        self._pages.setCurrentWidget(self.cases if is_cases else self.scan)
        self.setVisible(is_cases or (has_scan and self._settings["has_panel"]))

    def _tabs(self, context: Context, commands: Commands) -> QHBoxLayout:
        self._scan_tab, self._cases_tab = _tab("Scan"), _tab("Cases")
        commands.tell_key("view.panel", self._scan_tab, "Labels, history and file of the open scan")
        commands.tell_key("cases.list", self._cases_tab, "All cases that are kept")
        self._scan_tab.clicked.connect(self._choose_scan)
        self._cases_tab.clicked.connect(lambda: context.settings.set("has_cases", True))
        group = QButtonGroup(self)
        for tab in (self._scan_tab, self._cases_tab):
            group.addButton(tab)
        close = icon_button(context.theme, "ph.x", "Hide this panel", self._close)
        row = QHBoxLayout()
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(0)
        row.addWidget(self._scan_tab)
        row.addWidget(self._cases_tab)
        row.addStretch()
        row.addWidget(close)
        return row

    def _choose_scan(self) -> None:
        self._settings.set("has_panel", True)
        self._settings.set("has_cases", False)

    def _close(self) -> None:
        self._settings.set("has_panel", False)
        self._settings.set("has_cases", False)


def _tab(title: str) -> QToolButton:
    button = QToolButton()
    role(button, "tab")
    button.setText(title)
    button.setCheckable(True)
    button.setFixedHeight(_TABS_PX)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
