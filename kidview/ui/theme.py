"""Every colour of the window, in one place, and what follows the system's light or dark.

Views are black in both themes and take their colours from `DARK`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from kidview.core.event import Event
from kidview.ui.stylesheet import stylesheet
from kidview.ui.tokens import DARK, LIGHT, Palette, contrast

__all__ = ["CHOICES", "DARK", "LIGHT", "SMALL_PX", "TEXT_PX", "Palette", "Theme", "contrast"]

CHOICES = ("system", "dark", "light")
TEXT_PX = 13
SMALL_PX = 11


class Theme(QObject):
    """The palette in use.

    Parameters
    ----------
    app : QApplication
    choice : str
        One of `CHOICES`.

    Attributes
    ----------
    changed : Event of Palette
        Told when another palette is in use, for widgets to tint their icons again.
    """

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self.choice = choice
        self.palette = DARK
        self.changed: Event[Palette] = Event()
        app.setStyle("Fusion")
        app.setFont(text_font())
        self._apply(DARK)
        app.styleHints().colorSchemeChanged.connect(self._show_wanted)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """Follow the system, or stay dark or light."""
        self.choice = choice
        hints = self._app.styleHints()
        scheme = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}.get(choice)
        if scheme is None:
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(scheme)  # native dialogs follow as well
        self._show_wanted()

    def _wants_light(self) -> bool:
        if self.choice == "system":
            return self._app.styleHints().colorScheme() == Qt.ColorScheme.Light
        return self.choice == "light"

    def _show_wanted(self) -> None:
        wanted = LIGHT if self._wants_light() else DARK
        if wanted is not self.palette:
            self._apply(wanted)

    def _apply(self, palette: Palette) -> None:
        self.palette = palette
        self._app.setPalette(_qt_palette(palette))
        self._app.setStyleSheet(stylesheet(palette))
        self.changed.emit(palette)


def text_font(pixels: int = TEXT_PX) -> QFont:
    """The system's sans with figures of one width."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if QGuiApplication.platformName() == "offscreen" or not font.family():
        font = QFont("sans-serif")
    font.setPixelSize(pixels)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _qt_palette(palette: Palette) -> QPalette:
    """What widgets without a rule in the style sheet are drawn with."""
    role = QPalette.ColorRole
    table = {
        role.Window: palette.window,
        role.WindowText: palette.text,
        role.Base: palette.panel,
        role.AlternateBase: palette.raised,
        role.Text: palette.text,
        role.Button: palette.raised,
        role.ButtonText: palette.text,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.PlaceholderText: palette.secondary,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.Accent: palette.accent,
        role.Link: palette.link,
    }
    result = QPalette()
    for which, colour in table.items():
        result.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.disabled))
    return result
