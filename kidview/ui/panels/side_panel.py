"""The right panel: sections above each other, remembered as they were folded."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from kidview.ui.context import Context
from kidview.ui.panels.case import CasePanel
from kidview.ui.panels.history import HistoryPanel
from kidview.ui.panels.labels import LabelPanel
from kidview.ui.panels.places import PlacesPanel
from kidview.ui.panels.section import Section
from kidview.ui.pieces import line, role

PANEL_PX = 300


class SidePanel(QScrollArea):
    """LABELS, PLACES, HISTORY, CASE."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._settings = context.settings
        self.labels = LabelPanel(context)
        self.places = PlacesPanel(context.window.looking)
        self.history = HistoryPanel(context)
        self.case = CasePanel(context)
        self.sections = [
            Section(context.theme, "Labels", self.labels),
            Section(context.theme, "Places", self.places),
            Section(context.theme, "History", self.history),
            Section(context.theme, "Case", self.case),
        ]
        inside = QWidget()
        role(inside, "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        folded = self._settings["folded"].split(",")
        for number, section in enumerate(self.sections):
            if number:
                column.addWidget(line())
            column.addWidget(section)
            section.fold(section.title in folded)
            section.folded.connect(self._remember)
        column.addStretch()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(PANEL_PX)

    def _remember(self) -> None:
        titles = [section.title for section in self.sections if section.is_folded]
        self._settings.set("folded", ",".join(titles))
