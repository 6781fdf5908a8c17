"""The right panel: sections above each other, remembered as they were folded."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from kidview.session import Change, What
from kidview.ui.context import Context
from kidview.ui.looking import Looking
from kidview.ui.panels.case import CasePanel
from kidview.ui.panels.compare import ComparePanel
from kidview.ui.panels.findings import FindingsPanel
from kidview.ui.panels.follow import FollowPanel
from kidview.ui.panels.histogram import HistogramPanel
from kidview.ui.panels.history import HistoryPanel
from kidview.ui.panels.labels import LabelPanel
from kidview.ui.panels.measures import MeasuresPanel
from kidview.ui.panels.places import PlacesPanel
from kidview.ui.panels.plots import PlotsPanel
from kidview.ui.panels.scores import ScoresPanel
from kidview.ui.panels.section import Section
from kidview.ui.pieces import line, role

PANEL_PX = 300


class SidePanel(QScrollArea):
    """LABELS, FINDINGS and their numbers, PLACES, HISTORY, CASE; others while they are of use."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._settings, self._session = context.settings, context.session
        self.labels = LabelPanel(context)
        window = context.window
        self.compare = ComparePanel(context, window.comparing, window.commands)
        self.follow = FollowPanel(context, window.two_times, window.commands)
        self.places = PlacesPanel(window.looking, window.commands)
        self.findings = FindingsPanel(context, window.findings)
        self.measures = MeasuresPanel(context, window.findings)
        self.scores = ScoresPanel(context, window.findings)
        self.measures.scores.addWidget(self.scores)
        self.plots = PlotsPanel(context, window.findings)
        self.histogram = HistogramPanel(context)
        self.history = HistoryPanel(context)
        self.case = CasePanel(context)
        self.sections = [
            Section(context.theme, "Labels", self.labels),
            Section(context.theme, "Histogram", self.histogram),
            Section(context.theme, "Compare", self.compare),
            Section(context.theme, "Follow-up", self.follow),
            Section(context.theme, "Findings", self.findings),
            Section(context.theme, "Measures", self.measures),
            Section(context.theme, "Plots", self.plots),
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
        self._passing: dict[str, tuple[QWidget, ...]] = {}
        for number, section in enumerate(self.sections):
            if number:
                rule = line()
                column.addWidget(rule)
            column.addWidget(section)
            if section.title in ("Histogram", "Compare", "Follow-up"):
                self._passing[section.title] = (rule, section)
            section.fold(section.title in folded)
            section.folded.connect(self._remember)
        column.addStretch()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(PANEL_PX)

        context.session.changed.connect(self._on_change)
        self._two_times = window.two_times
        self._two_times.changed.connect(lambda _two_times: self._show_passing())
        self._show_passing()
        window.looking.changed.connect(self._show_places)

    def _on_change(self, change: Change) -> None:
        if change.what & (What.COMPARED | What.CASE | What.VIEW):
            self._show_passing()

    def _show_passing(self) -> None:
        """The sections that are there only while they are of use."""
        session = self._session
        is_threshold = session.volume is not None and session.view.tool == "threshold"
        for title, is_of_use in (
            ("Histogram", is_threshold),
            ("Compare", session.compared is not None),
            ("Follow-up", self._two_times.then is not None),
        ):
            for widget in self._passing[title]:
                widget.setVisible(is_of_use)

    def _show_places(self, looking: Looking) -> None:
        """A place was gone to: its row is to be seen, where the list is open."""
        section = next(each for each in self.sections if each.title == "Places")
        if looking.here is not None and self.isVisible() and not section.is_folded:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            self.ensureWidgetVisible(section, 0, 8)

    def _remember(self) -> None:
        titles = [section.title for section in self.sections if section.is_folded]
        self._settings.set("folded", ",".join(titles))
