"""The line of options of the active tool."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSlider,
    QWidget,
)

from kidview.core.labels import LABELS
from kidview.edit import TOOLS, Option
from kidview.session import Change, What
from kidview.ui.actions.edit import RADIUS_RANGE_MM
from kidview.ui.caret import caret
from kidview.ui.context import Context
from kidview.ui.icons import tinted
from kidview.ui.number_box import NumberBox
from kidview.ui.outlining import CLOSING
from kidview.ui.pieces import Elided, role, swatch, text
from kidview.ui.tool_options import MoreOptions, ToolOption, box_of, chip

_OVER: tuple[tuple[str, str, frozenset[int] | None], ...] = (
    ("everything", "all", None),
    ("background", "empty", frozenset({0})),
    ("labels", "labels", frozenset(row.id for row in LABELS)),
    ("kidney", "kidney", frozenset({1})),
)
"""Name, a short one for a narrow window, and the labels that may be drawn over."""
_FIRST_HU_RANGE = (0, 300)  # from fluid to enhanced cortex
_HU_LIMITS = (-1024, 3071)
_SLIDER_STEPS = 100
_GAP_PX, _MARGINS_PX = 12, 24
_LEAST_TIP_PX = 120
_LEAST_OWN, _WORDS_STAY, _SHORTEST = 1, 4, 6


class OptionLine(QWidget):
    """Title of the tool, then what `ToolRow.options` names, in that order.

    Where room is short, what is told twice goes first, then the last of the tool's own options
    go behind a button; only in the narrowest window names go as well. Nothing is ever cut.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        role(self, "bar")
        self.setFixedHeight(40)
        self._context = context
        self._session = context.session
        self._title = text("", "case")
        self._tip, self._has_tip = Elided("", "quiet"), False
        self._parts: dict[str, QWidget] = {
            "label": self._label_chips(),
            "radius_mm": self._radius(),
            "is_ball": self._shape(),
            "over": self._over(),
            "hu_range": self._hu_range(),
        }
        self._own = {
            option.id: ToolOption(option, self._session, self._say)
            for tool in TOOLS
            for option in tool.options
            if isinstance(option, Option)
        }
        # Ignored: what is hidden in a narrow window must not keep it from growing narrow.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._fitted: tuple[object, ...] = ()
        self._wanted: set[str] = set()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 8, 0)
        row.setSpacing(_GAP_PX)
        row.addWidget(self._title)
        for part in self._pieces:
            row.addWidget(part)
        self._more = MoreOptions(TOOLS, self._session, self._say)
        row.addWidget(self._more)
        row.addWidget(self._tip, 1)
        row.addStretch()
        self._session.changed.connect(self._on_change)
        self._show_state()

    @property
    def _pieces(self) -> list[QWidget]:
        """What tools share, then their own options."""
        return [*self._parts.values(), *self._own.values()]

    # -- parts ------------------------------------------------------------------

    def _label_chips(self) -> QWidget:
        box, row = box_of()
        commands = self._context.window.commands
        self._chips = QButtonGroup(box)
        for label in LABELS:
            shown = chip(label.name, "")
            commands.tell_key(f"label.{label.name}", shown, f"Paint {label.name}")
            shown.setIcon(swatch(label.colour))
            shown.setIconSize(QSize(12, 12))
            shown.setAccessibleName(label.name)
            self._chips.addButton(shown, label.id)
            row.addWidget(shown)
        self._chips.idClicked.connect(lambda id: self._session.look(label=id))
        return box

    def _radius(self) -> QWidget:
        box, row = box_of()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _SLIDER_STEPS)
        self._slider.setFixedWidth(88)
        self._slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._context.window.commands.tell_keys(
            self._slider, "Brush radius, also with [brush.smaller] and [brush.larger]"
        )
        self._slider.setAccessibleName("brush radius")
        self._number = NumberBox(RADIUS_RANGE_MM, "brush radius", 1, " mm")
        self._number.setFixedWidth(66)
        self._number.limited.connect(self._say)
        self._slider.valueChanged.connect(
            lambda step: self._session.look(radius_mm=_radius_of(step))
        )
        self._number.valueChanged.connect(lambda mm: self._session.look(radius_mm=round(mm, 1)))
        self._radius_word = text("Radius", "quiet")
        row.addWidget(self._radius_word)
        row.addWidget(self._slider)
        row.addWidget(self._number)
        return box

    def _shape(self) -> QWidget:
        box, row = box_of()
        self._shapes = QButtonGroup(box)
        row.setSpacing(4)
        for number, (icon, tip) in enumerate(
            (
                ("ph.circle", "Disc: paint in this slice only"),
                ("ph.globe-simple", "Ball: paint through the slices"),
            )
        ):
            shown = chip("", tip)
            self._context.window.commands.tell_key("brush.ball", shown, tip)
            shown.setAccessibleName(tip)
            shown.setFixedWidth(32)
            tinted(shown, self._context.theme, icon, "secondary")
            shown.setIconSize(QSize(16, 16))
            self._shapes.addButton(shown, number)
            row.addWidget(shown)
        self._shapes.idClicked.connect(lambda id: self._session.look(is_ball=bool(id)))
        return box

    def _over(self) -> QWidget:
        self._over_button = chip("", "What the brush may draw over")
        self._over_button.setCheckable(False)
        menu = QMenu(self._over_button)
        group = QActionGroup(menu)
        self._over_actions = []
        for name, _short, over in _OVER:
            action = menu.addAction(name.capitalize())
            action.setCheckable(True)
            action.setActionGroup(group)
            action.triggered.connect(self._protector(over))
            self._over_actions.append(action)
        self._over_button.setMenu(menu)
        caret(self._over_button)
        return self._over_button

    def _protector(self, over: frozenset[int] | None) -> Callable[[bool], None]:
        def protect(_checked: bool = False) -> None:
            self._session.protect(over=over)

        return protect

    def _hu_range(self) -> QWidget:
        box, row = box_of()
        self._hu_chip = chip("HU range", "Change only voxels between two HU values")
        self._hu_chip.toggled.connect(
            lambda on: self._session.protect(hu_range=_FIRST_HU_RANGE if on else None)
        )
        row.addWidget(self._hu_chip)
        low, high = _HU_LIMITS
        self._low = NumberBox((low, high - 1), "lowest HU")
        self._high = NumberBox((low + 1, high), "highest HU")
        self._dash = text("to", "quiet")
        for piece in (self._low, self._dash, self._high):
            row.addWidget(piece)
        for box_of_hu in (self._low, self._high):
            box_of_hu.setFixedWidth(56)
            box_of_hu.limited.connect(self._say)
        # The number just set holds; the other one makes way.
        self._low.valueChanged.connect(lambda low: self._set_hu_range(low, self._high.value(), 1))
        self._high.valueChanged.connect(lambda high: self._set_hu_range(self._low.value(), high, 0))
        return box

    def _set_hu_range(self, low: float, high: float, gives_way: int) -> None:
        ends = [int(low), int(high)]
        if low >= high:
            ends[gives_way] = ends[1 - gives_way] + (1 if gives_way else -1)
        self._session.protect(hu_range=(ends[0], ends[1]))
        self._show_hu_range()

    def _show_hu_range(self) -> None:
        if self._session.guard.hu_range is not None:
            for box, value in zip(
                (self._low, self._high), self._session.guard.hu_range, strict=True
            ):
                blocker = QSignalBlocker(box)
                box.setValue(value)
                del blocker

    def _say(self, words: str) -> None:
        self._context.window.say(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave words out where room is short."""
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """The longest form that has room, and the tip where some is left."""
        self._fit_pieces()
        left_px = self.width() - self._wanted_px()
        is_alone = all(piece.isHidden() for piece in self._pieces)
        room_px = _LEAST_TIP_PX if is_alone else self._tip.sizeHint().width()
        self._tip.setVisible(self._has_tip and left_px >= room_px)

    def _fit_pieces(self) -> None:
        view, guard = self._session.view, self._session.guard
        rules = (guard.hu_range is None, guard.over)
        now = (self.width(), view.tool, view.label, view.options, rules)
        if now != self._fitted:  # a scrolling wheel comes by here
            self._fitted = now
            own = [id for id in self._own if id in self._wanted]
            away = max(len(own) - _LEAST_OWN, 0)
            forms = [(shortness, 0) for shortness in range(_WORDS_STAY)]
            forms += [(_WORDS_STAY, count) for count in range(away + 1)]
            forms += [(_WORDS_STAY + 1, away), (_WORDS_STAY + 1, len(own)), (_SHORTEST, len(own))]
            for shortness, count in forms:
                self._put_away(tuple(own[len(own) - count :]))
                self._shorten(shortness)
                if self._wanted_px() <= self.width():
                    return

    def _put_away(self, ids: tuple[str, ...]) -> None:
        """Move some of the tool's own options behind a button."""
        for id, part in self._own.items():
            part.setVisible(id in self._wanted and id not in ids)
        self._more.offer(ids)

    def _shorten(self, shortness: int) -> None:
        """0 is the whole line; names stay up to `_WORDS_STAY`, the tool's up to `_SHORTEST`."""
        self._hu_chip.setText("HU range" if shortness < 1 else "HU")
        self._dash.setVisible(shortness < 1 and self._session.guard.hu_range is not None)
        self._slider.setVisible(shortness < 2)
        over, short = next(
            (name, short) for name, short, over in _OVER if over == self._session.guard.over
        )
        self._over_button.setText(f"Over {over if shortness < 1 else short}")
        self._radius_word.setVisible(shortness <= _WORDS_STAY)
        self._title.setVisible(shortness < _SHORTEST)
        for label in LABELS:
            is_active = label.id == self._session.view.label
            is_named = shortness < _WORDS_STAY or (shortness == _WORDS_STAY and is_active)
            self._chips.button(label.id).setText(label.name if is_named else "")

    def _wanted_px(self) -> int:
        every = (self._title, *self._pieces, self._more)
        shown = [part for part in every if not part.isHidden()]
        gaps = _GAP_PX * (len(shown) + 1)  # one more before the stretch
        return _MARGINS_PX + gaps + sum(part.sizeHint().width() for part in shown)

    # -- state ------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.what & (What.CASE | What.VIEW | What.GUARD):
            self._show_state()

    def _show_state(self) -> None:
        view, guard = self._session.view, self._session.guard
        tool = next(row for row in TOOLS if row.id == view.tool)
        self._title.setText(tool.title)
        closes = self._context.window.commands.with_keys(CLOSING)
        self._tip.setText(closes if tool.gesture == "outline" else tool.tip)
        self._has_tip = tool.gesture == "outline" or not tool.options
        self._wanted = {
            each.id if isinstance(each, Option) else each for each in tool.in_use(view.options)
        }
        for name, part in self._parts.items():
            part.setVisible(name in self._wanted)
        for own in self._own.values():
            own.show_value()
        blockers = [QSignalBlocker(w) for w in (self._slider, self._number, self._hu_chip)]
        self._chips.button(view.label).setChecked(True)
        self._shapes.button(int(view.is_ball)).setChecked(True)
        if _radius_of(self._slider.value()) != view.radius_mm:
            self._slider.setValue(_step_of(view.radius_mm))
        self._number.setValue(view.radius_mm)
        self._hu_chip.setChecked(guard.hu_range is not None)
        for piece in (self._low, self._high):
            piece.setVisible(guard.hu_range is not None)
        if not self._low.hasFocus() and not self._high.hasFocus():
            self._show_hu_range()
        del blockers
        for action, (_name, _short, over) in zip(self._over_actions, _OVER, strict=True):
            if over == guard.over:
                action.setChecked(True)
        self._fit()


def _radius_of(step: int) -> float:
    """Slider step to mm, evenly in ratio."""
    low, high = RADIUS_RANGE_MM
    return float(round(low * (high / low) ** (step / _SLIDER_STEPS), 1))


def _step_of(radius_mm: float) -> int:
    low, high = RADIUS_RANGE_MM
    return round(_SLIDER_STEPS * math.log(radius_mm / low) / math.log(high / low))
