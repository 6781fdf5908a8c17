"""Starting the program: one Session, one Jobs, one MainWindow, passed down."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from kidview.session import Session
from kidview.session.settings import config_dir, read_settings
from kidview.ui import opening
from kidview.ui.jobs import Jobs
from kidview.ui.log_file import log_to_file
from kidview.ui.main_window import MainWindow
from kidview.ui.single_instance import Listener, hand_over, server_name
from kidview.ui.theme import Theme

DESKTOP_FILE = "io.github.kidview.KidView"


def main(paths: list[Path], *, demo: bool = False, out: Path | None = None) -> int:
    """Open the window and run until it is closed.

    Parameters
    ----------
    paths : list of Path
        A scan, perhaps with its label map.
    demo : bool
        Make the demonstration case and let the network propose.
    out : Path, optional
        Instead of waiting for a user: demonstration case, segment, accept, and write mask,
        measurements and a picture of the window into this folder.

    Returns
    -------
    int
        Exit code.
    """
    if out is None and _has_no_display():
        hint = "use 'kidview segment', or 'kidview --help' for the other verbs"
        print(f"error: there is no screen to open a window on - {hint}", file=sys.stderr)
        return 1
    app = make_app()
    name = server_name()
    if out is None and hand_over(paths, name, demo):
        return 0
    window = make_window(app)
    log_to_file(window.folder)
    sys.excepthook = _fault_teller(window)
    if out is not None:
        from kidview.ui.unattended import Unattended

        run = Unattended(window.context, out)
        window.show()
        QTimer.singleShot(0, run.start)
        app.exec()
        window.close()
        return run.code
    listener = Listener(name, app)
    listener.received.connect(lambda others, demo: _take(window, others, demo))
    window.recovery.start()
    window.show()
    if paths:
        QTimer.singleShot(0, lambda: opening.open_paths(window.context, paths))
    elif demo:
        QTimer.singleShot(0, lambda: opening.open_demo(window.context))
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the program
    code = int(app.exec())
    listener.close()
    return code


def make_app() -> QApplication:
    """The application, named as its desktop entry."""
    if _has_no_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("KidView")
    app.setDesktopFileName(DESKTOP_FILE)
    return app


def make_window(app: QApplication) -> MainWindow:
    """The window with its state, threads, preferences and colours."""
    folder = config_dir()
    settings = read_settings(folder)
    theme = Theme(app, settings["theme"])
    window = MainWindow(Session(), Jobs(app), settings, theme, folder)
    for remark in (*settings.remarks, *window.commands.remarks):
        window.say(remark)
    icon = app_icon()
    if not icon.isNull():
        app.setWindowIcon(icon)
    return window


def _has_no_display() -> bool:
    """Whether Qt would find no screen on this Linux and nobody chose a platform."""
    named = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform.startswith("linux") and not any(os.environ.get(n) for n in named)


def app_icon() -> QIcon:
    """The program's icon from the assets folder."""
    from kidview.core.resources import asset

    return QIcon(str(asset("kidview.svg")))


def _fault_teller(
    window: MainWindow,
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """What is not caught anywhere: into the log and a dialog; the window goes on."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, Exception):
            window.show_error(error)
        else:
            sys.__excepthook__(kind, error, trace)

    return tell


def _take(window: MainWindow, paths: list[Path], demo: bool) -> None:
    """Another start handed its wishes over."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()
    opening.open_paths(window.context, paths)
    if demo and not paths:
        opening.open_demo(window.context)
