"""LABELS: colour, name, mL, eye, lock and key of each label; fill and outline of all."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kidview.core.labels import LABELS, Label
from kidview.session import Change, What
from kidview.ui.actions.edit import toggle_lock
from kidview.ui.context import Context
from kidview.ui.icons import tinted
from kidview.ui.panels.label_volumes import LabelVolumes
from kidview.ui.pieces import icon_button, restyle, role, swatch, text


class LabelPanel(QWidget):
    """One row a label, then how labels are drawn."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self.volumes = LabelVolumes(context.session, context.jobs)
        self.volumes.changed.connect(self._show_volumes)
        self.rows = {label.id: LabelRow(context, label) for label in LABELS}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows.values():
            row.chosen.connect(self._choose)
            column.addWidget(row)
        column.addLayout(self._drawing())
        context.session.changed.connect(self._on_change)
        self._show_state()

    def _choose(self, label: int) -> None:
        self._session.look(label=label)

    def _drawing(self) -> QHBoxLayout:
        self._fill = QSlider(Qt.Orientation.Horizontal)
        self._fill.setRange(0, 100)
        commands = self._context.window.commands
        commands.tell_keys(
            self._fill,
            "Fill of the labels; [view.opacity_less] is less, [view.opacity_more] is more",
        )
        self._fill.setAccessibleName("fill of the labels")
        self._fill.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._fill.valueChanged.connect(lambda v: self._session.look(opacity=v / 100))
        self._percent = text("", "secondary")
        self._percent.setFixedWidth(40)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._outline = QToolButton()
        role(self._outline, "small")
        commands.tell_key("view.outline", self._outline, "Outlines only")
        self._outline.setAccessibleName("outlines only")
        self._outline.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._outline.clicked.connect(
            lambda: self._session.look(is_outline=not self._session.view.is_outline)
        )
        self._draw_outline = tinted(
            self._outline,
            self._context.theme,
            lambda: "ph.circle-dashed" if self._session.view.is_outline else "ph.circle-half-tilt",
            "secondary",
        )
        self._outline.setIconSize(QSize(16, 16))
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 12, 0)
        row.setSpacing(8)
        row.addWidget(text("Fill", "secondary"))
        row.addWidget(self._fill, 1)
        row.addWidget(self._percent)
        row.addWidget(self._outline)
        return row

    def _on_change(self, change: Change) -> None:
        if change.what & (What.VIEW | What.GUARD | What.CASE):
            self._show_state()
        if change.what & What.CASE:
            self._show_volumes()

    def _show_state(self) -> None:
        view, guard = self._session.view, self._session.guard
        for id, row in self.rows.items():
            row.show_state(view.label == id, id in view.hidden, id in guard.locked)
        blocker = QSignalBlocker(self._fill)
        self._fill.setValue(round(view.opacity * 100))
        del blocker
        self._fill.setEnabled(not view.is_outline)
        words = "outline" if view.is_outline else f"{view.opacity * 100:.0f} %"
        if words != self._percent.text():
            self._percent.setText(words)
            self._draw_outline()

    def _show_volumes(self) -> None:
        for id, row in self.rows.items():
            row.show_volume(self.volumes.volume_ml(id))


class LabelRow(QFrame):
    """Click chooses the label; eye and lock act on it alone."""

    chosen = Signal(int)

    def __init__(self, context: Context, label: Label) -> None:
        super().__init__()
        self.label = label
        self._context, self._session = context, context.session
        self._state = (False, False, False)
        self.setFixedHeight(32)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._commands, self._action = context.window.commands, f"label.{label.name}"
        self._commands.tell_key(self._action, self, f"Make {label.name} the active label")
        colour = QLabel()
        colour.setPixmap(swatch(label.colour))
        self.volume = text("", "")
        self.volume.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.eye = icon_button(context.theme, "ph.eye", f"Show or hide {label.name}", self._hide)
        self.lock = icon_button(context.theme, "ph.lock", f"Lock or free {label.name}", self._lock)
        self._draw_eye = tinted(
            self.eye,
            context.theme,
            lambda: "ph.eye-slash" if self._state[1] else "ph.eye",
            lambda: "text" if self._state[1] else "secondary",
        )
        self._draw_lock = tinted(
            self.lock,
            context.theme,
            lambda: "ph.lock-simple" if self._state[2] else "ph.lock-simple-open",
            lambda: "text" if self._state[2] else "secondary",
        )
        for button in (self.eye, self.lock):
            button.setIconSize(QSize(16, 16))
        self.key = text("", "key")
        self.key.setMinimumSize(20, 20)
        self.key.setMaximumHeight(20)
        self.key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._commands[self._action].changed.connect(self._show_key)
        self._show_key()
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(colour)
        row.addWidget(text(label.name.capitalize()))
        row.addStretch()
        row.addWidget(self.volume)
        row.addWidget(self.eye)
        row.addWidget(self.lock)
        row.addWidget(self.key)
        row.setSpacing(4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this label."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self.label.id)

    def show_state(self, is_active: bool, is_hidden: bool, is_locked: bool) -> None:
        """Draw what holds now."""
        if self.property("active") != is_active:
            self.setProperty("active", is_active)
            restyle(self)
        if (is_active, is_hidden, is_locked) != self._state:
            self._state = (is_active, is_hidden, is_locked)
            self._draw_eye()
            self._draw_lock()

    def _show_key(self) -> None:
        """The key of the scheme in use, or the user's own."""
        key = self._commands.shown_key(self._action)
        self.key.setText(key)
        self.key.setVisible(bool(key))

    def show_volume(self, volume_ml: float | None) -> None:
        """mL with sensible digits; a dash for nothing."""
        self.volume.setText("" if volume_ml is None else millilitres(volume_ml))

    def _hide(self) -> None:
        self._session.look(hidden=self._session.view.hidden ^ {self.label.id})

    def _lock(self) -> None:
        toggle_lock(self._context, self.label.id)


def millilitres(volume_ml: float) -> str:
    """Three significant digits: 331 mL, 36.8 mL, 0.42 mL; a dash for none."""
    if volume_ml == 0:
        return "–"
    digits = 0 if volume_ml >= 99.95 else 1 if volume_ml >= 0.95 else 2
    return f"{volume_ml:.{digits}f} mL"
