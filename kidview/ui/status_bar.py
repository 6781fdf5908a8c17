"""The line at the bottom: a message or a job at the left, the probe at the right."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from kidview.ui.jobs import Jobs, Running
from kidview.ui.pieces import Elided, icon_button, push_button, role, text
from kidview.ui.theme import Theme

_MESSAGE_MS = 8000
_SHOWN_AFTER_S = 0.3  # shorter work would only flicker
_PROBE_SAMPLE = "-1024 HU  background  (1000, 1000, 1000)  -1000.0 -1000.0 -1000.0 mm"


class StatusBar(QFrame):
    """Progress takes the message's place while something runs."""

    def __init__(self, theme: Theme, jobs: Jobs) -> None:
        super().__init__()
        self.setFixedHeight(25)  # 24 and the line above
        self._jobs = jobs
        self.message = Elided("")
        self.job = JobLine(theme, jobs)
        self.job.hide()
        self._more = push_button("", self._show_list, "link")
        self._more.hide()
        self._list = JobList(theme, jobs, self)
        self.probe = text("", "probe")
        self.probe.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.probe.setMinimumWidth(QFontMetrics(self.font()).horizontalAdvance(_PROBE_SAMPLE))
        self._silence = QTimer(self, interval=_MESSAGE_MS, singleShot=True)
        self._silence.timeout.connect(lambda: self.message.setText(""))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.job)
        row.addWidget(self._more)
        row.addWidget(self.message, 1)
        row.addStretch()
        row.addWidget(self.probe)
        jobs.progressed.connect(self._on_progress)

    def say(self, words: str) -> None:
        """Show a message for a few seconds."""
        self.message.setText(words)
        self._silence.start()

    def _on_progress(self) -> None:
        running = [
            one
            for one in self._jobs.running
            if one.elapsed_s > _SHOWN_AFTER_S and not one.job.is_quiet
        ]
        self.job.setVisible(bool(running))
        self._more.setVisible(len(running) > 1)
        self._more.setText(f"+{len(running) - 1} more")
        if running:
            self.job.show_job(running[0])

    def _show_list(self) -> None:
        self._list.refresh()
        self._list.adjustSize()
        corner = self.mapToGlobal(QPoint(8, -self._list.height() - 4))
        self._list.move(corner)
        self._list.show()


class JobLine(QWidget):
    """One job: what, how far, time left, cancel."""

    def __init__(self, theme: Theme, jobs: Jobs) -> None:
        super().__init__()
        self._jobs = jobs
        self._key = ""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._title = text("")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(140)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("progress")
        self._state = text("")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._title)
        row.addWidget(self._bar)
        row.addWidget(self._state)
        self._cancel = icon_button(theme, "ph.x", "Cancel", lambda: self._jobs.cancel(self._key))
        self._cancel.setFixedSize(20, 20)
        row.addWidget(self._cancel)

    def show_job(self, running: Running) -> None:
        """How far a job is now."""
        self._key = running.job.key
        fraction, note = running.task.fraction, running.task.note
        self._title.setText(running.job.title + (f" · {note}" if note else ""))
        self._bar.setRange(0, 1000 if fraction > 0 else 0)
        self._bar.setValue(round(1000 * fraction))
        left = running.remaining_s
        percent = f"{100 * fraction:.0f} %" if fraction > 0 else ""
        self._state.setText(percent if left is None else f"{percent} · {in_words(left)} left")


class JobList(QFrame):
    """All running jobs, in a small window over the status bar."""

    def __init__(self, theme: Theme, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        role(self, "panel")
        self._theme, self._jobs = theme, jobs
        self._lines: list[JobLine] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 8)
        jobs.progressed.connect(self._on_progress)

    def _on_progress(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """One line a job."""
        running = [one for one in self._jobs.running if not one.job.is_quiet]
        while len(self._lines) < len(running):
            self._lines.append(JobLine(self._theme, self._jobs))
            self._column.addWidget(self._lines[-1])
        for number, line in enumerate(self._lines):
            line.setVisible(number < len(running))
            if number < len(running):
                line.show_job(running[number])
        if not running:
            self.hide()


def in_words(seconds: float) -> str:
    """A duration as one reads it: "40 s", "3 min"."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
