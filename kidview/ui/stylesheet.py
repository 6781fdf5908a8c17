"""The style sheet, generated from a palette: flat, one radius, an 8 px grid.

Widgets ask for a look by the dynamic property ``role``; colours are named nowhere else.
"""

from __future__ import annotations

from string import Template

from kidview.ui.tokens import Palette

_BASE = Template("""
* { outline: none; }
QDialogButtonBox, QMessageBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow, QDialog, QWidget[role="window"] { background: $window; }
QWidget[role="panel"], QWidget[role="bar"] { background: $panel; }
QWidget[role="line"] { background: $line; }
QWidget[role="views"] { background: $line; }
QWidget[role="view"] { background: $view; }
QLabel { background: transparent; color: $text; }
QLabel[role="secondary"] { color: $secondary; font-size: 11px; }
QLabel[role="section"] { color: $secondary; font-size: 11px; font-weight: 600; }
QLabel[role="title"] { font-size: 20px; font-weight: 500; }
QLabel[role="case"] { font-weight: 600; }
QLabel[role="quiet"] { color: $secondary; }
QLabel[role="key"] {
  color: $secondary; background: $raised; border: 1px solid $line; border-radius: 3px;
  padding: 0 5px; font-size: 11px; min-height: 18px;
}
QToolTip {
  background: $raised; color: $text; border: 1px solid $line; padding: 4px 8px;
}
""")

_MENUS = Template("""
QMenuBar { background: transparent; spacing: 0; }
QMenuBar::item { background: transparent; padding: 6px 8px; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $raised; }
QMenu { background: $panel; border: 1px solid $line; padding: 4px; color: $text; }
QMenu::item { padding: 5px 24px 5px 28px; border-radius: 4px; min-height: 18px; }
QMenu::item:selected { background: $raised; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QMenu::indicator { width: 8px; height: 8px; border-radius: 4px; left: 10px; }
QMenu::indicator:checked { background: $accent; }
QMenu::indicator:checked:disabled { background: $disabled; }
""")

_BUTTONS = Template("""
QPushButton, QToolButton[role="button"] {
  background: $raised; color: $text; border: 1px solid $line; border-radius: 4px;
  padding: 0 12px; min-height: 26px;
}
QPushButton:hover, QToolButton[role="button"]:hover { border-color: $secondary; }
QPushButton:pressed, QToolButton[role="button"]:pressed { background: $line; }
QPushButton:disabled, QToolButton[role="button"]:disabled {
  color: $disabled; background: $panel;
}
QPushButton:focus, QToolButton[role="button"]:focus { border-color: $text; }
QPushButton[role="primary"], QToolButton[role="primary"] {
  background: $accent; color: $on_accent; border: 1px solid $accent; border-radius: 4px;
  padding: 0 14px; min-height: 26px; font-weight: 600;
}
QPushButton[role="primary"]:hover { border-color: $text; }
QPushButton[role="primary"]:disabled {
  background: $raised; color: $disabled; border-color: $line;
}
QPushButton[role="danger"] { color: $error; }
QPushButton[role="link"], QToolButton[role="link"] {
  background: transparent; border: none; color: $link; padding: 0 4px; min-height: 22px;
}
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { text-decoration: underline; }
QToolButton { background: transparent; border: none; border-radius: 4px; color: $text; }
QToolButton[role="flat"] { padding: 0 6px; min-height: 28px; min-width: 16px; }
QToolButton[role="small"] { padding: 0; min-width: 24px; min-height: 24px; }
QToolButton[role="flat"]:hover, QToolButton[role="small"]:hover { background: $raised; }
QToolButton[role="flat"]:pressed, QToolButton[role="small"]:pressed { background: $line; }
QToolButton[role="flat"]:focus, QToolButton[role="small"]:focus { background: $raised; }
QToolButton[role="flat"]:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton[role="tool"] { min-width: 40px; min-height: 40px; border-radius: 4px; }
QToolButton[role="tool"]:hover { background: $raised; }
QPushButton[role="chip"] {
  background: transparent; color: $secondary; padding: 0 8px; text-align: center;
}
QPushButton[role="chip"]:hover { color: $text; }
QPushButton[role="chip"]:checked { background: $raised; color: $text; border-color: $accent; }
QPushButton::menu-indicator { image: none; width: 0; }
QPushButton[caret="true"]::menu-indicator { image: none; width: 14px; }
QToolButton[role="flat"][caret="true"] { padding: 0 12px 0 6px; }
QToolButton[role="tab"] {
  color: $secondary; border-radius: 0; padding: 0 8px; border-bottom: 2px solid transparent;
}
QToolButton[role="tab"]:hover, QToolButton[role="tab"]:focus { color: $text; }
QToolButton[role="tab"]:checked { color: $text; border-bottom: 2px solid $accent; }
QToolButton[role="header"] {
  color: $secondary; font-size: 11px; font-weight: 600; text-align: left; padding: 0 8px;
  min-height: 28px; border-radius: 0;
}
QToolButton[role="header"]:hover, QToolButton[role="header"]:focus { color: $text; }
""")

