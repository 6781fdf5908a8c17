"""What the window's pieces are handed: no globals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kidview.session import Session
from kidview.session.settings import Settings
from kidview.ui.jobs import Jobs
from kidview.ui.theme import Theme

if TYPE_CHECKING:
    from kidview.ui.main_window import MainWindow


@dataclass(frozen=True)
class Context:
    """State, threads, preferences, colours and the window that shows them."""

    session: Session
    jobs: Jobs
    settings: Settings
    theme: Theme
    window: MainWindow
