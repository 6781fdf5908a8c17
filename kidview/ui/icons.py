"""Icons: one family (Phosphor, regular weight), tinted from the palette."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractButton

from kidview.ui.theme import Theme

# qtawesome asks QtPy for the binding; say which before it is imported.
os.environ.setdefault("QT_API", "pyside6")

import qtawesome

ICON_PX = 20


def icon(theme: Theme, name: str, tone: str = "text") -> QIcon:
    """An icon in a colour of the palette.

    Parameters
    ----------
    theme : Theme
    name : str
        Phosphor's name, such as "ph.eraser".
    tone : str
        Field of `Palette`.
    """
    colours = vars(theme.palette)
    made: QIcon = qtawesome.icon(name, color=colours[tone], color_disabled=colours["disabled"])
    return made


def icon_in(name: str, colour: str) -> QIcon:
    """An icon in a colour that a widget has from the style, "#rrggbb"."""
    made: QIcon = qtawesome.icon(name, color=colour)
    return made


def tinted(
    button: QAbstractButton,
    theme: Theme,
    name: Callable[[], str] | str,
    tone: Callable[[], str] | str = "text",
) -> Callable[[], None]:
    """Give a button an icon that follows the theme; returns what draws it afresh.

    `name` and `tone` may be functions, for a button that tells a state (an eye, a lock).
    """

    def draw() -> None:
        picture = name if isinstance(name, str) else name()
        button.setIcon(icon(theme, picture, tone if isinstance(tone, str) else tone()))

    button.setIconSize(QSize(ICON_PX, ICON_PX))
    draw()
    follow(theme, button, draw)
    return draw


def follow(theme: Theme, owner: QObject, draw: Callable[[], None]) -> None:
    """Call `draw` on each change of theme for as long as `owner` lives."""
    disconnect = theme.changed.connect(lambda palette: draw())
    owner.destroyed.connect(lambda: disconnect())
