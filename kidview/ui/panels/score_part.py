"""A component of a score: its points, why, and the question a reader may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kidview.measure.score import Component
from kidview.ui.answering import Answer, Question
from kidview.ui.number_box import NumberBox
from kidview.ui.pieces import push_button, text
from kidview.ui.theme import Theme
from kidview.ui.tool_options import chip

_MM_LIMITS = (0.0, 200.0)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Part(QWidget):
    """One component: its points, why, and a question where labels cannot tell.

    Signals
    -------
    asked_for
        It was clicked: show what it stands on.
    answered : object
        The reader's answer; None takes it back.
    limited : str
        A typed distance lay outside, in words.
    """

    asked_for = Signal()
    answered = Signal(object)
    limited = Signal(str)

    def __init__(self, theme: Theme, question: Question | None) -> None:
        super().__init__()
        self._theme, self._question = theme, question
        self._is_marked = False
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.title, self.points = text(""), text("")
        self.unsure = text("unsure", "secondary")
        self.why = text("", "secondary")
        self.why.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title)
        head.addStretch()
        head.addWidget(self.unsure)
        head.addWidget(self.points)
        column = QVBoxLayout(self)
        column.setContentsMargins(26, 4, 16, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.why)
        self.chips: dict[Answer, QPushButton] = {}
        self.number: _MmBox | None = None
        self.asked = text("", "secondary")
        self.clear = push_button("Clear answer", lambda: self.answered.emit(None), "link")
        self._control = self._made_control()
        column.addWidget(self._control)

    def show_part(self, part: Component, said: Mapping[str, Answer]) -> None:
        """Another state of it, and what the reader said of the lesion."""
        title = part.title if len(part.key) > 1 else f"{part.key}  {part.title}"
        self.title.setText(title)
        self.points.setText(_points(part))
        self.why.setText(part.why)
        self.unsure.setVisible(_is_unsure(part))
        self.setToolTip(
            f"{part.why}\nA click shows it in the views" if part.points_ras else part.why
        )
        self.setAccessibleName(f"{title}: {_points(part)}, {part.why}")
        question = self._question
        mine = None if question is None else said.get(question.field)
        is_mine = part.source == "reader"
        self._control.setVisible(question is not None and (bool(part.asks) or is_mine))
        self.asked.setText("You said" if is_mine else f"Asked of you: {part.asks}")
        self.clear.setVisible(is_mine)
        for value, button in self.chips.items():
            button.setChecked(is_mine and value == mine)
        if self.number is not None:
            blocker = QSignalBlocker(self.number)
            self.number.setValue(float(part.number or 0.0))
            del blocker

    def mark(self, is_marked: bool) -> None:
        """Whether the views draw its points."""
        if is_marked != self._is_marked:
            self._is_marked = is_marked
            self.update()

    def _made_control(self) -> QWidget:
        control = QWidget()
        column = QVBoxLayout(control)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        self.asked.setWordWrap(True)
        column.addWidget(self.asked)
        row = QHBoxLayout()
        row.setSpacing(4)
        question = self._question
        if question is not None and not question.choices:
            self.number = _MmBox(_MM_LIMITS, "distance to sinus or collecting system", 1, " mm")
            self.number.setFixedWidth(84)
            self.number.limited.connect(self.limited)
            self.number.settled.connect(self.answered)
            row.addWidget(self.number)
        for value, word in () if question is None else question.choices:
            button = chip(word, f"Answer: {word}")
            button.clicked.connect(self._answerer(value))
            self.chips[value] = button
            row.addWidget(button)
        row.addStretch()
        row.addWidget(self.clear)
        column.addLayout(row)
        return control

    def _answerer(self, value: Answer) -> Callable[[bool], None]:
        return lambda is_on: self.answered.emit(value if is_on else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on its words shows what it stands on."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.asked_for.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Taken, or the release would go to what lies behind."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space do what a click does."""
        if event.key() in _ENTER and self.hasFocus():
            self.asked_for.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Raised under the pointer, and with a bar while its points are drawn."""
        palette, area = self._theme.palette, QRectF(self.rect())
        if not (self._is_marked or self.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.raised))
        painter.drawRoundedRect(area.adjusted(8, 0, -8, 0), 4, 4)
        if self._is_marked:
            painter.fillRect(QRectF(8, 6, 2, area.height() - 12), QColor(palette.accent))


class _MmBox(NumberBox):
    """Tells a number also when it was there already and Enter confirms it."""

    settled = Signal(object)

    def __init__(self, limits: tuple[float, float], name: str, decimals: int, suffix: str) -> None:
        super().__init__(limits, name, decimals, suffix)
        self.valueChanged.connect(lambda mm: self.settled.emit(round(float(mm), decimals)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter."""
        before = self.value()
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.value() == before:
            self.settled.emit(before)


def _points(part: Component) -> str:
    """ "3", "a", or "?" while it is unknown."""
    if part.points is not None:
        return str(part.points)
    if part.source == "unknown":
        return "?"
    return part.text or "–"


def _is_unsure(part: Component) -> bool:
    return part.is_borderline or (part.source == "mask" and bool(part.asks))
