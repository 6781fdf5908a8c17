"""The window: puts the pieces together and tells what happens."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QMimeData, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QMessageBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from kidview.core.errors import EditRefused, KidViewError
from kidview.core.task import Job
from kidview.session import Change, Session, What
from kidview.session.settings import Settings, write_settings
from kidview.ui import opening
from kidview.ui.actions import ACTIONS
from kidview.ui.actions.commands import Commands
from kidview.ui.actions.own_keys import without_modifiers
from kidview.ui.comparing import Comparing
from kidview.ui.context import Context
from kidview.ui.dialogs.about import details
from kidview.ui.effects import Effects
from kidview.ui.findings import Findings
from kidview.ui.header import Header
from kidview.ui.hints import Hints
from kidview.ui.jobs import Jobs
from kidview.ui.looking import Looking
from kidview.ui.measuring import Measuring
from kidview.ui.mouse_habits import PRESSED_BY_KEY
from kidview.ui.notice import Notice, Notices
from kidview.ui.option_line import OptionLine
from kidview.ui.outlining import Outlining
from kidview.ui.panels.right_panel import RightPanel
from kidview.ui.pieces import line, role
from kidview.ui.probe import in_words
from kidview.ui.proposal_bar import ProposalBar
from kidview.ui.recent import Recent, forget, read_recents
from kidview.ui.recovery import Recovery
from kidview.ui.refining import Refining
from kidview.ui.saving import Saving
from kidview.ui.status_bar import StatusBar
from kidview.ui.teaching.farewell import stop_first
from kidview.ui.teaching.lessons import Lessons
from kidview.ui.telling import as_sentence, open_name
from kidview.ui.theme import Theme
from kidview.ui.tool_rail import ToolRail
from kidview.ui.two_times import TwoTimes
from kidview.ui.view_grid import ViewGrid, load_surface_view
from kidview.ui.welcome import Welcome
from kidview.ui.worklist.casework import Casework
from kidview.ui.worklist.keep_marks import KeepMarks

_LOG = logging.getLogger(__name__)
_KEEP_MS = 500
_REMEMBERED = ("opacity", "is_outline", "is_smooth", "has_crosshair", "radius_mm")
"""Fields of the view that are kept as settings."""
_ENDS_REFUSAL = What.CASE | What.PROPOSAL | What.GUARD | What.LABELS  # its cause may be gone


class MainWindow(QMainWindow):
    """One window on one Session.

    Parameters
    ----------
    session : Session
    jobs : Jobs
    settings : Settings
    theme : Theme
    folder : Path
        Where settings and recent scans are kept.
    """

    def __init__(
        self, session: Session, jobs: Jobs, settings: Settings, theme: Theme, folder: Path
    ) -> None:
        super().__init__()
        self.folder = folder
        self.context = Context(session, jobs, settings, theme, self)
        self.setWindowTitle("KidView")
        self.setAcceptDrops(True)
        self.setMinimumSize(1000, 620)
        self.resize(1440, 900)
        self.saving: Saving = Saving(self.context)
        self.casework: Casework = Casework(self.context)
        self.looking: Looking = Looking(self.context)
        self.comparing: Comparing = Comparing(self.context)
        self.measuring: Measuring = Measuring(self.context)
        self.findings: Findings = Findings(self.context, self.measuring)
        self.two_times: TwoTimes = TwoTimes(self.context)
        self.hints = Hints(self.context)
        self.lessons: Lessons = Lessons(self.context)
        self.recovery: Recovery = Recovery(self.context)
        session.look(**{field: settings[field] for field in _REMEMBERED})
        self.commands = Commands(self.context, ACTIONS)
        self.lessons.heard.connect(lambda: self.commands.refresh_row("teach.decide"))
        self._build()
        self.effects: Effects = Effects(self.context)
        self.outlining: Outlining = Outlining(self.context)
        self.marking: KeepMarks = KeepMarks(self.context, self.casework.store)
        self.refining: Refining = Refining(self.context)
        self._recents: tuple[Recent, ...] = ()
        self._keeping = QTimer(self, interval=_KEEP_MS, singleShot=True)
        self._keeping.timeout.connect(self._keep_settings)
        jobs.failed.connect(lambda job, error: self.show_error(error))
        jobs.progressed.connect(self._on_jobs)
        session.changed.connect(self._on_change)
        settings.changed.connect(self._on_setting)
        self.restoreGeometry(QByteArray.fromBase64(settings["geometry"].encode()))
        self.show_welcome()
        self.show_recents(())
        jobs.start(
            Job("Read the list", "recent", lambda task: read_recents(folder), self.show_recents)
        )
        jobs.start(Job("Load 3D", "load 3d", load_surface_view, lambda module: None))

    # -- what others ask of it ----------------------------------------------------

    def say(self, words: str) -> None:
        """A message in the status bar."""
        self.status.say(self.commands.with_keys(words))

    def notify(self, notice: Notice) -> None:
        """A bar above the views."""
        self.notices.show_notice(notice)

    def show_error(
        self, error: Exception, buttons: Sequence[tuple[str, Callable[[], object]]] = ()
    ) -> None:
        """An expected error in the bar; any other in a dialog with what a report needs."""
        if isinstance(error, KidViewError):
            sentence = " ".join(as_sentence(part) for part in (error.what, error.hint))
            sentence = self.commands.with_keys(sentence)
            ends_with = _ENDS_REFUSAL if isinstance(error, EditRefused) else What(0)
            self.notify(Notice("error", "error", sentence, tuple(buttons), ends_with=ends_with))
            _LOG.warning("told the user: %s", type(error).__name__)  # its words may name a file
        else:
            _LOG.error("fault", exc_info=error)
            _show_fault(self, error)

    def show_scan(self) -> None:
        """The views in place of the empty window."""
        self.notices.clear()
        self.saving.forget()
        self.views.add_surface()
        self._stack.setCurrentWidget(self._work)
        self._show_panel()
        self.side.case.refresh()

    def show_welcome(self) -> None:
        """The empty window."""
        self._stack.setCurrentWidget(self.welcome)
        self._show_panel()
        self.setFocus()

    def show_recents(self, recents: tuple[Recent, ...]) -> None:
        """Fill the shelf of the empty window and the menu."""
        self._recents = recents
        self.welcome.show_recents(recents, self.folder)
        self._recent_menu.clear()
        for recent in recents:
            path = Path(recent.path)
            action = self._recent_menu.addAction(path.name)
            action.setToolTip(recent.path)
            action.triggered.connect(self._opener(path))
        self._recent_menu.setEnabled(bool(recents))

    def forget_recents(self) -> None:
        """Empty the list of scans opened before, pictures included."""
        folder, gone = self.folder, self._recents
        self.context.jobs.start(
            Job("Clear the list", "recent", lambda task: forget(folder, gone), self.show_recents)
        )

    # -- pieces -------------------------------------------------------------------

    def _build(self) -> None:
        context, commands = self.context, self.commands
        theme, jobs = context.theme, context.jobs
        self.header = Header(context, commands)
        self._recent_menu = self.header.add_recent_menu()
        self.notices = Notices(theme)
        self.views = ViewGrid(context)
        self.views.hovered.connect(lambda probe: self.status.probe.setText(in_words(probe)))
        self.views.hovered.connect(self.hints.follow)
        self.findings.pointed.connect(self.views.show_evidence)
        self.right: RightPanel = RightPanel(context, commands, self.casework)
        self.side = self.right.scan
        self.welcome = Welcome(context)
        self.status: StatusBar = StatusBar(theme, jobs)
        middle = _column(OptionLine(context), self.views, ProposalBar(context, commands))
        self._work = QWidget()
        work = QHBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(0)
        work.addWidget(ToolRail(context, commands))
        work.addWidget(line(vertical=True))
        work.addWidget(middle, 1)
        stack = QWidget()
        self._stack = QStackedLayout(stack)
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self._work)
        pages = QWidget()
        row = QHBoxLayout(pages)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(stack, 1)
        row.addWidget(self.right)
        whole = _column(self.header, line(), self.notices, pages, self.status)
        role(whole, "window")
        self.setCentralWidget(whole)

    def _opener(self, path: Path) -> Callable[[bool], None]:
        def run(_checked: bool = False) -> None:
            opening.open_paths(self.context, [path])

        return run

    # -- what changes -------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        self.notices.take_change(change)
        if change.what & (What.CASE | What.RECORD | What.HISTORY):
            name = open_name(self.context.session)
            mark = "[*]" if self.context.session.refusal is None else " (read only)"
            self.setWindowTitle(f"{name}{mark} – KidView" if name else "KidView")
            self.setWindowModified(self.context.session.is_dirty)
        if change.what & What.VIEW:
            view = self.context.session.view
            for field in _REMEMBERED:
                self.context.settings.set(field, getattr(view, field))

    def _on_jobs(self) -> None:
        self.commands.refresh_row("segment.stop")

    def _on_setting(self, id: str) -> None:
        self._apply_setting(id)
        self._keeping.start()

    def _keep_settings(self) -> None:
        folder, text = self.folder, self.context.settings.to_json()
        self.context.jobs.start(
            Job(
                "Keep settings",
                "settings",
                lambda task: write_settings(folder, text),
                lambda _none: None,
            )
        )

    def _apply_setting(self, id: str) -> None:
        settings, session = self.context.settings, self.context.session
        if id == "theme":
            self.context.theme.choose(settings["theme"])
        elif id in ("keys", "own_keys"):
            self.commands.choose_scheme(settings["keys"])
        elif id in ("has_panel", "has_cases"):
            self._show_panel()
        elif id in _REMEMBERED and getattr(session.view, id) != settings[id]:
            session.look(**{id: settings[id]})

    def _show_panel(self) -> None:
        self.right.show_page(has_scan=self.context.session.volume is not None)

    # -- events -------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Let Space and Enter act on what has the focus instead of on views and proposal."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            pressing = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.key() in pressing and isinstance(QApplication.focusWidget(), PRESSED_BY_KEY):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends a drag, an angle, the bars, the tool or a comparison, whichever comes first."""
        if event.key() == Qt.Key.Key_Escape:
            session = self.context.session
            if session.is_painting:
                session.abort_stroke()
            elif session.marks.begun is not None:
                session.mark(session.marks.without_selected())
            elif self.findings.point_out(None) or self.notices.clear():
                pass
            elif session.view.tool != "navigate":
                session.look(tool="navigate")
            else:
                session.compare_with(None)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Labels hidden by a held key come back."""
        pressed = [without_modifiers(key) for key in self.commands.keys["view.peek"]]
        if event.key() in pressed and not event.isAutoRepeat():
            self.context.session.look(are_labels_hidden=False)
        super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files."""
        if _local_paths(event.mimeData()):
            event.acceptProposedAction()
            self.welcome.show_drag(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went away again."""
        self.welcome.show_drag(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.welcome.show_drag(False)
        event.acceptProposedAction()
        opening.open_paths(self.context, _local_paths(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved labels, and about a model that is learning; then end all jobs."""
        session = self.context.session
        is_noting = self.right.card.notes.is_dirty
        if session.is_dirty or session.proposal is not None or is_noting:
            event.ignore()
            self.saving.ask_first(self._close_for_good)
            return
        if self.lessons.is_running:
            event.ignore()
            stop_first(self, self.lessons, self.close)
            return
        settings = self.context.settings
        settings.set("geometry", bytes(self.saveGeometry().toBase64().data()).decode())
        self.recovery.close()
        self.marking.close()
        self.context.jobs.close()
        write_settings(self.folder, settings.to_json())
        super().closeEvent(event)

    def _close_for_good(self) -> None:
        self.context.session.mark_saved()  # saved, or given up knowingly
        self.close()


def _column(*widgets: QWidget) -> QWidget:
    """Widgets above each other without gaps; views and stacks take the room."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        is_greedy = isinstance(widget, ViewGrid) or type(widget) is QWidget
        column.addWidget(widget, 1 if is_greedy else 0)
    return box


def _local_paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _show_fault(window: MainWindow, error: Exception) -> None:
    """A fault of the program: say so, with what a report needs."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Something went wrong")
    box.setText("KidView met a fault it did not expect. Your labels are still here: save them.")
    trace = "".join(traceback.format_exception(error))
    box.setDetailedText(f"{details()}\n\n{trace}")
    box.open()