_INPUTS = Template("""
QLineEdit, QAbstractSpinBox, QPlainTextEdit, QComboBox {
  background: $window; color: $text; border: 1px solid $line; border-radius: 4px;
  padding: 0 8px; min-height: 26px; selection-background-color: $accent;
  selection-color: $on_accent;
}
QLineEdit:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus, QComboBox:focus {
  border-color: $accent;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {
  color: $disabled; background: $panel;
}
/* width 0, not NoButtons: with that and a style sheet Qt 6.11 leaves no room for the text */
QAbstractSpinBox { padding: 0; max-height: 26px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; height: 0; border: none; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0 6px; min-height: 0; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; padding: 4px; }
QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 2px; background: $line; border-radius: 1px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 1px; }
QSlider::handle:horizontal {
  width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; background: $text;
}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: $accent; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {
  background: $disabled;
}
QProgressBar { background: $line; border: none; max-height: 2px; min-height: 2px; }
QProgressBar::chunk { background: $accent; }
""")

_LISTS = Template("""
QAbstractItemView {
  background: transparent; color: $text; border: none; selection-background-color: $raised;
  selection-color: $text;
}
QAbstractItemView::item { padding: 0 8px; min-height: 26px; border-radius: 4px; }
QAbstractItemView::item:hover { background: $raised; }
QAbstractItemView::item:selected { background: $raised; color: $text; }
QTableView::item { border-radius: 0; }
QTableView::item:hover { background: transparent; }
QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $secondary; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QHeaderView::section {
  background: $panel; color: $secondary; border: none; border-bottom: 1px solid $line;
  padding: 4px 8px 4px 11px; font-size: 11px;
}
""")

_PIECES = Template("""
CaseCard { background: $panel; }
LabelRow { background: transparent; border-left: 2px solid transparent; }
LabelRow:hover { background: $raised; }
LabelRow[active="true"] { background: $raised; border-left: 2px solid $accent; }
RecentCard { background: $panel; border: 1px solid $line; border-radius: 4px; }
RecentCard:hover, RecentCard:focus { border-color: $accent; }
NoticeBar { background: $raised; border-bottom: 1px solid $line; }
NoticeBar[level="error"] { border-left: 3px solid $error; }
NoticeBar[level="warning"] { border-left: 3px solid $warning; }
NoticeBar[level="info"] { border-left: 3px solid $accent; }
NoticeBar[level="done"] { border-left: 3px solid $accent; }
ProposalBar { background: $raised; border-top: 1px solid $line; }
CommandPalette, KeySheet, JobList { background: $panel; border: 1px solid $line; }
StatusBar { background: $panel; border-top: 1px solid $line; }
StatusBar QLabel { color: $secondary; font-size: 11px; }
StatusBar QLabel[role="probe"] { color: $text; }
""")


def stylesheet(palette: Palette) -> str:
    """The whole application's style sheet."""
    colours = vars(palette)
    parts = (_BASE, _MENUS, _BUTTONS, _INPUTS, _LISTS, _PIECES)
    return "\n".join(part.substitute(colours) for part in parts)
